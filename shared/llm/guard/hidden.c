#include "shared/llm/guard/hidden.h"

enum { MANY = 4 };

static bool has_at(struct str text, size_t at, struct str what)
{
    return str_has_prefix(str_slice(text, at, text.len), what);
}

/* U+E0000 .. U+E007F */
static bool is_tag(struct str text, size_t at)
{
    return has_at(text, at, STR("\xF3\xA0\x80")) || has_at(text, at, STR("\xF3\xA0\x81"));
}

/* U+202D, U+202E: "E2 80 AD" and "E2 80 AE" */
static bool is_override(struct str text, size_t at)
{
    unsigned char last = at + 2 < text.len ? (unsigned char)text.ptr[at + 2] : 0;
    return has_at(text, at, STR("\xE2\x80")) && (last == 0xAD || last == 0xAE);
}

/* U+200B, U+2060 */
static bool has_no_width(struct str text, size_t at)
{
    return has_at(text, at, STR("\xE2\x80\x8B")) || has_at(text, at, STR("\xE2\x81\xA0"));
}

/* Behind a black flag, U+1F3F4, tags name a region; where they end. */
static size_t flag_end(struct str text, size_t at)
{
    at += 4;
    while (is_tag(text, at)) {
        at += 4;
    }
    return at;
}

bool text_hides(struct str text)
{
    size_t without_width = 0;
    for (size_t at = 0; at < text.len;) {
        if (is_tag(text, at) || is_override(text, at)) {
            return true;
        }
        if (has_no_width(text, at)) {
            at += 3;
            if (++without_width == MANY) {
                return true;
            }
            continue;
        }
        without_width = 0;
        at = has_at(text, at, STR("\xF0\x9F\x8F\xB4")) ? flag_end(text, at) : at + 1;
    }
    return false;
}
