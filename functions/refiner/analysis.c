#include "functions/refiner/analysis.h"

#include "functions/refiner/reading.h"

#define TEXT_(type, field, name_, max_, ...)                                                       \
    {                                                                                              \
        .name = (name_), .kind = READING_TEXT, .offset = offsetof(type, field),                    \
        .max_bytes = (max_), __VA_ARGS__                                                           \
    }
#define TEXT(type, field, name_)                                                                   \
    TEXT_(type, field, name_, ANALYSIS_MAX_TEXT_BYTES, .is_required = false)
#define TEXT_REQUIRED(type, field, name_)                                                          \
    TEXT_(type, field, name_, ANALYSIS_MAX_TEXT_BYTES, .is_required = true)
#define WORD(type, field, name_)                                                                   \
    TEXT_(type, field, name_, ANALYSIS_MAX_WORD_BYTES, .is_required = false)
#define WORD_REQUIRED(type, field, name_)                                                          \
    TEXT_(type, field, name_, ANALYSIS_MAX_WORD_BYTES, .is_required = true)
#define TEXTS(type, field, name_)                                                                  \
    {                                                                                              \
        .name = (name_), .kind = READING_TEXTS, .offset = offsetof(type, field),                   \
        .max_bytes = ANALYSIS_MAX_TEXT_BYTES                                                       \
    }
#define NUMBER(type, field, name_, min_, max_)                                                     \
    {                                                                                              \
        .name = (name_), .kind = READING_NUMBER, .offset = offsetof(type, field), .min = (min_),   \
        .max = (max_)                                                                              \
    }
#define SAID(type, field)                                                                          \
    {                                                                                              \
        .name = #field, .kind = READING_SAID, .offset = offsetof(type, field)                      \
    }
#define ENUM(type, field, name_, words_, ...)                                                      \
    {                                                                                              \
        .name = (name_), .kind = READING_ENUM, .offset = offsetof(type, field),                    \
        .words = &(words_), __VA_ARGS__                                                            \
    }
#define FLAG(type, field) (offsetof(type, field) + 1)

static const struct reading_member request_members[] = {
    TEXT_(struct analysis, prompt, "original_prompt", ANALYSIS_MAX_PROMPT_BYTES,
          .is_required = true),
    ENUM(struct analysis, intent, "intent", words_of_intent, .flag = 0),
    NUMBER(struct analysis, duration_seconds, "duration_seconds", 0, ANALYSIS_MAX_SECONDS),
    NUMBER(struct analysis, image_count, "image_count", 0, ANALYSIS_MAX_IMAGES),
    WORD(struct analysis, aspect_ratio, "aspect_ratio"),
    WORD(struct analysis, platform, "platform"),
};

static const struct reading_member prompt_members[] = {
    TEXT(struct analysis, user_intent_description, "user_intent_description"),
    TEXT(struct analysis, reformulated_prompt, "reformulated_prompt"),
    NUMBER(struct analysis, clarity_score, "clarity_score", 1, 10),
    TEXTS(struct analysis, suggested_improvements, "suggested_improvements"),
};

static const struct reading_member content_members[] = {
    SAID(struct analysis_content, needs_explanation),
    SAID(struct analysis_content, needs_charts),
    SAID(struct analysis_content, needs_diagrams),
    SAID(struct analysis_content, needs_educational_content),
    SAID(struct analysis_content, requires_visual_aids),
    SAID(struct analysis_content, is_instructional),
    SAID(struct analysis_content, needs_data_visualization),
    SAID(struct analysis_content, requires_interactive_elements),
    ENUM(struct analysis_content, complexity, "content_complexity", words_of_complexity,
         .flag = FLAG(struct analysis_content, has_complexity)),
    WORD(struct analysis_content, category, "content_category"),
};

static const struct reading_member asset_members[] = {
    WORD_REQUIRED(struct analysis_asset, id, "id"),
    ENUM(struct analysis_asset, type, "type", words_of_type, .is_required = true),
    TEXT(struct analysis_asset, user_description, "user_description"),
    TEXT(struct analysis_asset, ai_caption, "ai_caption"),
    TEXTS(struct analysis_asset, objects, "objects_detected"),
    WORD(struct analysis_asset, style, "style"),
    WORD(struct analysis_asset, mood, "mood"),
    NUMBER(struct analysis_asset, quality_score, "quality_score", 0, 1),
    WORD(struct analysis_asset, role, "role"),
    TEXTS(struct analysis_asset, edits, "recommended_edits"),
};

static const struct reading_member conflict_members[] = {
    TEXT(struct refined_conflict, issue, "issue"),
    TEXT(struct refined_conflict, resolution, "resolution"),
    ENUM(struct refined_conflict, severity, "severity", words_of_severity, .flag = 0),
};

static const struct reading_member option_members[] = {
    WORD_REQUIRED(struct refined_option, id, "id"),
    TEXT_REQUIRED(struct refined_option, title, "title"),
    TEXT(struct refined_option, summary, "short"),
    TEXTS(struct refined_option, reasons, "reasons"),
    ENUM(struct refined_option, workload, "estimatedWorkload", words_of_workload,
         .flag = FLAG(struct refined_option, has_workload)),
};

static const struct reading_member direction_members[] = {
    TEXT(struct refined_direction, core_concept, "core_concept"),
    TEXT(struct refined_direction, visual_approach, "visual_approach"),
    TEXT(struct refined_direction, style_direction, "style_direction"),
    TEXT(struct refined_direction, mood_atmosphere, "mood_atmosphere"),
};

static const struct reading_member pipeline_members[] = {
    TEXTS(struct analysis, workflow_steps, "workflow_steps"),
    WORD(struct analysis, estimated_time, "estimated_time"),
    NUMBER(struct analysis, success_probability, "success_probability", 0, 1),
};

static const struct reading_member target_members[] = {
    TEXT(struct refined_targets, technical, "technical_quality_target"),
    TEXT(struct refined_targets, creative, "creative_quality_target"),
    TEXT(struct refined_targets, consistency, "consistency_quality_target"),
    TEXT(struct refined_targets, polish, "polish_level_quality_target"),
};

static const struct reading_member metric_members[] = {
    NUMBER(struct analysis, overall_confidence, "overall_confidence", 0, 1),
    NUMBER(struct analysis, analysis_quality, "analysis_quality", 1, 10),
    NUMBER(struct analysis, feasibility_score, "feasibility_score", 0, 1),
    ENUM(struct analysis, completion, "completion_status", words_of_completion,
         .flag = FLAG(struct analysis, has_completion)),
};

static const struct reading_member challenge_members[] = {
    WORD_REQUIRED(struct refined_challenge, type, "type"),
    TEXT_REQUIRED(struct refined_challenge, description, "description"),
    ENUM(struct refined_challenge, impact, "impact", words_of_impact, .flag = 0),
};

static const struct reading_member recommendation_members[] = {
    WORD_REQUIRED(struct refined_recommendation, type, "type"),
    TEXT_REQUIRED(struct refined_recommendation, recommendation, "recommendation"),
    ENUM(struct refined_recommendation, priority, "priority", words_of_priority, .flag = 0),
};

static const struct reading_member option_wrapper_members[] = {
    {.name = "useFallback",
     .kind = READING_SAID,
     .offset = offsetof(struct analysis, wrapper.use_fallback)},
    NUMBER(struct analysis, wrapper.max_retries, "maxRetries", 0, 10),
    NUMBER(struct analysis, wrapper.timeout_ms, "timeoutMs", 0, 900000),
};

static const struct reading_member metadata_members[] = {
    WORD(struct analysis, session_id, "sessionId"),
    WORD(struct analysis, source, "source"),
};

/* ---- parts ----------------------------------------------------------------------------------- */

/* An object within `parent` whose members fill the struct at `out`. */
#define PART(reading, up, parent, name, members, out)                                              \
    part_read(reading, up, parent, name, members, ARRAY_LEN(members), out)

static void part_read(struct reading *reading, const struct reading_place *up,
                      const struct json *parent, const char *name,
                      const struct reading_member *members, size_t count, void *out)
{
    struct reading_place place;
    const struct json *object = reading_object(reading, up, parent, name, &place);
    if (object != NULL) {
        reading_members(reading, &place, object, members, count, out);
    }
}

/* A list of objects, each into a struct of `size` bytes. */
struct rows {
    const char *name;
    const struct reading_member *members;
    size_t member_count, size, max_items;
};
#define ROWS(name_, members_, type, max_)                                                          \
    (&(const struct rows){.name = (name_),                                                         \
                          .members = (members_),                                                   \
                          .member_count = ARRAY_LEN(members_),                                     \
                          .size = sizeof(type),                                                    \
                          .max_items = (max_)})

static void *rows_read(struct reading *reading, const struct reading_place *up,
                       const struct json *parent, const struct rows *rows, size_t *count)
{
    struct reading_place place;
    size_t index = 0;
    const struct json *list =
        reading_list(reading, up, parent, rows->name, rows->max_items, &place);
    if (list == NULL) {
        return NULL;
    }
    char *all = arena_alloc(reading->cx->arena, list->count + 1, rows->size);
    JSON_EACH (item, list) {
        struct reading_place at = {.up = &place, .index = index++};
        if (item->type != JSON_OBJECT) {
            reading_fault(reading, &at, "must be an object");
            continue;
        }
        reading_members(reading, &at, item, rows->members, rows->member_count,
                        all + *count * rows->size);
        (*count)++;
    }
    return all;
}

static void prompt_analysis_read(struct reading *reading, const struct json *root)
{
    struct analysis *out = reading->analysis;
    struct reading_place place;
    const struct json *part = reading_object(reading, NULL, root, "prompt_analysis", &place);
    reading_members(reading, &place, part, prompt_members, ARRAY_LEN(prompt_members), out);
    PART(reading, &place, part, "content_type_analysis", content_members, &out->content);
}

/* Conflicts are `any[]` in the contract: objects, or a sentence; the rest cannot be said again. */
static void conflict_read(struct reading *reading, const struct reading_place *place,
                          const struct json *item)
{
    struct analysis *out = reading->analysis;
    struct refined_conflict *conflict = &out->conflicts[out->conflict_count];
    conflict->severity = SEVERITY_MODERATE;
    if (item->type == JSON_OBJECT) {
        reading_members(reading, place, item, conflict_members, ARRAY_LEN(conflict_members),
                        conflict);
    } else if (item->type == JSON_STRING && item->text.len <= ANALYSIS_MAX_TEXT_BYTES &&
               str_find_char(item->text, '\0') == SIZE_MAX) {
        conflict->issue = item->text;
    }
    if (conflict->issue.len + conflict->resolution.len == 0) {
        reading_note(reading, place, "left out: no conflict can be read from it");
        return;
    }
    out->conflict_count++;
}

/*
 * `constraints` is a map of anything in the contract: what is of use is taken where it has the
 * right type and size, and nothing else is looked at.
 */
static void constraints_read(const struct json *part, struct refined_constraints *out)
{
    const struct json *map = json_find(part, STR("constraints"));
    const struct json *seconds = json_find(map, STR("duration_seconds"));
    struct str ratio = json_find_str(map, STR("aspect_ratio"));
    struct str platform = json_find_str(map, STR("platform"));
    double value = 0;
    if (seconds != NULL && json_is_f64(seconds, &value) && value >= 0 &&
        value <= ANALYSIS_MAX_SECONDS) {
        out->duration_seconds = (struct maybe){.value = value, .is_set = true};
    }
    if (ratio.len <= ANALYSIS_MAX_WORD_BYTES && str_find_char(ratio, '\0') == SIZE_MAX) {
        out->aspect_ratio = ratio;
    }
    if (platform.len <= ANALYSIS_MAX_WORD_BYTES && str_find_char(platform, '\0') == SIZE_MAX) {
        out->platform = platform;
    }
}

static void global_analysis_read(struct reading *reading, const struct json *root)
{
    static const struct reading_member goal_member[] = {TEXT(struct analysis, goal, "goal")};
    struct analysis *out = reading->analysis;
    struct reading_place place, list_place;
    size_t index = 0;
    const struct json *part = reading_object(reading, NULL, root, "global_analysis", &place);
    reading_members(reading, &place, part, goal_member, ARRAY_LEN(goal_member), out);
    constraints_read(part, &out->constraints);
    const struct json *list =
        reading_list(reading, &place, part, "conflicts", ANALYSIS_MAX_ITEMS, &list_place);
    if (list == NULL) {
        return;
    }
    out->conflicts = ARENA_ARRAY(reading->cx->arena, struct refined_conflict, list->count + 1);
    JSON_EACH (item, list) {
        struct reading_place at = {.up = &list_place, .index = index++};
        conflict_read(reading, &at, item);
    }
}

static void pipeline_read(struct reading *reading, const struct json *root)
{
    struct analysis *out = reading->analysis;
    struct reading_place place;
    const struct json *part = reading_object(reading, NULL, root, "production_pipeline", &place);
    reading_members(reading, &place, part, pipeline_members, ARRAY_LEN(pipeline_members), out);
    PART(reading, &place, part, "quality_targets", target_members, &out->targets);
}

static void lists_read(struct reading *reading, const struct json *root)
{
    struct analysis *out = reading->analysis;
    out->assets =
        rows_read(reading, NULL, root,
                  ROWS("assets", asset_members, struct analysis_asset, ANALYSIS_MAX_ASSETS),
                  &out->asset_count);
    out->options = rows_read(
        reading, NULL, root,
        ROWS("creative_options", option_members, struct refined_option, ANALYSIS_MAX_ITEMS),
        &out->option_count);
    out->challenges = rows_read(
        reading, NULL, root,
        ROWS("challenges", challenge_members, struct refined_challenge, ANALYSIS_MAX_ITEMS),
        &out->challenge_count);
    out->recommendations = rows_read(reading, NULL, root,
                                     ROWS("recommendations", recommendation_members,
                                          struct refined_recommendation, ANALYSIS_MAX_ITEMS),
                                     &out->recommendation_count);
}

/* Ids name assets in the output; of two with one name, the first has it. */
static void asset_ids_note(struct reading *reading)
{
    const struct analysis *analysis = reading->analysis;
    const struct reading_place list = {.name = "assets"};
    for (size_t i = 0; i < analysis->asset_count; i++) {
        struct reading_place item = {.up = &list, .index = i};
        struct reading_place at = {.up = &item, .name = "id"};
        for (size_t before = 0; before < i; before++) {
            if (str_eq(analysis->assets[before].id, analysis->assets[i].id)) {
                reading_note(reading, &at, "an asset before has this id too");
                break;
            }
        }
    }
}

/* Analyzers write 0 where a picture has no length; nothing can be trimmed to it. */
static void length_check(struct reading *reading, const struct reading_place *request)
{
    struct maybe *length = &reading->analysis->duration_seconds;
    const struct reading_place at = {.up = request, .name = "duration_seconds"};
    if (length->is_set && length->value <= 0) {
        *length = (struct maybe){0};
        reading_note(reading, &at, "a length of 0 was read as absent");
    }
}

static void bare_read(struct reading *reading, const struct json *root)
{
    static const struct reading_member id_member[] = {WORD(struct analysis, id, "id")};
    struct analysis *out = reading->analysis;
    struct reading_place place;
    reading_members(reading, NULL, root, id_member, ARRAY_LEN(id_member), out);
    const struct json *request = reading_object(reading, NULL, root, "user_request", &place);
    reading_members(reading, &place, request, request_members, ARRAY_LEN(request_members), out);
    length_check(reading, &place);
    prompt_analysis_read(reading, root);
    global_analysis_read(reading, root);
    PART(reading, NULL, root, "creative_direction", direction_members, &out->direction);
    pipeline_read(reading, root);
    PART(reading, NULL, root, "quality_metrics", metric_members, out);
    lists_read(reading, root);
    asset_ids_note(reading);
}

enum status analysis_read(struct ctx *cx, const struct json *root, struct analysis *analysis)
{
    struct reading reading = {.cx = cx, .analysis = analysis};
    const struct json *inner = json_find(root, STR("analyzerJson"));
    *analysis = (struct analysis){0};
    if (root == NULL || root->type != JSON_OBJECT) {
        return fail_public(cx, ERR_INVALID, "The body must be a JSON object");
    }
    if (inner != NULL && inner->type != JSON_OBJECT) {
        fail_field(cx, STR("analyzerJson"), "must be an object");
        return fields_status(cx);
    }
    if (inner != NULL) {
        PART(&reading, NULL, root, "options", option_wrapper_members, analysis);
        PART(&reading, NULL, root, "metadata", metadata_members, analysis);
    }
    bare_read(&reading, inner != NULL ? inner : root);
    return fields_status(cx);
}
