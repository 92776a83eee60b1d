#include "functions/refiner/refined.h"

#include "shared/base/utf8.h"

enum {
    SENTENCE_MAX_BYTES = 600,
    PARAGRAPH_MAX_BYTES = 2000,
    CONCEPT_MIN_BYTES = 50,
    CONCEPT_MAX_BYTES = 1000,
    LINE_MAX_BYTES = 300,
    PHRASE_MAX_BYTES = 60,
};

#define TEXT(pointer_, field, min_, max_)                                                          \
    {                                                                                              \
        .pointer = STR_INIT(pointer_), .offset = offsetof(struct refined, field),                  \
        .min_bytes = (min_), .max_bytes = (max_)                                                   \
    }
#define LIST(pointer_, field, min_items_, max_items_)                                              \
    {                                                                                              \
        .pointer = STR_INIT(pointer_), .offset = offsetof(struct refined, field), .is_list = true, \
        .min_bytes = 2, .max_bytes = LINE_MAX_BYTES, .min_items = (min_items_),                    \
        .max_items = (max_items_)                                                                  \
    }

const struct refined_enrichable refined_enrichables[REFINED_ENRICHABLE_COUNT] = {
    TEXT("/prompt_analysis/user_intent_description", prompt.user_intent_description, 10,
         SENTENCE_MAX_BYTES),
    TEXT("/prompt_analysis/reformulated_prompt", prompt.reformulated_prompt, 10,
         PARAGRAPH_MAX_BYTES),
    LIST("/prompt_analysis/suggested_improvements", prompt.suggested_improvements, 1, 8),
    TEXT("/global_analysis/goal", goal, 5, SENTENCE_MAX_BYTES),
    TEXT("/refiner_extensions/narrative_spine/intro", extensions.spine.intro, 3,
         SENTENCE_MAX_BYTES),
    LIST("/refiner_extensions/narrative_spine/core", extensions.spine.core, 1, 8),
    TEXT("/refiner_extensions/narrative_spine/outro", extensions.spine.outro, 3,
         SENTENCE_MAX_BYTES),
    TEXT("/refiner_extensions/asset_utilization_summary/utilization_rationale",
         extensions.summary.rationale, 5, SENTENCE_MAX_BYTES),
    TEXT("/creative_direction/core_concept", direction.core_concept, CONCEPT_MIN_BYTES,
         CONCEPT_MAX_BYTES),
    TEXT("/creative_direction/visual_approach", direction.visual_approach, 5, SENTENCE_MAX_BYTES),
    TEXT("/creative_direction/style_direction", direction.style_direction, 5, SENTENCE_MAX_BYTES),
    TEXT("/creative_direction/mood_atmosphere", direction.mood_atmosphere, 3, SENTENCE_MAX_BYTES),
    LIST("/production_pipeline/workflow_steps", pipeline.workflow_steps, 2, 12),
    TEXT("/production_pipeline/estimated_time", pipeline.estimated_time, 3, PHRASE_MAX_BYTES),
    TEXT("/production_pipeline/quality_targets/technical_quality_target",
         pipeline.targets.technical, 5, LINE_MAX_BYTES),
    TEXT("/production_pipeline/quality_targets/creative_quality_target", pipeline.targets.creative,
         5, LINE_MAX_BYTES),
};

/* ---- what is fit ----------------------------------------------------------------------------- */

/*
 * Whole words that nobody means: a program's leftovers, and a writer's. Of some the case counts:
 * "todo" is Spanish.
 */
static const struct {
    struct str words;
    bool case_counts;
} placeholders[] = {
    {STR_INIT("undefined"), false},
    {STR_INIT("placeholder"), false},
    {STR_INIT("lorem ipsum"), false},
    {STR_INIT("object object"), false},
    {STR_INIT("insert here"), false},
    {STR_INIT("fill in here"), false},
    {STR_INIT("your text here"), false},
    {STR_INIT("TODO"), true},
    {STR_INIT("TBD"), true},
    {STR_INIT("NaN"), true},
};

static bool has_control(struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = (uint8_t)text.ptr[i];
        if ((c < ' ' && c != '\n') || c == 0x7F) {
            return true;
        }
    }
    return false;
}

static char byte_at(struct str text, size_t at, bool case_counts)
{
    if (at >= text.len) {
        return ' ';
    }
    char c = text.ptr[at];
    return (char)(!case_counts && c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (uint8_t)c >= 0x80;
}

/* Do the words stand at `at`, each blank of theirs being any one byte that is no letter? */
static bool words_are_at(struct str text, size_t at, struct str words, bool case_counts)
{
    for (size_t i = 0; i < words.len; i++) {
        char c = byte_at(text, at + i, case_counts);
        if (words.ptr[i] == ' ' ? is_letter(c) : c != words.ptr[i]) {
            return false;
        }
    }
    return !is_letter(byte_at(text, at + words.len, true)) &&
           (at == 0 || !is_letter(byte_at(text, at - 1, true)));
}

static bool has_words(struct str text, struct str words, bool case_counts)
{
    for (size_t at = 0; at + words.len <= text.len; at++) {
        if (words_are_at(text, at, words, case_counts)) {
            return true;
        }
    }
    return false;
}

static bool has_placeholder(struct str text, struct str prompt)
{
    for (size_t i = 0; i < ARRAY_LEN(placeholders); i++) {
        struct str words = placeholders[i].words;
        bool case_counts = placeholders[i].case_counts;
        if (has_words(text, words, case_counts) && !has_words(prompt, words, case_counts)) {
            return true;
        }
    }
    return false;
}

bool refined_text_is_fit(struct str text, struct str prompt)
{
    return utf8_is_valid(text) && str_trim(text).len > 0 && !has_control(text) &&
           str_find(text, STR("**")) == SIZE_MAX && !has_placeholder(text, prompt);
}

/* ---- filling --------------------------------------------------------------------------------- */

static bool text_fits(const struct refined_enrichable *row, const struct json *value,
                      struct str prompt, struct str *out)
{
    if (value->type != JSON_STRING) {
        return false;
    }
    *out = str_trim(value->text);
    return out->len >= row->min_bytes && out->len <= row->max_bytes &&
           refined_text_is_fit(*out, prompt);
}

static bool list_fill(struct ctx *cx, const struct refined_enrichable *row,
                      const struct json *value, struct str prompt, struct texts *out)
{
    struct texts list = {0};
    if (value->type != JSON_ARRAY || value->count < row->min_items ||
        value->count > row->max_items) {
        return false;
    }
    list.at = ARENA_ARRAY(cx->arena, struct str, value->count);
    JSON_EACH (item, value) {
        struct str text = {0};
        if (!text_fits(row, item, prompt, &text)) {
            return false;
        }
        list.at[list.count++] = arena_str_copy(cx->arena, text);
    }
    *out = list;
    return true;
}

bool refined_enrich(struct ctx *cx, struct refined *refined, const struct refined_enrichable *row,
                    const struct json *value)
{
    void *field = (char *)refined + row->offset;
    struct str text = {0}, prompt = refined->request.original_prompt;
    if (value == NULL) {
        return false;
    }
    if (row->is_list) {
        return list_fill(cx, row, value, prompt, field);
    }
    if (!text_fits(row, value, prompt, &text)) {
        return false;
    }
    *(struct str *)field = arena_str_copy(cx->arena, text);
    return true;
}

void refined_enrichable_write(struct json_writer *w, const struct refined *refined,
                              const struct refined_enrichable *row)
{
    const void *field = (const char *)refined + row->offset;
    if (!row->is_list) {
        json_str(w, *(const struct str *)field);
        return;
    }
    const struct texts *texts = field;
    json_array_begin(w);
    for (size_t i = 0; i < texts->count; i++) {
        json_str(w, texts->at[i]);
    }
    json_array_end(w);
}
