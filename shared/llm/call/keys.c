#include "shared/llm/call/keys.h"

#include "shared/base/buf.h"
#include "shared/base/clock.h"
#include "shared/base/field.h"

#include <stdlib.h>

enum { MAX_NAME_BYTES = 128 };

static const struct str bearer_prefix = STR_INIT("Bearer ");

/* "Bearer " and the key, made once: no copy of it lies in a request's memory. */
struct kept_key {
    const struct llm_provider *provider;
    struct secret *bearer;
};

struct llm_keys {
    struct arena arena; /* holds this struct */
    struct secrets *secrets;
    struct kept_key kept[LLM_MAX_KEYS];
    size_t count;
};

struct llm_keys *llm_keys_new(struct secrets *secrets)
{
    struct arena arena;
    arena_init(&arena, 512);
    struct llm_keys *keys = ARENA_NEW(&arena, struct llm_keys);
    keys->arena = arena;
    keys->secrets = secrets;
    return keys;
}

void llm_keys_free(struct llm_keys *keys)
{
    if (keys == NULL) {
        return;
    }
    for (size_t i = 0; i < keys->count; i++) {
        secret_free(keys->kept[i].bearer);
    }
    struct arena arena = keys->arena; /* a copy: the original is in its own memory */
    arena_deinit(&arena);
}

/* ---- where a key is -------------------------------------------------------------------------- */

/* The value of `name` and `suffix`; empty: not set. */
static struct str variable(struct str name, const char *suffix)
{
    char text[MAX_NAME_BYTES];
    struct buf buf = buf_on(text, sizeof text);
    buf_add(&buf, name);
    buf_add(&buf, str_from_cstr(suffix));
    buf_add_char(&buf, '\0');
    return buf.full || name.len == 0 ? (struct str){0} : str_trim(str_from_cstr(getenv(text)));
}

static struct str arn_of(const struct llm_keys *keys, const struct llm_provider *provider)
{
    if (keys->secrets == NULL) {
        return (struct str){0};
    }
    struct str arn = variable(provider->key_env, "_SECRET_ARN");
    return arn.len > 0 ? arn : variable(provider->key_env, "_PARAMETER");
}

static bool is_role(const struct llm_provider *provider)
{
    return str_eq(provider->wire, STR("bedrock"));
}

bool llm_keys_has(const struct llm_keys *keys, const struct llm_provider *provider)
{
    return provider->needs_no_key ||
           (is_role(provider) && variable(STR("AWS_ACCESS_KEY_ID"), "").len > 0) ||
           variable(provider->key_env, "").len > 0 || arn_of(keys, provider).len > 0;
}

static enum status key_find(struct ctx *cx, struct llm_keys *keys,
                            const struct llm_provider *provider, struct str *key)
{
    const struct secret *secret = NULL;
    *key = variable(provider->key_env, "");
    struct str arn = key->len > 0 ? (struct str){0} : arn_of(keys, provider);
    if (arn.len > 0) {
        enum status status = secrets_get(cx, keys->secrets, arn, clock_now_ms(), &secret);
        if (status != OK) {
            return err_while(cx, status, "fetching the key of " STR_FMT, STR_ARG(provider->name));
        }
        *key = str_trim(secret_reveal(secret));
    }
    if (key->len == 0 || key->len > LLM_MAX_KEY_BYTES || !field_is_visible(*key)) {
        return fail(cx, ERR_INTERNAL, STR_FMT "%s has no key that could be one",
                    STR_ARG(provider->key_env), arn.len > 0 ? "'s secret" : "");
    }
    return OK;
}

/* ---- what is kept ---------------------------------------------------------------------------- */

static struct kept_key *kept_of(struct llm_keys *keys, const struct llm_provider *provider)
{
    for (size_t i = 0; i < keys->count; i++) {
        if (keys->kept[i].provider == provider) {
            return &keys->kept[i];
        }
    }
    if (keys->count == LLM_MAX_KEYS) {
        return NULL;
    }
    keys->kept[keys->count] = (struct kept_key){.provider = provider};
    return &keys->kept[keys->count++];
}

static struct str plain_of(const struct secret *bearer)
{
    struct str text = secret_reveal(bearer);
    return str_slice(text, bearer_prefix.len, text.len);
}

static void kept_renew(struct kept_key *kept, struct str key)
{
    char text[LLM_MAX_KEY_BYTES + 16];
    struct buf buf = buf_on(text, sizeof text);
    if (kept->bearer != NULL && str_eq_consttime(plain_of(kept->bearer), key)) {
        return;
    }
    buf_add(&buf, bearer_prefix);
    buf_add(&buf, key);
    secret_free(kept->bearer);
    kept->bearer = secret_new_copy(buf_str(&buf));
    explicit_bzero(text, sizeof text);
}

/* ---- what is shown --------------------------------------------------------------------------- */

static struct http_sigv4 role_of(const struct llm_provider *provider)
{
    struct str region =
        provider->region.len > 0 ? provider->region : variable(STR("AWS_REGION"), "");
    return (struct http_sigv4){
        .region = region,
        .service = STR("bedrock"),
        .key_id = variable(STR("AWS_ACCESS_KEY_ID"), ""),
        .secret = variable(STR("AWS_SECRET_ACCESS_KEY"), ""),
        .session_token = variable(STR("AWS_SESSION_TOKEN"), ""),
    };
}

enum status llm_keys_get(struct ctx *cx, struct llm_keys *keys, const struct llm_provider *provider,
                         enum llm_auth auth, struct llm_credential *out)
{
    struct str key = {0};
    *out = (struct llm_credential){0};
    if (auth == LLM_AUTH_NONE || provider->needs_no_key) {
        return OK;
    }
    if (auth == LLM_AUTH_SIGV4) {
        out->is_signed = true;
        out->sign = role_of(provider);
        return out->sign.key_id.len > 0 ? OK
                                        : fail(cx, ERR_INTERNAL, "AWS_ACCESS_KEY_ID is not set");
    }
    TRY(key_find(cx, keys, provider, &key));
    struct kept_key *kept = kept_of(keys, provider);
    if (kept == NULL) {
        return fail(cx, ERR_INTERNAL, "more than %d providers have keys", LLM_MAX_KEYS);
    }
    kept_renew(kept, key);
    out->has_field = true;
    out->field = auth == LLM_AUTH_X_API_KEY
                     ? (struct http_field){STR("x-api-key"), plain_of(kept->bearer)}
                     : (struct http_field){STR("authorization"), secret_reveal(kept->bearer)};
    return OK;
}

bool llm_keys_refused(struct llm_keys *keys, const struct llm_provider *provider)
{
    struct str arn = arn_of(keys, provider);
    if (arn.len == 0 || variable(provider->key_env, "").len > 0) {
        return false;
    }
    secrets_refused(keys->secrets, arn, clock_now_ms());
    return true;
}
