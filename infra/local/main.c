/*
 * clambda-local: reads the template, opens the port, turns the loop until it is told to end.
 * Exit: 0 after SIGTERM or SIGINT, 1 if the machine refuses something, 2 for a wrong template or
 * option.
 */
#include "infra/local/fire.h"
#include "infra/local/front/front.h"
#include "infra/local/lambda/pool.h"
#include "infra/local/once.h"
#include "infra/local/options.h"
#include "infra/local/source/sources.h"
#include "shared/base/clock.h"
#include "shared/base/file.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum { EXIT_REFUSED = 1, EXIT_WRONG = 2, MAX_OPEN_FILES = 8192, DRAIN_LIMIT_MS = 2000 };

static const size_t MAX_TEMPLATE_BYTES = MIB(1);

struct gateway {
    struct loop loop;
    struct output output;
    struct stats stats;
    struct pool pool;
    struct front front;
    struct sources sources;
    struct loop_source signals;
    bool ending;
};

static void on_signal(void *owner, UNUSED uint32_t events)
{
    struct gateway *gateway = owner;
    struct signalfd_siginfo info;
    (void)!read(gateway->signals.fd, &info, sizeof(info));
    gateway->ending = true;
}

/* Signals come as events, so that no handler runs between two lines of anything. */
static enum status watch_signals(struct ctx *cx, struct gateway *gateway)
{
    sigset_t set;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGINT);
    (void)sigprocmask(SIG_BLOCK, &set, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
    int fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (fd < 0) {
        return fail(cx, ERR_INTERNAL, "signalfd: %s", strerror(errno));
    }
    struct loop_source what = {.fd = fd, .fn = on_signal, .owner = gateway, .events = EPOLLIN};
    return loop_add(cx, &gateway->loop, &gateway->signals, what);
}

static void raise_file_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max < MAX_OPEN_FILES ? limit.rlim_max : MAX_OPEN_FILES;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static int sooner(int a, int b)
{
    if (a < 0 || b < 0) {
        return a < 0 ? b : a;
    }
    return a < b ? a : b;
}

static void turn(struct gateway *gateway)
{
    int wait_ms = sooner(front_timeout_ms(&gateway->front), pool_timeout_ms(&gateway->pool));
    loop_wait(&gateway->loop, sooner(wait_ms, sources_timeout_ms(&gateway->sources)));
    pool_tick(&gateway->pool);
    front_run(&gateway->front);
    sources_tick(&gateway->sources);
    output_flush(&gateway->output);
}

static void serve(struct gateway *gateway)
{
    while (!gateway->ending) {
        turn(gateway);
    }
    front_quiesce(&gateway->front);
    sources_drain(&gateway->sources);
    pool_drain(&gateway->pool);
    int64_t until_us = clock_mono_us() + (int64_t)DRAIN_LIMIT_MS * 1000;
    while (gateway->pool.alive > 0 && clock_mono_us() < until_us) {
        turn(gateway);
    }
    front_run(&gateway->front); /* what was answered by the drain goes out */
}

/* A queue's URL, for its senders; and who reads from it. */
static void print_queue(const struct template *t, const struct queue_config *queue)
{
    printf("  " STR_FMT, STR_ARG(queue->url));
    for (size_t i = 0; i < t->source_count; i++) {
        if (t->sources[i].queue == queue) {
            printf(" -> " STR_FMT "%s", STR_ARG(t->sources[i].function->slug),
                   t->sources[i].enabled ? "" : ", disabled");
        }
    }
    printf("\n");
}

static void print_routes(const struct gateway *gateway, const struct template *t)
{
    for (size_t i = 0; i < t->route_count; i++) {
        printf("  " STR_FMT " -> " STR_FMT "\n", STR_ARG(t->routes[i].key),
               STR_ARG(t->routes[i].function->slug));
    }
    for (size_t i = 0; i < t->rest.route_count; i++) {
        const struct route *route = &t->rest.routes[i];
        size_t blank = str_find_char(route->key, ' ');
        printf("  " STR_FMT " /" STR_FMT STR_FMT " -> " STR_FMT "%s\n",
               STR_ARG(str_slice(route->key, 0, blank)), STR_ARG(t->rest.stage),
               STR_ARG(str_slice(route->key, blank + 1, route->key.len)),
               STR_ARG(route->function->slug), route->streams ? " (streams)" : "");
    }
    for (size_t i = 0; i < t->function_count; i++) {
        struct str slug = t->functions[i].slug;
        if (t->functions[i].url.enabled) {
            printf("  http://" STR_FMT ".lambda-url.localhost:%u/, /_url/" STR_FMT "/ -> " STR_FMT
                   "\n",
                   STR_ARG(slug), gateway->front.service.port, STR_ARG(slug), STR_ARG(slug));
        }
    }
    for (size_t i = 0; i < t->queue_count; i++) {
        print_queue(t, &t->queues[i]);
    }
    for (size_t i = 0; i < t->schedule_count; i++) {
        const struct schedule *schedule = &t->schedules[i];
        printf("  " STR_FMT " " STR_FMT " -> " STR_FMT "%s\n", STR_ARG(schedule->name),
               STR_ARG(schedule->text), STR_ARG(schedule->function->slug),
               schedule->enabled ? "" : ", disabled");
    }
    for (size_t i = 0; i < t->note_count; i++) {
        printf("  " STR_FMT "\n", STR_ARG(t->notes[i]));
    }
    printf("  dashboard: http://localhost:%u/_/\n", gateway->front.service.port);
    printf("listening on http://%s:%u\n", gateway->front.address, gateway->front.service.port);
    (void)fflush(stdout);
}

static void on_line(void *owner, struct str name, struct str line)
{
    stats_line(owner, name, line);
}

/* What runs functions, without anything that asks it to. */
static enum status open_pool(struct ctx *cx, struct gateway *gateway, const struct options *options,
                             const struct template *t)
{
    char bootstraps[PATH_MAX];
    if (realpath(options->bootstraps, bootstraps) == NULL) {
        return fail(cx, ERR_INVALID, "--bootstraps %s: %s", options->bootstraps, strerror(errno));
    }
    struct pool_options pool = {
        .bootstraps = arena_cstr_copy(cx->arena, str_from_cstr(bootstraps)),
        .max_instances = options->max_instances,
        .idle_ms = options->idle_ms,
        .region = options->region,
        .stats = &gateway->stats,
    };
    stats_open(&gateway->stats, t);
    gateway->output.quiet = options->quiet;
    gateway->output.tap = on_line;
    gateway->output.tap_owner = &gateway->stats;
    raise_file_limit();
    TRY(loop_open(cx, &gateway->loop));
    TRY(watch_signals(cx, gateway));
    return pool_open(cx, &gateway->pool, &gateway->loop, &gateway->output, t, &pool);
}

static void close_pool(struct gateway *gateway)
{
    pool_close(&gateway->pool);
    output_flush(&gateway->output);
    stats_close(&gateway->stats);
    loop_remove(&gateway->loop, &gateway->signals);
    loop_close(&gateway->loop);
}

static enum status open_all(struct ctx *cx, struct gateway *gateway, const struct options *options,
                            const struct template *t)
{
    gateway->front.service = (struct service){
        .template = t,
        .pool = &gateway->pool,
        .async = &gateway->sources.async,
        .sqs = &gateway->sources.sqs,
        .schedules = &gateway->sources.schedules,
        .output = &gateway->output,
        .stats = &gateway->stats,
        .account_id = options->account_id,
        .stream_idle_ms = options->stream_idle_ms,
        .port = gateway->front.service.port,
    };
    TRY(open_pool(cx, gateway, options, t));
    TRY(front_open(cx, &gateway->front, &gateway->loop));
    struct sources_options sources = {
        .reload = !options->no_reload,
        .retry_ms = {options->retry_ms[0], options->retry_ms[1]},
        .schedules = {.region = options->region,
                      .account_id = options->account_id,
                      .offset_ms = options->clock_offset_ms},
    };
    return sources_open(cx, &gateway->sources, &gateway->pool, t, &sources);
}

static int refuse(const struct ctx *cx, enum status status)
{
    (void)fprintf(stderr, "clambda-local: %s\n", cx->err.text);
    return status == ERR_INVALID ? EXIT_WRONG : EXIT_REFUSED;
}

static int run(struct ctx *cx, struct gateway *gateway, const struct options *options,
               const struct template *t)
{
    enum status status = open_all(cx, gateway, options, t);
    if (status != OK) {
        return refuse(cx, status);
    }
    print_routes(gateway, t);
    serve(gateway);
    front_close(&gateway->front);
    sources_close(&gateway->sources);
    close_pool(gateway);
    return 0;
}

static void turn_pool(struct gateway *gateway)
{
    loop_wait(&gateway->loop, pool_timeout_ms(&gateway->pool));
    pool_tick(&gateway->pool);
    output_flush(&gateway->output);
}

/* One event, no port. */
static int invoke(struct ctx *cx, struct gateway *gateway, const struct options *options,
                  const struct template *t)
{
    struct once once;
    enum status status = open_pool(cx, gateway, options, t);
    if (status != OK) {
        return refuse(cx, status);
    }
    status = once_begin(cx, &once, &gateway->pool, t, options);
    while (status == OK && !once.is_done && !gateway->ending) {
        turn_pool(gateway);
    }
    int code = status == OK ? once_tell(&once) : refuse(cx, status);
    /* Work after the answer, a crash that was reported: the log has it, and the REPORT its end. */
    while (pool_is_at_work(&gateway->pool) && !gateway->ending) {
        turn_pool(gateway);
    }
    pool_drain(&gateway->pool);
    int64_t until_us = clock_mono_us() + (int64_t)DRAIN_LIMIT_MS * 1000;
    while (gateway->pool.alive > 0 && clock_mono_us() < until_us) {
        turn_pool(gateway);
    }
    close_pool(gateway);
    return code;
}

static int judge(const struct options *options, const struct template *t,
                 const struct problems *problems)
{
    problems_print(problems, options->template_path);
    if (problems->count > 0) {
        (void)fprintf(stderr, "%zu problem%s\n", problems->count, problems->count == 1 ? "" : "s");
        return EXIT_WRONG;
    }
    if (options->command == COMMAND_DOCTOR) {
        printf("%s: %zu functions, %zu routes, nothing that is not emulated\n",
               options->template_path, t->function_count, t->route_count + t->rest.route_count);
    }
    return 0;
}

static int start(struct ctx *cx, int argc, char *const *argv)
{
    struct options *options = ARENA_NEW(cx->arena, struct options);
    struct problems problems = {.arena = cx->arena};
    struct str source;
    if (options_read(cx, argc, argv, options) != OK) {
        (void)fprintf(stderr, "clambda-local: %s (--help lists the options)\n", cx->err.text);
        return EXIT_WRONG;
    }
    if (options->command == COMMAND_HELP) {
        (void)fputs(options_help, stdout);
        return 0;
    }
    if (options->command == COMMAND_FIRE) {
        return fire_run(cx, options);
    }
    if (file_read(cx, options->template_path, MAX_TEMPLATE_BYTES, &source) != OK) {
        (void)fprintf(stderr, "clambda-local: %s\n", cx->err.text);
        return EXIT_WRONG;
    }
    struct gateway *gateway = ARENA_NEW(cx->arena, struct gateway);
    gateway->front.address = options->address;
    gateway->front.service.port = options->port;
    if (options->command == COMMAND_RUN) {
        enum status status = front_listen(cx, &gateway->front);
        if (status != OK) {
            return refuse(cx, status);
        }
    }
    struct template_options given = {
        .overrides = options->parameters,
        .override_count = options->parameter_count,
        .env_vars = options->env_vars,
        .region = options->region,
        .account_id = options->account_id,
        .stack_name = options->stack_name,
        .endpoint =
            arena_format(cx->arena, "http://%s:%u", options->address, gateway->front.service.port),
    };
    const struct template *t = template_read(&problems, source, &given);
    int code = judge(options, t, &problems);
    if (code != 0 || options->command == COMMAND_DOCTOR) {
        return code;
    }
    return options->command == COMMAND_INVOKE ? invoke(cx, gateway, options, t)
                                              : run(cx, gateway, options, t);
}

int main(int argc, char **argv)
{
    struct arena arena;
    arena_init(&arena, KIB(256));
    struct ctx cx = {.arena = &arena};
    int code = start(&cx, argc, argv);
    arena_deinit(&arena);
    return code;
}
