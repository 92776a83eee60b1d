#include "infra/local/source/sqs_message.h"

#include "shared/base/base64.h"
#include "shared/base/utf8.h"

#include <inttypes.h>
#include <stdio.h>

enum { MAX_NAME = 256, MAX_TYPE = 256, MAX_ID = 128, MAX_DELAY_S = 900 };

/* ---- in -------------------------------------------------------------------------------------- */

/* XML's characters, which is what SQS takes: no control character but tab, line feed and return,
 * neither U+FFFE nor U+FFFF. The reader has seen to it that it is UTF-8. */
static bool text_is_sound(struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (c < 0x20 && c != '\t' && c != '\n' && c != '\r') {
            return false;
        }
        if (c == 0xEF && i + 2 < text.len && (unsigned char)text.ptr[i + 1] == 0xBF &&
            (unsigned char)text.ptr[i + 2] >= 0xBE) {
            return false;
        }
    }
    return true;
}

static bool is_word_char(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
}

static bool attribute_name_is_sound(struct str name)
{
    bool good = name.len > 0 && name.len <= MAX_NAME && name.ptr[0] != '.' &&
                name.ptr[name.len - 1] != '.' && !str_has_prefix(name, STR("AWS.")) &&
                !str_has_prefix(name, STR("Amazon."));
    for (size_t i = 0; i < name.len && good; i++) {
        char c = name.ptr[i];
        good = is_word_char(c) || c == '-' || (c == '.' && name.ptr[i - 1] != '.');
    }
    return good;
}

/* "Number" and "Number.anything" */
static bool type_is(struct str type, struct str base)
{
    return str_has_prefix(type, base) && (type.len == base.len || type.ptr[base.len] == '.');
}

static bool attribute_read(struct sqs_call *call, const struct json *given,
                           struct message_attribute *out)
{
    const struct json *text = json_find(given, STR("StringValue"));
    const struct json *binary = json_find(given, STR("BinaryValue"));
    out->name = given->key;
    out->type = json_find_str(given, STR("DataType"));
    out->is_binary = type_is(out->type, STR("Binary"));
    const struct json *value = out->is_binary ? binary : text;
    bool known =
        out->is_binary || type_is(out->type, STR("String")) || type_is(out->type, STR("Number"));
    double number = 0;
    if (!attribute_name_is_sound(out->name)) {
        return sqs_fail_value(call, "Message attribute name '" STR_FMT "' is not allowed.",
                              STR_ARG(str_slice(out->name, 0, 64)));
    }
    if (!known || out->type.len > MAX_TYPE) {
        return sqs_fail_value(call,
                              "The message attribute '" STR_FMT
                              "' must have a DataType of String, Number or Binary.",
                              STR_ARG(str_slice(out->name, 0, 64)));
    }
    if (value == NULL || value->type != JSON_STRING || value->text.len == 0) {
        return sqs_fail_value(call, "The message attribute '" STR_FMT "' must have a %s.",
                              STR_ARG(str_slice(out->name, 0, 64)),
                              out->is_binary ? "BinaryValue" : "StringValue");
    }
    out->value = value->text;
    if (out->is_binary ? !base64_decode(call->cx->arena, value->text, &out->value)
                       : !text_is_sound(value->text)) {
        return sqs_fail_value(call, "The value of message attribute '" STR_FMT "' is not allowed.",
                              STR_ARG(str_slice(out->name, 0, 64)));
    }
    if (type_is(out->type, STR("Number")) && !str_to_f64(out->value, &number)) {
        return sqs_fail_value(
            call, "Can't cast the value of message attribute '" STR_FMT "' to a number.",
            STR_ARG(str_slice(out->name, 0, 64)));
    }
    return true;
}

static bool attributes_read(struct sqs_call *call, const struct json *object,
                            struct queue_send *send, struct message_attribute *attributes)
{
    const struct json *given = json_find(object, STR("MessageAttributes"));
    send->attributes = attributes;
    if (given == NULL || given->type == JSON_NULL) {
        return true;
    }
    if (given->type != JSON_OBJECT || given->count > QUEUE_MAX_ATTRIBUTES) {
        return sqs_fail_value(call, "MessageAttributes is an object of at most 10 attributes.");
    }
    JSON_EACH (attribute, given) {
        if (!attribute_read(call, attribute, &attributes[send->attribute_count])) {
            return false;
        }
        send->attribute_count++;
    }
    return true;
}

/* 1 to 128 visible ASCII characters */
static bool id_is_sound(struct str id)
{
    for (size_t i = 0; i < id.len; i++) {
        if (id.ptr[i] <= ' ' || id.ptr[i] > '~') {
            return false;
        }
    }
    return id.len <= MAX_ID;
}

static bool fifo_read(struct sqs_call *call, const struct json *object, struct queue_send *send)
{
    const struct queue_config *queue = call->queue->config;
    if (!sqs_text(call, object, "MessageGroupId", queue->is_fifo, &send->group) ||
        !sqs_text(call, object, "MessageDeduplicationId", false, &send->dedup_id)) {
        return false;
    }
    if (!id_is_sound(send->group) || !id_is_sound(send->dedup_id)) {
        return sqs_fail_value(call, "MessageGroupId and MessageDeduplicationId have 1 to 128 "
                                    "alphanumeric and punctuation characters.");
    }
    if (!queue->is_fifo && send->dedup_id.len > 0) {
        return sqs_fail_value(call, "The request includes a parameter that is not valid for this "
                                    "queue type: MessageDeduplicationId.");
    }
    if (queue->is_fifo && send->dedup_id.len == 0 && !queue->dedups_content) {
        return sqs_fail_value(call,
                              "The queue should either have ContentBasedDeduplication enabled or "
                              "MessageDeduplicationId provided explicitly");
    }
    if (queue->is_fifo && send->delay_ms > 0) {
        return sqs_fail_value(call, "DelaySeconds is not valid for this queue type: a FIFO queue "
                                    "has one delay for all its messages.");
    }
    return true;
}

bool sqs_message_read(struct sqs_call *call, const struct json *object, struct queue_send *send,
                      struct message_attribute *attributes)
{
    int64_t delay_s = -1;
    *send = (struct queue_send){0};
    if (!sqs_text(call, object, "MessageBody", true, &send->body) ||
        !sqs_number(call, object, "DelaySeconds", 0, MAX_DELAY_S, -1, &delay_s)) {
        return false;
    }
    send->delay_ms = delay_s < 0 ? -1 : delay_s * 1000;
    if (!text_is_sound(send->body)) {
        return sqs_fail(call, "InvalidMessageContents", "InvalidMessageContents",
                        "Invalid characters were found: allowed are #x9, #xA, #xD, #x20 to #xD7FF, "
                        "#xE000 to #xFFFD, #x10000 to #x10FFFF.");
    }
    if (!attributes_read(call, object, send, attributes) || !fifo_read(call, object, send)) {
        return false;
    }
    if (queue_send_bytes(send) > (size_t)call->queue->config->max_message_bytes) {
        return sqs_fail_value(call,
                              "One or more parameters are invalid. Reason: Message must be shorter "
                              "than %lld bytes.",
                              (long long)call->queue->config->max_message_bytes);
    }
    return true;
}

/* ---- out ------------------------------------------------------------------------------------- */

/* True if a list of names asks for this one: "All", ".*", itself, or "prefix.*". */
static bool is_asked(const struct json *names, struct str name)
{
    if (names == NULL || names->type != JSON_ARRAY) {
        return false;
    }
    JSON_EACH (item, names) {
        struct str asked = item->text;
        if (str_eq(asked, STR("All")) || str_eq(asked, STR(".*")) || str_eq(asked, name)) {
            return true;
        }
        if (str_has_suffix(asked, STR(".*")) &&
            str_has_prefix(name, str_slice(asked, 0, asked.len - 2))) {
            return true;
        }
    }
    return false;
}

static bool is_system_asked(const struct sqs_call *call, const char *name)
{
    return is_asked(json_find(call->input, STR("AttributeNames")), str_from_cstr(name)) ||
           is_asked(json_find(call->input, STR("MessageSystemAttributeNames")),
                    str_from_cstr(name));
}

static void write_system(struct sqs_call *call, const struct message *m)
{
    char receives[24], sent[24], first[24], sequence[24];
    (void)snprintf(receives, sizeof(receives), "%u", m->receives);
    (void)snprintf(sent, sizeof(sent), "%" PRId64, m->sent_ms);
    (void)snprintf(first, sizeof(first), "%" PRId64, m->first_received_ms);
    (void)snprintf(sequence, sizeof(sequence), "%020" PRIu64, m->sequence);
    bool is_fifo = call->queue->config->is_fifo;
    const struct {
        const char *name;
        struct str value;
    } attributes[] = {
        {"SenderId", STR("AIDALOCALLOCALLOCALLO")},
        {"SentTimestamp", str_from_cstr(sent)},
        {"ApproximateReceiveCount", str_from_cstr(receives)},
        {"ApproximateFirstReceiveTimestamp", str_from_cstr(first)},
        {"SequenceNumber", is_fifo ? str_from_cstr(sequence) : STR("")},
        {"MessageDeduplicationId", m->dedup_id},
        {"MessageGroupId", m->group},
        {"DeadLetterQueueSourceArn", m->source_arn},
    };
    bool any = false;
    for (size_t i = 0; i < ARRAY_LEN(attributes); i++) {
        if (attributes[i].value.len > 0 && is_system_asked(call, attributes[i].name)) {
            if (!any) {
                json_member_object(&call->w, "Attributes");
            }
            any = true;
            json_member_str(&call->w, attributes[i].name, attributes[i].value);
        }
    }
    if (any) {
        json_object_end(&call->w);
    }
}

/* The digest that SDKs check covers what they get, so it is made of the attributes asked for. */
static void write_attributes(struct sqs_call *call, const struct message *m)
{
    const struct json *names = json_find(call->input, STR("MessageAttributeNames"));
    struct message_attribute asked[QUEUE_MAX_ATTRIBUTES];
    size_t count = 0;
    for (size_t i = 0; i < m->attribute_count; i++) {
        if (is_asked(names, m->attributes[i].name)) {
            asked[count++] = m->attributes[i];
        }
    }
    if (count == 0) {
        return;
    }
    char md5[33];
    attributes_md5_hex(call->cx->arena, asked, count, md5);
    json_member_cstr(&call->w, "MD5OfMessageAttributes", md5);
    json_member_object(&call->w, "MessageAttributes");
    for (size_t i = 0; i < count; i++) {
        json_key(&call->w, asked[i].name);
        json_object_begin(&call->w);
        json_member_str(&call->w, "DataType", asked[i].type);
        if (asked[i].is_binary) {
            json_member_str(&call->w, "BinaryValue",
                            base64_encode(call->cx->arena, asked[i].value));
        } else {
            json_member_str(&call->w, "StringValue", asked[i].value);
        }
        json_object_end(&call->w);
    }
    json_object_end(&call->w);
}

void sqs_message_write(struct sqs_call *call, struct message *message)
{
    char handle[QUEUE_HANDLE_MAX];
    receipt_write(call->queue, message, handle);
    json_object_begin(&call->w);
    json_member_cstr(&call->w, "MessageId", message->id);
    json_member_cstr(&call->w, "ReceiptHandle", handle);
    json_member_cstr(&call->w, "MD5OfBody", message->body_md5);
    json_member_str(&call->w, "Body", message->body);
    write_system(call, message);
    write_attributes(call, message);
    json_object_end(&call->w);
}
