/*
 * Arrays, and the sizes of arrays and objects. prefixItems, items and draft 7's additionalItems are
 * one rule. Sources: JSON Schema core (2020-12) section 10.3.1, Validation section 6.4.
 */
#include "shared/schema/jsonschema/internal.h"

enum { ARRAYS = 1 << JSON_ARRAY };

struct items_rule {
    struct rule rule;
    struct str prefix_keyword, rest_keyword;
    struct node **prefix;
    size_t prefix_count;
    const struct node *rest;
};

/* False as for one item; the frame is built only where it is wanted. */
static bool check_item(struct run *run, const struct frame *frame, const struct items_rule *rule,
                       const struct node *node, const struct json *item, size_t at)
{
    bool is_prefix = at < rule->prefix_count;
    bool ok = false;
    if (is_settled(run, node, item, &ok)) {
        return ok;
    }
    const struct frame below = {
        .up = frame,
        .node = node,
        .value = item,
        .keyword = is_prefix ? &rule->prefix_keyword : &rule->rest_keyword,
        .index = is_prefix ? (uint32_t)at : NO_INDEX,
        .step = STEP_ITEM,
        .item = (uint32_t)at,
        .depth = frame->depth + 1,
    };
    return check_node(run, &below, NULL);
}

static bool check_items(struct run *run, const struct frame *frame, const struct rule *rule,
                        struct marks *marks)
{
    const struct items_rule *items = (const struct items_rule *)rule;
    size_t at = 0;
    bool ok = run_step(run, frame->value->count);
    JSON_EACH (item, frame->value) {
        const struct node *node = at < items->prefix_count ? items->prefix[at] : items->rest;
        if (node == NULL) {
            break;
        }
        ok = check_item(run, frame, items, node, item, at) && ok;
        if (!ok && run->report == NULL) {
            return false;
        }
        if (marks != NULL) {
            marks_set(marks, at);
        }
        at++;
    }
    return ok;
}

static struct items_rule *items_of(struct compiler *c, struct node *node, const struct json *value)
{
    if (node->items == NULL) {
        node->items = rule_new(c, node, value, ARRAYS, sizeof(struct items_rule));
        node->items->check = check_items;
    }
    return (struct items_rule *)node->items;
}

enum status compile_prefix_items(struct compiler *c, struct node *node, const struct json *value)
{
    struct items_rule *rule = items_of(c, node, value);
    rule->prefix_keyword = value->key;
    rule->prefix_count = value->count;
    if (value->type == JSON_ARRAY && value->count == 0) {
        return OK; /* draft 7 allows it of items */
    }
    return nodes_of(c, node, value, &rule->prefix);
}

enum status compile_items(struct compiler *c, struct node *node, const struct json *value)
{
    if (value->type == JSON_ARRAY) {
        return node->resource->draft == JSONSCHEMA_DRAFT_7
                   ? compile_prefix_items(c, node, value)
                   : schema_fault(c, node, value->key, "must be a schema");
    }
    struct items_rule *rule = items_of(c, node, value);
    rule->rest_keyword = value->key;
    rule->rest = node_of(c, value);
    return OK;
}

/* Beside an `items` that is no array it means nothing. */
enum status compile_additional_items(struct compiler *c, struct node *node,
                                     const struct json *value)
{
    const struct json *items = json_find(node->source, STR("items"));
    if (items != NULL && items->type == JSON_ARRAY) {
        struct items_rule *rule = items_of(c, node, value);
        rule->rest_keyword = value->key;
        rule->rest = node_of(c, value);
    }
    return OK;
}

/* ---- contains ---- */

struct contains_rule {
    struct rule rule;
    const struct node *node;
    size_t min, max;
};

static bool contains_fault(struct run *run, const struct frame *frame,
                           const struct contains_rule *rule, size_t count)
{
    if (count > rule->max) {
        return fault(run, frame, STR("maxContains"),
                     "must hold at most %zu items that `contains` allows", rule->max);
    }
    if (count == 0 && rule->min == 1) {
        return fault(run, frame, rule->rule.keyword, "must hold an item that `contains` allows");
    }
    return fault(run, frame, STR("minContains"),
                 "must hold at least %zu items that `contains` allows", rule->min);
}

static bool check_contains(struct run *run, const struct frame *frame, const struct rule *rule,
                           struct marks *marks)
{
    const struct contains_rule *contains = (const struct contains_rule *)rule;
    struct jsonschema_result *report = run->report;
    size_t at = 0, count = 0;
    run->report = NULL; /* an item that does not fit is no fault */
    JSON_EACH (item, frame->value) {
        const struct frame below = {.up = frame,
                                    .node = contains->node,
                                    .value = item,
                                    .keyword = &rule->keyword,
                                    .index = NO_INDEX,
                                    .step = STEP_ITEM,
                                    .item = (uint32_t)at,
                                    .depth = frame->depth + 1};
        if (check_node(run, &below, NULL)) {
            count++;
            if (marks != NULL) {
                marks_set(marks, at);
            }
        }
        at++;
        bool is_settled = count >= contains->min && contains->max == SIZE_MAX;
        if (is_settled && marks == NULL) {
            break;
        }
    }
    run->report = report;
    return (count >= contains->min && count <= contains->max) ||
           contains_fault(run, frame, contains, count);
}

enum status compile_contains(struct compiler *c, struct node *node, const struct json *value)
{
    struct contains_rule *rule = RULE_NEW(c, node, value, ARRAYS, struct contains_rule);
    rule->rule.check = check_contains;
    rule->node = node_of(c, value);
    rule->min = 1;
    rule->max = SIZE_MAX;
    const struct json *min = json_find(node->source, STR("minContains"));
    const struct json *max = json_find(node->source, STR("maxContains"));
    if (node->resource->draft == JSONSCHEMA_DRAFT_7 ||
        (node->resource->vocabularies & VOCABULARY_VALIDATION) == 0) {
        return OK;
    }
    TRY(min == NULL ? OK : count_of(c, node, min, &rule->min));
    return max == NULL ? OK : count_of(c, node, max, &rule->max);
}

/* ---- uniqueItems ---- */

/* Items by their hash: those that meet are compared. On the stack while they are few. */
enum { SLOTS_SMALL = 64, SLOTS_PER_ITEM = 2 };

struct item_slot {
    const struct json *item;
    uint64_t hash;
};

/* True if an equal one is there already. */
static bool slot_take(struct run *run, struct item_slot *slots, size_t size,
                      const struct json *item)
{
    uint64_t hash = value_hash(item);
    size_t at = (hash ^ hash >> 32) & (size - 1);
    for (; slots[at].item != NULL; at = (at + 1) & (size - 1)) {
        if (!run_step(run, 1) ||
            (slots[at].hash == hash && value_equal(run, slots[at].item, item))) {
            return true;
        }
    }
    slots[at] = (struct item_slot){item, hash};
    return false;
}

static bool check_unique(struct run *run, const struct frame *frame, const struct rule *rule,
                         struct marks *marks)
{
    struct item_slot small[SLOTS_SMALL], *slots = small;
    size_t size = SLOTS_SMALL, at = 0;
    (void)marks;
    while (size < frame->value->count * SLOTS_PER_ITEM) {
        size *= 2;
    }
    if (size > SLOTS_SMALL) {
        slots = ARENA_ARRAY(run->cx->arena, struct item_slot, size);
    } else {
        memset(small, 0, sizeof small);
    }
    JSON_EACH (item, frame->value) {
        if (!run_step(run, 1)) {
            return false;
        }
        if (slot_take(run, slots, size, item)) {
            return fault(run, frame, rule->keyword, "must not hold the item at %zu twice", at);
        }
        at++;
    }
    return true;
}

enum status compile_unique_items(struct compiler *c, struct node *node, const struct json *value)
{
    if (value->type != JSON_BOOL) {
        return schema_fault(c, node, value->key, "must be true or false");
    }
    if (value->boolean) {
        RULE_NEW(c, node, value, ARRAYS, struct rule)->check = check_unique;
    }
    return OK;
}

/* ---- sizes ---- */

struct size_rule {
    struct rule rule;
    size_t limit;
    const struct size_kind *kind;
};

static const struct size_kind {
    struct str keyword;
    bool is_minimum;
    enum json_type type;
    const char *words;
} size_kinds[] = {
    {STR_INIT("minItems"), true, JSON_ARRAY, "items"},
    {STR_INIT("maxItems"), false, JSON_ARRAY, "items"},
    {STR_INIT("minProperties"), true, JSON_OBJECT, "members"},
    {STR_INIT("maxProperties"), false, JSON_OBJECT, "members"},
};

static bool check_size(struct run *run, const struct frame *frame, const struct rule *rule,
                       struct marks *marks)
{
    const struct size_rule *size = (const struct size_rule *)rule;
    size_t count = frame->value->count;
    (void)marks;
    return (size->kind->is_minimum ? count >= size->limit : count <= size->limit) ||
           fault(run, frame, rule->keyword, "must have at %s %zu %s",
                 size->kind->is_minimum ? "least" : "most", size->limit, size->kind->words);
}

enum status compile_size(struct compiler *c, struct node *node, const struct json *value)
{
    size_t limit = 0, i = 0;
    TRY(count_of(c, node, value, &limit));
    while (!str_eq(value->key, size_kinds[i].keyword)) {
        i++;
    }
    struct size_rule *rule = RULE_NEW(c, node, value, 1U << size_kinds[i].type, struct size_rule);
    rule->rule.check = check_size;
    rule->limit = limit;
    rule->kind = &size_kinds[i];
    return OK;
}
