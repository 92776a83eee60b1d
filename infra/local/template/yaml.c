#include "infra/local/template/yaml.h"

#include <yaml.h>

enum {
    MAX_DEPTH = 64,
    MAX_NODES = 100000,
    MAX_KEYS = 5000 /* of a map: each new one is compared with those before it */
};
static const size_t MAX_SOURCE_BYTES = MIB(1);
static const size_t MAX_TEXT_BYTES = MIB(8); /* an alias of a long text is a copy of it */
static const char TOO_LARGE[] = "too deep or too large (64 levels, 100000 nodes, 5000 keys a map, "
                                "8 MiB of text): make it smaller";

struct reading {
    struct problems *problems;
    yaml_document_t *document;
    size_t nodes, text_bytes;
    bool failed;
};

static struct str scalar_text(const yaml_node_t *node)
{
    return (struct str){.ptr = (const char *)node->data.scalar.value,
                        .len = node->data.scalar.length};
}

static int line_of(const yaml_node_t *node)
{
    return (int)node->start_mark.line + 1;
}

static void refuse(struct reading *r, int line, const char *words)
{
    if (!r->failed) {
        problem_add(r->problems, line, "%s", words);
    }
    r->failed = true;
}

/* "!Sub" -> "Fn::Sub"; Ref and Condition have no prefix. Empty: no call. */
static struct str call_of_tag(struct arena *arena, const yaml_node_t *node)
{
    struct str tag = str_from_cstr((const char *)node->tag);
    if (tag.len < 2 || tag.ptr[0] != '!') {
        return (struct str){0};
    }
    struct str name = str_slice(tag, 1, tag.len);
    if (str_eq(name, STR("Ref")) || str_eq(name, STR("Condition"))) {
        return arena_str_copy(arena, name);
    }
    return arena_format(arena, "Fn::" STR_FMT, STR_ARG(name));
}

static bool is_long_form(struct str key)
{
    return str_eq(key, STR("Ref")) || str_has_prefix(key, STR("Fn::"));
}

static struct node *read_node(struct reading *r, int index, size_t depth);

static void read_list(struct reading *r, const yaml_node_t *from, struct node *list, size_t depth)
{
    struct node **tail = &list->first;
    for (const yaml_node_item_t *i = from->data.sequence.items.start;
         i < from->data.sequence.items.top && !r->failed; i++) {
        *tail = read_node(r, *i, depth + 1);
        if (*tail != NULL) {
            tail = &(*tail)->next;
            list->count++;
        }
    }
}

static void read_map(struct reading *r, const yaml_node_t *from, struct node *map, size_t depth)
{
    struct node **tail = &map->first;
    for (const yaml_node_pair_t *p = from->data.mapping.pairs.start;
         p < from->data.mapping.pairs.top && !r->failed; p++) {
        const yaml_node_t *key = yaml_document_get_node(r->document, p->key);
        if (key == NULL || key->type != YAML_SCALAR_NODE) {
            refuse(r, map->line, "a key that is not plain text");
            return;
        }
        if (map->count == MAX_KEYS) {
            refuse(r, line_of(key), TOO_LARGE);
            return;
        }
        if (node_find(map, scalar_text(key)) != NULL) {
            problem_add(r->problems, line_of(key), "the key " STR_FMT " stands twice: remove one",
                        STR_ARG(scalar_text(key)));
            r->failed = true;
            return;
        }
        struct node *value = read_node(r, p->value, depth + 1);
        if (value == NULL) {
            return;
        }
        value->key = arena_str_copy(r->problems->arena, scalar_text(key));
        *tail = value;
        tail = &value->next;
        map->count++;
    }
}

static void fill_node(struct reading *r, const yaml_node_t *from, struct node *node, size_t depth)
{
    switch (from->type) {
    case YAML_SCALAR_NODE:
        r->text_bytes += from->data.scalar.length;
        if (r->text_bytes > MAX_TEXT_BYTES) {
            refuse(r, node->line, TOO_LARGE);
            return;
        }
        node->kind = NODE_SCALAR;
        node->text = arena_str_copy(r->problems->arena, scalar_text(from));
        node->quoted = from->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
        return;
    case YAML_SEQUENCE_NODE:
        node->kind = NODE_LIST;
        read_list(r, from, node, depth);
        return;
    case YAML_MAPPING_NODE:
        node->kind = NODE_MAP;
        read_map(r, from, node, depth);
        return;
    case YAML_NO_NODE:
        break;
    }
    refuse(r, node->line, "an empty node");
}

static struct node *read_node(struct reading *r, int index, size_t depth)
{
    const yaml_node_t *from = yaml_document_get_node(r->document, index);
    if (from == NULL) {
        refuse(r, 1, "an alias that points nowhere");
        return NULL;
    }
    if (depth > MAX_DEPTH || ++r->nodes > MAX_NODES) {
        refuse(r, line_of(from), TOO_LARGE);
        return NULL;
    }
    struct arena *arena = r->problems->arena;
    struct node *node = ARENA_NEW(arena, struct node);
    node->line = line_of(from);
    fill_node(r, from, node, depth);
    struct str call = call_of_tag(arena, from);
    if (call.len > 0) {
        struct node *wrapper = ARENA_NEW(arena, struct node);
        *wrapper = (struct node){
            .kind = NODE_CALL, .line = node->line, .text = call, .count = 1, .first = node};
        return wrapper;
    }
    if (node->kind == NODE_MAP && node->count == 1 && node->first != NULL &&
        is_long_form(node->first->key)) {
        node->kind = NODE_CALL;
        node->text = node->first->key;
    }
    return r->failed ? NULL : node;
}

static void report_parser(struct problems *problems, const yaml_parser_t *parser)
{
    problem_add(problems, (int)parser->problem_mark.line + 1, "not YAML: %s%s%s",
                parser->problem != NULL ? parser->problem : "unreadable bytes",
                parser->context != NULL ? ", " : "",
                parser->context != NULL ? parser->context : "");
}

static bool parser_open(struct problems *problems, struct str source, yaml_parser_t *parser)
{
    if (yaml_parser_initialize(parser) == 0) {
        problem_add(problems, 1, "libyaml has no memory");
        return false;
    }
    yaml_parser_set_input_string(
        parser, (const unsigned char *)(source.ptr != NULL ? source.ptr : ""), source.len);
    return true;
}

/* How much deeper it is after this event, in lists and maps. */
static int step_of(const yaml_event_t *event)
{
    switch (event->type) {
    case YAML_SEQUENCE_START_EVENT:
    case YAML_MAPPING_START_EVENT:
        return 1;
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        return -1;
    default:
        return 0;
    }
}

/*
 * A first pass that stops where it gets too deep: libyaml takes a time that grows with the square
 * of the depth, half an hour for 1 MiB of "[". What is no YAML is left to the second pass to tell.
 */
static bool depth_check(struct problems *problems, struct str source)
{
    yaml_parser_t parser;
    int depth = 0;
    bool ended = false;
    if (!parser_open(problems, source, &parser)) {
        return false;
    }
    while (!ended && depth <= MAX_DEPTH) {
        yaml_event_t event;
        if (yaml_parser_parse(&parser, &event) == 0) {
            break;
        }
        depth += step_of(&event);
        ended = event.type == YAML_STREAM_END_EVENT;
        yaml_event_delete(&event);
    }
    if (depth > MAX_DEPTH) {
        problem_add(problems, (int)parser.mark.line + 1, "%s", TOO_LARGE);
    }
    yaml_parser_delete(&parser);
    return depth <= MAX_DEPTH;
}

const struct node *yaml_read(struct problems *problems, struct str source)
{
    yaml_parser_t parser;
    yaml_document_t document;
    if (source.len > MAX_SOURCE_BYTES) {
        problem_add(problems, 1, "larger than 1 MiB: make it smaller");
        return NULL;
    }
    if (!depth_check(problems, source) || !parser_open(problems, source, &parser)) {
        return NULL;
    }
    if (yaml_parser_load(&parser, &document) == 0) {
        report_parser(problems, &parser);
        yaml_parser_delete(&parser);
        return NULL;
    }
    struct reading reading = {.problems = problems, .document = &document};
    const struct node *root = NULL;
    if (yaml_document_get_root_node(&document) == NULL) {
        problem_add(problems, 1, "empty: a template needs Resources");
    } else {
        root = read_node(&reading, 1, 0);
    }
    yaml_document_delete(&document);
    yaml_parser_delete(&parser);
    return reading.failed ? NULL : root;
}

const struct node *node_find(const struct node *map, struct str key)
{
    if (map == NULL || map->kind != NODE_MAP) {
        return NULL;
    }
    NODE_EACH(member, map)
    {
        if (str_eq(member->key, key)) {
            return member;
        }
    }
    return NULL;
}

bool node_is_null(const struct node *node)
{
    return node == NULL || (node->kind == NODE_SCALAR && !node->quoted &&
                            (node->text.len == 0 || str_eq(node->text, STR("null")) ||
                             str_eq(node->text, STR("~"))));
}
