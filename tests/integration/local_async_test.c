/*
 * Asynchronous invocations of the real clambda-local: accepted at once, tried again, and told to
 * where the template says.
 */
#include "tests/support/local.h"
#include "tests/support/local_sqs.h"

#include "shared/base/clock.h"
#include "shared/json/json.h"

#include <signal.h>
#include <unistd.h>

static const char TEMPLATE[] = "tests/cases/local/async/template.yaml";
static const char *const SLUGS[] = {"sink", "flaky", "chain", "broken",
                                    "once", "hasty", "solo",  "never"};
static const char EVENT[] = "X-Amz-Invocation-Type: Event\r\n";

static struct local shared; /* retries after 50 and 100 ms */

#define TEST_CTX DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t)

static void start(struct local *l, const char *retry_ms)
{
    const char *const arguments[] = {"--async-retry-ms", retry_ms, NULL};
    local_start(l, &(struct local_options){.template = TEMPLATE,
                                           .slugs = SLUGS,
                                           .slug_count = ARRAY_LEN(SLUGS),
                                           .arguments = arguments});
}

/* Its request id. */
static struct str submit(struct ctx *cx, const struct local *l, const char *function,
                         const char *event)
{
    struct local_answer answer = local_invoke(cx, l, function, EVENT, event);
    CHECK_I64(function, answer.status, 202);
    CHECK_STR(function, answer.body, STR(""));
    size_t at = str_find(answer.head, STR("x-amzn-requestid: "));
    assert_true(at != SIZE_MAX);
    at += STR("x-amzn-requestid: ").len;
    return str_slice(answer.head, at, at + 36);
}

static size_t count(struct str text, struct str words)
{
    size_t n = 0;
    for (;;) {
        size_t at = str_find(text, words);
        if (at == SIZE_MAX) {
            return n;
        }
        n++;
        text = str_slice(text, at + words.len, text.len);
    }
}

static size_t tries_of(struct ctx *cx, const struct local *l, struct str id)
{
    return count(local_log(cx, l),
                 arena_format(cx->arena, "START RequestId: " STR_FMT, STR_ARG(id)));
}

/* The record that a destination got, one of the next. */
static const struct json *record_of(struct ctx *cx, const char *queue, struct str id)
{
    for (int i = 0; i < 20; i++) {
        const struct json *message = local_sqs_receive(cx, &shared, queue, 5);
        const struct json *record = NULL;
        assert_non_null(message);
        CHECK_STATUS(cx, json_read(cx, json_find_str(message, STR("Body")), NULL, &record), OK);
        if (str_eq(json_find_str(json_find(record, STR("requestContext")), STR("requestId")), id)) {
            return record;
        }
    }
    CHECK_FAILED("no record of " STR_FMT "\n", STR_ARG(id));
    return NULL;
}

static void check_condition(const struct json *record, const char *condition, int64_t tries)
{
    int64_t got = 0;
    const struct json *context = json_find(record, STR("requestContext"));
    CHECK_STR("condition", json_find_str(context, STR("condition")), str_from_cstr(condition));
    assert_true(json_is_i64(json_find(context, STR("approximateInvokeCount")), &got));
    CHECK_I64("tries", got, tries);
}

static void an_event_is_accepted_at_once(void **state)
{
    (void)state;
    TEST_CTX;
    int64_t began_us = clock_mono_us();
    struct str id = submit(&t.cx, &shared, "solo", "{}"); /* takes 400 ms */
    assert_true(clock_mono_us() - began_us < 300000);
    local_check_log(&t.cx, &shared,
                    arena_format(&t.arena, "END RequestId: " STR_FMT, STR_ARG(id)).ptr);
}

static void a_failed_event_is_tried_three_times_in_all(void **state)
{
    (void)state;
    TEST_CTX;
    struct str id = submit(&t.cx, &shared, "broken", "{\"n\": 1}");
    const struct json *record = record_of(&t.cx, "Failed", id);
    const struct json *response = json_find(record, STR("responseContext"));
    check_condition(record, "RetriesExhausted", 3);
    CHECK_STR("version", json_find_str(record, STR("version")), STR("1.0"));
    CHECK_STR("arn", json_find_str(json_find(record, STR("requestContext")), STR("functionArn")),
              STR("arn:aws:lambda:us-east-1:123456789012:function:BrokenFunction:$LATEST"));
    CHECK_STR("request", json_find(record, STR("requestPayload"))->span, STR("{\"n\": 1}"));
    CHECK_STR("error", json_find_str(response, STR("functionError")), STR("Unhandled"));
    CHECK_STR("payload",
              json_find_str(json_find(record, STR("responsePayload")), STR("errorMessage")),
              STR("as asked"));
    CHECK_I64("tries", tries_of(&t.cx, &shared, id), 3);
    local_check_log(
        &t.cx, &shared,
        arena_format(&t.arena, "event " STR_FMT ": try 2 failed, the next in 100 ms", STR_ARG(id))
            .ptr);
}

static void the_dead_letter_is_the_event_with_its_error(void **state)
{
    (void)state;
    TEST_CTX;
    struct str id = submit(&t.cx, &shared, "broken", "{\"dead\":true}");
    for (int i = 0; i < 20; i++) {
        const struct json *message = local_sqs_receive(&t.cx, &shared, "Dead", 5);
        const struct json *attributes = json_find(message, STR("MessageAttributes"));
        const struct json *request_id = json_find(attributes, STR("RequestID"));
        if (!str_eq(json_find_str(request_id, STR("StringValue")), id)) {
            continue;
        }
        CHECK_STR("body", json_find_str(message, STR("Body")), STR("{\"dead\":true}"));
        CHECK_STR("code",
                  json_find_str(json_find(attributes, STR("ErrorCode")), STR("StringValue")),
                  STR("200"));
        CHECK_STR("words",
                  json_find_str(json_find(attributes, STR("ErrorMessage")), STR("StringValue")),
                  STR("as asked"));
        return;
    }
    CHECK_FAILED("no dead letter\n");
}

static void a_retry_that_works_is_a_success(void **state)
{
    (void)state;
    TEST_CTX;
    struct str id = submit(&t.cx, &shared, "flaky", "1");
    const struct json *record = record_of(&t.cx, "Done", id);
    check_condition(record, "Success", 2);
    CHECK_STR("answer", json_find(record, STR("responsePayload"))->span, STR("1"));
    CHECK_I64("tries", tries_of(&t.cx, &shared, id), 2);
}

static void a_function_may_be_the_destination(void **state)
{
    (void)state;
    TEST_CTX;
    struct str id = submit(&t.cx, &shared, "chain", "{\"from\":\"chain\"}");
    local_check_log(&t.cx, &shared, "[sink] got {\"version\":\"1.0\"");
    struct str words =
        arena_format(&t.arena, "\"requestId\":\"" STR_FMT "\",\"functionArn\":", STR_ARG(id));
    local_check_log(&t.cx, &shared, words.ptr);
}

static void no_retry_if_the_template_says_so(void **state)
{
    (void)state;
    TEST_CTX;
    struct str id = submit(&t.cx, &shared, "once", "{}");
    struct str words =
        arena_format(&t.arena, "event " STR_FMT ": on failure: told to arn:aws:sns:", STR_ARG(id));
    local_check_log(&t.cx, &shared, words.ptr);
    local_check_log(&t.cx, &shared, "Topic, which is not emulated: {\"version\":\"1.0\"");
    (void)usleep(200000);
    CHECK_I64("tries", tries_of(&t.cx, &shared, id), 1);
}

static void throttled_events_have_their_turn(void **state)
{
    (void)state;
    TEST_CTX;
    enum { EVENTS = 5 }; /* 400 ms each, one at a time */
    struct str ids[EVENTS];
    for (size_t i = 0; i < EVENTS; i++) {
        ids[i] = submit(&t.cx, &shared, "solo", "{}");
    }
    for (size_t i = 0; i < EVENTS; i++) {
        struct str words = arena_format(&t.arena, "END RequestId: " STR_FMT, STR_ARG(ids[i]));
        local_check_log(&t.cx, &shared, words.ptr);
    }
}

static void a_concurrency_of_zero_fails_without_a_try(void **state)
{
    (void)state;
    TEST_CTX;
    struct str id = submit(&t.cx, &shared, "never", "{}");
    struct str words =
        arena_format(&t.arena, "event " STR_FMT ": ZeroReservedConcurrency", STR_ARG(id));
    local_check_log(&t.cx, &shared, words.ptr);
    CHECK_I64("tries", tries_of(&t.cx, &shared, id), 0);
}

static void an_event_may_have_one_mebibyte(void **state)
{
    (void)state;
    TEST_CTX;
    char *event = ARENA_ARRAY(&t.arena, char, MIB(1) + 2);
    memset(event, 'x', MIB(1));
    event[0] = event[MIB(1) - 1] = '"';
    CHECK_I64("1048576", local_invoke(&t.cx, &shared, "sink", EVENT, event).status, 202);
    event[MIB(1) - 1] = 'x';
    event[MIB(1)] = '"';
    CHECK_I64("1048577", local_invoke(&t.cx, &shared, "sink", EVENT, event).status, 413);
}

/* ---- a gateway of their own ------------------------------------------------------------------ */

static void retries_wait_a_minute_and_two_as_on_aws(void **state)
{
    (void)state;
    TEST_CTX;
    struct local l = {0};
    const char *const arguments[] = {NULL};
    local_start(&l, &(struct local_options){.template = TEMPLATE,
                                            .slugs = SLUGS,
                                            .slug_count = ARRAY_LEN(SLUGS),
                                            .arguments = arguments});
    struct str id = submit(&t.cx, &l, "broken", "{}");
    struct str words = arena_format(
        &t.arena, "event " STR_FMT ": try 1 failed, the next in 60000 ms", STR_ARG(id));
    local_check_log(&t.cx, &l, words.ptr);
    CHECK_I64("exit", local_end(&l, SIGTERM), 0);
    words = arena_format(&t.arena, "event " STR_FMT ": lost: the gateway ends", STR_ARG(id));
    local_check_log(&t.cx, &l, words.ptr);
    local_clean(&l);
}

static void an_event_that_gets_too_old_is_given_up(void **state)
{
    (void)state;
    TEST_CTX;
    struct local l = {0};
    start(&l, "61000,61000");
    struct str id = submit(&t.cx, &l, "hasty", "{}"); /* may be 60 s old */
    struct str words = arena_format(&t.arena, "event " STR_FMT ": EventAgeExceeded", STR_ARG(id));
    local_check_log(&t.cx, &l, words.ptr);
    CHECK_I64("exit", local_end(&l, SIGTERM), 0);
    local_clean(&l);
}

static void a_thousand_events_may_wait(void **state)
{
    (void)state;
    enum { MOST = 1000 };
    struct local l = {0};
    start(&l, "60000,60000");
    for (int i = 0; i < MOST; i++) {
        TEST_CTX; /* each waits for a minute after its first try */
        CHECK_I64("within", local_invoke(&t.cx, &l, "broken", EVENT, "{}").status, 202);
    }
    TEST_CTX;
    struct local_answer answer = local_invoke(&t.cx, &l, "broken", EVENT, "{}");
    CHECK_I64("one more", answer.status, 429);
    assert_true(local_has_header(answer, "x-amzn-errortype: TooManyRequestsException"));
    assert_true(local_has_header(answer, "retry-after: 1"));
    CHECK_I64("exit", local_end(&l, SIGTERM), 0);
    local_clean(&l);
}

static int start_shared(void **state)
{
    start(&shared, "50,100");
    *state = &shared;
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_event_is_accepted_at_once),
        cmocka_unit_test(a_failed_event_is_tried_three_times_in_all),
        cmocka_unit_test(the_dead_letter_is_the_event_with_its_error),
        cmocka_unit_test(a_retry_that_works_is_a_success),
        cmocka_unit_test(a_function_may_be_the_destination),
        cmocka_unit_test(no_retry_if_the_template_says_so),
        cmocka_unit_test(throttled_events_have_their_turn),
        cmocka_unit_test(a_concurrency_of_zero_fails_without_a_try),
        cmocka_unit_test(an_event_may_have_one_mebibyte),
        cmocka_unit_test(retries_wait_a_minute_and_two_as_on_aws),
        cmocka_unit_test(an_event_that_gets_too_old_is_given_up),
        cmocka_unit_test(a_thousand_events_may_wait),
    };
    return cmocka_run_group_tests(tests, start_shared, local_group_end);
}
