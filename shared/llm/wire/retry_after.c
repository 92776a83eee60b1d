#include "shared/llm/wire/retry_after.h"

#include "shared/base/clock.h"

#include <stdio.h>

enum { TEXT_MAX_BYTES = 2048 }; /* of an error's words: more than that is not looked through */

static int64_t clamp_ms(double ms)
{
    if (!(ms > 0)) {
        return 0;
    }
    return ms < RETRY_AFTER_MAX_MS ? (int64_t)(ms + 0.999) : RETRY_AFTER_MAX_MS;
}

/* ---- a date ---------------------------------------------------------------------------------- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* All digits, `count` of them, from `at` on. */
static bool digits_read(struct str text, size_t at, size_t count, int *value)
{
    *value = 0;
    for (size_t i = at; i < at + count; i++) {
        if (!is_digit(text.ptr[i])) {
            return false;
        }
        *value = *value * 10 + (text.ptr[i] - '0');
    }
    return true;
}

static int month_of(struct str name)
{
    static const struct str months = STR_INIT("JanFebMarAprMayJunJulAugSepOctNovDec");
    size_t at = str_find(months, name);
    return at == SIZE_MAX || at % 3 != 0 ? 0 : (int)(at / 3) + 1;
}

/* "06 Nov 1994" */
static bool http_day_read(struct str text, int32_t *days)
{
    int day = 0, year = 0;
    char iso[sizeof "YYYY-MM-DD" + 16];
    if (!digits_read(text, 0, 2, &day) || !digits_read(text, 7, 4, &year)) {
        return false;
    }
    int len =
        snprintf(iso, sizeof iso, "%04d-%02d-%02d", year, month_of(str_slice(text, 3, 6)), day);
    return date_parse((struct str){.ptr = iso, .len = (size_t)len}, days);
}

/* "Sun, 06 Nov 1994 08:49:37 GMT" */
static bool http_date_read(struct str text, int64_t *epoch_ms)
{
    enum { LENGTH = 29, DAY_AT = 5, DAY_END = 16 };
    int32_t days = 0;
    int hour = 0, minute = 0, second = 0;
    if (text.len != LENGTH || !str_has_suffix(text, STR(" GMT")) ||
        !http_day_read(str_slice(text, DAY_AT, DAY_END), &days) ||
        !digits_read(text, 17, 2, &hour) || !digits_read(text, 20, 2, &minute) ||
        !digits_read(text, 23, 2, &second)) {
        return false;
    }
    *epoch_ms = (days * 86400LL + hour * 3600LL + minute * 60LL + second) * 1000;
    return hour < 24 && minute < 60 && second <= 60;
}

/* ---- words ----------------------------------------------------------------------------------- */

/* Takes "1.25" off the front. */
static bool number_take(struct str *text, double *number)
{
    size_t len = 0;
    while (len < text->len && (is_digit(text->ptr[len]) || text->ptr[len] == '.')) {
        len++;
    }
    while (len > 0 && text->ptr[len - 1] == '.') { /* the end of a sentence */
        len--;
    }
    if (len == 0 || !str_to_f64(str_slice(*text, 0, len), number)) {
        return false;
    }
    *text = str_slice(*text, len, text->len);
    return true;
}

/* The longer spelling first. */
static const struct {
    struct str name;
    double ms;
} units[] = {
    {STR_INIT("ms"), 1},     {STR_INIT("millisecond"), 1}, {STR_INIT("second"), 1000},
    {STR_INIT("sec"), 1000}, {STR_INIT("s"), 1000},        {STR_INIT("minute"), 60e3},
    {STR_INIT("min"), 60e3}, {STR_INIT("m"), 60e3},        {STR_INIT("hour"), 3600e3},
    {STR_INIT("h"), 3600e3},
};

static bool unit_take(struct str *text, double *ms)
{
    (void)str_skip_prefix(text, STR(" "));
    for (size_t i = 0; i < ARRAY_LEN(units); i++) {
        if (str_skip_prefix_nocase(text, units[i].name)) {
            *ms = units[i].ms;
            return true;
        }
    }
    return false;
}

/* "6m0s", "1.2s", "20 seconds", "350ms". */
static int64_t duration_read(struct str text)
{
    double total = 0, number = 0, unit = 0;
    bool any = false;
    (void)str_skip_prefix(&text, STR("~"));
    while (number_take(&text, &number) && unit_take(&text, &unit)) {
        total += number * unit;
        any = true;
    }
    return any ? clamp_ms(total) : -1;
}

int64_t retry_after_in_text(struct str text)
{
    static const struct str leads[] = {STR_INIT(" in "), STR_INIT(" after ")};
    text = str_slice(text, 0, TEXT_MAX_BYTES);
    for (size_t i = 0; i < ARRAY_LEN(leads); i++) {
        struct str rest = text;
        for (size_t at; (at = str_find(rest, leads[i])) != SIZE_MAX;) {
            rest = str_slice(rest, at + leads[i].len, rest.len);
            int64_t ms = duration_read(rest);
            if (ms >= 0) {
                return ms;
            }
        }
    }
    return -1;
}

/* ---- all of it ------------------------------------------------------------------------------- */

int64_t retry_after_ms(const struct http_response *res, struct str text, int64_t now_ms)
{
    double number = 0;
    int64_t at_ms = 0;
    struct str field = str_trim(http_response_field(res, STR("retry-after-ms")));
    if (str_to_f64(field, &number)) {
        return clamp_ms(number);
    }
    field = str_trim(http_response_field(res, STR("retry-after")));
    if (str_to_f64(field, &number)) {
        return clamp_ms(number * 1000);
    }
    if (http_date_read(field, &at_ms)) {
        return clamp_ms((double)(at_ms - now_ms));
    }
    return retry_after_in_text(text);
}
