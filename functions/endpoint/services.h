/*
 * What an endpoint keeps for the life of its process: the database connection and the keys that
 * bearer tokens are checked with. Read once from the environment; nothing is connected before the
 * first use.
 *
 *   DATABASE_URL     postgresql://...                    required
 *   AUTH_KEYS_FILE   a JWKS document, RFC 7517            required
 *   AUTH_ISSUER      the exact `iss` of accepted tokens   required
 *   AUTH_AUDIENCE    the exact `aud`                      required
 */
#pragma once

#include "shared/auth/auth.h"
#include "shared/base/ctx.h"
#include "shared/pg/pg.h"

struct services {
    struct pg *pg;
    struct auth_config auth;
};

/*
 * ERR_INTERNAL  a variable is missing or unusable; the chain names it, never its value
 */
enum status services_open(struct ctx *cx, struct services *services) MUST_CHECK;
void services_close(struct services *services);
