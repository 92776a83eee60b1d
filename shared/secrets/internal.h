/*
 * What the sources of this folder share; nobody else includes it.
 */
#pragma once

#include "shared/secrets/secrets.h"

/* arn:aws:secretsmanager:eu-central-1:123456789012:secret:name-AbCdEf, in its parts. */
struct secret_arn {
    struct str text, partition, region;
};
enum status secret_arn_read(struct ctx *cx, struct str text, struct secret_arn *arn) MUST_CHECK;

/*
 * Fetches the value, as `secrets_get` says; `*secret` is the caller's. Everything that held it on
 * the way is overwritten, libcurl's receive buffer excepted.
 */
enum status secret_fetch(struct ctx *cx, struct http *http, struct str arn,
                         struct secret **secret) MUST_CHECK;
