/*
 * Metrics, in CloudWatch's Embedded Metric Format: a line of JSON on standard output from which
 * CloudWatch makes metrics by itself. No call to any service, no agent, no waiting.
 *
 *   struct metrics *m = NULL;
 *   TRY(metrics_begin(cx, STR("Shop"), &m));
 *   TRY(metrics_dimension_set(cx, m, (struct metrics_pair[]){{STR("service"), STR("cart")}}, 1));
 *   TRY(metrics_put(cx, m, STR("Checkout"), METRICS_MILLISECONDS, 12.5));
 *
 * Values gather until `metrics_flush`, which writes them and empties the object; dimension sets
 * stay. What has no dimension set counts for the namespace as a whole. Not for use by two threads
 * at a time.
 *
 * Everything written is what the caller gave: nothing is taken from the event, the context or the
 * environment, so that no secret gets in by accident. Names, dimensions and properties are text in
 * a log; they are no place for one.
 *
 * Sources: CloudWatch User Guide, "CloudWatch_Embedded_Metric_Format_Specification"; limits on
 * names and values as in CloudWatch API, "PutMetricData", "Dimension", "MetricDatum".
 */
#pragma once

#include "shared/base/ctx.h"
#include "shared/base/str.h"

enum {
    METRICS_PER_DOCUMENT = 100,
    METRICS_VALUES_PER_DOCUMENT = 100, /* of one metric */
    METRICS_MAX_DIMENSIONS = 30,       /* in a set */
    METRICS_NAMESPACE_BYTES = 255,
    METRICS_NAME_BYTES = 255,
    METRICS_DIMENSION_NAME_BYTES = 250,
    METRICS_DIMENSION_VALUE_BYTES = 1024,
    /* Ours, so that a document stays below CloudWatch's 1 MiB and memory is bounded: */
    METRICS_MAX_SETS = 16,
    METRICS_MAX_PROPERTIES = 64,
    METRICS_MAX_TEXT_BYTES = 64 * 1024, /* dimensions and properties, names and values */
    METRICS_MAX_NAMES = 1000,           /* metrics between two flushes */
    METRICS_MAX_VALUES = 10000          /* of all metrics between two flushes */
};

/* What CloudWatch knows: the name here, the name there. */
#define METRICS_UNITS(X)                                                                           \
    X(METRICS_NONE, "None")                                                                        \
    X(METRICS_SECONDS, "Seconds")                                                                  \
    X(METRICS_MICROSECONDS, "Microseconds")                                                        \
    X(METRICS_MILLISECONDS, "Milliseconds")                                                        \
    X(METRICS_BYTES, "Bytes")                                                                      \
    X(METRICS_KILOBYTES, "Kilobytes")                                                              \
    X(METRICS_MEGABYTES, "Megabytes")                                                              \
    X(METRICS_GIGABYTES, "Gigabytes")                                                              \
    X(METRICS_TERABYTES, "Terabytes")                                                              \
    X(METRICS_BITS, "Bits")                                                                        \
    X(METRICS_KILOBITS, "Kilobits")                                                                \
    X(METRICS_MEGABITS, "Megabits")                                                                \
    X(METRICS_GIGABITS, "Gigabits")                                                                \
    X(METRICS_TERABITS, "Terabits")                                                                \
    X(METRICS_PERCENT, "Percent")                                                                  \
    X(METRICS_COUNT, "Count")                                                                      \
    X(METRICS_BYTES_PER_SECOND, "Bytes/Second")                                                    \
    X(METRICS_KILOBYTES_PER_SECOND, "Kilobytes/Second")                                            \
    X(METRICS_MEGABYTES_PER_SECOND, "Megabytes/Second")                                            \
    X(METRICS_GIGABYTES_PER_SECOND, "Gigabytes/Second")                                            \
    X(METRICS_TERABYTES_PER_SECOND, "Terabytes/Second")                                            \
    X(METRICS_BITS_PER_SECOND, "Bits/Second")                                                      \
    X(METRICS_KILOBITS_PER_SECOND, "Kilobits/Second")                                              \
    X(METRICS_MEGABITS_PER_SECOND, "Megabits/Second")                                              \
    X(METRICS_GIGABITS_PER_SECOND, "Gigabits/Second")                                              \
    X(METRICS_TERABITS_PER_SECOND, "Terabits/Second")                                              \
    X(METRICS_COUNT_PER_SECOND, "Count/Second")

enum metrics_unit {
#define METRICS_UNIT_ENUM(unit, name) unit,
    METRICS_UNITS(METRICS_UNIT_ENUM)
#undef METRICS_UNIT_ENUM
};

struct metrics;

struct metrics_pair {
    struct str name, value;
};

/*
 * For one invocation: what was not flushed is written when `cx->arena` is reset, after the response
 * and before the next event. `metrics` ends there.
 *
 * ERR_INVALID  a namespace that is empty, begins with a colon, passes METRICS_NAMESPACE_BYTES, or
 *              holds anything but letters, digits, blanks and . - _ / # :
 */
enum status metrics_begin(struct ctx *cx, struct str name_space,
                          struct metrics **metrics) MUST_CHECK;

/*
 * For the process, or a slot of it: until `metrics_free`, which flushes first. After a few rounds
 * it allocates nothing. Errors as `metrics_begin`.
 */
enum status metrics_new(struct ctx *cx, struct str name_space, struct metrics **metrics) MUST_CHECK;
/* `metrics` may be NULL. */
void metrics_free(struct metrics *metrics);

/*
 * Adds a set of dimensions; CloudWatch makes one metric for each set. `pairs` is copied; a count of
 * 0 adds the empty set, the namespace as a whole. Sets stay over flushes.
 *
 * ERR_INVALID    more than METRICS_MAX_DIMENSIONS; a name or value that is empty, blank, too long
 *                or not printable ASCII; a name that begins with a colon, or is given twice
 * ERR_CONFLICT   the name is a metric's or a property's, or another set has it with another value
 * ERR_TOO_LARGE  more than METRICS_MAX_SETS or METRICS_MAX_TEXT_BYTES
 */
enum status metrics_dimension_set(struct ctx *cx, struct metrics *metrics,
                                  const struct metrics_pair *pairs, size_t count) MUST_CHECK;

/*
 * Adds a value to the metric of this name.
 *
 * ERR_INVALID    a name that is empty, blank, too long, not printable ASCII or "_aws"; a value that
 *                is no number, infinite, or beyond 2^360 either way
 * ERR_CONFLICT   the name is a dimension's or a property's, or the metric has another unit
 * ERR_TOO_LARGE  more than METRICS_MAX_NAMES or METRICS_MAX_VALUES since the last flush
 */
enum status metrics_put(struct ctx *cx, struct metrics *metrics, struct str name,
                        enum metrics_unit unit, double value) MUST_CHECK;

struct metrics_sample {
    struct str name;
    enum metrics_unit unit;
    const double *values;
    size_t count;
    bool is_high_resolution; /* kept by the second (StorageResolution 1), not by the minute; costs
                                more */
};
/*
 * Adds several values, all or none of them. Errors as `metrics_put`; ERR_CONFLICT also if the
 * metric has the other resolution.
 */
enum status metrics_put_sample(struct ctx *cx, struct metrics *metrics,
                               const struct metrics_sample *sample) MUST_CHECK;

/*
 * Adds a text that stands beside the values, to be searched for in the log; no metric comes of it.
 * A second call replaces the text. Gone after the flush.
 *
 * ERR_INVALID    a name as for `metrics_put`
 * ERR_CONFLICT   the name is a metric's or a dimension's
 * ERR_TOO_LARGE  more than METRICS_MAX_PROPERTIES or METRICS_MAX_TEXT_BYTES
 */
enum status metrics_property(struct ctx *cx, struct metrics *metrics, struct str name,
                             struct str value) MUST_CHECK;

/*
 * In the first call of the process: puts ColdStart, 1, Count; later calls do nothing. Nor does the
 * first one under provisioned concurrency, where nobody waited for the start. Errors as
 * `metrics_put`.
 */
enum status metrics_cold_start(struct ctx *cx, struct metrics *metrics) MUST_CHECK;

/*
 * Writes all values, each document one line, stamped with the time of the flush: one as a rule,
 * more past METRICS_PER_DOCUMENT metrics or METRICS_VALUES_PER_DOCUMENT values of one. Nothing was
 * put: nothing is written. Lines of several threads, and log lines, never mix. A value is written
 * so that it reads back the same.
 */
void metrics_flush(struct metrics *metrics);
