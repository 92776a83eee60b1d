#include "infra/local/http/cors.h"

/* Any origin (a star), one ("https://app.example"), or any host of a scheme. */
static struct str allowed_origin(const struct cors *cors, struct str origin)
{
    NODE_EACH(item, cors->origins)
    {
        struct str allowed = item->text;
        if (str_eq(allowed, STR("*"))) {
            return STR("*");
        }
        bool any_host = str_eq(allowed, STR("https://*")) || str_eq(allowed, STR("http://*"));
        if (any_host && str_has_prefix(origin, str_slice(allowed, 0, allowed.len - 1))) {
            return origin;
        }
        if (str_eq(allowed, origin)) {
            return origin;
        }
    }
    return (struct str){0};
}

bool cors_is_preflight(const struct cors *cors, struct str method, struct str origin,
                       struct str request_method)
{
    return cors->enabled && str_eq(method, STR("OPTIONS")) && origin.len > 0 &&
           request_method.len > 0;
}

bool cors_owns(const struct cors *cors, struct str header)
{
    return cors->enabled && str_has_prefix(header, STR("access-control-"));
}

size_t cors_headers(const struct cors *cors, struct str origin, bool preflight,
                    struct header out[static CORS_MAX_HEADERS])
{
    struct str allowed =
        cors->enabled && origin.len > 0 ? allowed_origin(cors, origin) : (struct str){0};
    if (allowed.len == 0) {
        return 0;
    }
    const struct header candidates[CORS_MAX_HEADERS] = {
        {STR("access-control-allow-origin"), allowed},
        {STR("access-control-allow-credentials"), cors->credentials ? STR("true") : STR("")},
        {STR("access-control-expose-headers"), cors->expose},
        {STR("access-control-allow-methods"), preflight ? cors->methods : STR("")},
        {STR("access-control-allow-headers"), preflight ? cors->headers : STR("")},
        {STR("access-control-max-age"), preflight ? cors->max_age : STR("")},
    };
    size_t count = 0;
    for (size_t i = 0; i < CORS_MAX_HEADERS; i++) {
        if (candidates[i].value.len > 0) {
            out[count++] = candidates[i];
        }
    }
    return count;
}
