#include "functions/ai-gateway/error.h"

#include "functions/ai-gateway/ask.h"
#include "functions/ai-gateway/face/legacy.h"
#include "functions/ai-gateway/headers.h"

/* A stage or a mapping may stand before the path. Both protocols have /v1/models. */
static const struct face *face_of(const struct http_event *event)
{
    struct str version = http_event_header(event, STR("anthropic-version"));
    if (version.len > 0 || str_find(event->path, STR("/v1/messages")) != SIZE_MAX) {
        return &face_anthropic;
    }
    return str_find(event->path, STR("/v1/")) != SIZE_MAX ? &face_openai_chat : &face_legacy;
}

void gateway_error(struct ctx *cx, const struct http_event *event, enum status status,
                   const struct endpoint_call *call, struct http_answer *answer)
{
    const struct ask *ask = call->work;
    const struct face *face = ask != NULL ? ask->face : face_of(event);
    const struct llm_outcome *outcome = ask != NULL && call->after != NULL ? &ask->outcome : NULL;
    struct header_list headers = headers_begin(cx, face->protocol, call->now_ms);
    struct face_error error = {0};
    face->error(cx, status, &error);
    if (outcome != NULL) {
        headers_of_outcome(&headers, outcome);
    }
    headers_of_failure(&headers, status, cx->err.code, outcome);
    answer->status = error.http_status;
    answer->content_type = STR("application/json");
    answer->body = error.body;
    answer->headers = headers.items;
    answer->header_count = headers.count;
}
