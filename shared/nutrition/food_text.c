#include "shared/nutrition/food_text.h"

/* ---- letters ---- */

/* The letters of U+00C0..U+00FF without their accents; '*' for the two that are marks. */
static const char folded[] = "aaaaaaaceeeeiiiidnooooo*ouuuuytsaaaaaaaceeeeiiiidnooooo*ouuuuyty";

enum kind { KIND_LETTER, KIND_SILENT, KIND_SPACE, KIND_MARK, KIND_AND };

struct glyph {
    enum kind kind;
    char letter;
    uint8_t bytes;
};

static bool has_prefix(struct str s, const char *bytes)
{
    return str_has_prefix(s, str_from_cstr(bytes));
}

/* U+2000..U+203F: punctuation, but for apostrophes and hyphens. */
static struct glyph glyph_general(struct str s)
{
    if (has_prefix(s, "\xE2\x80\x98") || has_prefix(s, "\xE2\x80\x99")) {
        return (struct glyph){KIND_SILENT, 0, 3};
    }
    bool hyphen = has_prefix(s, "\xE2\x80\x90") || has_prefix(s, "\xE2\x80\x91");
    return (struct glyph){hyphen ? KIND_SPACE : KIND_MARK, 0, 3};
}

static struct glyph glyph_accented(char second)
{
    char letter = folded[(unsigned char)second & 0x3F];
    return (struct glyph){letter == '*' ? KIND_MARK : KIND_LETTER, letter, 2};
}

/* The rest stays as its bytes, so that a word in any script still finds itself. */
static struct glyph glyph_wide(struct str s)
{
    unsigned char lead = (unsigned char)s.ptr[0];
    if (s.len >= 2 && lead == 0xC3) {
        return glyph_accented(s.ptr[1]);
    }
    if (s.len >= 2 && lead == 0xC2) { /* U+00A0, a space, and Latin-1's marks */
        return (struct glyph){has_prefix(s, "\xC2\xA0") ? KIND_SPACE : KIND_MARK, 0, 2};
    }
    if (s.len >= 2 && lead == 0xCC) { /* a combining accent */
        return (struct glyph){KIND_SILENT, 0, 2};
    }
    if (s.len >= 3 && has_prefix(s, "\xE2\x80")) {
        return glyph_general(s);
    }
    return (struct glyph){KIND_LETTER, s.ptr[0], 1};
}

static struct glyph glyph_at(struct str s)
{
    char c = s.ptr[0];
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
        return (struct glyph){KIND_LETTER, c, 1};
    }
    if (c >= 'A' && c <= 'Z') {
        return (struct glyph){KIND_LETTER, (char)(c + ('a' - 'A')), 1};
    }
    if ((unsigned char)c >= 0x80) {
        return glyph_wide(s);
    }
    switch (c) {
    case '\'':
        return (struct glyph){KIND_SILENT, 0, 1};
    case '&':
        return (struct glyph){KIND_AND, 0, 1};
    case ' ':
    case '\t':
    case '-':
    case '"':
    case '%':
    case '*':
        return (struct glyph){KIND_SPACE, 0, 1};
    default:
        return (struct glyph){KIND_MARK, 0, 1};
    }
}

/* ---- words ---- */

/* Past spaces and marks, to a letter or "&"; says what that is. */
static bool word_begin(struct str *rest, struct food_token *token, enum kind *kind)
{
    while (rest->len > 0) {
        struct glyph glyph = glyph_at(*rest);
        *kind = glyph.kind;
        if (glyph.kind == KIND_LETTER || glyph.kind == KIND_AND) {
            return true;
        }
        token->breaks |= glyph.kind == KIND_MARK;
        *rest = str_slice(*rest, glyph.bytes, rest->len);
    }
    return false;
}

bool food_token_next(struct str *rest, struct food_token *token)
{
    enum kind kind = KIND_SPACE;
    token->len = 0;
    token->breaks = false;
    if (!word_begin(rest, token, &kind)) {
        return false;
    }
    if (kind == KIND_AND) {
        token->view = str_slice(*rest, 0, 1);
        memcpy(token->word, "and", 3);
        token->len = 3;
        *rest = str_slice(*rest, 1, rest->len);
        return true;
    }
    size_t end = 0;
    while (end < rest->len) {
        struct glyph glyph = glyph_at(str_slice(*rest, end, rest->len));
        if (glyph.kind != KIND_LETTER && glyph.kind != KIND_SILENT) {
            break;
        }
        if (glyph.kind == KIND_LETTER && token->len < FOOD_TOKEN_MAX) {
            token->word[token->len++] = glyph.letter;
        }
        end += glyph.bytes;
    }
    token->view = str_slice(*rest, 0, end);
    *rest = str_slice(*rest, end, rest->len);
    return true;
}

static bool is_stem_and(struct str written, struct str word, size_t kept, struct str ending)
{
    return written.len == kept + ending.len && memcmp(written.ptr, word.ptr, kept) == 0 &&
           memcmp(written.ptr + kept, ending.ptr, ending.len) == 0;
}

bool food_word_is(struct str written, struct str word)
{
    if (word.len == 0 || written.len < word.len || written.ptr[0] != word.ptr[0]) {
        return false;
    }
    if (written.len == word.len) {
        return memcmp(written.ptr, word.ptr, word.len) == 0;
    }
    char last = word.ptr[word.len - 1];
    return is_stem_and(written, word, word.len, STR("s")) ||
           is_stem_and(written, word, word.len, STR("es")) ||
           (last == 'y' && is_stem_and(written, word, word.len - 1, STR("ies"))) ||
           (last == 'f' && is_stem_and(written, word, word.len - 1, STR("ves")));
}
