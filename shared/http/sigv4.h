/*
 * Signature Version 4 as far as it is the same wherever it is put: into a field (http_sigv4_add) or
 * into a query (shared/secrets/rds_token.h). What is signed is its user's to write down.
 *
 * Source: IAM User Guide, "Create a signed AWS API request".
 */
#pragma once

#include "shared/base/buf.h"
#include "shared/http/http.h"

enum { SIGV4_STAMP_BYTES = 17, SIGV4_MAX_SECRET_BYTES = 256 };

/* For what day, region and service a signature is good. */
struct sigv4_scope {
    char stamp[SIGV4_STAMP_BYTES]; /* "20261128T173000Z" */
    struct str text;               /* "20261128/eu-central-1/bedrock/aws4_request"; in the arena */
};

/* `now_ms` is the Unix epoch's. */
void sigv4_scope_make(struct arena *arena, const struct http_sigv4 *sign, int64_t now_ms,
                      struct sigv4_scope *scope);

/* Appends the SHA-256 of `bytes`, 64 hexadecimal digits. False: OpenSSL cannot. */
bool sigv4_hash_add(struct buf *out, struct str bytes) MUST_CHECK;

/*
 * Appends the signature of a canonical request, 64 hexadecimal digits. No copy of the secret or of
 * what is made of it stays behind. False: OpenSSL cannot, or the secret has more than
 * SIGV4_MAX_SECRET_BYTES.
 */
bool sigv4_sign_add(struct buf *out, const struct http_sigv4 *sign, const struct sigv4_scope *scope,
                    struct str request) MUST_CHECK;
