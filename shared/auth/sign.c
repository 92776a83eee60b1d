#include "shared/auth/sign.h"

#include "shared/auth/internal.h"
#include "shared/base/base64.h"
#include "shared/base/uuid.h"

#include <openssl/bn.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>

enum { RSA_NEW_BITS = 2048, MAX_TEXT_BYTES = 65536 };

struct signing_key {
    struct key key;
    struct str essence; /* members of its public JWK, in braces */
};

static void bio_drop(BIO **bio)
{
    BIO_free_all(*bio);
}

static void pkey_release(void *pkey)
{
    EVP_PKEY_free(pkey);
}

static enum status pkey_take(struct ctx *cx, EVP_PKEY *pkey, struct signing_key **key)
{
    struct signing_key *made = ARENA_NEW(cx->arena, struct signing_key);
    arena_on_reset(cx->arena, pkey_release, pkey);
    made->key.pkey = pkey;
    TRY(pkey_alg(cx, pkey, &made->key.alg));
    made->essence = jwk_essence(cx->arena, pkey);
    made->key.kid = jwk_thumbprint(cx->arena, made->essence);
    *key = made;
    return OK;
}

static enum status secret_take(struct ctx *cx, struct str kid, struct str secret,
                               struct signing_key **key)
{
    struct signing_key *made = ARENA_NEW(cx->arena, struct signing_key);
    made->key = (struct key){.kid = kid, .alg = AUTH_HS256, .secret = secret};
    made->essence = arena_format(cx->arena, "{\"k\":\"" STR_FMT "\",\"kty\":\"oct\"}",
                                 STR_ARG(base64url_encode(cx->arena, secret)));
    *key = made;
    return OK;
}

static enum status secret_generate(struct ctx *cx, struct signing_key **key)
{
    unsigned char *secret = ARENA_ARRAY(cx->arena, unsigned char, AUTH_MIN_SECRET_BYTES);
    char kid[UUID_TEXT_LEN + 1]; /* random: a thumbprint would tell about the secret */
    uuid_v4(kid);
    if (RAND_bytes(secret, AUTH_MIN_SECRET_BYTES) != 1) {
        return fail(cx, ERR_INTERNAL, "no random bytes");
    }
    return secret_take(cx, arena_str_copy(cx->arena, str_from_cstr(kid)),
                       (struct str){(const char *)secret, AUTH_MIN_SECRET_BYTES}, key);
}

enum status signing_key_generate(struct ctx *cx, struct str alg, struct signing_key **key)
{
    EVP_PKEY *pkey = NULL;
    if (str_eq(alg, STR("HS256"))) {
        return secret_generate(cx, key);
    }
    if (str_eq(alg, STR("RS256"))) {
        pkey = EVP_RSA_gen(RSA_NEW_BITS);
    } else if (str_eq(alg, STR("ES256"))) {
        pkey = EVP_EC_gen("P-256");
    } else if (str_eq(alg, STR("EdDSA"))) {
        pkey = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    } else {
        return fail(cx, ERR_INVALID, "no such algorithm: HS256, RS256, ES256 or EdDSA");
    }
    if (pkey == NULL) {
        ERR_clear_error();
        return fail(cx, ERR_INTERNAL, "OpenSSL made no key");
    }
    return pkey_take(cx, pkey, key);
}

static enum status pem_parse(struct ctx *cx, struct str text, struct signing_key **key)
{
    DEFER(bio_drop) BIO *bio = BIO_new_mem_buf(text.ptr, (int)text.len);
    EVP_PKEY *pkey = bio == NULL ? NULL : PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
    ERR_clear_error();
    if (pkey == NULL) {
        return fail(cx, ERR_INVALID, "not a private key in PEM without a passphrase");
    }
    return pkey_take(cx, pkey, key);
}

static enum status jwk_parse(struct ctx *cx, struct str text, struct signing_key **key)
{
    const struct json *root = NULL;
    if (json_read(cx, text, NULL, &root) != OK) {
        return fail(cx, ERR_INVALID, "neither a private key in PEM nor JSON");
    }
    const struct json *list = json_find(root, STR("keys"));
    const struct json *jwk = list == NULL ? root : list->first;
    struct key parsed = {0};
    bool taken = jwk != NULL && jwk_read(cx, jwk, &parsed) == JWK_TAKEN;
    if (!taken || parsed.alg != AUTH_HS256) {
        EVP_PKEY_free(parsed.pkey);
        return fail(cx, ERR_INVALID, "the JSON holds no secret to sign with (kty oct)");
    }
    return secret_take(cx, parsed.kid, parsed.secret, key);
}

enum status signing_key_parse(struct ctx *cx, struct str text, struct signing_key **key)
{
    struct str trimmed = str_trim(text);
    if (trimmed.len > MAX_TEXT_BYTES) {
        return fail(cx, ERR_INVALID, "a key of %zu bytes", trimmed.len);
    }
    return str_has_prefix(trimmed, STR("-----BEGIN ")) ? pem_parse(cx, trimmed, key)
                                                       : jwk_parse(cx, trimmed, key);
}

struct str signing_key_id(const struct signing_key *key)
{
    return key->key.kid;
}

struct str signing_key_alg(const struct signing_key *key)
{
    return auth_alg_name(key->key.alg);
}

struct str signing_key_jwks(struct ctx *cx, const struct signing_key *key)
{
    struct str members = str_slice(key->essence, 1, key->essence.len - 1);
    struct str alg = auth_alg_name(key->key.alg);
    return arena_format(cx->arena,
                        "{\"keys\":[{\"kid\":\"" STR_FMT "\",\"alg\":\"" STR_FMT
                        "\",\"use\":\"sig\"," STR_FMT "}]}\n",
                        STR_ARG(key->key.kid), STR_ARG(alg), STR_ARG(members));
}

struct str signing_key_private(struct ctx *cx, const struct signing_key *key)
{
    char *text = NULL;
    if (key->key.pkey == NULL) {
        return signing_key_jwks(cx, key);
    }
    DEFER(bio_drop) BIO *bio = BIO_new(BIO_s_mem());
    if (bio == NULL ||
        PEM_write_bio_PKCS8PrivateKey(bio, key->key.pkey, NULL, NULL, 0, NULL, NULL) != 1) {
        return (struct str){0};
    }
    long len = BIO_get_mem_data(bio, &text);
    return arena_str_copy(cx->arena, (struct str){.ptr = text, .len = (size_t)len});
}

static void ecdsa_drop(ECDSA_SIG **sig)
{
    ECDSA_SIG_free(*sig);
}

/* OpenSSL's DER to r and s of 32 bytes each (RFC 7518 section 3.4). */
static bool ecdsa_from_der(struct str der, unsigned char *raw)
{
    const unsigned char *in = str_bytes(der);
    DEFER(ecdsa_drop) ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &in, (long)der.len);
    return sig != NULL && BN_bn2binpad(ECDSA_SIG_get0_r(sig), raw, AUTH_P256_BYTES) > 0 &&
           BN_bn2binpad(ECDSA_SIG_get0_s(sig), raw + AUTH_P256_BYTES, AUTH_P256_BYTES) > 0;
}

static bool pkey_signs(struct ctx *cx, const struct key *key, struct str bytes, struct str *out)
{
    DEFER(md_ctx_drop) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    const EVP_MD *digest = key->alg == AUTH_EDDSA ? NULL : EVP_sha256();
    size_t len = (size_t)EVP_PKEY_get_size(key->pkey);
    unsigned char *raw = ARENA_ARRAY(cx->arena, unsigned char, len);
    if (ctx == NULL || EVP_DigestSignInit(ctx, NULL, digest, NULL, key->pkey) != 1 ||
        EVP_DigestSign(ctx, raw, &len, str_bytes(bytes), bytes.len) != 1) {
        ERR_clear_error();
        return false;
    }
    *out = (struct str){.ptr = (const char *)raw, .len = len};
    if (key->alg != AUTH_ES256) {
        return true;
    }
    unsigned char *pair = ARENA_ARRAY(cx->arena, unsigned char, 2 * (size_t)AUTH_P256_BYTES);
    bool converted = ecdsa_from_der(*out, pair);
    *out = (struct str){.ptr = (const char *)pair, .len = 2 * (size_t)AUTH_P256_BYTES};
    return converted;
}

enum status signing_key_sign(struct ctx *cx, const struct signing_key *key, struct str bytes,
                             struct str *signature)
{
    if (key->key.alg != AUTH_HS256) {
        return pkey_signs(cx, &key->key, bytes, signature)
                   ? OK
                   : fail(cx, ERR_INTERNAL, "OpenSSL did not sign");
    }
    unsigned char *mac = ARENA_ARRAY(cx->arena, unsigned char, AUTH_HMAC_BYTES);
    *signature = (struct str){.ptr = (const char *)mac, .len = AUTH_HMAC_BYTES};
    return hmac_sha256(key->key.secret, bytes, mac)
               ? OK
               : fail(cx, ERR_INTERNAL, "no HMAC from OpenSSL");
}

enum status auth_token_sign(struct ctx *cx, const struct signing_key *key, struct str header,
                            struct str payload, struct str *token)
{
    struct str signature = {0};
    struct str head = base64url_encode(cx->arena, header);
    struct str body = base64url_encode(cx->arena, payload);
    struct str bytes = arena_format(cx->arena, STR_FMT "." STR_FMT, STR_ARG(head), STR_ARG(body));
    TRY(signing_key_sign(cx, key, bytes, &signature));
    struct str tail = base64url_encode(cx->arena, signature);
    *token = arena_format(cx->arena, STR_FMT "." STR_FMT, STR_ARG(bytes), STR_ARG(tail));
    return OK;
}

static struct str header_write(struct ctx *cx, const struct signing_key *key)
{
    struct buf buf = buf_in(cx->arena, KIB(1));
    struct json_writer w = json_writer_on(&buf);
    json_object_begin(&w);
    json_member_str(&w, "alg", auth_alg_name(key->key.alg));
    json_member_cstr(&w, "typ", "JWT");
    if (key->key.kid.len > 0) {
        json_member_str(&w, "kid", key->key.kid);
    }
    json_object_end(&w);
    return buf_str(&buf);
}

enum status auth_token_make(struct ctx *cx, const struct signing_key *key,
                            const struct token_claims *claims, struct str *token)
{
    struct buf buf = buf_in(cx->arena, AUTH_MAX_TOKEN_BYTES / 2);
    struct json_writer w = json_writer_on(&buf);
    json_object_begin(&w);
    json_member_str(&w, "iss", claims->issuer);
    json_member_str(&w, "aud", claims->audience);
    json_member_str(&w, "sub", claims->user_id);
    json_member_str(&w, "role", claims->role);
    if (claims->email.len > 0) {
        json_member_str(&w, "email", claims->email);
    }
    json_member_i64(&w, "iat", claims->issued_at_s);
    json_member_i64(&w, "exp", claims->expires_at_s);
    json_object_end(&w);
    if (buf.full) {
        return fail(cx, ERR_INVALID, "the claims are too long for a token");
    }
    return auth_token_sign(cx, key, header_write(cx, key), buf_str(&buf), token);
}
