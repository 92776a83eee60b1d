#include "runtime/lambda_metrics.h"

#include "runtime/metrics/metrics_document.h"

#include "shared/base/field.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>

enum { FIRST_ENTRIES = 16, FIRST_VALUES = 4, KEPT_BYTES = 4096 };

/* ---- names and values ------------------------------------------------------------------------ */

static enum status text_check(struct ctx *cx, const char *what, struct str text, size_t max_bytes)
{
    if (text.len > max_bytes) {
        return fail(cx, ERR_INVALID, "metrics: %s has %zu bytes, the limit is %zu", what, text.len,
                    max_bytes);
    }
    if (!field_is_printable(text) || str_trim(text).len == 0) {
        return fail(cx, ERR_INVALID, "metrics: %s is empty or not printable ASCII", what);
    }
    return OK;
}

/* "_aws" is where CloudWatch looks for its own. */
static enum status name_check(struct ctx *cx, struct str name)
{
    TRY(text_check(cx, "a name", name, METRICS_NAME_BYTES));
    return str_eq(name, STR("_aws")) ? fail(cx, ERR_INVALID, "metrics: the name _aws is taken")
                                     : OK;
}

static enum status namespace_check(struct ctx *cx, struct str name)
{
    TRY(text_check(cx, "the namespace", name, METRICS_NAMESPACE_BYTES));
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        bool is_alnum = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!is_alnum && strchr(" .-_/#:", c) == NULL) {
            return fail(cx, ERR_INVALID, "metrics: the namespace holds '%c'", c);
        }
    }
    return name.ptr[0] == ':' ? fail(cx, ERR_INVALID, "metrics: the namespace begins with ':'")
                              : OK;
}

static enum status number_check(struct ctx *cx, struct str name, double value)
{
    if (!(fabs(value) <= 0x1p360)) { /* NaN is not */
        return fail(cx, ERR_INVALID, "metrics: " STR_FMT ": %g is no value", STR_ARG(name), value);
    }
    return OK;
}

/* ---- who has a name -------------------------------------------------------------------------- */

static struct metric *metric_find(const struct metrics *m, struct str name)
{
    for (size_t i = 0; i < m->metric_count; i++) {
        if (str_eq(m->metrics[i].name, name)) {
            return &m->metrics[i];
        }
    }
    return NULL;
}

static struct metrics_pair *property_find(struct metrics *m, struct str name)
{
    for (size_t i = 0; i < m->property_count; i++) {
        if (str_eq(m->properties[i].name, name)) {
            return &m->properties[i];
        }
    }
    return NULL;
}

static const struct metrics_pair *dimension_find(const struct metrics *m, struct str name)
{
    for (size_t i = 0; i < m->set_count; i++) {
        for (size_t k = 0; k < m->sets[i].count; k++) {
            if (str_eq(m->sets[i].pairs[k].name, name)) {
                return &m->sets[i].pairs[k];
            }
        }
    }
    return NULL;
}

/* All three are members of one object. */
static enum status conflict(struct ctx *cx, struct str name, const char *owner)
{
    return fail(cx, ERR_CONFLICT, "metrics: " STR_FMT " is a %s already", STR_ARG(name), owner);
}

/* ---- a life ---------------------------------------------------------------------------------- */

enum status metrics_new(struct ctx *cx, struct str name_space, struct metrics **metrics)
{
    TRY(namespace_check(cx, name_space));
    struct arena kept;
    arena_init(&kept, KEPT_BYTES);
    struct metrics *made = ARENA_NEW(&kept, struct metrics);
    made->name_space = arena_str_copy(&kept, name_space);
    made->kept = kept;
    arena_init(&made->pending, KEPT_BYTES);
    *metrics = made;
    return OK;
}

void metrics_free(struct metrics *metrics)
{
    if (metrics == NULL) {
        return;
    }
    metrics_flush(metrics);
    arena_deinit(&metrics->pending);
    struct arena kept = metrics->kept; /* a copy: the original is in its own memory */
    arena_deinit(&kept);
}

static void end_with_invocation(void *object)
{
    metrics_free(object);
}

enum status metrics_begin(struct ctx *cx, struct str name_space, struct metrics **metrics)
{
    TRY(metrics_new(cx, name_space, metrics));
    arena_on_reset(cx->arena, end_with_invocation, *metrics);
    return OK;
}

/* ---- dimensions ------------------------------------------------------------------------------ */

static enum status dimension_check(struct ctx *cx, struct metrics *m,
                                   const struct metrics_pair *pairs, size_t at)
{
    struct str name = pairs[at].name;
    TRY(name_check(cx, name));
    TRY(text_check(cx, "a dimension's name", name, METRICS_DIMENSION_NAME_BYTES));
    TRY(text_check(cx, "a dimension's value", pairs[at].value, METRICS_DIMENSION_VALUE_BYTES));
    if (name.ptr[0] == ':') {
        return fail(cx, ERR_INVALID, "metrics: a dimension's name begins with ':'");
    }
    for (size_t i = 0; i < at; i++) {
        if (str_eq(pairs[i].name, name)) {
            return fail(cx, ERR_INVALID, "metrics: " STR_FMT " is given twice", STR_ARG(name));
        }
    }
    if (metric_find(m, name) != NULL || property_find(m, name) != NULL) {
        return conflict(cx, name, metric_find(m, name) != NULL ? "metric" : "property");
    }
    const struct metrics_pair *known = dimension_find(m, name);
    return known == NULL || str_eq(known->value, pairs[at].value)
               ? OK
               : fail(cx, ERR_CONFLICT, "metrics: " STR_FMT " has another value in another set",
                      STR_ARG(name));
}

static enum status text_reserve(struct ctx *cx, size_t used, size_t more, size_t *text_bytes)
{
    if (used + more > METRICS_MAX_TEXT_BYTES) {
        return fail(cx, ERR_TOO_LARGE, "metrics: dimensions and properties pass %d bytes",
                    METRICS_MAX_TEXT_BYTES);
    }
    *text_bytes += more;
    return OK;
}

enum status metrics_dimension_set(struct ctx *cx, struct metrics *m,
                                  const struct metrics_pair *pairs, size_t count)
{
    size_t bytes = 0;
    if (count > METRICS_MAX_DIMENSIONS) {
        return fail(cx, ERR_INVALID, "metrics: %zu dimensions in a set, the limit is %d", count,
                    METRICS_MAX_DIMENSIONS);
    }
    if (m->set_count == METRICS_MAX_SETS) {
        return fail(cx, ERR_TOO_LARGE, "metrics: more than %d sets of dimensions",
                    METRICS_MAX_SETS);
    }
    for (size_t i = 0; i < count; i++) {
        TRY(dimension_check(cx, m, pairs, i));
        bytes += pairs[i].name.len + pairs[i].value.len;
    }
    TRY(text_reserve(cx, m->dimension_bytes + m->property_bytes, bytes, &m->dimension_bytes));
    struct metrics_pair *copies = ARENA_ARRAY(&m->kept, struct metrics_pair, count);
    for (size_t i = 0; i < count; i++) {
        copies[i].name = arena_str_copy(&m->kept, pairs[i].name);
        copies[i].value = arena_str_copy(&m->kept, pairs[i].value);
    }
    m->sets[m->set_count++] = (struct dimension_set){.pairs = copies, .count = count};
    return OK;
}

/* ---- values ---------------------------------------------------------------------------------- */

static struct metric *metric_add(struct metrics *m, const struct metrics_sample *sample)
{
    if (m->metric_count == m->metric_cap) {
        size_t cap = m->metric_cap == 0 ? FIRST_ENTRIES : m->metric_cap * 2;
        struct metric *larger = ARENA_ARRAY(&m->pending, struct metric, cap);
        if (m->metric_count > 0) {
            memcpy(larger, m->metrics, m->metric_count * sizeof *larger);
        }
        m->metrics = larger;
        m->metric_cap = cap;
    }
    struct metric *metric = &m->metrics[m->metric_count++];
    *metric = (struct metric){
        .name = arena_str_copy(&m->pending, sample->name),
        .unit = sample->unit,
        .is_high_resolution = sample->is_high_resolution,
    };
    return metric;
}

static void values_add(struct metrics *m, struct metric *metric, const double *values, size_t count)
{
    if (metric->cap - metric->count < count) {
        size_t cap = metric->cap == 0 ? FIRST_VALUES : metric->cap * 2;
        cap = cap < metric->count + count ? metric->count + count : cap;
        double *larger = ARENA_ARRAY(&m->pending, double, cap);
        if (metric->count > 0) {
            memcpy(larger, metric->values, metric->count * sizeof *larger);
        }
        metric->values = larger;
        metric->cap = cap;
    }
    memcpy(metric->values + metric->count, values, count * sizeof *values);
    metric->count += count;
    m->value_count += count;
}

static enum status sample_check(struct ctx *cx, struct metrics *m,
                                const struct metrics_sample *sample)
{
    TRY(name_check(cx, sample->name));
    for (size_t i = 0; i < sample->count; i++) {
        TRY(number_check(cx, sample->name, sample->values[i]));
    }
    const struct metric *known = metric_find(m, sample->name);
    if (known == NULL &&
        (dimension_find(m, sample->name) != NULL || property_find(m, sample->name) != NULL)) {
        return conflict(cx, sample->name,
                        property_find(m, sample->name) != NULL ? "property" : "dimension");
    }
    if (known != NULL &&
        (known->unit != sample->unit || known->is_high_resolution != sample->is_high_resolution)) {
        return fail(cx, ERR_CONFLICT, "metrics: " STR_FMT " has another %s", STR_ARG(sample->name),
                    known->unit != sample->unit ? "unit" : "resolution");
    }
    if (known == NULL && m->metric_count == METRICS_MAX_NAMES) {
        return fail(cx, ERR_TOO_LARGE, "metrics: more than %d names since the last flush",
                    METRICS_MAX_NAMES);
    }
    if (sample->count > METRICS_MAX_VALUES - m->value_count) {
        return fail(cx, ERR_TOO_LARGE, "metrics: more than %d values since the last flush",
                    METRICS_MAX_VALUES);
    }
    return OK;
}

enum status metrics_put_sample(struct ctx *cx, struct metrics *m,
                               const struct metrics_sample *sample)
{
    TRY(sample_check(cx, m, sample));
    if (sample->count == 0) {
        return OK;
    }
    struct metric *metric = metric_find(m, sample->name);
    values_add(m, metric == NULL ? metric_add(m, sample) : metric, sample->values, sample->count);
    return OK;
}

enum status metrics_put(struct ctx *cx, struct metrics *metrics, struct str name,
                        enum metrics_unit unit, double value)
{
    return metrics_put_sample(
        cx, metrics,
        &(struct metrics_sample){.name = name, .unit = unit, .values = &value, .count = 1});
}

enum status metrics_cold_start(struct ctx *cx, struct metrics *metrics)
{
    static atomic_flag was_told = ATOMIC_FLAG_INIT;
    struct str how = str_from_cstr(getenv("AWS_LAMBDA_INITIALIZATION_TYPE"));
    if (atomic_flag_test_and_set(&was_told) || str_eq(how, STR("provisioned-concurrency"))) {
        return OK;
    }
    return metrics_put(cx, metrics, STR("ColdStart"), METRICS_COUNT, 1);
}

/* ---- properties ------------------------------------------------------------------------------ */

enum status metrics_property(struct ctx *cx, struct metrics *m, struct str name, struct str value)
{
    TRY(name_check(cx, name));
    if (metric_find(m, name) != NULL || dimension_find(m, name) != NULL) {
        return conflict(cx, name, metric_find(m, name) != NULL ? "metric" : "dimension");
    }
    struct metrics_pair *property = property_find(m, name);
    if (property == NULL && m->property_count == METRICS_MAX_PROPERTIES) {
        return fail(cx, ERR_TOO_LARGE, "metrics: more than %d properties", METRICS_MAX_PROPERTIES);
    }
    TRY(text_reserve(cx, m->dimension_bytes + m->property_bytes, name.len + value.len,
                     &m->property_bytes));
    if (property == NULL) {
        property = &m->properties[m->property_count++];
        property->name = arena_str_copy(&m->pending, name);
    }
    property->value = arena_str_copy(&m->pending, value);
    return OK;
}
