/*
 * What a deployed function fetches because nobody told it: the address of its database, and the
 * keys that tokens are checked with. Nothing is fetched, opened or resolved before the first use,
 * so that a start does not pay for it; a fetch ends at the deadline of the request that needs it,
 * and after a failure the next request tries again.
 */
#pragma once

#include "shared/auth/key_source.h"
#include "shared/base/ctx.h"

struct remote;
struct secrets;

/* Copied. An empty one is not fetched. */
struct remote_places {
    struct str iam_url;      /* postgresql://user@host/database: RDS, by a token of the role */
    struct str zone_hosts;   /* the hosts of `iam_url` by zone: see nearest.h; empty: its own */
    struct str database_arn; /* a secret: see shared/secrets/database_url.h; if no `iam_url` */
    struct str root_cert;    /* a file: the database's certificate is verified with it */
    struct str keys_arn;     /* a secret: a JWKS document */
    struct str keys_url;     /* https://...: a JWKS document, if there is no `keys_arn` */
};

/*
 * ERR_INVALID  an ARN that is none of a secret, a URL that is not https, a database's address that
 * cannot be logged in to by a token; the words name the variable it comes from (services.h)
 */
enum status remote_new(struct ctx *cx, const struct remote_places *places,
                       struct remote **remote) MUST_CHECK;
/* Wipes what was fetched. Whoever got it must be gone. `remote` may be NULL. */
void remote_free(struct remote *remote);
/* Closes its connections; the next fetch opens new ones. `remote` may be NULL. */
void remote_close(struct remote *remote);

/*
 * The address of the database: a `pg_url_fn` whose `arg` is a `struct remote`. A login that was
 * refused makes it fetch anew, for the password may have been changed. A token is made anew each
 * time.
 *
 * ERR_UNAVAILABLE  it cannot be had now
 */
enum status remote_database_url(struct ctx *cx, void *arg, bool refused,
                                const char **url) MUST_CHECK;

/* For what an endpoint fetches itself, over the same connections. `remote` may be NULL. */
struct secrets *remote_secrets(const struct remote *remote);

/* NULL if no keys are fetched. */
struct key_source *remote_keys(const struct remote *remote);
