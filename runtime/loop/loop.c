#include "runtime/core/post.h"
#include "runtime/crash/crash.h"
#include "runtime/loop/invoke.h"
#include "runtime/loop/program.h"
#include "runtime/loop/serve.h"
#include "runtime/loop/shutdown.h"
#include "runtime/loop/slots.h"
#include "runtime/loop/snapshot.h"

#include "shared/log/log.h"

#include <assert.h>
#include <signal.h>
#include <stdlib.h>

/* Says why the program ends: the last line of its log. */
static int stop(const struct ctx *cx)
{
    LOG(NULL, LOG_FATAL, "runtime_stopped", LOG_CSTR("error", cx->err.text));
    return snapshot_exit_code() != 0 ? snapshot_exit_code() : EXIT_FAILURE;
}

/* The words in the slot's `cx->err` as an init error; the program must end. */
static enum status init_failed(struct slot *slot, enum status status)
{
    struct ctx *cx = &slot->cx;
    struct error_report report = error_report_of(cx, error_type_of_status(cx->arena, status));
    enum status posted = post_init_error(cx, &slot->api, &report, slot->program->env.task_root);
    /* The cause of the end is the init's, even if Lambda could not be told. */
    (void)posted;
    return fail(cx, status, "init: " STR_FMT, STR_ARG(report.message));
}

/* All that comes before the first poll. */
static enum status start(struct program *program)
{
    const struct lambda_options *options = program->options;
    struct slot *slot = slots_first(program);
    crash_in_phase(slot, "/init/error");
    enum status status = options->init == NULL ? OK : options->init(&slot->cx, options->app);
    if (status == OK) {
        status = slots_open(program);
    }
    if (status != OK) {
        crash_in_phase(NULL, NULL);
        return init_failed(slot, status);
    }
    shutdown_register(&slot->cx, &program->env);
    status = snapshot_take(slot);
    crash_in_phase(NULL, NULL);
    return status;
}

enum status program_run(struct ctx *cx, const struct lambda_options *options, const struct env *env)
{
    struct arena memory;
    arena_init(&memory, 0);
    /* Not on this stack: a handler that destroys it is reported all the same (crash.h). */
    struct program *program = ARENA_NEW(&memory, struct program);
    program->options = options;
    program->env = *env;
    slots_init(program, &memory, serve);
    struct slot *slot = slots_first(program);
    slot_enter(slot);
    crash_enter(slot);
    enum status status = start(program);
    if (status == OK) {
        status = slots_run(cx, program);
    } else {
        cx->err = slot->cx.err;
    }
    crash_leave(slot);
    slot_enter(NULL);
    if (slots_deinit(program)) { /* else somebody is still at work in it */
        arena_deinit(&memory);
    }
    return status;
}

int lambda_run(const struct lambda_options *options)
{
    assert(options != NULL && options->handler != NULL);
    log_init();
    (void)sigaction(SIGPIPE, &(struct sigaction){.sa_handler = SIG_IGN}, NULL);
    crash_watch();
    struct env env;
    struct ctx cx = {0};
    enum status status = env_read(&cx, &env);
    int exit_code = 0;
    if (env.runtime_api.len == 0 && invoke_by_hand(options, &env, &exit_code)) {
        return exit_code;
    }
    if (status == OK) {
        shutdown_watch(options);
        status = program_run(&cx, options, &env);
    }
    return status == OK ? EXIT_FAILURE : stop(&cx);
}
