/*
 * The queues of the real clambda-local: its SQS protocol, and functions that read from queues.
 */
#include "tests/support/local_sqs.h"

#include "shared/base/clock.h"
#include "shared/json/json.h"

#include <signal.h>
#include <unistd.h>

static const char TEMPLATE[] = "tests/cases/local/sqs/template.yaml";
static const char *const SLUGS[] = {"jobs", "whole", "lines", "narrow", "gathered", "print", "env"};

static struct local shared;

#define TEST_CTX DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t)

static struct local_answer sqs(struct ctx *cx, const char *action, const char *queue,
                               const char *members)
{
    return local_sqs(cx, &shared, action, queue, members);
}

static const struct json *send_to(struct ctx *cx, const char *queue, const char *body)
{
    return local_sqs_send(cx, &shared, queue, body, "");
}

static size_t count(struct str text, const char *words)
{
    size_t n = 0;
    for (;;) {
        size_t at = str_find(text, str_from_cstr(words));
        if (at == SIZE_MAX) {
            return n;
        }
        n++;
        text = str_slice(text, at + strlen(words), text.len);
    }
}

static void check_log(struct ctx *cx, const char *words)
{
    local_check_log(cx, &shared, words);
}

/* Until the queue has as many messages as wanted, of any kind; two seconds at most. */
static void check_total(struct ctx *cx, const char *queue, int64_t want)
{
    int64_t total = -1;
    for (int i = 0; i < 80 && total != want; i++) {
        (void)usleep(i == 0 ? 0 : 50000);
        total = local_sqs_number(cx, &shared, queue, "ApproximateNumberOfMessages") +
                local_sqs_number(cx, &shared, queue, "ApproximateNumberOfMessagesNotVisible") +
                local_sqs_number(cx, &shared, queue, "ApproximateNumberOfMessagesDelayed");
    }
    CHECK_I64(queue, total, want);
}

/* ---- the protocol ---------------------------------------------------------------------------- */

static void a_message_is_sent_received_and_deleted(void **state)
{
    (void)state;
    TEST_CTX;
    const struct json *sent = local_sqs_send(
        &t.cx, &shared, "plain", "hello",
        "\"MessageAttributes\":{\"n\":{\"DataType\":\"Number\",\"StringValue\":\"42\"}}");
    CHECK_STR("md5", json_find_str(sent, STR("MD5OfMessageBody")),
              STR("5d41402abc4b2a76b9719d911017c592"));
    CHECK_I64("attributes", json_find_str(sent, STR("MD5OfMessageAttributes")).len, 32);
    const char *ask = "\"AttributeNames\":[\"All\"],\"MessageAttributeNames\":[\"n\"]";
    const struct json *root = local_json(&t.cx, sqs(&t.cx, "ReceiveMessage", "plain", ask));
    const struct json *m = json_find(root, STR("Messages"))->first;
    CHECK_STR("id", json_find_str(m, STR("MessageId")), json_find_str(sent, STR("MessageId")));
    CHECK_STR("body", json_find_str(m, STR("Body")), STR("hello"));
    CHECK_STR("md5", json_find_str(m, STR("MD5OfBody")), STR("5d41402abc4b2a76b9719d911017c592"));
    CHECK_STR("attributes", json_find_str(m, STR("MD5OfMessageAttributes")),
              json_find_str(sent, STR("MD5OfMessageAttributes")));
    CHECK_STR("value",
              json_find_str(json_find(json_find(m, STR("MessageAttributes")), STR("n")),
                            STR("StringValue")),
              STR("42"));
    CHECK_STR("count",
              json_find_str(json_find(m, STR("Attributes")), STR("ApproximateReceiveCount")),
              STR("1"));
    root = local_json(&t.cx, sqs(&t.cx, "ReceiveMessage", "plain", ""));
    assert_null(json_find(root, STR("Messages"))); /* in flight */
    struct str handle = arena_format(&t.arena, "\"ReceiptHandle\":\"" STR_FMT "\"",
                                     STR_ARG(json_find_str(m, STR("ReceiptHandle"))));
    CHECK_I64("delete", sqs(&t.cx, "DeleteMessage", "plain", handle.ptr).status, 200);
    (void)usleep(1100000);
    root = local_json(&t.cx, sqs(&t.cx, "ReceiveMessage", "plain", ""));
    assert_null(json_find(root, STR("Messages")));
}

static void a_message_comes_back_after_its_visibility_timeout(void **state)
{
    (void)state;
    TEST_CTX;
    (void)send_to(&t.cx, "plain", "again");
    (void)local_json(&t.cx, sqs(&t.cx, "ReceiveMessage", "plain", ""));
    int64_t began_us = clock_mono_us();
    const struct json *m = local_sqs_receive(&t.cx, &shared, "plain", 5);
    assert_true(clock_mono_us() - began_us > 700000);
    CHECK_STR("count",
              json_find_str(json_find(m, STR("Attributes")), STR("ApproximateReceiveCount")),
              STR("2"));
}

static void who_waits_gets_the_message_as_it_comes(void **state)
{
    (void)state;
    TEST_CTX;
    int fd = local_send(&t.cx, &shared, "POST /", "X-Amz-Target: AmazonSQS.ReceiveMessage\r\n",
                        STR("{\"QueueUrl\":\"http://x/123456789012/plain\","
                            "\"WaitTimeSeconds\":10}"));
    (void)usleep(100000);
    int64_t began_us = clock_mono_us();
    (void)send_to(&t.cx, "plain", "now");
    const struct json *root = local_json(&t.cx, local_read(&t.cx, fd));
    assert_true(clock_mono_us() - began_us < 1000000);
    CHECK_STR("body", json_find_str(json_find(root, STR("Messages"))->first, STR("Body")),
              STR("now"));
    (void)local_sqs_receive(&t.cx, &shared, "plain", 3);
    began_us = clock_mono_us();
    root = local_json(&t.cx, sqs(&t.cx, "ReceiveMessage", "plain", "\"WaitTimeSeconds\":1"));
    int64_t ms = (clock_mono_us() - began_us) / 1000;
    assert_null(json_find(root, STR("Messages")));
    assert_true(ms >= 1000 && ms < 2500);
}

static void who_has_hung_up_gets_no_message(void **state)
{
    (void)state;
    TEST_CTX;
    int fd = local_send(&t.cx, &shared, "POST /", "X-Amz-Target: AmazonSQS.ReceiveMessage\r\n",
                        STR("{\"QueueUrl\":\"http://x/123456789012/patient\","
                            "\"WaitTimeSeconds\":20}"));
    (void)usleep(100000);
    (void)close(fd);
    (void)usleep(100000);
    (void)send_to(&t.cx, "patient", "for the living"); /* else it would be in flight for 30 s */
    const struct json *m = local_sqs_receive(&t.cx, &shared, "patient", 1);
    assert_non_null(m);
    CHECK_STR("body", json_find_str(m, STR("Body")), STR("for the living"));
}

static void batches_succeed_and_fail_entry_by_entry(void **state)
{
    (void)state;
    TEST_CTX;
    const struct json *root =
        local_json(&t.cx, sqs(&t.cx, "SendMessageBatch", "plain",
                              "\"Entries\":[{\"Id\":\"a\",\"MessageBody\":\"one\"},"
                              "{\"Id\":\"b\",\"MessageBody\":\"\"},"
                              "{\"Id\":\"c\",\"MessageBody\":\"two\"}]"));
    CHECK_I64("sent", json_find(root, STR("Successful"))->count, 2);
    const struct json *failed = json_find(root, STR("Failed"))->first;
    CHECK_STR("id", json_find_str(failed, STR("Id")), STR("b"));
    CHECK_STR("code", json_find_str(failed, STR("Code")), STR("MissingParameter"));
    root = local_json(&t.cx, sqs(&t.cx, "ReceiveMessage", "plain", "\"MaxNumberOfMessages\":10"));
    const struct json *first = json_find(root, STR("Messages"))->first;
    struct str handle = json_find_str(first, STR("ReceiptHandle"));
    struct str other = json_find_str(first->next, STR("ReceiptHandle"));
    struct str entries = arena_format(&t.arena,
                                      "\"Entries\":[{\"Id\":\"a\",\"ReceiptHandle\":\"" STR_FMT
                                      "\",\"VisibilityTimeout\":0}]",
                                      STR_ARG(handle));
    root = local_json(&t.cx, sqs(&t.cx, "ChangeMessageVisibilityBatch", "plain", entries.ptr));
    CHECK_I64("changed", json_find(root, STR("Successful"))->count, 1);
    assert_non_null(local_sqs_receive(&t.cx, &shared, "plain", 0)); /* visible at once */
    entries = arena_format(&t.arena,
                           "\"Entries\":[{\"Id\":\"a\",\"ReceiptHandle\":\"" STR_FMT
                           "\"},{\"Id\":\"b\",\"ReceiptHandle\":\"nonsense\"}]",
                           STR_ARG(other));
    root = local_json(&t.cx, sqs(&t.cx, "DeleteMessageBatch", "plain", entries.ptr));
    CHECK_I64("deleted", json_find(root, STR("Successful"))->count, 1);
    CHECK_STR("code", json_find_str(json_find(root, STR("Failed"))->first, STR("Code")),
              STR("ReceiptHandleIsInvalid"));
    check_total(&t.cx, "plain", 0);
}

static void queues_are_found_by_name_and_described(void **state)
{
    (void)state;
    TEST_CTX;
    const struct json *root =
        local_json(&t.cx, sqs(&t.cx, "GetQueueUrl", "", "\"QueueName\":\"ordered.fifo\""));
    CHECK_STR("url of whom the client calls", json_find_str(root, STR("QueueUrl")),
              STR("http://api.local:1/123456789012/ordered.fifo"));
    root = local_json(&t.cx, sqs(&t.cx, "ListQueues", "", "\"QueueNamePrefix\":\"Jobs\""));
    CHECK_I64("list", json_find(root, STR("QueueUrls"))->count, 2);
    root = local_json(
        &t.cx, sqs(&t.cx, "GetQueueAttributes", "Jobs",
                   "\"AttributeNames\":[\"QueueArn\",\"RedrivePolicy\",\"VisibilityTimeout\"]"));
    const struct json *attributes = json_find(root, STR("Attributes"));
    CHECK_I64("as asked", attributes->count, 3);
    CHECK_STR("arn", json_find_str(attributes, STR("QueueArn")),
              STR("arn:aws:sqs:us-east-1:123456789012:Jobs"));
    CHECK_STR("redrive", json_find_str(attributes, STR("RedrivePolicy")),
              STR("{\"deadLetterTargetArn\":\"arn:aws:sqs:us-east-1:123456789012:JobsDead\","
                  "\"maxReceiveCount\":2}"));
    root = local_json(&t.cx, local_invoke(&t.cx, &shared, "env", "", "{}"));
    CHECK_STR("Ref", json_find_str(root, STR("QUEUE_URL")),
              arena_format(&t.arena, "http://127.0.0.1:%u/123456789012/plain", shared.port));
    CHECK_STR("GetAtt", json_find_str(root, STR("QUEUE_NAME")), STR("Lines.fifo"));
}

static void purge_empties_a_queue_once_a_minute(void **state)
{
    (void)state;
    TEST_CTX;
    (void)send_to(&t.cx, "Asleep", "x");
    CHECK_I64("first", sqs(&t.cx, "PurgeQueue", "Asleep", "").status, 200);
    check_total(&t.cx, "Asleep", 0);
    CHECK_I64("second", sqs(&t.cx, "PurgeQueue", "Asleep", "").status, 400);
}

static const struct {
    const char *action, *queue, *members, *type, *code;
} faults[] = {
    {"SendMessage", "none", "\"MessageBody\":\"a\"", "QueueDoesNotExist",
     "AWS.SimpleQueueService.NonExistentQueue"},
    {"SendMessage", "plain", "", "MissingRequiredParameterException", "MissingParameter"},
    {"SendMessage", "plain", "\"MessageBody\":7", "SerializationException",
     "SerializationException"},
    {"SendMessage", "plain", "\"MessageBody\":\"\\u0001\"", "InvalidMessageContents",
     "InvalidMessageContents"},
    {"SendMessage", "plain", "\"MessageBody\":\"\\uFFFE\"", "InvalidMessageContents",
     "InvalidMessageContents"},
    {"SendMessage", "plain", "\"MessageBody\":\"a\",\"DelaySeconds\":901", "InvalidParameterValue",
     "InvalidParameterValue"},
    {"SendMessage", "plain", "\"MessageBody\":\"a\",\"MessageDeduplicationId\":\"x\"",
     "InvalidParameterValue", "InvalidParameterValue"},
    {"SendMessage", "ordered.fifo", "\"MessageBody\":\"a\"", "MissingRequiredParameterException",
     "MissingParameter"},
    {"SendMessage", "Lines.fifo", "\"MessageBody\":\"a\",\"MessageGroupId\":\"g\"",
     "InvalidParameterValue", "InvalidParameterValue"},
    {"SendMessage", "ordered.fifo",
     "\"MessageBody\":\"a\",\"MessageGroupId\":\"g\",\"DelaySeconds\":1", "InvalidParameterValue",
     "InvalidParameterValue"},
    {"SendMessage", "plain",
     "\"MessageBody\":\"a\",\"MessageAttributes\":{\"AWS.x\":{\"DataType\":\"String\","
     "\"StringValue\":\"v\"}}",
     "InvalidParameterValue", "InvalidParameterValue"},
    {"SendMessage", "plain",
     "\"MessageBody\":\"a\",\"MessageAttributes\":{\"x\":{\"DataType\":\"Number\","
     "\"StringValue\":\"v\"}}",
     "InvalidParameterValue", "InvalidParameterValue"},
    {"ReceiveMessage", "plain", "\"MaxNumberOfMessages\":11", "InvalidParameterValue",
     "InvalidParameterValue"},
    {"ReceiveMessage", "plain", "\"WaitTimeSeconds\":21", "InvalidParameterValue",
     "InvalidParameterValue"},
    {"DeleteMessage", "plain", "\"ReceiptHandle\":\"x\"", "ReceiptHandleIsInvalid",
     "ReceiptHandleIsInvalid"},
    {"ChangeMessageVisibility", "plain",
     "\"ReceiptHandle\":\"cGxhaW4gOTk5OTk5IDE=\",\"VisibilityTimeout\":1", "InvalidParameterValue",
     "InvalidParameterValue"},
    {"SendMessageBatch", "plain", "\"Entries\":[]", "EmptyBatchRequest",
     "AWS.SimpleQueueService.EmptyBatchRequest"},
    {"DeleteMessageBatch", "plain", "\"Entries\":[{\"Id\":\"a b\"}]", "InvalidBatchEntryId",
     "AWS.SimpleQueueService.InvalidBatchEntryId"},
    {"DeleteMessageBatch", "plain", "\"Entries\":[{\"Id\":\"a\"},{\"Id\":\"a\"}]",
     "BatchEntryIdsNotDistinct", "AWS.SimpleQueueService.BatchEntryIdsNotDistinct"},
    {"DeleteMessageBatch", "plain", "\"Entries\":[0,1,2,3,4,5,6,7,8,9,10]",
     "TooManyEntriesInBatchRequest", "AWS.SimpleQueueService.TooManyEntriesInBatchRequest"},
    {"CreateQueue", "plain", "", "UnsupportedOperation",
     "AWS.SimpleQueueService.UnsupportedOperation"},
};

static void faults_are_those_of_sqs(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(faults); i++) {
        TEST_CTX;
        const struct json *root = NULL;
        struct local_answer answer =
            sqs(&t.cx, faults[i].action, faults[i].queue, faults[i].members);
        CHECK_I64(faults[i].members, answer.status, 400);
        CHECK_STATUS(&t.cx, json_read(&t.cx, answer.body, NULL, &root), OK);
        CHECK_STR(faults[i].members, json_find_str(root, STR("__type")),
                  arena_format(&t.arena, "com.amazonaws.sqs#%s", faults[i].type));
        if (!local_has_header(
                answer,
                arena_format(&t.arena, "x-amzn-query-error: %s;Sender", faults[i].code).ptr)) {
            CHECK_FAILED("%s: " STR_FMT "\n", faults[i].members, STR_ARG(answer.head));
        }
    }
}

static void a_page_of_another_site_sends_nothing(void **state)
{
    (void)state;
    TEST_CTX;
    static const char *const origins[] = {"http://evil.example:9000", "null", ""};
    for (size_t i = 0; i < ARRAY_LEN(origins); i++) {
        bool is_program = origins[i][0] == '\0';
        struct str fields =
            arena_format(&t.arena, "X-Amz-Target: AmazonSQS.ListQueues\r\n%s%s%s",
                         is_program ? "" : "Origin: ", origins[i], is_program ? "" : "\r\n");
        struct local_answer answer = local_ask(&t.cx, &shared, "POST /", fields.ptr, STR("{}"));
        CHECK_I64(origins[i], answer.status, is_program ? 200 : 400);
        CHECK_I64(origins[i], local_has_header(answer, "x-amzn-query-error: AccessDenied;Sender"),
                  !is_program);
    }
}

static void a_message_may_have_one_mebibyte(void **state)
{
    (void)state;
    TEST_CTX;
    char *body = ARENA_ARRAY(&t.arena, char, MIB(1) + 2);
    memset(body, 'x', MIB(1));
    (void)send_to(&t.cx, "plain", body);
    CHECK_I64("back", json_find_str(local_sqs_receive(&t.cx, &shared, "plain", 1), STR("Body")).len,
              MIB(1));
    body[MIB(1)] = 'x';
    struct str members = arena_format(&t.arena, "\"MessageBody\":\"%s\"", body);
    CHECK_I64("one more", sqs(&t.cx, "SendMessage", "plain", members.ptr).status, 400);
}

/* ---- functions that read from queues --------------------------------------------------------- */

static void a_function_gets_the_documented_event(void **state)
{
    (void)state;
    TEST_CTX;
    const struct json *sent = local_sqs_send(
        &t.cx, &shared, "Shape", "a \\\"body\\\"",
        "\"MessageAttributes\":{\"k\":{\"DataType\":\"String\",\"StringValue\":\"v\"},"
        "\"b\":{\"DataType\":\"Binary\",\"BinaryValue\":\"AQI=\"}}");
    check_log(&t.cx, "[print] got {\"Records\":");
    struct str log = local_log(&t.cx, &shared);
    size_t at = str_find(log, STR("[print] got {")) + STR("[print] got ").len;
    struct str line = str_slice(log, at, log.len);
    const struct json *root = NULL;
    CHECK_STATUS(&t.cx,
                 json_read(&t.cx, str_slice(line, 0, str_find_char(line, '\n')), NULL, &root), OK);
    const struct json *record = json_find(root, STR("Records"))->first;
    const struct json *system = json_find(record, STR("attributes"));
    const struct json *attributes = json_find(record, STR("messageAttributes"));
    CHECK_STR("id", json_find_str(record, STR("messageId")), json_find_str(sent, STR("MessageId")));
    CHECK_STR("body", json_find_str(record, STR("body")), STR("a \"body\""));
    CHECK_STR("md5", json_find_str(record, STR("md5OfBody")),
              json_find_str(sent, STR("MD5OfMessageBody")));
    CHECK_STR("source", json_find_str(record, STR("eventSource")), STR("aws:sqs"));
    CHECK_STR("arn", json_find_str(record, STR("eventSourceARN")),
              STR("arn:aws:sqs:us-east-1:123456789012:Shape"));
    CHECK_STR("region", json_find_str(record, STR("awsRegion")), STR("us-east-1"));
    assert_true(json_find_str(record, STR("receiptHandle")).len > 0);
    CHECK_STR("count", json_find_str(system, STR("ApproximateReceiveCount")), STR("1"));
    CHECK_I64("sent", json_find_str(system, STR("SentTimestamp")).len, 13);
    CHECK_I64("first", json_find_str(system, STR("ApproximateFirstReceiveTimestamp")).len, 13);
    assert_true(json_find_str(system, STR("SenderId")).len > 0);
    CHECK_STR("text", json_find_str(json_find(attributes, STR("k")), STR("stringValue")), STR("v"));
    CHECK_STR("type", json_find_str(json_find(attributes, STR("k")), STR("dataType")),
              STR("String"));
    CHECK_STR("bytes", json_find_str(json_find(attributes, STR("b")), STR("binaryValue")),
              STR("AQI="));
    check_total(&t.cx, "Shape", 0);
}

static void only_reported_failures_come_back_and_die(void **state)
{
    (void)state;
    TEST_CTX;
    const struct json *root =
        local_json(&t.cx, sqs(&t.cx, "SendMessageBatch", "Jobs",
                              "\"Entries\":[{\"Id\":\"a\",\"MessageBody\":\"good\"},"
                              "{\"Id\":\"b\",\"MessageBody\":\"bad\"},"
                              "{\"Id\":\"c\",\"MessageBody\":\"fine\"}]"));
    CHECK_I64("sent", json_find(root, STR("Successful"))->count, 3);
    check_log(&t.cx, "Jobs: 1 of 3 messages come back: reported as failed");
    check_log(&t.cx, "[jobs] message bad receive 2");
    /* maxReceiveCount is 2: the third receive finds it dead. */
    const struct json *dead = local_sqs_receive(&t.cx, &shared, "JobsDead", 5);
    assert_non_null(dead);
    CHECK_STR("dead", json_find_str(dead, STR("Body")), STR("bad"));
    CHECK_STR("source",
              json_find_str(json_find(dead, STR("Attributes")), STR("DeadLetterQueueSourceArn")),
              STR("arn:aws:sqs:us-east-1:123456789012:Jobs"));
    check_total(&t.cx, "Jobs", 0);
    CHECK_I64("good once", count(local_log(&t.cx, &shared), "message good receive"), 1);
}

static void a_wrong_identifier_fails_the_batch(void **state)
{
    (void)state;
    TEST_CTX;
    (void)local_json(&t.cx, sqs(&t.cx, "SendMessageBatch", "Jobs",
                                "\"Entries\":[{\"Id\":\"a\",\"MessageBody\":\"odd\"},"
                                "{\"Id\":\"b\",\"MessageBody\":\"with odd\"}]"));
    check_log(&t.cx, "Jobs: 2 of 2 messages come back: batchItemFailures holds "
                     "{\"itemidentifier\"");
    assert_non_null(local_sqs_receive(&t.cx, &shared, "JobsDead", 8));
    assert_non_null(local_sqs_receive(&t.cx, &shared, "JobsDead", 8));
}

static void an_error_takes_the_whole_batch_with_it(void **state)
{
    (void)state;
    TEST_CTX;
    /* Without ReportBatchItemFailures a report is not looked at. */
    (void)send_to(&t.cx, "Whole", "bad");
    check_log(&t.cx, "[whole] message bad receive 1");
    check_total(&t.cx, "Whole", 0);
    (void)send_to(&t.cx, "Whole", "poison");
    check_log(&t.cx, "Whole: 1 of 1 messages come back: the function failed");
    assert_non_null(local_sqs_receive(&t.cx, &shared, "WholeDead", 8));
    check_log(&t.cx, "[whole] message poison receive 2");
}

static void a_group_is_worked_off_in_order_one_at_a_time(void **state)
{
    (void)state;
    TEST_CTX;
    for (int i = 0; i < 4; i++) {
        char body[16], members[96];
        (void)snprintf(body, sizeof(body), "slow%d", i);
        (void)snprintf(members, sizeof(members),
                       "\"MessageGroupId\":\"g\",\"MessageDeduplicationId\":\"%d\"", i);
        (void)local_sqs_send(&t.cx, &shared, "Lines.fifo", body, members);
    }
    (void)local_sqs_send(&t.cx, &shared, "Lines.fifo", "slow0",
                         "\"MessageGroupId\":\"g\",\"MessageDeduplicationId\":\"0\"");
    check_log(&t.cx, "[lines] message slow3 receive 1");
    struct str log = local_log(&t.cx, &shared);
    size_t before = 0;
    for (int i = 0; i < 4; i++) {
        char words[64];
        (void)snprintf(words, sizeof(words), "[lines] message slow%d receive 1", i);
        size_t at = str_find(log, str_from_cstr(words));
        assert_true(at != SIZE_MAX && at >= before);
        CHECK_I64(words, count(log, words), 1);
        /* The one before has ended. */
        struct str between = str_slice(log, before, at);
        assert_true(i == 0 || str_find(between, STR("[lines] END RequestId")) != SIZE_MAX);
        before = at;
    }
}

/* How many events of a function were open at once, as its log tells. */
static size_t most_at_once(struct str log, const char *function)
{
    struct str line;
    size_t now = 0;
    size_t most = 0;
    while (str_split_next(&log, '\n', &line)) {
        if (str_has_prefix(line, str_from_cstr(function))) {
            now += str_find(line, STR("] START ")) != SIZE_MAX;
            now -= str_find(line, STR("] END ")) != SIZE_MAX;
            most = now > most ? now : most;
        }
    }
    return most;
}

static void concurrency_is_as_the_template_says(void **state)
{
    (void)state;
    TEST_CTX;
    for (int i = 0; i < 6; i++) { /* 300 ms each */
        (void)send_to(&t.cx, "Narrow", "slow");
    }
    check_total(&t.cx, "Narrow", 0);
    CHECK_I64("at once", most_at_once(local_log(&t.cx, &shared), "[narrow]"), 2);
}

static void a_batch_waits_for_its_window(void **state)
{
    (void)state;
    TEST_CTX;
    int64_t began_us = clock_mono_us();
    (void)send_to(&t.cx, "Gathered", "one");
    (void)send_to(&t.cx, "Gathered", "two");
    check_log(&t.cx, "[gathered] batch of 2");
    int64_t ms = (clock_mono_us() - began_us) / 1000;
    assert_true(ms >= 1000);
    began_us = clock_mono_us();
    for (int i = 0; i < 4; i++) {
        (void)send_to(&t.cx, "Gathered", "full");
    }
    check_log(&t.cx, "[gathered] batch of 4"); /* and not for longer than it is full */
    assert_true(clock_mono_us() - began_us < 900000);
}

static void a_mapping_that_is_not_enabled_takes_nothing(void **state)
{
    (void)state;
    TEST_CTX;
    (void)send_to(&t.cx, "Asleep", "x");
    (void)usleep(200000);
    check_total(&t.cx, "Asleep", 1);
}

/* ---- the end --------------------------------------------------------------------------------- */

static void who_waits_is_answered_at_the_end(void **state)
{
    (void)state;
    TEST_CTX;
    struct local l = {0};
    local_start(&l, &(struct local_options){
                        .template = TEMPLATE, .slugs = SLUGS, .slug_count = ARRAY_LEN(SLUGS)});
    int fd = local_send(&t.cx, &l, "POST /", "X-Amz-Target: AmazonSQS.ReceiveMessage\r\n",
                        STR("{\"QueueUrl\":\"http://x/123456789012/plain\","
                            "\"WaitTimeSeconds\":20}"));
    (void)usleep(100000);
    CHECK_I64("exit", local_end(&l, SIGTERM), 0);
    CHECK_STR("empty", local_read(&t.cx, fd).body, STR("{}"));
    local_clean(&l);
}

static int start_shared(void **state)
{
    return local_group_start(state, &shared,
                             &(struct local_options){.template = TEMPLATE,
                                                     .slugs = SLUGS,
                                                     .slug_count = ARRAY_LEN(SLUGS)});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_is_sent_received_and_deleted),
        cmocka_unit_test(a_message_comes_back_after_its_visibility_timeout),
        cmocka_unit_test(who_waits_gets_the_message_as_it_comes),
        cmocka_unit_test(who_has_hung_up_gets_no_message),
        cmocka_unit_test(batches_succeed_and_fail_entry_by_entry),
        cmocka_unit_test(queues_are_found_by_name_and_described),
        cmocka_unit_test(purge_empties_a_queue_once_a_minute),
        cmocka_unit_test(faults_are_those_of_sqs),
        cmocka_unit_test(a_page_of_another_site_sends_nothing),
        cmocka_unit_test(a_message_may_have_one_mebibyte),
        cmocka_unit_test(a_function_gets_the_documented_event),
        cmocka_unit_test(only_reported_failures_come_back_and_die),
        cmocka_unit_test(a_wrong_identifier_fails_the_batch),
        cmocka_unit_test(an_error_takes_the_whole_batch_with_it),
        cmocka_unit_test(a_group_is_worked_off_in_order_one_at_a_time),
        cmocka_unit_test(concurrency_is_as_the_template_says),
        cmocka_unit_test(a_batch_waits_for_its_window),
        cmocka_unit_test(a_mapping_that_is_not_enabled_takes_nothing),
        cmocka_unit_test(who_waits_is_answered_at_the_end),
    };
    return cmocka_run_group_tests(tests, start_shared, local_group_end);
}
