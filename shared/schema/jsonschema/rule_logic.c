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

static bool check_marked(struct run *run, const struct frame *frame, struct way way,
                         const struct node *node, const struct json *value, struct marks *marks)
{
    struct marks own;
    marks_open(run, &own, marks->count);
    bool ok = check_quiet(run, frame, way, node, value, &own);
    if (ok) {
        marks_merge(marks, &own);
    }
    return ok;
}

/* With marks of its own. */
static inline bool check_apart(struct run *run, const struct frame *frame, struct way way,
                               const struct node *node, const struct json *value,
                               struct marks *marks)
{
    return marks == NULL ? check_quiet(run, frame, way, node, value, NULL)
                         : check_marked(run, frame, way, node, value, marks);
}

/* ---- $ref ---- */

static bool check_ref(struct run *run, const struct frame *frame, const struct rule *rule,
                      const struct json *value, struct marks *marks)
{
    const struct in_place *ref = (const struct in_place *)rule;
    return check_same(run, frame, WAY(&rule->keyword), ref->nodes[0], value, marks);
}

const struct node *rule_target(const struct rule *rule)
{
    return rule->check == check_ref ? ((const struct in_place *)rule)->nodes[0] : NULL;
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
                          const struct json *value, struct marks *marks)
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
    return run_step(run, depth) &&
           check_same(run, frame, WAY(&rule->keyword), target, value, marks);
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
    c->schema->is_dynamic = true;
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
                         const struct json *value, struct marks *marks)
{
    const struct in_place *all = (const struct in_place *)rule;
    bool ok = true;
    for (size_t i = 0; i < all->count && (ok || run->report != NULL); i++) {
        ok = check_same(run, frame, (struct way){&rule->keyword, (uint32_t)i}, all->nodes[i], value,
                        marks) &&
             ok;
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
                            size_t enough, const struct json *value, struct marks *marks)
{
    size_t passing = 0;
    for (size_t i = 0; i < rule->count && (passing < enough || marks != NULL); i++) {
        passing += check_apart(run, frame, (struct way){&rule->rule.keyword, (uint32_t)i},
                               rule->nodes[i], value, marks);
    }
    return passing;
}

/* Why none passes: the faults of each. */
static bool none_fault(struct run *run, const struct frame *frame, const struct in_place *rule,
                       const struct json *value)
{
    if (run->report == NULL || run->exhausted != NULL) {
        return false;
    }
    (void)fault(run, frame, rule->rule.keyword,
                "must be allowed by one of %zu schemas, and is by "
                "none",
                rule->count);
    for (size_t i = 0; i < rule->count; i++) {
        (void)check_same(run, frame, (struct way){&rule->rule.keyword, (uint32_t)i}, rule->nodes[i],
                         value, NULL);
    }
    return false;
}

static bool check_any_of(struct run *run, const struct frame *frame, const struct rule *rule,
                         const struct json *value, struct marks *marks)
{
    const struct in_place *any = (const struct in_place *)rule;
    return count_passing(run, frame, any, 1, value, marks) > 0 ||
           none_fault(run, frame, any, value);
}

enum status compile_any_of(struct compiler *c, struct node *node, const struct json *value)
{
    struct in_place *rule = NULL;
    TRY(compile_list(c, node, value, &rule));
    rule->rule.check = check_any_of;
    return OK;
}

static bool check_one_of(struct run *run, const struct frame *frame, const struct rule *rule,
                         const struct json *value, struct marks *marks)
{
    const struct in_place *one = (const struct in_place *)rule;
    size_t passing = count_passing(run, frame, one, 2, value, marks);
    if (passing > 1) {
        return fault(run, frame, rule->keyword,
                     "must be allowed by one of %zu schemas, and is by more", one->count);
    }
    return passing == 1 || none_fault(run, frame, one, value);
}

enum status compile_one_of(struct compiler *c, struct node *node, const struct json *value)
{
    struct in_place *rule = NULL;
    TRY(compile_list(c, node, value, &rule));
    rule->rule.check = check_one_of;
    return OK;
}

static bool check_not(struct run *run, const struct frame *frame, const struct rule *rule,
                      const struct json *value, struct marks *marks)
{
    const struct in_place *not_rule = (const struct in_place *)rule;
    (void)marks; /* what `not` evaluates never counts */
    bool passes = check_quiet(run, frame, WAY(&rule->keyword), not_rule->nodes[0], value, NULL);
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
                     const struct json *value, struct marks *marks)
{
    const struct in_place *cases = (const struct in_place *)rule;
    bool is_then = check_apart(run, frame, WAY(&rule->keyword), cases->nodes[IF], value, marks);
    const struct node *next = cases->nodes[is_then ? THEN : ELSE];
    static const struct str names[] = {STR_INIT("then"), STR_INIT("else")};
    return next == NULL || check_same(run, frame, WAY(&names[!is_then]), next, value, marks);
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
                                    const struct rule *rule, const struct json *value,
                                    struct marks *marks)
{
    const struct dependent_schemas *dependent = (const struct dependent_schemas *)rule;
    size_t at = 0;
    bool ok = true;
    JSON_EACH (member, dependent->map) {
        const struct node *node = dependent->in_place.nodes[at++];
        if (!run_step(run, 1 + value->count)) {
            return false;
        }
        if (node == NULL || json_find(value, member->key) == NULL) {
            continue;
        }
        bool fits = false;
        if (is_settled(run, node, value, marks, &fits)) {
            ok = fits && ok;
            continue;
        }
        const struct frame same = {.up = frame,
                                   .node = node,
                                   .value = value,
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
