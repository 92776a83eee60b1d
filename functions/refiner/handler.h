/*
 * POST /refiner: an analyzer's JSON in, the refined object out, checked against its schema before
 * it leaves. GET /refiner says what this is.
 *
 * ERR_INVALID of a body is HTTP 400 here, as the contract has it, with every faulty field named.
 */
#pragma once

#include "functions/endpoint/endpoint.h"
#include "functions/refiner/refine.h"
#include "shared/schema/jsonschema/jsonschema.h"

/* What a slot keeps beside its services. */
struct refiner {
    struct arena arena; /* of the schema */
    const struct jsonschema *schema;
};

enum status refiner_open(struct ctx *cx, struct services *services, void **own) MUST_CHECK;
void refiner_close(void *own);

enum status refiner_describe(struct ctx *cx, const struct http_event *event,
                             const struct http_params *params, struct http_answer *answer,
                             void *app) MUST_CHECK;
enum status refiner_refine(struct ctx *cx, const struct http_event *event,
                           const struct http_params *params, struct http_answer *answer,
                           void *app) MUST_CHECK;

/* The errors of the one shape, with 400 for a body at fault. */
void refiner_error(struct ctx *cx, const struct http_event *event, enum status status,
                   const struct endpoint_call *call, struct http_answer *answer);
