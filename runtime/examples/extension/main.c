/*
 * An external extension: prints a line for each invocation's report. Deployed in a layer, as a file
 * under extensions/; Lambda starts it before the function. EXTENSION_HOST says where Lambda reaches
 * it, if that is not sandbox.localdomain: for trying it elsewhere.
 */
#include <lambda.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { LAST_REPORTS_MS = 300 }; /* Lambda gives an extension 2 s for its end */

static void print_report(struct ctx *cx, const struct telemetry_event *event, void *arg)
{
    (void)cx, (void)arg;
    if (str_eq(event->type, STR("platform.report"))) {
        (void)dprintf(STDERR_FILENO,
                      "report " STR_FMT ": " STR_FMT ", %.1f ms, billed %.0f ms, %.0f of %.0f MB\n",
                      STR_ARG(event->request_id), STR_ARG(event->status), event->duration_ms,
                      event->billed_duration_ms, event->max_memory_used_mb, event->memory_size_mb);
    }
}

static enum status watch(struct ctx *cx, struct extension *extension,
                         struct telemetry_listener **listener)
{
    const struct telemetry_options options = {
        .host = str_from_cstr(getenv("EXTENSION_HOST")),
        .on_event = print_report,
    };
    TRY(telemetry_listen(cx, &options, listener));
    return telemetry_subscribe(
        cx, extension, *listener,
        &(struct telemetry_subscription){.types = TELEMETRY_PLATFORM, .timeout_ms = 100});
}

static enum status serve(struct ctx *cx, struct extension *extension)
{
    struct extension_event event;
    do {
        TRY(extension_next(cx, extension, &event));
    } while (event.type != EXTENSION_SHUTDOWN);
    return OK;
}

static enum status run(struct ctx *cx)
{
    struct extension *extension = NULL;
    struct telemetry_listener *listener = NULL;
    const struct extension_options options = {
        .name = str_from_cstr(program_invocation_short_name),
        .on_shutdown = true,
    };
    TRY(extension_register(cx, &options, &extension));
    enum status status = watch(cx, extension, &listener);
    if (status != OK) {
        struct ctx telling = {.arena = cx->arena}; /* the words of the failure stay in `cx` */
        (void)!extension_init_error(&telling, extension, STR("Extension.NoTelemetry"),
                                    str_from_cstr(cx->err.text));
    } else {
        status = serve(cx, extension);
        telemetry_close(listener, LAST_REPORTS_MS);
    }
    extension_close(extension);
    return status;
}

int main(void)
{
    struct arena arena;
    arena_init(&arena, 0);
    struct ctx cx = {.arena = &arena};
    enum status status = run(&cx);
    if (status != OK) {
        (void)dprintf(STDERR_FILENO, "%s\n", cx.err.text);
    }
    arena_deinit(&arena);
    return status == OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
