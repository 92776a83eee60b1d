/*
 * POST /runtime/invocation/{id}/response, .../error and /runtime/init/error. A refusal is not the
 * process's end: it is logged here, with Lambda's reason, and the loop goes on. Source: AWS Lambda
 * Developer Guide, "runtimes-api"; 410 and 413 as AWS's interface emulator sends them.
 */
#pragma once

#include "runtime/core/error.h"
#include "runtime/core/next.h"
#include "runtime/core/reply.h"

enum { POST_MAX_ANSWER_BYTES = 64 * 1024 };

/* A post that went out, for the log. */
struct post_sent {
    struct str path;
    uint64_t bytes; /* of its body */
    int64_t limit;  /* Lambda's, for such a body */
};

/* A response to `turn`, without its body. */
struct api_request post_response_request(struct ctx *cx, const struct turn *turn,
                                         struct str content_type);

/*
 * Judges the answer to a post. A refusal is logged, and OK here.
 *
 * ERR_UPSTREAM  HTTP 500: the process must end
 */
enum status post_judge(struct ctx *cx, const struct post_sent *sent,
                       const struct api_answer *answer) MUST_CHECK;
/* Logs the words in `cx->err` about a post that got no answer, and clears them. */
void post_failed(struct ctx *cx, const struct post_sent *sent);

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
/* The process must end after these, whatever they return. */
enum status post_init_error(struct ctx *cx, struct api *api, const struct error_report *report,
                            struct str task_root) MUST_CHECK;
enum status post_restore_error(struct ctx *cx, struct api *api, const struct error_report *report,
                               struct str task_root) MUST_CHECK;

/*
 * The request of `post_error` (`turn` NULL: of a report to `path`) as bytes, at the end of `out`,
 * which is the caller's block. For reports from a signal handler: allocates nothing, reads `api`,
 * `turn` and `report`. What must stay out for want of room is the X-Ray cause. `report` is of
 * printable ASCII, its type one that Lambda keeps.
 */
void post_error_write(struct buf *out, const struct api *api, const struct turn *turn,
                      struct str path, const struct error_report *report, struct str task_root);
