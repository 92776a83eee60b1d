/*
 * The bootstrap that the conformance tests drive: the event's text says what its handler does.
 * Anything else is sent back byte for byte.
 */
#include "runtime/lambda.h"

#include "shared/base/buf.h"
#include "shared/json/json.h"
#include "shared/log/log.h"
#include "tests/conformance/probe_slots.h"
#include "tests/conformance/probe_stream.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

static enum status reply_context(struct ctx *cx, const struct invocation *inv, struct reply *reply)
{
    struct buf out = buf_in(cx->arena, KIB(64));
    struct json_writer w = json_writer_on(&out);
    json_object_begin(&w);
    json_member_str(&w, "request_id", inv->request_id);
    json_member_str(&w, "ctx_request_id", cx->request_id);
    json_member_str(&w, "trace_id", inv->trace_id);
    json_member_cstr(&w, "trace_env", getenv("_X_AMZN_TRACE_ID"));
    json_member_bool(&w, "trace_env_is_set", getenv("_X_AMZN_TRACE_ID") != NULL);
    json_member_str(&w, "function_arn", inv->function_arn);
    json_member_str(&w, "client_context", inv->client_context);
    json_member_str(&w, "cognito_identity", inv->cognito_identity);
    json_member_str(&w, "tenant_id", inv->tenant_id);
    json_member_str(&w, "content_type", inv->content_type);
    json_member_i64(&w, "deadline_ms", inv->deadline_ms);
    json_member_i64(&w, "ctx_deadline_ms", cx->deadline_ms);
    json_object_end(&w);
    return reply_json(cx, reply, buf_str(&out));
}

static enum status reply_of_size(struct ctx *cx, struct str digits, struct reply *reply)
{
    int64_t size = 0;
    if (!str_to_i64(digits, &size) || size < 0 || size > (int64_t)MIB(64)) {
        return fail(cx, ERR_INVALID, "no size");
    }
    char *bytes = ARENA_ARRAY(cx->arena, char, (size_t)size);
    memset(bytes, 'a', (size_t)size);
    return reply_bytes(cx, reply, STR("text/plain"), (struct str){bytes, (size_t)size});
}

static enum status reply_to_http(struct ctx *cx, struct str source, struct reply *reply)
{
    struct http_event event;
    TRY(http_event_read(cx, source, &event));
    struct http_answer answer = {
        .status = 201,
        .content_type = STR("text/plain"),
        .body = arena_format(cx->arena, STR_FMT " " STR_FMT " " STR_FMT, STR_ARG(event.method),
                             STR_ARG(event.path), STR_ARG(event.body)),
    };
    return reply_http(cx, reply, &answer);
}

static enum status probe(struct ctx *cx, const struct invocation *inv, struct reply *reply,
                         void *app)
{
    (void)app;
    struct str command = inv->event;
    if (str_skip_prefix(&command, STR("slot "))) {
        return run_in_slot(cx, inv, reply, command);
    }
    if (str_eq(command, STR("context"))) {
        return reply_context(cx, inv, reply);
    }
    if (str_eq(command, STR("arena"))) {
        const struct arena *arena = cx->arena;
        return reply_json(cx, reply,
                          arena_format(cx->arena, "%zu %zu", arena->used_bytes, arena->kept_bytes));
    }
    if (str_eq(command, STR("fail"))) {
        return fail(cx, ERR_NOT_FOUND, "no plan \"caf\xc3\xa9\"\n\xff");
    }
    if (str_eq(command, STR("fail after reply"))) {
        TRY(reply_json(cx, reply, STR("{}")));
        return fail(cx, ERR_UPSTREAM, "too late");
    }
    if (str_eq(command, STR("too long"))) {
        while (!invocation_is_cancelled(inv)) {
            (void)usleep(1000);
        }
        return reply_json(cx, reply, STR("{}"));
    }
    if (str_eq(command, STR("no reply"))) {
        return OK;
    }
    if (str_skip_prefix(&command, STR("size "))) {
        return reply_of_size(cx, command, reply);
    }
    if (str_skip_prefix(&command, STR("script "))) {
        return run_script(cx, reply, command);
    }
    if (str_eq(command, STR("broken pipe")) && raise(SIGPIPE) != 0) {
        return fail(cx, ERR_INTERNAL, "raise");
    }
    if (http_event_is(inv->event)) {
        return reply_to_http(cx, inv->event, reply);
    }
    return reply_bytes(cx, reply, STR("application/x-echo"), inv->event);
}

/* Answers one event by itself; the rest goes on as if it were not there. */
static enum status probe_layer(struct ctx *cx, const struct invocation *inv, struct reply *reply,
                               void *app, const struct lambda_next *next)
{
    (void)app;
    return str_eq(inv->event, STR("layer")) ? reply_json(cx, reply, STR("\"from the layer\""))
                                            : lambda_next(cx, inv, reply, next);
}

static lambda_layer_fn *const layers[] = {probe_layer};

static enum status probe_init(struct ctx *cx, void *app)
{
    (void)app;
    return getenv("PROBE_INIT_FAILS") == NULL ? OK : fail(cx, ERR_UNAVAILABLE, "no database");
}

static void probe_after(struct ctx *cx, void *app)
{
    (void)app;
    LOG(cx, LOG_INFO, "after_ran", LOG_CSTR("error", cx->err.text));
}

int main(void)
{
    bool is_concurrent = getenv("PROBE_CONCURRENT") != NULL;
    return lambda_run(&(struct lambda_options){
        .handler = probe,
        .layers = layers,
        .layer_count = ARRAY_LEN(layers),
        .init = probe_init,
        .after = is_concurrent ? NULL : probe_after,
        .concurrent = is_concurrent,
        .slot_open = getenv("PROBE_SLOTS") == NULL ? NULL : probe_slot_open,
        .slot_close = probe_slot_close,
    });
}
