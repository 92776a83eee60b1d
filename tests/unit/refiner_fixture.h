/*
 * What the refiner's tests share: an analysis read from text, refined, written and judged by the
 * output's schema.
 */
#pragma once

#include "tests/support/check.h"

#include "functions/refiner/refine.h"
#include "functions/refiner/refined_schema.h"
#include "shared/base/file.h"

struct refined_case {
    struct analysis *analysis;
    struct refinement *refinement;
    struct str body;         /* the output, without `_metadata` */
    const struct json *root; /* of the body */
};

/* Compiled for the life of the test program. */
static inline const struct jsonschema *output_schema(void)
{
    static const struct jsonschema *schema;
    static struct arena arena;
    if (schema == NULL) {
        arena_init(&arena, 0);
        struct ctx cx = {.arena = &arena};
        CHECK_STATUS(&cx, refined_schema_compile(&cx, &arena, &schema), OK);
    }
    return schema;
}

/* From JSON that is read already; the output must be valid. */
static inline void refine_json(struct ctx *cx, const struct analysis *analysis,
                               struct refined_case *out)
{
    struct buf buf = buf_in(cx->arena, REFINED_MAX_BYTES);
    struct json_writer w = json_writer_on(&buf);
    out->refinement = ARENA_NEW(cx->arena, struct refinement);
    refine(cx, analysis, out->refinement);
    json_object_begin(&w);
    refined_write_members(&w, &out->refinement->refined);
    json_object_end(&w);
    assert_false(buf.full);
    out->body = buf_str(&buf);
    CHECK_STATUS(cx, json_read(cx, out->body, NULL, &out->root), OK);
    CHECK_STATUS(cx, jsonschema_check(cx, output_schema(), out->root, NULL), OK);
}

static inline struct refined_case refine_text(struct ctx *cx, struct str text)
{
    struct refined_case out = {.analysis = ARENA_NEW(cx->arena, struct analysis)};
    const struct json *root = NULL;
    CHECK_STATUS(cx, json_read(cx, exact_copy(cx, text), NULL, &root), OK);
    CHECK_STATUS(cx, analysis_read(cx, root, out.analysis), OK);
    refine_json(cx, out.analysis, &out);
    return out;
}

static inline struct refined_case refine_file(struct ctx *cx, const char *name)
{
    struct str text;
    struct str path = arena_format(cx->arena, "tests/cases/refiner/%s", name);
    CHECK_STATUS(cx, file_read(cx, path.ptr, MIB(1), &text), OK);
    return refine_text(cx, text);
}

static inline const struct json *child(const struct json *parent, struct str name)
{
    int64_t index = 0;
    if (parent->type == JSON_OBJECT) {
        return json_find(parent, name);
    }
    if (parent->type != JSON_ARRAY || !str_to_i64(name, &index)) {
        return NULL;
    }
    const struct json *item = parent->first;
    for (; item != NULL && index > 0; index--) {
        item = item->next;
    }
    return item;
}

/* The value at a JSON Pointer without escapes: "/assets/0/role"; fails if there is none. */
static inline const struct json *at(const struct json *root, const char *pointer)
{
    static const struct json nothing;
    struct str rest = str_from_cstr(pointer + 1), part;
    const struct json *value = root;
    while (value != NULL && str_split_next(&rest, '/', &part)) {
        value = child(value, part);
    }
    if (value == NULL) {
        CHECK_FAILED("nothing at %s\n", pointer);
        return &nothing;
    }
    return value;
}

/* A string's text, any other value as written. */
static inline struct str text_at(const struct json *root, const char *pointer)
{
    const struct json *value = at(root, pointer);
    return value->type == JSON_STRING ? value->text : value->span;
}

#define CHECK_AT(root, pointer, want)                                                              \
    CHECK_STR((pointer), text_at((root), (pointer)), str_from_cstr(want))
