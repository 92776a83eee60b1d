#include "runtime/event/batch.h"

#include "shared/base/base64.h"

/* Seconds since the epoch, with a fraction or in scientific notation, to milliseconds. */
static enum status seconds_read(struct ctx *cx, const struct json *object, struct str name,
                                int64_t *out_ms)
{
    static const double latest_s = 253402300800.0; /* year 10000 */
    const struct json *value = json_find(object, name);
    double seconds = 0;
    if (value == NULL || value->type == JSON_NULL) {
        return OK;
    }
    if (!json_is_f64(value, &seconds) || seconds < 0 || seconds > latest_s) {
        return fail(cx, ERR_INVALID, "event: " STR_FMT " is no time", STR_ARG(name));
    }
    *out_ms = (int64_t)(seconds * 1000 + 0.5);
    return OK;
}

static enum status common_read(struct ctx *cx, const struct json *record, struct stream_record *out)
{
    const struct event_text texts[] = {
        {record, "", STR("eventID"), &out->event_id},
        {record, "", STR("eventName"), &out->event_name},
        {record, "", STR("eventSourceARN"), &out->source_arn},
        {record, "", STR("awsRegion"), &out->region},
    };
    return event_texts(cx, texts, ARRAY_LEN(texts));
}

static enum status kinesis_read(struct ctx *cx, const struct json *record,
                                struct stream_record *out)
{
    const struct json *kinesis = NULL;
    struct str data = {0};
    TRY(event_tree(cx, record, STR("kinesis"), JSON_OBJECT, &kinesis));
    const struct event_text texts[] = {
        {kinesis, "kinesis.", STR("sequenceNumber"), &out->sequence_number},
        {kinesis, "kinesis.", STR("partitionKey"), &out->partition_key},
        {kinesis, "kinesis.", STR("data"), &data},
    };
    TRY(common_read(cx, record, out));
    TRY(event_texts(cx, texts, ARRAY_LEN(texts)));
    out->event_name = (struct str){0}; /* the same for all: aws:kinesis:record */
    if (!base64_decode(cx->arena, data, &out->data)) {
        return fail(cx, ERR_INVALID, "event: kinesis.data is not base64");
    }
    return seconds_read(cx, kinesis, STR("approximateArrivalTimestamp"), &out->created_ms);
}

static enum status dynamodb_read(struct ctx *cx, const struct json *record,
                                 struct stream_record *out)
{
    const struct json *change = NULL;
    const struct json *identity = NULL;
    struct str principal = {0};
    TRY(event_tree(cx, record, STR("dynamodb"), JSON_OBJECT, &change));
    TRY(event_tree(cx, record, STR("userIdentity"), JSON_OBJECT, &identity));
    const struct event_text texts[] = {
        {change, "dynamodb.", STR("SequenceNumber"), &out->sequence_number},
        {change, "dynamodb.", STR("StreamViewType"), &out->view_type},
        {identity, "userIdentity.", STR("principalId"), &principal},
    };
    TRY(common_read(cx, record, out));
    TRY(event_texts(cx, texts, ARRAY_LEN(texts)));
    out->keys = event_raw(change, STR("Keys"));
    out->new_image = event_raw(change, STR("NewImage"));
    out->old_image = event_raw(change, STR("OldImage"));
    out->is_expiry = str_eq(principal, STR("dynamodb.amazonaws.com"));
    return seconds_read(cx, change, STR("ApproximateCreationDateTime"), &out->created_ms);
}

static enum status stream_read(struct ctx *cx, struct str event, enum batch_source source,
                               struct stream_batch *batch)
{
    bool is_kinesis = source == BATCH_KINESIS;
    const struct json *array = NULL;
    *batch = (struct stream_batch){.source = source};
    TRY(batch_records(cx, event, is_kinesis ? STR("aws:kinesis") : STR("aws:dynamodb"), &array));
    struct stream_record *records = ARENA_ARRAY(cx->arena, struct stream_record, array->count + 1);
    size_t count = 0;
    JSON_EACH (record, array) {
        struct stream_record *out = &records[count];
        TRY(is_kinesis ? kinesis_read(cx, record, out) : dynamodb_read(cx, record, out));
        TRY(batch_check_id(cx, out->sequence_number, "sequence number", count));
        count++;
    }
    batch->records = records;
    batch->count = count;
    return OK;
}

enum status kinesis_event_read(struct ctx *cx, struct str event, struct stream_batch *batch)
{
    return stream_read(cx, event, BATCH_KINESIS, batch);
}

enum status dynamodb_event_read(struct ctx *cx, struct str event, struct stream_batch *batch)
{
    return stream_read(cx, event, BATCH_DYNAMODB, batch);
}

enum status batch_run(struct ctx *cx, struct reply *reply, const struct stream_batch *batch,
                      stream_handle_fn *handle, void *app)
{
    for (size_t i = 0; i < batch->count; i++) {
        const struct stream_record *record = &batch->records[i];
        if (batch_time_is_up(cx, batch->reserve_ms, i)) {
            batch_log_returned(cx, batch->count - i, "no time left");
            return batch_reply(cx, reply, &record->sequence_number, 1);
        }
        err_clear(cx);
        enum status status = handle(cx, record, app);
        if (status != OK) {
            batch_log_failure(cx, status, record->sequence_number);
            batch_log_returned(cx, batch->count - i - 1, "behind a failed record");
            return batch_reply(cx, reply, &record->sequence_number, 1);
        }
    }
    return batch_reply(cx, reply, NULL, 0);
}
