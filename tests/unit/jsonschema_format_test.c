/*
 * Formats as assertions: a good and a bad text of each kind, and those that are easily mistaken.
 */
#include "shared/schema/jsonschema/format.h"
#include "tests/support/check.h"

static const struct {
    const char *format;
    struct str text;
    bool want;
} cases[] = {
    {"date", STR_INIT("2026-11-28"), true},
    {"date", STR_INIT("2026-02-29"), false},
    {"date", STR_INIT("2024-02-29"), true},
    {"date", STR_INIT("0000-02-29"), true},
    {"date", STR_INIT("2026-1-28"), false},
    {"date", STR_INIT("2026-11-28 "), false},
    {"time", STR_INIT("21:30:00Z"), true},
    {"time", STR_INIT("21:30:00.123456+05:30"), true},
    {"time", STR_INIT("21:30:00"), false},
    {"time", STR_INIT("24:00:00Z"), false},
    {"time", STR_INIT("23:59:60Z"), true},
    {"time", STR_INIT("15:59:60-08:00"), true},
    {"time", STR_INIT("22:59:60Z"), false},
    {"time", STR_INIT("21:30:00.Z"), false},
    {"time", STR_INIT("21:30:00+24:00"), false},
    {"date-time", STR_INIT("2026-11-28T21:30:00Z"), true},
    {"date-time", STR_INIT("2026-11-28t21:30:00z"), true},
    {"date-time", STR_INIT("2026-11-28 21:30:00Z"), false},
    {"date-time", STR_INIT("2026-11-28"), false},
    {"duration", STR_INIT("P1Y2M3DT4H5M6S"), true},
    {"duration", STR_INIT("PT1M"), true},
    {"duration", STR_INIT("P4W"), true},
    {"duration", STR_INIT("P1Y2W"), false},
    {"duration", STR_INIT("P1YT"), false},
    {"duration", STR_INIT("P1D2M"), false},
    {"duration", STR_INIT("P1Y3D"), false},
    {"duration", STR_INIT("P"), false},
    {"duration", STR_INIT("1D"), false},
    {"email", STR_INIT("ann.lee+x@example.com"), true},
    {"email", STR_INIT("\"a b\"@example.com"), true},
    {"email", STR_INIT("a@[127.0.0.1]"), true},
    {"email", STR_INIT("a@[IPv6:::1]"), true},
    {"email", STR_INIT(".a@example.com"), false},
    {"email", STR_INIT("a..b@example.com"), false},
    {"email", STR_INIT("example.com"), false},
    {"email", STR_INIT("\xC3\xA9@example.com"), false},
    {"idn-email", STR_INIT("\xC3\xA9@ex\xC3\xA4mple.com"), true},
    {"idn-email", STR_INIT("a"), false},
    {"hostname", STR_INIT("a-b.example"), true},
    {"hostname", STR_INIT("-a.example"), false},
    {"hostname", STR_INIT("a..b"), false},
    {"hostname", STR_INIT("a_b"), false},
    {"hostname", STR_INIT(""), false},
    {"ipv4", STR_INIT("192.168.0.1"), true},
    {"ipv4", STR_INIT("192.168.0.01"), false},
    {"ipv4", STR_INIT("256.0.0.1"), false},
    {"ipv4", STR_INIT("127.1"), false},
    {"ipv6", STR_INIT("::1"), true},
    {"ipv6", STR_INIT("1::d6:192.168.0.1"), true},
    {"ipv6", STR_INIT("12345::"), false},
    {"ipv6", STR_INIT("fe80::1%eth0"), false},
    {"ipv6", STR_INIT("1::2::3"), false},
    {"uri", STR_INIT("https://u:p@x.example:80/a%20b?q=1#f"), true},
    {"uri", STR_INIT("urn:isbn:1"), true},
    {"uri", STR_INIT("http://[2001:db8::7]/c"), true},
    {"uri", STR_INIT("//x.example/a"), false},
    {"uri", STR_INIT("http://a b/"), false},
    {"uri", STR_INIT("http://x/%zz"), false},
    {"uri", STR_INIT("http://x/\\"), false},
    {"uri", STR_INIT("1a:b"), false},
    {"uri", STR_INIT("http://x/\xC3\xA9"), false},
    {"iri", STR_INIT("http://x/\xC3\xA9"), true},
    {"iri", STR_INIT("/a"), false},
    {"uri-reference", STR_INIT("../a?b#c"), true},
    {"uri-reference", STR_INIT("\\\\a"), false},
    {"iri-reference", STR_INIT("/\xC3\xA9"), true},
    {"uri-template", STR_INIT("http://x/{a}/{+b,c*}{?d:3}"), true},
    {"uri-template", STR_INIT("http://x/{a"), false},
    {"uri-template", STR_INIT("http://x/a}"), false},
    {"uri-template", STR_INIT("{}"), false},
    {"uuid", STR_INIT("123e4567-e89b-12d3-a456-426614174000"), true},
    {"uuid", STR_INIT("123e4567e89b12d3a456426614174000"), false},
    {"json-pointer", STR_INIT(""), true},
    {"json-pointer", STR_INIT("/a~0~1/0"), true},
    {"json-pointer", STR_INIT("a"), false},
    {"json-pointer", STR_INIT("/~"), false},
    {"json-pointer", STR_INIT("/~2"), false},
    {"relative-json-pointer", STR_INIT("1/a"), true},
    {"relative-json-pointer", STR_INIT("0#"), true},
    {"relative-json-pointer", STR_INIT("01/a"), false},
    {"relative-json-pointer", STR_INIT("/a"), false},
    {"regex", STR_INIT("^a+$"), true},
    {"regex", STR_INIT("\\a"), false},
    {"regex", STR_INIT("("), false},
};

static void formats_pass_what_their_standards_do(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        format_fn *passes = format_find(str_from_cstr(cases[i].format));
        assert_non_null(passes);
        print_message("# %s: " STR_FMT "\n", cases[i].format, STR_ARG(cases[i].text));
        CHECK_I64(cases[i].format, passes(&t.cx, exact_copy(&t.cx, cases[i].text)), cases[i].want);
    }
    assert_null(format_find(STR("idn-hostname")));
    assert_null(format_find(STR("colour")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(formats_pass_what_their_standards_do),
    };
    return cmocka_run_group_tests_name("jsonschema_format", tests, NULL, NULL);
}
