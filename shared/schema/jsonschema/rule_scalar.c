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
    bool is_short;
    int64_t short_limit; /* the same */
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

/* Whole numbers of few digits, which most are. */
static bool is_short(struct str text, int64_t *number)
{
    enum { MAX_DIGITS = 18 };
    size_t negative = text.ptr[0] == '-';
    *number = 0;
    for (size_t i = negative; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9' || i == MAX_DIGITS + negative) {
            return false;
        }
        *number = *number * 10 + (text.ptr[i] - '0');
    }
    *number = negative > 0 ? -*number : *number;
    return true;
}

static int compare_limit(const struct limit_rule *limit, struct str text)
{
    int64_t whole = 0;
    if (limit->is_short && is_short(text, &whole)) {
        return (whole > limit->short_limit) - (whole < limit->short_limit);
    }
    struct number number = number_of(text);
    int order = number_compare(&number, &limit->limit);
    return (order > 0) - (order < 0);
}

static bool limit_passes(struct run *run, const struct rule *rule, const struct json *value)
{
    const struct limit_rule *limit = (const struct limit_rule *)rule;
    int order = compare_limit(limit, value->text);
    (void)run;
    return order >= limit->kind->least && order <= limit->kind->most;
}

static bool check_limit(struct run *run, const struct frame *frame, const struct rule *rule,
                        struct marks *marks)
{
    const struct limit_rule *limit = (const struct limit_rule *)rule;
    (void)marks;
    return limit_passes(run, rule, frame->value) ||
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
    rule->rule.passes = limit_passes;
    rule->is_short = is_short(value->text, &rule->short_limit);
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

static bool multiple_passes(struct run *run, const struct rule *rule, const struct json *value)
{
    struct number number = number_of(value->text);
    (void)run;
    return number_is_multiple(&number, ((const struct multiple_rule *)rule)->divisor);
}

static bool check_multiple(struct run *run, const struct frame *frame, const struct rule *rule,
                           struct marks *marks)
{
    const struct multiple_rule *multiple = (const struct multiple_rule *)rule;
    (void)marks;
    return multiple_passes(run, rule, frame->value) ||
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
    rule->rule.passes = multiple_passes;
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
static bool length_passes(struct run *run, const struct rule *rule, const struct json *value)
{
    const struct length_rule *length = (const struct length_rule *)rule;
    struct str text = value->text;
    (void)run;
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
    return length_passes(run, rule, frame->value) ||
           fault(run, frame, rule->keyword, "must have at %s %zu characters",
                 length->is_minimum ? "least" : "most", length->limit);
}

enum status compile_length(struct compiler *c, struct node *node, const struct json *value)
{
    size_t limit = 0;
    TRY(count_of(c, node, value, &limit));
    struct length_rule *rule = RULE_NEW(c, node, value, 1U << JSON_STRING, struct length_rule);
    rule->rule.check = check_length;
    rule->rule.passes = length_passes;
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

static bool pattern_passes(struct run *run, const struct rule *rule, const struct json *value)
{
    return run_search(run, ((const struct pattern_rule *)rule)->pattern, value->text);
}

static bool check_pattern(struct run *run, const struct frame *frame, const struct rule *rule,
                          struct marks *marks)
{
    (void)marks;
    return pattern_passes(run, rule, frame->value) ||
           fault(run, frame, rule->keyword, "must match the pattern " STR_FMT,
                 STR_ARG(((const struct pattern_rule *)rule)->text));
}

enum status compile_pattern(struct compiler *c, struct node *node, const struct json *value)
{
    if (value->type != JSON_STRING) {
        return schema_fault(c, node, value->key, "must be a string");
    }
    struct pattern_rule *rule = RULE_NEW(c, node, value, 1U << JSON_STRING, struct pattern_rule);
    rule->rule.check = check_pattern;
    rule->rule.passes = pattern_passes;
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

static bool format_passes(struct run *run, const struct rule *rule, const struct json *value)
{
    return ((const struct format_rule *)rule)->passes(run->cx, value->text);
}

static bool check_format(struct run *run, const struct frame *frame, const struct rule *rule,
                         struct marks *marks)
{
    const struct format_rule *format = (const struct format_rule *)rule;
    (void)marks;
    return format_passes(run, rule, frame->value) ||
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
        rule->rule.passes = format_passes;
        rule->passes = passes;
        rule->name = value->text;
    }
    return OK;
}
