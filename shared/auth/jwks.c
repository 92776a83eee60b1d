/*
 * A JWKS document over HTTPS.
 */
#include "shared/auth/key_source.h"

/* RFC 9111 section 5.2.2.1: seconds, perhaps quoted; -1 if there is none. no-store, no-cache: 0. */
static int64_t max_age_s(struct str cache_control)
{
    struct str directive;
    int64_t seconds = -1;
    while (str_split_next(&cache_control, ',', &directive)) {
        directive = str_trim(directive);
        if (str_eq_nocase(directive, STR("no-store")) ||
            str_eq_nocase(directive, STR("no-cache"))) {
            return 0;
        }
        if (str_skip_prefix_nocase(&directive, STR("max-age="))) {
            if (str_has_prefix(directive, STR("\"")) && str_has_suffix(directive, STR("\""))) {
                directive = str_slice(directive, 1, directive.len - 1);
            }
            if (!str_to_i64(directive, &seconds) || seconds < 0) {
                seconds = -1;
            }
        }
    }
    return seconds;
}

enum status jwks_fetch(struct ctx *cx, void *arg, int64_t now_ms, struct key_document *document)
{
    const struct jwks_place *place = arg;
    static const struct http_field fields[] = {
        {STR_INIT("accept"), STR_INIT("application/json, application/jwk-set+json")},
    };
    const struct http_request get = {
        .url = place->url,
        .fields = fields,
        .field_count = ARRAY_LEN(fields),
        .timeout_ms = KEYS_FETCH_MS,
        .max_body_bytes = KEYS_MAX_BYTES,
        .idempotent = true,
    };
    (void)now_ms;
    struct http_response res;
    enum status status = http_send(cx, place->http, &get, &res);
    if (status != OK) {
        return err_while(cx, status, STR_FMT, STR_ARG(place->url));
    }
    if (res.status != 200) {
        return fail(cx, ERR_UPSTREAM, STR_FMT ": HTTP %d", STR_ARG(place->url), res.status);
    }
    *document = (struct key_document){
        .json = res.body,
        .max_age_s = max_age_s(http_response_field(&res, STR("cache-control"))),
    };
    return OK;
}
