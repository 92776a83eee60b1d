/*
 * HTTP answers that come in pieces, behind a function URL with RESPONSE_STREAM or a REST route with
 * STREAM: the prelude becomes the response's head, the rest its body. What is posted whole is
 * delivered as it stands: that is a trap on AWS too, so the log says so.
 * Source: Lambda Developer Guide, "Response streaming for Lambda functions"; API Gateway Developer
 * Guide, "Set up a Lambda proxy integration with payload response streaming".
 */
#pragma once

#include "infra/local/http/request.h"

struct http_stream_rules {
    bool needs_prelude; /* else only an answer of that content type has one */
    int64_t idle_ms;    /* so long nothing may come; 0: as long as the function may run */
    /* The answer when nothing has been sent yet, and nothing can be. */
    void (*fail)(struct request *request, enum outcome outcome);
    /* Adds the ingress's own headers; those of the answer stand already. May be NULL. */
    void (*finish_head)(struct request *request);
};

/* Makes `request->inv` one whose answer goes out so. `rules` must stay. */
void http_stream_prepare(struct request *request, const struct http_stream_rules *rules);
