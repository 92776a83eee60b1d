/* Columns of a result, and parameters: what needs no server. Results are made by libpq itself. */
#include "shared/pg/internal.h"

#include "shared/base/clock.h"
#include "tests/support/check.h"

enum { MAX_COLUMNS = 4 };

/* A result of one row; a value of NULL is NULL. */
static struct pg_rows rows_make(struct ctx *cx, size_t columns, const char *const *names,
                                const char *const *values)
{
    PGresult *result = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
    PGresAttDesc attributes[MAX_COLUMNS] = {0};
    for (size_t i = 0; i < columns; i++) {
        attributes[i].name = arena_cstr_copy(cx->arena, str_from_cstr(names[i]));
    }
    assert_int_equal(PQsetResultAttrs(result, (int)columns, attributes), 1);
    for (size_t i = 0; i < columns; i++) {
        struct str value = str_from_cstr(values[i]);
        char *copy = values[i] == NULL ? NULL : arena_cstr_copy(cx->arena, value);
        int len = values[i] == NULL ? -1 : (int)value.len;
        assert_int_equal(PQsetvalue(result, 0, (int)i, copy, len), 1);
    }
    struct pg_rows rows;
    pg_rows_take(cx, &rows, result);
    return rows;
}

static struct pg_rows one_make(struct ctx *cx, const char *value)
{
    return rows_make(cx, 1, (const char *const[]){"c"}, (const char *const[]){value});
}

static void columns_are_found_by_name_in_any_order(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct pg_rows rows = rows_make(&t.cx, 4, (const char *const[]){"id", "n", "ok", "gone"},
                                    (const char *const[]){"x", "-7", "t", NULL});
    CHECK_I64("rows", pg_rows_count(&rows), 1);
    struct pg_row row = pg_row_at(&rows, 0);
    CHECK_I64("null?", pg_col_is_null(row, "gone"), true);
    CHECK_I64("null?", pg_col_is_null(row, "n"), false);
    CHECK_I64("ok", pg_col_bool(row, "ok"), true);
    CHECK_I64("n", pg_col_i64(row, "n"), -7);
    CHECK_STR("id", pg_col_str(row, "id"), STR("x"));
    CHECK_I64("n again", pg_col_i64(row, "n"), -7);
    CHECK_STATUS(&t.cx, pg_row_status(&t.cx, row), OK);
}

static void first_bad_column_is_reported_once(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct pg_rows rows = rows_make(&t.cx, 3, (const char *const[]){"id", "n", "m"},
                                    (const char *const[]){NULL, "secret", "1"});
    struct pg_row row = pg_row_at(&rows, 0);
    CHECK_I64("m", pg_col_i64(row, "m"), 1);
    CHECK_I64("malformed reads as 0", pg_col_i64(row, "n"), 0);
    CHECK_STR("NULL reads as empty", pg_col_str(row, "id"), STR(""));
    CHECK_I64("missing reads as 0", pg_col_i64(row, "nope"), 0);
    CHECK_STATUS(&t.cx, pg_row_status(&t.cx, row), ERR_INTERNAL);
    CHECK_STR("words", str_from_cstr(t.cx.err.text),
              STR("reading a row: column \"n\" is not a whole number"));
    CHECK_STR("nothing public", str_from_cstr(t.cx.err.words), STR(""));
}

enum reader { AS_STR, AS_I64, AS_F64, AS_BOOL, AS_TIME, AS_DATE, AS_ARRAY };

static const struct {
    const char *name, *value; /* NULL: SQL NULL */
    enum reader as;
    const char *fault; /* NULL: read well */
} cases[] = {
    {"empty text", "", AS_STR, NULL},
    {"NULL text", NULL, AS_STR, "is NULL"},
    {"most negative integer", "-9223372036854775808", AS_I64, NULL},
    {"integer past 64 bits", "9223372036854775808", AS_I64, "is not a whole number"},
    {"fraction as integer", "1.5", AS_I64, "is not a whole number"},
    {"empty integer", "", AS_I64, "is not a whole number"},
    {"double", "-1.5e-7", AS_F64, NULL},
    {"NaN", "NaN", AS_F64, "is not a finite number"},
    {"Infinity", "Infinity", AS_F64, "is not a finite number"},
    {"false", "f", AS_BOOL, NULL},
    {"spelled true", "true", AS_BOOL, "is not a boolean"},
    {"date", "2024-02-29", AS_DATE, NULL},
    {"infinity as a date", "infinity", AS_DATE, "is not a date of the years 1 to 9999"},
    {"date before Christ", "0044-03-15 BC", AS_DATE, "is not a date of the years 1 to 9999"},
    {"moment without zone", "2026-01-02 03:04:05", AS_TIME,
     "is not a moment of the years 1 to 9999"},
    {"infinite moment", "infinity", AS_TIME, "is not a moment of the years 1 to 9999"},
    {"moment cut short", "2026-01-02 03:0", AS_TIME, "is not a moment of the years 1 to 9999"},
    {"moment with a tail", "2026-01-02 03:04:05+00 BC", AS_TIME,
     "is not a moment of the years 1 to 9999"},
    {"NULL element", "{a,NULL}", AS_ARRAY, "is not a list of texts"},
    {"two dimensions", "{{a},{b}}", AS_ARRAY, "is not a list of texts"},
    {"own bounds", "[2:3]={a,b}", AS_ARRAY, "is not a list of texts"},
    {"not closed", "{a,b", AS_ARRAY, "is not a list of texts"},
    {"quote not closed", "{\"a}", AS_ARRAY, "is not a list of texts"},
    {"backslash at the end", "{\"a\\}", AS_ARRAY, "is not a list of texts"},
    {"empty element", "{a,,b}", AS_ARRAY, "is not a list of texts"},
    {"comma at the end", "{a,}", AS_ARRAY, "is not a list of texts"},
    {"tail after a quote", "{\"a\"b}", AS_ARRAY, "is not a list of texts"},
    {"not an array", "a", AS_ARRAY, "is not a list of texts"},
};

static void column_read(struct pg_row row, enum reader as)
{
    switch (as) {
    case AS_STR:
        (void)pg_col_str(row, "c");
        break;
    case AS_I64:
        (void)pg_col_i64(row, "c");
        break;
    case AS_F64:
        (void)pg_col_f64(row, "c");
        break;
    case AS_BOOL:
        (void)pg_col_bool(row, "c");
        break;
    case AS_TIME:
        (void)pg_col_time_ms(row, "c");
        break;
    case AS_DATE:
        (void)pg_col_date(row, "c");
        break;
    case AS_ARRAY:
        (void)pg_col_text_array(row, "c");
        break;
    }
}

static void values_of_the_wrong_shape_are_faults(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct pg_rows rows = one_make(&t.cx, cases[i].value);
        struct pg_row row = pg_row_at(&rows, 0);
        column_read(row, cases[i].as);
        bool fine = cases[i].fault == NULL;
        CHECK_I64(cases[i].name, pg_row_status(&t.cx, row), fine ? OK : ERR_INTERNAL);
        struct str want =
            fine ? STR("")
                 : arena_format(&t.arena, "reading a row: column \"c\" %s", cases[i].fault);
        CHECK_STR(cases[i].name, str_from_cstr(t.cx.err.text), want);
    }
}

static void moments_are_read_in_any_zone(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t want_ms;
    } moments[] = {
        {"1970-01-01 00:00:00+00", 0},
        {"1970-01-01 00:00:00.001999+00", 1},
        {"1970-01-01 05:30:00+05:30", 0},
        {"1969-12-31 20:30:00-03:30", 0},
        {"1970-01-01 00:53:28+00:53:28", 0},
        {"1969-12-31 23:59:59.5+00", -500},
        {"2026-11-20 12:34:56.789+00", INT64_C(1795178096789)},
    };
    for (size_t i = 0; i < ARRAY_LEN(moments); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct pg_rows rows = one_make(&t.cx, moments[i].text);
        struct pg_row row = pg_row_at(&rows, 0);
        CHECK_I64(moments[i].text, pg_col_time_ms(row, "c"), moments[i].want_ms);
        CHECK_STATUS(&t.cx, pg_row_status(&t.cx, row), OK);
    }
}

static void lists_of_texts_are_unescaped(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct pg_rows rows =
        one_make(&t.cx, "{a,\"\",\"b,c\",\"say \\\"hi\\\" \\\\\",\"NULL\",\"{}\"}");
    struct pg_text_array list = pg_col_text_array(pg_row_at(&rows, 0), "c");
    static const struct str want[] = {
        STR_INIT("a"),    STR_INIT(""),   STR_INIT("b,c"), STR_INIT("say \"hi\" \\"),
        STR_INIT("NULL"), STR_INIT("{}"),
    };
    CHECK_I64("count", list.count, ARRAY_LEN(want));
    for (size_t i = 0; i < ARRAY_LEN(want); i++) {
        CHECK_STR("item", list.items[i], want[i]);
    }
    struct pg_rows none = one_make(&t.cx, "{}");
    CHECK_I64("empty", pg_col_text_array(pg_row_at(&none, 0), "c").count, 0);
    CHECK_STATUS(&t.cx, pg_row_status(&t.cx, pg_row_at(&none, 0)), OK);
}

static void parameters_are_said_in_text(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    const struct str texts[] = {STR("a"), STR("b,\"c\"\\"), STR("")};
    const int64_t numbers[] = {1, INT64_MIN};
    const double reals[] = {0.1, -2};
    const struct pg_param params[] = {
        PG_NULL,
        PG_CSTR("x'; --"),
        PG_I64(INT64_MIN),
        PG_F64(0.1),
        PG_BOOL(true),
        PG_BOOL(false),
        PG_DATE(date_to_days((struct date){2024, 2, 29})),
        PG_TIME_MS(1),
        PG_TEXT_ARRAY(texts, 3),
        PG_I64_ARRAY(numbers, 2),
        PG_F64_ARRAY(reals, 2),
        PG_TEXT_ARRAY(NULL, 0),
        pg_str_or_null(STR("")),
        PG_STR(STR("")),
    };
    static const char *const want[] = {
        NULL,
        "x'; --",
        "-9223372036854775808",
        "0.10000000000000001",
        "t",
        "f",
        "2024-02-29",
        "1970-01-01T00:00:00.001Z",
        "{\"a\",\"b,\\\"c\\\"\\\\\",\"\"}",
        "{1,-9223372036854775808}",
        "{0.10000000000000001,-2}",
        "{}",
        NULL,
        "",
    };
    const char *const *got = NULL;
    const struct pg_query query = {.sql = "", .params = params, .param_count = ARRAY_LEN(params)};
    CHECK_STATUS(&t.cx, pg_params_text(&t.cx, &query, &got), OK);
    for (size_t i = 0; i < ARRAY_LEN(want); i++) {
        CHECK_I64("null?", got[i] == NULL, want[i] == NULL);
        CHECK_STR("text", str_from_cstr(got[i]), str_from_cstr(want[i]));
    }
}

static void parameters_with_a_nul_are_refused(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    const struct str texts[] = {STR("a"), STR("b\0c")};
    const struct pg_param params[] = {PG_STR(STR("a\0")), PG_TEXT_ARRAY(texts, 2)};
    for (size_t i = 0; i < ARRAY_LEN(params); i++) {
        const char *const *got = NULL;
        const struct pg_query query = {.sql = "", .params = &params[i], .param_count = 1};
        CHECK_STATUS(&t.cx, pg_params_text(&t.cx, &query, &got), ERR_INVALID);
    }
}

static void copy_escapes_what_copy_would_misread(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct buf buf = buf_in(&t.arena, 100);
    pg_copy_escape(&buf, STR("a\tb\\N\nc\rd"));
    CHECK_STR("escaped", buf_str(&buf), STR("a\\tb\\\\N\\nc\\rd"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_are_found_by_name_in_any_order),
        cmocka_unit_test(first_bad_column_is_reported_once),
        cmocka_unit_test(values_of_the_wrong_shape_are_faults),
        cmocka_unit_test(moments_are_read_in_any_zone),
        cmocka_unit_test(lists_of_texts_are_unescaped),
        cmocka_unit_test(parameters_are_said_in_text),
        cmocka_unit_test(parameters_with_a_nul_are_refused),
        cmocka_unit_test(copy_escapes_what_copy_would_misread),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
