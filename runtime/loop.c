#include "runtime/crash.h"
#include "runtime/invoke.h"
#include "runtime/post.h"
#include "runtime/program.h"
#include "runtime/serve.h"

#include "shared/log/log.h"

#include <assert.h>
#include <signal.h>
#include <stdlib.h>

/* Says why the program ends: the last line of its log. */
static int stop(const struct ctx *cx)
{
    LOG(NULL, LOG_FATAL, "runtime_stopped", LOG_CSTR("error", cx->err.text));
    return EXIT_FAILURE;
}

static enum status start(struct slot *slot)
{
    struct ctx *cx = &slot->cx;
    const struct lambda_options *options = slot->program->options;
    crash_in_init(slot);
    enum status status = options->init == NULL ? OK : options->init(cx, options->app);
    crash_in_init(NULL);
    if (status == OK) {
        return OK;
    }
    struct error_report report = {.type = error_type_of_status(cx->arena, status),
                                  .message =
                                      arena_str_copy(cx->arena, str_from_cstr(cx->err.text))};
    enum status posted = post_init_error(cx, &slot->api, &report, slot->program->env.task_root);
    /* The cause of the end is the init's, even if Lambda could not be told. */
    (void)posted;
    return fail(cx, status, "init: " STR_FMT, STR_ARG(report.message));
}

enum status program_run(struct ctx *cx, const struct lambda_options *options, const struct env *env)
{
    struct program program = {.options = options, .env = *env};
    DEFER(arena_deinit) struct arena memory;
    arena_init(&memory, 0);
    /* Not on this stack: a handler that destroys it is reported all the same (crash.h). */
    struct slot *slot = ARENA_NEW(&memory, struct slot);
    slot_init(slot, 0, &program);
    slot_enter(slot);
    crash_enter(slot);
    enum status status = start(slot);
    if (status == OK) {
        status = serve(slot);
    }
    crash_leave(slot);
    slot_enter(NULL);
    cx->err = slot->cx.err;
    slot_deinit(slot);
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
        status = program_run(&cx, options, &env);
    }
    return status == OK ? EXIT_FAILURE : stop(&cx);
}
