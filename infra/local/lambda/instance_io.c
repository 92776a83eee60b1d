#include "infra/local/lambda/instance_io.h"

#include "infra/local/lambda/environment.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LISTEN_BACKLOG = 8 };

/* ---- what it says ---------------------------------------------------------------------------- */

static void on_connect(void *owner, UNUSED uint32_t events)
{
    struct instance *instance = owner;
    for (;;) {
        int fd = accept4(instance->listener.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) {
            return;
        }
        struct runtime_conn *spare = NULL;
        for (size_t i = 0; i < INSTANCE_CONNS && spare == NULL; i++) {
            spare = instance->conns[i].source.fn == NULL ? &instance->conns[i] : NULL;
        }
        if (spare == NULL) {
            instance_complain(instance,
                              "more than %d connections to the Runtime API: one is refused",
                              (int)INSTANCE_CONNS);
            (void)close(fd);
            continue;
        }
        runtime_conn_open(spare, instance, fd);
    }
}

/* Some of it: who writes without end must not keep the loop from its deadlines. A pipe holds 64
 * KiB, so what a process left behind is read whole. */
static void read_output(struct instance *instance, struct loop_source *source,
                        struct output_line *line)
{
    enum { READS_A_TURN = 16 };
    char bytes[16384];
    for (int reads = 0; source->fn != NULL && reads < READS_A_TURN; reads++) {
        ssize_t n = read(source->fd, bytes, sizeof(bytes));
        if (n > 0) {
            output_feed(instance->pool->output, instance->function->def->slug, line,
                        (struct str){.ptr = bytes, .len = (size_t)n});
        } else if (n < 0 && errno == EAGAIN) {
            return;
        } else if (n == 0 || errno != EINTR) {
            loop_remove(instance->pool->loop, source);
        }
    }
}

static void on_out(void *owner, UNUSED uint32_t events)
{
    struct instance *instance = owner;
    read_output(instance, &instance->out, &instance->out_line);
}

static void on_err(void *owner, UNUSED uint32_t events)
{
    struct instance *instance = owner;
    read_output(instance, &instance->err, &instance->err_line);
}

void instance_drain(struct instance *instance)
{
    if (instance->state != INSTANCE_ENDING) {
        on_connect(instance, EPOLLIN);
        for (size_t i = 0; i < INSTANCE_CONNS; i++) {
            runtime_conn_drain(&instance->conns[i]);
        }
    }
    read_output(instance, &instance->out, &instance->out_line);
    read_output(instance, &instance->err, &instance->err_line);
}

/* ---- start and end --------------------------------------------------------------------------- */

/* The source owns the descriptor from now on, whatever comes of it. */
static enum status watch(struct ctx *cx, struct instance *instance, struct loop_source *source,
                         int *fd, loop_fn *fn)
{
    struct loop_source what = {.fd = *fd, .fn = fn, .owner = instance, .events = EPOLLIN};
    *fd = -1;
    return loop_add(cx, instance->pool->loop, source, what);
}

static enum status listen_loopback(struct ctx *cx, struct instance *instance,
                                   char address[static 32])
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof(at);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (const struct sockaddr *)&at, sizeof(at)) != 0 ||
        listen(fd, LISTEN_BACKLOG) != 0 || getsockname(fd, (struct sockaddr *)&at, &size) != 0) {
        int cause = errno;
        if (fd >= 0) {
            (void)close(fd);
        }
        return fail(cx, ERR_INTERNAL, "listening for the runtime: %s", strerror(cause));
    }
    (void)snprintf(address, 32, "127.0.0.1:%u", ntohs(at.sin_port));
    return watch(cx, instance, &instance->listener, &fd, on_connect);
}

static enum status watch_process(struct ctx *cx, struct instance *instance, loop_fn *on_end)
{
    struct process *p = &instance->process;
    TRY(watch(cx, instance, &instance->out, &p->out_fd, on_out));
    TRY(watch(cx, instance, &instance->err, &p->err_fd, on_err));
    return watch(cx, instance, &instance->ended, &p->pid_fd, on_end);
}

enum status instance_launch(struct ctx *cx, struct instance *instance, loop_fn *on_end)
{
    struct pool *pool = instance->pool;
    const struct function *f = instance->function->def;
    struct arena *arena = &instance->arena;
    char address[32];
    TRY(listen_loopback(cx, instance, address));
    struct str root =
        arena_format(arena, "%s/" STR_FMT, pool->options.bootstraps, STR_ARG(f->slug));
    struct str path = arena_format(arena, STR_FMT "/bootstrap", STR_ARG(root));
    struct str scratch = arena_format(arena, "%s/" STR_FMT "-%lu", pool->scratch_root,
                                      STR_ARG(f->slug), ++pool->started);
    struct environment_options environment = {
        .runtime_api = address,
        .task_root = root.ptr,
        .scratch = scratch.ptr,
        .region = pool->options.region,
    };
    struct process_options options = {
        .path = arena_cstr_copy(arena, path),
        .env = environment_make(arena, f, &environment),
        .scratch = scratch.ptr,
    };
    /* Before exec: a file replaced in between is seen as newer than what runs, never as the same.
     */
    (void)bootstrap_file_read(options.path, &instance->file);
    TRY(process_start(cx, &options, &instance->process));
    enum status status = watch_process(cx, instance, on_end);
    if (status != OK) {
        process_abandon(&instance->process);
    }
    return status;
}

void instance_release(struct instance *instance)
{
    struct loop *loop = instance->pool->loop;
    struct str name = instance->function->def->slug;
    for (size_t i = 0; i < INSTANCE_CONNS; i++) {
        runtime_conn_close(&instance->conns[i]);
        arena_deinit(&instance->conns[i].arena);
        arena_deinit(&instance->conns[i].answers);
    }
    output_end(instance->pool->output, name, &instance->out_line);
    output_end(instance->pool->output, name, &instance->err_line);
    loop_remove(loop, &instance->listener);
    loop_remove(loop, &instance->ended);
    loop_remove(loop, &instance->out);
    loop_remove(loop, &instance->err);
    arena_deinit(&instance->arena);
}
