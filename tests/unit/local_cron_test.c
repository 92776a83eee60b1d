#include "tests/support/check.h"

#include "infra/local/source/schedule.h"
#include "infra/local/template/cron.h"
#include "infra/local/template/zone.h"
#include "shared/base/clock.h"

/* "2026-03-02 03:15" as minutes of the civil calendar */
static int64_t minute_of(const char *text)
{
    int32_t days = 0;
    struct str whole = str_from_cstr(text);
    assert_true(date_parse(str_slice(whole, 0, 10), &days));
    return (int64_t)days * 1440 + strtol(text + 11, NULL, 10) * 60 + strtol(text + 14, NULL, 10);
}

static struct str text_of(struct arena *arena, int64_t minute)
{
    if (minute == CRON_NEVER) {
        return STR("never");
    }
    char day[11];
    date_format((int32_t)(minute / 1440), day);
    return arena_format(arena, "%s %02d:%02d", day, (int)(minute % 1440 / 60), (int)(minute % 60));
}

/* The next times after a moment, one after the other. */
static struct str times_after(struct ctx *cx, const char *expression, const char *after, int count)
{
    struct expression e;
    struct buf out = buf_in(cx->arena, KIB(4));
    int64_t minute = minute_of(after);
    CHECK_STATUS(cx, expression_read(cx, exact_copy(cx, str_from_cstr(expression)), &e), OK);
    for (int i = 0; i < count && minute != CRON_NEVER; i++) {
        minute = cron_next(&e.cron, minute);
        buf_addf(&out, "%s" STR_FMT, i > 0 ? ", " : "", STR_ARG(text_of(cx->arena, minute)));
    }
    return buf_str(&out);
}

/* The examples of AWS's guides, and the corners of each field. 2026-01-01 is a Thursday. */
static void cron_finds_the_next_times(void **state)
{
    (void)state;
    static const struct {
        const char *expression, *after, *want;
        int count;
    } cases[] = {
        {"cron(0 10 * * ? *)", "2026-01-01 10:00", "2026-01-02 10:00, 2026-01-03 10:00", 2},
        {"cron(15 12 * * ? *)", "2026-01-01 00:00", "2026-01-01 12:15", 1},
        {"cron(0 18 ? * MON-FRI *)", "2026-01-01 18:00", "2026-01-02 18:00, 2026-01-05 18:00", 2},
        {"cron(0 8 1 * ? *)", "2026-01-01 08:00", "2026-02-01 08:00, 2026-03-01 08:00", 2},
        {"cron(0/15 * * * ? *)", "2026-01-01 00:00",
         "2026-01-01 00:15, 2026-01-01 00:30, 2026-01-01 00:45, 2026-01-01 01:00", 4},
        {"cron(0/10 * ? * MON-FRI *)", "2026-01-02 23:50", "2026-01-05 00:00, 2026-01-05 00:10", 2},
        {"cron(0/5 8-17 ? * MON-FRI *)", "2026-01-02 17:50", "2026-01-02 17:55, 2026-01-05 08:00",
         2},
        {"cron(15 10 ? * 6L 2022-2023)", "2022-01-01 00:00",
         "2022-01-28 10:15, 2022-02-25 10:15, 2022-03-25 10:15", 3},
        {"cron(15 10 ? * 6L 2022-2023)", "2023-12-29 10:15", "never", 1},
        {"cron(0 9 ? * 2#1 *)", "2026-01-01 00:00", "2026-01-05 09:00, 2026-02-02 09:00", 2},
        {"cron(0 9 ? * TUE#5 *)", "2026-01-01 00:00", "2026-03-31 09:00, 2026-06-30 09:00", 2},
        {"cron(0 0 L * ? *)", "2028-01-31 00:00", "2028-02-29 00:00, 2028-03-31 00:00", 2},
        {"cron(0 0 ? * L *)", "2026-01-01 00:00", "2026-01-03 00:00, 2026-01-10 00:00", 2},
        {"cron(0 0 3W * ? *)", "2026-01-01 00:00", "2026-01-02 00:00, 2026-02-03 00:00", 2},
        {"cron(0 0 1W * ? *)", "2026-07-31 00:00", "2026-08-03 00:00", 1}, /* 1 August: Saturday */
        {"cron(0 0 31W * ? *)", "2026-05-01 00:00", "2026-05-29 00:00, 2026-07-31 00:00", 2},
        {"cron(0 0 30W * ? *)", "2026-08-01 00:00", "2026-08-31 00:00",
         1}, /* Sunday, then Monday */
        {"cron(0 0 31 * ? *)", "2026-01-31 00:00", "2026-03-31 00:00, 2026-05-31 00:00", 2},
        {"cron(0 0 29 2 ? *)", "2026-01-01 00:00", "2028-02-29 00:00, 2032-02-29 00:00", 2},
        {"cron(0 0 1 1 ? 2199)", "2026-01-01 00:00", "2199-01-01 00:00, never", 2},
        {"cron(59 23 31 12 ? 2199)", "2199-12-31 23:58", "2199-12-31 23:59, never", 2},
        {"cron(0 0 1 JAN,jul ? *)", "2026-01-01 00:00", "2026-07-01 00:00, 2027-01-01 00:00", 2},
        {"cron(0 0 ? * FRI-MON *)", "2026-01-05 00:00",
         "2026-01-09 00:00, 2026-01-10 00:00, 2026-01-11 00:00, 2026-01-12 00:00", 4},
        {"cron(0 0 1 NOV-FEB ? *)", "2026-02-01 00:00", "2026-11-01 00:00, 2026-12-01 00:00", 2},
        {"cron(5,10,58-59 0 1 1 ? *)", "2026-01-01 00:05",
         "2026-01-01 00:10, 2026-01-01 00:58, 2026-01-01 00:59, 2027-01-01 00:05", 4},
        {"cron(10-40/10 0 1 1 ? *)", "2026-01-01 00:00",
         "2026-01-01 00:10, 2026-01-01 00:20, 2026-01-01 00:30, 2026-01-01 00:40", 4},
        {"cron(*/20 0 1 1 ? *)", "2026-01-01 00:00", "2026-01-01 00:20, 2026-01-01 00:40", 2},
        {"cron(0 0 1 1 ? 2027/2)", "2026-01-01 00:00", "2027-01-01 00:00, 2029-01-01 00:00", 2},
        {"cron( 0  0 1 1 ? * )", "2026-01-01 00:00", "2027-01-01 00:00", 1},
        {"cron(0 0 30 2 ? *)", "2026-01-01 00:00", "never", 1},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        CHECK_STR(cases[i].expression,
                  times_after(&t.cx, cases[i].expression, cases[i].after, cases[i].count),
                  str_from_cstr(cases[i].want));
    }
}

static void expressions_are_refused_with_their_field(void **state)
{
    (void)state;
    static const struct {
        const char *expression, *words; /* the words' beginning */
    } cases[] = {
        {"", "rate(...), cron(...) or at(...)"},
        {"cron(0 0 1 1 ? *", "rate(...), cron(...) or at(...)"},
        {"weekly()", "rate(...), cron(...) or at(...)"},
        {"cron(0 0 1 1 ?)", "cron() has six fields"},
        {"cron(0 0 1 1 ? * *)", "cron() has six fields"},
        {"cron(0 0 * * * *)", "one of day-of-month and day-of-week must be \"?\""},
        {"cron(0 0 ? * ? *)", "one of day-of-month and day-of-week must be \"?\""},
        {"cron(60 0 1 1 ? *)", "minutes \"60\": no value"},
        {"cron(-1 0 1 1 ? *)", "minutes \"-1\": no value"},
        {"cron(+1 0 1 1 ? *)", "minutes \"+1\": no value"},
        {"cron(0 24 1 1 ? *)", "hours \"24\": no value"},
        {"cron(0 0 0 1 ? *)", "day-of-month \"0\": no value"},
        {"cron(0 0 32 1 ? *)", "day-of-month \"32\": no value"},
        {"cron(0 0 1 13 ? *)", "month \"13\": no value"},
        {"cron(0 0 1 JANUARY ? *)", "month \"JANUARY\": no value"},
        {"cron(0 0 ? * 0 *)", "day-of-week \"0\": no value"},
        {"cron(0 0 ? * 8 *)", "day-of-week \"8\": no value"},
        {"cron(0 0 ? * 2#6 *)", "day-of-week \"2#6\": # stands"},
        {"cron(0 0 ? * 2#1,3#1 *)", "day-of-week \"2#1,3#1\": # stands"},
        {"cron(0 0 ? * 9L *)", "day-of-week \"9L\": L follows"},
        {"cron(0 0 LW * ? *)", "day-of-month \"LW\": W follows"},
        {"cron(0 0 32W * ? *)", "day-of-month \"32W\": W follows"},
        {"cron(0 0 1 1 ? 1969)", "year \"1969\": no value"},
        {"cron(0 0 1 1 ? 2200)", "year \"2200\": no value"},
        {"cron(10-5 0 1 1 ? *)", "minutes \"10-5\": a range goes upwards"},
        {"cron(0/0 0 1 1 ? *)", "minutes \"0/0\": a step"},
        {"cron(0/60 0 1 1 ? *)", "minutes \"0/60\": a step"},
        {"cron(0, 0 1 1 ? *)", "minutes \"\": no value"},
        {"rate(1 minutes)", "rate(1 minutes): a number"},
        {"rate(5 minute)", "rate(5 minute): a number"},
        {"rate(0 minutes)", "rate(0 minutes): a number"},
        {"rate(5 weeks)", "rate(5 weeks): a number"},
        {"rate(5)", "rate(5): a number"},
        {"at(2026-02-30T00:00:00)", "at(2026-02-30T00:00:00): yyyy"},
        {"at(2026-02-03T24:00:00)", "at(2026-02-03T24:00:00): yyyy"},
        {"at(2026-02-03 00:00:00)", "at(2026-02-03 00:00:00): yyyy"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct expression e;
        struct str text = exact_copy(&t.cx, str_from_cstr(cases[i].expression));
        CHECK_STATUS(&t.cx, expression_read(&t.cx, text, &e), ERR_INVALID);
        struct str got = str_from_cstr(t.cx.err.text);
        CHECK_STR(cases[i].expression, str_slice(got, 0, strlen(cases[i].words)),
                  str_from_cstr(cases[i].words));
    }
}

static void rates_are_milliseconds(void **state)
{
    (void)state;
    static const struct {
        const char *expression;
        int64_t want;
    } cases[] = {
        {"rate(1 minute)", 60000},    {"rate(5 minutes)", 300000}, {"rate(1 hour)", 3600000},
        {"rate(24 hours)", 86400000}, {"rate(7 days)", 604800000},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct expression e;
        CHECK_STATUS(&t.cx, expression_read(&t.cx, str_from_cstr(cases[i].expression), &e), OK);
        CHECK_I64(cases[i].expression, e.rate_ms, cases[i].want);
    }
}

/* Moments of a schedule, as UTC. */
static struct str moments(struct ctx *cx, const char *expression, const char *zone,
                          const char *after_utc, int count)
{
    struct schedule schedule = {.zone = zone};
    struct buf out = buf_in(cx->arena, KIB(4));
    int64_t now_ms = minute_of(after_utc) * 60000;
    CHECK_STATUS(cx, zone_check(cx, str_from_cstr(zone)), OK);
    CHECK_STATUS(cx, expression_read(cx, str_from_cstr(expression), &schedule.expression), OK);
    for (int i = 0; i < count; i++) {
        now_ms = schedule_next_ms(&schedule, now_ms);
        if (now_ms == CRON_NEVER) {
            buf_add(&out, i > 0 ? STR(", never") : STR("never"));
            break;
        }
        buf_addf(&out, "%s" STR_FMT, i > 0 ? ", " : "",
                 STR_ARG(text_of(cx->arena, now_ms / 60000)));
    }
    return buf_str(&out);
}

/* Clocks in Berlin: 2026-03-29 02:00 -> 03:00, 2026-10-25 03:00 -> 02:00. */
static void schedules_follow_their_zone(void **state)
{
    (void)state;
    static const struct {
        const char *expression, *zone, *after, *want;
        int count;
    } cases[] = {
        {"cron(0 9 * * ? *)", "UTC", "2026-03-28 00:00", "2026-03-28 09:00", 1},
        {"cron(0 9 * * ? *)", "Europe/Berlin", "2026-03-28 00:00",
         "2026-03-28 08:00, 2026-03-29 07:00", 2},
        {"cron(30 2 * * ? *)", "Europe/Berlin", "2026-03-28 00:00",
         "2026-03-28 01:30, 2026-03-30 00:30", 2}, /* the 29th has no 02:30 */
        {"cron(30 2 * * ? *)", "Europe/Berlin", "2026-10-24 12:00",
         "2026-10-25 00:30, 2026-10-26 01:30", 2}, /* once, of two */
        {"cron(0 0 * * ? *)", "Asia/Kathmandu", "2026-01-01 00:00", "2026-01-01 18:15", 1},
        {"cron(0 9 * * ? *)", "America/New_York", "2026-07-01 00:00", "2026-07-01 13:00", 1},
        {"at(2026-07-01T09:00:00)", "America/New_York", "2026-01-01 00:00",
         "2026-07-01 13:00, never", 2},
        {"at(2020-07-01T09:00:00)", "UTC", "2026-01-01 00:00", "never", 1},
        {"rate(5 minutes)", "UTC", "2026-01-01 00:01", "2026-01-01 00:06, 2026-01-01 00:11", 2},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        CHECK_STR(
            cases[i].expression,
            moments(&t.cx, cases[i].expression, cases[i].zone, cases[i].after, cases[i].count),
            str_from_cstr(cases[i].want));
    }
}

static void zones_are_those_of_the_machine(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "", "Mars/Olympus", "../../etc/passwd", "/etc/passwd", "Europe", "Europe/Berlin "};
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        CHECK_STATUS(&t.cx, zone_check(&t.cx, str_from_cstr(wrong[i])), ERR_NOT_FOUND);
    }
}

static void events_are_eventbridge_s(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    const struct schedules schedules = {.region = STR("eu-west-1"), .account_id = STR("42")};
    struct schedule schedule = {.arn = STR("arn:x")};
    int64_t time_ms = minute_of("2026-03-02 03:15") * 60000;
    CHECK_STR("rule", schedule_event(&t.arena, &schedule, &schedules, time_ms, "id"),
              STR("{\"version\":\"0\",\"id\":\"id\",\"detail-type\":\"Scheduled Event\","
                  "\"source\":\"aws.events\",\"account\":\"42\",\"time\":\"2026-03-02T03:15:00Z\","
                  "\"region\":\"eu-west-1\",\"resources\":[\"arn:x\"],\"detail\":{}}"));
    schedule.input = STR("{\"at\":\"<aws.scheduler.scheduled-time>\",\"a<b\":1}");
    CHECK_STR("rule's input", schedule_event(&t.arena, &schedule, &schedules, time_ms, "id"),
              schedule.input);
    schedule.is_scheduler = true;
    CHECK_STR("scheduler's input", schedule_event(&t.arena, &schedule, &schedules, time_ms, "id"),
              STR("{\"at\":\"2026-03-02T03:15:00Z\",\"a<b\":1}"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cron_finds_the_next_times),
        cmocka_unit_test(expressions_are_refused_with_their_field),
        cmocka_unit_test(rates_are_milliseconds),
        cmocka_unit_test(schedules_follow_their_zone),
        cmocka_unit_test(zones_are_those_of_the_machine),
        cmocka_unit_test(events_are_eventbridge_s),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
