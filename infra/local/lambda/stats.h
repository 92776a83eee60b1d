/*
 * What the dashboard shows: how long requests and events took, what failed, the last events and log
 * lines. Memory is bounded: histograms have fixed buckets, the rest are rings, and the oldest goes.
 */
#pragma once

#include "infra/local/lambda/invocation.h"
#include "infra/local/lambda/report.h"
#include "shared/base/arena.h"

enum {
    STATS_ROUTES = 128, /* the last one stands for all further */
    STATS_ERRORS = 50,
    STATS_ERROR_BYTES = 400,
    STATS_EVENTS = 256,
    STATS_EVENTS_OF_ONE = 20, /* of a function */
    STATS_SOURCE_BYTES = 120, /* a longer one is cut */
    STATS_LINES = 1000,
    STATS_LINE_BYTES = 500, /* a longer one is cut */
};

/* ---- histograms ------------------------------------------------------------------------------ */

/*
 * Buckets a quarter of an octave wide, from 64 us to 18 minutes: what it tells is never more than
 * 25 % too high.
 */
enum { HISTOGRAM_BUCKETS = 98 };

struct histogram {
    uint32_t buckets[HISTOGRAM_BUCKETS];
    uint64_t count;
    int64_t max_us;
};

void histogram_add(struct histogram *h, int64_t us);
/* The least bound that `percent` of the values do not pass; 0 if there is none. */
int64_t histogram_percentile(const struct histogram *h, unsigned percent);
/* What no value in this bucket passes. */
int64_t histogram_bound_us(size_t bucket);

/* ---- what is kept ---------------------------------------------------------------------------- */

struct route_stats {
    struct str name; /* "GET /items/{id}" */
    struct histogram took;
    uint64_t failed; /* 5xx */
};

struct function_stats {
    const struct function *def;
    struct histogram took;
    uint64_t cold, failed, throttled;
};

struct stats_error {
    uint64_t number; /* from 1 */
    int64_t time_ms;
    struct str function; /* its slug; the template's */
    char request_id[37];
    char type[64];
    char words[STATS_ERROR_BYTES];
};

struct stats_event {
    uint64_t id; /* from 1; 0: free */
    const struct function *function;
    int64_t time_ms;
    char request_id[37];
    struct arena arena; /* holds the two */
    struct str event, source;
    enum { EVENT_RUNS, EVENT_DONE, EVENT_FAILED } state;
    int64_t took_us;
};

struct stats_line {
    uint64_t number; /* from 1 */
    int64_t time_ms;
    struct str name; /* the function's slug; the template's, or static */
    uint16_t len;
    bool is_cut;
    char text[STATS_LINE_BYTES];
};

struct stats {
    int64_t since_ms;
    struct arena arena; /* names of routes */
    struct route_stats routes[STATS_ROUTES];
    size_t route_count;
    struct function_stats functions[TEMPLATE_MAX_FUNCTIONS];
    size_t function_count;
    struct stats_error errors[STATS_ERRORS]; /* number modulo */
    uint64_t error_count;
    struct stats_event events[STATS_EVENTS];
    uint64_t event_count;
    size_t event_bytes;
    struct stats_line lines[STATS_LINES]; /* number modulo */
    uint64_t line_count;

    unsigned readers; /* of the dashboard's feed */
};

/* The template must stay. */
void stats_open(struct stats *stats, const struct template *t);
void stats_close(struct stats *stats);

/* A request was answered, or its stream has ended. */
void stats_request(struct stats *stats, struct str route, int status, int64_t took_us);
/* An event comes: it is kept, if it is not too large; its id, or 0. */
uint64_t stats_event_begin(struct stats *stats, const struct function *f,
                           const struct invocation *inv);
/* What became of the event of this request id; of an init alone too. */
void stats_event_end(struct stats *stats, const struct function *f, const struct report *report);
void stats_throttled(struct stats *stats, const struct function *f);
void stats_error(struct stats *stats, const struct function *f, const char *request_id,
                 const char *type, struct str payload);
/* A line of the log. `name` must stay. */
void stats_line(struct stats *stats, struct str name, struct str line);

/* NULL: it is not kept, or no longer. */
const struct stats_event *stats_event_find(const struct stats *stats, uint64_t id);
