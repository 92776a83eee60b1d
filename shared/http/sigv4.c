#include "shared/http/sigv4.h"

#include "shared/base/clock.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

enum { DATE_BYTES = 8, HASH_HEX_BYTES = 2 * SHA256_DIGEST_LENGTH, MAX_SCOPE_BYTES = 256 };

static const struct str key_prefix = STR_INIT("AWS4");

/* ---- scope ----------------------------------------------------------------------------------- */

/* 20261128T173000Z, from 2026-11-28T17:30:00.000Z */
static void stamp_make(int64_t now_ms, char out[static SIGV4_STAMP_BYTES])
{
    char text[25];
    size_t len = 0;
    timestamp_format(now_ms, text);
    for (size_t i = 0; text[i] != '.'; i++) {
        if (text[i] != '-' && text[i] != ':') {
            out[len++] = text[i];
        }
    }
    out[len++] = 'Z';
    out[len] = '\0';
}

static struct str date_of(const struct sigv4_scope *scope)
{
    return (struct str){.ptr = scope->stamp, .len = DATE_BYTES};
}

void sigv4_scope_make(struct arena *arena, const struct http_sigv4 *sign, int64_t now_ms,
                      struct sigv4_scope *scope)
{
    stamp_make(now_ms, scope->stamp);
    scope->text =
        arena_format(arena, STR_FMT "/" STR_FMT "/" STR_FMT "/aws4_request",
                     STR_ARG(date_of(scope)), STR_ARG(sign->region), STR_ARG(sign->service));
}

/* ---- hashes ---------------------------------------------------------------------------------- */

static void hex_add(struct buf *out, const unsigned char digest[static SHA256_DIGEST_LENGTH])
{
    char hex[HASH_HEX_BYTES];
    str_hex_write(digest, SHA256_DIGEST_LENGTH, hex);
    buf_add(out, (struct str){hex, sizeof hex});
}

bool sigv4_hash_add(struct buf *out, struct str bytes)
{
    unsigned char digest[SHA256_DIGEST_LENGTH] = {0};
    bool done = EVP_Digest(bytes.ptr, bytes.len, digest, NULL, EVP_sha256(), NULL) == 1;
    hex_add(out, digest);
    return done;
}

/* `key` may be `out`. */
static bool hmac(const unsigned char *key, size_t key_len, struct str text,
                 unsigned char out[static SHA256_DIGEST_LENGTH])
{
    unsigned char digest[SHA256_DIGEST_LENGTH] = {0};
    unsigned len = 0;
    bool done = HMAC(EVP_sha256(), key, (int)key_len, (const unsigned char *)text.ptr, text.len,
                     digest, &len) != NULL;
    memcpy(out, digest, sizeof digest);
    explicit_bzero(digest, sizeof digest);
    return done;
}

/* ---- the signature --------------------------------------------------------------------------- */

/* The key of a day, a region and a service. */
static bool key_make(const struct http_sigv4 *sign, struct str date,
                     unsigned char out[static SHA256_DIGEST_LENGTH])
{
    char text[sizeof "AWS4" - 1 + SIGV4_MAX_SECRET_BYTES];
    struct buf first = buf_on(text, sizeof text);
    buf_add(&first, key_prefix);
    buf_add(&first, sign->secret);
    bool done = !first.full && hmac((const unsigned char *)text, first.len, date, out) &&
                hmac(out, SHA256_DIGEST_LENGTH, sign->region, out) &&
                hmac(out, SHA256_DIGEST_LENGTH, sign->service, out) &&
                hmac(out, SHA256_DIGEST_LENGTH, STR("aws4_request"), out);
    explicit_bzero(text, sizeof text);
    return done;
}

bool sigv4_sign_add(struct buf *out, const struct http_sigv4 *sign, const struct sigv4_scope *scope,
                    struct str request)
{
    char block[sizeof "AWS4-HMAC-SHA256\n" + SIGV4_STAMP_BYTES + MAX_SCOPE_BYTES + HASH_HEX_BYTES];
    unsigned char key[SHA256_DIGEST_LENGTH];
    unsigned char signature[SHA256_DIGEST_LENGTH];
    struct buf text = buf_on(block, sizeof block);
    buf_addf(&text, "AWS4-HMAC-SHA256\n%s\n" STR_FMT "\n", scope->stamp, STR_ARG(scope->text));
    bool done = sigv4_hash_add(&text, request) && !text.full &&
                key_make(sign, date_of(scope), key) &&
                hmac(key, sizeof key, buf_str(&text), signature);
    explicit_bzero(key, sizeof key);
    if (done) {
        hex_add(out, signature);
    }
    return done;
}
