#include "infra/local/dashboard/dashboard.h"

#include "infra/local/base/trace.h"
#include "infra/local/dashboard/dashboard_feed.h"
#include "infra/local/dashboard/dashboard_page.h"
#include "infra/local/http/admit.h"
#include "shared/base/clock.h"
#include "shared/base/uuid.h"
#include "shared/json/json.h"

static const struct str PREFIX = STR_INIT("/_/");
static const struct str REPLAY_MARK = STR_INIT("replay of ");
static const struct str NONCE_MARK = STR_INIT("@NONCE@");
static const size_t MAX_STATS_BYTES = KIB(120); /* both wait for the browser: request.c */

enum {
    LOG_EVERY_MS = 250,
    TICKS_A_SNAPSHOT = 4,
    MAX_READERS = 16 /* each has the figures made for it once a second */
};

bool dashboard_owns(const struct request *request)
{
    return str_has_prefix(request->target, PREFIX) || str_eq(request->target, STR("/_"));
}

static void answer_text(struct request *request, int status, struct str text)
{
    request_add_header(request, STR("content-type"), STR("text/plain"));
    request_answer(request, status, text);
}

/* ---- the page -------------------------------------------------------------------------------- */

/* Only the page's own script and style run, and it talks to nobody but us. */
static void answer_page(struct request *request)
{
    char nonce[REQUEST_ID_MAX];
    struct str page = dashboard_page();
    struct buf out = buf_in(&request->arena, page.len + KIB(1));
    uuid_v4(nonce);
    for (size_t at = str_find(page, NONCE_MARK); at != SIZE_MAX; at = str_find(page, NONCE_MARK)) {
        buf_add(&out, str_slice(page, 0, at));
        buf_add(&out, str_from_cstr(nonce));
        page = str_slice(page, at + NONCE_MARK.len, page.len);
    }
    buf_add(&out, page);
    request_add_header(request, STR("content-type"), STR("text/html; charset=utf-8"));
    request_add_header(request, STR("cache-control"), STR("no-store"));
    request_add_header(request, STR("x-content-type-options"), STR("nosniff"));
    request_add_header(request, STR("referrer-policy"), STR("no-referrer"));
    request_add_header(
        request, STR("content-security-policy"),
        arena_format(&request->arena,
                     "default-src 'none'; script-src 'nonce-%s'; style-src 'nonce-%s'; "
                     "connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; "
                     "frame-ancestors 'none'",
                     nonce, nonce));
    request_answer(request, MHD_HTTP_OK, buf_str(&out));
}

/* ---- the feed -------------------------------------------------------------------------------- */

/* A browser that does not read misses some, and catches up later. */
static void send_event(struct request *request, struct str name, const struct buf *json)
{
    if (request->stream.is_held || json->full) {
        return;
    }
    (void)request_stream_add(request, STR("event: "));
    (void)request_stream_add(request, name);
    (void)request_stream_add(request, STR("\ndata: "));
    (void)request_stream_add(request, buf_str(json));
    (void)request_stream_add(request, STR("\n\n"));
}

static void on_tick(struct request *request)
{
    DEFER(arena_deinit) struct arena arena;
    arena_init(&arena, 0);
    struct buf lines = buf_in(&arena, MAX_STATS_BYTES);
    struct buf stats = buf_in(&arena, MAX_STATS_BYTES);
    if (!request->stream.is_held &&
        dashboard_write_lines(request->service->stats, &request->feed.seen, &lines)) {
        send_event(request, STR("log"), &lines);
    }
    if (request->feed.ticks++ % TICKS_A_SNAPSHOT == 0) {
        dashboard_write_stats(request->service, &stats);
        send_event(request, STR("stats"), &stats);
    }
    request_set_timer(request, LOG_EVERY_MS, on_tick);
}

static void answer_feed(struct request *request)
{
    struct stats *stats = request->service->stats;
    if (stats->readers == MAX_READERS) {
        answer_text(request, MHD_HTTP_SERVICE_UNAVAILABLE,
                    STR("The dashboard is open 16 times.\n"));
        return;
    }
    stats->readers++;
    request->feed.is_open = true;
    request_add_header(request, STR("content-type"), STR("text/event-stream"));
    request_add_header(request, STR("cache-control"), STR("no-store"));
    request_stream_begin(request, MHD_HTTP_OK);
    on_tick(request);
}

void dashboard_forget(struct request *request)
{
    if (request->feed.is_open) {
        request->feed.is_open = false;
        request->service->stats->readers--;
    }
}

/* ---- events ---------------------------------------------------------------------------------- */

/* The event that the target names after `prefix`, before `suffix`; NULL: it is answered with 404.
 */
static const struct stats_event *find_event(struct request *request, struct str prefix,
                                            struct str suffix)
{
    int64_t id = 0;
    struct str name = str_slice(request->target, prefix.len, request->target.len);
    const struct stats_event *event = NULL;
    if (str_has_suffix(name, suffix)) {
        name.len -= suffix.len;
        if (str_to_i64(name, &id) && id > 0) {
            event = stats_event_find(request->service->stats, (uint64_t)id);
        }
    }
    if (event == NULL) {
        answer_text(request, MHD_HTTP_NOT_FOUND, STR("This event is not kept any more.\n"));
    }
    return event;
}

static void answer_event(struct request *request)
{
    const struct stats_event *event = find_event(request, STR("/_/event/"), STR(".json"));
    if (event == NULL) {
        return;
    }
    request_add_header(request, STR("content-type"), STR("application/json"));
    request_add_header(request, STR("content-disposition"),
                       arena_format(&request->arena,
                                    "attachment; filename=\"" STR_FMT "-%llu.json\"",
                                    STR_ARG(event->function->slug), (unsigned long long)event->id));
    request_answer(request, MHD_HTTP_OK, arena_str_copy(&request->arena, event->event));
}

static const char *outcome_name(enum outcome outcome)
{
    switch (outcome) {
    case OUTCOME_OK:
        return "ok";
    case OUTCOME_FUNCTION_ERROR:
        return "error";
    case OUTCOME_TIMEOUT:
        return "timeout";
    case OUTCOME_THROTTLED:
        return "throttled";
    case OUTCOME_CEILING:
    case OUTCOME_SHUTDOWN:
        break;
    }
    return "shutdown";
}

static void replay_done(struct invocation *inv, const struct result *result)
{
    struct request *request = inv->owner;
    struct buf out = buf_in(&request->arena, MIB(40)); /* escaped, 6 MiB may grow sixfold */
    struct json_writer w = json_writer_on(&out);
    json_object_begin(&w);
    json_member_cstr(&w, "outcome", outcome_name(result->outcome));
    json_member_cstr(&w, "requestId", inv->request_id);
    json_member_str(&w, "payload", result->payload);
    json_object_end(&w);
    request_add_header(request, STR("content-type"), STR("application/json"));
    request_answer(request, MHD_HTTP_OK, buf_str(&out));
}

static void replay(struct request *request)
{
    const struct stats_event *event = find_event(request, STR("/_/replay/"), STR(""));
    if (event == NULL) {
        return;
    }
    struct arena *arena = &request->arena;
    struct str first = event->source; /* a replay of a replay says the same */
    (void)str_skip_prefix(&first, REPLAY_MARK);
    request->inv = (struct invocation){
        .event = arena_str_copy(arena, event->event),
        .source = arena_format(arena, STR_FMT STR_FMT, STR_ARG(REPLAY_MARK), STR_ARG(first)),
        .trace_id = trace_for_function(arena, trace_root(arena, STR(""), clock_now_ms())),
        .done = replay_done,
        .owner = request,
    };
    uuid_v4(request->inv.request_id);
    pool_invoke(request->service->pool, event->function, &request->inv);
}

/* ---------------------------------------------------------------------------------------------- */

void dashboard_handle(struct request *request)
{
    static const struct {
        struct str method, target;
        bool is_prefix;
        void (*answer)(struct request *);
    } pages[] = {
        {STR_INIT("GET"), STR_INIT("/_/"), false, answer_page},
        {STR_INIT("GET"), STR_INIT("/_/events"), false, answer_feed},
        {STR_INIT("GET"), STR_INIT("/_/event/"), true, answer_event},
        {STR_INIT("POST"), STR_INIT("/_/replay/"), true, replay},
    };
    bool is_known = false;
    if (!admit_local(request)) {
        return;
    }
    if (str_eq(request->target, STR("/_"))) {
        request_add_header(request, STR("location"), PREFIX);
        answer_text(request, MHD_HTTP_MOVED_PERMANENTLY, STR(""));
        return;
    }
    for (size_t i = 0; i < ARRAY_LEN(pages); i++) {
        if (pages[i].is_prefix ? str_has_prefix(request->target, pages[i].target)
                               : str_eq(request->target, pages[i].target)) {
            is_known = true;
            if (str_eq(request->method, pages[i].method)) {
                pages[i].answer(request);
                return;
            }
        }
    }
    answer_text(request, is_known ? MHD_HTTP_METHOD_NOT_ALLOWED : MHD_HTTP_NOT_FOUND,
                is_known ? STR("Another method.\n") : STR("No such page.\n"));
}
