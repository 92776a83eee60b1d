/*
 * Chains: which failures of the first target lead to the second one, what rests afterwards, and
 * what becomes of a provider whose caller has gone.
 */
#include "tests/integration/ai_gateway_case.h"
#include "tests/support/stream.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

/* ---- moving on ------------------------------------------------------------------------------- */

#define FIRST  "anthropic/claude-haiku-4-5:"
#define SECOND "openai/gpt-4.1-mini:"
#define DEAD_1 "dead-anthropic/claude-haiku-4-5:"

/* clang-format off */
static const struct {
    const char *name, *alias, *steps, *trail;
    int status;
    bool stream;
} chains[] = {
    {"nobody listens", "dead-first", "[]", DEAD_1 "unsent," DEAD_1 "unsent," SECOND "ok", 200, false},
    {"slow down, and again", "chain", "[{\"status\":429,\"times\":0}]", FIRST "slow_down," FIRST "slow_down," FIRST "slow_down," SECOND "ok", 200, false},
    {"a wait that is long", "chain", "[{\"status\":429,\"retry_after\":\"60\"}]", FIRST "slow_down," SECOND "ok", 200, false},
    {"no money", "chain", "[{\"status\":402}]", FIRST "no_money," SECOND "ok", 200, false},
    {"maybe billed", "chain", "[{\"status\":500}]", FIRST "ambiguous," SECOND "ok", 200, false},
    {"reset", "chain", "[{\"head\":\"reset\"}]", FIRST "ambiguous," SECOND "ok", 200, false},
    {"not the protocol", "chain", "[{\"garbage\":\"html\"}]", FIRST "malformed," SECOND "ok", 200, false},
    {"cut before a word", "chain", "[{\"after\":0,\"then\":\"end\"}]", FIRST "cut," SECOND "ok", 200, true},
    {"cut after a word", "chain", "[{\"after\":5,\"then\":\"end\"}]", FIRST "cut", 200, true},
    {"a bad request", "chain", "[{\"status\":400}]", FIRST "bad_request", 400, false},
    {"a refused key", "chain", "[{\"status\":401}]", FIRST "auth", 502, false},
};
/* clang-format on */

static void the_next_target_is_asked_where_that_helps(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(chains); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct http_result result;
        case_clean();
        provider_peer_script(&t.cx, &world.providers, ANTHROPIC_KEY, NULL, chains[i].steps);
        case_ask(&t.cx, CHAT_PATH, chains[i].alias, chains[i].stream, &result);
        CHECK_I64(chains[i].name, result.status, chains[i].status);
        if (!chains[i].stream) { /* a stream's head is written before its end */
            CHECK_STR(chains[i].name, http_result_header(&result, "x-clambda-trail"),
                      str_from_cstr(chains[i].trail));
        }
        (void)case_trail(http_result_header(&result, "x-clambda-call-id"));
    }
}

/* ---- resting --------------------------------------------------------------------------------- */

static int64_t asked_of(struct ctx *cx, const char *provider_key)
{
    return provider_peer_count(cx, &world.providers, provider_key).attempts;
}

static void ask_well(struct ctx *cx, const char *alias)
{
    struct http_result result;
    case_ask(cx, CHAT_PATH, alias, false, &result);
    CHECK_I64("status", result.status, 200);
    (void)case_trail(http_result_header(&result, "x-clambda-call-id")); /* it is settled, too */
}

static void a_target_without_money_rests_for_everybody(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    case_clean();
    provider_peer_reset(&t.cx, &world.providers, ANTHROPIC_KEY);
    provider_peer_script(&t.cx, &world.providers, ANTHROPIC_KEY, NULL, "[{\"status\":402}]");
    ask_well(&t.cx, "chain");
    CHECK_I64("asked", asked_of(&t.cx, ANTHROPIC_KEY), 1);
    ask_well(&t.cx, "chain");
    CHECK_I64("not asked", asked_of(&t.cx, ANTHROPIC_KEY), 1);
    case_clean();
    ask_well(&t.cx, "chain");
    CHECK_I64("asked again", asked_of(&t.cx, ANTHROPIC_KEY), 2);
}

static void a_target_that_fails_five_times_in_a_row_rests(void **state)
{
    (void)state;
    enum { FAILURES = 5 };
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    case_clean();
    provider_peer_reset(&t.cx, &world.providers, ANTHROPIC_KEY);
    provider_peer_script(&t.cx, &world.providers, ANTHROPIC_KEY, NULL,
                         "[{\"status\":500,\"times\":0}]");
    for (int i = 1; i <= FAILURES; i++) {
        ask_well(&t.cx, "chain");
        CHECK_I64("asked", asked_of(&t.cx, ANTHROPIC_KEY), i);
    }
    ask_well(&t.cx, "chain");
    CHECK_I64("not asked", asked_of(&t.cx, ANTHROPIC_KEY), FAILURES);
    provider_peer_script(&t.cx, &world.providers, ANTHROPIC_KEY, NULL, "[]");
}

/* ---- what the caller is told ------------------------------------------------------------------
 */

static void a_long_wait_is_handed_on_and_no_client_multiplies_attempts(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct http_result result;
    int64_t wait_s = 0;
    case_clean();
    provider_peer_script(&t.cx, &world.providers, OPENAI_KEY, NULL,
                         "[{\"status\":429,\"retry_after\":\"30\"},{\"status\":500,\"times\":2}]");
    case_ask(&t.cx, CHAT_PATH, "gpt-4.1-mini", false, &result);
    assert_true(str_to_i64(http_result_header(&result, "retry-after"), &wait_s));
    assert_in_range(wait_s, 29, 31);
    case_clean();
    case_ask(&t.cx, CHAT_PATH, "gpt-4.1-mini", false, &result);
    CHECK_I64("status", result.status, 502);
    CHECK_STR("x-should-retry", http_result_header(&result, "x-should-retry"), STR("false"));
    CHECK_STR("settled", case_trail(http_result_header(&result, "x-clambda-call-id")),
              STR("ambiguous,ambiguous"));
}

static void a_short_wait_is_a_floor(void **state)
{
    (void)state;
    enum { FLOOR_US = 1000 * 1000 };
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct http_result result;
    case_clean();
    provider_peer_script(&t.cx, &world.providers, OPENAI_KEY, NULL,
                         "[{\"status\":429,\"retry_after\":\"1\"}]");
    case_ask(&t.cx, CHAT_PATH, "gpt-4.1-mini", false, &result);
    CHECK_I64("status", result.status, 200);
    assert_true(result.took_us >= FLOOR_US);
}

/* ---- a caller who goes ------------------------------------------------------------------------
 */

static int connect_to_gateway(void)
{
    struct str url = str_from_cstr(world.gateway.url);
    int64_t port = 0;
    size_t colon = str_find(url, STR("127.0.0.1:"));
    assert_true(colon != SIZE_MAX);
    struct str rest = str_slice(url, colon + STR("127.0.0.1:").len, url.len);
    assert_true(str_to_i64(rest, &port));
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(fd, (const struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

/* Begins a stream, reads some of it, and leaves. */
static void leave_a_stream(struct ctx *cx)
{
    static const char body[] = "{\"model\":\"gpt-4.1-mini\",\"max_tokens\":200,\"stream\":true,"
                               "\"messages\":[{\"role\":\"user\",\"content\":\"one two three four "
                               "five six seven eight nine ten eleven twelve thirteen fourteen\"}]}";
    struct str request =
        arena_format(cx->arena,
                     "POST " CHAT_PATH " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n"
                     "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
                     key, sizeof body - 1, body);
    struct buf in = buf_in(cx->arena, KIB(64));
    int fd = connect_to_gateway();
    assert_int_equal(write(fd, request.ptr, request.len), (ssize_t)request.len);
    (void)stream_read_until(fd, &in, "You said");
    (void)close(fd);
}

/* Lambda does not tell a function that its caller has gone: the call goes on to its end. */
static void a_caller_who_goes_is_settled_all_the_same(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    static const char newest[] =
        "SELECT COALESCE(max(call_id::text), '') AS v FROM ai_request_logs";
    case_clean();
    db_script(&owner, "TRUNCATE ai_request_logs");
    provider_peer_script(&t.cx, &world.providers, OPENAI_KEY, NULL, "[{\"event_delay_ms\":50}]");
    leave_a_stream(&t.cx);
    struct str call_id = {0};
    int64_t end_ms = clock_now_ms() + SETTLED_WITHIN_MS;
    while (call_id.len == 0 && clock_now_ms() < end_ms) {
        call_id = db_str(&owner, NULL, newest);
        clock_sleep_ms(POLL_MS);
    }
    CHECK_STR("row", case_trail(call_id), STR("ok"));
    CHECK_I64("paid for", case_rows(call_id, "cost_nanodollars > 0"), 1);
    CHECK_I64("held", db_i64(&owner, NULL, llm_held_sql), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_next_target_is_asked_where_that_helps),
        cmocka_unit_test(a_target_without_money_rests_for_everybody),
        cmocka_unit_test(a_target_that_fails_five_times_in_a_row_rests),
        cmocka_unit_test(a_long_wait_is_handed_on_and_no_client_multiplies_attempts),
        cmocka_unit_test(a_short_wait_is_a_floor),
        cmocka_unit_test(a_caller_who_goes_is_settled_all_the_same),
    };
    return cmocka_run_group_tests(tests, case_world_open, case_world_close);
}
