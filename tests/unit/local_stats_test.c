/*
 * What the dashboard's figures are made of, and that they stay within their bounds.
 */
#include "tests/support/check.h"

#include "infra/local/dashboard/dashboard_feed.h"
#include "infra/local/lambda/stats.h"
#include "infra/local/source/schedule.h"
#include "shared/json/json.h"

static void histogram_bounds_hold_what_they_hold(void **state)
{
    (void)state;
    static const int64_t values[] = {0,   1,    63,    64,     65,      79,       80,       127,
                                     128, 1000, 12345, 999999, 1000000, 60000000, 900000000};
    for (size_t i = 0; i < ARRAY_LEN(values); i++) {
        struct histogram h = {0};
        histogram_add(&h, values[i]);
        size_t bucket = 0;
        while (h.buckets[bucket] == 0) {
            bucket++;
        }
        int64_t bound = histogram_bound_us(bucket);
        assert_true(values[i] < bound);
        assert_true(values[i] < 64 || bound * 4 <= values[i] * 5 + 4);
        CHECK_I64("one value is every percentile", histogram_percentile(&h, 50), values[i]);
    }
    struct histogram h = {0};
    histogram_add(&h, INT64_MAX);
    histogram_add(&h, -5);
    CHECK_I64("the last bucket takes the rest", h.buckets[HISTOGRAM_BUCKETS - 1], 1);
    CHECK_I64("the first what cannot be", h.buckets[0], 1);
}

static void histogram_percentiles_are_never_too_low(void **state)
{
    (void)state;
    struct histogram h = {0};
    CHECK_I64("of nothing", histogram_percentile(&h, 99), 0);
    for (int64_t us = 1; us <= 10000; us++) {
        histogram_add(&h, us);
    }
    static const unsigned percents[] = {1, 50, 95, 99, 100};
    for (size_t i = 0; i < ARRAY_LEN(percents); i++) {
        int64_t real = 100 * (int64_t)percents[i];
        int64_t told = histogram_percentile(&h, percents[i]);
        assert_true(told >= real && told <= real + real / 4 + 1);
    }
    CHECK_I64("all", histogram_percentile(&h, 100), 10000);
}

struct fixture {
    struct template *t;
    struct stats *stats;
};

static void open_fixture(struct ctx *cx, struct fixture *f)
{
    f->t = ARENA_NEW(cx->arena, struct template);
    f->t->function_count = 2;
    f->t->functions[0].slug = STR("a");
    f->t->functions[1].slug = STR("b");
    f->stats = ARENA_NEW(cx->arena, struct stats);
    stats_open(f->stats, f->t);
}

static uint64_t event_begin(const struct fixture *f, int function, const char *request_id,
                            struct str event)
{
    struct invocation inv = {.event = event, .source = STR("GET /a")};
    (void)snprintf(inv.request_id, sizeof(inv.request_id), "%s", request_id);
    return stats_event_begin(f->stats, &f->t->functions[function], &inv);
}

static size_t events_kept(const struct fixture *f)
{
    size_t count = 0;
    for (size_t i = 0; i < STATS_EVENTS; i++) {
        count += f->stats->events[i].id != 0;
    }
    return count;
}

static void stats_keep_the_last_events_of_each_function(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct fixture f;
    open_fixture(&t.cx, &f);
    uint64_t other = event_begin(&f, 1, "r", STR("{}"));
    uint64_t first = event_begin(&f, 0, "r-first", STR("1"));
    for (int i = 1; i < STATS_EVENTS_OF_ONE; i++) {
        (void)event_begin(&f, 0, "r", STR("1"));
    }
    CHECK_STR("as many", stats_event_find(f.stats, first)->event, STR("1"));
    CHECK_STR("whence", stats_event_find(f.stats, first)->source, STR("GET /a"));
    (void)event_begin(&f, 0, "r", STR("1"));
    assert_null(stats_event_find(f.stats, first));
    assert_non_null(stats_event_find(f.stats, other));
    CHECK_I64("kept", events_kept(&f), STATS_EVENTS_OF_ONE + 1);
    assert_null(stats_event_find(f.stats, 0));
    stats_close(f.stats);
}

static void stats_bound_the_bytes_of_events(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct fixture f;
    open_fixture(&t.cx, &f);
    struct str large = {.ptr = arena_alloc(&t.arena, MIB(1) + 1, 1), .len = MIB(1)};
    for (int i = 0; i < 40; i++) {
        assert_true(event_begin(&f, i % 2, "r", large) != 0);
        assert_true(f.stats->event_bytes <= MIB(16));
    }
    CHECK_I64("as many as fit", events_kept(&f), 16);
    large.len++;
    CHECK_I64("one byte more", event_begin(&f, 0, "r", large), 0);
    stats_close(f.stats);
}

static void stats_cut_what_an_event_came_from(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct fixture f;
    open_fixture(&t.cx, &f);
    struct str name = {.ptr = arena_alloc(&t.arena, STATS_SOURCE_BYTES + 1, 1)};
    for (name.len = STATS_SOURCE_BYTES; name.len <= STATS_SOURCE_BYTES + 1; name.len++) {
        const struct invocation inv = {.event = STR("{}"), .source = name, .request_id = "r"};
        uint64_t id = stats_event_begin(f.stats, &f.t->functions[0], &inv);
        CHECK_I64("kept", stats_event_find(f.stats, id)->source.len, STATS_SOURCE_BYTES);
    }
    stats_close(f.stats);
}

static void stats_keep_the_last_lines_and_errors(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct fixture f;
    open_fixture(&t.cx, &f);
    char text[STATS_LINE_BYTES + 2];
    memset(text, 'x', sizeof(text));
    for (int i = 0; i < STATS_LINES + 5; i++) {
        stats_line(f.stats, STR("a"), STR("line"));
    }
    stats_line(f.stats, STR("a"), (struct str){.ptr = text, .len = STATS_LINE_BYTES + 1});
    const struct stats_line *last = &f.stats->lines[f.stats->line_count % STATS_LINES];
    CHECK_I64("number", last->number, STATS_LINES + 6);
    CHECK_I64("cut", last->len, STATS_LINE_BYTES);
    assert_true(last->is_cut);
    for (int i = 0; i < STATS_ERRORS * 2; i++) {
        stats_error(f.stats, &f.t->functions[0], "r", NULL,
                    (struct str){.ptr = text, .len = sizeof(text)});
    }
    CHECK_I64("errors", f.stats->error_count, STATS_ERRORS * 2);
    stats_close(f.stats);
}

static void stats_count_by_route_and_function(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct fixture f;
    open_fixture(&t.cx, &f);
    stats_request(f.stats, STR("GET /a"), 200, 1000);
    stats_request(f.stats, STR("GET /a"), 502, 1000);
    CHECK_I64("routes", f.stats->route_count, 1);
    CHECK_I64("requests", f.stats->routes[0].took.count, 2);
    CHECK_I64("failed", f.stats->routes[0].failed, 1);
    for (int i = 0; i < STATS_ROUTES * 2; i++) {
        stats_request(f.stats, arena_format(&t.arena, "GET /%d", i), 200, 1);
    }
    CHECK_I64("bounded", f.stats->route_count, STATS_ROUTES);
    uint64_t id = event_begin(&f, 1, "r1", STR("{}"));
    stats_event_end(f.stats, &f.t->functions[1],
                    &(struct report){.request_id = "r1", .duration_us = 5, .failure = "error"});
    assert_int_equal(stats_event_find(f.stats, id)->state, EVENT_FAILED);
    CHECK_I64("failed", f.stats->functions[1].failed, 1);
    CHECK_I64("cold", f.stats->functions[1].cold, 0);
    stats_close(f.stats);
}

/* Each of them, and only once, however much a line grows as JSON. */
static void the_feed_has_every_line(void **state)
{
    (void)state;
    static const char fillers[] = {'x', '"', '\1', '\xff'};
    for (size_t i = 0; i < ARRAY_LEN(fillers); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct fixture f;
        open_fixture(&t.cx, &f);
        char text[STATS_LINE_BYTES];
        memset(text, fillers[i], sizeof(text));
        for (int n = 0; n < STATS_LINES; n++) {
            stats_line(f.stats, STR("a"), (struct str){.ptr = text, .len = sizeof(text)});
        }
        uint64_t seen = 0, lines = 0;
        struct buf out = buf_in(&t.arena, KIB(120));
        while (dashboard_write_lines(f.stats, &seen, &out)) {
            const struct json *root = NULL;
            assert_false(out.full);
            CHECK_STATUS(&t.cx, json_read(&t.cx, buf_str(&out), NULL, &root), OK);
            assert_true(root->count > 0);
            lines += root->count;
            CHECK_I64("seen", seen, lines);
            buf_clear(&out);
        }
        CHECK_I64("lines", lines, STATS_LINES);
        stats_close(f.stats);
    }
}

/* As many schedules as a template may have, as long as names get. */
static struct schedules *many_schedules(struct ctx *cx, const struct fixture *f)
{
    struct schedules *schedules = ARENA_NEW(cx->arena, struct schedules);
    struct schedule *one = ARENA_NEW(cx->arena, struct schedule);
    char name[128];
    const struct str text = {.ptr = name, .len = sizeof(name)};
    memset(name, 'S', sizeof(name));
    *one = (struct schedule){
        .name = arena_str_copy(cx->arena, text),
        .text = arena_str_copy(cx->arena, text),
        .zone = "America/Argentina/ComodRivadavia",
        .function = &f->t->functions[0],
        .enabled = true,
    };
    for (size_t i = 0; i < TEMPLATE_MAX_SCHEDULES; i++) {
        schedules->items[schedules->count++] =
            (struct schedule_state){.schedule = one, .next_ms = INT64_MAX / 2};
    }
    return schedules;
}

/* As many routes as are kept, as different as can be, and errors of control characters. */
static void the_figures_fit_always(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct fixture f;
    open_fixture(&t.cx, &f);
    char words[STATS_ERROR_BYTES];
    memset(words, '\1', sizeof(words) - 1);
    words[sizeof(words) - 1] = '\0';
    for (int i = 0; i < STATS_ROUTES; i++) {
        struct str name = arena_format(&t.arena, "GET /%d", i);
        for (size_t bucket = 0; bucket < HISTOGRAM_BUCKETS; bucket++) {
            stats_request(f.stats, name, 200, histogram_bound_us(bucket));
        }
    }
    for (int i = 0; i < STATS_ERRORS; i++) {
        stats_error(f.stats, &f.t->functions[0], "r", NULL,
                    (struct str){.ptr = words, .len = sizeof(words)});
    }
    for (int i = 0; i < 3 * STATS_EVENTS_OF_ONE; i++) {
        const struct invocation inv = {.event = STR("{}"), .source = str_from_cstr(words)};
        (void)stats_event_begin(f.stats, &f.t->functions[i % 2], &inv);
    }
    struct pool *pool = ARENA_NEW(&t.arena, struct pool);
    const struct service service = {
        .template = f.t, .stats = f.stats, .pool = pool, .schedules = many_schedules(&t.cx, &f)};
    struct buf out = buf_in(&t.arena, KIB(120));
    const struct json *root = NULL;
    dashboard_write_stats(&service, &out);
    assert_false(out.full);
    CHECK_STATUS(&t.cx, json_read(&t.cx, buf_str(&out), NULL, &root), OK);
    CHECK_I64("routes", json_find(root, STR("routes"))->count, STATS_ROUTES);
    CHECK_I64("schedules", json_find(root, STR("schedules"))->count, TEMPLATE_MAX_SCHEDULES);
    stats_close(f.stats);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(histogram_bounds_hold_what_they_hold),
        cmocka_unit_test(histogram_percentiles_are_never_too_low),
        cmocka_unit_test(stats_keep_the_last_events_of_each_function),
        cmocka_unit_test(stats_bound_the_bytes_of_events),
        cmocka_unit_test(stats_cut_what_an_event_came_from),
        cmocka_unit_test(stats_keep_the_last_lines_and_errors),
        cmocka_unit_test(stats_count_by_route_and_function),
        cmocka_unit_test(the_feed_has_every_line),
        cmocka_unit_test(the_figures_fit_always),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
