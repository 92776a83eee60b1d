/*
 * Rows into COPY ... FROM STDIN, a batch of bytes at a time. A value that the server refuses
 * surfaces at the end, without our file's line: check values before they come here.
 */
#pragma once

#include "shared/base/buf.h"
#include "shared/pg/pg.h"

struct copy {
    struct pg_tx *tx;
    struct buf rows;
    bool in_row;
};

/* `sql` is COPY table (columns) FROM STDIN. Only one at a time in a transaction. */
enum status copy_begin(struct ctx *cx, struct pg_tx *tx, const char *sql,
                       struct copy *copy) MUST_CHECK;
void copy_field(struct copy *copy, struct str value);
void copy_null(struct copy *copy);
/* NULL if it is empty. */
void copy_field_or_null(struct copy *copy, struct str value);
enum status copy_row_end(struct ctx *cx, struct copy *copy) MUST_CHECK;
enum status copy_end(struct ctx *cx, struct copy *copy, int64_t *rows) MUST_CHECK;
