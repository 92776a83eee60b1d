/*
 * When a slot tells of its calls: spans that wait for others, and the last of them.
 */
#include "functions/ai-gateway/watch.h"

#include "functions/ai-gateway/place.h"
#include "shared/log/log.h"
#include "tests/support/check.h"
#include "tests/support/otlp_peer.h"

#include <fcntl.h>
#include <unistd.h>

static struct otlp_peer collector;

static size_t requests(struct ctx *cx)
{
    const struct json *last;
    return otlp_peer_requests(cx, &collector, &last);
}

static void call_once(struct ctx *cx, const struct gateway_place *place)
{
    struct ask ask = {.place = place,
                      .outcome = {.head = {.call_id = STR("c-1"), .started_ms = 1795900000000}}};
    gateway_watch(cx, &ask);
}

static void spans_that_wait_go_out_when_the_slot_ends(void **state)
{
    (void)state;
    static struct services services;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct ctx *cx = &t.cx;
    void *place = NULL;
    cx->arena = &t.arena;
    otlp_peer_forget(&collector);
    assert_int_equal(setenv("OTEL_BSP_SCHEDULE_DELAY", "60000", 1), 0);
    CHECK_STATUS(cx, gateway_place_open(cx, &services, &place), OK);
    call_once(cx, place);
    CHECK_I64("they wait", requests(cx), 0);
    gateway_place_close(place);
    CHECK_I64("they went", requests(cx), 1);
    assert_int_equal(unsetenv("OTEL_BSP_SCHEDULE_DELAY"), 0);
}

static void spans_go_out_with_their_call_otherwise(void **state)
{
    (void)state;
    static struct services services;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct ctx *cx = &t.cx;
    void *place = NULL;
    cx->arena = &t.arena;
    otlp_peer_forget(&collector);
    CHECK_STATUS(cx, gateway_place_open(cx, &services, &place), OK);
    call_once(cx, place);
    CHECK_I64("one", requests(cx), 1);
    gateway_place_close(place);
    CHECK_I64("none is left", requests(cx), 1);
}

static void a_slot_with_faulty_settings_does_not_open(void **state)
{
    (void)state;
    static struct services services;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct ctx *cx = &t.cx;
    void *place = NULL;
    cx->arena = &t.arena;
    assert_int_equal(setenv("OTEL_BSP_SCHEDULE_DELAY", "soon", 1), 0);
    CHECK_STATUS(cx, gateway_place_open(cx, &services, &place), ERR_INTERNAL);
    assert_int_equal(unsetenv("OTEL_BSP_SCHEDULE_DELAY"), 0);
    assert_int_equal(setenv("LLM_CONFIG_FILE", "/nowhere/at/all.json", 1), 0);
    CHECK_STATUS(cx, gateway_place_open(cx, &services, &place), ERR_INTERNAL);
    assert_int_equal(unsetenv("LLM_CONFIG_FILE"), 0);
}

static int begin(void **state)
{
    (void)state;
    otlp_peer_start(&collector);
    log_to(open("/dev/null", O_WRONLY | O_CLOEXEC));
    return setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url, 1) +
           setenv("LLM_METRICS_NAMESPACE", "off", 1);
}

static int end(void **state)
{
    (void)state;
    otlp_peer_stop(&collector);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spans_that_wait_go_out_when_the_slot_ends),
        cmocka_unit_test(spans_go_out_with_their_call_otherwise),
        cmocka_unit_test(a_slot_with_faulty_settings_does_not_open),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
