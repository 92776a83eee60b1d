#include "runtime/beside/telemetry_wire.h"

#include "shared/json/json.h"

#include <stddef.h>

static const struct {
    struct str name;
    size_t offset;
} texts[] = {
    {STR_INIT("requestId"), offsetof(struct telemetry_event, request_id)},
    {STR_INIT("status"), offsetof(struct telemetry_event, status)},
    {STR_INIT("errorType"), offsetof(struct telemetry_event, error_type)},
    {STR_INIT("phase"), offsetof(struct telemetry_event, phase)},
    {STR_INIT("initializationType"), offsetof(struct telemetry_event, initialization_type)},
};

static const struct {
    struct str name;
    bool is_metric; /* in `metrics`; else in the record itself */
    size_t offset;
} numbers[] = {
    {STR_INIT("durationMs"), true, offsetof(struct telemetry_event, duration_ms)},
    {STR_INIT("billedDurationMs"), true, offsetof(struct telemetry_event, billed_duration_ms)},
    {STR_INIT("initDurationMs"), true, offsetof(struct telemetry_event, init_duration_ms)},
    {STR_INIT("restoreDurationMs"), true, offsetof(struct telemetry_event, restore_duration_ms)},
    {STR_INIT("memorySizeMB"), true, offsetof(struct telemetry_event, memory_size_mb)},
    {STR_INIT("maxMemoryUsedMB"), true, offsetof(struct telemetry_event, max_memory_used_mb)},
    {STR_INIT("producedBytes"), true, offsetof(struct telemetry_event, produced_bytes)},
    {STR_INIT("droppedRecords"), false, offsetof(struct telemetry_event, dropped_records)},
    {STR_INIT("droppedBytes"), false, offsetof(struct telemetry_event, dropped_bytes)},
};

static void record_read(const struct json *record, struct telemetry_event *event)
{
    const struct json *metrics = json_find(record, STR("metrics"));
    char *base = (char *)event;
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        struct str value = json_find_str(record, texts[i].name);
        memcpy(base + texts[i].offset, &value, sizeof value);
    }
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
        const struct json *member =
            json_find(numbers[i].is_metric ? metrics : record, numbers[i].name);
        double value = -1;
        if (member == NULL || !json_is_f64(member, &value) || value < 0) {
            value = -1;
        }
        memcpy(base + numbers[i].offset, &value, sizeof value);
    }
}

static enum status event_check(struct ctx *cx, const struct json *element)
{
    const struct json *record = json_find(element, STR("record"));
    if (json_find_str(element, STR("type")).len == 0 ||
        json_find_str(element, STR("time")).len == 0 || record == NULL) {
        return fail(cx, ERR_INVALID, "telemetry: an event without type, time or record");
    }
    return OK;
}

static void event_give(struct ctx *cx, const struct json *element,
                       const struct telemetry_options *options)
{
    const struct json *record = json_find(element, STR("record"));
    struct telemetry_event event = {
        .type = json_find_str(element, STR("type")),
        .time = json_find_str(element, STR("time")),
        .record = record->span,
        .text = record->type == JSON_STRING ? record->text : (struct str){0},
    };
    /* What a function logs as JSON may have members of these names, with a meaning of its own. */
    bool is_platform = str_has_prefix(event.type, STR("platform."));
    record_read(is_platform ? record : NULL, &event);
    options->on_event(cx, &event, options->arg);
}

enum status telemetry_batch_read(struct ctx *cx, struct str body,
                                 const struct telemetry_options *options, uint64_t *count)
{
    const struct json *root = NULL;
    const struct json_options lenient = {.max_depth = JSON_READ_DEPTH_MAX,
                                         .allow_duplicate_keys = true};
    *count = 0;
    TRY(json_read(cx, body, &lenient, &root));
    if (root->type != JSON_ARRAY) {
        return fail(cx, ERR_INVALID, "telemetry: a batch is an array, not %s",
                    json_type_words(root->type));
    }
    JSON_EACH (element, root) {
        TRY(event_check(cx, element));
    }
    JSON_EACH (element, root) {
        event_give(cx, element, options);
        ++*count;
    }
    return OK;
}
