#include "infra/local/header.h"

static bool is_token_char(char c)
{
    static const char other[] = "!#$%&'*+-.^_`|~";
    bool alnum = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    return alnum || (c != '\0' && strchr(other, c) != NULL);
}

bool header_name_is_sound(struct str name)
{
    for (size_t i = 0; i < name.len; i++) {
        if (!is_token_char(name.ptr[i])) {
            return false;
        }
    }
    return name.len > 0;
}

bool header_value_is_sound(struct str value)
{
    for (size_t i = 0; i < value.len; i++) {
        unsigned char c = (unsigned char)value.ptr[i];
        if ((c < ' ' && c != '\t') || c == 0x7f) {
            return false;
        }
    }
    return true;
}

struct str header_find(const struct header *headers, size_t count, struct str name)
{
    for (size_t i = 0; i < count; i++) {
        if (str_eq_nocase(headers[i].name, name)) {
            return headers[i].value;
        }
    }
    return (struct str){0};
}
