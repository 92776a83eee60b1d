/* Batches and schedules from anybody: the reply names records of the batch and nothing else. */
#include "runtime/core/reply.h"
#include "runtime/event/event_member.h"
#include "runtime/lambda.h"
#include "shared/log/log.h"
#include "tests/fuzz/fuzz.h"

#include <fcntl.h>

static void be_quiet(void)
{
    static int nowhere = -1;
    if (nowhere < 0) {
        nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
        log_to(nowhere);
    }
}

static enum status judge(struct ctx *cx, struct str id)
{
    size_t sum = 0;
    for (size_t i = 0; i < id.len; i++) {
        sum += (unsigned char)id.ptr[i];
    }
    return sum % 3 == 0 ? fail(cx, ERR_UPSTREAM, "no") : OK;
}

static enum status sqs_judge(struct ctx *cx, const struct sqs_record *record, void *app)
{
    (void)app;
    return judge(cx, record->message_id);
}

static enum status stream_judge(struct ctx *cx, const struct stream_record *record, void *app)
{
    (void)app;
    return judge(cx, record->sequence_number);
}

static const struct json *failed_items(struct ctx *cx, const struct reply *reply)
{
    const struct json *root = NULL;
    FUZZ_CHECK(json_read(cx, reply->body, NULL, &root) == OK);
    const struct json *items = json_find(root, STR("batchItemFailures"));
    FUZZ_CHECK(items != NULL && items->type == JSON_ARRAY);
    return items;
}

static void check_sqs(struct ctx *cx, struct sqs_batch *batch)
{
    for (int way = 0; way < 2; way++) {
        struct reply reply = {0};
        batch->skip_failed_groups = way == 1;
        FUZZ_CHECK(sqs_run(cx, &reply, batch, sqs_judge, NULL) == OK);
        size_t at = 0; /* failures come in the batch's order */
        JSON_EACH (item, failed_items(cx, &reply)) {
            struct str id = json_find_str(item, STR("itemIdentifier"));
            FUZZ_CHECK(id.len > 0);
            while (at < batch->count && !str_eq(batch->records[at].message_id, id)) {
                FUZZ_CHECK(judge(cx, batch->records[at].message_id) == OK);
                at++;
            }
            FUZZ_CHECK(at++ < batch->count);
        }
    }
}

static void check_stream(struct ctx *cx, const struct stream_batch *batch)
{
    struct reply reply = {0};
    FUZZ_CHECK(batch_run(cx, &reply, batch, stream_judge, NULL) == OK);
    const struct json *items = failed_items(cx, &reply);
    FUZZ_CHECK(items->count <= 1);
    for (size_t i = 0; i < batch->count; i++) {
        struct str id = batch->records[i].sequence_number;
        FUZZ_CHECK(id.len > 0);
        if (judge(cx, id) != OK) {
            FUZZ_CHECK(items->count == 1);
            FUZZ_CHECK(str_eq(json_find_str(items->first, STR("itemIdentifier")), id));
            return;
        }
    }
    FUZZ_CHECK(items->count == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_ctx f;
    struct sqs_batch sqs;
    struct stream_batch stream;
    struct schedule_event schedule;
    be_quiet();
    fuzz_open(&f);
    struct str source = fuzz_str(data, size);
    (void)batch_event_source(source);
    (void)schedule_event_is(source);
    if (sqs_event_read(&f.cx, source, &sqs) == OK) {
        check_sqs(&f.cx, &sqs);
    }
    if (kinesis_event_read(&f.cx, source, &stream) == OK) {
        check_stream(&f.cx, &stream);
    }
    if (dynamodb_event_read(&f.cx, source, &stream) == OK) {
        check_stream(&f.cx, &stream);
    }
    if (schedule_event_read(&f.cx, source, &schedule) == OK) {
        FUZZ_CHECK(schedule.source.len > 0 && schedule.detail_type.len > 0);
    }
    fuzz_close(&f);
    return 0;
}
