#include "functions/ai-gateway/replay.h"

#include "functions/ai-gateway/ask.h"
#include "functions/ai-gateway/face/legacy.h"
#include "functions/ai-gateway/options.h"
#include "shared/base/clock.h"
#include "shared/base/file.h"
#include "shared/llm/watch/replay.h"

#include <stdio.h>
#include <stdlib.h>

enum { FILE_MAX_BYTES = 64 * 1024 * 1024 };

static const struct face *const faces[] = {
    &face_openai_chat, &face_openai_responses, &face_openai_embeddings,
    &face_anthropic,   &face_anthropic_count,  &face_legacy,
};

static enum status face_find(struct ctx *cx, struct str name, const struct face **face)
{
    for (size_t i = 0; i < ARRAY_LEN(faces); i++) {
        if (str_eq(name, str_from_cstr(faces[i]->name))) {
            *face = faces[i];
            return OK;
        }
    }
    return fail(cx, ERR_INVALID, "request.face: there is no such one");
}

/* ---- what stands in for the network and the database ----------------------------------------- */

struct replaying {
    struct llm_recording recording;
    struct llm_replay replay;
    struct llm_transport transport;
    struct gateway_place place;
    struct endpoint_call call; /* without a reply: the answer is gathered */
    struct ask ask;
    struct http_event event;
};

static void set_if_unset(struct ctx *cx, struct str name, const char *value)
{
    if (name.len > 0) {
        (void)setenv(arena_cstr_copy(cx->arena, name), value, 0);
    }
}

/* Nobody will see the keys; but who has none is not asked. */
static void keys_pretend(struct ctx *cx, const struct llm_models *models,
                         const struct llm_recording *recording)
{
    static const struct str credentials[] = {STR_INIT("AWS_ACCESS_KEY_ID"),
                                             STR_INIT("AWS_SECRET_ACCESS_KEY")};
    for (size_t i = 0; i < ARRAY_LEN(credentials); i++) {
        set_if_unset(cx, credentials[i], "replay");
    }
    for (size_t i = 0; i < recording->exchange_count; i++) {
        struct llm_route route;
        if (llm_route_find(cx, models, recording->exchanges[i].target, 0, &route) == OK) {
            set_if_unset(cx, route.targets[0].provider->key_env, "replay");
        }
    }
    err_clear(cx); /* a target that is gone shows as a difference */
}

static bool was_asked(const struct llm_recording *recording, struct str target)
{
    for (size_t i = 0; i < recording->exchange_count; i++) {
        if (str_eq(recording->exchanges[i].target, target)) {
            return true;
        }
    }
    return false;
}

/* Those of the chain that were not asked then: they rested, or were not needed. */
static void resting_find(struct ctx *cx, const struct llm_models *models, struct replaying *r)
{
    struct llm_route route;
    struct llm_request *request = &r->ask.request;
    int32_t today = date_of_ms(r->recording.started_ms);
    struct str *resting = ARENA_ARRAY(cx->arena, struct str, LLM_MAX_CHAIN);
    if (llm_route_find(cx, models, request->model, today, &route) != OK) {
        err_clear(cx); /* llm_call says so again */
        return;
    }
    request->resting = resting;
    for (size_t i = 0; i < route.target_count; i++) {
        struct str name = llm_target_name(cx->arena, &route.targets[i]);
        if (!was_asked(&r->recording, name)) {
            resting[request->resting_count++] = name;
        }
    }
}

/* ---- the story ------------------------------------------------------------------------------- */

static void event_make(struct ctx *cx, struct replaying *r)
{
    const struct llm_recording *recording = &r->recording;
    struct http_header *headers =
        ARENA_ARRAY(cx->arena, struct http_header, recording->field_count + 1);
    for (size_t i = 0; i < recording->field_count; i++) {
        headers[i] = (struct http_header){recording->fields[i].name, recording->fields[i].value};
    }
    r->event = (struct http_event){
        .format = HTTP_V1,
        .method = STR("POST"),
        .body = recording->body,
        .headers = headers,
        .header_count = recording->field_count,
        .header_values = headers,
        .header_value_count = recording->field_count,
    };
}

static enum status recording_open(struct ctx *cx, const char *path, struct replaying *r)
{
    struct str text;
    TRY(file_read(cx, path, FILE_MAX_BYTES, &text));
    TRY(llm_recording_read(cx, text, &r->recording));
    if (r->recording.exchange_count == 0) {
        return fail(cx, ERR_INVALID,
                    "no provider was asked: the call was refused, or its answer "
                    "a stored one");
    }
    r->replay = (struct llm_replay){.recording = &r->recording};
    r->transport = llm_replay_transport(&r->replay);
    TRY(llm_open(cx, &(struct llm_options){.transport = &r->transport}, &r->place.llm));
    struct str version = llm_models_version(llm_models_of(r->place.llm));
    if (!str_eq(version, r->recording.price_version)) {
        return fail(cx, ERR_INVALID, "its prices were " STR_FMT ", these are " STR_FMT,
                    STR_ARG(r->recording.price_version), STR_ARG(version));
    }
    keys_pretend(cx, llm_models_of(r->place.llm), &r->recording);
    return OK;
}

static enum status request_read(struct ctx *cx, struct replaying *r)
{
    struct ask *ask = &r->ask;
    event_make(cx, r);
    r->call = (struct endpoint_call){.own = &r->place, .now_ms = r->recording.started_ms};
    *ask = (struct ask){.call = &r->call, .place = &r->place, .caller = r->recording.caller};
    ask->request.no_cache = true;
    TRY(face_find(cx, r->recording.face, &ask->face));
    TRY(ask->face->read(cx, &r->event, &ask->request));
    TRY(gateway_options_read(cx, &r->event, &ask->request));
    ask->request.call_id = r->recording.call_id;
    ask->request.started_ms = r->recording.started_ms;
    ask->request.function = STR("ai-gateway");
    resting_find(cx, llm_models_of(r->place.llm), r);
    return OK;
}

static void ask_again(struct ctx *cx, struct replaying *r)
{
    struct ask *ask = &r->ask;
    struct llm_sink sink = ask_sink(ask);
    ask->status = llm_call(cx, r->place.llm, &ask->caller, &ask->request, &sink, &ask->outcome);
    if (ask->status != OK && ask->writer != NULL && ask->request.stream) {
        ask_end_stream(cx, ask, ask->status);
    }
}

/* The first thing that is not as it was; NULL: nothing. */
static const char *difference(struct ctx *cx, const struct replaying *r)
{
    const struct llm_recording *was = &r->recording;
    const struct ask *is = &r->ask;
    if (llm_replay_check(cx, &r->replay) != OK) {
        return cx->err.text;
    }
    if (!str_eq(was->status, str_from_cstr(status_name(is->status)))) {
        return "the result is another one";
    }
    if (!str_eq(was->answer, buf_str(&is->whole))) {
        return "the answer is another one";
    }
    return was->cost_nano == is->outcome.cost_nano ? NULL : "the cost is another one";
}

static int replay_tell(struct ctx *cx, const struct replaying *r)
{
    struct str answer = buf_str(&r->ask.whole);
    const char *how = difference(cx, r);
    bool is_written =
        fwrite(answer.ptr != NULL ? answer.ptr : "", 1, answer.len, stdout) == answer.len &&
        fflush(stdout) == 0;
    if (!is_written) {
        (void)fputs("replay: the answer cannot be written\n", stderr);
        return REPLAY_IMPOSSIBLE;
    }
    (void)fprintf(stderr, "replay: %s (%zu bytes, %lld nano-dollars, then %zu and %lld)\n",
                  how == NULL ? "the same" : how, answer.len, (long long)r->ask.outcome.cost_nano,
                  r->recording.answer.len, (long long)r->recording.cost_nano);
    return how == NULL ? REPLAY_SAME : REPLAY_DIFFERS;
}

int gateway_replay(const char *path)
{
    struct arena arena;
    struct ctx cx = {.arena = &arena};
    arena_init(&arena, 0);
    struct replaying *r = ARENA_NEW(&arena, struct replaying);
    int code = REPLAY_IMPOSSIBLE;
    enum status status = recording_open(&cx, path, r);
    status = status == OK ? request_read(&cx, r) : status;
    if (status == OK) {
        ask_again(&cx, r);
        code = replay_tell(&cx, r);
    } else {
        (void)fprintf(stderr, "replay: %s\n", cx.err.text);
    }
    llm_close(r->place.llm);
    arena_deinit(&arena);
    return code;
}
