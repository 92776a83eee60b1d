#include "shared/base/utf8.h"

/* RFC 3629 section 4: the second byte's range depends on the first; the others are 80..BF. */
static const struct {
    unsigned char first_from, first_to, second_from, second_to;
    size_t len;
} forms[] = {
    {0xC2, 0xDF, 0x80, 0xBF, 2}, {0xE0, 0xE0, 0xA0, 0xBF, 3}, {0xE1, 0xEC, 0x80, 0xBF, 3},
    {0xED, 0xED, 0x80, 0x9F, 3}, {0xEE, 0xEF, 0x80, 0xBF, 3}, {0xF0, 0xF0, 0x90, 0xBF, 4},
    {0xF1, 0xF3, 0x80, 0xBF, 4}, {0xF4, 0xF4, 0x80, 0x8F, 4},
};

/* Length of the sequence at `p`, or 0. */
static size_t sequence_length(const unsigned char *p, size_t left)
{
    if (p[0] < 0x80) {
        return 1;
    }
    size_t form = 0;
    while (form < ARRAY_LEN(forms) && p[0] > forms[form].first_to) {
        form++;
    }
    if (form == ARRAY_LEN(forms) || p[0] < forms[form].first_from || forms[form].len > left ||
        p[1] < forms[form].second_from || p[1] > forms[form].second_to) {
        return 0;
    }
    for (size_t i = 2; i < forms[form].len; i++) {
        if ((p[i] & 0xC0) != 0x80) {
            return 0;
        }
    }
    return forms[form].len;
}

/* Past the ASCII at `at`, eight bytes at a time: most of what is checked is nothing else. */
static size_t skip_ascii(struct str s, size_t at)
{
    static const uint64_t high_bits = 0x8080808080808080U;
    uint64_t word = 0;
    while (at + sizeof word <= s.len) {
        memcpy(&word, s.ptr + at, sizeof word);
        if ((word & high_bits) != 0) {
            break;
        }
        at += sizeof word;
    }
    return at;
}

size_t utf8_valid_prefix(struct str s)
{
    size_t at = 0;
    while ((at = skip_ascii(s, at)) < s.len) {
        size_t len = sequence_length((const unsigned char *)s.ptr + at, s.len - at);
        if (len == 0) {
            break;
        }
        at += len;
    }
    return at;
}

size_t utf8_encode(uint32_t code_point, char out[static 4])
{
    if (code_point < 0x80) {
        out[0] = (char)code_point;
        return 1;
    }
    if (code_point < 0x800) {
        out[0] = (char)(0xC0 | code_point >> 6);
        out[1] = (char)(0x80 | (code_point & 0x3F));
        return 2;
    }
    if (code_point < 0x10000) {
        out[0] = (char)(0xE0 | code_point >> 12);
        out[1] = (char)(0x80 | (code_point >> 6 & 0x3F));
        out[2] = (char)(0x80 | (code_point & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | code_point >> 18);
    out[1] = (char)(0x80 | (code_point >> 12 & 0x3F));
    out[2] = (char)(0x80 | (code_point >> 6 & 0x3F));
    out[3] = (char)(0x80 | (code_point & 0x3F));
    return 4;
}

size_t utf8_length(struct str s)
{
    size_t count = 0;
    for (size_t i = 0; i < s.len; i++) {
        count += ((unsigned char)s.ptr[i] & 0xC0) != 0x80;
    }
    return count;
}
