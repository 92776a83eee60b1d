#include "functions/refiner/phrases.h"

extern const struct phrase_book phrases_it;

#define SAY(phrase, text) [phrase] = STR_INIT(text)

const struct phrase_book phrases_it =
    {
        .of =
            {
                SAY(PHRASE_A_MEDIUM + MEDIA_IMAGE, "un'immagine"),
                SAY(PHRASE_A_MEDIUM + MEDIA_VIDEO, "un video"),
                SAY(PHRASE_A_MEDIUM + MEDIA_AUDIO, "un pezzo audio"),
                SAY(PHRASE_MEDIUM + MEDIA_IMAGE, "Immagine"),
                SAY(PHRASE_MEDIUM + MEDIA_VIDEO, "Video"),
                SAY(PHRASE_MEDIUM + MEDIA_AUDIO, "Pezzo audio"),
                SAY(PHRASE_SUBJECT_OPEN, "Un tema ancora da scegliere"),
                SAY(PHRASE_SECONDS, "{0} s"),
                SAY(PHRASE_INTENT, "Si chiede {0}: {1}."),
                SAY(PHRASE_INTENT_OPEN, "Si chiede {0}, senza ancora dire di che cosa tratta."),
                SAY(PHRASE_REFORMULATED, "Creare {0} ({1}): {2}."),
                SAY(PHRASE_REFORMULATED_OPEN, "Creare {0} ({1}); il tema è ancora aperto."),
                SAY(PHRASE_MATERIAL, "Materiale: {0}."),
                SAY(PHRASE_GOAL, "{0}, da pubblicare subito: {1}"),
                SAY(PHRASE_GOAL_OPEN, "{0}, da pubblicare subito"),
                SAY(PHRASE_IMPROVE_SUBJECT, "Dire di che cosa si tratta"),
                SAY(PHRASE_IMPROVE_AUDIENCE, "Indicare il pubblico"),
                SAY(PHRASE_IMPROVE_DURATION, "Indicare la durata in secondi"),
                SAY(PHRASE_IMPROVE_STYLE, "Descrivere lo stile o l'atmosfera"),
                SAY(PHRASE_IMPROVE_PLATFORM, "Indicare la piattaforma"),
                SAY(PHRASE_IMPROVE_FILES, "Dire a che cosa serve ogni file"),
                SAY(PHRASE_RATIONALE_NONE, "Nessun file fornito."),
                SAY(PHRASE_RATIONALE_PRIMARY, "In primo piano: {0}."),
                SAY(PHRASE_RATIONALE_REFERENCE, "Come riferimento e sfondo: {0}."),
                SAY(PHRASE_RATIONALE_UNUSED, "Senza uso, perché non se ne sa nulla: {0}."),
                SAY(PHRASE_ELEVATION, "così chiamato nella descrizione: {0}"),
                SAY(PHRASE_NO_MATERIAL, "Non c'è materiale proprio"),
                SAY(PHRASE_NO_MATERIAL_DO, "Generarlo o prenderlo da un archivio"),
                SAY(PHRASE_LONGER, "{0} dura {1} s, ne sono richiesti {2}"),
                SAY(PHRASE_TRIM, "Tagliare {0} a {1} s"),
                SAY(PHRASE_OTHER_LENGTH, "Il testo dice {0} s, l'impostazione {1} s"),
                SAY(PHRASE_OTHER_LENGTH_DO, "Restare all'impostazione di {0} s"),
                SAY(PHRASE_OTHER_SHAPE, "{0} mostra {1}, è stato scelto {2}"),
                SAY(PHRASE_OTHER_SHAPE_DO, "Tenere {0} e controllare l'inquadratura"),
                SAY(PHRASE_UPSCALE, "Aumentare la risoluzione di {0}"),
                SAY(PHRASE_NORMALISE, "Normalizzare il volume di {0}"),
                SAY(PHRASE_STABILISE, "Stabilizzare {0}"),
                SAY(PHRASE_GENERATE, "Generare il materiale mancante o acquisirne i diritti"),
                SAY(PHRASE_REPLACE, "Descrivere {0} o sostituirlo"),
                SAY(PHRASE_STEP_COMPOSE, "Comporre l'immagine"),
                SAY(PHRASE_STEP_CROP, "Ritagliare a {0}"),
                SAY(PHRASE_STEP_SCRIPT, "Scrivere il copione"),
                SAY(PHRASE_STEP_CUT, "Montare immagine e ritmo"),
                SAY(PHRASE_STEP_RECORD, "Registrare o generare la voce"),
                SAY(PHRASE_STEP_MIX, "Mixare il suono"),
                SAY(PHRASE_STEP_EXPORT, "Esportare e controllare"),
                SAY(PHRASE_TIME, "{0}-{1} minuti"),
                SAY(PHRASE_TARGET_TECHNICAL, "Nitido e pulito, nel formato giusto"),
                SAY(PHRASE_TARGET_CREATIVE, "Un'idea che si può raccontare di nuovo"),
                SAY(PHRASE_TARGET_CONSISTENCY, "Un solo stile e un solo tono"),
                SAY(PHRASE_TARGET_POLISH, "Pronto per la pubblicazione senza ritocchi"),
                SAY(PHRASE_OPEN_ON, "Aprire con: {0}"),
                SAY(PHRASE_SHOW, "Mostrare: {0}"),
                SAY(PHRASE_HEAR, "Far sentire in sottofondo: {0}"),
                SAY(PHRASE_BEHIND, "Tenere sullo sfondo: {0}"),
                SAY(PHRASE_CLOSE_ON, "Chiudere con: {0}"),
            },
        .profiles =
            {
                [PROFILE_GENERAL] =
                    {
                        STR_INIT(
                            "{0}: una sola idea chiara, raccontata senza nulla che ne distragga"),
                        STR_INIT("Inquadratura semplice con un solo centro"),
                        STR_INIT("Pulito e ordinato"),
                        STR_INIT("Naturale"),
                        STR_INIT("Mostrare subito il tema"),
                        {STR_INIT("Sviluppare l'idea principale"),
                         STR_INIT("Aggiungere un dettaglio eloquente"),
                         STR_INIT("Portarla al punto")},
                        STR_INIT("Finire con l'immagine che deve restare"),
                    },
                [PROFILE_EDUCATIONAL] =
                    {
                        STR_INIT(
                            "{0}: una lezione a piccoli passi, dalla domanda a una risposta utile"),
                        STR_INIT("Schemi e primi piani, un'idea per ripresa"),
                        STR_INIT("Scritte chiare, colori calmi, caratteri grandi"),
                        STR_INIT("Curioso e incoraggiante"),
                        STR_INIT("Porre la domanda"),
                        {STR_INIT("Spiegare l'idea"), STR_INIT("Mostrare un esempio"),
                         STR_INIT("Nominare l'errore comune")},
                        STR_INIT("Riassumere in una frase"),
                    },
                [PROFILE_ANIME] =
                    {
                        STR_INIT("{0}: un episodio disegnato, con un eroe, una sfida e una svolta"),
                        STR_INIT("Contorni forti, linee di velocità, angoli audaci"),
                        STR_INIT("Anime, con colori piatti e vivaci"),
                        STR_INIT("Energico ed emozionante"),
                        STR_INIT("Presentare l'eroe"),
                        {STR_INIT("Porre la sfida"), STR_INIT("Salire verso lo scontro"),
                         STR_INIT("Ribaltare la situazione")},
                        STR_INIT("Fermarsi su un'espressione"),
                    },
                [PROFILE_UGC] =
                    {
                        STR_INIT("{0}: uno sguardo personale, detto alla camera come a un amico, "
                                 "sincero e vicino"),
                        STR_INIT("Camera a mano, all'altezza degli occhi, di giorno"),
                        STR_INIT("Informale, con testi sullo schermo"),
                        STR_INIT("Caldo e spontaneo"),
                        STR_INIT("Agganciare in due secondi"),
                        {STR_INIT("Raccontare com'è nato"), STR_INIT("Mostrarlo in uso"),
                         STR_INIT("Dire la propria opinione")},
                        STR_INIT("Chiedere qualcosa a chi guarda"),
                    },
                [PROFILE_FINANCE] =
                    {
                        STR_INIT("{0}: le cifre che ci sono dietro, in un ordine che mostra che "
                                 "cosa ne segue"),
                        STR_INIT("Grafici che crescono, cifre in grande"),
                        STR_INIT("Sobrio, con una tavolozza misurata"),
                        STR_INIT("Obiettivo e affidabile"),
                        STR_INIT("Aprire con la cifra chiave"),
                        {STR_INIT("Spiegare da dove viene"), STR_INIT("Confrontarla nel tempo"),
                         STR_INIT("Nominare i rischi")},
                        STR_INIT("Dire che cosa significa per chi guarda"),
                    },
                [PROFILE_CORPORATE] =
                    {
                        STR_INIT(
                            "{0}: tre argomenti, ciascuno con la sua prova, per chi deve decidere"),
                        STR_INIT("Diapositive con un solo messaggio"),
                        STR_INIT("Strutturato, nei colori della casa"),
                        STR_INIT("Sicuro e professionale"),
                        STR_INIT("Nominare l'occasione e lo scopo"),
                        {STR_INIT("Mostrare a che punto si è"), STR_INIT("Fare la proposta"),
                         STR_INIT("Dare la prova")},
                        STR_INIT("Dire che cosa viene dopo"),
                    },
                [PROFILE_RELAXATION] =
                    {
                        STR_INIT("{0}: una sosta quieta, in riprese lunghe che lasciano respirare "
                                 "e lasciar andare"),
                        STR_INIT("Riprese lunghe e lente in luce morbida"),
                        STR_INIT("Toni naturali, poco movimento"),
                        STR_INIT("Calmo e sereno"),
                        STR_INIT("Arrivare piano"),
                        {STR_INIT("Restare su una vista"), STR_INIT("Lasciar emergere i suoni"),
                         STR_INIT("Respirare con l'immagine")},
                        STR_INIT("Sfumare dolcemente"),
                    },
                [PROFILE_ADS] =
                    {
                        STR_INIT("{0}: una promessa, mostrata prima di dirla, con un motivo per "
                                 "agire ora"),
                        STR_INIT("Tagli rapidi con il prodotto in vista"),
                        STR_INIT("Lucido, nei colori del marchio"),
                        STR_INIT("Vivace e convincente"),
                        STR_INIT("Mostrare il bisogno"),
                        {STR_INIT("Mostrare il prodotto come risposta"),
                         STR_INIT("Provare il beneficio"), STR_INIT("Fare l'offerta")},
                        STR_INIT("Marchio e invito all'azione"),
                    },
                [PROFILE_DEMO] =
                    {
                        STR_INIT(
                            "{0}: un giro come lo vive chi lo usa, dal primo tocco al risultato"),
                        STR_INIT("Primi piani di mani e schermi"),
                        STR_INIT("Luminoso, su sfondo neutro"),
                        STR_INIT("Chiaro e utile"),
                        STR_INIT("Dire a che cosa serve"),
                        {STR_INIT("Fare il primo passo"),
                         STR_INIT("Mostrare le funzioni principali"),
                         STR_INIT("Mostrare il risultato")},
                        STR_INIT("Dire da dove cominciare"),
                    },
                [PROFILE_FUNNY] =
                    {
                        STR_INIT("{0}: qualcosa che tutti conoscono, posto sul serio e rotto "
                                 "all'ultimo momento"),
                        STR_INIT("Inquadratura fissa, tagli netti, zoom improvvisi"),
                        STR_INIT("Testi da meme in grande"),
                        STR_INIT("Sfacciato e leggero"),
                        STR_INIT("Porre l'ordinario"),
                        {STR_INIT("Ripeterlo con uno scarto"), STR_INIT("Esagerare"),
                         STR_INIT("Piazzare la battuta")},
                        STR_INIT("Restare sulla reazione"),
                    },
                [PROFILE_DOCUMENTARY] =
                    {
                        STR_INIT("{0}: raccontato come farebbe chi c'era, con luoghi, voci e una "
                                 "domanda che resta"),
                        STR_INIT("Camera che osserva, archivio e interviste"),
                        STR_INIT("Luce naturale, luoghi veri"),
                        STR_INIT("Riflessivo e vicino"),
                        STR_INIT("Cominciare nel mezzo di una scena"),
                        {STR_INIT("Tornare all'inizio"), STR_INIT("Far parlare un testimone"),
                         STR_INIT("Mostrare la svolta")},
                        STR_INIT("Tornare al primo luogo"),
                    },
            },
};
