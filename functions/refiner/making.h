/*
 * The parts of a refinement, in the order they are made (refine.c). Each fills its part of
 * `making->refined` from the analysis and from what came before.
 */
#pragma once

#include "functions/refiner/assets.h"
#include "functions/refiner/profile.h"

struct making {
    struct ctx *cx;
    const struct analysis *analysis;
    struct refined *refined;
    const struct asset_verdict *verdicts; /* one per asset */
    enum tongue tongue;
    enum profile profile;
    struct str prompt_words; /* words_of the prompt */
    struct str subject;      /* the prompt, or what leads among the files; may be empty */
    bool is_telling;         /* the prompt says what is wanted */
};

/* request.c: intent, shape, platform, constraints */
void request_make(struct making *making);
/* prompt.c: what the prompt asks for, how clearly, and what the content needs */
void content_make(struct making *making);
void prompt_make(struct making *making);
/* narrative.c: goal, spine, scaffolding, direction */
void narrative_make(struct making *making);
/* production.c: conflicts, steps, time, targets, metrics, recommendations */
void conflicts_make(struct making *making);
void production_make(struct making *making);

/* ---- making.c: what the parts share ---------------------------------------------------------- */

/* The analyzer's text if it is fit to stand in the output and long enough, else ours. */
struct str text_chosen(const struct making *making, struct str analyzers, size_t min_bytes,
                       struct str ours);
/* The analyzer's texts that are fit. In the arena, with room for `spare` more. */
struct texts texts_chosen(const struct making *making, struct texts analyzers, size_t spare);
/* At most one decimal: "60", "2.5". */
struct str number_text(struct ctx *cx, double value);
