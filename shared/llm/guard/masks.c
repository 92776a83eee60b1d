#include "shared/llm/guard/masks.h"

enum { MAX_DIGITS = 9 };

struct guard_masks *masks_new(struct arena *arena, unsigned kinds)
{
    struct guard_masks *masks = ARENA_NEW(arena, struct guard_masks);
    *masks = (struct guard_masks){.arena = arena, .kinds = kinds};
    for (size_t kind = 0; kind < PII_KINDS; kind++) {
        masks->next[kind] = 1;
    }
    return masks;
}

void guard_note(struct guard_state *state, const char *check, const char *sign)
{
    for (size_t i = 0; i < state->finding_count; i++) {
        const struct guard_finding *known = &state->findings[i];
        if (strcmp(known->check, check) == 0 && strcmp(known->sign, sign) == 0) {
            return;
        }
    }
    if (state->finding_count < GUARD_MAX_FINDINGS) {
        state->findings[state->finding_count++] = (struct guard_finding){check, sign};
    }
}

/* ---- placeholders as text ---- */

/* Whether `text` goes on with `want`, as far as it goes. */
static bool goes_on(struct str text, size_t at, struct str want, bool *may_be)
{
    struct str rest = str_slice(text, at, text.len);
    *may_be = rest.len < want.len && str_has_prefix(want, rest);
    return str_has_prefix(rest, want);
}

/* Behind "<EMAIL": "_", digits, ">". */
static size_t number_length(struct str text, size_t at, bool *may_be)
{
    if (!goes_on(text, at, STR("_"), may_be)) {
        return 0;
    }
    size_t end = at + 1;
    while (end < text.len && end - at <= MAX_DIGITS && text.ptr[end] >= '0' &&
           text.ptr[end] <= '9') {
        end++;
    }
    if (end == text.len) {
        *may_be = true;
        return 0;
    }
    return end > at + 1 && text.ptr[end] == '>' ? end + 1 : 0;
}

size_t mask_placeholder_length(struct str text, bool *may_be)
{
    *may_be = false;
    if (!str_has_prefix(text, STR("<"))) {
        return 0;
    }
    bool any = false;
    for (size_t kind = 0; kind < PII_KINDS; kind++) {
        bool maybe = false;
        struct str word = str_from_cstr(pii_kind_word((enum pii_kind)kind));
        size_t len = goes_on(text, 1, word, &maybe) ? number_length(text, 1 + word.len, &maybe) : 0;
        if (len > 0) {
            return len;
        }
        any |= maybe;
    }
    *may_be = any;
    return 0;
}

/* ---- the table ---- */

/* Takes "<EMAIL_12>" apart; false if the number is not written as we write it. */
static bool placeholder_parts(struct str placeholder, enum pii_kind *kind, int64_t *number)
{
    size_t bar = str_find_char(placeholder, '_');
    struct str word = str_slice(placeholder, 1, bar);
    struct str digits = str_slice(placeholder, bar + 1, placeholder.len - 1);
    for (size_t i = 0; i < PII_KINDS; i++) {
        if (str_eq(word, str_from_cstr(pii_kind_word((enum pii_kind)i)))) {
            *kind = (enum pii_kind)i;
        }
    }
    return digits.ptr[0] != '0' && str_to_i64(digits, number);
}

void masks_avoid(struct guard_masks *masks, struct str text)
{
    for (size_t at = 0; at < text.len; at++) {
        const char *angle = memchr(text.ptr + at, '<', text.len - at);
        if (angle == NULL) {
            return;
        }
        at = (size_t)(angle - text.ptr);
        struct str rest = str_slice(text, at, text.len);
        enum pii_kind kind = PII_EMAIL;
        int64_t number = 0;
        bool may_be = false;
        size_t len = mask_placeholder_length(rest, &may_be);
        if (len > 0 && placeholder_parts(str_slice(rest, 0, len), &kind, &number) &&
            number >= masks->next[kind]) {
            masks->next[kind] = (uint32_t)number + 1;
        }
    }
}

static const struct guard_mask *mask_of(const struct guard_masks *masks, enum pii_kind kind,
                                        struct str text)
{
    for (size_t i = 0; i < masks->count; i++) {
        if (masks->masks[i].kind == kind && str_eq(masks->masks[i].text, text)) {
            return &masks->masks[i];
        }
    }
    return NULL;
}

static void make_room(struct guard_masks *masks)
{
    size_t room = masks->room == 0 ? 8 : masks->room * 2;
    struct guard_mask *grown = ARENA_ARRAY(masks->arena, struct guard_mask, room);
    if (masks->count > 0) {
        memcpy(grown, masks->masks, masks->count * sizeof *grown);
    }
    masks->masks = grown;
    masks->room = room;
}

/* NULL, and `is_full`: there are too many. Numbers that the prompt drove past nine digits too. */
static const struct guard_mask *mask_add(struct guard_masks *masks, enum pii_kind kind,
                                         struct str text)
{
    enum { PAST_NINE_DIGITS = 1000000000 };
    if (masks->count == GUARD_MAX_MASKS || masks->next[kind] >= PAST_NINE_DIGITS) {
        masks->is_full = true;
        return NULL;
    }
    if (masks->count == masks->room) {
        make_room(masks);
    }
    struct guard_mask *mask = &masks->masks[masks->count++];
    *mask = (struct guard_mask){
        .kind = kind,
        .text = arena_str_copy(masks->arena, text),
        .placeholder = arena_format(masks->arena, "<%s_%u>", pii_kind_word(kind),
                                    (unsigned)masks->next[kind]++),
    };
    return mask;
}

struct str masks_apply(struct ctx *cx, struct guard_masks *masks, struct str text,
                       struct guard_state *state)
{
    struct pii_found found;
    struct buf out = buf_in(cx->arena, (text.len + 1) * MASK_PLACEHOLDER_MAX);
    size_t at = 0;
    while (pii_find(text, at, masks->kinds, &found)) {
        struct str datum = str_slice(text, found.start, found.start + found.len);
        const struct guard_mask *mask = mask_of(masks, found.kind, datum);
        mask = mask == NULL ? mask_add(masks, found.kind, datum) : mask;
        if (mask == NULL) {
            return text; /* is_full: the request is refused */
        }
        guard_note(state, "mask", found.sign);
        buf_add(&out, str_slice(text, at, found.start));
        buf_add(&out, mask->placeholder);
        at = found.start + found.len;
    }
    if (at == 0) {
        return text;
    }
    buf_add(&out, str_slice(text, at, text.len));
    return buf_str(&out);
}

const struct guard_mask *masks_find(const struct guard_masks *masks, struct str placeholder)
{
    for (size_t i = 0; i < masks->count; i++) {
        if (str_eq(masks->masks[i].placeholder, placeholder)) {
            return &masks->masks[i];
        }
    }
    return NULL;
}
