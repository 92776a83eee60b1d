/*
 * unevaluatedProperties and unevaluatedItems: the last rules of a node, which see what all others
 * of it have marked. Source: JSON Schema core (2020-12) section 11.
 */
#include "shared/schema/jsonschema/internal.h"

struct unevaluated_rule {
    struct rule rule;
    const struct node *node;
    enum step step;
};

static bool check_child(struct run *run, const struct frame *frame,
                        const struct unevaluated_rule *rule, const struct json *child, size_t at)
{
    bool ok = false;
    if (is_settled(run, rule->node, child, NULL, &ok)) {
        return ok;
    }
    const struct frame below = {.up = frame,
                                .node = rule->node,
                                .value = child,
                                .keyword = &rule->rule.keyword,
                                .index = NO_INDEX,
                                .step = rule->step,
                                .item = (uint32_t)at,
                                .depth = frame->depth + 1};
    return check_node(run, &below, NULL);
}

static bool check_unevaluated(struct run *run, const struct frame *frame, const struct rule *rule,
                              const struct json *value, struct marks *marks)
{
    size_t at = 0;
    bool ok = true;
    if (marks_are_full(marks)) {
        return true;
    }
    JSON_EACH (child, value) {
        if (!marks_has(marks, at)) {
            ok = check_child(run, frame, (const struct unevaluated_rule *)rule, child, at) && ok;
            marks_set(marks, at);
        }
        at++;
        if (!ok && run->report == NULL) {
            break;
        }
    }
    return ok;
}

static enum status compile_unevaluated(struct compiler *c, struct node *node,
                                       const struct json *value, enum step step)
{
    unsigned types = step == STEP_ITEM ? 1U << JSON_ARRAY : 1U << JSON_OBJECT;
    struct unevaluated_rule *rule = RULE_NEW(c, node, value, types, struct unevaluated_rule);
    rule->rule.check = check_unevaluated;
    rule->node = node_of(c, value);
    rule->step = step;
    node->tracks = true;
    return OK;
}

enum status compile_unevaluated_properties(struct compiler *c, struct node *node,
                                           const struct json *value)
{
    return compile_unevaluated(c, node, value, STEP_MEMBER);
}

enum status compile_unevaluated_items(struct compiler *c, struct node *node,
                                      const struct json *value)
{
    return compile_unevaluated(c, node, value, STEP_ITEM);
}
