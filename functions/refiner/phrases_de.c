#include "functions/refiner/phrases.h"

extern const struct phrase_book phrases_de;

#define SAY(phrase, text) [phrase] = STR_INIT(text)

const struct phrase_book phrases_de = {
    .of =
        {
            SAY(PHRASE_A_MEDIUM + MEDIA_IMAGE, "ein Bild"),
            SAY(PHRASE_A_MEDIUM + MEDIA_VIDEO, "ein Video"),
            SAY(PHRASE_A_MEDIUM + MEDIA_AUDIO, "ein Hörstück"),
            SAY(PHRASE_MEDIUM + MEDIA_IMAGE, "Bild"),
            SAY(PHRASE_MEDIUM + MEDIA_VIDEO, "Video"),
            SAY(PHRASE_MEDIUM + MEDIA_AUDIO, "Hörstück"),
            SAY(PHRASE_SUBJECT_OPEN, "Ein noch offenes Thema"),
            SAY(PHRASE_SECONDS, "{0} s"),
            SAY(PHRASE_INTENT, "Gewünscht ist {0}: {1}."),
            SAY(PHRASE_INTENT_OPEN, "Gewünscht ist {0}; wovon es handelt, ist noch offen."),
            SAY(PHRASE_REFORMULATED, "Erstelle {0} ({1}): {2}."),
            SAY(PHRASE_REFORMULATED_OPEN, "Erstelle {0} ({1}); das Thema ist noch offen."),
            SAY(PHRASE_MATERIAL, "Material: {0}."),
            SAY(PHRASE_GOAL, "{0}, fertig zum Veröffentlichen: {1}"),
            SAY(PHRASE_GOAL_OPEN, "{0}, fertig zum Veröffentlichen"),
            SAY(PHRASE_IMPROVE_SUBJECT, "Sagen, worum es geht"),
            SAY(PHRASE_IMPROVE_AUDIENCE, "Das Publikum nennen"),
            SAY(PHRASE_IMPROVE_DURATION, "Die Länge in Sekunden angeben"),
            SAY(PHRASE_IMPROVE_STYLE, "Stil oder Stimmung beschreiben"),
            SAY(PHRASE_IMPROVE_PLATFORM, "Die Plattform nennen"),
            SAY(PHRASE_IMPROVE_FILES, "Sagen, wofür jede Datei gedacht ist"),
            SAY(PHRASE_RATIONALE_NONE, "Es wurden keine Dateien mitgebracht."),
            SAY(PHRASE_RATIONALE_PRIMARY, "Im Vordergrund: {0}."),
            SAY(PHRASE_RATIONALE_REFERENCE, "Als Vorlage und Hintergrund: {0}."),
            SAY(PHRASE_RATIONALE_UNUSED, "Ohne Verwendung, weil nichts darüber bekannt ist: {0}."),
            SAY(PHRASE_ELEVATION, "so in der Beschreibung genannt: {0}"),
            SAY(PHRASE_NO_MATERIAL, "Es gibt kein eigenes Material"),
            SAY(PHRASE_NO_MATERIAL_DO, "Erzeugen oder aus einem Archiv nehmen"),
            SAY(PHRASE_LONGER, "{0} dauert {1} s, gewünscht sind {2} s"),
            SAY(PHRASE_TRIM, "{0} auf {1} s kürzen"),
            SAY(PHRASE_OTHER_LENGTH, "Im Text stehen {0} s, eingestellt sind {1} s"),
            SAY(PHRASE_OTHER_LENGTH_DO, "Bei den eingestellten {0} s bleiben"),
            SAY(PHRASE_OTHER_SHAPE, "{0} zeigt {1}, gewählt wurde {2}"),
            SAY(PHRASE_OTHER_SHAPE_DO, "Bei {0} bleiben und den Ausschnitt prüfen"),
            SAY(PHRASE_UPSCALE, "{0} hochskalieren"),
            SAY(PHRASE_NORMALISE, "Die Lautheit von {0} normalisieren"),
            SAY(PHRASE_STABILISE, "{0} stabilisieren"),
            SAY(PHRASE_GENERATE, "Fehlendes Material erzeugen oder lizenzieren"),
            SAY(PHRASE_REPLACE, "{0} beschreiben oder ersetzen"),
            SAY(PHRASE_STEP_COMPOSE, "Das Bild gestalten"),
            SAY(PHRASE_STEP_CROP, "Auf {0} zuschneiden"),
            SAY(PHRASE_STEP_SCRIPT, "Das Skript schreiben"),
            SAY(PHRASE_STEP_CUT, "Bild und Rhythmus schneiden"),
            SAY(PHRASE_STEP_RECORD, "Die Stimme aufnehmen oder erzeugen"),
            SAY(PHRASE_STEP_MIX, "Den Ton mischen"),
            SAY(PHRASE_STEP_EXPORT, "Exportieren und prüfen"),
            SAY(PHRASE_TIME, "{0}-{1} Minuten"),
            SAY(PHRASE_TARGET_TECHNICAL, "Scharf und sauber, im richtigen Format"),
            SAY(PHRASE_TARGET_CREATIVE, "Eine Idee, die sich weitererzählen lässt"),
            SAY(PHRASE_TARGET_CONSISTENCY, "Durchgehend ein Look und ein Ton"),
            SAY(PHRASE_TARGET_POLISH, "Ohne Nacharbeit zu veröffentlichen"),
            SAY(PHRASE_OPEN_ON, "Beginnen mit: {0}"),
            SAY(PHRASE_SHOW, "Zeigen: {0}"),
            SAY(PHRASE_HEAR, "Darunter hören lassen: {0}"),
            SAY(PHRASE_BEHIND, "Im Hintergrund halten: {0}"),
            SAY(PHRASE_CLOSE_ON, "Enden mit: {0}"),
        },
    .profiles =
        {
            [PROFILE_GENERAL] =
                {
                    STR_INIT("{0}: eine klare Idee, erzählt ohne etwas, das von ihr ablenkt"),
                    STR_INIT("Einfacher Bildaufbau mit einem Mittelpunkt"),
                    STR_INIT("Klar und aufgeräumt"),
                    STR_INIT("Natürlich"),
                    STR_INIT("Das Thema sofort zeigen"),
                    {STR_INIT("Den Hauptgedanken entwickeln"),
                     STR_INIT("Ein sprechendes Detail ergänzen"),
                     STR_INIT("Auf den Punkt bringen")},
                    STR_INIT("Mit dem Bild enden, das bleiben soll"),
                },
            [PROFILE_EDUCATIONAL] =
                {
                    STR_INIT("{0}: eine Lektion in kleinen Schritten, von der Frage bis zur "
                             "brauchbaren Antwort"),
                    STR_INIT("Schaubilder und Nahaufnahmen, ein Gedanke je Einstellung"),
                    STR_INIT("Klare Beschriftung, ruhige Farben, große Schrift"),
                    STR_INIT("Neugierig und ermutigend"),
                    STR_INIT("Die Frage stellen"),
                    {STR_INIT("Den Gedanken erklären"), STR_INIT("Ein Beispiel zeigen"),
                     STR_INIT("Den üblichen Fehler nennen")},
                    STR_INIT("In einem Satz zusammenfassen"),
                },
            [PROFILE_ANIME] =
                {
                    STR_INIT("{0}: eine gezeichnete Folge mit Held, Herausforderung und Wendung"),
                    STR_INIT("Kräftige Konturen, Speedlines, kühne Perspektiven"),
                    STR_INIT("Anime mit Cel-Shading und leuchtenden Farben"),
                    STR_INIT("Energisch und gefühlvoll"),
                    STR_INIT("Den Helden vorstellen"),
                    {STR_INIT("Die Herausforderung aufbauen"),
                     STR_INIT("Auf den Zusammenstoß zusteuern"), STR_INIT("Das Blatt wenden")},
                    STR_INIT("Auf einem Gesichtsausdruck stehen bleiben"),
                },
            [PROFILE_UGC] =
                {
                    STR_INIT("{0}: ein persönlicher Blick, der Kamera erzählt wie einem Freund, "
                             "ehrlich und nah"),
                    STR_INIT("Handkamera auf Augenhöhe bei Tageslicht"),
                    STR_INIT("Locker, mit eingeblendeten Texten"),
                    STR_INIT("Warm und spontan"),
                    STR_INIT("In den ersten zwei Sekunden packen"),
                    {STR_INIT("Erzählen, wie es dazu kam"), STR_INIT("Es im Alltag zeigen"),
                     STR_INIT("Die eigene Meinung sagen")},
                    STR_INIT("Die Zuschauer etwas fragen"),
                },
            [PROFILE_FINANCE] =
                {
                    STR_INIT("{0}: die Zahlen dahinter, so geordnet, dass auch Neulinge sehen, was "
                             "daraus folgt"),
                    STR_INIT("Wachsende Diagramme, Zahlen in großer Schrift"),
                    STR_INIT("Nüchtern, mit zurückhaltenden Farben"),
                    STR_INIT("Sachlich und vertrauenswürdig"),
                    STR_INIT("Mit der wichtigsten Zahl beginnen"),
                    {STR_INIT("Erklären, woher sie kommt"), STR_INIT("Mit früher vergleichen"),
                     STR_INIT("Die Risiken nennen")},
                    STR_INIT("Sagen, was das für die Zuschauer heißt"),
                },
            [PROFILE_CORPORATE] =
                {
                    STR_INIT(
                        "{0}: drei Argumente, jedes mit seinem Beleg, für Leute, die entscheiden"),
                    STR_INIT("Folien mit je einer Botschaft"),
                    STR_INIT("Gegliedert, in den Farben des Hauses"),
                    STR_INIT("Sicher und geschäftlich"),
                    STR_INIT("Anlass und Ziel nennen"),
                    {STR_INIT("Den Stand zeigen"), STR_INIT("Den Vorschlag machen"),
                     STR_INIT("Den Beleg liefern")},
                    STR_INIT("Sagen, wie es weitergeht"),
                },
            [PROFILE_RELAXATION] =
                {
                    STR_INIT("{0}: ein stilles Verweilen in langen Einstellungen, mit Raum zum "
                             "Atmen und Loslassen"),
                    STR_INIT("Lange, langsame Einstellungen in weichem Licht"),
                    STR_INIT("Natürliche Töne, wenig Bewegung"),
                    STR_INIT("Ruhig und friedlich"),
                    STR_INIT("Langsam ankommen"),
                    {STR_INIT("Bei einem Anblick bleiben"),
                     STR_INIT("Die Geräusche hervortreten lassen"), STR_INIT("Mit dem Bild atmen")},
                    STR_INIT("Sanft ausblenden"),
                },
            [PROFILE_ADS] =
                {
                    STR_INIT("{0}: ein Versprechen, gezeigt, bevor es gesagt wird, mit einem "
                             "Grund, jetzt zu handeln"),
                    STR_INIT("Schnelle Schnitte mit dem Produkt im Blick"),
                    STR_INIT("Glänzend, in den Farben der Marke"),
                    STR_INIT("Lebendig und überzeugend"),
                    STR_INIT("Den Bedarf zeigen"),
                    {STR_INIT("Das Produkt als Antwort zeigen"), STR_INIT("Den Nutzen beweisen"),
                     STR_INIT("Das Angebot machen")},
                    STR_INIT("Marke und Aufforderung"),
                },
            [PROFILE_DEMO] =
                {
                    STR_INIT("{0}: ein Rundgang, wie Nutzer ihn erleben, vom ersten Griff bis zum "
                             "Ergebnis"),
                    STR_INIT("Nahaufnahmen von Händen und Bildschirmen"),
                    STR_INIT("Hell, vor neutralem Hintergrund"),
                    STR_INIT("Klar und hilfreich"),
                    STR_INIT("Sagen, wofür es da ist"),
                    {STR_INIT("Den ersten Schritt tun"),
                     STR_INIT("Die wichtigsten Funktionen zeigen"),
                     STR_INIT("Das Ergebnis zeigen")},
                    STR_INIT("Sagen, wo man anfängt"),
                },
            [PROFILE_FUNNY] =
                {
                    STR_INIT("{0}: etwas, das alle kennen, ernst aufgebaut und im letzten Moment "
                             "gebrochen"),
                    STR_INIT("Festes Bild, harte Schnitte, plötzliche Zooms"),
                    STR_INIT("Meme-Texte in großer Schrift"),
                    STR_INIT("Frech und leicht"),
                    STR_INIT("Das Gewöhnliche aufbauen"),
                    {STR_INIT("Mit einem Dreh wiederholen"), STR_INIT("Übertreiben"),
                     STR_INIT("Die Pointe setzen")},
                    STR_INIT("Auf der Reaktion bleiben"),
                },
            [PROFILE_DOCUMENTARY] =
                {
                    STR_INIT("{0}: erzählt, wie die es täten, die dabei waren, mit Orten, Stimmen "
                             "und einer bleibenden Frage"),
                    STR_INIT("Beobachtende Kamera, Archiv und Interviews"),
                    STR_INIT("Natürliches Licht, echte Orte"),
                    STR_INIT("Nachdenklich und nah"),
                    STR_INIT("Mitten in einer Szene beginnen"),
                    {STR_INIT("Zum Anfang zurückgehen"), STR_INIT("Zeugen sprechen lassen"),
                     STR_INIT("Den Wendepunkt zeigen")},
                    STR_INIT("An den ersten Ort zurückkehren"),
                },
        },
};
