#include "functions/refiner/refine.h"

#include "functions/refiner/making.h"
#include "functions/refiner/words.h"

enum { SUBJECT_MAX_BYTES = 200 };

/* ---- what it is about ------------------------------------------------------------------------ */

/* Words that try something out and ask for nothing. */
static const char trial_words[] = "test|testing|tests|hello|hi|hey|asdf|foo|bar|lorem|prueba|hola|"
                                  "essai|bonjour|salut|hallo|prova|ciao|teste|ola|ok";

/* Scripts without blanks between words say a lot in one. */
static bool prompt_is_telling(struct str words, struct str prompt)
{
    enum { ONE_LONG_WORD_BYTES = 12 };
    size_t count = words_count(words);
    size_t trials = 0;
    struct str rest = str_from_cstr(trial_words), trial;
    while (str_split_next(&rest, '|', &trial)) {
        trials += words_have(words, trial);
    }
    return count > trials && (count >= 2 || str_trim(prompt).len >= ONE_LONG_WORD_BYTES);
}

static struct str subject_of(struct ctx *cx, const struct making *making)
{
    struct str asked = text_quoted(cx, making->analysis->prompt, SUBJECT_MAX_BYTES);
    if (asked.len > 0) {
        return asked;
    }
    for (size_t i = 0; i < making->refined->asset_count; i++) {
        if (making->verdicts[i].use == ASSET_PRIMARY && !making->verdicts[i].is_branding) {
            return making->verdicts[i].label;
        }
    }
    return (struct str){0};
}

/* ---- what the row and `_metadata` tell ------------------------------------------------------- */

static unsigned types_of(const struct refined *refined)
{
    unsigned types = 0;
    for (size_t i = 0; i < refined->asset_count; i++) {
        types |= 1U << refined->assets[i].type;
    }
    return types;
}

static const char *template_of(unsigned types)
{
    enum { IMAGE = 1U << MEDIA_IMAGE, VIDEO = 1U << MEDIA_VIDEO, AUDIO = 1U << MEDIA_AUDIO };
    static const char *const labels[] = {
        [0] = "Unknown/Empty",
        [IMAGE] = "Image Only",
        [VIDEO] = "Video Only",
        [AUDIO] = "Audio Only",
        [IMAGE | VIDEO] = "Image + Video",
        [IMAGE | AUDIO] = "Image + Audio",
        [VIDEO | AUDIO] = "Video + Audio",
        [IMAGE | VIDEO | AUDIO] = "Mixed Media (Image + Video + Audio)",
    };
    return labels[types];
}

static void mix_describe(struct ctx *cx, struct refinement *refinement)
{
    enum { SIMPLE_ASSETS = 3, MODERATE_ASSETS = 5 };
    unsigned types = types_of(&refinement->refined);
    size_t count = refinement->refined.asset_count;
    bool has_all = types == (1U << MEDIA_COUNT) - 1;
    struct texts *mix = &refinement->asset_mix;
    mix->at = ARENA_ARRAY(cx->arena, struct str, MEDIA_COUNT);
    for (unsigned type = 0; type < MEDIA_COUNT; type++) {
        if ((types & 1U << type) != 0) {
            mix->at[mix->count++] = str_from_cstr(media_word((enum media)type));
        }
    }
    refinement->template_label = template_of(types);
    refinement->complexity = count > MODERATE_ASSETS || has_all ? COMPLEXITY_COMPLEX
                             : count > SIMPLE_ASSETS            ? COMPLEXITY_MODERATE
                                                                : COMPLEXITY_SIMPLE;
}

/* ---- in which language ----------------------------------------------------------------------- */

/* All the user wrote: a prompt of two words may be too short to tell by itself. */
static struct str users_words(struct ctx *cx, const struct analysis *analysis)
{
    struct buf all = buf_in(cx->arena, LANGUAGE_MAX_BYTES);
    buf_add(&all, text_cut(analysis->prompt, LANGUAGE_MAX_BYTES / 2));
    for (size_t i = 0; i < analysis->asset_count; i++) {
        buf_add_char(&all, '\n');
        buf_add(&all, analysis->assets[i].user_description);
    }
    return buf_str(&all);
}

/* A good guess is enough: English would be one too, and a worse one. */
static enum tongue tongue_choose(struct ctx *cx, const struct analysis *analysis,
                                 const struct language *of_prompt)
{
    static const double good_guess = 0.25;
    bool is_known = of_prompt->confidence > good_guess || of_prompt->is_reliable;
    struct language all = is_known ? *of_prompt : language_detect(users_words(cx, analysis));
    return all.confidence > good_guess ? tongue_of(all.code) : TONGUE_en;
}

/* ---- the story ------------------------------------------------------------------------------- */

void refine(struct ctx *cx, const struct analysis *analysis, struct refinement *refinement)
{
    *refinement = (struct refinement){.language = language_detect(analysis->prompt)};
    struct refined *refined = &refinement->refined;
    struct making making = {
        .cx = cx,
        .analysis = analysis,
        .refined = refined,
        .tongue = tongue_choose(cx, analysis, &refinement->language),
        .prompt_words = words_of(cx, analysis->prompt),
    };
    making.is_telling = prompt_is_telling(making.prompt_words, analysis->prompt);
    request_make(&making);
    making.verdicts = assets_judge(cx, analysis, making.tongue, refined);
    making.subject = subject_of(cx, &making);
    refinement->profile = profile_detect(cx, analysis, refined->request.intent);
    making.profile = refinement->profile.profile;
    content_make(&making);
    prompt_make(&making);
    narrative_make(&making);
    conflicts_make(&making);
    production_make(&making);
    mix_describe(cx, refinement);
    refinement->quality = quality_assess(cx, analysis, refined);
}
