#include "infra/db/tool/csv.h"

#include "shared/base/buf.h"
#include "tests/support/check.h"

#include <unistd.h>

static struct str repeated(struct ctx *cx, char c, size_t count)
{
    char *bytes = ARENA_ARRAY(cx->arena, char, count);
    memset(bytes, c, count);
    return (struct str){.ptr = bytes, .len = count};
}

/* Reads all of `text`; the records as "a|b" lines, the header first. */
static enum status read_all(struct ctx *cx, struct str text, struct buf *out)
{
    struct csv *csv = NULL;
    TRY(csv_open_text(cx, "t.csv", text, &csv));
    for (size_t i = 0; i < csv_column_count(csv); i++) {
        buf_addf(out, "%s" STR_FMT, i == 0 ? "" : "|", STR_ARG(csv_column_name(csv, i)));
    }
    for (;;) {
        bool more = false;
        TRY(csv_next(cx, csv, &more));
        if (!more) {
            return OK;
        }
        for (size_t i = 0; i < csv_column_count(csv); i++) {
            buf_addf(out, "%s" STR_FMT, i == 0 ? "\n" : "|", STR_ARG(csv_field(csv, i)));
        }
    }
}

static void csv_reads_quoted_and_unquoted(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        struct str text, want;
    } cases[] = {
        {"plain", STR_INIT("a,b\n1,2\n"), STR_INIT("a|b\n1|2")},
        {"quoted", STR_INIT("\"a\",\"b\"\n\"1\",\"2\"\n"), STR_INIT("a|b\n1|2")},
        {"mixed", STR_INIT("a,\"b\"\n\"1\",2\n"), STR_INIT("a|b\n1|2")},
        {"comma inside", STR_INIT("a,b\n\"x, y\",2\n"), STR_INIT("a|b\nx, y|2")},
        {"doubled quote", STR_INIT("a,b\n\"1\"\" steak\",2\n"), STR_INIT("a|b\n1\" steak|2")},
        {"only doubled quotes", STR_INIT("a,b\n\"\"\"\"\"\",2\n"), STR_INIT("a|b\n\"\"|2")},
        {"newline inside", STR_INIT("a,b\n\"x\ny\",2\n"), STR_INIT("a|b\nx\ny|2")},
        {"newline in the header", STR_INIT("\"a\nc\",b\n1,2\n"), STR_INIT("a\nc|b\n1|2")},
        {"empty fields", STR_INIT("a,b,c\n,\"\",\n"), STR_INIT("a|b|c\n||")},
        {"CRLF", STR_INIT("a,b\r\n1,\"2\"\r\n"), STR_INIT("a|b\n1|2")},
        {"no last newline", STR_INIT("a,b\n1,2"), STR_INIT("a|b\n1|2")},
        {"no last newline, empty field", STR_INIT("a,b\n1,"), STR_INIT("a|b\n1|")},
        {"no last newline, quoted", STR_INIT("a,b\n1,\"2\""), STR_INIT("a|b\n1|2")},
        {"byte order mark",
         STR_INIT("\xEF\xBB\xBF"
                  "a,b\n1,2\n"),
         STR_INIT("a|b\n1|2")},
        {"UTF-8", STR_INIT("a\njalape\xC3\xB1o\n"), STR_INIT("a\njalape\xC3\xB1o")},
        {"header alone", STR_INIT("a,b\n"), STR_INIT("a|b")},
        {"spaces are kept", STR_INIT("a,b\n 1 ,2\n"), STR_INIT("a|b\n 1 |2")},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct buf out = buf_in(t.cx.arena, KIB(4));
        CHECK_STATUS(&t.cx, read_all(&t.cx, exact_copy(&t.cx, cases[i].text), &out), OK);
        CHECK_STR(cases[i].name, buf_str(&out), cases[i].want);
    }
}

static void csv_refuses_with_file_and_line(void **state)
{
    (void)state;
    static const struct {
        struct str text, want;
    } cases[] = {
        {STR_INIT(""), STR_INIT("t.csv:1: empty: no header")},
        {STR_INIT("a,,b\n"), STR_INIT("t.csv:1: column 2 of the header: no name")},
        {STR_INIT("a,b,a\n"), STR_INIT("t.csv:1: column 3 of the header: named twice")},
        {STR_INIT("a,b\n1,2\n1\n"), STR_INIT("t.csv:3: 1 fields where the header has 2")},
        {STR_INIT("a,b\n1,2,3\n"), STR_INIT("t.csv:2: 3 fields where the header has 2")},
        {STR_INIT("a,b\n1,2\n\n"), STR_INIT("t.csv:3: 1 fields where the header has 2")},
        {STR_INIT("a,b\n1,2\n1"), STR_INIT("t.csv:3: 1 fields where the header has 2")},
        {STR_INIT("a,b\n1,\"2\n3\n"), STR_INIT("t.csv:2: the quote that opens here never closes")},
        {STR_INIT("a,b\n1,\"2\"3\n"), STR_INIT("t.csv:2: text after a closing quote")},
        {STR_INIT("a,b\n1,2\"3\n"), STR_INIT("t.csv:2: a quote inside an unquoted field")},
        {STR_INIT("a,b\n1,2\r3\n"), STR_INIT("t.csv:2: a carriage return without a line feed")},
        {STR_INIT("a,b\n1,2\r"), STR_INIT("t.csv:2: a carriage return without a line feed")},
        {STR_INIT("a,b\n1,\0\n"), STR_INIT("t.csv:2: a NUL byte")},
        {STR_INIT("a,b\n1,\xC3\n"), STR_INIT("t.csv:2: not UTF-8")},
        /* Half a character at the end of a field and half at the start of the next is no character,
           though the bytes lie side by side: the whole record would be valid. */
        {STR_INIT("a,b\n\xC3,\xB1\n"), STR_INIT("t.csv:2: not UTF-8")},
        {STR_INIT("a,b\n\"x\ny\nz\",2\n1\n"), STR_INIT("t.csv:5: 1 fields where the header has 2")},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct buf out = buf_in(t.cx.arena, KIB(4));
        CHECK_STATUS(&t.cx, read_all(&t.cx, exact_copy(&t.cx, cases[i].text), &out), ERR_INVALID);
        CHECK_STR("words", str_from_cstr(t.cx.err.text), cases[i].want);
    }
}

static void csv_limits_the_record_and_the_columns(void **state)
{
    (void)state;
    for (size_t over = 0; over <= 1; over++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct buf text = buf_in(t.cx.arena, MIB(1));
        buf_add(&text, STR("a\n"));
        buf_add(&text, repeated(&t.cx, 'x', CSV_MAX_RECORD_BYTES + over));
        struct buf out = buf_in(t.cx.arena, MIB(1));
        CHECK_STATUS(&t.cx, read_all(&t.cx, buf_str(&text), &out), over == 0 ? OK : ERR_INVALID);
        if (over == 1) {
            CHECK_STR("words", str_from_cstr(t.cx.err.text),
                      STR("t.csv:2: the record is too long"));
        }
        buf_clear(&text);
        for (size_t i = 0; i < CSV_MAX_COLUMNS + over; i++) {
            buf_addf(&text, "%sc%zu", i == 0 ? "" : ",", i);
        }
        buf_clear(&out);
        CHECK_STATUS(&t.cx, read_all(&t.cx, buf_str(&text), &out), over == 0 ? OK : ERR_INVALID);
    }
}

static void csv_finds_columns_by_name(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct csv *csv = NULL;
    CHECK_STATUS(&t.cx, csv_open_text(&t.cx, "t.csv", STR("id,name\n"), &csv), OK);
    size_t column = 9;
    CHECK_STATUS(&t.cx, csv_column(&t.cx, csv, STR("name"), &column), OK);
    CHECK_I64("column", column, 1);
    CHECK_STATUS(&t.cx, csv_column(&t.cx, csv, STR("nam"), &column), ERR_INVALID);
    CHECK_STR("words", str_from_cstr(t.cx.err.text), STR("t.csv:1: the header has no column nam"));
}

/* The reader's chunk is 64 KiB: quotes, line ends and line numbers must survive its borders. */
static void csv_reads_files_across_chunks(void **state)
{
    (void)state;
    char path[] = "/tmp/csv_test.XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    enum { ROWS = 20000 };
    FILE *file = fdopen(fd, "w");
    assert_non_null(file);
    assert_true(fputs("id,text\r\n", file) >= 0);
    for (int i = 0; i < ROWS; i++) {
        assert_true(fprintf(file, "%d,\"a \"\"%d\"\",\r\nb\"\r\n", i, i % 7) > 0);
    }
    assert_true(fputs("x\r\n", file) >= 0);
    assert_int_equal(fclose(file), 0);

    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct csv *csv = NULL;
    CHECK_STATUS(&t.cx, csv_open(&t.cx, path, &csv), OK);
    bool more = true;
    for (int i = 0; i < ROWS; i++) {
        CHECK_STATUS(&t.cx, csv_next(&t.cx, csv, &more), OK);
        char id[16], text[32];
        (void)snprintf(id, sizeof id, "%d", i);
        (void)snprintf(text, sizeof text, "a \"%d\",\r\nb", i % 7);
        CHECK_STR("id", csv_field(csv, 0), str_from_cstr(id));
        CHECK_STR("text", csv_field(csv, 1), str_from_cstr(text));
    }
    CHECK_STATUS(&t.cx, csv_next(&t.cx, csv, &more), ERR_INVALID);
    char want[128];
    (void)snprintf(want, sizeof want, "%s:%d: 1 fields where the header has 2", path, 2 + 2 * ROWS);
    CHECK_STR("words", str_from_cstr(t.cx.err.text), str_from_cstr(want));
    assert_int_equal(unlink(path), 0);
}

static void csv_says_which_file_is_not_there(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct csv *csv = NULL;
    CHECK_STATUS(&t.cx, csv_open(&t.cx, "/nowhere/food.csv", &csv), ERR_NOT_FOUND);
    CHECK_STR("words", str_from_cstr(t.cx.err.text),
              STR("opening /nowhere/food.csv: no such file"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(csv_reads_quoted_and_unquoted),
        cmocka_unit_test(csv_refuses_with_file_and_line),
        cmocka_unit_test(csv_limits_the_record_and_the_columns),
        cmocka_unit_test(csv_finds_columns_by_name),
        cmocka_unit_test(csv_reads_files_across_chunks),
        cmocka_unit_test(csv_says_which_file_is_not_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
