#include "functions/ai-gateway/options.h"

#include "shared/base/field.h"

enum { MAX_IDEMPOTENCY_KEY_BYTES = 255, MAX_CACHE_KEY_BYTES = 256 };

static enum status text_read(struct ctx *cx, const struct http_event *event, const char *name,
                             size_t max_bytes, struct str *out)
{
    struct str value = str_trim(http_event_header(event, str_from_cstr(name)));
    if (value.len > max_bytes || !field_is_visible(value)) {
        return fail_public(cx, ERR_INVALID, "%s: at most %zu visible ASCII characters", name,
                           max_bytes);
    }
    *out = value.len > 0 ? value : *out;
    return OK;
}

static enum status cache_read(struct ctx *cx, const struct http_event *event, bool *no_cache)
{
    struct str value = str_trim(http_event_header(event, STR("x-clambda-cache")));
    bool is_on = str_eq_nocase(value, STR("on"));
    if (value.len > 0 && !is_on && !str_eq_nocase(value, STR("off"))) {
        return fail_public(cx, ERR_INVALID, "x-clambda-cache: on or off");
    }
    *no_cache = value.len > 0 ? !is_on : *no_cache;
    return OK;
}

enum status gateway_options_read(struct ctx *cx, const struct http_event *event,
                                 struct llm_request *request)
{
    TRY(text_read(cx, event, "idempotency-key", MAX_IDEMPOTENCY_KEY_BYTES,
                  &request->idempotency_key));
    TRY(text_read(cx, event, "x-clambda-cache-key", MAX_CACHE_KEY_BYTES, &request->cache_suffix));
    return cache_read(cx, event, &request->no_cache);
}
