#include "shared/log/log.h"

#include "shared/base/clock.h"
#include "shared/base/trace.h"
#include "shared/json/json.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum {
    LINE_BYTES = 16 * 1024,
    LAST_PATIENCE_MS = 100,
    TAIL_BYTES = 32, /* room for `,"truncated":true}` and the newline */
    ID_BYTES = 256   /* Lambda's have 36; a longer one must not push the event's name out */
};

static const struct {
    struct str name;
} levels[] = {
    [LOG_TRACE] = {STR_INIT("TRACE")}, [LOG_DEBUG] = {STR_INIT("DEBUG")},
    [LOG_INFO] = {STR_INIT("INFO")},   [LOG_WARN] = {STR_INIT("WARN")},
    [LOG_ERROR] = {STR_INIT("ERROR")}, [LOG_FATAL] = {STR_INIT("FATAL")},
};

static struct {
    int fd;
    enum log_level level;
    bool is_text;
} out = {.fd = STDERR_FILENO, .level = LOG_INFO};

static enum log_level level_of(struct str name)
{
    for (size_t i = 0; i < ARRAY_LEN(levels); i++) {
        if (str_eq_nocase(name, levels[i].name)) {
            return (enum log_level)i;
        }
    }
    return LOG_INFO;
}

void log_init(void)
{
    const char *level = getenv("AWS_LAMBDA_LOG_LEVEL");
    out.level = level_of(str_from_cstr(level != NULL ? level : getenv("LOG_LEVEL")));
    struct str how = str_from_cstr(getenv("AWS_LAMBDA_INITIALIZATION_TYPE"));
    out.is_text = str_eq_nocase(str_from_cstr(getenv("AWS_LAMBDA_LOG_FORMAT")), STR("text")) &&
                  !str_eq(how, STR("lambda-managed-instances"));
}

bool log_is_on(enum log_level level)
{
    return level >= out.level;
}

void log_to(int fd)
{
    out.fd = fd;
}

static struct str request_id_of(const struct ctx *cx)
{
    return cx == NULL ? (struct str){0} : str_slice(cx->request_id, 0, ID_BYTES);
}

/* ---- JSON ---------------------------------------------------------------------------------- */

static void json_field(struct json_writer *w, const struct log_field *field)
{
    switch (field->type) {
    case LOG_FIELD_STR:
        json_member_str(w, field->name, field->str);
        break;
    case LOG_FIELD_I64:
        json_member_i64(w, field->name, field->i64);
        break;
    case LOG_FIELD_F64:
        json_member_fixed(w, field->name, field->f64, 3);
        break;
    case LOG_FIELD_BOOL:
        json_member_bool(w, field->name, field->i64 != 0);
        break;
    }
}

/* Adds the field, or says so and leaves the line as it was, with its tail's room free to use. */
static bool json_field_fits(struct json_writer *w, const struct log_field *field)
{
    struct json_writer before = *w;
    size_t len = w->buf->len;
    json_field(w, field);
    if (!w->buf->full) {
        return true;
    }
    *w = before;
    w->buf->len = len;
    w->buf->full = false;
    w->buf->max += TAIL_BYTES;
    return false;
}

/* Whose work this is. The trace's id is X-Ray's Root, by which its console finds the line. */
static void json_context(struct json_writer *w, const struct ctx *cx)
{
    struct str request_id = request_id_of(cx);
    struct trace_xray trace = {0};
    if (request_id.len > 0) {
        json_member_str(w, "requestId", request_id);
    }
    if (cx != NULL && cx->tenant_id.len > 0) {
        json_member_str(w, "tenantId", str_slice(cx->tenant_id, 0, ID_BYTES));
    }
    if (cx != NULL && trace_xray_read(cx->trace_id, &trace)) {
        json_member_str(w, "traceId", trace.root);
    }
}

static void json_line(struct buf *line, const struct ctx *cx, enum log_level level,
                      const char *event, const struct log_field *fields, size_t count)
{
    char timestamp[25];
    timestamp_format(clock_now_ms(), timestamp);
    struct json_writer w = json_writer_on(line);
    json_object_begin(&w);
    json_member_cstr(&w, "timestamp", timestamp);
    json_member_str(&w, "level", levels[level].name);
    json_member_cstr(&w, "message", event);
    json_context(&w, cx);
    for (size_t i = 0; i < count; i++) {
        if (!json_field_fits(&w, &fields[i])) {
            json_member_bool(&w, "truncated", true);
            break;
        }
    }
    line->max = LINE_BYTES;
    json_object_end(&w);
}

/* ---- text ---------------------------------------------------------------------------------- */

/* What a blank, a quote or an equals sign could make ambiguous stands in quotes. */
static bool is_plain(struct str value)
{
    for (size_t i = 0; i < value.len; i++) {
        char c = value.ptr[i];
        if (c <= ' ' || c > '~' || c == '"' || c == '=' || c == '\\') {
            return false;
        }
    }
    return value.len > 0;
}

/* A record is one line, and a value cannot pass for a field: JSON's string, if it is not plain. */
static void text_add(struct buf *line, struct str value)
{
    if (is_plain(value)) {
        buf_add(line, value);
        return;
    }
    struct json_writer w = json_writer_on(line);
    json_str(&w, value);
}

static void text_field(struct buf *line, const struct log_field *field)
{
    struct json_writer number = json_writer_on(line);
    buf_add_char(line, ' ');
    buf_add(line, str_from_cstr(field->name));
    buf_add_char(line, '=');
    switch (field->type) {
    case LOG_FIELD_STR:
        text_add(line, field->str);
        break;
    case LOG_FIELD_I64:
        json_i64(&number, field->i64);
        break;
    case LOG_FIELD_F64:
        json_fixed(&number, field->f64, 3);
        break;
    case LOG_FIELD_BOOL:
        json_bool(&number, field->i64 != 0);
        break;
    }
}

static void text_line(struct buf *line, const struct ctx *cx, enum log_level level,
                      const char *event, const struct log_field *fields, size_t count)
{
    struct str request_id = request_id_of(cx);
    buf_add(line, levels[level].name);
    buf_add_char(line, ' ');
    text_add(line, request_id.len > 0 ? request_id : STR("-"));
    buf_add_char(line, ' ');
    text_add(line, str_from_cstr(event));
    for (size_t i = 0; i < count; i++) {
        size_t len = line->len;
        text_field(line, &fields[i]);
        if (line->full) {
            *line =
                (struct buf){.ptr = line->ptr, .len = len, .cap = LINE_BYTES, .max = LINE_BYTES};
            buf_add(line, STR(" truncated=true"));
            break;
        }
    }
    line->max = LINE_BYTES;
}

/* ---- the line's way out -------------------------------------------------------------------- */

/* Bytes of a code point that a terminal obeys or a reader may take for a line's end; 0: none. */
static size_t unseen_at(struct str text, size_t at)
{
    unsigned char c[3] = {0};
    for (size_t i = 0; i < sizeof c && at + i < text.len; i++) {
        c[i] = (unsigned char)text.ptr[at + i];
    }
    if (c[0] == 0x7f) {
        return 1;
    }
    if (c[0] == 0xC2 && c[1] >= 0x80 && c[1] < 0xA0) {
        return 2; /* U+0080 to U+009F: a second set of control characters */
    }
    return c[0] == 0xE2 && c[1] == 0x80 && (c[2] == 0xA8 || c[2] == 0xA9) ? 3 : 0; /* U+2028/9 */
}

static void unseen_hide(struct buf *line)
{
    for (size_t i = 0; i < line->len; i++) {
        memset(line->ptr + i, ' ', unseen_at(buf_str(line), i));
    }
}

/*
 * A pipe takes up to PIPE_BUF (4 KiB) whole; a longer line of one thread would let another's in
 * between. Other processes at the same pipe are not held back by this.
 */
static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;

/* What could not be written of it: a log that nobody reads holds nobody up. */
static struct str line_write(int fd, struct str line)
{
    while (line.len > 0) {
        ssize_t sent = write(fd, line.ptr, line.len);
        if (sent < 0 && errno == EINTR) {
            continue;
        }
        if (sent <= 0) {
            break;
        }
        line = str_slice(line, (size_t)sent, line.len);
    }
    return line;
}

/*
 * A program's last words do not wait for long: they may come from a signal handler that interrupted
 * a thread within its line, or while another one hangs at a full pipe.
 */
static bool turn_take(bool is_last)
{
    if (!is_last) {
        return pthread_mutex_lock(&one_at_a_time) == 0;
    }
    for (int waited_ms = 0; waited_ms < LAST_PATIENCE_MS; waited_ms++) {
        if (pthread_mutex_trylock(&one_at_a_time) == 0) {
            return true;
        }
        (void)nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
    return false;
}

static void line_send(int fd, struct str line, bool is_last)
{
    static int cut_fd = -1; /* where the last line broke off within; its end is owed */
    if (!turn_take(is_last)) {
        if (is_last) { /* somebody may be in the middle of a line */
            (void)line_write(fd, STR("\n"));
            (void)line_write(fd, line);
        }
        return;
    }
    if (cut_fd != fd || line_write(fd, STR("\n")).len == 0) {
        size_t left = line_write(fd, line).len;
        cut_fd = left > 0 && left < line.len ? fd : -1;
    }
    (void)pthread_mutex_unlock(&one_at_a_time);
}

void log_line_send(int fd, struct str line)
{
    line_send(fd, line, false);
}

void log_write(const struct ctx *cx, enum log_level level, const char *event,
               const struct log_field *fields, size_t count)
{
    if (!log_is_on(level)) {
        return;
    }
    /* A fixed block, never an arena's: a line about lost memory must still go out. */
    char block[LINE_BYTES];
    struct buf line = {.ptr = block, .cap = sizeof block, .max = sizeof block - TAIL_BYTES};
    (out.is_text ? text_line : json_line)(&line, cx, level, event, fields, count);
    unseen_hide(&line);
    buf_add_char(&line, '\n');
    line_send(out.fd, buf_str(&line), level == LOG_FATAL);
}
