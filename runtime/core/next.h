/*
 * GET /runtime/invocation/next: one event, or the end. Source: AWS Lambda Developer Guide,
 * "runtimes-api"; statuses beyond it as AWS's interface emulator sends them.
 */
#pragma once

#include "runtime/lambda.h"
#include "runtime/wire/api.h"

/* One pass of the loop. */
struct turn {
    struct invocation inv;
    struct str invocation_id; /* one attempt's nonce, echoed with its answer; may be empty */
};

/* Beyond what Lambda delivers (6 MiB), below what would hurt; an emulator may know no limit. */
enum { NEXT_MAX_EVENT_BYTES = 16 * 1024 * 1024 };

/*
 * Waits for the next event, for as long as it takes. A 204 polls again; a 403, another status, a
 * broken connection or a reply without a request id is logged and tried again, five times in a row
 * at most, with pauses that double. `cx->arena` is reset before each try; `turn` points into it.
 *
 * ERR_TOO_LARGE  an event beyond NEXT_MAX_EVENT_BYTES; `turn` has all but the event
 * ERR_UPSTREAM   500: the process must end
 * ERR_UNAVAILABLE  the last try failed
 * ERR_CONFLICT   the wait was ended by `api->stop_fd`
 * ERR_INVALID    the address is no part of a URL: the process must end
 */
enum status next_event(struct ctx *cx, struct api *api, struct turn *turn) MUST_CHECK;
