#include "runtime/loop/slots.h"

#include "runtime/crash/crash.h"

#include "shared/base/clock.h"
#include "shared/log/log.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

enum {
    MAX_SLOTS = 1000,
    STACK_BYTES = 8 * 1024 * 1024, /* what a main thread has: handlers are users'; virtual */
    BUSY_LOG_US = 60 * 1000000,
    STOP_PATIENCE_S = 2 /* for handlers at work, once Lambda has given the environment up */
};

struct slots {
    slot_work_fn *work;
    struct arena *memory; /* under `lock` once threads run */
    struct slot **all;    /* room for twice as many: replacements */
    unsigned wanted;      /* that were asked for */
    unsigned count;       /* that there are, ended ones too */

    pthread_mutex_t lock; /* of all below */
    pthread_cond_t changed;
    unsigned opening; /* are not through `slot_open` */
    unsigned opened;
    unsigned running; /* threads that have not ended, without the first */
    bool may_poll, must_stop;
    enum status reason; /* why the last slot ended, or all of them must */
    struct err words;
    _Atomic int64_t next_busy_log_us;
};

/* ---- how many -------------------------------------------------------------------------------- */

/* What Lambda admits; what is no number between 1 and 1,000 is logged. */
static unsigned slots_admitted(struct str text)
{
    int64_t count = 1;
    if (text.len > 0 && (!str_to_i64(text, &count) || count < 1 || count > MAX_SLOTS)) {
        LOG(NULL, LOG_WARN, "runtime_concurrency_unknown", LOG_STR("value", text),
            LOG_CSTR("meaning", "AWS_LAMBDA_MAX_CONCURRENCY is not 1 to 1000: one slot"));
        count = 1;
    }
    return (unsigned)count;
}

static unsigned slots_wanted(const struct program *program)
{
    unsigned admitted = slots_admitted(program->env.max_concurrency);
    if (admitted > 1 && !program->options->concurrent) {
        LOG(NULL, LOG_WARN, "runtime_not_concurrent", LOG_I64("admitted", admitted),
            LOG_CSTR("meaning", "the function did not say that it is concurrent: one slot"));
        return 1;
    }
    return admitted;
}

static struct slot *slot_add(struct program *program)
{
    struct slots *slots = program->slots;
    struct slot *slot = ARENA_NEW(slots->memory, struct slot);
    slot_init(slot, slots->count, program);
    slots->all[slots->count++] = slot;
    return slot;
}

void slots_init(struct program *program, struct arena *memory, slot_work_fn *work)
{
    struct slots *slots = ARENA_NEW(memory, struct slots);
    program->slots = slots;
    slots->work = work;
    slots->memory = memory;
    slots->wanted = slots_wanted(program);
    slots->all = ARENA_ARRAY(memory, struct slot *, (size_t)slots->wanted * 2);
    (void)pthread_mutex_init(&slots->lock, NULL);
    (void)pthread_cond_init(&slots->changed, NULL);
    program->is_concurrent = slots->wanted > 1;
    program->stop_fd = program->is_concurrent ? eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK) : -1;
    while (slots->count < slots->wanted) {
        (void)slot_add(program);
    }
}

struct slot *slots_first(const struct program *program)
{
    return program->slots->all[0];
}

/* ---- the life of one ------------------------------------------------------------------------- */

static void change(struct slots *slots)
{
    (void)pthread_cond_broadcast(&slots->changed);
    (void)pthread_mutex_unlock(&slots->lock);
}

static enum status open_one(struct slot *slot)
{
    struct slots *slots = slot->program->slots;
    enum status status = slot_open(slot);
    if (status != OK) {
        LOG(&slot->cx, LOG_ERROR, "slot_not_opened", LOG_I64("slot", slot->index),
            LOG_CSTR("error", slot->cx.err.text));
    }
    (void)pthread_mutex_lock(&slots->lock);
    slots->opened += status == OK ? 1 : 0;
    slots->opening--;
    change(slots);
    return status;
}

/* Whether it is to serve events. */
static bool await_start(struct slots *slots)
{
    (void)pthread_mutex_lock(&slots->lock);
    while (!slots->may_poll && !slots->must_stop) {
        (void)pthread_cond_wait(&slots->changed, &slots->lock);
    }
    bool may_poll = slots->may_poll && !slots->must_stop;
    (void)pthread_mutex_unlock(&slots->lock);
    return may_poll;
}

/* With the lock held. */
static void stop_all(const struct program *program)
{
    program->slots->must_stop = true;
    if (program->stop_fd >= 0) {
        /* It is full only if it can be read already. */
        (void)!write(program->stop_fd, &(uint64_t){1}, sizeof(uint64_t));
    }
}

/* Keeps the reason: the first that ends all, else the last. */
static void ended(struct slot *slot, enum status status)
{
    struct program *program = slot->program;
    struct slots *slots = program->slots;
    if (program->is_concurrent && status != OK && status != ERR_CONFLICT) {
        LOG(NULL, LOG_ERROR, "slot_ended", LOG_I64("slot", slot->index),
            LOG_CSTR("error", slot->cx.err.text));
    }
    (void)pthread_mutex_lock(&slots->lock);
    if (!slots->must_stop && status != OK) {
        slots->reason = status;
        slots->words = slot->cx.err;
    }
    if (status == ERR_UPSTREAM) {
        stop_all(program);
    }
    (void)pthread_mutex_unlock(&slots->lock);
}

static void work(struct slot *slot)
{
    struct slots *slots = slot->program->slots;
    if (slot->is_open && await_start(slots)) {
        ended(slot, slots->work(slot));
    }
    slot_close(slot);
}

static void *slot_main(void *slot_)
{
    struct slot *slot = slot_;
    struct slots *slots = slot->program->slots;
    slot_enter(slot);
    crash_enter(slot);
    if (open_one(slot) == OK) {
        work(slot);
    }
    crash_leave(slot);
    slot_enter(NULL);
    (void)pthread_mutex_lock(&slots->lock);
    slots->running--;
    change(slots);
    return NULL;
}

/* With the lock held. */
static bool slot_start(struct slots *slots, struct slot *slot)
{
    pthread_attr_t detached;
    (void)pthread_attr_init(&detached);
    (void)pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
    (void)pthread_attr_setstacksize(&detached, STACK_BYTES);
    pthread_t thread; /* known as slot->thread once it runs */
    int failure = pthread_create(&thread, &detached, slot_main, slot);
    (void)pthread_attr_destroy(&detached);
    slots->running += failure == 0 ? 1 : 0;
    slots->opening += failure == 0 ? 1 : 0;
    if (failure != 0) {
        LOG(NULL, LOG_ERROR, "slot_not_opened", LOG_I64("slot", slot->index),
            LOG_CSTR("error", "no thread"), LOG_I64("errno", failure));
    }
    return failure == 0;
}

/* ---- all of them ----------------------------------------------------------------------------- */

enum status slots_open(struct program *program)
{
    struct slots *slots = program->slots;
    (void)pthread_mutex_lock(&slots->lock);
    slots->opening = 1;
    for (unsigned i = 1; i < slots->count; i++) {
        (void)slot_start(slots, slots->all[i]);
    }
    (void)pthread_mutex_unlock(&slots->lock);
    enum status status = open_one(slots->all[0]);
    (void)pthread_mutex_lock(&slots->lock);
    while (slots->opening > 0) {
        (void)pthread_cond_wait(&slots->changed, &slots->lock);
    }
    bool has_any = slots->opened > 0;
    slots->must_stop = !has_any;
    (void)pthread_mutex_unlock(&slots->lock);
    return has_any ? OK : status;
}

/* True once no thread is left; after a stop it waits no longer than `STOP_PATIENCE_S`. */
static bool await_end(struct slots *slots)
{
    struct timespec end = {0};
    int late = 0;
    (void)pthread_mutex_lock(&slots->lock);
    while (slots->running > 0 && late != ETIMEDOUT) {
        if (!slots->must_stop) {
            (void)pthread_cond_wait(&slots->changed, &slots->lock);
            continue;
        }
        if (end.tv_sec == 0) {
            (void)clock_gettime(CLOCK_MONOTONIC, &end);
            end.tv_sec += STOP_PATIENCE_S;
        }
        late = pthread_cond_clockwait(&slots->changed, &slots->lock, CLOCK_MONOTONIC, &end);
    }
    bool has_ended = slots->running == 0;
    (void)pthread_mutex_unlock(&slots->lock);
    return has_ended;
}

enum status slots_run(struct ctx *cx, struct program *program)
{
    struct slots *slots = program->slots;
    (void)pthread_mutex_lock(&slots->lock);
    slots->may_poll = true;
    change(slots);
    work(slots->all[0]);
    (void)await_end(slots);
    (void)pthread_mutex_lock(&slots->lock);
    enum status reason = slots->reason;
    cx->err = slots->words;
    (void)pthread_mutex_unlock(&slots->lock);
    return reason;
}

bool slots_deinit(struct program *program)
{
    struct slots *slots = program->slots;
    if (!await_end(slots)) {
        return false;
    }
    for (unsigned i = 0; i < slots->count; i++) {
        slot_deinit(slots->all[i]);
    }
    if (program->stop_fd >= 0) {
        (void)close(program->stop_fd);
    }
    (void)pthread_cond_destroy(&slots->changed);
    (void)pthread_mutex_destroy(&slots->lock);
    return true;
}

/* ---- while they run -------------------------------------------------------------------------- */

void slots_take(struct program *program)
{
    struct slots *slots = program->slots;
    unsigned busy = atomic_fetch_add(&program->busy, 1) + 1;
    if (busy < slots->wanted) {
        return;
    }
    int64_t now_us = clock_mono_us();
    int64_t due_us = atomic_load(&slots->next_busy_log_us);
    if (now_us >= due_us &&
        atomic_compare_exchange_strong(&slots->next_busy_log_us, &due_us, now_us + BUSY_LOG_US)) {
        LOG(NULL, LOG_WARN, "slots_all_busy", LOG_I64("slots", slots->wanted));
    }
}

bool slots_replace(struct slot *stuck)
{
    struct program *program = stuck->program;
    struct slots *slots = program->slots;
    (void)pthread_mutex_lock(&slots->lock);
    bool has_place = !slots->must_stop && program->is_concurrent &&
                     slots->count < slots->wanted * 2 && !atomic_load(&stuck->must_end);
    bool has_started = has_place && slot_start(slots, slot_add(program));
    if (has_started) {
        atomic_store(&stuck->must_end, true);
    }
    (void)pthread_mutex_unlock(&slots->lock);
    return has_started;
}
