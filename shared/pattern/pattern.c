#include "shared/pattern/pattern.h"

#include "shared/base/utf8.h"
#include "shared/pattern/simple.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

enum { HEAP_KIB = 4096, DEPTH = 10000 };

struct pattern {
    const struct simple_pattern *simple; /* NULL: PCRE2 alone */
    pcre2_code *code;
    pcre2_match_data *match;
    pcre2_match_context *limits;
};

static const uint32_t common_options = PCRE2_UTF | PCRE2_NO_UTF_CHECK | PCRE2_NEVER_BACKSLASH_C;
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
    (void)pcre2_set_match_limit(made->limits, PATTERN_MAX_STEPS);
    (void)pcre2_set_depth_limit(made->limits, DEPTH);
    (void)pcre2_set_heap_limit(made->limits, HEAP_KIB);
    *pattern = made;
    return OK;
}

enum pattern_result pattern_find(const struct pattern *pattern, struct str text, size_t from,
                                 size_t *start, size_t *end)
{
    const char *subject = text.ptr == NULL ? "" : text.ptr;
    int found = pcre2_match(pattern->code, (PCRE2_SPTR)subject, text.len, from, PCRE2_NO_UTF_CHECK,
                            pattern->match, pattern->limits);
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

enum pattern_result pattern_matches(const struct pattern *pattern, struct str text)
{
    size_t start = 0, end = 0;
    if (pattern->simple != NULL) {
        return simple_pattern_matches(pattern->simple, text) ? PATTERN_YES : PATTERN_NO;
    }
    return pattern_find(pattern, text, 0, &start, &end);
}
