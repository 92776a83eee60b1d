#include "runtime/lambda_http.h"

#include "shared/base/buf.h"
#include "shared/base/percent.h"

/* ---- percent-encoding (RFC 3986 section 2.1) ------------------------------------------------- */

/* Takes the byte at `*at`, or the one that "%41" there stands for; -1 if that is no escape. */
static int byte_take(struct str text, size_t *at, bool is_form)
{
    unsigned char c = (unsigned char)text.ptr[*at];
    if (c != '%') {
        (*at)++;
        return is_form && c == '+' ? ' ' : c;
    }
    if (text.len - *at < 3) {
        return -1;
    }
    int high = str_hex_value(text.ptr[*at + 1]);
    int low = str_hex_value(text.ptr[*at + 2]);
    *at += 3;
    return high < 0 || low < 0 ? -1 : high << 4 | low;
}

static bool decode(struct arena *arena, struct str text, bool is_form, struct str *out)
{
    bool has_escapes = str_find_char(text, '%') != SIZE_MAX;
    if (!has_escapes && (!is_form || str_find_char(text, '+') == SIZE_MAX)) {
        *out = text;
        return true;
    }
    char *bytes = ARENA_ARRAY(arena, char, text.len); /* escapes only shrink */
    size_t len = 0;
    for (size_t at = 0; at < text.len;) {
        int byte = byte_take(text, &at, is_form);
        if (byte < 0) {
            return false;
        }
        bytes[len++] = (char)(byte & 0xFF);
    }
    *out = (struct str){.ptr = bytes, .len = len};
    return true;
}

bool http_url_decode(struct arena *arena, struct str text, struct str *out)
{
    return decode(arena, text, false, out);
}

bool http_form_decode(struct arena *arena, struct str text, struct str *out)
{
    return decode(arena, text, true, out);
}

struct str http_url_encode(struct arena *arena, struct str bytes)
{
    struct buf out = buf_in(arena, SIZE_MAX / 2);
    percent_add(&out, bytes);
    return buf_str(&out);
}
