/*
 * Finds personal data in text: e-mail addresses, phone numbers, payment cards, IBANs and national
 * ids. What has a check digit must have the right one, so that order numbers stay what they are.
 * Sources stand beside each form (pii_*.c). Text is UTF-8. What is found holds no quote, backslash
 * or control character, so that it may stand in a JSON string as it is.
 */
#pragma once

#include "shared/base/str.h"

enum pii_kind { PII_EMAIL, PII_PHONE, PII_CARD, PII_IBAN, PII_NATIONAL_ID, PII_KINDS };

/* As a placeholder names it: "ID". */
const char *pii_kind_word(enum pii_kind kind);

struct pii_found {
    size_t start, len;
    enum pii_kind kind;
    const char *sign; /* "email", "us_ssn" */
};

/* The first one at `from` or later, of the kinds whose bit (1 << kind) is set. */
bool pii_find(struct str text, size_t from, unsigned kinds, struct pii_found *found);
