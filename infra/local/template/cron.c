#include "infra/local/template/cron.h"

#include "shared/base/clock.h"

enum { MINUTES_A_DAY = 1440, MAX_RATE = 1000000, FIELDS = 6 };

static const char *const MONTHS[] = {"JAN", "FEB", "MAR", "APR", "MAY", "JUN",
                                     "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"};
static const char *const WEEKDAYS[] = {"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"};

struct field {
    const char *name;
    int min, max;
    const char *const *names; /* of min, min + 1, ...; NULL: none */
};

static const struct field fields[FIELDS] = {
    {"minutes", 0, 59, NULL},        {"hours", 0, 23, NULL},
    {"day-of-month", 1, 31, NULL},   {"month", 1, 12, MONTHS},
    {"day-of-week", 1, 7, WEEKDAYS}, {"year", CRON_FIRST_YEAR, CRON_LAST_YEAR, NULL},
};

enum { MINUTES, HOURS, DAY, MONTH, WEEKDAY, YEAR };

/* Which values of a field are wanted, from its least on. */
struct set {
    uint64_t bits[4];
};

static void set_add(struct set *set, int index)
{
    set->bits[index / 64] |= UINT64_C(1) << (index % 64);
}

/* ---- a field --------------------------------------------------------------------------------- */

static bool value_read(const struct field *field, struct str text, int *value)
{
    int64_t number = 0;
    bool digits = text.len > 0 && text.len <= 4;
    for (size_t i = 0; i < text.len && digits; i++) {
        digits = text.ptr[i] >= '0' && text.ptr[i] <= '9';
    }
    if (digits && str_to_i64(text, &number) && number >= field->min && number <= field->max) {
        *value = (int)number;
        return true;
    }
    for (int i = 0; field->names != NULL && i <= field->max - field->min; i++) {
        if (str_eq_nocase(text, str_from_cstr(field->names[i]))) {
            *value = field->min + i;
            return true;
        }
    }
    return false;
}

static bool refuse(struct ctx *cx, const struct field *field, struct str part, const char *words)
{
    (void)fail(cx, ERR_INVALID, "%s \"" STR_FMT "\": %s", field->name,
               STR_ARG(str_slice(part, 0, 40)), words);
    return false;
}

/* "*", "5", "1-5", "FRI-MON", "0/15", "10-40/10", "*" "/2" */
static bool part_read(struct ctx *cx, const struct field *field, struct str part, struct set *set)
{
    size_t slash = str_find_char(part, '/');
    struct str range = str_slice(part, 0, slash);
    size_t dash = str_find_char(range, '-');
    int from = field->min;
    int to = field->max;
    int64_t step = 1;
    if (slash != SIZE_MAX && (!str_to_i64(str_slice(part, slash + 1, part.len), &step) ||
                              step < 1 || step > field->max)) {
        return refuse(cx, field, part, "a step is a number from 1 on");
    }
    if (!str_eq(range, STR("*"))) {
        if (!value_read(field, str_slice(range, 0, dash), &from)) {
            return refuse(cx, field, part, "no value of this field");
        }
        to = slash == SIZE_MAX ? from : field->max;
        if (dash != SIZE_MAX && !value_read(field, str_slice(range, dash + 1, range.len), &to)) {
            return refuse(cx, field, part, "no value of this field");
        }
    }
    int span = field->max - field->min + 1;
    if (to < from && field->names == NULL) {
        return refuse(cx, field, part, "a range goes upwards");
    }
    to += to < from ? span : 0; /* FRI-MON */
    for (int64_t value = from; value <= to; value += step) {
        set_add(set, (int)(value - field->min) % span);
    }
    return true;
}

static bool list_read(struct ctx *cx, const struct field *field, struct str text, struct set *set)
{
    struct str rest = text;
    struct str part;
    if (text.len == 0) {
        return refuse(cx, field, text, "is empty");
    }
    while (str_split_next(&rest, ',', &part)) {
        if (!part_read(cx, field, part, set)) {
            return false;
        }
    }
    return true;
}

/* ---- the days -------------------------------------------------------------------------------- */

static bool day_read(struct ctx *cx, struct str text, struct cron *cron)
{
    const struct field *field = &fields[DAY];
    struct set set = {0};
    if (str_eq_nocase(text, STR("L"))) {
        cron->last_day = true;
        return true;
    }
    if (str_has_suffix(text, STR("W")) || str_has_suffix(text, STR("w"))) {
        return value_read(field, str_slice(text, 0, text.len - 1), &cron->weekday_near) ||
               refuse(cx, field, text, "W follows a day, 1W to 31W");
    }
    if (!list_read(cx, field, text, &set)) {
        return false;
    }
    cron->days = (uint32_t)(set.bits[0] << 1);
    return true;
}

static bool nth_read(struct ctx *cx, struct str text, size_t hash, struct cron *cron)
{
    const struct field *field = &fields[WEEKDAY];
    int64_t nth = 0;
    if (!value_read(field, str_slice(text, 0, hash), &cron->nth_weekday) ||
        !str_to_i64(str_slice(text, hash + 1, text.len), &nth) || nth < 1 || nth > 5) {
        return refuse(cx, field, text, "# stands between a day and 1 to 5, as in 3#2");
    }
    cron->nth = (int)nth;
    return true;
}

static bool weekday_read(struct ctx *cx, struct str text, struct cron *cron)
{
    const struct field *field = &fields[WEEKDAY];
    struct set set = {0};
    size_t hash = str_find_char(text, '#');
    cron->by_weekday = true;
    if (hash != SIZE_MAX) {
        return nth_read(cx, text, hash, cron);
    }
    if (str_eq_nocase(text, STR("L"))) {
        cron->weekdays = 1U << 7; /* Saturday, the last of the week */
        return true;
    }
    if (text.len > 1 && (str_has_suffix(text, STR("L")) || str_has_suffix(text, STR("l")))) {
        return value_read(field, str_slice(text, 0, text.len - 1), &cron->last_weekday) ||
               refuse(cx, field, text, "L follows a day, as in 6L");
    }
    if (!list_read(cx, field, text, &set)) {
        return false;
    }
    cron->weekdays = (uint32_t)(set.bits[0] << 1);
    return true;
}

static bool days_read(struct ctx *cx, struct str day, struct str weekday, struct cron *cron)
{
    bool any_day = str_eq(day, STR("?"));
    if (any_day == str_eq(weekday, STR("?"))) {
        (void)fail(cx, ERR_INVALID,
                   "one of day-of-month and day-of-week must be \"?\", and only one");
        return false;
    }
    return any_day ? weekday_read(cx, weekday, cron) : day_read(cx, day, cron);
}

/* ---- expressions ----------------------------------------------------------------------------- */

static bool fields_split(struct str text, struct str parts[FIELDS])
{
    size_t count = 0;
    struct str rest = text;
    struct str part;
    while (str_split_next(&rest, ' ', &part)) {
        if (part.len > 0) { /* blanks in a row */
            if (count == FIELDS) {
                return false;
            }
            parts[count++] = part;
        }
    }
    return count == FIELDS;
}

static enum status cron_read(struct ctx *cx, struct str text, struct cron *cron)
{
    struct str parts[FIELDS];
    struct set minutes = {0};
    struct set hours = {0};
    struct set months = {0};
    struct set years = {0};
    *cron = (struct cron){0};
    if (!fields_split(text, parts)) {
        return fail(cx, ERR_INVALID,
                    "cron() has six fields: minutes hours day-of-month month day-of-week year");
    }
    if (!list_read(cx, &fields[MINUTES], parts[MINUTES], &minutes) ||
        !list_read(cx, &fields[HOURS], parts[HOURS], &hours) ||
        !list_read(cx, &fields[MONTH], parts[MONTH], &months) ||
        !list_read(cx, &fields[YEAR], parts[YEAR], &years) ||
        !days_read(cx, parts[DAY], parts[WEEKDAY], cron)) {
        return ERR_INVALID;
    }
    cron->minutes = minutes.bits[0];
    cron->hours = (uint32_t)hours.bits[0];
    cron->months = (uint32_t)(months.bits[0] << 1);
    memcpy(cron->years, years.bits, sizeof(cron->years));
    return OK;
}

static enum status rate_read(struct ctx *cx, struct str text, int64_t *rate_ms)
{
    static const struct {
        struct str one, many;
        int64_t ms;
    } units[] = {
        {STR_INIT("minute"), STR_INIT("minutes"), 60000},
        {STR_INIT("hour"), STR_INIT("hours"), 3600000},
        {STR_INIT("day"), STR_INIT("days"), 86400000},
    };
    size_t blank = str_find_char(text, ' ');
    struct str unit = str_trim(str_slice(text, blank, text.len));
    int64_t count = 0;
    if (blank != SIZE_MAX && str_to_i64(str_slice(text, 0, blank), &count) && count >= 1 &&
        count <= MAX_RATE) {
        for (size_t i = 0; i < ARRAY_LEN(units); i++) {
            if (str_eq(unit, count == 1 ? units[i].one : units[i].many)) {
                *rate_ms = count * units[i].ms;
                return OK;
            }
        }
    }
    return fail(cx, ERR_INVALID,
                "rate(" STR_FMT "): a number from 1 on, then minute, hour or day, and for more "
                "than 1 minutes, hours or days",
                STR_ARG(str_slice(text, 0, 40)));
}

static bool two_digits(struct str text, size_t at, int max, int *value)
{
    int64_t number = 0;
    if (text.ptr[at] < '0' || text.ptr[at] > '9' ||
        !str_to_i64(str_slice(text, at, at + 2), &number) || number > max) {
        return false;
    }
    *value = (int)number;
    return true;
}

/* yyyy-mm-ddThh:mm:ss */
static enum status at_read(struct ctx *cx, struct str text, int64_t *minute)
{
    int32_t days = 0;
    int hour = 0;
    int minutes = 0;
    int seconds = 0;
    if (text.len != STR("2026-01-02T03:04:05").len || text.ptr[10] != 'T' || text.ptr[13] != ':' ||
        text.ptr[16] != ':' || !date_parse(str_slice(text, 0, 10), &days) ||
        !two_digits(text, 11, 23, &hour) || !two_digits(text, 14, 59, &minutes) ||
        !two_digits(text, 17, 59, &seconds)) {
        return fail(cx, ERR_INVALID, "at(" STR_FMT "): yyyy-mm-ddThh:mm:ss",
                    STR_ARG(str_slice(text, 0, 40)));
    }
    *minute = (int64_t)days * MINUTES_A_DAY + (int64_t)hour * 60 + minutes;
    return OK;
}

enum status expression_read(struct ctx *cx, struct str text, struct expression *expression)
{
    struct str inner = str_trim(text);
    *expression = (struct expression){0};
    if (!str_has_suffix(inner, STR(")"))) {
        return fail(cx, ERR_INVALID, "rate(...), cron(...) or at(...)");
    }
    inner.len--;
    if (str_skip_prefix(&inner, STR("rate("))) {
        expression->kind = SCHEDULE_RATE;
        return rate_read(cx, inner, &expression->rate_ms);
    }
    if (str_skip_prefix(&inner, STR("cron("))) {
        expression->kind = SCHEDULE_CRON;
        return cron_read(cx, inner, &expression->cron);
    }
    if (str_skip_prefix(&inner, STR("at("))) {
        expression->kind = SCHEDULE_AT;
        return at_read(cx, inner, &expression->at_minute);
    }
    return fail(cx, ERR_INVALID, "rate(...), cron(...) or at(...)");
}

/* ---- the next time --------------------------------------------------------------------------- */

static int days_in_month(struct date date)
{
    struct date first = {.year = date.year, .month = date.month, .day = 1};
    struct date next = {
        .year = date.year + (date.month == 12), .month = date.month % 12 + 1, .day = 1};
    return date_to_days(next) - date_to_days(first);
}

/* 1 Sunday .. 7 Saturday */
static int weekday_of(int32_t days)
{
    return (date_weekday(days) + 1) % 7 + 1;
}

/* The weekday nearest to a day, in the same month: of Saturday the day before, of Sunday the day
 * after. */
static int near_weekday(struct date date, int day)
{
    int last = days_in_month(date);
    if (day > last) {
        return 0; /* this month has no such day */
    }
    int weekday = weekday_of(date_to_days((struct date){date.year, date.month, day}));
    if (weekday == 7) {
        return day > 1 ? day - 1 : day + 2;
    }
    if (weekday == 1) {
        return day < last ? day + 1 : day - 2;
    }
    return day;
}

static bool day_fits(const struct cron *cron, int32_t days, struct date date)
{
    if (!cron->by_weekday) {
        return (cron->last_day && date.day == days_in_month(date)) ||
               (cron->weekday_near > 0 && date.day == near_weekday(date, cron->weekday_near)) ||
               (cron->days >> date.day & 1) != 0;
    }
    int weekday = weekday_of(days);
    return (cron->last_weekday == weekday && date.day + 7 > days_in_month(date)) ||
           (cron->nth_weekday == weekday && (date.day - 1) / 7 + 1 == cron->nth) ||
           (cron->weekdays >> weekday & 1) != 0;
}

/* The first minute of the day from `from` on; MINUTES_A_DAY: none. */
static int minute_of_day(const struct cron *cron, int from)
{
    for (int hour = from / 60; hour < 24; hour++) {
        if ((cron->hours >> hour & 1) == 0) {
            continue;
        }
        for (int minute = hour == from / 60 ? from % 60 : 0; minute < 60; minute++) {
            if ((cron->minutes >> minute & 1) != 0) {
                return hour * 60 + minute;
            }
        }
    }
    return MINUTES_A_DAY;
}

static bool year_fits(const struct cron *cron, int year)
{
    int index = year - CRON_FIRST_YEAR;
    return (cron->years[index / 64] >> (index % 64) & 1) != 0;
}

int64_t cron_next(const struct cron *cron, int64_t minute)
{
    int64_t start = minute < 0 ? 0 : minute + 1;
    int32_t days = (int32_t)(start / MINUTES_A_DAY);
    int from = (int)(start % MINUTES_A_DAY);
    if (start / MINUTES_A_DAY > date_to_days((struct date){CRON_LAST_YEAR, 12, 31})) {
        return CRON_NEVER;
    }
    for (;;) {
        struct date date = date_from_days(days);
        if (date.year > CRON_LAST_YEAR) {
            return CRON_NEVER;
        }
        if (!year_fits(cron, date.year)) {
            days = date_to_days((struct date){date.year + 1, 1, 1});
        } else if ((cron->months >> date.month & 1) == 0) {
            days += days_in_month(date) - date.day + 1;
        } else {
            int found = day_fits(cron, days, date) ? minute_of_day(cron, from) : MINUTES_A_DAY;
            if (found < MINUTES_A_DAY) {
                return (int64_t)days * MINUTES_A_DAY + found;
            }
            days++;
        }
        from = 0;
    }
}
