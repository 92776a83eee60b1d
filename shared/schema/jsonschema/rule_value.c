/*
 * Any value: type, enum, const. Source: JSON Schema Validation (2020-12) section 6.1.
 */
#include "shared/schema/jsonschema/internal.h"

/* ---- type ---- */

static const struct {
    struct str name;
    unsigned types;
} type_names[] = {
    {STR_INIT("null"), 1U << JSON_NULL},     {STR_INIT("boolean"), 1U << JSON_BOOL},
    {STR_INIT("number"), 1U << JSON_NUMBER}, {STR_INIT("string"), 1U << JSON_STRING},
    {STR_INIT("array"), 1U << JSON_ARRAY},   {STR_INIT("object"), 1U << JSON_OBJECT},
    {STR_INIT("integer"), TYPE_INTEGER},
};

static enum status type_add(struct compiler *c, const struct node *node, const struct json *name,
                            struct str keyword, unsigned *types)
{
    for (size_t i = 0; name->type == JSON_STRING && i < ARRAY_LEN(type_names); i++) {
        if (str_eq(name->text, type_names[i].name)) {
            *types |= type_names[i].types;
            return OK;
        }
    }
    return schema_fault(c, node, keyword, "must name types of JSON");
}

/* No rule: each node knows the types that pass. */
enum status compile_type(struct compiler *c, struct node *node, const struct json *value)
{
    unsigned types = 0;
    if (value->type != JSON_ARRAY) {
        TRY(type_add(c, node, value, value->key, &types));
    } else {
        JSON_EACH (name, value) {
            TRY(type_add(c, node, name, value->key, &types));
        }
        if (value->count == 0) {
            return schema_fault(c, node, value->key, "must name a type");
        }
    }
    node->types = types;
    return OK;
}

/* ---- const ---- */

struct const_rule {
    struct rule rule;
    const struct json *want;
};

static struct str shown(const struct json *value)
{
    return str_slice(value->span, 0, 80);
}

static bool const_passes(struct run *run, const struct rule *rule, const struct json *value)
{
    const struct json *want = ((const struct const_rule *)rule)->want;
    if (want->type == JSON_STRING) {
        return value->type == JSON_STRING && name_eq(value->text, want->text);
    }
    return value_equal(run, value, want);
}

static bool check_const(struct run *run, const struct frame *frame, const struct rule *rule,
                        const struct json *value, struct marks *marks)
{
    const struct json *want = ((const struct const_rule *)rule)->want;
    (void)marks;
    return const_passes(run, rule, value) ||
           fault(run, frame, rule->keyword, "must be " STR_FMT, STR_ARG(shown(want)));
}

enum status compile_const(struct compiler *c, struct node *node, const struct json *value)
{
    struct const_rule *rule = RULE_NEW(c, node, value, TYPES_ALL, struct const_rule);
    rule->rule.check = check_const;
    rule->rule.passes = const_passes;
    rule->want = value;
    return OK;
}

/* ---- enum ---- */

struct enum_rule {
    struct rule rule;
    const struct json *list;
    struct names strings;
    bool has_others;
};

static bool enum_passes(struct run *run, const struct rule *rule, const struct json *value)
{
    const struct enum_rule *words = (const struct enum_rule *)rule;
    bool is_found =
        value->type == JSON_STRING && names_find(&words->strings, value->text) != NAMES_ABSENT;
    const struct json *other =
        words->has_others && value->type != JSON_STRING ? words->list->first : NULL;
    for (; !is_found && other != NULL && run->exhausted == NULL; other = other->next) {
        is_found = value_equal(run, value, other);
    }
    return is_found;
}

static bool check_enum(struct run *run, const struct frame *frame, const struct rule *rule,
                       const struct json *value, struct marks *marks)
{
    const struct enum_rule *words = (const struct enum_rule *)rule;
    (void)marks;
    return enum_passes(run, rule, value) ||
           fault(run, frame, rule->keyword, "must be one of " STR_FMT,
                 STR_ARG(str_slice(words->list->span, 0, 240)));
}

enum status compile_enum(struct compiler *c, struct node *node, const struct json *value)
{
    if (value->type != JSON_ARRAY) {
        return schema_fault(c, node, value->key, "must be an array");
    }
    struct enum_rule *rule = RULE_NEW(c, node, value, TYPES_ALL, struct enum_rule);
    rule->rule.check = check_enum;
    rule->rule.passes = enum_passes;
    rule->list = value;
    JSON_EACH (word, value) {
        if (word->type == JSON_STRING) {
            names_put(c->arena, &rule->strings, word->text, 0);
        }
        rule->has_others |= word->type != JSON_STRING;
    }
    return OK;
}
