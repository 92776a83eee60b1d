#include "infra/local/front/http_api.h"

#include "infra/local/base/trace.h"
#include "infra/local/http/cors.h"
#include "infra/local/http/event_v2.h"
#include "infra/local/http/reply_v2.h"

static const struct str API_ID = STR_INIT("local");

static void add_cors(struct request *request, bool preflight)
{
    struct header headers[CORS_MAX_HEADERS];
    size_t count = cors_headers(&request->service->template->cors,
                                request_header(request, STR("origin")), preflight, headers);
    for (size_t i = 0; i < count; i++) {
        request_add_header(request, headers[i].name,
                           arena_str_copy(&request->arena, headers[i].value));
    }
}

/* An answer that is the gateway's own, not the function's. */
static void answer_message(struct request *request, int status, struct str body)
{
    request_add_header(request, STR("content-type"), STR("application/json"));
    add_cors(request, false);
    request_answer(request, status, body);
}

/* ---- the function's answer ------------------------------------------------------------------- */

static void answer_reply(struct request *request, struct str payload)
{
    struct ctx cx = {.arena = &request->arena};
    struct http_reply *reply = ARENA_NEW(&request->arena, struct http_reply);
    const struct cors *cors = &request->service->template->cors;
    /* The payload belongs to the runtime's connection, and only for now. */
    if (reply_v2_read(&cx, arena_str_copy(&request->arena, payload), reply) != OK) {
        output_say(request->service->output, request->match.route->function->slug,
                   "clambda-local: %s is no answer for an HTTP API: %s", request->inv.request_id,
                   cx.err.text);
        answer_message(request, 500, STR("{\"message\":\"Internal Server Error\"}"));
        return;
    }
    for (size_t i = 0; i < reply->header_count; i++) {
        if (!cors_owns(cors, reply->headers[i].name)) {
            request_add_header(request, reply->headers[i].name, reply->headers[i].value);
        }
    }
    add_cors(request, false);
    request_answer(request, reply->status, reply->body);
}

static void done(struct invocation *inv, const struct result *result)
{
    struct request *request = inv->owner;
    switch (result->outcome) {
    case OUTCOME_OK:
        answer_reply(request, result->payload);
        return;
    case OUTCOME_FUNCTION_ERROR:
        answer_message(request, 500, STR("{\"message\":\"Internal Server Error\"}"));
        return;
    case OUTCOME_TIMEOUT:
    case OUTCOME_CEILING:
    case OUTCOME_THROTTLED:
    case OUTCOME_SHUTDOWN:
        answer_message(request, 503, STR("{\"message\":\"Service Unavailable\"}"));
        return;
    }
}

/* ---- the event ------------------------------------------------------------------------------- */

static bool make_event(struct request *request, struct str path, struct str query)
{
    const struct template *t = request->service->template;
    struct event_request event = event_request_of(request, path, query);
    event.request_id = str_from_cstr(request->gateway_id);
    event.api_id = API_ID;
    event.stage = t->stage;
    event.stage_variables = t->stage_variables;
    event.stage_variable_count = t->stage_variable_count;
    struct buf out = buf_in(&request->arena, EVENT_MAX_BYTES);
    event_v2_write(&request->arena, &event, &out);
    request->inv = (struct invocation){
        .event = buf_str(&out),
        .source = request->route_name,
        .trace_id = trace_for_function(&request->arena, event.trace_id),
        .answer_by_ms = event.time_ms + request->match.route->timeout_ms,
        .done = done,
        .owner = request,
    };
    return !out.full;
}

/* ---- the request ----------------------------------------------------------------------------- */

/* A named stage is the first segment of the path; false if the request names another. */
static bool strip_stage(struct str stage, struct str path, struct str *rest)
{
    *rest = path;
    if (str_eq(stage, STR("$default"))) {
        return true;
    }
    if (!str_skip_prefix(rest, STR("/")) || !str_skip_prefix(rest, stage) ||
        (rest->len > 0 && rest->ptr[0] != '/')) {
        return false;
    }
    if (rest->len == 0) {
        *rest = STR("/");
    }
    return true;
}

void http_api_handle(struct request *request)
{
    const struct template *t = request->service->template;
    size_t mark = str_find_char(request->target, '?');
    struct str path = str_slice(request->target, 0, mark);
    struct str query =
        mark == SIZE_MAX ? STR("") : str_slice(request->target, mark + 1, request->target.len);
    struct str rest = path;
    request_make_gateway_id(request);
    request_add_header(request, STR("apigw-requestid"), str_from_cstr(request->gateway_id));
    if (cors_is_preflight(&t->cors, request->method, request_header(request, STR("origin")),
                          request_header(request, STR("access-control-request-method")))) {
        add_cors(request, true);
        request_answer(request, 204, STR(""));
        return;
    }
    if (strip_stage(t->stage, path, &rest)) {
        route_find(&request->arena, t->routes, t->route_count, request->method, rest,
                   &request->match);
    }
    if (request->match.route == NULL) {
        request_note_no_route(request);
        answer_message(request, 404, STR("{\"message\":\"Not Found\"}"));
        return;
    }
    request->route_name = request->match.route->key;
    if (!make_event(request, path, query)) {
        answer_message(request, 413, STR("{\"message\":\"Request Entity Too Large\"}"));
        return;
    }
    pool_invoke(request->service->pool, request->match.route->function, &request->inv);
}
