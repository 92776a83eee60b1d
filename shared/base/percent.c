#include "shared/base/percent.h"

static bool is_unreserved(char c)
{
    bool is_alnum = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return is_alnum || c == '-' || c == '.' || c == '_' || c == '~';
}

void percent_add(struct buf *buf, struct str bytes)
{
    static const char hex[] = "0123456789ABCDEF";
    for (size_t at = 0; at < bytes.len;) {
        size_t run = at;
        while (run < bytes.len && is_unreserved(bytes.ptr[run])) {
            run++;
        }
        buf_add(buf, str_slice(bytes, at, run));
        if (run < bytes.len) {
            unsigned char c = (unsigned char)bytes.ptr[run++];
            char coded[] = {'%', hex[c / 16], hex[c % 16]};
            buf_add(buf, (struct str){.ptr = coded, .len = sizeof coded});
        }
        at = run;
    }
}
