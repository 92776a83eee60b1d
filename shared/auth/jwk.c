#include "shared/auth/internal.h"

#include "shared/base/base64.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <openssl/sha.h>

enum {
    RSA_MIN_BITS = 2048, /* RFC 7518 section 3.3 */
    RSA_MAX_BITS = 8192, /* the work of a check grows with its square */
    RSA_MAX_EXPONENT_BYTES = 8,
    RSA_MIN_EXPONENT = 65537, /* FIPS 186-4, B.3.1 */
    POINT_BYTES = 1 + 2 * AUTH_P256_BYTES,
    KID_MAX_BYTES = 256,
};
static const unsigned char POINT_UNCOMPRESSED = 4; /* SEC 1, 2.3.3 */

static const struct {
    struct str name, kty, crv;
} algs[] = {
    [AUTH_HS256] = {STR_INIT("HS256"), STR_INIT("oct"), STR_INIT("")},
    [AUTH_RS256] = {STR_INIT("RS256"), STR_INIT("RSA"), STR_INIT("")},
    [AUTH_ES256] = {STR_INIT("ES256"), STR_INIT("EC"), STR_INIT("P-256")},
    [AUTH_EDDSA] = {STR_INIT("EdDSA"), STR_INIT("OKP"), STR_INIT("Ed25519")},
};

struct str auth_alg_name(enum auth_alg alg)
{
    return algs[alg].name;
}

static void bn_drop(BIGNUM **bn)
{
    BN_free(*bn);
}
static void bld_drop(OSSL_PARAM_BLD **bld)
{
    OSSL_PARAM_BLD_free(*bld);
}
static void params_drop(OSSL_PARAM **params)
{
    OSSL_PARAM_free(*params);
}

/* A base64url member of 1 to `max` bytes. */
static bool bytes_member(struct ctx *cx, const struct json *jwk, struct str name, size_t max,
                         struct str *bytes)
{
    struct str text = json_find_str(jwk, name);
    return text.len > 0 && text.len <= max * 2 && base64url_decode(cx->arena, text, bytes) &&
           bytes->len <= max;
}

static EVP_PKEY *pkey_from(const char *type, OSSL_PARAM *params)
{
    EVP_PKEY *pkey = NULL;
    DEFER(pkey_ctx_drop) EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    if (ctx == NULL || params == NULL || EVP_PKEY_fromdata_init(ctx) != 1 ||
        EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY, params) != 1) {
        ERR_clear_error();
        return NULL;
    }
    return pkey;
}

static EVP_PKEY *rsa_pkey(struct ctx *cx, const struct json *jwk)
{
    struct str n;
    struct str e;
    if (!bytes_member(cx, jwk, STR("n"), RSA_MAX_BITS / 8, &n) ||
        !bytes_member(cx, jwk, STR("e"), RSA_MAX_EXPONENT_BYTES, &e)) {
        return NULL;
    }
    DEFER(bn_drop) BIGNUM *modulus = BN_bin2bn(str_bytes(n), (int)n.len, NULL);
    DEFER(bn_drop) BIGNUM *exponent = BN_bin2bn(str_bytes(e), (int)e.len, NULL);
    DEFER(bld_drop) OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
    if (bld == NULL || OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_N, modulus) != 1 ||
        OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_E, exponent) != 1) {
        return NULL;
    }
    DEFER(params_drop) OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(bld);
    return pkey_from("RSA", params);
}

static EVP_PKEY *ec_pkey(struct ctx *cx, const struct json *jwk)
{
    struct str x;
    struct str y;
    if (!bytes_member(cx, jwk, STR("x"), AUTH_P256_BYTES, &x) || x.len != AUTH_P256_BYTES ||
        !bytes_member(cx, jwk, STR("y"), AUTH_P256_BYTES, &y) || y.len != AUTH_P256_BYTES) {
        return NULL;
    }
    char group[] = "P-256";
    unsigned char point[POINT_BYTES] = {POINT_UNCOMPRESSED};
    memcpy(point + 1, x.ptr, AUTH_P256_BYTES);
    memcpy(point + 1 + AUTH_P256_BYTES, y.ptr, AUTH_P256_BYTES);
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point),
        OSSL_PARAM_construct_end(),
    };
    return pkey_from("EC", params); /* refuses a point off the curve */
}

static EVP_PKEY *ed25519_pkey(struct ctx *cx, const struct json *jwk)
{
    struct str x;
    if (!bytes_member(cx, jwk, STR("x"), AUTH_ED25519_KEY_BYTES, &x) ||
        x.len != AUTH_ED25519_KEY_BYTES) {
        return NULL;
    }
    return EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, str_bytes(x), x.len);
}

static bool rsa_exponent_is_sound(EVP_PKEY *pkey)
{
    BIGNUM *e = NULL;
    bool sound = EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_E, &e) == 1 && BN_is_odd(e) &&
                 BN_num_bytes(e) <= RSA_MAX_EXPONENT_BYTES && BN_get_word(e) >= RSA_MIN_EXPONENT;
    BN_free(e);
    return sound;
}

static bool ec_group_is_p256(const EVP_PKEY *pkey)
{
    char group[32] = "";
    size_t len = 0;
    return EVP_PKEY_get_group_name(pkey, group, sizeof group, &len) == 1 &&
           strcmp(group, "prime256v1") == 0; /* OpenSSL's name of P-256 */
}

/* The point is checked here for keys from PEM too. */
static bool pkey_is_valid(EVP_PKEY *pkey)
{
    DEFER(pkey_ctx_drop) EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);
    bool valid = ctx != NULL && EVP_PKEY_public_check(ctx) == 1;
    ERR_clear_error();
    return valid;
}

enum status pkey_alg(struct ctx *cx, EVP_PKEY *pkey, enum auth_alg *alg)
{
    int bits = EVP_PKEY_get_bits(pkey);
    switch (EVP_PKEY_get_base_id(pkey)) {
    case EVP_PKEY_RSA:
        if (bits < RSA_MIN_BITS || bits > RSA_MAX_BITS || !rsa_exponent_is_sound(pkey)) {
            return fail(cx, ERR_INVALID, "an RSA key of %d bits or with a weak exponent", bits);
        }
        *alg = AUTH_RS256;
        break;
    case EVP_PKEY_EC:
        if (!ec_group_is_p256(pkey)) {
            return fail(cx, ERR_INVALID, "an EC key that is not on P-256");
        }
        *alg = AUTH_ES256;
        break;
    case EVP_PKEY_ED25519:
        *alg = AUTH_EDDSA;
        return OK; /* any 32 bytes pass OpenSSL's check */
    default:
        return fail(cx, ERR_INVALID, "a key that is not RSA, P-256 or Ed25519");
    }
    return pkey_is_valid(pkey) ? OK : fail(cx, ERR_INVALID, "a public key that is not valid");
}

static bool is_for_verifying(const struct json *jwk)
{
    const struct json *use = json_find(jwk, STR("use"));
    const struct json *ops = json_find(jwk, STR("key_ops"));
    if (use != NULL && !(use->type == JSON_STRING && str_eq(use->text, STR("sig")))) {
        return false;
    }
    if (ops == NULL) {
        return true;
    }
    JSON_EACH (op, ops) {
        if (op->type == JSON_STRING && str_eq(op->text, STR("verify"))) {
            return true;
        }
    }
    return false;
}

/* The row of `algs` that is for this type, curve and declared algorithm. */
static bool kind_find(const struct json *jwk, enum auth_alg *alg)
{
    struct str kty = json_find_str(jwk, STR("kty"));
    struct str crv = json_find_str(jwk, STR("crv"));
    const struct json *declared = json_find(jwk, STR("alg"));
    for (size_t i = 0; i < ARRAY_LEN(algs); i++) {
        if (str_eq(kty, algs[i].kty) && (algs[i].crv.len == 0 || str_eq(crv, algs[i].crv))) {
            *alg = (enum auth_alg)i;
            return declared == NULL ||
                   (declared->type == JSON_STRING && str_eq(declared->text, algs[i].name));
        }
    }
    return false;
}

static enum jwk_outcome refuse(struct ctx *cx, const char *why)
{
    (void)fail(cx, ERR_INVALID, "%s", why);
    return JWK_REFUSED;
}

static enum jwk_outcome secret_read(struct ctx *cx, const struct json *jwk, struct key *key)
{
    if (!bytes_member(cx, jwk, STR("k"), AUTH_MAX_SECRET_BYTES, &key->secret) ||
        key->secret.len < AUTH_MIN_SECRET_BYTES) {
        return refuse(cx, "a secret that is not 32 to 1024 bytes of base64url");
    }
    if (str_has_prefix(key->secret, STR("-----BEGIN "))) {
        return refuse(cx, "a secret that is a key in PEM: a public key is no secret");
    }
    return JWK_TAKEN;
}

static EVP_PKEY *public_read(struct ctx *cx, const struct json *jwk, enum auth_alg alg)
{
    switch (alg) {
    case AUTH_RS256:
        return rsa_pkey(cx, jwk);
    case AUTH_ES256:
        return ec_pkey(cx, jwk);
    case AUTH_EDDSA:
        return ed25519_pkey(cx, jwk);
    case AUTH_HS256:
        break;
    }
    return NULL;
}

enum jwk_outcome jwk_read(struct ctx *cx, const struct json *jwk, struct key *key)
{
    const struct json *kid = json_find(jwk, STR("kid"));
    if (jwk->type != JSON_OBJECT || json_find_str(jwk, STR("kty")).len == 0) {
        return refuse(cx, "not a JWK: no `kty`");
    }
    if (!kind_find(jwk, &key->alg) || !is_for_verifying(jwk)) {
        return JWK_PASSED_OVER;
    }
    if (kid != NULL && (kid->type != JSON_STRING || kid->text.len > KID_MAX_BYTES)) {
        return refuse(cx, "a key id that is not a short string");
    }
    key->kid = kid == NULL ? STR("") : kid->text;
    if (key->alg == AUTH_HS256) {
        return secret_read(cx, jwk, key);
    }
    if (json_find(jwk, STR("d")) != NULL) {
        return refuse(cx, "a private key: only its public half belongs here");
    }
    key->pkey = public_read(cx, jwk, key->alg);
    if (key->pkey == NULL) {
        ERR_clear_error();
        return refuse(cx, "a key whose members do not make a key");
    }
    enum auth_alg real = AUTH_HS256;
    if (pkey_alg(cx, key->pkey, &real) != OK || real != key->alg) {
        EVP_PKEY_free(key->pkey);
        key->pkey = NULL;
        return JWK_REFUSED;
    }
    return JWK_TAKEN;
}

/* A whole number's bytes, big end first, padded to `size` if that is not 0. */
static struct str bn_base64url(struct arena *arena, EVP_PKEY *pkey, const char *name, size_t size)
{
    BIGNUM *bn = NULL;
    if (EVP_PKEY_get_bn_param(pkey, name, &bn) != 1) {
        return (struct str){0};
    }
    size_t len = size > 0 ? size : (size_t)BN_num_bytes(bn);
    unsigned char *bytes = ARENA_ARRAY(arena, unsigned char, len);
    bool fits = BN_bn2binpad(bn, bytes, (int)len) >= 0;
    BN_free(bn);
    struct str raw = {.ptr = (const char *)bytes, .len = len};
    return fits ? base64url_encode(arena, raw) : (struct str){0};
}

static struct str ed25519_base64url(struct arena *arena, const EVP_PKEY *pkey)
{
    unsigned char raw[AUTH_ED25519_KEY_BYTES];
    size_t len = sizeof raw;
    if (EVP_PKEY_get_raw_public_key(pkey, raw, &len) != 1) {
        return (struct str){0};
    }
    return base64url_encode(arena, (struct str){.ptr = (const char *)raw, .len = len});
}

struct str jwk_essence(struct arena *arena, EVP_PKEY *pkey)
{
    struct str a;
    struct str b;
    switch (EVP_PKEY_get_base_id(pkey)) {
    case EVP_PKEY_RSA:
        a = bn_base64url(arena, pkey, OSSL_PKEY_PARAM_RSA_E, 0);
        b = bn_base64url(arena, pkey, OSSL_PKEY_PARAM_RSA_N, 0);
        return arena_format(arena, "{\"e\":\"" STR_FMT "\",\"kty\":\"RSA\",\"n\":\"" STR_FMT "\"}",
                            STR_ARG(a), STR_ARG(b));
    case EVP_PKEY_EC:
        a = bn_base64url(arena, pkey, OSSL_PKEY_PARAM_EC_PUB_X, AUTH_P256_BYTES);
        b = bn_base64url(arena, pkey, OSSL_PKEY_PARAM_EC_PUB_Y, AUTH_P256_BYTES);
        return arena_format(
            arena, "{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"" STR_FMT "\",\"y\":\"" STR_FMT "\"}",
            STR_ARG(a), STR_ARG(b));
    default:
        a = ed25519_base64url(arena, pkey);
        return arena_format(arena, "{\"crv\":\"Ed25519\",\"kty\":\"OKP\",\"x\":\"" STR_FMT "\"}",
                            STR_ARG(a));
    }
}

struct str jwk_thumbprint(struct arena *arena, struct str essence)
{
    unsigned char digest[SHA256_DIGEST_LENGTH];
    (void)SHA256(str_bytes(essence), essence.len, digest);
    return base64url_encode(arena, (struct str){(const char *)digest, sizeof digest});
}
