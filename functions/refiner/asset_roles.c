#include "functions/refiner/asset_parts.h"
#include "functions/refiner/words.h"

enum { OUR_EDITS = 3 };

/* ---- roles ----------------------------------------------------------------------------------- */

static const char effect_words[] = "effect|sfx|sound effect|whoosh|bruitage|efecto|gerausch|"
                                   "effetto|efeito";
static const char voice_words[] = "voice|voiceover|narration|narrator|speech|speaking|spoken|"
                                  "interview|podcast|voix|narracion|voz|stimme|sprecher|"
                                  "erzahler|voce|narrazione|narracao|locucion";

static struct str about(struct ctx *cx, const struct analysis_asset *asset)
{
    return words_of(cx, arena_format(cx->arena, STR_FMT " " STR_FMT " " STR_FMT,
                                     STR_ARG(asset->user_description), STR_ARG(asset->ai_caption),
                                     STR_ARG(asset->role)));
}

static const char *audio_role(struct ctx *cx, const struct judged *j)
{
    struct str words = about(cx, j->in);
    if (words_first_of(words, str_from_cstr(voice_words)).len > 0) {
        return "voiceover";
    }
    return words_first_of(words, str_from_cstr(effect_words)).len > 0 ? "sound effect"
                                                                      : "background track";
}

static const char *image_role(const struct judged *j, bool is_lead)
{
    if (j->verdict->is_branding) {
        return "overlay";
    }
    if (j->verdict->is_background) {
        return "background element";
    }
    if (j->verdict->is_style) {
        return "style reference";
    }
    if (j->verdict->use != ASSET_PRIMARY) {
        return "seed for generation";
    }
    return is_lead ? "main visual anchor" : "secondary visual support";
}

static const char *video_role(const struct judged *j, bool is_lead)
{
    if (j->verdict->is_branding) {
        return "overlay";
    }
    if (is_lead) {
        return "primary footage";
    }
    return j->verdict->use == ASSET_PRIMARY ? "supporting clip" : "cutaway";
}

static enum utilization utilization_of(const struct judged *j, bool is_lead)
{
    const struct asset_verdict *verdict = j->verdict;
    if (verdict->use == ASSET_UNUSED || verdict->is_style) {
        return UTILIZATION_REFERENCE;
    }
    if (verdict->is_background) {
        return UTILIZATION_BACKGROUND;
    }
    if (verdict->use == ASSET_REFERENCE) {
        return j->in->type == MEDIA_IMAGE ? UTILIZATION_SEED : UTILIZATION_SUPPORTING;
    }
    if (!is_lead || verdict->is_branding || j->in->type == MEDIA_AUDIO) {
        return UTILIZATION_SUPPORTING;
    }
    return j->in->type == MEDIA_VIDEO ? UTILIZATION_PRIMARY_FOOTAGE : UTILIZATION_PRIMARY_SUBJECT;
}

void role_give(struct ctx *cx, struct judged *j, bool is_lead)
{
    const char *role = j->in->type == MEDIA_AUDIO   ? audio_role(cx, j)
                       : j->in->type == MEDIA_IMAGE ? image_role(j, is_lead)
                                                    : video_role(j, is_lead);
    j->out->role = str_from_cstr(role);
    j->out->utilization = utilization_of(j, is_lead);
}

/* ---- edits, mood ----------------------------------------------------------------------------- */

static void edit_add(struct refined_asset *asset, struct str action, enum priority priority)
{
    for (size_t i = 0; i < asset->edit_count; i++) {
        if (str_eq_nocase(asset->edits[i].action, action)) {
            asset->edits[i].priority = priority; /* ours is said after the analyzer's, and counts */
            return;
        }
    }
    asset->edits[asset->edit_count++] =
        (struct refined_edit){.action = action, .priority = priority};
}

static bool is_below(const struct analysis_asset *asset, double quality)
{
    return asset->quality_score.is_set && asset->quality_score.value < quality;
}

void edits_give(struct ctx *cx, const struct judged *j, struct maybe wanted_s)
{
    static const struct {
        enum media type;
        double quality;
        struct str action;
    } edits[] = {
        {MEDIA_IMAGE, IMAGE_GOOD_QUALITY, STR_INIT("upscale")},
        {MEDIA_VIDEO, VIDEO_GOOD_QUALITY, STR_INIT("stabilise")},
        {MEDIA_AUDIO, AUDIO_GOOD_QUALITY, STR_INIT("normalise loudness")},
    };
    j->out->edits = ARENA_ARRAY(cx->arena, struct refined_edit, j->in->edits.count + OUR_EDITS);
    for (size_t i = 0; i < j->in->edits.count; i++) {
        if (str_trim(j->in->edits.at[i]).len > 0) {
            edit_add(j->out, j->in->edits.at[i], PRIORITY_RECOMMENDED);
        }
    }
    if (wanted_s.is_set && j->verdict->seconds > 0 &&
        (double)j->verdict->seconds > wanted_s.value) {
        edit_add(j->out, STR("trim"), PRIORITY_REQUIRED);
    }
    for (size_t i = 0; i < ARRAY_LEN(edits); i++) {
        if (j->in->type == edits[i].type && is_below(j->in, edits[i].quality)) {
            edit_add(j->out, edits[i].action, PRIORITY_REQUIRED);
        }
    }
}

struct str mood_of(struct ctx *cx, const struct analysis_asset *asset)
{
    static const char moods[] = "calm|playful|happy|sad|tense|dramatic|energetic|romantic|"
                                "mysterious|dark|bright|nostalgic|epic|peaceful|cheerful";
    if (str_trim(asset->mood).len > 0) {
        return asset->mood;
    }
    struct str found = words_first_of(about(cx, asset), str_from_cstr(moods));
    return found.len > 0 ? found : STR("neutral");
}
