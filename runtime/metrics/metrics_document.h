/*
 * What a `struct metrics` holds; metrics.c gathers, metrics_document.c writes. Nobody else includes
 * it.
 */
#pragma once

#include "runtime/lambda_metrics.h"
#include "shared/base/arena.h"

struct metric {
    struct str name;
    enum metrics_unit unit;
    bool is_high_resolution;
    double *values;
    size_t count, cap;
    size_t written; /* by this flush so far */
};

struct dimension_set {
    const struct metrics_pair *pairs;
    size_t count;
};

struct metrics {
    struct arena kept;    /* this struct, the namespace, dimension sets */
    struct arena pending; /* everything between two flushes */
    struct str name_space;
    struct dimension_set sets[METRICS_MAX_SETS];
    size_t set_count, dimension_bytes;

    struct metric *metrics;
    size_t metric_count, metric_cap, value_count;
    struct metrics_pair properties[METRICS_MAX_PROPERTIES];
    size_t property_count, property_bytes;
};
