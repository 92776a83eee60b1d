#include "shared/llm/store/store.h"

#include <openssl/evp.h>
#include <stdlib.h>

enum { LENGTH_BYTES = 8 };

static void drop(EVP_MD_CTX **ctx)
{
    EVP_MD_CTX_free(*ctx);
}

/* Length in eight bytes, most significant first; then the bytes. */
static bool field_add(EVP_MD_CTX *ctx, struct str field)
{
    unsigned char length[LENGTH_BYTES];
    for (size_t i = 0; i < LENGTH_BYTES; i++) {
        length[i] = (unsigned char)((uint64_t)field.len >> (8 * (LENGTH_BYTES - 1 - i)));
    }
    return EVP_DigestUpdate(ctx, length, sizeof length) == 1 &&
           (field.len == 0 || EVP_DigestUpdate(ctx, field.ptr, field.len) == 1);
}

void llm_digest_of(const struct str *fields, size_t count, struct llm_digest *out)
{
    DEFER(drop) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool works = ctx != NULL && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) == 1;
    for (size_t i = 0; works && i < count; i++) {
        works = field_add(ctx, fields[i]);
    }
    if (!works || EVP_DigestFinal_ex(ctx, out->bytes, NULL) != 1) {
        abort(); /* out of memory, or a libcrypto without SHA-256: no digest may be made up */
    }
}

void llm_digest_text(const struct llm_digest *digest, char out[static LLM_DIGEST_TEXT_LEN + 1])
{
    out[0] = '\\';
    out[1] = 'x';
    str_hex_write(digest->bytes, LLM_DIGEST_BYTES, out + 2);
    out[LLM_DIGEST_TEXT_LEN] = '\0';
}
