/*
 * ECMA-262 to PCRE2. Source: ECMA-262 (2024) section 22.2.1, with its u flag; PCRE2's pcre2pattern
 * manual for what the same bytes mean there. Where the two agree, bytes pass as they are.
 */
#include "shared/pattern/ecma_property.h"
#include "shared/pattern/pattern.h"

#include <stdio.h>

struct translation {
    struct ctx *cx;
    struct str rest;
    struct buf *out;
    bool in_class;
    bool after_set;  /* in a class: the last thing was \d, \w, \s or \p{...}, no end of a range */
    bool can_repeat; /* what came last may be followed by a quantifier */
};

/* WhiteSpace and LineTerminator (sections 12.2, 12.3), and all the rest. */
#define ECMA_SPACES                                                                                \
    "\\t-\\r \\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}\\x{205f}"              \
    "\\x{3000}\\x{feff}"
#define ECMA_NO_SPACES                                                                             \
    "\\x{0}-\\x{8}\\x{e}-\\x{1f}!-\\x{9f}\\x{a1}-\\x{167f}\\x{1681}-\\x{1fff}\\x{200b}-\\x{2027}"  \
    "\\x{202a}-\\x{202e}\\x{2030}-\\x{205e}\\x{2060}-\\x{2fff}\\x{3001}-\\x{fefe}"                 \
    "\\x{ff00}-\\x{10ffff}"

static enum status refuse(struct translation *t, const char *what)
{
    return fail_public(t->cx, ERR_INVALID, "not a regular expression of ECMA-262: %s", what);
}

static char peek(const struct translation *t, size_t at)
{
    if (at >= t->rest.len) {
        return '\0';
    }
    return t->rest.ptr[at];
}

static bool is_one_of(char c, struct str set)
{
    return str_find_char(set, c) != SIZE_MAX;
}

static void take(struct translation *t, size_t bytes)
{
    t->rest = str_slice(t->rest, bytes, t->rest.len);
}

static void emit(struct translation *t, struct str text)
{
    buf_add(t->out, text);
    t->can_repeat = true;
    t->after_set = false;
}

static void emit_code_point(struct translation *t, uint32_t code_point)
{
    char text[16];
    int len = snprintf(text, sizeof text, "\\x{%x}", code_point);
    emit(t, (struct str){.ptr = text, .len = (size_t)len});
}

/* Exactly `digits` hexadecimal digits at `at`, or -1. */
static int64_t hex_at(const struct translation *t, size_t at, size_t digits)
{
    int64_t value = 0;
    for (size_t i = 0; i < digits; i++) {
        int digit = str_hex_value(peek(t, at + i));
        if (digit < 0) {
            return -1;
        }
        value = value << 4 | digit;
    }
    return value;
}

/* \u{1F432}; the rest begins at the brace. */
static enum status escape_braced(struct translation *t)
{
    size_t close = str_find_char(t->rest, '}');
    int64_t value = close < 2 || close > 9 ? -1 : hex_at(t, 1, close - 1);
    if (value < 0 || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) {
        return refuse(t, "no code point in \\u{}");
    }
    take(t, close + 1);
    emit_code_point(t, (uint32_t)value);
    return OK;
}

/* \u0041, or two of them that are a surrogate pair; the rest begins behind the u. */
static enum status escape_unicode(struct translation *t)
{
    if (peek(t, 0) == '{') {
        return escape_braced(t);
    }
    int64_t unit = hex_at(t, 0, 4);
    if (unit < 0 || (unit >= 0xDC00 && unit <= 0xDFFF)) {
        return refuse(t, "\\u without a character");
    }
    take(t, 4);
    if (unit < 0xD800 || unit > 0xDBFF) {
        emit_code_point(t, (uint32_t)unit);
        return OK;
    }
    int64_t low = peek(t, 0) == '\\' && peek(t, 1) == 'u' ? hex_at(t, 2, 4) : -1;
    if (low < 0xDC00 || low > 0xDFFF) {
        return refuse(t, "half a surrogate pair");
    }
    take(t, 6);
    emit_code_point(t, (uint32_t)(0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00)));
    return OK;
}

/* \p{Letter}, \P{Script=Greek}; the rest begins at the brace. */
static enum status escape_property(struct translation *t, char letter)
{
    struct str rest = str_slice(t->rest, 1, t->rest.len), name = {0};
    if (peek(t, 0) != '{' || !str_split_next(&rest, '}', &name) || rest.ptr == NULL) {
        return refuse(t, "\\p without {name}");
    }
    take(t, name.len + 2);
    buf_add_char(t->out, '\\');
    buf_add_char(t->out, letter);
    if (!ecma_property(name, t->out)) {
        return refuse(t, "no such property");
    }
    emit(t, STR(""));
    t->after_set = t->in_class;
    return OK;
}

static void escape_space(struct translation *t, bool negated)
{
    if (t->in_class) {
        emit(t, negated ? STR(ECMA_NO_SPACES) : STR(ECMA_SPACES));
    } else {
        emit(t, negated ? STR("[^" ECMA_SPACES "]") : STR("[" ECMA_SPACES "]"));
    }
    t->after_set = t->in_class;
}

/* \1 .. \99; the rest begins at the digit. PCRE2 refuses one that names no group. */
static enum status escape_back_reference(struct translation *t)
{
    if (t->in_class) {
        return refuse(t, "a back-reference in a class");
    }
    size_t digits = 1;
    while (digits < 3 && peek(t, digits) >= '0' && peek(t, digits) <= '9') {
        digits++;
    }
    buf_add(t->out, STR("\\g{"));
    buf_add(t->out, str_slice(t->rest, 0, digits));
    take(t, digits);
    emit(t, STR("}"));
    return OK;
}

/* \k<name>; the rest begins at the angle. What is no name, PCRE2 refuses. */
static enum status escape_name(struct translation *t)
{
    size_t close = str_find_char(t->rest, '>');
    if (t->in_class || peek(t, 0) != '<' || close == SIZE_MAX) {
        return refuse(t, "\\k without <name>");
    }
    buf_add(t->out, STR("\\k"));
    emit(t, str_slice(t->rest, 0, close + 1));
    take(t, close + 1);
    return OK;
}

static enum status escape_control(struct translation *t)
{
    char letter = (char)(peek(t, 0) | 0x20);
    if (letter < 'a' || letter > 'z') {
        return refuse(t, "\\c without a letter");
    }
    take(t, 1);
    emit_code_point(t, (uint32_t)(letter - 'a' + 1));
    return OK;
}

static enum status escape_hex(struct translation *t)
{
    int64_t value = hex_at(t, 0, 2);
    if (value < 0) {
        return refuse(t, "\\x without two digits");
    }
    take(t, 2);
    emit_code_point(t, (uint32_t)value);
    return OK;
}

static enum status escape_boundary(struct translation *t, char letter)
{
    if (t->in_class && letter == 'B') {
        return refuse(t, "\\B in a class");
    }
    emit(t, t->in_class ? STR("\\x{8}") : letter == 'b' ? STR("\\b") : STR("\\B"));
    return OK;
}

/* Letters and marks that mean the same in both; what is left is Perl's alone. */
static enum status escape_plain(struct translation *t, char letter)
{
    if (letter == '0' && (peek(t, 0) < '0' || peek(t, 0) > '9')) {
        emit_code_point(t, 0);
        return OK;
    }
    bool is_mark = is_one_of(letter, STR("^$\\.*+?()[]{}|/-"));
    bool is_letter = is_one_of(letter, STR("dDwWfnrtv"));
    if (!is_mark && !is_letter && !is_one_of(letter, STR(" !\"#%&',:;<=>@_`~"))) {
        return refuse(t, "an escape that it does not know");
    }
    if (letter == 'v') {
        emit_code_point(t, 0x0B); /* Perl's is a whole class */
        return OK;
    }
    char text[2] = {'\\', letter};
    emit(t, letter == '_' ? STR("_") : (struct str){.ptr = text, .len = 2});
    t->after_set = t->in_class && is_one_of(letter, STR("dDwW"));
    return OK;
}

/* The rest begins at the backslash. */
static enum status escape(struct translation *t)
{
    char letter = peek(t, 1);
    if (letter == '\0') {
        return refuse(t, "a backslash at the end");
    }
    if (letter >= '1' && letter <= '9') {
        take(t, 1);
        return escape_back_reference(t);
    }
    take(t, 2);
    switch (letter) {
    case 'u':
        return escape_unicode(t);
    case 'x':
        return escape_hex(t);
    case 'c':
        return escape_control(t);
    case 'p':
    case 'P':
        return escape_property(t, letter);
    case 's':
    case 'S':
        escape_space(t, letter == 'S');
        return OK;
    case 'b':
    case 'B':
        return escape_boundary(t, letter);
    case 'k':
        return escape_name(t);
    default:
        return escape_plain(t, letter);
    }
}

static bool is_set_escape(const struct translation *t, size_t at)
{
    return peek(t, at) == '\\' && is_one_of(peek(t, at + 1), STR("dDwWsSpP"));
}

/* One thing of a class; the rest is not empty. */
static enum status class_step(struct translation *t)
{
    char c = peek(t, 0);
    if (c == '\\') {
        return escape(t);
    }
    if (c == '[') { /* a literal here; Perl has [:alpha:] */
        emit(t, STR("\\["));
    } else if (c == '-' && (t->after_set || is_set_escape(t, 1))) {
        emit(t, STR("\\-")); /* [\w-.] is no range; PCRE2 wants that said */
    } else if (c == ']') {
        emit(t, STR("]"));
        t->in_class = false;
    } else {
        emit(t, str_slice(t->rest, 0, 1));
    }
    take(t, 1);
    return OK;
}

/* The length of {2}, {2,} or {2,5} at the rest's begin, or 0. */
static size_t braces(const struct translation *t)
{
    size_t at = 1, digits = 0, commas = 0;
    for (; peek(t, at) != '}'; at++) {
        char c = peek(t, at);
        bool is_digit = c >= '0' && c <= '9';
        if (!is_digit && (c != ',' || digits == 0 || ++commas > 1)) {
            return 0;
        }
        digits += is_digit;
    }
    return digits == 0 ? 0 : at + 1;
}

static enum status quantifier(struct translation *t, size_t len)
{
    if (!t->can_repeat) {
        return refuse(t, "nothing to repeat");
    }
    emit(t, str_slice(t->rest, 0, len));
    take(t, len);
    if (peek(t, 0) == '?') {
        emit(t, STR("?"));
        take(t, 1);
    }
    t->can_repeat = false; /* a++ is possessive in Perl and a fault here */
    return OK;
}

/* "(", and what makes it more than a group. */
static enum status group_open(struct translation *t)
{
    static const struct str kinds[] = {STR_INIT("(?:"), STR_INIT("(?="), STR_INIT("(?!"),
                                       STR_INIT("(?<="), STR_INIT("(?<!")};
    struct str taken = STR("(");
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        taken = str_has_prefix(t->rest, kinds[i]) ? kinds[i] : taken;
    }
    bool is_named = taken.len == 1 && str_has_prefix(t->rest, STR("(?<"));
    if (taken.len == 1 && !is_named && (peek(t, 1) == '?' || peek(t, 1) == '*')) {
        return refuse(t, "a group that it does not know");
    }
    taken = is_named ? STR("(?<") : taken;
    emit(t, taken);
    take(t, taken.len);
    t->can_repeat = false;
    return OK;
}

static void emit_mark(struct translation *t, struct str text, bool can_repeat)
{
    emit(t, text);
    take(t, 1);
    t->can_repeat = can_repeat;
}

static enum status class_open(struct translation *t)
{
    bool negated = peek(t, 1) == '^';
    emit(t, negated ? STR("[^") : STR("["));
    take(t, negated ? 2 : 1);
    t->in_class = true;
    return OK;
}

/* One thing outside a class; the rest is not empty. */
static enum status step(struct translation *t)
{
    size_t count = 0;
    switch (peek(t, 0)) {
    case '\\':
        return escape(t);
    case '[':
        return class_open(t);
    case '(':
        return group_open(t);
    case '*':
    case '+':
    case '?':
        return quantifier(t, 1);
    case '{':
        count = braces(t);
        if (count > 0) {
            return quantifier(t, count);
        }
        emit_mark(t, STR("\\{"), true);
        return OK;
    case '.': /* section 22.2.2.7: anything but a LineTerminator */
        emit_mark(t, STR("[^\\n\\r\\x{2028}\\x{2029}]"), true);
        return OK;
    case '^':
    case '|':
        emit_mark(t, str_slice(t->rest, 0, 1), false);
        return OK;
    default:
        emit_mark(t, str_slice(t->rest, 0, 1), peek(t, 0) != '$');
        return OK;
    }
}

enum status pattern_translate(struct ctx *cx, struct str ecma, struct buf *out)
{
    struct translation t = {.cx = cx, .rest = ecma, .out = out};
    while (t.rest.len > 0) {
        TRY(t.in_class ? class_step(&t) : step(&t));
    }
    if (t.in_class) {
        return refuse(&t, "a class without its end");
    }
    return out->full ? refuse(&t, "too long") : OK;
}
