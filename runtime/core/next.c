#include "runtime/core/next.h"

#include "shared/base/clock.h"
#include "shared/log/log.h"

enum {
    MAX_TRIES = 5,
    FIRST_PAUSE_MS = 50,
    NOTHING_YET_PAUSE_MS = 5, /* against an emulator that answers 204 at once, for ever */
    MAX_REQUEST_ID_BYTES = 256
};

enum header {
    REQUEST_ID,
    INVOCATION_ID,
    DEADLINE_MS,
    FUNCTION_ARN,
    TRACE_ID,
    CLIENT_CONTEXT,
    COGNITO_IDENTITY,
    TENANT_ID,
    CONTENT_TYPE,
    HEADER_COUNT
};

static const struct str header_names[HEADER_COUNT] = {
    [REQUEST_ID] = STR_INIT("Lambda-Runtime-Aws-Request-Id"),
    [INVOCATION_ID] = STR_INIT("Lambda-Runtime-Invocation-Id"),
    [DEADLINE_MS] = STR_INIT("Lambda-Runtime-Deadline-Ms"),
    [FUNCTION_ARN] = STR_INIT("Lambda-Runtime-Invoked-Function-Arn"),
    [TRACE_ID] = STR_INIT("Lambda-Runtime-Trace-Id"),
    [CLIENT_CONTEXT] = STR_INIT("Lambda-Runtime-Client-Context"),
    [COGNITO_IDENTITY] = STR_INIT("Lambda-Runtime-Cognito-Identity"),
    [TENANT_ID] = STR_INIT("Lambda-Runtime-Aws-Tenant-Id"),
    [CONTENT_TYPE] = STR_INIT("Content-Type"),
};

static int64_t deadline_of(struct str value)
{
    int64_t deadline_ms = 0;
    return str_to_i64(value, &deadline_ms) && deadline_ms > 0 ? deadline_ms : 0;
}

static void turn_fill(struct turn *turn, const struct api_answer *answer)
{
    const struct api_header *headers = answer->headers;
    *turn = (struct turn){
        .inv =
            {
                .request_id = headers[REQUEST_ID].value,
                .event = answer->body,
                .trace_id = headers[TRACE_ID].value,
                .function_arn = headers[FUNCTION_ARN].value,
                .client_context = headers[CLIENT_CONTEXT].value,
                .cognito_identity = headers[COGNITO_IDENTITY].value,
                .tenant_id = headers[TENANT_ID].value,
                .content_type = headers[CONTENT_TYPE].value,
                .deadline_ms = deadline_of(headers[DEADLINE_MS].value),
            },
        .invocation_id = headers[INVOCATION_ID].value,
    };
}

/* OK also for a 204: then `*has_event` is false. ERR_UNAVAILABLE is worth another try. */
static enum status next_try(struct ctx *cx, struct api *api, struct turn *turn, bool *has_event)
{
    struct api_header headers[HEADER_COUNT];
    for (size_t i = 0; i < HEADER_COUNT; i++) {
        headers[i] = (struct api_header){.name = header_names[i]};
    }
    struct api_request request = {.path = STR("/invocation/next"), .is_poll = true};
    struct api_answer answer = {
        .max_body_bytes = NEXT_MAX_EVENT_BYTES, .headers = headers, .header_count = HEADER_COUNT};
    enum status status = api_exchange(cx, api, &request, &answer);
    if (status != OK) {
        return status == ERR_UPSTREAM ? ERR_UNAVAILABLE : status;
    }
    *has_event = answer.status == 200;
    if (answer.status == 204) {
        return OK;
    }
    if (answer.status == 500) {
        return fail(cx, ERR_UPSTREAM, "next event: HTTP 500, the environment cannot recover");
    }
    if (answer.status != 200) {
        return fail(cx, ERR_UNAVAILABLE, "next event: HTTP %d", answer.status);
    }
    turn_fill(turn, &answer);
    size_t id_bytes = turn->inv.request_id.len;
    if (id_bytes == 0 || id_bytes > MAX_REQUEST_ID_BYTES) {
        return fail(cx, ERR_UNAVAILABLE, "next event: a request id of %zu bytes", id_bytes);
    }
    return answer.body_is_cut
               ? fail(cx, ERR_TOO_LARGE, "the event passes %d bytes, the runtime's limit",
                      NEXT_MAX_EVENT_BYTES)
               : OK;
}

enum status next_event(struct ctx *cx, struct api *api, struct turn *turn)
{
    for (int tries = 1;;) {
        bool has_event = false;
        arena_reset(cx->arena);
        err_clear(cx); /* of the try before: it was logged */
        enum status status = next_try(cx, api, turn, &has_event);
        if (status == OK && !has_event) {
            tries = 1;
            clock_sleep_ms(NOTHING_YET_PAUSE_MS);
            continue;
        }
        if (status != ERR_UNAVAILABLE) {
            return status;
        }
        if (tries == MAX_TRIES) {
            return err_while(cx, ERR_UNAVAILABLE, "no event in %d tries, the last", MAX_TRIES);
        }
        LOG(cx, LOG_WARN, "runtime_poll_failed", LOG_I64("try", tries),
            LOG_CSTR("error", cx->err.text));
        clock_sleep_ms(FIRST_PAUSE_MS << (tries - 1));
        tries++;
    }
}
