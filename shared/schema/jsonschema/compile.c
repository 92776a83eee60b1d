#include "shared/schema/jsonschema/internal.h"
#include "shared/schema/jsonschema/uri.h"

#include <stdio.h>

/* ---- words ---- */

/* "/properties/a/items", from the resource's root on, as far as there is room. */
static void place_add(struct buf *out, const struct node *node, unsigned depth)
{
    if (node->parent != NULL && node->resource->root != node && depth < JSON_READ_DEPTH_MAX) {
        place_add(out, node->parent, depth + 1);
        buf_add_char(out, '/');
        buf_add(out, node->keyword);
    }
    if (node->name.ptr != NULL) {
        buf_add_char(out, '/');
        buf_add(out, str_slice(node->name, 0, 60));
    } else if (node->index != SIZE_MAX) {
        buf_addf(out, "/%zu", node->index);
    }
    buf_add(out, str_slice(node->pointer, 0, 120));
}

enum status schema_fault(struct compiler *c, const struct node *node, struct str keyword,
                         const char *format, ...)
{
    char words[200];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(words, sizeof words, format, args);
    va_end(args);
    struct buf place = buf_in(c->cx->arena, 240);
    place_add(&place, node, 0);
    return fail_public(c->cx, ERR_INVALID, "the schema at #" STR_FMT ": " STR_FMT " %s",
                       STR_ARG(buf_str(&place)), STR_ARG(str_slice(keyword, 0, 60)), words);
}

/* ---- rules ---- */

void *rule_new(struct compiler *c, struct node *node, const struct json *value, unsigned types,
               size_t size)
{
    struct rule *rule = arena_alloc(c->arena, 1, size);
    rule->keyword = value->key;
    rule->types = types;
    *(node->last_rule == NULL ? &node->rules : &node->last_rule->next) = rule;
    node->last_rule = rule;
    return rule;
}

enum status count_of(struct compiler *c, const struct node *node, const struct json *value,
                     size_t *count)
{
    int64_t number = 0;
    if (value->type == JSON_NUMBER && value->text.ptr[0] != '-' && number_is_integer(value->text) &&
        !json_is_i64(value, &number)) {
        number = INT64_MAX; /* nothing is that long */
    } else if (!json_is_i64(value, &number) || number < 0) {
        return schema_fault(c, node, value->key, "must be a whole number from 0 on");
    }
    *count = (size_t)number;
    return OK;
}

enum status nodes_of(struct compiler *c, const struct node *node, const struct json *list,
                     struct node ***nodes)
{
    size_t count = 0;
    if (list->count == 0) {
        return schema_fault(c, node, list->key, "must hold a schema");
    }
    *nodes = ARENA_ARRAY(c->arena, struct node *, list->count);
    JSON_EACH (item, list) {
        (*nodes)[count++] = node_of(c, item);
    }
    return OK;
}

static bool is_leaf(const struct node *node)
{
    const struct rule *rule = node->rules;
    while (rule != NULL && rule->passes != NULL) {
        rule = rule->next;
    }
    return rule == NULL;
}

static void node_sort_rules(struct compiler *c, struct node *node)
{
    for (unsigned type = 0; type < JSON_TYPES; type++) {
        size_t count = 0;
        for (const struct rule *rule = node->rules; rule != NULL; rule = rule->next) {
            count += rule->types >> type & 1;
        }
        if (count == 0) {
            continue;
        }
        const struct rule **sorted = ARENA_ARRAY(c->arena, const struct rule *, count + 1);
        node->quick.by_type[type] = sorted;
        for (const struct rule *rule = node->rules; rule != NULL; rule = rule->next) {
            *sorted = rule;
            sorted += rule->types >> type & 1;
        }
        *sorted = NULL;
    }
}

/* For quick runs. */
static void node_finish(struct compiler *c, struct node *node)
{
    node->is_leaf = is_leaf(node);
    node_sort_rules(c, node);
    node->quick.types = node->types;
    node->quick.is_leaf = node->is_leaf;
    node->quick.tracks = node->tracks;
    if (node->rules != NULL && node->rules->next == NULL && node->types == TYPES_ALL) {
        node->quick.forward = rule_target(node->rules);
    }
}

/* Nodes that only refer become what they refer to, unless that is far away. */
static void nodes_shorten(struct compiler *c)
{
    enum { MAX_HOPS = 8 };
    for (size_t i = 0; i < c->count; i++) {
        struct quick *quick = &c->nodes[i]->quick;
        uint32_t hops = 0;
        const struct node *target = quick->forward;
        while (target != NULL && target->quick.forward != NULL && hops < MAX_HOPS) {
            target = target->quick.forward;
            hops++;
        }
        if (target != NULL && target->quick.forward == NULL) {
            hops += 1 + target->quick.hops;
            *quick = target->quick;
            quick->hops = hops;
        }
    }
}

static enum status node_compile(struct compiler *c, struct node *node)
{
    if (node->source->type == JSON_BOOL) {
        node->types = node->source->boolean ? TYPES_ALL : 0;
        node_finish(c, node);
        return OK;
    }
    bool has_lone_ref = node_is_lone_ref(node);
    const struct json *found[64] = {0};
    JSON_EACH (member, node->source) {
        uint32_t at = names_find(&c->keywords, member->key);
        if (at != NAMES_ABSENT) {
            found[at] = member;
        }
    }
    for (size_t i = 0; i < keyword_count; i++) {
        const struct keyword *keyword = &keyword_table[i];
        if (found[i] == NULL || keyword->compile == NULL || !keyword_applies(keyword, node) ||
            (has_lone_ref && keyword->compile != compile_ref)) {
            continue;
        }
        TRY(keyword->compile(c, node, found[i]));
    }
    node_finish(c, node);
    return OK;
}

/* References add nodes, of documents too, so that there may be more at the end than now. */
static enum status nodes_compile(struct compiler *c)
{
    TRY(nodes_scan(c));
    while (c->compiled < c->count) {
        TRY(node_compile(c, c->nodes[c->compiled++]));
    }
    return OK;
}

enum status jsonschema_compile(struct ctx *cx, struct arena *arena, const struct json *root,
                               const struct jsonschema_options *options,
                               const struct jsonschema **schema)
{
    static const struct jsonschema_options defaults = {0};
    struct compiler c = {.cx = cx,
                         .arena = arena,
                         .options = options == NULL ? &defaults : options,
                         .schema = ARENA_NEW(arena, struct jsonschema)};
    for (size_t i = 0; i < keyword_count; i++) {
        names_put(arena, &c.keywords, str_from_cstr(keyword_table[i].name), (uint32_t)i);
    }
    struct node *node = NULL;
    struct str uri = uri_resolve(arena, c.options->base_uri, STR(""));
    TRY(document_add(&c, uri, root, c.options->draft, &node));
    TRY(nodes_compile(&c));
    TRY(refs_check_cycles(&c));
    nodes_shorten(&c);
    c.schema->root = node;
    c.schema->node_count = c.count;
    *schema = c.schema;
    return OK;
}

enum status jsonschema_read(struct ctx *cx, struct arena *arena, struct str text,
                            const struct jsonschema_options *options,
                            const struct jsonschema **schema)
{
    const struct json *root = NULL;
    struct arena *outer = cx->arena;
    struct str copy = arena_str_copy(arena, text);
    cx->arena = arena; /* the tree lives as long as the schema */
    enum status status = json_read(cx, copy, NULL, &root);
    cx->arena = outer;
    if (status != OK) {
        return err_while(cx, status, "reading a schema");
    }
    return jsonschema_compile(cx, arena, root, options, schema);
}
