#include "runtime/lambda_metrics.h"

#include "shared/base/clock.h"
#include "shared/json/json.h"
#include "tests/support/check.h"

#include <math.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* Standard output goes to a file in memory while a case runs. */
struct world {
    struct test_ctx t;
    struct ctx *cx;
    struct metrics *m;
    int file, real_output;
};

static void world_open(struct world *w)
{
    *w = (struct world){.file = memfd_create("metrics", MFD_CLOEXEC)};
    (void)test_ctx_open(&w->t);
    w->cx = &w->t.cx;
    w->cx->arena = &w->t.arena;
    assert_true(w->file >= 0);
    assert_int_equal(fflush(stdout), 0);
    w->real_output = dup(STDOUT_FILENO);
    assert_true(w->real_output >= 0);
    assert_int_equal(dup2(w->file, STDOUT_FILENO), STDOUT_FILENO);
    CHECK_STATUS(w->cx, metrics_new(w->cx, STR("Shop"), &w->m), OK);
}

static void output_restore(struct world *w)
{
    if (w->real_output >= 0) {
        assert_int_equal(dup2(w->real_output, STDOUT_FILENO), STDOUT_FILENO);
        assert_int_equal(close(w->real_output), 0);
        w->real_output = -1;
    }
}

static void world_close(struct world *w)
{
    metrics_free(w->m);
    output_restore(w);
    assert_int_equal(close(w->file), 0);
    test_ctx_close(&w->t);
}

/* All that was written so far; each line a document. Empties the file. */
static struct str written(struct world *w)
{
    off_t size = lseek(w->file, 0, SEEK_END);
    char *text = ARENA_ARRAY(w->cx->arena, char, (size_t)size + 1);
    assert_int_equal(pread(w->file, text, (size_t)size, 0), size);
    assert_int_equal(ftruncate(w->file, 0), 0);
    assert_int_equal(lseek(w->file, 0, SEEK_SET), 0);
    return (struct str){text, (size_t)size};
}

static const struct json *document_next(struct world *w, struct str *rest)
{
    struct str line = {0};
    const struct json *root = NULL;
    assert_true(str_split_next(rest, '\n', &line) && line.len > 0);
    CHECK_STATUS(w->cx, json_read(w->cx, line, NULL, &root), OK);
    return root;
}

/* What one flush writes, if it is one line. */
static const struct json *flushed(struct world *w)
{
    metrics_flush(w->m);
    struct str text = written(w);
    const struct json *root = document_next(w, &text);
    CHECK_STR("one line", text, STR(""));
    return root;
}

static const struct json *directive_of(const struct json *root)
{
    const struct json *list = json_find(json_find(root, STR("_aws")), STR("CloudWatchMetrics"));
    assert_non_null(list);
    CHECK_I64("directives", list->count, 1);
    return list->first;
}

static struct str span_of(const struct json *object, const char *name)
{
    const struct json *value = json_find(object, str_from_cstr(name));
    return value == NULL ? (struct str){0} : value->span;
}

static void put(struct world *w, const char *name, enum metrics_unit unit, double value)
{
    CHECK_STATUS(w->cx, metrics_put(w->cx, w->m, str_from_cstr(name), unit, value), OK);
}

static void refused(struct world *w, const char *name, enum status got, enum status want)
{
    if (got != want) {
        CHECK_FAILED("%s: got %s, want %s\n", name, status_name(got), status_name(want));
    }
    err_clear(w->cx);
}

/* ---- documents ------------------------------------------------------------------------------- */

static void document_is_as_cloudwatch_wants_it(void **state)
{
    (void)state;
    DEFER(world_close) struct world w;
    world_open(&w);
    const struct metrics_pair dimensions[] = {{STR("service"), STR("cart")},
                                              {STR("stage"), STR("\"live\"")}};
    const double sizes[] = {1, 2.5, -3};
    int64_t before_ms = clock_now_ms();
    CHECK_STATUS(w.cx, metrics_dimension_set(w.cx, w.m, dimensions, 2), OK);
    CHECK_STATUS(w.cx, metrics_dimension_set(w.cx, w.m, dimensions, 1), OK);
    put(&w, "latency", METRICS_MILLISECONDS, 12.5);
    CHECK_STATUS(w.cx,
                 metrics_put_sample(w.cx, w.m,
                                    &(struct metrics_sample){.name = STR("size"),
                                                             .unit = METRICS_BYTES,
                                                             .values = sizes,
                                                             .count = 3,
                                                             .is_high_resolution = true}),
                 OK);
    CHECK_STATUS(w.cx, metrics_property(w.cx, w.m, STR("order"), STR("first")), OK);
    CHECK_STATUS(w.cx, metrics_property(w.cx, w.m, STR("order"), STR("a\nb")), OK);
    const struct json *root = flushed(&w);
    const struct json *directive = directive_of(root);
    CHECK_STR("namespace", json_find_str(directive, STR("Namespace")), STR("Shop"));
    CHECK_STR("dimensions", span_of(directive, "Dimensions"),
              STR("[[\"service\",\"stage\"],[\"service\"]]"));
    CHECK_STR("metrics", span_of(directive, "Metrics"),
              STR("[{\"Name\":\"latency\",\"Unit\":\"Milliseconds\"},"
                  "{\"Name\":\"size\",\"Unit\":\"Bytes\",\"StorageResolution\":1}]"));
    CHECK_STR("one value", span_of(root, "latency"), STR("12.5"));
    CHECK_STR("several", span_of(root, "size"), STR("[1,2.5,-3]"));
    CHECK_STR("dimension", json_find_str(root, STR("stage")), STR("\"live\""));
    CHECK_STR("property", json_find_str(root, STR("order")), STR("a\nb"));
    CHECK_I64("members: _aws, two dimensions, two metrics, a property", root->count, 6);
    int64_t stamp_ms = 0;
    assert_true(json_is_i64(json_find(json_find(root, STR("_aws")), STR("Timestamp")), &stamp_ms));
    assert_true(stamp_ms >= before_ms && stamp_ms <= clock_now_ms());
}

static void flush_empties_all_but_dimensions(void **state)
{
    (void)state;
    DEFER(world_close) struct world w;
    world_open(&w);
    const struct metrics_pair dimension = {STR("service"), STR("cart")};
    metrics_flush(w.m);
    CHECK_STR("nothing put", written(&w), STR(""));
    CHECK_STATUS(w.cx, metrics_dimension_set(w.cx, w.m, &dimension, 1), OK);
    put(&w, "a", METRICS_COUNT, 1);
    CHECK_STATUS(w.cx, metrics_property(w.cx, w.m, STR("p"), STR("v")), OK);
    (void)flushed(&w);
    metrics_flush(w.m);
    CHECK_STR("nothing since", written(&w), STR(""));
    CHECK_STATUS(w.cx, metrics_property(w.cx, w.m, STR("a"), STR("a name may change")), OK);
    put(&w, "p", METRICS_BYTES, 2);
    const struct json *root = flushed(&w);
    CHECK_STR("kept", json_find_str(root, STR("service")), STR("cart"));
    CHECK_STR("new", span_of(root, "p"), STR("2"));
    CHECK_I64("members", root->count, 4);
}

static void without_dimensions_the_namespace_counts(void **state)
{
    (void)state;
    DEFER(world_close) struct world w;
    world_open(&w);
    put(&w, "a", METRICS_NONE, 1);
    CHECK_STR("one empty set", span_of(directive_of(flushed(&w)), "Dimensions"), STR("[[]]"));
}

/* Counts what documents say of each metric: names of m0 to mN, values 0 to V. */
static void check_split(struct world *w, size_t names, size_t values, size_t documents)
{
    double *numbers = ARENA_ARRAY(w->cx->arena, double, values);
    size_t *seen = ARENA_ARRAY(w->cx->arena, size_t, names);
    for (size_t i = 0; i < values; i++) {
        numbers[i] = (double)i;
    }
    for (size_t i = 0; i < names; i++) {
        struct metrics_sample sample = {.name = arena_format(w->cx->arena, "m%zu", i),
                                        .unit = METRICS_COUNT,
                                        .values = numbers,
                                        .count = values};
        CHECK_STATUS(w->cx, metrics_put_sample(w->cx, w->m, &sample), OK);
    }
    metrics_flush(w->m);
    struct str text = written(w);
    size_t lines = 0;
    for (; text.len > 0; lines++) {
        const struct json *root = document_next(w, &text);
        const struct json *metrics = json_find(directive_of(root), STR("Metrics"));
        assert_true(metrics->count > 0 && metrics->count <= METRICS_PER_DOCUMENT);
        JSON_EACH (metric, metrics) {
            struct str name = json_find_str(metric, STR("Name"));
            const struct json *value = json_find(root, name);
            int64_t index = 0;
            assert_non_null(value);
            assert_true(value->count <= METRICS_VALUES_PER_DOCUMENT);
            assert_true(str_to_i64(str_slice(name, 1, name.len), &index));
            seen[index] += value->type == JSON_ARRAY ? value->count : 1;
        }
    }
    CHECK_I64("documents", lines, documents);
    for (size_t i = 0; i < names; i++) {
        CHECK_I64("values of each", seen[i], values);
    }
}

static void more_than_100_metrics_or_values_are_several_documents(void **state)
{
    (void)state;
    static const struct {
        size_t names, values, documents;
    } cases[] = {{100, 1, 1}, {101, 1, 2}, {250, 2, 3}, {1, 100, 1},
                 {1, 101, 2}, {3, 250, 3}, {120, 10, 2}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        DEFER(world_close) struct world w;
        world_open(&w);
        check_split(&w, cases[i].names, cases[i].values, cases[i].documents);
    }
}

static void values_read_back_the_same(void **state)
{
    (void)state;
    static const double values[] = {0,      -0.0,     0.1,     1.0 / 3, 1e21,   5e-324,
                                    123456, -0x1p360, 0x1p360, 1e-7,    2.5e15, 9007199254740993.0};
    for (size_t i = 0; i < ARRAY_LEN(values); i++) {
        DEFER(world_close) struct world w;
        world_open(&w);
        put(&w, "v", METRICS_NONE, values[i]);
        double got = 1;
        assert_true(json_is_f64(json_find(flushed(&w), STR("v")), &got));
        assert_true(got == values[i]);
    }
}

static void every_unit_has_its_name(void **state)
{
    (void)state;
    DEFER(world_close) struct world w;
    world_open(&w);
    for (int unit = METRICS_NONE; unit <= METRICS_COUNT_PER_SECOND; unit++) {
        put(&w, arena_format(w.cx->arena, "u%d", unit).ptr, (enum metrics_unit)unit, 1);
    }
    const struct json *metrics = json_find(directive_of(flushed(&w)), STR("Metrics"));
    static const struct str names[] = {
        STR_INIT("None"),
        STR_INIT("Seconds"),
        STR_INIT("Microseconds"),
        STR_INIT("Milliseconds"),
        STR_INIT("Bytes"),
        STR_INIT("Kilobytes"),
        STR_INIT("Megabytes"),
        STR_INIT("Gigabytes"),
        STR_INIT("Terabytes"),
        STR_INIT("Bits"),
        STR_INIT("Kilobits"),
        STR_INIT("Megabits"),
        STR_INIT("Gigabits"),
        STR_INIT("Terabits"),
        STR_INIT("Percent"),
        STR_INIT("Count"),
        STR_INIT("Bytes/Second"),
        STR_INIT("Kilobytes/Second"),
        STR_INIT("Megabytes/Second"),
        STR_INIT("Gigabytes/Second"),
        STR_INIT("Terabytes/Second"),
        STR_INIT("Bits/Second"),
        STR_INIT("Kilobits/Second"),
        STR_INIT("Megabits/Second"),
        STR_INIT("Gigabits/Second"),
        STR_INIT("Terabits/Second"),
        STR_INIT("Count/Second"),
    };
    CHECK_I64("units", metrics->count, ARRAY_LEN(names));
    size_t i = 0;
    JSON_EACH (metric, metrics) {
        CHECK_STR("unit", json_find_str(metric, STR("Unit")), names[i]);
        i++;
    }
}

/* ---- refusals -------------------------------------------------------------------------------- */

static struct str letters(struct world *w, size_t count)
{
    char *text = ARENA_ARRAY(w->cx->arena, char, count + 1);
    memset(text, 'x', count);
    return (struct str){text, count};
}

static void values_that_are_no_numbers_are_refused(void **state)
{
    (void)state;
    DEFER(world_close) struct world w;
    world_open(&w);
    static const double bad[] = {(double)NAN, (double)INFINITY, -(double)INFINITY, 0x1.0000001p360,
                                 -0x1.0000001p360};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        const double values[] = {1, bad[i]};
        refused(&w, "one", metrics_put(w.cx, w.m, STR("v"), METRICS_NONE, bad[i]), ERR_INVALID);
        refused(&w, "one of two",
                metrics_put_sample(
                    w.cx, w.m,
                    &(struct metrics_sample){.name = STR("v"), .values = values, .count = 2}),
                ERR_INVALID);
    }
    metrics_flush(w.m);
    CHECK_STR("none of them was kept", written(&w), STR(""));
}

static void names_beyond_the_limits_are_refused(void **state)
{
    (void)state;
    DEFER(world_close) struct world w;
    world_open(&w);
    const struct str bad[] = {STR(""),     STR("   "),      STR("_aws"),
                              STR("a\nb"), STR("\xC3\xA9"), letters(&w, METRICS_NAME_BYTES + 1)};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        const struct metrics_pair pair = {bad[i], STR("v")};
        refused(&w, "metric", metrics_put(w.cx, w.m, bad[i], METRICS_NONE, 1), ERR_INVALID);
        refused(&w, "property", metrics_property(w.cx, w.m, bad[i], STR("v")), ERR_INVALID);
        refused(&w, "dimension", metrics_dimension_set(w.cx, w.m, &pair, 1), ERR_INVALID);
    }
    put(&w, letters(&w, METRICS_NAME_BYTES).ptr, METRICS_NONE, 1);
    const struct metrics_pair bad_pairs[] = {
        {STR(":a"), STR("v")},       {letters(&w, METRICS_DIMENSION_NAME_BYTES + 1), STR("v")},
        {STR("a"), STR("")},         {STR("a"), STR(" \t")},
        {STR("a"), STR("\xC3\xA9")}, {STR("a"), letters(&w, METRICS_DIMENSION_VALUE_BYTES + 1)},
    };
    for (size_t i = 0; i < ARRAY_LEN(bad_pairs); i++) {
        refused(&w, "pair", metrics_dimension_set(w.cx, w.m, &bad_pairs[i], 1), ERR_INVALID);
    }
    const struct metrics_pair longest = {letters(&w, METRICS_DIMENSION_NAME_BYTES),
                                         letters(&w, METRICS_DIMENSION_VALUE_BYTES)};
    CHECK_STATUS(w.cx, metrics_dimension_set(w.cx, w.m, &longest, 1), OK);
}

static void namespaces_beyond_the_limits_are_refused(void **state)
{
    (void)state;
    DEFER(world_close) struct world w;
    world_open(&w);
    const struct str bad[] = {STR(""),
                              STR("  "),
                              STR(":a"),
                              STR("a*"),
                              STR("a\"b"),
                              STR("a\nb"),
                              letters(&w, METRICS_NAMESPACE_BYTES + 1)};
    struct metrics *m = NULL;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        refused(&w, "namespace", metrics_new(w.cx, bad[i], &m), ERR_INVALID);
        assert_null(m);
    }
    CHECK_STATUS(w.cx, metrics_new(w.cx, STR("My App/v1.0_a-b#c:d"), &m), OK);
    metrics_free(m);
    CHECK_STATUS(w.cx, metrics_new(w.cx, letters(&w, METRICS_NAMESPACE_BYTES), &m), OK);
    metrics_free(m);
    metrics_free(NULL);
}

static void one_name_is_one_thing(void **state)
{
    (void)state;
    DEFER(world_close) struct world w;
    world_open(&w);
    const struct metrics_pair d = {STR("d"), STR("1")}, other = {STR("d"), STR("2")},
                              as_metric = {STR("m"), STR("1")}, as_property = {STR("p"), STR("1")};
    const struct metrics_pair twice[] = {{STR("e"), STR("1")}, {STR("e"), STR("1")}};
    const double value = 1;
    CHECK_STATUS(w.cx, metrics_dimension_set(w.cx, w.m, &d, 1), OK);
    put(&w, "m", METRICS_COUNT, 1);
    CHECK_STATUS(w.cx, metrics_property(w.cx, w.m, STR("p"), STR("v")), OK);
    refused(&w, "metric as property", metrics_property(w.cx, w.m, STR("m"), STR("v")),
            ERR_CONFLICT);
    refused(&w, "dimension as property", metrics_property(w.cx, w.m, STR("d"), STR("v")),
            ERR_CONFLICT);
    refused(&w, "property as metric", metrics_put(w.cx, w.m, STR("p"), METRICS_COUNT, 1),
            ERR_CONFLICT);
    refused(&w, "dimension as metric", metrics_put(w.cx, w.m, STR("d"), METRICS_COUNT, 1),
            ERR_CONFLICT);
    refused(&w, "metric as dimension", metrics_dimension_set(w.cx, w.m, &as_metric, 1),
            ERR_CONFLICT);
    refused(&w, "property as dimension", metrics_dimension_set(w.cx, w.m, &as_property, 1),
            ERR_CONFLICT);
    refused(&w, "another value", metrics_dimension_set(w.cx, w.m, &other, 1), ERR_CONFLICT);
    refused(&w, "twice in a set", metrics_dimension_set(w.cx, w.m, twice, 2), ERR_INVALID);
    refused(&w, "another unit", metrics_put(w.cx, w.m, STR("m"), METRICS_BYTES, 1), ERR_CONFLICT);
    refused(&w, "another resolution",
            metrics_put_sample(w.cx, w.m,
                               &(struct metrics_sample){.name = STR("m"),
                                                        .unit = METRICS_COUNT,
                                                        .values = &value,
                                                        .count = 1,
                                                        .is_high_resolution = true}),
            ERR_CONFLICT);
    const struct json *root = flushed(&w);
    CHECK_I64("members: _aws, d, m, p", root->count, 4);
    CHECK_STR("one value", span_of(root, "m"), STR("1"));
}

static void more_than_fits_is_refused(void **state)
{
    (void)state;
    DEFER(world_close) struct world w;
    world_open(&w);
    struct metrics_pair set[METRICS_MAX_DIMENSIONS + 1];
    for (size_t i = 0; i < ARRAY_LEN(set); i++) {
        set[i] = (struct metrics_pair){arena_format(w.cx->arena, "d%zu", i),
                                       letters(&w, i == 0 ? 9 : 1)};
    }
    refused(&w, "31 dimensions", metrics_dimension_set(w.cx, w.m, set, ARRAY_LEN(set)),
            ERR_INVALID);
    for (size_t i = 0; i < METRICS_MAX_SETS; i++) {
        CHECK_STATUS(w.cx, metrics_dimension_set(w.cx, w.m, set, METRICS_MAX_DIMENSIONS), OK);
    }
    refused(&w, "a set more", metrics_dimension_set(w.cx, w.m, set, 0), ERR_TOO_LARGE);
    for (size_t i = 0; i < METRICS_MAX_PROPERTIES; i++) {
        CHECK_STATUS(w.cx,
                     metrics_property(w.cx, w.m, arena_format(w.cx->arena, "p%zu", i), STR("\x01")),
                     OK);
    }
    refused(&w, "a property more", metrics_property(w.cx, w.m, STR("p"), STR("v")), ERR_TOO_LARGE);
    refused(&w, "text", metrics_property(w.cx, w.m, STR("p0"), letters(&w, METRICS_MAX_TEXT_BYTES)),
            ERR_TOO_LARGE);
    for (size_t i = 0; i < METRICS_MAX_NAMES; i++) {
        put(&w, arena_format(w.cx->arena, "n%zu", i).ptr, METRICS_NONE, 0.1);
    }
    refused(&w, "a name more", metrics_put(w.cx, w.m, STR("more"), METRICS_NONE, 1), ERR_TOO_LARGE);
    for (size_t i = METRICS_MAX_NAMES; i < METRICS_MAX_VALUES; i++) {
        put(&w, "n0", METRICS_NONE, 1.0 / 3);
    }
    refused(&w, "a value more", metrics_put(w.cx, w.m, STR("n0"), METRICS_NONE, 1), ERR_TOO_LARGE);
    metrics_flush(w.m);
    assert_true(written(&w).len > 0);
    put(&w, "more", METRICS_NONE, 1);
}

/* The most text and the most values there can be: each line stays below CloudWatch's limit. */
static void largest_document_fits_its_line(void **state)
{
    (void)state;
    DEFER(world_close) struct world w;
    world_open(&w);
    char *worst = ARENA_ARRAY(w.cx->arena, char, METRICS_MAX_TEXT_BYTES);
    memset(worst, '\x01', METRICS_MAX_TEXT_BYTES); /* six bytes each in JSON */
    CHECK_STATUS(
        w.cx,
        metrics_property(w.cx, w.m, STR("p"), (struct str){worst, METRICS_MAX_TEXT_BYTES - 1}), OK);
    double values[METRICS_VALUES_PER_DOCUMENT];
    for (size_t i = 0; i < ARRAY_LEN(values); i++) {
        values[i] = -0x1.fffffffffffffp-300;
    }
    for (size_t i = 0; i < METRICS_PER_DOCUMENT; i++) {
        char *name = ARENA_ARRAY(w.cx->arena, char, METRICS_NAME_BYTES);
        memset(name, '"', METRICS_NAME_BYTES);
        name[0] = (char)('0' + i / 10);
        name[1] = (char)('0' + i % 10);
        struct metrics_sample sample = {
            .name = {name, METRICS_NAME_BYTES}, .values = values, .count = ARRAY_LEN(values)};
        CHECK_STATUS(w.cx, metrics_put_sample(w.cx, w.m, &sample), OK);
    }
    metrics_flush(w.m);
    struct str text = written(&w);
    assert_true(text.len < MIB(1));
    CHECK_I64("members", document_next(&w, &text)->count, 1 + 1 + METRICS_PER_DOCUMENT);
}

/* ---- lives ----------------------------------------------------------------------------------- */

static void what_was_not_flushed_is_written_at_the_invocations_end(void **state)
{
    (void)state;
    DEFER(world_close) struct world w;
    world_open(&w);
    struct metrics *m = NULL;
    CHECK_STATUS(w.cx, metrics_begin(w.cx, STR("Shop"), &m), OK);
    CHECK_STATUS(w.cx, metrics_put(w.cx, m, STR("a"), METRICS_COUNT, 7), OK);
    CHECK_STR("not yet", written(&w), STR(""));
    arena_reset(w.cx->arena);
    struct str text = written(&w);
    CHECK_STR("then", span_of(document_next(&w, &text), "a"), STR("7"));
}

static void cold_start_counts_once_a_process(void **state)
{
    (void)state;
    static const struct {
        const char *how;
        bool is_told;
    } cases[] = {
        {"on-demand", true}, {"", true}, {"snap-start", true}, {"provisioned-concurrency", false}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        DEFER(world_close) struct world w;
        world_open(&w);
        pid_t child = fork(); /* each case is the first of its process */
        assert_true(child >= 0);
        if (child == 0) {
            bool ok = setenv("AWS_LAMBDA_INITIALIZATION_TYPE", cases[i].how, 1) == 0;
            for (int call = 0; call < 2; call++) {
                ok &= metrics_cold_start(w.cx, w.m) == OK;
            }
            metrics_flush(w.m);
            _exit(ok ? 0 : 1);
        }
        int status = 1;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_int_equal(status, 0);
        struct str text = written(&w);
        CHECK_I64(cases[i].how, text.len > 0, cases[i].is_told);
        if (cases[i].is_told) {
            CHECK_STR("once", span_of(document_next(&w, &text), "ColdStart"), STR("1"));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(document_is_as_cloudwatch_wants_it),
        cmocka_unit_test(flush_empties_all_but_dimensions),
        cmocka_unit_test(without_dimensions_the_namespace_counts),
        cmocka_unit_test(more_than_100_metrics_or_values_are_several_documents),
        cmocka_unit_test(values_read_back_the_same),
        cmocka_unit_test(every_unit_has_its_name),
        cmocka_unit_test(values_that_are_no_numbers_are_refused),
        cmocka_unit_test(names_beyond_the_limits_are_refused),
        cmocka_unit_test(namespaces_beyond_the_limits_are_refused),
        cmocka_unit_test(one_name_is_one_thing),
        cmocka_unit_test(more_than_fits_is_refused),
        cmocka_unit_test(largest_document_fits_its_line),
        cmocka_unit_test(what_was_not_flushed_is_written_at_the_invocations_end),
        cmocka_unit_test(cold_start_counts_once_a_process),
    };
    return cmocka_run_group_tests_name("metrics", tests, NULL, NULL);
}
