#include "functions/refiner/making.h"

#include "functions/refiner/words.h"

enum {
    SPINE_ASSETS = 4, /* in the core; more would be a list, not a story */
    CONCEPT_MIN_BYTES = 50,
    DIRECTION_MIN_BYTES = 3,
    GOAL_MIN_BYTES = 5,
};

static const struct profile_text *profile_text(const struct making *making)
{
    return &phrase_book(making->tongue)->profiles[making->profile];
}

/* "my dog" -> "My dog"; other alphabets stay. */
static struct str capitalised(struct ctx *cx, struct str text)
{
    struct buf out = buf_in(cx->arena, text.len + 1);
    buf_add(&out, text);
    if (out.len > 0 && out.ptr[0] >= 'a' && out.ptr[0] <= 'z') {
        out.ptr[0] = (char)(out.ptr[0] - ('a' - 'A'));
    }
    return buf_str(&out);
}

static void goal_make(struct making *making)
{
    struct str medium =
        phrase_book(making->tongue)->of[PHRASE_MEDIUM + making->refined->request.intent];
    struct str ours = making->subject.len > 0
                          ? phrase(making->cx, making->tongue, PHRASE_GOAL, medium, making->subject)
                          : phrase(making->cx, making->tongue, PHRASE_GOAL_OPEN, medium);
    making->refined->goal = text_chosen(making, making->analysis->goal, GOAL_MIN_BYTES, ours);
}

/* ---- the spine ------------------------------------------------------------------------------- */

static struct refined_spine spine_of_profile(const struct making *making)
{
    const struct profile_text *text = profile_text(making);
    struct refined_spine spine = {
        .intro = text->intro,
        .core = {.at = ARENA_ARRAY(making->cx->arena, struct str, PROFILE_CORE_COUNT),
                 .count = PROFILE_CORE_COUNT},
        .outro = text->outro,
    };
    memcpy(spine.core.at, text->core, sizeof(text->core));
    return spine;
}

static bool leads(const struct refined_asset *asset)
{
    return asset->utilization == UTILIZATION_PRIMARY_SUBJECT ||
           asset->utilization == UTILIZATION_PRIMARY_FOOTAGE;
}

/* Moving pictures come before still ones. SIZE_MAX: no file leads. */
static size_t opening_find(const struct making *making)
{
    const struct refined *refined = making->refined;
    size_t opening = SIZE_MAX;
    for (size_t i = 0; i < refined->asset_count; i++) {
        if (leads(&refined->assets[i]) &&
            (opening == SIZE_MAX || refined->assets[i].type == MEDIA_VIDEO)) {
            opening = i;
        }
    }
    return opening;
}

static size_t branding_find(const struct making *making)
{
    for (size_t i = 0; i < making->refined->asset_count; i++) {
        if (making->verdicts[i].is_branding) {
            return i;
        }
    }
    return SIZE_MAX;
}

static enum phrase part_of(const struct making *making, size_t index)
{
    if (making->refined->assets[index].type == MEDIA_AUDIO) {
        return PHRASE_HEAR;
    }
    return making->verdicts[index].is_background ? PHRASE_BEHIND : PHRASE_SHOW;
}

static bool is_told(const struct making *making, size_t index)
{
    const struct asset_verdict *verdict = &making->verdicts[index];
    return verdict->use != ASSET_UNUSED && !verdict->is_style;
}

/* The profile's first and last thought and the files between them; without files all of its own. */
static struct texts core_with_assets(const struct making *making, size_t opening, size_t closing)
{
    const struct profile_text *text = profile_text(making);
    struct texts core = {
        .at = ARENA_ARRAY(making->cx->arena, struct str, SPINE_ASSETS + PROFILE_CORE_COUNT)};
    core.at[core.count++] = text->core[0];
    for (size_t i = 0; i < making->refined->asset_count && core.count <= SPINE_ASSETS; i++) {
        if (i != opening && i != closing && is_told(making, i)) {
            core.at[core.count++] =
                phrase(making->cx, making->tongue, part_of(making, i), making->verdicts[i].label);
        }
    }
    for (size_t i = core.count > 1 ? PROFILE_CORE_COUNT - 1 : 1; i < PROFILE_CORE_COUNT; i++) {
        core.at[core.count++] = text->core[i];
    }
    return core;
}

static void spine_make(struct making *making)
{
    struct ctx *cx = making->cx;
    const struct profile_text *text = profile_text(making);
    struct refined_spine *spine = &making->refined->extensions.spine;
    size_t opening = opening_find(making), closing = branding_find(making);
    *spine = spine_of_profile(making);
    if (opening != SIZE_MAX) {
        spine->intro = phrase(cx, making->tongue, PHRASE_OPEN_ON, making->verdicts[opening].label);
    } else if (making->subject.len > 0) {
        spine->intro = arena_format(cx->arena, STR_FMT ": " STR_FMT, STR_ARG(text->intro),
                                    STR_ARG(making->subject));
    }
    if (making->refined->extensions.session_mode == SESSION_ASSET_DRIVEN) {
        spine->core = core_with_assets(making, opening, closing);
    }
    if (closing != SIZE_MAX) {
        spine->outro = phrase(cx, making->tongue, PHRASE_CLOSE_ON, making->verdicts[closing].label);
    }
}

/* ---- direction ------------------------------------------------------------------------------- */

static void direction_make(struct making *making)
{
    const struct profile_text *text = profile_text(making);
    const struct refined_direction *in = &making->analysis->direction;
    struct refined_direction *out = &making->refined->direction;
    struct str subject = making->subject.len > 0
                             ? capitalised(making->cx, making->subject)
                             : phrase_book(making->tongue)->of[PHRASE_SUBJECT_OPEN];
    struct str concept = phrase_fill(making->cx, text->concept, &subject, 1);
    out->core_concept = text_chosen(making, in->core_concept, CONCEPT_MIN_BYTES, concept);
    out->visual_approach =
        text_chosen(making, in->visual_approach, DIRECTION_MIN_BYTES, text->visual);
    out->style_direction =
        text_chosen(making, in->style_direction, DIRECTION_MIN_BYTES, text->style);
    out->mood_atmosphere =
        text_chosen(making, in->mood_atmosphere, DIRECTION_MIN_BYTES, text->mood);
}

void narrative_make(struct making *making)
{
    struct refined_extensions *extensions = &making->refined->extensions;
    goal_make(making);
    spine_make(making);
    extensions->scaffolding_name = str_from_cstr(profile_id(making->profile));
    extensions->scaffolding = spine_of_profile(making);
    direction_make(making);
}
