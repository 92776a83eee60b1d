/*
 * Time and the civil calendar (proleptic Gregorian, UTC). Dates are days since 1970-01-01, so that
 * arithmetic is plain. Algorithm for the calendar: day counts of 400-year eras.
 */
#pragma once

#include "shared/base/str.h"

#include <stdint.h>

/* Unix epoch, milliseconds (CLOCK_REALTIME): deadlines and stamps. */
int64_t clock_now_ms(void);
/* Monotonic microseconds from an arbitrary start: durations. */
int64_t clock_mono_us(void);
/* Sleeps all of it, whatever signals are handled meanwhile. */
void clock_sleep_ms(int64_t ms);

struct date {
    int year, month, day; /* month 1..12, day 1..31 */
};

/* Days since 1970-01-01. The date must exist. */
int32_t date_to_days(struct date date);
struct date date_from_days(int32_t days);
/* 0 Monday .. 6 Sunday */
int date_weekday(int32_t days);
/* The day that holds a moment, in UTC. */
int32_t date_of_ms(int64_t epoch_ms);
/* Exactly "YYYY-MM-DD" of a day that exists, years 0001 to 9999; else false. */
bool date_parse(struct str text, int32_t *days);
/* "YYYY-MM-DD" and NUL; years 0 to 9999. */
void date_format(int32_t days, char out[static 11]);
/* RFC 3339, UTC, milliseconds: "2026-11-20T12:00:00.000Z" and NUL. */
void timestamp_format(int64_t epoch_ms, char out[static 25]);
/* Whole years between two days: age at `on`. 29 February counts on 1 March in other years. */
int date_years_between(int32_t born, int32_t on);
