#include "functions/refiner/seconds.h"

#include "functions/refiner/analysis.h"
#include "functions/refiner/words.h"

enum { MINUTE_S = 60, MAX_DIGITS = 5, UNIT_MAX_BYTES = 12 };

static const char second_words[] = "s|sec|secs|second|seconds|seconde|secondes|segundo|segundos|"
                                   "sekunde|sekunden|sek|secondo|secondi";
static const char minute_words[] = "min|mins|minute|minutes|minuto|minutos|minuten|minuti";

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The digits at `*at`, which it moves past; -1: none, or more than any length has. */
static int64_t digits_take(struct str text, size_t *at)
{
    size_t from = *at;
    int64_t value = -1;
    while (*at < text.len && is_digit(text.ptr[*at])) {
        (*at)++;
    }
    bool is_number =
        *at > from && *at - from <= MAX_DIGITS && str_to_i64(str_slice(text, from, *at), &value);
    return is_number ? value : -1;
}

/* Up to two digits after a point or comma, in hundredths; 0 if there is no such part; -1: more. */
static int64_t hundredths_take(struct str text, size_t *at)
{
    size_t from = *at + 1, to = from;
    bool has_mark = *at < text.len && (text.ptr[*at] == '.' || text.ptr[*at] == ',');
    int64_t value = has_mark ? digits_take(text, &to) : 0;
    if (to == from) {
        return 0;
    }
    *at = to;
    return to - from > 2 ? -1 : to - from == 1 ? value * 10 : value;
}

/* The word that begins at `at`, or after one blank or hyphen, folded. */
static struct str unit_at(struct ctx *cx, struct str text, size_t at)
{
    bool is_apart = at < text.len && (text.ptr[at] == ' ' || text.ptr[at] == '-');
    size_t from = is_apart ? at + 1 : at;
    struct str next = str_slice(text, from, from + UNIT_MAX_BYTES);
    struct str words = words_of(cx, text_cut(next, next.len)), word = {0};
    bool begins = next.len > 0 && next.ptr[0] != ' ';
    words = str_slice(words, 1, words.len);
    return begins && str_split_next(&words, ' ', &word) ? word : (struct str){0};
}

static bool is_one_of(struct str word, const char *list)
{
    struct str rest = str_from_cstr(list), one;
    while (str_split_next(&rest, '|', &one)) {
        if (str_eq(one, word)) {
            return true;
        }
    }
    return false;
}

/* What the number at `*at` says in seconds, with its unit; moves past the number. */
static int64_t length_take(struct ctx *cx, struct str text, size_t *at)
{
    int64_t whole = digits_take(text, at), part = 0, seconds = 0;
    size_t clock = *at + 1;
    if (*at < text.len && text.ptr[*at] == ':' && (seconds = digits_take(text, &clock)) >= 0) {
        *at = clock; /* "1:30 min" */
    } else {
        seconds = 0;
        part = hundredths_take(text, at);
    }
    struct str unit = unit_at(cx, text, *at);
    if (whole < 0 || part < 0 || seconds >= MINUTE_S) {
        return 0;
    }
    if (is_one_of(unit, minute_words)) {
        return whole * MINUTE_S + seconds + part * MINUTE_S / 100;
    }
    return seconds == 0 && is_one_of(unit, second_words) ? whole : 0;
}

int64_t text_seconds(struct ctx *cx, struct str text)
{
    struct str looked_at = text_cut(text, WORDS_MAX_BYTES);
    for (size_t at = 0; at < looked_at.len;) {
        if (!is_digit(looked_at.ptr[at])) {
            at++;
            continue;
        }
        int64_t seconds = length_take(cx, looked_at, &at);
        if (seconds > 0 && seconds <= ANALYSIS_MAX_SECONDS) {
            return seconds;
        }
    }
    return 0;
}
