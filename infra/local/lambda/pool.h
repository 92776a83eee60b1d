/*
 * The Lambda service of one machine: which instance of a function takes an event. An instance takes
 * one event at a time; a busy function gets another instance, up to ReservedConcurrentExecutions or
 * `max_instances`; past that callers are throttled. An idle instance is ended after `idle_ms`.
 */
#pragma once

#include "infra/local/base/loop.h"
#include "infra/local/base/output.h"
#include "infra/local/lambda/invocation.h"
#include "infra/local/lambda/stats.h"

struct instance;

struct pool_options {
    const char *bootstraps; /* absolute folder: <slug>/bootstrap */
    size_t max_instances;   /* of a function without ReservedConcurrentExecutions */
    int64_t idle_ms;
    struct str region;
    struct stats *stats; /* NULL: nothing is counted */
};

struct function_state {
    const struct function *def;
    struct instance *instances; /* the last used first */
    size_t count;               /* without those that are ending */
    struct invocation *held;    /* no instance can start while the bootstrap is being written */
    bool being_written;
};

struct pool {
    struct loop *loop;
    struct output *output;
    struct pool_options options;
    struct arena arena; /* instances; they are used again */
    struct arena work;  /* texts of one turn of the loop */
    struct function_state functions[TEMPLATE_MAX_FUNCTIONS];
    size_t function_count;
    struct instance *spare, *finished; /* finished: spare after this turn of the loop */
    char scratch_root[256];
    unsigned long started; /* instances so far: names their scratch folders */
    size_t alive;          /* with those that are ending */
    int64_t due_ms;        /* a timer may be due then; not later than the first one that is */
    bool draining;
};

/* ERR_INTERNAL: no scratch folder. `options`, the loop and the output must stay. */
enum status pool_open(struct ctx *cx, struct pool *pool, struct loop *loop, struct output *output,
                      const struct template *t, const struct pool_options *options) MUST_CHECK;
void pool_close(struct pool *pool);
/* Runs one event; `inv->done` is called once, perhaps before this returns. */
void pool_invoke(struct pool *pool, const struct function *f, struct invocation *inv);
/* How many events of the function may run at a time. */
size_t pool_limit(const struct pool *pool, const struct function *f);
/* Deadlines and idle instances; after every turn of the loop. */
void pool_tick(struct pool *pool);
/* Milliseconds until the next timer, -1: none. */
int pool_timeout_ms(const struct pool *pool);
/* An event is not at its end: not answered, or its instance has not polled again. */
bool pool_is_at_work(const struct pool *pool);
/* Ends every instance, see instance_retire. Open invocations get SHUTDOWN. */
void pool_drain(struct pool *pool);

/* `bootstrap` of this function is being written, or no longer. */
void pool_note_writing(struct pool *pool, const struct function *f, bool being_written);
/*
 * If there is another bootstrap than the one its instances run: those that are idle end now, the
 * others after their answer. A file that is no program yet changes nothing.
 */
void pool_reload(struct pool *pool, const struct function *f);

/* For instance.c: no instance can start yet; false: that has lasted for ten seconds. */
bool pool_hold(struct pool *pool, struct function_state *function, struct invocation *inv);
/* It waits no more: its owner has lost interest. `inv->held_in` must be set. */
void pool_let_go(struct invocation *inv);
/* For instance.c: a timer of this moment exists; an instance has ended; the memory of one more. */
void pool_note_timer(struct pool *pool, int64_t due_ms);
void pool_forget(struct pool *pool, struct instance *instance);
