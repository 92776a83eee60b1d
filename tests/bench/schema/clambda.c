/*
 * One set of the schema benchmark with shared/schema: SCHEMA VALUES MS. Prints one line:
 *
 *   compile_us=.. read_us=.. pass_us=.. values=.. faults=.. verdicts=0110..
 *
 * compile_us: reading the schema's text and compiling it, the median of several. pass_us: judging
 * all the valid values once, the fastest of those that fit into MS milliseconds. read_us: the same
 * from their text, with reading it. faults: valid
 * values refused, must be 0. verdicts: of the changed values.
 */
#include "shared/base/file.h"
#include "shared/schema/jsonschema/jsonschema.h"
#include "tests/bench/measure.h"

enum { COMPILES = 21, SOURCE_MAX = 64 << 20 };

static const struct jsonschema *compile(struct ctx *cx, struct str text, struct arena *arena)
{
    const struct jsonschema *schema = NULL;
    must(cx, jsonschema_read(cx, arena, text, NULL, &schema));
    return schema;
}

static double compile_us(struct ctx *cx, struct str text)
{
    double took[COMPILES];
    for (int i = 0; i < COMPILES; i++) {
        struct arena arena;
        struct ctx own = {.arena = &arena};
        arena_init(&arena, 0);
        int64_t started_ns = now_ns();
        (void)compile(&own, text, &arena);
        took[i] = (double)(now_ns() - started_ns) / NS_PER_US;
        arena_deinit(&arena);
    }
    (void)cx;
    return median(took, COMPILES);
}

static bool is_valid(struct ctx *cx, const struct jsonschema *schema, const struct json *value)
{
    bool valid = jsonschema_check(cx, schema, value, NULL) == OK;
    err_clear(cx);
    return valid;
}

static size_t faults(struct ctx *cx, const struct jsonschema *schema, const struct json *values)
{
    size_t count = 0;
    JSON_EACH (value, values) {
        count += is_valid(cx, schema, value) ? 0 : 1;
    }
    return count;
}

static double pass_us(struct ctx *cx, const struct jsonschema *schema, const struct json *values,
                      int64_t ms)
{
    double best = 0;
    for (int64_t end_ns = now_ns() + ms * NS_PER_MS; now_ns() < end_ns;) {
        int64_t started_ns = now_ns();
        (void)faults(cx, schema, values);
        double took = (double)(now_ns() - started_ns) / NS_PER_US;
        best = best > 0 && best < took ? best : took;
    }
    return best;
}

static double read_us(struct ctx *cx, const struct jsonschema *schema, struct str text, int64_t ms)
{
    double best = 0;
    struct arena arena;
    struct ctx own = {.arena = &arena};
    arena_init(&arena, 0);
    for (int64_t end_ns = now_ns() + ms * NS_PER_MS; now_ns() < end_ns; arena_reset(&arena)) {
        const struct json *values = NULL;
        int64_t started_ns = now_ns();
        must(&own, json_read(&own, text, NULL, &values));
        (void)faults(cx, schema, values);
        double took = (double)(now_ns() - started_ns) / NS_PER_US;
        best = best > 0 && best < took ? best : took;
    }
    arena_deinit(&arena);
    return best;
}

int main(int argc, char **argv)
{
    struct arena arena;
    struct ctx cx = {.arena = &arena};
    struct str schema_text, values_text;
    const struct json *root = NULL;
    int64_t ms = 0;
    arena_init(&arena, 0);
    if (argc != 4 || !str_to_i64(str_from_cstr(argv[3]), &ms)) {
        die("usage: clambda SCHEMA VALUES MS");
    }
    must(&cx, file_read(&cx, argv[1], SOURCE_MAX, &schema_text));
    must(&cx, file_read(&cx, argv[2], SOURCE_MAX, &values_text));
    must(&cx, json_read(&cx, values_text, NULL, &root));
    const struct jsonschema *schema = compile(&cx, schema_text, &arena);
    const struct json *valid = json_find(root, STR("valid"));
    (void)printf("compile_us=%.1f read_us=%.2f pass_us=%.2f values=%zu faults=%zu verdicts=",
                 compile_us(&cx, schema_text), read_us(&cx, schema, valid->span, ms),
                 pass_us(&cx, schema, valid, ms), valid->count, faults(&cx, schema, valid));
    JSON_EACH (value, json_find(root, STR("changed"))) {
        (void)putchar(is_valid(&cx, schema, value) ? '1' : '0');
    }
    (void)putchar('\n');
    arena_deinit(&arena);
    return 0;
}
