/*
 * Values become lines: {"_aws":{...which members are metrics...},"name":value,...}
 */
#include "runtime/metrics/metrics_document.h"

#include "shared/base/clock.h"
#include "shared/json/json.h"
#include "shared/log/log.h"

#include <assert.h>
#include <unistd.h>

static const struct {
    struct str name;
} units[] = {
#define METRICS_UNIT_NAME(unit, text) [unit] = {STR_INIT(text)},
    METRICS_UNITS(METRICS_UNIT_NAME)
#undef METRICS_UNIT_NAME
};

/* The metrics of one document: those that have values left, as many as go into one. */
struct document {
    struct metric *metrics[METRICS_PER_DOCUMENT];
    size_t count;
};

static bool document_fill(struct metrics *m, struct document *document)
{
    document->count = 0;
    for (size_t i = 0; i < m->metric_count && document->count < METRICS_PER_DOCUMENT; i++) {
        if (m->metrics[i].written < m->metrics[i].count) {
            document->metrics[document->count++] = &m->metrics[i];
        }
    }
    return document->count > 0;
}

static void write_dimensions(struct json_writer *w, const struct metrics *m)
{
    json_member_array(w, "Dimensions");
    for (size_t i = 0; i < m->set_count; i++) {
        json_array_begin(w);
        for (size_t k = 0; k < m->sets[i].count; k++) {
            json_str(w, m->sets[i].pairs[k].name);
        }
        json_array_end(w);
    }
    if (m->set_count == 0) {
        json_raw(w, STR("[]"));
    }
    json_array_end(w);
}

static void write_directive(struct json_writer *w, const struct metrics *m,
                            const struct document *document)
{
    json_member_object(w, "_aws");
    json_member_i64(w, "Timestamp", clock_now_ms());
    json_member_array(w, "CloudWatchMetrics");
    json_object_begin(w);
    json_member_str(w, "Namespace", m->name_space);
    write_dimensions(w, m);
    json_member_array(w, "Metrics");
    for (size_t i = 0; i < document->count; i++) {
        json_object_begin(w);
        json_member_str(w, "Name", document->metrics[i]->name);
        json_member_str(w, "Unit", units[document->metrics[i]->unit].name);
        if (document->metrics[i]->is_high_resolution) {
            json_member_i64(w, "StorageResolution", 1);
        }
        json_object_end(w);
    }
    json_array_end(w);
    json_object_end(w);
    json_array_end(w);
    json_object_end(w);
}

/* A dimension of several sets is one member. */
static bool is_written_before(const struct metrics *m, size_t set, struct str name)
{
    for (size_t i = 0; i < set; i++) {
        for (size_t k = 0; k < m->sets[i].count; k++) {
            if (str_eq(m->sets[i].pairs[k].name, name)) {
                return true;
            }
        }
    }
    return false;
}

static void write_texts(struct json_writer *w, const struct metrics *m)
{
    for (size_t i = 0; i < m->set_count; i++) {
        for (size_t k = 0; k < m->sets[i].count; k++) {
            const struct metrics_pair *pair = &m->sets[i].pairs[k];
            if (!is_written_before(m, i, pair->name)) {
                json_key(w, pair->name);
                json_str(w, pair->value);
            }
        }
    }
    for (size_t i = 0; i < m->property_count; i++) {
        json_key(w, m->properties[i].name);
        json_str(w, m->properties[i].value);
    }
}

/* A number, or an array of up to METRICS_VALUES_PER_DOCUMENT; the rest is for the next document. */
static void write_values(struct json_writer *w, struct metric *metric)
{
    size_t left = metric->count - metric->written;
    size_t count = left < METRICS_VALUES_PER_DOCUMENT ? left : METRICS_VALUES_PER_DOCUMENT;
    json_key(w, metric->name);
    if (count > 1) {
        json_array_begin(w);
    }
    for (size_t i = 0; i < count; i++) {
        json_f64(w, metric->values[metric->written + i]);
    }
    if (count > 1) {
        json_array_end(w);
    }
    metric->written += count;
}

void metrics_flush(struct metrics *m)
{
    struct document document;
    struct buf line = buf_in(&m->pending, MIB(1));
    while (document_fill(m, &document)) {
        buf_clear(&line);
        struct json_writer w = json_writer_on(&line);
        json_object_begin(&w);
        write_directive(&w, m, &document);
        write_texts(&w, m);
        for (size_t i = 0; i < document.count; i++) {
            write_values(&w, document.metrics[i]);
        }
        json_object_end(&w);
        buf_add_char(&line, '\n');
        assert(!line.full); /* the limits of lambda_metrics.h leave room */
        log_line_send(STDOUT_FILENO, buf_str(&line));
    }
    m->metrics = NULL;
    m->metric_count = m->metric_cap = m->value_count = 0;
    m->property_count = m->property_bytes = 0;
    arena_reset(&m->pending);
}
