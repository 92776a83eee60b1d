#include "shared/schema/jsonschema/internal.h"

#include <stdio.h>

enum { POINTER_BYTES = 16 * 1024 };

/* ---- places ---- */

/* RFC 6901 section 3. */
static void token_add(struct buf *out, struct str token)
{
    buf_add_char(out, '/');
    for (size_t i = 0; i < token.len; i++) {
        char c = token.ptr[i];
        if (c == '~' || c == '/') {
            buf_add(out, c == '~' ? STR("~0") : STR("~1"));
        } else {
            buf_add_char(out, c);
        }
    }
}

static void index_add(struct buf *out, size_t index)
{
    buf_add_char(out, '/');
    buf_add_i64(out, (int64_t)index);
}

/* The frames from the root down; they are linked upwards. */
static const struct frame **frames_of(struct run *run, const struct frame *frame, size_t *count)
{
    *count = (size_t)frame->depth + 1;
    const struct frame **frames = ARENA_ARRAY(run->cx->arena, const struct frame *, *count);
    for (size_t i = *count; i > 0; i--, frame = frame->up) {
        frames[i - 1] = frame;
    }
    return frames;
}

static void instance_location(struct buf *out, const struct frame **frames, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (frames[i]->step == STEP_MEMBER) {
            token_add(out, frames[i]->value->key);
        } else if (frames[i]->step == STEP_ITEM) {
            index_add(out, frames[i]->item);
        }
    }
}

static void keyword_location(struct buf *out, const struct frame **frames, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        token_add(out, *frames[i]->keyword);
        if (frames[i]->name != NULL) {
            token_add(out, *frames[i]->name);
        } else if (frames[i]->index != NO_INDEX) {
            index_add(out, frames[i]->index);
        }
    }
}

/* From the resource's root down to `node`. */
static void node_pointer(struct buf *out, const struct node *node, unsigned depth)
{
    bool is_root = node->resource->root == node;
    if (node->parent != NULL && !is_root && depth < JSON_READ_DEPTH_MAX) {
        node_pointer(out, node->parent, depth + 1);
        token_add(out, node->keyword);
        if (node->name.ptr != NULL) {
            token_add(out, node->name);
        } else if (node->index != SIZE_MAX) {
            index_add(out, node->index);
        }
    }
    buf_add(out, node->pointer);
}

static struct str pointer_str(struct arena *arena, const struct buf *pointer)
{
    return arena_str_copy(arena, buf_str(pointer));
}

/* ---- errors ---- */

static void error_fill(struct run *run, const struct frame *frame, struct str keyword,
                       struct jsonschema_error *error)
{
    struct arena *arena = run->cx->arena;
    size_t count = 0;
    const struct frame **frames = frames_of(run, frame, &count);
    struct buf pointer = buf_in(arena, POINTER_BYTES);
    instance_location(&pointer, frames, count);
    error->instance_location = pointer_str(arena, &pointer);
    buf_clear(&pointer);
    keyword_location(&pointer, frames, count);
    if (keyword.len > 0) {
        token_add(&pointer, keyword);
    }
    error->keyword_location = pointer_str(arena, &pointer);
    buf_clear(&pointer);
    buf_add(&pointer, frame->node->resource->uri);
    buf_add_char(&pointer, '#');
    node_pointer(&pointer, frame->node, 0);
    if (keyword.len > 0) {
        token_add(&pointer, keyword);
    }
    error->absolute_keyword_location = pointer_str(arena, &pointer);
    error->keyword = keyword;
}

bool fault(struct run *run, const struct frame *frame, struct str keyword, const char *format, ...)
{
    struct jsonschema_result *report = run->report;
    if (report == NULL) {
        return false;
    }
    if (report->error_count == JSONSCHEMA_MAX_ERRORS) {
        report->dropped++;
        return false;
    }
    struct jsonschema_error *error = &report->errors[report->error_count++];
    error_fill(run, frame, keyword, error);
    va_list args;
    va_start(args, format);
    error->message = arena_vformat(run->cx->arena, format, args);
    va_end(args);
    return false;
}

struct str jsonschema_sentence(struct ctx *cx, const struct jsonschema_error *error)
{
    struct str place = error->instance_location;
    return arena_format(cx->arena, "at " STR_FMT ": " STR_FMT,
                        STR_ARG(place.len == 0 ? STR("the top") : place), STR_ARG(error->message));
}

void jsonschema_output_write(struct json_writer *w, const struct jsonschema_result *result)
{
    json_object_begin(w);
    json_member_bool(w, "valid", result->error_count == 0);
    if (result->error_count > 0) {
        json_member_array(w, "errors");
        for (size_t i = 0; i < result->error_count; i++) {
            const struct jsonschema_error *error = &result->errors[i];
            json_object_begin(w);
            json_member_str(w, "keywordLocation", error->keyword_location);
            json_member_str(w, "absoluteKeywordLocation", error->absolute_keyword_location);
            json_member_str(w, "instanceLocation", error->instance_location);
            json_member_str(w, "error", error->message);
            json_object_end(w);
        }
        json_array_end(w);
    }
    json_object_end(w);
}

/* ---- the whole ---- */

/* `report`: NULL for the verdict alone. */
static bool run_over(struct run *run, const struct jsonschema *schema, const struct json *value,
                     struct jsonschema_result *report)
{
    const struct frame top = {.node = schema->root, .value = value, .index = NO_INDEX};
    run->is_dynamic = schema->is_dynamic;
    run->steps = JSONSCHEMA_MAX_STEPS;
    run_report_to(run, report);
    return run->is_quick ? node_passes(run, schema->root, value, NULL)
                         : check_node(run, &top, NULL);
}

enum status jsonschema_check(struct ctx *cx, const struct jsonschema *schema,
                             const struct json *value, struct jsonschema_result *result)
{
    struct run run = {.cx = cx};
    if (result != NULL) {
        result->error_count = result->dropped = 0;
    }
    bool ok = run_over(&run, schema, value, NULL);
    if (ok && run.exhausted == NULL) {
        return OK;
    }
    if (run.exhausted == NULL) { /* once more, for the words */
        (void)run_over(&run, schema, value,
                       result == NULL ? ARENA_NEW(cx->arena, struct jsonschema_result) : result);
    }
    if (run.exhausted != NULL && (run.report == NULL || run.report->error_count == 0)) {
        return fail_public(cx, ERR_TOO_LARGE, "too costly to judge: too much of %s", run.exhausted);
    }
    struct str sentence = jsonschema_sentence(cx, &run.report->errors[0]);
    return fail_public(cx, ERR_INVALID, STR_FMT, STR_ARG(sentence));
}
