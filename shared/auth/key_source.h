/*
 * A key set that is fetched, not read once: kept for as long as its publisher says, within bounds;
 * fetched again for a key id it does not have; and the old one kept while a fetch fails. One fetch
 * at a time, for one slot asks for one thing at a time.
 *
 * A body of at most 150 kB within 1.5 s, as AWS's own JWT authorizers have it.
 *
 * Source: RFC 7517; RFC 9111 section 5.2.2 (Cache-Control); API Gateway Developer Guide,
 * "http-api-jwt-authorizer".
 */
#pragma once

#include "shared/auth/keys.h"
#include "shared/http/http.h"

struct key_source;

enum {
    KEYS_MIN_AGE_S = 60,
    KEYS_MAX_AGE_S = 3600,
    KEYS_AGE_S = 300, /* if the publisher says nothing */
    KEYS_GAP_S = 60,  /* between two fetches while a set is at hand: unknown key ids, failures */
    KEYS_FETCH_MS = 1500,
    KEYS_MAX_BYTES = 150000,
};

struct key_document {
    struct str json;   /* at most KEYS_MAX_BYTES; in `cx->arena` */
    int64_t max_age_s; /* below 0: not said */
};

/* Gets the document. Any status that is not OK is a failure; the words are logged. */
typedef enum status key_fetch_fn(struct ctx *cx, void *arg, int64_t now_ms,
                                 struct key_document *document);

struct key_source_options {
    key_fetch_fn *fetch;
    void *arg;
    bool is_secret; /* the document may hold shared secrets; one that everybody can read may not */
};

/* Fetches nothing yet. */
struct key_source *key_source_new(const struct key_source_options *options);
/* Wipes the keys. `source` may be NULL. */
void key_source_free(struct key_source *source);

/*
 * The keys at `now_ms` (Unix epoch), until the next call for this source. Fetches if there are none
 * or they are old; old ones stay in use while that fails, with a warning in the log.
 *
 * ERR_UNAVAILABLE  there are none, and none could be had; the next call tries again. The public
 *                  words say that tokens cannot be checked
 */
enum status key_source_keys(struct ctx *cx, struct key_source *source, int64_t now_ms,
                            const struct key_set **keys) MUST_CHECK;
/*
 * Somebody named a key that the set does not have: fetches it anew, unless that was tried within
 * KEYS_GAP_S. True if `*keys` is a new set. Survives a failure, with a warning in the log.
 */
bool key_source_renew(struct ctx *cx, struct key_source *source, int64_t now_ms,
                      const struct key_set **keys);

/* A JWKS document on the web. `http` is not owned. */
struct jwks_place {
    struct http *http;
    struct str url;
};
/*
 * The `fetch` whose `arg` is a `struct jwks_place`: GET, HTTPS, no redirect.
 *
 * ERR_UPSTREAM, ERR_TIMEOUT, ERR_TOO_LARGE, ERR_INVALID  as `http_send`; a status other than 200
 */
enum status jwks_fetch(struct ctx *cx, void *arg, int64_t now_ms,
                       struct key_document *document) MUST_CHECK;
