/* Finds the JSON in a text: what is JSON already, else the best of what looks like it. */
#include "shared/json/repair.h"

#include "shared/json/repair_parts.h"

#include <stdlib.h>

enum { MAX_CANDIDATES = 16, FAULT_COST = 100, DRAFT_COST = 32 };

/* ---- candidates ------------------------------------------------------------------------------ */

/* One text in the source that may be what was asked for. */
struct candidate {
    struct repairer reading;
    struct str text;
    size_t begin, end, faults;
};

struct search {
    struct ctx *cx;
    struct str source;
    const struct json_repair_options *options;
    struct candidate found[MAX_CANDIDATES];
    size_t count;
    size_t from; /* behind thoughts and a byte order mark */
    bool is_lines;
};

static struct str rest_of(const struct search *s, size_t at)
{
    return str_slice(s->source, at, s->source.len);
}

/* Reads one candidate at `at`, an opening bracket; gives where it ends. */
static enum status candidate_read(struct search *s, size_t at, size_t *end)
{
    struct candidate *c = &s->found[s->count == MAX_CANDIDATES ? MAX_CANDIDATES - 1 : s->count++];
    struct json_edit *edits = c->reading.edits; /* of the one whose place it takes */
    *c = (struct candidate){.begin = at};
    c->reading = (struct repairer){
        .cx = s->cx,
        .source = s->source,
        .at = at,
        .guide = s->options->guide,
        .max_depth = s->options->max_depth,
        .edits = edits != NULL ? edits
                               : ARENA_ARRAY(s->cx->arena, struct json_edit, JSON_REPAIR_MAX_EDITS),
    };
    TRY(repair_parse(&c->reading));
    c->end = *end = c->reading.at;
    c->text = repair_write(&c->reading);
    return OK;
}

/* Every opening bracket that no candidate before it holds. */
static enum status candidates_find(struct search *s)
{
    for (size_t at = s->from; at < s->source.len;) {
        char c = s->source.ptr[at];
        if (c == '{' || c == '[') {
            TRY(candidate_read(s, at, &at));
        } else {
            at++;
        }
    }
    return OK;
}

static bool is_empty(const struct candidate *c)
{
    return c->reading.root->first == NULL;
}

static size_t faults_of(struct search *s, const struct candidate *c)
{
    const struct json_guide *guide = s->options->guide;
    return guide == NULL ? 0 : guide->faults(s->cx, guide->arg, c->text);
}

static size_t cost_of(const struct candidate *c)
{
    return c->faults * FAULT_COST + c->reading.cost;
}

/* The cheapest; of two alike the later, for models correct themselves. */
static struct candidate *best_of(struct search *s)
{
    struct candidate *best = s->found;
    best->faults = s->count > 1 ? faults_of(s, best) : 0;
    for (size_t i = 1; i < s->count; i++) {
        struct candidate *c = &s->found[i];
        c->faults = faults_of(s, c);
        if (is_empty(best) || (!is_empty(c) && cost_of(c) <= cost_of(best))) {
            best = c;
        }
    }
    return best;
}

/* ---- values on lines of their own ------------------------------------------------------------ */

static bool only_space(const struct search *s, size_t from, size_t to, bool wants_newline)
{
    struct str between = str_slice(s->source, from, to);
    return str_trim(between).len == 0 &&
           (!wants_newline || str_find_char(between, '\n') != SIZE_MAX);
}

static bool wants_array(const struct search *s)
{
    const struct json_guide *guide = s->options->guide;
    unsigned types = guide == NULL ? 0 : guide->types(guide->arg, guide->root);
    return types == 0 || (types & 1U << JSON_ARRAY) != 0;
}

static bool is_json_lines(const struct search *s)
{
    if (s->count < 2 || s->count == MAX_CANDIDATES || !wants_array(s) ||
        !only_space(s, s->from, s->found[0].begin, false) ||
        !only_space(s, s->found[s->count - 1].end, s->source.len, false)) {
        return false;
    }
    for (size_t i = 0; i + 1 < s->count; i++) {
        if (!only_space(s, s->found[i].end, s->found[i + 1].begin, true)) {
            return false;
        }
    }
    return true;
}

/* All candidates as one, an array; their edits are the first one's. */
static struct candidate *lines_join(struct search *s)
{
    struct buf text = buf_in(s->cx->arena, SIZE_MAX / 2);
    struct json_writer w = json_writer_on(&text);
    struct candidate *all = &s->found[0];
    json_array_begin(&w);
    for (size_t i = 0; i < s->count; i++) {
        const struct repairer *reading = &s->found[i].reading;
        json_raw(&w, s->found[i].text);
        for (size_t e = 0; i > 0 && e < reading->edit_count; e++) {
            repair_note(&all->reading, reading->edits[e].rule, reading->edits[e].at,
                        reading->edits[e].len);
        }
    }
    json_array_end(&w);
    repair_note(&all->reading, JSON_RULE_JSON_LINES, all->begin, s->source.len - all->begin);
    all->text = buf_str(&text);
    all->end = s->source.len;
    return all;
}

/* ---- what stands around ---------------------------------------------------------------------- */

/* Some models show their thoughts first. */
static void thoughts_skip(struct search *s, struct repairer *notes)
{
    static const struct str tags[][2] = {
        {STR_INIT("<think>"), STR_INIT("</think>")},
        {STR_INIT("<thinking>"), STR_INIT("</thinking>")},
        {STR_INIT("<reasoning>"), STR_INIT("</reasoning>")},
    };
    for (size_t i = 0; i < ARRAY_LEN(tags); i++) {
        size_t end = str_find(rest_of(s, s->from), tags[i][1]);
        struct str before = str_trim(rest_of(s, s->from));
        if (end != SIZE_MAX && str_has_prefix(before, tags[i][0])) {
            repair_note(notes, JSON_RULE_THINKING, s->from, end + tags[i][1].len);
            s->from += end + tags[i][1].len;
        }
    }
}

static void byte_order_mark_skip(struct search *s, struct repairer *notes)
{
    static const struct str mark = STR_INIT("\xef\xbb\xbf");
    if (str_has_prefix(s->source, mark)) {
        repair_note(notes, JSON_RULE_BYTE_ORDER_MARK, 0, mark.len);
        s->from = mark.len;
    }
}

/* The rest of a fence's first line: nothing, or a language. */
static bool fence_skip_before(struct str *text)
{
    size_t fence = str_find(*text, STR("```"));
    if (fence == SIZE_MAX) {
        return false;
    }
    struct str tail = str_trim(str_slice(*text, fence + 3, text->len));
    if (tail.len > 0 && !str_eq_nocase(tail, STR("json")) && !str_eq_nocase(tail, STR("json5")) &&
        !str_eq_nocase(tail, STR("jsonc")) && !str_eq_nocase(tail, STR("javascript"))) {
        return false;
    }
    *text = str_slice(*text, 0, fence);
    return true;
}

static void fence_skip_after(struct str *text)
{
    *text = str_trim(*text);
    (void)str_skip_prefix(text, STR("```"));
}

static bool only_closers(struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (strchr("]} \n\r\t", text.ptr[i]) == NULL || text.ptr[i] == '\0') {
            return false;
        }
    }
    return true;
}

/* Says what was left out on both sides. */
static void surroundings_note(struct search *s, struct candidate *best, struct repairer *notes)
{
    struct str before = str_slice(s->source, s->from, best->begin);
    struct str after = rest_of(s, best->end);
    if (fence_skip_before(&before)) {
        repair_note(notes, JSON_RULE_FENCE, best->begin, best->end - best->begin);
        fence_skip_after(&after);
    }
    if (str_trim(before).len > 0) {
        repair_note(notes, JSON_RULE_PROSE, s->from, best->begin - s->from);
    }
    if (str_trim(after).len > 0) {
        enum json_rule rule = only_closers(after) ? JSON_RULE_EXTRA_CLOSER : JSON_RULE_PROSE;
        repair_note(notes, rule, best->end, s->source.len - best->end);
    }
    size_t others = 0;
    for (size_t i = 0; i < s->count && !s->is_lines; i++) {
        others += &s->found[i] != best && !is_empty(&s->found[i]);
    }
    if (others > 0) {
        repair_note(notes, JSON_RULE_DRAFT, best->begin, best->end - best->begin);
    }
}

/* ---- a scalar alone -------------------------------------------------------------------------- */

/* "True", or a number in a form of its own: nothing with brackets is there. */
static enum status scalar_read(struct search *s, struct candidate *c, bool *is_there)
{
    struct str text = str_trim(rest_of(s, s->from));
    size_t at = (size_t)(text.ptr - s->source.ptr);
    *c = (struct candidate){.begin = at};
    c->reading = (struct repairer){
        .cx = s->cx,
        .source = str_slice(s->source, 0, at + text.len),
        .at = at,
        .guide = s->options->guide,
        .edits = ARENA_ARRAY(s->cx->arena, struct json_edit, JSON_REPAIR_MAX_EDITS),
    };
    *is_there = false;
    if (text.len == 0) {
        return OK;
    }
    TRY(repair_parse(&c->reading));
    const struct node *root = c->reading.root;
    *is_there = root != NULL && root->type != JSON_STRING && c->reading.at == at + text.len;
    if (*is_there) {
        c->reading.root->is_cut = false; /* the source's end is its own */
        c->text = repair_write(&c->reading);
        c->end = s->source.len;
    }
    return OK;
}

/* ---- the whole ------------------------------------------------------------------------------- */

static int by_place(const void *a, const void *b)
{
    const struct json_edit *left = a;
    const struct json_edit *right = b;
    return (left->at > right->at) - (left->at < right->at);
}

static enum status result_fill(struct search *s, struct candidate *best, struct json_repaired *out)
{
    struct repairer *reading = &best->reading;
    *out = (struct json_repaired){.text = best->text, .grade = reading->grade};
    qsort(reading->edits, reading->edit_count, sizeof reading->edits[0], by_place);
    out->edits = reading->edits;
    out->edit_count = reading->edit_count;
    out->edits_dropped = reading->edits_dropped;
    out->truncated_count = repair_truncated(reading, &out->truncated);
    enum json_grade allowed =
        s->options->allowed == JSON_GRADE_NONE ? JSON_GRADE_LOSSLESS : s->options->allowed;
    for (size_t i = 0; i < out->edit_count && out->grade > allowed; i++) {
        if (json_rule_grade(out->edits[i].rule) > allowed) {
            return fail_public(
                s->cx, ERR_REFUSED,
                "not JSON, and it takes more than allowed to make it so: %s, at byte %zu",
                json_rule_words(out->edits[i].rule), out->edits[i].at);
        }
    }
    return OK;
}

static enum status candidates_choose(struct search *s, struct candidate **best)
{
    TRY(candidates_find(s));
    if (s->count > 0) {
        s->is_lines = is_json_lines(s);
        *best = s->is_lines ? lines_join(s) : best_of(s);
        return OK;
    }
    bool is_there = false;
    TRY(scalar_read(s, &s->found[0], &is_there));
    if (!is_there) {
        return fail_public(s->cx, ERR_NOT_FOUND, "there is no JSON in it");
    }
    *best = &s->found[0];
    return OK;
}

enum status json_repair(struct ctx *cx, struct str source,
                        const struct json_repair_options *options, struct json_repaired *out)
{
    static const struct json_repair_options none = {0};
    const struct json *root = NULL;
    *out = (struct json_repaired){.text = source};
    if (source.len > JSON_REPAIR_MAX_BYTES) {
        return fail_public(cx, ERR_TOO_LARGE, "more than %d bytes", JSON_REPAIR_MAX_BYTES);
    }
    options = options == NULL ? &none : options;
    if (json_read(cx, source, &(struct json_options){.max_depth = options->max_depth}, &root) ==
        OK) {
        return OK;
    }
    err_clear(cx); /* no JSON as it stands: that is what this is for */
    struct search *s = ARENA_NEW(cx->arena, struct search);
    *s = (struct search){.cx = cx, .source = source, .options = options};
    struct json_edit *edits = ARENA_ARRAY(cx->arena, struct json_edit, JSON_REPAIR_MAX_EDITS);
    struct repairer notes = {.cx = cx, .source = source, .edits = edits};
    byte_order_mark_skip(s, &notes);
    thoughts_skip(s, &notes);
    struct candidate *best = s->found;
    TRY(candidates_choose(s, &best));
    surroundings_note(s, best, &notes);
    for (size_t i = 0; i < notes.edit_count; i++) {
        repair_note(&best->reading, notes.edits[i].rule, notes.edits[i].at, notes.edits[i].len);
    }
    return result_fill(s, best, out);
}
