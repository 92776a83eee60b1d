/*
 * Views of bytes. A `struct str` never owns what it points at and need not end in NUL; it is
 * passed by value. Text is UTF-8, checked where it enters (utf8.h). Building text is buf.h's job.
 */
#pragma once

#include "shared/base/attr.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct str {
    const char *ptr;
    size_t len;
};

/* A view of a string literal: in code, and in static tables. */
#define STR(literal) ((struct str){.ptr = (literal), .len = sizeof(literal) - 1})
#define STR_INIT(literal)                                                                          \
    {                                                                                              \
        .ptr = (literal), .len = sizeof(literal) - 1                                               \
    }

/* printf("%.*s"): the precision is an int, so what is longer than INT_MAX is cut. */
#define STR_FMT    "%.*s"
#define STR_ARG(s) ((int)((s).len > INT32_MAX ? INT32_MAX : (s).len)), ((s).ptr ? (s).ptr : "")

/* A view of a NUL-terminated string; NULL gives the empty view. */
static inline struct str str_from_cstr(const char *s)
{
    return s == NULL ? (struct str){0} : (struct str){.ptr = s, .len = strlen(s)};
}

static inline bool str_is_empty(struct str s)
{
    return s.len == 0;
}

bool str_eq(struct str a, struct str b);
/* ASCII letters compare without case (RFC 9110 section 5.1: field names). */
bool str_eq_nocase(struct str a, struct str b);
/* Byte order, the shorter first when one is the other's prefix: <0, 0, >0. */
int str_cmp(struct str a, struct str b);
/* Takes as long whatever the bytes are; only the lengths may show. For secrets and signatures. */
bool str_eq_consttime(struct str a, struct str b);

bool str_has_prefix(struct str s, struct str prefix);
bool str_has_suffix(struct str s, struct str suffix);
/* Moves `s` past `prefix` and says true, or leaves it. */
bool str_skip_prefix(struct str *s, struct str prefix);
bool str_skip_prefix_nocase(struct str *s, struct str prefix);
/* Without spaces and tabs at both ends (RFC 9110 OWS), nor CR and LF. */
struct str str_trim(struct str s);

/* Offset of the first `needle`, or SIZE_MAX. An empty needle is found at 0. */
size_t str_find(struct str s, struct str needle);
size_t str_find_char(struct str s, char c);
/* The bytes [from, to), clamped to `s`. */
struct str str_slice(struct str s, size_t from, size_t to);
/*
 * Takes the part before the next `sep` off `*rest` into `*part`. The last part has no separator
 * after it; once it is taken, `rest->ptr` is NULL and the next call says false.
 */
bool str_split_next(struct str *rest, char sep, struct str *part);

/* Of a hexadecimal digit, in either case; -1: it is none. */
static inline int str_hex_value(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    char lower = (char)(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* Writes two lower-case hexadecimal digits for each byte, 2 * `count` in all, and no NUL. */
void str_hex_write(const unsigned char *bytes, size_t count, char *out);

/* Whole text as a decimal integer, optional minus, nothing else around it; false if it is not or
 * overflows. */
bool str_to_i64(struct str s, int64_t *value);
/*
 * Whole text as a JSON-style decimal number to the nearest double; false if it is not one. Never
 * depends on the locale. Overflow gives false.
 */
bool str_to_f64(struct str s, double *value);

/* Copies into `out` with a NUL; false if `s` holds a NUL itself or does not fit `out_size`. */
bool str_to_cstr(struct str s, char *out, size_t out_size);
