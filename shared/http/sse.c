#include "shared/http/sse.h"

enum { MAX_TYPE_BYTES = 256 }; /* of an event's name; no protocol of ours has one near it */

#define BYTE_ORDER_MARK "\xEF\xBB\xBF"

void sse_init(struct sse *sse, struct arena *arena, size_t max_bytes)
{
    *sse = (struct sse){
        .line = buf_in(arena, max_bytes),
        .data = buf_in(arena, max_bytes),
        .type = buf_in(arena, MAX_TYPE_BYTES),
    };
}

static enum status too_large(struct ctx *cx, const struct buf *buf)
{
    return fail(cx, ERR_TOO_LARGE, "an event stream with more than %zu bytes in a line or an event",
                buf->max);
}

/* ---- an event -------------------------------------------------------------------------------- */

/* At an empty line. A type without data is no event, and is forgotten. */
static enum status event_end(struct ctx *cx, struct sse *sse)
{
    const struct sse_event event = {.type = buf_str(&sse->type), .data = buf_str(&sse->data)};
    enum status status = sse->has_data ? sse->fn(cx, sse->arg, &event) : OK;
    buf_clear(&sse->type);
    buf_clear(&sse->data);
    sse->has_data = false;
    return status;
}

static enum status data_add(struct ctx *cx, struct sse *sse, struct str value)
{
    if (sse->has_data) {
        buf_add_char(&sse->data, '\n');
    }
    sse->has_data = true;
    buf_add(&sse->data, value);
    return sse->data.full ? too_large(cx, &sse->data) : OK;
}

static enum status type_set(struct ctx *cx, struct sse *sse, struct str value)
{
    buf_clear(&sse->type);
    buf_add(&sse->type, value);
    return sse->type.full ? too_large(cx, &sse->type) : OK;
}

static enum status line_end(struct ctx *cx, struct sse *sse, struct str line)
{
    if (!sse->after_first_line) {
        (void)str_skip_prefix(&line, STR(BYTE_ORDER_MARK));
        sse->after_first_line = true;
    }
    if (line.len == 0) {
        return event_end(cx, sse);
    }
    /* Without a colon all of it is the name; a comment's name is empty. */
    struct str value = line, name;
    (void)str_split_next(&value, ':', &name);
    (void)str_skip_prefix(&value, STR(" "));
    if (str_eq(name, STR("data"))) {
        return data_add(cx, sse, value);
    }
    return str_eq(name, STR("event")) ? type_set(cx, sse, value) : OK;
}

/* ---- lines ----------------------------------------------------------------------------------- */

static size_t line_length(struct str bytes)
{
    size_t len = 0;
    while (len < bytes.len && bytes.ptr[len] != '\n' && bytes.ptr[len] != '\r') {
        len++;
    }
    return len;
}

/* A line that came in parts is gathered in `line`; one that came whole is read where it lies. */
static enum status line_take(struct ctx *cx, struct sse *sse, struct str part, bool ends)
{
    if (part.len > sse->line.max - sse->line.len) {
        return too_large(cx, &sse->line);
    }
    if (!ends || sse->line.len > 0) {
        buf_add(&sse->line, part);
        part = buf_str(&sse->line);
    }
    if (!ends) {
        return OK;
    }
    enum status status = line_end(cx, sse, part);
    buf_clear(&sse->line);
    return status;
}

enum status sse_feed(struct ctx *cx, struct sse *sse, struct str bytes, sse_event_fn *fn, void *arg)
{
    sse->fn = fn;
    sse->arg = arg;
    while (bytes.len > 0) {
        if (sse->after_cr) { /* one end of line, be it CR or CRLF, wherever the cut is */
            sse->after_cr = false;
            (void)str_skip_prefix(&bytes, STR("\n"));
            continue;
        }
        size_t len = line_length(bytes);
        bool ends = len < bytes.len;
        struct str part = str_slice(bytes, 0, len);
        sse->after_cr = ends && bytes.ptr[len] == '\r';
        bytes = str_slice(bytes, len + ends, bytes.len);
        TRY(line_take(cx, sse, part, ends));
    }
    return OK;
}

/* ---- writing --------------------------------------------------------------------------------- */

void sse_write(struct buf *out, struct str type, struct str data)
{
    struct str line;
    if (type.len > 0) {
        buf_add(out, STR("event: "));
        buf_add(out, type);
        buf_add_char(out, '\n');
    }
    while (str_split_next(&data, '\n', &line)) {
        buf_add(out, STR("data: "));
        buf_add(out, line);
        buf_add_char(out, '\n');
    }
    buf_add_char(out, '\n');
}
