#include "shared/base/percent.h"

static bool is_unreserved(char c)
{
    bool is_alnum = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return is_alnum || c == '-' || c == '.' || c == '_' || c == '~';
}

void percent_add(struct buf *buf, struct str bytes)
{
    static const char hex[] = "0123456789ABCDEF";
    for (size_t i = 0; i < bytes.len; i++) {
        unsigned char c = (unsigned char)bytes.ptr[i];
        if (is_unreserved((char)c)) {
            buf_add_char(buf, (char)c);
        } else {
            char coded[] = {'%', hex[c >> 4], hex[c & 15]};
            buf_add(buf, (struct str){.ptr = coded, .len = sizeof coded});
        }
    }
}
