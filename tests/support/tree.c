#include "tests/support/tree.h"

#include "shared/base/utf8.h"
#include "tests/support/random.h"

static struct str random_text(struct arena *arena, uint64_t *state)
{
    static const uint32_t pool[] = {0,      1,      0x1F,   ' ',     '"',     '\\', '/',   '\n',
                                    '\r',   '\t',   '\b',   '\f',    0x7F,    0x80, 0x7FF, 0x800,
                                    0xFFFD, 0xD7FF, 0xE000, 0xFFFF,  0x2028,  'a',  'b',   'c',
                                    '{',    ',',    '1',    0x10000, 0x10FFFF};
    struct buf text = buf_in(arena, KIB(1));
    for (uint64_t i = random_below(state, 12); i > 0; i--) {
        char bytes[4];
        size_t len = utf8_encode(pool[random_below(state, ARRAY_LEN(pool))], bytes);
        buf_add(&text, (struct str){.ptr = bytes, .len = len});
    }
    return buf_str(&text);
}

static struct str random_number(uint64_t *state)
{
    static const struct str pool[] = {
        STR_INIT("0"),      STR_INIT("-0"),    STR_INIT("1"),
        STR_INIT("-17"),    STR_INIT("0.10"),  STR_INIT("9223372036854775807"),
        STR_INIT("1e400"),  STR_INIT("2E+05"), STR_INIT("-9223372036854775808"),
        STR_INIT("1.5e-7"), STR_INIT("0e0"),   STR_INIT("123456789012345678901234567890.00000001"),
        STR_INIT("0.3"),    STR_INIT("1e23"),  STR_INIT("179769313486231580793728971405301e276"),
    };
    return pool[random_below(state, ARRAY_LEN(pool))];
}

static struct json *node_random(struct arena *arena, uint64_t *state, unsigned max_depth);

static void children_random(struct arena *arena, uint64_t *state, unsigned max_depth,
                            struct json *node)
{
    struct json **link = &node->first;
    for (uint64_t i = random_below(state, 6) * random_below(state, 5); i > 0; i--) {
        struct json *child = node_random(arena, state, max_depth - 1);
        if (node->type == JSON_OBJECT) {
            struct str text = random_text(arena, state);
            child->key = arena_format(arena, "%u" STR_FMT, (unsigned)i, STR_ARG(text));
        }
        *link = child;
        link = &child->next;
        node->count++;
    }
}

static struct json *node_random(struct arena *arena, uint64_t *state, unsigned max_depth)
{
    struct json *node = ARENA_NEW(arena, struct json);
    node->type = (enum json_type)random_below(state, max_depth == 0 ? JSON_ARRAY : JSON_OBJECT + 1);
    switch (node->type) {
    case JSON_NULL:
        break;
    case JSON_BOOL:
        node->boolean = random_below(state, 2) == 1;
        break;
    case JSON_NUMBER:
        node->text = random_number(state);
        break;
    case JSON_STRING:
        node->text = random_text(arena, state);
        break;
    case JSON_ARRAY:
    case JSON_OBJECT:
        children_random(arena, state, max_depth, node);
    }
    return node;
}

const struct json *tree_random(struct arena *arena, uint64_t *state, unsigned max_depth)
{
    return node_random(arena, state, max_depth);
}

static void children_write(struct json_writer *w, const struct json *tree)
{
    JSON_EACH (child, tree) {
        if (tree->type == JSON_OBJECT) {
            json_key(w, child->key);
        }
        tree_write(w, child);
    }
}

void tree_write(struct json_writer *w, const struct json *tree)
{
    switch (tree->type) {
    case JSON_NULL:
        json_null(w);
        break;
    case JSON_BOOL:
        json_bool(w, tree->boolean);
        break;
    case JSON_NUMBER:
        json_raw(w, tree->text);
        break;
    case JSON_STRING:
        json_str(w, tree->text);
        break;
    case JSON_ARRAY:
        json_array_begin(w);
        children_write(w, tree);
        json_array_end(w);
        break;
    case JSON_OBJECT:
        json_object_begin(w);
        children_write(w, tree);
        json_object_end(w);
    }
}

bool tree_eq(const struct json *a, const struct json *b)
{
    if (a->type != b->type || a->boolean != b->boolean || a->count != b->count ||
        !str_eq(a->text, b->text) || !str_eq(a->key, b->key)) {
        return false;
    }
    const struct json *x = a->first, *y = b->first;
    while (x != NULL && y != NULL && tree_eq(x, y)) {
        x = x->next;
        y = y->next;
    }
    return x == NULL && y == NULL;
}
