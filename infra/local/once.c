#include "infra/local/once.h"

#include "infra/local/base/trace.h"
#include "shared/base/clock.h"
#include "shared/base/field.h"
#include "shared/base/file.h"
#include "shared/json/json.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

static const size_t MAX_EVENT_BYTES = MIB(6);
static const size_t MAX_CONTEXT_BYTES = 3583;

static enum status read_stdin(struct ctx *cx, struct str *text)
{
    struct buf in = buf_in(cx->arena, MAX_EVENT_BYTES + KIB(64));
    for (;;) {
        char *place = buf_reserve(&in, KIB(64));
        ssize_t n = place != NULL ? read(STDIN_FILENO, place, KIB(64)) : -1;
        if (n < 0 && place != NULL && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return fail(cx, ERR_INVALID, "--event -: unreadable, or over %zu bytes",
                        MAX_EVENT_BYTES);
        }
        if (n == 0) {
            *text = buf_str(&in);
            return OK;
        }
        buf_commit(&in, (size_t)n);
    }
}

static enum status read_json(struct ctx *cx, const char *option, const char *path, size_t max_bytes,
                             struct str *text)
{
    static const struct json_options json = {.max_depth = 512, .allow_duplicate_keys = true};
    const struct json *root = NULL;
    bool from_stdin = strcmp(path, "-") == 0;
    enum status status = from_stdin ? read_stdin(cx, text) : file_read(cx, path, max_bytes, text);
    if (status == OK) {
        status = json_read(cx, *text, &json, &root);
    }
    return status == OK ? OK : fail(cx, ERR_INVALID, "%s %s: %s", option, path, cx->err.text);
}

/* On one line, as a header wants it: line ends stand between JSON's tokens only. */
static struct str flattened(struct arena *arena, struct str json)
{
    char *out = arena_cstr_copy(arena, json);
    for (size_t i = 0; i < json.len; i++) {
        if (out[i] == '\n' || out[i] == '\r' || out[i] == '\t') {
            out[i] = ' ';
        }
    }
    return (struct str){.ptr = out, .len = json.len};
}

static void done(struct invocation *inv, const struct result *result)
{
    struct once *once = inv->owner;
    once->is_done = true;
    once->outcome = result->outcome;
    once->answer = arena_str_copy(once->cx->arena, result->payload);
}

static struct str names_of(struct arena *arena, const struct template *t)
{
    struct buf names = buf_in(arena, KIB(64));
    for (size_t i = 0; i < t->function_count; i++) {
        buf_addf(&names, "%s" STR_FMT, i > 0 ? ", " : "", STR_ARG(t->functions[i].slug));
    }
    return names.len > 0 ? buf_str(&names) : STR("none");
}

enum status once_begin(struct ctx *cx, struct once *once, struct pool *pool,
                       const struct template *t, const struct options *options)
{
    const struct function *f = template_find(t, str_from_cstr(options->subject));
    struct str context = {0};
    *once = (struct once){.cx = cx};
    if (f == NULL) {
        return fail(cx, ERR_INVALID, "the template has no function %s; it has " STR_FMT,
                    options->subject, STR_ARG(names_of(cx->arena, t)));
    }
    once->inv = (struct invocation){
        .event = STR("{}"),
        .trace_id = trace_for_function(cx->arena, trace_root(cx->arena, STR(""), clock_now_ms())),
        .done = done,
        .owner = once,
    };
    if (options->event_path != NULL) {
        TRY(read_json(cx, "--event", options->event_path, MAX_EVENT_BYTES, &once->inv.event));
    }
    if (options->context_path != NULL) {
        TRY(read_json(cx, "--client-context", options->context_path, MAX_CONTEXT_BYTES, &context));
        once->inv.client_context = flattened(cx->arena, context);
        if (!field_is_value(once->inv.client_context)) {
            return fail(cx, ERR_INVALID, "--client-context %s: DEL cannot be sent: write \\u007f",
                        options->context_path);
        }
    }
    pool_invoke(pool, f, &once->inv);
    return OK;
}

int once_tell(const struct once *once)
{
    (void)fwrite(once->answer.ptr != NULL ? once->answer.ptr : "", 1, once->answer.len, stdout);
    (void)fputc('\n', stdout);
    bool is_told = fflush(stdout) == 0;
    return once->is_done && once->outcome == OUTCOME_OK && is_told ? 0 : 1;
}
