#include "infra/local/dashboard/dashboard_feed.h"

#include "infra/local/lambda/instance.h"
#include "infra/local/source/schedule.h"
#include "infra/local/source/sqs.h"
#include "shared/base/clock.h"
#include "shared/json/json.h"

enum {
    LINES_AT_ONCE = 200,
    EVENTS_SHOWN = 60,
    MAX_LINE_JSON = 6 * STATS_LINE_BYTES + 512 /* a control character becomes six */
};

static void write_histogram(struct json_writer *w, const struct histogram *h, bool is_brief)
{
    json_member_i64(w, "count", (int64_t)h->count);
    json_member_i64(w, "p50", histogram_percentile(h, 50));
    json_member_i64(w, "p95", histogram_percentile(h, 95));
    json_member_i64(w, "p99", histogram_percentile(h, 99));
    json_member_i64(w, "max", h->max_us);
    json_member_array(w, "buckets"); /* [bound, count] of those that are not empty */
    for (size_t i = 0; i < HISTOGRAM_BUCKETS && !is_brief; i++) {
        if (h->buckets[i] > 0) {
            json_array_begin(w);
            json_i64(w, histogram_bound_us(i));
            json_i64(w, (int64_t)h->buckets[i]);
            json_array_end(w);
        }
    }
    json_array_end(w);
}

static void write_routes(struct json_writer *w, const struct stats *stats, bool is_brief)
{
    json_member_array(w, "routes");
    for (size_t i = 0; i < stats->route_count; i++) {
        json_object_begin(w);
        json_member_str(w, "name", stats->routes[i].name);
        json_member_i64(w, "failed", (int64_t)stats->routes[i].failed);
        write_histogram(w, &stats->routes[i].took, is_brief);
        json_object_end(w);
    }
    json_array_end(w);
}

static void write_instances(struct json_writer *w, const struct function_state *function)
{
    static const char *const names[] = {
        [INSTANCE_STARTING] = "starting", [INSTANCE_IDLE] = "idle",     [INSTANCE_BUSY] = "busy",
        [INSTANCE_ANSWERED] = "answered", [INSTANCE_ENDING] = "ending",
    };
    int64_t counts[ARRAY_LEN(names)] = {0};
    for (const struct instance *it = function->instances; it != NULL; it = it->next) {
        counts[it->state]++;
    }
    json_member_object(w, "instances");
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        json_member_i64(w, names[i], counts[i]);
    }
    json_object_end(w);
}

static void write_functions(struct json_writer *w, const struct stats *stats,
                            const struct pool *pool, bool is_brief)
{
    json_member_array(w, "functions");
    for (size_t i = 0; i < stats->function_count; i++) {
        const struct function_stats *f = &stats->functions[i];
        json_object_begin(w);
        json_member_str(w, "slug", f->def->slug);
        json_member_i64(w, "cold", (int64_t)f->cold);
        json_member_i64(w, "failed", (int64_t)f->failed);
        json_member_i64(w, "throttled", (int64_t)f->throttled);
        json_member_i64(w, "limit", (int64_t)pool_limit(pool, f->def));
        write_histogram(w, &f->took, is_brief);
        write_instances(w, &pool->functions[i]); /* both as in the template */
        json_object_end(w);
    }
    json_array_end(w);
}

static void write_queues(struct json_writer *w, struct sqs *sqs)
{
    int64_t now_ms = clock_now_ms();
    json_member_array(w, "queues");
    for (size_t i = 0; sqs != NULL && i < sqs->queues.count; i++) {
        struct queue *queue = &sqs->queues.items[i];
        json_object_begin(w);
        json_member_str(w, "name", queue->config->name);
        json_member_i64(w, "visible", (int64_t)queue_visible(queue, now_ms));
        json_member_i64(w, "delayed", (int64_t)(queue->waiting.count - queue->in_flight));
        json_member_i64(w, "inFlight", (int64_t)queue->in_flight);
        if (queue->dead_letter != NULL) {
            const struct queue *dead = queue->dead_letter;
            json_member_str(w, "deadLetterQueue", dead->config->name);
            json_member_i64(w, "deadLetters", (int64_t)(dead->ready.count + dead->waiting.count));
        }
        json_object_end(w);
    }
    json_array_end(w);
}

/* `next` by the schedules' own clock, which tests set; `nextIn` from now. */
static void write_schedules(struct json_writer *w, const struct schedules *schedules, bool is_brief)
{
    json_member_array(w, "schedules");
    for (size_t i = 0; schedules != NULL && i < schedules->count; i++) {
        const struct schedule_state *state = &schedules->items[i];
        json_object_begin(w);
        json_member_str(w, "name", state->schedule->name);
        json_member_str(w, "function", state->schedule->function->slug);
        json_member_str(w, "expression", is_brief ? STR("") : state->schedule->text);
        json_member_cstr(w, "zone", is_brief ? "" : state->schedule->zone);
        json_member_bool(w, "enabled", state->schedule->enabled);
        if (state->next_ms != CRON_NEVER) {
            json_member_i64(w, "next", state->next_ms);
            json_member_i64(w, "nextIn", state->next_ms - schedules->offset_ms - clock_now_ms());
        }
        json_object_end(w);
    }
    json_array_end(w);
}

static void write_errors(struct json_writer *w, const struct stats *stats, bool is_brief)
{
    json_member_array(w, "errors"); /* the last first */
    for (uint64_t n = stats->error_count; n > 0 && n + STATS_ERRORS > stats->error_count; n--) {
        const struct stats_error *error = &stats->errors[n % STATS_ERRORS];
        json_object_begin(w);
        json_member_i64(w, "time", error->time_ms);
        json_member_str(w, "function", error->function);
        json_member_cstr(w, "requestId", error->request_id);
        json_member_cstr(w, "type", error->type);
        json_member_cstr(w, "words", is_brief ? "" : error->words);
        json_object_end(w);
    }
    json_array_end(w);
}

static void write_events(struct json_writer *w, const struct stats *stats, bool is_brief)
{
    static const char *const states[] = {
        [EVENT_RUNS] = "runs", [EVENT_DONE] = "done", [EVENT_FAILED] = "failed"};
    size_t shown = 0;
    json_member_array(w, "events"); /* the last first */
    for (uint64_t id = stats->event_count; id > 0 && shown < EVENTS_SHOWN; id--) {
        const struct stats_event *event = stats_event_find(stats, id);
        if (event == NULL) {
            if (id + 4UL * STATS_EVENTS < stats->event_count) {
                break;
            }
            continue;
        }
        shown++;
        json_object_begin(w);
        json_member_i64(w, "id", (int64_t)event->id);
        json_member_i64(w, "time", event->time_ms);
        json_member_str(w, "function", event->function->slug);
        json_member_str(w, "source", is_brief ? STR("") : event->source);
        json_member_cstr(w, "requestId", event->request_id);
        json_member_cstr(w, "state", states[event->state]);
        json_member_i64(w, "took", event->took_us);
        json_member_i64(w, "bytes", (int64_t)event->event.len);
        json_object_end(w);
    }
    json_array_end(w);
}

static void write_stats(const struct service *service, bool is_brief, struct buf *out)
{
    struct json_writer w = json_writer_on(out);
    json_object_begin(&w);
    json_member_i64(&w, "now", clock_now_ms());
    json_member_i64(&w, "since", service->stats->since_ms);
    json_member_i64(&w, "alive", (int64_t)service->pool->alive);
    write_routes(&w, service->stats, is_brief);
    write_functions(&w, service->stats, service->pool, is_brief);
    write_queues(&w, service->sqs);
    write_schedules(&w, service->schedules, is_brief);
    write_errors(&w, service->stats, is_brief);
    write_events(&w, service->stats, is_brief);
    json_object_end(&w);
}

void dashboard_write_stats(const struct service *service, struct buf *out)
{
    write_stats(service, false, out);
    if (out->full) {
        buf_clear(out);
        write_stats(service, true, out);
    }
}

bool dashboard_write_lines(const struct stats *stats, uint64_t *seen, struct buf *out)
{
    struct json_writer w = json_writer_on(out);
    uint64_t first = *seen + 1;
    if (first + STATS_LINES <= stats->line_count) {
        first = stats->line_count - STATS_LINES + 1; /* what is older is gone */
    }
    if (first > stats->line_count) {
        return false;
    }
    json_array_begin(&w);
    for (uint64_t n = first;
         n <= stats->line_count && n < first + LINES_AT_ONCE && out->max - out->len > MAX_LINE_JSON;
         n++) {
        const struct stats_line *line = &stats->lines[n % STATS_LINES];
        json_object_begin(&w);
        json_member_i64(&w, "time", line->time_ms);
        json_member_str(&w, "name", line->name);
        json_member_str(&w, "text", (struct str){.ptr = line->text, .len = line->len});
        json_member_bool(&w, "cut", line->is_cut);
        json_object_end(&w);
        *seen = n;
    }
    json_array_end(&w);
    return true;
}
