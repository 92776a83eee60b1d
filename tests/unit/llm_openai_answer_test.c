/*
 * The OpenAI wire reads answers: whole, streamed at every cut, and failed ones.
 */
#include "shared/llm/wire/wire.h"

#include "tests/support/check.h"
#include "tests/support/llm_events.h"

#define ID "\"id\":\"c1\",\"model\":\"m\""

static const struct {
    const char *name;
    enum llm_protocol protocol;
    struct str body, want; /* empty `want`: ERR_UPSTREAM */
} wholes[] = {
    {"text", LLM_PROTOCOL_OPENAI_CHAT,
     STR_INIT("{" ID ",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\","
              "\"content\":\"Hi\",\"refusal\":null},\"finish_reason\":\"stop\"}],\"usage\":{"
              "\"prompt_tokens\":9,\"completion_tokens\":4,\"prompt_tokens_details\":{"
              "\"cached_tokens\":3,\"cache_write_tokens\":2},\"completion_tokens_details\":{"
              "\"reasoning_tokens\":2}}}"),
     STR_INIT("start c1 m | text 0 Hi | end 0 | finish stop | "
              "usage in=4 read=3 w5=2 w1=0 out=4 think=2 | done")},
    {"parallel tools", LLM_PROTOCOL_OPENAI_CHAT,
     STR_INIT("{" ID ",\"choices\":[{\"message\":{\"content\":null,\"tool_calls\":["
              "{\"id\":\"t1\",\"type\":\"function\",\"function\":{\"name\":\"a\",\"arguments\":"
              "\"{}\"}},{\"id\":\"t2\",\"function\":{\"name\":\"b\",\"arguments\":\"[1]\"}}]},"
              "\"finish_reason\":\"tool_calls\"}]}"),
     STR_INIT("start c1 m | tool 0 t1 a | input 0 {} | end 0 | tool 1 t2 b | input 1 [1] | end 1 "
              "| finish tools | done")},
    {"a refusal", LLM_PROTOCOL_OPENAI_CHAT,
     STR_INIT("{" ID ",\"choices\":[{\"message\":{\"content\":null,\"refusal\":\"No.\"},"
              "\"finish_reason\":\"stop\"}]}"),
     STR_INIT("start c1 m | refuse 0 No. | end 0 | finish refusal | done")},
    {"thoughts, cut by length", LLM_PROTOCOL_OPENAI_CHAT,
     STR_INIT("{" ID ",\"choices\":[{\"message\":{\"content\":\"Hi\",\"reasoning_content\":"
              "\"Hm\"},\"finish_reason\":\"length\"}]}"),
     STR_INIT("start c1 m | think 0 Hm | end 0 | text 1 Hi | end 1 | finish length | done")},
    {"the second choice is not the answer", LLM_PROTOCOL_OPENAI_CHAT,
     STR_INIT("{" ID ",\"choices\":[{\"index\":1,\"message\":{\"content\":\"B\"},"
              "\"finish_reason\":\"length\"},{\"index\":0,\"message\":{\"content\":\"A\"},"
              "\"finish_reason\":\"content_filter\"}]}"),
     STR_INIT("start c1 m | text 0 A | end 0 | finish filter | done")},
    {"more cached than there was", LLM_PROTOCOL_OPENAI_CHAT,
     STR_INIT("{" ID ",\"choices\":[{\"message\":{\"content\":\"A\"},\"finish_reason\":\"eos\"}],"
              "\"usage\":{\"prompt_tokens\":2,\"completion_tokens\":-1,\"prompt_tokens_details\":{"
              "\"cached_tokens\":5}}}"),
     STR_INIT("start c1 m | text 0 A | end 0 | finish stop | "
              "usage in=0 read=2 w5=0 w1=0 out=0 think=0 | done")},
    {"a billion tokens, and one more", LLM_PROTOCOL_OPENAI_CHAT,
     STR_INIT("{" ID ",\"choices\":[{\"message\":{\"content\":\"A\"},\"finish_reason\":\"stop\"}],"
              "\"usage\":{\"prompt_tokens\":1000000000,\"completion_tokens\":1000000001}}"),
     STR_INIT("start c1 m | text 0 A | end 0 | finish stop | "
              "usage in=1000000000 read=0 w5=0 w1=0 out=0 think=0 | done")},
    {"thoughts under both names", LLM_PROTOCOL_OPENAI_CHAT,
     STR_INIT("{" ID ",\"choices\":[{\"message\":{\"content\":\"A\",\"reasoning_content\":\"Hm\","
              "\"reasoning\":\"Hm\"},\"finish_reason\":\"stop\"}]}"),
     STR_INIT("start c1 m | think 0 Hm | end 0 | text 1 A | end 1 | finish stop | done")},
    {"an error for a reason", LLM_PROTOCOL_OPENAI_CHAT,
     STR_INIT("{" ID ",\"choices\":[{\"message\":{\"content\":\"A\"},\"finish_reason\":\"error\","
              "\"error\":{\"code\":\"server_error\"}}],\"usage\":{\"prompt_tokens\":1}}"),
     STR_INIT("start c1 m | text 0 A | error cut server_error")},
    {"no reason", LLM_PROTOCOL_OPENAI_CHAT,
     STR_INIT("{" ID ",\"choices\":[{\"message\":{\"content\":\"A\"},\"finish_reason\":null}]}"),
     STR_INIT("")},
    {"no choices", LLM_PROTOCOL_OPENAI_CHAT, STR_INIT("{" ID ",\"choices\":[]}"), STR_INIT("")},
    {"an error with status 200", LLM_PROTOCOL_OPENAI_CHAT,
     STR_INIT("{\"error\":{\"message\":\"x\"}}"), STR_INIT("")},
    {"no JSON", LLM_PROTOCOL_OPENAI_CHAT, STR_INIT("<html>"), STR_INIT("")},
    {"embeddings", LLM_PROTOCOL_OPENAI_EMBEDDINGS,
     STR_INIT("{\"object\":\"list\",\"data\":[{\"embedding\":\"AAAA\"}],\"model\":\"m\","
              "\"usage\":{\"prompt_tokens\":5,\"total_tokens\":5}}"),
     STR_INIT("start  m | finish stop | usage in=5 read=0 w5=0 w1=0 out=0 think=0 | done")},
    {"embeddings without data", LLM_PROTOCOL_OPENAI_EMBEDDINGS, STR_INIT("{\"data\":1}"),
     STR_INIT("")},
    {"a response", LLM_PROTOCOL_OPENAI_RESPONSES,
     STR_INIT("{\"id\":\"r1\",\"model\":\"m\",\"status\":\"completed\",\"output\":["
              "{\"type\":\"reasoning\",\"summary\":[{\"type\":\"summary_text\",\"text\":\"Hm\"}]},"
              "{\"type\":\"message\",\"content\":[{\"type\":\"output_text\",\"text\":\"A\"},"
              "{\"type\":\"output_text\",\"text\":\"B\"}]},"
              "{\"type\":\"function_call\",\"call_id\":\"t1\",\"name\":\"f\","
              "\"arguments\":\"{}\"},{\"type\":\"web_search_call\"}],"
              "\"usage\":{\"input_tokens\":3,\"output_tokens\":2,\"input_tokens_details\":{"
              "\"cached_tokens\":1}}}"),
     STR_INIT("start r1 m | think 0 Hm | end 0 | text 1 A | end 1 | text 2 B | end 2 | "
              "tool 3 t1 f | input 3 {} | end 3 | usage in=2 read=1 w5=0 w1=0 out=2 think=0 | "
              "finish tools | done")},
    {"an incomplete response", LLM_PROTOCOL_OPENAI_RESPONSES,
     STR_INIT("{\"id\":\"r1\",\"model\":\"m\",\"status\":\"incomplete\",\"output\":[],"
              "\"incomplete_details\":{\"reason\":\"max_output_tokens\"}}"),
     STR_INIT("start r1 m | finish length | done")},
    {"a filtered response", LLM_PROTOCOL_OPENAI_RESPONSES,
     STR_INIT("{\"id\":\"r1\",\"model\":\"m\",\"status\":\"incomplete\",\"output\":[],"
              "\"incomplete_details\":{\"reason\":\"content_filter\"}}"),
     STR_INIT("start r1 m | finish filter | done")},
    {"a failed response", LLM_PROTOCOL_OPENAI_RESPONSES,
     STR_INIT("{\"id\":\"r1\",\"model\":\"m\",\"status\":\"failed\",\"output\":[],"
              "\"error\":{\"code\":\"server_error\",\"message\":\"x\"}}"),
     STR_INIT("start r1 m | error cut server_error")},
};

static void openai_reads_whole_answers(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(wholes); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct heard_events heard = {.text = buf_in(&t.arena, SIZE_MAX)};
        const struct llm_wire_request sent = {.protocol = wholes[i].protocol};
        enum status status = llm_wire_openai.whole(&t.cx, &sent, exact_copy(&t.cx, wholes[i].body),
                                                   heard_event, &heard);
        if (wholes[i].want.len == 0) {
            CHECK_I64(wholes[i].name, status, ERR_UPSTREAM);
            continue;
        }
        CHECK_STR(wholes[i].name, buf_str(&heard.text), wholes[i].want);
        CHECK_I64(wholes[i].name, status, OK);
    }
}

/* 1, -2, 0.1 and 1e39 as floats of 32 bits; the last is past their range. */
static void openai_gives_embeddings_in_base64_to_who_asked(void **state)
{
    (void)state;
    static const struct str numbers = STR_INIT(
        "{\"data\":[{\"embedding\":[1, -2,0.1,1e39],\"index\":0},{\"index\":1,\"embedding\":[]}],"
        "\"usage\":{\"prompt_tokens\":5}}");
    static const struct str base64 =
        STR_INIT("{\"data\":[{\"embedding\":\"AACAPwAAAMDNzMw9//9/fw==\",\"index\":0},"
                 "{\"index\":1,\"embedding\":\"\"}],\"usage\":{\"prompt_tokens\":5}}");
    struct llm_wire_request sent = {.protocol = LLM_PROTOCOL_OPENAI_EMBEDDINGS};
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct str body = exact_copy(&t.cx, numbers);
    CHECK_STR("not asked", llm_wire_openai.whole_raw(&t.cx, &sent, body), numbers);
    sent.wants_base64 = true;
    CHECK_STR("asked", llm_wire_openai.whole_raw(&t.cx, &sent, body), base64);
    CHECK_STR("had", llm_wire_openai.whole_raw(&t.cx, &sent, exact_copy(&t.cx, base64)), base64);
}

/* ---- streams --------------------------------------------------------------------------------- */

#define CHUNK(delta, reason)                                                                       \
    "data: {" ID ",\"choices\":[{\"index\":0,\"delta\":" delta ",\"finish_reason\":" reason        \
    "}],\"usage\":null}\n\n"
#define USAGE                                                                                      \
    "data: {" ID ",\"choices\":[],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":2}}\n\n"
#define DONE "data: [DONE]\n\n"

static const struct {
    const char *name;
    enum llm_protocol protocol;
    bool hides_usage;
    struct str bytes, want;
    struct str raw; /* empty: the bytes as they are */
    enum status status;
} streams[] = {
    {"text and usage", LLM_PROTOCOL_OPENAI_CHAT, false,
     STR_INIT(CHUNK("{\"role\":\"assistant\",\"content\":\"\"}", "null")
                  CHUNK("{\"content\":\"Grü\"}", "null") CHUNK("{\"content\":\"ße\"}", "null")
                      CHUNK("{}", "\"stop\"") USAGE DONE),
     STR_INIT("start c1 m | text 0 Grüße | end 0 | finish stop | "
              "usage in=7 read=0 w5=0 w1=0 out=2 think=0 | done"),
     STR_INIT(""), OK},
    {"usage that the caller did not ask for", LLM_PROTOCOL_OPENAI_CHAT, true,
     STR_INIT(CHUNK("{\"content\":\"A\"}", "\"stop\"") USAGE DONE),
     STR_INIT("start c1 m | text 0 A | end 0 | finish stop | "
              "usage in=7 read=0 w5=0 w1=0 out=2 think=0 | done"),
     STR_INIT(CHUNK("{\"content\":\"A\"}", "\"stop\"") DONE), OK},
    {"parallel tools in fragments", LLM_PROTOCOL_OPENAI_CHAT, false,
     STR_INIT(CHUNK("{\"tool_calls\":[{\"index\":0,\"id\":\"t1\",\"type\":\"function\","
                    "\"function\":{\"name\":\"f\",\"arguments\":\"\"}}]}",
                    "null")
                  CHUNK("{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"{\\\"a\"}}]}",
                        "null") CHUNK("{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":"
                                      "\"\\\":1}\"}}]}",
                                      "null")
                      CHUNK("{\"tool_calls\":[{\"index\":1,\"id\":\"t2\",\"function\":{\"name\":"
                            "\"g\",\"arguments\":\"{}\"}}]}",
                            "null") CHUNK("{}", "\"tool_calls\"") DONE),
     STR_INIT("start c1 m | tool 0 t1 f | input 0 {\"a\":1} | end 0 | tool 1 t2 g | input 1 {} | "
              "end 1 | finish tools | done"),
     STR_INIT(""), OK},
    {"text, then a tool", LLM_PROTOCOL_OPENAI_CHAT, false,
     STR_INIT(CHUNK("{\"content\":\"A\"}", "null")
                  CHUNK("{\"tool_calls\":[{\"id\":\"t1\",\"function\":{\"name\":\"f\","
                        "\"arguments\":\"{}\"}}]}",
                        "\"tool_calls\"") DONE),
     STR_INIT("start c1 m | text 0 A | end 0 | tool 1 t1 f | input 1 {} | end 1 | finish tools | "
              "done"),
     STR_INIT(""), OK},
    {"a second choice", LLM_PROTOCOL_OPENAI_CHAT, false,
     STR_INIT("data: {" ID ",\"choices\":[{\"index\":1,\"delta\":{\"content\":\"B\"},"
              "\"finish_reason\":\"stop\"}]}\n\n" CHUNK("{\"content\":\"A\"}", "\"stop\"") DONE),
     STR_INIT("start c1 m | text 0 A | end 0 | finish stop | done"), STR_INIT(""), OK},
    {"padding, comments, a carriage return, and what follows the end", LLM_PROTOCOL_OPENAI_CHAT,
     false,
     STR_INIT(": wait\r\n\r\ndata:{" ID ",\"obfuscation\":\"x\",\"choices\":[{\"delta\":{"
              "\"content\":\"A\"},\"finish_reason\":\"stop\"}]}\r\n\r\ndata: [DONE]\r\n\r\n"
              "data: junk\n\n"),
     STR_INIT("start c1 m | text 0 A | end 0 | finish stop | done"),
     STR_INIT("data: {" ID ",\"obfuscation\":\"x\",\"choices\":[{\"delta\":{\"content\":\"A\"},"
              "\"finish_reason\":\"stop\"}]}\n\n" DONE),
     OK},
    {"an error on the way", LLM_PROTOCOL_OPENAI_CHAT, false,
     STR_INIT(CHUNK(
         "{\"content\":\"A\"}",
         "null") "data: {\"error\":{\"message\":\"secret\",\"type\":\"server_error\"}}\n\n" DONE),
     STR_INIT("start c1 m | text 0 A | error cut server_error"),
     STR_INIT(CHUNK("{\"content\":\"A\"}", "null")), OK},
    {"an error for a reason", LLM_PROTOCOL_OPENAI_CHAT, false,
     STR_INIT(CHUNK("{\"content\":\"A\"}", "null") CHUNK("{\"content\":\"\"}", "\"error\"") DONE),
     STR_INIT("start c1 m | text 0 A | error cut "), STR_INIT(CHUNK("{\"content\":\"A\"}", "null")),
     OK},
    {"an end without a reason", LLM_PROTOCOL_OPENAI_CHAT, false,
     STR_INIT(CHUNK("{\"content\":\"A\"}", "null") DONE), STR_INIT("start c1 m | text 0 A"),
     STR_INIT(CHUNK("{\"content\":\"A\"}", "null")), ERR_UPSTREAM},
    {"no end", LLM_PROTOCOL_OPENAI_CHAT, false,
     STR_INIT(CHUNK("{\"content\":\"A\"}", "null") "data: {\"id"),
     STR_INIT("start c1 m | text 0 A"), STR_INIT(CHUNK("{\"content\":\"A\"}", "null")), OK},
    {"a record that is no JSON", LLM_PROTOCOL_OPENAI_CHAT, false,
     STR_INIT(CHUNK("{\"content\":\"A\"}", "null") "data: {\"id\n\n"),
     STR_INIT("start c1 m | text 0 A"), STR_INIT(CHUNK("{\"content\":\"A\"}", "null")),
     ERR_UPSTREAM},
    {"a record that is no chunk", LLM_PROTOCOL_OPENAI_CHAT, false, STR_INIT("data: {}\n\n"),
     STR_INIT(""), STR_INIT("-"), ERR_UPSTREAM},
    {"a fragment of a call that never began", LLM_PROTOCOL_OPENAI_CHAT, false,
     STR_INIT(
         CHUNK("{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"{}\"}}]}", "null")),
     STR_INIT("start c1 m"), STR_INIT("-"), ERR_UPSTREAM},
    {"a response", LLM_PROTOCOL_OPENAI_RESPONSES, false,
     STR_INIT("event: response.created\ndata: {\"type\":\"response.created\",\"response\":{"
              "\"id\":\"r1\",\"model\":\"m\",\"output\":[]}}\n\n"
              "event: response.output_item.added\ndata: {\"type\":\"response.output_item.added\","
              "\"item\":{\"type\":\"message\"}}\n\n"
              "event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\","
              "\"delta\":\"A\"}\n\n"
              "event: response.content_part.done\ndata: {\"type\":\"response.content_part.done\"}"
              "\n\n"
              "event: response.output_item.added\ndata: {\"type\":\"response.output_item.added\","
              "\"item\":{\"type\":\"function_call\",\"call_id\":\"t1\",\"name\":\"f\"}}\n\n"
              "event: response.function_call_arguments.delta\ndata: {\"type\":"
              "\"response.function_call_arguments.delta\",\"delta\":\"{}\"}\n\n"
              "event: response.function_call_arguments.done\ndata: {\"type\":"
              "\"response.function_call_arguments.done\",\"arguments\":\"{}\"}\n\n"
              "event: response.output_item.done\ndata: {\"type\":\"response.output_item.done\"}"
              "\n\n"
              "event: response.new_thing\ndata: {\"type\":\"response.new_thing\"}\n\n"
              "event: response.completed\ndata: {\"type\":\"response.completed\",\"response\":{"
              "\"status\":\"completed\",\"usage\":{\"input_tokens\":3,\"output_tokens\":1}}}\n\n"),
     STR_INIT("start r1 m | text 0 A | end 0 | tool 1 t1 f | input 1 {} | end 1 | "
              "usage in=3 read=0 w5=0 w1=0 out=1 think=0 | finish tools | done"),
     STR_INIT(""), OK},
    {"a response's arguments all at once", LLM_PROTOCOL_OPENAI_RESPONSES, false,
     STR_INIT(
         "data: {\"type\":\"response.created\",\"response\":{\"id\":\"r1\",\"model\":\"m\"}}"
         "\n\ndata: {\"type\":\"response.output_item.added\",\"item\":{\"type\":"
         "\"function_call\",\"call_id\":\"t1\",\"name\":\"f\"}}\n\n"
         "data: {\"type\":\"response.function_call_arguments.done\",\"arguments\":\"{}\"}\n\n"),
     STR_INIT("start r1 m | tool 0 t1 f | input 0 {}"), STR_INIT(""), OK},
    {"a response's error", LLM_PROTOCOL_OPENAI_RESPONSES, false,
     STR_INIT("data: {\"type\":\"error\",\"code\":\"rate_limit_exceeded\",\"message\":\"x\"}\n\n"),
     STR_INIT("error slow_down rate_limit_exceeded"), STR_INIT("-"), OK},
    {"a response's error in a member", LLM_PROTOCOL_OPENAI_RESPONSES, false,
     STR_INIT("data: {\"type\":\"error\",\"error\":{\"code\":\"insufficient_quota\"}}\n\n"),
     STR_INIT("error no_money insufficient_quota"), STR_INIT("-"), OK},
    {"a response's event without a type", LLM_PROTOCOL_OPENAI_RESPONSES, false,
     STR_INIT("data: {}\n\n"), STR_INIT(""), STR_INIT("-"), ERR_UPSTREAM},
};

static enum status feed_all(struct ctx *cx, struct llm_wire_stream *stream, struct str bytes,
                            size_t step, struct heard_events *heard, struct buf *raw)
{
    enum status status = OK;
    for (size_t at = 0; status == OK && at < bytes.len; at += step) {
        struct str part = exact_copy(cx, str_slice(bytes, at, at + step));
        status = llm_wire_openai.stream_feed(cx, stream, part, heard_event, heard);
        buf_add(raw, llm_wire_openai.stream_raw(stream));
    }
    return status;
}

static void check_stream(size_t i, size_t step)
{
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct heard_events heard = {.text = buf_in(&t.arena, SIZE_MAX), .joins = true};
    const struct llm_wire_request sent = {
        .protocol = streams[i].protocol, .is_raw = true, .hides_usage = streams[i].hides_usage};
    struct llm_wire_stream *stream = llm_wire_openai.stream_new(&t.cx, &sent);
    struct buf raw = buf_in(&t.arena, SIZE_MAX);
    enum status status = feed_all(&t.cx, stream, streams[i].bytes, step, &heard, &raw);
    struct str want_raw = streams[i].raw.len > 0 ? streams[i].raw : streams[i].bytes;
    CHECK_STR(streams[i].name, buf_str(&heard.text), streams[i].want);
    CHECK_STR(streams[i].name, buf_str(&raw), str_eq(want_raw, STR("-")) ? STR("") : want_raw);
    CHECK_I64(streams[i].name, status, streams[i].status);
}

static void openai_reads_streams_at_every_cut(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(streams); i++) {
        for (size_t step = 1; step <= 64; step++) {
            check_stream(i, step);
        }
        check_stream(i, streams[i].bytes.len);
    }
}

static void openai_stream_takes_no_more_memory_the_longer_it_is(void **state)
{
    (void)state;
    enum { CHUNKS = 2000, MOST_BYTES = 16 * 1024 };
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct heard_events heard = {.text = buf_in(&t.arena, 0)};
    const struct llm_wire_request sent = {.protocol = LLM_PROTOCOL_OPENAI_CHAT, .is_raw = true};
    struct llm_wire_stream *stream = llm_wire_openai.stream_new(&t.cx, &sent);
    for (int i = 0; i < CHUNKS; i++) {
        CHECK_STATUS(&t.cx,
                     llm_wire_openai.stream_feed(&t.cx, stream,
                                                 STR(CHUNK("{\"content\":\"word \"}", "null")),
                                                 heard_event, &heard),
                     OK);
    }
    assert_true(t.arena.used_bytes < MOST_BYTES);
}

/* ---- errors ---------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    int http_status;
    enum llm_failure_class kind;
    struct str fields, body, code;
    int64_t retry_after_ms;
} failures[] = {
    {"slow down, in a field", 429, LLM_SLOW_DOWN, STR_INIT("retry-after: 2\r\n"),
     STR_INIT("{\"error\":{\"message\":\"m\",\"type\":\"requests\",\"code\":"
              "\"rate_limit_exceeded\"}}"),
     STR_INIT("rate_limit_exceeded"), 2000},
    {"slow down, in words", 429, LLM_SLOW_DOWN, STR_INIT(""),
     STR_INIT("{\"error\":{\"message\":\"Please try again in 1.2s.\",\"type\":\"tokens\",\"code\":"
              "\"rate_limit_exceeded\"}}"),
     STR_INIT("rate_limit_exceeded"), 1200},
    {"at a lower rate", 429, LLM_SLOW_DOWN, STR_INIT(""),
     STR_INIT("{\"error\":{\"type\":\"rate_limit_error\",\"code\":\"slow_down\"}}"),
     STR_INIT("slow_down"), -1},
    {"no quota", 429, LLM_NO_MONEY, STR_INIT("retry-after: 2\r\n"),
     STR_INIT("{\"error\":{\"type\":\"insufficient_quota\",\"code\":\"insufficient_quota\"}}"),
     STR_INIT("insufficient_quota"), -1},
    {"no quota, and a code of the other kind", 429, LLM_NO_MONEY, STR_INIT(""),
     STR_INIT("{\"error\":{\"type\":\"insufficient_quota\",\"code\":\"rate_limit_exceeded\"}}"),
     STR_INIT("insufficient_quota"), -1},
    {"no credit", 429, LLM_NO_MONEY, STR_INIT(""),
     STR_INIT(
         "{\"error\":{\"type\":\"insufficient_quota\",\"code\":\"credit_balance_exhausted\"}}"),
     STR_INIT("insufficient_quota"), -1},
    {"a project's limit", 429, LLM_NO_MONEY, STR_INIT(""),
     STR_INIT("{\"error\":{\"type\":\"x\",\"code\":\"project_spend_limit_exceeded\"}}"),
     STR_INIT("project_spend_limit_exceeded"), -1},
    {"too long", 400, LLM_TOO_LONG, STR_INIT(""),
     STR_INIT("{\"error\":{\"type\":\"invalid_request_error\",\"code\":"
              "\"context_length_exceeded\"}}"),
     STR_INIT("context_length_exceeded"), -1},
    {"too long, in words", 400, LLM_TOO_LONG, STR_INIT(""),
     STR_INIT("{\"error\":{\"message\":\"This model's maximum context length is 8192\",\"type\":"
              "\"BadRequestError\",\"code\":400}}"),
     STR_INIT(""), -1},
    {"a bad request", 400, LLM_BAD_REQUEST, STR_INIT(""),
     STR_INIT("{\"error\":{\"type\":\"invalid_request_error\",\"code\":null}}"),
     STR_INIT("invalid_request_error"), -1},
    {"a word nobody knows is not shown", 400, LLM_BAD_REQUEST, STR_INIT(""),
     STR_INIT("{\"error\":{\"type\":\"sk-secret\",\"code\":\"sk-secret\"}}"), STR_INIT(""), -1},
    {"our key", 401, LLM_AUTH, STR_INIT(""),
     STR_INIT("{\"error\":{\"type\":\"invalid_request_error\",\"code\":\"invalid_api_key\"}}"),
     STR_INIT("invalid_api_key"), -1},
    {"our key, without a code", 401, LLM_AUTH, STR_INIT(""),
     STR_INIT("{\"error\":{\"type\":\"invalid_request_error\"}}"),
     STR_INIT("invalid_request_error"), -1},
    {"no such model", 404, LLM_NOT_FOUND, STR_INIT(""),
     STR_INIT("{\"error\":{\"type\":\"invalid_request_error\",\"code\":\"model_not_found\"}}"),
     STR_INIT("model_not_found"), -1},
    {"a failure", 500, LLM_AMBIGUOUS, STR_INIT(""),
     STR_INIT("{\"error\":{\"type\":\"server_error\"}}"), STR_INIT("server_error"), -1},
    {"a page of a proxy", 502, LLM_AMBIGUOUS, STR_INIT(""), STR_INIT("<html>Bad gateway</html>"),
     STR_INIT(""), -1},
    {"overloaded", 503, LLM_SLOW_DOWN, STR_INIT("retry-after-ms: 700\r\n"),
     STR_INIT("{\"error\":{\"type\":\"service_unavailable_error\",\"code\":"
              "\"server_is_overloaded\"}}"),
     STR_INIT("server_is_overloaded"), 700},
    {"an error that is a string", 404, LLM_NOT_FOUND, STR_INIT(""),
     STR_INIT("{\"error\":\"model not found\"}"), STR_INIT(""), -1},
    {"no body", 504, LLM_AMBIGUOUS, STR_INIT(""), STR_INIT(""), STR_INIT(""), -1},
};

static void openai_tells_failures_apart(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(failures); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        const struct http_response res = {.status = failures[i].http_status,
                                          .fields = exact_copy(&t.cx, failures[i].fields),
                                          .body = exact_copy(&t.cx, failures[i].body)};
        struct llm_failure failure = {0};
        llm_wire_openai.classify(&t.cx, &res, &failure);
        CHECK_I64(failures[i].name, failure.kind, failures[i].kind);
        CHECK_STR(failures[i].name, failure.code, failures[i].code);
        CHECK_I64(failures[i].name, failure.retry_after_ms, failures[i].retry_after_ms);
        CHECK_I64(failures[i].name, failure.http_status, failures[i].http_status);
        CHECK_STR(failures[i].name, str_from_cstr(t.cx.err.text), STR(""));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(openai_reads_whole_answers),
        cmocka_unit_test(openai_gives_embeddings_in_base64_to_who_asked),
        cmocka_unit_test(openai_reads_streams_at_every_cut),
        cmocka_unit_test(openai_stream_takes_no_more_memory_the_longer_it_is),
        cmocka_unit_test(openai_tells_failures_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
