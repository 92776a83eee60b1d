#include "functions/ai-gateway/caller.h"

#include "functions/ai-gateway/place.h"

static struct str credential_of(const struct http_event *event)
{
    struct str key = str_trim(http_event_header(event, STR("x-api-key")));
    if (key.len > 0) {
        return key;
    }
    struct str header = str_trim(http_event_header(event, STR("authorization")));
    return str_skip_prefix_nocase(&header, STR("Bearer ")) ? str_trim(header) : (struct str){0};
}

static enum status token_caller(struct ctx *cx, const struct endpoint_call *call, struct str token,
                                struct llm_caller *out)
{
    struct caller jwt;
    struct str header = arena_format(cx->arena, "Bearer " STR_FMT, STR_ARG(token));
    TRY(auth_caller(cx, &call->services->auth, header, call->now_ms, &jwt));
    return llm_jwt_caller(cx, &jwt, out);
}

/* Text that is no key costs the database nothing. */
static enum status key_caller(struct ctx *cx, const struct endpoint_call *call, struct str key,
                              struct llm_caller *out)
{
    const struct gateway_place *place = call->own;
    struct llm_digest digest;
    bool is_key = llm_key_digest(key, &digest);
    if (is_key && key_cache_find(place->keys, &digest, call->now_ms, out)) {
        return OK;
    }
    TRY(llm_key_caller(cx, call->services->pg, key, out));
    if (is_key) {
        key_cache_put_copy(place->keys, &digest, call->now_ms, out);
    }
    return OK;
}

enum status gateway_caller(struct ctx *cx, const struct endpoint_call *call,
                           const struct http_event *event, struct llm_caller *caller)
{
    struct str credential = credential_of(event);
    if (credential.len == 0) {
        return fail_public(cx, ERR_UNAUTHENTICATED, "an API key or a bearer token is required");
    }
    return str_has_prefix(credential, STR("ck_")) ? key_caller(cx, call, credential, caller)
                                                  : token_caller(cx, call, credential, caller);
}
