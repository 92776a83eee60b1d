#include "functions/refiner/refined.h"

#define WORD_OF(name, word) [name] = (word),
#define WORDS_FN(fn, type, LIST)                                                                   \
    const char *fn(enum type value)                                                                \
    {                                                                                              \
        static const char *const words[] = {LIST(WORD_OF)};                                        \
        return words[value];                                                                       \
    }

WORDS_FN(media_word, media, MEDIA_LIST)
WORDS_FN(complexity_word, complexity, COMPLEXITY_LIST)
WORDS_FN(utilization_word, utilization, UTILIZATION_LIST)
WORDS_FN(session_mode_word, session_mode, SESSION_LIST)
WORDS_FN(completion_word, completion, COMPLETION_LIST)
static WORDS_FN(priority_word, priority, PRIORITY_LIST) static WORDS_FN(
    severity_word, severity,
    SEVERITY_LIST) static WORDS_FN(impact_word, impact, IMPACT_LIST) static WORDS_FN(workload_word,
                                                                                     workload,
                                                                                     WORKLOAD_LIST)

    enum {
        DECIMALS = 4
    };

/* ---- pieces ---------------------------------------------------------------------------------- */

static double clamped(double value, double min, double max)
{
    return value >= min ? (value <= max ? value : max) : min;
}

static void member_share(struct json_writer *w, const char *key, double share)
{
    json_member_fixed(w, key, clamped(share, 0, 1), DECIMALS);
}

static void member_if(struct json_writer *w, const char *key, struct str value)
{
    if (value.len > 0) {
        json_member_str(w, key, value);
    }
}

static void member_maybe(struct json_writer *w, const char *key, struct maybe value)
{
    if (value.is_set) {
        json_key(w, str_from_cstr(key));
        json_f64(w, value.value);
    }
}

static void member_texts(struct json_writer *w, const char *key, struct texts texts)
{
    json_member_array(w, key);
    for (size_t i = 0; i < texts.count; i++) {
        json_str(w, texts.at[i]);
    }
    json_array_end(w);
}

static void members_spine(struct json_writer *w, const struct refined_spine *spine)
{
    json_member_str(w, "intro", spine->intro);
    member_texts(w, "core", spine->core);
    json_member_str(w, "outro", spine->outro);
    json_object_end(w);
}

/* ---- the members, in the contract's order ---------------------------------------------------- */

static void request_write(struct json_writer *w, const struct refined_request *request)
{
    json_member_object(w, "user_request");
    json_member_str(w, "original_prompt", request->original_prompt);
    json_member_cstr(w, "intent", media_word(request->intent));
    json_key(w, STR("duration_seconds"));
    if (request->duration_seconds.is_set) {
        json_f64(w, request->duration_seconds.value);
    } else {
        json_null(w);
    }
    json_member_str(w, "aspect_ratio", request->aspect_ratio);
    json_member_str(w, "platform", request->platform);
    member_maybe(w, "image_count", request->image_count);
    json_object_end(w);
}

static void content_write(struct json_writer *w, const struct refined_content *content)
{
    json_member_object(w, "content_type_analysis");
    json_member_bool(w, "needs_explanation", content->needs_explanation);
    json_member_bool(w, "needs_charts", content->needs_charts);
    json_member_bool(w, "needs_diagrams", content->needs_diagrams);
    json_member_bool(w, "needs_educational_content", content->needs_educational_content);
    json_member_cstr(w, "content_complexity", complexity_word(content->complexity));
    json_member_bool(w, "requires_visual_aids", content->requires_visual_aids);
    json_member_bool(w, "is_instructional", content->is_instructional);
    json_member_bool(w, "needs_data_visualization", content->needs_data_visualization);
    json_member_bool(w, "requires_interactive_elements", content->requires_interactive_elements);
    json_member_str(w, "content_category", content->category);
    json_object_end(w);
}

static void prompt_write(struct json_writer *w, const struct refined_prompt *prompt)
{
    json_member_object(w, "prompt_analysis");
    json_member_str(w, "user_intent_description", prompt->user_intent_description);
    json_member_str(w, "reformulated_prompt", prompt->reformulated_prompt);
    json_member_fixed(w, "clarity_score", clamped(prompt->clarity_score, 1, 10), DECIMALS);
    member_texts(w, "suggested_improvements", prompt->suggested_improvements);
    content_write(w, &prompt->content);
    json_object_end(w);
}

static void asset_write(struct json_writer *w, const struct refined_asset *asset)
{
    json_object_begin(w);
    json_member_str(w, "id", asset->id);
    json_member_cstr(w, "type", media_word(asset->type));
    json_member_str(w, "user_description", asset->user_description);
    json_member_str(w, "ai_caption", asset->ai_caption);
    member_texts(w, "objects_detected", asset->objects);
    json_member_str(w, "style", asset->style);
    json_member_str(w, "mood", asset->mood);
    member_share(w, "quality_score", asset->quality_score);
    json_member_str(w, "role", asset->role);
    json_member_cstr(w, "utilization_level", utilization_word(asset->utilization));
    json_member_array(w, "recommended_edits");
    for (size_t i = 0; i < asset->edit_count; i++) {
        json_object_begin(w);
        json_member_str(w, "action", asset->edits[i].action);
        json_member_cstr(w, "priority", priority_word(asset->edits[i].priority));
        json_object_end(w);
    }
    json_array_end(w);
    json_object_end(w);
}

static void assets_write(struct json_writer *w, const struct refined *refined)
{
    json_member_array(w, "assets");
    for (size_t i = 0; i < refined->asset_count; i++) {
        asset_write(w, &refined->assets[i]);
    }
    json_array_end(w);
}

static bool is_first_of_its_id(const struct refined *refined, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (str_eq(refined->assets[i].id, refined->assets[index].id)) {
            return false;
        }
    }
    return true;
}

static void asset_roles_write(struct json_writer *w, const struct refined *refined)
{
    json_member_object(w, "asset_roles");
    for (size_t i = 0; i < refined->asset_count; i++) {
        if (is_first_of_its_id(refined, i)) {
            json_key(w, refined->assets[i].id);
            json_str(w, refined->assets[i].role);
        }
    }
    json_object_end(w);
}

static void conflicts_write(struct json_writer *w, const struct refined *refined)
{
    json_member_array(w, "conflicts");
    for (size_t i = 0; i < refined->conflict_count; i++) {
        const struct refined_conflict *conflict = &refined->conflicts[i];
        json_object_begin(w);
        member_if(w, "issue", conflict->issue);
        member_if(w, "resolution", conflict->resolution);
        json_member_cstr(w, "severity", severity_word(conflict->severity));
        json_object_end(w);
    }
    json_array_end(w);
}

static void global_write(struct json_writer *w, const struct refined *refined)
{
    json_member_object(w, "global_analysis");
    json_member_str(w, "goal", refined->goal);
    json_member_object(w, "constraints");
    member_maybe(w, "duration_seconds", refined->constraints.duration_seconds);
    member_if(w, "aspect_ratio", refined->constraints.aspect_ratio);
    member_if(w, "platform", refined->constraints.platform);
    json_object_end(w);
    asset_roles_write(w, refined);
    conflicts_write(w, refined);
    json_object_end(w);
}

static void summary_write(struct json_writer *w, const struct refined_summary *summary)
{
    json_member_object(w, "asset_utilization_summary");
    json_member_i64(w, "total_assets", (int64_t)summary->total_assets);
    json_member_i64(w, "utilized_assets", (int64_t)summary->utilized_assets);
    member_share(w, "utilization_rate", summary->utilization_rate);
    member_texts(w, "primary_assets", summary->primary_assets);
    member_texts(w, "reference_only_assets", summary->reference_only_assets);
    json_member_str(w, "utilization_rationale", summary->rationale);
    json_object_end(w);
}

static void elevations_write(struct json_writer *w, const struct refined_extensions *extensions)
{
    if (extensions->elevation_count == 0) {
        return;
    }
    json_member_array(w, "elevation_applied");
    for (size_t i = 0; i < extensions->elevation_count; i++) {
        const struct refined_elevation *one = &extensions->elevations[i];
        json_object_begin(w);
        json_member_str(w, "asset_id", one->asset_id);
        json_member_str(w, "original_role", one->original_role);
        json_member_str(w, "elevated_role", one->elevated_role);
        json_member_str(w, "elevation_reason", one->reason);
        json_member_str(w, "user_description", one->user_description);
        member_share(w, "confidence", one->confidence);
        member_share(w, "quality_threshold", one->quality_threshold);
        json_object_end(w);
    }
    json_array_end(w);
}

static bool is_first_of_its_keyword(const struct refined_extensions *extensions, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (str_eq(extensions->elevations[i].keyword, extensions->elevations[index].keyword)) {
            return false;
        }
    }
    return true;
}

static void rule_write(struct json_writer *w, const struct refined_elevation *one)
{
    json_object_begin(w);
    json_member_cstr(w, "match_on", "user_description");
    member_texts(w, "keywords", (struct texts){.at = (struct str[]){one->keyword}, .count = 1});
    json_member_str(w, "action", one->elevated_role);
    json_member_object(w, "conditions");
    member_share(w, "min_quality_score", one->quality_threshold);
    json_object_end(w);
    json_member_str(w, "reason", one->reason);
    json_object_end(w);
}

/* The rules that were applied; the ones that were not are the documentation's. */
static void rules_write(struct json_writer *w, const struct refined_extensions *extensions)
{
    if (extensions->elevation_count == 0) {
        return;
    }
    json_member_object(w, "asset_role_elevation");
    json_member_array(w, "rules");
    for (size_t i = 0; i < extensions->elevation_count; i++) {
        if (is_first_of_its_keyword(extensions, i)) {
            rule_write(w, &extensions->elevations[i]);
        }
    }
    json_array_end(w);
    json_member_cstr(w, "default_behavior", "by_quality_and_description");
    json_object_end(w);
}

static void extensions_write(struct json_writer *w, const struct refined_extensions *extensions)
{
    json_member_object(w, "refiner_extensions");
    json_member_cstr(w, "session_mode", session_mode_word(extensions->session_mode));
    json_member_object(w, "narrative_spine");
    members_spine(w, &extensions->spine);
    if (extensions->scaffolding_name.len > 0) {
        json_member_object(w, "default_scaffolding");
        json_key(w, extensions->scaffolding_name);
        json_object_begin(w);
        members_spine(w, &extensions->scaffolding);
        json_object_end(w);
    }
    summary_write(w, &extensions->summary);
    rules_write(w, extensions);
    elevations_write(w, extensions);
    json_object_end(w);
}

static void options_write(struct json_writer *w, const struct refined *refined)
{
    if (refined->option_count == 0) {
        return;
    }
    json_member_array(w, "creative_options");
    for (size_t i = 0; i < refined->option_count; i++) {
        const struct refined_option *option = &refined->options[i];
        json_object_begin(w);
        json_member_str(w, "id", option->id);
        json_member_str(w, "title", option->title);
        member_if(w, "short", option->summary);
        member_texts(w, "reasons", option->reasons);
        if (option->has_workload) {
            json_member_cstr(w, "estimatedWorkload", workload_word(option->workload));
        }
        json_object_end(w);
    }
    json_array_end(w);
}

static void direction_write(struct json_writer *w, const struct refined_direction *direction)
{
    json_member_object(w, "creative_direction");
    json_member_str(w, "core_concept", direction->core_concept);
    member_if(w, "visual_approach", direction->visual_approach);
    member_if(w, "style_direction", direction->style_direction);
    member_if(w, "mood_atmosphere", direction->mood_atmosphere);
    json_object_end(w);
}

static void pipeline_write(struct json_writer *w, const struct refined_pipeline *pipeline)
{
    json_member_object(w, "production_pipeline");
    member_texts(w, "workflow_steps", pipeline->workflow_steps);
    member_if(w, "estimated_time", pipeline->estimated_time);
    member_share(w, "success_probability", pipeline->success_probability);
    json_member_object(w, "quality_targets");
    member_if(w, "technical_quality_target", pipeline->targets.technical);
    member_if(w, "creative_quality_target", pipeline->targets.creative);
    member_if(w, "consistency_quality_target", pipeline->targets.consistency);
    member_if(w, "polish_level_quality_target", pipeline->targets.polish);
    json_object_end(w);
    json_object_end(w);
}

static void metrics_write(struct json_writer *w, const struct refined_metrics *metrics)
{
    json_member_object(w, "quality_metrics");
    member_share(w, "overall_confidence", metrics->overall_confidence);
    json_member_fixed(w, "analysis_quality", clamped(metrics->analysis_quality, 1, 10), DECIMALS);
    json_member_cstr(w, "completion_status", completion_word(metrics->completion));
    member_share(w, "feasibility_score", metrics->feasibility_score);
    member_share(w, "asset_utilization_score", metrics->asset_utilization_score);
    json_object_end(w);
}

static void challenges_write(struct json_writer *w, const struct refined *refined)
{
    if (refined->challenge_count == 0) {
        return;
    }
    json_member_array(w, "challenges");
    for (size_t i = 0; i < refined->challenge_count; i++) {
        const struct refined_challenge *challenge = &refined->challenges[i];
        json_object_begin(w);
        json_member_str(w, "type", challenge->type);
        json_member_str(w, "description", challenge->description);
        json_member_cstr(w, "impact", impact_word(challenge->impact));
        json_object_end(w);
    }
    json_array_end(w);
}

static void recommendations_write(struct json_writer *w, const struct refined *refined)
{
    json_member_array(w, "recommendations");
    for (size_t i = 0; i < refined->recommendation_count; i++) {
        const struct refined_recommendation *one = &refined->recommendations[i];
        json_object_begin(w);
        json_member_str(w, "type", one->type);
        json_member_str(w, "recommendation", one->recommendation);
        json_member_cstr(w, "priority", priority_word(one->priority));
        json_object_end(w);
    }
    json_array_end(w);
}

void refined_write_members(struct json_writer *w, const struct refined *refined)
{
    request_write(w, &refined->request);
    prompt_write(w, &refined->prompt);
    assets_write(w, refined);
    global_write(w, refined);
    extensions_write(w, &refined->extensions);
    options_write(w, refined);
    direction_write(w, &refined->direction);
    pipeline_write(w, &refined->pipeline);
    metrics_write(w, &refined->metrics);
    challenges_write(w, refined);
    recommendations_write(w, refined);
}
