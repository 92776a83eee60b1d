#include "functions/endpoint/remote.h"

#include "functions/endpoint/nearest.h"
#include "runtime/lambda_services.h"
#include "shared/base/clock.h"
#include "shared/http/http.h"
#include "shared/secrets/database_url.h"
#include "shared/secrets/rds_token.h"
#include "shared/secrets/secrets.h"

#include <stdlib.h>

struct remote {
    struct arena arena; /* holds this struct and the places */
    struct remote_places places;
    struct http *http;
    struct secrets *secrets;
    struct secret *database_url; /* NULL: none yet */
    struct jwks_place jwks;
    struct key_source *keys; /* NULL: not fetched */
};

static enum status places_check(struct ctx *cx, const struct remote_places *places)
{
    enum status status =
        places->database_arn.len > 0 ? secrets_arn_check(cx, places->database_arn) : OK;
    if (status != OK) {
        return err_while(cx, status, "DATABASE_SECRET_ARN");
    }
    status = places->keys_arn.len > 0 ? secrets_arn_check(cx, places->keys_arn) : OK;
    if (status != OK) {
        return err_while(cx, status, "JWT_KEYS_SECRET_ARN");
    }
    status = places->iam_url.len > 0 ? rds_url_check(cx, places->iam_url) : OK;
    if (status != OK) {
        return err_while(cx, status, "DATABASE_IAM_URL");
    }
    status = nearest_hosts_check(cx, places->zone_hosts);
    if (status != OK) {
        return err_while(cx, status, "DATABASE_ZONE_HOSTS");
    }
    if (places->keys_url.len > 0 && !str_has_prefix(places->keys_url, STR("https://"))) {
        return fail(cx, ERR_INVALID, "AUTH_JWKS_URL: not https://...");
    }
    return OK;
}

/* A `key_fetch_fn`. The source has ages of its own: what it asks for is fetched, not remembered. */
static enum status keys_secret_fetch(struct ctx *cx, void *arg, int64_t now_ms,
                                     struct key_document *document)
{
    struct remote *remote = arg;
    const struct secret *secret = NULL;
    secrets_refused(remote->secrets, remote->places.keys_arn, now_ms);
    TRY(secrets_get(cx, remote->secrets, remote->places.keys_arn, now_ms, &secret));
    *document = (struct key_document){.json = secret_reveal(secret), .max_age_s = -1};
    return OK;
}

static struct key_source *keys_open(struct remote *remote)
{
    struct key_source_options options = {.fetch = jwks_fetch, .arg = &remote->jwks};
    if (remote->places.keys_arn.len > 0) {
        options = (struct key_source_options){
            .fetch = keys_secret_fetch, .arg = remote, .is_secret = true};
    } else if (remote->places.keys_url.len == 0) {
        return NULL;
    }
    return key_source_new(&options);
}

enum status remote_new(struct ctx *cx, const struct remote_places *places, struct remote **remote)
{
    TRY(places_check(cx, places));
    struct arena arena;
    arena_init(&arena, 1024);
    struct remote *made = ARENA_NEW(&arena, struct remote);
    made->places = (struct remote_places){
        .iam_url = arena_str_copy(&arena, places->iam_url),
        .zone_hosts = arena_str_copy(&arena, places->zone_hosts),
        .database_arn = arena_str_copy(&arena, places->database_arn),
        .root_cert = arena_str_copy(&arena, places->root_cert),
        .keys_arn = arena_str_copy(&arena, places->keys_arn),
        .keys_url = arena_str_copy(&arena, places->keys_url),
    };
    made->arena = arena;
    made->http = http_new(NULL);
    made->secrets = secrets_new(made->http);
    made->jwks = (struct jwks_place){.http = made->http, .url = made->places.keys_url};
    made->keys = keys_open(made);
    *remote = made;
    return OK;
}

void remote_free(struct remote *remote)
{
    if (remote == NULL) {
        return;
    }
    key_source_free(remote->keys);
    secret_free(remote->database_url);
    secrets_free(remote->secrets);
    http_free(remote->http);
    struct arena arena = remote->arena; /* a copy: the original is in its own memory */
    arena_deinit(&arena);
}

void remote_close(struct remote *remote)
{
    if (remote != NULL) {
        http_close(remote->http);
    }
}

/* Empty: nobody says. The host of the URL serves as well, a little farther away. */
static struct str zone_find(struct ctx *cx)
{
    struct str zone_id = {0};
    if (metadata_zone_id(cx, &zone_id) != OK) {
        err_clear(cx);
    }
    return zone_id;
}

static enum status token_renew(struct ctx *cx, struct remote *remote)
{
    const struct remote_places *places = &remote->places;
    struct str zone_id = places->zone_hosts.len > 0 ? zone_find(cx) : (struct str){0};
    struct str near = nearest_url(cx, places->iam_url, places->zone_hosts, zone_id);
    struct secret *url = NULL;
    const struct rds_signer signer = {
        .key_id = str_from_cstr(getenv("AWS_ACCESS_KEY_ID")),
        .secret = str_from_cstr(getenv("AWS_SECRET_ACCESS_KEY")),
        .session_token = str_from_cstr(getenv("AWS_SESSION_TOKEN")),
        .region = str_from_cstr(getenv("AWS_REGION")),
        .now_ms = clock_now_ms(),
    };
    TRY(rds_url_make(cx, near, places->root_cert, &signer, &url));
    secret_free(remote->database_url);
    remote->database_url = url;
    return OK;
}

static enum status database_url_renew(struct ctx *cx, struct remote *remote, bool refused)
{
    const struct secret *secret = NULL;
    struct secret *url = NULL;
    int64_t now_ms = clock_now_ms();
    if (refused) {
        secrets_refused(remote->secrets, remote->places.database_arn, now_ms);
    }
    TRY(secrets_get(cx, remote->secrets, remote->places.database_arn, now_ms, &secret));
    TRY(database_url_make(cx, secret, remote->places.root_cert, &url));
    secret_free(remote->database_url);
    remote->database_url = url;
    return OK;
}

/*
 * Whatever is wrong with the secret, for the caller of the API the database is away: a 403 of AWS's
 * must not become one of ours.
 */
enum status remote_database_url(struct ctx *cx, void *arg, bool refused, const char **url)
{
    struct remote *remote = arg;
    bool by_token = remote->places.iam_url.len > 0;
    enum status status =
        by_token ? token_renew(cx, remote) : database_url_renew(cx, remote, refused);
    if (status != OK) {
        return fail(cx, ERR_UNAVAILABLE, "%s: %s",
                    by_token ? "DATABASE_IAM_URL" : "DATABASE_SECRET_ARN", cx->err.text);
    }
    *url = secret_reveal(remote->database_url).ptr;
    return OK;
}

struct secrets *remote_secrets(const struct remote *remote)
{
    return remote == NULL ? NULL : remote->secrets;
}

struct key_source *remote_keys(const struct remote *remote)
{
    return remote->keys;
}
