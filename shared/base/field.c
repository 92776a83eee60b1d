#include "shared/base/field.h"

/* A bit for each character of ASCII: !#$%&'*+-.0-9 and A-Z^_`a-z|~ */
static bool is_token_char(char c)
{
    static const uint64_t tokens[] = {0x3ff6cfa00000000, 0x57ffffffc7fffffe};
    unsigned char u = (unsigned char)c;
    return u < 0x80 && (tokens[u / 64] >> (u % 64) & 1) != 0;
}

bool field_is_token(struct str name)
{
    for (size_t i = 0; i < name.len; i++) {
        if (!is_token_char(name.ptr[i])) {
            return false;
        }
    }
    return name.len > 0;
}

bool field_is_value(struct str value)
{
    for (size_t i = 0; i < value.len; i++) {
        unsigned char c = (unsigned char)value.ptr[i];
        if ((c < ' ' && c != '\t') || c == 0x7f) {
            return false;
        }
    }
    return true;
}

static bool is_between(struct str value, char least, char most)
{
    for (size_t i = 0; i < value.len; i++) {
        if (value.ptr[i] < least || value.ptr[i] > most) {
            return false;
        }
    }
    return true;
}

bool field_is_printable(struct str value)
{
    return is_between(value, ' ', '~');
}

bool field_is_visible(struct str value)
{
    return is_between(value, '!', '~');
}
