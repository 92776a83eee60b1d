#include "shared/base/base64.h"

static const char standard[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char url_safe[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* Room that any encoding of `bytes` fits. */
static size_t encoded_max(struct str bytes)
{
    return (bytes.len + 2) / 3 * 4;
}

static size_t encode_at(char *out, struct str bytes, const char *alphabet, bool padded)
{
    const unsigned char *in = (const unsigned char *)bytes.ptr;
    size_t len = 0;
    for (size_t i = 0; i < bytes.len; i += 3) {
        size_t left = bytes.len - i;
        uint32_t group = (uint32_t)in[i] << 16;
        group |= left > 1 ? (uint32_t)in[i + 1] << 8 : 0;
        group |= left > 2 ? (uint32_t)in[i + 2] : 0;
        out[len++] = alphabet[group >> 18];
        out[len++] = alphabet[group >> 12 & 63];
        if (left > 1) {
            out[len++] = alphabet[group >> 6 & 63];
        }
        if (left > 2) {
            out[len++] = alphabet[group & 63];
        }
    }
    while (padded && len % 4 != 0) {
        out[len++] = '=';
    }
    return len;
}

static struct str encode(struct arena *arena, struct str bytes, const char *alphabet, bool padded)
{
    char *out = ARENA_ARRAY(arena, char, encoded_max(bytes) + 1);
    return (struct str){.ptr = out, .len = encode_at(out, bytes, alphabet, padded)};
}

struct str base64_encode(struct arena *arena, struct str bytes)
{
    return encode(arena, bytes, standard, true);
}

void base64_encode_to(struct buf *out, struct str bytes)
{
    char *place = buf_reserve(out, encoded_max(bytes));
    if (place != NULL) {
        buf_commit(out, encode_at(place, bytes, standard, true));
    }
}

struct str base64url_encode(struct arena *arena, struct str bytes)
{
    return encode(arena, bytes, url_safe, false);
}

static int letter_value(char c, const char *alphabet)
{
    if (c >= 'A' && c <= 'Z') {
        return c - 'A';
    }
    if (c >= 'a' && c <= 'z') {
        return c - 'a' + 26;
    }
    if (c >= '0' && c <= '9') {
        return c - '0' + 52;
    }
    return c == alphabet[62] ? 62 : c == alphabet[63] ? 63 : -1;
}

/* `text` without padding. A last group of two or three letters must leave no bits over. */
static bool decode(struct arena *arena, struct str text, const char *alphabet, struct str *bytes)
{
    if (text.len % 4 == 1) {
        return false;
    }
    char *out = ARENA_ARRAY(arena, char, text.len / 4 * 3 + 3);
    size_t len = 0;
    uint32_t bits = 0;
    unsigned count = 0;
    for (size_t i = 0; i < text.len; i++) {
        int value = letter_value(text.ptr[i], alphabet);
        if (value < 0) {
            return false;
        }
        bits = bits << 6 | (uint32_t)value;
        count += 6;
        if (count >= 8) {
            count -= 8;
            out[len++] = (char)(bits >> count & 0xFF);
        }
    }
    if ((bits & ((1U << count) - 1)) != 0) {
        return false;
    }
    *bytes = (struct str){.ptr = out, .len = len};
    return true;
}

bool base64_decode(struct arena *arena, struct str text, struct str *bytes)
{
    if (text.len % 4 != 0) {
        return false;
    }
    if (text.len > 0 && text.ptr[text.len - 1] == '=') {
        text.len -= text.ptr[text.len - 2] == '=' ? 2 : 1;
    }
    return decode(arena, text, standard, bytes);
}

bool base64url_decode(struct arena *arena, struct str text, struct str *bytes)
{
    return decode(arena, text, url_safe, bytes);
}
