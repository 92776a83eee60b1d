/*
 * The address of a database, from what Secrets Manager keeps: a URL, or the JSON that RDS and its
 * rotation write. Either way TLS is asked for unless the URL says otherwise.
 *
 *   postgresql://user:password@host/database             as it is, and sslmode added if it has none
 *   {"username":..,"password":..,"host":..,"port":5432,"dbname":..,"engine":"postgres"}
 *
 * Source: AWS Secrets Manager User Guide, "JSON structure of AWS Secrets Manager database
 * credential secrets"; PostgreSQL 15 manual, section 34.1.1 (connection URIs).
 */
#pragma once

#include "shared/base/ctx.h"
#include "shared/secrets/secret.h"

/*
 * Makes the URL; `*url` is the caller's. `root_cert` is a file of the roots that the server's
 * certificate is verified with, its name included (sslmode=verify-full); empty: the connection is
 * encrypted, but anyone may be at its other end (sslmode=require).
 *
 * ERR_INVALID  neither form; a member is missing or of the wrong kind; the words name it, never a
 * value
 */
enum status database_url_make(struct ctx *cx, const struct secret *secret, struct str root_cert,
                              struct secret **url) MUST_CHECK;
