#include "shared/base/clock.h"

#include "tests/support/check.h"

#include <signal.h>
#include <sys/time.h>
#include <time.h>

static bool is_leap(int year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int month_days(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return days[month - 1] + (month == 2 && is_leap(year));
}

static void check_day(int32_t days, int year, int month, int day)
{
    struct date date = date_from_days(days);
    if (date.year != year || date.month != month || date.day != day) {
        CHECK_FAILED("%d: got %d-%d-%d, want %d-%d-%d\n", days, date.year, date.month, date.day,
                     year, month, day);
    }
    CHECK_I64("back", date_to_days((struct date){year, month, day}), days);
}

/* Counting by hand from 1600-01-01, which was a Saturday, two whole eras long. */
static void date_counts_every_day_of_800_years(void **state)
{
    (void)state;
    int32_t days = -135140;
    int weekday = 5;
    for (int year = 1600; year < 2400; year++) {
        for (int month = 1; month <= 12; month++) {
            for (int day = 1; day <= month_days(year, month); day++) {
                check_day(days, year, month, day);
                CHECK_I64("weekday", date_weekday(days), weekday);
                char text[11];
                int32_t parsed = 0;
                date_format(days, text);
                assert_true(date_parse(str_from_cstr(text), &parsed));
                CHECK_I64(text, parsed, days);
                days++;
                weekday = (weekday + 1) % 7;
            }
        }
    }
    CHECK_I64("two eras", days, -135140 + 2 * 146097);
}

static void date_agrees_with_known_days(void **state)
{
    (void)state;
    check_day(0, 1970, 1, 1);
    check_day(-1, 1969, 12, 31);
    check_day(11016, 2000, 2, 29);
    check_day(-719162, 1, 1, 1);
    check_day(2932896, 9999, 12, 31);
    check_day(-719528, 0, 1, 1);
    check_day(-719529, -1, 12, 31);
    CHECK_I64("Thursday", date_weekday(0), 3);
    CHECK_I64("Wednesday", date_weekday(-1), 2);
    CHECK_I64("Monday", date_weekday(-3), 0);
    CHECK_I64("Sunday", date_weekday(-4), 6);
    CHECK_I64("furthest past", date_weekday(INT32_MIN),
              ((int64_t)INT32_MIN + 3 + 7 * 306783379LL) % 7);
}

/* glibc's own calendar. */
static void date_agrees_with_gmtime(void **state)
{
    (void)state;
    for (int64_t days = -719162; days <= 2932896; days += 97) {
        time_t seconds = days * 86400;
        struct tm tm;
        assert_non_null(gmtime_r(&seconds, &tm));
        check_day((int32_t)days, tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
        CHECK_I64("weekday", date_weekday((int32_t)days), (tm.tm_wday + 6) % 7);
    }
}

static void date_parse_refuses_days_that_do_not_exist(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    static const struct {
        const char *text;
        bool ok;
    } cases[] = {
        {"2024-02-29", true},
        {"2023-02-29", false},
        {"2000-02-29", true},
        {"1900-02-29", false},
        {"2100-02-29", false},
        {"2026-02-30", false},
        {"2026-02-31", false},
        {"2026-04-30", true},
        {"2026-04-31", false},
        {"2026-12-31", true},
        {"2026-12-32", false},
        {"2026-00-01", false},
        {"2026-13-01", false},
        {"2026-01-00", false},
        {"0001-01-01", true},
        {"0000-12-31", false},
        {"9999-12-31", true},
        {"2026-1-01", false},
        {"2026-01-1", false},
        {"2026/01/01", false},
        {"2026-01/01", false},
        {"20260101", false},
        {"2026-01-01 ", false},
        {" 2026-01-01", false},
        {"2026-01-01T", false},
        {"-026-01-01", false},
        {"+026-01-01", false},
        {"2026-0a-01", false},
        {"2026-01-0x", false},
        {"202x-01-01", false},
        {"", false},
        {"10000-01-01", false},
        {"2026-01--1", false},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        int32_t days = 77;
        CHECK_I64(cases[i].text, date_parse(exact_copy(&t.cx, str_from_cstr(cases[i].text)), &days),
                  cases[i].ok);
        if (cases[i].ok) {
            char text[11];
            date_format(days, text);
            assert_string_equal(text, cases[i].text);
        } else {
            CHECK_I64(cases[i].text, days, 77);
        }
    }
}

static void date_of_ms_rounds_down(void **state)
{
    (void)state;
    CHECK_I64("first moment", date_of_ms(0), 0);
    CHECK_I64("last of the day", date_of_ms(86399999), 0);
    CHECK_I64("next day", date_of_ms(86400000), 1);
    CHECK_I64("a moment before", date_of_ms(-1), -1);
    CHECK_I64("a whole day before", date_of_ms(-86400000), -1);
    CHECK_I64("and a moment", date_of_ms(-86400001), -2);
}

static void timestamp_format_is_rfc3339(void **state)
{
    (void)state;
    static const struct {
        int64_t ms;
        const char *want;
    } cases[] = {
        {0, "1970-01-01T00:00:00.000Z"},
        {-1, "1969-12-31T23:59:59.999Z"},
        {1795176000007, "2026-11-20T12:00:00.007Z"},
        {951827696789, "2000-02-29T12:34:56.789Z"},
        {253402300799999, "9999-12-31T23:59:59.999Z"},
        {-62135596800000, "0001-01-01T00:00:00.000Z"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char text[25];
        timestamp_format(cases[i].ms, text);
        assert_string_equal(text, cases[i].want);
    }
}

static int32_t day_of(const char *text)
{
    int32_t days = 0;
    assert_true(date_parse(str_from_cstr(text), &days));
    return days;
}

static void date_years_between_counts_birthdays(void **state)
{
    (void)state;
    static const struct {
        const char *born, *on;
        int want;
    } cases[] = {
        {"1990-06-15", "2026-06-14", 35}, {"1990-06-15", "2026-06-15", 36},
        {"1990-06-15", "2026-06-16", 36}, {"1990-06-15", "2026-05-30", 35},
        {"1990-06-15", "2026-07-01", 36}, {"2000-02-29", "2023-02-28", 22},
        {"2000-02-29", "2023-03-01", 23}, {"2000-02-29", "2024-02-28", 23},
        {"2000-02-29", "2024-02-29", 24}, {"2000-02-28", "2023-02-28", 23},
        {"1999-12-31", "2000-01-01", 0},  {"2000-01-01", "2000-01-01", 0},
        {"2000-01-02", "2000-01-01", -1}, {"1900-03-01", "2000-02-29", 99},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CHECK_I64(cases[i].on, date_years_between(day_of(cases[i].born), day_of(cases[i].on)),
                  cases[i].want);
    }
}

static void clocks_run(void **state)
{
    (void)state;
    int64_t now_s = (int64_t)time(NULL), now_ms = clock_now_ms(), mono = clock_mono_us();
    assert_true(now_ms / 1000 - now_s >= 0 && now_ms / 1000 - now_s < 5);
    clock_sleep_ms(2);
    int64_t took = clock_mono_us() - mono;
    assert_true(took >= 2000 && took < 60000000);
}

static volatile sig_atomic_t signals;

static void count_signal(UNUSED int number)
{
    signals = signals + 1;
}

static void clock_sleep_ms_goes_on_after_a_signal(void **state)
{
    (void)state;
    const struct sigaction counted = {.sa_handler = count_signal};
    const struct itimerval every_10_ms = {.it_value.tv_usec = 10000, .it_interval.tv_usec = 10000};
    const struct itimerval never = {0};
    struct sigaction before;
    assert_int_equal(sigaction(SIGALRM, &counted, &before), 0);
    assert_int_equal(setitimer(ITIMER_REAL, &every_10_ms, NULL), 0);
    int64_t mono = clock_mono_us();
    clock_sleep_ms(100);
    int64_t took = clock_mono_us() - mono;
    assert_int_equal(setitimer(ITIMER_REAL, &never, NULL), 0);
    assert_int_equal(sigaction(SIGALRM, &before, NULL), 0);
    assert_true(signals > 0);
    assert_true(took >= 100000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(date_counts_every_day_of_800_years),
        cmocka_unit_test(date_agrees_with_known_days),
        cmocka_unit_test(date_agrees_with_gmtime),
        cmocka_unit_test(date_parse_refuses_days_that_do_not_exist),
        cmocka_unit_test(date_of_ms_rounds_down),
        cmocka_unit_test(timestamp_format_is_rfc3339),
        cmocka_unit_test(date_years_between_counts_birthdays),
        cmocka_unit_test(clocks_run),
        cmocka_unit_test(clock_sleep_ms_goes_on_after_a_signal),
    };
    return cmocka_run_group_tests_name("base_clock", tests, NULL, NULL);
}
