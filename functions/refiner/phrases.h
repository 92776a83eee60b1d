/*
 * The fixed text of a refinement, in the languages it is written in. A template has {0} to {3} for
 * what it is about; what is put in is text and never looked at for more of them.
 */
#pragma once

#include "functions/refiner/profile.h"

#define TONGUE_LIST(X) X(en) X(fr) X(es) X(de) X(it) X(pt)

#define TONGUE_ENUMERATOR(code) TONGUE_##code,
enum tongue { TONGUE_LIST(TONGUE_ENUMERATOR) TONGUE_COUNT };
#undef TONGUE_ENUMERATOR

enum phrase {
    /* by enum media, three each */
    PHRASE_A_MEDIUM,                         /* "an image" */
    PHRASE_MEDIUM = PHRASE_A_MEDIUM + 3,     /* "Image" */
    PHRASE_SUBJECT_OPEN = PHRASE_MEDIUM + 3, /* for the subject that nobody named */
    PHRASE_SECONDS,                          /* {0}: a number */
    PHRASE_INTENT,                           /* {0}: a medium, {1}: the subject */
    PHRASE_INTENT_OPEN,                      /* {0}: a medium */
    PHRASE_REFORMULATED,                     /* {0}: a medium, {1}: its facts, {2}: the subject */
    PHRASE_REFORMULATED_OPEN,                /* {0}: a medium, {1}: its facts */
    PHRASE_MATERIAL,                         /* {0}: files, a list */
    PHRASE_GOAL,                             /* {0}: medium, {1}: the subject */
    PHRASE_GOAL_OPEN,                        /* {0}: medium */
    PHRASE_IMPROVE_SUBJECT,
    PHRASE_IMPROVE_AUDIENCE,
    PHRASE_IMPROVE_DURATION,
    PHRASE_IMPROVE_STYLE,
    PHRASE_IMPROVE_PLATFORM,
    PHRASE_IMPROVE_FILES,
    PHRASE_RATIONALE_NONE,
    PHRASE_RATIONALE_PRIMARY,   /* {0}: ids */
    PHRASE_RATIONALE_REFERENCE, /* {0}: ids */
    PHRASE_RATIONALE_UNUSED,    /* {0}: ids */
    PHRASE_ELEVATION,           /* {0}: the words of the description */
    PHRASE_NO_MATERIAL,
    PHRASE_NO_MATERIAL_DO,
    PHRASE_LONGER,          /* {0}: id, {1}: its seconds, {2}: wanted ones */
    PHRASE_TRIM,            /* {0}: id, {1}: wanted seconds */
    PHRASE_OTHER_LENGTH,    /* {0}: seconds of the prompt, {1}: of the setting */
    PHRASE_OTHER_LENGTH_DO, /* {0}: seconds of the setting */
    PHRASE_OTHER_SHAPE,     /* {0}: platform, {1}: its ratio, {2}: the wanted */
    PHRASE_OTHER_SHAPE_DO,  /* {0}: the wanted ratio */
    PHRASE_UPSCALE,         /* {0}: id */
    PHRASE_NORMALISE,       /* {0}: id */
    PHRASE_STABILISE,       /* {0}: id */
    PHRASE_GENERATE,
    PHRASE_REPLACE, /* {0}: id */
    PHRASE_STEP_COMPOSE,
    PHRASE_STEP_CROP, /* {0}: ratio */
    PHRASE_STEP_SCRIPT,
    PHRASE_STEP_CUT,
    PHRASE_STEP_RECORD,
    PHRASE_STEP_MIX,
    PHRASE_STEP_EXPORT,
    PHRASE_TIME, /* {0}, {1}: minutes */
    PHRASE_TARGET_TECHNICAL,
    PHRASE_TARGET_CREATIVE,
    PHRASE_TARGET_CONSISTENCY,
    PHRASE_TARGET_POLISH,
    PHRASE_OPEN_ON,  /* {0}: an asset */
    PHRASE_SHOW,     /* {0}: an asset */
    PHRASE_HEAR,     /* {0}: an asset */
    PHRASE_BEHIND,   /* {0}: an asset */
    PHRASE_CLOSE_ON, /* {0}: an asset */
    PHRASE_COUNT
};

enum { PROFILE_CORE_COUNT = 3 };

/* What a profile suggests where the analyzer suggests nothing. */
struct profile_text {
    struct str concept; /* {0}: the subject, at the front; at least 50 bytes after it */
    struct str visual, style, mood;
    struct str intro, core[PROFILE_CORE_COUNT], outro;
};

struct phrase_book {
    struct str of[PHRASE_COUNT];
    struct profile_text profiles[PROFILE_COUNT];
};

/* Of the language's code ("es"); English if there is no book in it. */
enum tongue tongue_of(struct str code);
const struct phrase_book *phrase_book(enum tongue tongue);

/* Fills a template; `args` may be NULL if `count` is 0. Lives in `cx->arena`. */
struct str phrase_fill(struct ctx *cx, struct str template, const struct str *args, size_t count);

/* Is the text one of the books' concepts with any subject at its front? */
bool phrase_is_stock_concept(struct str text);

/* phrase(cx, tongue, PHRASE_GOAL, medium, subject) */
#define phrase(cx, tongue, which, ...)                                                             \
    phrase_fill((cx), phrase_book(tongue)->of[which], (const struct str[]){__VA_ARGS__},           \
                sizeof((const struct str[]){__VA_ARGS__}) / sizeof(struct str))
