/*
 * One request on its way through the gateway: what the handler's steps share. In the arena, for it
 * is needed once more after the caller has the answer.
 */
#pragma once

#include "functions/ai-gateway/face/face.h"
#include "functions/ai-gateway/place.h"
#include "functions/endpoint/endpoint.h"
#include "shared/llm/llm.h"

struct ask {
    struct endpoint_call *call;
    const struct face *face;
    const struct gateway_place *place;
    struct llm_caller caller;
    struct llm_request request;
    struct face_writer *writer; /* NULL until the answer begins */
    struct buf whole;           /* an answer that does not travel as a stream, and its type */
    struct str content_type;
    struct llm_outcome outcome;
    enum status status; /* llm_call's */
};

/*
 * Where the engine's answer goes: as a stream at once through the call's reply, else into `whole`.
 * `ask` must stay.
 */
struct llm_sink ask_sink(struct ask *ask);

/*
 * Ends a stream that has begun with the protocol's own error event, as far as the caller is still
 * there. `status` is what failed; `cx->err` stays.
 */
void ask_end_stream(struct ctx *cx, struct ask *ask, enum status status);
