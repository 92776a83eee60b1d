#include "functions/refiner/phrases.h"

extern const struct phrase_book phrases_es;

#define SAY(phrase, text) [phrase] = STR_INIT(text)

const struct phrase_book phrases_es =
    {
        .of =
            {
                SAY(PHRASE_A_MEDIUM + MEDIA_IMAGE, "una imagen"),
                SAY(PHRASE_A_MEDIUM + MEDIA_VIDEO, "un vídeo"),
                SAY(PHRASE_A_MEDIUM + MEDIA_AUDIO, "una pieza de audio"),
                SAY(PHRASE_MEDIUM + MEDIA_IMAGE, "Imagen"),
                SAY(PHRASE_MEDIUM + MEDIA_VIDEO, "Vídeo"),
                SAY(PHRASE_MEDIUM + MEDIA_AUDIO, "Pieza de audio"),
                SAY(PHRASE_SUBJECT_OPEN, "Un tema aún por elegir"),
                SAY(PHRASE_SECONDS, "{0} s"),
                SAY(PHRASE_INTENT, "Se pide {0}: {1}."),
                SAY(PHRASE_INTENT_OPEN, "Se pide {0}, pero aún no se ha dicho de qué trata."),
                SAY(PHRASE_REFORMULATED, "Crear {0} ({1}): {2}."),
                SAY(PHRASE_REFORMULATED_OPEN, "Crear {0} ({1}); el tema aún está abierto."),
                SAY(PHRASE_MATERIAL, "Material: {0}."),
                SAY(PHRASE_GOAL, "{0}, con todo listo para publicar: {1}"),
                SAY(PHRASE_GOAL_OPEN, "{0}, con todo listo para publicar"),
                SAY(PHRASE_IMPROVE_SUBJECT, "Decir de qué trata"),
                SAY(PHRASE_IMPROVE_AUDIENCE, "Indicar el público"),
                SAY(PHRASE_IMPROVE_DURATION, "Indicar la duración en segundos"),
                SAY(PHRASE_IMPROVE_STYLE, "Describir el estilo o el ambiente"),
                SAY(PHRASE_IMPROVE_PLATFORM, "Indicar la plataforma"),
                SAY(PHRASE_IMPROVE_FILES, "Decir para qué es cada archivo"),
                SAY(PHRASE_RATIONALE_NONE, "Sin material del usuario."),
                SAY(PHRASE_RATIONALE_PRIMARY, "En primer plano: {0}."),
                SAY(PHRASE_RATIONALE_REFERENCE, "Como referencia y fondo: {0}."),
                SAY(PHRASE_RATIONALE_UNUSED, "Sin uso, porque no se sabe nada de ello: {0}."),
                SAY(PHRASE_ELEVATION, "así figura en su descripción: {0}"),
                SAY(PHRASE_NO_MATERIAL, "No hay material propio"),
                SAY(PHRASE_NO_MATERIAL_DO, "Generarlo o tomarlo de un archivo"),
                SAY(PHRASE_LONGER, "{0} dura {1} s y se piden {2} s"),
                SAY(PHRASE_TRIM, "Recortar {0} a {1} s"),
                SAY(PHRASE_OTHER_LENGTH, "El texto dice {0} s y el ajuste {1} s"),
                SAY(PHRASE_OTHER_LENGTH_DO, "Mantener el ajuste de {0} s"),
                SAY(PHRASE_OTHER_SHAPE, "{0} muestra {1} y se eligió {2}"),
                SAY(PHRASE_OTHER_SHAPE_DO, "Mantener {0} y revisar el encuadre"),
                SAY(PHRASE_UPSCALE, "Aumentar la resolución de {0}"),
                SAY(PHRASE_NORMALISE, "Normalizar el volumen de {0}"),
                SAY(PHRASE_STABILISE, "Estabilizar {0}"),
                SAY(PHRASE_GENERATE, "Generar o licenciar el material que falta"),
                SAY(PHRASE_REPLACE, "Describir {0} o sustituirlo"),
                SAY(PHRASE_STEP_COMPOSE, "Componer la imagen"),
                SAY(PHRASE_STEP_CROP, "Recortar a {0}"),
                SAY(PHRASE_STEP_SCRIPT, "Escribir el guion"),
                SAY(PHRASE_STEP_CUT, "Montar imagen y ritmo"),
                SAY(PHRASE_STEP_RECORD, "Grabar o generar la voz"),
                SAY(PHRASE_STEP_MIX, "Mezclar el sonido"),
                SAY(PHRASE_STEP_EXPORT, "Exportar y revisar"),
                SAY(PHRASE_TIME, "{0}-{1} minutos"),
                SAY(PHRASE_TARGET_TECHNICAL, "Nítido y limpio, en el formato correcto"),
                SAY(PHRASE_TARGET_CREATIVE, "Una idea que se pueda volver a contar"),
                SAY(PHRASE_TARGET_CONSISTENCY, "Un solo aspecto y un solo tono"),
                SAY(PHRASE_TARGET_POLISH, "Listo para publicar sin retoques"),
                SAY(PHRASE_OPEN_ON, "Abrir con: {0}"),
                SAY(PHRASE_SHOW, "Mostrar: {0}"),
                SAY(PHRASE_HEAR, "Dejar oír de fondo: {0}"),
                SAY(PHRASE_BEHIND, "Mantener al fondo: {0}"),
                SAY(PHRASE_CLOSE_ON, "Cerrar con: {0}"),
            },
        .profiles =
            {
                [PROFILE_GENERAL] =
                    {
                        STR_INIT(
                            "{0}: una sola idea clara, contada sin nada que distraiga de ella"),
                        STR_INIT("Encuadre sencillo con un solo centro de atención"),
                        STR_INIT("Limpio y despejado"),
                        STR_INIT("Natural"),
                        STR_INIT("Mostrar el tema de inmediato"),
                        {STR_INIT("Desarrollar la idea principal"),
                         STR_INIT("Añadir un detalle revelador"),
                         STR_INIT("Llevarla a su conclusión")},
                        STR_INIT("Terminar con la imagen que debe quedar"),
                    },
                [PROFILE_EDUCATIONAL] =
                    {
                        STR_INIT("{0}: una lección paso a paso, desde la pregunta hasta una "
                                 "respuesta útil"),
                        STR_INIT("Esquemas y primeros planos, una idea por toma"),
                        STR_INIT("Rótulos claros, colores tranquilos, letra grande"),
                        STR_INIT("Curioso y alentador"),
                        STR_INIT("Plantear la pregunta"),
                        {STR_INIT("Explicar la idea"), STR_INIT("Mostrar un ejemplo"),
                         STR_INIT("Nombrar el error habitual")},
                        STR_INIT("Resumir en una frase"),
                    },
                [PROFILE_ANIME] =
                    {
                        STR_INIT("{0}: un episodio dibujado, con un héroe, un reto y un giro"),
                        STR_INIT("Contornos fuertes, líneas de velocidad, ángulos atrevidos"),
                        STR_INIT("Anime con sombreado plano y colores vivos"),
                        STR_INIT("Enérgico y emotivo"),
                        STR_INIT("Presentar al héroe"),
                        {STR_INIT("Plantear el reto"), STR_INIT("Avanzar hacia el choque"),
                         STR_INIT("Darle la vuelta")},
                        STR_INIT("Congelar una expresión"),
                    },
                [PROFILE_UGC] =
                    {
                        STR_INIT("{0}: una mirada personal, contada a la cámara como a un amigo, "
                                 "sincera y cercana"),
                        STR_INIT("Cámara en mano, a la altura de los ojos, con luz de día"),
                        STR_INIT("Informal, con textos en pantalla"),
                        STR_INIT("Cálido y espontáneo"),
                        STR_INIT("Captar la atención en dos segundos"),
                        {STR_INIT("Contar cómo surgió"), STR_INIT("Mostrarlo en uso"),
                         STR_INIT("Dar la opinión")},
                        STR_INIT("Preguntar algo a quien mira"),
                    },
                [PROFILE_FINANCE] =
                    {
                        STR_INIT("{0}: las cifras que hay detrás, ordenadas para que cualquiera "
                                 "vea qué se deduce"),
                        STR_INIT("Gráficos que crecen, cifras en letra grande"),
                        STR_INIT("Sobrio, con una paleta contenida"),
                        STR_INIT("Objetivo y fiable"),
                        STR_INIT("Abrir con la cifra clave"),
                        {STR_INIT("Explicar de dónde sale"), STR_INIT("Compararla en el tiempo"),
                         STR_INIT("Nombrar los riesgos")},
                        STR_INIT("Decir qué significa para quien mira"),
                    },
                [PROFILE_CORPORATE] =
                    {
                        STR_INIT(
                            "{0}: tres argumentos, cada uno con su prueba, para quienes deciden"),
                        STR_INIT("Diapositivas con un solo mensaje"),
                        STR_INIT("Estructurado, con los colores de la casa"),
                        STR_INIT("Seguro y profesional"),
                        STR_INIT("Nombrar la ocasión y el objetivo"),
                        {STR_INIT("Mostrar la situación"), STR_INIT("Hacer la propuesta"),
                         STR_INIT("Dar la prueba")},
                        STR_INIT("Decir qué viene después"),
                    },
                [PROFILE_RELAXATION] =
                    {
                        STR_INIT("{0}: una estancia tranquila, en tomas largas que dejan respirar "
                                 "y soltar"),
                        STR_INIT("Tomas largas y lentas con luz suave"),
                        STR_INIT("Tonos naturales, poco movimiento"),
                        STR_INIT("Tranquilo y apacible"),
                        STR_INIT("Llegar despacio"),
                        {STR_INIT("Quedarse en una vista"),
                         STR_INIT("Dejar que se oigan los sonidos"),
                         STR_INIT("Respirar con la imagen")},
                        STR_INIT("Fundir suavemente"),
                    },
                [PROFILE_ADS] =
                    {
                        STR_INIT("{0}: una promesa, mostrada antes de decirla, con una razón para "
                                 "actuar ahora"),
                        STR_INIT("Cortes rápidos con el producto a la vista"),
                        STR_INIT("Brillante, con los colores de la marca"),
                        STR_INIT("Vivo y convincente"),
                        STR_INIT("Mostrar la necesidad"),
                        {STR_INIT("Mostrar el producto como respuesta"),
                         STR_INIT("Probar el beneficio"), STR_INIT("Hacer la oferta")},
                        STR_INIT("Marca y llamada a la acción"),
                    },
                [PROFILE_DEMO] =
                    {
                        STR_INIT("{0}: un recorrido como lo vive quien lo usa, del primer toque al "
                                 "resultado"),
                        STR_INIT("Primeros planos de manos y pantallas"),
                        STR_INIT("Luminoso, con fondo neutro"),
                        STR_INIT("Claro y útil"),
                        STR_INIT("Decir para qué sirve"),
                        {STR_INIT("Dar el primer paso"),
                         STR_INIT("Mostrar las funciones principales"),
                         STR_INIT("Mostrar el resultado")},
                        STR_INIT("Decir por dónde empezar"),
                    },
                [PROFILE_FUNNY] =
                    {
                        STR_INIT("{0}: algo que todos conocen, planteado en serio y roto en el "
                                 "último momento"),
                        STR_INIT("Plano fijo, cortes secos, zooms repentinos"),
                        STR_INIT("Textos de meme en letra grande"),
                        STR_INIT("Descarado y ligero"),
                        STR_INIT("Plantear lo cotidiano"),
                        {STR_INIT("Repetirlo con un giro"), STR_INIT("Exagerarlo"),
                         STR_INIT("Soltar el remate")},
                        STR_INIT("Mantener la reacción"),
                    },
                [PROFILE_DOCUMENTARY] =
                    {
                        STR_INIT("{0}: contado como lo harían quienes estuvieron allí, con "
                                 "lugares, voces y una pregunta"),
                        STR_INIT("Cámara observadora, archivo y entrevistas"),
                        STR_INIT("Luz natural, lugares reales"),
                        STR_INIT("Reflexivo y cercano"),
                        STR_INIT("Empezar en mitad de una escena"),
                        {STR_INIT("Volver al principio"), STR_INIT("Dejar hablar a un testigo"),
                         STR_INIT("Mostrar el punto de giro")},
                        STR_INIT("Volver al primer lugar"),
                    },
            },
};
