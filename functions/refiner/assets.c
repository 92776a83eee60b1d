#include "functions/refiner/asset_parts.h"

#include "functions/refiner/seconds.h"
#include "functions/refiner/words.h"
#include "shared/base/utf8.h"

enum {
    LABEL_MAX_BYTES = 90,
    TELLING_CHARS = 5,     /* a description of more than so many says something */
    DESCRIBING_CHARS = 10, /* and of more than so many describes */
};
static const double USABLE_QUALITY = 0.3, GOOD_QUALITY = 0.7, FAIR_QUALITY = 0.5;
static const double RULE_CONFIDENCE = 0.9;

static const struct naming_rule naming_rules[] = {
    {NAMED_PRIMARY, 0.3, "primary",
     STR_INIT("main character|protagonist|hero|central figure|main subject|primary character|"
              "lead character|"
              "personnage principal|protagoniste|heros|sujet principal|"
              "personaje principal|protagonista|heroe|sujeto principal|figura central|"
              "hauptfigur|hauptperson|hauptmotiv|held|heldin|protagonistin|"
              "personaggio principale|eroe|soggetto principale|"
              "personagem principal|heroi|assunto principal")},
    {NAMED_BRANDING, 0.2, "branding",
     STR_INIT("logo|logos|brand mark|watermark|branding|company logo|brand identity|"
              "filigrane|identite visuelle|logotipo|marca de agua|wasserzeichen|firmenlogo|"
              "filigrana|marchio|marca d agua|identidade visual")},
    {NAMED_BACKGROUND, 0.2, "background",
     STR_INIT("background|scenery|environment|scene|setting|backdrop|"
              "arriere plan|decor|fond|paysage|fondo|escenario|entorno|paisaje|"
              "hintergrund|kulisse|umgebung|szene|landschaft|"
              "sfondo|scenario|ambiente|paesaggio|fundo|cenario|paisagem")},
    {NAMED_PRIMARY, 0.4, "primary",
     STR_INIT("product|products|item|object|feature|showcase|highlight|"
              "produit|article|objet|producto|articulo|objeto|produkt|artikel|gegenstand|"
              "prodotto|articolo|oggetto|produto|artigo")},
    {NAMED_REFERENCE, 0.3, "reference",
     STR_INIT("reference|style|inspiration|mood|moodboard|aesthetic|"
              "ambiance|referencia|estilo|inspiracion|referenz|stil|vorlage|stimmung|"
              "riferimento|stile|ispirazione|inspiracao")},
};

/* ---- one file -------------------------------------------------------------------------------- */

static double quality_of(const struct analysis_asset *asset)
{
    return asset->quality_score.is_set ? asset->quality_score.value : 0;
}

static bool tells_more_than(const struct analysis_asset *asset, size_t chars)
{
    return utf8_length(asset->user_description) > chars || utf8_length(asset->ai_caption) > chars;
}

static void rule_find(struct ctx *cx, struct judged *j)
{
    struct str words = words_of(cx, j->in->user_description);
    for (size_t i = 0; i < ARRAY_LEN(naming_rules); i++) {
        struct str word = words_first_of(words, naming_rules[i].words);
        if (word.len > 0) {
            j->rule = &naming_rules[i];
            j->word = word;
            return;
        }
    }
}

/* The user's word outweighs a poor picture: the threshold is only reported. */
static void use_by_rule(struct judged *j)
{
    enum naming naming = j->rule->naming;
    j->verdict->is_branding = naming == NAMED_BRANDING;
    j->verdict->is_background = naming == NAMED_BACKGROUND;
    j->verdict->is_style = naming == NAMED_REFERENCE;
    j->verdict->use =
        naming == NAMED_BACKGROUND || naming == NAMED_REFERENCE ? ASSET_REFERENCE : ASSET_PRIMARY;
}

static void use_by_quality(struct judged *j)
{
    double quality = quality_of(j->in);
    bool usable = quality > USABLE_QUALITY || tells_more_than(j->in, TELLING_CHARS);
    bool good = quality >= GOOD_QUALITY && tells_more_than(j->in, DESCRIBING_CHARS);
    bool primary = good || quality >= FAIR_QUALITY;
    j->verdict->use = !usable ? ASSET_UNUSED : primary ? ASSET_PRIMARY : ASSET_REFERENCE;
}

/* What a sentence of ours calls the file: the first of these that is fit to stand in one. */
static struct str label_of(struct ctx *cx, const struct analysis_asset *asset, struct str prompt)
{
    const struct str names[] = {asset->ai_caption, asset->user_description, asset->id};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        struct str name = text_spoken(cx, names[i], prompt, LABEL_MAX_BYTES);
        if (name.len > 0) {
            return name;
        }
    }
    return str_from_cstr(media_word(asset->type));
}

static void asset_judge(struct ctx *cx, struct judged *j, struct str prompt)
{
    const struct analysis_asset *in = j->in;
    int64_t captioned = text_seconds(cx, in->ai_caption);
    *j->out = (struct refined_asset){
        .id = in->id,
        .type = in->type,
        .user_description = in->user_description,
        .ai_caption = in->ai_caption,
        .objects = in->objects,
        .style = str_trim(in->style).len > 0 ? in->style : STR("unknown"),
        .mood = mood_of(cx, in),
        .quality_score = quality_of(in),
    };
    j->verdict->label = label_of(cx, in, prompt);
    if (in->type != MEDIA_IMAGE) {
        j->verdict->seconds = captioned > 0 ? captioned : text_seconds(cx, in->user_description);
    }
    rule_find(cx, j);
    if (j->rule != NULL) {
        use_by_rule(j);
    } else {
        use_by_quality(j);
    }
}

/* ---- all of them ----------------------------------------------------------------------------- */

/*
 * Who leads among the pictures and the clips: whom the user named, else the first that is primary.
 * A logo never does. SIZE_MAX: nobody.
 */
static size_t lead_find(const struct judged *all, size_t count, enum media type)
{
    size_t lead = SIZE_MAX;
    for (size_t i = 0; i < count; i++) {
        bool may_lead = all[i].in->type == type && all[i].verdict->use == ASSET_PRIMARY &&
                        !all[i].verdict->is_branding;
        if (may_lead && all[i].rule != NULL) {
            return i;
        }
        if (may_lead && lead == SIZE_MAX) {
            lead = i;
        }
    }
    return lead;
}

static void elevation_add(struct ctx *cx, const struct judged *j, enum tongue tongue,
                          struct refined_extensions *out)
{
    struct str role = text_quoted(cx, j->in->role, LABEL_MAX_BYTES);
    out->elevations[out->elevation_count++] = (struct refined_elevation){
        .asset_id = j->in->id,
        .original_role = role.len > 0 ? role : STR("reference material"),
        .elevated_role = str_from_cstr(j->rule->elevated_role),
        .reason = phrase(cx, tongue, PHRASE_ELEVATION, j->word),
        .user_description = j->in->user_description,
        .keyword = j->word,
        .confidence = RULE_CONFIDENCE,
        .quality_threshold = j->rule->threshold,
    };
}

static bool texts_have(struct texts texts, struct str text)
{
    for (size_t i = 0; i < texts.count; i++) {
        if (str_eq(texts.at[i], text)) {
            return true;
        }
    }
    return false;
}

static struct texts ids_with_use(struct ctx *cx, const struct judged *all, size_t count,
                                 enum asset_use use)
{
    struct texts ids = {.at = ARENA_ARRAY(cx->arena, struct str, count + 1)};
    for (size_t i = 0; i < count; i++) {
        if (all[i].verdict->use == use && !texts_have(ids, all[i].in->id)) {
            ids.at[ids.count++] = all[i].in->id;
        }
    }
    return ids;
}

/* "a1, a2 (+3)": ids that cannot be said are only counted. */
static struct str ids_listed(struct ctx *cx, struct texts ids, struct str prompt)
{
    enum { NAMED_AT_MOST = 8, ID_MAX_BYTES = 40 };
    struct buf list = buf_in(cx->arena, KIB(1));
    size_t named = 0;
    for (size_t i = 0; i < ids.count && named < NAMED_AT_MOST; i++) {
        struct str id = text_spoken(cx, ids.at[i], prompt, ID_MAX_BYTES);
        if (id.len > 0) {
            buf_add(&list, named++ > 0 ? STR(", ") : STR(""));
            buf_add(&list, id);
        }
    }
    if (ids.count > named) {
        buf_addf(&list, "%s(+%zu)", named > 0 ? " " : "", ids.count - named);
    }
    return buf_str(&list);
}

static void rationale_part(struct ctx *cx, struct buf *out, enum tongue tongue, enum phrase which,
                           struct str ids)
{
    if (ids.len > 0) {
        buf_add(out, out->len > 0 ? STR(" ") : STR(""));
        buf_add(out, phrase(cx, tongue, which, ids));
    }
}

static void summarise(struct ctx *cx, const struct judged *all, size_t count, enum tongue tongue,
                      struct str prompt, struct refined_extensions *out)
{
    struct buf rationale = buf_in(cx->arena, KIB(4));
    struct refined_summary *summary = &out->summary;
    for (size_t i = 0; i < count; i++) {
        summary->utilized_assets += all[i].verdict->use != ASSET_UNUSED;
    }
    summary->total_assets = count;
    summary->utilization_rate = count == 0 ? 0 : (double)summary->utilized_assets / (double)count;
    summary->primary_assets = ids_with_use(cx, all, count, ASSET_PRIMARY);
    summary->reference_only_assets = ids_with_use(cx, all, count, ASSET_REFERENCE);
    const struct {
        enum phrase phrase;
        struct texts ids;
    } parts[] = {
        {PHRASE_RATIONALE_PRIMARY, summary->primary_assets},
        {PHRASE_RATIONALE_REFERENCE, summary->reference_only_assets},
        {PHRASE_RATIONALE_UNUSED, ids_with_use(cx, all, count, ASSET_UNUSED)},
    };
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        rationale_part(cx, &rationale, tongue, parts[i].phrase,
                       ids_listed(cx, parts[i].ids, prompt));
    }
    summary->rationale =
        count > 0 ? buf_str(&rationale) : phrase_book(tongue)->of[PHRASE_RATIONALE_NONE];
    out->session_mode = summary->utilized_assets > 0 ? SESSION_ASSET_DRIVEN : SESSION_ASSET_FREE;
}

struct asset_verdict *assets_judge(struct ctx *cx, const struct analysis *analysis,
                                   enum tongue tongue, struct refined *refined)
{
    size_t count = analysis->asset_count;
    struct asset_verdict *verdicts = ARENA_ARRAY(cx->arena, struct asset_verdict, count + 1);
    struct judged *all = ARENA_ARRAY(cx->arena, struct judged, count + 1);
    refined->assets = ARENA_ARRAY(cx->arena, struct refined_asset, count + 1);
    refined->asset_count = count;
    refined->extensions.elevations = ARENA_ARRAY(cx->arena, struct refined_elevation, count + 1);
    for (size_t i = 0; i < count; i++) {
        all[i] = (struct judged){
            .in = &analysis->assets[i], .out = &refined->assets[i], .verdict = &verdicts[i]};
        asset_judge(cx, &all[i], analysis->prompt);
    }
    size_t image_lead = lead_find(all, count, MEDIA_IMAGE);
    size_t video_lead = lead_find(all, count, MEDIA_VIDEO);
    for (size_t i = 0; i < count; i++) {
        role_give(cx, &all[i], i == image_lead || i == video_lead);
        edits_give(cx, &all[i], refined->request.duration_seconds);
        if (all[i].rule != NULL) {
            elevation_add(cx, &all[i], tongue, &refined->extensions);
        }
    }
    summarise(cx, all, count, tongue, analysis->prompt, &refined->extensions);
    return verdicts;
}
