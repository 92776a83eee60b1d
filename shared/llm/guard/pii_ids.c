/*
 * National ids. Sources: US SSN: 20 CFR and SSA's "SSN randomization" (no area 000, 666, 9xx; no
 * group 00; no serial 0000), written with separators only. UK NINO: HMRC's manual NIM39110. German
 * Steuer-ID: BZSt's description (ISO 7064 MOD 11,10; one digit of the first ten comes twice or
 * three times). French NIR: INSEE (97 less the number modulo 97). Spanish DNI and NIE: Orden
 * INT/2058/2008 (a letter by modulo 23). Italian codice fiscale: DM 23 December 1976.
 */
#include "shared/llm/guard/pii_forms.h"

size_t pii_us_ssn(struct str text)
{
    struct pii_run run;
    if (!pii_looks_like(text, "999-")) {
        return 0;
    }
    pii_run_take(text, STR("- "), 9, &run);
    if (!pii_run_is(&run, "999999999") || run.ends[2] != 3 || run.ends[3] != 5 ||
        run.ends[5] != 8 || pii_at(text, 3) != pii_at(text, 6)) {
        return 0; /* not 3-2-4 */
    }
    int64_t area = pii_run_number(&run, 0, 3);
    if (area == 0 || area == 666 || area >= 900 || pii_run_number(&run, 3, 5) == 0 ||
        pii_run_number(&run, 5, 9) == 0) {
        return 0;
    }
    return pii_run_end(text, &run, 9);
}

size_t pii_uk_nino(struct str text)
{
    static const char refused[][3] = {"BG", "GB", "NK", "KN", "TN", "NT", "ZZ"};
    struct pii_run run;
    if (!pii_looks_like(text, "AA-")) {
        return 0;
    }
    pii_run_take(text, STR(" "), 9, &run);
    if (!pii_run_is(&run, "AA999999A") || run.chars[8] > 'D' ||
        strchr("DFIQUV", run.chars[0]) != NULL || strchr("DFIQUVO", run.chars[1]) != NULL) {
        return 0;
    }
    for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
        if (memcmp(run.chars, refused[i], 2) == 0) {
            return 0;
        }
    }
    return pii_run_end(text, &run, 9);
}

/* One digit of the first ten comes twice or three times, the others once at most. */
static bool has_tax_id_digits(const struct pii_run *run)
{
    int counts[10] = {0};
    for (size_t i = 0; i < 10; i++) {
        counts[run->chars[i] - '0']++;
    }
    int repeated = 0;
    for (size_t i = 0; i < 10; i++) {
        if (counts[i] > 3) {
            return false;
        }
        repeated += counts[i] > 1;
    }
    return repeated == 1;
}

static bool passes_mod_11_10(const struct pii_run *run)
{
    int product = 10;
    for (size_t i = 0; i < 10; i++) {
        int sum = (run->chars[i] - '0' + product) % 10;
        product = (sum == 0 ? 10 : sum) * 2 % 11;
    }
    return (11 - product) % 10 == run->chars[10] - '0';
}

size_t pii_de_tax_id(struct str text)
{
    struct pii_run run;
    if (!pii_looks_like(text, "99")) {
        return 0;
    }
    pii_run_take(text, STR(" "), 11, &run);
    if (!pii_run_is(&run, "99999999999") || run.chars[0] == '0' || !has_tax_id_digits(&run) ||
        !passes_mod_11_10(&run)) {
        return 0;
    }
    return pii_run_end(text, &run, 11);
}

/* Sex, year, month, department (2A and 2B are Corsica's), commune, order, key. */
size_t pii_fr_insee(struct str text)
{
    struct pii_run run;
    if (!pii_looks_like(text, "9-")) {
        return 0;
    }
    pii_run_take(text, STR(" "), 15, &run);
    int64_t less = 0;
    if (run.count == 15 && run.chars[5] == '2' && (run.chars[6] == 'A' || run.chars[6] == 'B')) {
        less = run.chars[6] == 'A' ? 1000000 : 2000000;
        run.chars[6] = '0'; /* 2A counts as 20 less 1, 2B as 20 less 2, in millions */
    }
    if (!pii_run_is(&run, "999999999999999") || (run.chars[0] != '1' && run.chars[0] != '2')) {
        return 0;
    }
    int64_t month = pii_run_number(&run, 3, 5);
    bool is_month = (month >= 1 && month <= 12) || (month >= 20 && month <= 42) || month >= 50;
    int64_t number = pii_run_number(&run, 0, 13) - less;
    if (!is_month || 97 - number % 97 != pii_run_number(&run, 13, 15)) {
        return 0;
    }
    return pii_run_end(text, &run, 15);
}

size_t pii_es_dni(struct str text)
{
    static const char letters[] = "TRWAGMYFPDXBNJZSQVHLCKE";
    struct pii_run run;
    if (!pii_looks_like(text, "*-")) {
        return 0;
    }
    pii_run_take(text, STR("- ."), 9, &run);
    bool is_foreigner = run.count == 9 && run.chars[0] >= 'X' && run.chars[0] <= 'Z';
    char first = run.chars[0];
    if (is_foreigner) {
        run.chars[0] = (char)('0' + (first - 'X'));
    }
    if (!pii_run_is(&run, "99999999A") ||
        letters[pii_run_number(&run, 0, 8) % 23] != run.chars[8]) {
        return 0;
    }
    return pii_run_end(text, &run, 9);
}

/* Digits may be written as LMNPQRSTUV where two people would have the same code. */
static bool is_code_digit(char c)
{
    return pii_is_digit(c) || strchr("LMNPQRSTUV", c) != NULL;
}

static bool has_fiscal_form(const struct pii_run *run)
{
    static const char form[] = "AAAAAA99M99A999A"; /* M: a month */
    for (size_t i = 0; i < 16; i++) {
        char c = run->chars[i];
        bool fits = form[i] == '9'   ? is_code_digit(c)
                    : form[i] == 'M' ? strchr("ABCDEHLMPRST", c) != NULL
                                     : pii_is_letter(c);
        if (!fits) {
            return false;
        }
    }
    return true;
}

size_t pii_it_fiscal_code(struct str text)
{
    /* what 0 to 9 and A to Z count at odd places; at even ones, their own value */
    static const uint8_t odd[] = {1,  0,  5, 7, 9, 13, 15, 17, 19, 21, 2,  4,  18,
                                  20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23};
    struct pii_run run;
    if (!pii_looks_like(text, "AAA")) {
        return 0;
    }
    pii_run_take(text, STR(" "), 16, &run);
    if (run.count != 16 || !has_fiscal_form(&run)) {
        return 0;
    }
    int sum = 0;
    for (size_t i = 0; i < 15; i++) {
        int value = pii_is_digit(run.chars[i]) ? run.chars[i] - '0' : run.chars[i] - 'A';
        sum += i % 2 == 0 ? odd[value] : value;
    }
    return 'A' + sum % 26 == run.chars[15] ? pii_run_end(text, &run, 16) : 0;
}
