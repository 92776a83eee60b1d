/*
 * POST /runtime/invocation/{id}/response, .../error and /runtime/init/error. A refusal is not the
 * process's end: it is logged here, with Lambda's reason, and the loop goes on. Source: AWS Lambda
 * Developer Guide, "runtimes-api"; 410 and 413 as AWS's interface emulator sends them.
 */
#pragma once

#include "runtime/error.h"
#include "runtime/next.h"
#include "runtime/reply.h"

/*
 * Each posts once (api.h says when the bytes go twice) and drains the answer.
 *
 * ERR_UPSTREAM  HTTP 500: the environment cannot recover, the process must end. A refusal with any
 *               other status, and a broken connection, is OK here: the log has it.
 */
enum status post_response(struct ctx *cx, struct api *api, const struct turn *turn,
                          const struct reply *reply) MUST_CHECK;
enum status post_error(struct ctx *cx, struct api *api, const struct turn *turn,
                       const struct error_report *report, struct str task_root) MUST_CHECK;
/* The process must end after it, whatever it returns. */
enum status post_init_error(struct ctx *cx, struct api *api, const struct error_report *report,
                            struct str task_root) MUST_CHECK;
