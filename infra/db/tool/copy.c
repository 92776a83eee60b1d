#include "infra/db/tool/copy.h"

#define BATCH_BYTES KIB(64)
/* One row comes from one record of at most 256 KiB, and escaping at most doubles it. */
#define MAX_BYTES MIB(1)

enum status copy_begin(struct ctx *cx, struct pg_tx *tx, const char *sql, struct copy *copy)
{
    *copy = (struct copy){.tx = tx, .rows = buf_in(cx->arena, MAX_BYTES)};
    return pg_copy_begin(cx, tx, sql);
}

static void field_begin(struct copy *copy)
{
    if (copy->in_row) {
        buf_add_char(&copy->rows, '\t');
    }
    copy->in_row = true;
}

void copy_field(struct copy *copy, struct str value)
{
    field_begin(copy);
    pg_copy_escape(&copy->rows, value);
}

void copy_null(struct copy *copy)
{
    field_begin(copy);
    buf_add(&copy->rows, STR("\\N"));
}

void copy_field_or_null(struct copy *copy, struct str value)
{
    if (str_is_empty(value)) {
        copy_null(copy);
    } else {
        copy_field(copy, value);
    }
}

static enum status flush(struct ctx *cx, struct copy *copy)
{
    if (copy->rows.full) {
        return fail(cx, ERR_TOO_LARGE, "a row is longer than %zu bytes", (size_t)MAX_BYTES);
    }
    TRY(pg_copy_data(cx, copy->tx, buf_str(&copy->rows)));
    buf_clear(&copy->rows);
    return OK;
}

enum status copy_row_end(struct ctx *cx, struct copy *copy)
{
    buf_add_char(&copy->rows, '\n');
    copy->in_row = false;
    return copy->rows.len >= BATCH_BYTES || copy->rows.full ? flush(cx, copy) : OK;
}

enum status copy_end(struct ctx *cx, struct copy *copy, int64_t *rows)
{
    if (copy->rows.len > 0) {
        TRY(flush(cx, copy));
    }
    return pg_copy_end(cx, copy->tx, rows);
}
