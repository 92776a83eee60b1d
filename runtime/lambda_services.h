/*
 * Small services beside a function, on its own machine: the AWS Parameters and Secrets extension,
 * which fetches and caches secrets and parameters, and Lambda's metadata endpoint. Included by
 * lambda.h.
 *
 * Waits end at the invocation's deadline, or after 10 s during init. Values never reach a log, nor
 * the words of an error.
 *
 * Sources: Secrets Manager User Guide, "retrieving-secrets_lambda"; Systems Manager User Guide,
 * "ps-integration-lambda-extensions"; AWS Lambda Developer Guide,
 * "configuration-metadata-endpoint".
 */
#pragma once

#include "shared/base/ctx.h"
#include "shared/base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- parameters and secrets ------------------------------------------------------------------ */

/* A client, for one slot: it keeps a connection. */
struct parameters;

/*
 * Reads PARAMETERS_SECRETS_EXTENSION_HTTP_PORT (unset: 2773) and AWS_SESSION_TOKEN at each request.
 * Opens nothing before the first one. Never NULL.
 */
struct parameters *parameters_new(void);
/* `parameters` may be NULL. */
void parameters_free(struct parameters *parameters);

struct secret_query {
    struct str id;                        /* name or ARN */
    struct str version_id, version_stage; /* one of them, or neither: AWSCURRENT */
};

/*
 * The value of a secret: its text, or its bytes if it is a binary one. In `cx->arena`; the answer
 * it came in is overwritten. An extension that is not ready yet (it starts beside the function) is
 * asked again until the wait ends; one that nobody listens for, for a second.
 *
 * ERR_INVALID    no id; a port that is none
 * ERR_NOT_FOUND  there is no such secret
 * ERR_FORBIDDEN  the function's role may not read it, or the extension refused the token
 * ERR_TIMEOUT    no answer in time
 * ERR_UPSTREAM   nobody listens; another status; an answer without a value
 */
enum status parameters_secret(struct ctx *cx, struct parameters *parameters,
                              const struct secret_query *query, struct str *value) MUST_CHECK;

struct parameter_query {
    struct str name;      /* /app/database, or an ARN */
    bool with_decryption; /* of a SecureString */
    int64_t version;      /* 0: the latest */
    struct str label;     /* instead of a version */
};

/* The value of a parameter, as for `parameters_secret`. */
enum status parameters_get(struct ctx *cx, struct parameters *parameters,
                           const struct parameter_query *query, struct str *value) MUST_CHECK;

/* ---- metadata -------------------------------------------------------------------------------- */

/*
 * Where this environment runs, "use1-az1", in `cx->arena`: to choose the nearest of several
 * replicas. Asked for once a process, and again after a restore from a snapshot; from any thread.
 *
 * ERR_NOT_FOUND  AWS_LAMBDA_METADATA_API is not set: there is no such endpoint here
 * ERR_FORBIDDEN  the token was refused
 * ERR_TIMEOUT    no answer within a second, or by the deadline
 * ERR_UPSTREAM   no answer, another status, or an answer without a zone
 */
enum status metadata_zone_id(struct ctx *cx, struct str *zone_id) MUST_CHECK;

/* Forgets the zone. After a restore nobody needs to: the zone is asked for again. */
void metadata_forget(void);
