/*
 * Calls of the gateway, recorded before emulated providers and done again without any: the same
 * bytes, the same cost. Only who calls is made up.
 */
#include "functions/ai-gateway/handler.h"
#include "functions/ai-gateway/place.h"
#include "functions/ai-gateway/replay.h"
#include "runtime/core/reply.h"
#include "shared/base/clock.h"
#include "shared/base/file.h"
#include "shared/llm/watch/replay.h"
#include "shared/log/log.h"
#include "tests/support/check.h"
#include "tests/support/provider_peer.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#define ANTHROPIC_KEY "sk-emu-replay-anthropic"
#define OPENAI_KEY    "sk-emu-replay-openai"
#define REPLICATE_KEY "r8_emu_replay"
#define BEDROCK_KEY   "AKIDEMUREPLAY"
#define USER_ID       "2f6c3a10-7a51-4a7e-9a52-1f4b8c0d9e33"

static struct provider_peer providers;
static char folder[] = "/tmp/clambda-replay.XXXXXX";
static char config_path[] = "/tmp/clambda-replay-config.XXXXXX";
static bool logs_content;

/* ---- who calls ------------------------------------------------------------------------------- */

enum status auth_caller(struct ctx *cx, const struct auth_config *auth,
                        struct str authorization_header, int64_t now_ms, struct caller *caller)
{
    (void)cx, (void)auth, (void)authorization_header, (void)now_ms;
    *caller = (struct caller){.user_id = STR(USER_ID)};
    return OK;
}

enum status llm_jwt_caller(struct ctx *cx, const struct caller *jwt, struct llm_caller *caller)
{
    (void)cx;
    *caller = (struct llm_caller){
        .tenant_id = jwt->user_id, .user_id = jwt->user_id, .logs_content = logs_content};
    return OK;
}

enum status llm_key_caller(struct ctx *cx, struct pg *pg, struct str key, struct llm_caller *caller)
{
    (void)pg, (void)key, (void)caller;
    return fail(cx, ERR_UNAUTHENTICATED, "tokens alone");
}

/* ---- Lambda ---------------------------------------------------------------------------------- */

static struct buf sent;

static enum status way_write(struct ctx *cx, struct reply *reply, struct str bytes)
{
    (void)cx;
    reply->has_begun = true;
    buf_add(&sent, bytes);
    return OK;
}

static enum status way_end(struct ctx *cx, struct reply *reply)
{
    (void)cx;
    buf_add(&sent, reply->mode == REPLY_BUFFERED ? reply->body : STR(""));
    return OK;
}

static const struct invocation invocation = {
    .event = STR_INIT("{\"version\":\"2.0\",\"requestContext\":{\"http\":{\"method\":\"POST\"}}}")};
static const struct reply_way way = {.write = way_write, .end = way_end};

/* ---- a call ---------------------------------------------------------------------------------- */

struct wish {
    const char *name, *path, *body;
    bool stream;
    const char *key, *steps; /* what goes wrong, with which provider */
    const char *contains;    /* of the answer; NULL: there is none */
};

static void ask(struct ctx *cx, const struct wish *wish, struct gateway_place *place)
{
    static const struct http_header headers[] = {
        {STR_INIT("authorization"), STR_INIT("Bearer x")},
        {STR_INIT("anthropic-version"), STR_INIT("2023-06-01")}};
    struct services services = {0};
    struct http_answer answer = {0};
    struct reply reply = {.way = &way, .stream_http = true, .inv = &invocation};
    struct http_event event = {.format = HTTP_V1,
                               .method = STR("POST"),
                               .path = str_from_cstr(wish->path),
                               .body = str_from_cstr(wish->body),
                               .headers = headers,
                               .header_count = ARRAY_LEN(headers),
                               .header_values = headers,
                               .header_value_count = ARRAY_LEN(headers)};
    struct endpoint_call call = {.endpoint = &ai_gateway,
                                 .services = &services,
                                 .own = place,
                                 .reply = wish->stream ? &reply : NULL,
                                 .now_ms = clock_now_ms()};
    provider_peer_reset(cx, &providers, NULL);
    if (wish->key != NULL) {
        provider_peer_script(cx, &providers, wish->key, NULL, wish->steps);
    }
    endpoint_serve(cx, &call, &event, &answer);
    if (call.after != NULL) {
        err_clear(cx);
        call.after(cx, call.work);
    }
}

/* The one record; empty: there is none. It is taken away with the next call of this. */
static struct str record_path(struct ctx *cx)
{
    static char path[512];
    path[0] = '\0';
    DIR *opened = opendir(folder);
    assert_non_null(opened);
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): one thread */
    for (struct dirent *entry = readdir(opened); entry != NULL; entry = readdir(opened)) {
        if (entry->d_name[0] != '.') {
            CHECK_STR("one record alone", str_from_cstr(path), STR(""));
            (void)snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        }
    }
    (void)closedir(opened);
    (void)cx;
    return str_from_cstr(path);
}

/* Runs a replay; what it writes to standard output and to standard error. */
static int replay(struct ctx *cx, const char *path, struct str *answer, struct str *said)
{
    int files[2] = {memfd_create("out", MFD_CLOEXEC), memfd_create("err", MFD_CLOEXEC)};
    int real[2];
    struct str *texts[2] = {answer, said};
    (void)fflush(stdout);
    for (int i = 0; i < 2; i++) {
        real[i] = dup(i + 1);
        assert_int_equal(dup2(files[i], i + 1), i + 1);
    }
    int code = gateway_replay(path);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(dup2(real[i], i + 1), i + 1);
        (void)close(real[i]);
        off_t size = lseek(files[i], 0, SEEK_END);
        char *text = ARENA_ARRAY(cx->arena, char, (size_t)size + 1);
        assert_int_equal(pread(files[i], text, (size_t)size, 0), size);
        (void)close(files[i]);
        *texts[i] = (struct str){.ptr = text, .len = (size_t)size};
    }
    return code;
}

/* ---- the table ------------------------------------------------------------------------------- */

#define CHAT(model, more)                                                                          \
    "{\"model\":\"" model "\",\"messages\":[{\"role\":\"user\",\"content\":\"Name three "          \
    "lunches.\"}]" more "}"
#define MESSAGES(model, more) CHAT(model, ",\"max_tokens\":200" more)
#define STREAM                ",\"stream\":true"
#define LEGACY                                                                                     \
    "{\"prompt\":\"Name three lunches.\",\"model\":\"claude-3-haiku-20240307\",\"context\":{"      \
    "\"user_id\":\"" USER_ID "\",\"operation\":\"general\"}}"

static const struct wish wishes[] = {
    {"anthropic, whole", "/v1/messages", MESSAGES("claude-haiku-4-5", ""), .contains = "end_turn"},
    {"anthropic, raw stream", "/v1/messages", MESSAGES("claude-haiku-4-5", STREAM), true,
     .contains = "event: message_stop"},
    {"a byte at a time", "/v1/messages", MESSAGES("claude-haiku-4-5", STREAM), true, ANTHROPIC_KEY,
     "[{\"cut\":\"byte\"}]", "event: message_stop"},
    {"anthropic over openai", "/v1/messages", MESSAGES("gpt-4.1", STREAM), true,
     .contains = "event: message_stop"},
    {"openai over anthropic, whole", "/v1/chat/completions", CHAT("claude-haiku-4-5", ""),
     .contains = "chat.completion"},
    {"openai over anthropic, stream", "/v1/chat/completions", CHAT("claude-haiku-4-5", STREAM),
     true, .contains = "data: [DONE]"},
    {"over bedrock", "/v1/chat/completions",
     CHAT("bedrock/global.anthropic.claude-haiku-4-5-20251001-v1:0", STREAM), true,
     .contains = "data: [DONE]"},
    {"over replicate, polled", "/v1/chat/completions",
     CHAT("replicate/anthropic/claude-4.5-haiku", ""), .contains = "chat.completion"},
    {"embeddings", "/v1/embeddings", "{\"model\":\"text-embedding-3-small\",\"input\":\"lunch\"}",
     .contains = "embedding"},
    {"of old", "/ai-gateway", LEGACY, .contains = "lunch"},
    {"falls over", "/v1/chat/completions", CHAT("claude-haiku", STREAM), true, ANTHROPIC_KEY,
     "[{\"status\":500,\"times\":0}]", "data: [DONE]"},
    {"slow down, then good", "/v1/messages", MESSAGES("claude-haiku-4-5", STREAM), true,
     ANTHROPIC_KEY, "[{\"status\":429,\"retry_after\":\"1\"}]", "event: message_stop"},
    {"breaks off", "/v1/messages", MESSAGES("claude-haiku-4-5", STREAM), true, ANTHROPIC_KEY,
     "[{\"after\":4,\"then\":\"reset\"}]", "event: error"},
    {"ends without its end", "/v1/chat/completions", CHAT("claude-haiku-4-5", STREAM), true,
     ANTHROPIC_KEY, "[{\"after\":4,\"then\":\"end\"}]", "error"},
    {"stalls", "/v1/messages", MESSAGES("claude-haiku-4-5", STREAM), true, ANTHROPIC_KEY,
     "[{\"after\":4,\"then\":\"stall\"}]", "event: error"},
    {"refused", "/v1/messages", MESSAGES("claude-haiku-4-5", ""), false, ANTHROPIC_KEY,
     "[{\"status\":400}]", NULL},
};

static void replay_matches(struct gateway_place *place, const struct wish *wish)
{
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct ctx *cx = &t.cx;
    struct str text;
    struct str answer = {0};
    struct str said = {0};
    struct llm_recording recording;
    cx->arena = &t.arena;
    sent = buf_in(cx->arena, KIB(1024));
    ask(cx, wish, place);
    struct str path = record_path(cx);
    CHECK_STATUS(cx, file_read(cx, path.ptr, 64 * KIB(1024), &text), OK);
    CHECK_STATUS(cx, llm_recording_read(cx, text, &recording), OK);
    if (recording.exchange_count == 0) {
        CHECK_FAILED("%s: nobody was asked, " STR_FMT "\n", wish->name, STR_ARG(recording.status));
    }
    if (wish->contains != NULL &&
        str_find(recording.answer, str_from_cstr(wish->contains)) == SIZE_MAX) {
        CHECK_FAILED("%s: " STR_FMT "\n", wish->name, STR_ARG(recording.answer));
    }
    if (wish->stream) { /* the record's answer is what the caller got, behind the prelude */
        assert_true(str_has_suffix(buf_str(&sent), recording.answer));
    }
    int64_t requests = provider_peer_count(cx, &providers, NULL).requests;
    int code = replay(cx, path.ptr, &answer, &said);
    if (code != REPLAY_SAME) {
        CHECK_FAILED("%s: %d, " STR_FMT "\n", wish->name, code, STR_ARG(said));
    }
    CHECK_STR(wish->name, answer, recording.answer);
    CHECK_I64("nobody was asked", provider_peer_count(cx, &providers, NULL).requests, requests);
    assert_true(str_find(text, STR("sk-emu")) == SIZE_MAX);
    assert_int_equal(unlink(path.ptr), 0);
}

static void each_call_can_be_done_again_offline(void **state)
{
    struct gateway_place *place = *state;
    logs_content = true;
    for (size_t i = 0; i < ARRAY_LEN(wishes); i++) {
        replay_matches(place, &wishes[i]);
    }
}

static void calls_of_other_keys_leave_nothing(void **state)
{
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct ctx *cx = &t.cx;
    cx->arena = &t.arena;
    sent = buf_in(cx->arena, KIB(1024));
    logs_content = false;
    ask(cx, &wishes[1], *state);
    assert_true(str_find(buf_str(&sent), STR("message_stop")) != SIZE_MAX);
    CHECK_STR("no record", record_path(cx), STR(""));
}

static void what_no_provider_was_asked_leaves_no_record(void **state)
{
    static const struct wish unknown = {
        .name = "unknown model", .path = "/v1/messages", .body = MESSAGES("claude-9", "")};
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    t.cx.arena = &t.arena;
    sent = buf_in(t.cx.arena, KIB(1024));
    logs_content = true;
    ask(&t.cx, &unknown, *state);
    CHECK_STR("no record", record_path(&t.cx), STR(""));
}

static void a_change_of_ours_shows(void **state)
{
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct ctx *cx = &t.cx;
    struct str text;
    struct str answer = {0};
    struct str said = {0};
    cx->arena = &t.arena;
    sent = buf_in(cx->arena, KIB(1024));
    logs_content = true;
    ask(cx, &wishes[0], *state);
    struct str path = record_path(cx);
    CHECK_STATUS(cx, file_read(cx, path.ptr, 64 * KIB(1024), &text), OK);
    static const struct {
        const char *old, *changed, *words;
        int code;
    } cases[] = {
        {"\"cost_nano\":", "\"cost_nano\":9", "the cost is another one", REPLAY_DIFFERS},
        {"\"status\":\"OK\"", "\"status\":\"ERR_X\"", "the result is another", REPLAY_DIFFERS},
        {"\"price_version\":\"", "\"price_version\":\"0", "its prices were 0", REPLAY_IMPOSSIBLE},
        {"\"exchanges\":[", "\"exchanges\":[],\"more\":[", "more", REPLAY_IMPOSSIBLE},
        {"\"face\":\"anthropic", "\"face\":\"nobody", "request.face", REPLAY_IMPOSSIBLE},
        {"{\"format\":1", "[", "not", REPLAY_IMPOSSIBLE},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        size_t at = str_find(text, str_from_cstr(cases[i].old));
        assert_true(at != SIZE_MAX);
        FILE *file = fopen(path.ptr, "w");
        assert_non_null(file);
        (void)fprintf(file, STR_FMT "%s" STR_FMT, STR_ARG(str_slice(text, 0, at)), cases[i].changed,
                      STR_ARG(str_slice(text, at + strlen(cases[i].old), text.len)));
        assert_int_equal(fclose(file), 0);
        CHECK_I64(cases[i].changed, replay(cx, path.ptr, &answer, &said), cases[i].code);
        if (str_find(said, str_from_cstr(cases[i].words)) == SIZE_MAX) {
            CHECK_FAILED("%s: " STR_FMT "\n", cases[i].changed, STR_ARG(said));
        }
    }
    assert_int_equal(unlink(path.ptr), 0);
    CHECK_I64("no file", replay(cx, path.ptr, &answer, &said), REPLAY_IMPOSSIBLE);
}

static void config_write(void)
{
    int fd = mkstemp(config_path);
    assert_true(fd >= 0);
    FILE *file = fdopen(fd, "w");
    assert_non_null(file);
    const char *url = providers.url;
    (void)fprintf(
        file,
        "{\"providers\":[{\"name\":\"anthropic\",\"base_url\":\"%s/anthropic\"},"
        "{\"name\":\"openai\",\"base_url\":\"%s/openai\"},{\"name\":\"replicate\",\"base_url\":"
        "\"%s/replicate\"},{\"name\":\"bedrock\",\"base_url\":\"%s/bedrock\",\"region\":"
        "\"us-east-1\"}],\"models\":[{\"provider\":\"replicate\",\"id\":\"anthropic/"
        "claude-4.5-haiku\",\"checked\":\"2026-11-28\",\"prices\":[{\"input\":1,\"output\":5}]}],"
        "\"aliases\":[{\"name\":\"claude-haiku\",\"chain\":[\"anthropic/claude-haiku-4-5\","
        "\"openai/gpt-4.1-mini\"]}]}",
        url, url, url, url);
    assert_int_equal(fclose(file), 0);
}

static int begin(void **state)
{
    static const struct {
        const char *name, *value;
    } variables[] = {
        {"ANTHROPIC_API_KEY", ANTHROPIC_KEY},
        {"OPENAI_API_KEY", OPENAI_KEY},
        {"REPLICATE_API_TOKEN", REPLICATE_KEY},
        {"AWS_ACCESS_KEY_ID", BEDROCK_KEY},
        {"AWS_SECRET_ACCESS_KEY", "local"},
        {"AWS_SESSION_TOKEN", "local"},
        {"LLM_IDLE_MS", "400"},
        {"LLM_METRICS_NAMESPACE", "off"},
        {"LLM_CONFIG_FILE", config_path},
        {"CLAMBDA_RECORD_DIR", folder},
    };
    static struct services services;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    t.cx.arena = &t.arena;
    provider_peer_start(&providers);
    assert_non_null(mkdtemp(folder));
    config_write();
    for (size_t i = 0; i < ARRAY_LEN(variables); i++) {
        assert_int_equal(setenv(variables[i].name, variables[i].value, 1), 0);
    }
    log_to(open("/dev/null", O_WRONLY | O_CLOEXEC));
    CHECK_STATUS(&t.cx, gateway_place_open(&t.cx, &services, state), OK);
    return 0;
}

static int end(void **state)
{
    gateway_place_close(*state);
    provider_peer_stop(&providers);
    (void)unlink(config_path);
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_call_can_be_done_again_offline),
        cmocka_unit_test(calls_of_other_keys_leave_nothing),
        cmocka_unit_test(what_no_provider_was_asked_leaves_no_record),
        cmocka_unit_test(a_change_of_ours_shows),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
