/*
 * Time zones of the machine's own database (tz, /usr/share/zoneinfo), through glibc. The zone of
 * the process is changed for the length of a call and put back: for a program of one thread.
 */
#pragma once

#include "shared/base/ctx.h"

/* ERR_NOT_FOUND: the machine's database has no such zone. "UTC" is always there. */
enum status zone_check(struct ctx *cx, struct str name) MUST_CHECK;
/* The civil minute there, counted from 1970-01-01T00:00, at a moment. */
int64_t zone_minute_of(const char *zone, int64_t epoch_ms);
/*
 * The moment at which that civil minute begins there; of one that comes twice the first. -1: it
 * never comes, for the clocks go forward over it.
 */
int64_t zone_moment_of(const char *zone, int64_t minute);
