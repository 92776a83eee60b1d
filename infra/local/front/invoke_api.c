#include "infra/local/front/invoke_api.h"

#include "infra/local/base/origin.h"
#include "infra/local/base/text.h"
#include "infra/local/base/trace.h"
#include "infra/local/front/invoke_error.h"
#include "infra/local/front/invoke_stream.h"
#include "infra/local/http/event_request.h"
#include "infra/local/source/async.h"
#include "shared/base/base64.h"
#include "shared/base/clock.h"
#include "shared/base/field.h"
#include "shared/base/uuid.h"
#include "shared/json/json.h"

static const struct call {
    struct str prefix, suffix; /* between them the function's name */
    bool streams;
} calls[] = {
    {STR_INIT("/2015-03-31/functions/"), STR_INIT("/invocations"), false},
    {STR_INIT("/2021-11-15/functions/"), STR_INIT("/response-streaming-invocations"), true},
};
static const size_t MAX_CONTEXT_BYTES = 3583;

/* Without a prefix: it is none of them. */
static struct call call_of(struct str target)
{
    for (size_t i = 0; i < ARRAY_LEN(calls); i++) {
        if (str_has_prefix(target, calls[i].prefix)) {
            return calls[i];
        }
    }
    return (struct call){0};
}

bool invoke_api_owns(struct str target)
{
    return call_of(target).prefix.len > 0;
}

static void answer_payload(struct request *request, const struct result *result)
{
    request_add_header(request, STR("content-type"), STR("application/json"));
    request_add_header(request, STR("x-amz-executed-version"), STR("$LATEST"));
    if (result->outcome != OUTCOME_OK) {
        request_add_header(request, STR("x-amz-function-error"), STR("Unhandled"));
    }
    request_answer(request, 200, arena_str_copy(&request->arena, result->payload));
}

static void done(struct invocation *inv, const struct result *result)
{
    struct request *request = inv->owner;
    request_add_header(request, STR("x-amzn-requestid"), str_from_cstr(inv->request_id));
    switch (result->outcome) {
    case OUTCOME_OK:
    case OUTCOME_FUNCTION_ERROR:
    case OUTCOME_TIMEOUT:
        answer_payload(request, result);
        return;
    case OUTCOME_THROTTLED:
    case OUTCOME_CEILING:
    case OUTCOME_SHUTDOWN:
        invoke_error_refuse(request, result->outcome);
        return;
    }
}

/* ---- asynchronous ---------------------------------------------------------------------------- */

static void invoke_event(struct request *request, const struct function *f)
{
    const struct async_send send = {
        .payload = request->inv.event,
        .source = STR("Invoke API, asynchronous"),
        .trace_id = request->inv.trace_id,
        .client_context = request->inv.client_context,
        .request_id = request->inv.request_id,
    };
    if (request->inv.event.len > ASYNC_MAX_EVENT_BYTES) {
        invoke_error_answer(request, 413, "RequestTooLargeException",
                            "an asynchronous event may have 1048576 bytes");
        return;
    }
    request_add_header(request, STR("x-amzn-requestid"), str_from_cstr(request->inv.request_id));
    if (async_submit(request->service->async, f, &send)) {
        request_answer(request, 202, STR(""));
    } else {
        invoke_error_throttled(request, "FunctionInvocationRateLimitExceeded");
    }
}

/* ---- the call -------------------------------------------------------------------------------- */

/* Between "functions/" and the call's last segment: a name, a logical id or an ARN, $LATEST at
 * most. */
static struct str function_in_target(struct request *request)
{
    struct call call = call_of(request->target);
    struct str path =
        str_slice(request->target, call.prefix.len, str_find_char(request->target, '?'));
    if (!str_has_suffix(path, call.suffix)) {
        return (struct str){0};
    }
    path.len -= call.suffix.len;
    struct str name = text_percent_decode(&request->arena, path, false);
    if (str_has_suffix(name, STR(":$LATEST"))) {
        name.len -= STR(":$LATEST").len;
    }
    return name;
}

static bool qualifier_is_latest(struct request *request)
{
    size_t at = str_find(request->target, STR("Qualifier="));
    if (at == SIZE_MAX) {
        return true;
    }
    struct str value = str_slice(request->target, at + STR("Qualifier=").len, request->target.len);
    value =
        text_percent_decode(&request->arena, str_slice(value, 0, str_find_char(value, '&')), false);
    return str_eq(value, STR("$LATEST"));
}

static bool read_event(struct request *request)
{
    static const struct json_options options = {.max_depth = 512, .allow_duplicate_keys = true};
    struct ctx cx = {.arena = &request->arena};
    const struct json *root = NULL;
    struct str body = buf_str(&request->body);
    request->inv.event = body.len > 0 ? body : STR("{}");
    if (request->inv.event.len > EVENT_MAX_BYTES) {
        invoke_error_answer(request, 413, "RequestTooLargeException",
                            "an event may have 6291456 bytes");
        return false;
    }
    if (json_read(&cx, request->inv.event, &options, &root) != OK) {
        struct str words = arena_format(&request->arena,
                                        "Could not parse request body into json: %s", cx.err.text);
        invoke_error_answer(request, 400, "InvalidRequestContentException", words.ptr);
        return false;
    }
    return true;
}

/* A header's value that is to become another header: base64 of JSON that a header can hold. */
static bool read_context(struct request *request)
{
    struct ctx cx = {.arena = &request->arena};
    const struct json *root = NULL;
    struct str given = request_header(request, STR("x-amz-client-context"));
    struct str *context = &request->inv.client_context;
    if (given.len == 0) {
        return true;
    }
    if (given.len > MAX_CONTEXT_BYTES || !base64_decode(&request->arena, given, context) ||
        json_read(&cx, *context, NULL, &root) != OK || !field_is_value(*context)) {
        invoke_error_answer(
            request, 400, "InvalidRequestContentException",
            "X-Amz-Client-Context is not base64 of JSON on one line, of at most 3583 bytes");
        return false;
    }
    return true;
}

static void invoke(struct request *request, const struct function *f)
{
    struct str type = request_header(request, STR("x-amz-invocation-type"));
    struct arena *arena = &request->arena;
    struct str given = request_header(request, STR("x-amzn-trace-id"));
    request->inv = (struct invocation){
        .source = STR("Invoke API"),
        .trace_id = trace_for_function(arena, trace_root(arena, given, clock_now_ms())),
        .done = done,
        .owner = request,
    };
    uuid_v4(request->inv.request_id);
    bool streams = call_of(request->target).streams;
    request->function = f;
    if (!read_event(request) || !read_context(request)) {
        return;
    }
    if (streams) {
        invoke_stream_prepare(request);
    }
    if (type.len == 0 || str_eq(type, STR("RequestResponse"))) {
        pool_invoke(request->service->pool, f, &request->inv);
    } else if (str_eq(type, STR("Event")) && !streams) {
        invoke_event(request, f);
    } else if (str_eq(type, STR("DryRun"))) {
        request_answer(request, 204, STR(""));
    } else {
        invoke_error_answer(request, 400, "InvalidParameterValueException",
                            "X-Amz-Invocation-Type is RequestResponse, Event or DryRun");
    }
}

void invoke_api_handle(struct request *request)
{
    struct str name = function_in_target(request);
    const struct function *f = template_find(request->service->template, name);
    if (!origin_is_local(request_header(request, STR("origin")))) {
        invoke_error_answer(request, 403, "AccessDeniedException",
                            "a page of another site cannot sign, so it may not invoke");
        return;
    }
    if (name.len == 0 || f == NULL || !qualifier_is_latest(request)) {
        struct str words = arena_format(
            &request->arena, "Function not found: " STR_FMT " ($LATEST, and only its invocations)",
            STR_ARG(name));
        invoke_error_answer(request, 404, "ResourceNotFoundException", words.ptr);
    } else if (!str_eq(request->method, STR("POST"))) {
        invoke_error_answer(request, 405, "MethodNotAllowedException", "Invoke is a POST");
    } else {
        request->route_name = arena_format(&request->arena, "Invoke " STR_FMT, STR_ARG(f->slug));
        invoke(request, f);
    }
}
