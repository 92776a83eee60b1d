#include "infra/local/lambda/instance.h"

#include "infra/local/lambda/instance_event.h"
#include "infra/local/lambda/instance_io.h"
#include "infra/local/lambda/report.h"
#include "shared/base/clock.h"
#include "shared/json/json.h"

#include <signal.h>
#include <stdio.h>

enum {
    INIT_LIMIT_MS = 10000, /* on-demand init phase */
    TOLD_EXIT_MS = 1000,   /* after /init/error a runtime ends by itself, or is killed */
    KILL_AFTER_MS = 500,
    QUEUE_MS = 50,
};

void instance_complain(struct instance *instance, const char *format, ...)
{
    char words[1024];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(words, sizeof(words), format, args);
    va_end(args);
    output_say(instance->pool->output, instance->function->def->slug, "clambda-local: %s", words);
}

/* ---- ends ------------------------------------------------------------------------------------ */

static struct str error_json(struct pool *pool, const char *type, struct str message)
{
    struct buf out = buf_in(&pool->work, KIB(8));
    struct json_writer w = json_writer_on(&out);
    json_object_begin(&w);
    json_member_cstr(&w, "errorType", type);
    json_member_str(&w, "errorMessage", message);
    json_object_end(&w);
    return buf_str(&out);
}

/* From here on it counts no more; its process is told `signal`. */
static void end(struct instance *instance, int signal)
{
    if (instance->state != INSTANCE_ENDING) {
        instance->state = INSTANCE_ENDING;
        instance->function->count--;
    }
    instance_stream_over(instance);
    process_signal(&instance->process, signal);
    instance->kill_at_ms = clock_now_ms() + KILL_AFTER_MS;
    pool_note_timer(instance->pool, instance->kill_at_ms);
}

/* What waited for its next poll looks for another instance. */
static void give_back_queued(struct instance *instance)
{
    struct invocation *inv = instance->queued;
    instance->queued = NULL;
    if (inv != NULL) {
        inv->instance = NULL;
        pool_invoke(instance->pool, instance->function->def, inv);
    }
}

void instance_retire(struct instance *instance)
{
    struct result result = {.outcome = OUTCOME_SHUTDOWN};
    if (instance->state == INSTANCE_BUSY || instance->state == INSTANCE_ANSWERED) {
        instance_event_end(instance, NULL);
    }
    instance_event_settle(instance, &result);
    end(instance, instance->extensions.count > 0 ? SIGTERM : SIGKILL);
    give_back_queued(instance);
}

void instance_outdate(struct instance *instance)
{
    if (instance->state == INSTANCE_IDLE) {
        instance_retire(instance);
    } else if (instance->state != INSTANCE_ENDING) {
        instance->outdated = true;
        give_back_queued(instance);
    }
}

static void timed_out(struct instance *instance)
{
    struct pool *pool = instance->pool;
    const struct function *f = instance->function->def;
    char stamp[25];
    timestamp_format(clock_now_ms(), stamp);
    output_say(pool->output, f->slug, "%s %s Task timed out after %.2f seconds", stamp,
               instance->request_id, (double)f->timeout_ms / 1000);
    instance->error_type[0] = '\0';
    instance_event_end(instance, "timeout");
    end(instance, SIGKILL);
    struct result result = {
        .outcome = OUTCOME_TIMEOUT,
        .error_type = "Sandbox.Timedout",
        .payload = error_json(pool, "Sandbox.Timedout",
                              arena_format(&pool->work,
                                           "RequestId: %s Error: Task timed out after %.2f seconds",
                                           instance->request_id, (double)f->timeout_ms / 1000)),
    };
    instance_event_settle(instance, &result);
    give_back_queued(instance);
}

static struct str exit_words(struct pool *pool, const char *request_id,
                             const struct process_end *how)
{
    if (how->signaled) {
        const char *name = sigabbrev_np(how->code);
        return arena_format(&pool->work,
                            "RequestId: %s Error: Runtime exited with error: signal: SIG%s",
                            request_id, name != NULL ? name : "?");
    }
    if (how->code != 0) {
        return arena_format(&pool->work,
                            "RequestId: %s Error: Runtime exited with error: exit status %d",
                            request_id, how->code);
    }
    return arena_format(
        &pool->work, "RequestId: %s Error: Runtime exited without providing a reason", request_id);
}

static void crashed(struct instance *instance, const struct process_end *how)
{
    struct pool *pool = instance->pool;
    struct str words = exit_words(pool, instance->request_id, how);
    struct result result = {.outcome = OUTCOME_FUNCTION_ERROR};
    if (instance->end_told) {
        result.payload = instance->told_error;
    } else {
        (void)snprintf(instance->error_type, sizeof(instance->error_type), "Runtime.ExitError");
        result.payload = error_json(pool, "Runtime.ExitError", words);
    }
    output_say(pool->output, instance->function->def->slug, STR_FMT, STR_ARG(words));
    instance_event_end(instance, "error");
    instance_event_settle(instance, &result);
}

/* The init phase failed: Lambda starts the function again, inside the invocation. */
static void init_failed(struct instance *instance, const char *failure)
{
    struct invocation *inv = instance->inv;
    struct report report = {
        .failure = failure,
        .error_type = instance->end_told              ? instance->error_type
                      : strcmp(failure, "error") == 0 ? "Runtime.ExitError"
                                                      : NULL,
    };
    report_init_failure(instance->pool->output, instance->function->def,
                        clock_mono_us() - instance->started_us, &report);
    instance->inv = NULL;
    end(instance, SIGKILL);
    if (inv != NULL) {
        instance_start(instance->pool, instance->function, inv, true);
    }
}

static void forget(struct instance *instance)
{
    instance_release(instance);
    pool_forget(instance->pool, instance);
}

static void judge_end(struct instance *instance, const struct process_end *how)
{
    switch (instance->state) {
    case INSTANCE_STARTING:
        if (!instance->init_in_invoke) {
            init_failed(instance, "error");
            return;
        }
        crashed(instance, how);
        break;
    case INSTANCE_BUSY:
    case INSTANCE_ANSWERED:
        crashed(instance, how);
        break;
    case INSTANCE_IDLE:
        instance_complain(instance, STR_FMT, STR_ARG(exit_words(instance->pool, "-", how)));
        break;
    case INSTANCE_ENDING:
        return;
    }
    end(instance, SIGKILL);
}

/* ---- what it listens to ---------------------------------------------------------------------- */

/* It has ended, but who reads its stream is slow: the rest, and the end, are in the socket. */
static bool waits_for_reader(const struct instance *instance)
{
    return instance->state != INSTANCE_ENDING && instance->stream != NULL &&
           instance->stream->paused;
}

static void on_end(void *owner, UNUSED uint32_t events)
{
    struct instance *instance = owner;
    struct process_end how = {0};
    struct invocation *queued = instance->queued;
    instance->queued = NULL; /* so that nothing is given to the dead */
    instance_drain(instance);
    if (waits_for_reader(instance)) {
        instance->queued = queued;
        loop_watch(instance->pool->loop, &instance->ended, 0);
        return;
    }
    if (!process_reap(&instance->process, &how)) {
        instance->queued = queued;
        return;
    }
    instance->peak_mb = how.peak_mb > instance->peak_mb ? how.peak_mb : instance->peak_mb;
    judge_end(instance, &how);
    struct pool *pool = instance->pool;
    const struct function *f = instance->function->def;
    forget(instance);
    if (queued != NULL) {
        queued->instance = NULL;
        pool_invoke(pool, f, queued);
    }
}

/* ---- start ----------------------------------------------------------------------------------- */

static struct instance *make(struct pool *pool, struct function_state *function)
{
    struct instance *instance = pool->spare;
    if (instance != NULL) {
        pool->spare = instance->next;
        memset(instance, 0, sizeof(*instance));
    } else {
        instance = ARENA_NEW(&pool->arena, struct instance);
    }
    instance->pool = pool;
    instance->function = function;
    arena_init(&instance->arena, KIB(8));
    for (size_t i = 0; i < INSTANCE_CONNS; i++) {
        arena_init(&instance->conns[i].arena, 0);
        arena_init(&instance->conns[i].answers, 0);
        instance->conns[i].instance = instance;
    }
    instance->next = function->instances;
    function->instances = instance;
    function->count++;
    pool->alive++;
    return instance;
}

static void launch_failed(struct instance *instance, struct invocation *inv, const struct ctx *cx,
                          enum status status)
{
    struct pool *pool = instance->pool;
    const struct function *f = instance->function->def;
    const char *type =
        status != ERR_INTERNAL ? "Runtime.InvalidEntrypoint" : "Runtime.SandboxFailure";
    struct str words =
        status != ERR_INTERNAL
            ? arena_format(&pool->work,
                           "RequestId: %s Error: Couldn't find valid bootstrap(s): [%s/" STR_FMT
                           "/bootstrap]",
                           inv->request_id, pool->options.bootstraps, STR_ARG(f->slug))
            : arena_format(&pool->work, "RequestId: %s Error: no instance can be started",
                           inv->request_id);
    struct result result = {.outcome = OUTCOME_FUNCTION_ERROR,
                            .error_type = type,
                            .payload = error_json(pool, type, words)};
    instance_complain(instance, "%s: %s", type, cx->err.text);
    end(instance, SIGKILL);
    forget(instance);
    inv->instance = NULL;
    inv->done(inv, &result);
}

void instance_start(struct pool *pool, struct function_state *function, struct invocation *inv,
                    bool in_invoke)
{
    struct ctx cx = {.arena = &pool->work};
    struct instance *instance = make(pool, function);
    instance->init_in_invoke = in_invoke;
    instance->cold = true;
    instance->started_us = clock_mono_us();
    enum status status = instance_launch(&cx, instance, on_end);
    if (status == ERR_CONFLICT && pool_hold(pool, function, inv)) {
        end(instance, SIGKILL);
        forget(instance);
        return;
    }
    if (status != OK) {
        launch_failed(instance, inv, &cx, status);
        return;
    }
    instance_event_take(instance, inv);
    if (in_invoke) {
        instance_event_begin(instance, inv);
    } else {
        instance->deadline_ms = clock_now_ms() + INIT_LIMIT_MS;
        pool_note_timer(pool, instance->deadline_ms);
    }
    if (inv->answer_by_ms > 0) {
        pool_note_timer(pool, inv->answer_by_ms);
    }
}

/* ---- events for it --------------------------------------------------------------------------- */

bool instance_is_ready(const struct instance *instance)
{
    return instance->state == INSTANCE_IDLE && instance->parked != NULL;
}

bool instance_polls_soon(const struct instance *instance)
{
    return instance->queued == NULL && !instance->outdated &&
           (instance->state == INSTANCE_ANSWERED ||
            (instance->state == INSTANCE_IDLE && instance->parked == NULL));
}

void instance_queue(struct instance *instance, struct invocation *inv)
{
    instance->queued = inv;
    inv->instance = instance;
    instance->queued_until_ms = clock_now_ms() + QUEUE_MS;
    pool_note_timer(instance->pool, instance->queued_until_ms);
}

void instance_dispatch(struct instance *instance, struct invocation *inv)
{
    instance_event_begin(instance, inv);
    instance_event_send(instance);
}

static void poll_began(struct instance *instance, struct runtime_conn *conn)
{
    struct invocation *queued = instance->queued;
    instance->parked = conn;
    instance->state = INSTANCE_IDLE;
    instance->idle_since_ms = clock_now_ms();
    instance->queued = NULL;
    if (instance->outdated) {
        instance_retire(instance);
    } else if (queued != NULL) {
        instance_dispatch(instance, queued);
    } else {
        pool_note_timer(instance->pool, instance->idle_since_ms + instance->pool->options.idle_ms);
    }
}

static void init_over(struct instance *instance)
{
    instance->init_us = clock_mono_us() - instance->started_us;
    if (instance->inv == NULL) { /* its caller was answered in the meantime */
        poll_began(instance, instance->parked);
    } else if (instance->init_in_invoke) {
        instance_event_send(instance);
    } else {
        instance_dispatch(instance, instance->inv);
    }
}

/* Init and events end once the runtime has polled and no extension is at work. */
static void look_for_end(struct instance *instance)
{
    if (instance->parked == NULL || !extensions_are_ready(&instance->extensions)) {
        return;
    }
    if (instance->state == INSTANCE_STARTING && !instance->end_told) {
        init_over(instance);
    } else if (instance->state == INSTANCE_ANSWERED) {
        instance_event_end(instance, instance->error_type[0] != '\0' ? "error" : NULL);
        poll_began(instance, instance->parked);
    }
}

/* True if nobody waits there any more. */
static bool is_free(const struct runtime_conn *parked)
{
    return parked == NULL || runtime_conn_is_dead(parked);
}

bool instance_next(struct instance *instance, struct runtime_conn *conn)
{
    bool init_failed = instance->state == INSTANCE_STARTING && instance->end_told;
    if (instance->state == INSTANCE_BUSY || instance->state == INSTANCE_ENDING || init_failed ||
        !is_free(instance->parked)) {
        return false;
    }
    instance->extensions.closed = true;
    instance->parked = conn;
    if (instance->state == INSTANCE_IDLE) {
        poll_began(instance, conn);
    } else {
        look_for_end(instance);
    }
    return true;
}

bool instance_extension_next(struct instance *instance, struct extension *extension,
                             struct runtime_conn *conn)
{
    if (instance->state == INSTANCE_ENDING || !is_free(extension->parked)) {
        return false;
    }
    extension->parked = conn;
    extension->is_ready = true;
    look_for_end(instance);
    return true;
}

bool instance_answer(struct instance *instance, const struct result *result)
{
    if (instance->state != INSTANCE_BUSY) {
        return false;
    }
    instance->state = INSTANCE_ANSWERED;
    instance_event_settle(instance, result);
    return true;
}

/* Its end is told: what its callers hear is this. It has a moment to exit. */
static void keep_told(struct instance *instance, struct str error, struct str type)
{
    instance->end_told = true;
    instance->told_error = arena_str_copy(&instance->arena, error);
    (void)snprintf(instance->error_type, sizeof(instance->error_type), STR_FMT, STR_ARG(type));
    instance->kill_at_ms = clock_now_ms() + TOLD_EXIT_MS;
    pool_note_timer(instance->pool, instance->kill_at_ms);
}

bool instance_init_failed(struct instance *instance, struct str error, struct str type)
{
    if (instance->state != INSTANCE_STARTING || instance->end_told) {
        return false;
    }
    keep_told(instance, error, type);
    return true;
}

bool instance_extension_failed(struct instance *instance, struct str error, struct str type)
{
    if (instance->state == INSTANCE_ENDING || instance->end_told) {
        return false;
    }
    keep_told(instance, error, type);
    instance_outdate(instance);
    return true;
}

/* ---- time ------------------------------------------------------------------------------------ */

static int64_t sooner(int64_t a, int64_t b)
{
    if (a == 0 || b == 0) {
        return a + b;
    }
    return a < b ? a : b;
}

/* The gateway's own patience; the function goes on and its answer is dropped. */
static void check_ceiling(struct instance *instance, int64_t now_ms)
{
    struct result result = {.outcome = OUTCOME_CEILING};
    struct invocation *inv = instance->inv;
    if (inv != NULL && inv->answer_by_ms > 0 && now_ms >= inv->answer_by_ms) {
        invocation_abandon(inv);
        inv->done(inv, &result);
    }
}

static void check_deadline(struct instance *instance, int64_t now_ms)
{
    bool in_event = instance->state == INSTANCE_BUSY || instance->state == INSTANCE_ANSWERED;
    if (in_event || instance->state == INSTANCE_STARTING) {
        if (now_ms < instance->deadline_ms) {
            return;
        }
        if (in_event || instance->init_in_invoke) {
            timed_out(instance);
        } else {
            init_failed(instance, "timeout");
        }
    }
}

static void check_kill(struct instance *instance, int64_t now_ms)
{
    if (instance->kill_at_ms > 0 && now_ms >= instance->kill_at_ms) {
        instance->kill_at_ms = 0;
        process_signal(&instance->process, SIGKILL); /* on_end hears of it */
    }
}

static void check_idle(struct instance *instance, int64_t now_ms)
{
    if (instance->queued != NULL && now_ms >= instance->queued_until_ms) {
        give_back_queued(instance);
    }
    if (instance->state == INSTANCE_IDLE && instance->queued == NULL &&
        now_ms >= instance->idle_since_ms + instance->pool->options.idle_ms) {
        instance_retire(instance);
    }
}

int64_t instance_tick(struct instance *instance, int64_t now_ms)
{
    check_ceiling(instance, now_ms);
    check_deadline(instance, now_ms);
    check_idle(instance, now_ms);
    check_kill(instance, now_ms);
    int64_t due = instance->kill_at_ms;
    switch (instance->state) {
    case INSTANCE_STARTING:
    case INSTANCE_BUSY:
    case INSTANCE_ANSWERED:
        due = sooner(due, instance->deadline_ms);
        break;
    case INSTANCE_IDLE:
        due = sooner(due, instance->idle_since_ms + instance->pool->options.idle_ms);
        break;
    case INSTANCE_ENDING:
        break;
    }
    if (instance->queued != NULL) {
        due = sooner(due, instance->queued_until_ms);
    }
    if (instance->inv != NULL) {
        due = sooner(due, instance->inv->answer_by_ms);
    }
    return due;
}
