/*
 * Documents into nodes: each place where a subschema may stand, the ids that begin a resource, the
 * anchors. Source: JSON Schema core (2020-12) sections 8.2 and 9.
 */
#include "shared/schema/jsonschema/internal.h"
#include "shared/schema/jsonschema/uri.h"

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

bool node_is_lone_ref(const struct node *node)
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

bool keyword_applies(const struct keyword *keyword, const struct node *node)
{
    return (keyword->drafts >> node->resource->draft & 1) != 0 &&
           (keyword->vocabulary & node->resource->vocabularies) != 0;
}

static enum status node_scan(struct compiler *c, struct node *node)
{
    bool has_lone_ref = node_is_lone_ref(node);
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
