/*
 * Payment cards: ISO/IEC 7812 (12 to 19 digits, here from 13 on; the first says the industry, 3 to
 * 6 are cards, 2 Mastercard's newer range), Luhn's check digit. IBANs: ISO 13616, the check of ISO
 * 7064 MOD 97-10, lengths from SWIFT's registry.
 */
#include "shared/llm/guard/pii_forms.h"

static bool passes_luhn(const struct pii_run *run, size_t count)
{
    int sum = 0;
    for (size_t i = 0; i < count; i++) {
        int digit = run->chars[count - 1 - i] - '0';
        digit = i % 2 == 1 ? digit * 2 : digit;
        sum += digit > 9 ? digit - 9 : digit;
    }
    return sum % 10 == 0;
}

static bool has_card_prefix(const struct pii_run *run)
{
    int64_t first = pii_run_number(run, 0, 4);
    return (first >= 3000 && first <= 6999) || (first >= 2221 && first <= 2720);
}

size_t pii_card(struct str text)
{
    enum { MIN = 13, MAX = 19 };
    struct pii_run run;
    if (!pii_looks_like(text, "9999") || text.ptr[0] < '2' || text.ptr[0] > '6') {
        return 0;
    }
    pii_run_take(text, STR(" -"), MAX, &run);
    size_t digits = 0;
    while (digits < run.count && pii_is_digit(run.chars[digits])) {
        digits++;
    }
    if (digits < MIN || !has_card_prefix(&run)) {
        return 0;
    }
    /* The longest that checks: digits that belong to something else may follow a blank. */
    for (size_t count = digits; count >= MIN; count--) {
        size_t end = pii_run_end(text, &run, count);
        if (end > 0 && passes_luhn(&run, count)) {
            return end;
        }
    }
    return 0;
}

static const struct {
    char country[3];
    uint8_t length;
} ibans[] = {
    {"AD", 24}, {"AE", 23}, {"AL", 28}, {"AT", 20}, {"AZ", 28}, {"BA", 20}, {"BE", 16}, {"BG", 22},
    {"BH", 22}, {"BR", 29}, {"BY", 28}, {"CH", 21}, {"CR", 22}, {"CY", 28}, {"CZ", 24}, {"DE", 22},
    {"DK", 18}, {"DO", 28}, {"EE", 20}, {"EG", 29}, {"ES", 24}, {"FI", 18}, {"FO", 18}, {"FR", 27},
    {"GB", 22}, {"GE", 22}, {"GI", 23}, {"GL", 18}, {"GR", 27}, {"GT", 28}, {"HR", 21}, {"HU", 28},
    {"IE", 22}, {"IL", 23}, {"IQ", 23}, {"IS", 26}, {"IT", 27}, {"JO", 30}, {"KW", 30}, {"KZ", 20},
    {"LB", 28}, {"LC", 32}, {"LI", 21}, {"LT", 20}, {"LU", 20}, {"LV", 21}, {"LY", 25}, {"MC", 27},
    {"MD", 24}, {"ME", 22}, {"MK", 19}, {"MR", 27}, {"MT", 31}, {"MU", 30}, {"NL", 18}, {"NO", 15},
    {"PK", 24}, {"PL", 28}, {"PS", 29}, {"PT", 25}, {"QA", 29}, {"RO", 24}, {"RS", 22}, {"SA", 24},
    {"SC", 31}, {"SD", 18}, {"SE", 24}, {"SI", 19}, {"SK", 24}, {"SM", 27}, {"ST", 25}, {"SV", 28},
    {"TL", 23}, {"TN", 24}, {"TR", 26}, {"UA", 29}, {"VA", 22}, {"VG", 24}, {"XK", 20},
};

static size_t iban_length(const struct pii_run *run)
{
    for (size_t i = 0; i < ARRAY_LEN(ibans); i++) {
        if (memcmp(run->chars, ibans[i].country, 2) == 0) {
            return ibans[i].length;
        }
    }
    return 0;
}

/* Letters count from A = 10; the first four go to the end. */
static bool passes_mod_97(const struct pii_run *run, size_t length)
{
    int rest = 0;
    for (size_t i = 0; i < length; i++) {
        char c = run->chars[(i + 4) % length];
        rest = pii_is_digit(c) ? rest * 10 + (c - '0') : rest * 100 + (c - 'A' + 10);
        rest %= 97;
    }
    return rest == 1;
}

size_t pii_iban(struct str text)
{
    struct pii_run run;
    if (!pii_looks_like(text, "AA-")) {
        return 0;
    }
    pii_run_take(text, STR(" -"), 34, &run);
    if (!pii_run_is(&run, "AA99")) {
        return 0;
    }
    size_t length = iban_length(&run);
    if (length == 0 || run.count < length || !passes_mod_97(&run, length)) {
        return 0;
    }
    return pii_run_end(text, &run, length);
}
