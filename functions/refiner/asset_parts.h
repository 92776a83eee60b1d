/*
 * What the parts of assets.c share: one file on its way from the analysis to the output.
 */
#pragma once

#include "functions/refiner/assets.h"

enum naming { NAMED_PRIMARY, NAMED_BRANDING, NAMED_BACKGROUND, NAMED_REFERENCE };

/* The contract's rules in its order; words of the other languages are ours. */
struct naming_rule {
    enum naming naming;
    double threshold;
    const char *elevated_role;
    struct str words; /* folded */
};

struct judged {
    const struct analysis_asset *in;
    struct refined_asset *out;
    struct asset_verdict *verdict;
    const struct naming_rule *rule; /* NULL: no word of a rule in its description */
    struct str word;                /* the one that was found */
};

/* Its role and level; `is_lead` if it leads among its kind. */
void role_give(struct ctx *cx, struct judged *j, bool is_lead);
/* The analyzer's edits and ours; `wanted_s` is the length of the piece. */
void edits_give(struct ctx *cx, const struct judged *j, struct maybe wanted_s);
/* The analyzer's word, else one of its texts', else "neutral". */
struct str mood_of(struct ctx *cx, const struct analysis_asset *asset);
