/*
 * Where one refinement at a time is made: a database connection, the engine of models, and schemas,
 * none of which serves two threads. A slot has one; a batch has BATCH_THREADS.
 */
#pragma once

#include "functions/endpoint/services.h"
#include "functions/refiner/broadcast.h"
#include "functions/refiner/form.h"
#include "functions/refiner/limits.h"
#include "functions/refiner/refined_schema.h"
#include "shared/llm/llm.h"

struct desk {
    struct pg *pg;
    struct llm *llm;
    const struct jsonschema *schema; /* of the output */
    struct form form;
};

/* What a slot of the refiner keeps beside its services. */
struct refiner_place {
    struct arena arena; /* holds this struct */
    struct desk desks[BATCH_THREADS];
    struct services services[BATCH_THREADS]; /* of all desks but the first, which has the slot's */
    size_t desk_count;
    struct broadcast *broadcast; /* NULL: nobody is told */
};

/*
 * An endpoint's `open`. Under SnapStart connections are closed before a snapshot.
 *
 * ERR_INTERNAL  as services_open, llm_open; a schema of ours is at fault
 */
enum status refiner_place_open(struct ctx *cx, struct services *services, void **own) MUST_CHECK;
void refiner_place_close(void *own);
