/*
 * The keys that tokens are checked with. Each key has one algorithm for life, fixed by its type
 * when it is added: RSA means RS256, EC on P-256 means ES256, OKP Ed25519 means EdDSA, oct means
 * HS256. What a token says about algorithms is only compared with it.
 *
 * Not here: fetching a set, and fetching it again (key_source.h).
 *
 * Source: RFC 7517 (JWK), RFC 7518 sections 3 and 6, RFC 8037 (Ed25519), RFC 8725 (best practices).
 */
#pragma once

#include "shared/base/ctx.h"

struct key_set;

/* An empty set, for the process or until freed. */
struct key_set *key_set_new(void);
/* Wipes secrets. `set` may be NULL. */
void key_set_free(struct key_set *set);
size_t key_set_count(const struct key_set *set);

/*
 * Adds the keys of a JWK Set, or of a single JWK. Keys that are not for checking signatures, or of
 * a kind not listed above, are passed over (RFC 7517 section 5).
 *
 * ERR_INVALID  not a key set; a key of a known kind that is malformed, weak (RSA below 2048 bits, a
 *              secret below 32 bytes), off its curve, or private; a key id twice; no key left; over
 *              16 keys or 150 kB
 */
enum status key_set_parse(struct ctx *cx, struct str json, struct key_set *set) MUST_CHECK;
/*
 * Adds the keys of a file: JSON as above, or one public key in PEM (RFC 7468), whose id is then its
 * thumbprint (RFC 7638).
 *
 * ERR_NOT_FOUND, ERR_TOO_LARGE, ERR_INTERNAL  as file_read says
 * ERR_INVALID                                 as above; neither JSON nor PEM: never taken for a
 * secret
 */
enum status key_set_load_file(struct ctx *cx, const char *path, struct key_set *set) MUST_CHECK;
/*
 * Adds a shared secret for HS256; an empty `kid` serves tokens that name no key. A text that looks
 * like a public key is refused: a public key as a secret lets anyone sign.
 *
 * ERR_INVALID  shorter than 32 bytes or longer than 1024, a key in PEM or JSON, or the key id twice
 */
enum status key_set_add_secret(struct ctx *cx, struct str kid, struct str secret,
                               struct key_set *set) MUST_CHECK;
