#include "infra/local/http/prelude.h"

struct prelude prelude_in(struct arena *arena)
{
    return (struct prelude){.text = buf_in(arena, PRELUDE_MAX_BYTES - PRELUDE_ZEROS)};
}

bool prelude_is_announced(struct str content_type)
{
    struct str type = str_trim(str_slice(content_type, 0, str_find_char(content_type, ';')));
    return str_eq_nocase(type, STR(PRELUDE_CONTENT_TYPE));
}

static enum prelude_result take_zeros(struct prelude *prelude, struct str *bytes)
{
    while (bytes->len > 0 && prelude->zeros < PRELUDE_ZEROS) {
        if (bytes->ptr[0] != '\0') {
            return PRELUDE_BAD;
        }
        prelude->zeros++;
        *bytes = str_slice(*bytes, 1, bytes->len);
    }
    return prelude->zeros == PRELUDE_ZEROS ? PRELUDE_DONE : PRELUDE_MORE;
}

enum prelude_result prelude_feed(struct prelude *prelude, struct str *bytes)
{
    if (prelude->zeros == 0) {
        struct str text = str_slice(*bytes, 0, str_find_char(*bytes, '\0'));
        buf_add(&prelude->text, text);
        *bytes = str_slice(*bytes, text.len, bytes->len);
    }
    return prelude->text.full ? PRELUDE_BAD : take_zeros(prelude, bytes);
}

enum status prelude_read(struct ctx *cx, const struct prelude *prelude, struct http_reply *reply)
{
    static const struct json_options options = {.max_depth = 64, .allow_duplicate_keys = true};
    const struct json *root = NULL;
    *reply = (struct http_reply){.status = 200, .keeps_case = true};
    TRY(json_read(cx, buf_str(&prelude->text), &options, &root));
    if (root->type != JSON_OBJECT) {
        return fail(cx, ERR_INVALID, "the prelude is %s, not an object",
                    json_type_words(root->type));
    }
    if (json_find(root, STR("statusCode")) != NULL) {
        TRY(http_reply_read_status(cx, root, reply));
    }
    TRY(http_reply_read_multi_headers(cx, root, reply));
    TRY(http_reply_read_headers(cx, root, reply));
    return http_reply_read_cookies(cx, root, reply);
}
