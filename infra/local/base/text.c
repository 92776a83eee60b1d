#include "infra/local/base/text.h"

struct str text_lower_copy(struct arena *arena, struct str text)
{
    char *out = arena_cstr_copy(arena, text);
    for (size_t i = 0; i < text.len; i++) {
        out[i] = (char)(out[i] >= 'A' && out[i] <= 'Z' ? out[i] + ('a' - 'A') : out[i]);
    }
    return (struct str){.ptr = out, .len = text.len};
}

struct str text_upper_copy(struct arena *arena, struct str text)
{
    char *out = arena_cstr_copy(arena, text);
    for (size_t i = 0; i < text.len; i++) {
        out[i] = (char)(out[i] >= 'a' && out[i] <= 'z' ? out[i] - ('a' - 'A') : out[i]);
    }
    return (struct str){.ptr = out, .len = text.len};
}

struct str text_percent_decode(struct arena *arena, struct str text, bool plus_is_space)
{
    if (str_find_char(text, '%') == SIZE_MAX &&
        (!plus_is_space || str_find_char(text, '+') == SIZE_MAX)) {
        return text;
    }
    char *out = ARENA_ARRAY(arena, char, text.len + 1);
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        int high = c == '%' && i + 2 < text.len ? str_hex_value(text.ptr[i + 1]) : -1;
        int low = high >= 0 ? str_hex_value(text.ptr[i + 2]) : -1;
        if (low >= 0) {
            c = (char)(high * 16 + low);
            i += 2;
        } else if (c == '+' && plus_is_space) {
            c = ' ';
        }
        out[len++] = c;
    }
    return (struct str){.ptr = out, .len = len};
}
