#include "infra/local/template/zone.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

enum { MAX_ZONE_BYTES = 64, TWO_HOURS_S = 7200 };
static const char FOLDER[] = "/usr/share/zoneinfo/";

struct old_zone {
    bool was_set;
    char text[PATH_MAX];
};

static void zone_enter(const char *zone, struct old_zone *old)
{
    const char *now = getenv("TZ");
    char name[MAX_ZONE_BYTES + 2];
    old->was_set = now != NULL;
    (void)snprintf(old->text, sizeof(old->text), "%s", now != NULL ? now : "");
    (void)snprintf(name, sizeof(name), ":%s", zone);
    (void)setenv("TZ", name, 1);
    tzset();
}

static void zone_leave(const struct old_zone *old)
{
    if (old->was_set) {
        (void)setenv("TZ", old->text, 1);
    } else {
        (void)unsetenv("TZ");
    }
    tzset();
}

static bool name_is_sound(struct str name)
{
    bool good = name.len > 0 && name.len <= MAX_ZONE_BYTES && name.ptr[0] != '/';
    for (size_t i = 0; i < name.len && good; i++) {
        char c = name.ptr[i];
        good = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
               c == '_' || c == '-' || c == '+' || c == '/';
    }
    return good;
}

enum status zone_check(struct ctx *cx, struct str name)
{
    struct stat st;
    struct str path = arena_format(cx->arena, "%s" STR_FMT, FOLDER, STR_ARG(name));
    if (str_eq(name, STR("UTC")) ||
        (name_is_sound(name) && stat(path.ptr, &st) == 0 && S_ISREG(st.st_mode))) {
        return OK;
    }
    return fail(cx, ERR_NOT_FOUND, "no time zone \"" STR_FMT "\" under %s",
                STR_ARG(str_slice(name, 0, MAX_ZONE_BYTES)), FOLDER);
}

static int64_t civil_minute(const struct tm *tm)
{
    struct tm copy = *tm;
    return (int64_t)timegm(&copy) / 60;
}

int64_t zone_minute_of(const char *zone, int64_t epoch_ms)
{
    struct old_zone old;
    struct tm tm;
    time_t when = (time_t)(epoch_ms / 1000);
    zone_enter(zone, &old);
    (void)localtime_r(&when, &tm);
    zone_leave(&old);
    tm.tm_sec = 0;
    return civil_minute(&tm);
}

int64_t zone_moment_of(const char *zone, int64_t minute)
{
    struct old_zone old;
    struct tm wanted;
    struct tm got;
    time_t civil = (time_t)minute * 60;
    int64_t moment = -1;
    (void)gmtime_r(&civil, &wanted);
    wanted.tm_isdst = -1;
    zone_enter(zone, &old);
    time_t guess = mktime(&wanted);
    /* glibc takes one of two; the other is at most two hours away. */
    for (time_t when = guess - TWO_HOURS_S; when <= guess + TWO_HOURS_S && moment < 0; when += 60) {
        if (localtime_r(&when, &got) != NULL && civil_minute(&got) == minute && got.tm_sec == 0) {
            moment = (int64_t)when * 1000;
        }
    }
    zone_leave(&old);
    return moment;
}
