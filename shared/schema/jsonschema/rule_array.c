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
    if (is_settled(run, node, item, NULL, &ok)) {
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

/* The same without frames. */
static bool items_pass(struct run *run, const struct items_rule *rule, const struct json *array)
{
    const struct json *item = array->first;
    for (size_t at = 0; at < rule->prefix_count && item != NULL; at++, item = item->next) {
        if (!node_passes(run, rule->prefix[at], item, NULL)) {
            return false;
        }
    }
    for (; rule->rest != NULL && item != NULL; item = item->next) {
        if (!node_passes(run, rule->rest, item, NULL)) {
            return false;
        }
    }
    return true;
}

static void mark_items(const struct items_rule *rule, struct marks *marks)
{
    bool is_part = rule->rest == NULL && rule->prefix_count < marks->count;
    size_t count = is_part ? rule->prefix_count : marks->count;
    for (size_t at = 0; at < count; at++) {
        marks_set(marks, at);
    }
}

static bool items_check(struct run *run, const struct frame *frame, const struct items_rule *items,
                        const struct json *array)
{
    size_t at = 0;
    bool ok = true;
    JSON_EACH (item, array) {
        const struct node *node = at < items->prefix_count ? items->prefix[at] : items->rest;
        if (node == NULL) {
            break;
        }
        ok = check_item(run, frame, items, node, item, at) && ok;
        if (!ok && run->report == NULL) {
            return false;
        }
        at++;
    }
    return ok;
}

static bool check_items(struct run *run, const struct frame *frame, const struct rule *rule,
                        const struct json *value, struct marks *marks)
{
    const struct items_rule *items = (const struct items_rule *)rule;
    if (!run_step(run, value->count)) {
        return false;
    }
    if (marks != NULL) {
        mark_items(items, marks);
    }
    return run->is_quick ? items_pass(run, items, value) : items_check(run, frame, items, value);
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

static bool contains_item(struct run *run, const struct frame *frame,
                          const struct contains_rule *rule, const struct json *item, size_t at)
{
    if (run->is_quick) {
        return node_passes(run, rule->node, item, NULL);
    }
    const struct frame below = {.up = frame,
                                .node = rule->node,
                                .value = item,
                                .keyword = &rule->rule.keyword,
                                .index = NO_INDEX,
                                .step = STEP_ITEM,
                                .item = (uint32_t)at,
                                .depth = frame->depth + 1};
    return check_node(run, &below, NULL);
}

static bool check_contains(struct run *run, const struct frame *frame, const struct rule *rule,
                           const struct json *value, struct marks *marks)
{
    const struct contains_rule *contains = (const struct contains_rule *)rule;
    struct jsonschema_result *report = run_hush(run, frame); /* what does not fit is no fault */
    size_t at = 0, count = 0;
    JSON_EACH (item, value) {
        if (contains_item(run, frame, contains, item, at)) {
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
    run_report_to(run, report);
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
                         const struct json *value, struct marks *marks)
{
    struct item_slot small[SLOTS_SMALL], *slots = small;
    size_t size = SLOTS_SMALL, at = 0;
    (void)marks;
    while (size < value->count * SLOTS_PER_ITEM) {
        size *= 2;
    }
    if (size > SLOTS_SMALL) {
        slots = ARENA_ARRAY(run->cx->arena, struct item_slot, size);
    } else {
        memset(small, 0, sizeof small);
    }
    JSON_EACH (item, value) {
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
    size_t min, max;
    const struct size_kind *kind;
};

static const struct size_kind {
    struct str min_keyword, max_keyword;
    enum json_type type;
    const char *words;
} size_kinds[] = {
    {STR_INIT("minItems"), STR_INIT("maxItems"), JSON_ARRAY, "items"},
    {STR_INIT("minProperties"), STR_INIT("maxProperties"), JSON_OBJECT, "members"},
};

static bool size_passes(struct run *run, const struct rule *rule, const struct json *value)
{
    const struct size_rule *size = (const struct size_rule *)rule;
    (void)run;
    return value->count >= size->min && value->count <= size->max;
}

static bool check_size(struct run *run, const struct frame *frame, const struct rule *rule,
                       const struct json *value, struct marks *marks)
{
    const struct size_rule *size = (const struct size_rule *)rule;
    (void)marks;
    if (value->count < size->min) {
        (void)fault(run, frame, size->kind->min_keyword, "must have at least %zu %s", size->min,
                    size->kind->words);
    }
    if (value->count > size->max) {
        (void)fault(run, frame, size->kind->max_keyword, "must have at most %zu %s", size->max,
                    size->kind->words);
    }
    return size_passes(run, rule, value);
}

static struct size_rule *sizes_of(struct compiler *c, struct node *node, const struct json *value,
                                  size_t kind)
{
    if (node->sizes[kind] == NULL) {
        unsigned types = 1U << size_kinds[kind].type;
        struct size_rule *rule = RULE_NEW(c, node, value, types, struct size_rule);
        rule->rule.check = check_size;
        rule->rule.passes = size_passes;
        rule->max = SIZE_MAX;
        rule->kind = &size_kinds[kind];
        node->sizes[kind] = &rule->rule;
    }
    return (struct size_rule *)node->sizes[kind];
}

enum status compile_size(struct compiler *c, struct node *node, const struct json *value)
{
    size_t limit = 0;
    TRY(count_of(c, node, value, &limit));
    for (size_t i = 0; i < ARRAY_LEN(size_kinds); i++) {
        if (str_eq(value->key, size_kinds[i].min_keyword)) {
            sizes_of(c, node, value, i)->min = limit;
        }
        if (str_eq(value->key, size_kinds[i].max_keyword)) {
            sizes_of(c, node, value, i)->max = limit;
        }
    }
    return OK;
}
