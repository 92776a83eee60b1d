#include "runtime/event/event_member.h"
#include "runtime/event/event_scan.h"
#include "runtime/lambda_batch.h"
#include "shared/base/clock.h"

enum { DAY_MS = 86400000, HOUR_MS = 3600000, MINUTE_MS = 60000, SECOND_MS = 1000 };

bool schedule_event_is(struct str event)
{
    struct event_scan scan;
    struct event_member member = {0};
    bool more = event_scan_begin(&scan, event);
    bool has_type = false;
    bool has_source = false;
    bool has_detail = false;
    while (more && event_scan_next(&scan, &member)) {
        bool is_text = str_has_prefix(member.value, STR("\""));
        has_type |= is_text && str_eq(member.name, STR("detail-type"));
        has_source |= is_text && str_eq(member.name, STR("source"));
        has_detail |= str_eq(member.name, STR("detail"));
    }
    return has_type && has_source && has_detail;
}

/* Two digits at `at`, at most `most`; else -1. */
static int two_digits(struct str text, size_t at, int most)
{
    char tens = text.ptr[at];
    char ones = text.ptr[at + 1];
    if (tens < '0' || tens > '9' || ones < '0' || ones > '9') {
        return -1;
    }
    int value = (tens - '0') * 10 + (ones - '0');
    return value <= most ? value : -1;
}

/* "2026-11-20T12:00:00Z", the one form that EventBridge has. */
static bool time_parse(struct str text, int64_t *out_ms)
{
    int32_t days = 0;
    if (text.len != sizeof "2026-11-20T12:00:00Z" - 1 || text.ptr[10] != 'T' ||
        text.ptr[13] != ':' || text.ptr[16] != ':' || text.ptr[19] != 'Z' ||
        !date_parse(str_slice(text, 0, 10), &days)) {
        return false;
    }
    int hour = two_digits(text, 11, 23);
    int minute = two_digits(text, 14, 59);
    int second = two_digits(text, 17, 59);
    *out_ms = (int64_t)days * DAY_MS + (int64_t)hour * HOUR_MS + (int64_t)minute * MINUTE_MS +
              (int64_t)second * SECOND_MS;
    return hour >= 0 && minute >= 0 && second >= 0;
}

enum status schedule_event_read(struct ctx *cx, struct str event, struct schedule_event *out)
{
    const struct json *root = NULL;
    struct str time = {0};
    *out = (struct schedule_event){0};
    if (json_read(cx, event, NULL, &root) != OK) {
        return err_while(cx, ERR_INVALID, "event");
    }
    const struct event_text texts[] = {
        {root, "", STR("id"), &out->id},         {root, "", STR("detail-type"), &out->detail_type},
        {root, "", STR("source"), &out->source}, {root, "", STR("account"), &out->account},
        {root, "", STR("region"), &out->region}, {root, "", STR("time"), &time},
    };
    TRY(event_texts(cx, texts, ARRAY_LEN(texts)));
    out->detail = event_raw(root, STR("detail"));
    if (out->detail_type.len == 0 || out->source.len == 0) {
        return fail(cx, ERR_INVALID, "event: not an EventBridge event, whose %s is missing",
                    out->detail_type.len == 0 ? "detail-type" : "source");
    }
    if (time.len > 0 && !time_parse(time, &out->time_ms)) {
        return fail(cx, ERR_INVALID, "event: time is \"" STR_FMT "\", no time", STR_ARG(time));
    }
    return event_strings(cx, root, STR("resources"), &out->resources, &out->resource_count);
}
