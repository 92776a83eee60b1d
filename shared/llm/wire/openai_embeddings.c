#include "shared/base/base64.h"
#include "shared/llm/wire/openai.h"

#include <float.h>

enum status openai_embeddings_whole(struct ctx *cx, struct openai_events *out,
                                    const struct json *root)
{
    const struct json *data = json_find(root, STR("data"));
    if (openai_has_error(root) || data == NULL || data->type != JSON_ARRAY) {
        return fail(cx, ERR_UPSTREAM, "an answer without data");
    }
    TRY(openai_start(cx, out, json_find_str(root, STR("id")), json_find_str(root, STR("model"))));
    TRY(openai_finish(cx, out, LLM_FINISH_STOP));
    TRY(openai_usage(cx, out, json_find(root, STR("usage"))));
    return openai_end(cx, out);
}

/* ---- base64 ---------------------------------------------------------------------------------- */

/* What is no number, or none of 32 bits, is the nearest there is. */
static float float_of(const struct json *number)
{
    double value = 0;
    (void)json_is_f64(number, &value);
    if (value > (double)FLT_MAX) {
        return FLT_MAX;
    }
    return value < -(double)FLT_MAX ? -FLT_MAX : (float)value;
}

static void float_add(struct buf *bytes, float value)
{
    uint32_t bits = 0;
    memcpy(&bits, &value, sizeof bits);
    for (unsigned shift = 0; shift < 32; shift += 8) {
        buf_add_char(bytes, (char)(bits >> shift & 0xFF));
    }
}

static void numbers_add(struct ctx *cx, struct buf *out, const struct json *numbers)
{
    struct buf bytes = buf_in(cx->arena, SIZE_MAX);
    (void)buf_reserve(&bytes, numbers->count * sizeof(float));
    JSON_EACH (number, numbers) {
        float_add(&bytes, float_of(number));
    }
    buf_add_char(out, '"');
    base64_encode_to(out, buf_str(&bytes));
    buf_add_char(out, '"');
}

/*
 * Servers that ignore encoding_format (Ollama: LiteLLM's issue 42426) send numbers, which a client
 * that asked for base64 decodes into vectors of a quarter of their width, without a word.
 */
struct str openai_embeddings_base64(struct ctx *cx, struct str body)
{
    const struct json *root = NULL;
    struct buf out = buf_in(cx->arena, SIZE_MAX);
    size_t copied = 0;
    if (json_read(cx, body, NULL, &root) != OK) {
        err_clear(cx); /* `whole` has read it, so this is not so */
        return body;
    }
    const struct json *data = json_find(root, STR("data"));
    JSON_EACH (item, data) {
        const struct json *numbers = json_find(item, STR("embedding"));
        if (numbers != NULL && numbers->type == JSON_ARRAY) {
            size_t at = (size_t)(numbers->span.ptr - body.ptr);
            buf_add(&out, str_slice(body, copied, at));
            numbers_add(cx, &out, numbers);
            copied = at + numbers->span.len;
        }
    }
    if (copied == 0) {
        return body;
    }
    buf_add(&out, str_slice(body, copied, body.len));
    return buf_str(&out);
}
