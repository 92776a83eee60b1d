/*
 * What becomes of each fault of a provider, by the retry table: before an answer, within it before
 * its first content, and after that; whole answers and streams; alone and in a chain.
 */
#include "tests/support/llm_fake_store.h"

#include "shared/base/clock.h"

static struct http_peer peer;

#define CHUNK(delta) "data: {\"id\":\"c1\",\"choices\":[{\"index\":0,\"delta\":{" delta "}}]}\n\n"
#define ROLE         CHUNK("\"role\":\"assistant\",\"content\":\"\"")
#define HELLO        CHUNK("\"content\":\"Hello\"")
#define STREAM_HEAD  "HTTP/1.1 200 x\r\ncontent-type: text/event-stream\r\n\r\n"
#define ERROR(code)  "{\"error\":{\"message\":\"CANARY\",\"type\":\"x\",\"code\":\"" code "\"}}"

/* An answer of `status`, or the bytes as they are if it is 0. */
struct fault {
    const char *name;
    int status;
    const char *fields, *bytes;
    enum http_peer_end end;
    int repeats; /* so often the same, which is how often the first target is asked; 0: once */
    const char *trail_alone, *trail_chain; /* chain: what stands after the fault is a good answer */
    enum status status_alone;
    bool is_unsettled;
};

static const struct fault faults[] = {
    {"429", 429, "", ERROR("rate_limit_exceeded"), HTTP_PEER_KEEPS, 3,
     "one/a:slow_down,one/a:slow_down,one/a:slow_down",
     "one/a:slow_down,one/a:slow_down,one/a:slow_down,two/b:ok", ERR_RATE_LIMITED, false},
    {"429, come back in a second", 429, "retry-after: 1\r\n", ERROR("rate_limit_exceeded"),
     HTTP_PEER_KEEPS, 3, "one/a:slow_down,one/a:slow_down,one/a:slow_down",
     "one/a:slow_down,one/a:slow_down,one/a:slow_down,two/b:ok", ERR_RATE_LIMITED, false},
    {"429, come back in a minute", 429, "retry-after: 60\r\n", ERROR("rate_limit_exceeded"),
     HTTP_PEER_KEEPS, 1, "one/a:slow_down", "one/a:slow_down,two/b:ok", ERR_RATE_LIMITED, false},
    {"503", 503, "", ERROR("server_is_overloaded"), HTTP_PEER_KEEPS, 3,
     "one/a:slow_down,one/a:slow_down,one/a:slow_down",
     "one/a:slow_down,one/a:slow_down,one/a:slow_down,two/b:ok", ERR_OVERLOADED, false},
    {"529, and no words", 529, "", "", HTTP_PEER_KEEPS, 3,
     "one/a:slow_down,one/a:slow_down,one/a:slow_down",
     "one/a:slow_down,one/a:slow_down,one/a:slow_down,two/b:ok", ERR_OVERLOADED, false},
    {"429 that says the money is gone", 429, "", ERROR("insufficient_quota"), HTTP_PEER_KEEPS, 1,
     "one/a:no_money", "one/a:no_money,two/b:ok", ERR_UPSTREAM, false},
    {"402", 402, "", "{}", HTTP_PEER_KEEPS, 1, "one/a:no_money", "one/a:no_money,two/b:ok",
     ERR_UPSTREAM, false},
    {"400", 400, "", ERROR("invalid_prompt"), HTTP_PEER_KEEPS, 1, "one/a:bad_request",
     "one/a:bad_request", ERR_INVALID, false},
    {"422", 422, "", "{}", HTTP_PEER_KEEPS, 1, "one/a:bad_request", "one/a:bad_request",
     ERR_INVALID, false},
    {"401", 401, "", ERROR("invalid_api_key"), HTTP_PEER_KEEPS, 1, "one/a:auth", "one/a:auth",
     ERR_UPSTREAM, false},
    {"403", 403, "", "{}", HTTP_PEER_KEEPS, 1, "one/a:auth", "one/a:auth", ERR_UPSTREAM, false},
    {"404", 404, "", ERROR("model_not_found"), HTTP_PEER_KEEPS, 1, "one/a:not_found",
     "one/a:not_found", ERR_UPSTREAM, false},
    {"too long", 400, "", ERROR("context_length_exceeded"), HTTP_PEER_KEEPS, 1, "one/a:too_long",
     "one/a:too_long", ERR_TOO_LARGE, false},
    {"413", 413, "", "{}", HTTP_PEER_KEEPS, 1, "one/a:too_long", "one/a:too_long", ERR_TOO_LARGE,
     false},
    {"500", 500, "", ERROR("server_error"), HTTP_PEER_KEEPS, 2, "one/a:ambiguous,one/a:ambiguous",
     "one/a:ambiguous,two/b:ok", ERR_UPSTREAM, true},
    {"502", 502, "", "<html>", HTTP_PEER_KEEPS, 2, "one/a:ambiguous,one/a:ambiguous",
     "one/a:ambiguous,two/b:ok", ERR_UPSTREAM, true},
    {"504", 504, "", "", HTTP_PEER_KEEPS, 2, "one/a:ambiguous,one/a:ambiguous",
     "one/a:ambiguous,two/b:ok", ERR_UPSTREAM, true},
    {"408", 408, "", "", HTTP_PEER_KEEPS, 2, "one/a:ambiguous,one/a:ambiguous",
     "one/a:ambiguous,two/b:ok", ERR_UPSTREAM, true},
    {"closed without a word", 0, "", "", HTTP_PEER_CLOSES, 2, "one/a:ambiguous,one/a:ambiguous",
     "one/a:ambiguous,two/b:ok", ERR_UPSTREAM, true},
    {"reset before the head", 0, "", "", HTTP_PEER_RESETS, 2, "one/a:ambiguous,one/a:ambiguous",
     "one/a:ambiguous,two/b:ok", ERR_UPSTREAM, true},
    {"no HTTP", 0, "", "220 mail\r\n", HTTP_PEER_CLOSES, 2, "one/a:ambiguous,one/a:ambiguous",
     "one/a:ambiguous,two/b:ok", ERR_UPSTREAM, true},
    {"silence", 0, "", "", HTTP_PEER_STALLS, 2, "one/a:ambiguous,one/a:ambiguous",
     "one/a:ambiguous,two/b:ok", ERR_UPSTREAM, true},
    {"half an answer", 0, "", "HTTP/1.1 200 x\r\ncontent-length: 99\r\n\r\n{\"id\":",
     HTTP_PEER_CLOSES, 2, "one/a:cut,one/a:cut", "one/a:cut,two/b:ok", ERR_UPSTREAM, false},
    {"an answer reset", 0, "", "HTTP/1.1 200 x\r\ncontent-length: 99\r\n\r\n{\"id\":",
     HTTP_PEER_RESETS, 2, "one/a:cut,one/a:cut", "one/a:cut,two/b:ok", ERR_UPSTREAM, false},
    {"an answer that stalls", 0, "", "HTTP/1.1 200 x\r\ncontent-length: 99\r\n\r\n{\"id\":",
     HTTP_PEER_STALLS, 2, "one/a:cut,one/a:cut", "one/a:cut,two/b:ok", ERR_UPSTREAM, false},
};

static void faults_give(struct llm_world *w, const struct fault *fault, int count)
{
    for (int i = 0; i < count; i++) {
        llm_world_next(w, fault->end,
                       fault->status > 0
                           ? llm_world_http(w, fault->status, fault->fields, fault->bytes)
                           : str_from_cstr(fault->bytes));
    }
}

static void check_rows(const struct llm_world *w, const struct fault *fault, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        CHECK_I64(fault->name, w->outcome.attempts[i].is_unsettled, fault->is_unsettled);
    }
    CHECK_I64("one admission", llm_fake_store.admits, 1);
    CHECK_I64("one settlement", llm_fake_store.settles, 1);
    CHECK_I64("all attempts in it", llm_fake_store.settled.attempt_count, w->outcome.attempt_count);
}

static void check_words(const struct llm_world *w)
{
    if (str_find(str_from_cstr(w->cx->err.words), STR("CANARY")) != SIZE_MAX ||
        str_find(str_from_cstr(w->cx->err.text), STR("CANARY")) != SIZE_MAX) {
        CHECK_FAILED("the provider's words got out: %s\n", w->cx->err.text);
    }
}

static void fault_alone(const struct fault *fault, bool stream)
{
    DEFER(llm_world_close) struct llm_world w;
    llm_world_open(&w, &peer, fault->end == HTTP_PEER_STALLS ? &llm_world_short : NULL);
    w.request.stream = stream;
    faults_give(&w, fault, fault->repeats);
    CHECK_STATUS(w.cx, llm_world_ask(&w), fault->status_alone);
    CHECK_STR(fault->name, w.outcome.head.trail, str_from_cstr(fault->trail_alone));
    CHECK_I64(fault->name, w.begins, 0);
    CHECK_I64(fault->name, peer.seen->scripted, fault->repeats);
    assert_true(w.outcome.attempts_are_spent && !w.outcome.has_begun);
    check_rows(&w, fault, w.outcome.attempt_count);
    check_words(&w);
}

static void fault_in_chain(const struct fault *fault, bool stream)
{
    DEFER(llm_world_close) struct llm_world w;
    llm_world_open(&w, &peer, fault->end == HTTP_PEER_STALLS ? &llm_world_short : NULL);
    w.request.stream = stream;
    w.request.model = STR("chain");
    bool falls_over = strstr(fault->trail_chain, ":ok") != NULL;
    /* Two failures alone are two of the same target; in a chain the second target answers. */
    bool goes_elsewhere = strstr(fault->trail_alone, "slow_down") == NULL;
    faults_give(&w, fault, goes_elsewhere ? 1 : fault->repeats);
    llm_world_next(&w, HTTP_PEER_KEEPS, llm_world_good(&w, "Hi"));
    CHECK_STATUS(w.cx, llm_world_ask(&w), falls_over ? OK : fault->status_alone);
    CHECK_STR(fault->name, w.outcome.head.trail, str_from_cstr(fault->trail_chain));
    CHECK_I64(fault->name, w.begins, falls_over);
    CHECK_STR(fault->name, buf_str(&w.heard.text),
              falls_over ? STR("start c1 m | text 0 Hi | end 0 | finish stop | usage in=10 read=0 "
                               "w5=0 w1=0 out=2 think=0 | done")
                         : STR(""));
    check_rows(&w, fault, w.outcome.attempt_count - falls_over);
}

static void every_fault_ends_as_the_table_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(faults); i++) {
        for (int stream = 0; stream < 2; stream++) {
            fault_alone(&faults[i], stream == 1);
            fault_in_chain(&faults[i], stream == 1);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_fault_ends_as_the_table_says),
    };
    http_peer_start(&peer, false);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    http_peer_stop(&peer);
    return failed;
}
