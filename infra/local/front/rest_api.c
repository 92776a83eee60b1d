#include "infra/local/front/rest_api.h"

#include "infra/local/base/trace.h"
#include "infra/local/http/event_v1.h"
#include "infra/local/http/http_stream.h"
#include "infra/local/http/reply_v1.h"
#include "shared/base/uuid.h"

static const struct str API_ID = STR_INIT("localrest");

/* ---- where it is ----------------------------------------------------------------------------- */

/* False if the target is not under the stage; else the path and query after it. */
static bool strip_stage(const struct request *request, struct str *path, struct str *query)
{
    size_t mark = str_find_char(request->target, '?');
    *path = str_slice(request->target, 0, mark);
    *query = mark == SIZE_MAX ? STR("") : str_slice(request->target, mark + 1, request->target.len);
    if (!str_skip_prefix(path, STR("/")) ||
        !str_skip_prefix(path, request->service->template->rest.stage) ||
        (path->len > 0 && path->ptr[0] != '/')) {
        return false;
    }
    *path = path->len > 0 ? *path : STR("/");
    return true;
}

bool rest_api_owns(const struct request *request)
{
    struct str path;
    struct str query;
    return request->service->template->rest.route_count > 0 && strip_stage(request, &path, &query);
}

/* "image/png" of "image/png; q=0.8, text/html" */
static struct str first_type(struct str value)
{
    value = str_slice(value, 0, str_find_char(value, ','));
    return str_trim(str_slice(value, 0, str_find_char(value, ';')));
}

static bool is_binary_type(const struct rest_api *api, struct str type)
{
    for (size_t i = 0; i < api->binary_count && type.len > 0; i++) {
        struct str known = api->binary_types[i];
        bool any = str_eq(known, STR("*/*"));
        if (any || str_eq_nocase(known, type)) {
            return true;
        }
    }
    return false;
}

/* ---- answers --------------------------------------------------------------------------------- */

static void add_ids(struct request *request)
{
    request_add_header(request, STR("x-amzn-RequestId"), request->rest_request_id);
    request_add_header(request, STR("x-amz-apigw-id"), str_from_cstr(request->gateway_id));
}

static void answer_error(struct request *request, int status, const char *type, const char *message)
{
    request_add_header(request, STR("Content-Type"), STR("application/json"));
    request_add_header(request, STR("x-amzn-ErrorType"), str_from_cstr(type));
    add_ids(request);
    request_answer(request, status,
                   arena_format(&request->arena, "{\"message\":%s\"%s\"}",
                                status == MHD_HTTP_FORBIDDEN ? "" : " ", message));
}

static void fail_request(struct request *request, enum outcome outcome)
{
    switch (outcome) {
    case OUTCOME_OK:
    case OUTCOME_FUNCTION_ERROR:
    case OUTCOME_TIMEOUT:
        answer_error(request, MHD_HTTP_BAD_GATEWAY, "InternalServerErrorException",
                     "Internal server error");
        return;
    case OUTCOME_THROTTLED:
        answer_error(request, MHD_HTTP_INTERNAL_SERVER_ERROR, "InternalServerErrorException",
                     "Internal server error");
        return;
    case OUTCOME_CEILING:
        answer_error(request, MHD_HTTP_GATEWAY_TIMEOUT, "InternalServerErrorException",
                     "Endpoint request timed out");
        return;
    case OUTCOME_SHUTDOWN:
        answer_error(request, MHD_HTTP_SERVICE_UNAVAILABLE, "ServiceUnavailableException",
                     "Service Unavailable");
        return;
    }
}

static void answer_reply(struct request *request, struct str payload)
{
    struct ctx cx = {.arena = &request->arena};
    struct http_reply *reply = ARENA_NEW(&request->arena, struct http_reply);
    bool decodes = is_binary_type(&request->service->template->rest,
                                  first_type(request_header(request, STR("accept"))));
    if (reply_v1_read(&cx, arena_str_copy(&request->arena, payload), decodes, reply) != OK) {
        output_say(request->service->output, request->match.route->function->slug,
                   "clambda-local: %s is a malformed Lambda proxy response: %s",
                   request->inv.request_id, cx.err.text);
        fail_request(request, OUTCOME_FUNCTION_ERROR);
        return;
    }
    for (size_t i = 0; i < reply->header_count; i++) {
        request_add_header(request, reply->headers[i].name, reply->headers[i].value);
    }
    add_ids(request);
    request_answer(request, reply->status, reply->body);
}

static void done(struct invocation *inv, const struct result *result)
{
    struct request *request = inv->owner;
    if (result->outcome == OUTCOME_OK) {
        answer_reply(request, result->payload);
    } else {
        fail_request(request, result->outcome);
    }
}

static void stream_prepare(struct request *request)
{
    struct http_stream_rules *rules = ARENA_NEW(&request->arena, struct http_stream_rules);
    *rules = (struct http_stream_rules){
        .needs_prelude = true,
        .idle_ms = request->service->stream_idle_ms,
        .fail = fail_request,
        .finish_head = add_ids,
    };
    http_stream_prepare(request, rules);
}

/* ---- the event ------------------------------------------------------------------------------- */

static bool make_event(struct request *request, struct str path, struct str query)
{
    const struct rest_api *api = &request->service->template->rest;
    struct event_request event = event_request_of(request, path, query);
    event.request_id = request->rest_request_id;
    event.extended_id = str_from_cstr(request->gateway_id);
    event.api_id = API_ID;
    event.stage = api->stage;
    event.stage_variables = api->stage_variables;
    event.stage_variable_count = api->stage_variable_count;
    event.is_binary = is_binary_type(api, first_type(request_header(request, STR("content-type"))));
    struct buf out = buf_in(&request->arena, EVENT_MAX_BYTES);
    event_v1_write(&request->arena, &event, &out);
    request->inv = (struct invocation){
        .event = buf_str(&out),
        .source = request->route_name,
        .trace_id = trace_for_function(&request->arena, event.trace_id),
        .answer_by_ms = event.time_ms + request->match.route->timeout_ms,
        .done = done,
        .owner = request,
    };
    uuid_v4(request->inv.request_id);
    return !out.full;
}

/* ---- the request ----------------------------------------------------------------------------- */

static struct str resource_of(const struct route *route)
{
    return str_slice(route->key, str_find_char(route->key, ' ') + 1, route->key.len);
}

/*
 * A REST API first finds the resource, by the path alone, and then its method: a more exact path
 * without the method hides a general one that has it. False: there is no such resource.
 */
static bool find_method(struct request *request, struct str path)
{
    const struct rest_api *api = &request->service->template->rest;
    struct route_match resource;
    route_find(&request->arena, api->routes, api->route_count, STR(""), path, &resource);
    route_find(&request->arena, api->routes, api->route_count, request->method, path,
               &request->match);
    if (resource.route != NULL && request->match.route != NULL &&
        !str_eq(resource_of(resource.route), resource_of(request->match.route))) {
        request->match.route = NULL;
    }
    return resource.route != NULL;
}

/* The OPTIONS that SAM adds to each path with `Cors`; the function answers for the rest. */
static void answer_options(struct request *request)
{
    const struct rest_cors *cors = &request->service->template->rest.cors;
    const struct header headers[] = {
        {STR("Access-Control-Allow-Origin"), cors->origin},
        {STR("Access-Control-Allow-Methods"), cors->methods},
        {STR("Access-Control-Allow-Headers"), cors->headers},
        {STR("Access-Control-Allow-Credentials"), cors->credentials},
        {STR("Access-Control-Max-Age"), cors->max_age},
    };
    for (size_t i = 0; i < ARRAY_LEN(headers); i++) {
        if (headers[i].value.len > 0) {
            request_add_header(request, headers[i].name, headers[i].value);
        }
    }
    add_ids(request);
    request_answer(request, MHD_HTTP_OK, STR(""));
}

static void make_ids(struct request *request)
{
    char *id = ARENA_ARRAY(&request->arena, char, REQUEST_ID_MAX);
    uuid_v4(id);
    request->rest_request_id = str_from_cstr(id);
    request_make_gateway_id(request);
}

void rest_api_handle(struct request *request)
{
    const struct rest_api *api = &request->service->template->rest;
    struct str path;
    struct str query;
    (void)strip_stage(request, &path, &query);
    make_ids(request);
    bool is_resource = find_method(request, path);
    if (request->match.route == NULL) {
        if (is_resource && api->cors.origin.len > 0 && str_eq(request->method, STR("OPTIONS"))) {
            answer_options(request);
        } else {
            request_note_no_route(request);
            answer_error(request, MHD_HTTP_FORBIDDEN, "MissingAuthenticationTokenException",
                         "Missing Authentication Token");
        }
        return;
    }
    struct str key = request->match.route->key;
    request->route_name =
        arena_format(&request->arena, STR_FMT " /" STR_FMT STR_FMT,
                     STR_ARG(str_slice(key, 0, str_find_char(key, ' '))), STR_ARG(api->stage),
                     STR_ARG(resource_of(request->match.route)));
    if (!make_event(request, path, query)) {
        answer_error(request, MHD_HTTP_CONTENT_TOO_LARGE, "RequestEntityTooLargeException",
                     "Request Entity Too Large");
        return;
    }
    if (request->match.route->streams) {
        stream_prepare(request);
    }
    pool_invoke(request->service->pool, request->match.route->function, &request->inv);
}
