/*
 * Answers that have to match a schema: held, judged, asked for once more within what is held.
 */
#include "tests/support/llm_fake_store.h"

static struct http_peer peer;

#define SCHEMA                                                                                     \
    "{\"type\":\"object\",\"properties\":{\"n\":{\"type\":\"integer\"}},\"required\":[\"n\"],"     \
    "\"additionalProperties\":false}"

enum { ONE_COST_NANO = 10 * 1000 + 2 * 2000 };

static void world(struct llm_world *w, bool stream)
{
    llm_world_open(w, &peer, NULL);
    w->caller.guard = STR("{\"validate_schema\":true}");
    w->chat.format = LLM_FORMAT_SCHEMA;
    w->chat.schema = STR(SCHEMA);
    w->chat.schema_name = STR("s");
    w->request.stream = stream;
}

static void answers(struct llm_world *w, const char *first, const char *second)
{
    const char *const texts[] = {first, second};
    for (size_t i = 0; i < ARRAY_LEN(texts) && texts[i] != NULL; i++) {
        llm_world_next(w, HTTP_PEER_KEEPS, llm_world_good(w, texts[i]));
    }
}

static void must_hold(const char *name, struct str text, struct str part)
{
    if (str_find(text, part) == SIZE_MAX) {
        CHECK_FAILED("%s: no \"" STR_FMT "\" in \"" STR_FMT "\"\n", name, STR_ARG(part),
                     STR_ARG(text));
    }
}

static void what_matches_is_given_as_it_came(void **state)
{
    (void)state;
    for (int stream = 0; stream < 2; stream++) {
        DEFER(llm_world_close) struct llm_world w;
        world(&w, stream == 1);
        answers(&w, "{\\\"n\\\":1}", NULL);
        CHECK_STATUS(w.cx, llm_world_ask(&w), OK);
        must_hold("text", buf_str(&w.heard.text), STR("text 0 {\"n\":1} | end 0"));
        CHECK_I64("begun once", w.begins, 1);
        CHECK_I64("asked once", peer.seen->scripted, 1);
        CHECK_I64("cost", w.outcome.cost_nano, ONE_COST_NANO);
    }
}

static void what_does_not_match_is_asked_for_once_more(void **state)
{
    (void)state;
    for (int stream = 0; stream < 2; stream++) {
        DEFER(llm_world_close) struct llm_world w;
        world(&w, stream == 1);
        answers(&w, "{\\\"n\\\":\\\"uno\\\"}", "{\\\"n\\\":1}");
        CHECK_STATUS(w.cx, llm_world_ask(&w), OK);
        must_hold("text", buf_str(&w.heard.text), STR("text 0 {\"n\":1} | end 0"));
        CHECK_I64("nothing of the first went out", str_find(buf_str(&w.heard.text), STR("uno")),
                  SIZE_MAX);
        CHECK_STR("trail", w.outcome.head.trail, STR("one/a:ok,one/a:ok"));
        CHECK_I64("both are paid", w.outcome.cost_nano, 2 * ONE_COST_NANO);
        /* All of the context, for the first answer is in the second request; and a spare. */
        CHECK_I64("held", llm_fake_store.asked.worst_cost_nano,
                  3 * ((1000 + LLM_HIDDEN_INPUT_TOKENS) * 1000 + 20 * 2000));
        struct str again = http_peer_scripted(w.cx, &peer, 1);
        must_hold("what came", again, STR("{\\\"n\\\":\\\"uno\\\"}"));
        must_hold("and why it will not do", again, STR("Answer again, with nothing but JSON"));
    }
}

static void the_second_mismatch_is_an_error_and_begins_nothing(void **state)
{
    (void)state;
    for (int stream = 0; stream < 2; stream++) {
        DEFER(llm_world_close) struct llm_world w;
        world(&w, stream == 1);
        answers(&w, "no JSON", "{}");
        CHECK_STATUS(w.cx, llm_world_ask(&w), ERR_UPSTREAM);
        CHECK_STR("code", str_from_cstr(w.cx->err.code), STR("SCHEMA_MISMATCH"));
        assert_true(w.begins == 0 && !w.outcome.has_begun);
        CHECK_I64("asked", peer.seen->scripted, 2);
        CHECK_I64("paid", w.outcome.cost_nano, 2 * ONE_COST_NANO);
        CHECK_I64("not stored", llm_fake_store.settled.answer.len, 0);
    }
}

static void a_schema_that_is_none_is_refused_before_it_is_paid(void **state)
{
    (void)state;
    DEFER(llm_world_close) struct llm_world w;
    world(&w, false);
    w.chat.schema = STR("{\"type\":\"whatever\"}");
    CHECK_STATUS(w.cx, llm_world_ask(&w), ERR_REFUSED);
    CHECK_STR("code", str_from_cstr(w.cx->err.code), STR("INVALID_SCHEMA"));
    CHECK_I64("admitted", llm_fake_store.admits, 0);
}

static void without_the_guard_or_a_schema_nothing_is_judged(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        DEFER(llm_world_close) struct llm_world w;
        world(&w, false);
        if (i == 0) {
            w.caller.guard = (struct str){0};
        } else {
            w.chat.format = LLM_FORMAT_TEXT;
        }
        answers(&w, "no JSON", NULL);
        CHECK_STATUS(w.cx, llm_world_ask(&w), OK);
        CHECK_I64("asked", peer.seen->scripted, 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_matches_is_given_as_it_came),
        cmocka_unit_test(what_does_not_match_is_asked_for_once_more),
        cmocka_unit_test(the_second_mismatch_is_an_error_and_begins_nothing),
        cmocka_unit_test(a_schema_that_is_none_is_refused_before_it_is_paid),
        cmocka_unit_test(without_the_guard_or_a_schema_nothing_is_judged),
    };
    http_peer_start(&peer, false);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    http_peer_stop(&peer);
    return failed;
}
