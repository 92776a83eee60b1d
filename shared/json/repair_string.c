/*
 * Strings as models write them: where they end is the question. A quote ends its string if what
 * follows can follow a string in that place; else it is part of the text.
 */
#include "shared/json/repair_parts.h"

#include "shared/base/utf8.h"

enum { MAX_CODE_POINT_BYTES = 4, HEX4 = 4, REPLACEMENT = 0xFFFD };

size_t repair_skip_space(const struct repairer *r, size_t at)
{
    size_t end = at + REPAIR_LOOK_BYTES;
    while (at < end && repair_is_space(repair_byte(r, at))) {
        at++;
    }
    return at;
}

/* ---- quotes ---------------------------------------------------------------------------------- */

static const struct str quotes[] = {
    STR_INIT("\"\"\""),       STR_INIT("'''"), STR_INIT("\""), STR_INIT("'"), STR_INIT("`"),
    STR_INIT("\xe2\x80\x9c"), /* left double quotation mark */
    STR_INIT("\xe2\x80\x9d"), /* right double quotation mark */
};

static bool has_at(const struct repairer *r, size_t at, struct str what)
{
    return str_has_prefix(str_slice(r->source, at, at + what.len), what);
}

size_t repair_quote_len(const struct repairer *r, size_t at)
{
    for (size_t i = 0; i < ARRAY_LEN(quotes); i++) {
        if (has_at(r, at, quotes[i])) {
            /* Two quotes and no third: an empty string, unless they are three for a long one. */
            return quotes[i].len;
        }
    }
    return 0;
}

/* What ends a string that this quote began. */
static struct str closing_of(struct str opening)
{
    return str_eq(opening, quotes[5]) ? quotes[6] : opening;
}

static bool is_name_byte(int c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '$' || c == '.';
}

bool repair_key_follows(const struct repairer *r, size_t at, bool *is_known)
{
    at = repair_skip_space(r, at);
    size_t quote = repair_quote_len(r, at);
    size_t from = at + quote;
    size_t end = from;
    struct str closing = closing_of(str_slice(r->source, at, from));
    while (end < from + REPAIR_LOOK_BYTES && repair_byte(r, end) != REPAIR_END &&
           (quote > 0 ? !has_at(r, end, closing) && repair_byte(r, end) != '\n'
                      : is_name_byte(repair_byte(r, end)))) {
        end++;
    }
    size_t after = repair_skip_space(r, end + (quote > 0 ? closing.len : 0));
    *is_known = false;
    if (end == from || repair_byte(r, after) != ':') {
        return false;
    }
    if (r->guide != NULL && r->open != NULL && r->open->shape != NULL) {
        (void)r->guide->member(r->guide->arg, r->open->shape, str_slice(r->source, from, end),
                               is_known);
    }
    return true;
}

/* ---- does it end here? ----------------------------------------------------------------------- */

enum closing { CLOSES_NOT, CLOSES, CLOSES_FOR_SURE };

/* One of JSON's values, or a usual variant. */
static bool begins_value(const struct repairer *r, size_t at)
{
    int c = repair_byte(r, at);
    struct str rest = str_slice(r->source, at, at + REPAIR_LOOK_BYTES);
    return c == '{' || c == '[' || c == '-' || (c >= '0' && c <= '9') ||
           repair_quote_len(r, at) > 0 || str_has_prefix(rest, STR("true")) ||
           str_has_prefix(rest, STR("false")) || str_has_prefix(rest, STR("null")) ||
           str_has_prefix(rest, STR("True")) || str_has_prefix(rest, STR("False")) ||
           str_has_prefix(rest, STR("None"));
}

static bool begins_comment(const struct repairer *r, size_t at)
{
    return repair_byte(r, at) == '#' || has_at(r, at, STR("//")) || has_at(r, at, STR("/*"));
}

/* A closing bracket ends the string before it if what follows could follow that bracket. */
static bool bracket_closes(const struct repairer *r, size_t at)
{
    size_t after = repair_skip_space(r, at + 1);
    int c = repair_byte(r, after);
    return c == REPAIR_END || c == ',' || c == '}' || c == ']' || c == '`' ||
           begins_comment(r, after) || repair_byte(r, at + 1) == '\n';
}

static enum closing key_closes(const struct repairer *r, size_t at)
{
    int c = repair_byte(r, at);
    if (c == ':' || c == '=') {
        return CLOSES_FOR_SURE;
    }
    return c == REPAIR_END || c == ',' || c == '}' || begins_value(r, at) ? CLOSES : CLOSES_NOT;
}

static enum closing comma_closes(const struct repairer *r, size_t comma)
{
    size_t next = repair_skip_space(r, comma + 1);
    int c = repair_byte(r, next);
    bool is_known = false;
    if (c == REPAIR_END || begins_comment(r, next)) {
        return CLOSES;
    }
    if (r->open != NULL && r->open->type == JSON_OBJECT) {
        if (repair_key_follows(r, next, &is_known)) {
            return is_known ? CLOSES_FOR_SURE : CLOSES;
        }
        return c == '}' || c == ',' ? CLOSES : CLOSES_NOT;
    }
    return c == ']' || c == ',' || begins_value(r, next) ? CLOSES : CLOSES_NOT;
}

/* `at` is behind a quote. */
static enum closing quote_closes(const struct repairer *r, size_t at, bool is_key)
{
    size_t next = repair_skip_space(r, at);
    int c = repair_byte(r, next);
    bool is_known = false;
    if (is_key) {
        return key_closes(r, next);
    }
    switch (c) {
    case REPAIR_END:
        return CLOSES_FOR_SURE;
    case ',':
        return comma_closes(r, next);
    case '}':
    case ']':
        return bracket_closes(r, next) ? CLOSES_FOR_SURE : CLOSES_NOT;
    case '+':
        return repair_quote_len(r, repair_skip_space(r, next + 1)) > 0 ? CLOSES : CLOSES_NOT;
    default:
        break;
    }
    if (begins_comment(r, next) && next > at) {
        return CLOSES;
    }
    if (r->open != NULL && r->open->type == JSON_OBJECT) {
        return repair_key_follows(r, next, &is_known) ? CLOSES : CLOSES_NOT;
    }
    return repair_quote_len(r, next) > 0 || c == '{' || c == '[' ? CLOSES : CLOSES_NOT;
}

/* ---- escapes --------------------------------------------------------------------------------- */

static int32_t hex4_at(const struct repairer *r, size_t at)
{
    int32_t unit = 0;
    for (size_t i = 0; i < HEX4; i++) {
        int c = repair_byte(r, at + i);
        int digit = c == REPAIR_END ? -1 : str_hex_value((char)c);
        if (digit < 0) {
            return -1;
        }
        unit = unit << HEX4 | digit;
    }
    return unit;
}

static void add_code_point(struct buf *text, uint32_t code_point)
{
    char utf8[MAX_CODE_POINT_BYTES];
    buf_add(text, (struct str){.ptr = utf8, .len = utf8_encode(code_point, utf8)});
}

static bool is_surrogate(int32_t unit, bool is_low)
{
    return unit >= (is_low ? 0xDC00 : 0xD800) && unit <= (is_low ? 0xDFFF : 0xDBFF);
}

/* "\u" at `r->at`. */
static void unicode_take(struct repairer *r, struct buf *text)
{
    size_t at = r->at;
    int32_t unit = hex4_at(r, at + 2);
    if (unit < 0 && at + 2 + HEX4 > r->source.len) {
        r->at = r->source.len; /* cut within the escape: the string will be told as cut */
        return;
    }
    if (unit < 0) {
        repair_note(r, JSON_RULE_BACKSLASH, at, 2);
        buf_add_char(text, '\\');
        r->at++;
        return;
    }
    r->at += 2 + HEX4;
    if (is_surrogate(unit, false) && has_at(r, r->at, STR("\\u"))) {
        int32_t low = hex4_at(r, r->at + 2);
        if (low >= 0 && is_surrogate(low, true)) {
            r->at += 2 + HEX4;
            add_code_point(text,
                           0x10000U + (((uint32_t)unit & 0x3FF) << 10 | ((uint32_t)low & 0x3FF)));
            return;
        }
    }
    if (is_surrogate(unit, false) || is_surrogate(unit, true)) {
        repair_note(r, JSON_RULE_BAD_ESCAPE, at, 2 + HEX4);
        unit = REPLACEMENT;
    }
    add_code_point(text, (uint32_t)unit);
}

struct str repair_bare_text(struct repairer *r, enum json_rule rule, struct str text)
{
    struct buf mended = buf_in(r->cx->arena, JSON_REPAIR_MAX_BYTES);
    size_t at = (size_t)(text.ptr - r->source.ptr);
    repair_note(r, rule, at, text.len);
    if (utf8_is_valid(text)) {
        return text;
    }
    repair_note(r, JSON_RULE_BAD_UTF8, at, text.len);
    for (size_t from = 0; from < text.len; from++) {
        size_t valid = utf8_valid_prefix(str_slice(text, from, text.len));
        buf_add(&mended, str_slice(text, from, from + valid));
        from += valid;
        if (from < text.len) {
            add_code_point(&mended, REPLACEMENT);
        }
    }
    return buf_str(&mended);
}

/* A backslash at `r->at`. */
static void escape_take(struct repairer *r, struct buf *text)
{
    static const char from[] = "\"\\/bfnrt";
    static const char to[] = "\"\\/\b\f\n\r\t";
    int c = repair_byte(r, r->at + 1);
    const char *known = c > 0 ? strchr(from, c) : NULL;
    if (known != NULL) {
        buf_add_char(text, to[known - from]);
        r->at += 2;
    } else if (c == 'u') {
        unicode_take(r, text);
    } else if (c == REPAIR_END) {
        r->at++;
    } else if (c == '\'' || c == '`' || c == '\n') {
        repair_note(r, JSON_RULE_ESCAPE, r->at, 2);
        buf_add_char(text,
                     (char)c); /* JavaScript's \<newline> is a line that goes on: kept as one */
        r->at += 2;
    } else {
        repair_note(r, JSON_RULE_BACKSLASH, r->at, 1);
        buf_add_char(text, '\\');
        r->at++;
    }
}

/* One byte, or one character past ASCII, that is neither quote nor escape. */
static void character_take(struct repairer *r, struct buf *text)
{
    int c = repair_byte(r, r->at);
    size_t len = 1;
    if (c < ' ') {
        repair_note(r, JSON_RULE_CONTROL, r->at, 1);
    } else if (c >= 0x80) {
        len = c >= 0xF0 ? 4 : c >= 0xE0 ? 3 : 2;
        struct str bytes = str_slice(r->source, r->at, r->at + len);
        if (bytes.len < len && utf8_valid_prefix(bytes) == 0 && c < 0xF8) {
            r->at = r->source.len; /* cut within a character */
            return;
        }
        if (!utf8_is_valid(bytes)) {
            repair_note(r, JSON_RULE_BAD_UTF8, r->at, 1);
            add_code_point(text, REPLACEMENT);
            r->at++;
            return;
        }
    }
    buf_add(text, str_slice(r->source, r->at, r->at + len));
    r->at += len;
}

/* ---- the string ------------------------------------------------------------------------------ */

/* The first quote taken for text, to come back to if the string has no end after it. */
struct inner {
    size_t at, text_len, edit_count, edits_dropped, cost;
    enum json_grade grade;
    bool is_there;
};

static void inner_remember(const struct repairer *r, const struct buf *text, struct inner *inner)
{
    *inner = (struct inner){.at = r->at,
                            .text_len = text->len,
                            .edit_count = r->edit_count,
                            .edits_dropped = r->edits_dropped,
                            .cost = r->cost,
                            .grade = r->grade,
                            .is_there = true};
}

static void inner_return(struct repairer *r, struct buf *text, const struct inner *inner)
{
    r->at = inner->at;
    text->len = inner->text_len;
    r->edit_count = inner->edit_count;
    r->edits_dropped = inner->edits_dropped;
    r->cost = inner->cost;
    r->grade = inner->grade;
    r->quotes_close = true;
}

/* At a newline within a value: the quote before it is missing if a key begins the next line. */
static bool newline_closes(const struct repairer *r, bool is_key)
{
    bool is_known = false;
    return !is_key && r->open != NULL && r->open->type == JSON_OBJECT &&
           repair_quote_len(r, repair_skip_space(r, r->at)) > 0 &&
           repair_key_follows(r, r->at, &is_known);
}

static void newline_close(struct repairer *r, struct buf *text)
{
    repair_note(r, JSON_RULE_MISSING_QUOTE, r->at, 0);
    size_t len = str_trim(buf_str(text)).len;
    if (len > 0 && text->ptr[len - 1] == ',') {
        text->len = len - 1;
    }
}

/* One string while it is read. */
struct reading {
    struct buf text;
    struct str closing;
    struct inner first;
    size_t begin, kept; /* quotes kept as text */
    bool is_key;
};

/* A quote at `r->at`; true: it is the end. */
static bool quote_take(struct repairer *r, struct reading *s)
{
    enum closing closes =
        r->quotes_close ? CLOSES : quote_closes(r, r->at + s->closing.len, s->is_key);
    if (closes == CLOSES_NOT) {
        if (!s->first.is_there) {
            inner_remember(r, &s->text, &s->first);
        }
        s->kept++;
        buf_add(&s->text, s->closing);
    } else if (s->kept > 0) {
        repair_note(r,
                    closes == CLOSES_FOR_SURE ? JSON_RULE_INNER_QUOTE : JSON_RULE_INNER_QUOTE_GUESS,
                    s->begin, r->at - s->begin);
    }
    r->at += s->closing.len;
    return closes != CLOSES_NOT;
}

/* The source is over: without an end, unless a quote taken for text was it. True: cut. */
static bool end_take(struct repairer *r, struct reading *s)
{
    if (!s->first.is_there) {
        return true;
    }
    inner_return(r, &s->text, &s->first);
    s->kept = 0;
    return false;
}

/* Up to its end. True: it has one. */
static bool text_take(struct repairer *r, struct reading *s)
{
    for (;;) {
        int c = repair_byte(r, r->at);
        if (c == REPAIR_END && end_take(r, s)) {
            return false;
        }
        if (has_at(r, r->at, s->closing)) {
            if (quote_take(r, s)) {
                return true;
            }
        } else if (c == '\n' && newline_closes(r, s->is_key)) {
            newline_close(r, &s->text);
            return true;
        } else if (c == '\\') {
            escape_take(r, &s->text);
        } else {
            character_take(r, &s->text);
        }
    }
}

/* "a" + "b" */
static bool joins(struct repairer *r)
{
    size_t plus = repair_skip_space(r, r->at);
    size_t next = repair_skip_space(r, plus + 1);
    if (repair_byte(r, plus) != '+' || repair_quote_len(r, next) == 0) {
        return false;
    }
    repair_note(r, JSON_RULE_JOINED, r->at, next - r->at);
    r->at = next;
    return true;
}

struct str repair_string(struct repairer *r, bool is_key, bool *is_cut)
{
    struct reading s = {.text = buf_in(r->cx->arena, JSON_REPAIR_MAX_BYTES), .is_key = is_key};
    do {
        size_t len = repair_quote_len(r, r->at);
        struct str opening = str_slice(r->source, r->at, r->at + len);
        if (!str_eq(opening, STR("\""))) {
            repair_note(r, JSON_RULE_QUOTES, r->at, len);
        }
        r->at += len;
        s.begin = r->at;
        s.closing = closing_of(opening);
        s.first.is_there = false;
        *is_cut = !text_take(r, &s);
    } while (!*is_cut && !is_key && joins(r));
    if (*is_cut && !is_key) {
        repair_note(r, JSON_RULE_CUT_STRING, r->source.len, 0);
    }
    return buf_str(&s.text);
}
