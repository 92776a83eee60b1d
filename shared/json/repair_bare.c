/*
 * Values without quotes: numbers and words of other languages, numbers with units, plain text. The
 * guide says what is wanted; without one, what is not a number stays text, whole.
 */
#include "shared/json/repair_parts.h"

#include <math.h>

enum { HEXADECIMAL_BITS = 4, MAX_HEX_DIGITS = 15, MAX_FRACTION_DIGITS = 9 };

struct word {
    struct str word, literal;
    enum json_type type;
    enum json_rule rule;
};

/* The first three are JSON's own. */
static const struct word words[] = {
    {STR_INIT("true"), STR_INIT("true"), JSON_BOOL, JSON_RULE_WORD},
    {STR_INIT("false"), STR_INIT("false"), JSON_BOOL, JSON_RULE_WORD},
    {STR_INIT("null"), STR_INIT("null"), JSON_NULL, JSON_RULE_WORD},
    {STR_INIT("True"), STR_INIT("true"), JSON_BOOL, JSON_RULE_WORD},
    {STR_INIT("False"), STR_INIT("false"), JSON_BOOL, JSON_RULE_WORD},
    {STR_INIT("None"), STR_INIT("null"), JSON_NULL, JSON_RULE_WORD},
    {STR_INIT("TRUE"), STR_INIT("true"), JSON_BOOL, JSON_RULE_WORD},
    {STR_INIT("FALSE"), STR_INIT("false"), JSON_BOOL, JSON_RULE_WORD},
    {STR_INIT("NULL"), STR_INIT("null"), JSON_NULL, JSON_RULE_WORD},
    {STR_INIT("nil"), STR_INIT("null"), JSON_NULL, JSON_RULE_WORD},
    {STR_INIT("undefined"), STR_INIT("null"), JSON_NULL, JSON_RULE_WORD},
    {STR_INIT("NaN"), STR_INIT("null"), JSON_NULL, JSON_RULE_NOT_FINITE},
    {STR_INIT("nan"), STR_INIT("null"), JSON_NULL, JSON_RULE_NOT_FINITE},
    {STR_INIT("Infinity"), STR_INIT("null"), JSON_NULL, JSON_RULE_NOT_FINITE},
    {STR_INIT("-Infinity"), STR_INIT("null"), JSON_NULL, JSON_RULE_NOT_FINITE},
    {STR_INIT("inf"), STR_INIT("null"), JSON_NULL, JSON_RULE_NOT_FINITE},
};
enum { OWN_WORDS = 3 };

/* As json_guide.types; without a guide, any. */
static unsigned types_of(const struct repairer *r, const void *shape)
{
    unsigned types = r->guide == NULL || shape == NULL ? 0 : r->guide->types(r->guide->arg, shape);
    return types == 0 ? ~0U : types;
}

static void value_set(struct node *value, enum json_type type, struct str literal)
{
    value->type = type;
    value->literal = literal;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* ---- numbers --------------------------------------------------------------------------------- */

static size_t digits_from(struct str s, size_t at)
{
    while (at < s.len &&
           (is_digit(s.ptr[at]) || (s.ptr[at] == '_' && at > 0 && is_digit(s.ptr[at - 1])))) {
        at++;
    }
    return at;
}

/* The parts of a decimal number as people write them: +1, .5, 5., 007, 1_000. */
struct decimal {
    bool is_negative, has_zeros, has_form; /* zeros before it; a form that JSON has not */
    struct str whole, fraction, exponent;  /* digits; the exponent with its sign */
    size_t len;
};

/* 007, 0_7 */
static void zeros_strip(struct decimal *d)
{
    while (d->whole.len > 1 && (d->whole.ptr[0] == '0' || d->whole.ptr[0] == '_')) {
        d->whole = str_slice(d->whole, 1, d->whole.len);
        d->has_zeros = true;
    }
}

static bool decimal_read(struct str s, struct decimal *d)
{
    size_t at = s.len > 0 && (s.ptr[0] == '-' || s.ptr[0] == '+');
    *d = (struct decimal){.is_negative = at > 0 && s.ptr[0] == '-',
                          .has_form = at > 0 && s.ptr[0] == '+'};
    size_t end = digits_from(s, at);
    d->whole = str_slice(s, at, end);
    if (end < s.len && s.ptr[end] == '.') {
        at = end + 1;
        end = digits_from(s, at);
        d->fraction = str_slice(s, at, end);
        d->has_form |= d->whole.len == 0 || d->fraction.len == 0;
    }
    if (d->whole.len + d->fraction.len == 0) {
        return false;
    }
    if (end + 1 < s.len && (s.ptr[end] | 0x20) == 'e') {
        size_t sign = end + 1 + (s.ptr[end + 1] == '-' || s.ptr[end + 1] == '+');
        size_t exponent_end = digits_from(s, sign);
        if (exponent_end > sign) {
            d->exponent = str_slice(s, end + 1, exponent_end);
            end = exponent_end;
        }
    }
    zeros_strip(d);
    d->len = end;
    return true;
}

static void digits_add(struct buf *text, struct str digits, bool *has_form)
{
    for (size_t i = 0; i < digits.len; i++) {
        if (digits.ptr[i] == '_') {
            *has_form = true;
        } else {
            buf_add_char(text, digits.ptr[i]);
        }
    }
}

/* As JSON writes it. */
static struct str decimal_write(struct repairer *r, struct decimal *d)
{
    struct buf text = buf_in(r->cx->arena, JSON_REPAIR_MAX_BYTES);
    if (d->is_negative) {
        buf_add_char(&text, '-');
    }
    size_t sign_len = text.len;
    digits_add(&text, d->whole, &d->has_form);
    if (text.len == sign_len) {
        buf_add_char(&text, '0');
    }
    if (d->fraction.len > 0) {
        buf_add_char(&text, '.');
        digits_add(&text, d->fraction, &d->has_form);
    }
    if (d->exponent.len > 0) {
        buf_add_char(&text, 'e');
        digits_add(&text, d->exponent, &d->has_form);
    }
    return buf_str(&text);
}

static bool number_take(struct repairer *r, struct str token, struct node *value)
{
    struct decimal d;
    if (!decimal_read(token, &d) || d.len != token.len) {
        return false;
    }
    struct str literal = decimal_write(r, &d);
    if (d.has_zeros) {
        repair_note(r, JSON_RULE_LEADING_ZERO, r->at, token.len);
    } else if (d.has_form) {
        repair_note(r, JSON_RULE_NUMBER_FORM, r->at, token.len);
    } else {
        literal = token;
    }
    value_set(value, JSON_NUMBER, literal);
    return true;
}

/* 0x1F */
static bool hexadecimal_take(struct repairer *r, struct str token, struct node *value)
{
    struct str digits = token;
    int64_t number = 0;
    if (!str_skip_prefix_nocase(&digits, STR("0x")) || digits.len == 0 ||
        digits.len > MAX_HEX_DIGITS) {
        return false;
    }
    for (size_t i = 0; i < digits.len; i++) {
        int digit = str_hex_value(digits.ptr[i]);
        if (digit < 0) {
            return false;
        }
        number = number << HEXADECIMAL_BITS | digit;
    }
    repair_note(r, JSON_RULE_NUMBER_FORM, r->at, token.len);
    value_set(value, JSON_NUMBER, arena_format(r->cx->arena, "%lld", (long long)number));
    return true;
}

/* 50%, 200g, 1.5 cups: only where a number is wanted and text is not. */
static bool unit_take(struct repairer *r, struct str token, struct node *value)
{
    struct decimal d;
    if (!decimal_read(token, &d) || d.len == token.len || d.len == 0) {
        return false;
    }
    char after = token.ptr[d.len];
    if (after == '/' || after == '.' || after == ',' || after == '-' || after == ':') {
        return false; /* a fraction, a version, a range, a time */
    }
    repair_note(r, JSON_RULE_UNIT, r->at + d.len, token.len - d.len);
    value_set(value, JSON_NUMBER, decimal_write(r, &d));
    return true;
}

/* 1/2 */
static bool fraction_take(struct repairer *r, struct str token, struct node *value)
{
    struct str rest = token, above, below;
    double numerator = 0, denominator = 0;
    if (!str_split_next(&rest, '/', &above) || !str_split_next(&rest, '/', &below) ||
        rest.ptr != NULL || !str_to_f64(str_trim(above), &numerator) ||
        !str_to_f64(str_trim(below), &denominator)) {
        return false;
    }
    if (denominator == 0 || !isfinite(numerator / denominator)) {
        return false;
    }
    struct buf text = buf_in(r->cx->arena, JSON_REPAIR_MAX_BYTES);
    struct json_writer w = json_writer_on(&text);
    json_fixed(&w, numerator / denominator, MAX_FRACTION_DIGITS);
    repair_note(r, JSON_RULE_FRACTION, r->at, token.len);
    value_set(value, JSON_NUMBER, buf_str(&text));
    return true;
}

/* ---- words ----------------------------------------------------------------------------------- */

static bool word_take(struct repairer *r, struct str token, struct node *value)
{
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (str_eq(token, words[i].word)) {
            if (i >= OWN_WORDS) {
                repair_note(r, words[i].rule, r->at, token.len);
            }
            value_set(value, words[i].type, words[i].literal);
            return true;
        }
    }
    return false;
}

/* "tr" at the source's end can only have become true. */
static bool cut_word_take(struct repairer *r, struct str token, struct node *value)
{
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (words[i].rule == JSON_RULE_WORD && str_has_prefix(words[i].word, token)) {
            repair_note(r, JSON_RULE_CUT_WORD, r->at, token.len);
            value_set(value, words[i].type, words[i].literal);
            value->is_cut = true;
            return true;
        }
    }
    return false;
}

/* ---- the token ------------------------------------------------------------------------------- */

static bool ends_token(const struct repairer *r, size_t at)
{
    int c = repair_byte(r, at);
    bool after_space = at > r->at && repair_is_space(repair_byte(r, at - 1));
    return c == REPAIR_END || c == ',' || c == '}' || c == ']' || c == '{' || c == '[' ||
           c == '\n' || c == '"' ||
           (after_space && (c == '#' || (c == '/' && (repair_byte(r, at + 1) == '/' ||
                                                      repair_byte(r, at + 1) == '*'))));
}

/* Whether what follows a blank at `at` is another element or member, its comma missing. */
static bool next_begins(const struct repairer *r, size_t at)
{
    int c = repair_byte(r, repair_skip_space(r, at));
    bool is_known = false;
    if (r->open != NULL && r->open->type == JSON_OBJECT) {
        return repair_key_follows(r, at, &is_known);
    }
    return c == '-' || (c >= '0' && c <= '9');
}

/* Up to a comma, a bracket or the line's end; a number ends also where the next value begins. */
static struct str token_at(const struct repairer *r)
{
    size_t end = r->at;
    bool begins_number = is_digit((char)repair_byte(r, end)) || repair_byte(r, end) == '-';
    while (!ends_token(r, end) &&
           !(begins_number &&
             (repair_byte(r, end) == ';' || (repair_byte(r, end) == ' ' && next_begins(r, end))))) {
        begins_number &= repair_byte(r, end) != ' ';
        end++;
    }
    return str_trim(str_slice(r->source, r->at, end));
}

/* Numbers in any of their forms, as far as `types` wants one. */
static bool any_number_take(struct repairer *r, struct str token, unsigned types,
                            struct node *value)
{
    bool may_be_number = (types & 1U << JSON_NUMBER) != 0;
    bool may_be_text = (types & 1U << JSON_STRING) != 0;
    if (!may_be_number) {
        return false;
    }
    if (number_take(r, token, value) || hexadecimal_take(r, token, value)) {
        return true;
    }
    return !may_be_text && (fraction_take(r, token, value) || unit_take(r, token, value));
}

bool repair_bare(struct repairer *r, const void *shape, struct node *value)
{
    struct str token = token_at(r);
    unsigned types = types_of(r, shape);
    bool is_last = r->at + token.len >= r->source.len;
    if (token.len == 0) {
        return false;
    }
    if (any_number_take(r, token, types, value)) {
        value->is_cut = is_last;
        if (is_last) {
            repair_note(r, JSON_RULE_CUT_NUMBER, r->at, token.len);
        }
    } else if (!word_take(r, token, value) && !(is_last && cut_word_take(r, token, value))) {
        value_set(value, JSON_STRING, repair_bare_text(r, JSON_RULE_BARE_TEXT, token));
        value->is_cut = is_last;
    }
    r->at += token.len;
    return true;
}
