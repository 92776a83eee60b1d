#include "infra/db/tool/csv.h"

#include "shared/base/buf.h"
#include "shared/base/utf8.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define CHUNK_BYTES KIB(64)
#define BOM         STR("\xEF\xBB\xBF")

enum state { FIELD_START, PLAIN, QUOTED, QUOTE_SEEN, CR_SEEN };
enum step { STEP_ON, STEP_RECORD, STEP_BAD };

struct csv {
    const char *name;
    int fd;      /* -1: `unread` is all there is */
    char *chunk; /* CHUNK_BYTES, what `unread` looks at if there is a file */
    struct str unread;
    uint64_t bytes_read;
    size_t line;        /* of the next byte */
    size_t record_line; /* where the record last read began */
    size_t quote_line;  /* where the last quoted field began */
    enum state state;
    const char *bad; /* why the last step was refused */
    struct buf record;
    size_t ends[CSV_MAX_COLUMNS]; /* of each field, in `record` */
    size_t field_count;
    struct str columns[CSV_MAX_COLUMNS];
    size_t column_count;
};

static enum status refuse_at(struct ctx *cx, const struct csv *csv, size_t line, const char *words)
{
    return fail(cx, ERR_INVALID, "%s:%zu: %s", csv->name, line, words);
}

enum status csv_refuse(struct ctx *cx, const struct csv *csv, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    struct str words = arena_vformat(cx->arena, format, args);
    va_end(args);
    return fail(cx, ERR_INVALID, "%s:%zu: " STR_FMT, csv->name, csv->record_line, STR_ARG(words));
}

/* Makes `unread` non-empty, unless the input has ended. */
static enum status refill(struct ctx *cx, struct csv *csv)
{
    if (csv->unread.len > 0 || csv->fd < 0) {
        return OK;
    }
    ssize_t got = 0;
    do {
        got = read(csv->fd, csv->chunk, CHUNK_BYTES);
    } while (got < 0 && errno == EINTR);
    if (got < 0) {
        return fail(cx, ERR_INTERNAL, "reading %s: errno %d", csv->name, errno);
    }
    csv->unread = (struct str){.ptr = csv->chunk, .len = (size_t)got};
    return OK;
}

static enum step bad(struct csv *csv, const char *words)
{
    csv->bad = words;
    return STEP_BAD;
}

static enum step add(struct csv *csv, char c, enum state next)
{
    buf_add_char(&csv->record, c);
    csv->state = next;
    return csv->record.full ? bad(csv, "the record is too long") : STEP_ON;
}

static enum step field_end(struct csv *csv)
{
    if (csv->field_count == CSV_MAX_COLUMNS) {
        return bad(csv, "too many columns");
    }
    csv->ends[csv->field_count++] = csv->record.len;
    csv->state = FIELD_START;
    return STEP_ON;
}

static enum step record_end(struct csv *csv)
{
    enum step step = field_end(csv);
    return step == STEP_ON ? STEP_RECORD : step;
}

/* What may follow a field, in quotes or not; false if `c` does not end one. */
static bool ends_field(struct csv *csv, char c, enum step *step)
{
    switch (c) {
    case ',':
        *step = field_end(csv);
        return true;
    case '\n':
        *step = record_end(csv);
        return true;
    case '\r':
        csv->state = CR_SEEN;
        *step = STEP_ON;
        return true;
    default:
        return false;
    }
}

static enum step plain_take(struct csv *csv, char c)
{
    enum step step = STEP_ON;
    if (c == '"') {
        return bad(csv, "a quote inside an unquoted field");
    }
    return ends_field(csv, c, &step) ? step : add(csv, c, PLAIN);
}

static enum step start_take(struct csv *csv, char c)
{
    if (c != '"') {
        return plain_take(csv, c);
    }
    csv->state = QUOTED;
    csv->quote_line = csv->line;
    return STEP_ON;
}

static enum step quoted_take(struct csv *csv, char c)
{
    if (c != '"') {
        return add(csv, c, QUOTED);
    }
    csv->state = QUOTE_SEEN;
    return STEP_ON;
}

static enum step after_quote_take(struct csv *csv, char c)
{
    enum step step = STEP_ON;
    if (c == '"') {
        return add(csv, c, QUOTED); /* doubled: one quote of the value */
    }
    return ends_field(csv, c, &step) ? step : bad(csv, "text after a closing quote");
}

static enum step step_take(struct csv *csv, char c)
{
    switch (csv->state) {
    case FIELD_START:
        return start_take(csv, c);
    case PLAIN:
        return plain_take(csv, c);
    case QUOTED:
        return quoted_take(csv, c);
    case QUOTE_SEEN:
        return after_quote_take(csv, c);
    case CR_SEEN:
        return c == '\n' ? record_end(csv) : bad(csv, "a carriage return without a line feed");
    }
    return STEP_BAD;
}

/* The end of the input ends the last record too: RFC 4180 section 2 (2) makes its line break
 * optional. */
static enum status input_end(struct ctx *cx, struct csv *csv, bool *more)
{
    *more = csv->state != FIELD_START || csv->field_count > 0;
    if (csv->state == QUOTED) {
        return refuse_at(cx, csv, csv->quote_line, "the quote that opens here never closes");
    }
    if (csv->state == CR_SEEN) {
        return refuse_at(cx, csv, csv->line, "a carriage return without a line feed");
    }
    if (*more && record_end(csv) == STEP_BAD) {
        return refuse_at(cx, csv, csv->record_line, csv->bad);
    }
    return OK;
}

static enum status record_read(struct ctx *cx, struct csv *csv, bool *more)
{
    buf_clear(&csv->record);
    csv->field_count = 0;
    csv->state = FIELD_START;
    csv->record_line = csv->line;
    for (;;) {
        TRY(refill(cx, csv));
        if (csv->unread.len == 0) {
            return input_end(cx, csv, more);
        }
        char c = csv->unread.ptr[0];
        csv->unread = str_slice(csv->unread, 1, csv->unread.len);
        csv->bytes_read++;
        enum step step = c == '\0' ? bad(csv, "a NUL byte") : step_take(csv, c);
        if (step == STEP_BAD) {
            return refuse_at(cx, csv, csv->line, csv->bad);
        }
        csv->line += c == '\n';
        if (step == STEP_RECORD) {
            *more = true;
            return OK;
        }
    }
}

static enum status record_check(struct ctx *cx, const struct csv *csv)
{
    /* Field by field: two halves of a character in two fields lie side by side here. */
    for (size_t i = 0; i < csv->field_count; i++) {
        if (!utf8_is_valid(csv_field(csv, i))) {
            return refuse_at(cx, csv, csv->record_line, "not UTF-8");
        }
    }
    if (csv->column_count > 0 && csv->field_count != csv->column_count) {
        return csv_refuse(cx, csv, "%zu fields where the header has %zu", csv->field_count,
                          csv->column_count);
    }
    return OK;
}

enum status csv_next(struct ctx *cx, struct csv *csv, bool *more)
{
    TRY(record_read(cx, csv, more));
    return *more ? record_check(cx, csv) : OK;
}

struct str csv_field(const struct csv *csv, size_t column)
{
    size_t from = column == 0 ? 0 : csv->ends[column - 1];
    return str_slice(buf_str(&csv->record), from, csv->ends[column]);
}

static bool column_find(const struct csv *csv, struct str name, size_t *column)
{
    for (size_t i = 0; i < csv->column_count; i++) {
        if (str_eq(csv->columns[i], name)) {
            *column = i;
            return true;
        }
    }
    return false;
}

static enum status header_read(struct ctx *cx, struct csv *csv)
{
    TRY(refill(cx, csv));
    if (str_skip_prefix(&csv->unread, BOM)) {
        csv->bytes_read += BOM.len;
    }
    bool more = false;
    TRY(csv_next(cx, csv, &more));
    if (!more) {
        return refuse_at(cx, csv, 1, "empty: no header");
    }
    for (size_t i = 0; i < csv->field_count; i++) {
        size_t other = 0;
        struct str name = csv_field(csv, i);
        if (name.len == 0 || column_find(csv, name, &other)) {
            return csv_refuse(cx, csv, "column %zu of the header: %s", i + 1,
                              name.len == 0 ? "no name" : "named twice");
        }
        csv->columns[csv->column_count++] = arena_str_copy(cx->arena, name);
    }
    return OK;
}

static struct csv *csv_new(struct ctx *cx, const char *name)
{
    struct csv *csv = ARENA_NEW(cx->arena, struct csv);
    csv->name = name;
    csv->fd = -1;
    csv->line = 1;
    csv->record = buf_in(cx->arena, CSV_MAX_RECORD_BYTES);
    return csv;
}

static void file_close(void *object)
{
    (void)close(((struct csv *)object)->fd);
}

enum status csv_open(struct ctx *cx, const char *path, struct csv **csv)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return fail(cx, errno == ENOENT ? ERR_NOT_FOUND : ERR_INTERNAL, "opening %s: %s", path,
                    errno == ENOENT ? "no such file" : "refused");
    }
    *csv = csv_new(cx, path);
    (*csv)->fd = fd;
    (*csv)->chunk = ARENA_ARRAY(cx->arena, char, CHUNK_BYTES);
    arena_on_reset(cx->arena, file_close, *csv);
    return header_read(cx, *csv);
}

enum status csv_open_text(struct ctx *cx, const char *name, struct str text, struct csv **csv)
{
    *csv = csv_new(cx, name);
    (*csv)->unread = text;
    return header_read(cx, *csv);
}

size_t csv_column_count(const struct csv *csv)
{
    return csv->column_count;
}

struct str csv_column_name(const struct csv *csv, size_t column)
{
    return csv->columns[column];
}

enum status csv_column(struct ctx *cx, const struct csv *csv, struct str name, size_t *column)
{
    if (!column_find(csv, name, column)) {
        return fail(cx, ERR_INVALID, "%s:1: the header has no column " STR_FMT, csv->name,
                    STR_ARG(name));
    }
    return OK;
}

uint64_t csv_bytes_read(const struct csv *csv)
{
    return csv->bytes_read;
}
