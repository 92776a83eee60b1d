/*
 * What acts on functions beside the HTTP front: changed bootstraps, asynchronous events, queues,
 * schedules.
 * One object, so that the program's loop asks one place what is due.
 */
#pragma once

#include "infra/local/lambda/reload.h"
#include "infra/local/source/async.h"
#include "infra/local/source/poller.h"
#include "infra/local/source/schedule.h"
#include "infra/local/source/sqs.h"

struct sources {
    struct pool *pool;
    struct reload reload;
    struct async async;
    struct sqs sqs;
    struct pollers pollers;
    struct schedules schedules;
};

struct sources_options {
    bool reload;                     /* notice changed bootstraps */
    int64_t retry_ms[ASYNC_RETRIES]; /* of asynchronous events */
    struct schedules_options schedules;
};

/* ERR_INTERNAL: the system refused a descriptor. The pool and the template must stay. */
enum status sources_open(struct ctx *cx, struct sources *sources, struct pool *pool,
                         const struct template *t,
                         const struct sources_options *options) MUST_CHECK;
/* What is due; after every turn of the loop. */
void sources_tick(struct sources *sources);
/* Milliseconds until something is due, -1: nothing is. */
int sources_timeout_ms(const struct sources *sources);
/* Whoever waits for a message is answered: the gateway ends. */
void sources_drain(struct sources *sources);
/* The pool has drained. */
void sources_close(struct sources *sources);
