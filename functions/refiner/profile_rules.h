/*
 * What speaks for each profile. Common words of six languages; a phrase may stand in several rows.
 */
#pragma once

#include "functions/refiner/profile.h"

struct profile_rule {
    struct str keywords;   /* folded (words.h); English first, then the other five languages */
    struct str categories; /* folded */
    struct str platforms;
    struct str captions; /* words of a picture that speak for it */
    int min_s, max_s;
    int priority;
};

extern const struct profile_rule profile_rules[PROFILE_COUNT];
