#include "runtime/loop/invoke.h"

#include "runtime/core/error.h"
#include "runtime/core/next.h"
#include "runtime/core/reply.h"
#include "runtime/loop/layers.h"

#include "shared/base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

enum { MAX_COMMAND_BYTES = 2 * 1024 * 1024, READ_BYTES = 64 * 1024, EXIT_USAGE = 2 };

/* ---- bytes ----------------------------------------------------------------------------------- */

static enum status write_all(struct ctx *cx, int fd, struct str bytes)
{
    while (bytes.len > 0) {
        ssize_t written = write(fd, bytes.ptr, bytes.len);
        if (written < 0 && errno != EINTR) {
            return fail(cx, ERR_UPSTREAM, "writing the reply: %s", strerrordesc_np(errno));
        }
        bytes = str_slice(bytes, written > 0 ? (size_t)written : 0, bytes.len);
    }
    return OK;
}

static enum status read_all(struct ctx *cx, int fd, size_t max_bytes, struct str *bytes)
{
    struct buf in = buf_in(cx->arena, max_bytes + READ_BYTES);
    while (in.len <= max_bytes) {
        ssize_t got = read(fd, buf_reserve(&in, READ_BYTES), READ_BYTES);
        if (got < 0 && errno != EINTR) {
            return fail(cx, ERR_INVALID, "%s", strerrordesc_np(errno));
        }
        if (got == 0) {
            *bytes = buf_str(&in);
            return OK;
        }
        buf_commit(&in, got > 0 ? (size_t)got : 0);
    }
    return fail(cx, ERR_INVALID, "more than %zu bytes", max_bytes);
}

/* A file, a FIFO, or standard input. */
static enum status read_path(struct ctx *cx, const char *path, size_t max_bytes, struct str *bytes)
{
    if (str_eq(str_from_cstr(path), STR("-"))) {
        return read_all(cx, STDIN_FILENO, max_bytes, bytes);
    }
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return fail(cx, ERR_INVALID, "%s", strerrordesc_np(errno));
    }
    enum status status = read_all(cx, fd, max_bytes, bytes);
    (void)close(fd);
    return status;
}

/* ---- arguments ------------------------------------------------------------------------------- */

struct wish {
    bool is_there;
    struct str path;
    int64_t deadline_ms;
};

static enum status wish_read(struct ctx *cx, struct wish *wish)
{
    struct str rest = {0};
    struct str word = {0};
    TRY(read_path(cx, "/proc/self/cmdline", MAX_COMMAND_BYTES, &rest));
    (void)str_split_next(&rest, '\0', &word); /* the program's name */
    bool has_number = true;
    while (str_split_next(&rest, '\0', &word) && rest.ptr != NULL) {
        struct str value = {0};
        if (str_eq(word, STR("--invoke"))) {
            wish->is_there = true;
            (void)str_split_next(&rest, '\0', &wish->path);
        } else if (str_eq(word, STR("--deadline-ms"))) {
            (void)str_split_next(&rest, '\0', &value);
            has_number = str_to_i64(value, &wish->deadline_ms) && wish->deadline_ms > 0;
        }
    }
    if (wish->path.len == 0) {
        return fail(cx, ERR_INVALID, "it wants a file with one event, or - for standard input");
    }
    return has_number ? OK : fail(cx, ERR_INVALID, "--deadline-ms wants a number above 0");
}

/* ---- the reply ------------------------------------------------------------------------------- */

static enum status way_write(struct ctx *cx, struct reply *reply, struct str bytes)
{
    reply->has_begun = true;
    return write_all(cx, STDOUT_FILENO, bytes);
}

/* On a terminal a line of its own, so that the prompt does not stand behind it. */
static enum status way_end(struct ctx *cx, struct reply *reply)
{
    if (reply->mode != REPLY_BUFFERED) {
        return OK;
    }
    struct str body = reply->body;
    TRY(write_all(cx, STDOUT_FILENO, body));
    bool has_line = body.len > 0 && body.ptr[body.len - 1] == '\n';
    return !has_line && isatty(STDOUT_FILENO) == 1 ? write_all(cx, STDOUT_FILENO, STR("\n")) : OK;
}

static const struct reply_way stdout_way = {.write = way_write, .end = way_end};

/* Unless the handler has done it, which leaves no words of a failure. */
static enum status send(struct ctx *cx, struct reply *reply)
{
    if (reply->has_ended) {
        return reply->ended == OK ? OK : fail(cx, reply->ended, "writing the reply");
    }
    TRY(reply_settle(cx, reply));
    return way_end(cx, reply);
}

static struct error_report report_of_status(struct ctx *cx, enum status status)
{
    return status == OK ? (struct error_report){0}
                        : error_report_of(cx, error_type_of_status(cx->arena, status));
}

/* Without a type: all is well. */
static struct error_report handle(struct ctx *cx, const struct lambda_options *options,
                                  const struct invocation *inv, struct reply *reply)
{
    enum status status = layers_call(cx, options, inv, reply);
    int64_t late_ms = clock_now_ms() - inv->deadline_ms;
    if (inv->deadline_ms > 0 && late_ms >= 0) { /* Lambda would have ended it */
        (void)fail(cx, ERR_TIMEOUT, "the handler came back %lld ms after its deadline",
                   (long long)late_ms);
        return error_report_of(cx, STR("Function.Timeout"));
    }
    if (status == OK) {
        status = send(cx, reply);
    }
    return status == OK ? (struct error_report){0}
                        : error_report_of(cx, reply_failure_type(cx, reply, status));
}

static struct error_report run_in_slot(struct ctx *cx, const struct lambda_options *options,
                                       const struct env *env, struct invocation *inv)
{
    enum status status =
        options->slot_open == NULL ? OK : options->slot_open(cx, 0, options->app, &inv->state);
    if (status != OK) {
        return report_of_status(cx, status);
    }
    struct reply reply = {
        .inv = inv,
        .stream_http = options->stream_http || env->stream_http,
        .stream_urls = env->stream_urls,
        .way = &stdout_way,
    };
    cx->request_id = inv->request_id;
    cx->deadline_ms = inv->deadline_ms;
    struct error_report report = handle(cx, options, inv, &reply);
    err_clear(cx); /* it is in the report */
    if (options->after != NULL) {
        options->after(cx, options->app);
    }
    if (options->slot_close != NULL) {
        options->slot_close(inv->state, options->app);
    }
    return report;
}

/* The last line of standard error. */
static int tell(struct ctx *cx, const struct error_report *report)
{
    struct str json = error_body(cx->arena, report);
    struct str line = arena_format(cx->arena, STR_FMT "\n", STR_ARG(json));
    enum status written = write_all(cx, STDERR_FILENO, line);
    (void)written; /* there is nobody left to tell */
    return EXIT_FAILURE;
}

static int run(struct ctx *cx, const struct lambda_options *options, const struct env *env,
               const struct wish *wish, struct str event)
{
    struct invocation inv = {
        .request_id = STR("by-hand"),
        .event = event,
        .content_type = STR("application/json"),
    };
    enum status status = options->init == NULL ? OK : options->init(cx, options->app);
    struct error_report report = report_of_status(cx, status);
    if (status == OK) {
        inv.deadline_ms = wish->deadline_ms > 0 ? clock_now_ms() + wish->deadline_ms : 0;
        report = run_in_slot(cx, options, env, &inv);
    }
    return report.type.len == 0 ? EXIT_SUCCESS : tell(cx, &report);
}

static int usage(struct ctx *cx, struct str path)
{
    struct str line = arena_format(cx->arena, "--invoke%s" STR_FMT ": %s\n",
                                   path.len > 0 ? " " : "", STR_ARG(path), cx->err.text);
    enum status written = write_all(cx, STDERR_FILENO, line);
    (void)written;
    return EXIT_USAGE;
}

bool invoke_by_hand(const struct lambda_options *options, const struct env *env, int *exit_code)
{
    DEFER(arena_deinit) struct arena arena;
    arena_init(&arena, 0);
    struct ctx cx = {.arena = &arena};
    struct wish wish = {0};
    struct str event = {0};
    enum status status = wish_read(&cx, &wish);
    if (!wish.is_there) {
        return false;
    }
    if (status == OK) {
        status = read_path(&cx, arena_cstr_copy(&arena, wish.path), NEXT_MAX_EVENT_BYTES, &event);
    }
    *exit_code = status == OK ? run(&cx, options, env, &wish, event) : usage(&cx, wish.path);
    return true;
}
