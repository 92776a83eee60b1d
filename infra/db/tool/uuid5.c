#include "infra/db/tool/uuid5.h"

#include <openssl/evp.h>
#include <stdlib.h>

enum { SHA1_BYTES = 20 };

static void sha1(const struct uuid_namespace *space, struct str name, unsigned char out[SHA1_BYTES])
{
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    if (md == NULL || EVP_DigestInit_ex(md, EVP_sha1(), NULL) != 1 ||
        EVP_DigestUpdate(md, space->bytes, sizeof space->bytes) != 1 ||
        EVP_DigestUpdate(md, name.ptr, name.len) != 1 || EVP_DigestFinal_ex(md, out, NULL) != 1) {
        abort(); /* out of memory, or a libcrypto without SHA-1 */
    }
    EVP_MD_CTX_free(md);
}

void uuid_v5(const struct uuid_namespace *space, struct str name,
             char out[static UUID_TEXT_LEN + 1])
{
    static const char hex[] = "0123456789abcdef";
    unsigned char digest[SHA1_BYTES];
    sha1(space, name, digest);
    digest[6] = (unsigned char)(0x50 | (digest[6] & 0x0F)); /* version */
    digest[8] = (unsigned char)(0x80 | (digest[8] & 0x3F)); /* variant */
    size_t len = 0;
    for (size_t i = 0; i < sizeof space->bytes; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10) {
            out[len++] = '-';
        }
        out[len++] = hex[digest[i] >> 4];
        out[len++] = hex[digest[i] & 15];
    }
    out[len] = '\0';
}
