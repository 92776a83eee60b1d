#include "functions/ai-gateway/count.h"

#include "functions/ai-gateway/face/anthropic.h"
#include "functions/ai-gateway/headers.h"
#include "functions/ai-gateway/place.h"
#include "shared/base/clock.h"

bool count_is_estimated(struct ctx *cx, const struct ask *ask)
{
    struct llm_route route;
    if (ask->face != &face_anthropic_count) {
        return false;
    }
    if (llm_route_find(cx, llm_models_of(ask->place->llm), ask->request.model,
                       date_of_ms(ask->call->now_ms), &route) != OK) {
        err_clear(cx); /* llm_call fails the same way, and is logged */
        return false;
    }
    for (size_t i = 0; i < route.target_count; i++) {
        if (str_eq(route.targets[i].provider->wire, STR("anthropic"))) {
            return false;
        }
    }
    return true;
}

void count_estimate(struct ctx *cx, const struct ask *ask, struct http_answer *answer)
{
    struct header_list headers = headers_begin(cx, ask->face->protocol, ask->call->now_ms);
    header_add(&headers, STR("x-clambda-estimated"), STR("input_tokens"));
    answer->headers = headers.items;
    answer->header_count = headers.count;
    answer->content_type = STR("application/json");
    answer->body = anthropic_count_estimate(cx, &ask->request);
}
