#include "functions/refiner/phrases.h"

extern const struct phrase_book phrases_en;

#define SAY(phrase, text) [phrase] = STR_INIT(text)

const struct phrase_book phrases_en =
    {
        .of =
            {
                SAY(PHRASE_A_MEDIUM + MEDIA_IMAGE, "an image"),
                SAY(PHRASE_A_MEDIUM + MEDIA_VIDEO, "a video"),
                SAY(PHRASE_A_MEDIUM + MEDIA_AUDIO, "an audio piece"),
                SAY(PHRASE_MEDIUM + MEDIA_IMAGE, "Image"),
                SAY(PHRASE_MEDIUM + MEDIA_VIDEO, "Video"),
                SAY(PHRASE_MEDIUM + MEDIA_AUDIO, "Audio piece"),
                SAY(PHRASE_SUBJECT_OPEN, "A subject still to be chosen"),
                SAY(PHRASE_SECONDS, "{0} s"),
                SAY(PHRASE_INTENT, "The user wants {0}: {1}."),
                SAY(PHRASE_INTENT_OPEN, "The user wants {0} and has not said what it is about."),
                SAY(PHRASE_REFORMULATED, "Create {0} ({1}): {2}."),
                SAY(PHRASE_REFORMULATED_OPEN, "Create {0} ({1}); its subject is still open."),
                SAY(PHRASE_MATERIAL, "Material: {0}."),
                SAY(PHRASE_GOAL, "{0}, finished and ready to publish: {1}"),
                SAY(PHRASE_GOAL_OPEN, "{0}, finished and ready to publish"),
                SAY(PHRASE_IMPROVE_SUBJECT, "Say what it is about"),
                SAY(PHRASE_IMPROVE_AUDIENCE, "Name the audience"),
                SAY(PHRASE_IMPROVE_DURATION, "State the length in seconds"),
                SAY(PHRASE_IMPROVE_STYLE, "Describe the style or the mood"),
                SAY(PHRASE_IMPROVE_PLATFORM, "Name the platform it is for"),
                SAY(PHRASE_IMPROVE_FILES, "Say what each file is for"),
                SAY(PHRASE_RATIONALE_NONE, "The user brought no files."),
                SAY(PHRASE_RATIONALE_PRIMARY, "In the lead: {0}."),
                SAY(PHRASE_RATIONALE_REFERENCE, "For reference and background: {0}."),
                SAY(PHRASE_RATIONALE_UNUSED, "Without use, as nothing is known of it: {0}."),
                SAY(PHRASE_ELEVATION, "named in its description: {0}"),
                SAY(PHRASE_NO_MATERIAL, "There is no material of the user's own"),
                SAY(PHRASE_NO_MATERIAL_DO, "Generate it, or take it from an archive"),
                SAY(PHRASE_LONGER, "{0} lasts {1} s, {2} s are wanted"),
                SAY(PHRASE_TRIM, "Trim {0} to {1} s"),
                SAY(PHRASE_OTHER_LENGTH, "The prompt says {0} s, the setting {1} s"),
                SAY(PHRASE_OTHER_LENGTH_DO, "Keep to the setting of {0} s"),
                SAY(PHRASE_OTHER_SHAPE, "{0} shows {1}, and {2} was chosen"),
                SAY(PHRASE_OTHER_SHAPE_DO, "Keep {0} and check how it is cropped"),
                SAY(PHRASE_UPSCALE, "Upscale {0}"),
                SAY(PHRASE_NORMALISE, "Normalise the loudness of {0}"),
                SAY(PHRASE_STABILISE, "Stabilise {0}"),
                SAY(PHRASE_GENERATE, "Generate or license the missing material"),
                SAY(PHRASE_REPLACE, "Describe {0}, or replace it"),
                SAY(PHRASE_STEP_COMPOSE, "Lay out the picture"),
                SAY(PHRASE_STEP_CROP, "Crop to {0}"),
                SAY(PHRASE_STEP_SCRIPT, "Write the script"),
                SAY(PHRASE_STEP_CUT, "Edit picture and rhythm"),
                SAY(PHRASE_STEP_RECORD, "Record or generate the voice"),
                SAY(PHRASE_STEP_MIX, "Mix the sound"),
                SAY(PHRASE_STEP_EXPORT, "Export and check"),
                SAY(PHRASE_TIME, "{0}-{1} minutes"),
                SAY(PHRASE_TARGET_TECHNICAL, "Sharp and clean, in the right format"),
                SAY(PHRASE_TARGET_CREATIVE, "One idea that can be told again"),
                SAY(PHRASE_TARGET_CONSISTENCY, "One look and one tone throughout"),
                SAY(PHRASE_TARGET_POLISH, "Ready to publish without rework"),
                SAY(PHRASE_OPEN_ON, "Open on {0}"),
                SAY(PHRASE_SHOW, "Show {0}"),
                SAY(PHRASE_HEAR, "Let {0} be heard underneath"),
                SAY(PHRASE_BEHIND, "Keep {0} in the background"),
                SAY(PHRASE_CLOSE_ON, "Close on {0}"),
            },
        .profiles =
            {
                [PROFILE_GENERAL] =
                    {
                        STR_INIT(
                            "{0}: one clear idea, told without anything that distracts from it"),
                        STR_INIT("Simple framing with one centre of attention"),
                        STR_INIT("Clean and uncluttered"),
                        STR_INIT("Natural"),
                        STR_INIT("Show the subject at once"),
                        {STR_INIT("Develop the main idea"), STR_INIT("Add one telling detail"),
                         STR_INIT("Bring it to a point")},
                        STR_INIT("End on the image that should stay"),
                    },
                [PROFILE_EDUCATIONAL] =
                    {
                        STR_INIT("{0}: a lesson in small steps, from the question to an answer "
                                 "that can be used"),
                        STR_INIT("Diagrams and close views, one idea a shot"),
                        STR_INIT("Clear labels, calm colours, large type"),
                        STR_INIT("Curious and encouraging"),
                        STR_INIT("State the question"),
                        {STR_INIT("Explain the idea"), STR_INIT("Show an example"),
                         STR_INIT("Name the usual mistake")},
                        STR_INIT("Sum up in one sentence"),
                    },
                [PROFILE_ANIME] =
                    {
                        STR_INIT("{0}: an episode in drawn pictures, with a hero, a challenge and "
                                 "a turn"),
                        STR_INIT("Strong outlines, speed lines, bold angles"),
                        STR_INIT("Anime, with cel shading and bright colours"),
                        STR_INIT("Energetic and emotional"),
                        STR_INIT("Introduce the hero"),
                        {STR_INIT("Raise the challenge"), STR_INIT("Build up to the clash"),
                         STR_INIT("Turn it around")},
                        STR_INIT("Freeze on an expression"),
                    },
                [PROFILE_UGC] =
                    {
                        STR_INIT("{0}: a personal look, told to the camera as to a friend, honest "
                                 "and close"),
                        STR_INIT("Hand-held, at eye level, in daylight"),
                        STR_INIT("Casual, with captions on screen"),
                        STR_INIT("Warm and spontaneous"),
                        STR_INIT("Hook in the first two seconds"),
                        {STR_INIT("Tell how it came about"), STR_INIT("Show it in use"),
                         STR_INIT("Say what you think")},
                        STR_INIT("Ask the viewers something"),
                    },
                [PROFILE_FINANCE] =
                    {
                        STR_INIT("{0}: the figures behind it, in an order that shows a newcomer "
                                 "what follows"),
                        STR_INIT("Charts that build up, figures in large type"),
                        STR_INIT("Sober, with a restrained palette"),
                        STR_INIT("Matter-of-fact and trustworthy"),
                        STR_INIT("Open with the key figure"),
                        {STR_INIT("Explain where it comes from"), STR_INIT("Compare it over time"),
                         STR_INIT("Name the risks")},
                        STR_INIT("Say what it means for the viewer"),
                    },
                [PROFILE_CORPORATE] =
                    {
                        STR_INIT("{0}: three arguments, each with its proof, for people who have "
                                 "to decide"),
                        STR_INIT("Slides with one message each"),
                        STR_INIT("Structured, in the colours of the house"),
                        STR_INIT("Confident and businesslike"),
                        STR_INIT("Name the occasion and the aim"),
                        {STR_INIT("Show where things stand"), STR_INIT("Make the proposal"),
                         STR_INIT("Give the proof")},
                        STR_INIT("Say what happens next"),
                    },
                [PROFILE_RELAXATION] =
                    {
                        STR_INIT("{0}: a quiet stay, in long takes that leave room to breathe and "
                                 "let go"),
                        STR_INIT("Long, slow shots in soft light"),
                        STR_INIT("Natural tones, little movement"),
                        STR_INIT("Calm and peaceful"),
                        STR_INIT("Arrive slowly"),
                        {STR_INIT("Stay with one view"), STR_INIT("Let the sounds come forward"),
                         STR_INIT("Breathe with the picture")},
                        STR_INIT("Fade out gently"),
                    },
                [PROFILE_ADS] =
                    {
                        STR_INIT("{0}: one promise, shown before it is said, with a reason to act "
                                 "on it now"),
                        STR_INIT("Quick cuts with the product in view"),
                        STR_INIT("Glossy, with the brand's colours"),
                        STR_INIT("Lively and convincing"),
                        STR_INIT("Show the need"),
                        {STR_INIT("Show the product as the answer"), STR_INIT("Prove the benefit"),
                         STR_INIT("Make the offer")},
                        STR_INIT("Brand and call to action"),
                    },
                [PROFILE_DEMO] =
                    {
                        STR_INIT("{0}: a walk through it as its user meets it, from the first "
                                 "touch to the result"),
                        STR_INIT("Close views of hands and screens"),
                        STR_INIT("Bright, with a neutral background"),
                        STR_INIT("Clear and helpful"),
                        STR_INIT("Say what it is for"),
                        {STR_INIT("Take the first step"), STR_INIT("Show the main functions"),
                         STR_INIT("Show the result")},
                        STR_INIT("Say where to start"),
                    },
                [PROFILE_FUNNY] =
                    {
                        STR_INIT("{0}: something everyone knows from life, set up straight and "
                                 "broken at the end"),
                        STR_INIT("Fixed frame, hard cuts, sudden zooms"),
                        STR_INIT("Meme captions in large type"),
                        STR_INIT("Cheeky and light"),
                        STR_INIT("Set up the ordinary"),
                        {STR_INIT("Repeat it with a twist"), STR_INIT("Overdo it"),
                         STR_INIT("Land the punchline")},
                        STR_INIT("Hold on the reaction"),
                    },
                [PROFILE_DOCUMENTARY] =
                    {
                        STR_INIT("{0}: told as those who were there would tell it, with places, "
                                 "voices and a question that stays"),
                        STR_INIT("Observing camera, archive and interviews"),
                        STR_INIT("Natural light, real places"),
                        STR_INIT("Thoughtful and close"),
                        STR_INIT("Begin in the middle of a scene"),
                        {STR_INIT("Go back to the beginning"), STR_INIT("Let a witness speak"),
                         STR_INIT("Show the turning point")},
                        STR_INIT("Return to the first place"),
                    },
            },
};
