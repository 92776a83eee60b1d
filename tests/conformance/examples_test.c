#include "tests/conformance/fake_api.h"

#include <fcntl.h>

/* The examples as they ship: what they do, what they weigh. */

/* Starts an example's bootstrap, which `make examples` has built, in place of the probe. */
static void example_start(struct fake *fake, const char *name)
{
    const char *build = getenv("CLAMBDA_BUILD");
    char path[4096];
    (void)snprintf(path, sizeof path, "%s/examples/%s/bootstrap", build != NULL ? build : "build",
                   name);
    assert_int_equal(setenv("CLAMBDA_PROBE", path, 1), 0);
    fake_start(fake);
}

static void hello_answers(void **state)
{
    (void)state;
    DEFER(fake_close) struct fake fake;
    example_start(&fake, "hello");
    fake_give_event(&fake, STR("{}"));
    CHECK_STR("hello", fake_expect_response(&fake).body, STR("{\"hello\":\"world\"}"));
    fake_accepted(&fake);
    fake_expect_next(&fake);
}

static void echo_sends_back_what_came(void **state)
{
    (void)state;
    DEFER(fake_close) struct fake fake;
    example_start(&fake, "echo");
    fake_expect_next(&fake);
    fake_reply(&fake, 200, ID_HEADER "Content-Type: text/x\r\n", STR("a\0b"));
    struct wire wire = fake_expect_response(&fake);
    CHECK_STR("body", wire.body, STR("a\0b"));
    CHECK_STR("type", wire_header(&wire, "content-type"), STR("text/x"));
    fake_accepted(&fake);
    fake_check_alive(&fake);
}

/* One event of a program that is up; its answer's body. */
static struct str answer_to(struct fake *fake, const char *event)
{
    fake_give_event(fake, str_from_cstr(event));
    struct str body = fake_expect_response(fake).body;
    fake_accepted(fake);
    return body;
}

#define HTTP_EVENT(method, path, body)                                                             \
    "{\"version\":\"2.0\",\"routeKey\":\"$default\",\"rawPath\":\"" path                           \
    "\",\"rawQueryString\":\"\",\"headers\":{},\"requestContext\":{\"http\":{\"method\":\"" method \
    "\",\"path\":\"" path                                                                          \
    "\",\"sourceIp\":\"192.0.2.7\"},\"stage\":\"$default\"},\"body\":\"" body                      \
    "\",\"isBase64Encoded\":false}"

static void http_routes_to_its_handlers(void **state)
{
    (void)state;
    static const struct {
        const char *name, *event, *want;
    } cases[] = {
        {"a name, decoded", HTTP_EVENT("GET", "/hello/J%C3%BCrg", ""),
         "\"body\":\"hello, J\xc3\xbcrg\\n\""},
        {"JSON in and out", HTTP_EVENT("POST", "/words", "{\\\"text\\\":\\\"so many  words\\\"}"),
         "\"body\":\"{\\\"words\\\":3}\""},
        {"what is wrong is said", HTTP_EVENT("POST", "/words", "{}"),
         "\\\"text\\\\\\\" must be a string"},
        {"another method", HTTP_EVENT("DELETE", "/words", ""), "\"statusCode\":405"},
        {"another path", HTTP_EVENT("GET", "/", ""), "\"statusCode\":404"},
    };
    DEFER(fake_close) struct fake fake;
    example_start(&fake, "http");
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct str body = answer_to(&fake, cases[i].event);
        if (str_find(body, str_from_cstr(cases[i].want)) == SIZE_MAX) {
            CHECK_FAILED("%s: got " STR_FMT "\n", cases[i].name, STR_ARG(body));
        }
    }
}

#define RECORD(id, body)                                                                           \
    "{\"messageId\":\"" id "\",\"receiptHandle\":\"h\",\"body\":\"" body                           \
    "\",\"attributes\":{},\"eventSource\":\"aws:sqs\",\"awsRegion\":\"eu-central-1\","             \
    "\"eventSourceARN\":\"arn:aws:sqs:eu-central-1:123456789012:orders\"}"

static void sqs_returns_the_order_that_failed(void **state)
{
    (void)state;
    DEFER(fake_close) struct fake fake;
    example_start(&fake, "sqs");
    CHECK_STR("one of two",
              answer_to(&fake, "{\"Records\":[" RECORD("m1", "{\\\"cents\\\":0}") "," RECORD(
                                   "m2", "{\\\"order\\\":\\\"o\\\",\\\"cents\\\":5}") "]}"),
              STR("{\"batchItemFailures\":[{\"itemIdentifier\":\"m1\"}]}"));
    CHECK_STR("none", answer_to(&fake, "{\"Records\":[" RECORD("m3", "{\\\"cents\\\":7}") "]}"),
              STR("{\"batchItemFailures\":[]}"));
    CHECK_LOG(&fake, "\"bookedCents\":12", 1);
}

/* VmHWM of proc(5): the most that was ever resident, in KiB. */
static int64_t peak_kib(struct fake *fake)
{
    char text[8192];
    int fd = open(arena_format(&fake->arena, "/proc/%d/status", (int)fake->pid).ptr,
                  O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    ssize_t got = read(fd, text, sizeof text);
    (void)close(fd);
    struct str rest = {.ptr = text, .len = got > 0 ? (size_t)got : 0};
    struct str line = {0};
    while (str_split_next(&rest, '\n', &line)) {
        int64_t kib = 0;
        if (str_skip_prefix(&line, STR("VmHWM:"))) {
            struct str number = str_trim(line);
            assert_true(str_to_i64(str_slice(number, 0, str_find_char(number, ' ')), &kib));
            return kib;
        }
    }
    return INT64_MAX;
}

static void hello_stays_below_4_mib(void **state)
{
    (void)state;
    DEFER(fake_close) struct fake fake;
    example_start(&fake, "hello");
    for (int i = 0; i < 200; i++) {
        fake_give_event(&fake, STR("{}"));
        (void)fake_expect_response(&fake);
        fake_accepted(&fake);
    }
    fake_expect_next(&fake);
    int64_t kib = peak_kib(&fake);
    if (kib >= 4096) {
        CHECK_FAILED("%lld KiB\n", (long long)kib);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hello_answers),
        cmocka_unit_test(echo_sends_back_what_came),
        cmocka_unit_test(http_routes_to_its_handlers),
        cmocka_unit_test(sqs_returns_the_order_that_failed),
        cmocka_unit_test(hello_stays_below_4_mib),
    };
    return cmocka_run_group_tests_name("conformance examples", tests, NULL, NULL);
}
