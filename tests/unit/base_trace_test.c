#include "shared/base/trace.h"

#include "shared/base/buf.h"
#include "tests/support/check.h"

#define ROOT   "1-58406520-a006649127e371903a2de979"
#define PARENT "53995c3f42cd8ad8"
#define TRACE  "58406520a006649127e371903a2de979"

static void xray_header_is_read_in_any_order(void **state)
{
    (void)state;
    static const struct {
        struct str header, root, parent, lineage;
        char sampled;
    } cases[] = {
        {STR_INIT("Root=" ROOT ";Parent=" PARENT ";Sampled=1"), STR_INIT(ROOT), STR_INIT(PARENT),
         STR_INIT(""), '1'},
        {STR_INIT("Root=" ROOT), STR_INIT(ROOT), STR_INIT(""), STR_INIT(""), '\0'},
        {STR_INIT(" Sampled=0 ; Self=1-2-3;Root=" ROOT "; "), STR_INIT(ROOT), STR_INIT(""),
         STR_INIT(""), '0'},
        {STR_INIT("Root=" ROOT ";Sampled=?;Lineage=1:a=b|2:c"), STR_INIT(ROOT), STR_INIT(""),
         STR_INIT("1:a=b|2:c"), '?'},
        {STR_INIT("CalledFrom=app;Root=" ROOT ";Parent=" PARENT ";X="), STR_INIT(ROOT),
         STR_INIT(PARENT), STR_INIT(""), '\0'},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct trace_xray got;
        assert_true(trace_xray_read(exact_copy(&t.cx, cases[i].header), &got));
        CHECK_STR("root", got.root, cases[i].root);
        CHECK_STR("parent", got.parent, cases[i].parent);
        CHECK_STR("lineage", got.lineage, cases[i].lineage);
        CHECK_I64("sampled", got.sampled, cases[i].sampled);
    }
}

static void xray_header_without_a_sound_root_is_refused(void **state)
{
    (void)state;
    static const struct str headers[] = {
        STR_INIT(""),
        STR_INIT("Sampled=1"),
        STR_INIT("Root="),
        STR_INIT("Root=1-58406520-a006649127e371903a2de97"),
        STR_INIT("Root=1-58406520-a006649127e371903a2de9790"),
        STR_INIT("Root=2-58406520-a006649127e371903a2de979"),
        STR_INIT("Root=1-5840652g-a006649127e371903a2de979"),
        STR_INIT("Root=1-58406520_a006649127e371903a2de979"),
        STR_INIT("Root=1-58406520-A006649127E371903A2DE979"),
        STR_INIT("root=" ROOT),
        STR_INIT("Root=" ROOT ";Root=" ROOT),
        STR_INIT("Root=" ROOT ";Parent=53995c3f42cd8ad"),
        STR_INIT("Root=" ROOT ";Parent=" PARENT ";Parent=" PARENT),
        STR_INIT("Root=" ROOT ";Sampled=2"),
        STR_INIT("Root=" ROOT ";Sampled=11"),
        STR_INIT("Root=" ROOT ";Sampled="),
        STR_INIT("Root=" ROOT ";Sampled=1;Sampled=1"),
        STR_INIT("Root=" ROOT ";Lineage=;Lineage="),
        STR_INIT("Root=" ROOT ";loose"),
        STR_INIT("Root=" ROOT ";=1"),
        STR_INIT("Root=" ROOT ";X=a\r\nHost: b"),
        STR_INIT("Root=" ROOT ";X=\xC3\xA9"),
    };
    for (size_t i = 0; i < ARRAY_LEN(headers); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct trace_xray got = {.sampled = 'x'};
        CHECK_I64(headers[i].ptr, trace_xray_read(exact_copy(&t.cx, headers[i]), &got), false);
        CHECK_I64(headers[i].ptr, got.root.len + (size_t)got.sampled, 0);
    }
}

static void xray_header_of_the_longest_length_is_read(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    char text[TRACE_XRAY_MAX_BYTES + 1];
    memset(text, 'x', sizeof text);
    memcpy(text, "Root=" ROOT ";X=", sizeof("Root=" ROOT ";X=") - 1);
    struct trace_xray got;
    struct str all = {text, sizeof text};
    CHECK_I64("at the limit",
              trace_xray_read(exact_copy(&t.cx, str_slice(all, 0, all.len - 1)), &got), true);
    CHECK_I64("past it", trace_xray_read(exact_copy(&t.cx, all), &got), false);
}

#define PARENT_00 "00-" TRACE "-" PARENT "-01"

static void traceparent_is_read_as_level_2_says(void **state)
{
    (void)state;
    static const struct {
        struct str header;
        bool is_valid;
        unsigned version, flags;
    } cases[] = {
        {STR_INIT(PARENT_00), true, 0, 1},
        {STR_INIT("00-" TRACE "-" PARENT "-00"), true, 0, 0},
        {STR_INIT("00-" TRACE "-" PARENT "-03"), true, 0, TRACE_SAMPLED | TRACE_RANDOM},
        {STR_INIT("00-" TRACE "-" PARENT "-ff"), true, 0, 255},
        {STR_INIT("cc-" TRACE "-" PARENT "-01"), true, 204, 1},
        {STR_INIT("cc-" TRACE "-" PARENT "-01-what-comes"), true, 204, 1},
        {STR_INIT("cc-" TRACE "-" PARENT "-01."), false, 0, 0},
        {STR_INIT("cc-" TRACE "-" PARENT "-01-a\nb"), false, 0, 0},
        {STR_INIT(PARENT_00 "-more"), false, 0, 0},
        {STR_INIT("ff-" TRACE "-" PARENT "-01"), false, 0, 0},
        {STR_INIT("0-" TRACE "-" PARENT "-01"), false, 0, 0},
        {STR_INIT("0x-" TRACE "-" PARENT "-01"), false, 0, 0},
        {STR_INIT("00-00000000000000000000000000000000-" PARENT "-01"), false, 0, 0},
        {STR_INIT("00-" TRACE "-0000000000000000-01"), false, 0, 0},
        {STR_INIT("00-58406520A006649127e371903a2de979-" PARENT "-01"), false, 0, 0},
        {STR_INIT("00-" TRACE "-53995C3f42cd8ad8-01"), false, 0, 0},
        {STR_INIT("00-" TRACE "-" PARENT "-0A"), false, 0, 0},
        {STR_INIT("00-" TRACE "-" PARENT "-1"), false, 0, 0},
        {STR_INIT("00_" TRACE "-" PARENT "-01"), false, 0, 0},
        {STR_INIT("00-" TRACE "_" PARENT "-01"), false, 0, 0},
        {STR_INIT("00-" TRACE "-" PARENT "_01"), false, 0, 0},
        {STR_INIT(""), false, 0, 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct trace_parent got;
        bool is_valid = trace_parent_read(exact_copy(&t.cx, cases[i].header), &got);
        CHECK_I64(cases[i].header.ptr, is_valid, cases[i].is_valid);
        CHECK_STR("trace id", got.trace_id, is_valid ? STR(TRACE) : STR(""));
        CHECK_STR("parent id", got.parent_id, is_valid ? STR(PARENT) : STR(""));
        CHECK_I64("version", got.version, cases[i].version);
        CHECK_I64("flags", got.flags, cases[i].flags);
    }
}

static void tracestate_is_judged_member_by_member(void **state)
{
    (void)state;
    static const struct {
        struct str header;
        bool is_valid;
    } cases[] = {
        {STR_INIT("rojo=00f067aa0ba902b7,congo=t61rcWkgMzE"), true},
        {STR_INIT("rojo=1 , congo=2\t,,vendor@x=a b"), true},
        {STR_INIT("0a/b-c_d*e=!~"), true},
        {STR_INIT(""), false},
        {STR_INIT(",, ,"), false},
        {STR_INIT("rojo"), false},
        {STR_INIT("rojo="), false},
        {STR_INIT("=1"), false},
        {STR_INIT("Rojo=1"), false},
        {STR_INIT("_rojo=1"), false},
        {STR_INIT("ro jo=1"), false},
        {STR_INIT("rojo=1=2"), false},
        {STR_INIT("rojo=\xC3\xA9"), false},
        {STR_INIT("rojo=1,rojo=2"), false},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        CHECK_I64(cases[i].header.ptr, trace_state_is_valid(exact_copy(&t.cx, cases[i].header)),
                  cases[i].is_valid);
    }
}

static void tracestate_holds_32_members(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct buf text = buf_in(&t.arena, KIB(4));
    for (int i = 1; i <= TRACE_STATE_MAX_MEMBERS + 1; i++) {
        buf_addf(&text, "%sk%d=v", i > 1 ? "," : "", i);
        CHECK_I64("members", trace_state_is_valid(buf_str(&text)), i <= TRACE_STATE_MAX_MEMBERS);
    }
}

static void ids_go_from_one_form_to_the_other_and_back(void **state)
{
    (void)state;
    static const struct {
        struct str xray, w3c, back;
    } cases[] = {
        {STR_INIT("Root=" ROOT ";Parent=" PARENT ";Sampled=1"), STR_INIT(PARENT_00),
         STR_INIT("Root=" ROOT ";Parent=" PARENT ";Sampled=1")},
        {STR_INIT("Root=" ROOT ";Parent=" PARENT ";Sampled=?;Lineage=x"),
         STR_INIT("00-" TRACE "-" PARENT "-00"),
         STR_INIT("Root=" ROOT ";Parent=" PARENT ";Sampled=0")},
        {STR_INIT("Root=" ROOT ";Parent=" PARENT), STR_INIT("00-" TRACE "-" PARENT "-00"),
         STR_INIT("Root=" ROOT ";Parent=" PARENT ";Sampled=0")},
        {STR_INIT("Root=" ROOT ";Sampled=1"), STR_INIT(""), STR_INIT("")},
        {STR_INIT("Root=" ROOT ";Parent=0000000000000000"), STR_INIT(""), STR_INIT("")},
        {STR_INIT("Root=1-00000000-000000000000000000000000;Parent=" PARENT), STR_INIT(""),
         STR_INIT("")},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct trace_xray xray;
        struct trace_parent parent;
        char w3c[TRACE_PARENT_BYTES + 1] = "", back[TRACE_XRAY_BYTES + 1] = "";
        assert_true(trace_xray_read(cases[i].xray, &xray));
        CHECK_I64(cases[i].xray.ptr, trace_parent_from_xray(&xray, w3c), cases[i].w3c.len > 0);
        if (cases[i].w3c.len > 0) {
            CHECK_STR("W3C", str_from_cstr(w3c), cases[i].w3c);
            assert_true(trace_parent_read(str_from_cstr(w3c), &parent));
            trace_xray_from_parent(&parent, back);
            CHECK_STR("back", str_from_cstr(back), cases[i].back);
        }
    }
}

static void what_a_request_brought_is_adopted_if_it_is_sound(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        struct str parent, state_in, parent_kept, state_kept;
    } cases[] = {
        {"both", STR_INIT(" " PARENT_00 " "), STR_INIT("a=1"), STR_INIT(PARENT_00),
         STR_INIT("a=1")},
        {"parent alone", STR_INIT(PARENT_00), STR_INIT(""), STR_INIT(PARENT_00), STR_INIT("")},
        {"bad state", STR_INIT(PARENT_00), STR_INIT("A=1"), STR_INIT(PARENT_00), STR_INIT("")},
        {"bad parent", STR_INIT("00-1-2-3"), STR_INIT("a=1"), STR_INIT(""), STR_INIT("")},
        {"nothing", STR_INIT(""), STR_INIT("a=1"), STR_INIT(""), STR_INIT("")},
    };
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        trace_adopt(&t.cx, cases[i].parent, cases[i].state_in);
        CHECK_STR(cases[i].name, t.cx.traceparent, cases[i].parent_kept);
        CHECK_STR(cases[i].name, t.cx.tracestate, cases[i].state_kept);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(xray_header_is_read_in_any_order),
        cmocka_unit_test(xray_header_without_a_sound_root_is_refused),
        cmocka_unit_test(xray_header_of_the_longest_length_is_read),
        cmocka_unit_test(traceparent_is_read_as_level_2_says),
        cmocka_unit_test(tracestate_is_judged_member_by_member),
        cmocka_unit_test(tracestate_holds_32_members),
        cmocka_unit_test(ids_go_from_one_form_to_the_other_and_back),
        cmocka_unit_test(what_a_request_brought_is_adopted_if_it_is_sound),
    };
    return cmocka_run_group_tests_name("trace", tests, NULL, NULL);
}
