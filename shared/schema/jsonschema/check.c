#include "shared/schema/jsonschema/internal.h"

#include "shared/base/clock.h"

/* ---- limits ---- */

void run_exhaust(struct run *run, const char *what)
{
    run->exhausted = run->exhausted == NULL ? what : run->exhausted;
    run->steps = 0;
}

bool run_search(struct run *run, const struct pattern *pattern, struct str text)
{
    if (pattern_is_plain(pattern)) {
        return pattern_matches(pattern, text) == PATTERN_YES;
    }
    int64_t begin_us = clock_mono_us();
    enum pattern_result result = pattern_matches(pattern, text);
    run->search_us += clock_mono_us() - begin_us;
    if (result == PATTERN_COSTLY || run->search_us > JSONSCHEMA_MAX_SEARCH_US) {
        run_exhaust(run, "searching for patterns");
    }
    return result == PATTERN_YES;
}

/* ---- marks ---- */

/* Words are steps too: that bounds the memory of a run. */
void marks_open_many(struct run *run, struct marks *marks, size_t count)
{
    size_t words = (count + 63) / 64;
    (void)run_step(run, words);
    marks->words = ARENA_ARRAY(run->cx->arena, uint64_t, words);
}

void marks_merge(struct marks *marks, const struct marks *more)
{
    for (size_t i = 0; i < (marks->count + 63) / 64; i++) {
        marks->words[i] |= more->words[i];
    }
}

/* ---- nodes ---- */

static bool type_fault(struct run *run, const struct frame *frame)
{
    static const char *const words[] = {"null",     "true or false", "a number",      "a string",
                                        "an array", "an object",     "a whole number"};
    const struct node *node = frame->node;
    if (run->report == NULL) {
        return false;
    }
    if (node->types == 0) {
        return fault(run, frame, STR(""), "must not be here");
    }
    char text[120];
    struct buf list = buf_on(text, sizeof text);
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if ((node->types >> i & 1) != 0) {
            buf_add(&list, list.len == 0 ? STR("") : STR(" or "));
            buf_add(&list, str_from_cstr(words[i]));
        }
    }
    return fault(run, frame, STR("type"), "must be " STR_FMT ", not %s", STR_ARG(buf_str(&list)),
                 frame->value->type == JSON_NUMBER ? "this number"
                                                   : json_type_words(frame->value->type));
}

static bool check_rules(struct run *run, const struct frame *frame, struct marks *marks)
{
    unsigned bit = type_bit(frame->value);
    bool ok = true;
    for (const struct rule *rule = frame->node->rules; rule != NULL; rule = rule->next) {
        if ((rule->types & bit) != 0 && !rule->check(run, frame, rule, frame->value, marks)) {
            ok = false;
            if (run->report == NULL) {
                break;
            }
        }
    }
    return ok;
}

/* unevaluated* see what this node evaluates, and no more: not what its neighbours do. */
static bool check_tracked(struct run *run, const struct frame *frame, struct marks *marks)
{
    struct marks own;
    marks_open(run, &own, frame->value->count);
    bool ok = check_rules(run, frame, &own);
    if (ok && marks != NULL) {
        marks_merge(marks, &own);
    }
    return ok;
}

bool check_node(struct run *run, const struct frame *frame, struct marks *marks)
{
    if (!run_step(run, 1)) {
        return false;
    }
    if (frame->depth > JSONSCHEMA_MAX_DEPTH) {
        run_exhaust(run, "depth");
        return false;
    }
    bool ok = types_pass(frame->node->types, frame->value) || type_fault(run, frame);
    if (!ok && (run->report == NULL || frame->node->types == 0)) {
        return false;
    }
    bool rules_ok =
        frame->node->tracks ? check_tracked(run, frame, marks) : check_rules(run, frame, marks);
    return ok && rules_ok;
}

bool check_same_framed(struct run *run, const struct frame *frame, struct way way,
                       const struct node *node, const struct json *value, struct marks *marks)
{
    bool ok = false;
    if (is_settled(run, node, value, marks, &ok)) {
        return ok;
    }
    const struct frame same = {
        .up = frame,
        .node = node,
        .value = value,
        .keyword = way.keyword,
        .index = way.index,
        .depth = frame->depth + 1,
    };
    return check_node(run, &same, marks);
}

/* ---- quick runs ---- */

static inline bool each_passes(struct run *run, const struct quick *quick, const struct json *value,
                               struct marks *marks)
{
    for (const struct rule **at = quick->by_type[value->type]; *at != NULL; at++) {
        const struct rule *rule = *at;
        if (!(rule->passes != NULL ? rule->passes(run, rule, value)
                                   : rule->check(run, NULL, rule, value, marks))) {
            return false;
        }
    }
    return true;
}

static __attribute__((noinline)) bool tracked_passes(struct run *run, const struct quick *quick,
                                                     const struct json *value, struct marks *marks)
{
    struct marks own;
    marks_open(run, &own, value->count);
    bool ok = each_passes(run, quick, value, &own);
    if (ok && marks != NULL) {
        marks_merge(marks, &own);
    }
    return ok;
}

/* As check_node, `levels` at once. What runs out ends the run, so that no depth is given back. */
static inline bool enter(struct run *run, uint32_t levels)
{
    if (run->depth + levels > JSONSCHEMA_MAX_DEPTH + 1) {
        run_exhaust(run, "depth");
    }
    run->depth += levels;
    return run_step(run, levels);
}

/* Along many references that stand alone. */
static __attribute__((noinline)) bool forward_passes(struct run *run, const struct quick *quick,
                                                     const struct json *value, struct marks *marks)
{
    bool ok = true;
    uint32_t depth = run->depth;
    while (ok && quick->forward != NULL) {
        quick = &quick->forward->quick;
        ok = enter(run, 1) && types_pass(quick->types, value);
    }
    ok = ok && (quick->is_leaf || enter(run, 1 + quick->hops));
    ok = ok && (quick->by_type[value->type] == NULL ||
                (quick->tracks ? tracked_passes(run, quick, value, marks)
                               : each_passes(run, quick, value, marks)));
    run->depth = depth;
    return ok;
}

bool rules_pass(struct run *run, const struct quick *quick, const struct json *value,
                struct marks *marks)
{
    if (quick->forward != NULL) {
        return forward_passes(run, quick, value, marks);
    }
    if (!enter(run, 1 + quick->hops)) {
        return false;
    }
    bool ok = quick->tracks ? tracked_passes(run, quick, value, marks)
                            : each_passes(run, quick, value, marks);
    run->depth -= 1 + quick->hops;
    return ok;
}

/* ---- values ---- */

static bool numbers_equal(struct str a, struct str b)
{
    if (str_eq(a, b)) {
        return true;
    }
    struct number x = number_of(a), y = number_of(b);
    return number_compare(&x, &y) == 0;
}

/* The member of that name, most likely where `*hint` is. */
static const struct json *member_like(struct run *run, const struct json *object,
                                      const struct json **hint, struct str key)
{
    if (*hint != NULL && str_eq((*hint)->key, key)) {
        const struct json *found = *hint;
        *hint = found->next;
        return found;
    }
    return run_step(run, object->count) ? json_find(object, key) : NULL;
}

static bool objects_equal(struct run *run, const struct json *a, const struct json *b)
{
    const struct json *hint = b->first;
    JSON_EACH (member, a) {
        const struct json *other = member_like(run, b, &hint, member->key);
        if (other == NULL || !value_equal(run, member, other)) {
            return false;
        }
    }
    return true;
}

static bool arrays_equal(struct run *run, const struct json *a, const struct json *b)
{
    const struct json *other = b->first;
    JSON_EACH (item, a) {
        if (!value_equal(run, item, other)) {
            return false;
        }
        other = other->next;
    }
    return true;
}

bool value_equal(struct run *run, const struct json *a, const struct json *b)
{
    if (a->type != b->type || a->count != b->count || !run_step(run, 1)) {
        return false;
    }
    switch (a->type) {
    case JSON_NULL:
        return true;
    case JSON_BOOL:
        return a->boolean == b->boolean;
    case JSON_NUMBER:
        return numbers_equal(a->text, b->text);
    case JSON_STRING:
        return str_eq(a->text, b->text);
    case JSON_ARRAY:
        return arrays_equal(run, a, b);
    case JSON_OBJECT:
        return objects_equal(run, a, b);
    }
    return false;
}

static uint64_t text_hash(struct str text)
{
    uint64_t hash = 0xCBF29CE484222325U;
    for (size_t i = 0; i < text.len; i++) {
        hash = (hash ^ (unsigned char)text.ptr[i]) * 0x100000001B3U;
    }
    return hash;
}

uint64_t value_hash(const struct json *value)
{
    uint64_t hash = (uint64_t)value->type * 0x9E3779B97F4A7C15U + value->count;
    if (value->type == JSON_BOOL) {
        return hash + value->boolean;
    }
    if (value->type == JSON_STRING) {
        return hash ^ text_hash(value->text);
    }
    if (value->type == JSON_NUMBER) {
        struct number number = number_of(value->text);
        return hash ^ number_hash(&number);
    }
    JSON_EACH (child, value) {
        uint64_t one = value_hash(child);
        /* members may stand in any order */
        hash = value->type == JSON_ARRAY
                   ? (hash ^ one) * 0x100000001B3U
                   : hash + (one ^ text_hash(child->key)) * 0xD6E8FEB86659FD93U;
    }
    return hash;
}
