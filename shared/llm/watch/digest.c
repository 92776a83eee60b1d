#include "shared/llm/watch/internal.h"

#include <openssl/evp.h>

static bool part_add(EVP_MD_CTX *md, struct str part, bool has_others)
{
    uint8_t length[8];
    for (size_t i = 0; i < sizeof length; i++) {
        length[i] = (uint8_t)((uint64_t)part.len >> (8 * i));
    }
    return (!has_others || EVP_DigestUpdate(md, length, sizeof length) == 1) &&
           EVP_DigestUpdate(md, part.ptr, part.len) == 1;
}

void record_digest(const struct str *parts, size_t count, char out[static RECORD_DIGEST_BYTES])
{
    unsigned char digest[EVP_MAX_MD_SIZE] = {0};
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    bool done = md != NULL && EVP_DigestInit_ex(md, EVP_sha256(), NULL) == 1;
    for (size_t i = 0; i < count && done; i++) {
        done = part_add(md, parts[i], count > 1);
    }
    if (!done || EVP_DigestFinal_ex(md, digest, NULL) != 1) {
        memset(digest, 0, sizeof digest); /* of nothing: OpenSSL had no memory */
    }
    EVP_MD_CTX_free(md);
    str_hex_write(digest, RECORD_DIGEST_BYTES / 2, out);
    out[RECORD_DIGEST_BYTES - 1] = '\0';
}

void record_request_digest(const struct http_request *req, char out[static RECORD_DIGEST_BYTES])
{
    const struct str parts[] = {str_from_cstr(req->method != NULL ? req->method : "GET"), req->url,
                                req->body};
    record_digest(parts, ARRAY_LEN(parts), out);
}
