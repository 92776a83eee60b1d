#include "shared/pg/internal.h"

#include "shared/base/clock.h"

#include <assert.h>
#include <stdio.h>

enum { MS_PER_SECOND = 1000, SECONDS_PER_MINUTE = 60, SECONDS_PER_HOUR = 3600 };
static const int64_t MS_PER_DAY = 86400000;

static void result_clear(void *object)
{
    PQclear(object);
}

void pg_rows_take(struct ctx *cx, struct pg_rows *rows, PGresult *result)
{
    arena_on_reset(cx->arena, result_clear, result);
    *rows = (struct pg_rows){
        .result = result,
        .arena = cx->arena,
        .count = (size_t)PQntuples(result),
    };
    if (!str_to_i64(str_from_cstr(PQcmdTuples(result)), &rows->affected)) {
        rows->affected = 0; /* a statement that counts nothing */
    }
}

size_t pg_rows_count(const struct pg_rows *rows)
{
    return rows->count;
}

struct pg_row pg_row_at(struct pg_rows *rows, size_t index)
{
    assert(index < rows->count);
    rows->next_column = 0;
    return (struct pg_row){.rows = rows, .index = index};
}

enum status pg_row_status(struct ctx *cx, struct pg_row row)
{
    if (row.rows->fault[0] == '\0') {
        return OK;
    }
    return fail(cx, ERR_INTERNAL, "reading a row: %s", row.rows->fault);
}

static void fault_note(struct pg_row row, const char *name, const char *what)
{
    if (row.rows->fault[0] == '\0') {
        (void)snprintf(row.rows->fault, sizeof row.rows->fault, "column \"%s\" %s", name, what);
    }
}

/* Its number, or -1. Names are compared as they are: PQfnumber would fold and search each time. */
static int column_find(struct pg_row row, const char *name)
{
    struct pg_rows *rows = row.rows;
    int columns = PQnfields(rows->result);
    for (int i = 0; i < columns; i++) {
        int column = (rows->next_column + i) % columns;
        if (strcmp(PQfname(rows->result, column), name) == 0) {
            rows->next_column = column + 1;
            return column;
        }
    }
    fault_note(row, name, "is not in the result");
    return -1;
}

/* False, and the fault noted, if it is missing or NULL. */
static bool column_text(struct pg_row row, const char *name, struct str *text)
{
    int column = column_find(row, name);
    if (column < 0) {
        return false;
    }
    const PGresult *result = row.rows->result;
    int index = (int)row.index;
    if (PQgetisnull(result, index, column) != 0) {
        fault_note(row, name, "is NULL");
        return false;
    }
    text->ptr = PQgetvalue(result, index, column);
    text->len = (size_t)PQgetlength(result, index, column);
    return true;
}

bool pg_col_is_null(struct pg_row row, const char *name)
{
    int column = column_find(row, name);
    bool is_null = column < 0 || PQgetisnull(row.rows->result, (int)row.index, column) != 0;
    if (column >= 0) {
        row.rows->next_column = column; /* it is likely to be read next */
    }
    return is_null;
}

struct str pg_col_str(struct pg_row row, const char *name)
{
    struct str text = {0};
    return column_text(row, name, &text) ? text : (struct str){0};
}

int64_t pg_col_i64(struct pg_row row, const char *name)
{
    struct str text = {0};
    int64_t value = 0;
    if (column_text(row, name, &text) && !str_to_i64(text, &value)) {
        fault_note(row, name, "is not a whole number");
        return 0;
    }
    return value;
}

double pg_col_f64(struct pg_row row, const char *name)
{
    struct str text = {0};
    double value = 0;
    if (column_text(row, name, &text) && !str_to_f64(text, &value)) {
        fault_note(row, name, "is not a finite number");
        return 0;
    }
    return value;
}

bool pg_col_bool(struct pg_row row, const char *name)
{
    struct str text = {0};
    if (!column_text(row, name, &text)) {
        return false;
    }
    bool is_true = str_eq(text, STR("t"));
    if (!is_true && !str_eq(text, STR("f"))) {
        fault_note(row, name, "is not a boolean");
    }
    return is_true;
}

int32_t pg_col_date(struct pg_row row, const char *name)
{
    struct str text = {0};
    int32_t days = 0;
    if (column_text(row, name, &text) && !date_parse(text, &days)) {
        fault_note(row, name, "is not a date of the years 1 to 9999");
        return 0;
    }
    return days;
}

/* Takes exactly `count` digits off the front. */
static bool digits_take(struct str *text, size_t count, int64_t *value)
{
    struct str digits = str_slice(*text, 0, count);
    if (digits.len != count || digits.ptr[0] == '-' || !str_to_i64(digits, value)) {
        return false;
    }
    *text = str_slice(*text, count, text->len);
    return true;
}

/* "12:34:56" */
static bool clock_take(struct str *text, int64_t *seconds)
{
    int64_t hour = 0;
    int64_t minute = 0;
    int64_t second = 0;
    if (!digits_take(text, 2, &hour) || !str_skip_prefix(text, STR(":")) ||
        !digits_take(text, 2, &minute) || !str_skip_prefix(text, STR(":")) ||
        !digits_take(text, 2, &second)) {
        return false;
    }
    *seconds = hour * SECONDS_PER_HOUR + minute * SECONDS_PER_MINUTE + second;
    return true;
}

/* ".123456", or nothing; cut, not rounded, so that a moment never moves into the future. */
static int64_t fraction_take(struct str *text)
{
    int64_t ms = 0;
    int64_t weight = MS_PER_SECOND;
    if (!str_skip_prefix(text, STR("."))) {
        return 0;
    }
    int64_t digit = 0;
    while (text->len > 0 && text->ptr[0] >= '0' && text->ptr[0] <= '9' &&
           digits_take(text, 1, &digit)) {
        weight /= 10;
        ms += digit * weight;
    }
    return ms;
}

/* "+00", "-03:30", "+05:53:28" (before there were zones): all of the rest. */
static bool offset_take(struct str *text, int64_t *seconds)
{
    int64_t sign = str_skip_prefix(text, STR("-")) ? -1 : 1;
    if (sign > 0 && !str_skip_prefix(text, STR("+"))) {
        return false;
    }
    static const int64_t weights[] = {SECONDS_PER_HOUR, SECONDS_PER_MINUTE, 1};
    *seconds = 0;
    for (size_t i = 0; i < ARRAY_LEN(weights) && text->len > 0; i++) {
        int64_t part = 0;
        if ((i > 0 && !str_skip_prefix(text, STR(":"))) || !digits_take(text, 2, &part)) {
            return false;
        }
        *seconds += sign * part * weights[i];
    }
    return text->len == 0;
}

/* timestamptz in DateStyle ISO. */
static bool time_parse(struct str text, int64_t *epoch_ms)
{
    enum { DATE_LEN = 10 };
    int32_t days = 0;
    int64_t clock_s = 0;
    int64_t offset_s = 0;
    struct str rest = str_slice(text, DATE_LEN, text.len);
    if (!date_parse(str_slice(text, 0, DATE_LEN), &days) || !str_skip_prefix(&rest, STR(" ")) ||
        !clock_take(&rest, &clock_s)) {
        return false;
    }
    int64_t ms = fraction_take(&rest);
    if (!offset_take(&rest, &offset_s)) {
        return false;
    }
    *epoch_ms = days * MS_PER_DAY + (clock_s - offset_s) * MS_PER_SECOND + ms;
    return true;
}

int64_t pg_col_time_ms(struct pg_row row, const char *name)
{
    struct str text = {0};
    int64_t epoch_ms = 0;
    if (column_text(row, name, &text) && !time_parse(text, &epoch_ms)) {
        fault_note(row, name, "is not a moment of the years 1 to 9999");
        return 0;
    }
    return epoch_ms;
}

/* Takes "..." off the front, unescaped to `*out`, which moves on. */
static bool quoted_take(char **out, struct str *text, struct str *item)
{
    size_t len = 0;
    for (size_t i = 1; i < text->len; i++) {
        char c = text->ptr[i];
        if (c == '"') {
            *item = (struct str){.ptr = *out, .len = len};
            *out += len;
            *text = str_slice(*text, i + 1, text->len);
            return true;
        }
        if (c == '\\' && i + 1 < text->len) {
            c = text->ptr[++i];
        }
        (*out)[len++] = c;
    }
    return false;
}

static bool bare_take(struct str *text, struct str *item)
{
    size_t comma = str_find_char(*text, ',');
    *item = str_slice(*text, 0, comma);
    *text = str_slice(*text, item->len, text->len);
    bool is_plain = str_find_char(*item, '{') == SIZE_MAX && str_find_char(*item, '"') == SIZE_MAX;
    return item->len > 0 && is_plain && !str_eq_nocase(*item, STR("NULL"));
}

/* Elements of "{a,"b c",d}" (PostgreSQL manual, 8.15.6), one dimension, no NULL. */
static bool array_parse(struct arena *arena, struct str text, struct pg_text_array *array)
{
    if (text.len < 2 || text.ptr[0] != '{' || text.ptr[text.len - 1] != '}') {
        return false;
    }
    struct str rest = str_slice(text, 1, text.len - 1);
    size_t most = 1;
    for (size_t i = 0; i < rest.len; i++) {
        most += rest.ptr[i] == ',' ? 1 : 0;
    }
    struct str *items = ARENA_ARRAY(arena, struct str, most);
    char *unescaped = ARENA_ARRAY(arena, char, rest.len); /* never longer than what is escaped */
    size_t count = 0;
    bool more = rest.len > 0;
    while (more) {
        bool quoted = rest.len > 0 && rest.ptr[0] == '"';
        struct str *item = &items[count++];
        if (!(quoted ? quoted_take(&unescaped, &rest, item) : bare_take(&rest, item))) {
            return false;
        }
        more = str_skip_prefix(&rest, STR(","));
    }
    *array = (struct pg_text_array){.items = items, .count = count};
    return rest.len == 0;
}

struct pg_text_array pg_col_text_array(struct pg_row row, const char *name)
{
    struct str text = {0};
    struct pg_text_array array = {0};
    if (column_text(row, name, &text) && !array_parse(row.rows->arena, text, &array)) {
        fault_note(row, name, "is not a list of texts");
        return (struct pg_text_array){0};
    }
    return array;
}
