/*
 * Numbers and strings. Source: JSON Schema Validation (2020-12) sections 6.2, 6.3 and 7.
 */
#include "shared/base/utf8.h"
#include "shared/schema/jsonschema/format.h"
#include "shared/schema/jsonschema/internal.h"

/* ---- minimum and its like ---- */

enum { BOUNDS = 4 };

/* All bounds of a node are one rule: those that are whole and short are one range. */
struct limit_rule {
    struct rule rule;
    int64_t least, most; /* of whole numbers; what is no short whole number is compared exactly */
    bool is_exact;       /* a bound is not in the range */
    struct bound {
        const struct limit_kind *kind; /* NULL: none */
        struct number number;
        struct str text;
    } bounds[BOUNDS];
};

/* Passes if the comparison with the limit, -1, 0 or 1, is in `least` .. `most`. */
static const struct limit_kind {
    struct str keyword;
    int least, most;
    const char *words;
} limit_kinds[BOUNDS] = {
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
    int64_t total = 0;
    if (text.len > MAX_DIGITS + negative) {
        return false;
    }
    for (size_t i = negative; i < text.len; i++) {
        unsigned digit = (unsigned char)text.ptr[i] - (unsigned)'0';
        if (digit > 9) {
            return false;
        }
        total = total * 10 + digit;
    }
    *number = negative > 0 ? -total : total;
    return true;
}

static bool bound_passes(const struct bound *bound, const struct number *number)
{
    int order = number_compare(number, &bound->number);
    order = (order > 0) - (order < 0);
    return order >= bound->kind->least && order <= bound->kind->most;
}

static bool exact_passes(const struct limit_rule *limit, struct str text)
{
    struct number number = number_of(text);
    for (size_t i = 0; i < BOUNDS; i++) {
        if (limit->bounds[i].kind != NULL && !bound_passes(&limit->bounds[i], &number)) {
            return false;
        }
    }
    return true;
}

static bool limit_passes(struct run *run, const struct rule *rule, const struct json *value)
{
    const struct limit_rule *limit = (const struct limit_rule *)rule;
    int64_t whole = 0;
    (void)run;
    if (!limit->is_exact && is_short(value->text, &whole)) {
        return whole >= limit->least && whole <= limit->most;
    }
    return exact_passes(limit, value->text);
}

static bool check_limit(struct run *run, const struct frame *frame, const struct rule *rule,
                        const struct json *value, struct marks *marks)
{
    const struct limit_rule *limit = (const struct limit_rule *)rule;
    (void)marks;
    if (limit_passes(run, rule, value)) {
        return true;
    }
    struct number number = number_of(value->text);
    for (size_t i = 0; i < BOUNDS; i++) {
        const struct bound *bound = &limit->bounds[i];
        if (bound->kind != NULL && !bound_passes(bound, &number)) {
            (void)fault(run, frame, bound->kind->keyword, "must be %s " STR_FMT, bound->kind->words,
                        STR_ARG(bound->text));
        }
    }
    return false;
}

static struct limit_rule *limits_of(struct compiler *c, struct node *node, const struct json *value)
{
    if (node->limits == NULL) {
        struct limit_rule *rule = RULE_NEW(c, node, value, 1U << JSON_NUMBER, struct limit_rule);
        rule->rule.check = check_limit;
        rule->rule.passes = limit_passes;
        rule->least = INT64_MIN;
        rule->most = INT64_MAX;
        node->limits = &rule->rule;
    }
    return (struct limit_rule *)node->limits;
}

/* Of short numbers, so that one more or less is never too much. */
static void narrow(struct limit_rule *rule, const struct limit_kind *kind, int64_t bound)
{
    int64_t least = kind->least == 1 ? bound + 1 : bound;
    int64_t most = kind->most == -1 ? bound - 1 : bound;
    if (kind->least >= 0 && least > rule->least) {
        rule->least = least;
    }
    if (kind->most <= 0 && most < rule->most) {
        rule->most = most;
    }
}

enum status compile_limit(struct compiler *c, struct node *node, const struct json *value)
{
    int64_t bound = 0;
    size_t kind = 0;
    if (value->type != JSON_NUMBER) {
        return schema_fault(c, node, value->key, "must be a number");
    }
    while (!str_eq(value->key, limit_kinds[kind].keyword)) {
        kind++;
    }
    struct limit_rule *rule = limits_of(c, node, value);
    rule->bounds[kind] = (struct bound){.kind = &limit_kinds[kind],
                                        .number = number_of(value->text),
                                        .text = str_slice(value->text, 0, 60)};
    if (is_short(value->text, &bound)) {
        narrow(rule, &limit_kinds[kind], bound);
    } else {
        rule->is_exact = true;
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
                           const struct json *value, struct marks *marks)
{
    const struct multiple_rule *multiple = (const struct multiple_rule *)rule;
    (void)marks;
    return multiple_passes(run, rule, value) ||
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
    size_t min, max;
};

/* In code points; a byte count settles most. */
static bool length_passes(struct run *run, const struct rule *rule, const struct json *value)
{
    const struct length_rule *length = (const struct length_rule *)rule;
    size_t bytes = value->text.len;
    (void)run;
    if (bytes < length->min) {
        return false;
    }
    if (bytes <= length->max && bytes / 4 >= length->min) {
        return true;
    }
    size_t count = utf8_length(value->text);
    return count >= length->min && count <= length->max;
}

static bool check_length(struct run *run, const struct frame *frame, const struct rule *rule,
                         const struct json *value, struct marks *marks)
{
    const struct length_rule *length = (const struct length_rule *)rule;
    (void)marks;
    if (length_passes(run, rule, value)) {
        return true;
    }
    size_t count = utf8_length(value->text);
    if (count < length->min) {
        (void)fault(run, frame, STR("minLength"), "must have at least %zu characters", length->min);
    }
    if (count > length->max) {
        (void)fault(run, frame, STR("maxLength"), "must have at most %zu characters", length->max);
    }
    return false;
}

static struct length_rule *lengths_of(struct compiler *c, struct node *node,
                                      const struct json *value)
{
    if (node->lengths == NULL) {
        struct length_rule *rule = RULE_NEW(c, node, value, 1U << JSON_STRING, struct length_rule);
        rule->rule.check = check_length;
        rule->rule.passes = length_passes;
        rule->max = SIZE_MAX;
        node->lengths = &rule->rule;
    }
    return (struct length_rule *)node->lengths;
}

enum status compile_length(struct compiler *c, struct node *node, const struct json *value)
{
    size_t limit = 0;
    TRY(count_of(c, node, value, &limit));
    struct length_rule *rule = lengths_of(c, node, value);
    *(str_eq(value->key, STR("minLength")) ? &rule->min : &rule->max) = limit;
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
                          const struct json *value, struct marks *marks)
{
    (void)marks;
    return pattern_passes(run, rule, value) ||
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
                         const struct json *value, struct marks *marks)
{
    const struct format_rule *format = (const struct format_rule *)rule;
    (void)marks;
    return format_passes(run, rule, value) ||
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
