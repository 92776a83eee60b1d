#include "tests/support/llm_world.h"

#include <unistd.h>

enum { PATH_BYTES = 128 };

/* ---- the store ------------------------------------------------------------------------------- */

struct llm_fake_store llm_fake_store;

const struct llm_timeouts llm_world_short = {200, 200, 200, 10};

/* ---- configuration --------------------------------------------------------------------------- */

#define PRICES      "\"checked\":\"2026-11-01\",\"prices\":[{\"input\":1,\"output\":2}]"
#define DEAR_PRICES "\"checked\":\"2026-11-01\",\"prices\":[{\"input\":10,\"output\":20}]"
#define TRAITS                                                                                     \
    "\"context_tokens\":1000,\"max_output_tokens\":100,\"accepts\":[\"temperature\",\"top_p\","    \
    "\"stop\",\"tools\",\"schema\",\"stream\"],"
#define LARGE_TRAITS                                                                               \
    "\"context_tokens\":2000,\"max_output_tokens\":100,\"accepts\":[\"temperature\",\"stream\"],"

static const char config[] =
    "{\"providers\":["
    "{\"name\":\"one\",\"wire\":\"openai\",\"base_url\":\"%s/script\",\"key_env\":\"ONE_KEY\"},"
    "{\"name\":\"two\",\"wire\":\"openai\",\"base_url\":\"%s/script\",\"key_env\":\"TWO_KEY\"},"
    "{\"name\":\"three\",\"wire\":\"openai\",\"base_url\":\"%s/script\",\"needs_no_key\":true},"
    "{\"name\":\"dead\",\"wire\":\"openai\",\"base_url\":\"http://127.0.0.1:1\","
    "\"needs_no_key\":true},"
    "{\"name\":\"run\",\"wire\":\"replicate\",\"base_url\":\"%s/script\","
    "\"key_env\":\"ONE_KEY\"},"
    "{\"name\":\"rock\",\"wire\":\"bedrock\",\"base_url\":\"%s/script\","
    "\"region\":\"eu-west-1\"},"
    "{\"name\":\"keyless\",\"wire\":\"openai\",\"base_url\":\"%s/script\","
    "\"key_env\":\"NO_SUCH_KEY\"}],"
    "\"models\":["
    "{\"provider\":\"one\",\"id\":\"a\"," TRAITS PRICES "},"
    "{\"provider\":\"one\",\"id\":\"old\",\"successor\":\"a\"," TRAITS PRICES "},"
    "{\"provider\":\"two\",\"id\":\"b\"," TRAITS PRICES "},"
    "{\"provider\":\"two\",\"id\":\"c\"," LARGE_TRAITS PRICES "},"
    "{\"provider\":\"three\",\"id\":\"d\"," TRAITS DEAR_PRICES "},"
    "{\"provider\":\"dead\",\"id\":\"e\"," TRAITS PRICES "},"
    "{\"provider\":\"run\",\"id\":\"them/r\",\"input\":{\"prompt\":\"prompt\"}," TRAITS PRICES "},"
    "{\"provider\":\"rock\",\"id\":\"k:0\"," TRAITS PRICES "},"
    "{\"provider\":\"keyless\",\"id\":\"f\"," TRAITS DEAR_PRICES "}],"
    "\"aliases\":["
    "{\"name\":\"chain\",\"chain\":[\"one/a\",\"two/b\",\"three/d\"]},"
    "{\"name\":\"alone\",\"chain\":[\"one/a\"]},"
    "{\"name\":\"outdated\",\"chain\":[\"one/old\",\"two/b\"]},"
    "{\"name\":\"same\",\"chain\":[\"two/b\",\"two/c\"]},"
    "{\"name\":\"offline\",\"chain\":[\"dead/e\",\"two/b\"]},"
    "{\"name\":\"half-configured\",\"chain\":[\"keyless/f\",\"one/a\"]},"
    "{\"name\":\"unconfigured\",\"chain\":[\"keyless/f\"]}]}";

static void config_write(const struct llm_world *w)
{
    char path[PATH_BYTES];
    (void)snprintf(path, sizeof path, "%s/models.json", w->peer->folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    const char *url = w->peer->url;
    /* NOLINTNEXTLINE(clang-diagnostic-format-nonliteral): it is const and stands above */
    assert_true(fprintf(file, config, url, url, url, url, url, url) > 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(setenv("LLM_CONFIG_FILE", path, 1), 0);
    assert_int_equal(setenv("ONE_KEY", "sk-one-canary", 1), 0);
    assert_int_equal(setenv("AWS_ACCESS_KEY_ID", "AKIDROCK", 1), 0);
    assert_int_equal(setenv("AWS_SECRET_ACCESS_KEY", "rock-canary", 1), 0);
    assert_int_equal(setenv("TWO_KEY", "sk-two-canary", 1), 0);
}

/* ---- providers ------------------------------------------------------------------------------- */

static void note_wait(void *arg, int64_t wait_ms)
{
    struct llm_world *w = arg;
    assert_true(w->wait_count < LLM_WORLD_WAITS);
    w->waits_ms[w->wait_count++] = wait_ms;
}

static enum status pass_open(struct ctx *cx, void *arg, struct str target,
                             const struct http_request *req, struct http_response *res,
                             void **stream, struct http_stream_failure *failure)
{
    struct llm_world *w = arg;
    return w->network.open(cx, w->network.arg, target, req, res, stream, failure);
}

static enum status pass_read(struct ctx *cx, void *arg, void *stream, int64_t idle_ms,
                             struct str *bytes)
{
    struct llm_world *w = arg;
    return w->network.read(cx, w->network.arg, stream, idle_ms, bytes);
}

static void pass_close(void *arg, void **stream)
{
    struct llm_world *w = arg;
    w->network.close(w->network.arg, stream);
}

void llm_world_next(struct llm_world *w, enum http_peer_end end, struct str bytes)
{
    http_peer_script(w->peer, w->scripted++, end, bytes);
}

struct str llm_world_http(struct llm_world *w, int status, const char *fields, const char *body)
{
    return arena_format(w->cx->arena, "HTTP/1.1 %d x\r\n%scontent-length: %zu\r\n\r\n%s", status,
                        fields, strlen(body), body);
}

struct str llm_world_good(struct llm_world *w, const char *text)
{
    static const char usage[] =
        "\"usage\":{\"prompt_tokens\":10,\"completion_tokens\":2,\"total_tokens\":12}";
    const char *body =
        w->request.stream
            ? arena_format(w->cx->arena,
                           "data: {\"id\":\"c1\",\"model\":\"m\",\"choices\":[{\"index\":0,"
                           "\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\n"
                           "data: {\"id\":\"c1\",\"model\":\"m\",\"choices\":[{\"index\":0,"
                           "\"delta\":{\"content\":\"%s\"}}]}\n\n"
                           "data: {\"id\":\"c1\",\"model\":\"m\",\"choices\":[{\"index\":0,"
                           "\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"
                           "data: {\"id\":\"c1\",\"model\":\"m\",\"choices\":[],%s}\n\n"
                           "data: [DONE]\n\n",
                           text, usage)
                  .ptr
            : arena_format(w->cx->arena,
                           "{\"id\":\"c1\",\"object\":\"chat.completion\",\"model\":\"m\","
                           "\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\","
                           "\"content\":\"%s\"},\"finish_reason\":\"stop\"}],%s}",
                           text, usage)
                  .ptr;
    return llm_world_http(w, 200, "", body);
}

/* ---- the caller ------------------------------------------------------------------------------ */

static enum status take(struct ctx *cx, struct llm_world *w)
{
    w->gifts++;
    return w->gives_up_at > 0 && w->gifts >= w->gives_up_at
               ? fail(cx, ERR_CONFLICT, "the caller is gone")
               : OK;
}

static enum status on_begin(struct ctx *cx, void *arg, const struct llm_head *head)
{
    struct llm_world *w = arg;
    (void)cx;
    w->begins++;
    w->head = *head;
    return OK;
}

static enum status on_raw(struct ctx *cx, void *arg, struct str bytes)
{
    struct llm_world *w = arg;
    buf_add(&w->raw, bytes);
    return take(cx, w);
}

static enum status on_event(struct ctx *cx, void *arg, const struct llm_event *event)
{
    struct llm_world *w = arg;
    TRY(heard_event(cx, &w->heard, event));
    return take(cx, w);
}

void llm_world_body(struct llm_world *w, const char *body)
{
    w->request.protocol = LLM_PROTOCOL_OPENAI_CHAT;
    w->request.body = exact_copy(w->cx, str_from_cstr(body));
    CHECK_STATUS(w->cx, json_read(w->cx, w->request.body, NULL, &w->request.root), OK);
}

enum status llm_world_ask(struct llm_world *w)
{
    const struct llm_sink sink = {.begin = on_begin, .raw = on_raw, .event = on_event, .arg = w};
    w->chat.model = w->request.model;
    w->begins = w->gifts = 0;
    w->wait_count = 0;
    buf_clear(&w->raw);
    w->heard = (struct heard_events){.text = buf_in(w->cx->arena, SIZE_MAX)};
    enum status status = llm_call(w->cx, w->llm, &w->caller, &w->request, &sink, &w->outcome);
    llm_finish(w->cx, w->llm, &w->outcome);
    return status;
}

/* ---- its life -------------------------------------------------------------------------------- */

static const struct llm_part hello = {.kind = LLM_PART_TEXT, .text = STR_INIT("Hello")};
static const struct llm_message messages[] = {{LLM_USER, &hello, 1}};

void llm_world_open(struct llm_world *w, struct http_peer *peer,
                    const struct llm_timeouts *timeouts)
{
    static const struct llm_timeouts long_ones = {10000, 10000, 10000, 10};
    *w = (struct llm_world){.peer = peer};
    llm_fake_store = (struct llm_fake_store){0};
    peer->seen->scripted = 0;
    (void)test_ctx_open(&w->t);
    w->cx = &w->t.cx;
    w->cx->arena = &w->t.arena;
    config_write(w);
    static struct pg *const no_database = (struct pg *)&llm_fake_store; /* only compared */
    w->transport = (struct llm_transport){
        .open = pass_open, .read = pass_read, .close = pass_close, .wait = note_wait, .arg = w};
    struct http *http = http_new(NULL);
    w->network = llm_transport_network(http);
    const struct llm_options options = {
        .pg = no_database,
        .transport = &w->transport,
        .timeouts = timeouts != NULL ? timeouts : &long_ones,
    };
    CHECK_STATUS(w->cx, llm_open(w->cx, &options, &w->llm), OK);
    w->caller = (struct llm_caller){.tenant_id = STR("11111111-1111-4111-8111-111111111111")};
    w->chat = (struct llm_chat){
        .messages = messages, .message_count = 1, .max_tokens = 20, .thinking_budget = -1};
    w->request = (struct llm_request){.model = STR("alone"), .chat = &w->chat};
    w->raw = buf_in(w->cx->arena, SIZE_MAX);
}

void llm_world_close(struct llm_world *w)
{
    llm_close(w->llm);
    http_free(w->network.arg);
    test_ctx_close(&w->t);
}
