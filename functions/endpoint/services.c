#include "functions/endpoint/services.h"

#include "runtime/lambda.h"
#include "shared/random/random.h"

#include <stdlib.h>

/* Before any thread. The template sets what does not apply to nothing. */
static struct str env_find(const char *name)
{
    return str_from_cstr(getenv(name));
}

static enum status env_get(struct ctx *cx, const char *name, struct str *value)
{
    *value = env_find(name);
    if (value->len == 0) {
        return fail(cx, ERR_INTERNAL, "environment variable %s is not set", name);
    }
    return OK;
}

static enum status keys_file_read(struct ctx *cx, struct str path, struct key_set **keys)
{
    *keys = key_set_new();
    enum status status = key_set_load_file(cx, path.ptr, *keys);
    return status == OK ? OK : err_while(cx, status, "AUTH_KEYS_FILE");
}

/* What is given is not fetched. */
static enum status places_find(struct ctx *cx, struct str url, struct str keys_file,
                               struct remote_places *places)
{
    *places = (struct remote_places){0};
    if (url.len == 0) {
        places->iam_url = env_find("DATABASE_IAM_URL");
        places->zone_hosts = env_find("DATABASE_ZONE_HOSTS");
        places->database_arn = env_find("DATABASE_SECRET_ARN");
        places->root_cert = env_find("DATABASE_SSLROOTCERT");
        if (places->iam_url.len == 0 && places->database_arn.len == 0) {
            return fail(cx, ERR_INTERNAL,
                        "none of DATABASE_URL, DATABASE_IAM_URL and DATABASE_SECRET_ARN is set");
        }
    }
    if (keys_file.len == 0) {
        places->keys_arn = env_find("JWT_KEYS_SECRET_ARN");
        places->keys_url = env_find("AUTH_JWKS_URL");
        if (places->keys_arn.len == 0 && places->keys_url.len == 0) {
            return fail(cx, ERR_INTERNAL,
                        "none of AUTH_KEYS_FILE, JWT_KEYS_SECRET_ARN and AUTH_JWKS_URL is set");
        }
    }
    return OK;
}

/* What it made before it failed is in `made`. */
static enum status services_make(struct ctx *cx, struct services *made)
{
    struct str url = env_find("DATABASE_URL");
    struct str keys_file = env_find("AUTH_KEYS_FILE");
    struct remote_places places;
    TRY(places_find(cx, url, keys_file, &places));
    TRY(env_get(cx, "AUTH_ISSUER", &made->auth.issuer));
    TRY(env_get(cx, "AUTH_AUDIENCE", &made->auth.audience));
    if (url.len == 0 || keys_file.len == 0) {
        TRY(remote_new(cx, &places, &made->remote));
        made->auth.source = remote_keys(made->remote);
    }
    if (keys_file.len > 0) {
        TRY(keys_file_read(cx, keys_file, &made->auth.keys));
    }
    made->pg = url.len > 0 ? pg_new(url.ptr) : pg_new_asking(remote_database_url, made->remote);
    return OK;
}

/* Copies of one process must not talk over one connection, nor draw the same random numbers. */
static enum status before_snapshot(struct ctx *cx, void *arg)
{
    struct services *services = arg;
    (void)cx;
    pg_close(services->pg);
    remote_close(services->remote);
    return OK;
}

static enum status after_restore(struct ctx *cx, void *arg)
{
    (void)arg;
    return random_reseed(cx);
}

enum status services_open(struct ctx *cx, struct services *services)
{
    struct services made = {0};
    enum status status = services_make(cx, &made);
    if (status != OK) {
        services_close(&made);
        return status;
    }
    *services = made;
    lambda_on_snapshot(&(struct lambda_snapshot_hooks){
        .before = before_snapshot, .after = after_restore, .arg = services});
    return OK;
}

void services_close(struct services *services)
{
    pg_free(services->pg); /* before the one it asks */
    key_set_free(services->auth.keys);
    remote_free(services->remote);
    *services = (struct services){0};
}
