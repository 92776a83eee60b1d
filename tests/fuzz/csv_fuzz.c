/* What is read, written again with every field quoted, is read as the same: fields, records,
 * columns. */
#include "infra/db/tool/csv.h"

#include "shared/base/buf.h"
#include "tests/fuzz/fuzz.h"

static void quoted_add(struct buf *out, struct str value)
{
    buf_add_char(out, '"');
    for (size_t i = 0; i < value.len; i++) {
        if (value.ptr[i] == '"') {
            buf_add_char(out, '"');
        }
        buf_add_char(out, value.ptr[i]);
    }
    buf_add_char(out, '"');
}

/* Reads all of `text` into `out`, in the one form; false if it is refused. */
static bool rewrite(struct ctx *cx, struct str text, struct buf *out)
{
    struct csv *csv = NULL;
    if (csv_open_text(cx, "fuzz", text, &csv) != OK) {
        return false;
    }
    size_t columns = csv_column_count(csv);
    FUZZ_CHECK(columns > 0 && columns <= CSV_MAX_COLUMNS);
    for (size_t i = 0; i < columns; i++) {
        size_t found = SIZE_MAX;
        FUZZ_CHECK(csv_column(cx, csv, csv_column_name(csv, i), &found) == OK && found == i);
        buf_add(out, i == 0 ? STR("") : STR(","));
        quoted_add(out, csv_column_name(csv, i));
    }
    for (bool more = true;;) {
        if (csv_next(cx, csv, &more) != OK) {
            return false;
        }
        buf_add_char(out, '\n');
        if (!more) {
            FUZZ_CHECK(csv_bytes_read(csv) == text.len);
            return true;
        }
        for (size_t i = 0; i < columns; i++) {
            buf_add(out, i == 0 ? STR("") : STR(","));
            quoted_add(out, csv_field(csv, i));
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_ctx f;
    fuzz_open(&f);
    struct buf once = buf_in(&f.arena, MIB(1)), twice = buf_in(&f.arena, MIB(1));
    if (rewrite(&f.cx, fuzz_str(data, size), &once)) {
        FUZZ_CHECK(rewrite(&f.cx, buf_str(&once), &twice));
        FUZZ_CHECK(str_eq(buf_str(&once), buf_str(&twice)));
    }
    fuzz_close(&f);
    return 0;
}
