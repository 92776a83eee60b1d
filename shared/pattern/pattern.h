/*
 * Regular expressions of outsiders, through PCRE2, whose headers nothing else sees. Two syntaxes:
 * ECMA-262 with the u flag, as JSON Schema wants it (draft 2020-12, core section 6.4), translated;
 * and PCRE2's own. Text is UTF-8 that was checked before; \d, \w and \b know ASCII only, in both.
 *
 * What an expression may cost is bounded: its length, its nesting, the steps, the memory and, in
 * long texts, the time of one search. What passes them is PATTERN_COSTLY, never a guess.
 *
 * From ECMA-262 differ: look-behinds must have a bounded length, and captures keep their text when
 * a loop turns again. A pattern serves one thread at a time.
 */
#pragma once

#include "shared/base/buf.h"
#include "shared/base/ctx.h"

enum {
    PATTERN_MAX_BYTES = 8192,
    PATTERN_MAX_NESTING = 100,
    PATTERN_MAX_STEPS = 200000, /* from one place in the text on; down to 8,192 up to 4 KiB */
    PATTERN_MAX_US = 500000,    /* of one search, in a text of more than 4 KiB */
};

enum pattern_syntax { PATTERN_ECMA, PATTERN_PERL };

enum pattern_result { PATTERN_NO, PATTERN_YES, PATTERN_COSTLY };

struct pattern;

/*
 * `arena` holds the pattern; its reset frees what PCRE2 keeps.
 *
 * ERR_INVALID  not an expression of that syntax, or past a limit; the words say where, never what
 */
enum status pattern_compile(struct ctx *cx, struct arena *arena, struct str text,
                            enum pattern_syntax syntax, const struct pattern **pattern) MUST_CHECK;

/* Whether it is of the kinds of simple.h and automaton.h, which cost nothing to speak of. */
bool pattern_is_plain(const struct pattern *pattern);
/* Whether it matches anywhere in `text`. */
enum pattern_result pattern_matches(const struct pattern *pattern, struct str text);
/* The first match that begins at `from` or later: `*start` and `*end` are offsets into `text`. */
enum pattern_result pattern_find(const struct pattern *pattern, struct str text, size_t from,
                                 size_t *start, size_t *end);

/*
 * The same expression as PCRE2 writes it, at the end of `out`.
 *
 * ERR_INVALID  not ECMA-262
 */
enum status pattern_translate(struct ctx *cx, struct str ecma, struct buf *out) MUST_CHECK;
