/*
 * What a slot of the gateway keeps beside its services.
 */
#pragma once

#include "functions/ai-gateway/key_cache.h"
#include "functions/endpoint/endpoint.h"
#include "shared/llm/llm.h"
#include "shared/llm/watch/otlp.h"
#include "shared/llm/watch/record.h"

struct gateway_place {
    struct arena arena; /* holds this struct */
    struct llm *llm;
    struct key_cache *keys;
    struct otlp *otlp;             /* NULL: spans go nowhere */
    struct llm_recorder *recorder; /* NULL: nothing is recorded */
    struct http *http;             /* behind the recorder */
    struct llm_transport transport;
};

/*
 * An endpoint's `open`; under SnapStart the connections to providers are closed before a snapshot.
 *
 * ERR_INTERNAL  as llm_open, as otlp_new
 */
enum status gateway_place_open(struct ctx *cx, struct services *services, void **own) MUST_CHECK;
void gateway_place_close(void *own);
