/*
 * The refinement without a model: every required field of the output from the analysis, by rules.
 * Pure: the same analysis gives the same object, always valid under the output's schema. Fixed text
 * is in the user's language (English, French, Spanish, German, Italian, Portuguese; English
 * otherwise), of the prompt or, if that is too short, with what was said of the files; a good guess
 * is enough. The user's own words are kept as they came.
 *
 * Intent `mixed`: a video asset or a duration wins, or pictures with sound: video; else pictures
 * only, or a number of images: image; sound only: audio; without any, the words of the prompt. No
 * intent: the words of the prompt, then the same. Nothing to go by: video.
 */
#pragma once

#include "functions/refiner/analysis.h"
#include "functions/refiner/language.h"
#include "functions/refiner/profile.h"
#include "functions/refiner/quality.h"

/* The output, and what `_metadata` tells about how it came about. */
struct refinement {
    struct refined refined;
    struct language language; /* of the prompt */
    struct profile_match profile;
    struct quality quality;     /* of `refined` as it stands; assess again after enriching it */
    const char *template_label; /* "Image + Video", by the types of assets */
    enum complexity complexity; /* of the row: simple, moderate or complex */
    struct texts asset_mix;     /* "image", "video": the types there are, each once */
};

/* Never fails: the analysis was checked. What it makes lives in `cx->arena`. */
void refine(struct ctx *cx, const struct analysis *analysis, struct refinement *refinement);
