#include "shared/json/json.h"

#include "shared/base/utf8.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>

struct json_writer json_writer_on(struct buf *buf)
{
    return (struct json_writer){.buf = buf};
}

static bool in_object(const struct json_writer *w)
{
    return w->depth > 0 && (w->objects[(w->depth - 1) / 64] >> (w->depth - 1) % 64 & 1) != 0;
}

static void comma(struct json_writer *w)
{
    if (w->comma_due) {
        buf_add_char(w->buf, ',');
    }
    w->comma_due = true;
}

static void before_value(struct json_writer *w)
{
    assert(w->after_key == in_object(w)); /* a member needs its key, an element has none */
    assert(w->depth > 0 || !w->comma_due);
    if (!w->after_key) {
        comma(w);
    }
    w->after_key = false;
}

static void open_container(struct json_writer *w, bool object)
{
    before_value(w);
    assert(w->depth < JSON_WRITE_DEPTH_MAX);
    uint64_t bit = 1ULL << w->depth % 64, *word = &w->objects[w->depth / 64];
    *word = object ? *word | bit : *word & ~bit;
    w->depth++;
    w->comma_due = false;
    buf_add_char(w->buf, object ? '{' : '[');
}

static void close_container(struct json_writer *w, bool object)
{
    assert(w->depth > 0 && !w->after_key && in_object(w) == object);
    w->depth--;
    w->comma_due = true;
    buf_add_char(w->buf, object ? '}' : ']');
}

void json_object_begin(struct json_writer *w)
{
    open_container(w, true);
}

void json_object_end(struct json_writer *w)
{
    close_container(w, true);
}

void json_array_begin(struct json_writer *w)
{
    open_container(w, false);
}

void json_array_end(struct json_writer *w)
{
    close_container(w, false);
}

static void write_escaped(struct buf *buf, unsigned char c)
{
    switch (c) {
    case '"':
        buf_add(buf, STR("\\\""));
        break;
    case '\\':
        buf_add(buf, STR("\\\\"));
        break;
    case '\n':
        buf_add(buf, STR("\\n"));
        break;
    case '\r':
        buf_add(buf, STR("\\r"));
        break;
    case '\t':
        buf_add(buf, STR("\\t"));
        break;
    default: /* no printf: a signal handler may come by here */
        buf_add(buf, STR("\\u00"));
        buf_add_char(buf, "0123456789abcdef"[c / 16]);
        buf_add_char(buf, "0123456789abcdef"[c % 16]);
    }
}

static size_t plain_run(struct str s, size_t from)
{
    size_t at = from;
    while (at < s.len && (unsigned char)s.ptr[at] >= 0x20 && s.ptr[at] != '"' &&
           s.ptr[at] != '\\') {
        at++;
    }
    return at;
}

static void write_valid(struct buf *buf, struct str s)
{
    for (size_t at = 0; at < s.len;) {
        size_t end = plain_run(s, at);
        buf_add(buf, str_slice(s, at, end));
        if (end < s.len) {
            write_escaped(buf, (unsigned char)s.ptr[end]);
            end++;
        }
        at = end;
    }
}

static void write_string(struct buf *buf, struct str s)
{
    buf_add_char(buf, '"');
    while (s.len > 0) {
        size_t valid = utf8_valid_prefix(s);
        write_valid(buf, str_slice(s, 0, valid));
        if (valid < s.len) {
            buf_add(buf, STR("\xEF\xBF\xBD")); /* U+FFFD, one for each byte that is not UTF-8 */
            valid++;
        }
        s = str_slice(s, valid, s.len);
    }
    buf_add_char(buf, '"');
}

void json_key(struct json_writer *w, struct str key)
{
    assert(in_object(w) && !w->after_key);
    comma(w);
    write_string(w->buf, key);
    buf_add_char(w->buf, ':');
    w->after_key = true;
}

void json_str(struct json_writer *w, struct str value)
{
    before_value(w);
    write_string(w->buf, value);
}

void json_cstr(struct json_writer *w, const char *value)
{
    json_str(w, str_from_cstr(value));
}

void json_i64(struct json_writer *w, int64_t value)
{
    before_value(w);
    buf_add_i64(w->buf, value);
}

void json_fixed(struct json_writer *w, double value, int decimals)
{
    assert(decimals >= 0 && decimals <= 9);
    before_value(w);
    if (!isfinite(value)) {
        buf_add(w->buf, STR("null"));
        return;
    }
    char text[352]; /* the longest double has 309 digits before the point */
    int written = snprintf(text, sizeof text, "%.*f", decimals, value);
    size_t len = written < 0 ? 0 : (size_t)written;
    while (decimals > 0 && len > 0 && text[len - 1] == '0') {
        len--;
    }
    len -= len > 0 && text[len - 1] == '.';
    struct str number = {.ptr = text, .len = len};
    buf_add(w->buf, str_eq(number, STR("-0")) ? STR("0") : number);
}

void json_f64(struct json_writer *w, double value)
{
    enum { EXACT_DIGITS = 17, USUAL_DIGITS = 15 };
    char text[48];
    double again = 0;
    if (!isfinite(value)) {
        json_null(w);
        return;
    }
    struct str number = {.ptr = text};
    for (int digits = USUAL_DIGITS; digits <= EXACT_DIGITS; digits++) {
        int written = snprintf(text, sizeof text, "%.*g", digits, value);
        number.len = written < 0 ? 0 : (size_t)written;
        char *comma = memchr(text, ',', number.len);
        if (comma != NULL) {
            *comma = '.'; /* of the process's locale */
        }
        if (str_to_f64(number, &again) && again == value) {
            break;
        }
    }
    json_raw(w, number);
}

void json_bool(struct json_writer *w, bool value)
{
    json_raw(w, value ? STR("true") : STR("false"));
}

void json_null(struct json_writer *w)
{
    json_raw(w, STR("null"));
}

void json_raw(struct json_writer *w, struct str value)
{
    before_value(w);
    buf_add(w->buf, value);
}

void json_member_str(struct json_writer *w, const char *key, struct str value)
{
    json_key(w, str_from_cstr(key));
    json_str(w, value);
}

void json_member_cstr(struct json_writer *w, const char *key, const char *value)
{
    json_member_str(w, key, str_from_cstr(value));
}

void json_member_i64(struct json_writer *w, const char *key, int64_t value)
{
    json_key(w, str_from_cstr(key));
    json_i64(w, value);
}

void json_member_fixed(struct json_writer *w, const char *key, double value, int decimals)
{
    json_key(w, str_from_cstr(key));
    json_fixed(w, value, decimals);
}

void json_member_bool(struct json_writer *w, const char *key, bool value)
{
    json_key(w, str_from_cstr(key));
    json_bool(w, value);
}

void json_member_raw(struct json_writer *w, const char *key, struct str value)
{
    json_key(w, str_from_cstr(key));
    json_raw(w, value);
}

void json_member_object(struct json_writer *w, const char *key)
{
    json_key(w, str_from_cstr(key));
    json_object_begin(w);
}

void json_member_array(struct json_writer *w, const char *key)
{
    json_key(w, str_from_cstr(key));
    json_array_begin(w);
}
