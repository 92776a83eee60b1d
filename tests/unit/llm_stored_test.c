/*
 * Stored answers: what is kept of one, and how another caller gets it, raw or as events, whole or
 * as a stream.
 */
#include "tests/support/eventstream.h"
#include "tests/support/llm_fake_store.h"

static struct http_peer peer;

#define GOOD_EVENTS                                                                                \
    "start c1 m | text 0 Hi | end 0 | finish stop | usage in=10 read=0 w5=0 w1=0 out=2 think=0 | " \
    "done"
#define BODY "{\"model\":\"alone\",\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]}"

static void must_hold(const char *name, struct str text, struct str part)
{
    if (str_find(text, part) == SIZE_MAX) {
        CHECK_FAILED("%s: no \"" STR_FMT "\" in \"" STR_FMT "\"\n", name, STR_ARG(part),
                     STR_ARG(text));
    }
}

/* Asks once, and puts what was settled where the next admission finds it. */
static void ask_and_store(struct llm_world *w, bool stream)
{
    w->request.stream = w->chat.stream = stream;
    w->chat.stream_usage = true;
    llm_world_next(w, HTTP_PEER_KEEPS, llm_world_good(w, "Hi"));
    CHECK_STATUS(w->cx, llm_world_ask(w), OK);
    const struct llm_settlement *settled = &llm_fake_store.settled;
    assert_non_null(settled->cache_key);
    assert_true(settled->answer.len > 0 && settled->cache_ttl_s > 0 && settled->succeeded);
    llm_fake_store.says.is_cached = true;
    llm_fake_store.says.answer.content_type = arena_str_copy(w->cx->arena, settled->content_type);
    llm_fake_store.says.answer.body = arena_str_copy(w->cx->arena, settled->answer);
}

static void an_answer_is_given_again_in_every_form(void **state)
{
    (void)state;
    for (int i = 0; i < 8; i++) {
        bool was_stream = (i & 1) != 0, is_stream = (i & 2) != 0, wants_raw = (i & 4) != 0;
        DEFER(llm_world_close) struct llm_world w;
        llm_world_open(&w, &peer, NULL);
        llm_world_body(&w, BODY);
        ask_and_store(&w, was_stream);
        struct str raw = arena_str_copy(w.cx->arena, buf_str(&w.raw));
        w.request.stream = w.chat.stream = is_stream;
        w.request.wants_events = !wants_raw;
        CHECK_STATUS(w.cx, llm_world_ask(&w), OK);
        bool is_raw = wants_raw && was_stream == is_stream;
        CHECK_STR("raw", buf_str(&w.raw), is_raw ? raw : STR(""));
        CHECK_STR("events", buf_str(&w.heard.text), is_raw ? STR("") : STR(GOOD_EVENTS));
        CHECK_I64("asked once", peer.seen->scripted, 1);
        assert_true(w.head.is_cached && w.head.target == NULL);
        CHECK_I64("costs nothing", w.outcome.cost_nano, 0);
        CHECK_I64("told at its beginning", w.head.cost_nano, 0);
        assert_true(llm_fake_store.settled.is_cached && llm_fake_store.settled.succeeded);
        CHECK_I64("and is not stored again", llm_fake_store.settled.answer.len, 0);
    }
}

static void what_is_no_text_is_kept_in_base64(void **state)
{
    (void)state;
    DEFER(llm_world_close) struct llm_world w;
    llm_world_open(&w, &peer, NULL);
    ask_and_store(&w, false);
    assert_true(str_has_suffix(llm_fake_store.settled.content_type, STR("bytes=text")));
    llm_fake_store.says.answer.content_type = STR("wire=openai;protocol=1;form=whole;bytes=base64");
    llm_fake_store.says.answer.body =
        STR("eyJpZCI6ImMxIiwibW9kZWwiOiJtIiwiY2hvaWNlcyI6W3siaW5kZXgiOjAsIm1lc3NhZ2UiOnsicm9sZSI6"
            "ImFzc2lzdGFudCIsImNvbnRlbnQiOiJIaSJ9LCJmaW5pc2hfcmVhc29uIjoic3RvcCJ9XX0=");
    CHECK_STATUS(w.cx, llm_world_ask(&w), OK);
    CHECK_STR("events", buf_str(&w.heard.text),
              STR("start c1 m | text 0 Hi | end 0 | finish stop | done"));
}

/* Bedrock's streams are binary, and the database keeps text. */
static void a_binary_stream_is_given_again_as_it_was(void **state)
{
    (void)state;
    static const struct {
        const char *type, *payload;
    } messages[] = {
        {"messageStart", "{\"role\":\"assistant\"}"},
        {"contentBlockDelta", "{\"contentBlockIndex\":0,\"delta\":{\"text\":\"Hi\"}}"},
        {"contentBlockStop", "{\"contentBlockIndex\":0}"},
        {"messageStop", "{\"stopReason\":\"end_turn\"}"},
        {"metadata", "{\"usage\":{\"inputTokens\":10,\"outputTokens\":2,\"totalTokens\":12}}"},
    };
    DEFER(llm_world_close) struct llm_world w;
    llm_world_open(&w, &peer, NULL);
    struct buf bytes = buf_in(w.cx->arena, KIB(8));
    buf_add(&bytes, STR("HTTP/1.1 200 x\r\n\r\n"));
    for (size_t i = 0; i < ARRAY_LEN(messages); i++) {
        eventstream_put(w.cx->arena, &bytes, "event", messages[i].type, messages[i].payload);
    }
    w.request.model = STR("rock/k:0");
    w.request.stream = true;
    llm_world_next(&w, HTTP_PEER_CLOSES, buf_str(&bytes));
    CHECK_STATUS(w.cx, llm_world_ask(&w), OK);
    struct str first = arena_str_copy(w.cx->arena, buf_str(&w.heard.text));
    const struct llm_settlement *settled = &llm_fake_store.settled;
    assert_true(str_has_suffix(settled->content_type, STR("form=stream;bytes=base64")));
    struct str request = http_peer_scripted(w.cx, &peer, 0);
    must_hold("path", request, STR("POST /script/model/k%3A0/converse-stream HTTP/1.1\r\n"));
    must_hold("signed", request, STR("authorization: AWS4-HMAC-SHA256 Credential=AKIDROCK/"));
    llm_fake_store.says.is_cached = true;
    llm_fake_store.says.answer.content_type = arena_str_copy(w.cx->arena, settled->content_type);
    llm_fake_store.says.answer.body = arena_str_copy(w.cx->arena, settled->answer);
    CHECK_STATUS(w.cx, llm_world_ask(&w), OK);
    CHECK_STR("events", buf_str(&w.heard.text), first);
    must_hold("all of it", first, STR("text 0 Hi | end 0 | finish stop | usage in=10"));
}

static void what_cannot_be_read_is_not_given(void **state)
{
    (void)state;
    static const struct {
        struct str type, body;
    } cases[] = {
        {STR_INIT(""), STR_INIT("{}")},
        {STR_INIT("application/json"), STR_INIT("{}")},
        {STR_INIT("wire=nobody;protocol=1;form=whole;bytes=text"), STR_INIT("{}")},
        {STR_INIT("wire=openai;protocol=99;form=whole;bytes=text"), STR_INIT("{}")},
        {STR_INIT("wire=openai;protocol=-1;form=whole;bytes=text"), STR_INIT("{}")},
        {STR_INIT("wire=openai;protocol=x;form=whole;bytes=text"), STR_INIT("{}")},
        {STR_INIT("wire=openai;protocol=1;form=whole;bytes=base64"), STR_INIT("?")},
        {STR_INIT("wire=openai;protocol=1;form=whole;bytes=text"), STR_INIT("{")},
        {STR_INIT("wire=openai;protocol=1;form=stream;bytes=text"), STR_INIT("data: {}\n\n")},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        DEFER(llm_world_close) struct llm_world w;
        llm_world_open(&w, &peer, NULL);
        llm_fake_store.says.is_replay = true;
        llm_fake_store.says.answer.content_type = cases[i].type;
        llm_fake_store.says.answer.body = cases[i].body;
        CHECK_STATUS(w.cx, llm_world_ask(&w), ERR_INTERNAL);
        CHECK_I64("begun", w.begins, 0);
        CHECK_I64("asked", peer.seen->scripted, 0);
    }
}

static void keep(struct llm_world *w, struct llm_digest *key, struct llm_digest *request)
{
    llm_fake_store.says = (struct llm_admission){0};
    llm_world_next(w, HTTP_PEER_KEEPS, llm_world_good(w, "Hi"));
    CHECK_STATUS(w->cx, llm_world_ask(w), OK);
    *key = *llm_fake_store.asked.cache_key;
    *request = *llm_fake_store.asked.request_digest;
}

/* What of a request changes its cache key, and what does not. */
static void the_cache_key_holds_all_an_answer_depends_on(void **state)
{
    (void)state;
    static const struct {
        const char *name, *body;
        const char *tenant, *suffix, *api_version, *model, *guard;
        bool is_same;
    } cases[] = {
        {"the same", BODY, "t", "", "", "alone", "", true},
        {"as a stream",
         "{\"model\":\"alone\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":"
         "\"Hello\"}],\"stream_options\":{}}",
         "t", "", "", "alone", "", true},
        {"another prompt",
         "{\"model\":\"alone\",\"messages\":[{\"role\":\"user\",\"content\":\"Hell\"}]}", "t", "",
         "", "alone", "", false},
        {"a temperature",
         "{\"model\":\"alone\",\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}],"
         "\"temperature\":0}",
         "t", "", "", "alone", "", false},
        {"a member nobody knows",
         "{\"model\":\"alone\",\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}],\"x\":1}",
         "t", "", "", "alone", "", false},
        {"another tenant", BODY, "u", "", "", "alone", "", false},
        {"a part of the caller's own", BODY, "t", "s", "", "alone", "", false},
        {"a version", BODY, "t", "", "2023-06-01", "alone", "", false},
        {"another chain", BODY, "t", "", "", "chain", "", false},
        {"a guard", BODY, "t", "", "", "alone", "{\"injection\":\"off\"}", false},
        {"bytes that moved to the next field", BODY, "t", "2023-06-01", "", "alone", "", false},
    };
    DEFER(llm_world_close) struct llm_world w;
    llm_world_open(&w, &peer, NULL);
    struct llm_digest first, digest, request;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        llm_world_body(&w, cases[i].body);
        w.caller.tenant_id = str_from_cstr(cases[i].tenant);
        w.caller.guard = str_from_cstr(cases[i].guard);
        w.request.cache_suffix = str_from_cstr(cases[i].suffix);
        w.request.api_version = str_from_cstr(cases[i].api_version);
        w.request.model = str_from_cstr(cases[i].model);
        w.request.stream = strstr(cases[i].body, "\"stream\":true") != NULL;
        keep(&w, i == 0 ? &first : &digest, &request);
        bool is_same = i == 0 || memcmp(&first, &digest, sizeof first) == 0;
        CHECK_I64(cases[i].name, is_same, cases[i].is_same);
    }
}

/* Events carry one answer, and no logprobs. */
static void what_events_cannot_tell_is_given_in_its_own_form_alone(void **state)
{
    (void)state;
#define ALONE "{\"model\":\"alone\",\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}],"
    static const struct {
        const char *whole, *stream;
        bool is_same;
    } rows[] = {
        {ALONE "\"n\":1}", ALONE "\"n\":1,\"stream\":true}", true},
        {ALONE "\"n\":2}", ALONE "\"n\":2,\"stream\":true}", false},
        {ALONE "\"logprobs\":false}", ALONE "\"logprobs\":false,\"stream\":true}", true},
        {ALONE "\"logprobs\":true}", ALONE "\"logprobs\":true,\"stream\":true}", false},
    };
    DEFER(llm_world_close) struct llm_world w;
    llm_world_open(&w, &peer, NULL);
    struct llm_digest whole, stream, request;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        w.request.stream = false;
        llm_world_body(&w, rows[i].whole);
        keep(&w, &whole, &request);
        w.request.stream = true;
        llm_world_body(&w, rows[i].stream);
        keep(&w, &stream, &request);
        CHECK_I64(rows[i].whole, memcmp(&whole, &stream, sizeof whole) == 0, rows[i].is_same);
    }
}

static void requests_without_a_body_are_told_apart_too(void **state)
{
    (void)state;
    DEFER(llm_world_close) struct llm_world w;
    llm_world_open(&w, &peer, NULL);
    struct llm_digest first, second, first_request, second_request;
    keep(&w, &first, &first_request);
    w.request.stream = true;
    keep(&w, &second, &second_request);
    assert_memory_equal(&first, &second, sizeof first);
    w.chat.temperature = STR("0.5");
    keep(&w, &second, &second_request);
    assert_memory_not_equal(&first, &second, sizeof first);
    assert_memory_not_equal(&first_request, &second_request, sizeof first);
}

static void what_was_cut_or_is_too_large_is_not_stored(void **state)
{
    (void)state;
    DEFER(llm_world_close) struct llm_world w;
    llm_world_open(&w, &peer, NULL);
    w.request.stream = true;
    w.request.idempotency_key = STR("again");
    llm_world_next(&w, HTTP_PEER_CLOSES,
                   STR("HTTP/1.1 200 x\r\n\r\ndata: {\"id\":\"c1\",\"choices\":[{\"index\":0,"
                       "\"delta\":{\"content\":\"Hello\"}}]}\n\n"));
    CHECK_STATUS(w.cx, llm_world_ask(&w), ERR_UPSTREAM);
    CHECK_I64("cut", llm_fake_store.settled.answer.len, 0);
    CHECK_STR("its claim is given up", llm_fake_store.settled.idempotency_key, STR("again"));
    static const size_t sizes[] = {LLM_MAX_STORED_BYTES - 500, LLM_MAX_STORED_BYTES};
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        for (int stream = 0; stream < 2; stream++) {
            char *text = ARENA_ARRAY(w.cx->arena, char, sizes[i]);
            memset(text, 'x', sizes[i] - 1);
            w.request.stream = stream == 1;
            llm_world_next(&w, HTTP_PEER_KEEPS, llm_world_good(&w, text));
            CHECK_STATUS(w.cx, llm_world_ask(&w), OK);
            CHECK_I64("stored", llm_fake_store.settled.answer.len > 0, i == 0);
        }
    }
    w.request.no_cache = true;
    w.request.idempotency_key = (struct str){0};
    llm_world_next(&w, HTTP_PEER_KEEPS, llm_world_good(&w, "Hi"));
    CHECK_STATUS(w.cx, llm_world_ask(&w), OK);
    assert_null(llm_fake_store.settled.cache_key);
    CHECK_I64("nobody asked for it", llm_fake_store.settled.answer.len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_is_given_again_in_every_form),
        cmocka_unit_test(what_is_no_text_is_kept_in_base64),
        cmocka_unit_test(a_binary_stream_is_given_again_as_it_was),
        cmocka_unit_test(what_cannot_be_read_is_not_given),
        cmocka_unit_test(the_cache_key_holds_all_an_answer_depends_on),
        cmocka_unit_test(what_events_cannot_tell_is_given_in_its_own_form_alone),
        cmocka_unit_test(requests_without_a_body_are_told_apart_too),
        cmocka_unit_test(what_was_cut_or_is_too_large_is_not_stored),
    };
    http_peer_start(&peer, false);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    http_peer_stop(&peer);
    return failed;
}
