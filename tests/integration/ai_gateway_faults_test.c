/*
 * What the gateway makes of each thing that a provider can do wrong: the states of the retry table
 * (shared/llm/call/policy.h), at each of the four providers, streamed and whole. A row declares the
 * attempts and what the caller is told, and so what is billed and held; the emulator, the database
 * and the answer are asked whether it was so. In the end all that came out anywhere is searched for
 * secrets.
 */
#include "tests/integration/ai_gateway_case.h"

/* ---- providers ------------------------------------------------------------------------------- */

enum { ANTHROPIC = 1, OPENAI = 2, REPLICATE = 4, BEDROCK = 8, ALL = 15 };

#define OPENAI_END   "data: [DONE]"
#define OPENAI_ERROR "data: {\"error\":"

static const struct provider {
    const char *name, *id, *key, *path;
    const char *end, *error; /* of a stream to the caller: its terminator; its error event */
    unsigned bit;
    int64_t input_nano, output_nano; /* a token's price */
} providers[] = {
    {"anthropic", "claude-haiku-4-5", ANTHROPIC_KEY, URL_PATH "/v1/messages", "event: message_stop",
     "event: error", ANTHROPIC, 1000, 5000},
    {"openai", "gpt-4.1-mini", OPENAI_KEY, CHAT_PATH, OPENAI_END, OPENAI_ERROR, OPENAI, 400, 1600},
    {"replicate", REPLICATE_ID, REPLICATE_KEY, CHAT_PATH, OPENAI_END, OPENAI_ERROR, REPLICATE, 1000,
     5000},
    {"bedrock", BEDROCK_ID, BEDROCK_KEY, CHAT_PATH, OPENAI_END, OPENAI_ERROR, BEDROCK, 1000, 5000},
};

/* ---- states ---------------------------------------------------------------------------------- */

/*
 * How each attempt ends, in order, and the status of the answer. A stream that has begun has 200
 * whatever comes then: it ends well if `trail` ends in "ok", else in the protocol's error event.
 */
struct outcome {
    const char *trail;
    int status;
};

#define BOTH(trail_, status_) .whole = {trail_, status_}, .stream = {trail_, status_}
#define WORDS                 "\"body\":\"{\\\"error\\\":\\\"" WORDS_CANARY "\\\"}\""
#define ONCE(x)               "[{" x "}]"
#define ALWAYS(x)             "[{" x ",\"times\":0}]"

/* clang-format off */
static const struct state {
    const char *name, *steps;
    struct outcome whole, stream; /* no trail: the row is not for these */
    unsigned where;
    bool is_dead;  /* the twin is asked */
    bool is_known; /* an answer that failed said what it cost */
} states[] = {
    {"all is well", "[]", BOTH("ok", 200), ALL, false},

    /* it never left */
    {"nobody listens", "[]", BOTH("unsent,unsent", 502), ALL, true},

    /* refused for now */
    {"429 once", ONCE("\"status\":429,\"retry_after\":\"0\"," WORDS), BOTH("slow_down,ok", 200), ALL, false},
    {"429 twice", ONCE("\"status\":429,\"times\":2"), BOTH("slow_down,slow_down,ok", 200), ALL, false},
    {"429 for ever", ALWAYS("\"status\":429"), BOTH("slow_down,slow_down,slow_down", 429), ALL, false},
    {"429 for longer than we wait", ALWAYS("\"status\":429,\"retry_after\":\"30\""), BOTH("slow_down", 429), ALL, false},
    {"429, a floor in milliseconds", ONCE("\"status\":429,\"retry_after_ms\":5"), BOTH("slow_down,ok", 200), ANTHROPIC | OPENAI, false},
    {"429, a floor as a date", ONCE("\"status\":429,\"retry_after_date_s\":60"), BOTH("slow_down", 429), ALL, false},
    {"429, a floor in the text alone", ONCE("\"status\":429,\"delay_in_body_s\":30"), BOTH("slow_down", 429), OPENAI | REPLICATE, false},
    {"503 once", ONCE("\"status\":503," WORDS), BOTH("slow_down,ok", 200), ALL, false},
    {"503 for ever", ALWAYS("\"status\":503"), BOTH("slow_down,slow_down,slow_down", 503), ALL, false},
    {"529 for ever", ALWAYS("\"status\":529"), BOTH("slow_down,slow_down,slow_down", 503), ANTHROPIC, false},
    {"529 once", ONCE("\"status\":529," WORDS), BOTH("slow_down,ok", 200), ANTHROPIC, false},
    {"a model that is not ready", ONCE("\"status\":429,\"error\":\"not_ready\""), BOTH("slow_down,ok", 200), BEDROCK, false},

    /* maybe billed */
    {"500 once", ONCE("\"status\":500," WORDS), BOTH("ambiguous,ok", 200), ALL, false},
    {"500 for ever", ALWAYS("\"status\":500"), BOTH("ambiguous,ambiguous", 502), ALL, false},
    {"502 once", ONCE("\"status\":502"), BOTH("ambiguous,ok", 200), ALL, false},
    {"504 once", ONCE("\"status\":504"), BOTH("ambiguous,ok", 200), ALL, false},
    {"408 once", ONCE("\"status\":408"), BOTH("ambiguous,ok", 200), ALL, false},
    {"reset before an answer", ONCE("\"head\":\"reset\""), BOTH("ambiguous,ok", 200), ALL, false},
    {"reset before each answer", ALWAYS("\"head\":\"reset\""), BOTH("ambiguous,ambiguous", 502), ALL, false},
    {"closed before an answer", ONCE("\"head\":\"close\""), BOTH("ambiguous,ok", 200), ALL, false},
    {"silence", ONCE("\"head\":\"silence\""), BOTH("ambiguous,ok", 200), ALL, false},

    /* money, and what no second try mends */
    {"402", ALWAYS("\"status\":402," WORDS), BOTH("no_money", 502), ANTHROPIC | OPENAI | REPLICATE, false},
    {"429 that means money", ALWAYS("\"status\":429,\"error\":\"money\""), BOTH("no_money", 502), ANTHROPIC | OPENAI, false},
    {"429, the contract's end", ALWAYS("\"status\":429,\"error\":\"contract\""), BOTH("no_money", 502), ANTHROPIC, false},
    {"400, the limit of one's own", ALWAYS("\"status\":400,\"error\":\"own_limit\""), BOTH("no_money", 502), ANTHROPIC, false},
    {"429, the balance is spent", ALWAYS("\"status\":429,\"error\":\"balance\""), BOTH("no_money", 502), OPENAI, false},
    {"400", ALWAYS("\"status\":400," WORDS), BOTH("bad_request", 400), ALL, false},
    {"401", ALWAYS("\"status\":401," WORDS), BOTH("auth", 502), ALL, false},
    {"403", ALWAYS("\"status\":403," WORDS), BOTH("auth", 502), ALL, false},
    {"404", ALWAYS("\"status\":404," WORDS), BOTH("not_found", 502), ALL, false},
    {"413", ALWAYS("\"status\":413," WORDS), BOTH("too_long", 413), ANTHROPIC | OPENAI | REPLICATE, false},
    {"a prompt past the context", ALWAYS("\"status\":400,\"error\":\"too_long\""), BOTH("too_long", 413), ANTHROPIC | OPENAI | BEDROCK, false},
    {"422", ALWAYS("\"status\":422," WORDS), BOTH("bad_request", 400), ANTHROPIC | OPENAI | REPLICATE, false},
    {"the service's quota", ALWAYS("\"status\":400,\"error\":\"quota\""), BOTH("slow_down,slow_down,slow_down", 503), BEDROCK, false},

    /* 200, and nothing that the caller saw */
    {"a page of HTML", ONCE("\"garbage\":\"html\""), .whole = {"malformed,ok", 200}, .stream = {"cut,ok", 200}, .where = ANTHROPIC | OPENAI},
    {"a page of HTML", ONCE("\"garbage\":\"html\""), BOTH("malformed,ok", 200), BEDROCK, false},
    {"a page of HTML", ONCE("\"garbage\":\"html\""), BOTH("cut,ok", 200), REPLICATE, false},
    {"half of a JSON", ONCE("\"garbage\":\"json\""), .whole = {"malformed,ok", 200}, .stream = {"cut,ok", 200}, .where = ANTHROPIC | OPENAI},
    {"half of a JSON", ONCE("\"garbage\":\"json\""), BOTH("malformed,ok", 200), BEDROCK, false},
    {"half of a JSON", ONCE("\"garbage\":\"json\""), BOTH("cut,ok", 200), REPLICATE, false},
    {"nothing at all", ONCE("\"garbage\":\"empty\""), .whole = {"malformed,ok", 200}, .stream = {"cut,ok", 200}, .where = ANTHROPIC | OPENAI},
    {"nothing at all", ONCE("\"garbage\":\"empty\""), .whole = {"malformed,ok", 200}, .stream = {"cut,ok", 200}, .where = BEDROCK},
    {"nothing at all", ONCE("\"garbage\":\"empty\""), BOTH("cut,ok", 200), REPLICATE, false},
    {"reset within the first bytes", ONCE("\"after\":0,\"then\":\"reset\""), BOTH("cut,ok", 200), ALL, false},
    {"closed within the first bytes", ONCE("\"after\":0,\"then\":\"close\""), BOTH("cut,ok", 200), ALL, false},
    {"an end without an answer", ONCE("\"after\":0,\"then\":\"end\""), BOTH("cut,ok", 200), ALL, false},
    {"an error before the first word", ONCE("\"after\":1,\"then\":\"error\""), .stream = {"slow_down,ok", 200}, .where = ANTHROPIC | OPENAI},
    {"an exception before the first word", ONCE("\"after\":1,\"then\":\"error\",\"error\":\"overloaded\""), .stream = {"slow_down,ok", 200}, .where = BEDROCK},
    {"a stall before the first word", ONCE("\"after\":0,\"then\":\"stall\""), BOTH("cut,ok", 200), ALL, false},

    /* 200, and words that the caller saw */
    {"reset after some words", ONCE("\"after\":5,\"then\":\"reset\""), .stream = {"cut", 200}, .where = ANTHROPIC | OPENAI | BEDROCK},
    {"closed after some words", ONCE("\"after\":5,\"then\":\"close\""), .stream = {"cut", 200}, .where = ANTHROPIC | OPENAI | BEDROCK},
    {"ended after some words", ONCE("\"after\":5,\"then\":\"end\""), .stream = {"cut", 200}, .where = ANTHROPIC | OPENAI | BEDROCK},
    {"a stall after some words", ONCE("\"after\":5,\"then\":\"stall\""), .stream = {"cut", 200}, .where = ANTHROPIC | OPENAI | BEDROCK},
    {"an error after some words", ONCE("\"after\":5,\"then\":\"error\""), .stream = {"slow_down", 200}, .where = ANTHROPIC | OPENAI},
    {"an exception after some words", ONCE("\"after\":5,\"then\":\"error\""), .stream = {"ambiguous", 200}, .where = BEDROCK},
    {"throttled after some words", ONCE("\"after\":5,\"then\":\"error\",\"error\":\"slow_down\""), .stream = {"slow_down", 200}, .where = ANTHROPIC | OPENAI | BEDROCK},
    {"no terminator", ONCE("\"no_terminal\":true"), .stream = {"cut", 200}, .where = ANTHROPIC | OPENAI | BEDROCK},
    {"a wrong checksum", ONCE("\"after\":5,\"then\":\"bad_crc\""), .stream = {"malformed", 200}, .where = BEDROCK},

    /* odd, and right */
    {"byte by byte", ONCE("\"cut\":\"byte\""), BOTH("ok", 200), ALL, false},
    {"cut within line ends", ONCE("\"cut\":\"crlf\",\"line_end\":\"crlf\""), BOTH("ok", 200), ALL, false},
    {"lines that end in CR", ONCE("\"line_end\":\"cr\""), BOTH("ok", 200), ANTHROPIC | OPENAI, false},
    {"chunks of three", ONCE("\"chunk_bytes\":3,\"chunk_extensions\":true"), BOTH("ok", 200), ALL, false},
    {"a body to the end of the connection", ONCE("\"framing\":\"close\""), BOTH("ok", 200), ALL, false},
    {"comments and unknown events", ONCE("\"comments\":true,\"unknown_events\":true"), BOTH("ok", 200), ALL, false},
    {"interim answers", ONCE("\"interim\":true"), BOTH("ok", 200), ALL, false},
    {"a gzip that nobody asked for", ONCE("\"gzip\":true"), BOTH("ok", 200), ALL, false},
    {"usage that is missing", ONCE("\"usage\":\"missing\""), BOTH("ok", 200), ANTHROPIC | OPENAI | REPLICATE, false},
    {"usage that is missing", ONCE("\"usage\":\"missing\""), .whole = {"malformed,ok", 200}, .stream = {"cut", 200}, .where = BEDROCK},
    {"usage that comes twice", ONCE("\"usage\":\"twice\""), BOTH("ok", 200), ALL, false},
    {"bytes after the end", ONCE("\"trailing\":true"), .stream = {"ok", 200}, .where = OPENAI},
    {"an event of a megabyte", ONCE("\"big_event_bytes\":800,\"text\":\"x\""), BOTH("ok", 200), ALL, false},

    /* Replicate's own: it runs apart from its answer */
    {"a poll that fails once", ONCE("\"on\":\"poll\",\"status\":500"), BOTH("ok", 200), REPLICATE, false},
    {"a poll that is throttled", ONCE("\"on\":\"poll\",\"status\":429"), BOTH("ok", 200), REPLICATE, false},
    {"a run that fails", ONCE("\"final\":\"failed\""), BOTH("ambiguous,ok", 200), REPLICATE, .is_known = true},
    {"a run that is cancelled", ONCE("\"final\":\"canceled\""), BOTH("ambiguous,ok", 200), REPLICATE, .is_known = true},
    {"a run that never begins", ONCE("\"final\":\"aborted\""), BOTH("slow_down,ok", 200), REPLICATE, false},
    {"a wait that ends first", ONCE("\"wait_ms\":5,\"processing_ms\":100"), BOTH("ok", 200), REPLICATE, false},
    {"output as one string", ONCE("\"output\":\"string\""), BOTH("ok", 200), REPLICATE, false},
};
/* clang-format on */

/* ---- one case -------------------------------------------------------------------------------- */

enum { SEEN_MAX = 32 * 1024 * 1024 };

static struct test_ctx kept; /* of what all cases left behind */
static struct buf seen;      /* headers of all answers, bodies of all errors */

struct tally {
    int attempts, billed, maybe;
    bool ends_well, is_partial;
};

/* What follows from how attempts ended; `has_begun`: the caller had words of the last one. */
static struct tally tally_of(const char *trail, bool has_begun, bool is_known)
{
    struct tally tally = {0};
    struct str rest = str_from_cstr(trail), item;
    while (str_split_next(&rest, ',', &item)) {
        bool is_partial = has_begun && rest.len == 0 && !str_eq(item, STR("ok"));
        tally.ends_well = str_eq(item, STR("ok"));
        tally.is_partial = is_partial;
        tally.attempts += !str_eq(item, STR("unsent"));
        bool is_ambiguous = str_eq(item, STR("ambiguous"));
        tally.maybe += is_ambiguous && !is_partial && !is_known;
        tally.billed += is_partial || tally.ends_well || (is_ambiguous && is_known) ||
                        str_eq(item, STR("cut")) || str_eq(item, STR("malformed"));
    }
    return tally;
}

/* Too busy is a status of its own at Anthropic. */
static int status_for(const struct provider *provider, int status)
{
    return status == 503 && provider->bit == ANTHROPIC ? 529 : status;
}

/* A case in words, and how many of its claims do not hold: all are looked at, not the first alone.
 */
struct verdict {
    char name[256];
    int faults;
};

static void expect(struct verdict *verdict, const char *what, int64_t got, int64_t want)
{
    if (got != want) {
        print_error("%s: %s: got %lld, want %lld\n", verdict->name, what, (long long)got,
                    (long long)want);
        verdict->faults++;
    }
}

static void expect_trail(struct verdict *verdict, struct str got, const char *want)
{
    if (!str_eq(got, str_from_cstr(want))) {
        print_error("%s: attempts: got " STR_FMT ", want %s\n", verdict->name, STR_ARG(got), want);
        verdict->faults++;
    }
}

/* What is held at rest is what may still be billed. */
static void expect_money(struct verdict *verdict, struct str call_id, const struct tally *want)
{
    static const char unpaid[] = "failure IS NULL AND cost_nanodollars <= 0";
    static const char unheld[] = "failure IN ('cut', 'malformed') AND cost_nanodollars <= 0";
    expect(verdict, "unsettled", case_rows(call_id, "unsettled"), want->maybe);
    expect(verdict, "answers that cost nothing", case_rows(call_id, unpaid), 0);
    expect(verdict, "spoilt answers that cost nothing", case_rows(call_id, unheld), 0);
    expect(verdict, "partial answers with a cost",
           case_rows(call_id, "failure IS NOT NULL AND NOT unsettled AND cost_nanodollars > 0 AND"
                              " attempt = (SELECT max(attempt) FROM ai_request_logs AS l WHERE"
                              " l.call_id = ai_request_logs.call_id)"),
           want->is_partial);
    expect(verdict, "rows without a table", case_rows(call_id, "price_version IS NULL"), 0);
    expect(verdict, "counters off", db_i64(&owner, NULL, llm_unbalanced_sql), 0);
    expect(verdict, "something is held", db_i64(&owner, NULL, llm_held_sql) > 0, want->maybe > 0);
}

/* What the provider says it counted, times the prices, is what the answer cost: to the nano-dollar.
 */
static void expect_cost(struct verdict *verdict, struct ctx *cx, const struct provider *provider,
                        struct str call_id)
{
    const struct json *journal = provider_peer_journal(cx, &world.providers, provider->key);
    int64_t input = 0, output = 0;
    JSON_EACH (entry, json_find(journal, STR("entries"))) {
        if (str_eq(json_find_str(entry, STR("what")), STR("create"))) {
            assert_true(json_is_i64(json_find(entry, STR("input_tokens")), &input));
            assert_true(json_is_i64(json_find(entry, STR("output_tokens")), &output));
        }
    }
    int64_t cost = input * provider->input_nano + output * provider->output_nano;
    struct str off = arena_format(
        cx->arena, "failure IS NULL AND usage_known AND cost_nanodollars <> %lld", (long long)cost);
    expect(verdict, "costs that are off", case_rows(call_id, off.ptr), 0);
}

static void expect_stream(struct verdict *verdict, const struct provider *provider, struct str body,
                          bool ends_well)
{
    bool has_end = str_find(body, str_from_cstr(provider->end)) != SIZE_MAX;
    bool has_error = str_find(body, str_from_cstr(provider->error)) != SIZE_MAX;
    expect(verdict, "an error event", has_error, !ends_well);
    expect(verdict, "an end after it all", ends_well && !has_end, false);
}

static void keep(const struct http_result *result)
{
    buf_add(&seen, result->headers);
    if (result->status != 200) {
        buf_add(&seen, result->body);
    }
}

static int run_case(const struct state *state, const struct provider *provider, bool stream)
{
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct http_result result;
    const struct outcome *want = stream ? &state->stream : &state->whole;
    struct tally tally = tally_of(want->trail, stream && want->status == 200, state->is_known);
    struct verdict verdict = {.faults = 0};
    (void)snprintf(verdict.name, sizeof verdict.name, "%s, %s, %s", state->name, provider->name,
                   stream ? "streamed" : "whole");
    struct str model = arena_format(t.cx.arena, "%s%s/%s", state->is_dead ? "dead-" : "",
                                    provider->name, provider->id);
    case_clean();
    provider_peer_reset(&t.cx, &world.providers, provider->key);
    provider_peer_script(&t.cx, &world.providers, provider->key, NULL, state->steps);
    case_ask(&t.cx, provider->path, model.ptr, stream, &result);
    keep(&result);

    struct str call_id = http_result_header(&result, "x-clambda-call-id");
    struct provider_count count = provider_peer_count(&t.cx, &world.providers, provider->key);
    expect_trail(&verdict, case_trail(call_id), want->trail);
    expect(&verdict, "status", result.status, status_for(provider, want->status));
    expect(&verdict, "attempts", count.attempts, tally.attempts);
    expect(&verdict, "billed", count.billed, tally.billed);
    expect(&verdict, "maybe billed", count.maybe_billed, tally.maybe);
    expect_money(&verdict, call_id, &tally);
    expect_cost(&verdict, &t.cx, provider, call_id);
    if (stream && result.status == 200) {
        expect_stream(&verdict, provider, result.body, tally.ends_well);
    }
    return verdict.faults;
}

/* ---- the matrix ------------------------------------------------------------------------------ */

static void run_matrix(unsigned bit, bool stream)
{
    int faults = 0;
    for (size_t p = 0; p < ARRAY_LEN(providers); p++) {
        for (size_t s = 0; s < ARRAY_LEN(states) && (providers[p].bit & bit) != 0; s++) {
            const struct outcome *want = stream ? &states[s].stream : &states[s].whole;
            if ((states[s].where & providers[p].bit) != 0 && want->trail != NULL) {
                faults += run_case(&states[s], &providers[p], stream);
            }
        }
    }
    assert_int_equal(faults, 0);
}

#define MATRIX(name, bit, stream)                                                                  \
    static void name(void **state)                                                                 \
    {                                                                                              \
        (void)state;                                                                               \
        run_matrix(bit, stream);                                                                   \
    }
MATRIX(anthropic_whole_ends_as_declared, ANTHROPIC, false)
MATRIX(anthropic_streamed_ends_as_declared, ANTHROPIC, true)
MATRIX(openai_whole_ends_as_declared, OPENAI, false)
MATRIX(openai_streamed_ends_as_declared, OPENAI, true)
MATRIX(replicate_whole_ends_as_declared, REPLICATE, false)
MATRIX(replicate_streamed_ends_as_declared, REPLICATE, true)
MATRIX(bedrock_whole_ends_as_declared, BEDROCK, false)
MATRIX(bedrock_streamed_ends_as_declared, BEDROCK, true)

/* ---- secrets --------------------------------------------------------------------------------- */

static void check_absent(const char *place, struct str text)
{
    const char *const secrets[] = {ANTHROPIC_KEY, OPENAI_KEY,    REPLICATE_KEY,
                                   key,           PROMPT_CANARY, WORDS_CANARY};
    for (size_t i = 0; i < ARRAY_LEN(secrets); i++) {
        if (str_find(text, str_from_cstr(secrets[i])) != SIZE_MAX) {
            CHECK_FAILED("%s: \"%s\" is in it\n", place, secrets[i]);
        }
    }
}

/* All rows of a table as text. */
static struct str table_text(const char *table)
{
    char sql[SQL_MAX];
    (void)snprintf(sql, sizeof sql,
                   "SELECT COALESCE(string_agg(t::text, ' '), '') AS v FROM %s AS t", table);
    return db_str(&owner, NULL, sql);
}

/* Last of all: it looks at what the others left behind. */
static void no_secret_is_in_a_log_header_row_trace_or_error(void **state)
{
    (void)state;
    static const char *const tables[] = {"ai_request_logs", "llm_holds", "llm_spend",   "llm_rates",
                                         "llm_cooldowns",   "llm_cache", "llm_replays", "llm_keys"};
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct str log = gateway_log(&t.cx, &world.gateway);
    struct str spans = provider_peer_sunk(&t.cx, &world.providers);
    assert_false(seen.full);
    check_absent("log", log);
    check_absent("spans", spans);
    check_absent("headers and errors", buf_str(&seen));
    for (size_t i = 0; i < ARRAY_LEN(tables); i++) {
        check_absent(tables[i], table_text(tables[i]));
    }
    /* They would be seen if they were there. */
    assert_true(str_find(log, STR("slow_down")) != SIZE_MAX);
    assert_true(str_find(spans, STR("gen_ai.request.model")) != SIZE_MAX);
    assert_true(str_find(buf_str(&seen), STR("x-clambda-trail: ")) != SIZE_MAX);
    assert_true(str_find(table_text("ai_request_logs"), STR("ambiguous")) != SIZE_MAX);
}

/* ---- the world ------------------------------------------------------------------------------- */

static int matrix_setup(void **state)
{
    if (case_world_open(state) != 0) {
        return -1;
    }
    (void)test_ctx_open(&kept);
    seen = buf_in(&kept.arena, SEEN_MAX);
    return 0;
}

static int matrix_teardown(void **state)
{
    test_ctx_close(&kept);
    return case_world_close(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(anthropic_whole_ends_as_declared),
        cmocka_unit_test(anthropic_streamed_ends_as_declared),
        cmocka_unit_test(openai_whole_ends_as_declared),
        cmocka_unit_test(openai_streamed_ends_as_declared),
        cmocka_unit_test(replicate_whole_ends_as_declared),
        cmocka_unit_test(replicate_streamed_ends_as_declared),
        cmocka_unit_test(bedrock_whole_ends_as_declared),
        cmocka_unit_test(bedrock_streamed_ends_as_declared),
        cmocka_unit_test(no_secret_is_in_a_log_header_row_trace_or_error),
    };
    return cmocka_run_group_tests(tests, matrix_setup, matrix_teardown);
}
