#include "shared/base/clock.h"

#include <errno.h>
#include <time.h>

enum { MS_PER_DAY = 86400000 };

int64_t clock_now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t clock_mono_us(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

void clock_sleep_ms(int64_t ms)
{
    struct timespec left = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    while (nanosleep(&left, &left) != 0 && errno == EINTR) {
    }
}

/* A year that starts on 1 March puts the leap day last, so that a month's first day is linear. */
int32_t date_to_days(struct date date)
{
    int year = date.year - (date.month <= 2);
    int era = (year >= 0 ? year : year - 399) / 400;
    int year_of_era = year - era * 400;
    int month_from_march = (date.month + 9) % 12;
    int day_of_year = (153 * month_from_march + 2) / 5 + date.day - 1;
    int day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

struct date date_from_days(int32_t days)
{
    int64_t shifted = (int64_t)days + 719468; /* days since 0000-03-01 */
    int era = (int)((shifted >= 0 ? shifted : shifted - 146096) / 146097);
    int day_of_era = (int)(shifted - (int64_t)era * 146097);
    int year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int month_from_march = (5 * day_of_year + 2) / 153;
    int month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
    return (struct date){
        .year = year_of_era + era * 400 + (month <= 2),
        .month = month,
        .day = day_of_year - (153 * month_from_march + 2) / 5 + 1,
    };
}

int date_weekday(int32_t days)
{
    int shifted = (int)(((int64_t)days + 3) % 7); /* 1970-01-01 was a Thursday */
    return shifted < 0 ? shifted + 7 : shifted;
}

int32_t date_of_ms(int64_t epoch_ms)
{
    int64_t days = epoch_ms / MS_PER_DAY;
    return (int32_t)(epoch_ms % MS_PER_DAY < 0 ? days - 1 : days);
}

static bool digits(struct str text, int *value)
{
    *value = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9') {
            return false;
        }
        *value = *value * 10 + (text.ptr[i] - '0');
    }
    return true;
}

bool date_parse(struct str text, int32_t *days)
{
    struct date date;
    if (text.len != 10 || text.ptr[4] != '-' || text.ptr[7] != '-' ||
        !digits(str_slice(text, 0, 4), &date.year) || !digits(str_slice(text, 5, 7), &date.month) ||
        !digits(str_slice(text, 8, 10), &date.day)) {
        return false;
    }
    if (date.year < 1 || date.month < 1 || date.month > 12 || date.day < 1 || date.day > 31) {
        return false;
    }
    int32_t candidate = date_to_days(date);
    struct date back = date_from_days(candidate); /* 31 February comes back as 3 March */
    if (back.month != date.month || back.day != date.day) {
        return false;
    }
    *days = candidate;
    return true;
}

/* The last `count` decimal digits. By hand: printf would cost a log line most of its time, and must
 * not be called in a signal handler. */
static void put_digits(char *out, int count, unsigned value)
{
    for (int i = count - 1; i >= 0; i--) {
        out[i] = "0123456789"[value % 10];
        value /= 10;
    }
}

void date_format(int32_t days, char out[static 11])
{
    struct date date = date_from_days(days);
    memcpy(out, "0000-00-00", 11);
    put_digits(out, 4, (unsigned)date.year);
    put_digits(out + 5, 2, (unsigned)date.month);
    put_digits(out + 8, 2, (unsigned)date.day);
}

void timestamp_format(int64_t epoch_ms, char out[static 25])
{
    int32_t days = date_of_ms(epoch_ms);
    unsigned ms = (unsigned)(epoch_ms - (int64_t)days * MS_PER_DAY);
    date_format(days, out);
    memcpy(out + 10, "T00:00:00.000Z", 15);
    put_digits(out + 11, 2, ms / 3600000U % 24U);
    put_digits(out + 14, 2, ms / 60000U % 60U);
    put_digits(out + 17, 2, ms / 1000U % 60U);
    put_digits(out + 20, 3, ms % 1000U);
}

int date_years_between(int32_t born, int32_t on)
{
    struct date from = date_from_days(born), to = date_from_days(on);
    bool before_birthday = to.month < from.month || (to.month == from.month && to.day < from.day);
    return to.year - from.year - before_birthday;
}
