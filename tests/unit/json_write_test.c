#include "shared/json/json.h"

#include "tests/support/check.h"
#include "tests/support/death.h"
#include "tests/support/tree.h"

#include <math.h>
#include <sys/wait.h>

static void json_writer_puts_commas(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct buf buf = buf_in(t.cx.arena, KIB(1));
    struct json_writer w = json_writer_on(&buf);
    json_object_begin(&w);
    json_member_str(&w, "s", STR("x"));
    json_member_cstr(&w, "none", NULL);
    json_member_i64(&w, "i", INT64_MIN);
    json_member_fixed(&w, "f", 1.25, 1);
    json_member_bool(&w, "b", true);
    json_member_raw(&w, "r", STR("[1,2]"));
    json_member_object(&w, "o");
    json_object_end(&w);
    json_member_array(&w, "a");
    json_null(&w);
    json_array_begin(&w);
    json_array_end(&w);
    json_bool(&w, false);
    json_object_begin(&w);
    json_key(&w, STR("k\0"));
    json_cstr(&w, "v");
    json_object_end(&w);
    json_array_end(&w);
    json_member_i64(&w, "", INT64_MAX);
    json_object_end(&w);
    CHECK_STR("document", buf_str(&buf),
              STR("{\"s\":\"x\",\"none\":\"\",\"i\":-9223372036854775808,\"f\":1.2,\"b\":true,"
                  "\"r\":[1,2],\"o\":{},"
                  "\"a\":[null,[],false,{\"k\\u0000\":\"v\"}],\"\":9223372036854775807}"));
}

static struct str written(struct ctx *cx, struct str value)
{
    struct buf buf = buf_in(cx->arena, KIB(64));
    struct json_writer w = json_writer_on(&buf);
    json_str(&w, exact_copy(cx, value));
    assert_false(buf.full);
    return buf_str(&buf);
}

static void json_str_escapes_what_must_be(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    static const struct {
        struct str text, want;
    } cases[] = {
        {STR_INIT(""), STR_INIT("\"\"")},
        {STR_INIT("a/b\x7F"), STR_INIT("\"a/b\x7F\"")},
        {STR_INIT("\"\\\n\r\t"), STR_INIT("\"\\\"\\\\\\n\\r\\t\"")},
        {STR_INIT("\0\b\f\x1F"), STR_INIT("\"\\u0000\\u0008\\u000c\\u001f\"")},
        {STR_INIT("caf\xC3\xA9 \xF0\x9F\x98\x80"), STR_INIT("\"caf\xC3\xA9 \xF0\x9F\x98\x80\"")},
        {STR_INIT("\xFF"), STR_INIT("\"\xEF\xBF\xBD\"")},
        {STR_INIT("a\xE2\x82z\xED\xA0\x80"),
         STR_INIT("\"a\xEF\xBF\xBD\xEF\xBF\xBDz\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"")},
        {STR_INIT("\xC3"), STR_INIT("\"\xEF\xBF\xBD\"")},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CHECK_STR("written", written(&t.cx, cases[i].text), cases[i].want);
    }
}

static void json_str_of_any_bytes_is_json(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    for (int i = 0; i < 65536; i++) {
        char bytes[3] = {(char)(i >> 8), (char)i, 'z'};
        const struct json *root = NULL;
        CHECK_STATUS(&t.cx, json_read(&t.cx, written(&t.cx, (struct str){bytes, 3}), NULL, &root),
                     OK);
        assert_true(str_has_suffix(root->text, STR("z")));
        arena_reset(t.cx.arena);
    }
}

static void json_fixed_drops_trailing_zeros(void **state)
{
    (void)state;
    static const struct {
        double value;
        int decimals;
        const char *want;
    } cases[] = {
        {0, 0, "0"},
        {-0.0, 2, "0"},
        {-0.001, 2, "0"},
        {-0.4, 0, "0"},
        {100, 0, "100"},
        {100, 3, "100"},
        {1.5, 3, "1.5"},
        {1.25, 3, "1.25"},
        {0.1, 9, "0.1"},
        {1.0 / 3, 9, "0.333333333"},
        {-2.675, 1, "-2.7"},
        {1e15, 2, "1000000000000000"},
        {(double)NAN, 2, "null"},
        {(double)INFINITY, 2, "null"},
        {-(double)INFINITY, 0, "null"},
        {0.999, 2, "1"},
        {10.05, 0, "10"},
        {-1e-9, 9, "-0.000000001"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct buf buf = buf_in(t.cx.arena, KIB(1));
        struct json_writer w = json_writer_on(&buf);
        json_fixed(&w, cases[i].value, cases[i].decimals);
        CHECK_STR(cases[i].want, buf_str(&buf), str_from_cstr(cases[i].want));
    }
}

static void json_fixed_writes_the_largest_double(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct buf buf = buf_in(t.cx.arena, KIB(1));
    struct json_writer w = json_writer_on(&buf);
    json_fixed(&w, -1.7976931348623157e308, 9);
    double value = 0;
    CHECK_I64("digits and a minus", buf.len, 310);
    assert_true(str_to_f64(buf_str(&buf), &value) && value == -1.7976931348623157e308);
}

static void json_writer_round_trips_random_trees(void **state)
{
    (void)state;
    uint64_t seed = 3;
    for (int i = 0; i < 3000; i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        const struct json *tree = tree_random(t.cx.arena, &seed, (unsigned)i % 7), *back = NULL;
        struct buf buf = buf_in(t.cx.arena, MIB(16));
        struct json_writer w = json_writer_on(&buf);
        tree_write(&w, tree);
        assert_false(buf.full);
        CHECK_STATUS(&t.cx, json_read(&t.cx, exact_copy(&t.cx, buf_str(&buf)), NULL, &back), OK);
        if (!tree_eq(tree, back)) {
            CHECK_FAILED("%d: " STR_FMT "\n", i, STR_ARG(buf_str(&buf)));
        }
        CHECK_I64("span", back->span.len, buf.len);
    }
}

static void write_nested(struct json_writer *w, unsigned depth)
{
    for (unsigned i = 0; i < depth; i++) {
        if (i % 3 == 0) {
            json_object_begin(w);
            json_key(w, STR("k"));
        } else {
            json_array_begin(w);
        }
    }
    json_i64(w, 1);
    for (unsigned i = depth; i-- > 0;) {
        if (i % 3 == 0) {
            json_object_end(w);
        } else {
            json_array_end(w);
        }
    }
}

static void json_writer_takes_all_that_the_reader_takes(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct buf buf = buf_in(t.cx.arena, KIB(64));
    struct json_writer w = json_writer_on(&buf);
    write_nested(&w, JSON_READ_DEPTH_MAX);
    const struct json *root = NULL;
    struct json_options deep = {.max_depth = JSON_READ_DEPTH_MAX};
    CHECK_STATUS(&t.cx, json_read(&t.cx, buf_str(&buf), &deep, &root), OK);
    assert_true(JSON_WRITE_DEPTH_MAX > JSON_READ_DEPTH_MAX);
    buf_clear(&buf);
    w = json_writer_on(&buf);
    write_nested(&w, JSON_WRITE_DEPTH_MAX);
    assert_false(buf.full);
}

static void json_writer_remembers_that_the_buf_is_full(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    static const char want[] = "{\"a\":[1,\"x\"]}";
    for (size_t max = 0; max <= sizeof want; max++) {
        struct buf buf = buf_in(t.cx.arena, max);
        struct json_writer w = json_writer_on(&buf);
        json_object_begin(&w);
        json_member_array(&w, "a");
        json_i64(&w, 1);
        json_cstr(&w, "x");
        json_array_end(&w);
        json_object_end(&w);
        CHECK_I64("full", buf.full, max < sizeof want - 1);
        assert_memory_equal(buf.len == 0 ? want : buf.ptr, want,
                            buf.len); /* a prefix, without holes */
    }
}

static void value_without_key(struct json_writer *w)
{
    json_object_begin(w);
    json_i64(w, 1);
}

static void key_in_array(struct json_writer *w)
{
    json_array_begin(w);
    json_key(w, STR("k"));
}

static void two_keys(struct json_writer *w)
{
    json_object_begin(w);
    json_key(w, STR("a"));
    json_key(w, STR("b"));
}

static void end_behind_a_key(struct json_writer *w)
{
    json_object_begin(w);
    json_key(w, STR("a"));
    json_object_end(w);
}

static void wrong_end(struct json_writer *w)
{
    json_array_begin(w);
    json_object_end(w);
}

static void end_too_many(struct json_writer *w)
{
    json_array_begin(w);
    json_array_end(w);
    json_array_end(w);
}

static void two_documents(struct json_writer *w)
{
    json_i64(w, 1);
    json_i64(w, 2);
}

static void key_outside(struct json_writer *w)
{
    json_key(w, STR("k"));
}

static void too_deep(struct json_writer *w)
{
    write_nested(w, JSON_WRITE_DEPTH_MAX + 1);
}

struct misuse {
    void (*fn)(struct json_writer *w);
    struct arena *arena;
};

static void misuse_run(void *argument)
{
    const struct misuse *misuse = argument;
    struct buf buf = buf_in(misuse->arena, KIB(64));
    struct json_writer w = json_writer_on(&buf);
    misuse->fn(&w);
}

static void json_writer_asserts_against_misuse(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    static const struct {
        const char *name;
        void (*fn)(struct json_writer *w);
    } cases[] = {
        {"value without a key", value_without_key},
        {"key in an array", key_in_array},
        {"two keys", two_keys},
        {"end behind a key", end_behind_a_key},
        {"wrong end", wrong_end},
        {"one end too many", end_too_many},
        {"two documents", two_documents},
        {"key outside of an object", key_outside},
        {"too deep", too_deep},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct misuse misuse = {.fn = cases[i].fn, .arena = t.cx.arena};
        int status = death_status(misuse_run, &misuse);
        CHECK_I64(cases[i].name, WIFSIGNALED(status) ? WTERMSIG(status) : 0, SIGABRT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_writer_puts_commas),
        cmocka_unit_test(json_str_escapes_what_must_be),
        cmocka_unit_test(json_str_of_any_bytes_is_json),
        cmocka_unit_test(json_fixed_drops_trailing_zeros),
        cmocka_unit_test(json_fixed_writes_the_largest_double),
        cmocka_unit_test(json_writer_round_trips_random_trees),
        cmocka_unit_test(json_writer_takes_all_that_the_reader_takes),
        cmocka_unit_test(json_writer_remembers_that_the_buf_is_full),
        cmocka_unit_test(json_writer_asserts_against_misuse),
    };
    return cmocka_run_group_tests_name("json_write", tests, NULL, NULL);
}
