/*
 * The Runtime API, version 2018-06-01, as Lambda answers it: what a request means to its instance
 * and which status says so. A broken protocol is refused, and said loudly. Source: Lambda Developer
 * Guide, "Using the Lambda runtime API for custom runtimes"; status codes of refusals as in AWS's
 * runtime interface emulator.
 */
#include "infra/local/lambda/runtime_call.h"

#include "shared/base/base64.h"
#include "shared/json/json.h"

#include <stdio.h>

static const size_t MAX_ANSWER_BYTES = MIB(6) + 100;
static const size_t MAX_STREAM_BYTES = MIB(200);

/* False once it is refused: the id must be that of the open event, its answer still due. */
static bool may_answer(const struct call *c)
{
    const struct instance *i = c->instance;
    bool open = i->state == INSTANCE_BUSY || i->state == INSTANCE_ANSWERED;
    if (!open || !str_eq(c->id, str_from_cstr(i->request_id))) {
        call_refuse(c, 400, "InvalidRequestID", "no open event has this request id");
        return false;
    }
    struct str nonce = call_field(c, STR("Lambda-Runtime-Invocation-Id"));
    if (nonce.len > 0 && !str_eq(nonce, str_from_cstr(i->invocation_id))) {
        call_refuse(c, 400, "InvalidRequestID", "the invocation id is of another attempt");
        return false;
    }
    if (i->state == INSTANCE_ANSWERED || (i->stream != NULL && i->stream != c->conn)) {
        call_refuse(c, 403, "InvalidStateTransition", "this event has its answer already");
        return false;
    }
    return true;
}

static void next(const struct call *c)
{
    if (!instance_next(c->instance, c->conn)) {
        call_refuse(c, 403, "InvalidStateTransition",
                    c->instance->state == INSTANCE_ENDING
                        ? "it is being ended"
                        : "it has an event or a poll already, and takes one event at a time here");
    }
}

/*
 * Lambda keeps (Runtime|Function).Name; another Function.* becomes Function.Unknown, and the rest
 * Runtime.Unknown.
 */
static const char *clean_error_type(struct str type, char out[static 64])
{
    if (call_type_is_good(type, STR("Function")) || call_type_is_good(type, STR("Runtime"))) {
        (void)snprintf(out, 64, STR_FMT, STR_ARG(type));
    } else {
        (void)snprintf(out, 64, "%s",
                       str_has_prefix(type, STR("Function.")) ? "Function.Unknown"
                                                              : "Runtime.Unknown");
    }
    return out;
}

/* ---- answers --------------------------------------------------------------------------------- */

static void refuse_size(const struct call *c, const char *words, const char *why)
{
    struct result result = {.outcome = OUTCOME_FUNCTION_ERROR};
    result.payload = arena_format(
        &c->conn->arena,
        "{\"errorMessage\":\"%s\",\"errorType\":\"Function.ResponseSizeTooLarge\"}", words);
    (void)snprintf(c->instance->error_type, sizeof(c->instance->error_type),
                   "Function.ResponseSizeTooLarge");
    (void)instance_answer(c->instance, &result);
    call_refuse(c, 413, "RequestEntityTooLarge", why);
}

/* What the end of an answer in chunks says: an error, if it has the trailers of one. */
static struct result result_of_trailers(const struct call *c, struct str trailers)
{
    struct result result = {.outcome = OUTCOME_OK};
    struct str type = wire_trailer_find(trailers, STR("Lambda-Runtime-Function-Error-Type"));
    struct str error = wire_trailer_find(trailers, STR("Lambda-Runtime-Function-Error-Body"));
    if (type.len == 0 && error.len == 0) {
        return result;
    }
    result.outcome = OUTCOME_FUNCTION_ERROR;
    (void)clean_error_type(type, c->instance->error_type);
    if (error.len == 0 || !base64_decode(&c->conn->arena, error, &result.payload)) {
        instance_complain(c->instance, "the trailer Lambda-Runtime-Function-Error-Body is %s",
                          error.len == 0 ? "missing" : "no base64");
        result.payload =
            arena_format(&c->conn->arena, "{\"errorType\":\"%s\",\"errorMessage\":\"\"}",
                         c->instance->error_type);
    }
    return result;
}

static void response(const struct call *c)
{
    struct str mode = call_field(c, STR("Lambda-Runtime-Function-Response-Mode"));
    if (!may_answer(c)) {
        return;
    }
    if (mode.len > 0 && !str_eq_nocase(mode, STR("streaming"))) {
        call_refuse(c, 400, "InvalidFunctionResponseMode", "the response mode is not streaming");
        return;
    }
    if (c->body_bytes > MAX_ANSWER_BYTES) {
        refuse_size(c,
                    "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
                    "the answer passes 6291556 bytes");
        return;
    }
    struct result result = result_of_trailers(c, buf_str(&c->conn->trailers));
    if (result.outcome == OUTCOME_OK) {
        result.payload = c->body;
        result.content_type = call_field(c, STR("Content-Type"));
    }
    (void)instance_answer(c->instance, &result);
    call_accept(c);
}

static void error(const struct call *c)
{
    char type[64];
    if (!may_answer(c)) {
        return;
    }
    if (c->body_bytes > MAX_ANSWER_BYTES) {
        call_refuse(c, 413, "RequestEntityTooLarge", "the error passes 6291556 bytes");
        return;
    }
    (void)clean_error_type(call_field(c, STR("Lambda-Runtime-Function-Error-Type")), type);
    (void)snprintf(c->instance->error_type, sizeof(c->instance->error_type), "%s", type);
    struct result result = {.outcome = OUTCOME_FUNCTION_ERROR, .payload = call_error(c, type)};
    (void)instance_answer(c->instance, &result);
    call_accept(c);
}

static void init_error(const struct call *c)
{
    char type[64];
    (void)clean_error_type(call_field(c, STR("Lambda-Runtime-Function-Error-Type")), type);
    if (!instance_init_failed(c->instance, call_error(c, type), str_from_cstr(type))) {
        call_refuse(c, 403, "InvalidStateTransition", "init is over, or has failed already");
        return;
    }
    call_accept(c);
}

static void ping(const struct call *c)
{
    runtime_conn_answer(c->conn, 200, STR(""), STR("pong"));
}

struct endpoint {
    struct str method, prefix, suffix; /* between them the request id, if there is a suffix */
    void (*answer)(const struct call *);
};

enum { ENDPOINT_RESPONSE = 1 };

static const struct endpoint endpoints[] = {
    {STR_INIT("GET"), STR_INIT("/2018-06-01/runtime/invocation/next"), STR_INIT(""), next},
    [ENDPOINT_RESPONSE] = {STR_INIT("POST"), STR_INIT("/2018-06-01/runtime/invocation/"),
                           STR_INIT("/response"), response},
    {STR_INIT("POST"), STR_INIT("/2018-06-01/runtime/invocation/"), STR_INIT("/error"), error},
    {STR_INIT("POST"), STR_INIT("/2018-06-01/runtime/init/error"), STR_INIT(""), init_error},
    {STR_INIT("GET"), STR_INIT("/2018-06-01/ping"), STR_INIT(""), ping},
};

static bool target_matches(const struct endpoint *e, struct str target, struct str *id)
{
    *id = target;
    if (!str_skip_prefix(id, e->prefix) || !str_has_suffix(*id, e->suffix)) {
        return false;
    }
    id->len -= e->suffix.len;
    return e->suffix.len > 0 ? id->len > 0 && str_find_char(*id, '/') == SIZE_MAX : id->len == 0;
}

/* ---- an answer in pieces --------------------------------------------------------------------- */

static struct call call_of(struct runtime_conn *conn)
{
    return (struct call){.conn = conn, .instance = conn->instance};
}

enum runtime_body runtime_api_head(struct runtime_conn *conn)
{
    struct call call = call_of(conn);
    if (!str_eq(conn->head.method, STR("POST")) ||
        !target_matches(&endpoints[ENDPOINT_RESPONSE], conn->head.target, &call.id) ||
        !str_eq_nocase(call_field(&call, STR("Lambda-Runtime-Function-Response-Mode")),
                       STR("streaming"))) {
        return BODY_COLLECTED;
    }
    if (!may_answer(&call)) {
        return BODY_DROPPED;
    }
    return instance_stream_begin(call.instance, conn, call_field(&call, STR("Content-Type")))
               ? BODY_STREAMED
               : BODY_COLLECTED;
}

/* The event may have ended meanwhile, by its deadline: then nobody waits for the rest. */
static bool is_streaming(const struct runtime_conn *conn)
{
    return conn->instance->stream == conn;
}

void runtime_api_piece(struct runtime_conn *conn, struct str bytes)
{
    if (!is_streaming(conn)) {
        return;
    }
    if (bytes.len > MAX_STREAM_BYTES - conn->instance->streamed_bytes) {
        struct call call = call_of(conn);
        conn->body_mode = BODY_DROPPED;
        refuse_size(&call,
                    "Response payload size exceeded maximum allowed payload size (209715200 "
                    "bytes).",
                    "the stream passes 209715200 bytes");
        return;
    }
    conn->paused = !instance_stream_data(conn->instance, bytes);
}

void runtime_api_stream_end(struct runtime_conn *conn, struct str trailers)
{
    struct call call = call_of(conn);
    if (!is_streaming(conn)) {
        call_refuse(&call, 410, "InvokeTimeout", "the event is over");
        return;
    }
    struct result result = result_of_trailers(&call, trailers);
    if (result.outcome != OUTCOME_OK) {
        instance_complain(call.instance, "a stream broke off after %zu bytes: %s",
                          call.instance->streamed_bytes, call.instance->error_type);
    }
    (void)instance_answer(call.instance, &result);
    call_accept(&call);
}

void runtime_api_stream_lost(struct runtime_conn *conn)
{
    struct instance *instance = conn->instance;
    if (!is_streaming(conn)) {
        return;
    }
    instance_complain(instance, "a stream has no end: its connection is gone after %zu bytes",
                      instance->streamed_bytes);
    (void)snprintf(instance->error_type, sizeof(instance->error_type), "Runtime.TruncatedResponse");
    struct result result = {
        .outcome = OUTCOME_FUNCTION_ERROR,
        .payload = STR("{\"errorType\":\"Runtime.TruncatedResponse\",\"errorMessage\":\"the "
                       "stream has no end\"}"),
    };
    (void)instance_answer(instance, &result);
}

/* ---- whole requests -------------------------------------------------------------------------- */

void runtime_api_request(struct runtime_conn *conn, struct str body, size_t body_bytes)
{
    struct call call = {
        .conn = conn, .instance = conn->instance, .body = body, .body_bytes = body_bytes};
    bool known_path = false;
    for (size_t i = 0; i < ARRAY_LEN(endpoints); i++) {
        if (target_matches(&endpoints[i], conn->head.target, &call.id)) {
            known_path = true;
            if (str_eq(conn->head.method, endpoints[i].method)) {
                endpoints[i].answer(&call);
                return;
            }
        }
    }
    if (extension_api_request(&call)) {
        return;
    }
    if (str_has_prefix(conn->head.target, STR("/2022-07-01/telemetry")) ||
        str_has_prefix(conn->head.target, STR("/2020-08-15/logs"))) {
        call_refuse(&call, 404, "NotFound", "the Telemetry API is not emulated here");
    } else {
        call_refuse(&call, known_path ? 405 : 404, known_path ? "MethodNotAllowed" : "NotFound",
                    "no such call in the Runtime API");
    }
}
