#include "infra/local/source/sqs.h"

#include "infra/local/source/sqs_message.h"

#include <inttypes.h>
#include <stdio.h>

enum {
    MAX_BATCH = 10,
    MAX_BATCH_BYTES = 1024 * 1024,
    MAX_BATCH_ID = 80,
    MAX_VISIBILITY_S = 43200,
    MAX_WAIT_S = 20,
    PURGE_EVERY_MS = 60000,
};

/* ---- queue, receipt -------------------------------------------------------------------------- */

/* The URL's last two segments count; its host is whatever the client calls us. */
static bool find_queue(struct sqs_call *call)
{
    struct str url;
    struct str account = {0};
    struct str name = {0};
    struct str part;
    if (!sqs_text(call, call->input, "QueueUrl", true, &url)) {
        return false;
    }
    while (str_split_next(&url, '/', &part)) {
        account = name;
        name = part;
    }
    call->queue = queues_find_named(&call->sqs->queues, name);
    if (call->queue == NULL || !str_eq(account, call->sqs->account_id)) {
        return sqs_fail(call, "QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue",
                        "The specified queue does not exist.");
    }
    return true;
}

static bool receipt_get(struct sqs_call *call, const struct json *object, struct receipt *receipt)
{
    struct str handle;
    if (!sqs_text(call, object, "ReceiptHandle", true, &handle)) {
        return false;
    }
    if (!receipt_read(call->queue, handle, receipt)) {
        return sqs_fail(call, "ReceiptHandleIsInvalid", "ReceiptHandleIsInvalid",
                        "The input receipt handle is invalid.");
    }
    return true;
}

/* ---- one message ----------------------------------------------------------------------------- */

static bool put(struct sqs_call *call, const struct queue_send *send, struct queue_sent *sent)
{
    if (!queue_put(call->queue, send, call->now_ms, sent)) {
        return sqs_fail(call, "OverLimit", "OverLimit",
                        "All queues together hold %d MiB: receive and delete messages first.",
                        QUEUE_MAX_BYTES / (1024 * 1024));
    }
    return true;
}

static void write_sent(struct sqs_call *call, const struct queue_sent *sent)
{
    json_member_cstr(&call->w, "MessageId", sent->message_id);
    json_member_cstr(&call->w, "MD5OfMessageBody", sent->body_md5);
    if (sent->attributes_md5[0] != '\0') {
        json_member_cstr(&call->w, "MD5OfMessageAttributes", sent->attributes_md5);
    }
    if (call->queue->config->is_fifo) {
        char sequence[24];
        (void)snprintf(sequence, sizeof(sequence), "%020" PRIu64, sent->sequence);
        json_member_cstr(&call->w, "SequenceNumber", sequence);
    }
}

static bool send_message(struct sqs_call *call)
{
    struct message_attribute attributes[QUEUE_MAX_ATTRIBUTES];
    struct queue_send send;
    struct queue_sent sent;
    if (!sqs_message_read(call, call->input, &send, attributes) || !put(call, &send, &sent)) {
        return false;
    }
    write_sent(call, &sent);
    return true;
}

static bool delete_one(struct sqs_call *call, const struct json *object)
{
    struct receipt receipt;
    if (!receipt_get(call, object, &receipt)) {
        return false;
    }
    if (queue_delete(call->queue, &receipt, call->now_ms) == RECEIPT_NOT_IN_FLIGHT) {
        return sqs_fail_value(call, "Value for parameter ReceiptHandle is invalid. Reason: The "
                                    "receipt handle has expired.");
    }
    return true;
}

static bool delete_message(struct sqs_call *call)
{
    return delete_one(call, call->input);
}

static bool change_one(struct sqs_call *call, const struct json *object)
{
    struct receipt receipt;
    int64_t visibility_s = 0;
    if (!receipt_get(call, object, &receipt) ||
        !sqs_number(call, object, "VisibilityTimeout", 0, MAX_VISIBILITY_S, -1, &visibility_s)) {
        return false;
    }
    if (visibility_s < 0) {
        return sqs_fail(call, "MissingRequiredParameterException", "MissingParameter",
                        "The request must contain the parameter VisibilityTimeout.");
    }
    switch (queue_change_visibility(call->queue, &receipt, call->now_ms, visibility_s * 1000)) {
    case RECEIPT_DONE:
        return true;
    case RECEIPT_OLD:
        return sqs_fail_value(call, "Value for parameter ReceiptHandle is invalid. Reason: Message "
                                    "does not exist or is not available for visibility timeout "
                                    "change.");
    case RECEIPT_NOT_IN_FLIGHT:
        break;
    }
    return sqs_fail(call, "MessageNotInflight", "AWS.SimpleQueueService.MessageNotInflight",
                    "The specified message isn't in flight.");
}

static bool change_message_visibility(struct sqs_call *call)
{
    return change_one(call, call->input);
}

/* ---- receive --------------------------------------------------------------------------------- */

static bool write_taken(struct sqs_call *call)
{
    struct message *taken[MAX_BATCH];
    size_t count = queue_take(call->queue, &call->receive, call->now_ms, taken);
    if (count == 0) {
        return false;
    }
    json_member_array(&call->w, "Messages");
    for (size_t i = 0; i < count; i++) {
        sqs_message_write(call, taken[i]);
    }
    json_array_end(&call->w);
    return true;
}

static bool receive_message(struct sqs_call *call)
{
    int64_t count = 0;
    int64_t visibility_s = 0;
    int64_t wait_s = 0;
    const struct queue_config *queue = call->queue->config;
    if (!sqs_number(call, call->input, "MaxNumberOfMessages", 1, MAX_BATCH, 1, &count) ||
        !sqs_number(call, call->input, "VisibilityTimeout", 0, MAX_VISIBILITY_S, -1,
                    &visibility_s) ||
        !sqs_number(call, call->input, "WaitTimeSeconds", 0, MAX_WAIT_S, queue->wait_ms / 1000,
                    &wait_s)) {
        return false;
    }
    call->receive = (struct queue_receive){
        .max_count = (size_t)count,
        .max_bytes = MAX_BATCH_BYTES,
        .visibility_ms = visibility_s < 0 ? -1 : visibility_s * 1000,
    };
    if (!write_taken(call)) {
        if (call->queue->in_flight >= QUEUE_MAX_IN_FLIGHT && !queue->is_fifo) {
            return sqs_fail(call, "OverLimit", "OverLimit",
                            "Too many messages in flight for queue " STR_FMT ".",
                            STR_ARG(queue->name));
        }
        call->wait_ms = wait_s * 1000;
    }
    return true;
}

bool sqs_receive_again(struct sqs_call *call, struct buf *out)
{
    buf_clear(out);
    call->w = json_writer_on(out);
    json_object_begin(&call->w);
    bool any = write_taken(call);
    json_object_end(&call->w);
    return any;
}

/* ---- batches --------------------------------------------------------------------------------- */

static bool entry_id_is_sound(struct str id)
{
    bool good = id.len > 0 && id.len <= MAX_BATCH_ID;
    for (size_t i = 0; i < id.len && good; i++) {
        char c = id.ptr[i];
        good = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
               c == '_' || c == '-';
    }
    return good;
}

static bool entry_ids_check(struct sqs_call *call, const struct json *entries)
{
    JSON_EACH (entry, entries) {
        struct str id = json_find_str(entry, STR("Id"));
        if (!entry_id_is_sound(id)) {
            return sqs_fail(call, "InvalidBatchEntryId",
                            "AWS.SimpleQueueService.InvalidBatchEntryId",
                            "A batch entry id can only contain alphanumeric characters, hyphens "
                            "and underscores. It can be at most 80 letters long.");
        }
        for (const struct json *other = entries->first; other != entry; other = other->next) {
            if (str_eq(json_find_str(other, STR("Id")), id)) {
                return sqs_fail(call, "BatchEntryIdsNotDistinct",
                                "AWS.SimpleQueueService.BatchEntryIdsNotDistinct",
                                "Id " STR_FMT " repeated.", STR_ARG(id));
            }
        }
    }
    return true;
}

static bool entries_get(struct sqs_call *call, const struct json **entries)
{
    *entries = json_find(call->input, STR("Entries"));
    if (*entries == NULL || (*entries)->type != JSON_ARRAY || (*entries)->count == 0) {
        return sqs_fail(call, "EmptyBatchRequest", "AWS.SimpleQueueService.EmptyBatchRequest",
                        "There should be at least one entry in the request.");
    }
    if ((*entries)->count > MAX_BATCH) {
        return sqs_fail(call, "TooManyEntriesInBatchRequest",
                        "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
                        "Maximum number of entries per request are 10. You have sent %zu.",
                        (*entries)->count);
    }
    return entry_ids_check(call, *entries);
}

static bool send_entry(struct sqs_call *call, const struct json *entry)
{
    struct message_attribute attributes[QUEUE_MAX_ATTRIBUTES];
    struct queue_send send;
    struct queue_sent sent;
    if (!sqs_message_read(call, entry, &send, attributes) || !put(call, &send, &sent)) {
        return false;
    }
    json_object_begin(&call->w);
    json_member_str(&call->w, "Id", json_find_str(entry, STR("Id")));
    write_sent(call, &sent);
    json_object_end(&call->w);
    return true;
}

static bool write_id(struct sqs_call *call, const struct json *entry)
{
    json_object_begin(&call->w);
    json_member_str(&call->w, "Id", json_find_str(entry, STR("Id")));
    json_object_end(&call->w);
    return true;
}

static bool delete_entry(struct sqs_call *call, const struct json *entry)
{
    return delete_one(call, entry) && write_id(call, entry);
}

static bool change_entry(struct sqs_call *call, const struct json *entry)
{
    return change_one(call, entry) && write_id(call, entry);
}

/* Each entry succeeds or fails by itself. */
static bool batch(struct sqs_call *call, bool (*one)(struct sqs_call *, const struct json *))
{
    const struct json *entries = NULL;
    struct {
        struct str id;
        struct sqs_fault fault;
    } failed[MAX_BATCH];
    size_t failures = 0;
    if (!entries_get(call, &entries)) {
        return false;
    }
    json_member_array(&call->w, "Successful");
    JSON_EACH (entry, entries) {
        if (!one(call, entry)) {
            failed[failures].id = json_find_str(entry, STR("Id"));
            failed[failures++].fault = call->fault;
        }
    }
    json_array_end(&call->w);
    json_member_array(&call->w, "Failed");
    for (size_t i = 0; i < failures; i++) {
        json_object_begin(&call->w);
        json_member_str(&call->w, "Id", failed[i].id);
        json_member_bool(&call->w, "SenderFault", true);
        json_member_cstr(&call->w, "Code", failed[i].fault.code);
        json_member_cstr(&call->w, "Message", failed[i].fault.words);
        json_object_end(&call->w);
    }
    json_array_end(&call->w);
    return true;
}

static bool send_message_batch(struct sqs_call *call)
{
    const struct json *entries = json_find(call->input, STR("Entries"));
    size_t bytes = 0;
    if (entries != NULL) {
        JSON_EACH (entry, entries) {
            bytes += json_find_str(entry, STR("MessageBody")).len;
        }
    }
    if (bytes > MAX_BATCH_BYTES) {
        return sqs_fail(call, "BatchRequestTooLong", "AWS.SimpleQueueService.BatchRequestTooLong",
                        "Batch requests cannot be longer than 1048576 bytes. You have sent %zu.",
                        bytes);
    }
    return batch(call, send_entry);
}

static bool delete_message_batch(struct sqs_call *call)
{
    return batch(call, delete_entry);
}

static bool change_message_visibility_batch(struct sqs_call *call)
{
    return batch(call, change_entry);
}

/* ---- queues ---------------------------------------------------------------------------------- */

static void write_url(struct sqs_call *call, const struct queue *queue)
{
    struct str url = queue->config->url;
    if (call->host.len > 0) {
        url = arena_format(call->cx->arena, "http://" STR_FMT "/" STR_FMT "/" STR_FMT,
                           STR_ARG(call->host), STR_ARG(call->sqs->account_id),
                           STR_ARG(queue->config->name));
    }
    json_str(&call->w, url);
}

static bool get_queue_url(struct sqs_call *call)
{
    struct str name;
    if (!sqs_text(call, call->input, "QueueName", true, &name)) {
        return false;
    }
    const struct queue *queue = queues_find_named(&call->sqs->queues, name);
    if (queue == NULL) {
        return sqs_fail(call, "QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue",
                        "The specified queue does not exist.");
    }
    json_key(&call->w, STR("QueueUrl"));
    write_url(call, queue);
    return true;
}

static bool list_queues(struct sqs_call *call)
{
    struct str prefix;
    if (!sqs_text(call, call->input, "QueueNamePrefix", false, &prefix)) {
        return false;
    }
    json_member_array(&call->w, "QueueUrls");
    for (size_t i = 0; i < call->sqs->queues.count; i++) {
        if (str_has_prefix(call->sqs->queues.items[i].config->name, prefix)) {
            write_url(call, &call->sqs->queues.items[i]);
        }
    }
    json_array_end(&call->w);
    return true;
}

static bool is_asked(const struct json *names, const char *name)
{
    JSON_EACH (item, names) {
        if (str_eq(item->text, STR("All")) || str_eq(item->text, str_from_cstr(name))) {
            return true;
        }
    }
    return false;
}

static struct str number_text(struct sqs_call *call, int64_t value)
{
    return arena_format(call->cx->arena, "%" PRId64, value);
}

static struct str redrive_text(struct sqs_call *call, const struct queue_config *c)
{
    if (c->dead_letter == NULL) {
        return STR("");
    }
    return arena_format(call->cx->arena,
                        "{\"deadLetterTargetArn\":\"" STR_FMT "\",\"maxReceiveCount\":%" PRId64 "}",
                        STR_ARG(c->dead_letter_arn), c->max_receives);
}

static bool get_queue_attributes(struct sqs_call *call)
{
    struct queue *q = call->queue;
    const struct queue_config *c = q->config;
    const struct json *names = json_find(call->input, STR("AttributeNames"));
    queue_tick(q, call->now_ms);
    const struct {
        const char *name;
        struct str value; /* empty: not of this queue */
    } all[] = {
        {"QueueArn", c->arn},
        {"ApproximateNumberOfMessages", number_text(call, (int64_t)q->ready.count)},
        {"ApproximateNumberOfMessagesNotVisible", number_text(call, (int64_t)q->in_flight)},
        {"ApproximateNumberOfMessagesDelayed",
         number_text(call, (int64_t)(q->waiting.count - q->in_flight))},
        {"VisibilityTimeout", number_text(call, c->visibility_ms / 1000)},
        {"MessageRetentionPeriod", number_text(call, c->retention_ms / 1000)},
        {"DelaySeconds", number_text(call, c->delay_ms / 1000)},
        {"ReceiveMessageWaitTimeSeconds", number_text(call, c->wait_ms / 1000)},
        {"MaximumMessageSize", number_text(call, c->max_message_bytes)},
        {"RedrivePolicy", redrive_text(call, c)},
        {"FifoQueue", c->is_fifo ? STR("true") : STR("")},
        {"ContentBasedDeduplication", !c->is_fifo         ? STR("")
                                      : c->dedups_content ? STR("true")
                                                          : STR("false")},
    };
    if (names == NULL || names->type != JSON_ARRAY) {
        return true;
    }
    json_member_object(&call->w, "Attributes");
    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        if (all[i].value.len > 0 && is_asked(names, all[i].name)) {
            json_member_str(&call->w, all[i].name, all[i].value);
        }
    }
    json_object_end(&call->w);
    return true;
}

static bool purge_queue(struct sqs_call *call)
{
    if (call->queue->purged_ms > call->now_ms - PURGE_EVERY_MS) {
        return sqs_fail(call, "PurgeQueueInProgress", "AWS.SimpleQueueService.PurgeQueueInProgress",
                        "Only one PurgeQueue operation on " STR_FMT " is allowed every 60 seconds.",
                        STR_ARG(call->queue->config->name));
    }
    call->queue->purged_ms = call->now_ms;
    queue_purge(call->queue);
    return true;
}

/* ---- the call -------------------------------------------------------------------------------- */

static const struct {
    struct str name;
    bool of_queue;
    bool (*act)(struct sqs_call *call);
} actions[] = {
    {STR_INIT("SendMessage"), true, send_message},
    {STR_INIT("SendMessageBatch"), true, send_message_batch},
    {STR_INIT("ReceiveMessage"), true, receive_message},
    {STR_INIT("DeleteMessage"), true, delete_message},
    {STR_INIT("DeleteMessageBatch"), true, delete_message_batch},
    {STR_INIT("ChangeMessageVisibility"), true, change_message_visibility},
    {STR_INIT("ChangeMessageVisibilityBatch"), true, change_message_visibility_batch},
    {STR_INIT("GetQueueAttributes"), true, get_queue_attributes},
    {STR_INIT("PurgeQueue"), true, purge_queue},
    {STR_INIT("GetQueueUrl"), false, get_queue_url},
    {STR_INIT("ListQueues"), false, list_queues},
};

static bool input_read(struct sqs_call *call, struct str body)
{
    static const struct json_options options = {.allow_duplicate_keys = false};
    if (json_read(call->cx, body, &options, &call->input) != OK ||
        call->input->type != JSON_OBJECT) {
        return sqs_fail(call, "SerializationException", "SerializationException",
                        "The body is not a JSON object.");
    }
    return true;
}

bool sqs_call(struct sqs_call *call, struct str target, struct str body, struct buf *out)
{
    struct str name = target;
    (void)str_skip_prefix(&name, STR("AmazonSQS."));
    for (size_t i = 0; i < ARRAY_LEN(actions); i++) {
        if (str_eq(name, actions[i].name)) {
            call->w = json_writer_on(out);
            json_object_begin(&call->w);
            if (!input_read(call, body) || (actions[i].of_queue && !find_queue(call)) ||
                !actions[i].act(call)) {
                return false;
            }
            json_object_end(&call->w);
            return !out->full || sqs_fail(call, "InternalError", "InternalError", "too large");
        }
    }
    return sqs_fail(call, "UnsupportedOperation", "AWS.SimpleQueueService.UnsupportedOperation",
                    STR_FMT " is not emulated here: queues come from the template.",
                    STR_ARG(str_slice(name, 0, 64)));
}
