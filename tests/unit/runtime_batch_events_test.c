/*
 * Batches and schedules against golden files: tests/cases/events/<source>/<case>/input is the
 * event, want what is read of it, one field a line.
 */
#include "runtime/lambda.h"

#include "shared/base/buf.h"
#include "shared/base/file.h"
#include "tests/support/check.h"

#include <dirent.h>

/* ---- printing -------------------------------------------------------------------------------- */

static void add_text(struct buf *out, const char *name, struct str value)
{
    if (value.ptr != NULL) {
        buf_addf(out, "%s [", name);
        buf_add(out, value); /* may hold a NUL */
        buf_add(out, STR("]\n"));
    }
}

static void add_time(struct buf *out, const char *name, int64_t value)
{
    buf_addf(out, "%s %lld\n", name, (long long)value);
}

static void add_sqs_record(struct buf *out, const struct sqs_record *record)
{
    static const char *const types[] = {"string", "number", "binary"};
    add_text(out, "message", record->message_id);
    add_text(out, "receipt", record->receipt_handle);
    add_text(out, "body", record->body);
    add_text(out, "md5", record->body_md5);
    add_text(out, "queue", record->queue_arn);
    add_text(out, "region", record->region);
    add_text(out, "sender", record->sender_id);
    add_text(out, "group", record->group_id);
    add_text(out, "dedup", record->dedup_id);
    add_text(out, "sequence", record->sequence_number);
    add_time(out, "received times", record->receive_count);
    add_time(out, "sent", record->sent_ms);
    add_time(out, "first received", record->first_received_ms);
    for (size_t i = 0; i < record->attribute_count; i++) {
        const struct sqs_attribute *attribute = &record->attributes[i];
        buf_addf(out, "%s " STR_FMT " ", types[attribute->type], STR_ARG(attribute->type_name));
        add_text(out, arena_cstr_copy(out->arena, attribute->name), attribute->value);
    }
}

static void add_stream_record(struct buf *out, const struct stream_record *record)
{
    add_text(out, "sequence", record->sequence_number);
    add_text(out, "event", record->event_id);
    add_text(out, "source", record->source_arn);
    add_text(out, "region", record->region);
    add_time(out, "created", record->created_ms);
    add_text(out, "partition key", record->partition_key);
    add_text(out, "data", record->data);
    add_text(out, "name", record->event_name);
    add_text(out, "keys", record->keys);
    add_text(out, "new image", record->new_image);
    add_text(out, "old image", record->old_image);
    add_text(out, "view", record->view_type);
    buf_addf(out, "expiry %d\n", record->is_expiry);
}

static enum status print_sqs(struct ctx *cx, struct str event, struct buf *out)
{
    struct sqs_batch batch;
    TRY(sqs_event_read(cx, event, &batch));
    buf_addf(out, "records %zu%s\n", batch.count, batch.is_fifo ? " fifo" : "");
    for (size_t i = 0; i < batch.count; i++) {
        add_sqs_record(out, &batch.records[i]);
    }
    return OK;
}

static enum status print_stream(struct ctx *cx, struct str event, struct buf *out)
{
    struct stream_batch batch;
    if (batch_event_source(event) == BATCH_KINESIS) {
        TRY(kinesis_event_read(cx, event, &batch));
    } else {
        TRY(dynamodb_event_read(cx, event, &batch));
    }
    buf_addf(out, "records %zu\n", batch.count);
    for (size_t i = 0; i < batch.count; i++) {
        add_stream_record(out, &batch.records[i]);
    }
    return OK;
}

static enum status print_schedule(struct ctx *cx, struct str event, struct buf *out)
{
    struct schedule_event schedule;
    TRY(schedule_event_read(cx, event, &schedule));
    add_text(out, "id", schedule.id);
    add_text(out, "type", schedule.detail_type);
    add_text(out, "source", schedule.source);
    add_text(out, "account", schedule.account);
    add_text(out, "region", schedule.region);
    add_time(out, "time", schedule.time_ms);
    for (size_t i = 0; i < schedule.resource_count; i++) {
        add_text(out, "resource", schedule.resources[i]);
    }
    add_text(out, "detail", schedule.detail);
    return OK;
}

/* ---- golden files ---------------------------------------------------------------------------- */

typedef enum status print_fn(struct ctx *cx, struct str event, struct buf *out);

struct suite {
    const char *folder;
    enum batch_source source;
    print_fn *print;
    size_t count;
};

static struct str event_print(struct test_ctx *t, const struct suite *suite, struct str event)
{
    struct buf out = buf_in(&t->arena, KIB(64));
    CHECK_STATUS(&t->cx, suite->print(&t->cx, event, &out), OK);
    return buf_str(&out);
}

static void check_case(const struct suite *suite, const char *name)
{
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    char path[512];
    struct str input = {0};
    struct str want = {0};
    (void)snprintf(path, sizeof(path), "%s/%s/input", suite->folder, name);
    CHECK_STATUS(&t.cx, file_read(&t.cx, path, KIB(64), &input), OK);
    (void)snprintf(path, sizeof(path), "%s/%s/want", suite->folder, name);
    CHECK_STATUS(&t.cx, file_read(&t.cx, path, KIB(64), &want), OK);
    struct str source = exact_copy(&t.cx, input);
    CHECK_STR(name, event_print(&t, suite, source), want);
    bool is_empty = strcmp(name, "empty") == 0;
    CHECK_I64(name, batch_event_source(source), is_empty ? BATCH_NONE : suite->source);
    CHECK_I64(name, schedule_event_is(source), suite->print == print_schedule);
    CHECK_I64(name, http_event_is(source), false);
    /* Each prefix: no crash, and never taken for a whole one. */
    struct str whole = str_trim(input);
    for (size_t len = 0; len < whole.len; len += 3) {
        DEFER(test_ctx_close) struct test_ctx cut = test_ctx_open(&cut);
        struct str part = exact_copy(&cut.cx, str_slice(whole, 0, len));
        struct buf out = buf_in(&cut.arena, KIB(64));
        (void)batch_event_source(part);
        (void)schedule_event_is(part);
        CHECK_STATUS(&cut.cx, suite->print(&cut.cx, part, &out), ERR_INVALID);
    }
}

static void check_suite(const struct suite *suite)
{
    DIR *folder = opendir(suite->folder);
    assert_non_null(folder);
    size_t count = 0;
    for (const struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        if (entry->d_name[0] != '.') {
            check_case(suite, entry->d_name);
            count++;
        }
    }
    (void)closedir(folder);
    CHECK_I64("cases", count, suite->count);
}

static void sqs_batches_are_read(void **state)
{
    (void)state;
    check_suite(&(struct suite){"tests/cases/events/sqs", BATCH_SQS, print_sqs, 4});
}

static void kinesis_batches_are_read(void **state)
{
    (void)state;
    check_suite(&(struct suite){"tests/cases/events/kinesis", BATCH_KINESIS, print_stream, 1});
}

static void dynamodb_batches_are_read(void **state)
{
    (void)state;
    check_suite(&(struct suite){"tests/cases/events/dynamodb", BATCH_DYNAMODB, print_stream, 1});
}

static void schedules_are_read(void **state)
{
    (void)state;
    check_suite(&(struct suite){"tests/cases/events/schedule", BATCH_NONE, print_schedule, 2});
}

/* ---- what is wrong --------------------------------------------------------------------------- */

#define SQS(members)                                                                               \
    STR_INIT("{\"Records\":[{\"eventSource\":\"aws:sqs\",\"messageId\":\"1\"" members "}]}")
#define KINESIS(members)                                                                           \
    STR_INIT("{\"Records\":[{\"eventSource\":\"aws:kinesis\",\"kinesis\":{" members "}}]}")
#define DYNAMODB(members)                                                                          \
    STR_INIT("{\"Records\":[{\"eventSource\":\"aws:dynamodb\",\"dynamodb\":{" members "}}]}")

struct fault {
    print_fn *print;
    struct str event;
    const char *words;
};

static void check_faults(const struct fault *faults, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct buf out = buf_in(&t.arena, KIB(64));
        struct str source = exact_copy(&t.cx, faults[i].event);
        CHECK_STATUS(&t.cx, faults[i].print(&t.cx, source, &out), ERR_INVALID);
        bool says_so = strstr(t.cx.err.text, faults[i].words) != NULL;
        CHECK_I64(t.cx.err.text, says_so, true);
    }
}

static void batches_of_the_wrong_shape_are_named(void **state)
{
    (void)state;
    static const struct fault faults[] = {
        {print_sqs, STR_INIT(""), "event"},
        {print_sqs, STR_INIT("[]"), "Records is missing"},
        {print_sqs, STR_INIT("{\"Records\":null}"), "Records is missing"},
        {print_sqs, STR_INIT("{\"Records\":{}}"), "Records is an object"},
        {print_sqs, STR_INIT("{\"Records\":[7]}"), "record 0 is from \"\""},
        {print_sqs, STR_INIT("{\"Records\":[{\"eventSource\":\"aws:s3\"}]}"), "aws:s3"},
        {print_sqs, STR_INIT("{\"Records\":[{\"eventSource\":\"aws:sqs\"}]}"), "no messageId"},
        {print_sqs, STR_INIT("{\"Records\":[{\"eventSource\":\"aws:sqs\",\"messageId\":\"\"}]}"),
         "no messageId"},
        {print_sqs,
         STR_INIT("{\"Records\":[{\"eventSource\":\"aws:sqs\",\"messageId\":\"1\"},"
                  "{\"eventSource\":\"aws:sqs\",\"messageId\":7}]}"),
         "messageId is a number"},
        {print_sqs, SQS(",\"attributes\":[]"), "attributes is an array"},
        {print_sqs, SQS(",\"attributes\":{\"SentTimestamp\":\"soon\"}"), "SentTimestamp"},
        {print_sqs, SQS(",\"messageAttributes\":{\"a\":{\"dataType\":\"Strings\"}}"),
         "messageAttributes.a is of no known type"},
        {print_sqs, SQS(",\"messageAttributes\":{\"a\":\"b\"}"), "of no known type"},
        {print_sqs,
         SQS(",\"messageAttributes\":{\"a\":{\"dataType\":\"Binary\",\"binaryValue\":\"?\"}}"),
         "not base64"},
        {print_stream, KINESIS("\"data\":\"\""), "no sequence number"},
        {print_stream, KINESIS("\"sequenceNumber\":1"), "sequenceNumber is a number"},
        {print_stream, KINESIS("\"sequenceNumber\":\"1\",\"data\":\"a\""), "base64"},
        {print_stream, KINESIS("\"sequenceNumber\":\"1\",\"approximateArrivalTimestamp\":\"1\""),
         "no time"},
        {print_stream, KINESIS("\"sequenceNumber\":\"1\",\"approximateArrivalTimestamp\":1e300"),
         "no time"},
        {print_stream, KINESIS("\"sequenceNumber\":\"1\",\"approximateArrivalTimestamp\":-1"),
         "no time"},
        {print_stream, DYNAMODB("\"Keys\":{}"), "no sequence number"},
        {print_stream, DYNAMODB("\"SequenceNumber\":null"), "no sequence number"},
    };
    check_faults(faults, ARRAY_LEN(faults));
}

static void schedules_of_the_wrong_shape_are_named(void **state)
{
    (void)state;
    static const struct fault faults[] = {
        {print_schedule, STR_INIT("{\"source\":\"a\"}"), "detail-type is missing"},
        {print_schedule, STR_INIT("{\"detail-type\":\"a\"}"), "source is missing"},
        {print_schedule, STR_INIT("{\"detail-type\":1}"), "detail-type is a number"},
        {print_schedule,
         STR_INIT("{\"detail-type\":\"a\",\"source\":\"b\",\"time\":\"2026-02-29T00:00:00Z\"}"),
         "no time"},
        {print_schedule,
         STR_INIT("{\"detail-type\":\"a\",\"source\":\"b\",\"time\":\"2026-02-28T24:00:00Z\"}"),
         "no time"},
        {print_schedule,
         STR_INIT("{\"detail-type\":\"a\",\"source\":\"b\",\"time\":\"2026-02-28T00:60:00Z\"}"),
         "no time"},
        {print_schedule,
         STR_INIT("{\"detail-type\":\"a\",\"source\":\"b\",\"time\":\"2026-02-28T00:00:00\"}"),
         "no time"},
        {print_schedule,
         STR_INIT("{\"detail-type\":\"a\",\"source\":\"b\",\"time\":\"2026-02-28T0x:00:00Z\"}"),
         "no time"},
        {print_schedule, STR_INIT("{\"detail-type\":\"a\",\"source\":\"b\",\"resources\":[1]}"),
         "resources holds"},
    };
    check_faults(faults, ARRAY_LEN(faults));
}

static void batch_event_source_looks_at_the_first_record(void **state)
{
    (void)state;
    static const struct {
        struct str event;
        enum batch_source want;
    } cases[] = {
        {SQS(""), BATCH_SQS},
        {KINESIS(""), BATCH_KINESIS},
        {DYNAMODB(""), BATCH_DYNAMODB},
        {STR_INIT(
             " { \"Records\" : [ { \"body\" : \"\\\"}]\" , \"eventSource\" : \"aws:sqs\" } ]}"),
         BATCH_SQS},
        {STR_INIT("{\"Records\":[{\"EventSource\":\"aws:sns\"}]}"), BATCH_NONE},
        {STR_INIT("{\"Records\":[{\"eventSource\":\"aws:s3\"}]}"), BATCH_NONE},
        {STR_INIT("{\"Records\":[{\"body\":{\"eventSource\":\"aws:sqs\"}}]}"), BATCH_NONE},
        {STR_INIT("{\"Records\":[]}"), BATCH_NONE},
        {STR_INIT("{\"Records\":{\"eventSource\":\"aws:sqs\"}}"), BATCH_NONE},
        {STR_INIT("{\"Records\":[[{\"eventSource\":\"aws:sqs\"}]]}"), BATCH_NONE},
        {STR_INIT("{\"Records\""), BATCH_NONE},
        {STR_INIT("[]"), BATCH_NONE},
        {STR_INIT(""), BATCH_NONE},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct str source = exact_copy(&t.cx, cases[i].event);
        CHECK_I64(cases[i].event.ptr, batch_event_source(source), cases[i].want);
    }
}

static void sqs_attribute_find_finds_by_name(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    static const struct str event =
        SQS(",\"messageAttributes\":{\"a\":{\"dataType\":\"Number\",\"stringValue\":\"7\"}}");
    struct sqs_batch batch;
    CHECK_STATUS(&t.cx, sqs_event_read(&t.cx, event, &batch), OK);
    const struct sqs_attribute *attribute = sqs_attribute_find(&batch.records[0], STR("a"));
    assert_non_null(attribute);
    CHECK_STR("value", attribute->value, STR("7"));
    assert_null(sqs_attribute_find(&batch.records[0], STR("A")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sqs_batches_are_read),
        cmocka_unit_test(kinesis_batches_are_read),
        cmocka_unit_test(dynamodb_batches_are_read),
        cmocka_unit_test(schedules_are_read),
        cmocka_unit_test(batches_of_the_wrong_shape_are_named),
        cmocka_unit_test(schedules_of_the_wrong_shape_are_named),
        cmocka_unit_test(batch_event_source_looks_at_the_first_record),
        cmocka_unit_test(sqs_attribute_find_finds_by_name),
    };
    return cmocka_run_group_tests_name("runtime_batch_events", tests, NULL, NULL);
}
