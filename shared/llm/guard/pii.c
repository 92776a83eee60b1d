#include "shared/llm/guard/pii.h"

#include "shared/llm/guard/pii_forms.h"

#include <ctype.h>

const char *pii_kind_word(enum pii_kind kind)
{
    static const char *const words[PII_KINDS] = {
        [PII_EMAIL] = "EMAIL", [PII_PHONE] = "PHONE",    [PII_CARD] = "CARD",
        [PII_IBAN] = "IBAN",   [PII_NATIONAL_ID] = "ID",
    };
    return words[kind];
}

/* In this order, the one with the stricter check first. */
static const struct {
    enum pii_kind kind;
    const char *sign;
    size_t (*form)(struct str text);
} forms[] = {
    {PII_EMAIL, "email", pii_email},
    {PII_IBAN, "iban", pii_iban},
    {PII_NATIONAL_ID, "it_codice_fiscale", pii_it_fiscal_code},
    {PII_NATIONAL_ID, "fr_insee", pii_fr_insee},
    {PII_CARD, "card", pii_card},
    {PII_NATIONAL_ID, "de_steuer_id", pii_de_tax_id},
    {PII_NATIONAL_ID, "us_ssn", pii_us_ssn},
    {PII_NATIONAL_ID, "uk_nino", pii_uk_nino},
    {PII_NATIONAL_ID, "es_dni", pii_es_dni},
    {PII_PHONE, "phone", pii_phone},
};

/* Digits of the same number stand before, so that what begins here is no phone number. */
static bool continues_number(struct str text, size_t from, size_t at)
{
    return at >= from + 2 && text.ptr[at] != '+' && pii_is_digit(text.ptr[at - 2]);
}

static bool find_at(struct str text, size_t at, unsigned kinds, struct pii_found *found)
{
    struct str rest = str_slice(text, at, text.len);
    for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
        size_t len = (kinds >> forms[i].kind & 1) != 0 ? forms[i].form(rest) : 0;
        if (len > 0) {
            *found = (struct pii_found){at, len, forms[i].kind, forms[i].sign};
            return true;
        }
    }
    return false;
}

/*
 * What lies ahead: most places of most texts have no "@" and no digit near, and can begin nothing.
 * No byte is looked at twice, and none that is not near: a search that went on to the end of the
 * text for a sign that is not in it would do so for each datum.
 */
struct ahead {
    size_t at_sign, digit; /* before them there is none */
};

static bool is_at_sign(char c)
{
    return c == '@';
}

static bool is_near(size_t *next, struct str text, size_t at, size_t most_bytes,
                    bool (*is_one)(char c))
{
    size_t end = text.len - at > most_bytes ? at + most_bytes + 1 : text.len;
    *next = *next < at ? at : *next;
    while (*next < end && !is_one(text.ptr[*next])) {
        ++*next;
    }
    return *next < end;
}

static unsigned possible(struct ahead *ahead, struct str text, size_t at)
{
    enum { LOCAL_BYTES = 65, LETTERS_BYTES = 24 };
    unsigned kinds = 0;
    if (is_near(&ahead->at_sign, text, at, LOCAL_BYTES, is_at_sign)) {
        kinds |= 1U << PII_EMAIL;
    }
    if (is_near(&ahead->digit, text, at, LETTERS_BYTES, pii_is_digit)) {
        kinds |= ~(1U << PII_EMAIL);
    }
    return kinds;
}

/* Where a datum may begin: no word goes on there. */
static bool begins(struct str text, size_t at)
{
    char c = text.ptr[at];
    return (pii_is_word(c) || c == '+' || c == '(') && (at == 0 || !pii_is_word(text.ptr[at - 1]));
}

bool pii_find(struct str text, size_t from, unsigned kinds, struct pii_found *found)
{
    struct ahead ahead = {.at_sign = from, .digit = from};
    for (size_t at = from; at < text.len; at++) {
        if (!begins(text, at)) {
            continue;
        }
        unsigned wanted = kinds & possible(&ahead, text, at);
        if (continues_number(text, from, at)) {
            wanted &= ~(1U << PII_PHONE);
        }
        if (wanted != 0 && find_at(text, at, wanted, found)) {
            return true;
        }
    }
    return false;
}

/* ---- runs ---- */

bool pii_looks_like(struct str text, const char *form)
{
    for (size_t i = 0; form[i] != '\0'; i++) {
        char c = pii_at(text, i);
        bool fits = form[i] == 'A'   ? pii_is_letter(c)
                    : form[i] == '9' ? pii_is_digit(c)
                    : form[i] == '-' ? !pii_is_letter(c)
                                     : pii_is_word(c);
        if (!fits) {
            return false;
        }
    }
    return true;
}

void pii_run_take(struct str text, struct str separators, size_t max, struct pii_run *run)
{
    run->count = 0;
    for (size_t at = 0; run->count < max && run->count < sizeof run->chars; at++) {
        char c = pii_at(text, at);
        if (pii_is_digit(c) || pii_is_letter(c)) {
            run->chars[run->count] = (char)toupper((unsigned char)c);
            run->ends[run->count++] = at + 1;
            continue;
        }
        bool follows = at > 0 && pii_is_word(pii_at(text, at - 1));
        if (at >= text.len || !follows || str_find_char(separators, c) == SIZE_MAX) {
            return;
        }
    }
}

size_t pii_run_end(struct str text, const struct pii_run *run, size_t count)
{
    size_t end = run->ends[count - 1];
    return end < text.len && pii_is_word(text.ptr[end]) ? 0 : end;
}

bool pii_run_is(const struct pii_run *run, const char *form)
{
    size_t len = strlen(form);
    for (size_t i = 0; i < len && i < run->count; i++) {
        char c = run->chars[i];
        bool fits = form[i] == 'A'   ? pii_is_letter(c)
                    : form[i] == '9' ? pii_is_digit(c)
                                     : c == form[i];
        if (!fits) {
            return false;
        }
    }
    return run->count >= len;
}

int64_t pii_run_number(const struct pii_run *run, size_t from, size_t to)
{
    int64_t number = 0;
    for (size_t i = from; i < to; i++) {
        number = number * 10 + (run->chars[i] - '0');
    }
    return number;
}
