/*
 * A call's way through the engine, beside the retry table: streams that break off, callers who go,
 * time, keys, money, targets that rest.
 */
#include "tests/support/llm_fake_store.h"

#include "shared/base/clock.h"

static struct http_peer peer;

#define CHUNK(delta) "data: {\"id\":\"c1\",\"choices\":[{\"index\":0,\"delta\":{" delta "}}]}\n\n"
#define ROLE         CHUNK("\"role\":\"assistant\",\"content\":\"\"")
#define HELLO        CHUNK("\"content\":\"Hello\"")
#define FINISH                                                                                     \
    "data: "                                                                                       \
    "{\"id\":\"c1\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"
#define USAGE                                                                                      \
    "data: {\"id\":\"c1\",\"choices\":[],\"usage\":{\"prompt_tokens\":10,\"completion_tokens\":2}" \
    "}\n\n"
#define DONE        "data: [DONE]\n\n"
#define FAILED      "data: {\"error\":{\"message\":\"CANARY\",\"code\":\"server_error\"}}\n\n"
#define STREAM_HEAD "HTTP/1.1 200 x\r\ncontent-type: text/event-stream\r\n\r\n"
#define GOOD_EVENTS                                                                                \
    "start c1 m | text 0 Hi | end 0 | finish stop | usage in=10 read=0 w5=0 w1=0 out=2 think=0 | " \
    "done"

/* Of an answer that took 10 tokens and gave 2. */
enum { GOOD_COST_NANO = 10 * 1000 + 2 * 2000 };

static void must_hold(const char *name, struct str text, struct str part)
{
    if (str_find(text, part) == SIZE_MAX) {
        CHECK_FAILED("%s: no \"" STR_FMT "\" in \"" STR_FMT "\"\n", name, STR_ARG(part),
                     STR_ARG(text));
    }
}

/* ---- streams --------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    struct str bytes;
    enum http_peer_end end;
    const char *failure; /* NULL: it is an answer */
    const char *heard;   /* NULL: nothing, and the next target is asked */
} streams[] = {
    {"whole", STR_INIT(STREAM_HEAD ROLE HELLO FINISH USAGE DONE), HTTP_PEER_CLOSES, NULL,
     "start c1  | text 0 Hello | end 0 | finish stop | usage in=10 read=0 w5=0 w1=0 out=2 think=0 "
     "| done"},
    {"bytes behind its end", STR_INIT(STREAM_HEAD ROLE HELLO FINISH USAGE DONE HELLO "garbage"),
     HTTP_PEER_STALLS, NULL,
     "start c1  | text 0 Hello | end 0 | finish stop | usage in=10 read=0 w5=0 w1=0 out=2 think=0 "
     "| done"},
    {"byte by byte, comments between",
     STR_INIT("HTTP/1.1 200 x\r\ncontent-length: 400\r\n\r\n: ping\n\n" ROLE
              ": ping\r\n" HELLO FINISH DONE),
     HTTP_PEER_DRIPS, NULL, "start c1  | text 0 Hello | end 0 | finish stop | done"},
    {"closed before it began", STR_INIT(STREAM_HEAD), HTTP_PEER_CLOSES, "cut", NULL},
    {"closed before its first content", STR_INIT(STREAM_HEAD ROLE), HTTP_PEER_CLOSES, "cut", NULL},
    {"reset before its first content", STR_INIT(STREAM_HEAD ROLE), HTTP_PEER_RESETS, "cut", NULL},
    {"stalled before its first content", STR_INIT(STREAM_HEAD ROLE), HTTP_PEER_STALLS, "cut", NULL},
    {"an error before its first content", STR_INIT(STREAM_HEAD ROLE FAILED), HTTP_PEER_CLOSES,
     "cut", NULL},
    {"not the protocol", STR_INIT(STREAM_HEAD "data: {{\n\n"), HTTP_PEER_CLOSES, "malformed", NULL},
    {"closed after content", STR_INIT(STREAM_HEAD ROLE HELLO), HTTP_PEER_CLOSES, "cut",
     "start c1  | text 0 Hello"},
    {"reset after content", STR_INIT(STREAM_HEAD ROLE HELLO), HTTP_PEER_RESETS, "cut",
     "start c1  | text 0 Hello"},
    {"stalled after content", STR_INIT(STREAM_HEAD ROLE HELLO), HTTP_PEER_STALLS, "cut",
     "start c1  | text 0 Hello"},
    {"an error after content", STR_INIT(STREAM_HEAD ROLE HELLO "\f" FAILED), HTTP_PEER_PAUSES,
     "cut", "start c1  | text 0 Hello"},
    {"an error in one piece with content", STR_INIT(STREAM_HEAD ROLE HELLO FAILED),
     HTTP_PEER_CLOSES, "cut", NULL},
    {"no terminator", STR_INIT(STREAM_HEAD ROLE HELLO FINISH USAGE), HTTP_PEER_CLOSES, "cut",
     "start c1  | text 0 Hello | end 0 | finish stop | usage in=10 read=0 w5=0 w1=0 out=2 think=0"},
    {"broken after content", STR_INIT(STREAM_HEAD ROLE HELLO "\fdata: {{\n\n"), HTTP_PEER_PAUSES,
     "malformed", "start c1  | text 0 Hello"},
};

static void a_stream_that_breaks_off_is_replaced_only_before_its_content(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(streams); i++) {
        DEFER(llm_world_close) struct llm_world w;
        bool stalls = streams[i].end == HTTP_PEER_STALLS && streams[i].failure != NULL;
        llm_world_open(&w, &peer, stalls ? &llm_world_short : NULL);
        w.request.stream = true;
        w.request.model = STR("chain");
        llm_world_next(&w, streams[i].end, streams[i].bytes);
        llm_world_next(&w, HTTP_PEER_KEEPS, llm_world_good(&w, "Hi"));
        bool is_replaced = streams[i].heard == NULL;
        const char *failure = streams[i].failure;
        enum status status = llm_world_ask(&w);
        CHECK_STR(streams[i].name, buf_str(&w.heard.text),
                  str_from_cstr(is_replaced ? GOOD_EVENTS : streams[i].heard));
        CHECK_STATUS(w.cx, status, is_replaced || failure == NULL ? OK : ERR_UPSTREAM);
        CHECK_STR(streams[i].name, w.outcome.head.trail,
                  arena_format(w.cx->arena, "one/a:%s%s", failure != NULL ? failure : "ok",
                               is_replaced ? ",two/b:ok" : ""));
        assert_true(w.outcome.has_begun && w.begins == 1);
        CHECK_I64("CANARY", str_find(str_from_cstr(w.cx->err.text), STR("CANARY")), SIZE_MAX);
    }
}

/* "Hello" is five bytes: two tokens at least. The prompt's five bytes are as many. */
static void what_broke_off_is_paid_for_as_far_as_it_came(void **state)
{
    (void)state;
    DEFER(llm_world_close) struct llm_world w;
    llm_world_open(&w, &peer, NULL);
    w.request.stream = true;
    llm_world_next(&w, HTTP_PEER_CLOSES, STR(STREAM_HEAD ROLE HELLO));
    CHECK_STATUS(w.cx, llm_world_ask(&w), ERR_UPSTREAM);
    const struct llm_attempt *row = &llm_fake_store.settled.attempts[0];
    CHECK_I64("input", row->usage.input, 2);
    CHECK_I64("output", row->usage.output, 2);
    assert_false(row->usage.is_known);
    CHECK_I64("cost", row->cost_nano, 2 * 1000 + 2 * 2000);
    CHECK_I64("of the call", w.outcome.cost_nano, row->cost_nano);
    assert_false(llm_fake_store.settled.succeeded);
}

static void both_are_paid_for_when_a_stream_is_replaced(void **state)
{
    (void)state;
    DEFER(llm_world_close) struct llm_world w;
    llm_world_open(&w, &peer, NULL);
    w.request.stream = true;
    w.request.model = STR("chain");
    llm_world_next(&w, HTTP_PEER_CLOSES, STR(STREAM_HEAD ROLE));
    llm_world_next(&w, HTTP_PEER_KEEPS, llm_world_good(&w, "Hi"));
    CHECK_STATUS(w.cx, llm_world_ask(&w), OK);
    CHECK_I64("the first: its input", llm_fake_store.settled.attempts[0].cost_nano, 2 * 1000);
    CHECK_I64("the second", llm_fake_store.settled.attempts[1].cost_nano, GOOD_COST_NANO);
    CHECK_I64("both", w.outcome.cost_nano, 2 * 1000 + GOOD_COST_NANO);
}

static void equal_protocols_pass_bytes_on_as_they_come(void **state)
{
    (void)state;
    DEFER(llm_world_close) struct llm_world w;
    llm_world_open(&w, &peer, NULL);
    llm_world_body(&w,
                   "{\"model\":\"alone\",\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]"
                   ",\"x_own\":1}");
    struct str good = llm_world_good(&w, "Hi");
    llm_world_next(&w, HTTP_PEER_KEEPS, good);
    CHECK_STATUS(w.cx, llm_world_ask(&w), OK);
    CHECK_STR("whole", buf_str(&w.raw), str_slice(good, str_find(good, STR("{\"id\"")), good.len));
    CHECK_I64("cost is known at its beginning", w.head.cost_nano, GOOD_COST_NANO);
    CHECK_STR("type", w.head.content_type, STR("application/json"));
    struct str seen = http_peer_scripted(w.cx, &peer, 0);
    must_hold("what the caller wrote", seen, STR("\"x_own\":1"));
    must_hold("the model's own name", seen, STR("\"model\":\"a\""));
    must_hold("the key", seen, STR("authorization: Bearer sk-one-canary\r\n"));
    w.request.stream = w.chat.stream = w.chat.stream_usage = true;
    llm_world_next(&w, HTTP_PEER_CLOSES, STR(STREAM_HEAD ROLE HELLO FINISH USAGE DONE "x"));
    CHECK_STATUS(w.cx, llm_world_ask(&w), OK);
    CHECK_STR("stream", buf_str(&w.raw), STR(ROLE HELLO FINISH USAGE DONE));
    CHECK_I64("and is not known then", w.head.cost_nano, -1);
    CHECK_I64("but at its end", w.outcome.cost_nano, GOOD_COST_NANO);
}

static void a_raw_stream_that_breaks_off_ends_with_a_whole_record(void **state)
{
    (void)state;
    DEFER(llm_world_close) struct llm_world w;
    llm_world_open(&w, &peer, NULL);
    llm_world_body(&w, "{\"model\":\"alone\",\"messages\":[],\"stream\":true}");
    w.request.stream = w.chat.stream = w.chat.stream_usage = true;
    llm_world_next(&w, HTTP_PEER_CLOSES, STR(STREAM_HEAD ROLE HELLO "data: {\"id\":\"c1\",\"cho"));
    CHECK_STATUS(w.cx, llm_world_ask(&w), ERR_UPSTREAM);
    CHECK_STR("raw", buf_str(&w.raw), STR(ROLE HELLO));
    llm_world_next(&w, HTTP_PEER_PAUSES, STR(STREAM_HEAD ROLE HELLO "\f" FAILED));
    CHECK_STATUS(w.cx, llm_world_ask(&w), ERR_UPSTREAM);
    CHECK_STR("an error of the provider's stays here", buf_str(&w.raw), STR(ROLE HELLO));
}

/* ---- the caller's side ----------------------------------------------------------------------- */

static void a_caller_who_goes_cuts_the_provider_off_and_pays_what_came(void **state)
{
    (void)state;
    DEFER(llm_world_close) struct llm_world w;
    llm_world_open(&w, &peer, NULL);
    w.request.stream = true;
    w.request.model = STR("chain");
    w.gives_up_at = 2; /* after the start, at the first text */
    llm_world_next(&w, HTTP_PEER_STALLS, STR(STREAM_HEAD ROLE HELLO));
    int64_t started_us = clock_mono_us();
    CHECK_STATUS(w.cx, llm_world_ask(&w), ERR_CONFLICT);
    assert_true(clock_mono_us() - started_us < 2000000); /* not the stall's time */
    CHECK_I64("failure", w.outcome.failure.kind, LLM_CANCELLED);
    CHECK_I64("nobody else is asked", peer.seen->scripted, 1);
    assert_true(w.outcome.cost_nano > 0);
    CHECK_I64("settled", llm_fake_store.settles, 1);
}

/* ---- time ------------------------------------------------------------------------------------ */

static void our_time_ends_before_the_invocations(void **state)
{
    (void)state;
    static const struct llm_timeouts patient = {5000, 5000, 5000, 100};
    static const struct str scripts[] = {STR_INIT(""), STR_INIT(STREAM_HEAD ROLE),
                                         STR_INIT(STREAM_HEAD ROLE HELLO)};
    for (size_t i = 0; i < ARRAY_LEN(scripts); i++) {
        DEFER(llm_world_close) struct llm_world w;
        llm_world_open(&w, &peer, &patient);
        w.request.stream = true;
        w.request.model = STR("chain");
        llm_world_next(&w, HTTP_PEER_STALLS, scripts[i]);
        int64_t deadline_ms = clock_now_ms() + 300;
        w.cx->deadline_ms = deadline_ms;
        CHECK_STATUS(w.cx, llm_world_ask(&w), ERR_TIMEOUT);
        CHECK_I64("failure", w.outcome.failure.kind, LLM_DEADLINE);
        CHECK_I64("the deadline is the invocation's again", w.cx->deadline_ms, deadline_ms);
        assert_true(clock_now_ms() < deadline_ms - 20);
        CHECK_I64("unsettled, if it never answered", w.outcome.attempts[0].is_unsettled, i == 0);
    }
}

static void first_token_and_idle_have_limits_of_their_own(void **state)
{
    (void)state;
    static const struct llm_timeouts first = {5000, 100, 5000, 10}, idle = {5000, 5000, 100, 10};
    static const struct {
        const struct llm_timeouts *timeouts;
        struct str bytes;
    } cases[] = {{&first, STR_INIT("")},
                 {&first, STR_INIT(STREAM_HEAD ROLE)},
                 {&idle, STR_INIT(STREAM_HEAD ROLE HELLO)}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        DEFER(llm_world_close) struct llm_world w;
        llm_world_open(&w, &peer, cases[i].timeouts);
        w.request.stream = true;
        w.request.model = STR("chain");
        llm_world_next(&w, HTTP_PEER_STALLS, cases[i].bytes);
        llm_world_next(&w, HTTP_PEER_KEEPS, llm_world_good(&w, "Hi"));
        int64_t started_us = clock_mono_us();
        CHECK_STATUS(w.cx, llm_world_ask(&w), i < 2 ? OK : ERR_UPSTREAM);
        int64_t took_ms = (clock_mono_us() - started_us) / 1000;
        assert_true(took_ms >= 90 && took_ms < 1500);
    }
}

static void a_short_wait_is_waited_for(void **state)
{
    (void)state;
    DEFER(llm_world_close) struct llm_world w;
    llm_world_open(&w, &peer, NULL);
    llm_world_next(&w, HTTP_PEER_KEEPS, llm_world_http(&w, 429, "retry-after: 2\r\n", "{}"));
    llm_world_next(&w, HTTP_PEER_KEEPS, llm_world_good(&w, "Hi"));
    CHECK_STATUS(w.cx, llm_world_ask(&w), OK);
    CHECK_I64("waits", w.wait_count, 1);
    assert_true(w.waits_ms[0] >= 2000 && w.waits_ms[0] <= 2250);
    assert_true(w.outcome.head.overhead_us < 1000000); /* waiting is not ours */
    CHECK_I64("it rests for others, too", w.outcome.attempts[0].cooldown_ms, 2000);
}

/* ---- who is asked ---------------------------------------------------------------------------- */

static void what_failed_is_not_asked_again_at_once(void **state)
{
    (void)state;
    DEFER(llm_world_close) struct llm_world w;
    llm_world_open(&w, &peer, NULL);
    llm_world_next(&w, HTTP_PEER_KEEPS, llm_world_http(&w, 500, "retry-after: 1\r\n", "{}"));
    llm_world_next(&w, HTTP_PEER_KEEPS, llm_world_good(&w, "Hi"));
    CHECK_STATUS(w.cx, llm_world_ask(&w), OK);
    CHECK_I64("waits", w.wait_count, 1);
    assert_true(w.waits_ms[0] >= 1000 && w.waits_ms[0] <= 1250);
    w.request.model = STR("chain");
    llm_world_next(&w, HTTP_PEER_KEEPS, llm_world_http(&w, 500, "retry-after: 1\r\n", "{}"));
    llm_world_next(&w, HTTP_PEER_KEEPS, llm_world_good(&w, "Hi"));
    CHECK_STATUS(w.cx, llm_world_ask(&w), OK);
    CHECK_I64("another one is", w.wait_count, 0);
}

static void ambiguity_is_paid_twice_at_most(void **state)
{
    (void)state;
    DEFER(llm_world_close) struct llm_world w;
    llm_world_open(&w, &peer, NULL);
    w.request.model = STR("chain");
    llm_world_next(&w, HTTP_PEER_CLOSES, STR(""));
    llm_world_next(&w, HTTP_PEER_KEEPS, llm_world_http(&w, 500, "", "{}"));
    CHECK_STATUS(w.cx, llm_world_ask(&w), ERR_UPSTREAM);
    CHECK_STR("the third is not asked", w.outcome.head.trail,
              STR("one/a:ambiguous,two/b:ambiguous"));
    CHECK_I64("nothing is known to be paid", w.outcome.cost_nano, 0);
    const struct llm_attempt *rows = llm_fake_store.settled.attempts;
    /* (5 bytes + 1024 hidden) * 1000 + 20 * 2000, at most the context of 1000 tokens + hidden */
    CHECK_I64("each is held in full", rows[0].cost_nano, (5 + 1024) * 1000 + 20 * 2000);
    assert_true(llm_fake_store.asked.worst_cost_nano >= rows[0].cost_nano + rows[1].cost_nano);
}

static void twice_the_dearest_is_held(void **state)
{
    (void)state;
    DEFER(llm_world_close) struct llm_world w;
    llm_world_open(&w, &peer, NULL);
    llm_world_next(&w, HTTP_PEER_KEEPS, llm_world_good(&w, "Hi"));
    CHECK_STATUS(w.cx, llm_world_ask(&w), OK);
    CHECK_I64("alone", llm_fake_store.asked.worst_cost_nano, 2 * ((5 + 1024) * 1000 + 20 * 2000));
    CHECK_I64("tokens", llm_fake_store.asked.worst_tokens, 5 + 20);
    w.request.model = STR("chain");
    llm_world_next(&w, HTTP_PEER_KEEPS, llm_world_good(&w, "Hi"));
    CHECK_STATUS(w.cx, llm_world_ask(&w), OK);
    CHECK_I64("the chain's dearest", llm_fake_store.asked.worst_cost_nano,
              2 * ((5 + 1024) * 10000 + 20 * 20000));
    w.request.model = STR("half-configured"); /* its dear one has no key, and is not asked */
    llm_world_next(&w, HTTP_PEER_KEEPS, llm_world_good(&w, "Hi"));
    CHECK_STATUS(w.cx, llm_world_ask(&w), OK);
    CHECK_I64("what is not asked is not held for", llm_fake_store.asked.worst_cost_nano,
              2 * ((5 + 1024) * 1000 + 20 * 2000));
    CHECK_STR("trail", w.outcome.head.trail, STR("one/a:ok"));
}

static void an_account_without_money_is_not_asked_twice(void **state)
{
    (void)state;
    DEFER(llm_world_close) struct llm_world w;
    llm_world_open(&w, &peer, NULL);
    w.request.model = STR("same");
    llm_world_next(&w, HTTP_PEER_KEEPS, llm_world_http(&w, 402, "", "{}"));
    CHECK_STATUS(w.cx, llm_world_ask(&w), ERR_UPSTREAM);
    CHECK_STR("its other model neither", w.outcome.head.trail, STR("two/b:no_money"));
}

static void a_prompt_too_long_goes_to_a_larger_context(void **state)
{
    (void)state;
    DEFER(llm_world_close) struct llm_world w;
    llm_world_open(&w, &peer, NULL);
    w.request.model = STR("same");
    llm_world_next(&w, HTTP_PEER_KEEPS, llm_world_http(&w, 413, "", "{}"));
    llm_world_next(&w, HTTP_PEER_KEEPS, llm_world_good(&w, "Hi"));
    CHECK_STATUS(w.cx, llm_world_ask(&w), OK);
    CHECK_STR("trail", w.outcome.head.trail, STR("two/b:too_long,two/c:ok"));
}

static void a_prompt_that_no_context_holds_is_refused_unasked(void **state)
{
    (void)state;
    DEFER(llm_world_close) struct llm_world w;
    llm_world_open(&w, &peer, NULL);
    static const size_t sizes[] = {16 * 1000 + 15, 16 * 1000 + 16};
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        char *text = ARENA_ARRAY(w.cx->arena, char, sizes[i]);
        memset(text, 'x', sizes[i]);
        const struct llm_part part = {.kind = LLM_PART_TEXT, .text = {text, sizes[i]}};
        const struct llm_message message = {LLM_USER, &part, 1};
        w.chat.messages = &message;
        llm_world_next(&w, HTTP_PEER_KEEPS, llm_world_good(&w, "Hi"));
        int admits = llm_fake_store.admits;
        CHECK_STATUS(w.cx, llm_world_ask(&w), i == 0 ? OK : ERR_TOO_LARGE);
        CHECK_I64("admitted", llm_fake_store.admits - admits, i == 0);
    }
    CHECK_STR("code", str_from_cstr(w.cx->err.code), STR("PROMPT_TOO_LONG"));
}

static void a_model_that_is_gone_is_replaced_by_its_successor(void **state)
{
    (void)state;
    DEFER(llm_world_close) struct llm_world w;
    llm_world_open(&w, &peer, NULL);
    w.request.model = STR("outdated");
    llm_world_next(&w, HTTP_PEER_KEEPS, llm_world_http(&w, 404, "", "{}"));
    llm_world_next(&w, HTTP_PEER_KEEPS, llm_world_good(&w, "Hi"));
    CHECK_STATUS(w.cx, llm_world_ask(&w), OK);
    CHECK_STR("trail", w.outcome.head.trail, STR("one/old:not_found,one/a:ok"));
}

static void nobody_there_costs_nothing(void **state)
{
    (void)state;
    DEFER(llm_world_close) struct llm_world w;
    llm_world_open(&w, &peer, NULL);
    w.request.model = STR("offline");
    llm_world_next(&w, HTTP_PEER_KEEPS, llm_world_good(&w, "Hi"));
    CHECK_STATUS(w.cx, llm_world_ask(&w), OK);
    CHECK_STR("trail", w.outcome.head.trail, STR("dead/e:unsent,dead/e:unsent,two/b:ok"));
    assert_false(w.outcome.attempts[0].is_unsettled);
    CHECK_I64("cost", w.outcome.cost_nano, GOOD_COST_NANO);
}

static void targets_that_rest_are_left_alone_unless_all_do(void **state)
{
    (void)state;
    DEFER(llm_world_close) struct llm_world w;
    llm_world_open(&w, &peer, NULL);
    w.request.model = STR("chain");
    llm_fake_store.says.cooldowns[0].target = STR("one/a");
    llm_fake_store.says.cooldown_count = 1;
    llm_world_next(&w, HTTP_PEER_KEEPS, llm_world_good(&w, "Hi"));
    CHECK_STATUS(w.cx, llm_world_ask(&w), OK);
    CHECK_STR("trail", w.outcome.head.trail, STR("two/b:ok"));
    w.request.model = STR("alone");
    llm_world_next(&w, HTTP_PEER_KEEPS, llm_world_good(&w, "Hi"));
    CHECK_STATUS(w.cx, llm_world_ask(&w), OK);
    CHECK_STR("somebody has to find out", w.outcome.head.trail, STR("one/a:ok"));
}

static void what_cannot_be_asked_is_told_before_it_is_paid(void **state)
{
    (void)state;
    DEFER(llm_world_close) struct llm_world w;
    llm_world_open(&w, &peer, NULL);
    w.request.model = STR("nobody");
    CHECK_STATUS(w.cx, llm_world_ask(&w), ERR_NOT_FOUND);
    assert_null(w.outcome.head.limits); /* nobody has looked at them */
    w.request.model = STR("unconfigured");
    CHECK_STATUS(w.cx, llm_world_ask(&w), ERR_UPSTREAM);
    CHECK_I64("admitted", llm_fake_store.admits, 0);
    w.request.model = STR("alone");
    llm_fake_store.admit_status = ERR_BUDGET;
    CHECK_STATUS(w.cx, llm_world_ask(&w), ERR_BUDGET);
    CHECK_I64("asked", peer.seen->scripted, 0);
    CHECK_I64("nothing to settle", llm_fake_store.settles, 0);
    assert_false(w.outcome.attempts_are_spent);
}

/* A provider's word is shown only if it is the caller's too. */
static void a_refused_request_is_told_by_the_member_that_the_caller_wrote(void **state)
{
    (void)state;
    static const struct {
        const char *param, *field;
    } cases[] = {
        {"\"messages[0].content\"", "messages"},
        {"\"seed\"", "seed"},
        {"\"CANARY\"", ""},
        {"\"messages CANARY\"", ""},
        {"null", ""},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        DEFER(llm_world_close) struct llm_world w;
        llm_world_open(&w, &peer, NULL);
        llm_world_body(&w, "{\"model\":\"alone\",\"seed\":1,\"messages\":[{\"role\":\"user\","
                           "\"content\":\"hi\"}]}");
        struct str body = arena_format(
            w.cx->arena, "{\"error\":{\"message\":\"CANARY\",\"param\":%s}}", cases[i].param);
        llm_world_next(&w, HTTP_PEER_KEEPS, llm_world_http(&w, 400, "", body.ptr));
        CHECK_STATUS(w.cx, llm_world_ask(&w), ERR_INVALID);
        const struct err *err = &w.cx->err;
        CHECK_STR(cases[i].param, str_from_cstr(err->field_count > 0 ? err->fields[0].path : ""),
                  str_from_cstr(cases[i].field));
        must_hold("words", str_from_cstr(err->words), STR("provider"));
        CHECK_I64("canary", str_find(str_from_cstr(err->text), STR("CANARY")), SIZE_MAX);
    }
}

static void keys_are_in_no_words_and_no_rows(void **state)
{
    (void)state;
    DEFER(llm_world_close) struct llm_world w;
    llm_world_open(&w, &peer, NULL);
    assert_int_equal(setenv("ONE_KEY", "sk bad canary", 1), 0);
    CHECK_STATUS(w.cx, llm_world_ask(&w), ERR_UPSTREAM);
    CHECK_I64("canary", str_find(str_from_cstr(w.cx->err.text), STR("canary")), SIZE_MAX);
    CHECK_I64("asked", peer.seen->scripted, 0);
    assert_int_equal(setenv("ONE_KEY", "sk-new-canary", 1), 0);
    llm_world_next(&w, HTTP_PEER_KEEPS, llm_world_http(&w, 401, "", "{}"));
    CHECK_STATUS(w.cx, llm_world_ask(&w), ERR_UPSTREAM);
    must_hold("the new one is used", http_peer_scripted(w.cx, &peer, 0),
              STR("Bearer sk-new-canary\r\n"));
    CHECK_I64("canary", str_find(str_from_cstr(w.cx->err.text), STR("canary")), SIZE_MAX);
}

/* ---- settings -------------------------------------------------------------------------------- */

static void faulty_settings_are_told_at_the_start(void **state)
{
    (void)state;
    static const struct {
        const char *name, *value;
    } cases[] = {
        {"LLM_IDLE_MS", "soon"},
        {"LLM_TIMEOUT_MS", "0"},
        {"LLM_FIRST_TOKEN_MS", "-1"},
        {"LLM_RESERVE_MS", "1.5"},
        {"LLM_IDLE_MS", "2147483648"},
        {"LLM_CONFIG_FILE", "/nowhere"},
        {"LLM_CONFIG_FILE", "/dev/null/x"},
    };
    DEFER(llm_world_close) struct llm_world w;
    llm_world_open(&w, &peer, NULL);
    const struct llm_options options = {0};
    struct llm *llm = NULL;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_int_equal(setenv(cases[i].name, cases[i].value, 1), 0);
        CHECK_STATUS(w.cx, llm_open(w.cx, &options, &llm), ERR_INTERNAL);
        must_hold(cases[i].name, str_from_cstr(w.cx->err.text), str_from_cstr(cases[i].name));
        assert_int_equal(unsetenv(cases[i].name), 0);
        assert_null(llm);
    }
    assert_int_equal(setenv("LLM_IDLE_MS", "2147483647", 1), 0);
    CHECK_STATUS(w.cx, llm_open(w.cx, &options, &llm), OK);
    llm_close(llm);
    assert_int_equal(unsetenv("LLM_IDLE_MS"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stream_that_breaks_off_is_replaced_only_before_its_content),
        cmocka_unit_test(what_broke_off_is_paid_for_as_far_as_it_came),
        cmocka_unit_test(both_are_paid_for_when_a_stream_is_replaced),
        cmocka_unit_test(equal_protocols_pass_bytes_on_as_they_come),
        cmocka_unit_test(a_raw_stream_that_breaks_off_ends_with_a_whole_record),
        cmocka_unit_test(a_caller_who_goes_cuts_the_provider_off_and_pays_what_came),
        cmocka_unit_test(our_time_ends_before_the_invocations),
        cmocka_unit_test(first_token_and_idle_have_limits_of_their_own),
        cmocka_unit_test(a_short_wait_is_waited_for),
        cmocka_unit_test(what_failed_is_not_asked_again_at_once),
        cmocka_unit_test(ambiguity_is_paid_twice_at_most),
        cmocka_unit_test(twice_the_dearest_is_held),
        cmocka_unit_test(an_account_without_money_is_not_asked_twice),
        cmocka_unit_test(a_prompt_too_long_goes_to_a_larger_context),
        cmocka_unit_test(a_prompt_that_no_context_holds_is_refused_unasked),
        cmocka_unit_test(a_model_that_is_gone_is_replaced_by_its_successor),
        cmocka_unit_test(nobody_there_costs_nothing),
        cmocka_unit_test(targets_that_rest_are_left_alone_unless_all_do),
        cmocka_unit_test(what_cannot_be_asked_is_told_before_it_is_paid),
        cmocka_unit_test(a_refused_request_is_told_by_the_member_that_the_caller_wrote),
        cmocka_unit_test(keys_are_in_no_words_and_no_rows),
        cmocka_unit_test(faulty_settings_are_told_at_the_start),
    };
    http_peer_start(&peer, false);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    http_peer_stop(&peer);
    return failed;
}
