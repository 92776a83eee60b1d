#include "shared/auth/internal.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/hmac.h>

enum { ECDSA_DER_MAX_BYTES = 72 }; /* two integers of 33 bytes and their headers */

bool hmac_sha256(struct str secret, struct str bytes, unsigned char out[static AUTH_HMAC_BYTES])
{
    unsigned len = AUTH_HMAC_BYTES;
    return HMAC(EVP_sha256(), secret.ptr, (int)secret.len, str_bytes(bytes), bytes.len, out,
                &len) != NULL;
}

static bool hmac_is_valid(const struct key *key, struct str bytes, struct str signature)
{
    unsigned char want[AUTH_HMAC_BYTES];
    struct str wanted = {.ptr = (const char *)want, .len = sizeof want};
    return signature.len == sizeof want && hmac_sha256(key->secret, bytes, want) &&
           str_eq_consttime(signature, wanted);
}

/* `digest` NULL: the algorithm has its own (Ed25519). */
static bool pkey_verifies(EVP_PKEY *pkey, const EVP_MD *digest, struct str bytes,
                          struct str signature)
{
    DEFER(md_ctx_drop) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool valid = ctx != NULL && EVP_DigestVerifyInit(ctx, NULL, digest, NULL, pkey) == 1 &&
                 EVP_DigestVerify(ctx, str_bytes(signature), signature.len, str_bytes(bytes),
                                  bytes.len) == 1;
    ERR_clear_error();
    return valid;
}

static void ecdsa_drop(ECDSA_SIG **sig)
{
    ECDSA_SIG_free(*sig);
}

/* RFC 7518 section 3.4: r and s, 32 bytes each, to the DER that OpenSSL wants. 0 is refused here.
 */
static size_t ecdsa_to_der(struct str signature, unsigned char der[static ECDSA_DER_MAX_BYTES])
{
    DEFER(ecdsa_drop) ECDSA_SIG *sig = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(str_bytes(signature), AUTH_P256_BYTES, NULL);
    BIGNUM *s = BN_bin2bn(str_bytes(signature) + AUTH_P256_BYTES, AUTH_P256_BYTES, NULL);
    if (sig == NULL || r == NULL || s == NULL || BN_is_zero(r) || BN_is_zero(s) ||
        ECDSA_SIG_set0(sig, r, s) != 1) {
        BN_free(r);
        BN_free(s);
        return 0;
    }
    int len = i2d_ECDSA_SIG(sig, NULL);
    if (len <= 0 || len > ECDSA_DER_MAX_BYTES) {
        return 0;
    }
    unsigned char *end = der;
    return (size_t)i2d_ECDSA_SIG(sig, &end);
}

static bool ecdsa_is_valid(const struct key *key, struct str bytes, struct str signature)
{
    unsigned char der[ECDSA_DER_MAX_BYTES];
    if (signature.len != 2 * (size_t)AUTH_P256_BYTES) {
        return false;
    }
    size_t len = ecdsa_to_der(signature, der);
    struct str encoded = {.ptr = (const char *)der, .len = len};
    return len > 0 && pkey_verifies(key->pkey, EVP_sha256(), bytes, encoded);
}

bool signature_is_valid(const struct key *key, struct str bytes, struct str signature)
{
    switch (key->alg) {
    case AUTH_HS256:
        return hmac_is_valid(key, bytes, signature);
    case AUTH_RS256:
        return signature.len == (size_t)EVP_PKEY_get_size(key->pkey) &&
               pkey_verifies(key->pkey, EVP_sha256(), bytes, signature);
    case AUTH_ES256:
        return ecdsa_is_valid(key, bytes, signature);
    case AUTH_EDDSA:
        return signature.len == AUTH_ED25519_SIGNATURE_BYTES &&
               pkey_verifies(key->pkey, NULL, bytes, signature);
    }
    return false;
}
