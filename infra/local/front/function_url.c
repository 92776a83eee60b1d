#include "infra/local/front/function_url.h"

#include "infra/local/base/trace.h"
#include "infra/local/http/cors.h"
#include "infra/local/http/event_v2.h"
#include "infra/local/http/http_stream.h"
#include "infra/local/http/reply_v2.h"
#include "shared/base/uuid.h"

static const struct str PATH_PREFIX = STR_INIT("/_url/");
static const struct str HOST_SUFFIX = STR_INIT(".lambda-url.localhost");

/* ---- which function -------------------------------------------------------------------------- */

/* The slug in the host's name; empty: it is another host. */
static struct str slug_of_host(const struct request *request)
{
    struct str host = request_header(request, STR("host"));
    host = str_slice(host, 0, str_find_char(host, ':'));
    if (host.len <= HOST_SUFFIX.len ||
        !str_eq_nocase(str_slice(host, host.len - HOST_SUFFIX.len, host.len), HOST_SUFFIX)) {
        return (struct str){0};
    }
    return str_slice(host, 0, host.len - HOST_SUFFIX.len);
}

/* The function's slug, and the path and query that are left for it. */
static struct str split_target(const struct request *request, struct str *target)
{
    struct str slug = slug_of_host(request);
    *target = request->target;
    if (slug.len > 0) {
        return slug;
    }
    struct str rest = str_slice(request->target, PATH_PREFIX.len, request->target.len);
    size_t end = 0;
    while (end < rest.len && rest.ptr[end] != '/' && rest.ptr[end] != '?') {
        end++;
    }
    *target = str_slice(rest, end, rest.len);
    return str_slice(rest, 0, end);
}

static const struct function *find(const struct template *t, struct str slug)
{
    for (size_t i = 0; i < t->function_count; i++) {
        if (t->functions[i].url.enabled && str_eq_nocase(t->functions[i].slug, slug)) {
            return &t->functions[i];
        }
    }
    return NULL;
}

bool function_url_owns(const struct request *request)
{
    return str_has_prefix(request->target, PATH_PREFIX) || slug_of_host(request).len > 0;
}

/* ---- answers --------------------------------------------------------------------------------- */

static void add_cors(struct request *request, bool preflight)
{
    struct header headers[CORS_MAX_HEADERS];
    size_t count = cors_headers(&request->function->url.cors,
                                request_header(request, STR("origin")), preflight, headers);
    for (size_t i = 0; i < count; i++) {
        request_add_header(request, headers[i].name,
                           arena_str_copy(&request->arena, headers[i].value));
    }
}

static void finish_head(struct request *request)
{
    request_add_header(request, STR("x-amzn-requestid"), str_from_cstr(request->inv.request_id));
    add_cors(request, false);
}

static void answer_error(struct request *request, int status, struct str body)
{
    request_add_header(request, STR("content-type"), STR("application/json"));
    finish_head(request);
    request_answer(request, status, body);
}

static void fail_request(struct request *request, enum outcome outcome)
{
    switch (outcome) {
    case OUTCOME_OK:
    case OUTCOME_FUNCTION_ERROR:
    case OUTCOME_TIMEOUT:
        answer_error(request, MHD_HTTP_BAD_GATEWAY, STR("Internal Server Error"));
        return;
    case OUTCOME_THROTTLED:
        answer_error(request, MHD_HTTP_TOO_MANY_REQUESTS,
                     STR("{\"Reason\":\"ReservedFunctionConcurrentInvocationLimitExceeded\","
                         "\"Type\":\"User\",\"message\":\"Rate Exceeded.\"}"));
        return;
    case OUTCOME_CEILING:
        answer_error(request, MHD_HTTP_GATEWAY_TIMEOUT, STR("Gateway Timeout"));
        return;
    case OUTCOME_SHUTDOWN:
        answer_error(request, MHD_HTTP_SERVICE_UNAVAILABLE,
                     STR("{\"Message\":\"Service Unavailable\"}"));
        return;
    }
}

static void answer_reply(struct request *request, struct str payload)
{
    struct ctx cx = {.arena = &request->arena};
    struct http_reply *reply = ARENA_NEW(&request->arena, struct http_reply);
    if (reply_v2_read(&cx, arena_str_copy(&request->arena, payload), reply) != OK) {
        output_say(request->service->output, request->function->slug,
                   "clambda-local: %s is no answer for a function URL: %s", request->inv.request_id,
                   cx.err.text);
        fail_request(request, OUTCOME_FUNCTION_ERROR);
        return;
    }
    for (size_t i = 0; i < reply->header_count; i++) {
        if (!cors_owns(&request->function->url.cors, reply->headers[i].name)) {
            request_add_header(request, reply->headers[i].name, reply->headers[i].value);
        }
    }
    finish_head(request);
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

/* ---- the event ------------------------------------------------------------------------------- */

static bool make_event(struct request *request, struct str target)
{
    static const struct route any = {.key = STR_INIT("$default"), .is_default = true};
    size_t mark = str_find_char(target, '?');
    struct str path = str_slice(target, 0, mark);
    struct str query = mark == SIZE_MAX ? STR("") : str_slice(target, mark + 1, target.len);
    struct event_request event = event_request_of(request, path.len > 0 ? path : STR("/"), query);
    request->match.route = &any;
    request->inv = (struct invocation){
        .source = request->route_name,
        .trace_id = trace_for_function(&request->arena, event.trace_id),
        .done = done,
        .owner = request,
    };
    uuid_v4(request->inv.request_id);
    event.host = arena_format(&request->arena, STR_FMT STR_FMT, STR_ARG(request->function->slug),
                              STR_ARG(HOST_SUFFIX));
    event.request_id = str_from_cstr(request->inv.request_id);
    event.account_id = STR("anonymous");
    event.api_id = request->function->slug;
    event.stage = STR("$default");
    struct buf out = buf_in(&request->arena, EVENT_MAX_BYTES);
    event_v2_write(&request->arena, &event, &out);
    request->inv.event = buf_str(&out);
    return !out.full;
}

void function_url_handle(struct request *request)
{
    static const struct http_stream_rules rules = {.fail = fail_request,
                                                   .finish_head = finish_head};
    struct str target;
    const struct function *f = find(request->service->template, split_target(request, &target));
    request->function = f;
    if (f == NULL) {
        request_note_no_route(request);
        request_add_header(request, STR("content-type"), STR("application/json"));
        request_answer(request, MHD_HTTP_FORBIDDEN, STR("{\"Message\":null}"));
        return;
    }
    if (cors_is_preflight(&f->url.cors, request->method, request_header(request, STR("origin")),
                          request_header(request, STR("access-control-request-method")))) {
        add_cors(request, true);
        request_answer(request, MHD_HTTP_OK, STR(""));
        return;
    }
    request->route_name = arena_format(&request->arena, "URL " STR_FMT, STR_ARG(f->slug));
    if (!make_event(request, target)) {
        answer_error(request, MHD_HTTP_CONTENT_TOO_LARGE,
                     STR("{\"Message\":\"Request must be smaller than 6291456 bytes for the "
                         "InvokeFunction operation\"}"));
        return;
    }
    if (f->url.streams) {
        http_stream_prepare(request, &rules);
    }
    pool_invoke(request->service->pool, f, &request->inv);
}
