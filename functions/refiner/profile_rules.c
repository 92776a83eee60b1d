#include "functions/refiner/profile_rules.h"

/* The contract's table; its words in other languages, and grammatical forms, are ours. */
const struct profile_rule profile_rules[PROFILE_COUNT] = {
    [PROFILE_GENERAL] = {.priority = 0},
    [PROFILE_EDUCATIONAL] =
        {
            .keywords = STR_INIT(
                "explain|explains|explained|explainer|explaining|teach|teaches|teaching|learn|"
                "learning|tutorial|how to|guide|education|educational|course|lesson|"
                "explique|expliquer|expliquez|enseigner|apprendre|apprends|tutoriel|comment faire|"
                "lecon|cours|pedagogique|"
                "explica|explicar|explicacion|ensena|ensenar|aprende|aprender|como hacer|guia|"
                "educacion|educativo|curso|leccion|"
                "erklare|erklaren|erklart|erklarvideo|lehre|lernen|lerne|anleitung|kurs|lektion|"
                "unterricht|bildung|"
                "spiega|spiegare|spiegami|insegna|insegnare|impara|imparare|come "
                "fare|corso|lezione|"
                "educativo|"
                "explique|ensina|ensinar|aprenda|como fazer|aula|licao|educacao"),
            .categories = STR_INIT("educational|tutorial|how to|academic|education"),
            .platforms = STR_INIT("youtube|linkedin|educational"),
            .captions = STR_INIT("diagram|chart|blackboard|whiteboard|educational|infographic"),
            .min_s = 30,
            .max_s = 600,
            .priority = 90,
        },
    [PROFILE_ANIME] =
        {
            .keywords = STR_INIT("anime|manga|kawaii|otaku|weeb|chibi|shounen|shonen|shoujo|shojo"),
            .categories = STR_INIT("anime|manga|japanese culture|gaming"),
            .platforms = STR_INIT("tiktok|instagram|youtube"),
            .captions = STR_INIT("anime|manga"),
            .min_s = 15,
            .max_s = 180,
            .priority = 85,
        },
    [PROFILE_UGC] =
        {
            .keywords = STR_INIT("selfie|vlog|day in my life|get ready with me|grwm|haul|review|"
                                 "unboxing|influencer|lifestyle|mi dia|ma journee|mein tag|"
                                 "la mia giornata|meu dia|resena|recensione"),
            .categories = STR_INIT("lifestyle|beauty|fashion|vlog|personal"),
            .platforms = STR_INIT("tiktok|instagram|youtube shorts"),
            .captions = STR_INIT("selfie"),
            .min_s = 15,
            .max_s = 60,
            .priority = 80,
        },
    [PROFILE_FINANCE] =
        {
            .keywords = STR_INIT(
                "finance|finances|stock market|stocks|financial market|financial "
                "markets|investment|investments|"
                "investing|invest|trading|economy|economics|bloomberg|financial|inflation|"
                "interest rate|interest rates|compound interest|"
                "bourse|investissement|investir|economie|financier|"
                "finanzas|bolsa de valores|inversion|inversiones|invertir|economia|financiero|"
                "finanzen|borse|aktie|aktien|geldanlage|wirtschaft|finanziell|"
                "finanza|borsa valori|investimento|investimenti|investire|finanziario|"
                "financas|investimentos|financeiro"),
            .categories = STR_INIT("finance|investment|economics"),
            .platforms = STR_INIT("linkedin|youtube|professional"),
            .captions = STR_INIT("stock chart|candlestick"),
            .min_s = 60,
            .max_s = 300,
            .priority = 95,
        },
    [PROFILE_CORPORATE] =
        {
            .keywords = STR_INIT(
                "presentation|slides|slide deck|corporate|deck|pitch|meeting|business|proposal|"
                "diapositives|entreprise|reunion|proposition|"
                "presentacion|diapositivas|empresa|corporativo|corporativa|propuesta|"
                "prasentation|folien|unternehmen|besprechung|angebot|firma|"
                "presentazione|diapositive|azienda|aziendale|riunione|proposta|"
                "apresentacao|corporativo|reuniao"),
            .categories = STR_INIT("business|corporate|presentation|professional"),
            .platforms = STR_INIT("linkedin|youtube|corporate"),
            .captions = STR_INIT("slide|meeting room"),
            .min_s = 60,
            .max_s = 600,
            .priority = 90,
        },
    [PROFILE_RELAXATION] =
        {
            .keywords = STR_INIT(
                "relax|relaxing|relaxed|relaxation|calm|calming|peaceful|meditation|meditative|zen|"
                "spa|wellness|mindfulness|serene|soothing|"
                "relaxant|relaxante|calme|paisible|apaisant|"
                "relajante|relajar|relajacion|tranquilo|tranquila|meditacion|calma|"
                "entspannen|entspannend|entspannung|ruhig|ruhiges|beruhigend|friedlich|"
                "rilassante|rilassarsi|calmo|tranquillo|meditazione|"
                "relaxar|relaxamento|meditacao|sereno"),
            .categories = STR_INIT("wellness|meditation|relaxation"),
            .platforms = STR_INIT("youtube|instagram|wellness"),
            .captions = STR_INIT("meditation|spa|yoga"),
            .min_s = 60,
            .max_s = 1800,
            .priority = 75,
        },
    [PROFILE_ADS] =
        {
            .keywords = STR_INIT(
                "ad|ads|advert|advertisement|advertising|commercial|promo|promotion|promotional|"
                "sale|buy|brand|marketing|campaign|"
                "publicite|pub|soldes|marque|campagne|"
                "anuncio|publicidad|comercial|promocion|oferta|marca|campana|"
                "werbung|werbespot|werbefilm|anzeige|marke|kampagne|"
                "pubblicita|promozione|saldi|marchio|campagna|spot pubblicitario|"
                "publicidade|promocao|propaganda|campanha"),
            .categories = STR_INIT("advertising|commercial|marketing|promotional"),
            .platforms = STR_INIT("facebook|instagram|youtube|tiktok"),
            .captions = STR_INIT("packshot|billboard"),
            .min_s = 15,
            .max_s = 60,
            .priority = 85,
        },
    [PROFILE_DEMO] =
        {
            .keywords =
                STR_INIT("demo|demonstration|showcase|how it works|features|product|app|software|"
                         "comment ca marche|produit|logiciel|application|fonctionnalites|"
                         "demostracion|como funciona|producto|aplicacion|funciones|"
                         "vorfuhrung|wie es funktioniert|produkt|funktionen|anwendung|"
                         "dimostrazione|come funziona|prodotto|applicazione|funzioni|"
                         "demonstracao|produto|aplicativo|recursos"),
            .categories = STR_INIT("product|demo|technology"),
            .platforms = STR_INIT("youtube|linkedin|product"),
            .captions = STR_INIT("product|screenshot|app screen"),
            .min_s = 30,
            .max_s = 300,
            .priority = 80,
        },
    [PROFILE_FUNNY] =
        {
            .keywords =
                STR_INIT("funny|meme|memes|comedy|lol|haha|joke|jokes|hilarious|viral|trending|"
                         "drole|blague|humour|comique|"
                         "divertido|divertida|gracioso|graciosa|chiste|broma|comedia|"
                         "lustig|lustiges|lustige|witz|komisch|komodie|"
                         "divertente|barzelletta|scherzo|commedia|buffo|"
                         "engracado|engracada|piada|comedia"),
            .categories = STR_INIT("comedy|entertainment|meme|viral"),
            .platforms = STR_INIT("tiktok|instagram|youtube shorts"),
            .captions = STR_INIT("meme"),
            .min_s = 15,
            .max_s = 60,
            .priority = 70,
        },
    [PROFILE_DOCUMENTARY] =
        {
            .keywords =
                STR_INIT("story|documentary|narrative|journey|experience|life of|history|biography|"
                         "documentaire|histoire|recit|biographie|voyage|"
                         "documental|historia|narrativa|biografia|viaje|"
                         "dokumentation|dokumentarfilm|geschichte|erzahlung|biografie|reise|"
                         "documentario|storia|racconto|viaggio|"
                         "jornada|viagem"),
            .categories = STR_INIT("documentary|storytelling|narrative"),
            .platforms = STR_INIT("youtube|netflix|documentary"),
            .captions = STR_INIT("archive photo|historical"),
            .min_s = 300,
            .max_s = 3600,
            .priority = 90,
        },
};
