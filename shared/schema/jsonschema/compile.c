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

/* ---- nodes ---- */

/* The address of a value, as a name. */
static struct str source_name(const struct json *const *source)
{
    return (struct str){.ptr = (const char *)source, .len = sizeof(uintptr_t)};
}

struct node *node_of(const struct compiler *c, const struct json *source)
{
    uint32_t index = names_find(&c->by_source, source_name(&source));
    return index == NAMES_ABSENT ? NULL : c->nodes[index];
}

/* An array of pointers with room for one more. */
static void *with_room(struct compiler *c, void *array, size_t count, size_t *room)
{
    if (count < *room) {
        return array;
    }
    *room = *room == 0 ? 32 : *room * 2;
    void **grown = ARENA_ARRAY(c->arena, void *, *room);
    if (count > 0) {
        memcpy(grown, array, count * sizeof *grown);
    }
    return grown;
}

enum status node_add(struct compiler *c, const struct node *like, struct node **node)
{
    if (like->source->type != JSON_OBJECT && like->source->type != JSON_BOOL) {
        return schema_fault(c, like, STR("it"), "must be an object, true or false");
    }
    if (c->count == JSONSCHEMA_MAX_NODES) {
        return fail_public(c->cx, ERR_TOO_LARGE, "a schema of more than %d subschemas",
                           JSONSCHEMA_MAX_NODES);
    }
    c->nodes = with_room(c, c->nodes, c->count, &c->room);
    struct node *made = ARENA_NEW(c->arena, struct node);
    *made = *like;
    made->types = TYPES_ALL;
    c->nodes[c->count] = made;
    names_put(c->arena, &c->by_source, source_name(&made->source), (uint32_t)c->count++);
    *node = made;
    return OK;
}

/* The first one has the name. */
static void uri_add(struct compiler *c, struct str uri, const struct resource *resource)
{
    if (names_find(&c->uris, uri) == NAMES_ABSENT) {
        names_put(c->arena, &c->uris, uri, resource->index);
    }
}

static struct resource *resource_new(struct compiler *c, struct str uri, struct node *root)
{
    struct resource *resource = ARENA_NEW(c->arena, struct resource);
    *resource = (struct resource){.uri = uri,
                                  .root = root,
                                  .index = (uint32_t)c->resource_count,
                                  .vocabularies = VOCABULARY_ALL};
    c->resources = with_room(c, c->resources, c->resource_count, &c->resource_room);
    c->resources[c->resource_count++] = resource;
    uri_add(c, uri, resource);
    return resource;
}

enum status document_add(struct compiler *c, struct str uri, const struct json *root,
                         enum jsonschema_draft draft, struct node **node)
{
    struct resource *resource = resource_new(c, uri, NULL);
    struct node like = {.source = root, .resource = resource, .index = SIZE_MAX};
    resource->draft = draft;
    TRY(node_add(c, &like, node));
    resource->root = *node;
    return dialect_choose(c, *node, resource);
}

/* ---- ids and anchors ---- */

static bool is_lone_ref(const struct node *node)
{
    return node->resource->draft == JSONSCHEMA_DRAFT_7 &&
           json_find(node->source, STR("$ref")) != NULL;
}

static void anchor_add(struct compiler *c, struct node *node, struct str name, bool is_dynamic)
{
    struct resource *resource = node->resource;
    if (name.len == 0) {
        return;
    }
    uint32_t index = names_find(&c->by_source, source_name(&node->source));
    names_put(c->arena, &resource->anchors, name, index);
    if (is_dynamic) {
        struct dynamic_anchor *anchor = ARENA_NEW(c->arena, struct dynamic_anchor);
        *anchor = (struct dynamic_anchor){resource->dynamic_anchors, name, node};
        resource->dynamic_anchors = anchor;
    }
}

/* A part with `$id` begins a resource of its own; draft 7's "#name" is an anchor. */
static enum status id_take(struct compiler *c, struct node *node)
{
    struct str id = json_find_str(node->source, STR("$id"));
    if (id.len == 0) {
        return OK;
    }
    if (id.ptr[0] == '#') {
        anchor_add(c, node, str_slice(id, 1, id.len), false);
        return OK;
    }
    struct resource *outer = node->resource;
    struct str uri = uri_resolve(c->arena, outer->uri, id);
    if (outer->root == node) { /* a document that says itself where it is: both names hold */
        outer->uri = uri;
        uri_add(c, uri, outer);
        return OK;
    }
    node->resource = resource_new(c, uri, node);
    node->resource->draft = outer->draft;
    node->resource->vocabularies = outer->vocabularies;
    return dialect_choose(c, node, node->resource);
}

/* ---- scanning ---- */

static enum status sub_add(struct compiler *c, const struct node *node,
                           const struct keyword *keyword, const struct json *value, size_t index)
{
    struct node *made = NULL;
    struct node like = {
        .source = value,
        .resource = node->resource,
        .parent = node,
        .keyword = str_from_cstr(keyword->name),
        .name = keyword->subschemas == SUB_MAP ? value->key : (struct str){0},
        .index = index,
    };
    return node_of(c, value) != NULL ? OK : node_add(c, &like, &made);
}

static enum status subs_add(struct compiler *c, const struct node *node,
                            const struct keyword *keyword, const struct json *value)
{
    bool is_list = value->type == JSON_ARRAY &&
                   (keyword->subschemas == SUB_LIST || keyword->subschemas == SUB_ONE_OR_LIST);
    if (!is_list && keyword->subschemas != SUB_MAP) {
        return keyword->subschemas == SUB_LIST
                   ? schema_fault(c, node, value->key, "must be an array")
                   : sub_add(c, node, keyword, value, SIZE_MAX);
    }
    if (!is_list && value->type != JSON_OBJECT) {
        return schema_fault(c, node, value->key, "must be an object");
    }
    size_t index = 0;
    JSON_EACH (child, value) {
        bool may_be_names = keyword->compile == compile_dependencies;
        if (child->type != JSON_ARRAY || !may_be_names) {
            TRY(sub_add(c, node, keyword, child, is_list ? index++ : SIZE_MAX));
        }
    }
    return OK;
}

static bool keyword_applies(const struct keyword *keyword, const struct node *node)
{
    return (keyword->drafts >> node->resource->draft & 1) != 0 &&
           (keyword->vocabulary & node->resource->vocabularies) != 0;
}

static enum status node_scan(struct compiler *c, struct node *node)
{
    bool has_lone_ref = is_lone_ref(node);
    if (node->source->type != JSON_OBJECT) {
        return OK;
    }
    if (!has_lone_ref) {
        TRY(id_take(c, node));
    }
    if (node->resource->draft == JSONSCHEMA_2020_12) {
        anchor_add(c, node, json_find_str(node->source, STR("$anchor")), false);
        anchor_add(c, node, json_find_str(node->source, STR("$dynamicAnchor")), true);
    }
    JSON_EACH (member, node->source) {
        uint32_t at = names_find(&c->keywords, member->key);
        if (at == NAMES_ABSENT || keyword_table[at].subschemas == SUB_NONE ||
            !keyword_applies(&keyword_table[at], node)) {
            continue;
        }
        if (!has_lone_ref || str_eq(member->key, STR("definitions"))) {
            TRY(subs_add(c, node, &keyword_table[at], member));
        }
    }
    return OK;
}

enum status nodes_scan(struct compiler *c)
{
    while (c->scanned < c->count) {
        TRY(node_scan(c, c->nodes[c->scanned++]));
    }
    return OK;
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

static enum status node_compile(struct compiler *c, struct node *node)
{
    if (node->source->type == JSON_BOOL) {
        node->types = node->source->boolean ? TYPES_ALL : 0;
        node->is_leaf = true;
        return OK;
    }
    bool has_lone_ref = is_lone_ref(node);
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
    node->is_leaf = is_leaf(node);
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
