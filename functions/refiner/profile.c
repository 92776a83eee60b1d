#include "functions/refiner/profile.h"

#include "functions/refiner/profile_rules.h"
#include "functions/refiner/words.h"

/*
 * Points of the contract, without its fixed 70 to 95 for a profile's mere priority, which made a
 * finance explainer of "test". Priority only breaks a tie.
 */
enum {
    PER_KEYWORD = 10,
    PER_REFORMULATED = 5,
    BY_CATEGORY = 20,
    BY_PLATFORM = 2, /* most platforms suit most profiles */
    BY_DURATION = 2,
    BY_NEEDS = 15,
    BY_CAPTION = 5,
    FLOOR = 10, /* one keyword, or the category */
    MARGIN = 3,
    FULL_SCORE = 60, /* what is as good as certain */
};
static const double MAX_CONFIDENCE = 0.95;

#define PROFILE_ID(name, id, title)    [name] = (id),
#define PROFILE_TITLE(name, id, title) [name] = (title),

const char *profile_id(enum profile profile)
{
    static const char *const ids[] = {PROFILE_LIST(PROFILE_ID)};
    return ids[profile];
}

const char *profile_title(enum profile profile)
{
    static const char *const titles[] = {PROFILE_LIST(PROFILE_TITLE)};
    return titles[profile];
}

/* ---- scoring --------------------------------------------------------------------------------- */

/* The texts that are looked at, as words. */
struct evidence {
    struct str prompt, reformulated, category, platform, captions;
    const struct analysis *analysis;
};

struct score {
    enum profile profile;
    int points;
    int keywords;
    struct str factors[PROFILE_MAX_FACTORS];
    size_t factor_count;
};

/* Nothing, if `what` is empty: what was looked for is not there. */
static void score_add(struct ctx *cx, struct score *score, int points, const char *kind,
                      struct str what)
{
    if (what.len == 0) {
        return;
    }
    score->points += points;
    if (score->factor_count < PROFILE_MAX_FACTORS) {
        score->factors[score->factor_count++] =
            arena_format(cx->arena, "%s: " STR_FMT, kind, STR_ARG(what));
    }
}

static void keywords_score(struct ctx *cx, const struct evidence *evidence,
                           const struct profile_rule *rule, struct score *score)
{
    struct str rest = rule->keywords, keyword;
    while (str_split_next(&rest, '|', &keyword)) {
        bool is_asked = words_have(evidence->prompt, keyword);
        if (is_asked || words_have(evidence->reformulated, keyword)) {
            score->keywords++;
            score_add(cx, score, is_asked ? PER_KEYWORD : PER_REFORMULATED,
                      is_asked ? "keyword" : "reformulated", keyword);
        }
    }
}

static void needs_score(struct ctx *cx, const struct analysis *analysis, enum profile profile,
                        struct score *score)
{
    const struct analysis_content *content = &analysis->content;
    bool explains = content->needs_explanation == SAID_YES ||
                    content->needs_educational_content == SAID_YES ||
                    content->is_instructional == SAID_YES || content->needs_diagrams == SAID_YES;
    bool charts =
        content->needs_charts == SAID_YES || content->needs_data_visualization == SAID_YES;
    if (profile == PROFILE_EDUCATIONAL && explains) {
        score_add(cx, score, BY_NEEDS, "needs", STR("explanation"));
    }
    /* Charts alone are no finance: they only speak for it where something else does. */
    if (profile == PROFILE_FINANCE && charts && score->points > 0) {
        score_add(cx, score, PER_KEYWORD, "needs", STR("charts"));
    }
}

static void context_score(struct ctx *cx, const struct evidence *evidence,
                          const struct profile_rule *rule, struct score *score)
{
    const struct maybe *duration = &evidence->analysis->duration_seconds;
    if (words_first_of(evidence->platform, rule->platforms).len > 0) {
        score_add(cx, score, BY_PLATFORM, "platform", str_trim(evidence->platform));
    }
    if (duration->is_set && duration->value >= rule->min_s && duration->value <= rule->max_s) {
        score->points += BY_DURATION;
    }
}

static struct score profile_score(struct ctx *cx, const struct evidence *evidence,
                                  enum profile profile)
{
    const struct profile_rule *rule = &profile_rules[profile];
    struct score score = {.profile = profile};
    keywords_score(cx, evidence, rule, &score);
    score_add(cx, &score, BY_CATEGORY, "category",
              words_first_of(evidence->category, rule->categories));
    score_add(cx, &score, BY_CAPTION, "caption",
              words_first_of(evidence->captions, rule->captions));
    needs_score(cx, evidence->analysis, profile, &score);
    if (score.points > 0) {
        context_score(cx, evidence, rule, &score);
    }
    return score;
}

static bool is_better(const struct score *a, const struct score *b)
{
    return a->points != b->points
               ? a->points > b->points
               : profile_rules[a->profile].priority > profile_rules[b->profile].priority;
}

/* Best first; insertion, for there are eleven. */
static void scores_sort(struct score scores[static PROFILE_COUNT])
{
    for (size_t i = 1; i < PROFILE_COUNT; i++) {
        struct score one = scores[i];
        size_t at = i;
        for (; at > 0 && is_better(&one, &scores[at - 1]); at--) {
            scores[at] = scores[at - 1];
        }
        scores[at] = one;
    }
}

/* ---- the choice ------------------------------------------------------------------------------ */

/* Of what is as good as certain; 0 to 1. */
static double share_of(const struct score *score)
{
    double share = (double)score->points / FULL_SCORE;
    return share > 1 ? 1 : share;
}

static double confidence_of(const struct score *best, const struct score *next)
{
    double lead = (double)(best->points - next->points) / (best->points > 0 ? best->points : 1);
    double confidence = (0.4 + 0.6 * share_of(best)) * (0.6 + 0.4 * lead);
    return confidence > MAX_CONFIDENCE ? MAX_CONFIDENCE : confidence;
}

static struct str captions_of(struct ctx *cx, const struct analysis *analysis)
{
    struct buf all = buf_in(cx->arena, WORDS_MAX_BYTES);
    for (size_t i = 0; i < analysis->asset_count; i++) {
        buf_add(&all, analysis->assets[i].ai_caption);
        buf_add_char(&all, '\n');
    }
    return words_of(cx, buf_str(&all));
}

static void alternatives_take(struct profile_match *match, const struct score *scores)
{
    for (size_t i = 0; i < PROFILE_COUNT && match->alternative_count < PROFILE_MAX_ALTERNATIVES;
         i++) {
        if (scores[i].points >= FLOOR && scores[i].profile != match->profile) {
            match->alternatives[match->alternative_count++] = (struct profile_alternative){
                .profile = scores[i].profile,
                .confidence = 0.4 * share_of(&scores[i]),
            };
        }
    }
}

static struct profile_match choose(const struct score *scores)
{
    struct profile_match match = {.profile = PROFILE_GENERAL, .method = "default"};
    const struct score *best = &scores[0];
    if (best->points >= FLOOR && best->points - scores[1].points >= MARGIN) {
        match.profile = best->profile;
        match.confidence = confidence_of(best, &scores[1]);
        match.method = best->keywords > 0 ? "keywords" : "context";
        match.factor_count = best->factor_count;
        memcpy(match.factors, best->factors, sizeof(match.factors));
    }
    alternatives_take(&match, scores);
    return match;
}

struct profile_match profile_detect(struct ctx *cx, const struct analysis *analysis,
                                    enum media intent)
{
    struct score scores[PROFILE_COUNT] = {{.profile = PROFILE_GENERAL}};
    struct evidence evidence = {
        .prompt = words_of(cx, analysis->prompt),
        .reformulated = words_of(cx, analysis->reformulated_prompt),
        .category = words_of(cx, analysis->content.category),
        .platform = words_of(cx, analysis->platform),
        .captions = captions_of(cx, analysis),
        .analysis = analysis,
    };
    if (intent != MEDIA_AUDIO) { /* the profiles are for what can be seen */
        for (size_t i = PROFILE_GENERAL + 1; i < PROFILE_COUNT; i++) {
            scores[i] = profile_score(cx, &evidence, (enum profile)i);
        }
        scores_sort(scores);
    }
    return choose(scores);
}

void profile_write(struct json_writer *w, const struct profile_match *match)
{
    enum { CONFIDENCE_DECIMALS = 3 };
    if (match->profile == PROFILE_GENERAL && match->alternative_count == 0) {
        json_null(w);
        return;
    }
    json_object_begin(w);
    json_member_cstr(w, "profileId", profile_id(match->profile));
    json_member_cstr(w, "profileName", profile_title(match->profile));
    json_member_fixed(w, "confidence", match->confidence, CONFIDENCE_DECIMALS);
    json_member_cstr(w, "detectionMethod", match->method);
    json_member_array(w, "matchedFactors");
    for (size_t i = 0; i < match->factor_count; i++) {
        json_str(w, match->factors[i]);
    }
    json_array_end(w);
    json_member_array(w, "alternativeProfiles");
    for (size_t i = 0; i < match->alternative_count; i++) {
        json_object_begin(w);
        json_member_cstr(w, "profileId", profile_id(match->alternatives[i].profile));
        json_member_fixed(w, "confidence", match->alternatives[i].confidence, CONFIDENCE_DECIMALS);
        json_object_end(w);
    }
    json_array_end(w);
    json_object_end(w);
}
