/*
 * A bootstrap that streams as its event tells it, for tests of the local gateway. The event, or an
 * HTTP event's body, is a list of steps, or {"type": content type, "mode": mode, "steps": [...]}:
 *
 *   "text"             a chunk              {"base64": "AP8="}  a chunk of bytes
 *   {"sleep": ms}                           {"fill": n}      n bytes in chunks of 64 KiB
 *   {"error": "Function.X"}  trailers       {"bytewise": "text"}  a chunk a byte
 *   {"prelude": {...}} its JSON, eight zeros, in one chunk
 *   {"cut": 0}         closes the connection, and answers nothing
 *   {"exit": code}     ends the process
 *   {"say": "text"}    writes a line to standard error
 *   {"whole": "text"}  posts this without streaming; the only step
 *   {"report": 0}      posts what became of the last stream: status and bytes sent
 */
#include "tests/integration/bootstraps/bare.h"

#include "shared/base/base64.h"
#include "shared/json/json.h"

#include <poll.h>

enum { CHUNK_BYTES = 64 * 1024 };

struct streamer {
    struct probe p; /* polls */
    int fd;         /* the stream's own connection; -1: none */
    size_t sent;    /* bytes of the last stream */
    int status;     /* its answer; 0: none */
};

/* ---- the stream ------------------------------------------------------------------------------ */

static void begin(struct streamer *s, const struct json *script)
{
    struct str type = json_find_str(script, STR("type"));
    struct str mode = json_find_str(script, STR("mode"));
    s->fd = connect_api();
    s->sent = 0;
    s->status = 0;
    send_all(s->fd,
             arena_format(&s->p.arena,
                          "POST /2018-06-01/runtime/invocation/%s/response HTTP/1.1\r\nHost: x\r\n"
                          "Content-Type: " STR_FMT "\r\n"
                          "Lambda-Runtime-Function-Response-Mode: " STR_FMT "\r\n"
                          "Trailer: Lambda-Runtime-Function-Error-Type, "
                          "Lambda-Runtime-Function-Error-Body\r\n"
                          "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n",
                          s->p.id, STR_ARG(type.len > 0 ? type : STR("text/plain")),
                          STR_ARG(mode.len > 0 ? mode : STR("streaming"))));
}

/* True if an answer has come before the end. */
static bool is_answered(const struct streamer *s)
{
    struct pollfd look = {.fd = s->fd, .events = POLLIN};
    return poll(&look, 1, 0) > 0;
}

static bool chunk(struct streamer *s, struct str bytes)
{
    if (is_answered(s)) {
        return false;
    }
    send_all(s->fd, arena_format(&s->p.arena, "%zx\r\n", bytes.len));
    send_all(s->fd, bytes);
    send_all(s->fd, STR("\r\n"));
    s->sent += bytes.len;
    return true;
}

static void finish(struct streamer *s, struct str error_type)
{
    if (!is_answered(s)) {
        struct str trailers = STR("");
        if (error_type.len > 0) {
            struct str body = arena_format(
                &s->p.arena, "{\"errorType\":\"" STR_FMT "\",\"errorMessage\":\"as asked\"}",
                STR_ARG(error_type));
            trailers = arena_format(&s->p.arena,
                                    "lambda-runtime-function-error-type: " STR_FMT "\r\n"
                                    "Lambda-Runtime-Function-Error-Body: " STR_FMT "\r\n",
                                    STR_ARG(error_type), STR_ARG(base64_encode(&s->p.arena, body)));
        }
        send_all(s->fd, arena_format(&s->p.arena, "0\r\n" STR_FMT "\r\n", STR_ARG(trailers)));
    }
    char answer[512] = "";
    if (recv(s->fd, answer, sizeof(answer) - 1, 0) > 12) {
        s->status = (int)strtol(answer + strlen("HTTP/1.1 "), NULL, 10);
    }
    (void)close(s->fd);
}

/* ---- steps ----------------------------------------------------------------------------------- */

static bool fill(struct streamer *s, int64_t bytes)
{
    char *block = arena_alloc(&s->p.arena, CHUNK_BYTES, 1);
    memset(block, 'x', CHUNK_BYTES);
    while (bytes > 0) {
        size_t len = bytes < CHUNK_BYTES ? (size_t)bytes : CHUNK_BYTES;
        if (!chunk(s, (struct str){.ptr = block, .len = len})) {
            return false;
        }
        bytes -= (int64_t)len;
    }
    return true;
}

static bool bytewise(struct streamer *s, struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (!chunk(s, str_slice(text, i, i + 1))) {
            return false;
        }
    }
    return true;
}

static bool bytes(struct streamer *s, struct str base64)
{
    struct str decoded = {0};
    return base64_decode(&s->p.arena, base64, &decoded) && chunk(s, decoded);
}

static bool prelude(struct streamer *s, struct str text)
{
    struct buf out = buf_in(&s->p.arena, MIB(1));
    buf_add(&out, text);
    buf_add(&out, (struct str){.ptr = "\0\0\0\0\0\0\0\0", .len = 8});
    return chunk(s, buf_str(&out));
}

static int64_t number(const struct json *value)
{
    int64_t n = 0;
    return json_is_i64(value, &n) ? n : 0;
}

/* False once the stream is over. */
static bool run_step(struct streamer *s, const struct json *step, struct str *error)
{
    const struct json *member = step->first;
    if (step->type == JSON_STRING) {
        return chunk(s, step->text);
    }
    if (str_eq(member->key, STR("base64"))) {
        return bytes(s, member->text);
    }
    if (str_eq(member->key, STR("sleep"))) {
        (void)usleep((useconds_t)number(member) * 1000);
    } else if (str_eq(member->key, STR("say"))) {
        (void)fprintf(stderr, STR_FMT "\n", STR_ARG(member->text));
    } else if (str_eq(member->key, STR("fill"))) {
        return fill(s, number(member));
    } else if (str_eq(member->key, STR("bytewise"))) {
        return bytewise(s, member->text);
    } else if (str_eq(member->key, STR("prelude"))) {
        return prelude(s, member->span);
    } else if (str_eq(member->key, STR("exit"))) {
        exit((int)number(member));
    } else if (str_eq(member->key, STR("cut"))) {
        (void)close(s->fd);
        s->fd = -1;
        return false;
    } else if (str_eq(member->key, STR("error"))) {
        *error = member->text;
        return false;
    }
    return true;
}

static void run(struct streamer *s, const struct json *script)
{
    const struct json *steps =
        script->type == JSON_OBJECT ? json_find(script, STR("steps")) : script;
    const struct json *only = steps->first;
    struct str error = {0};
    if (only != NULL && json_find(only, STR("whole")) != NULL) {
        (void)answer(&s->p, s->p.id, json_find_str(only, STR("whole")));
        return;
    }
    if (only != NULL && json_find(only, STR("report")) != NULL) {
        (void)answer(&s->p, s->p.id,
                     arena_format(&s->p.arena, "{\"status\":%d,\"sent\":%zu}", s->status, s->sent));
        return;
    }
    if (only != NULL && json_find(only, STR("error")) != NULL) {
        struct str path = arena_format(&s->p.arena, "invocation/%s/error", s->p.id);
        (void)post(&s->p, path.ptr, "Lambda-Runtime-Function-Error-Type: Function.Early\r\n",
                   STR("{\"errorType\":\"Early\",\"errorMessage\":\"as asked\"}"));
        return;
    }
    begin(s, script);
    for (const struct json *step = steps->first; step != NULL; step = step->next) {
        if (!run_step(s, step, &error)) {
            break;
        }
    }
    if (s->fd >= 0) {
        finish(s, error);
    }
}

/* Of an HTTP event the body, also in base64. */
static const struct json *script_of(struct ctx *cx, struct str event)
{
    const struct json *root = NULL;
    const struct json *script = NULL;
    if (json_read(cx, event, NULL, &root) != OK) {
        exit(71);
    }
    if (json_find(root, STR("requestContext")) == NULL) {
        return root;
    }
    struct str body = json_find_str(root, STR("body"));
    const struct json *encoded = json_find(root, STR("isBase64Encoded"));
    if (encoded != NULL && encoded->boolean && !base64_decode(cx->arena, body, &body)) {
        exit(72);
    }
    return json_read(cx, body, NULL, &script) == OK ? script : root;
}

/* The event; as the body of a response, if it has the header X-Wrap. */
static struct str echo(struct arena *arena, struct str event)
{
    if (str_find(event, STR("\"X-Wrap\"")) == SIZE_MAX) {
        return event;
    }
    struct buf out = buf_in(arena, MIB(1));
    struct json_writer w = json_writer_on(&out);
    json_object_begin(&w);
    json_member_i64(&w, "statusCode", 200);
    json_member_str(&w, "body", event);
    json_object_end(&w);
    return buf_str(&out);
}

int main(void)
{
    struct streamer s = {.p = {.fd = connect_api()}};
    arena_init(&s.p.arena, 0);
    for (;;) {
        arena_reset(&s.p.arena);
        struct reply event = take_event(&s.p);
        struct ctx cx = {.arena = &s.p.arena};
        const struct json *script = script_of(&cx, event.body);
        if (script->type == JSON_ARRAY || json_find(script, STR("steps")) != NULL) {
            run(&s, script);
        } else {
            (void)answer(&s.p, s.p.id, echo(&s.p.arena, event.body)); /* no script */
        }
    }
}
