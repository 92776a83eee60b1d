/*
 * Texts that models broke, with shared/json/repair: FILE GRADE, where FILE is a list of objects
 * with an `input` and GRADE is L0, L1 or L2, the highest allowed. Prints a list of what came of
 * each, a text or null where it was refused, and on standard error the time for all of them.
 */
#include "shared/base/file.h"
#include "shared/json/repair.h"
#include "tests/bench/measure.h"

enum { SOURCE_MAX = 64 << 20, OUTPUT_MAX = 64 << 20 };

static enum json_grade grade_of(struct str name)
{
    static const struct str names[] = {STR_INIT("L0"), STR_INIT("L1"), STR_INIT("L2")};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (str_eq(name, names[i])) {
            return (enum json_grade)(JSON_GRADE_LOSSLESS + (int)i);
        }
    }
    die("no grade: L0, L1, L2");
}

/* The empty view: refused. */
static struct str repaired(struct ctx *cx, struct str input,
                           const struct json_repair_options *options)
{
    struct json_repaired out;
    enum status status = json_repair(cx, input, options, &out);
    err_clear(cx);
    return status == OK ? out.text : (struct str){0};
}

static double all_us(struct ctx *cx, const struct json *texts,
                     const struct json_repair_options *options)
{
    int64_t started_ns = now_ns();
    JSON_EACH (text, texts) {
        (void)repaired(cx, json_find_str(text, STR("input")), options);
    }
    return (double)(now_ns() - started_ns) / NS_PER_US;
}

int main(int argc, char **argv)
{
    struct arena arena;
    struct ctx cx = {.arena = &arena};
    struct str source;
    const struct json *texts = NULL;
    arena_init(&arena, 0);
    if (argc != 3) {
        die("usage: repair_clambda FILE GRADE");
    }
    const struct json_repair_options options = {.allowed = grade_of(str_from_cstr(argv[2]))};
    must(&cx, file_read(&cx, argv[1], SOURCE_MAX, &source));
    must(&cx, json_read(&cx, source, NULL, &texts));
    struct buf buf = buf_in(&arena, OUTPUT_MAX);
    struct json_writer w = json_writer_on(&buf);
    json_array_begin(&w);
    JSON_EACH (text, texts) {
        struct str out = repaired(&cx, json_find_str(text, STR("input")), &options);
        if (out.ptr == NULL) {
            json_null(&w);
        } else {
            json_str(&w, out);
        }
    }
    json_array_end(&w);
    (void)all_us(&cx, texts, &options);
    (void)fprintf(stderr, "us=%.0f\n", all_us(&cx, texts, &options));
    (void)fwrite(buf_str(&buf).ptr, 1, buf_str(&buf).len, stdout);
    arena_deinit(&arena);
    return 0;
}
