/*
 * The forms behind pii.h. Each looks at `text` from its first byte on, where no letter or digit
 * stands before, and says how many bytes are the datum; 0: it is none.
 */
#pragma once

#include "shared/base/str.h"

size_t pii_email(struct str text);
size_t pii_phone(struct str text);
size_t pii_card(struct str text);
size_t pii_iban(struct str text);
size_t pii_us_ssn(struct str text);
size_t pii_uk_nino(struct str text);
size_t pii_de_tax_id(struct str text);
size_t pii_fr_insee(struct str text);
size_t pii_es_dni(struct str text);
size_t pii_it_fiscal_code(struct str text);

static inline bool pii_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static inline bool pii_is_letter(char c)
{
    char lower = (char)(c | 0x20);
    return lower >= 'a' && lower <= 'z';
}

/* ASCII's alone: in scripts without blanks a datum stands amid letters of another kind. */
static inline bool pii_is_word(char c)
{
    return pii_is_digit(c) || pii_is_letter(c);
}

static inline char pii_at(struct str text, size_t at)
{
    if (at >= text.len) {
        return '\0';
    }
    return text.ptr[at];
}

/* Whether the first bytes may be of this form: 'A' a letter, '9' a digit, '*' either, '-' neither
 * or a digit. Most places are settled by it. */
bool pii_looks_like(struct str text, const char *form);

/* Letters and digits without what separates them. */
struct pii_run {
    char chars[40]; /* capitals */
    size_t count;
    size_t ends[40]; /* behind each one, in the text */
};

/*
 * Takes letters and digits, at most one of `separators` between two, up to `max` of them. Ends
 * before anything else; what follows is no reason to refuse.
 */
void pii_run_take(struct str text, struct str separators, size_t max, struct pii_run *run);
/* The bytes of the first `count`, or 0 if a letter or digit follows at once. */
size_t pii_run_end(struct str text, const struct pii_run *run, size_t count);
/* Whether the run's chars have this form: 'A' a letter, '9' a digit, others themselves. */
bool pii_run_is(const struct pii_run *run, const char *form);
/* The run's chars [from, to) as a number; they are digits, 18 at most. */
int64_t pii_run_number(const struct pii_run *run, size_t from, size_t to);
