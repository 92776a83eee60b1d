#include "runtime/loop/snapshot.h"

#include "runtime/core/post.h"
#include "runtime/core/restore.h"
#include "runtime/crash/crash.h"
#include "runtime/lambda.h"
#include "runtime/loop/shutdown.h"

#include "shared/log/log.h"

#include <stdlib.h>

enum {
    MAX_HOOKS = 64,
    MAX_ANSWER_BYTES = 64 * 1024,
    EXIT_BEFORE = 64, /* as AWS's runtimes for Python end */
    EXIT_AFTER = 65
};

static struct {
    pthread_mutex_t lock;
    struct lambda_snapshot_hooks hooks[MAX_HOOKS];
    size_t count;
    int exit_code;
} process = {.lock = PTHREAD_MUTEX_INITIALIZER};

static bool is_snapshotted(void)
{
    return str_eq(str_from_cstr(getenv("AWS_LAMBDA_INITIALIZATION_TYPE")), STR("snap-start"));
}

void lambda_on_snapshot(const struct lambda_snapshot_hooks *hooks)
{
    if (!is_snapshotted()) {
        return;
    }
    (void)pthread_mutex_lock(&process.lock);
    bool fits = process.count < MAX_HOOKS;
    if (fits) {
        process.hooks[process.count++] = *hooks;
    }
    (void)pthread_mutex_unlock(&process.lock);
    if (!fits) {
        LOG(NULL, LOG_FATAL, "snapshot_hooks_full", LOG_I64("limit", MAX_HOOKS));
        abort(); /* a copy that shares what it must not is worse than none */
    }
}

int snapshot_exit_code(void)
{
    return process.exit_code;
}

/* ---- hooks ----------------------------------------------------------------------------------- */

static enum status hook_call(struct ctx *cx, lambda_snapshot_fn *hook, void *arg)
{
    arena_reset(cx->arena);
    err_clear(cx);
    return hook == NULL ? OK : hook(cx, arg);
}

static enum status call_before(struct ctx *cx)
{
    for (size_t i = process.count; i > 0; i--) {
        TRY(hook_call(cx, process.hooks[i - 1].before, process.hooks[i - 1].arg));
    }
    return OK;
}

static enum status call_after(struct ctx *cx)
{
    for (size_t i = 0; i < process.count; i++) {
        TRY(hook_call(cx, process.hooks[i].after, process.hooks[i].arg));
    }
    return OK;
}

typedef enum status post_fn(struct ctx *cx, struct api *api, const struct error_report *report,
                            struct str task_root);

/* The words in `cx->err` are posted, and stay there. */
static enum status failed(struct slot *slot, enum status status, struct str type, post_fn *post)
{
    struct ctx *cx = &slot->cx;
    struct error_report report = error_report_of(cx, type);
    /* The cause of the end is the hook's, even if Lambda could not be told. */
    (void)!post(cx, &slot->api, &report, slot->program->env.task_root);
    return fail(cx, status, STR_FMT, STR_ARG(report.message));
}

/* ---- the snapshot ---------------------------------------------------------------------------- */

/* Lambda freezes the process in this call, and answers in each copy. */
static enum status await_restore(struct slot *slot)
{
    struct ctx *cx = &slot->cx;
    struct api_request request = {.path = STR("/restore/next"), .is_poll = true};
    struct api_answer answer = {.max_body_bytes = MAX_ANSWER_BYTES};
    enum status status = api_exchange(cx, &slot->api, &request, &answer);
    if (status != OK) {
        return status;
    }
    return answer.status == 200 ? OK : fail(cx, ERR_UPSTREAM, "restore: HTTP %d", answer.status);
}

/* Sockets do not survive; what they are connected to is another machine. */
static void forget_connections(struct slot *slot)
{
    conn_close(&slot->api.conn);
    stream_reset(&slot->stream);
    shutdown_register_again(&slot->cx);
}

enum status snapshot_take(struct slot *slot)
{
    struct ctx *cx = &slot->cx;
    if (!is_snapshotted()) {
        return OK;
    }
    enum status status = call_before(cx);
    if (status != OK) {
        process.exit_code = EXIT_BEFORE;
        return failed(slot, status, STR("Runtime.BeforeSnapshotError"), post_init_error);
    }
    crash_in_phase(slot, "/restore/error");
    TRY(await_restore(slot));
    restore_note();
    forget_connections(slot);
    status = call_after(cx);
    if (status != OK) {
        process.exit_code = EXIT_AFTER;
        return failed(slot, status, STR("Runtime.AfterRestoreError"), post_restore_error);
    }
    return OK;
}
