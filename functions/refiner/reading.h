/*
 * Reads members of a JSON object into a struct by a table, kindly: see analysis.h for what is
 * forgiven and noted, and what is a fault.
 */
#pragma once

#include "functions/refiner/enum_words.h"

enum reading_kind {
    READING_TEXT,   /* struct str */
    READING_TEXTS,  /* struct texts */
    READING_NUMBER, /* struct maybe */
    READING_SAID,   /* enum said: a boolean */
    READING_ENUM,   /* an enum; `flag` receives whether there was one */
};

struct reading_member {
    const char *name;
    size_t offset;
    size_t max_bytes;               /* texts, and each text of a list */
    double min, max;                /* numbers, inclusive */
    const struct enum_words *words; /* enums */
    size_t flag;                    /* offset of a bool, plus 1; 0: none */
    enum reading_kind kind;
    bool is_required; /* null or absent is a fault */
};

/* Where a value stands; rendered only when someone has to be told. */
struct reading_place {
    const struct reading_place *up; /* NULL: the top */
    const char *name;               /* NULL: an item of a list */
    size_t index;
};

struct reading {
    struct ctx *cx;
    struct analysis *analysis; /* takes the notes */
};

void reading_note(struct reading *reading, const struct reading_place *place, const char *words);
void reading_fault(struct reading *reading, const struct reading_place *place, const char *words);

/* Fills the struct at `out`; `object` NULL has no members. Faults go to `reading->cx`. */
void reading_members(struct reading *reading, const struct reading_place *place,
                     const struct json *object, const struct reading_member *members,
                     size_t member_count, void *out);

/*
 * The member `name` if it is an object, or a list of at most `max_items`; NULL if absent, null
 * (noted) or a fault (told). `*inner` receives its place.
 */
const struct json *reading_object(struct reading *reading, const struct reading_place *place,
                                  const struct json *parent, const char *name,
                                  struct reading_place *inner);
const struct json *reading_list(struct reading *reading, const struct reading_place *place,
                                const struct json *parent, const char *name, size_t max_items,
                                struct reading_place *inner);
