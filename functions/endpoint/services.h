/*
 * What an endpoint's slot keeps for the life of its process: the database connection and the keys
 * that bearer tokens are checked with. One event at a time uses them. Read once from the
 * environment; nothing is connected or fetched before the first use. Of each group the first that
 * is set counts:
 *
 *   DATABASE_URL          postgresql://...: one machine
 *   DATABASE_IAM_URL      postgresql://user@host/database: RDS, without any password
 *   DATABASE_SECRET_ARN   a secret with the address: a deployed stack
 * (shared/secrets/rds_token.h, database_url.h)
 *
 *   AUTH_KEYS_FILE        a JWKS document, RFC 7517: one machine
 *   JWT_KEYS_SECRET_ARN   a secret with such a document
 *   AUTH_JWKS_URL         https://...: where the issuer publishes one
 *
 *   AUTH_ISSUER           the exact `iss` of accepted tokens   required
 *   AUTH_AUDIENCE         the exact `aud`                      required
 *   DATABASE_SSLROOTCERT  a file of roots: with it the database of the secret, or of the IAM URL,
 *                         must prove its name
 *   DATABASE_ZONE_HOSTS   "euc1-az1=a.example euc1-az2=b.example": hosts to take in place of the
 *                         IAM URL's, each in its availability zone (nearest.h)
 */
#pragma once

#include "functions/endpoint/remote.h"
#include "shared/auth/auth.h"
#include "shared/base/ctx.h"
#include "shared/pg/pg.h"

struct services {
    struct pg *pg;
    struct auth_config auth;
    struct remote *remote; /* NULL: nothing is fetched */
};

/*
 * `services` must stay where it is: under SnapStart its connections are closed before the snapshot,
 * and OpenSSL has new seeds after it.
 *
 * ERR_INTERNAL  a variable is missing or unusable; the chain names it, never its value
 */
enum status services_open(struct ctx *cx, struct services *services) MUST_CHECK;
void services_close(struct services *services);
