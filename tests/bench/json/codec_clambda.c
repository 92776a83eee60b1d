/* Ours: shared/json. A tree has an arena of its own, as an invocation has. */
#include "shared/json/json.h"
#include "tests/bench/json/codec.h"
#include "tests/bench/measure.h"

enum { OUTPUT_MAX = 64 << 20 };

struct tree {
    struct arena arena;
    const struct json *root;
};

void *codec_read(const char *text, size_t len)
{
    struct tree *tree = calloc(1, sizeof *tree);
    if (tree == NULL) {
        die("no memory");
    }
    arena_init(&tree->arena, 0);
    struct ctx cx = {.arena = &tree->arena};
    must(&cx, json_read(&cx, (struct str){text, len}, NULL, &tree->root));
    return tree;
}

/* NOLINTNEXTLINE(misc-no-recursion): as deep as the reader lets a document be */
static double sum(const struct json *value)
{
    double total = 0, number = 0;
    if (value->type == JSON_NUMBER && json_is_f64(value, &number)) {
        return number;
    }
    JSON_EACH (child, value) {
        total += sum(child);
    }
    return total;
}

double codec_sum(void *tree)
{
    return sum(((struct tree *)tree)->root);
}

/* NOLINTNEXTLINE(misc-no-recursion): likewise */
static void put(struct json_writer *w, const struct json *value, bool is_member)
{
    if (is_member) {
        json_key(w, value->key);
    }
    switch (value->type) {
    case JSON_STRING:
        json_str(w, value->text);
        return;
    case JSON_NULL:
    case JSON_BOOL:
    case JSON_NUMBER:
        json_raw(w, value->span);
        return;
    case JSON_ARRAY:
    case JSON_OBJECT:
        break;
    }
    bool is_object = value->type == JSON_OBJECT;
    is_object ? json_object_begin(w) : json_array_begin(w);
    JSON_EACH (child, value) {
        put(w, child, is_object);
    }
    is_object ? json_object_end(w) : json_array_end(w);
}

size_t codec_write(const void *tree)
{
    struct arena arena;
    arena_init(&arena, 0);
    struct buf buf = buf_in(&arena, OUTPUT_MAX);
    struct json_writer w = json_writer_on(&buf);
    put(&w, ((const struct tree *)tree)->root, false);
    size_t len = buf_str(&buf).len;
    arena_deinit(&arena);
    return len;
}

void codec_free(void *tree)
{
    arena_deinit(&((struct tree *)tree)->arena);
    free(tree);
}
