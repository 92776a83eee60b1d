#include "infra/local/source/sources.h"

#include "shared/base/clock.h"

enum { LONGEST_WAIT_MS = 60000 };

enum status sources_open(struct ctx *cx, struct sources *sources, struct pool *pool,
                         const struct template *t, const struct sources_options *options)
{
    *sources = (struct sources){.pool = pool};
    queues_open(&sources->sqs.queues, &pool->arena, t);
    sources->sqs.account_id = options->schedules.account_id;
    async_open(&sources->async, pool, &sources->sqs.queues, t, options->retry_ms);
    pollers_open(&sources->pollers, pool, &sources->sqs.queues, t);
    schedules_open(&sources->schedules, &sources->async, t, &options->schedules);
    if (options->reload) {
        TRY(reload_open(cx, &sources->reload, pool, t));
    }
    return OK;
}

void sources_tick(struct sources *sources)
{
    int64_t now_ms = clock_now_ms();
    schedules_tick(&sources->schedules, now_ms);
    async_tick(&sources->async, now_ms);
    pollers_tick(&sources->pollers, now_ms);
    sqs_tick(&sources->sqs, now_ms);
}

static int64_t sooner(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

int sources_timeout_ms(const struct sources *sources)
{
    int64_t due_ms = sooner(sources->async.due_ms, sqs_due_ms(&sources->sqs));
    due_ms = sooner(due_ms, pollers_due_ms(&sources->pollers));
    due_ms = sooner(due_ms, sources->schedules.due_ms);
    if (due_ms == INT64_MAX) {
        return -1;
    }
    int64_t left = due_ms - clock_now_ms();
    if (left < 0) {
        return 0;
    }
    return left > LONGEST_WAIT_MS ? LONGEST_WAIT_MS : (int)left + 1;
}

void sources_drain(struct sources *sources)
{
    sqs_drain(&sources->sqs);
}

void sources_close(struct sources *sources)
{
    async_close(&sources->async);
    queues_close(&sources->sqs.queues);
    reload_close(&sources->reload);
}
