#include "functions/refiner/making.h"

#include "functions/refiner/words.h"

enum {
    SIMPLE_ASSETS = 2, /* the contract's steps of complexity */
    MODERATE_ASSETS = 5,
    OUR_IMPROVEMENTS = 6,
    MATERIAL_AT_MOST = 8,
    MATERIAL_LABEL_BYTES = 60,
    DESCRIPTION_MIN_BYTES = 10,
};

/* ---- what the content needs ------------------------------------------------------------------ */

static bool is_needed(enum said said, bool otherwise)
{
    return said == SAID_NOTHING ? otherwise : said == SAID_YES;
}

static enum complexity complexity_of(const struct analysis *analysis)
{
    if (analysis->content.has_complexity) {
        return analysis->content.complexity;
    }
    return analysis->asset_count <= SIMPLE_ASSETS     ? COMPLEXITY_SIMPLE
           : analysis->asset_count <= MODERATE_ASSETS ? COMPLEXITY_MODERATE
                                                      : COMPLEXITY_COMPLEX;
}

static struct str category_of(const struct making *making, bool is_educational)
{
    struct str said = str_trim(making->analysis->content.category);
    if (said.len > 0) {
        return said;
    }
    if (is_educational || making->profile == PROFILE_EDUCATIONAL) {
        return STR("educational");
    }
    return making->profile == PROFILE_FUNNY ? STR("entertainment") : STR("general");
}

/* Needing an explanation and no teaching contradict each other: the contract lets teaching win. */
void content_make(struct making *making)
{
    const struct analysis_content *in = &making->analysis->content;
    struct refined_content *out = &making->refined->prompt.content;
    bool is_visible = making->refined->request.intent != MEDIA_AUDIO;
    bool teaches = making->profile == PROFILE_EDUCATIONAL || making->profile == PROFILE_FINANCE;
    bool is_about_figures = making->profile == PROFILE_FINANCE;
    out->needs_explanation = is_needed(in->needs_explanation, teaches);
    out->needs_educational_content =
        out->needs_explanation || is_needed(in->needs_educational_content, teaches);
    out->needs_charts = is_needed(in->needs_charts, is_about_figures && is_visible);
    out->needs_data_visualization = is_needed(in->needs_data_visualization, out->needs_charts);
    out->needs_diagrams = is_needed(in->needs_diagrams, false);
    out->requires_visual_aids =
        is_needed(in->requires_visual_aids, out->needs_explanation && is_visible);
    out->is_instructional = is_needed(in->is_instructional, out->needs_explanation);
    out->requires_interactive_elements = is_needed(in->requires_interactive_elements, false);
    out->complexity = complexity_of(making->analysis);
    out->category = category_of(making, out->needs_educational_content);
}

/* ---- how clear it is ------------------------------------------------------------------------- */

/* One to ten: how much of what a maker asks first has been said. */
static double clarity_of(const struct making *making)
{
    enum { SHORT = 3, MIDDLING = 8, LONG = 15 };
    const struct refined *refined = making->refined;
    size_t words = words_count(making->prompt_words);
    int clarity =
        1 + 2 * making->is_telling + (words >= SHORT) + (words >= MIDDLING) + (words >= LONG);
    clarity += refined->constraints.platform.len > 0;
    clarity += refined->constraints.aspect_ratio.len > 0;
    clarity += refined->request.duration_seconds.is_set || refined->request.intent == MEDIA_IMAGE;
    clarity += refined->extensions.session_mode == SESSION_ASSET_DRIVEN;
    return clarity;
}

static const char style_words[] =
    "style|mood|look|warm|dark|bright|minimalist|cinematic|realistic|cartoon|vintage|modern|calm|"
    "funny|dramatic|epic|estilo|ambiente|stil|stimmung|stile|atmosfera|ambiance|moderne|moderno";
static const char audience_words[] =
    "audience|for kids|for children|beginners|customers|students|teenagers|adults|professionals|"
    "pour enfants|debutants|clients|etudiants|para ninos|principiantes|clientes|estudiantes|"
    "fur kinder|anfanger|kunden|studenten|per bambini|principianti|clienti|studenti|"
    "para criancas|iniciantes|estudantes";

static bool has_silent_asset(const struct analysis *analysis)
{
    for (size_t i = 0; i < analysis->asset_count; i++) {
        if (str_trim(analysis->assets[i].user_description).len == 0) {
            return true;
        }
    }
    return false;
}

/* The analyzer's; where it has none, what a maker would ask first. */
static struct texts improvements_of(const struct making *making)
{
    const struct refined *refined = making->refined;
    const struct phrase_book *book = phrase_book(making->tongue);
    struct texts out =
        texts_chosen(making, making->analysis->suggested_improvements, OUR_IMPROVEMENTS);
    const struct {
        bool is_missing;
        enum phrase phrase;
    } gaps[] = {
        {!making->is_telling, PHRASE_IMPROVE_SUBJECT},
        {!refined->request.duration_seconds.is_set && refined->request.intent != MEDIA_IMAGE,
         PHRASE_IMPROVE_DURATION},
        {refined->constraints.platform.len == 0, PHRASE_IMPROVE_PLATFORM},
        {has_silent_asset(making->analysis), PHRASE_IMPROVE_FILES},
        {words_first_of(making->prompt_words, str_from_cstr(style_words)).len == 0,
         PHRASE_IMPROVE_STYLE},
        {words_first_of(making->prompt_words, str_from_cstr(audience_words)).len == 0,
         PHRASE_IMPROVE_AUDIENCE},
    };
    bool is_silent = out.count == 0;
    for (size_t i = 0; i < ARRAY_LEN(gaps); i++) {
        if (is_silent && gaps[i].is_missing) {
            out.at[out.count++] = book->of[gaps[i].phrase];
        }
    }
    return out;
}

/* ---- the prompt said again ------------------------------------------------------------------- */

static void fact_add(const struct making *making, struct buf *out, struct str fact)
{
    struct str text =
        text_spoken(making->cx, fact, making->analysis->prompt, ANALYSIS_MAX_WORD_BYTES);
    if (text.len > 0) {
        buf_add(out, out->len > 0 ? STR(", ") : STR(""));
        buf_add(out, text);
    }
}

/* "4:5, 30 s, instagram": what is settled. */
static struct str facts_of(const struct making *making)
{
    struct ctx *cx = making->cx;
    const struct refined_request *request = &making->refined->request;
    struct buf out = buf_in(cx->arena, KIB(1));
    fact_add(making, &out, request->aspect_ratio);
    if (request->duration_seconds.is_set) {
        fact_add(making, &out,
                 phrase(cx, making->tongue, PHRASE_SECONDS,
                        number_text(cx, request->duration_seconds.value)));
    }
    if (making->refined->constraints.platform.len > 0) {
        fact_add(making, &out, request->platform);
    }
    return buf_str(&out);
}

/* "a1 (brown dog on wet sand, main visual anchor)"; of a file that has one name only, "a1 (...)".
 */
static void material_add(const struct making *making, size_t index, struct buf *out)
{
    struct ctx *cx = making->cx;
    const struct refined_asset *asset = &making->refined->assets[index];
    struct str prompt = making->analysis->prompt;
    struct str id = text_spoken(cx, asset->id, prompt, MATERIAL_LABEL_BYTES);
    struct str label = text_quoted(cx, making->verdicts[index].label, MATERIAL_LABEL_BYTES);
    bool has_both = id.len > 0 && !str_eq(id, label);
    buf_add(out, out->len > 0 ? STR("; ") : STR(""));
    buf_add(out, has_both ? id : label);
    buf_add(out, STR(" ("));
    if (has_both) {
        buf_addf(out, STR_FMT ", ", STR_ARG(label));
    }
    buf_addf(out, STR_FMT ")", STR_ARG(asset->role));
}

static struct str material_of(const struct making *making)
{
    struct buf list = buf_in(making->cx->arena, KIB(4));
    size_t named = 0;
    for (size_t i = 0; i < making->refined->asset_count && named < MATERIAL_AT_MOST; i++) {
        if (making->verdicts[i].use != ASSET_UNUSED) {
            material_add(making, i, &list);
            named++;
        }
    }
    return buf_str(&list);
}

static struct str reformulated(const struct making *making)
{
    struct ctx *cx = making->cx;
    struct str medium =
        phrase_book(making->tongue)->of[PHRASE_A_MEDIUM + making->refined->request.intent];
    struct str facts = facts_of(making), material = material_of(making);
    struct str first =
        making->subject.len > 0
            ? phrase(cx, making->tongue, PHRASE_REFORMULATED, medium, facts, making->subject)
            : phrase(cx, making->tongue, PHRASE_REFORMULATED_OPEN, medium, facts);
    if (material.len == 0) {
        return first;
    }
    struct str second = phrase(cx, making->tongue, PHRASE_MATERIAL, material);
    return arena_format(cx->arena, STR_FMT " " STR_FMT, STR_ARG(first), STR_ARG(second));
}

static struct str intent_description(const struct making *making)
{
    struct str medium =
        phrase_book(making->tongue)->of[PHRASE_A_MEDIUM + making->refined->request.intent];
    return making->subject.len > 0
               ? phrase(making->cx, making->tongue, PHRASE_INTENT, medium, making->subject)
               : phrase(making->cx, making->tongue, PHRASE_INTENT_OPEN, medium);
}

void prompt_make(struct making *making)
{
    const struct analysis *analysis = making->analysis;
    struct refined_prompt *out = &making->refined->prompt;
    out->user_intent_description = text_chosen(making, analysis->user_intent_description,
                                               DESCRIPTION_MIN_BYTES, intent_description(making));
    out->reformulated_prompt = text_chosen(making, analysis->reformulated_prompt,
                                           DESCRIPTION_MIN_BYTES, reformulated(making));
    out->clarity_score =
        analysis->clarity_score.is_set ? analysis->clarity_score.value : clarity_of(making);
    out->suggested_improvements = improvements_of(making);
}
