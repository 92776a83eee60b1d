#include "functions/ai-gateway/handler.h"

#include "functions/ai-gateway/ask.h"
#include "functions/ai-gateway/caller.h"
#include "functions/ai-gateway/count.h"
#include "functions/ai-gateway/error.h"
#include "functions/ai-gateway/face/legacy.h"
#include "functions/ai-gateway/face/openai_models.h"
#include "functions/ai-gateway/headers.h"
#include "functions/ai-gateway/options.h"
#include "functions/ai-gateway/place.h"
#include "functions/ai-gateway/record.h"
#include "functions/ai-gateway/watch.h"
#include "shared/base/clock.h"

enum {
    MAX_REQUEST_BYTES = 6 * 1024 * 1024, /* what Lambda hands over */
    HTTP_API_PATIENCE_MS = 29 * 1000,    /* it gives up after 30 s, and would not tell */
};

/* ---- the story ------------------------------------------------------------------------------- */

static struct ask *ask_new(struct ctx *cx, struct endpoint_call *call, const struct face *face)
{
    struct ask *ask = ARENA_NEW(cx->arena, struct ask);
    ask->call = call;
    ask->face = face;
    ask->place = call->own;
    ask->request.no_cache = true;
    call->work = ask;
    return ask;
}

/* Nobody pays for an answer that its front no longer waits for. */
static void deadline_limit(struct ctx *cx, const struct http_event *event)
{
    bool is_url = str_find(event->domain, STR(".lambda-url.")) != SIZE_MAX;
    int64_t patience_ends = event->time_ms + HTTP_API_PATIENCE_MS;
    bool ends_sooner = cx->deadline_ms == 0 || cx->deadline_ms > patience_ends;
    if (event->format == HTTP_V2 && !is_url && event->time_ms > 0 && ends_sooner) {
        cx->deadline_ms = patience_ends;
    }
}

static void answer_whole(struct ctx *cx, struct ask *ask, struct http_answer *answer)
{
    struct header_list headers = headers_begin(cx, ask->face->protocol, ask->call->now_ms);
    headers_of_outcome(&headers, &ask->outcome);
    answer->headers = headers.items;
    answer->header_count = headers.count;
    answer->content_type = ask->content_type;
    answer->body = buf_str(&ask->whole);
    if (ask->face == &face_legacy) {
        answer->body = legacy_body(cx, answer->body, &ask->request, &ask->outcome);
    }
}

/* Once the caller has the answer. */
static void settle(struct ctx *cx, void *work)
{
    struct ask *ask = work;
    llm_finish(cx, ask->place->llm, &ask->outcome);
    gateway_watch(cx, ask);
}

static enum status answer_in(struct ctx *cx, const struct face *face,
                             const struct http_event *event, struct http_answer *answer,
                             struct endpoint_call *call)
{
    struct ask *ask = ask_new(cx, call, face);
    TRY(gateway_caller(cx, call, event, &ask->caller));
    TRY(face->read(cx, event, &ask->request));
    TRY(gateway_options_read(cx, event, &ask->request));
    if (face == &face_legacy) {
        TRY(legacy_user_check(cx, &ask->request, &ask->caller));
    }
    if (count_is_estimated(cx, ask)) {
        count_estimate(cx, ask, answer);
        return OK;
    }
    ask->request.function = STR("ai-gateway");
    deadline_limit(cx, event);
    gateway_record_start(cx, ask, event);

    struct llm_sink sink = ask_sink(ask);
    call->after = settle;
    enum status status =
        llm_call(cx, ask->place->llm, &ask->caller, &ask->request, &sink, &ask->outcome);
    ask->status = status;
    if (call->has_replied && status != OK) {
        ask_end_stream(cx, ask, status);
    } else if (!call->has_replied && status == OK) {
        answer_whole(cx, ask, answer);
    }
    return status;
}

/* ---- routes ---------------------------------------------------------------------------------- */

#define FACE_HANDLER(name, face)                                                                   \
    static enum status name(struct ctx *cx, const struct http_event *event,                        \
                            const struct http_params *params, struct http_answer *answer,          \
                            void *app)                                                             \
    {                                                                                              \
        (void)params;                                                                              \
        return answer_in(cx, &(face), event, answer, app);                                         \
    }
FACE_HANDLER(chat_completions, face_openai_chat)
FACE_HANDLER(responses, face_openai_responses)
FACE_HANDLER(embeddings, face_openai_embeddings)
FACE_HANDLER(messages, face_anthropic)
FACE_HANDLER(count_tokens, face_anthropic_count)
FACE_HANDLER(legacy, face_legacy)

/* What the caller may name; nothing is asked, and nothing counted. */
static enum status models_list(struct ctx *cx, const struct http_event *event,
                               const struct http_params *params, struct http_answer *answer,
                               void *app)
{
    const struct endpoint_call *call = app;
    const struct gateway_place *place = call->own;
    struct llm_caller caller;
    (void)params;
    TRY(gateway_caller(cx, call, event, &caller));
    answer->body =
        openai_models_list(cx, llm_models_of(place->llm), &caller, date_of_ms(call->now_ms));
    return OK;
}

static enum status models_get(struct ctx *cx, const struct http_event *event,
                              const struct http_params *params, struct http_answer *answer,
                              void *app)
{
    const struct endpoint_call *call = app;
    const struct gateway_place *place = call->own;
    struct llm_caller caller;
    TRY(gateway_caller(cx, call, event, &caller));
    return openai_models_get(cx, llm_models_of(place->llm), &caller, http_param(params, STR("id")),
                             date_of_ms(call->now_ms), &answer->body);
}

static const struct http_route routes[] = {
    {STR_INIT("POST"), STR_INIT("/v1/chat/completions"), chat_completions},
    {STR_INIT("POST"), STR_INIT("/v1/responses"), responses},
    {STR_INIT("POST"), STR_INIT("/v1/embeddings"), embeddings},
    {STR_INIT("GET"), STR_INIT("/v1/models"), models_list},
    {STR_INIT("GET"), STR_INIT("/v1/models/{id+}"), models_get}, /* "openai/gpt-4.1" is one id */
    {STR_INIT("POST"), STR_INIT("/v1/messages"), messages},
    {STR_INIT("POST"), STR_INIT("/v1/messages/count_tokens"), count_tokens},
    {STR_INIT("POST"), STR_INIT("/ai-gateway"), legacy},
};

const struct endpoint ai_gateway = {
    .name = "ai-gateway",
    .routes = routes,
    .route_count = ARRAY_LEN(routes),
    .max_body_bytes = MAX_REQUEST_BYTES,
    .open = gateway_place_open,
    .close = gateway_place_close,
    .write_error = gateway_error,
};
