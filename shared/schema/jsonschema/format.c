#include "shared/schema/jsonschema/format.h"

#include "shared/base/clock.h"
#include "shared/base/uuid.h"
#include "shared/pattern/pattern.h"

static bool is_digit_next(struct str rest)
{
    return rest.len > 0 && rest.ptr[0] >= '0' && rest.ptr[0] <= '9';
}

/* Takes exactly `count` digits. */
static bool take_number(struct str *rest, size_t count, int *value)
{
    *value = 0;
    for (size_t i = 0; i < count; i++) {
        if (!is_digit_next(*rest)) {
            return false;
        }
        *value = *value * 10 + (rest->ptr[0] - '0');
        *rest = str_slice(*rest, 1, rest->len);
    }
    return true;
}

/* ---- RFC 3339 ---- */

static bool format_date(struct ctx *cx, struct str text)
{
    int32_t days = 0;
    (void)cx;
    if (str_has_prefix(text, STR("0000-"))) { /* a leap year that the calendar here has not */
        char year_4[10] = "0004";
        memcpy(year_4 + 4, text.ptr + 4, text.len == 10 ? 6 : 0);
        return text.len == 10 && date_parse((struct str){year_4, 10}, &days);
    }
    return date_parse(text, &days);
}

/* "Z", "+01:00"; in minutes east. */
static bool take_offset(struct str *rest, int *minutes)
{
    int hours = 0;
    *minutes = 0;
    if (str_skip_prefix_nocase(rest, STR("z"))) {
        return true;
    }
    bool is_west = str_has_prefix(*rest, STR("-"));
    if ((!str_skip_prefix(rest, STR("+")) && !str_skip_prefix(rest, STR("-"))) ||
        !take_number(rest, 2, &hours) || !str_skip_prefix(rest, STR(":")) ||
        !take_number(rest, 2, minutes) || hours > 23 || *minutes > 59) {
        return false;
    }
    *minutes = (hours * 60 + *minutes) * (is_west ? -1 : 1);
    return true;
}

/* A leap second is the last of a day in UTC. */
static bool format_time(struct ctx *cx, struct str text)
{
    int hour = 0, minute = 0, second = 0, offset = 0;
    (void)cx;
    if (!take_number(&text, 2, &hour) || !str_skip_prefix(&text, STR(":")) ||
        !take_number(&text, 2, &minute) || !str_skip_prefix(&text, STR(":")) ||
        !take_number(&text, 2, &second) || hour > 23 || minute > 59 || second > 60) {
        return false;
    }
    if (str_skip_prefix(&text, STR("."))) {
        if (!is_digit_next(text)) {
            return false;
        }
        while (is_digit_next(text)) {
            text = str_slice(text, 1, text.len);
        }
    }
    if (!take_offset(&text, &offset) || text.len > 0) {
        return false;
    }
    int utc = ((hour * 60 + minute - offset) % 1440 + 1440) % 1440;
    return second < 60 || utc == 1439;
}

static bool format_date_time(struct ctx *cx, struct str text)
{
    return text.len > 11 && (text.ptr[10] == 'T' || text.ptr[10] == 't') &&
           format_date(cx, str_slice(text, 0, 10)) &&
           format_time(cx, str_slice(text, 11, text.len));
}

/* Appendix A: units in order, none left out between two, weeks alone. */
static bool take_units(struct str *rest, struct str units, size_t *count)
{
    size_t last = SIZE_MAX;
    *count = 0;
    while (is_digit_next(*rest)) {
        while (is_digit_next(*rest)) {
            *rest = str_slice(*rest, 1, rest->len);
        }
        size_t unit = rest->len == 0 ? SIZE_MAX : str_find_char(units, rest->ptr[0]);
        if (unit == SIZE_MAX || (last != SIZE_MAX && unit != last + 1)) {
            return false;
        }
        *rest = str_slice(*rest, 1, rest->len);
        last = unit;
        (*count)++;
    }
    return true;
}

static bool format_duration(struct ctx *cx, struct str text)
{
    size_t dates = 0, times = 0;
    (void)cx;
    if (!str_skip_prefix(&text, STR("P"))) {
        return false;
    }
    struct str weeks = text;
    if (take_units(&weeks, STR("W"), &dates) && dates == 1) {
        return weeks.len == 0;
    }
    if (!take_units(&text, STR("YMD"), &dates)) {
        return false;
    }
    if (str_skip_prefix(&text, STR("T")) &&
        (!take_units(&text, STR("HMS"), &times) || times == 0)) {
        return false;
    }
    return text.len == 0 && dates + times > 0;
}

/* ---- others ---- */

static bool format_uuid(struct ctx *cx, struct str text)
{
    (void)cx;
    return uuid_is_valid(text);
}

/* RFC 6901 section 3 */
static bool format_json_pointer(struct ctx *cx, struct str text)
{
    (void)cx;
    for (size_t i = 0; i < text.len; i++) {
        struct str rest = str_slice(text, i, text.len);
        if (text.ptr[i] == '~' && !str_has_prefix(rest, STR("~0")) &&
            !str_has_prefix(rest, STR("~1"))) {
            return false;
        }
    }
    return text.len == 0 || text.ptr[0] == '/';
}

/* draft-handrews-relative-json-pointer-01 section 3 */
static bool format_relative_json_pointer(struct ctx *cx, struct str text)
{
    bool is_zero = str_has_prefix(text, STR("0"));
    size_t digits = 0;
    while (is_digit_next(text)) {
        text = str_slice(text, 1, text.len);
        digits++;
    }
    return digits > 0 && (!is_zero || digits == 1) &&
           (str_eq(text, STR("#")) || format_json_pointer(cx, text));
}

static bool format_regex(struct ctx *cx, struct str text)
{
    struct arena arena;
    const struct pattern *pattern = NULL;
    arena_init(&arena, 0);
    struct arena *outer = cx->arena;
    cx->arena = &arena;
    bool ok = pattern_compile(cx, &arena, text, PATTERN_ECMA, &pattern) == OK;
    cx->arena = outer;
    arena_deinit(&arena);
    err_clear(cx); /* a text that is no pattern is an answer here */
    return ok;
}

static const struct {
    struct str name;
    format_fn *passes;
} formats[] = {
    {STR_INIT("date-time"), format_date_time},
    {STR_INIT("date"), format_date},
    {STR_INIT("time"), format_time},
    {STR_INIT("duration"), format_duration},
    {STR_INIT("email"), format_email},
    {STR_INIT("idn-email"), format_idn_email},
    {STR_INIT("hostname"), format_hostname},
    {STR_INIT("ipv4"), format_ipv4},
    {STR_INIT("ipv6"), format_ipv6},
    {STR_INIT("uri"), format_uri},
    {STR_INIT("uri-reference"), format_uri_reference},
    {STR_INIT("iri"), format_iri},
    {STR_INIT("iri-reference"), format_iri_reference},
    {STR_INIT("uri-template"), format_uri_template},
    {STR_INIT("uuid"), format_uuid},
    {STR_INIT("json-pointer"), format_json_pointer},
    {STR_INIT("relative-json-pointer"), format_relative_json_pointer},
    {STR_INIT("regex"), format_regex},
};

format_fn *format_find(struct str name)
{
    for (size_t i = 0; i < ARRAY_LEN(formats); i++) {
        if (str_eq(name, formats[i].name)) {
            return formats[i].passes;
        }
    }
    return NULL;
}
