#include "runtime/loop/shutdown.h"

#include "runtime/beside/registration.h"

#include "shared/base/clock.h"
#include "shared/log/log.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

enum {
    BUDGET_MS = 500, /* Lambda's, with an internal extension; then comes SIGKILL */
    REGISTER_PATIENCE_MS = 3000,
    MAX_ID_BYTES = 256,
    REQUEST_BYTES = 2048
};

static struct {
    const struct lambda_options *options; /* NULL: SIGTERM does what it does by default */
    atomic_bool is_ready;                 /* init is over: there is something to shut down */
    struct api api;                       /* of the extension; its last answer never comes */
    char id_block[MAX_ID_BYTES];
    struct str id; /* empty: not registered */
} process;

/* ---- the signal ------------------------------------------------------------------------------ */

static void sigterm_set(sigset_t *set)
{
    (void)sigemptyset(set);
    (void)sigaddset(set, SIGTERM);
}

/* No destructor runs: they would take from handlers at work what those use. */
static NORETURN void leave(void)
{
    struct arena arena;
    arena_init(&arena, 0);
    struct ctx cx = {.arena = &arena, .deadline_ms = clock_now_ms() + BUDGET_MS};
    int64_t began_us = clock_mono_us();
    process.options->shutdown(&cx, process.options->app);
    LOG(NULL, LOG_INFO, "runtime_shut_down", LOG_I64("took_us", clock_mono_us() - began_us));
    (void)fflush(NULL);
    _exit(0);
}

static void *wait_for_signal(void *none)
{
    sigset_t sigterm;
    int number = 0;
    sigterm_set(&sigterm);
    while (sigwait(&sigterm, &number) != 0) {
    }
    if (atomic_load(&process.is_ready)) {
        leave();
    }
    (void)sigaction(SIGTERM, &(struct sigaction){.sa_handler = SIG_DFL}, NULL);
    (void)pthread_sigmask(SIG_UNBLOCK, &sigterm, NULL);
    (void)raise(SIGTERM);
    _exit(128 + SIGTERM); /* process 1 of a container is spared by signals of its own */
    return none;
}

void shutdown_watch(const struct lambda_options *options)
{
    pthread_t thread;
    sigset_t sigterm;
    if (options->shutdown == NULL) {
        return;
    }
    sigterm_set(&sigterm);
    (void)pthread_sigmask(SIG_BLOCK, &sigterm, NULL);
    process.options = options;
    if (pthread_create(&thread, NULL, wait_for_signal, NULL) != 0) {
        LOG(NULL, LOG_WARN, "shutdown_not_watched", LOG_CSTR("reason", "no thread can be had"));
        (void)pthread_sigmask(SIG_UNBLOCK, &sigterm, NULL);
        process.options = NULL;
        return;
    }
    (void)pthread_detach(thread);
}

/* ---- the extension --------------------------------------------------------------------------- */

static enum status register_extension(struct ctx *cx)
{
    static const struct registration registration = {.name = STR_INIT("clambda-shutdown"),
                                                     .body = STR_INIT("{\"events\":[]}")};
    struct str id;
    struct str function;
    TRY(registration_post(cx, &process.api, &registration, &id, &function));
    if (id.len > MAX_ID_BYTES) {
        return fail(cx, ERR_UPSTREAM, "an identifier of %zu bytes", id.len);
    }
    memcpy(process.id_block, id.ptr, id.len);
    process.id = (struct str){.ptr = process.id_block, .len = id.len};
    return OK;
}

/* Lambda counts an extension as ready once it asks for an event. None ever comes. */
static enum status ask_for_events(struct ctx *cx)
{
    char block[REQUEST_BYTES];
    struct buf out = buf_on(block, sizeof block);
    struct api *api = &process.api;
    struct api_request request = {.path = STR("/event/next"),
                                  .headers = {{EXTENSION_ID_HEADER, process.id}}};
    api_head(&out, api, &request, STR("\r\n"));
    if (api->drop || !conn_is_open(&api->conn)) {
        conn_close(&api->conn);
        TRY(conn_open(cx, &api->conn, api->address, REGISTER_PATIENCE_MS));
    }
    int64_t end_us = clock_mono_us() + (int64_t)REGISTER_PATIENCE_MS * 1000;
    return !out.full && conn_send(&api->conn, buf_str(&out), end_us) == CONN_OK
               ? OK
               : fail(cx, ERR_UPSTREAM, "asking for events");
}

static void log_failure(struct ctx *cx)
{
    LOG(NULL, LOG_WARN, "shutdown_not_registered", LOG_CSTR("error", cx->err.text),
        LOG_CSTR("meaning", "Lambda may end this process without SIGTERM"));
    err_clear(cx);
}

void shutdown_register(struct ctx *cx, const struct env *env)
{
    if (process.options == NULL) {
        return;
    }
    atomic_store(&process.is_ready, true);
    api_init(&process.api, env->runtime_api, API_EXTENSION);
    process.api.timeout_ms = REGISTER_PATIENCE_MS;
    enum status status = register_extension(cx);
    if (status == OK) {
        status = ask_for_events(cx);
    }
    if (status != OK) {
        log_failure(cx);
        api_close(&process.api);
    }
}

void shutdown_register_again(struct ctx *cx)
{
    if (process.id.len > 0) {
        conn_close(&process.api.conn);
        if (ask_for_events(cx) != OK) {
            log_failure(cx);
        }
    }
}
