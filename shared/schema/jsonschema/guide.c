#include "shared/schema/jsonschema/guide.h"

enum { MAX_REFERENCES = 8 /* on the way to one place: a circle ends here */ };

/* "#/$defs/b"; NULL: it leads elsewhere, or nowhere. */
static const struct json *pointer_follow(const struct json *document, struct str reference)
{
    const struct json *at = document;
    struct str segment;
    if (str_eq(reference, STR("#"))) {
        return document;
    }
    if (!str_skip_prefix(&reference, STR("#/"))) {
        return NULL;
    }
    while (at != NULL && str_split_next(&reference, '/', &segment)) {
        at = json_find(at, segment);
    }
    return at;
}

static const struct json *resolved(const struct jsonschema_guide *guide, const struct json *node)
{
    for (int i = 0; i < MAX_REFERENCES; i++) {
        const struct json *reference = json_find(node, STR("$ref"));
        if (reference == NULL) {
            return node != NULL && node->type == JSON_OBJECT ? node : NULL;
        }
        node = pointer_follow(guide->document, reference->text);
    }
    return NULL;
}

static const struct json *member_of(const struct jsonschema_guide *guide, const void *node,
                                    const char *keyword)
{
    return json_find(resolved(guide, node), str_from_cstr(keyword));
}

/* ---- types ----------------------------------------------------------------------------------- */

static unsigned type_bit(const struct json *word)
{
    static const struct {
        struct str word;
        enum json_type type;
    } types[] = {
        {STR_INIT("null"), JSON_NULL},     {STR_INIT("boolean"), JSON_BOOL},
        {STR_INIT("number"), JSON_NUMBER}, {STR_INIT("integer"), JSON_NUMBER},
        {STR_INIT("string"), JSON_STRING}, {STR_INIT("array"), JSON_ARRAY},
        {STR_INIT("object"), JSON_OBJECT},
    };
    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        if (str_eq(types[i].word, word->text)) {
            return 1U << types[i].type;
        }
    }
    return 0;
}

static unsigned guide_types(void *arg, const void *node)
{
    const struct json *type = member_of(arg, node, "type");
    const struct json *values = member_of(arg, node, "enum");
    const struct json *constant = member_of(arg, node, "const");
    unsigned bits = 0;
    if (type != NULL && type->type == JSON_STRING) {
        return type_bit(type);
    }
    if (type != NULL && type->type == JSON_ARRAY) {
        JSON_EACH (word, type) {
            bits |= type_bit(word);
        }
    } else if (values != NULL && values->type == JSON_ARRAY) {
        JSON_EACH (value, values) {
            bits |= 1U << value->type;
        }
    } else if (constant != NULL) {
        bits = 1U << constant->type;
    }
    return bits;
}

/* ---- places ---------------------------------------------------------------------------------- */

static const void *guide_member(void *arg, const void *node, struct str key, bool *is_known)
{
    const struct json *found = json_find(member_of(arg, node, "properties"), key);
    *is_known = found != NULL;
    return found != NULL ? found : member_of(arg, node, "additionalProperties");
}

static const void *guide_item(void *arg, const void *node, size_t index)
{
    const struct json *prefix = member_of(arg, node, "prefixItems");
    if (prefix != NULL && prefix->type == JSON_ARRAY) {
        JSON_EACH (item, prefix) {
            if (index-- == 0) {
                return item;
            }
        }
    }
    return member_of(arg, node, "items");
}

static size_t guide_faults(struct ctx *cx, void *arg, struct str text)
{
    const struct jsonschema_guide *guide = arg;
    const struct json *value = NULL;
    struct jsonschema_result *result = ARENA_NEW(cx->arena, struct jsonschema_result);
    if (json_read(cx, text, NULL, &value) != OK) {
        err_clear(cx); /* a candidate that is no JSON is as bad as can be */
        return SIZE_MAX;
    }
    enum status status = jsonschema_check(cx, guide->compiled, value, result);
    if (status != OK) {
        err_clear(cx); /* counted, not failed */
    }
    return status == ERR_TOO_LARGE ? SIZE_MAX : result->error_count + result->dropped;
}

void jsonschema_guide_init(struct jsonschema_guide *guide, const struct json *document,
                           const struct jsonschema *compiled)
{
    *guide = (struct jsonschema_guide){
        .guide = {.types = guide_types,
                  .member = guide_member,
                  .item = guide_item,
                  .faults = guide_faults,
                  .root = document,
                  .arg = guide},
        .document = document,
        .compiled = compiled,
    };
}
