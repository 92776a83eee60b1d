/*
 * What Lambda calls an event source mapping: takes messages from a queue in batches, gives each
 * batch to a function, deletes what the function has done. Source: Lambda Developer Guide, "Using
 * Lambda with Amazon SQS", "Handling errors for an SQS event source in Lambda".
 */
#pragma once

#include "infra/local/lambda/pool.h"
#include "infra/local/source/queue.h"

struct poller {
    const struct queue_source *source;
    struct pool *pool;
    struct queue *queue;
    size_t running;         /* batches */
    int64_t window_from_ms; /* when the first message of the next batch was seen; 0: none yet */
};

struct pollers {
    struct poller items[TEMPLATE_MAX_SOURCES];
    size_t count;
};

/* The pool, the queues and the template must stay. */
void pollers_open(struct pollers *pollers, struct pool *pool, struct queues *queues,
                  const struct template *t);
/* Takes what there is; after every turn of the loop. */
void pollers_tick(struct pollers *pollers, int64_t now_ms);
/* When it wants to be asked again, Unix ms; INT64_MAX: when something else has happened. */
int64_t pollers_due_ms(const struct pollers *pollers);

/* ---- a batch, as texts ----------------------------------------------------------------------- */

/* The event of these messages. */
void batch_event_write(struct buf *out, const struct queue *queue, struct message *const *messages,
                       size_t count, struct str region);

/*
 * A function's answer to a batch, where it reports failures: true, and `failed[i]` for each id.
 * False: the whole batch counts as failed, for the reason in `cx`: not JSON, or an identifier that
 * is missing, empty, or of no message.
 */
bool batch_answer_read(struct ctx *cx, struct str answer, const char *const *ids, size_t count,
                       bool *failed);
