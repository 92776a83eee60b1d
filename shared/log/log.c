#include "shared/log/log.h"

#include "shared/base/clock.h"
#include "shared/json/json.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    LINE_BYTES = 16 * 1024,
    TAIL_BYTES = 32,       /* room for `,"truncated":true}` and the newline */
    REQUEST_ID_BYTES = 256 /* Lambda's are 36; a longer one must not push the event's name out */
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
    out.is_text = str_eq_nocase(str_from_cstr(getenv("AWS_LAMBDA_LOG_FORMAT")), STR("text"));
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
    return cx == NULL ? (struct str){0} : str_slice(cx->request_id, 0, REQUEST_ID_BYTES);
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

static void json_line(struct buf *line, const struct ctx *cx, enum log_level level,
                      const char *event, const struct log_field *fields, size_t count)
{
    char timestamp[25];
    timestamp_format(clock_now_ms(), timestamp);
    struct str request_id = request_id_of(cx);
    struct json_writer w = json_writer_on(line);
    json_object_begin(&w);
    json_member_cstr(&w, "timestamp", timestamp);
    json_member_str(&w, "level", levels[level].name);
    json_member_cstr(&w, "message", event);
    if (request_id.len > 0) {
        json_member_str(&w, "requestId", request_id);
    }
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

/* A record is one line: what would end it, or colour a terminal, becomes a space. */
static void text_add(struct buf *line, struct str value)
{
    size_t from = line->len;
    buf_add(line, value);
    for (size_t i = from; i < line->len; i++) {
        unsigned char c = (unsigned char)line->ptr[i];
        if (c < 0x20 || c == 0x7f) {
            line->ptr[i] = ' ';
        }
    }
}

static void text_field(struct buf *line, const struct log_field *field)
{
    struct json_writer number = json_writer_on(line);
    buf_addf(line, " %s=", field->name);
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
    buf_addf(line, " %s", event);
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

/* One write(2) as a rule: a second one only where a pipe took less. A log that fails is dropped. */
static void line_send(struct str line)
{
    while (line.len > 0) {
        ssize_t sent = write(out.fd, line.ptr, line.len);
        if (sent < 0 && errno == EINTR) {
            continue;
        }
        if (sent <= 0) {
            return;
        }
        line = str_slice(line, (size_t)sent, line.len);
    }
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
    buf_add_char(&line, '\n');
    line_send(buf_str(&line));
}
