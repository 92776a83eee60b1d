/*
 * Words of a text, for rules that look for some: in lower case, without the accents of Western
 * European letters, one blank between words and at both ends, so that "app" is not found in
 * "happy". And the other way round: a piece of the user's text, made fit to stand in a sentence.
 */
#pragma once

#include "shared/base/ctx.h"

enum { WORDS_MAX_BYTES = 20000 }; /* no more of a text is looked at */

/* " explique le marche "; a single blank if there is no word. Lives in `cx->arena`. */
struct str words_of(struct ctx *cx, struct str text);

/* Is `phrase` ("how to"), folded already, among `words`? */
bool words_have(struct str words, struct str phrase);
/*
 * The first phrase of `list` ("explain|how to|lesson") among `words`, or empty: a view of `list`.
 */
struct str words_first_of(struct str words, struct str list);
size_t words_count(struct str words);

/*
 * At most `max_bytes` of `text` on one line: white space is one blank, markup (asterisks,
 * backticks, braces, control characters) is left out, and a cut is at a word's end where it can be,
 * with an ellipsis within the limit. Final stops are left out. Lives in `cx->arena`.
 */
struct str text_quoted(struct ctx *cx, struct str text, size_t max_bytes);
/* As many whole characters of `text` as fit. */
struct str text_cut(struct str text, size_t max_bytes);

/*
 * `text` as it may stand in a sentence of ours (text_quoted), or empty if it is not fit for one
 * (refined_text_is_fit).
 */
struct str text_spoken(struct ctx *cx, struct str text, struct str prompt, size_t max_bytes);
