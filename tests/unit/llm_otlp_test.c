/*
 * Spans of calls before a collector that reads the protocol strictly.
 */
#include "shared/llm/watch/otlp.h"

#include "shared/base/clock.h"
#include "shared/log/log.h"
#include "tests/support/check.h"
#include "tests/support/otlp_peer.h"

#include <fcntl.h>
#include <unistd.h>

#define NOW    INT64_C(1795900000000)
#define CANARY "canary-c41f"

static struct otlp_peer peer;

struct world {
    struct test_ctx t;
    struct ctx *cx;
    struct otlp *otlp;
    struct llm_caller caller;
    struct llm_request request;
    struct llm_outcome outcome;
};

static const char *const variables[] = {
    "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    "OTEL_EXPORTER_OTLP_HEADERS",  "OTEL_EXPORTER_OTLP_TRACES_HEADERS",
    "OTEL_EXPORTER_OTLP_TIMEOUT",  "OTEL_BSP_SCHEDULE_DELAY",
    "OTEL_SERVICE_NAME",           "OTEL_SDK_DISABLED",
};

static void environment_clear(void)
{
    for (size_t i = 0; i < ARRAY_LEN(variables); i++) {
        (void)unsetenv(variables[i]);
    }
}

static void set(const char *name, const char *value)
{
    assert_int_equal(setenv(name, value, 1), 0);
}

/* A call of two attempts: the first refused, the second answered. Its texts are canaries. */
static void call_fill(struct world *w)
{
    static const struct llm_chat chat = {.temperature = STR_INIT("0.30"), .max_tokens = 500};
    w->caller = (struct llm_caller){.tenant_id = STR("11111111-2222-4333-8444-555555555555"),
                                    .claims = STR(CANARY)};
    w->request = (struct llm_request){.protocol = LLM_PROTOCOL_ANTHROPIC,
                                      .body = STR("{\"prompt\":\"" CANARY "\"}"),
                                      .model = STR(CANARY),
                                      .chat = &chat,
                                      .stream = true,
                                      .idempotency_key = STR(CANARY),
                                      .cache_suffix = STR(CANARY)};
    w->outcome = (struct llm_outcome){
        .head = {.call_id = STR("99999999-2222-4333-8444-555555555555"), .started_ms = NOW},
        .attempt_count = 2,
        .attempts = {{.provider = STR("bedrock"),
                      .model = STR("global.anthropic.claude-opus-5-5"),
                      .failure = LLM_SLOW_DOWN,
                      .http_status = 429,
                      .started_ms = NOW + 1,
                      .first_token_us = -1,
                      .took_us = 20000},
                     {.provider = STR("anthropic"),
                      .model = STR("claude-haiku-4-5"),
                      .http_status = 200,
                      .started_ms = NOW + 30,
                      .first_token_us = 250000,
                      .took_us = 900000,
                      .cost_nano = 4500000,
                      .provider_request_id = STR("req_1"),
                      .usage = {.input = 400,
                                .cache_read = 90,
                                .cache_write_5m = 10,
                                .output = 200,
                                .reasoning = 50,
                                .is_known = true}}},
        .cost_nano = 4500000,
        .settlement = {.alias = STR("claude-haiku"),
                       .function = STR("ai-gateway"),
                       .operation = STR("general"),
                       .price_version = STR("0123456789abcdef@2026-10-24"),
                       .took_us = 930000,
                       .overhead_us = 120,
                       .idempotency_key = STR(CANARY),
                       .answer = STR(CANARY)},
    };
}

static void world_open(struct world *w)
{
    *w = (struct world){0};
    (void)test_ctx_open(&w->t);
    w->cx = &w->t.cx;
    w->cx->arena = &w->t.arena;
    otlp_peer_script(&peer, "{}");
    otlp_peer_forget(&peer);
    if (getenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") == NULL) {
        set("OTEL_EXPORTER_OTLP_ENDPOINT", peer.url);
    }
    CHECK_STATUS(w->cx, otlp_new(w->cx, &w->otlp), OK);
    call_fill(w);
}

static void world_close(struct world *w)
{
    otlp_free(w->otlp);
    environment_clear();
    test_ctx_close(&w->t);
}

static void take(struct world *w)
{
    struct llm_watched call = {
        .caller = &w->caller, .request = &w->request, .outcome = &w->outcome, .status = OK};
    otlp_take(w->cx, w->otlp, &call);
}

static size_t requests(struct world *w)
{
    const struct json *last;
    return otlp_peer_requests(w->cx, &peer, &last);
}

static const struct json *last_of(struct world *w)
{
    const struct json *last;
    assert_true(otlp_peer_requests(w->cx, &peer, &last) > 0);
    return last;
}

static const struct json *span_at(const struct json *line, size_t index)
{
    const struct json *spans = json_find(line, STR("spans"));
    if (spans == NULL) {
        CHECK_FAILED("no spans: " STR_FMT "\n", STR_ARG(line->span));
    }
    const struct json *span = spans != NULL ? spans->first : NULL;
    for (; span != NULL && index > 0; index--) {
        span = span->next;
    }
    assert_non_null(span);
    return span;
}

#define CHECK_TEXT(span, name, want)                                                               \
    CHECK_STR(name, json_find_str(json_find(span, STR("attributes")), STR(name)), STR(want))

static void check_count(const struct json *span, const char *name, int64_t want)
{
    int64_t got = INT64_MIN;
    const struct json *value = json_find(json_find(span, STR("attributes")), str_from_cstr(name));
    assert_true(value == NULL || json_is_i64(value, &got));
    CHECK_I64(name, got, want);
}

/* ---- what is sent ---------------------------------------------------------------------------- */

static void a_call_is_a_span_and_each_attempt_its_child(void **state)
{
    (void)state;
    DEFER(world_close) struct world w;
    world_open(&w);
    w.cx->traceparent = STR("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
    take(&w);
    otlp_flush(w.cx, w.otlp, NOW, false);
    const struct json *line = last_of(&w);
    const struct json *call = span_at(line, 0);
    CHECK_I64("spans", json_find(line, STR("spans"))->count, 3);
    CHECK_STR("name", json_find_str(call, STR("name")), STR("gateway claude-haiku"));
    CHECK_STR("trace", json_find_str(call, STR("traceId")),
              STR("4bf92f3577b34da6a3ce929d0e0e4736"));
    CHECK_STR("parent", json_find_str(call, STR("parentSpanId")), STR("00f067aa0ba902b7"));
    CHECK_STR("end", json_find_str(call, STR("endTimeUnixNano")), STR("1795900000930000000"));
    CHECK_TEXT(call, "clambda.price_version", "0123456789abcdef@2026-10-24");
    check_count(call, "clambda.cost_nano_usd", 4500000);
    check_count(call, "gen_ai.usage.input_tokens", INT64_MIN);
    for (size_t i = 1; i < 3; i++) {
        CHECK_STR("child", json_find_str(span_at(line, i), STR("parentSpanId")),
                  json_find_str(call, STR("spanId")));
        CHECK_STR("trace", json_find_str(span_at(line, i), STR("traceId")),
                  STR("4bf92f3577b34da6a3ce929d0e0e4736"));
    }
}

static void attempts_have_the_attributes_of_generative_ai(void **state)
{
    (void)state;
    DEFER(world_close) struct world w;
    world_open(&w);
    take(&w);
    otlp_flush(w.cx, w.otlp, NOW, false);
    const struct json *refused = span_at(last_of(&w), 1);
    const struct json *answered = span_at(last_of(&w), 2);
    CHECK_STR("name", json_find_str(answered, STR("name")), STR("chat claude-haiku-4-5"));
    CHECK_TEXT(answered, "gen_ai.operation.name", "chat");
    CHECK_TEXT(answered, "gen_ai.provider.name", "anthropic");
    CHECK_TEXT(answered, "gen_ai.request.model", "claude-haiku-4-5");
    check_count(answered, "gen_ai.request.max_tokens", 500);
    check_count(answered, "gen_ai.usage.input_tokens", 500); /* cached ones are among them */
    check_count(answered, "gen_ai.usage.cache_read.input_tokens", 90);
    check_count(answered, "gen_ai.usage.cache_creation.input_tokens", 10);
    check_count(answered, "gen_ai.usage.output_tokens", 200);
    check_count(answered, "gen_ai.usage.reasoning.output_tokens", 50);
    CHECK_TEXT(answered, "error.type", "");
    CHECK_TEXT(refused, "gen_ai.provider.name", "aws.bedrock");
    CHECK_TEXT(refused, "error.type", "slow_down");
    check_count(refused, "http.response.status_code", 429);
    check_count(refused, "gen_ai.usage.output_tokens", INT64_MIN);
    assert_non_null(json_find(refused, STR("status")));
    assert_null(json_find(answered, STR("status")));
    double first;
    const struct json *attributes = json_find(answered, STR("attributes"));
    assert_true(
        json_is_f64(json_find(attributes, STR("gen_ai.response.time_to_first_chunk")), &first));
    CHECK_NEAR("seconds", first, 0.25, 1e-9);
}

static void spans_hold_no_text_of_anyones(void **state)
{
    (void)state;
    DEFER(world_close) struct world w;
    world_open(&w);
    w.outcome.failure = (struct llm_failure){.kind = LLM_CUT, .words = STR(CANARY)};
    w.outcome.attempts[1].provider_request_id = STR("two words " CANARY);
    take(&w);
    otlp_flush(w.cx, w.otlp, NOW, false);
    CHECK_I64("came", requests(&w), 1);
    assert_true(str_find(otlp_peer_log(w.cx, &peer), STR(CANARY)) == SIZE_MAX);
    assert_true(str_find(otlp_peer_log(w.cx, &peer), STR("claude-haiku-4-5")) != SIZE_MAX);
}

static void the_parent_decides_whether_there_are_spans(void **state)
{
    (void)state;
    static const struct {
        const char *name, *traceparent, *xray, *trace;
        size_t want;
    } cases[] = {
        {"sampled", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "",
         "4bf92f3577b34da6a3ce929d0e0e4736", 1},
        {"not sampled", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00", "", "", 0},
        {"X-Ray's", "",
         "Root=1-58406520-a006649127e371903a2de979;Parent=53995c3f42cd8ad8;Sampled=1",
         "58406520a006649127e371903a2de979", 1},
        {"X-Ray's, not sampled", "",
         "Root=1-58406520-a006649127e371903a2de979;Parent=53995c3f42cd8ad8;Sampled=0", "", 0},
        {"none", "", "", "", 1},
        {"broken", "00-xyz", "Root=1", "", 1},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        DEFER(world_close) struct world w;
        world_open(&w);
        w.cx->traceparent = str_from_cstr(cases[i].traceparent);
        w.cx->trace_id = str_from_cstr(cases[i].xray);
        take(&w);
        otlp_flush(w.cx, w.otlp, NOW, false);
        CHECK_I64(cases[i].name, requests(&w), cases[i].want);
        if (cases[i].trace[0] != '\0') {
            CHECK_STR(cases[i].name, json_find_str(span_at(last_of(&w), 0), STR("traceId")),
                      str_from_cstr(cases[i].trace));
        }
        CHECK_I64("dropped", otlp_dropped(w.otlp), 0);
    }
}

static void headers_and_resource_come_from_the_environment(void **state)
{
    (void)state;
    set("OTEL_EXPORTER_OTLP_HEADERS", "x-api-key = sk%2D1, x-tenant=a%20b");
    set("OTEL_SERVICE_NAME", "my gateway");
    DEFER(world_close) struct world w;
    world_open(&w);
    take(&w);
    otlp_flush(w.cx, w.otlp, NOW, false);
    const struct json *headers = json_find(last_of(&w), STR("headers"));
    CHECK_STR("key", json_find_str(headers, STR("x-api-key")), STR("sk-1"));
    CHECK_STR("tenant", json_find_str(headers, STR("x-tenant")), STR("a b"));
    const struct json *resource = json_find(last_of(&w), STR("resource"));
    CHECK_STR("service", json_find_str(resource, STR("service.name")), STR("my gateway"));
}

static void the_traces_own_address_is_taken_whole(void **state)
{
    (void)state;
    char url[128];
    (void)snprintf(url, sizeof url, "%s/v1/traces", peer.url);
    set("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", url);
    set("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1");
    DEFER(world_close) struct world w;
    world_open(&w);
    take(&w);
    otlp_flush(w.cx, w.otlp, NOW, false);
    CHECK_I64("status", requests(&w), 1);
}

/* ---- when ------------------------------------------------------------------------------------ */

static void calls_wait_for_each_other_as_long_as_told(void **state)
{
    (void)state;
    set("OTEL_BSP_SCHEDULE_DELAY", "5000");
    DEFER(world_close) struct world w;
    world_open(&w);
    take(&w);
    otlp_flush(w.cx, w.otlp, NOW, false);
    take(&w);
    otlp_flush(w.cx, w.otlp, NOW + 4999, false);
    CHECK_I64("they wait", requests(&w), 0);
    otlp_flush(w.cx, w.otlp, NOW + 5000, false);
    CHECK_I64("one batch", requests(&w), 1);
    CHECK_I64("of both", json_find(last_of(&w), STR("spans"))->count, 6);
    take(&w);
    otlp_flush(w.cx, w.otlp, NOW + 5001, true);
    CHECK_I64("the last do not wait", requests(&w), 2);
    otlp_flush(w.cx, w.otlp, NOW + 5002, true);
    CHECK_I64("nothing, no request", requests(&w), 2);
}

static void what_fails_is_dropped_counted_and_rests(void **state)
{
    (void)state;
    DEFER(world_close) struct world w;
    world_open(&w);
    otlp_peer_script(&peer, "{\"status\":503}");
    take(&w);
    otlp_flush(w.cx, w.otlp, NOW, false);
    CHECK_I64("dropped", otlp_dropped(w.otlp), 3);
    otlp_peer_script(&peer, "{}");
    take(&w);
    otlp_flush(w.cx, w.otlp, NOW + OTLP_REST_MS - 1, false);
    CHECK_I64("nobody was asked", requests(&w), 1);
    CHECK_I64("dropped", otlp_dropped(w.otlp), 6);
    take(&w);
    otlp_flush(w.cx, w.otlp, NOW + OTLP_REST_MS, false);
    CHECK_I64("asked again", requests(&w), 2);
    CHECK_I64("dropped no more", otlp_dropped(w.otlp), 6);
}

static void what_the_collector_rejects_is_counted(void **state)
{
    (void)state;
    DEFER(world_close) struct world w;
    world_open(&w);
    otlp_peer_script(&peer, "{\"rejected\":2}");
    take(&w);
    otlp_flush(w.cx, w.otlp, NOW, false);
    CHECK_I64("dropped", otlp_dropped(w.otlp), 2);
}

static void a_silent_collector_costs_one_timeout(void **state)
{
    (void)state;
    set("OTEL_EXPORTER_OTLP_TIMEOUT", "200");
    DEFER(world_close) struct world w;
    world_open(&w);
    otlp_peer_script(&peer, "{\"silent\":true}");
    int64_t started_us = clock_mono_us();
    for (int i = 0; i < 20; i++) {
        take(&w);
        otlp_flush(w.cx, w.otlp, NOW + i, false);
    }
    int64_t took_ms = (clock_mono_us() - started_us) / 1000;
    assert_true(took_ms >= 190 && took_ms < 1500);
    CHECK_I64("dropped", otlp_dropped(w.otlp), 60);
}

static void what_waits_is_bounded(void **state)
{
    (void)state;
    set("OTEL_BSP_SCHEDULE_DELAY", "60000");
    DEFER(world_close) struct world w;
    world_open(&w);
    for (int i = 0; i < 400; i++) {
        take(&w); /* nobody flushes */
    }
    assert_true(otlp_dropped(w.otlp) > 0);
    int64_t dropped = otlp_dropped(w.otlp);
    otlp_flush(w.cx, w.otlp, NOW, false); /* half full does not wait */
    CHECK_I64("a request", requests(&w), 1);
    CHECK_I64("the others came", json_find(last_of(&w), STR("spans"))->count, 1200 - dropped);
}

/* ---- the environment ------------------------------------------------------------------------- */

static void without_an_endpoint_there_is_nothing(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct ctx *cx = &t.cx;
    cx->arena = &t.arena;
    struct otlp *otlp = NULL;
    struct llm_watched call = {0};
    CHECK_STATUS(cx, otlp_new(cx, &otlp), OK);
    assert_null(otlp);
    set("OTEL_EXPORTER_OTLP_ENDPOINT", peer.url);
    set("OTEL_SDK_DISABLED", "TRUE");
    CHECK_STATUS(cx, otlp_new(cx, &otlp), OK);
    assert_null(otlp);
    otlp_take(cx, otlp, &call);
    otlp_flush(cx, otlp, NOW, true);
    otlp_disconnect(otlp);
    otlp_free(otlp);
    environment_clear();
}

static void eight_headers_are_taken(void **state)
{
    (void)state;
    set("OTEL_EXPORTER_OTLP_HEADERS", "a=1,b=2,c=3,d=4,e=5,f=6,g=7,h=8,");
    DEFER(world_close) struct world w;
    world_open(&w);
    take(&w);
    otlp_flush(w.cx, w.otlp, NOW, false);
    CHECK_STR("h", json_find_str(json_find(last_of(&w), STR("headers")), STR("h")), STR("8"));
}

static void a_variable_at_fault_is_named_and_not_shown(void **state)
{
    (void)state;
    static const struct {
        const char *name, *value;
    } cases[] = {
        {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", CANARY},
        {"OTEL_EXPORTER_OTLP_HEADERS", CANARY},
        {"OTEL_EXPORTER_OTLP_HEADERS", "a b=" CANARY},
        {"OTEL_EXPORTER_OTLP_HEADERS", "a=" CANARY "%0d%0ax: y"},
        {"OTEL_EXPORTER_OTLP_HEADERS", "a=" CANARY "%2"},
        {"OTEL_EXPORTER_OTLP_HEADERS", "a=1,b=2,c=3,d=4,e=5,f=6,g=7,h=8,i=" CANARY},
        {"OTEL_EXPORTER_OTLP_TRACES_HEADERS", "=" CANARY},
        {"OTEL_EXPORTER_OTLP_TIMEOUT", CANARY},
        {"OTEL_EXPORTER_OTLP_TIMEOUT", "60001"},
        {"OTEL_BSP_SCHEDULE_DELAY", "-1"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct ctx *cx = &t.cx;
        cx->arena = &t.arena;
        struct otlp *otlp = NULL;
        environment_clear();
        set("OTEL_EXPORTER_OTLP_ENDPOINT", peer.url);
        set(cases[i].name, cases[i].value);
        CHECK_STATUS(cx, otlp_new(cx, &otlp), ERR_INTERNAL);
        assert_non_null(strstr(cx->err.text, cases[i].name));
        assert_null(strstr(cx->err.text, CANARY));
    }
    environment_clear();
}

static int begin(void **state)
{
    (void)state;
    environment_clear();
    otlp_peer_start(&peer);
    log_to(open("/dev/null", O_WRONLY | O_CLOEXEC));
    return 0;
}

static int end(void **state)
{
    (void)state;
    otlp_peer_stop(&peer);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_call_is_a_span_and_each_attempt_its_child),
        cmocka_unit_test(attempts_have_the_attributes_of_generative_ai),
        cmocka_unit_test(spans_hold_no_text_of_anyones),
        cmocka_unit_test(the_parent_decides_whether_there_are_spans),
        cmocka_unit_test(headers_and_resource_come_from_the_environment),
        cmocka_unit_test(the_traces_own_address_is_taken_whole),
        cmocka_unit_test(calls_wait_for_each_other_as_long_as_told),
        cmocka_unit_test(what_fails_is_dropped_counted_and_rests),
        cmocka_unit_test(what_the_collector_rejects_is_counted),
        cmocka_unit_test(a_silent_collector_costs_one_timeout),
        cmocka_unit_test(what_waits_is_bounded),
        cmocka_unit_test(without_an_endpoint_there_is_nothing),
        cmocka_unit_test(eight_headers_are_taken),
        cmocka_unit_test(a_variable_at_fault_is_named_and_not_shown),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
