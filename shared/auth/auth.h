/*
 * Who is calling: a bearer token (RFC 6750) that is a signed JWT (RFC 7519), checked against a key
 * set. All rules of RFC 8725 that apply: one algorithm a key, exact issuer and audience, expiry
 * required, strict encodings, nothing in the token's header followed or fetched. What the caller
 * may do is row security's business.
 */
#pragma once

#include "shared/auth/key_source.h"
#include "shared/auth/keys.h"
#include "shared/base/ctx.h"

/* Lives as long as the process. The keys are not owned. */
struct auth_config {
    struct str issuer, audience; /* compared byte for byte */
    struct key_set *keys;        /* NULL: those of `source` */
    struct key_source *source;
};

/* Views into the arena. */
struct caller {
    struct str user_id; /* `sub`, a UUID, in lower case */
    struct str role;    /* "authenticated" */
    struct str email;   /* may be empty */
    struct str claims;  /* the payload, JSON: for request.jwt.claims */
};

enum { AUTH_MAX_TOKEN_BYTES = 8192, AUTH_MAX_SKEW_S = 60 };

/*
 * Reads the value of an Authorization header. `now_ms` is Unix epoch. The public words are the same
 * for every refusal; the chain says why, without the token.
 *
 * ERR_UNAUTHENTICATED  no bearer token, or one that any rule refuses
 * ERR_FORBIDDEN        a good token that is not a user's (role anon, service_role, none)
 * ERR_UNAVAILABLE      the keys have to be fetched, and cannot be; never for want of a token
 * ERR_INTERNAL         `auth` has no issuer or no audience
 */
enum status auth_caller(struct ctx *cx, const struct auth_config *auth,
                        struct str authorization_header, int64_t now_ms,
                        struct caller *caller) MUST_CHECK;
