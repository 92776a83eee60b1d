#include "shared/base/field.h"

#include "tests/support/check.h"

enum { TOKEN = 1, VALUE = 2, PRINTABLE = 4, VISIBLE = 8 };

static unsigned kinds_of(struct str text)
{
    return (field_is_token(text) ? TOKEN : 0) | (field_is_value(text) ? VALUE : 0) |
           (field_is_printable(text) ? PRINTABLE : 0) | (field_is_visible(text) ? VISIBLE : 0);
}

/* The bytes as RFC 9110 lists them, each alone. */
static unsigned wanted(unsigned char c)
{
    static const char marks[] = "!#$%&'*+-.^_`|~";
    bool is_alnum = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    unsigned kinds = is_alnum || (c != '\0' && strchr(marks, c) != NULL) ? TOKEN : 0;
    kinds |= c == '\t' || (c >= ' ' && c != 0x7f) ? VALUE : 0;
    kinds |= c >= ' ' && c < 0x7f ? PRINTABLE : 0;
    return kinds | (c > ' ' && c < 0x7f ? VISIBLE : 0);
}

static void fields_are_made_of_what_rfc_9110_lists(void **state)
{
    (void)state;
    for (int c = 0; c < 256; c++) {
        char one = (char)c;
        struct str text = {.ptr = &one, .len = 1};
        CHECK_I64("a byte alone", kinds_of(text), wanted((unsigned char)c));
    }
}

static void field_kinds_hold_for_every_byte(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        struct str text;
        unsigned want;
    } cases[] = {
        {"a name", STR_INIT("content-type"), TOKEN | VALUE | PRINTABLE | VISIBLE},
        {"an empty text is no name", STR_INIT(""), VALUE | PRINTABLE | VISIBLE},
        {"a colon at the end", STR_INIT("host:"), VALUE | PRINTABLE | VISIBLE},
        {"a blank within", STR_INIT("a b"), VALUE | PRINTABLE},
        {"a tab within", STR_INIT("a\tb"), VALUE},
        {"bytes past ASCII", STR_INIT("caf\xc3\xa9"), VALUE},
        {"a line's end behind eight bytes", STR_INIT("12345678\r\nx: y"), 0},
        {"NUL at the end", STR_INIT("a\0"), 0},
        {"DEL", STR_INIT("a\x7f"), 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CHECK_I64(cases[i].name, kinds_of(cases[i].text), cases[i].want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_are_made_of_what_rfc_9110_lists),
        cmocka_unit_test(field_kinds_hold_for_every_byte),
    };
    return cmocka_run_group_tests_name("base field", tests, NULL, NULL);
}
