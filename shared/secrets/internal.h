/*
 * What the sources of this folder share; nobody else includes it.
 */
#pragma once

#include "shared/json/json.h"
#include "shared/secrets/secrets.h"

enum secret_service {
    SECRETS_MANAGER, /* arn:aws:secretsmanager:eu-central-1:123456789012:secret:name-AbCdEf */
    PARAMETER_STORE, /* arn:aws:ssm:eu-central-1:123456789012:parameter/path/name */
};

struct secret_arn {
    struct str text, partition, region;
    enum secret_service service;
};
enum status secret_arn_read(struct ctx *cx, struct str text, struct secret_arn *arn) MUST_CHECK;

/*
 * Fetches the value, as `secrets_get` says; `*secret` is the caller's. Everything that held it on
 * the way is overwritten, libcurl's receive buffer excepted. `is_fresh` asks the service itself,
 * for an extension has a cache of its own.
 */
enum status secret_fetch(struct ctx *cx, struct http *http, struct str arn, bool is_fresh,
                         struct secret **secret) MUST_CHECK;

/* ---- one way each; in an arena that is wiped ------------------------------------------------- */

/* Signed, at the service. */
enum status secret_fetch_signed(struct ctx *cx, struct http *http, const struct secret_arn *arn,
                                struct secret **secret) MUST_CHECK;
/* At the extension beside the function. */
enum status secret_fetch_beside(struct ctx *cx, struct http *http, const struct secret_arn *arn,
                                struct secret **secret) MUST_CHECK;

/* ---- what both of them hear ------------------------------------------------------------------ */

enum {
    SECRET_MAX_ANSWER_BYTES = 512 * 1024
}; /* 64 KiB of controls, six bytes each, and the rest */

/*
 * The answer's object.
 *
 * ERR_UPSTREAM  the body is none; the words hold nothing of it
 */
enum status secret_answer_read(struct ctx *cx, const struct http_response *res,
                               const struct json **answer) MUST_CHECK;
/*
 * The value in it.
 *
 * ERR_UPSTREAM   it holds none
 * ERR_TOO_LARGE  more than SECRETS_MAX_BYTES
 */
enum status secret_value_take(struct ctx *cx, enum secret_service service,
                              const struct json *answer, struct secret **secret) MUST_CHECK;
/*
 * Fails as an answer that is not 200 asks for. `type` begins with the name of AWS's error, if it is
 * known; `retry` receives whether it may be asked once more.
 */
enum status secret_refusal_tell(struct ctx *cx, int http_status, struct str type,
                                bool *retry) MUST_CHECK;
/* The name of an error that is somewhere in `text`; empty: none of those we know. */
struct str secret_refusal_find(struct str text);
