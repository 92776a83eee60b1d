#include "shared/schema/jsonschema/number.h"

#include "shared/schema/jsonschema/jsonschema.h"

static const int64_t far_exponent = 1000000000000000;

__extension__ typedef unsigned __int128 wide;

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Of "e-12", or of nothing; what is past all sense stays far away, on its side. */
static int64_t exponent_of(struct str text)
{
    bool negative = str_find_char(text, '-') != SIZE_MAX;
    int64_t value = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (is_digit(text.ptr[i]) && value < far_exponent) {
            value = value * 10 + (text.ptr[i] - '0');
        }
    }
    value = value > far_exponent ? far_exponent : value;
    return negative ? -value : value;
}

static size_t find_exponent(struct str text)
{
    size_t at = 0;
    while (at < text.len && (text.ptr[at] | 0x20) != 'e') {
        at++;
    }
    return at;
}

static bool counts(char c)
{
    return c >= '1' && c <= '9';
}

struct number number_of(struct str text)
{
    struct number number = {.negative = str_skip_prefix(&text, STR("-"))};
    struct str mantissa = str_slice(text, 0, find_exponent(text));
    size_t first = 0, last = mantissa.len;
    while (first < mantissa.len && !counts(mantissa.ptr[first])) {
        first++;
    }
    if (first == mantissa.len) {
        return (struct number){0};
    }
    while (!counts(mantissa.ptr[last - 1])) {
        last--;
    }
    size_t point = str_find_char(mantissa, '.');
    point = point == SIZE_MAX ? mantissa.len : point;
    number.first = mantissa.ptr + first;
    number.end = mantissa.ptr + last;
    number.count = last - first - (point > first && point < last);
    number.exponent = exponent_of(str_slice(text, mantissa.len, text.len));
    number.exponent += (int64_t)point - (int64_t)last + (point < last);
    return number;
}

static int compare_digits(const struct number *a, const struct number *b)
{
    const char *pa = a->first, *pb = b->first;
    while (pa < a->end && pb < b->end) {
        if (*pa == '.' || *pb == '.') {
            pa += *pa == '.';
            pb += *pb == '.';
            continue;
        }
        if (*pa != *pb) {
            return *pa < *pb ? -1 : 1;
        }
        pa++;
        pb++;
    }
    return (pa < a->end) - (pb < b->end); /* neither ends in 0 or in a point */
}

int number_compare(const struct number *a, const struct number *b)
{
    if (a->negative != b->negative) {
        return a->negative ? -1 : 1;
    }
    int sign = a->negative ? -1 : 1;
    if (a->count == 0 || b->count == 0) {
        return sign * ((a->count != 0) - (b->count != 0));
    }
    int64_t top_a = a->exponent + (int64_t)a->count, top_b = b->exponent + (int64_t)b->count;
    if (top_a != top_b) {
        return top_a < top_b ? -sign : sign;
    }
    return sign * compare_digits(a, b);
}

bool number_is_integer(struct str text)
{
    bool is_plain = true;
    for (size_t i = 0; i < text.len; i++) {
        is_plain &= text.ptr[i] != '.' && (text.ptr[i] | 0x20) != 'e';
    }
    return is_plain || number_of(text).exponent >= 0;
}

uint64_t number_hash(const struct number *number)
{
    uint64_t hash = (uint64_t)number->exponent * 0x9E3779B97F4A7C15U ^ number->negative;
    for (const char *at = number->first; at < number->end; at++) {
        hash = *at == '.' ? hash : (hash ^ (uint64_t)*at) * 0x100000001B3U;
    }
    return hash;
}

/* ---- division ---- */

static wide digit_of(char c)
{
    return (unsigned char)(c - '0');
}

bool number_divisor_of(struct str text, struct number_divisor *divisor)
{
    struct number number = number_of(text);
    if (number.count == 0 || number.negative || number.count > JSONSCHEMA_MAX_DIVISOR_DIGITS) {
        return false;
    }
    *divisor = (struct number_divisor){.exponent = number.exponent};
    for (const char *at = number.first; at < number.end; at++) {
        divisor->digits = *at == '.' ? divisor->digits : divisor->digits * 10 + digit_of(*at);
    }
    return true;
}

/* a * b mod m, of numbers below m < 2^124, by doubling. */
static wide times_mod(wide a, wide b, wide m)
{
    if (m <= UINT64_MAX) {
        return a * b % m;
    }
    wide sum = 0;
    for (; b > 0; b >>= 1) {
        sum = (b & 1) != 0 ? (sum + a) % m : sum;
        a = a * 2 % m;
    }
    return sum;
}

static wide power_of_10_mod(int64_t exponent, wide m)
{
    wide power = 1 % m, base = 10 % m;
    for (; exponent > 0; exponent >>= 1) {
        power = (exponent & 1) != 0 ? times_mod(power, base, m) : power;
        base = times_mod(base, base, m);
    }
    return power;
}

bool number_is_multiple(const struct number *number, const struct number_divisor *divisor)
{
    /* The digits end in none that is 0: what is left of 10^n in the divisor divides none of them.
     */
    int64_t shift = number->exponent - divisor->exponent;
    if (number->count == 0 || shift < 0) {
        return number->count == 0;
    }
    wide rest = 0;
    for (const char *at = number->first; at < number->end; at++) {
        rest = *at == '.' ? rest : (rest * 10 + digit_of(*at)) % divisor->digits;
    }
    return times_mod(rest, power_of_10_mod(shift, divisor->digits), divisor->digits) == 0;
}
