#include "functions/refiner/making.h"

#include "functions/refiner/seconds.h"
#include "functions/refiner/words.h"

enum {
    /* the analyzer's, three of ours, and these */
    LONGER_AT_MOST = REFINED_MAX_CONFLICTS - REFINED_MAX_ITEMS - 3,
    OUR_RECOMMENDATIONS = 16,
    EDIT_STEPS = 6,
    OUR_STEPS = 16,
    ID_MAX_BYTES = 60,
};

static struct str spoken(const struct making *making, struct str text)
{
    return text_spoken(making->cx, text, making->analysis->prompt, ID_MAX_BYTES);
}

static struct str id_text(const struct making *making, size_t index)
{
    struct str id = spoken(making, making->refined->assets[index].id);
    return id.len > 0 ? id : making->verdicts[index].label;
}

/* ---- conflicts ------------------------------------------------------------------------------- */

static void conflict_add(struct making *making, struct str issue, struct str resolution,
                         enum severity severity)
{
    struct refined *refined = making->refined;
    if (refined->conflict_count < REFINED_MAX_CONFLICTS) {
        refined->conflicts[refined->conflict_count++] = (struct refined_conflict){
            .issue = issue, .resolution = resolution, .severity = severity};
    }
}

static bool is_longer_than_wanted(const struct making *making, size_t index)
{
    const struct maybe *wanted = &making->refined->request.duration_seconds;
    return wanted->is_set && (double)making->verdicts[index].seconds > wanted->value;
}

static void lengths_compare(struct making *making)
{
    struct ctx *cx = making->cx;
    struct maybe wanted = making->refined->request.duration_seconds;
    struct str wanted_text = number_text(cx, wanted.value);
    int64_t in_prompt = text_seconds(cx, making->analysis->prompt);
    size_t found = 0;
    if (wanted.is_set && in_prompt > 0 && (double)in_prompt != wanted.value) {
        conflict_add(making,
                     phrase(cx, making->tongue, PHRASE_OTHER_LENGTH,
                            number_text(cx, (double)in_prompt), wanted_text),
                     phrase(cx, making->tongue, PHRASE_OTHER_LENGTH_DO, wanted_text),
                     SEVERITY_MODERATE);
    }
    for (size_t i = 0; i < making->refined->asset_count && found < LONGER_AT_MOST; i++) {
        if (is_longer_than_wanted(making, i)) {
            struct str id = id_text(making, i);
            struct str length = number_text(cx, (double)making->verdicts[i].seconds);
            conflict_add(making, phrase(cx, making->tongue, PHRASE_LONGER, id, length, wanted_text),
                         phrase(cx, making->tongue, PHRASE_TRIM, id, wanted_text),
                         SEVERITY_MODERATE);
            found++;
        }
    }
}

/* Places that show one shape only; elsewhere a choice is a choice. */
static void shape_compare(struct making *making)
{
    static const char tall_only[] = "tiktok|youtube shorts|reels|stories|shorts";
    struct ctx *cx = making->cx;
    const struct refined_constraints *wanted = &making->refined->constraints;
    struct str place = words_first_of(words_of(cx, wanted->platform), str_from_cstr(tall_only));
    struct str ratio = spoken(making, wanted->aspect_ratio);
    if (place.len > 0 && ratio.len > 0 && !str_eq(ratio, STR("9:16"))) {
        conflict_add(making,
                     phrase(cx, making->tongue, PHRASE_OTHER_SHAPE,
                            spoken(making, wanted->platform), STR("9:16"), ratio),
                     phrase(cx, making->tongue, PHRASE_OTHER_SHAPE_DO, ratio), SEVERITY_MINOR);
    }
}

static void conflicts_of_analyzer(struct making *making)
{
    const struct analysis *analysis = making->analysis;
    for (size_t i = 0; i < analysis->conflict_count; i++) {
        const struct refined_conflict *one = &analysis->conflicts[i];
        struct str issue = text_chosen(making, one->issue, 1, (struct str){0});
        struct str resolution = text_chosen(making, one->resolution, 1, (struct str){0});
        if (issue.len + resolution.len > 0) {
            conflict_add(making, issue, resolution, one->severity);
        }
    }
}

void conflicts_make(struct making *making)
{
    const struct phrase_book *book = phrase_book(making->tongue);
    making->refined->conflicts =
        ARENA_ARRAY(making->cx->arena, struct refined_conflict, REFINED_MAX_CONFLICTS);
    conflicts_of_analyzer(making);
    lengths_compare(making);
    shape_compare(making);
    if (making->refined->extensions.session_mode == SESSION_ASSET_FREE) {
        conflict_add(making, book->of[PHRASE_NO_MATERIAL], book->of[PHRASE_NO_MATERIAL_DO],
                     SEVERITY_MINOR);
    }
}

/* ---- steps ----------------------------------------------------------------------------------- */

/* The edits of our rules, as a sentence about one file. */
static const struct {
    struct str action;
    enum phrase phrase;
    struct str type; /* of the recommendation */
} edit_phrases[] = {
    {STR_INIT("trim"), PHRASE_TRIM, STR_INIT("technical")},
    {STR_INIT("upscale"), PHRASE_UPSCALE, STR_INIT("quality")},
    {STR_INIT("stabilise"), PHRASE_STABILISE, STR_INIT("quality")},
    {STR_INIT("normalise loudness"), PHRASE_NORMALISE, STR_INIT("quality")},
};

/* The sentence for a required edit of the asset, if there is one. */
static bool edit_say(const struct making *making, size_t index, const struct refined_edit *edit,
                     struct refined_recommendation *out)
{
    struct str wanted = number_text(making->cx, making->refined->request.duration_seconds.value);
    for (size_t i = 0; edit->priority == PRIORITY_REQUIRED && i < ARRAY_LEN(edit_phrases); i++) {
        if (str_eq_nocase(edit->action, edit_phrases[i].action)) {
            *out = (struct refined_recommendation){
                .type = edit_phrases[i].type,
                .recommendation = phrase(making->cx, making->tongue, edit_phrases[i].phrase,
                                         id_text(making, index), wanted),
                .priority = PRIORITY_REQUIRED,
            };
            return true;
        }
    }
    return false;
}

/* Fills `out`, up to `max`; returns how many. */
static size_t required_edits(const struct making *making, struct refined_recommendation *out,
                             size_t max)
{
    size_t count = 0;
    for (size_t a = 0; a < making->refined->asset_count; a++) {
        const struct refined_asset *asset = &making->refined->assets[a];
        for (size_t e = 0; e < asset->edit_count && count < max; e++) {
            count += edit_say(making, a, &asset->edits[e], &out[count]);
        }
    }
    return count;
}

static const enum phrase image_steps[] = {PHRASE_STEP_COMPOSE, PHRASE_STEP_CROP,
                                          PHRASE_STEP_EXPORT};
static const enum phrase video_steps[] = {PHRASE_STEP_SCRIPT, PHRASE_STEP_CUT, PHRASE_STEP_MIX,
                                          PHRASE_STEP_CROP, PHRASE_STEP_EXPORT};
static const enum phrase audio_steps[] = {PHRASE_STEP_SCRIPT, PHRASE_STEP_RECORD, PHRASE_STEP_MIX,
                                          PHRASE_STEP_EXPORT};
static const struct {
    const enum phrase *steps;
    size_t count;
    int minutes; /* for the shortest piece without edits: our estimate */
} crafts[] = {
    [MEDIA_IMAGE] = {image_steps, ARRAY_LEN(image_steps), 10},
    [MEDIA_VIDEO] = {video_steps, ARRAY_LEN(video_steps), 25},
    [MEDIA_AUDIO] = {audio_steps, ARRAY_LEN(audio_steps), 15},
};

static void steps_make(struct making *making, const struct refined_recommendation *edits,
                       size_t edit_count)
{
    struct ctx *cx = making->cx;
    struct texts *out = &making->refined->pipeline.workflow_steps;
    enum media intent = making->refined->request.intent;
    struct str ratio = spoken(making, making->refined->request.aspect_ratio);
    *out = texts_chosen(making, making->analysis->workflow_steps, OUR_STEPS);
    if (out->count > 0) {
        return;
    }
    for (size_t i = 0; i < edit_count && i < EDIT_STEPS; i++) {
        out->at[out->count++] = edits[i].recommendation;
    }
    if (making->refined->extensions.session_mode == SESSION_ASSET_FREE) {
        out->at[out->count++] = phrase_book(making->tongue)->of[PHRASE_GENERATE];
    }
    for (size_t i = 0; i < crafts[intent].count; i++) {
        out->at[out->count++] = phrase(cx, making->tongue, crafts[intent].steps[i], ratio);
    }
}

static struct str time_estimate(const struct making *making, size_t edit_count)
{
    enum { PER_EDIT = 5, PER_ASSET = 1, PER_MINUTE = 5, STEP = 5 };
    const struct refined *refined = making->refined;
    double minutes = crafts[refined->request.intent].minutes + PER_EDIT * (double)edit_count +
                     PER_ASSET * (double)refined->asset_count +
                     PER_MINUTE * (refined->request.duration_seconds.value / 60);
    double least = (double)((int64_t)((minutes + STEP - 1) / STEP)) * STEP;
    double most = (double)((int64_t)((minutes * 1.6 + STEP - 1) / STEP)) * STEP;
    return phrase(making->cx, making->tongue, PHRASE_TIME, number_text(making->cx, least),
                  number_text(making->cx, most));
}

static void targets_make(struct making *making)
{
    const struct phrase_book *book = phrase_book(making->tongue);
    const struct refined_targets *in = &making->analysis->targets;
    making->refined->pipeline.targets = (struct refined_targets){
        .technical = text_chosen(making, in->technical, 1, book->of[PHRASE_TARGET_TECHNICAL]),
        .creative = text_chosen(making, in->creative, 1, book->of[PHRASE_TARGET_CREATIVE]),
        .consistency = text_chosen(making, in->consistency, 1, book->of[PHRASE_TARGET_CONSISTENCY]),
        .polish = text_chosen(making, in->polish, 1, book->of[PHRASE_TARGET_POLISH]),
    };
}

/* ---- numbers --------------------------------------------------------------------------------- */

/* Each open question and each repair takes something off; the floor is no promise of success. */
static double feasibility_of(const struct making *making, size_t edit_count)
{
    static const double start = 0.95, per_edit = 0.03, vague = 0.25, floor_ = 0.3;
    static const double per_severity[] = {
        [SEVERITY_MINOR] = 0.02, [SEVERITY_MODERATE] = 0.05, [SEVERITY_CRITICAL] = 0.15};
    double score = start - per_edit * (double)edit_count - (making->is_telling ? 0 : vague);
    if (making->analysis->feasibility_score.is_set) {
        return making->analysis->feasibility_score.value;
    }
    for (size_t i = 0; i < making->refined->conflict_count; i++) {
        score -= per_severity[making->refined->conflicts[i].severity];
    }
    return score < floor_ ? floor_ : score;
}

/*
 * What the rules settled makes it a little surer than the analyzer was; from below 0.4 it never
 * gets above 0.8, and a prompt that says nothing gains nothing.
 */
static double confidence_of(const struct making *making)
{
    static const double unknown = 0.5, gain = 0.08, most = 0.95, vague_most = 0.5;
    const struct maybe *said = &making->analysis->overall_confidence;
    double confidence = said->is_set ? said->value : unknown;
    if (!making->is_telling) {
        return confidence < vague_most ? confidence : vague_most;
    }
    if (confidence >= most) {
        return confidence;
    }
    return confidence + gain < most ? confidence + gain : most;
}

static void metrics_make(struct making *making, size_t edit_count)
{
    const struct analysis *analysis = making->analysis;
    struct refined_metrics *out = &making->refined->metrics;
    bool is_open =
        !making->is_telling && making->refined->extensions.session_mode == SESSION_ASSET_FREE;
    bool was_partial = analysis->has_completion && analysis->completion == COMPLETION_PARTIAL;
    out->overall_confidence = confidence_of(making);
    out->analysis_quality = analysis->analysis_quality.is_set
                                ? analysis->analysis_quality.value
                                : making->refined->prompt.clarity_score;
    out->completion = is_open || was_partial ? COMPLETION_PARTIAL : COMPLETION_COMPLETE;
    out->feasibility_score = feasibility_of(making, edit_count);
    out->asset_utilization_score = making->refined->extensions.summary.utilization_rate;
}

static double success_of(const struct making *making)
{
    static const double share = 0.95;
    return making->analysis->success_probability.is_set
               ? making->analysis->success_probability.value
               : making->refined->metrics.feasibility_score * share;
}

/* ---- recommendations ------------------------------------------------------------------------- */

static void recommendations_of_analyzer(struct making *making)
{
    struct refined *refined = making->refined;
    for (size_t i = 0; i < making->analysis->recommendation_count; i++) {
        struct refined_recommendation one = making->analysis->recommendations[i];
        one.recommendation = text_chosen(making, one.recommendation, 1, (struct str){0});
        if (one.recommendation.len > 0) {
            refined->recommendations[refined->recommendation_count++] = one;
        }
    }
}

static void recommendations_make(struct making *making, const struct refined_recommendation *edits,
                                 size_t edit_count)
{
    struct refined *refined = making->refined;
    size_t most = REFINED_MAX_ITEMS + 2 * OUR_RECOMMENDATIONS;
    refined->recommendations = ARENA_ARRAY(making->cx->arena, struct refined_recommendation, most);
    recommendations_of_analyzer(making);
    memcpy(refined->recommendations + refined->recommendation_count, edits,
           edit_count * sizeof(*edits));
    refined->recommendation_count += edit_count;
    for (size_t i = 0; i < refined->asset_count && refined->recommendation_count < most; i++) {
        if (making->verdicts[i].use == ASSET_UNUSED) {
            refined->recommendations[refined->recommendation_count++] =
                (struct refined_recommendation){
                    .type = STR("asset"),
                    .recommendation =
                        phrase(making->cx, making->tongue, PHRASE_REPLACE, id_text(making, i)),
                };
        }
    }
}

static void challenges_make(struct making *making)
{
    const struct analysis *analysis = making->analysis;
    struct refined *refined = making->refined;
    refined->challenges =
        ARENA_ARRAY(making->cx->arena, struct refined_challenge, analysis->challenge_count + 1);
    for (size_t i = 0; i < analysis->challenge_count; i++) {
        if (refined_text_is_fit(analysis->challenges[i].description, analysis->prompt)) {
            refined->challenges[refined->challenge_count++] = analysis->challenges[i];
        }
    }
}

void production_make(struct making *making)
{
    struct refined_recommendation edits[OUR_RECOMMENDATIONS];
    size_t edit_count = required_edits(making, edits, OUR_RECOMMENDATIONS);
    struct refined_pipeline *pipeline = &making->refined->pipeline;
    steps_make(making, edits, edit_count);
    pipeline->estimated_time =
        text_chosen(making, making->analysis->estimated_time, 3, time_estimate(making, edit_count));
    targets_make(making);
    metrics_make(making, edit_count);
    pipeline->success_probability = success_of(making);
    recommendations_make(making, edits, edit_count);
    challenges_make(making);
    making->refined->options = making->analysis->options;
    making->refined->option_count = making->analysis->option_count;
}
