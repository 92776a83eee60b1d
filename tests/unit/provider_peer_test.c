#include "tests/support/provider_peer.h"

#include "shared/json/json.h"
#include "tests/support/check.h"
#include "tests/support/http_call.h"

static const char body[] =
    "{\"model\":\"gpt-4.1-mini\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}";

static int ask(struct ctx *cx, const struct provider_peer *peer, const char *key)
{
    char url[128];
    struct http_result result;
    (void)snprintf(url, sizeof url, "%s/openai/v1/chat/completions", peer->url);
    http_call(cx,
              &(struct http_call){.method = "POST",
                                  .url = url,
                                  .authorization = arena_format(cx->arena, "Bearer %s", key),
                                  .body = STR(body)},
              &result);
    return result.status;
}

static void scripts_belong_to_their_key(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    DEFER(provider_peer_stop) struct provider_peer peer;
    provider_peer_start(&peer);
    provider_peer_script(&t.cx, &peer, "sk-emu-1", NULL, "[{\"status\":429},{\"status\":500}]");
    CHECK_I64("first step", ask(&t.cx, &peer, "sk-emu-1"), 429);
    CHECK_I64("another key", ask(&t.cx, &peer, "sk-emu-2"), 200);
    CHECK_I64("second step", ask(&t.cx, &peer, "sk-emu-1"), 500);
    CHECK_I64("no step", ask(&t.cx, &peer, "sk-emu-1"), 200);
    struct provider_count count = provider_peer_count(&t.cx, &peer, "sk-emu-1");
    CHECK_I64("attempts", count.attempts, 3);
    CHECK_I64("billed", count.billed, 1);
    CHECK_I64("maybe billed", count.maybe_billed, 1);
    CHECK_I64("of all", provider_peer_count(&t.cx, &peer, NULL).requests, 4);
    const struct json *entries =
        json_find(provider_peer_journal(&t.cx, &peer, "sk-emu-2"), STR("entries"));
    CHECK_STR("body", json_find_str(entries->first, STR("body")), STR(body));
    provider_peer_reset(&t.cx, &peer, "sk-emu-1");
    CHECK_I64("after reset", provider_peer_count(&t.cx, &peer, "sk-emu-1").requests, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(scripts_belong_to_their_key)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
