/*
 * What stands in around the gateway in its own tests: the engine, those who say who calls, and
 * Lambda. What goes in, what comes out and in which order is written down in `fake`.
 */
#pragma once

#include "functions/ai-gateway/handler.h"

#include "functions/ai-gateway/place.h"
#include "runtime/core/reply.h"
#include "shared/llm/store/store.h"
#include "tests/support/check.h"

#define USER_ID "2f6c3a10-7a51-4a7e-9a52-1f4b8c0d9e33"
#define CALL_ID "7d1c0a52-54b6-4c86-9d53-0f6b1f0a4c11"

/* 2026-03-01T10:00:00Z */
static const int64_t NOW_MS = 1772359200000;

/* ---- what stands in -------------------------------------------------------------------------- */

static const struct llm_provider provider = {.name = STR_INIT("anthropic")};
static const struct llm_model model = {.id = STR_INIT("claude-haiku-4-5")};
static const struct llm_target target = {&provider, &model};

static struct {
    /* what llm_call does */
    enum status status;
    const char *code;
    struct llm_head head;
    struct llm_outcome outcome;
    bool begins;
    struct str raw;
    const struct llm_event *events;
    size_t event_count;
    /* what it saw */
    const struct llm_request *request;
    int64_t deadline_ms;
    size_t calls, settlements;
    bool had_answer_when_settled;
    struct str key, bearer;    /* who was asked about */
    struct str user_id;        /* of the key */
    struct llm_models *models; /* of GET /v1/models */
    /* Lambda */
    struct buf sent;
    size_t writes;
    bool is_gone, has_ended;
} fake;

static enum status play(struct ctx *cx, const struct llm_sink *sink)
{
    if (fake.begins) {
        TRY(sink->begin(cx, sink->arg, &fake.head));
    }
    if (fake.raw.len > 0) {
        TRY(sink->raw(cx, sink->arg, fake.raw));
    }
    for (size_t i = 0; i < fake.event_count; i++) {
        TRY(sink->event(cx, sink->arg, &fake.events[i]));
    }
    return OK;
}

enum status llm_call(struct ctx *cx, struct llm *llm, const struct llm_caller *caller,
                     struct llm_request *request, const struct llm_sink *sink,
                     struct llm_outcome *outcome)
{
    (void)llm, (void)caller;
    fake.calls++;
    fake.request = request;
    fake.deadline_ms = cx->deadline_ms;
    *outcome = fake.outcome;
    outcome->head = fake.head;
    TRY(play(cx, sink));
    return fake.status == OK ? OK : fail_code(cx, fake.status, fake.code, "as the test wants");
}

void llm_finish(struct ctx *cx, struct llm *llm, struct llm_outcome *outcome)
{
    (void)cx, (void)llm, (void)outcome;
    fake.settlements++;
    fake.had_answer_when_settled = fake.has_ended;
}

enum status llm_open(struct ctx *cx, const struct llm_options *options, struct llm **llm)
{
    (void)cx, (void)options, (void)llm;
    return OK;
}
void llm_close(struct llm *llm)
{
    (void)llm;
}
void llm_disconnect(struct llm *llm)
{
    (void)llm;
}
const struct llm_models *llm_models_of(const struct llm *llm)
{
    (void)llm;
    return fake.models;
}

enum status auth_caller(struct ctx *cx, const struct auth_config *auth,
                        struct str authorization_header, int64_t now_ms, struct caller *caller)
{
    (void)auth, (void)now_ms;
    fake.bearer = authorization_header;
    *caller = (struct caller){.user_id = STR(USER_ID)};
    return str_eq(authorization_header, STR("Bearer bad")) ? fail(cx, ERR_UNAUTHENTICATED, "no")
                                                           : OK;
}

enum status llm_jwt_caller(struct ctx *cx, const struct caller *jwt, struct llm_caller *caller)
{
    (void)cx;
    *caller = (struct llm_caller){.tenant_id = jwt->user_id, .user_id = jwt->user_id};
    return OK;
}

enum status llm_key_caller(struct ctx *cx, struct pg *pg, struct str key, struct llm_caller *caller)
{
    (void)cx, (void)pg;
    fake.key = key;
    *caller = (struct llm_caller){.tenant_id = STR(USER_ID), .user_id = fake.user_id};
    return OK;
}

static enum status way_write(struct ctx *cx, struct reply *reply, struct str bytes)
{
    if (fake.is_gone) {
        return fail(cx, ERR_UPSTREAM, "the caller is gone");
    }
    reply->has_begun = true;
    fake.writes++;
    buf_add(&fake.sent, bytes);
    return OK;
}

static enum status way_end(struct ctx *cx, struct reply *reply)
{
    (void)cx;
    buf_add(&fake.sent, reply->mode == REPLY_BUFFERED ? reply->body : STR(""));
    fake.has_ended = true;
    return OK;
}

static const struct reply_way way = {.write = way_write, .end = way_end};

/* ---- asking ---------------------------------------------------------------------------------- */

struct exchange {
    struct test_ctx t;
    struct services services;
    struct gateway_place place;
    struct endpoint_call call;
    struct http_answer answer;
    const struct json *root; /* of the answer's body */
};

static void exchange_open(struct exchange *x)
{
    *x = (struct exchange){0};
    arena_init(&x->t.arena, 0);
    x->t.cx = (struct ctx){.arena = &x->t.arena, .request_id = STR("r-1")};
    x->place.keys = key_cache_new();
    memset(&fake, 0, sizeof fake);
    fake.head = (struct llm_head){.target = &target,
                                  .trail = STR("anthropic/claude-haiku-4-5:ok"),
                                  .overhead_us = 140,
                                  .cost_nano = -1,
                                  .call_id = STR(CALL_ID)};
}

static void exchange_close(struct exchange *x)
{
    key_cache_free(x->place.keys);
    arena_deinit(&x->t.arena);
}

#define EXCHANGE                                                                                   \
    DEFER(exchange_close) struct exchange x;                                                       \
    exchange_open(&x)

struct wish {
    const char *method, *path; /* POST, /ai-gateway */
    struct http_header headers[4];
    struct str body;
    struct reply *reply;
    const char *domain;
};

static void ask(struct exchange *x, const struct wish *wish)
{
    struct ctx *cx = &x->t.cx;
    struct http_header headers[5] = {{STR_INIT("authorization"), STR_INIT("Bearer good")}};
    size_t count = 1;
    for (size_t i = 0; i < ARRAY_LEN(wish->headers) && wish->headers[i].name.len > 0; i++) {
        headers[count++] = wish->headers[i];
    }
    bool has_own = count > 1 && str_eq(headers[1].name, headers[0].name);
    struct http_event event = {
        .format = HTTP_V2,
        .method = str_from_cstr(wish->method != NULL ? wish->method : "POST"),
        .path = str_from_cstr(wish->path != NULL ? wish->path : "/ai-gateway"),
        .stage = STR("$default"),
        .domain = str_from_cstr(wish->domain),
        .time_ms = NOW_MS,
        .body = exact_copy(cx, wish->body),
        .headers = headers + (has_own ? 1 : 0),
        .header_count = count - (has_own ? 1 : 0),
    };
    x->call = (struct endpoint_call){.endpoint = &ai_gateway,
                                     .services = &x->services,
                                     .own = &x->place,
                                     .reply = wish->reply,
                                     .now_ms = NOW_MS};
    endpoint_serve(cx, &x->call, &event, &x->answer);
    if (x->answer.body.len > 0) {
        CHECK_STATUS(cx, json_read(cx, x->answer.body, NULL, &x->root), OK);
    }
}

static struct str header_of(const struct exchange *x, const char *name)
{
    for (size_t i = 0; i < x->answer.header_count; i++) {
        if (str_eq(x->answer.headers[i].name, str_from_cstr(name))) {
            return x->answer.headers[i].value;
        }
    }
    return (struct str){0};
}

#define CONTEXT "\"context\":{\"user_id\":\"" USER_ID "\",\"operation\":\"general\"}"
#define PROMPT  "{\"prompt\":\"Name three lunches.\"," CONTEXT "}"

static const struct llm_event three_words[] = {
    {.kind = LLM_EVENT_START},
    {.kind = LLM_EVENT_TEXT, .text = STR_INIT("Salad, ")},
    {.kind = LLM_EVENT_TEXT, .text = STR_INIT("stew, wrap.")},
    {.kind = LLM_EVENT_FINISH},
    {.kind = LLM_EVENT_END},
};

static inline void fake_answers(void)
{
    fake.begins = true;
    fake.events = three_words;
    fake.event_count = ARRAY_LEN(three_words);
}
