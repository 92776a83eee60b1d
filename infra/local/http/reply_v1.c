#include "infra/local/http/reply_v1.h"

enum status reply_v1_read(struct ctx *cx, struct str payload, bool decodes,
                          struct http_reply *reply)
{
    static const struct json_options options = {.max_depth = 512, .allow_duplicate_keys = true};
    const struct json *root = NULL;
    *reply = (struct http_reply){.status = 200, .keeps_case = true};
    TRY(json_read(cx, payload, &options, &root));
    if (root->type != JSON_OBJECT) {
        return fail(cx, ERR_INVALID, "it is %s, not an object", json_type_words(root->type));
    }
    TRY(http_reply_read_status(cx, root, reply));
    TRY(http_reply_read_multi_headers(cx, root, reply));
    TRY(http_reply_read_headers(cx, root, reply));
    TRY(http_reply_read_body(cx, root, decodes, reply));
    return http_reply_default_type(cx, STR("application/json"), reply);
}
