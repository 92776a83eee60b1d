#include "runtime/loop/guard.h"

#include "runtime/core/post.h"
#include "runtime/crash/backtrace.h"
#include "runtime/crash/watch.h"
#include "runtime/lambda.h"
#include "runtime/loop/slots.h"

#include "shared/base/clock.h"
#include "shared/log/log.h"

#include <errno.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <time.h>

enum {
    DEFAULT_MARGIN_MS = 50,
    TRACE_PATIENCE_MS = 200, /* half of what is left at most: a thread may have signals blocked */
    LOCK_PATIENCE_MS = 10,   /* of the margin: a handler may hang within a write */
    ANSWER_PATIENCE_MS = 2000,
    STUCK_AFTER_MS = 1000, /* behind the deadline: a handler that has not come back is stuck */
    STACK_BYTES = 256 * 1024
};

/* Asks a thread where it stands; SIGRTMIN and what follows is what functions take first. */
#define TRACE_SIGNAL (SIGRTMAX - 3)

enum trace_state { TRACE_IDLE, TRACE_ASKED, TRACE_BEGUN };

static struct {
    pthread_once_t once;
    bool is_running;
    sem_t wake;
    _Atomic int64_t wakes_at_ms; /* the guard looks at all slots then, without being told to */

    struct slot *_Atomic traced; /* whose thread is asked */
    atomic_int trace_state;
    sem_t trace_done;
    struct backtrace trace;
} guard = {.once = PTHREAD_ONCE_INIT, .wakes_at_ms = INT64_MAX};

/* ---- where the handler stands ---------------------------------------------------------------- */

static void on_trace_signal(int number, siginfo_t *info, void *context)
{
    (void)number;
    (void)info;
    int before = errno, asked = TRACE_ASKED;
    if (slot_current() == atomic_load(&guard.traced) &&
        atomic_compare_exchange_strong(&guard.trace_state, &asked, TRACE_BEGUN)) {
        backtrace_of_signal(&guard.trace, context);
        (void)sem_post(&guard.trace_done);
    }
    errno = before;
}

static struct timespec time_of(int64_t epoch_ms)
{
    return (struct timespec){.tv_sec = epoch_ms / 1000, .tv_nsec = epoch_ms % 1000 * 1000000};
}

static bool await(sem_t *sem, int64_t epoch_ms)
{
    struct timespec end = time_of(epoch_ms);
    int waited = 0;
    do {
        waited = sem_timedwait(sem, &end);
    } while (waited != 0 && errno == EINTR);
    return waited == 0;
}

/* False: the thread does not say. */
static bool trace_take(struct slot *slot)
{
    int asked = TRACE_ASKED;
    int64_t now_ms = clock_now_ms(), half_ms = (slot->turn.inv.deadline_ms - now_ms) / 2;
    int64_t patience_ms = half_ms < TRACE_PATIENCE_MS ? half_ms : TRACE_PATIENCE_MS;
    atomic_store(&guard.traced, slot);
    atomic_store(&guard.trace_state, TRACE_ASKED);
    bool is_taken = pthread_kill(slot->thread, TRACE_SIGNAL) == 0 &&
                    await(&guard.trace_done, now_ms + patience_ms);
    if (!is_taken && !atomic_compare_exchange_strong(&guard.trace_state, &asked, TRACE_IDLE)) {
        while (sem_wait(&guard.trace_done) != 0) { /* it is at it right now */
        }
        is_taken = true;
    }
    atomic_store(&guard.trace_state, TRACE_IDLE);
    return is_taken;
}

/* ---- the answer ------------------------------------------------------------------------------ */

static void report_send(struct ctx *cx, struct slot *slot, const struct error_report *report)
{
    enum status status = OK;
    if (stream_has_begun(&slot->stream)) {
        slot->stream.api.timeout_ms = ANSWER_PATIENCE_MS;
        status = stream_end(cx, &slot->stream, &(struct api_request){0}, report);
        slot->stream.api.timeout_ms = 0;
    } else {
        struct api api; /* the slot's own is its thread's */
        api_init(&api, slot->program->env.runtime_api, API_RUNTIME);
        api.timeout_ms = ANSWER_PATIENCE_MS;
        status = post_error(cx, &api, &slot->turn, report, slot->program->env.task_root);
        api_close(&api);
    }
    if (status != OK) { /* the slot's next poll meets it too, and ends the process */
        LOG(cx, LOG_ERROR, "runtime_post_failed", LOG_CSTR("error", cx->err.text));
    }
}

/* Claimed: the turn stays as it is until `slot_release`. */
static void answer(struct slot *slot, bool may_send)
{
    DEFER(arena_deinit) struct arena arena;
    arena_init(&arena, 0);
    const struct invocation *inv = &slot->turn.inv;
    struct ctx cx = {.arena = &arena,
                     .request_id = inv->request_id,
                     .tenant_id = inv->tenant_id,
                     .trace_id = inv->trace_id};
    struct backtrace_text text = {.count = 0};
    if (trace_take(slot)) {
        backtrace_describe(&guard.trace, &text);
    }
    struct buf stack = buf_in(&arena, SIZE_MAX);
    backtrace_join(&stack, &text);
    struct error_report report = {
        .type = STR("Function.Timeout"),
        .message = arena_format(
            &arena, "the handler was still at work %lld ms before the deadline of %lld ms",
            (long long)(inv->deadline_ms - slot->guard_due_ms),
            (long long)(inv->deadline_ms - slot->began_ms)),
        .stack = text.frames,
        .stack_count = text.count,
    };
    if (may_send) {
        report_send(&cx, slot, &report);
    }
    LOG(&cx, LOG_ERROR, "invocation_timed_out", LOG_I64("slot", slot->index),
        LOG_STR("error", report.message), LOG_STR("stack", buf_str(&stack)),
        LOG_BOOL("reported", may_send));
}

/* The handler's thread may be about to send its first byte: so the stream's lock comes first. */
static void time_out(struct slot *slot, uint64_t turn)
{
    bool has_lock = stream_lock(&slot->stream, LOCK_PATIENCE_MS);
    bool is_mine = slot_claim(slot, turn, ANSWERER_GUARD);
    if (is_mine) {
        slot->stuck_turn = turn;
        answer(slot, has_lock);
    }
    if (has_lock) {
        stream_unlock(&slot->stream);
    }
    if (is_mine) {
        slot_release(slot);
    }
}

/* ---- handlers that do not come back ---------------------------------------------------------- */

/* Where Lambda does not end the process, a stuck handler would hold its slot for good. */
static int64_t stuck_look(struct slot *slot, int64_t now_ms)
{
    static int64_t stuck_count;
    uint64_t turn = slot->stuck_turn;
    int64_t due_ms = atomic_load(&slot->guard_due_ms) + DEFAULT_MARGIN_MS + STUCK_AFTER_MS;
    if (turn == 0 || !slot_is_answered_by(slot, turn, ANSWERER_GUARD)) {
        slot->stuck_turn = 0;
        return INT64_MAX;
    }
    if (now_ms < due_ms) {
        return due_ms;
    }
    slot->stuck_turn = 0;
    stuck_count++;
    bool is_replaced = slots_replace(slot);
    LOG(NULL, LOG_ERROR, "slot_stuck", LOG_I64("slot", slot->index),
        LOG_I64("stuck_so_far", stuck_count), LOG_BOOL("replaced", is_replaced));
    return INT64_MAX;
}

/* ---- the thread ------------------------------------------------------------------------------ */

/* Answers for the slot if that is due; when the guard is to look at it next. */
static int64_t slot_look(struct slot *slot, int64_t now_ms)
{
    /* In this order: a turn's time is set before it is open. */
    uint64_t turn = slot_open_turn(slot);
    int64_t due_ms = atomic_load(&slot->guard_due_ms);
    if (due_ms > now_ms) {
        return due_ms;
    }
    if (due_ms != 0 && turn != 0) {
        time_out(slot, turn);
    }
    return slot->program->is_concurrent ? stuck_look(slot, now_ms) : INT64_MAX;
}

/* When the next one is due. */
static int64_t look(void)
{
    int64_t next_ms = INT64_MAX, now_ms = clock_now_ms();
    size_t at = 0;
    watch_lock();
    for (struct slot *slot = watch_next(&at); slot != NULL; slot = watch_next(&at)) {
        int64_t due_ms = slot_look(slot, now_ms);
        next_ms = due_ms < next_ms ? due_ms : next_ms;
    }
    watch_unlock();
    return next_ms;
}

static void *run(void *none)
{
    for (;;) {
        int64_t next_ms = look();
        atomic_store(&guard.wakes_at_ms, next_ms);
        /* Who armed an earlier one while `wakes_at_ms` said never, or later, is found now. */
        if (look() >= next_ms) {
            (void)(next_ms == INT64_MAX ? sem_wait(&guard.wake) == 0 : await(&guard.wake, next_ms));
        }
    }
    return none;
}

/* Signals are for the function's threads. */
static void start(void)
{
    pthread_t thread;
    pthread_attr_t attributes;
    sigset_t all, before;
    struct sigaction theirs;
    struct sigaction ours = {.sa_sigaction = on_trace_signal,
                             .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART};
    backtrace_prepare();
    (void)sem_init(&guard.wake, 0, 0);
    (void)sem_init(&guard.trace_done, 0, 0);
    (void)sigaction(TRACE_SIGNAL, &ours, &theirs);
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    (void)pthread_attr_init(&attributes);
    (void)pthread_attr_setstacksize(&attributes, STACK_BYTES);
    (void)pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    guard.is_running = pthread_create(&thread, &attributes, run, NULL) == 0;
    (void)pthread_attr_destroy(&attributes);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (!guard.is_running) {
        LOG(NULL, LOG_WARN, "guard_not_running", LOG_CSTR("reason", "no thread can be had"));
    }
}

int64_t guard_due_ms(int64_t now_ms, int64_t deadline_ms, int64_t margin_ms)
{
    int64_t left_ms = deadline_ms - now_ms;
    int64_t margin = margin_ms == 0 ? DEFAULT_MARGIN_MS : margin_ms;
    if (deadline_ms == 0 || left_ms <= 0 || margin < 0) {
        return 0;
    }
    return deadline_ms - (margin < left_ms / 2 ? margin : left_ms / 2);
}

void guard_arm(struct slot *slot)
{
    slot->began_ms = clock_now_ms();
    int64_t due_ms = guard_due_ms(slot->began_ms, slot->turn.inv.deadline_ms,
                                  slot->program->options->deadline_margin_ms);
    atomic_store(&slot->guard_due_ms, due_ms);
    if (due_ms != 0 && due_ms < atomic_load(&guard.wakes_at_ms)) {
        (void)pthread_once(&guard.once, start);
        if (guard.is_running) {
            (void)sem_post(&guard.wake);
        }
    }
}
