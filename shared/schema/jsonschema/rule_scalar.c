/*
 * Numbers and strings. Source: JSON Schema Validation (2020-12) sections 6.2, 6.3 and 7.
 */
#include "shared/base/utf8.h"
#include "shared/schema/jsonschema/format.h"
#include "shared/schema/jsonschema/internal.h"

/* ---- minimum and its like ---- */

struct limit_rule {
    struct rule rule;
    struct number limit;
    struct str text;
    const struct limit_kind *kind;
};

/* Passes if the comparison with the limit, -1, 0 or 1, is in `least` .. `most`. */
static const struct limit_kind {
    struct str keyword;
    int least, most;
    const char *words;
} limit_kinds[] = {
    {STR_INIT("minimum"), 0, 1, "at least"},
    {STR_INIT("maximum"), -1, 0, "at most"},
    {STR_INIT("exclusiveMinimum"), 1, 1, "more than"},
    {STR_INIT("exclusiveMaximum"), -1, -1, "less than"},
};

static bool check_limit(struct run *run, const struct frame *frame, const struct rule *rule,
                        struct marks *marks)
{
    const struct limit_rule *limit = (const struct limit_rule *)rule;
    struct number number = number_of(frame->value->text);
    int order = number_compare(&number, &limit->limit);
    (void)marks;
    order = order < 0 ? -1 : order > 0;
    return (order >= limit->kind->least && order <= limit->kind->most) ||
           fault(run, frame, rule->keyword, "must be %s " STR_FMT, limit->kind->words,
                 STR_ARG(limit->text));
}

enum status compile_limit(struct compiler *c, struct node *node, const struct json *value)
{
    if (value->type != JSON_NUMBER) {
        return schema_fault(c, node, value->key, "must be a number");
    }
    struct limit_rule *rule = RULE_NEW(c, node, value, 1U << JSON_NUMBER, struct limit_rule);
    rule->rule.check = check_limit;
    rule->limit = number_of(value->text);
    rule->text = str_slice(value->text, 0, 60);
    for (size_t i = 0; i < ARRAY_LEN(limit_kinds); i++) {
        if (str_eq(value->key, limit_kinds[i].keyword)) {
            rule->kind = &limit_kinds[i];
        }
    }
    return OK;
}

/* ---- multipleOf ---- */

struct multiple_rule {
    struct rule rule;
    const struct number_divisor *divisor;
    struct str text;
};

static bool check_multiple(struct run *run, const struct frame *frame, const struct rule *rule,
                           struct marks *marks)
{
    const struct multiple_rule *multiple = (const struct multiple_rule *)rule;
    struct number number = number_of(frame->value->text);
    (void)marks;
    return number_is_multiple(&number, multiple->divisor) ||
           fault(run, frame, rule->keyword, "must be a multiple of " STR_FMT,
                 STR_ARG(multiple->text));
}

enum status compile_multiple_of(struct compiler *c, struct node *node, const struct json *value)
{
    struct number_divisor *divisor = ARENA_NEW(c->arena, struct number_divisor);
    if (value->type != JSON_NUMBER || !number_divisor_of(value->text, divisor)) {
        return schema_fault(c, node, value->key, "must be a number above 0 of at most %d digits",
                            JSONSCHEMA_MAX_DIVISOR_DIGITS);
    }
    struct multiple_rule *rule = RULE_NEW(c, node, value, 1U << JSON_NUMBER, struct multiple_rule);
    rule->rule.check = check_multiple;
    rule->divisor = divisor;
    rule->text = str_slice(value->text, 0, 60);
    return OK;
}

/* ---- length ---- */

struct length_rule {
    struct rule rule;
    size_t limit;
    bool is_minimum;
};

/* In code points; a byte count settles most. */
static bool length_passes(const struct length_rule *length, struct str text)
{
    if (length->is_minimum) {
        return text.len >= length->limit &&
               (text.len / 4 >= length->limit || utf8_length(text) >= length->limit);
    }
    return text.len <= length->limit || utf8_length(text) <= length->limit;
}

static bool check_length(struct run *run, const struct frame *frame, const struct rule *rule,
                         struct marks *marks)
{
    const struct length_rule *length = (const struct length_rule *)rule;
    (void)marks;
    return length_passes(length, frame->value->text) ||
           fault(run, frame, rule->keyword, "must have at %s %zu characters",
                 length->is_minimum ? "least" : "most", length->limit);
}

enum status compile_length(struct compiler *c, struct node *node, const struct json *value)
{
    size_t limit = 0;
    TRY(count_of(c, node, value, &limit));
    struct length_rule *rule = RULE_NEW(c, node, value, 1U << JSON_STRING, struct length_rule);
    rule->rule.check = check_length;
    rule->limit = limit;
    rule->is_minimum = str_eq(value->key, STR("minLength"));
    return OK;
}

/* ---- pattern ---- */

struct pattern_rule {
    struct rule rule;
    const struct pattern *pattern;
    struct str text;
};

static bool check_pattern(struct run *run, const struct frame *frame, const struct rule *rule,
                          struct marks *marks)
{
    const struct pattern_rule *pattern = (const struct pattern_rule *)rule;
    (void)marks;
    switch (pattern_matches(pattern->pattern, frame->value->text)) {
    case PATTERN_YES:
        return true;
    case PATTERN_NO:
        return fault(run, frame, rule->keyword, "must match the pattern " STR_FMT,
                     STR_ARG(pattern->text));
    case PATTERN_COSTLY:
        run_exhaust(run, "searching for a pattern");
        return false;
    }
    return false;
}

enum status compile_pattern(struct compiler *c, struct node *node, const struct json *value)
{
    if (value->type != JSON_STRING) {
        return schema_fault(c, node, value->key, "must be a string");
    }
    struct pattern_rule *rule = RULE_NEW(c, node, value, 1U << JSON_STRING, struct pattern_rule);
    rule->rule.check = check_pattern;
    rule->text = str_slice(value->text, 0, 120);
    if (pattern_compile(c->cx, c->arena, value->text, PATTERN_ECMA, &rule->pattern) != OK) {
        return schema_fault(c, node, value->key, "%s", c->cx->err.words);
    }
    return OK;
}

/* ---- format ---- */

struct format_rule {
    struct rule rule;
    format_fn *passes;
    struct str name;
};

static bool check_format(struct run *run, const struct frame *frame, const struct rule *rule,
                         struct marks *marks)
{
    const struct format_rule *format = (const struct format_rule *)rule;
    (void)marks;
    return format->passes(run->cx, frame->value->text) ||
           fault(run, frame, rule->keyword, "must be in the format " STR_FMT,
                 STR_ARG(format->name));
}

enum status compile_format(struct compiler *c, struct node *node, const struct json *value)
{
    bool asserts =
        c->options->assert_formats || (node->resource->vocabularies & VOCABULARY_FORMAT) != 0;
    format_fn *passes = asserts && value->type == JSON_STRING ? format_find(value->text) : NULL;
    if (passes != NULL) {
        struct format_rule *rule = RULE_NEW(c, node, value, 1U << JSON_STRING, struct format_rule);
        rule->rule.check = check_format;
        rule->passes = passes;
        rule->name = value->text;
    }
    return OK;
}
