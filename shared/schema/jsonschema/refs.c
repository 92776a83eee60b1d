/*
 * References: from a URI with a fragment to a node. Sources: JSON Schema core (2020-12)
 * sections 8.2 and 9; RFC 6901 for JSON Pointers.
 */
#include "shared/schema/jsonschema/internal.h"
#include "shared/schema/jsonschema/uri.h"

/* ---- documents ---- */

static const struct json *given_document(const struct compiler *c, struct str uri)
{
    for (size_t i = 0; i < c->options->document_count; i++) {
        if (str_eq(c->options->documents[i].uri, uri)) {
            return c->options->documents[i].root;
        }
    }
    return NULL;
}

static enum status resource_find(struct compiler *c, struct str uri, struct resource **resource)
{
    uint32_t index = names_find(&c->uris, uri);
    *resource = index == NAMES_ABSENT ? NULL : c->resources[index];
    if (*resource != NULL) {
        return OK;
    }
    const struct json *root = given_document(c, uri);
    if (root == NULL) {
        TRY(meta_find(c->cx, c->arena, uri, &root));
    }
    if (root == NULL) {
        return OK;
    }
    struct node *node = NULL;
    TRY(document_add(c, uri, root, c->options->draft, &node));
    TRY(nodes_scan(c));
    *resource = node->resource;
    return OK;
}

/* ---- dialects ---- */

static const struct {
    struct str uri;
    unsigned vocabulary;
} vocabularies[] = {
    {STR_INIT("https://json-schema.org/draft/2020-12/vocab/core"), VOCABULARY_CORE},
    {STR_INIT("https://json-schema.org/draft/2020-12/vocab/applicator"), VOCABULARY_APPLICATOR},
    {STR_INIT("https://json-schema.org/draft/2020-12/vocab/unevaluated"), VOCABULARY_UNEVALUATED},
    {STR_INIT("https://json-schema.org/draft/2020-12/vocab/validation"), VOCABULARY_VALIDATION},
    {STR_INIT("https://json-schema.org/draft/2020-12/vocab/format-assertion"), VOCABULARY_FORMAT},
    {STR_INIT("https://json-schema.org/draft/2020-12/vocab/format-annotation"), 0},
    {STR_INIT("https://json-schema.org/draft/2020-12/vocab/content"), 0},
    {STR_INIT("https://json-schema.org/draft/2020-12/vocab/meta-data"), 0},
};

static enum status vocabularies_take(struct compiler *c, const struct node *node,
                                     const struct json *listed, struct resource *resource)
{
    resource->vocabularies = VOCABULARY_CORE;
    JSON_EACH (member, listed) {
        size_t i = 0;
        while (i < ARRAY_LEN(vocabularies) && !str_eq(member->key, vocabularies[i].uri)) {
            i++;
        }
        if (i < ARRAY_LEN(vocabularies)) {
            resource->vocabularies |= vocabularies[i].vocabulary;
        } else if (member->boolean) {
            return schema_fault(c, node, STR("$schema"), "requires a vocabulary unknown here");
        }
    }
    return OK;
}

static const struct {
    struct str uri;
    enum jsonschema_draft draft;
} dialects[] = {
    {STR_INIT("https://json-schema.org/draft/2020-12/schema"), JSONSCHEMA_2020_12},
    {STR_INIT("http://json-schema.org/draft-07/schema"), JSONSCHEMA_DRAFT_7},
    {STR_INIT("https://json-schema.org/draft-07/schema"), JSONSCHEMA_DRAFT_7},
    /* all of draft 6 means the same in draft 7 */
    {STR_INIT("http://json-schema.org/draft-06/schema"), JSONSCHEMA_DRAFT_7},
};

enum status dialect_choose(struct compiler *c, const struct node *node, struct resource *resource)
{
    struct str uri = json_find_str(node->source, STR("$schema"));
    uri = uri_resolve(c->arena, uri, STR(""));
    if (uri.len == 0 || str_eq(uri, STR("http://json-schema.org/schema"))) {
        return OK;
    }
    for (size_t i = 0; i < ARRAY_LEN(dialects); i++) {
        if (str_eq(uri, dialects[i].uri)) {
            resource->draft = dialects[i].draft;
            resource->vocabularies = VOCABULARY_ALL;
            return OK;
        }
    }
    const struct json *meta = given_document(c, uri);
    if (meta == NULL) {
        return schema_fault(c, node, STR("$schema"), "names a draft that is not known here");
    }
    const struct json *listed = json_find(meta, STR("$vocabulary"));
    return listed == NULL ? OK : vocabularies_take(c, node, listed, resource);
}

/* ---- JSON Pointers ---- */

/* A key as a pointer's token writes it: "~1" is "/", "~0" is "~". False: another "~". */
static bool token_read(struct arena *arena, struct str token, struct str *key)
{
    struct buf out = buf_in(arena, token.len);
    while (token.len > 0) {
        size_t tilde = str_find_char(token, '~');
        tilde = tilde == SIZE_MAX ? token.len : tilde;
        buf_add(&out, str_slice(token, 0, tilde));
        token = str_slice(token, tilde, token.len);
        if (str_skip_prefix(&token, STR("~0"))) {
            buf_add_char(&out, '~');
        } else if (str_skip_prefix(&token, STR("~1"))) {
            buf_add_char(&out, '/');
        } else if (token.len > 0) {
            return false;
        }
    }
    *key = buf_str(&out);
    return true;
}

static bool index_of(struct str token, int64_t *index)
{
    bool is_plain = token.len == 1 || (token.len > 0 && token.ptr[0] != '0');
    return is_plain && token.ptr[0] != '-' && str_to_i64(token, index);
}

static const struct json *step_into(struct arena *arena, const struct json *value, struct str token)
{
    int64_t index = 0;
    struct str key = {0};
    if (value->type == JSON_OBJECT) {
        return token_read(arena, token, &key) ? json_find(value, key) : NULL;
    }
    if (value->type == JSON_ARRAY && index_of(token, &index)) {
        JSON_EACH (item, value) {
            if (index-- == 0) {
                return item;
            }
        }
    }
    return NULL;
}

/* Walks; a node without a known place gets one, in the resource it lies in. */
static enum status pointer_follow(struct compiler *c, struct resource *resource, struct str pointer,
                                  struct node **target)
{
    const struct json *value = resource->root->source;
    struct str rest = str_slice(pointer, 1, pointer.len), token = {0};
    bool more = pointer.len > 0;
    while (more && value != NULL && str_split_next(&rest, '/', &token)) {
        c->looks += value->count;
        if (c->looks > JSONSCHEMA_MAX_LOOKS) {
            return fail_public(c->cx, ERR_TOO_LARGE, "a schema of too many long references");
        }
        value = step_into(c->cx->arena, value, token);
        struct node *known = value == NULL ? NULL : node_of(c, value);
        resource = known == NULL ? resource : known->resource;
        more = rest.ptr != NULL;
    }
    *target = value == NULL ? NULL : node_of(c, value);
    if (value == NULL || *target != NULL) {
        return OK;
    }
    struct node like = {
        .source = value, .resource = resource, .index = SIZE_MAX, .pointer = pointer};
    TRY(node_add(c, &like, target));
    return nodes_scan(c);
}

enum status ref_resolve(struct compiler *c, const struct node *node, struct str keyword,
                        struct str reference, struct node **target, struct str *anchor)
{
    struct str fragment = {0};
    struct resource *resource = NULL;
    struct str uri = uri_resolve(c->arena, node->resource->uri, reference);
    *anchor = (struct str){0};
    *target = NULL;
    if (!uri_fragment(c->arena, reference, &fragment)) {
        return schema_fault(c, node, keyword, "is not percent-encoded well");
    }
    TRY(resource_find(c, uri, &resource));
    if (resource == NULL) {
        return schema_fault(c, node, keyword, "leads to a document that is not here");
    }
    if (fragment.len == 0 || fragment.ptr[0] == '/') {
        TRY(pointer_follow(c, resource, fragment, target));
    } else {
        uint32_t index = names_find(&resource->anchors, fragment);
        *target = index == NAMES_ABSENT ? NULL : c->nodes[index];
        *anchor = fragment;
    }
    return *target == NULL ? schema_fault(c, node, keyword, "leads nowhere") : OK;
}

/* ---- cycles ---- */

/* A node under way, and how far: the stack is an array, for a schema may be a long chain. */
struct visit {
    struct node *node;
    const struct rule *rule;
    size_t at;
};

enum { VISIT_NEVER, VISIT_OPEN, VISIT_DONE };

/* The next node that is applied to the same value, or NULL. */
static struct node *visit_next(struct visit *visit)
{
    for (; visit->rule != NULL; visit->rule = visit->rule->next, visit->at = 0) {
        const struct in_place *in_place = (const struct in_place *)visit->rule;
        while (rule_is_in_place(visit->rule) && visit->at < in_place->count) {
            struct node *next = in_place->nodes[visit->at++];
            if (next != NULL) {
                return next;
            }
        }
    }
    return NULL;
}

static enum status visit_from(struct compiler *c, struct visit *stack, struct node *start)
{
    size_t depth = 0;
    stack[depth++] = (struct visit){start, start->rules, 0};
    start->visit = VISIT_OPEN;
    while (depth > 0) {
        struct node *next = visit_next(&stack[depth - 1]);
        if (next == NULL) {
            stack[--depth].node->visit = VISIT_DONE;
        } else if (next->visit == VISIT_OPEN) {
            return schema_fault(c, next, STR("it"), "refers to itself without end");
        } else if (next->visit == VISIT_NEVER) {
            next->visit = VISIT_OPEN;
            stack[depth++] = (struct visit){next, next->rules, 0};
        }
    }
    return OK;
}

enum status refs_check_cycles(struct compiler *c)
{
    struct visit *stack = ARENA_ARRAY(c->cx->arena, struct visit, c->count);
    for (size_t i = 0; i < c->count; i++) {
        if (c->nodes[i]->visit == VISIT_NEVER) {
            TRY(visit_from(c, stack, c->nodes[i]));
        }
    }
    return OK;
}
