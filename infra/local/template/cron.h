/*
 * When a schedule fires: EventBridge's rate(), cron() and at(). Pure: local civil minutes in,
 * local civil minutes out; zones are zone.h's business. Source: Amazon EventBridge User Guide,
 * "Cron expressions", "Rate expressions"; EventBridge Scheduler User Guide, "Schedule types".
 *
 *   cron(minutes hours day-of-month month day-of-week year)
 *   0-59; 0-23; 1-31, ?, L, 15W; 1-12 or JAN-DEC; 1-7 or SUN-SAT, ?, L, 6L, 3#2; 1970-2199
 *
 * with * , - / in each; one of the two days must be "?".
 */
#pragma once

#include "shared/base/ctx.h"

enum { CRON_FIRST_YEAR = 1970, CRON_LAST_YEAR = 2199 };
#define CRON_NEVER INT64_MAX

enum schedule_kind { SCHEDULE_RATE, SCHEDULE_CRON, SCHEDULE_AT };

/* Bit n: the value n. */
struct cron {
    uint64_t minutes;
    uint32_t hours, months;
    uint32_t days;        /* of the month, 1 to 31 */
    bool last_day;        /* L */
    int weekday_near;     /* of 15W; 0: none */
    bool by_weekday;      /* the day of the week counts, that of the month is "?" */
    uint32_t weekdays;    /* 1 Sunday .. 7 Saturday */
    int last_weekday;     /* of 6L; 0: none */
    int nth_weekday, nth; /* of 3#2; 0: none */
    uint64_t years[4];    /* from CRON_FIRST_YEAR */
};

struct expression {
    enum schedule_kind kind;
    int64_t rate_ms;
    struct cron cron;
    int64_t at_minute; /* local, as cron_next counts them */
};

/* ERR_INVALID: the words say which field, and what it takes. */
enum status expression_read(struct ctx *cx, struct str text,
                            struct expression *expression) MUST_CHECK;
/*
 * The first minute after `minute` that fits, both counted from 1970-01-01T00:00 of the civil
 * calendar, whatever the zone. CRON_NEVER: none until the end of 2199.
 */
int64_t cron_next(const struct cron *cron, int64_t minute);
