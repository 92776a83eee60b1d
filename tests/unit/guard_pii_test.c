/*
 * What counts as personal data, form by form, and what only looks like it.
 */
#include "shared/llm/guard/pii.h"

#include "shared/base/buf.h"
#include "tests/support/check.h"

#include <time.h>

enum { ALL = (1 << PII_KINDS) - 1 };

struct pii_case {
    const char *name;
    struct str text;
    const char *sign; /* NULL: nothing is found */
    struct str datum;
};

static void check_case(struct ctx *cx, const struct pii_case *c)
{
    struct pii_found found = {0};
    struct str text = exact_copy(cx, c->text);
    bool is_found = pii_find(text, 0, ALL, &found);
    struct str got = str_slice(text, found.start, found.start + found.len);
    CHECK_STR(c->name, is_found ? str_from_cstr(found.sign) : STR(""), str_from_cstr(c->sign));
    CHECK_STR(c->name, is_found ? got : STR(""), c->datum);
}

#define FOUND(name, sign, before, datum, after)                                                    \
    {                                                                                              \
        name, STR_INIT(before datum after), sign, STR_INIT(datum)                                  \
    }
#define NOTHING(name, text)                                                                        \
    {                                                                                              \
        name, STR_INIT(text), NULL, STR_INIT("")                                                   \
    }

static const struct pii_case contacts[] = {
    FOUND("plain address", "email", "Write to ", "ann.lee@example.com", ". Thanks"),
    FOUND("address with a tag", "email", "<", "ann+news@mail.example.co.uk", ">"),
    FOUND("address amid Japanese", "email", "\xE3\x81\xAF", "foo@example.com",
          "\xE3\x81\xA7\xE3\x81\x99"),
    FOUND("local part with an accent", "email", "", "jos\xC3\xA9@example.com", ""),
    FOUND("host with an umlaut", "email", "", "info@m\xC3\xBCnchen.de", ","),
    FOUND("punycode", "email", "", "a@b.xn--p1ai", ""),
    NOTHING("handle", "ask @ann about it"),
    NOTHING("host of one label", "root@localhost"),
    NOTHING("version", "package@1.2.3"),
    FOUND("international", "phone", "call ", "+49 30 1234567", "!"),
    FOUND("international with its zero", "phone", "", "+44 (0)20 7946 0958", ""),
    FOUND("with 00", "phone", "", "0033 1 23 45 67 89", ""),
    FOUND("American", "phone", "", "(415) 555-2671", ""),
    FOUND("American with the 1", "phone", "", "1-415-555-2671", ""),
    FOUND("German", "phone", "Tel. ", "030 1234567", ""),
    FOUND("French", "phone", "", "01 23 45 67 89", ""),
    NOTHING("date", "2026-11-28"),
    NOTHING("date and time", "2026-11-28 21:30"),
    NOTHING("address of a host", "192.168.100.200"),
    NOTHING("price", "1,299.00 EUR"),
    NOTHING("year range", "1990-2026"),
    NOTHING("order number", "order 4155552671"),
    NOTHING("short", "+49 30 12"),
};

static const struct pii_case cards[] = {
    FOUND("Visa", "card", "pay with ", "4111 1111 1111 1111", " now"),
    FOUND("hyphens", "card", "", "5555-5555-5555-4444", ""),
    FOUND("American Express", "card", "", "378282246310005", ""),
    FOUND("Mastercard's newer range", "card", "", "2223003122003222", ""),
    FOUND("digits of something else behind", "card", "", "4111111111111111", " 12"),
    NOTHING("wrong check digit", "4111 1111 1111 1112"),
    NOTHING("no card's first digit", "9111 1111 1111 1111"),
    NOTHING("part of a longer number", "94111111111111111x"),
    FOUND("German IBAN", "iban", "an ", "DE89 3704 0044 0532 0130 00", "."),
    FOUND("British IBAN, small letters", "iban", "", "gb82west12345698765432", ""),
    FOUND("French IBAN with a letter", "iban", "", "FR14 2004 1010 0505 0001 3M02 606", ""),
    FOUND("words behind an IBAN", "iban", "", "NO93 8601 1117 947", " in Oslo"),
    NOTHING("wrong check", "DE88 3704 0044 0532 0130 00"),
    NOTHING("no such country", "ZZ89 3704 0044 0532 0130 00"),
};

static const struct pii_case ids[] = {
    FOUND("US SSN", "us_ssn", "SSN ", "078-05-1120", ""),
    NOTHING("US area 000", "000-12-3456"),
    NOTHING("US area 666", "666-12-3456"),
    NOTHING("US area 9xx", "912-12-3456"),
    NOTHING("US group 00", "123-00-4567"),
    NOTHING("US serial 0000", "123-45-0000"),
    NOTHING("nine digits", "078051120"),
    FOUND("UK NINO", "uk_nino", "", "AB 12 34 56 C", ""),
    FOUND("UK NINO in one", "uk_nino", "", "AB123456C", ""),
    NOTHING("UK prefix never given out", "GB123456C"),
    NOTHING("UK letter D first", "DA123456C"),
    NOTHING("UK suffix E", "AB123456E"),
    FOUND("German Steuer-ID", "de_steuer_id", "", "86 095 742 719", ""),
    FOUND("German Steuer-ID in one", "de_steuer_id", "", "47036892816", ""),
    NOTHING("German, wrong check digit", "86095742718"),
    FOUND("French NIR", "fr_insee", "", "2 55 08 67 168 086 01", ""),
    FOUND("French NIR of Corsica", "fr_insee", "", "1 84 03 2A 123 456 50", ""),
    NOTHING("French, wrong key", "2 55 08 67 168 086 02"),
    FOUND("Spanish DNI", "es_dni", "", "12345678Z", ""),
    FOUND("Spanish DNI, hyphen", "es_dni", "", "12345678-z", ""),
    FOUND("Spanish NIE", "es_dni", "", "X1234567L", ""),
    NOTHING("Spanish, wrong letter", "12345678A"),
    FOUND("codice fiscale", "it_codice_fiscale", "", "RSSMRA85T10A562S", ""),
    NOTHING("codice fiscale, wrong check", "RSSMRA85T10A562T"),
    NOTHING("codice fiscale, no such month", "RSSMRA85F10A562S"),
};

static void check_cases(const struct pii_case *cases, size_t count)
{
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    for (size_t i = 0; i < count; i++) {
        check_case(&t.cx, &cases[i]);
    }
}

static void addresses_and_numbers_are_found_and_look_alikes_are_not(void **state)
{
    (void)state;
    check_cases(contacts, ARRAY_LEN(contacts));
}

static void cards_and_ibans_need_their_check_digits(void **state)
{
    (void)state;
    check_cases(cards, ARRAY_LEN(cards));
}

static void national_ids_need_their_form_and_check(void **state)
{
    (void)state;
    check_cases(ids, ARRAY_LEN(ids));
}

static void kinds_that_are_not_asked_for_are_not_found(void **state)
{
    (void)state;
    struct pii_found found;
    struct str text = STR("ann@example.com, 4111 1111 1111 1111");
    assert_true(pii_find(text, 0, 1U << PII_CARD, &found));
    CHECK_I64("start", found.start, 17);
    assert_false(pii_find(text, 0, 1U << PII_IBAN, &found));
}

static void what_is_found_needs_no_escape_in_json(void **state)
{
    (void)state;
    for (int c = 0; c < 0x80; c++) {
        char text[] = "1x@b.de +49 30.1234567 4111.1111.1111.1111 123456789Z 078.05.1120";
        for (char *at = text; *at != '\0'; at++) {
            if (*at == '.' || *at == 'x') {
                *at = (char)c;
            }
        }
        struct pii_found found = {0};
        struct str all = {.ptr = text, .len = sizeof text - 1};
        while (pii_find(all, found.start + found.len, ALL, &found)) {
            struct str datum = str_slice(all, found.start, found.start + found.len);
            for (size_t i = 0; i < datum.len; i++) {
                assert_true(datum.ptr[i] >= ' ' && datum.ptr[i] != '"' && datum.ptr[i] != '\\');
            }
        }
    }
}

/* Who looked to the end of the text for each datum took half a minute for a megabyte of cards. */
static void a_text_full_of_one_kind_is_searched_once(void **state)
{
    (void)state;
    enum { COPIES = 20000, PATIENCE_S = 3 }; /* of our own time: others may be busy */
    static const struct str kinds[] = {STR_INIT("4111111111111111 "), STR_INIT("ann@b.com, ")};
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct buf all = buf_in(t.cx.arena, SIZE_MAX);
        for (size_t k = 0; k < COPIES; k++) {
            buf_add(&all, kinds[i]);
        }
        struct pii_found found = {0};
        size_t count = 0;
        clock_t begin = clock();
        while (pii_find(buf_str(&all), found.start + found.len, ALL, &found)) {
            count++;
        }
        CHECK_I64("found", count, COPIES);
        assert_true((clock() - begin) / CLOCKS_PER_SEC < PATIENCE_S);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_and_numbers_are_found_and_look_alikes_are_not),
        cmocka_unit_test(cards_and_ibans_need_their_check_digits),
        cmocka_unit_test(national_ids_need_their_form_and_check),
        cmocka_unit_test(what_is_found_needs_no_escape_in_json),
        cmocka_unit_test(kinds_that_are_not_asked_for_are_not_found),
        cmocka_unit_test(a_text_full_of_one_kind_is_searched_once),
    };
    return cmocka_run_group_tests_name("guard_pii", tests, NULL, NULL);
}
