#include "runtime/event/batch.h"

#include "runtime/event/event_scan.h"
#include "runtime/lambda.h"
#include "shared/base/buf.h"
#include "shared/base/clock.h"
#include "shared/log/log.h"

enum batch_source batch_event_source(struct str event)
{
    struct str record = event_scan_first(event_scan_find(event, STR("Records")));
    struct str source = event_scan_find(record, STR("eventSource"));
    if (str_eq(source, STR("\"aws:sqs\""))) {
        return BATCH_SQS;
    }
    if (str_eq(source, STR("\"aws:kinesis\""))) {
        return BATCH_KINESIS;
    }
    return str_eq(source, STR("\"aws:dynamodb\"")) ? BATCH_DYNAMODB : BATCH_NONE;
}

enum status batch_records(struct ctx *cx, struct str event, struct str source,
                          const struct json **records)
{
    const struct json *root = NULL;
    if (json_read(cx, event, NULL, &root) != OK) {
        return err_while(cx, ERR_INVALID, "event");
    }
    TRY(event_tree(cx, root, STR("Records"), JSON_ARRAY, records));
    if (*records == NULL) {
        return fail(cx, ERR_INVALID, "event: Records is missing");
    }
    size_t index = 0;
    JSON_EACH (record, *records) {
        struct str said = json_find_str(record, STR("eventSource"));
        if (!str_eq(said, source)) {
            return fail(cx, ERR_INVALID, "event: record %zu is from \"" STR_FMT "\", not " STR_FMT,
                        index, STR_ARG(said), STR_ARG(source));
        }
        index++;
    }
    return OK;
}

enum status batch_check_id(struct ctx *cx, struct str id, const char *name, size_t index)
{
    return id.len > 0 ? OK : fail(cx, ERR_INVALID, "event: record %zu has no %s", index, name);
}

bool batch_time_is_up(const struct ctx *cx, int64_t reserve_ms, size_t index)
{
    int64_t reserve = reserve_ms == 0 ? BATCH_RESERVE_MS : reserve_ms;
    return index > 0 && ctx_remaining_ms(cx, INT64_MAX) <= reserve;
}

void batch_log_failure(struct ctx *cx, enum status status, struct str id)
{
    LOG(cx, LOG_ERROR, "record_failed", LOG_STR("itemIdentifier", id),
        LOG_CSTR("cause", status_name(status)), LOG_CSTR("error", cx->err.text));
    err_clear(cx); /* told to the log; the record is returned */
}

void batch_log_returned(const struct ctx *cx, size_t count, const char *reason)
{
    if (count > 0) {
        LOG(cx, LOG_WARN, "records_returned", LOG_I64("count", (int64_t)count),
            LOG_CSTR("reason", reason));
    }
}

enum status batch_reply(struct ctx *cx, struct reply *reply, const struct str *failed_ids,
                        size_t count)
{
    struct buf out = buf_in(cx->arena, LAMBDA_REPLY_MAX_BYTES);
    struct json_writer w = json_writer_on(&out);
    json_object_begin(&w);
    json_member_array(&w, "batchItemFailures");
    for (size_t i = 0; i < count; i++) {
        json_object_begin(&w);
        json_member_str(&w, "itemIdentifier", failed_ids[i]);
        json_object_end(&w);
    }
    json_array_end(&w);
    json_object_end(&w);
    return out.full ? fail(cx, ERR_TOO_LARGE, "the ids of %zu failed records", count)
                    : reply_json(cx, reply, buf_str(&out));
}
