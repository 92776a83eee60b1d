#include "shared/llm/guard/guard.h"
#include "shared/schema/jsonschema/jsonschema.h"

enum { MAX_REASONS = 5 };

/* One sentence for the model: what is wrong and where, a few faults at most. */
static struct str reasons(struct ctx *cx, const struct jsonschema_result *result)
{
    struct buf out = buf_in(cx->arena, KIB(4));
    buf_add(&out, STR("The answer does not fit the JSON Schema: "));
    for (size_t i = 0; i < result->error_count && i < MAX_REASONS; i++) {
        buf_add(&out, i == 0 ? STR("") : STR("; "));
        buf_add(&out, jsonschema_sentence(cx, &result->errors[i]));
    }
    buf_add_char(&out, '.');
    return buf_str(&out);
}

static enum status bad_schema(struct ctx *cx)
{
    struct str words = arena_format(cx->arena, "%s", cx->err.words);
    return fail_code(cx, ERR_REFUSED, "INVALID_SCHEMA", "The JSON Schema of the answer: " STR_FMT,
                     STR_ARG(words));
}

enum status guard_answer_check(struct ctx *cx, struct str schema, struct str answer,
                               struct str *why)
{
    const struct jsonschema *compiled = NULL;
    const struct json *value = NULL;
    struct jsonschema_result *result = ARENA_NEW(cx->arena, struct jsonschema_result);
    if (jsonschema_read(cx, cx->arena, schema, NULL, &compiled) != OK) {
        return bad_schema(cx);
    }
    enum status status = json_read(cx, answer, NULL, &value);
    if (status != OK) { /* the words have a place and no text of the answer */
        *why =
            arena_format(cx->arena, "The answer must be JSON and nothing else: %s.", cx->err.words);
        return status;
    }
    status = jsonschema_check(cx, compiled, value, result);
    if (status == ERR_TOO_LARGE) {
        return bad_schema(cx);
    }
    *why = status == OK ? (struct str){0} : reasons(cx, result);
    return status;
}
