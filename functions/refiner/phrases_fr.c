#include "functions/refiner/phrases.h"

extern const struct phrase_book phrases_fr;

#define SAY(phrase, text) [phrase] = STR_INIT(text)

const struct phrase_book phrases_fr =
    {
        .of =
            {
                SAY(PHRASE_A_MEDIUM + MEDIA_IMAGE, "une image"),
                SAY(PHRASE_A_MEDIUM + MEDIA_VIDEO, "une vidéo"),
                SAY(PHRASE_A_MEDIUM + MEDIA_AUDIO, "une pièce audio"),
                SAY(PHRASE_MEDIUM + MEDIA_IMAGE, "Image"),
                SAY(PHRASE_MEDIUM + MEDIA_VIDEO, "Vidéo"),
                SAY(PHRASE_MEDIUM + MEDIA_AUDIO, "Pièce audio"),
                SAY(PHRASE_SUBJECT_OPEN, "Un sujet encore à choisir"),
                SAY(PHRASE_SECONDS, "{0} s"),
                SAY(PHRASE_INTENT, "On demande {0} : {1}."),
                SAY(PHRASE_INTENT_OPEN, "On demande {0}, sans encore dire de quoi il s'agit."),
                SAY(PHRASE_REFORMULATED, "Créer {0} ({1}) : {2}."),
                SAY(PHRASE_REFORMULATED_OPEN, "Créer {0} ({1}) ; le sujet reste ouvert."),
                SAY(PHRASE_MATERIAL, "Matériel : {0}."),
                SAY(PHRASE_GOAL, "{0}, à publier sans attendre : {1}"),
                SAY(PHRASE_GOAL_OPEN, "{0}, à publier sans attendre"),
                SAY(PHRASE_IMPROVE_SUBJECT, "Dire de quoi il s'agit"),
                SAY(PHRASE_IMPROVE_AUDIENCE, "Nommer le public"),
                SAY(PHRASE_IMPROVE_DURATION, "Indiquer la durée en secondes"),
                SAY(PHRASE_IMPROVE_STYLE, "Décrire le style ou l'ambiance"),
                SAY(PHRASE_IMPROVE_PLATFORM, "Nommer la plateforme"),
                SAY(PHRASE_IMPROVE_FILES, "Dire à quoi sert chaque fichier"),
                SAY(PHRASE_RATIONALE_NONE, "Aucun fichier n'a été fourni."),
                SAY(PHRASE_RATIONALE_PRIMARY, "Au premier plan : {0}."),
                SAY(PHRASE_RATIONALE_REFERENCE, "Comme référence et arrière-plan : {0}."),
                SAY(PHRASE_RATIONALE_UNUSED, "Sans emploi, faute d'en savoir plus : {0}."),
                SAY(PHRASE_ELEVATION, "ainsi nommé dans sa description : {0}"),
                SAY(PHRASE_NO_MATERIAL, "Il n'y a pas de matériel propre"),
                SAY(PHRASE_NO_MATERIAL_DO, "Le générer ou le prendre dans des archives"),
                SAY(PHRASE_LONGER, "{0} dure {1} s, {2} s sont demandées"),
                SAY(PHRASE_TRIM, "Couper {0} à {1} s"),
                SAY(PHRASE_OTHER_LENGTH, "Le texte dit {0} s, le réglage {1} s"),
                SAY(PHRASE_OTHER_LENGTH_DO, "S'en tenir au réglage de {0} s"),
                SAY(PHRASE_OTHER_SHAPE, "{0} affiche {1}, {2} a été choisi"),
                SAY(PHRASE_OTHER_SHAPE_DO, "Garder {0} et vérifier le cadrage"),
                SAY(PHRASE_UPSCALE, "Augmenter la résolution de {0}"),
                SAY(PHRASE_NORMALISE, "Normaliser le volume de {0}"),
                SAY(PHRASE_STABILISE, "Stabiliser {0}"),
                SAY(PHRASE_GENERATE, "Générer le matériel manquant ou en acquérir les droits"),
                SAY(PHRASE_REPLACE, "Décrire {0} ou le remplacer"),
                SAY(PHRASE_STEP_COMPOSE, "Composer l'image"),
                SAY(PHRASE_STEP_CROP, "Recadrer en {0}"),
                SAY(PHRASE_STEP_SCRIPT, "Écrire le script"),
                SAY(PHRASE_STEP_CUT, "Monter l'image et le rythme"),
                SAY(PHRASE_STEP_RECORD, "Enregistrer ou générer la voix"),
                SAY(PHRASE_STEP_MIX, "Mixer le son"),
                SAY(PHRASE_STEP_EXPORT, "Exporter et vérifier"),
                SAY(PHRASE_TIME, "{0}-{1} minutes"),
                SAY(PHRASE_TARGET_TECHNICAL, "Net et propre, au bon format"),
                SAY(PHRASE_TARGET_CREATIVE, "Une idée que l'on peut raconter à son tour"),
                SAY(PHRASE_TARGET_CONSISTENCY, "Un seul style et un seul ton"),
                SAY(PHRASE_TARGET_POLISH, "À publier sans retouche"),
                SAY(PHRASE_OPEN_ON, "Ouvrir sur : {0}"),
                SAY(PHRASE_SHOW, "Montrer : {0}"),
                SAY(PHRASE_HEAR, "Faire entendre en dessous : {0}"),
                SAY(PHRASE_BEHIND, "Garder à l'arrière-plan : {0}"),
                SAY(PHRASE_CLOSE_ON, "Finir sur : {0}"),
            },
        .profiles =
            {
                [PROFILE_GENERAL] =
                    {
                        STR_INIT("{0}: une seule idée claire, racontée sans rien qui en détourne"),
                        STR_INIT("Un cadrage simple avec un seul centre d'attention"),
                        STR_INIT("Net et dépouillé"),
                        STR_INIT("Naturel"),
                        STR_INIT("Montrer tout de suite le sujet"),
                        {STR_INIT("Développer l'idée principale"),
                         STR_INIT("Ajouter un détail parlant"), STR_INIT("La mener à son terme")},
                        STR_INIT("Finir sur l'image qui doit rester"),
                    },
                [PROFILE_EDUCATIONAL] =
                    {
                        STR_INIT("{0}: une leçon pas à pas, de la question à une réponse utile"),
                        STR_INIT("Schémas et gros plans, une idée par plan"),
                        STR_INIT("Légendes claires, couleurs calmes, grands caractères"),
                        STR_INIT("Curieux et encourageant"),
                        STR_INIT("Poser la question"),
                        {STR_INIT("Expliquer l'idée"), STR_INIT("Montrer un exemple"),
                         STR_INIT("Nommer l'erreur courante")},
                        STR_INIT("Résumer en une phrase"),
                    },
                [PROFILE_ANIME] =
                    {
                        STR_INIT(
                            "{0}: un épisode dessiné, avec un héros, un défi et un retournement"),
                        STR_INIT("Contours marqués, lignes de vitesse, angles audacieux"),
                        STR_INIT("Anime, en aplats et couleurs vives"),
                        STR_INIT("Énergique et émouvant"),
                        STR_INIT("Présenter le héros"),
                        {STR_INIT("Poser le défi"), STR_INIT("Monter vers l'affrontement"),
                         STR_INIT("Renverser la situation")},
                        STR_INIT("Figer une expression"),
                    },
                [PROFILE_UGC] =
                    {
                        STR_INIT("{0}: un regard personnel, dit à la caméra comme à un ami, "
                                 "sincère et proche"),
                        STR_INIT("Caméra à la main, à hauteur des yeux, de jour"),
                        STR_INIT("Décontracté, avec du texte à l'écran"),
                        STR_INIT("Chaleureux et spontané"),
                        STR_INIT("Accrocher en deux secondes"),
                        {STR_INIT("Raconter comment c'est venu"), STR_INIT("Le montrer à l'usage"),
                         STR_INIT("Donner son avis")},
                        STR_INIT("Poser une question au public"),
                    },
                [PROFILE_FINANCE] =
                    {
                        STR_INIT("{0}: les chiffres derrière le sujet, dans un ordre qui montre ce "
                                 "qui en découle"),
                        STR_INIT("Graphiques qui se construisent, chiffres en grand"),
                        STR_INIT("Sobre, avec une palette retenue"),
                        STR_INIT("Factuel et digne de confiance"),
                        STR_INIT("Ouvrir sur le chiffre clé"),
                        {STR_INIT("Expliquer d'où il vient"), STR_INIT("Le comparer dans le temps"),
                         STR_INIT("Nommer les risques")},
                        STR_INIT("Dire ce que cela change pour le public"),
                    },
                [PROFILE_CORPORATE] =
                    {
                        STR_INIT(
                            "{0}: trois arguments, chacun avec sa preuve, pour ceux qui décident"),
                        STR_INIT("Diapositives à un seul message"),
                        STR_INIT("Structuré, aux couleurs de la maison"),
                        STR_INIT("Assuré et professionnel"),
                        STR_INIT("Nommer l'occasion et le but"),
                        {STR_INIT("Montrer où l'on en est"), STR_INIT("Faire la proposition"),
                         STR_INIT("Donner la preuve")},
                        STR_INIT("Dire la suite"),
                    },
                [PROFILE_RELAXATION] =
                    {
                        STR_INIT("{0}: un moment calme, en longs plans qui laissent respirer et "
                                 "lâcher prise"),
                        STR_INIT("Plans longs et lents en lumière douce"),
                        STR_INIT("Tons naturels, peu de mouvement"),
                        STR_INIT("Calme et paisible"),
                        STR_INIT("Arriver lentement"),
                        {STR_INIT("Rester sur une vue"), STR_INIT("Laisser venir les sons"),
                         STR_INIT("Respirer avec l'image")},
                        STR_INIT("Fondre doucement"),
                    },
                [PROFILE_ADS] =
                    {
                        STR_INIT("{0}: une promesse, montrée avant d'être dite, avec une raison "
                                 "d'agir maintenant"),
                        STR_INIT("Montage vif, produit en vue"),
                        STR_INIT("Brillant, aux couleurs de la marque"),
                        STR_INIT("Vif et convaincant"),
                        STR_INIT("Montrer le besoin"),
                        {STR_INIT("Montrer le produit comme réponse"),
                         STR_INIT("Prouver le bénéfice"), STR_INIT("Faire l'offre")},
                        STR_INIT("Marque et appel à l'action"),
                    },
                [PROFILE_DEMO] =
                    {
                        STR_INIT("{0}: une visite telle que la vit qui s'en sert, du premier geste "
                                 "au résultat"),
                        STR_INIT("Gros plans de mains et d'écrans"),
                        STR_INIT("Lumineux, sur fond neutre"),
                        STR_INIT("Clair et utile"),
                        STR_INIT("Dire à quoi cela sert"),
                        {STR_INIT("Faire le premier pas"),
                         STR_INIT("Montrer les fonctions principales"),
                         STR_INIT("Montrer le résultat")},
                        STR_INIT("Dire par où commencer"),
                    },
                [PROFILE_FUNNY] =
                    {
                        STR_INIT("{0}: quelque chose que chacun connaît, posé sérieusement et "
                                 "brisé au dernier moment"),
                        STR_INIT("Cadre fixe, coupes franches, zooms soudains"),
                        STR_INIT("Textes de mème en grand"),
                        STR_INIT("Culotté et léger"),
                        STR_INIT("Poser l'ordinaire"),
                        {STR_INIT("Le répéter avec un écart"), STR_INIT("En faire trop"),
                         STR_INIT("Placer la chute")},
                        STR_INIT("Tenir la réaction"),
                    },
                [PROFILE_DOCUMENTARY] =
                    {
                        STR_INIT("{0}: raconté comme le feraient ceux qui y étaient, avec des "
                                 "lieux, des voix, une question"),
                        STR_INIT("Caméra qui observe, archives et entretiens"),
                        STR_INIT("Lumière naturelle, lieux réels"),
                        STR_INIT("Réfléchi et proche"),
                        STR_INIT("Commencer au milieu d'une scène"),
                        {STR_INIT("Revenir au début"), STR_INIT("Laisser parler un témoin"),
                         STR_INIT("Montrer le tournant")},
                        STR_INIT("Revenir au premier lieu"),
                    },
            },
};
