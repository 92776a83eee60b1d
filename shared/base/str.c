#include "shared/base/str.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

bool str_eq(struct str a, struct str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static unsigned char ascii_lower(char c)
{
    return (unsigned char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
}

/* Not strncasecmp: it stops at a NUL, so that "a\0b" would equal "a\0c". */
bool str_eq_nocase(struct str a, struct str b)
{
    if (a.len != b.len) {
        return false;
    }
    for (size_t i = 0; i < a.len; i++) {
        /* Most are the same as they stand. */
        if (a.ptr[i] != b.ptr[i] && ascii_lower(a.ptr[i]) != ascii_lower(b.ptr[i])) {
            return false;
        }
    }
    return true;
}

int str_cmp(struct str a, struct str b)
{
    size_t shorter = a.len < b.len ? a.len : b.len;
    int order = shorter == 0 ? 0 : memcmp(a.ptr, b.ptr, shorter);
    if (order != 0 || a.len == b.len) {
        return order;
    }
    return a.len < b.len ? -1 : 1;
}

bool str_eq_consttime(struct str a, struct str b)
{
    if (a.len != b.len) {
        return false;
    }
    unsigned char difference = 0;
    for (size_t i = 0; i < a.len; i++) {
        difference |= (unsigned char)((unsigned char)a.ptr[i] ^ (unsigned char)b.ptr[i]);
    }
    return difference == 0;
}

bool str_has_prefix(struct str s, struct str prefix)
{
    return s.len >= prefix.len && str_eq(str_slice(s, 0, prefix.len), prefix);
}

bool str_has_suffix(struct str s, struct str suffix)
{
    return s.len >= suffix.len && str_eq(str_slice(s, s.len - suffix.len, s.len), suffix);
}

bool str_skip_prefix(struct str *s, struct str prefix)
{
    if (!str_has_prefix(*s, prefix)) {
        return false;
    }
    *s = str_slice(*s, prefix.len, s->len);
    return true;
}

bool str_skip_prefix_nocase(struct str *s, struct str prefix)
{
    if (s->len < prefix.len || !str_eq_nocase(str_slice(*s, 0, prefix.len), prefix)) {
        return false;
    }
    *s = str_slice(*s, prefix.len, s->len);
    return true;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct str str_trim(struct str s)
{
    size_t from = 0, to = s.len;
    while (from < to && is_blank(s.ptr[from])) {
        from++;
    }
    while (to > from && is_blank(s.ptr[to - 1])) {
        to--;
    }
    return str_slice(s, from, to);
}

size_t str_find(struct str s, struct str needle)
{
    if (needle.len == 0) {
        return 0;
    }
    const char *at = s.len == 0 ? NULL : memmem(s.ptr, s.len, needle.ptr, needle.len);
    return at == NULL ? SIZE_MAX : (size_t)(at - s.ptr);
}

size_t str_find_char(struct str s, char c)
{
    const char *at = s.len == 0 ? NULL : memchr(s.ptr, c, s.len);
    return at == NULL ? SIZE_MAX : (size_t)(at - s.ptr);
}

struct str str_slice(struct str s, size_t from, size_t to)
{
    to = to > s.len ? s.len : to;
    from = from > to ? to : from;
    /* NULL + 0 is undefined in C17 */
    return (struct str){.ptr = from == 0 ? s.ptr : s.ptr + from, .len = to - from};
}

bool str_split_next(struct str *rest, char sep, struct str *part)
{
    if (rest->ptr == NULL) {
        return false;
    }
    size_t at = str_find_char(*rest, sep);
    if (at == SIZE_MAX) {
        *part = *rest;
        *rest = (struct str){0};
        return true;
    }
    *part = str_slice(*rest, 0, at);
    *rest = str_slice(*rest, at + 1, rest->len);
    return true;
}

bool str_to_i64(struct str s, int64_t *value)
{
    bool negative = str_skip_prefix(&s, STR("-"));
    if (s.len == 0) {
        return false;
    }
    int64_t total = 0; /* kept negative, whose range is the wider one */
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] < '0' || s.ptr[i] > '9') {
            return false;
        }
        if (__builtin_mul_overflow(total, 10, &total) ||
            __builtin_sub_overflow(total, s.ptr[i] - '0', &total)) {
            return false;
        }
    }
    if (!negative && total == INT64_MIN) {
        return false;
    }
    *value = negative ? total : -total;
    return true;
}

/*
 * The longest decimal expansion of a point half way between two doubles has 767 significant digits;
 * behind that many, only whether anything but zeros follows can change the rounding.
 */
enum { MAX_DIGITS = 800, EXPONENT_LIMIT = 1000000000 };

/* A number of any length as `0.DIGITS * 10^exponent`, the digits without leading zeros. */
struct decimal {
    char digits[MAX_DIGITS];
    size_t count;
    int64_t exponent;
    bool negative;
    bool cut; /* digits other than 0 were left out */
};

static size_t take_digits(struct str s, size_t at, struct decimal *d, bool after_point)
{
    for (; at < s.len && s.ptr[at] >= '0' && s.ptr[at] <= '9'; at++) {
        bool leading_zero = d->count == 0 && s.ptr[at] == '0';
        d->exponent += leading_zero ? -after_point : !after_point;
        if (leading_zero) {
            continue;
        }
        if (d->count < MAX_DIGITS) {
            d->digits[d->count++] = s.ptr[at];
        } else {
            d->cut = d->cut || s.ptr[at] != '0';
        }
    }
    return at;
}

/* Past EXPONENT_LIMIT every number is 0 or out of range, unless somebody writes a gigabyte of
 * digits. */
static bool take_exponent(struct str s, int64_t *exponent)
{
    bool negative = str_skip_prefix(&s, STR("-"));
    if (!negative) {
        (void)str_skip_prefix(&s, STR("+"));
    }
    int64_t written = 0;
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] < '0' || s.ptr[i] > '9') {
            return false;
        }
        written = written >= EXPONENT_LIMIT ? written : written * 10 + (s.ptr[i] - '0');
    }
    *exponent += negative ? -written : written;
    return s.len > 0;
}

/* False if `s` is not a JSON number. */
static bool decimal_parse(struct str s, struct decimal *d)
{
    d->count = 0;
    d->exponent = 0;
    d->cut = false;
    d->negative = str_skip_prefix(&s, STR("-"));
    size_t at = take_digits(s, 0, d, false);
    if (at == 0 || (at > 1 && s.ptr[0] == '0')) {
        return false;
    }
    if (at < s.len && s.ptr[at] == '.') {
        size_t from = at + 1;
        at = take_digits(s, from, d, true);
        if (at == from) {
            return false;
        }
    }
    if (at < s.len && (s.ptr[at] == 'e' || s.ptr[at] == 'E')) {
        return take_exponent(str_slice(s, at + 1, s.len), &d->exponent);
    }
    return at == s.len;
}

static bool exact_f64(const struct decimal *d, double *magnitude)
{
    /* W. D. Clinger, 1990: with digits below 2^53 and |exponent| <= 22 both operands are exact,
     * so the one rounding of the product or quotient is the right one. */
    static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                    1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                    1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    int64_t exponent = d->exponent - (int64_t)d->count;
    if (d->count > 15 || exponent < -22 || exponent > 22) {
        return false;
    }
    int64_t digits = 0;
    for (size_t i = 0; i < d->count; i++) {
        digits = digits * 10 + (d->digits[i] - '0');
    }
    *magnitude =
        exponent < 0 ? (double)digits / powers[-exponent] : (double)digits * powers[exponent];
    return true;
}

/* The rest is rare: glibc's strtod rounds correctly, and text without a point reads the same in any
 * locale. */
static bool rounded_f64(const struct decimal *d, double *magnitude)
{
    char text[MAX_DIGITS + 32];
    memcpy(text, d->digits, d->count);
    size_t len = d->count;
    if (d->cut) {
        text[len++] = '1';
    }
    long long exponent = (long long)(d->exponent - (int64_t)len);
    (void)snprintf(text + len, sizeof text - len, "e%lld", exponent);
    *magnitude = strtod(text, NULL);
    return isfinite(*magnitude);
}

bool str_to_f64(struct str s, double *value)
{
    struct decimal d __attribute__((uninitialized)); /* no zeroing of 800 bytes for each number */
    double magnitude = 0;
    if (!decimal_parse(s, &d)) {
        return false;
    }
    if (d.count > 0 && !exact_f64(&d, &magnitude) && !rounded_f64(&d, &magnitude)) {
        return false;
    }
    *value = d.negative ? -magnitude : magnitude;
    return true;
}

bool str_to_cstr(struct str s, char *out, size_t out_size)
{
    if (s.len >= out_size || str_find_char(s, '\0') != SIZE_MAX) {
        return false;
    }
    if (s.len > 0) {
        memcpy(out, s.ptr, s.len);
    }
    out[s.len] = '\0';
    return true;
}

void str_hex_write(const unsigned char *bytes, size_t count, char *out)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < count; i++) {
        out[2 * i] = digits[bytes[i] >> 4];
        out[2 * i + 1] = digits[bytes[i] & 15];
    }
}
