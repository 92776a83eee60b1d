#include "infra/local/source/schedule.h"

#include "infra/local/base/text.h"
#include "infra/local/http/admit.h"
#include "infra/local/template/zone.h"
#include "shared/base/clock.h"
#include "shared/base/uuid.h"
#include "shared/json/json.h"

enum { MAX_EVENT_BYTES = 256 * 1024, MINUTE_MS = 60000, TIME_LEN = 19 };
static const struct str PREFIX = STR_INIT("/_/schedules");

/* ---- when ------------------------------------------------------------------------------------ */

static int64_t cron_moment(const struct schedule *schedule, int64_t after_ms)
{
    int64_t minute = zone_minute_of(schedule->zone, after_ms);
    int64_t moment = -1;
    /* A minute that the clocks skip never comes; one that they repeat counts once. */
    while (moment <= after_ms) {
        minute = cron_next(&schedule->expression.cron, minute);
        if (minute == CRON_NEVER) {
            return CRON_NEVER;
        }
        moment = zone_moment_of(schedule->zone, minute);
    }
    return moment;
}

int64_t schedule_next_ms(const struct schedule *schedule, int64_t after_ms)
{
    int64_t moment = 0;
    switch (schedule->expression.kind) {
    case SCHEDULE_RATE:
        return after_ms + schedule->expression.rate_ms;
    case SCHEDULE_CRON:
        return cron_moment(schedule, after_ms);
    case SCHEDULE_AT:
        moment = zone_moment_of(schedule->zone, schedule->expression.at_minute);
        return moment > after_ms ? moment : CRON_NEVER;
    }
    return CRON_NEVER;
}

static void note_due(struct schedules *schedules)
{
    schedules->due_ms = INT64_MAX;
    for (size_t i = 0; i < schedules->count; i++) {
        int64_t next_ms = schedules->items[i].next_ms;
        if (next_ms != CRON_NEVER && next_ms - schedules->offset_ms < schedules->due_ms) {
            schedules->due_ms = next_ms - schedules->offset_ms;
        }
    }
}

void schedules_open(struct schedules *schedules, struct async *async, const struct template *t,
                    const struct schedules_options *options)
{
    *schedules = (struct schedules){
        .async = async,
        .region = options->region,
        .account_id = options->account_id,
        .offset_ms = options->offset_ms,
    };
    int64_t now_ms = clock_now_ms() + options->offset_ms;
    for (size_t i = 0; i < t->schedule_count; i++) {
        const struct schedule *schedule = &t->schedules[i];
        schedules->items[schedules->count++] = (struct schedule_state){
            .schedule = schedule,
            .next_ms = schedule->enabled ? schedule_next_ms(schedule, now_ms) : CRON_NEVER,
        };
    }
    note_due(schedules);
}

/* ---- what ------------------------------------------------------------------------------------ */

/* "2026-03-02T03:15:00Z" */
static struct str seconds_stamp(struct arena *arena, int64_t time_ms)
{
    char stamp[25];
    timestamp_format(time_ms, stamp);
    return arena_format(arena, "%.*sZ", (int)TIME_LEN, stamp);
}

/* Scheduler's <aws.scheduler.execution-id> and its like. */
static struct str context_filled(struct arena *arena, const struct schedule *schedule,
                                 int64_t time_ms, const char *id)
{
    const struct {
        struct str name, value;
    } names[] = {
        {STR("<aws.scheduler.schedule-arn>"), schedule->arn},
        {STR("<aws.scheduler.scheduled-time>"), seconds_stamp(arena, time_ms)},
        {STR("<aws.scheduler.execution-id>"), str_from_cstr(id)},
        {STR("<aws.scheduler.attempt-number>"), STR("1")},
    };
    struct buf out = buf_in(arena, MAX_EVENT_BYTES);
    for (size_t at = 0; at < schedule->input.len;) {
        struct str rest = str_slice(schedule->input, at, schedule->input.len);
        size_t used = 1;
        struct str piece = str_slice(rest, 0, 1);
        for (size_t i = 0; i < ARRAY_LEN(names); i++) {
            if (str_has_prefix(rest, names[i].name)) {
                used = names[i].name.len;
                piece = names[i].value;
            }
        }
        buf_add(&out, piece);
        at += used;
    }
    return buf_str(&out);
}

struct str schedule_event(struct arena *arena, const struct schedule *schedule,
                          const struct schedules *schedules, int64_t time_ms, const char *id)
{
    if (schedule->input.len > 0) {
        return schedule->is_scheduler ? context_filled(arena, schedule, time_ms, id)
                                      : schedule->input;
    }
    struct buf out = buf_in(arena, KIB(8));
    struct json_writer w = json_writer_on(&out);
    json_object_begin(&w);
    json_member_cstr(&w, "version", "0");
    json_member_cstr(&w, "id", id);
    json_member_cstr(&w, "detail-type", "Scheduled Event");
    json_member_cstr(&w, "source", schedule->is_scheduler ? "aws.scheduler" : "aws.events");
    json_member_str(&w, "account", schedules->account_id);
    json_member_str(&w, "time", seconds_stamp(arena, time_ms));
    json_member_str(&w, "region", schedules->region);
    json_member_array(&w, "resources");
    json_str(&w, schedule->arn);
    json_array_end(&w);
    if (schedule->is_scheduler) {
        json_member_cstr(&w, "detail", "{}");
    } else {
        json_member_object(&w, "detail");
        json_object_end(&w);
    }
    json_object_end(&w);
    return buf_str(&out);
}

/* `id`: of the event, and of the invocation. */
static bool fire(struct schedules *schedules, const struct schedule *schedule, int64_t time_ms,
                 char id[static UUID_TEXT_LEN + 1])
{
    struct arena arena;
    arena_init(&arena, KIB(4));
    uuid_v4(id);
    struct async_send send = {
        .payload = schedule_event(&arena, schedule, schedules, time_ms, id),
        .source = arena_format(&arena, "schedule " STR_FMT, STR_ARG(schedule->name)),
        .request_id = id,
    };
    bool taken = async_submit(schedules->async, schedule->function, &send);
    output_say(schedules->async->pool->output, schedule->function->slug,
               "clambda-local: schedule " STR_FMT " fires: %s%s", STR_ARG(schedule->name),
               taken ? "event " : "too many events wait", taken ? id : "");
    arena_deinit(&arena);
    return taken;
}

void schedules_tick(struct schedules *schedules, int64_t now_ms)
{
    char id[UUID_TEXT_LEN + 1];
    int64_t own_ms = now_ms + schedules->offset_ms;
    if (now_ms < schedules->due_ms) {
        return;
    }
    for (size_t i = 0; i < schedules->count; i++) {
        struct schedule_state *state = &schedules->items[i];
        if (state->next_ms <= own_ms) {
            (void)fire(schedules, state->schedule, state->next_ms, id);
            bool is_rate = state->schedule->expression.kind == SCHEDULE_RATE;
            int64_t next_ms = schedule_next_ms(state->schedule, is_rate ? state->next_ms : own_ms);
            state->next_ms =
                next_ms <= own_ms ? schedule_next_ms(state->schedule, own_ms) : next_ms;
        }
    }
    note_due(schedules);
}

/* ---- the API --------------------------------------------------------------------------------- */

bool schedule_api_owns(struct str target)
{
    struct str rest = target;
    return str_skip_prefix(&rest, PREFIX) && (rest.len == 0 || rest.ptr[0] == '/');
}

static void answer_words(struct request *request, int status, const char *key, struct str words)
{
    struct buf out = buf_in(&request->arena, KIB(2));
    struct json_writer w = json_writer_on(&out);
    json_object_begin(&w);
    json_member_str(&w, key, words);
    json_object_end(&w);
    request_add_header(request, STR("content-type"), STR("application/json"));
    request_answer(request, status, buf_str(&out));
}

static void answer_list(struct request *request)
{
    const struct schedules *schedules = request->service->schedules;
    struct buf out = buf_in(&request->arena, MIB(1));
    struct json_writer w = json_writer_on(&out);
    json_object_begin(&w);
    json_member_array(&w, "schedules");
    for (size_t i = 0; i < schedules->count; i++) {
        const struct schedule_state *state = &schedules->items[i];
        json_object_begin(&w);
        json_member_str(&w, "name", state->schedule->name);
        json_member_str(&w, "function", state->schedule->function->slug);
        json_member_str(&w, "expression", state->schedule->text);
        json_member_cstr(&w, "zone", state->schedule->zone);
        json_member_bool(&w, "enabled", state->schedule->enabled);
        if (state->next_ms != CRON_NEVER) {
            json_member_str(&w, "next", seconds_stamp(&request->arena, state->next_ms));
        }
        json_object_end(&w);
    }
    json_array_end(&w);
    json_object_end(&w);
    request_add_header(request, STR("content-type"), STR("application/json"));
    request_answer(request, 200, buf_str(&out));
}

static void answer_fire(struct request *request, struct str name)
{
    struct schedules *schedules = request->service->schedules;
    char id[UUID_TEXT_LEN + 1];
    for (size_t i = 0; i < schedules->count; i++) {
        const struct schedule *schedule = schedules->items[i].schedule;
        if (!str_eq(schedule->name, name)) {
            continue;
        }
        if (fire(schedules, schedule, clock_now_ms() + schedules->offset_ms, id)) {
            answer_words(request, 202, "requestId", str_from_cstr(id));
        } else {
            answer_words(request, 429, "message", STR("too many events of this function wait"));
        }
        return;
    }
    answer_words(
        request, 404, "message",
        arena_format(&request->arena, "no schedule " STR_FMT, STR_ARG(str_slice(name, 0, 128))));
}

void schedule_api_handle(struct request *request)
{
    struct str path = str_slice(request->target, PREFIX.len, str_find_char(request->target, '?'));
    if (!admit_local(request)) {
        return;
    }
    if (path.len == 0) {
        answer_list(request);
    } else if (!str_has_suffix(path, STR("/fire")) || path.len <= STR("//fire").len) {
        answer_words(request, 404, "message", STR("GET /_/schedules, POST /_/schedules/NAME/fire"));
    } else if (!str_eq(request->method, STR("POST"))) {
        answer_words(request, 405, "message", STR("firing is a POST"));
    } else {
        path = str_slice(path, 1, path.len - STR("/fire").len);
        answer_fire(request, text_percent_decode(&request->arena, path, false));
    }
}
