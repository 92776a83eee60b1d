/*
 * Signature Version 4 in an Authorization field. libcurl's own signs transfers of libcurl's alone,
 * and takes a path as it is, while every service but S3 wants it encoded once more: a Bedrock model
 * id with a colon would be refused. Source: IAM User Guide, "Create a signed AWS API request".
 */
#include "shared/http/internal.h"

#include "shared/base/clock.h"
#include "shared/base/percent.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

enum { STAMP_BYTES = 17, DATE_BYTES = 8, HASH_HEX_BYTES = 2 * SHA256_DIGEST_LENGTH };

/* ---- pieces ---------------------------------------------------------------------------------- */

/* 20261128T173000Z, from 2026-11-28T17:30:00.000Z */
static void stamp_make(int64_t now_ms, char out[static STAMP_BYTES])
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

static void hex_add(struct buf *out, const unsigned char digest[static SHA256_DIGEST_LENGTH])
{
    for (size_t i = 0; i < SHA256_DIGEST_LENGTH; i++) {
        buf_add_char(out, "0123456789abcdef"[digest[i] >> 4]);
        buf_add_char(out, "0123456789abcdef"[digest[i] & 15]);
    }
}

static bool hash_add(struct buf *out, struct str bytes)
{
    unsigned char digest[SHA256_DIGEST_LENGTH];
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

/* The path as it is sent, encoded again, its slashes kept. */
static void path_add(struct buf *out, struct str target)
{
    struct str rest = target, part;
    bool is_first = true;
    while (str_split_next(&rest, '/', &part)) {
        if (!is_first) {
            buf_add_char(out, '/');
        }
        is_first = false;
        percent_add(out, part);
    }
    if (out->ptr[out->len - 1] == '\n') {
        buf_add_char(out, '/');
    }
}

/* Names in the order that the signature demands; empty values are not sent. */
struct signed_field {
    const char *name;
    struct str value;
};

static void names_add(struct buf *out, const struct signed_field *fields, size_t count)
{
    bool is_first = true;
    for (size_t i = 0; i < count; i++) {
        if (fields[i].value.len > 0) {
            buf_addf(out, "%s%s", is_first ? "" : ";", fields[i].name);
            is_first = false;
        }
    }
}

static bool request_add(struct buf *out, const struct http_signing *what,
                        const struct signed_field *fields, size_t count)
{
    buf_addf(out, "%s\n", what->method);
    path_add(out, what->target);
    buf_add(out, STR("\n\n")); /* and no query */
    for (size_t i = 0; i < count; i++) {
        if (fields[i].value.len > 0) {
            buf_addf(out, "%s:" STR_FMT "\n", fields[i].name, STR_ARG(fields[i].value));
        }
    }
    buf_add_char(out, '\n');
    names_add(out, fields, count);
    buf_add_char(out, '\n');
    return hash_add(out, what->body);
}

/* The key of a day, a region and a service, then the signature itself, in `out`. */
static bool sign_text(struct arena *arena, const struct http_sigv4 *sign, struct str date,
                      struct str text, unsigned char out[static SHA256_DIGEST_LENGTH])
{
    struct str first = arena_format(arena, "AWS4" STR_FMT, STR_ARG(sign->secret));
    return hmac((const unsigned char *)first.ptr, first.len, date, out) &&
           hmac(out, SHA256_DIGEST_LENGTH, sign->region, out) &&
           hmac(out, SHA256_DIGEST_LENGTH, sign->service, out) &&
           hmac(out, SHA256_DIGEST_LENGTH, STR("aws4_request"), out) &&
           hmac(out, SHA256_DIGEST_LENGTH, text, out);
}

enum status http_sigv4_add(struct ctx *cx, const struct http_sigv4 *sign,
                           const struct http_signing *what, struct buf *head)
{
    char stamp[STAMP_BYTES];
    unsigned char digest[SHA256_DIGEST_LENGTH];
    stamp_make(what->now_ms, stamp);
    struct str date = {.ptr = stamp, .len = DATE_BYTES};
    struct str scope = arena_format(cx->arena, STR_FMT "/" STR_FMT "/" STR_FMT "/aws4_request",
                                    STR_ARG(date), STR_ARG(sign->region), STR_ARG(sign->service));
    const struct signed_field fields[] = {
        {"content-type", what->content_type},
        {"host", what->host},
        {"x-amz-date", str_from_cstr(stamp)},
        {"x-amz-security-token", sign->session_token},
    };
    struct buf request = buf_in(cx->arena, SIZE_MAX), text = buf_in(cx->arena, SIZE_MAX);
    buf_addf(&text, "AWS4-HMAC-SHA256\n%s\n" STR_FMT "\n", stamp, STR_ARG(scope));
    bool done = request_add(&request, what, fields, ARRAY_LEN(fields)) &&
                hash_add(&text, buf_str(&request)) &&
                sign_text(cx->arena, sign, date, buf_str(&text), digest);
    if (!done) {
        return fail(cx, ERR_INTERNAL, "the request cannot be signed");
    }
    buf_addf(head,
             "x-amz-date: %s\r\nauthorization: AWS4-HMAC-SHA256 Credential=" STR_FMT "/" STR_FMT
             ", SignedHeaders=",
             stamp, STR_ARG(sign->key_id), STR_ARG(scope));
    names_add(head, fields, ARRAY_LEN(fields));
    buf_add(head, STR(", Signature="));
    hex_add(head, digest);
    buf_add(head, STR("\r\n"));
    return OK;
}
