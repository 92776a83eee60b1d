/*
 * Exact decimal numbers as JSON writes them, at any size, without allocation: compared, divided,
 * asked whether they are whole. Source: RFC 8259 section 6 for their text.
 */
#pragma once

#include "shared/base/str.h"

/* +-digits * 10^exponent. The digits are a part of the text; a point may stand among them. */
struct number {
    const char *first, *end; /* from the first digit that is not 0 to behind the last */
    size_t count;            /* of digits between them; 0: the number is 0 */
    int64_t exponent;        /* of the last one; kept within +-10^15 */
    bool negative;           /* never of 0 */
};

/* `text` is a number as the reader of JSON took it. */
struct number number_of(struct str text);
/* <0, 0, >0 */
int number_compare(const struct number *a, const struct number *b);
/* 5, 5.0 and 50e-1 are. */
bool number_is_integer(struct str text);
/* The same for equal numbers, however they are written. */
uint64_t number_hash(const struct number *number);

/* A divisor, prepared. */
struct number_divisor {
    __extension__ unsigned __int128 digits;
    int64_t exponent;
};

/* False if `text` is not above 0, or has more than JSONSCHEMA_MAX_DIVISOR_DIGITS digits. */
bool number_divisor_of(struct str text, struct number_divisor *divisor);
bool number_is_multiple(const struct number *number, const struct number_divisor *divisor);
