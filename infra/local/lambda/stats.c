#include "infra/local/lambda/stats.h"

#include "shared/base/clock.h"

#include <stdio.h>

enum { FIRST_OCTAVE = 6, QUARTERS = 4 }; /* 2^6 us */

static const size_t MAX_EVENT_BYTES = MIB(1);      /* a larger one is not kept */
static const size_t MAX_ALL_EVENT_BYTES = MIB(16); /* of all functions */

/* ---- histograms ------------------------------------------------------------------------------ */

/* Bucket 0 is all below 64 us; then four an octave. */
static size_t bucket_of(int64_t us)
{
    uint64_t value = us > 0 ? (uint64_t)us : 0;
    if (value < 1U << FIRST_OCTAVE) {
        return 0;
    }
    size_t octave = 63 - (size_t)__builtin_clzll(value);
    size_t quarter = (size_t)(value >> (octave - 2)) & (QUARTERS - 1);
    size_t bucket = (octave - FIRST_OCTAVE) * QUARTERS + quarter + 1;
    return bucket < HISTOGRAM_BUCKETS ? bucket : HISTOGRAM_BUCKETS - 1;
}

int64_t histogram_bound_us(size_t bucket)
{
    size_t octave = FIRST_OCTAVE + bucket / QUARTERS;
    return (int64_t)1 << octave | (int64_t)(bucket % QUARTERS) << (octave - 2);
}

void histogram_add(struct histogram *h, int64_t us)
{
    h->buckets[bucket_of(us)]++;
    h->count++;
    h->max_us = us > h->max_us ? us : h->max_us;
}

int64_t histogram_percentile(const struct histogram *h, unsigned percent)
{
    uint64_t wanted = (h->count * percent + 99) / 100;
    uint64_t seen = 0;
    for (size_t i = 0; i < HISTOGRAM_BUCKETS && wanted > 0; i++) {
        seen += h->buckets[i];
        if (seen >= wanted) {
            int64_t bound = histogram_bound_us(i);
            return bound < h->max_us ? bound : h->max_us;
        }
    }
    return 0;
}

/* ---------------------------------------------------------------------------------------------- */

void stats_open(struct stats *stats, const struct template *t)
{
    stats->since_ms = clock_now_ms();
    arena_init(&stats->arena, 0);
    for (size_t i = 0; i < t->function_count; i++) {
        stats->functions[stats->function_count++].def = &t->functions[i];
    }
}

static void event_drop(struct stats *stats, struct stats_event *event)
{
    if (event->id != 0) {
        stats->event_bytes -= event->event.len;
        arena_deinit(&event->arena);
        event->id = 0;
    }
}

void stats_close(struct stats *stats)
{
    for (size_t i = 0; i < STATS_EVENTS; i++) {
        event_drop(stats, &stats->events[i]);
    }
    arena_deinit(&stats->arena);
}

static struct function_stats *function_find(struct stats *stats, const struct function *f)
{
    size_t i = 0;
    while (stats->functions[i].def != f) {
        i++;
    }
    return &stats->functions[i];
}

void stats_request(struct stats *stats, struct str route, int status, int64_t took_us)
{
    size_t i = 0;
    while (i < stats->route_count && !str_eq(stats->routes[i].name, route)) {
        i++;
    }
    if (i == STATS_ROUTES) {
        i = STATS_ROUTES - 1;
        stats->routes[i].name = STR("(further routes)");
    } else if (i == stats->route_count) {
        stats->routes[stats->route_count++].name = arena_str_copy(&stats->arena, route);
    }
    stats->routes[i].failed += status >= 500;
    histogram_add(&stats->routes[i].took, took_us);
}

/* ---- events ---------------------------------------------------------------------------------- */

/* The oldest, of `f` or of all (NULL); `*count`: how many there are. NULL: none. */
static struct stats_event *oldest(struct stats *stats, const struct function *f, size_t *count)
{
    struct stats_event *first = NULL;
    *count = 0;
    for (size_t i = 0; i < STATS_EVENTS; i++) {
        struct stats_event *event = &stats->events[i];
        if (event->id != 0 && (f == NULL || event->function == f)) {
            (*count)++;
            first = first == NULL || event->id < first->id ? event : first;
        }
    }
    return first;
}

static struct stats_event *make_room(struct stats *stats, const struct function *f, size_t bytes)
{
    size_t count = 0;
    struct stats_event *first = oldest(stats, f, &count);
    if (count >= STATS_EVENTS_OF_ONE) {
        event_drop(stats, first);
    }
    first = oldest(stats, NULL, &count);
    while (first != NULL &&
           (count == STATS_EVENTS || stats->event_bytes + bytes > MAX_ALL_EVENT_BYTES)) {
        event_drop(stats, first);
        first = oldest(stats, NULL, &count);
    }
    size_t i = 0;
    while (stats->events[i].id != 0) {
        i++;
    }
    return &stats->events[i];
}

uint64_t stats_event_begin(struct stats *stats, const struct function *f,
                           const struct invocation *inv)
{
    if (inv->event.len > MAX_EVENT_BYTES) {
        return 0;
    }
    struct stats_event *slot = make_room(stats, f, inv->event.len);
    *slot = (struct stats_event){
        .id = ++stats->event_count,
        .function = f,
        .time_ms = clock_now_ms(),
    };
    (void)snprintf(slot->request_id, sizeof(slot->request_id), "%s", inv->request_id);
    arena_init(&slot->arena, inv->event.len + STATS_SOURCE_BYTES + 64);
    slot->event = arena_str_copy(&slot->arena, inv->event);
    slot->source = arena_str_copy(&slot->arena, str_slice(inv->source, 0, STATS_SOURCE_BYTES));
    stats->event_bytes += inv->event.len;
    return slot->id;
}

const struct stats_event *stats_event_find(const struct stats *stats, uint64_t id)
{
    for (size_t i = 0; i < STATS_EVENTS; i++) {
        if (id != 0 && stats->events[i].id == id) {
            return &stats->events[i];
        }
    }
    return NULL;
}

static void note_end(struct stats *stats, const struct report *report)
{
    for (size_t i = 0; i < STATS_EVENTS && report->request_id != NULL; i++) {
        struct stats_event *event = &stats->events[i];
        if (event->id != 0 && strcmp(event->request_id, report->request_id) == 0) {
            event->state = report->failure != NULL ? EVENT_FAILED : EVENT_DONE;
            event->took_us = report->duration_us;
        }
    }
}

void stats_event_end(struct stats *stats, const struct function *f, const struct report *report)
{
    struct function_stats *function = function_find(stats, f);
    histogram_add(&function->took, report->duration_us);
    function->cold += report->init_us > 0;
    function->failed += report->failure != NULL;
    note_end(stats, report);
}

void stats_throttled(struct stats *stats, const struct function *f)
{
    function_find(stats, f)->throttled++;
}

/* ---- errors, lines --------------------------------------------------------------------------- */

void stats_error(struct stats *stats, const struct function *f, const char *request_id,
                 const char *type, struct str payload)
{
    struct stats_error *error = &stats->errors[++stats->error_count % STATS_ERRORS];
    *error = (struct stats_error){
        .number = stats->error_count, .time_ms = clock_now_ms(), .function = f->slug};
    (void)snprintf(error->request_id, sizeof(error->request_id), "%s", request_id);
    (void)snprintf(error->type, sizeof(error->type), "%s", type != NULL ? type : "");
    (void)snprintf(error->words, sizeof(error->words), STR_FMT, STR_ARG(payload));
}

void stats_line(struct stats *stats, struct str name, struct str line)
{
    struct stats_line *kept = &stats->lines[++stats->line_count % STATS_LINES];
    struct str text = str_slice(line, 0, STATS_LINE_BYTES);
    kept->number = stats->line_count;
    kept->time_ms = clock_now_ms();
    kept->name = name;
    kept->len = (uint16_t)text.len;
    kept->is_cut = text.len < line.len;
    memcpy(kept->text, text.ptr, text.len);
}
