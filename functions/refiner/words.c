#include "functions/refiner/words.h"

#include "functions/refiner/refined.h"
#include "shared/base/buf.h"

/*
 * What U+00C0 to U+00FF are without accent and case: Unicode, Latin-1 Supplement. A space: no
 * letter.
 */
static const char latin1[64 * 2 + 1] = "a a a a a a aec e e e e i i i i "
                                       "d n o o o o o   o u u u u y thss"
                                       "a a a a a a aec e e e e i i i i "
                                       "d n o o o o o   o u u u u y thy ";

enum { LATIN1_LEAD = 0xC3, OE_LEAD = 0xC5, OE_UPPER = 0x92, OE_LOWER = 0x93 };

static bool is_ascii_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* Never two blanks in a row. */
static void blank_add(struct buf *out)
{
    if (out->len == 0 || out->ptr[out->len - 1] != ' ') {
        buf_add_char(out, ' ');
    }
}

/* A letter of two bytes, 0xC3 and `second`: "é" gives "e", "ß" gives "ss", "×" a blank. */
static void latin1_add(struct buf *out, uint8_t second)
{
    const char *folded = &latin1[(size_t)(second & 0x3FU) * 2];
    if (folded[0] == ' ') {
        blank_add(out);
        return;
    }
    buf_add_char(out, folded[0]);
    if (folded[1] != ' ') {
        buf_add_char(out, folded[1]);
    }
}

/* General punctuation and its like in UTF-8: quotes, dashes, inverted marks, CJK stops. */
static size_t punctuation_len(struct str text, size_t at)
{
    static const struct str marks[] = {
        STR_INIT("\xC2\xA0"), STR_INIT("\xC2\xA1"), STR_INIT("\xC2\xAB"), STR_INIT("\xC2\xBB"),
        STR_INIT("\xC2\xBF"), STR_INIT("\xE2\x80"), STR_INIT("\xE3\x80"), STR_INIT("\xEF\xBC"),
    };
    struct str rest = str_slice(text, at, text.len);
    for (size_t i = 0; i < ARRAY_LEN(marks); i++) {
        if (str_has_prefix(rest, marks[i])) {
            return (uint8_t)text.ptr[at] >= 0xE0 ? 3 : 2;
        }
    }
    return 0;
}

/* One letter of several bytes, or a mark; returns how many bytes of `text` it took. */
static size_t wide_add(struct buf *out, struct str text, size_t at)
{
    uint8_t lead = (uint8_t)text.ptr[at];
    uint8_t second = at + 1 < text.len ? (uint8_t)text.ptr[at + 1] : 0;
    size_t mark = punctuation_len(text, at);
    if (mark > 0) {
        blank_add(out);
        return mark;
    }
    if (lead == LATIN1_LEAD) {
        latin1_add(out, second);
        return 2;
    }
    if (lead == OE_LEAD && (second == OE_UPPER || second == OE_LOWER)) {
        buf_add(out, STR("oe"));
        return 2;
    }
    buf_add_char(out, text.ptr[at]);
    return 1;
}

struct str words_of(struct ctx *cx, struct str text)
{
    struct buf out = buf_in(cx->arena, WORDS_MAX_BYTES + 2);
    text = text_cut(text, WORDS_MAX_BYTES);
    blank_add(&out);
    for (size_t at = 0; at < text.len;) {
        char c = text.ptr[at];
        char lower = (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
        if ((uint8_t)c >= 0x80) {
            at += wide_add(&out, text, at);
            continue;
        }
        if (is_ascii_word(lower)) {
            buf_add_char(&out, lower);
        } else {
            blank_add(&out);
        }
        at++;
    }
    blank_add(&out);
    return buf_str(&out);
}

bool words_have(struct str words, struct str phrase)
{
    for (size_t at = 0; phrase.len > 0;) {
        size_t found = str_find(str_slice(words, at, words.len), phrase);
        if (found == SIZE_MAX) {
            return false;
        }
        size_t from = at + found, to = from + phrase.len;
        if (from > 0 && words.ptr[from - 1] == ' ' && to < words.len && words.ptr[to] == ' ') {
            return true;
        }
        at = from + 1;
    }
    return false;
}

struct str words_first_of(struct str words, struct str list)
{
    struct str phrase;
    while (str_split_next(&list, '|', &phrase)) {
        if (words_have(words, phrase)) {
            return phrase;
        }
    }
    return (struct str){0};
}

size_t words_count(struct str words)
{
    size_t count = 0;
    for (size_t i = 0; i + 1 < words.len; i++) {
        count += words.ptr[i] == ' ' && words.ptr[i + 1] != ' ';
    }
    return count;
}

/* ---- the user's text within ours ------------------------------------------------------------- */

struct str text_cut(struct str text, size_t max_bytes)
{
    if (text.len <= max_bytes) {
        return text;
    }
    size_t len = max_bytes;
    while (len > 0 && ((uint8_t)text.ptr[len] & 0xC0U) == 0x80U) {
        len--;
    }
    return str_slice(text, 0, len);
}

static bool is_markup(char c)
{
    return c == '*' || c == '`' || c == '{' || c == '}' || c == '<' || c == '>' || c == '\x7F';
}

static struct str without_final_stops(struct str text)
{
    while (text.len > 0 && strchr(" .,;:!", text.ptr[text.len - 1]) != NULL) {
        text.len--;
    }
    return text;
}

/* The last blank of the second half, so that one long word is not all that is lost. */
static struct str cut_at_word(struct str text, size_t max_bytes)
{
    struct str cut = text_cut(text, max_bytes);
    for (size_t len = cut.len; len > max_bytes / 2; len--) {
        if (cut.ptr[len - 1] == ' ') {
            return str_slice(cut, 0, len - 1);
        }
    }
    return cut;
}

struct str text_quoted(struct ctx *cx, struct str text, size_t max_bytes)
{
    static const struct str ellipsis = STR_INIT("\xE2\x80\xA6");
    struct buf line = buf_in(cx->arena, text.len + ellipsis.len);
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if ((uint8_t)c <= ' ') {
            if (line.len > 0) {
                blank_add(&line);
            }
        } else if (!is_markup(c)) {
            buf_add_char(&line, c);
        }
    }
    struct str whole = without_final_stops(buf_str(&line));
    if (whole.len <= max_bytes) {
        return whole;
    }
    struct str cut = without_final_stops(cut_at_word(whole, max_bytes - ellipsis.len));
    line.len = cut.len;
    buf_add(&line, ellipsis);
    return buf_str(&line);
}

struct str text_spoken(struct ctx *cx, struct str text, struct str prompt, size_t max_bytes)
{
    struct str line = text_quoted(cx, text, max_bytes);
    return refined_text_is_fit(line, prompt) ? line : (struct str){0};
}
