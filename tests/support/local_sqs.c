#include "tests/support/local_sqs.h"

#include "shared/json/json.h"

struct local_answer local_sqs(struct ctx *cx, const struct local *l, const char *action,
                              const char *queue, const char *members)
{
    struct str fields = arena_format(
        cx->arena, "X-Amz-Target: AmazonSQS.%s\r\nContent-Type: application/x-amz-json-1.0\r\n",
        action);
    struct str body =
        arena_format(cx->arena, "{\"QueueUrl\":\"http://127.0.0.1:%u/123456789012/%s\"%s%s}",
                     l->port, queue, members[0] != '\0' ? "," : "", members);
    return local_ask(cx, l, "POST /", fields.ptr, body);
}

const struct json *local_sqs_send(struct ctx *cx, const struct local *l, const char *queue,
                                  const char *body, const char *members)
{
    struct str all =
        arena_format(cx->arena, "\"MessageBody\":\"%s\"%s%s", body, members[0] ? "," : "", members);
    return local_json(cx, local_sqs(cx, l, "SendMessage", queue, all.ptr));
}

const struct json *local_sqs_receive(struct ctx *cx, const struct local *l, const char *queue,
                                     int wait_s)
{
    struct str members = arena_format(
        cx->arena,
        "\"WaitTimeSeconds\":%d,\"AttributeNames\":[\"All\"],\"MessageAttributeNames\":[\"All\"]",
        wait_s);
    const struct json *root =
        local_json(cx, local_sqs(cx, l, "ReceiveMessage", queue, members.ptr));
    const struct json *messages = json_find(root, STR("Messages"));
    if (messages == NULL) {
        return NULL;
    }
    members = arena_format(cx->arena, "\"ReceiptHandle\":\"" STR_FMT "\"",
                           STR_ARG(json_find_str(messages->first, STR("ReceiptHandle"))));
    (void)local_json(cx, local_sqs(cx, l, "DeleteMessage", queue, members.ptr));
    return messages->first;
}

int64_t local_sqs_number(struct ctx *cx, const struct local *l, const char *queue,
                         const char *attribute)
{
    int64_t number = -1;
    struct str members = arena_format(cx->arena, "\"AttributeNames\":[\"%s\"]", attribute);
    const struct json *root =
        local_json(cx, local_sqs(cx, l, "GetQueueAttributes", queue, members.ptr));
    struct str text = json_find_str(json_find(root, STR("Attributes")), str_from_cstr(attribute));
    assert_true(str_to_i64(text, &number));
    return number;
}
