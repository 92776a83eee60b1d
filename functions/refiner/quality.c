#include "functions/refiner/quality.h"

#include "functions/refiner/phrases.h"
#include "functions/refiner/words.h"

static const double UNKNOWN_REFINED = 0.75, UNKNOWN_ANALYZER = 0.5;
static const double CAP_OF_CRITICAL = 0.55, CAP_OF_PARTIAL = 0.65;
static const double GAP_HIGH = 0.5, GAP_MEDIUM = 0.3;
static const double INTEGRATION_LOW = 0.6, UTILIZATION_LOW = 0.7, CONSISTENCY_LOW = 0.8;
static const double CONCEPT_LOW = 0.5, STOCK_CONCEPT = 0.6;
enum {
    CONCEPT_MIN_BYTES = 50,
    TEXT_MIN_BYTES = 10,
    SHARED_WORD_BYTES = 3,
    SHARED_WORDS_TRIED = 200,
    DECIMALS = 3
};

/* ---- parts of the score ---------------------------------------------------------------------- */

/*
 * How many of the first words of `a` that mean something are in `b`, counted up to `enough`; both
 * as words_of gives them. The first: texts of 4000 bytes for each of 64 files would cost seconds.
 */
static size_t words_shared(struct str a, struct str b, size_t enough)
{
    size_t shared = 0, tried = 0, from = 0;
    while (shared < enough && tried < SHARED_WORDS_TRIED) {
        size_t len = str_find_char(str_slice(a, from + 1, a.len), ' ');
        if (len == SIZE_MAX) {
            break;
        }
        if (len >= SHARED_WORD_BYTES) { /* with the blanks around it */
            shared += str_find(b, str_slice(a, from, from + len + 2)) != SIZE_MAX;
            tried++;
        }
        from += len + 1;
    }
    return shared;
}

/* Its length, whether it is about what was asked or brought, and whether a direction goes with it.
 */
static double concept_score(struct ctx *cx, const struct analysis *analysis,
                            const struct refined *refined)
{
    enum { ENOUGH_WORDS = 2 };
    static const double by_length = 0.3, by_subject = 0.55, by_direction = 0.05;
    const struct refined_direction *direction = &refined->direction;
    struct str concept = words_of(cx, direction->core_concept);
    size_t shared = words_shared(words_of(cx, analysis->prompt), concept, ENOUGH_WORDS);
    for (size_t i = 0; i < analysis->asset_count && shared < ENOUGH_WORDS; i++) {
        shared = words_shared(words_of(cx, analysis->assets[i].ai_caption), concept, ENOUGH_WORDS);
    }
    double score = direction->core_concept.len >= CONCEPT_MIN_BYTES ? by_length : 0;
    score += by_subject * (double)shared / ENOUGH_WORDS;
    score += direction->visual_approach.len > 0 ? by_direction : 0;
    score += direction->style_direction.len > 0 ? by_direction : 0;
    score += direction->mood_atmosphere.len > 0 ? by_direction : 0;
    if (phrase_is_stock_concept(direction->core_concept) && score > STOCK_CONCEPT) {
        return STOCK_CONCEPT;
    }
    return str_trim(direction->core_concept).len == 0 ? 0 : score;
}

static bool is_named_in(struct str id, struct str text)
{
    return id.len > 0 && str_find(text, id) != SIZE_MAX;
}

/* Is the file named, by its id or by words of its caption, in what is to be made? */
static bool is_integrated(struct ctx *cx, const struct refined *refined,
                          const struct refined_asset *asset)
{
    enum { ENOUGH_WORDS = 2 };
    const struct refined_spine *spine = &refined->extensions.spine;
    struct str caption = words_of(cx, asset->ai_caption);
    if (is_named_in(asset->id, refined->prompt.reformulated_prompt) ||
        words_shared(caption, words_of(cx, spine->intro), ENOUGH_WORDS) == ENOUGH_WORDS ||
        words_shared(caption, words_of(cx, spine->outro), ENOUGH_WORDS) == ENOUGH_WORDS) {
        return true;
    }
    for (size_t i = 0; i < spine->core.count; i++) {
        if (words_shared(caption, words_of(cx, spine->core.at[i]), ENOUGH_WORDS) == ENOUGH_WORDS) {
            return true;
        }
    }
    return false;
}

static double integration_score(struct ctx *cx, const struct refined *refined)
{
    size_t integrated = 0, wanted = 0;
    for (size_t i = 0; i < refined->asset_count; i++) {
        if (refined->assets[i].utilization != UTILIZATION_REFERENCE) {
            wanted++;
            integrated += is_integrated(cx, refined, &refined->assets[i]);
        }
    }
    return wanted == 0 ? 0 : (double)integrated / (double)wanted;
}

/* Do the texts speak of the same thing, and the parts agree? A quarter each. */
static double consistency_score(struct ctx *cx, const struct analysis *analysis,
                                const struct refined *refined)
{
    const struct refined_extensions *extensions = &refined->extensions;
    struct str asked = words_of(cx, analysis->prompt);
    struct str goal = words_of(cx, refined->goal);
    struct str again = words_of(cx, refined->prompt.reformulated_prompt);
    bool driven = extensions->session_mode == SESSION_ASSET_DRIVEN;
    bool subject_kept = words_shared(asked, again, 1) > 0;
    bool goal_kept = words_shared(asked, goal, 1) > 0 || words_shared(goal, again, 2) > 1;
    bool mode_fits = driven == (extensions->summary.utilized_assets > 0);
    bool is_told = extensions->spine.core.count > 0 && refined->pipeline.workflow_steps.count > 0;
    return 0.25 * (subject_kept + goal_kept + mode_fits + is_told);
}

static double gap_of(const struct analysis *analysis, const struct refined *refined)
{
    const struct maybe *said = &analysis->overall_confidence;
    double before = said->is_set ? said->value : UNKNOWN_ANALYZER;
    double after = refined->metrics.overall_confidence;
    double gap = (after > 0 ? after : UNKNOWN_REFINED) - before;
    return gap < 0 ? -gap : gap;
}

static bool is_unfit(struct str text, struct str prompt)
{
    return text.len < TEXT_MIN_BYTES || !refined_text_is_fit(text, prompt);
}

static bool has_placeholder(const struct refined *refined)
{
    struct str prompt = refined->request.original_prompt;
    return is_unfit(refined->direction.core_concept, prompt) ||
           is_unfit(refined->prompt.user_intent_description, prompt) ||
           is_unfit(refined->prompt.reformulated_prompt, prompt) ||
           str_trim(refined->goal).len == 0 || !refined_text_is_fit(refined->goal, prompt);
}

/* ---- the verdict ----------------------------------------------------------------------------- */

static double weighted(const struct quality *quality, bool has_assets)
{
    const struct {
        double weight, value;
        bool applies;
    } parts[] = {
        {0.35, quality->concept, true},
        {0.20, quality->consistency, true},
        {0.15, 1 - quality->confidence_gap, true},
        {0.15, quality->integration, has_assets},
        {0.15, quality->utilization, has_assets},
    };
    double sum = 0, weights = 0;
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        if (parts[i].applies) {
            sum += parts[i].weight * parts[i].value;
            weights += parts[i].weight;
        }
    }
    return sum / weights;
}

static char grade_of(double score)
{
    static const struct {
        double least;
        char grade;
    } grades[] = {{0.9, 'A'}, {0.8, 'B'}, {0.7, 'C'}, {0.6, 'D'}};
    for (size_t i = 0; i < ARRAY_LEN(grades); i++) {
        if (score >= grades[i].least) {
            return grades[i].grade;
        }
    }
    return 'F';
}

static void issue_if(struct quality *quality, bool is_so, struct quality_issue issue)
{
    if (is_so && quality->issue_count < QUALITY_MAX_ISSUES) {
        quality->issues[quality->issue_count++] = issue;
    }
}

static void issues_list(struct quality *quality, const struct refined *refined)
{
    bool has_assets = refined->asset_count > 0;
    bool no_concept = str_trim(refined->direction.core_concept).len == 0;
    issue_if(quality, no_concept,
             (struct quality_issue){"concept", "critical", "There is no core concept",
                                    "Say what the piece is about"});
    issue_if(quality, quality->has_placeholder && !no_concept,
             (struct quality_issue){"placeholder", "critical",
                                    "A text is empty, too short or a placeholder",
                                    "Write the text out"});
    issue_if(quality, refined->metrics.completion == COMPLETION_PARTIAL,
             (struct quality_issue){"completion", "high", "The analysis is not complete",
                                    "Say more about what is wanted"});
    issue_if(quality, quality->confidence_gap > GAP_MEDIUM,
             (struct quality_issue){
                 "confidence_gap", quality->confidence_gap > GAP_HIGH ? "high" : "medium",
                 "The confidence is far from the analyzer's", "Look at the analysis again"});
    issue_if(quality, has_assets && quality->integration < INTEGRATION_LOW,
             (struct quality_issue){"integration", "medium", "Files are not part of the story",
                                    "Name the files in the narrative"});
    issue_if(quality, has_assets && quality->utilization < UTILIZATION_LOW,
             (struct quality_issue){"utilization", "medium", "Files are left without use",
                                    "Describe the files, or leave them out"});
    issue_if(quality, quality->consistency < CONSISTENCY_LOW,
             (struct quality_issue){"consistency", "medium", "The texts do not agree",
                                    "Keep goal and prompt to one subject"});
    issue_if(quality, quality->concept < CONCEPT_LOW && !no_concept,
             (struct quality_issue){"concept", "medium", "The concept says little of the request",
                                    "Say more about the subject"});
    issue_if(quality, phrase_is_stock_concept(refined->direction.core_concept),
             (struct quality_issue){"stock_concept", "low", "The concept is the profile's own",
                                    "Let a model write one, or say what is special"});
}

static bool has_critical(const struct quality *quality)
{
    for (size_t i = 0; i < quality->issue_count; i++) {
        if (strcmp(quality->issues[i].severity, "critical") == 0) {
            return true;
        }
    }
    return false;
}

struct quality quality_assess(struct ctx *cx, const struct analysis *analysis,
                              const struct refined *refined)
{
    struct quality quality = {
        .confidence_gap = gap_of(analysis, refined),
        .integration = integration_score(cx, refined),
        .utilization = refined->extensions.summary.utilization_rate,
        .consistency = consistency_score(cx, analysis, refined),
        .concept = concept_score(cx, analysis, refined),
        .has_placeholder = has_placeholder(refined),
    };
    quality.score = weighted(&quality, refined->asset_count > 0);
    issues_list(&quality, refined);
    bool is_critical = has_critical(&quality);
    bool is_partial = refined->metrics.completion == COMPLETION_PARTIAL;
    double most = is_critical ? CAP_OF_CRITICAL : is_partial ? CAP_OF_PARTIAL : 1;
    quality.score = quality.score < most ? quality.score : most;
    quality.grade = grade_of(quality.score);
    quality.is_valid = quality.grade != 'F' && !is_critical;
    return quality;
}

/* ---- as JSON --------------------------------------------------------------------------------- */

static void issues_write(struct json_writer *w, const struct quality *quality)
{
    json_member_array(w, "detailedIssues");
    for (size_t i = 0; i < quality->issue_count; i++) {
        const struct quality_issue *issue = &quality->issues[i];
        json_object_begin(w);
        json_member_cstr(w, "type", issue->type);
        json_member_cstr(w, "severity", issue->severity);
        json_member_cstr(w, "message", issue->message);
        json_member_cstr(w, "suggestion", issue->suggestion);
        json_object_end(w);
    }
    json_array_end(w);
}

void quality_write(struct json_writer *w, const struct quality *quality,
                   const struct refined *refined)
{
    const struct refined_extensions *extensions = &refined->extensions;
    const struct refined_summary *summary = &extensions->summary;
    json_object_begin(w);
    json_member_fixed(w, "overallScore", quality->score, DECIMALS);
    json_member_str(w, "grade", (struct str){.ptr = &quality->grade, .len = 1});
    json_member_i64(w, "issuesCount", (int64_t)quality->issue_count);
    json_member_i64(w, "recommendationsCount", (int64_t)refined->recommendation_count);
    json_member_bool(w, "hasIssues", quality->issue_count > 0);
    json_member_fixed(w, "confidenceGap", quality->confidence_gap, DECIMALS);
    json_member_bool(w, "hasPlaceholder", quality->has_placeholder);
    json_member_fixed(w, "assetIntegrationScore", quality->integration, DECIMALS);
    json_member_fixed(w, "assetUtilizationScore", quality->utilization, DECIMALS);
    json_member_cstr(w, "sessionMode", session_mode_word(extensions->session_mode));
    json_member_fixed(w, "utilizationRate", summary->utilization_rate, DECIMALS);
    json_member_i64(w, "primaryAssetsCount", (int64_t)summary->primary_assets.count);
    json_member_i64(w, "referenceOnlyAssetsCount", (int64_t)summary->reference_only_assets.count);
    json_member_bool(w, "isValid", quality->is_valid);
    issues_write(w, quality);
    json_object_end(w);
}
