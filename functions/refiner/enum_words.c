#include "functions/refiner/enum_words.h"

#include "functions/refiner/words.h"

#define ENUM_WORDS(name, rows_, middle_, must_)                                                    \
    const struct enum_words name = {                                                               \
        .rows = (rows_), .row_count = ARRAY_LEN(rows_), .middle = (middle_), .must = (must_)}

#define IMAGE_WORDS                                                                                \
    STR_INIT("image|images|imagen|imagenes|bild|bilder|immagine|immagini|imagem|imagens|photo|"    \
             "foto|picture|fotografia")
#define VIDEO_WORDS STR_INIT("video|videos|film|filmato|clip|pelicula")
#define AUDIO_WORDS STR_INIT("audio|audios|son|sonido|ton|klang|suono|som|sound|musik|music")

static const struct enum_word intents[] = {
    {INTENT_IMAGE, IMAGE_WORDS},
    {INTENT_VIDEO, VIDEO_WORDS},
    {INTENT_AUDIO, AUDIO_WORDS},
    {INTENT_MIXED, STR_INIT("mixed|mixte|mixto|mixta|gemischt|misto|mista|mescolato|melange")},
};
ENUM_WORDS(words_of_intent, intents, -1, "must be image, video, audio or mixed");

static const struct enum_word types[] = {
    {MEDIA_IMAGE, IMAGE_WORDS},
    {MEDIA_VIDEO, VIDEO_WORDS},
    {MEDIA_AUDIO, AUDIO_WORDS},
};
ENUM_WORDS(words_of_type, types, -1, "must be image, video or audio");

static const struct enum_word complexities[] = {
    {COMPLEXITY_VERY_SIMPLE,
     STR_INIT("very simple|tres simple|muy simple|muy sencillo|sehr einfach|molto semplice|"
              "muito simples")},
    {COMPLEXITY_SIMPLE,
     STR_INIT("simple|sencillo|sencilla|einfach|semplice|simples|low|facile|facil|leicht")},
    {COMPLEXITY_MODERATE,
     STR_INIT("moderate|modere|moderee|moderado|moderada|mittel|massig|moderat|moderato|moderata|"
              "medium|moyen|moyenne|medio|media")},
    {COMPLEXITY_COMPLEX, STR_INIT("complex|complexe|complejo|compleja|komplex|complesso|complessa|"
                                  "complexo|complexa|high|very complex")},
};
ENUM_WORDS(words_of_complexity, complexities, COMPLEXITY_MODERATE,
           "must be very_simple, simple, moderate or complex");

/* A failed analysis is no complete one, whatever was refined from it. */
static const struct enum_word completions[] = {
    {COMPLETION_PARTIAL, STR_INIT("partial|partiel|partielle|parcial|teilweise|parziale|"
                                  "failed|echec|echoue|fallido|fallida|fehlgeschlagen|fallito|"
                                  "fallita|falhou|falhado|gescheitert|incomplete")},
    {COMPLETION_COMPLETE,
     STR_INIT("complete|complet|completa|completo|vollstandig|abgeschlossen|completato|completado|"
              "concluido|termine|finished|done")},
};
ENUM_WORDS(words_of_completion, completions, COMPLETION_PARTIAL,
           "must be complete, partial or failed");

static const struct enum_word impacts[] = {
    {IMPACT_MINOR, STR_INIT("minor|mineur|mineure|menor|gering|klein|minore|low|baixo|bajo|faible|"
                            "basso")},
    {IMPACT_MODERATE,
     STR_INIT("moderate|modere|moderee|moderado|moderada|mittel|massig|moderat|moderato|medium|"
              "moyen|medio")},
    {IMPACT_MAJOR, STR_INIT("major|majeur|majeure|mayor|gross|schwerwiegend|maggiore|maior|high|"
                            "critical|alto|hoch|eleve")},
};
ENUM_WORDS(words_of_impact, impacts, IMPACT_MODERATE, "must be minor, moderate or major");

static const struct enum_word severities[] = {
    {SEVERITY_MINOR, STR_INIT("minor|mineur|mineure|menor|gering|klein|minore|low")},
    {SEVERITY_MODERATE,
     STR_INIT("moderate|modere|moderee|moderado|moderada|mittel|massig|moderat|moderato|medium")},
    {SEVERITY_CRITICAL, STR_INIT("critical|critique|critico|critica|kritisch|major|high|severe")},
};
ENUM_WORDS(words_of_severity, severities, SEVERITY_MODERATE, "must be minor, moderate or critical");

static const struct enum_word workloads[] = {
    {WORKLOAD_LOW, STR_INIT("low|faible|bas|bajo|baja|niedrig|gering|basso|bassa|baixo|baixa")},
    {WORKLOAD_MEDIUM, STR_INIT("medium|moyen|moyenne|medio|media|mittel|moderate")},
    {WORKLOAD_HIGH, STR_INIT("high|eleve|elevee|haut|alto|alta|hoch")},
};
ENUM_WORDS(words_of_workload, workloads, WORKLOAD_MEDIUM, "must be low, medium or high");

/* "important" is the analyzer's own slip for prompts of under five characters. */
static const struct enum_word priorities[] = {
    {PRIORITY_REQUIRED,
     STR_INIT("required|requis|requise|obligatoire|requerido|requerida|obligatorio|erforderlich|"
              "notwendig|richiesto|richiesta|obbligatorio|necessario|obrigatorio|requerido")},
    {PRIORITY_RECOMMENDED,
     STR_INIT("recommended|recommande|recommandee|recomendado|recomendada|empfohlen|consigliato|"
              "consigliata|raccomandato|important|importante|wichtig")},
};
ENUM_WORDS(words_of_priority, priorities, PRIORITY_RECOMMENDED, "must be required or recommended");

static bool list_has(struct str list, struct str phrase)
{
    struct str one;
    while (str_split_next(&list, '|', &one)) {
        if (str_eq(one, phrase)) {
            return true;
        }
    }
    return false;
}

/* "very_simple" reads "very simple" in the table: an underscore is no letter. */
static bool is_as_it_should(struct str list, struct str folded, struct str word)
{
    struct str english;
    bool first = str_split_next(&list, '|', &english) && str_eq(english, folded);
    if (!first || word.len != english.len) {
        return false;
    }
    for (size_t i = 0; i < word.len; i++) {
        if (word.ptr[i] != (english.ptr[i] == ' ' ? '_' : english.ptr[i])) {
            return false;
        }
    }
    return true;
}

enum enum_match enum_word_find(struct ctx *cx, const struct enum_words *words, struct str word,
                               int *value)
{
    struct str folded = str_trim(words_of(cx, text_cut(word, ANALYSIS_MAX_WORD_BYTES)));
    for (size_t i = 0; i < words->row_count; i++) {
        const struct enum_word *row = &words->rows[i];
        if (list_has(row->words, folded)) {
            *value = row->value;
            return is_as_it_should(row->words, folded, word) ? ENUM_EXACT : ENUM_TRANSLATED;
        }
    }
    return ENUM_UNKNOWN;
}
