#include "shared/pattern/pattern.h"

#include "shared/base/clock.h"
#include "shared/base/utf8.h"
#include "shared/pattern/automaton.h"
#include "shared/pattern/simple.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

enum { HEAP_KIB = 4096, DEPTH = 10000, SHORT_BYTES = 4096 };

struct pattern {
    const struct simple_pattern *simple; /* NULL: it is none */
    const struct automaton *automaton;   /* where it is not simple; NULL: PCRE2 alone */
    bool is_anchored;
    pcre2_code *code;
    pcre2_match_data *match;
    pcre2_match_context *limits;
};

static const uint32_t common_options =
    PCRE2_UTF | PCRE2_NO_UTF_CHECK | PCRE2_NEVER_BACKSLASH_C | PCRE2_USE_OFFSET_LIMIT;
static const uint32_t ecma_options =
    PCRE2_DOLLAR_ENDONLY | PCRE2_MATCH_UNSET_BACKREF | PCRE2_ALLOW_EMPTY_CLASS;

static void pattern_release(void *object)
{
    struct pattern *pattern = object;
    pcre2_match_context_free(pattern->limits);
    pcre2_match_data_free(pattern->match);
    pcre2_code_free(pattern->code);
}

static void compile_context_free(pcre2_compile_context **context)
{
    pcre2_compile_context_free(*context);
}

static enum status code_new(struct ctx *cx, struct str text, uint32_t options, pcre2_code **code)
{
    DEFER(compile_context_free) pcre2_compile_context *context = pcre2_compile_context_create(NULL);
    if (context == NULL) {
        return fail(cx, ERR_INTERNAL, "no memory for a pattern");
    }
    (void)pcre2_set_parens_nest_limit(context, PATTERN_MAX_NESTING);
    int error = 0;
    size_t at = 0;
    *code = pcre2_compile((PCRE2_SPTR)text.ptr, text.len, options, &error, &at, context);
    if (*code == NULL) {
        PCRE2_UCHAR words[120] = "";
        (void)pcre2_get_error_message(error, words, sizeof words);
        return fail_public(cx, ERR_INVALID, "not a regular expression: %s", (const char *)words);
    }
    return OK;
}

enum status pattern_compile(struct ctx *cx, struct arena *arena, struct str text,
                            enum pattern_syntax syntax, const struct pattern **pattern)
{
    if (text.len > PATTERN_MAX_BYTES) {
        return fail_public(cx, ERR_INVALID, "a regular expression of more than %d bytes",
                           PATTERN_MAX_BYTES);
    }
    if (!utf8_is_valid(text)) {
        return fail_public(cx, ERR_INVALID, "a regular expression that is not UTF-8");
    }
    struct pattern *made = ARENA_NEW(arena, struct pattern);
    struct buf translated = buf_in(cx->arena, KIB(512));
    uint32_t options = common_options;
    if (syntax == PATTERN_ECMA) {
        made->simple = simple_pattern_of(arena, text);
        made->automaton = made->simple == NULL ? automaton_of(arena, text) : NULL;
        TRY(pattern_translate(cx, text, &translated));
        text = buf_str(&translated);
        options |= ecma_options;
    }
    TRY(code_new(cx, text.len == 0 ? STR("") : text, options, &made->code));
    arena_on_reset(arena, pattern_release, made);
    made->match = pcre2_match_data_create(1, NULL);
    made->limits = pcre2_match_context_create(NULL);
    if (made->match == NULL || made->limits == NULL) {
        return fail(cx, ERR_INTERNAL, "no memory for a pattern");
    }
    (void)pcre2_set_depth_limit(made->limits, DEPTH);
    (void)pcre2_set_heap_limit(made->limits, HEAP_KIB);
    uint32_t all_options = 0;
    (void)pcre2_pattern_info(made->code, PCRE2_INFO_ALLOPTIONS, &all_options);
    made->is_anchored = (all_options & PCRE2_ANCHORED) != 0;
    *pattern = made;
    return OK;
}

/* ---- searching ---- */

static int match_from(const struct pattern *pattern, struct str text, size_t from, size_t last)
{
    (void)pcre2_set_offset_limit(pattern->limits, last);
    return pcre2_match(pattern->code, (PCRE2_SPTR)(text.ptr == NULL ? "" : text.ptr), text.len,
                       from, PCRE2_NO_UTF_CHECK, pattern->match, pattern->limits);
}

/* PCRE2 counts steps anew at each place where a match may begin: the more places, the fewer. */
static uint32_t steps_a_place(size_t places)
{
    enum { FEWEST = 2 * SHORT_BYTES, ALL = PATTERN_MAX_STEPS * 10 };
    size_t steps = places == 0 ? PATTERN_MAX_STEPS : (size_t)ALL / places;
    steps = steps < FEWEST ? FEWEST : steps;
    return (uint32_t)(steps > PATTERN_MAX_STEPS ? PATTERN_MAX_STEPS : steps);
}

static int match_short(const struct pattern *pattern, struct str text, size_t from)
{
    (void)pcre2_set_match_limit(pattern->limits, steps_a_place(text.len));
    return match_from(pattern, text, from, PCRE2_UNSET);
}

static size_t character_at(struct str text, size_t at)
{
    while (at < text.len && ((unsigned char)text.ptr[at] & 0xC0) == 0x80) {
        at++;
    }
    return at;
}

/*
 * A window of places after the other, for what no step counts (runs of one character, searched for
 * from each place anew) takes time too. Windows that are done fast get longer, so that most texts
 * want a dozen.
 */
static int match_long(const struct pattern *pattern, struct str text, size_t from)
{
    enum { FAST_US = 1000, FIRST_WINDOW = 64 };
    int64_t begin_us = clock_mono_us(), last_us = begin_us;
    size_t window = FIRST_WINDOW;
    (void)pcre2_set_match_limit(pattern->limits, PATTERN_MAX_STEPS);
    for (size_t at = from; at <= text.len; at = character_at(text, at + window)) {
        int64_t now_us = clock_mono_us();
        if (now_us - begin_us > PATTERN_MAX_US) {
            return PCRE2_ERROR_MATCHLIMIT;
        }
        window = at > from && now_us - last_us < FAST_US ? window * 2 : window;
        last_us = now_us;
        int found = match_from(pattern, text, at, at + window - 1);
        if (found != PCRE2_ERROR_NOMATCH || pattern->is_anchored) {
            return found;
        }
    }
    return PCRE2_ERROR_NOMATCH;
}

enum pattern_result pattern_find(const struct pattern *pattern, struct str text, size_t from,
                                 size_t *start, size_t *end)
{
    int found = text.len <= SHORT_BYTES ? match_short(pattern, text, from)
                                        : match_long(pattern, text, from);
    if (found == PCRE2_ERROR_NOMATCH) {
        return PATTERN_NO;
    }
    if (found < 0) {
        return PATTERN_COSTLY;
    }
    const PCRE2_SIZE *offsets = pcre2_get_ovector_pointer(pattern->match);
    *start = offsets[0];
    *end = offsets[1];
    return PATTERN_YES;
}

bool pattern_is_plain(const struct pattern *pattern)
{
    return pattern->simple != NULL || pattern->automaton != NULL;
}

enum pattern_result pattern_matches(const struct pattern *pattern, struct str text)
{
    size_t start = 0, end = 0;
    if (pattern->simple != NULL) {
        return simple_pattern_matches(pattern->simple, text) ? PATTERN_YES : PATTERN_NO;
    }
    if (pattern->automaton != NULL) {
        return automaton_matches(pattern->automaton, text) ? PATTERN_YES : PATTERN_NO;
    }
    return pattern_find(pattern, text, 0, &start, &end);
}
