#include "functions/endpoint/services.h"

#include <stdlib.h>

static enum status env_get(struct ctx *cx, const char *name, const char **value)
{
    *value = getenv(name); /* before any thread */
    if (*value == NULL || (*value)[0] == '\0') {
        return fail(cx, ERR_INTERNAL, "environment variable %s is not set", name);
    }
    return OK;
}

enum status services_open(struct ctx *cx, struct services *services)
{
    const char *url = NULL, *keys = NULL, *issuer = NULL, *audience = NULL;
    TRY(env_get(cx, "DATABASE_URL", &url));
    TRY(env_get(cx, "AUTH_KEYS_FILE", &keys));
    TRY(env_get(cx, "AUTH_ISSUER", &issuer));
    TRY(env_get(cx, "AUTH_AUDIENCE", &audience));
    struct key_set *set = key_set_new();
    enum status status = key_set_load_file(cx, keys, set);
    if (status != OK) {
        key_set_free(set);
        return err_while(cx, status, "AUTH_KEYS_FILE");
    }
    *services = (struct services){
        .pg = pg_new(url),
        .auth = {.issuer = str_from_cstr(issuer), .audience = str_from_cstr(audience), .keys = set},
    };
    return OK;
}

void services_close(struct services *services)
{
    pg_free(services->pg);
    key_set_free(services->auth.keys);
    *services = (struct services){0};
}
