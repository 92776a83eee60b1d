/*
 * What applies subschemas to the same value: references, allOf and its like, if, dependentSchemas.
 * Source: JSON Schema core (2020-12) sections 8.2.3 and 10.2.
 *
 * A subschema that fails has evaluated nothing. Where that does not fail the whole (anyOf, oneOf,
 * if), it gets marks of its own, which count only if it passes.
 */
#include "shared/schema/jsonschema/internal.h"

enum { OBJECTS = 1 << JSON_OBJECT };

static struct in_place *in_place_new(struct compiler *c, struct node *node,
                                     const struct json *value, unsigned types, size_t count)
{
    struct in_place *rule = RULE_NEW(c, node, value, types, struct in_place);
    rule->nodes = ARENA_ARRAY(c->arena, struct node *, count);
    rule->count = count;
    return rule;
}

/* With marks of its own. */
static bool check_apart(struct run *run, const struct frame *frame, const struct str *keyword,
                        uint32_t index, const struct node *node, struct marks *marks)
{
    struct marks own;
    if (marks == NULL) {
        return check_quiet(run, frame, keyword, index, node, NULL);
    }
    marks_open(run, &own, marks->count);
    bool ok = check_quiet(run, frame, keyword, index, node, &own);
    if (ok) {
        marks_merge(marks, &own);
    }
    return ok;
}

/* ---- $ref ---- */

static bool check_ref(struct run *run, const struct frame *frame, const struct rule *rule,
                      struct marks *marks)
{
    const struct in_place *ref = (const struct in_place *)rule;
    return check_same(run, frame, &rule->keyword, NO_INDEX, ref->nodes[0], marks);
}

enum status compile_ref(struct compiler *c, struct node *node, const struct json *value)
{
    struct str anchor = {0};
    struct node *target = NULL;
    if (value->type != JSON_STRING) {
        return schema_fault(c, node, value->key, "must be a string");
    }
    TRY(ref_resolve(c, node, value->key, value->text, &target, &anchor));
    struct in_place *rule = in_place_new(c, node, value, TYPES_ALL, 1);
    rule->rule.check = check_ref;
    rule->nodes[0] = target;
    return OK;
}

/* ---- $dynamicRef ---- */

struct dynamic_rule {
    struct rule rule;
    const struct node *target; /* where no resource on the way has the anchor */
    struct str anchor;
};

static const struct node *dynamic_target(const struct resource *resource, struct str name)
{
    const struct dynamic_anchor *anchor = resource->dynamic_anchors;
    while (anchor != NULL && !str_eq(anchor->name, name)) {
        anchor = anchor->next;
    }
    return anchor == NULL ? NULL : anchor->node;
}

/* The outermost resource on the way here that has the anchor says what is meant. */
static bool check_dynamic(struct run *run, const struct frame *frame, const struct rule *rule,
                          struct marks *marks)
{
    const struct dynamic_rule *dynamic = (const struct dynamic_rule *)rule;
    const struct node *target = dynamic->target;
    const struct resource *last = NULL;
    size_t depth = frame->depth;
    for (const struct frame *at = frame; at != NULL; at = at->up) {
        if (at->node->resource == last) {
            continue;
        }
        last = at->node->resource;
        const struct node *found = dynamic_target(last, dynamic->anchor);
        target = found == NULL ? target : found;
    }
    return run_step(run, depth) && check_same(run, frame, &rule->keyword, NO_INDEX, target, marks);
}

enum status compile_dynamic_ref(struct compiler *c, struct node *node, const struct json *value)
{
    struct str anchor = {0};
    struct node *target = NULL;
    if (value->type != JSON_STRING) {
        return schema_fault(c, node, value->key, "must be a string");
    }
    TRY(ref_resolve(c, node, value->key, value->text, &target, &anchor));
    if (anchor.len == 0 || dynamic_target(target->resource, anchor) != target) {
        return compile_ref(c, node, value); /* section 8.2.3.2: it begins at a dynamic anchor */
    }
    struct dynamic_rule *rule = RULE_NEW(c, node, value, TYPES_ALL, struct dynamic_rule);
    rule->rule.check = check_dynamic;
    rule->target = target;
    rule->anchor = anchor;
    return OK;
}

/* ---- allOf, anyOf, oneOf, not ---- */

static enum status compile_list(struct compiler *c, struct node *node, const struct json *value,
                                struct in_place **rule)
{
    *rule = RULE_NEW(c, node, value, TYPES_ALL, struct in_place);
    (*rule)->count = value->count;
    return nodes_of(c, node, value, &(*rule)->nodes);
}

static bool check_all_of(struct run *run, const struct frame *frame, const struct rule *rule,
                         struct marks *marks)
{
    const struct in_place *all = (const struct in_place *)rule;
    bool ok = true;
    for (size_t i = 0; i < all->count && (ok || run->report != NULL); i++) {
        ok = check_same(run, frame, &rule->keyword, (uint32_t)i, all->nodes[i], marks) && ok;
    }
    return ok;
}

enum status compile_all_of(struct compiler *c, struct node *node, const struct json *value)
{
    struct in_place *rule = NULL;
    TRY(compile_list(c, node, value, &rule));
    rule->rule.check = check_all_of;
    return OK;
}

/* How many pass; two are enough to know, unless all must leave their marks. */
static size_t count_passing(struct run *run, const struct frame *frame, const struct in_place *rule,
                            size_t enough, struct marks *marks)
{
    size_t passing = 0;
    for (size_t i = 0; i < rule->count && (passing < enough || marks != NULL); i++) {
        passing += check_apart(run, frame, &rule->rule.keyword, (uint32_t)i, rule->nodes[i], marks);
    }
    return passing;
}

/* Why none passes: the faults of each. */
static bool none_fault(struct run *run, const struct frame *frame, const struct in_place *rule)
{
    if (run->report == NULL || run->exhausted != NULL) {
        return false;
    }
    (void)fault(run, frame, rule->rule.keyword,
                "must be allowed by one of %zu schemas, and is by "
                "none",
                rule->count);
    for (size_t i = 0; i < rule->count; i++) {
        (void)check_same(run, frame, &rule->rule.keyword, (uint32_t)i, rule->nodes[i], NULL);
    }
    return false;
}

static bool check_any_of(struct run *run, const struct frame *frame, const struct rule *rule,
                         struct marks *marks)
{
    const struct in_place *any = (const struct in_place *)rule;
    return count_passing(run, frame, any, 1, marks) > 0 || none_fault(run, frame, any);
}

enum status compile_any_of(struct compiler *c, struct node *node, const struct json *value)
{
    struct in_place *rule = NULL;
    TRY(compile_list(c, node, value, &rule));
    rule->rule.check = check_any_of;
    return OK;
}

static bool check_one_of(struct run *run, const struct frame *frame, const struct rule *rule,
                         struct marks *marks)
{
    const struct in_place *one = (const struct in_place *)rule;
    size_t passing = count_passing(run, frame, one, 2, marks);
    if (passing > 1) {
        return fault(run, frame, rule->keyword,
                     "must be allowed by one of %zu schemas, and is by more", one->count);
    }
    return passing == 1 || none_fault(run, frame, one);
}

enum status compile_one_of(struct compiler *c, struct node *node, const struct json *value)
{
    struct in_place *rule = NULL;
    TRY(compile_list(c, node, value, &rule));
    rule->rule.check = check_one_of;
    return OK;
}

static bool check_not(struct run *run, const struct frame *frame, const struct rule *rule,
                      struct marks *marks)
{
    const struct in_place *not_rule = (const struct in_place *)rule;
    (void)marks; /* what `not` evaluates never counts */
    bool passes = check_quiet(run, frame, &rule->keyword, NO_INDEX, not_rule->nodes[0], NULL);
    return !passes || fault(run, frame, rule->keyword, "must not be what `not` describes");
}

enum status compile_not(struct compiler *c, struct node *node, const struct json *value)
{
    struct in_place *rule = in_place_new(c, node, value, TYPES_ALL, 1);
    rule->rule.check = check_not;
    rule->nodes[0] = node_of(c, value);
    return OK;
}

/* ---- if ---- */

enum { IF, THEN, ELSE };

static bool check_if(struct run *run, const struct frame *frame, const struct rule *rule,
                     struct marks *marks)
{
    const struct in_place *cases = (const struct in_place *)rule;
    bool is_then = check_apart(run, frame, &rule->keyword, NO_INDEX, cases->nodes[IF], marks);
    const struct node *next = cases->nodes[is_then ? THEN : ELSE];
    static const struct str names[] = {STR_INIT("then"), STR_INIT("else")};
    return next == NULL || check_same(run, frame, &names[!is_then], NO_INDEX, next, marks);
}

enum status compile_if(struct compiler *c, struct node *node, const struct json *value)
{
    const struct json *then_value = json_find(node->source, STR("then"));
    const struct json *else_value = json_find(node->source, STR("else"));
    struct in_place *rule = in_place_new(c, node, value, TYPES_ALL, 3);
    rule->rule.check = check_if;
    rule->nodes[IF] = node_of(c, value);
    rule->nodes[THEN] = then_value == NULL ? NULL : node_of(c, then_value);
    rule->nodes[ELSE] = else_value == NULL ? NULL : node_of(c, else_value);
    return OK;
}

/* ---- dependentSchemas ---- */

struct dependent_schemas {
    struct in_place in_place;
    const struct json *map;
};

static bool check_dependent_schemas(struct run *run, const struct frame *frame,
                                    const struct rule *rule, struct marks *marks)
{
    const struct dependent_schemas *dependent = (const struct dependent_schemas *)rule;
    size_t at = 0;
    bool ok = true;
    JSON_EACH (member, dependent->map) {
        const struct node *node = dependent->in_place.nodes[at++];
        if (!run_step(run, 1 + frame->value->count)) {
            return false;
        }
        if (node == NULL || json_find(frame->value, member->key) == NULL) {
            continue;
        }
        const struct frame same = {.up = frame,
                                   .node = node,
                                   .value = frame->value,
                                   .keyword = &rule->keyword,
                                   .name = &member->key,
                                   .index = NO_INDEX,
                                   .depth = frame->depth + 1};
        ok = check_node(run, &same, marks) && ok;
    }
    return ok;
}

enum status compile_dependent_schemas(struct compiler *c, struct node *node,
                                      const struct json *value)
{
    struct dependent_schemas *rule = RULE_NEW(c, node, value, OBJECTS, struct dependent_schemas);
    rule->in_place.rule.check = check_dependent_schemas;
    rule->in_place.nodes = ARENA_ARRAY(c->arena, struct node *, value->count);
    rule->map = value;
    JSON_EACH (member, value) { /* dependencies' lists of names have no node */
        rule->in_place.nodes[rule->in_place.count++] = node_of(c, member);
    }
    return OK;
}

bool rule_is_in_place(const struct rule *rule)
{
    return rule->check == check_ref || rule->check == check_all_of || rule->check == check_any_of ||
           rule->check == check_one_of || rule->check == check_not || rule->check == check_if ||
           rule->check == check_dependent_schemas;
}
