/*
 * What the sources of this folder share; nobody else includes it.
 */
#pragma once

#include "shared/auth/auth.h"
#include "shared/json/json.h"

#include <openssl/evp.h>

enum auth_alg { AUTH_HS256, AUTH_RS256, AUTH_ES256, AUTH_EDDSA };

enum {
    AUTH_MIN_SECRET_BYTES = 32, /* RFC 7518 section 3.2: no shorter than the hash */
    AUTH_MAX_SECRET_BYTES = 1024,
    AUTH_HMAC_BYTES = 32,
    AUTH_P256_BYTES = 32,
    AUTH_ED25519_KEY_BYTES = 32,
    AUTH_ED25519_SIGNATURE_BYTES = 64,
};

struct key {
    struct str kid; /* may be empty */
    enum auth_alg alg;
    EVP_PKEY *pkey;    /* asymmetric */
    struct str secret; /* HS256 */
};

/* "ES256" */
struct str auth_alg_name(enum auth_alg alg);

/*
 * The key a token names: an exact match of ids. A token that names none gets the only key there is.
 * NULL if there is none.
 */
const struct key *key_set_find(const struct key_set *set, bool has_kid, struct str kid);

enum jwk_outcome { JWK_TAKEN, JWK_PASSED_OVER, JWK_REFUSED };
/* Reads one JWK into `key`, whose `pkey` is then the caller's; refused: the chain says why. */
enum jwk_outcome jwk_read(struct ctx *cx, const struct json *jwk, struct key *key);
/* The algorithm a public key is for, if it is strong enough; else ERR_INVALID. */
enum status pkey_alg(struct ctx *cx, EVP_PKEY *pkey, enum auth_alg *alg) MUST_CHECK;
/* The members that define a public key, in the order of RFC 7638: {"crv":...,"kty":...}. Empty:
 * failed. */
struct str jwk_essence(struct arena *arena, EVP_PKEY *pkey);
/* RFC 7638 with SHA-256, base64url. */
struct str jwk_thumbprint(struct arena *arena, struct str essence);

/* Whether `signature` is `key`'s over `bytes`. */
bool signature_is_valid(const struct key *key, struct str bytes, struct str signature);

/* HMAC with SHA-256; false only if OpenSSL fails. */
bool hmac_sha256(struct str secret, struct str bytes, unsigned char out[static AUTH_HMAC_BYTES]);

/*
 * A token (RFC 7515 compact form) whose signature holds: its payload, JSON not read yet.
 * `*key_is_unknown`: it is well formed, but names a key that `keys` does not have.
 */
enum status jwt_open(struct ctx *cx, const struct key_set *keys, struct str token,
                     struct str *payload, bool *key_is_unknown) MUST_CHECK;

/* Whether a key of the set is a shared secret. */
bool key_set_has_secret(const struct key_set *set);

/* Cleanups for DEFER. */
static inline void pkey_ctx_drop(EVP_PKEY_CTX **ctx)
{
    EVP_PKEY_CTX_free(*ctx);
}
static inline void md_ctx_drop(EVP_MD_CTX **ctx)
{
    EVP_MD_CTX_free(*ctx);
}

static inline const unsigned char *str_bytes(struct str s)
{
    return (const unsigned char *)s.ptr;
}
