/*
 * What stands for what: texts and their placeholders, "<EMAIL_1>", numbered per kind in the order
 * in which they were found.
 */
#pragma once

#include "shared/llm/guard/guard.h"
#include "shared/llm/guard/pii.h"

struct guard_mask {
    enum pii_kind kind;
    struct str text;
    struct str placeholder;
};

struct guard_masks {
    struct arena *arena;
    unsigned kinds; /* bit per pii_kind: what is looked for */
    uint32_t next[PII_KINDS];
    struct guard_mask *masks;
    size_t count, room;
    bool is_full; /* there was more than GUARD_MAX_MASKS */
};

/* The longest is "<PHONE_", nine digits and ">". */
enum { MASK_PLACEHOLDER_MAX = 20 };

struct guard_masks *masks_new(struct arena *arena, unsigned kinds);
/* Keeps clear of the placeholders that `text`, which is the prompt's own, holds. */
void masks_avoid(struct guard_masks *masks, struct str text);
/* `text` with placeholders; itself if there was nothing to mask. Findings go to `state`. */
struct str masks_apply(struct ctx *cx, struct guard_masks *masks, struct str text,
                       struct guard_state *state);
/* The text behind a placeholder, or NULL. */
const struct guard_mask *masks_find(const struct guard_masks *masks, struct str placeholder);
/*
 * How many bytes at the begin of `text` are a placeholder; 0: it is none. `*may_be` says that it
 * ends too early to tell.
 */
size_t mask_placeholder_length(struct str text, bool *may_be);

/* Notes a finding, once. */
void guard_note(struct guard_state *state, const char *check, const char *sign);
