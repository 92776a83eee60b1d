/*
 * Patterns: what ECMA-262 means, through PCRE2; what is refused; what is too costly.
 */
#include "shared/base/clock.h"
#include "shared/pattern/pattern.h"
#include "tests/support/check.h"

enum verdict { NO = PATTERN_NO, YES = PATTERN_YES, REFUSED = 100 };

struct pattern_case {
    const char *name;
    struct str pattern, text;
    int want;
};

static void check_cases(const struct pattern_case *cases, size_t count, enum pattern_syntax syntax)
{
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    for (size_t i = 0; i < count; i++) {
        const struct pattern *pattern = NULL;
        enum status status =
            pattern_compile(&t.cx, &t.arena, exact_copy(&t.cx, cases[i].pattern), syntax, &pattern);
        int got = status == ERR_INVALID ? REFUSED : -1;
        if (status == OK) {
            got = (int)pattern_matches(pattern, exact_copy(&t.cx, cases[i].text));
        }
        CHECK_I64(cases[i].name, got, cases[i].want);
    }
}

static const struct pattern_case meanings[] = {
    {"dollar is the very end", STR_INIT("^abc$"), STR_INIT("abc\n"), NO},
    {"dot stops at U+2028", STR_INIT("^.$"), STR_INIT("\xE2\x80\xA8"), NO},
    {"dot stops at carriage return", STR_INIT("^.$"), STR_INIT("\r"), NO},
    {"dot takes a code point past the BMP", STR_INIT("^.$"), STR_INIT("\xF0\x9F\x90\xB2"), YES},
    {"d is ASCII", STR_INIT("^\\d$"), STR_INIT("\xDF\x80"), NO},
    {"w is ASCII", STR_INIT("^\\w$"), STR_INIT("\xC3\xA9"), NO},
    {"s knows U+FEFF", STR_INIT("^\\s$"), STR_INIT("\xEF\xBB\xBF"), YES},
    {"s in a class", STR_INIT("^[\\sx]$"), STR_INIT("\xC2\xA0"), YES},
    {"S in a class", STR_INIT("^[\\S]$"), STR_INIT("\xC2\xA0"), NO},
    {"S in a class takes a letter", STR_INIT("^[\\S]$"), STR_INIT("\xC3\xA9"), YES},
    {"S in a negated class", STR_INIT("^[^\\S]$"), STR_INIT(" "), YES},
    {"v is one character", STR_INIT("^\\v$"), STR_INIT("\n"), NO},
    {"v is U+000B", STR_INIT("^\\v$"), STR_INIT("\x0B"), YES},
    {"control letter", STR_INIT("^\\cC$"), STR_INIT("\x03"), YES},
    {"two hex digits", STR_INIT("^\\x41$"), STR_INIT("A"), YES},
    {"four hex digits", STR_INIT("^\\u0041$"), STR_INIT("A"), YES},
    {"surrogate pair", STR_INIT("^\\ud83d\\udc32+$"), STR_INIT("\xF0\x9F\x90\xB2"), YES},
    {"code point in braces", STR_INIT("^\\u{1F432}$"), STR_INIT("\xF0\x9F\x90\xB2"), YES},
    {"choice of an optional group", STR_INIT("^(ab|cd)?e$"), STR_INIT("cde"), YES},
    {"choice with an empty branch", STR_INIT("^(ab|)e$"), STR_INIT("e"), YES},
    {"counted group", STR_INIT("^(a|bc){2,3}$"), STR_INIT("abcbc"), YES},
    {"counted group, one too many", STR_INIT("^(a|bc){2,3}$"), STR_INIT("abcbca"), NO},
    {"an anchor is of its branch", STR_INIT("^a|b$"), STR_INIT("ax"), YES},
    {"an anchor is not of the other", STR_INIT("^a|b$"), STR_INIT("xa"), NO},
    {"anywhere", STR_INIT("(a|b)c"), STR_INIT("xxbcx"), YES},
    {"a negated set takes one code point", STR_INIT("^([^a]|x)$"), STR_INIT("\xF0\x9F\x90\xB2"),
     YES},
    {"a negated set takes no two", STR_INIT("^([^a]|x)$"), STR_INIT("\xC3\xA9\xC3\xA9"), NO},
    {"dot in a choice stops at U+2029", STR_INIT("^(.|x)$"), STR_INIT("\xE2\x80\xA9"), NO},
    {"dot in a choice takes U+2027", STR_INIT("^(.|x)$"), STR_INIT("\xE2\x80\xA7"), YES},
    {"dot in a choice takes U+20AC", STR_INIT("^(.|x)$"), STR_INIT("\xE2\x82\xAC"), YES},
    {"dot in a choice stops at a line", STR_INIT("^(.|x)$"), STR_INIT("\n"), NO},
    {"range of escapes", STR_INIT("^[\\u{1F430}-\\u{1F434}]$"), STR_INIT("\xF0\x9F\x90\xB2"), YES},
    {"long name of a category", STR_INIT("^\\p{Letter}+$"), STR_INIT("\xC3\xA9t\xC3\xA9"), YES},
    {"not a category", STR_INIT("^\\P{Letter}$"), STR_INIT("\xC3\xA9"), NO},
    {"category by its property", STR_INIT("^\\p{General_Category=Nd}$"), STR_INIT("7"), YES},
    {"digit in Bengali", STR_INIT("^\\p{digit}+$"), STR_INIT("\xE0\xA7\xAA"), YES},
    {"script", STR_INIT("^\\p{Script=Greek}$"), STR_INIT("\xCE\xB1"), YES},
    {"hyphen behind a set", STR_INIT("^[\\w-.]+$"), STR_INIT("a-b.c"), YES},
    {"hyphen before a set", STR_INIT("^[.-\\d]+$"), STR_INIT(".-1"), YES},
    {"bracket in a class", STR_INIT("^[[:a]+$"), STR_INIT("[:a"), YES},
    {"no POSIX class", STR_INIT("^[[:alpha:]]$"), STR_INIT("z"), NO},
    {"empty class", STR_INIT("[]"), STR_INIT("a"), NO},
    {"class of everything", STR_INIT("^[^]$"), STR_INIT("\n"), YES},
    {"b in a class is backspace", STR_INIT("^[\\b]$"), STR_INIT("\x08"), YES},
    {"word boundary", STR_INIT("\\bcat\\b"), STR_INIT("a cat."), YES},
    {"brace that counts nothing", STR_INIT("^a{,2}$"), STR_INIT("a{,2}"), YES},
    {"count", STR_INIT("^a{2,3}$"), STR_INIT("aaaa"), NO},
    {"lazy", STR_INIT("^a+?b$"), STR_INIT("aab"), YES},
    {"back-reference", STR_INIT("^(a|b)\\1$"), STR_INIT("ab"), NO},
    {"reference to an unset group", STR_INIT("^(?:(a)|b)\\1$"), STR_INIT("b"), YES},
    {"named group", STR_INIT("^(?<x>.)\\k<x>$"), STR_INIT("zz"), YES},
    {"look-ahead", STR_INIT("^(?=.*\\d)(?!.*x).+$"), STR_INIT("ab1"), YES},
    {"look-behind", STR_INIT("(?<=\\$)\\d"), STR_INIT("$5"), YES},
    {"NUL", STR_INIT("^\\0$"), STR_INIT("\0"), YES},
    {"escaped slash", STR_INIT("^\\/a$"), STR_INIT("/a"), YES},
    {"nothing at all", STR_INIT(""), STR_INIT(""), YES},
    {"one pass: class", STR_INIT("^[a-z0-9_-]+$"), STR_INIT("a-b_9"), YES},
    {"one pass: class, no", STR_INIT("^[a-z0-9_-]+$"), STR_INIT("a-b.9"), NO},
    {"one pass: class, past ASCII", STR_INIT("^[a-z]+$"), STR_INIT("a\xC3\xA9"), NO},
    {"one pass: nothing where something must be", STR_INIT("^[a-z]+$"), STR_INIT(""), NO},
    {"one pass: counts", STR_INIT("^\\d{4}-\\d{2}$"), STR_INIT("2026-11"), YES},
    {"one pass: one too many", STR_INIT("^\\d{4}-\\d{2}$"), STR_INIT("2026-111"), NO},
    {"NUL in a class", STR_INIT("^[a\0b]+$"), STR_INIT("a\0"), YES},
    {"one pass: open end", STR_INIT("^x-"), STR_INIT("x-y\n"), YES},
    {"one pass: optional", STR_INIT("^\\+?[1-9]\\d{1,3}$"), STR_INIT("+49"), YES},
    {"a choice that is open is PCRE2's", STR_INIT("^a?ab*$"), STR_INIT("ab"), YES},
    {"and one over an optional atom", STR_INIT("^a*b?a$"), STR_INIT("aaa"), YES},
};

static void ecma_means_what_ecma_262_says(void **state)
{
    (void)state;
    check_cases(meanings, ARRAY_LEN(meanings), PATTERN_ECMA);
}

static const struct pattern_case refusals[] = {
    {"escape of no meaning", STR_INIT("\\a"), STR_INIT(""), REFUSED},
    {"Perl's start", STR_INIT("\\Aabc"), STR_INIT(""), REFUSED},
    {"Perl's quote", STR_INIT("\\Qa.b\\E"), STR_INIT(""), REFUSED},
    {"Perl's reset", STR_INIT("a\\Kb"), STR_INIT(""), REFUSED},
    {"verb", STR_INIT("(*ACCEPT)"), STR_INIT(""), REFUSED},
    {"inline flag", STR_INIT("(?i)a"), STR_INIT(""), REFUSED},
    {"recursion", STR_INIT("(?R)"), STR_INIT(""), REFUSED},
    {"atomic group", STR_INIT("(?>a)"), STR_INIT(""), REFUSED},
    {"comment", STR_INIT("(?#a)"), STR_INIT(""), REFUSED},
    {"possessive", STR_INIT("a++"), STR_INIT(""), REFUSED},
    {"nothing to repeat", STR_INIT("*a"), STR_INIT(""), REFUSED},
    {"group open", STR_INIT("(a"), STR_INIT(""), REFUSED},
    {"group closed twice", STR_INIT("a)"), STR_INIT(""), REFUSED},
    {"class open", STR_INIT("[a"), STR_INIT(""), REFUSED},
    {"backslash at the end", STR_INIT("a\\"), STR_INIT(""), REFUSED},
    {"half a pair", STR_INIT("\\ud83d"), STR_INIT(""), REFUSED},
    {"past Unicode", STR_INIT("\\u{110000}"), STR_INIT(""), REFUSED},
    {"range backwards", STR_INIT("[z-a]"), STR_INIT(""), REFUSED},
    {"unknown property", STR_INIT("\\p{Nonsense}"), STR_INIT(""), REFUSED},
    {"property that closes early", STR_INIT("\\p{L}\\p{^L}"), STR_INIT(""), REFUSED},
    {"no such group", STR_INIT("\\2(a)"), STR_INIT(""), REFUSED},
    {"not UTF-8", STR_INIT("\xFF"), STR_INIT(""), REFUSED},
};

static void ecma_refuses_what_is_perls_or_broken(void **state)
{
    (void)state;
    check_cases(refusals, ARRAY_LEN(refusals), PATTERN_ECMA);
}

static const struct pattern_case perls[] = {
    {"flag", STR_INIT("(?i)project falcon"), STR_INIT("a Project FALCON b"), YES},
    {"broken", STR_INIT("(a"), STR_INIT(""), REFUSED},
    {"single byte", STR_INIT("\\C"), STR_INIT(""), REFUSED},
};

static void perl_syntax_is_pcre2s_own(void **state)
{
    (void)state;
    check_cases(perls, ARRAY_LEN(perls), PATTERN_PERL);
}

static void pattern_find_gives_the_place_from_an_offset_on(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    const struct pattern *pattern = NULL;
    size_t start = 0, end = 0;
    CHECK_STATUS(&t.cx, pattern_compile(&t.cx, &t.arena, STR("b+"), PATTERN_ECMA, &pattern), OK);
    CHECK_I64("first", pattern_find(pattern, STR("abbab"), 0, &start, &end), PATTERN_YES);
    CHECK_I64("start", start, 1);
    CHECK_I64("end", end, 3);
    CHECK_I64("second", pattern_find(pattern, STR("abbab"), 3, &start, &end), PATTERN_YES);
    CHECK_I64("start", start, 4);
    CHECK_I64("no more", pattern_find(pattern, STR("abbab"), 5, &start, &end), PATTERN_NO);
}

static void a_search_that_explodes_is_costly_and_not_a_guess(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    const struct pattern *pattern = NULL;
    CHECK_STATUS(
        &t.cx, pattern_compile(&t.cx, &t.arena, STR("^(?!b)(a|a)*$"), PATTERN_ECMA, &pattern), OK);
    CHECK_I64("ends", pattern_matches(pattern, STR("aaa")), PATTERN_YES);
    struct buf text = buf_in(&t.arena, KIB(1));
    for (size_t i = 0; i < 200; i++) {
        buf_add_char(&text, 'a');
    }
    buf_add_char(&text, '!');
    CHECK_I64("explodes", pattern_matches(pattern, buf_str(&text)), PATTERN_COSTLY);
}

static void what_is_regular_is_decided_whatever_the_text(void **state)
{
    (void)state;
    static const struct {
        struct str pattern;
        enum pattern_result want;
    } cases[] = {
        {STR_INIT("^(a|a)*$"), PATTERN_NO},       {STR_INIT("^(a|a)*!$"), PATTERN_YES},
        {STR_INIT("(?:a*)*[bc]"), PATTERN_NO},    {STR_INIT("^(?:a{2}|a{3})+!"), PATTERN_YES},
        {STR_INIT("^[^b]+(b|.)$"), PATTERN_YES},  {STR_INIT("(aa|a)+(x|y)?!$"), PATTERN_YES},
        {STR_INIT("(aa|a)+(x|y)!$"), PATTERN_NO}, {STR_INIT("b|a!"), PATTERN_YES},
    };
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct str text = {.len = MIB(1)};
    char *bytes = ARENA_ARRAY(&t.arena, char, text.len);
    memset(bytes, 'a', text.len);
    bytes[text.len - 1] = '!';
    text.ptr = bytes;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const struct pattern *pattern = NULL;
        CHECK_STATUS(
            &t.cx, pattern_compile(&t.cx, &t.arena, cases[i].pattern, PATTERN_ECMA, &pattern), OK);
        CHECK_I64(cases[i].pattern.ptr, pattern_matches(pattern, text), cases[i].want);
    }
}

/* What no step counts: from each place anew, the rest of the text. */
static void a_long_text_costs_bounded_time(void **state)
{
    (void)state;
    static const struct str costly[] = {STR_INIT("(?!d)a*[bc]"), STR_INIT("(?!d)(?:a|a){14}[bc]")};
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct str text = {.len = MIB(1)};
    char *bytes = ARENA_ARRAY(&t.arena, char, text.len);
    memset(bytes, 'a', text.len);
    text.ptr = bytes;
    for (size_t i = 0; i < ARRAY_LEN(costly); i++) {
        const struct pattern *pattern = NULL;
        int64_t begin_us = clock_mono_us();
        CHECK_STATUS(&t.cx, pattern_compile(&t.cx, &t.arena, costly[i], PATTERN_ECMA, &pattern),
                     OK);
        CHECK_I64("result", pattern_matches(pattern, text), PATTERN_COSTLY);
        assert_true(clock_mono_us() - begin_us < 20 * (int64_t)PATTERN_MAX_US);
    }
}

static void a_long_text_is_searched_at_every_place(void **state)
{
    (void)state;
    enum { BYTES = 5000 };
    static const struct str expression = STR_INIT("(?<=\xC3\xA9)x+y|^never");
    static const struct str shown = STR_INIT("\xC3\xA9xxy");
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    const struct pattern *pattern = NULL;
    CHECK_STATUS(&t.cx, pattern_compile(&t.cx, &t.arena, expression, PATTERN_ECMA, &pattern), OK);
    for (size_t at = 2; at < BYTES - 4; at += 1 + at / 64) {
        size_t start = 0, end = 0;
        char *bytes = ARENA_ARRAY(&t.arena, char, BYTES);
        memset(bytes, '.', BYTES);
        memcpy(bytes + at - 2, shown.ptr, shown.len);
        struct str text = {.ptr = bytes, .len = BYTES};
        CHECK_I64("found", pattern_find(pattern, text, 0, &start, &end), PATTERN_YES);
        CHECK_I64("start", start, at);
        CHECK_I64("end", end, at + 3);
    }
}

/* ")" n times behind "(" n times. */
static struct str nested(struct arena *arena, size_t depth)
{
    char *text = ARENA_ARRAY(arena, char, depth * 2);
    memset(text, '(', depth);
    memset(text + depth, ')', depth);
    return (struct str){.ptr = text, .len = depth * 2};
}

static void length_and_nesting_are_bounded(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    const struct pattern *pattern = NULL;
    char *text = ARENA_ARRAY(&t.arena, char, PATTERN_MAX_BYTES + 1);
    memset(text, 'a', PATTERN_MAX_BYTES + 1);
    struct str n = {.ptr = text, .len = PATTERN_MAX_BYTES}, more = n;
    more.len++;
    CHECK_STATUS(&t.cx, pattern_compile(&t.cx, &t.arena, n, PATTERN_ECMA, &pattern), OK);
    CHECK_STATUS(&t.cx, pattern_compile(&t.cx, &t.arena, more, PATTERN_ECMA, &pattern),
                 ERR_INVALID);
    n = nested(&t.arena, PATTERN_MAX_NESTING);
    more = nested(&t.arena, PATTERN_MAX_NESTING + 1);
    CHECK_STATUS(&t.cx, pattern_compile(&t.cx, &t.arena, n, PATTERN_ECMA, &pattern), OK);
    CHECK_STATUS(&t.cx, pattern_compile(&t.cx, &t.arena, more, PATTERN_ECMA, &pattern),
                 ERR_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ecma_means_what_ecma_262_says),
        cmocka_unit_test(ecma_refuses_what_is_perls_or_broken),
        cmocka_unit_test(perl_syntax_is_pcre2s_own),
        cmocka_unit_test(pattern_find_gives_the_place_from_an_offset_on),
        cmocka_unit_test(a_search_that_explodes_is_costly_and_not_a_guess),
        cmocka_unit_test(what_is_regular_is_decided_whatever_the_text),
        cmocka_unit_test(a_long_text_costs_bounded_time),
        cmocka_unit_test(a_long_text_is_searched_at_every_place),
        cmocka_unit_test(length_and_nesting_are_bounded),
    };
    return cmocka_run_group_tests_name("pattern", tests, NULL, NULL);
}
