/*
 * Making keys and signing tokens: for the tool clambda-token and for tests. Nothing that ships to
 * Lambda calls it, so the linker leaves it out of every bootstrap: functions check tokens, they
 * never issue them.
 */
#pragma once

#include "shared/base/ctx.h"

struct signing_key;

/*
 * A new key for "HS256", "RS256", "ES256" or "EdDSA". Keys live as long as the arena's contents.
 *
 * ERR_INVALID  no such algorithm
 */
enum status signing_key_generate(struct ctx *cx, struct str alg,
                                 struct signing_key **key) MUST_CHECK;
/*
 * Reads what `signing_key_private` wrote: a private key in PEM, or a JWK (Set) with one secret.
 *
 * ERR_INVALID  neither
 */
enum status signing_key_parse(struct ctx *cx, struct str text, struct signing_key **key) MUST_CHECK;

struct str signing_key_id(const struct signing_key *key);
struct str signing_key_alg(const struct signing_key *key);
/* The private half: PEM (PKCS #8), or a JWK Set for HS256. */
struct str signing_key_private(struct ctx *cx, const struct signing_key *key);
/* A JWK Set that checks what the key signs. For HS256 that is the secret itself. */
struct str signing_key_jwks(struct ctx *cx, const struct signing_key *key);

/* The signature alone, as JOSE writes it (RFC 7518 section 3). */
enum status signing_key_sign(struct ctx *cx, const struct signing_key *key, struct str bytes,
                             struct str *signature) MUST_CHECK;
/* Signs `header` and `payload` whatever they say: header.payload.signature. */
enum status auth_token_sign(struct ctx *cx, const struct signing_key *key, struct str header,
                            struct str payload, struct str *token) MUST_CHECK;

struct token_claims {
    struct str issuer, audience, user_id, role, email; /* an empty email is left out */
    int64_t issued_at_s, expires_at_s;
};

/* A token as auth.h wants it. */
enum status auth_token_make(struct ctx *cx, const struct signing_key *key,
                            const struct token_claims *claims, struct str *token) MUST_CHECK;
