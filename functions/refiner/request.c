#include "functions/refiner/making.h"

#include "functions/refiner/seconds.h"
#include "functions/refiner/words.h"

enum { PROMPT_MAX_SECONDS = 3600 };

/* ---- intent ---------------------------------------------------------------------------------- */

static size_t assets_of(const struct analysis *analysis, enum media type)
{
    size_t count = 0;
    for (size_t i = 0; i < analysis->asset_count; i++) {
        count += analysis->assets[i].type == type;
    }
    return count;
}

static bool media_by_assets(const struct analysis *analysis, enum media *media)
{
    size_t images = assets_of(analysis, MEDIA_IMAGE), videos = assets_of(analysis, MEDIA_VIDEO);
    size_t audios = assets_of(analysis, MEDIA_AUDIO);
    if (videos > 0 || analysis->duration_seconds.is_set || (images > 0 && audios > 0)) {
        *media = MEDIA_VIDEO;
    } else if (images > 0 || analysis->image_count.is_set) {
        *media = MEDIA_IMAGE;
    } else if (audios > 0) {
        *media = MEDIA_AUDIO;
    } else {
        return false;
    }
    return true;
}

/* What a prompt calls what it wants, in six languages. */
static const struct {
    enum media media;
    struct str words;
} media_words[] = {
    {MEDIA_VIDEO, STR_INIT("video|videos|film|clip|trailer|reel|vlog|documentary|animation|movie|"
                           "pelicula|cortometraje|filmato|dokumentarfilm|documentaire")},
    {MEDIA_AUDIO, STR_INIT("audio|podcast|song|jingle|voiceover|narration|music|soundtrack|"
                           "chanson|musique|cancion|musica|lied|musik|canzone|cancao|horspiel")},
    {MEDIA_IMAGE, STR_INIT("image|picture|photo|poster|illustration|logo|banner|drawing|portrait|"
                           "wallpaper|thumbnail|affiche|dessin|imagen|foto|cartel|dibujo|bild|"
                           "plakat|zeichnung|immagine|disegno|locandina|imagem|cartaz|desenho|"
                           "ilustracion|illustrazione|ilustracao|infographic")},
};

static bool media_by_words(struct str words, enum media *media)
{
    for (size_t i = 0; i < ARRAY_LEN(media_words); i++) {
        if (words_first_of(words, media_words[i].words).len > 0) {
            *media = media_words[i].media;
            return true;
        }
    }
    return false;
}

/* Who says `mixed` has named no one thing: the files tell. Who says nothing may have in the prompt.
 */
static enum media intent_decide(const struct making *making)
{
    enum media by_words = MEDIA_VIDEO, by_assets = MEDIA_VIDEO;
    bool words_tell = media_by_words(making->prompt_words, &by_words);
    bool assets_tell = media_by_assets(making->analysis, &by_assets);
    switch (making->analysis->intent) {
    case INTENT_IMAGE:
        return MEDIA_IMAGE;
    case INTENT_VIDEO:
        return MEDIA_VIDEO;
    case INTENT_AUDIO:
        return MEDIA_AUDIO;
    case INTENT_MIXED:
        return assets_tell ? by_assets : by_words;
    case INTENT_NONE:
        break;
    }
    return words_tell ? by_words : by_assets;
}

/* ---- platform and shape ---------------------------------------------------------------------- */

/* Where things are shown, and in which shape they look right there: the platforms' own guides. */
static const struct platform_rule {
    struct str words, id, image_ratio, video_ratio;
} platforms[] = {
    {STR_INIT("youtube shorts"), STR_INIT("youtube_shorts"), STR_INIT("9:16"), STR_INIT("9:16")},
    {STR_INIT("tiktok"), STR_INIT("tiktok"), STR_INIT("9:16"), STR_INIT("9:16")},
    {STR_INIT("instagram"), STR_INIT("instagram"), STR_INIT("4:5"), STR_INIT("9:16")},
    {STR_INIT("youtube"), STR_INIT("youtube"), STR_INIT("16:9"), STR_INIT("16:9")},
    {STR_INIT("linkedin"), STR_INIT("linkedin"), STR_INIT("1:1"), STR_INIT("16:9")},
    {STR_INIT("facebook"), STR_INIT("facebook"), STR_INIT("4:5"), STR_INIT("16:9")},
};

static const struct platform_rule *platform_find(struct str words)
{
    for (size_t i = 0; i < ARRAY_LEN(platforms); i++) {
        if (words_have(words, platforms[i].words)) {
            return &platforms[i];
        }
    }
    return NULL;
}

static struct str ratio_of(const struct platform_rule *platform, enum media intent)
{
    if (platform == NULL) {
        return intent == MEDIA_VIDEO ? STR("16:9") : STR("1:1");
    }
    return intent == MEDIA_VIDEO ? platform->video_ratio : platform->image_ratio;
}

/* What can be said; "undefined" of some program before us is no platform, and no shape. */
static struct str said(const struct making *making, struct str text)
{
    struct str prompt = making->analysis->prompt;
    bool is_said = text_spoken(making->cx, text, prompt, ANALYSIS_MAX_WORD_BYTES).len > 0;
    return is_said ? str_trim(text) : (struct str){0};
}

static struct str first_said(const struct making *making, struct str request, struct str analyzer)
{
    struct str own = said(making, request);
    return own.len > 0 ? own : said(making, analyzer);
}

static void platform_decide(const struct making *making)
{
    struct refined_request *request = &making->refined->request;
    struct refined_constraints *wanted = &making->refined->constraints;
    const struct analysis *analysis = making->analysis;
    struct str platform = first_said(making, analysis->platform, analysis->constraints.platform);
    const struct platform_rule *rule =
        platform_find(platform.len > 0 ? words_of(making->cx, platform) : making->prompt_words);
    wanted->platform = platform.len == 0 && rule != NULL ? rule->id : platform;
    wanted->aspect_ratio =
        first_said(making, analysis->aspect_ratio, analysis->constraints.aspect_ratio);
    request->platform = wanted->platform.len > 0 ? wanted->platform : STR("general");
    request->aspect_ratio =
        wanted->aspect_ratio.len > 0 ? wanted->aspect_ratio : ratio_of(rule, request->intent);
}

/* "30 second trailer" is as good a wish as the member; the analyzer's word comes after both. */
static struct maybe duration_decide(const struct making *making)
{
    const struct analysis *analysis = making->analysis;
    int64_t seconds = text_seconds(making->cx, analysis->prompt);
    if (analysis->duration_seconds.is_set || making->refined->request.intent == MEDIA_IMAGE) {
        return analysis->duration_seconds;
    }
    if (seconds > 0 && seconds <= PROMPT_MAX_SECONDS) {
        return (struct maybe){.value = (double)seconds, .is_set = true};
    }
    return analysis->constraints.duration_seconds;
}

void request_make(struct making *making)
{
    struct refined_request *request = &making->refined->request;
    request->original_prompt = making->analysis->prompt;
    request->intent = intent_decide(making);
    request->duration_seconds = duration_decide(making);
    request->image_count = making->analysis->image_count;
    making->refined->constraints.duration_seconds = request->duration_seconds;
    platform_decide(making);
}
