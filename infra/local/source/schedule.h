/*
 * Fires the template's schedules, as asynchronous events. What a schedule missed while the machine
 * slept is fired once, late. Source: Amazon EventBridge User Guide, "Creating a rule that runs on a
 * schedule"; EventBridge Scheduler User Guide, "Schedule types", "Context attributes".
 */
#pragma once

#include "infra/local/http/request.h"
#include "infra/local/source/async.h"

struct schedule_state {
    const struct schedule *schedule;
    int64_t next_ms; /* by the schedules' clock; CRON_NEVER */
};

struct schedules {
    struct schedule_state items[TEMPLATE_MAX_SCHEDULES];
    size_t count;
    struct async *async;
    struct str region, account_id;
    int64_t offset_ms; /* of the schedules' clock, before the machine's */
    int64_t due_ms;    /* the first of `next_ms`, by the machine's clock; INT64_MAX: none */
};

struct schedules_options {
    struct str region, account_id;
    int64_t offset_ms;
};

/* The asynchronous events and the template must stay. */
void schedules_open(struct schedules *schedules, struct async *async, const struct template *t,
                    const struct schedules_options *options);
/* What is due; after every turn of the loop. */
void schedules_tick(struct schedules *schedules, int64_t now_ms);
/* When it fires after `after_ms`, both by the schedules' clock. */
int64_t schedule_next_ms(const struct schedule *schedule, int64_t after_ms);
/* The event of one firing. */
struct str schedule_event(struct arena *arena, const struct schedule *schedule,
                          const struct schedules *schedules, int64_t time_ms, const char *id);

/* ---- /_/schedules: a list; POST /_/schedules/NAME/fire: now ---------------------------------- */

bool schedule_api_owns(struct str target);
void schedule_api_handle(struct request *request);
