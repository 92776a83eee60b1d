#include "runtime/event/batch.h"

#include "shared/base/base64.h"

/* ---- reading --------------------------------------------------------------------------------- */

/* "Number.price" is a number with a name of the sender's. */
static bool type_is(struct str type, struct str base)
{
    struct str rest = type;
    return str_skip_prefix(&rest, base) && (rest.len == 0 || rest.ptr[0] == '.');
}

static enum status attribute_read(struct ctx *cx, const struct json *member,
                                  struct sqs_attribute *out)
{
    struct str text = {0};
    struct str binary = {0};
    const struct event_text texts[] = {
        {member, "messageAttributes.", STR("dataType"), &out->type_name},
        {member, "messageAttributes.", STR("stringValue"), &text},
        {member, "messageAttributes.", STR("binaryValue"), &binary},
    };
    TRY(event_texts(cx, texts, ARRAY_LEN(texts)));
    out->name = member->key;
    out->value = text;
    if (type_is(out->type_name, STR("String"))) {
        out->type = SQS_STRING;
    } else if (type_is(out->type_name, STR("Number"))) {
        out->type = SQS_NUMBER;
    } else if (type_is(out->type_name, STR("Binary"))) {
        out->type = SQS_BINARY;
        if (!base64_decode(cx->arena, binary, &out->value)) {
            return fail(cx, ERR_INVALID, "event: messageAttributes." STR_FMT " is not base64",
                        STR_ARG(out->name));
        }
    } else {
        return fail(cx, ERR_INVALID, "event: messageAttributes." STR_FMT " is of no known type",
                    STR_ARG(out->name));
    }
    return OK;
}

static enum status attributes_read(struct ctx *cx, const struct json *record,
                                   struct sqs_record *out)
{
    const struct json *object = NULL;
    TRY(event_tree(cx, record, STR("messageAttributes"), JSON_OBJECT, &object));
    if (object == NULL || object->count == 0) {
        return OK;
    }
    struct sqs_attribute *all = ARENA_ARRAY(cx->arena, struct sqs_attribute, object->count);
    JSON_EACH (member, object) {
        TRY(attribute_read(cx, member, &all[out->attribute_count++]));
    }
    out->attributes = all;
    return OK;
}

static enum status record_read(struct ctx *cx, const struct json *record, size_t index,
                               struct sqs_record *out)
{
    const struct json *system = NULL;
    TRY(event_tree(cx, record, STR("attributes"), JSON_OBJECT, &system));
    const struct event_text texts[] = {
        {record, "", STR("messageId"), &out->message_id},
        {record, "", STR("receiptHandle"), &out->receipt_handle},
        {record, "", STR("body"), &out->body},
        {record, "", STR("md5OfBody"), &out->body_md5},
        {record, "", STR("eventSourceARN"), &out->queue_arn},
        {record, "", STR("awsRegion"), &out->region},
        {system, "attributes.", STR("SenderId"), &out->sender_id},
        {system, "attributes.", STR("MessageGroupId"), &out->group_id},
        {system, "attributes.", STR("MessageDeduplicationId"), &out->dedup_id},
        {system, "attributes.", STR("SequenceNumber"), &out->sequence_number},
    };
    TRY(event_texts(cx, texts, ARRAY_LEN(texts)));
    TRY(batch_check_id(cx, out->message_id, "messageId", index));
    TRY(event_number(cx, system, STR("ApproximateReceiveCount"), &out->receive_count));
    TRY(event_number(cx, system, STR("SentTimestamp"), &out->sent_ms));
    TRY(event_number(cx, system, STR("ApproximateFirstReceiveTimestamp"), &out->first_received_ms));
    return attributes_read(cx, record, out);
}

enum status sqs_event_read(struct ctx *cx, struct str event, struct sqs_batch *batch)
{
    const struct json *array = NULL;
    *batch = (struct sqs_batch){0};
    TRY(batch_records(cx, event, STR("aws:sqs"), &array));
    struct sqs_record *records = ARENA_ARRAY(cx->arena, struct sqs_record, array->count + 1);
    size_t count = 0;
    JSON_EACH (record, array) {
        TRY(record_read(cx, record, count, &records[count]));
        batch->is_fifo |= str_has_suffix(records[count].queue_arn, STR(".fifo"));
        count++;
    }
    batch->records = records;
    batch->count = count;
    return OK;
}

const struct sqs_attribute *sqs_attribute_find(const struct sqs_record *record, struct str name)
{
    for (size_t i = 0; i < record->attribute_count; i++) {
        if (str_eq(record->attributes[i].name, name)) {
            return &record->attributes[i];
        }
    }
    return NULL;
}

/* ---- running --------------------------------------------------------------------------------- */

struct run {
    const struct sqs_batch *batch;
    struct str *failed_ids;
    struct str *failed_groups; /* FIFO */
    size_t failed, group_count;
    size_t waiting; /* returned untouched */
    sqs_handle_fn *handle;
    void *app;
};

static bool group_has_failed(const struct run *run, struct str group)
{
    for (size_t i = 0; i < run->group_count; i++) {
        if (str_eq(run->failed_groups[i], group)) {
            return true;
        }
    }
    return false;
}

/* Order holds in a FIFO queue: what comes behind a failure waits for it. */
static bool must_wait(const struct run *run, const struct sqs_record *record)
{
    if (!run->batch->is_fifo || run->group_count == 0) {
        return false;
    }
    return !run->batch->skip_failed_groups || group_has_failed(run, record->group_id);
}

static void run_return(struct run *run, const struct sqs_record *record)
{
    run->failed_ids[run->failed++] = record->message_id;
    if (!group_has_failed(run, record->group_id)) {
        run->failed_groups[run->group_count++] = record->group_id;
    }
}

static void run_one(struct ctx *cx, struct run *run, const struct sqs_record *record)
{
    if (must_wait(run, record)) {
        run_return(run, record);
        run->waiting++;
        return;
    }
    err_clear(cx);
    enum status status = run->handle(cx, record, run->app);
    if (status != OK) {
        batch_log_failure(cx, status, record->message_id);
        run_return(run, record);
    }
}

enum status sqs_run(struct ctx *cx, struct reply *reply, const struct sqs_batch *batch,
                    sqs_handle_fn *handle, void *app)
{
    struct run run = {
        .batch = batch,
        .handle = handle,
        .app = app,
        .failed_ids = ARENA_ARRAY(cx->arena, struct str, batch->count + 1),
        .failed_groups = ARENA_ARRAY(cx->arena, struct str, batch->count + 1),
    };
    size_t next = 0;
    while (next < batch->count && !batch_time_is_up(cx, batch->reserve_ms, next)) {
        run_one(cx, &run, &batch->records[next++]);
    }
    batch_log_returned(cx, run.waiting, "behind a failed record");
    batch_log_returned(cx, batch->count - next, "no time left");
    while (next < batch->count) {
        run_return(&run, &batch->records[next++]);
    }
    return batch_reply(cx, reply, run.failed_ids, run.failed);
}
