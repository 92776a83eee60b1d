#include "functions/refiner/phrases.h"

extern const struct phrase_book phrases_pt;

#define SAY(phrase, text) [phrase] = STR_INIT(text)

const struct phrase_book phrases_pt =
    {
        .of =
            {
                SAY(PHRASE_A_MEDIUM + MEDIA_IMAGE, "uma imagem"),
                SAY(PHRASE_A_MEDIUM + MEDIA_VIDEO, "um vídeo"),
                SAY(PHRASE_A_MEDIUM + MEDIA_AUDIO, "uma peça de áudio"),
                SAY(PHRASE_MEDIUM + MEDIA_IMAGE, "Imagem"),
                SAY(PHRASE_MEDIUM + MEDIA_VIDEO, "Vídeo"),
                SAY(PHRASE_MEDIUM + MEDIA_AUDIO, "Peça de áudio"),
                SAY(PHRASE_SUBJECT_OPEN, "Um tema ainda por escolher"),
                SAY(PHRASE_SECONDS, "{0} s"),
                SAY(PHRASE_INTENT, "Pede-se {0}: {1}."),
                SAY(PHRASE_INTENT_OPEN, "Pede-se {0}, sem ainda dizer de que trata."),
                SAY(PHRASE_REFORMULATED, "Criar {0} ({1}): {2}."),
                SAY(PHRASE_REFORMULATED_OPEN, "Criar {0} ({1}); o tema ainda está em aberto."),
                SAY(PHRASE_MATERIAL, "Material: {0}."),
                SAY(PHRASE_GOAL, "{0}, com tudo pronto para publicar: {1}"),
                SAY(PHRASE_GOAL_OPEN, "{0}, com tudo pronto para publicar"),
                SAY(PHRASE_IMPROVE_SUBJECT, "Dizer de que trata"),
                SAY(PHRASE_IMPROVE_AUDIENCE, "Indicar o público"),
                SAY(PHRASE_IMPROVE_DURATION, "Indicar a duração em segundos"),
                SAY(PHRASE_IMPROVE_STYLE, "Descrever o estilo ou o ambiente"),
                SAY(PHRASE_IMPROVE_PLATFORM, "Indicar a plataforma"),
                SAY(PHRASE_IMPROVE_FILES, "Dizer para que serve cada ficheiro"),
                SAY(PHRASE_RATIONALE_NONE, "Não foi enviado material."),
                SAY(PHRASE_RATIONALE_PRIMARY, "Em primeiro plano: {0}."),
                SAY(PHRASE_RATIONALE_REFERENCE, "Como referência e fundo: {0}."),
                SAY(PHRASE_RATIONALE_UNUSED, "Sem uso, por nada se saber a respeito: {0}."),
                SAY(PHRASE_ELEVATION, "assim chamado na descrição: {0}"),
                SAY(PHRASE_NO_MATERIAL, "Não há material próprio"),
                SAY(PHRASE_NO_MATERIAL_DO, "Gerá-lo ou tirá-lo de um arquivo"),
                SAY(PHRASE_LONGER, "{0} dura {1} s e pedem-se {2} s"),
                SAY(PHRASE_TRIM, "Cortar {0} para {1} s"),
                SAY(PHRASE_OTHER_LENGTH, "O texto diz {0} s e a definição {1} s"),
                SAY(PHRASE_OTHER_LENGTH_DO, "Manter a definição de {0} s"),
                SAY(PHRASE_OTHER_SHAPE, "{0} mostra {1} e foi escolhido {2}"),
                SAY(PHRASE_OTHER_SHAPE_DO, "Manter {0} e verificar o enquadramento"),
                SAY(PHRASE_UPSCALE, "Aumentar a resolução de {0}"),
                SAY(PHRASE_NORMALISE, "Normalizar o volume de {0}"),
                SAY(PHRASE_STABILISE, "Estabilizar {0}"),
                SAY(PHRASE_GENERATE, "Gerar ou licenciar o material em falta"),
                SAY(PHRASE_REPLACE, "Descrever {0} ou substituí-lo"),
                SAY(PHRASE_STEP_COMPOSE, "Compor a imagem"),
                SAY(PHRASE_STEP_CROP, "Recortar para {0}"),
                SAY(PHRASE_STEP_SCRIPT, "Escrever o roteiro"),
                SAY(PHRASE_STEP_CUT, "Montar imagem e ritmo"),
                SAY(PHRASE_STEP_RECORD, "Gravar ou gerar a voz"),
                SAY(PHRASE_STEP_MIX, "Misturar o som"),
                SAY(PHRASE_STEP_EXPORT, "Exportar e verificar"),
                SAY(PHRASE_TIME, "{0}-{1} minutos"),
                SAY(PHRASE_TARGET_TECHNICAL, "Nítido e limpo, no formato certo"),
                SAY(PHRASE_TARGET_CREATIVE, "Uma ideia que se possa contar de novo"),
                SAY(PHRASE_TARGET_CONSISTENCY, "Um só aspeto e um só tom"),
                SAY(PHRASE_TARGET_POLISH, "Pronto para publicar sem retoques"),
                SAY(PHRASE_OPEN_ON, "Abrir com: {0}"),
                SAY(PHRASE_SHOW, "Mostrar: {0}"),
                SAY(PHRASE_HEAR, "Deixar ouvir ao fundo: {0}"),
                SAY(PHRASE_BEHIND, "Manter ao fundo: {0}"),
                SAY(PHRASE_CLOSE_ON, "Fechar com: {0}"),
            },
        .profiles =
            {
                [PROFILE_GENERAL] =
                    {
                        STR_INIT("{0}: uma só ideia clara, contada sem nada que distraia dela"),
                        STR_INIT("Enquadramento simples com um só centro de atenção"),
                        STR_INIT("Limpo e arrumado"),
                        STR_INIT("Natural"),
                        STR_INIT("Mostrar logo o tema"),
                        {STR_INIT("Desenvolver a ideia principal"),
                         STR_INIT("Juntar um detalhe revelador"),
                         STR_INIT("Levá-la ao ponto certo")},
                        STR_INIT("Terminar com a imagem que deve ficar"),
                    },
                [PROFILE_EDUCATIONAL] =
                    {
                        STR_INIT("{0}: uma lição passo a passo, da pergunta a uma resposta útil"),
                        STR_INIT("Esquemas e planos próximos, uma ideia por plano"),
                        STR_INIT("Legendas claras, cores calmas, letra grande"),
                        STR_INIT("Curioso e encorajador"),
                        STR_INIT("Colocar a pergunta"),
                        {STR_INIT("Explicar a ideia"), STR_INIT("Mostrar um exemplo"),
                         STR_INIT("Nomear o erro habitual")},
                        STR_INIT("Resumir numa frase"),
                    },
                [PROFILE_ANIME] =
                    {
                        STR_INIT("{0}: um episódio desenhado, com um herói, um desafio e uma "
                                 "reviravolta"),
                        STR_INIT("Contornos fortes, linhas de velocidade, ângulos ousados"),
                        STR_INIT("Anime, com cores planas e vivas"),
                        STR_INIT("Enérgico e emotivo"),
                        STR_INIT("Apresentar o herói"),
                        {STR_INIT("Colocar o desafio"), STR_INIT("Avançar para o confronto"),
                         STR_INIT("Dar a volta")},
                        STR_INIT("Congelar uma expressão"),
                    },
                [PROFILE_UGC] =
                    {
                        STR_INIT("{0}: um olhar pessoal, contado à câmara como a um amigo, sincero "
                                 "e próximo"),
                        STR_INIT("Câmara na mão, à altura dos olhos, de dia"),
                        STR_INIT("Descontraído, com textos no ecrã"),
                        STR_INIT("Caloroso e espontâneo"),
                        STR_INIT("Prender em dois segundos"),
                        {STR_INIT("Contar como surgiu"), STR_INIT("Mostrá-lo em uso"),
                         STR_INIT("Dar a opinião")},
                        STR_INIT("Perguntar algo a quem vê"),
                    },
                [PROFILE_FINANCE] =
                    {
                        STR_INIT(
                            "{0}: os números por trás, numa ordem que mostra o que deles resulta"),
                        STR_INIT("Gráficos que crescem, números em letra grande"),
                        STR_INIT("Sóbrio, com uma paleta contida"),
                        STR_INIT("Objetivo e fiável"),
                        STR_INIT("Abrir com o número principal"),
                        {STR_INIT("Explicar de onde vem"), STR_INIT("Compará-lo no tempo"),
                         STR_INIT("Nomear os riscos")},
                        STR_INIT("Dizer o que significa para quem vê"),
                    },
                [PROFILE_CORPORATE] =
                    {
                        STR_INIT("{0}: três argumentos, cada um com a sua prova, para quem decide"),
                        STR_INIT("Diapositivos com uma só mensagem"),
                        STR_INIT("Estruturado, nas cores da casa"),
                        STR_INIT("Seguro e profissional"),
                        STR_INIT("Nomear a ocasião e o objetivo"),
                        {STR_INIT("Mostrar a situação"), STR_INIT("Fazer a proposta"),
                         STR_INIT("Dar a prova")},
                        STR_INIT("Dizer o que vem a seguir"),
                    },
                [PROFILE_RELAXATION] =
                    {
                        STR_INIT("{0}: uma estadia tranquila, em planos longos que deixam respirar "
                                 "e largar"),
                        STR_INIT("Planos longos e lentos com luz suave"),
                        STR_INIT("Tons naturais, pouco movimento"),
                        STR_INIT("Calmo e sereno"),
                        STR_INIT("Chegar devagar"),
                        {STR_INIT("Ficar numa vista"), STR_INIT("Deixar surgir os sons"),
                         STR_INIT("Respirar com a imagem")},
                        STR_INIT("Desvanecer suavemente"),
                    },
                [PROFILE_ADS] =
                    {
                        STR_INIT("{0}: uma promessa, mostrada antes de ser dita, com uma razão "
                                 "para agir agora"),
                        STR_INIT("Cortes rápidos com o produto à vista"),
                        STR_INIT("Brilhante, nas cores da marca"),
                        STR_INIT("Vivo e convincente"),
                        STR_INIT("Mostrar a necessidade"),
                        {STR_INIT("Mostrar o produto como resposta"),
                         STR_INIT("Provar o benefício"), STR_INIT("Fazer a oferta")},
                        STR_INIT("Marca e apelo à ação"),
                    },
                [PROFILE_DEMO] =
                    {
                        STR_INIT("{0}: um percurso como o vive quem o usa, do primeiro toque ao "
                                 "resultado"),
                        STR_INIT("Planos próximos de mãos e ecrãs"),
                        STR_INIT("Luminoso, com fundo neutro"),
                        STR_INIT("Claro e útil"),
                        STR_INIT("Dizer para que serve"),
                        {STR_INIT("Dar o primeiro passo"),
                         STR_INIT("Mostrar as funções principais"),
                         STR_INIT("Mostrar o resultado")},
                        STR_INIT("Dizer por onde começar"),
                    },
                [PROFILE_FUNNY] =
                    {
                        STR_INIT("{0}: algo que todos conhecem, posto a sério e quebrado no último "
                                 "momento"),
                        STR_INIT("Plano fixo, cortes secos, zooms repentinos"),
                        STR_INIT("Textos de meme em letra grande"),
                        STR_INIT("Atrevido e leve"),
                        STR_INIT("Colocar o habitual"),
                        {STR_INIT("Repeti-lo com um desvio"), STR_INIT("Exagerar"),
                         STR_INIT("Soltar a piada")},
                        STR_INIT("Ficar na reação"),
                    },
                [PROFILE_DOCUMENTARY] =
                    {
                        STR_INIT("{0}: contado como o fariam os que lá estiveram, com lugares, "
                                 "vozes e uma pergunta"),
                        STR_INIT("Câmara que observa, arquivo e entrevistas"),
                        STR_INIT("Luz natural, lugares reais"),
                        STR_INIT("Refletido e próximo"),
                        STR_INIT("Começar a meio de uma cena"),
                        {STR_INIT("Voltar ao princípio"), STR_INIT("Deixar falar uma testemunha"),
                         STR_INIT("Mostrar o ponto de viragem")},
                        STR_INIT("Voltar ao primeiro lugar"),
                    },
            },
};
