/* The tree as JSON, and where the source's end has cut it. No recursion: trees are as deep as the
 * source. */
#include "shared/json/repair_parts.h"

#include <stdlib.h>

/* ---- members of one name --------------------------------------------------------------------- */

struct named {
    struct node *node;
    size_t index;
};

static int by_key(const void *a, const void *b)
{
    const struct named *left = a;
    const struct named *right = b;
    int order = str_cmp(left->node->key, right->node->key);
    return order != 0 ? order : (left->index > right->index) - (left->index < right->index);
}

/* Leaves out all but the last of each name. */
static void duplicates_leave_out(struct repairer *r, struct node *object)
{
    struct named *members = ARENA_ARRAY(r->cx->arena, struct named, object->count);
    size_t count = 0;
    for (struct node *node = object->first; node != NULL; node = node->next) {
        if (!node->is_left_out) {
            members[count] = (struct named){.node = node, .index = count};
            count++;
        }
    }
    qsort(members, count, sizeof members[0], by_key);
    for (size_t i = 0; i + 1 < count; i++) {
        if (str_eq(members[i].node->key, members[i + 1].node->key)) {
            members[i].node->is_left_out = true;
            repair_note(r, JSON_RULE_DUPLICATE_KEY, members[i].node->at, 0);
        }
    }
}

/* ---- the walk -------------------------------------------------------------------------------- */

static void scalar_write(struct json_writer *w, const struct node *node)
{
    if (node->type == JSON_STRING) {
        json_str(w, node->literal);
    } else {
        json_raw(w, node->literal);
    }
}

static void node_begin(struct repairer *r, struct json_writer *w, struct node *node)
{
    if (node->parent != NULL && node->parent->type == JSON_OBJECT) {
        json_key(w, node->key);
    }
    if (node->type == JSON_OBJECT) {
        duplicates_leave_out(r, node);
        json_object_begin(w);
    } else if (node->type == JSON_ARRAY) {
        json_array_begin(w);
    } else {
        scalar_write(w, node);
    }
}

static void node_end(struct json_writer *w, const struct node *node)
{
    if (node->type == JSON_OBJECT) {
        json_object_end(w);
    } else if (node->type == JSON_ARRAY) {
        json_array_end(w);
    }
}

static struct node *not_left_out(struct node *node)
{
    while (node != NULL && node->is_left_out) {
        node = node->next;
    }
    return node;
}

struct str repair_write(struct repairer *r)
{
    struct buf text = buf_in(r->cx->arena, SIZE_MAX / 2);
    struct json_writer w = json_writer_on(&text);
    struct node *node = r->root;
    node_begin(r, &w, node);
    for (;;) {
        struct node *child = not_left_out(node->first);
        if (child != NULL) {
            node = child;
            node_begin(r, &w, node);
            continue;
        }
        node_end(&w, node);
        while (node != r->root && not_left_out(node->next) == NULL) {
            node = node->parent;
            node_end(&w, node);
        }
        if (node == r->root) {
            return buf_str(&text);
        }
        node = not_left_out(node->next);
        node_begin(r, &w, node);
    }
}

/* ---- what was cut ---------------------------------------------------------------------------- */

static void pointer_add_token(struct buf *pointer, struct str token)
{
    for (size_t i = 0; i < token.len; i++) {
        if (token.ptr[i] == '~' || token.ptr[i] == '/') {
            buf_add(pointer, token.ptr[i] == '~' ? STR("~0") : STR("~1"));
        } else {
            buf_add_char(pointer, token.ptr[i]);
        }
    }
}

/* What the source's end cuts lies on one path, the last of everything. */
size_t repair_truncated(struct repairer *r, const struct str **pointers)
{
    struct str *found = ARENA_ARRAY(r->cx->arena, struct str, r->max_depth + 2);
    struct buf pointer = buf_in(r->cx->arena, JSON_REPAIR_MAX_BYTES);
    size_t count = 0;
    size_t index = 0;
    for (const struct node *node = r->root; node != NULL && node->is_cut; node = node->last) {
        if (node->parent != NULL) {
            index = node->parent->count - 1;
            buf_add_char(&pointer, '/');
            if (node->parent->type == JSON_OBJECT) {
                pointer_add_token(&pointer, node->key);
            } else {
                buf_addf(&pointer, "%zu", index);
            }
        }
        found[count++] = arena_str_copy(r->cx->arena, buf_str(&pointer));
    }
    *pointers = found;
    return count;
}
