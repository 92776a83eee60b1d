/*
 * A recorder before a provider of the test's own, and the replay of what it wrote.
 */
#include "shared/llm/watch/record.h"

#include "shared/base/file.h"
#include "shared/llm/watch/replay.h"
#include "shared/log/log.h"
#include "tests/support/check.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define CALL_ID "99999999-2222-4333-8444-555555555555"
#define CANARY  "sk-canary-c41f"
#define BODY    "{\"prompt\":\"hello\"}"

/* ---- the provider ---------------------------------------------------------------------------- */

/* One exchange of the script: a head and chunks, or a failure. */
struct script {
    enum status open, read; /* what comes after the chunks; OK: the end */
    struct http_stream_failure failure;
    int status;
    const char *fields;
    struct str chunks[3];
};

struct provider {
    const struct script *script;
    size_t opened, chunk;
    int64_t waited_ms;
    int closed;
};

static enum status provider_open(struct ctx *cx, void *arg, struct str target,
                                 const struct http_request *req, struct http_response *res,
                                 void **stream, struct http_stream_failure *failure)
{
    struct provider *provider = arg;
    const struct script *script = &provider->script[provider->opened++];
    (void)target;
    (void)req;
    provider->chunk = 0;
    *failure = script->failure;
    if (script->open != OK) {
        return fail(cx, script->open, "as the script says");
    }
    *res =
        (struct http_response){.status = script->status, .fields = str_from_cstr(script->fields)};
    *stream = provider;
    return OK;
}

static enum status provider_read(struct ctx *cx, void *arg, void *stream, int64_t idle_ms,
                                 struct str *bytes)
{
    struct provider *provider = stream;
    const struct script *script = &provider->script[provider->opened - 1];
    (void)arg;
    (void)idle_ms;
    *bytes = (struct str){0};
    if (provider->chunk < ARRAY_LEN(script->chunks) && script->chunks[provider->chunk].len > 0) {
        *bytes = script->chunks[provider->chunk++];
        return OK;
    }
    return script->read == OK ? OK : fail(cx, script->read, "as the script says");
}

static void provider_close(void *arg, void **stream)
{
    struct provider *provider = arg;
    provider->closed++;
    *stream = NULL;
}

static void provider_wait(void *arg, int64_t wait_ms)
{
    struct provider *provider = arg;
    provider->waited_ms += wait_ms;
}

/* ---- the world ------------------------------------------------------------------------------- */

struct world {
    struct test_ctx t;
    struct ctx *cx;
    struct provider provider;
    struct llm_recorder *recorder;
    struct llm_transport transport;
    struct llm_caller caller;
    char folder[64];
};

static struct llm_recorder *recorder_in(const char *folder, struct llm_transport inner)
{
    return llm_recorder_new(
        &(struct llm_recorder_options){.folder = str_from_cstr(folder), .inner = inner});
}

static void world_open(struct world *w, const struct script *script)
{
    *w = (struct world){.folder = "/tmp/clambda-record.XXXXXX", .provider = {.script = script}};
    (void)test_ctx_open(&w->t);
    w->cx = &w->t.cx;
    w->cx->arena = &w->t.arena;
    assert_non_null(mkdtemp(w->folder));
    w->recorder = recorder_in(w->folder, (struct llm_transport){.open = provider_open,
                                                                .read = provider_read,
                                                                .close = provider_close,
                                                                .wait = provider_wait,
                                                                .arg = &w->provider});
    w->transport = llm_recorder_transport(w->recorder);
    w->caller = (struct llm_caller){.tenant_id = STR("t-1"),
                                    .claims = STR(CANARY),
                                    .guard = STR("{\"mask\":[]}"),
                                    .logs_content = true};
}

static void world_close(struct world *w)
{
    char command[128];
    llm_recorder_free(w->recorder);
    (void)snprintf(command, sizeof command, "rm -rf '%s'", w->folder);
    /* NOLINTNEXTLINE(cert-env33-c,concurrency-mt-unsafe): a folder mkdtemp named */
    (void)!system(command);
    test_ctx_close(&w->t);
}

static void start(struct world *w)
{
    static const struct http_field fields[] = {
        {STR_INIT("anthropic-version"), STR_INIT("2023-06-01")}};
    llm_record_start(
        w->recorder, &w->caller,
        &(struct llm_record_request){
            .face = STR("anthropic"), .body = STR(BODY), .fields = fields, .field_count = 1});
}

static void finish(struct world *w)
{
    static const struct llm_request request = {0};
    static const struct llm_outcome outcome = {
        .head = {.call_id = STR_INIT(CALL_ID),
                 .started_ms = INT64_C(1795900000000),
                 .trail = STR_INIT("a/m:ok")},
        .attempt_count = 1,
        .cost_nano = 4500000,
        .usage = {.input = 500, .output = 200},
        .settlement = {.alias = STR_INIT("claude-haiku"), .price_version = STR_INIT("v@d")},
    };
    const struct llm_watched call = {
        .caller = &w->caller, .request = &request, .outcome = &outcome, .status = OK};
    llm_record_end(w->cx, w->recorder, &call);
}

static const struct http_field secret_field = {STR_INIT("x-api-key"), STR_INIT(CANARY)};

static struct http_request request_of(const char *body)
{
    return (struct http_request){.method = "POST",
                                 .url = STR("https://api.example/v1/messages"),
                                 .fields = &secret_field,
                                 .field_count = 1,
                                 .body = str_from_cstr(body)};
}

/* One exchange as an engine has it: all that came, and how it ended. */
struct seen {
    enum status open, read;
    struct http_stream_failure failure;
    int status;
    struct str fields, bytes;
    size_t chunks;
};

static struct seen exchange(struct ctx *cx, const struct llm_transport *transport,
                            const char *target, const char *body)
{
    struct http_response res = {0};
    struct http_request req = request_of(body);
    struct seen seen = {0};
    struct buf all = buf_in(cx->arena, KIB(64));
    void *stream = NULL;
    seen.open = transport->open(cx, transport->arg, str_from_cstr(target), &req, &res, &stream,
                                &seen.failure);
    if (seen.open != OK) {
        return seen;
    }
    seen.status = res.status;
    seen.fields = res.fields;
    struct str bytes = STR("x");
    while (seen.read == OK && bytes.len > 0) {
        seen.read = transport->read(cx, transport->arg, stream, 1000, &bytes);
        seen.chunks += seen.read == OK && bytes.len > 0;
        buf_add(&all, seen.read == OK ? bytes : (struct str){0});
    }
    transport->close(transport->arg, &stream);
    assert_null(stream);
    seen.bytes = buf_str(&all);
    return seen;
}

static void check_seen(const char *name, const struct seen *got, const struct seen *want)
{
    CHECK_I64(name, got->open, want->open);
    CHECK_I64(name, got->read, want->read);
    CHECK_I64(name, got->status, want->status);
    CHECK_I64(name, got->chunks, want->chunks);
    CHECK_I64(name, got->failure.sent, want->failure.sent);
    CHECK_I64(name, got->failure.is_timeout, want->failure.is_timeout);
    CHECK_STR(name, got->bytes, want->bytes);
}

/* The one file in the folder; empty: there is none. */
static struct str record(struct world *w)
{
    char path[512];
    struct str text = {0};
    DIR *folder = opendir(w->folder);
    assert_non_null(folder);
    int count = 0;
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): one thread */
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        struct stat about;
        if (entry->d_name[0] == '.') {
            continue;
        }
        (void)snprintf(path, sizeof path, "%s/%s", w->folder, entry->d_name);
        CHECK_STATUS(w->cx, file_read(w->cx, path, 64 * KIB(1024), &text), OK);
        assert_int_equal(stat(path, &about), 0);
        CHECK_I64("mode", about.st_mode & 07777, 0600);
        assert_true(str_has_suffix(str_from_cstr(entry->d_name), STR("." CALL_ID ".json")));
        count++;
    }
    (void)closedir(folder);
    assert_true(count <= 1);
    return text;
}

/* ---- tests ----------------------------------------------------------------------------------- */

static const struct script faults[] = {
    {.open = ERR_UPSTREAM, .failure = {.sent = HTTP_UNSENT}},
    {.open = ERR_TIMEOUT, .failure = {.sent = HTTP_SENT, .is_timeout = true}},
    {.open = ERR_UPSTREAM, .failure = {.sent = HTTP_SENT}},
    {.status = 429,
     .fields = "HTTP/1.1 429\r\nretry-after: 2\r\nset-cookie: a=" CANARY "\r\n",
     .chunks = {STR_INIT("{\"error\":1}")}},
    {.status = 200,
     .fields = "",
     .chunks = {STR_INIT("da"), STR_INIT("ta: \xc3")},
     .read = ERR_UPSTREAM},
    {.status = 200, .fields = "", .chunks = {STR_INIT("data: 1")}, .read = ERR_TIMEOUT},
    {.status = 200,
     .fields = "content-type: text/event-stream\r\n",
     .chunks = {STR_INIT("\xbc\r\n"), STR_INIT("\n"), STR_INIT("end\0x")}},
};

static void a_replay_is_the_recorded_call_byte_for_byte(void **state)
{
    (void)state;
    struct seen first[ARRAY_LEN(faults)];
    struct llm_recording recording;
    DEFER(world_close) struct world w;
    world_open(&w, faults);
    start(&w);
    for (size_t i = 0; i < ARRAY_LEN(faults); i++) {
        first[i] = exchange(w.cx, &w.transport, "a/m", BODY);
        w.transport.wait(w.transport.arg, 7);
    }
    llm_record_answer(w.recorder, STR("ans"));
    llm_record_answer(w.recorder, STR("wer\0"));
    finish(&w);
    CHECK_I64("waits reach the network", w.provider.waited_ms, 7 * ARRAY_LEN(faults));
    CHECK_I64("and closes", w.provider.closed, 4);

    CHECK_STATUS(w.cx, llm_recording_read(w.cx, record(&w), &recording), OK);
    struct llm_replay replay = {.recording = &recording};
    struct llm_transport again = llm_replay_transport(&replay);
    for (size_t i = 0; i < ARRAY_LEN(faults); i++) {
        struct seen second = exchange(w.cx, &again, "a/m", BODY);
        check_seen(arena_format(w.cx->arena, "exchange %zu", i).ptr, &second, &first[i]);
    }
    CHECK_STATUS(w.cx, llm_replay_check(w.cx, &replay), OK);
    CHECK_STR("body", recording.body, STR(BODY));
    CHECK_STR("answer", recording.answer, STR("answer\0"));
    CHECK_STR("call", recording.call_id, STR(CALL_ID));
    CHECK_I64("started", recording.started_ms, INT64_C(1795900000000));
    CHECK_I64("cost", recording.cost_nano, 4500000);
    CHECK_STR("guard", recording.caller.guard, STR("{\"mask\":[]}"));
    CHECK_STR("field", recording.fields[0].value, STR("2023-06-01"));
}

static void a_record_holds_no_credential(void **state)
{
    (void)state;
    struct llm_recording recording;
    DEFER(world_close) struct world w;
    world_open(&w, &faults[3]);
    start(&w);
    (void)exchange(w.cx, &w.transport, "a/m", BODY);
    finish(&w);
    struct str text = record(&w);
    assert_true(text.len > 0 && str_find(text, STR(CANARY)) == SIZE_MAX);
    CHECK_STATUS(w.cx, llm_recording_read(w.cx, text, &recording), OK);
    struct str fields = recording.exchanges[0].fields;
    assert_true(str_find(fields, STR("retry-after: 2")) != SIZE_MAX);
    assert_true(str_find(fields, STR(CANARY)) == SIZE_MAX);
}

static void only_keys_that_say_so_are_recorded(void **state)
{
    (void)state;
    DEFER(world_close) struct world w;
    world_open(&w, &faults[6]);
    w.caller.logs_content = false;
    start(&w);
    struct seen seen = exchange(w.cx, &w.transport, "a/m", BODY);
    CHECK_I64("it works", seen.status, 200);
    llm_record_answer(w.recorder, STR("answer"));
    finish(&w);
    CHECK_I64("no file", record(&w).len, 0);
    llm_record_start(NULL, &w.caller, NULL); /* without a folder there is no recorder */
    llm_record_answer(NULL, STR("x"));
    llm_record_end(w.cx, NULL, NULL);
    llm_recorder_free(NULL);
}

static void a_call_that_asked_nobody_is_not_recorded(void **state)
{
    (void)state;
    DEFER(world_close) struct world w;
    world_open(&w, faults);
    start(&w);
    llm_record_answer(w.recorder, STR("stored"));
    finish(&w);
    CHECK_I64("no file", record(&w).len, 0);
}

static void an_exchange_past_the_limit_goes_on_all_the_same(void **state)
{
    (void)state;
    DEFER(world_close) struct world w;
    log_to(open("/dev/null", O_WRONLY | O_CLOEXEC));
    world_open(&w, &faults[6]);
    start(&w);
    llm_record_answer(w.recorder,
                      (struct str){.ptr = arena_alloc(w.cx->arena, 1, LLM_RECORD_MAX_BYTES + 1),
                                   .len = LLM_RECORD_MAX_BYTES + 1});
    struct seen seen = exchange(w.cx, &w.transport, "a/m", BODY);
    CHECK_STR("all of it", seen.bytes, STR("\xbc\r\n\nend\0x"));
    finish(&w);
    CHECK_I64("no file", record(&w).len, 0);
    log_to(2);
}

static void a_call_past_the_limit_is_not_recorded(void **state)
{
    (void)state;
    log_to(open("/dev/null", O_WRONLY | O_CLOEXEC));
    for (size_t over = 0; over < 2; over++) {
        DEFER(world_close) struct world w;
        world_open(&w, faults);
        start(&w);
        (void)exchange(w.cx, &w.transport, "a/m", BODY); /* it never left: nothing is kept of it */
        err_clear(w.cx);
        size_t len = LLM_RECORD_MAX_BYTES - (sizeof BODY - 1) + over;
        char *bytes = arena_alloc(w.cx->arena, len, 1);
        llm_record_answer(w.recorder, (struct str){.ptr = bytes, .len = len});
        finish(&w);
        CHECK_I64("a file", record(&w).len > 0, over == 0);
        CHECK_STR("no failure is left", str_from_cstr(w.cx->err.text), STR(""));
    }
    log_to(2);
}

static void a_folder_that_is_not_there_costs_a_line_in_the_log(void **state)
{
    (void)state;
    DEFER(world_close) struct world w;
    world_open(&w, &faults[6]);
    assert_int_equal(rmdir(w.folder), 0);
    log_to(open("/dev/null", O_WRONLY | O_CLOEXEC));
    start(&w);
    (void)exchange(w.cx, &w.transport, "a/m", BODY);
    finish(&w);
    log_to(2);
    CHECK_STR("no failure is left", str_from_cstr(w.cx->err.text), STR(""));
    assert_int_equal(mkdir(w.folder, 0700), 0);
}

static void a_replay_says_where_it_differs(void **state)
{
    (void)state;
    static const struct {
        const char *name, *target, *body;
        int exchanges;
        const char *words;
    } cases[] = {
        {"the same", "a/m", BODY, 1, ""},
        {"another model", "a/n", BODY, 1, "request 1: a request to another model"},
        {"another body", "a/m", "{}", 1, "request 1: a request with other content"},
        {"one more", "a/m", BODY, 2, "request 2: one more request"},
        {"one less", "a/m", BODY, 0, "only 0 of 1 recorded requests"},
    };
    DEFER(world_close) struct world w;
    world_open(&w, &faults[6]);
    start(&w);
    (void)exchange(w.cx, &w.transport, "a/m", BODY);
    finish(&w);
    struct llm_recording recording;
    CHECK_STATUS(w.cx, llm_recording_read(w.cx, record(&w), &recording), OK);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct llm_replay replay = {.recording = &recording};
        struct llm_transport again = llm_replay_transport(&replay);
        for (int j = 0; j < cases[i].exchanges; j++) {
            (void)exchange(w.cx, &again, cases[i].target, cases[i].body);
        }
        err_clear(w.cx);
        enum status status = llm_replay_check(w.cx, &replay);
        CHECK_I64(cases[i].name, status, cases[i].words[0] == '\0' ? OK : ERR_CONFLICT);
        assert_true(status == OK || strstr(w.cx->err.text, cases[i].words) != NULL);
    }
}

/* The record with `old` replaced by `changed`, once. */
static struct str with(struct ctx *cx, struct str text, const char *old, const char *changed)
{
    size_t at = str_find(text, str_from_cstr(old));
    if (at == SIZE_MAX) {
        CHECK_FAILED("no %s in the record\n", old);
    }
    return arena_format(cx->arena, STR_FMT "%s" STR_FMT, STR_ARG(str_slice(text, 0, at)), changed,
                        STR_ARG(str_slice(text, at + strlen(old), text.len)));
}

static void a_record_that_was_changed_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *old, *changed, *words;
    } cases[] = {
        {"{\"format\":1", "{\"format\":2", "format"},
        {"{\"format\":1", "{\"format\":1,\"more\":1", "more"},
        {"\"started_ms\":", "\"started\":", "started"},
        {"\"body\":\"eyJ", "\"body\":\"eyK", "request.body: not what its digest is of"},
        {"\"body\":\"eyJ", "\"body\":\"*", "request.body: not base64"},
        {"\"chunks\":[[", "\"chunks\":[1,[", "exchanges.chunks"},
        {"\"fields\":[[", "\"fields\":[[1,", "request.fields"},
        {"\"cost_nano\":4500000", "\"cost_nano\":\"x\"", "cost_nano"},
        {"\"end\":\"complete\"", "\"end\":3", "exchanges[0].end"},
    };
    DEFER(world_close) struct world w;
    world_open(&w, &faults[6]);
    start(&w);
    (void)exchange(w.cx, &w.transport, "a/m", BODY);
    finish(&w);
    struct str text = record(&w);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct llm_recording recording;
        err_clear(w.cx);
        struct str changed = exact_copy(w.cx, with(w.cx, text, cases[i].old, cases[i].changed));
        CHECK_STATUS(w.cx, llm_recording_read(w.cx, changed, &recording), ERR_INVALID);
        if (strstr(w.cx->err.text, cases[i].words) == NULL) {
            CHECK_FAILED("%s: %s\n", cases[i].changed, w.cx->err.text);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_replay_is_the_recorded_call_byte_for_byte),
        cmocka_unit_test(a_record_holds_no_credential),
        cmocka_unit_test(only_keys_that_say_so_are_recorded),
        cmocka_unit_test(a_call_that_asked_nobody_is_not_recorded),
        cmocka_unit_test(an_exchange_past_the_limit_goes_on_all_the_same),
        cmocka_unit_test(a_call_past_the_limit_is_not_recorded),
        cmocka_unit_test(a_folder_that_is_not_there_costs_a_line_in_the_log),
        cmocka_unit_test(a_replay_says_where_it_differs),
        cmocka_unit_test(a_record_that_was_changed_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
