/*
 * CSV as FoodData Central writes it: RFC 4180 with a header line, fields quoted or not, doubled
 * quotes, commas and newlines inside quotes, LF or CRLF. Read record by record, so that a file of
 * any size needs the memory of one record. Strict: what is not CSV is refused with the file's name
 * and line, and so is a record with more or fewer fields than the header, text that is not UTF-8,
 * and a NUL byte.
 *
 *   TRY(csv_open(cx, path, &csv));
 *   TRY(csv_column(cx, csv, STR("fdc_id"), &fdc_id));
 *   for (bool more = false;;) {
 *       TRY(csv_next(cx, csv, &more));
 *       if (!more) break;
 *       ... csv_field(csv, fdc_id)
 *   }
 */
#pragma once

#include "shared/base/ctx.h"

enum { CSV_MAX_COLUMNS = 128 };
#define CSV_MAX_RECORD_BYTES KIB(256)

struct csv;

/*
 * Opens a file and reads its header. `path` must last as long as `*csv`, which the arena owns: its
 * reset closes the file. A byte order mark is skipped.
 *
 * ERR_NOT_FOUND  no such file
 * ERR_INVALID    no header, a column named twice or not at all, or what `csv_next` refuses
 * ERR_INTERNAL   the file cannot be read
 */
enum status csv_open(struct ctx *cx, const char *path, struct csv **csv) MUST_CHECK;
/* As `csv_open` of a file called `name` that holds `text`. Both must last. */
enum status csv_open_text(struct ctx *cx, const char *name, struct str text,
                          struct csv **csv) MUST_CHECK;

size_t csv_column_count(const struct csv *csv);
struct str csv_column_name(const struct csv *csv, size_t column);
/* ERR_INVALID if the header lacks it. */
enum status csv_column(struct ctx *cx, const struct csv *csv, struct str name,
                       size_t *column) MUST_CHECK;

/*
 * Reads the next record; `*more` is false after the last.
 *
 * ERR_INVALID   "file:line: what"; nothing more can be read
 * ERR_INTERNAL  the file cannot be read
 */
enum status csv_next(struct ctx *cx, struct csv *csv, bool *more) MUST_CHECK;
/* A field of the record last read, decoded; a view that the next `csv_next` ends. */
struct str csv_field(const struct csv *csv, size_t column);

/* A value the caller cannot take: ERR_INVALID with "file:line: " before the words. */
enum status csv_refuse(struct ctx *cx, const struct csv *csv, const char *format, ...)
    PRINTF_LIKE(3, 4);

/* How far the file has been read, in bytes: for a progress bar. */
uint64_t csv_bytes_read(const struct csv *csv);
