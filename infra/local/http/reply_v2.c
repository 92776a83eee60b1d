#include "infra/local/http/reply_v2.h"

enum status reply_v2_read(struct ctx *cx, struct str payload, struct http_reply *reply)
{
    static const struct json_options options = {.max_depth = 512, .allow_duplicate_keys = true};
    const struct json *root = NULL;
    *reply = (struct http_reply){.status = 200};
    TRY(json_read(cx, payload, &options, &root));
    if (json_find(root, STR("statusCode")) == NULL) {
        reply->body = root->type == JSON_STRING ? root->text : payload;
        return http_reply_default_type(cx, STR("application/json"), reply);
    }
    TRY(http_reply_read_status(cx, root, reply));
    TRY(http_reply_read_headers(cx, root, reply));
    TRY(http_reply_read_cookies(cx, root, reply));
    TRY(http_reply_read_body(cx, root, true, reply));
    return http_reply_default_type(cx, STR("text/plain;charset=UTF-8"), reply);
}
