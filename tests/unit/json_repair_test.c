/* The corpus of what models break (tests/cases/repair/corpus.json), each entry with its outcome;
 * and what holds of any text. */
#include "tests/support/check.h"

#include "shared/base/file.h"
#include "shared/json/repair.h"

static const struct json *corpus_read(struct ctx *cx)
{
    struct str text;
    const struct json *root = NULL;
    CHECK_STATUS(cx, file_read(cx, "tests/cases/repair/corpus.json", MIB(1), &text), OK);
    CHECK_STATUS(cx, json_read(cx, text, &(struct json_options){.max_depth = 8}, &root), OK);
    return root;
}

static enum status repair(struct ctx *cx, struct str source, enum json_grade allowed,
                          const struct json_guide *guide, struct json_repaired *out)
{
    return json_repair(cx, exact_copy(cx, source),
                       &(struct json_repair_options){.allowed = allowed, .guide = guide}, out);
}

static void check_edits(const char *name, const struct json *want, const struct json_repaired *out)
{
    size_t i = 0;
    CHECK_I64(name, out->edit_count, want->count);
    JSON_EACH (edit, want) {
        int64_t at = -1;
        assert_true(json_is_i64(json_find(edit, STR("at")), &at));
        CHECK_STR(name, json_rule_name(out->edits[i].rule), json_find_str(edit, STR("rule")));
        CHECK_I64(name, out->edits[i].at, at);
        i++;
    }
}

static void check_truncated(const char *name, const struct json *want,
                            const struct json_repaired *out)
{
    size_t i = 0;
    CHECK_I64(name, out->truncated_count, want->count);
    JSON_EACH (pointer, want) {
        CHECK_STR(name, out->truncated[i++], pointer->text);
    }
}

static struct str grade_name(enum json_grade grade)
{
    static const struct str names[] = {STR_INIT("none"), STR_INIT("L0"), STR_INIT("L1"),
                                       STR_INIT("L2")};
    return names[grade];
}

static void repair_gives_what_the_corpus_says(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    const struct json *corpus = corpus_read(&t.cx);
    assert_true(corpus->count >= 80);
    JSON_EACH (entry, corpus) {
        const char *name = arena_cstr_copy(&t.arena, json_find_str(entry, STR("name")));
        struct json_repaired out;
        enum status status =
            repair(&t.cx, json_find_str(entry, STR("input")), JSON_GRADE_LOSSY, NULL, &out);
        struct str refused = json_find_str(entry, STR("refused"));
        if (refused.len > 0) {
            CHECK_STR(name, str_from_cstr(status_name(status)), refused);
            continue;
        }
        CHECK_STATUS(&t.cx, status, OK);
        CHECK_STR(name, out.text, json_find_str(entry, STR("want")));
        CHECK_STR(name, grade_name(out.grade), json_find_str(entry, STR("grade")));
        check_edits(name, json_find(entry, STR("edits")), &out);
        check_truncated(name, json_find(entry, STR("truncated")), &out);
    }
}

static void repair_gives_valid_json_back_untouched(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct str source = exact_copy(&t.cx, STR(" {\"a\": [1.0, \"\\u0041\"] }\n"));
    struct json_repaired out;
    CHECK_STATUS(&t.cx, json_repair(&t.cx, source, NULL, &out), OK);
    assert_ptr_equal(out.text.ptr, source.ptr);
    CHECK_I64("length", out.text.len, source.len);
    CHECK_I64("grade", out.grade, JSON_GRADE_NONE);
}

static void repair_refuses_what_passes_the_grade_allowed(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct json_repaired out;
    CHECK_STATUS(&t.cx, repair(&t.cx, STR("{\"a\":1,}"), JSON_GRADE_LOSSLESS, NULL, &out), OK);
    CHECK_STATUS(&t.cx, repair(&t.cx, STR("{\"a\" 1,}"), JSON_GRADE_LOSSLESS, NULL, &out),
                 ERR_REFUSED);
    CHECK_STR("filled all the same", out.text, STR("{\"a\":1}"));
    CHECK_STR("words", str_from_cstr(t.cx.err.words),
              STR("not JSON, and it takes more than allowed to make it so: put a colon, at byte "
                  "5"));
    err_clear(&t.cx);
    CHECK_STATUS(&t.cx, repair(&t.cx, STR("{\"a\":\"b"), JSON_GRADE_UNAMBIGUOUS, NULL, &out),
                 ERR_REFUSED);
}

/* {"n": a number, "s": text, "u": text or a number} */
static const char number_shape[] = "n", text_shape[] = "s", root_shape[] = "root";

static unsigned toy_types(void *arg, const void *node)
{
    (void)arg;
    return node == number_shape ? 1U << JSON_NUMBER
           : node == text_shape ? 1U << JSON_STRING
           : node == root_shape ? 1U << JSON_OBJECT
                                : 0;
}

static const void *toy_member(void *arg, const void *node, struct str key, bool *is_known)
{
    (void)arg;
    bool is_number = str_eq(key, STR("n")), is_text = str_eq(key, STR("s"));
    *is_known = node == root_shape && (is_number || is_text);
    return is_number ? number_shape : is_text ? text_shape : NULL;
}

static const void *toy_item(void *arg, const void *node, size_t index)
{
    (void)arg, (void)node, (void)index;
    return NULL;
}

static size_t toy_faults(struct ctx *cx, void *arg, struct str text)
{
    (void)cx, (void)arg;
    return str_find(text, STR("\"n\"")) == SIZE_MAX ? 1 : 0;
}

static const struct json_guide toy = {
    .types = toy_types,
    .member = toy_member,
    .item = toy_item,
    .faults = toy_faults,
    .root = root_shape,
};

static void repair_asks_the_guide(void **state)
{
    static const struct {
        const char *name;
        struct str input, want;
        enum json_grade grade;
    } cases[] = {
        {"a unit where a number is wanted", STR_INIT("{\"n\":200g}"), STR_INIT("{\"n\":200}"),
         JSON_GRADE_LOSSY},
        {"a percentage", STR_INIT("{\"n\":50%}"), STR_INIT("{\"n\":50}"), JSON_GRADE_LOSSY},
        {"a fraction", STR_INIT("{\"n\":1/2}"), STR_INIT("{\"n\":0.5}"), JSON_GRADE_LOSSY},
        {"a version is no number", STR_INIT("{\"n\":1.2.3}"), STR_INIT("{\"n\":\"1.2.3\"}"),
         JSON_GRADE_UNAMBIGUOUS},
        {"zeros where text is wanted", STR_INIT("{\"s\":007}"), STR_INIT("{\"s\":\"007\"}"),
         JSON_GRADE_UNAMBIGUOUS},
        {"a known key ends the text before it", STR_INIT("{\"s\": \"say \"x\", then\", \"n\": 1}"),
         STR_INIT("{\"s\":\"say \\\"x\\\", then\",\"n\":1}"), JSON_GRADE_UNAMBIGUOUS},
        {"the draft that fits", STR_INIT("{\"n\":1,\"s\":\"\"} or {\"m\":2}"),
         STR_INIT("{\"n\":1,\"s\":\"\"}"), JSON_GRADE_LOSSY},
        {"lines where an object is wanted", STR_INIT("{\"n\":1}\n{\"n\":2}"), STR_INIT("{\"n\":2}"),
         JSON_GRADE_LOSSY},
    };
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct json_repaired out;
        CHECK_STATUS(&t.cx, repair(&t.cx, cases[i].input, JSON_GRADE_LOSSY, &toy, &out), OK);
        CHECK_STR(cases[i].name, out.text, cases[i].want);
        CHECK_I64(cases[i].name, out.grade, cases[i].grade);
    }
}

/* Whatever a stream is cut after, what came so far can be shown. */
static void repair_reads_every_beginning_of_a_text(void **state)
{
    static const struct str whole =
        STR_INIT("{\"title\": \"Caf\xc3\xa9 \\u00e9\\n\", \"list\": [1.5e3, true, null, {\"k\": "
                 "\"v\"}], \"end\": false}");
    (void)state;
    for (size_t len = 1; len <= whole.len; len++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct json_repaired out;
        const struct json *root = NULL;
        CHECK_STATUS(&t.cx, repair(&t.cx, str_slice(whole, 0, len), JSON_GRADE_LOSSY, NULL, &out),
                     OK);
        CHECK_STATUS(&t.cx, json_read(&t.cx, out.text, NULL, &root), OK);
        CHECK_I64("the root is told as cut", out.truncated_count > 0, len < whole.len);
    }
}

static void repair_keeps_the_first_edits_and_counts_the_rest(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct buf text = buf_in(&t.arena, KIB(8));
    buf_add_char(&text, '[');
    for (size_t i = 0; i < JSON_REPAIR_MAX_EDITS + 1; i++) {
        buf_add(&text, STR("'',"));
    }
    buf_add(&text, STR("0]"));
    struct json_repaired out;
    CHECK_STATUS(&t.cx, repair(&t.cx, buf_str(&text), JSON_GRADE_LOSSLESS, NULL, &out), OK);
    CHECK_I64("kept", out.edit_count, JSON_REPAIR_MAX_EDITS);
    CHECK_I64("dropped", out.edits_dropped, 1);
}

static void repair_bounds_its_depth(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct json_repaired out;
    struct json_repair_options options = {.allowed = JSON_GRADE_LOSSY, .max_depth = 3};
    CHECK_STATUS(&t.cx, json_repair(&t.cx, STR("[[[1,]]]"), &options, &out), OK);
    CHECK_STATUS(&t.cx, json_repair(&t.cx, STR("[[[[1,]]]]"), &options, &out), ERR_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(repair_gives_what_the_corpus_says),
        cmocka_unit_test(repair_gives_valid_json_back_untouched),
        cmocka_unit_test(repair_refuses_what_passes_the_grade_allowed),
        cmocka_unit_test(repair_asks_the_guide),
        cmocka_unit_test(repair_reads_every_beginning_of_a_text),
        cmocka_unit_test(repair_keeps_the_first_edits_and_counts_the_rest),
        cmocka_unit_test(repair_bounds_its_depth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
