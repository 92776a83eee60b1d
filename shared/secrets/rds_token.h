/*
 * Logging in to RDS without a password: IAM database authentication. The token is a URL signed with
 * the credentials of the role, good for opening a connection for 15 minutes; making it asks nobody
 * and takes some microseconds, so each connection gets its own.
 *
 *   postgresql://app@db.abc.eu-central-1.rds.amazonaws.com:5432/app     becomes
 *   postgresql://app:<token>@db.abc.eu-central-1.rds.amazonaws.com:5432/app?sslmode=...
 *
 * Source: Amazon RDS User Guide, "IAM database authentication"; IAM User Guide, "Create a signed
 * AWS API request" (signature in the query string).
 */
#pragma once

#include "shared/base/ctx.h"
#include "shared/secrets/secret.h"

enum { RDS_TOKEN_LIFE_S = 900 };

/* What a token is made from: the environment's AWS_ACCESS_KEY_ID and so on, read anew each time,
 * for Lambda may change them. */
struct rds_signer {
    struct str key_id, secret, session_token; /* the last may be empty */
    struct str region;
    int64_t now_ms; /* Unix epoch */
};

/* ERR_INVALID  `url` is not of the form that `rds_url_make` takes */
enum status rds_url_check(struct ctx *cx, struct str url) MUST_CHECK;

/*
 * Makes the URL with its token; `*made` is the caller's. `url` names user, host and database, and
 * no password; port 5432 if it has none. `root_cert` as for `database_url_make`, and TLS likewise:
 * RDS takes no token without it.
 *
 * ERR_INVALID   `url` is not of that form; the words never hold it
 * ERR_INTERNAL  key, secret or region is missing, or OpenSSL cannot sign
 */
enum status rds_url_make(struct ctx *cx, struct str url, struct str root_cert,
                         const struct rds_signer *signer, struct secret **made) MUST_CHECK;
