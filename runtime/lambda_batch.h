/*
 * Events that are no requests: batches of a queue (SQS) or a stream (Kinesis, DynamoDB), and
 * EventBridge's schedules. Included by lambda.h.
 *
 *   static enum status order_handle(struct ctx *cx, const struct sqs_record *record, void *app)
 *   {
 *       return order_book(cx, app, record->body);    not OK: only this one comes again
 *   }
 *
 *   static enum status handle(struct ctx *cx, const struct invocation *inv, struct reply *reply,
 *                             void *app)
 *   {
 *       struct sqs_batch batch;
 *       TRY(sqs_event_read(cx, inv->event, &batch));
 *       return sqs_run(cx, reply, &batch, order_handle, app);
 *   }
 *
 * The reply names the records that failed. Lambda heeds it only if the event source mapping has
 * FunctionResponseTypes: [ReportBatchItemFailures]; without that it deletes the whole batch, failed
 * records too. A batch that cannot be read fails as a whole, and comes again as a whole.
 *
 * Records are at least once: each handler must bear to see one twice. Sources: AWS Lambda Developer
 * Guide, "services-sqs-errorhandling", "services-kinesis-batchfailurereporting",
 * "services-ddb-batchfailurereporting"; EventBridge User Guide, "eb-events-structure".
 */
#pragma once

#include "shared/base/ctx.h"
#include "shared/base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct reply; /* lambda.h */

enum batch_source { BATCH_NONE, BATCH_SQS, BATCH_KINESIS, BATCH_DYNAMODB };

/* What the first record says it is from. Costs little: whether the rest is sound is the reader's.
 */
enum batch_source batch_event_source(struct str event);

/*
 * A record that would begin later than this before the deadline is not begun but returned, unless
 * it is the first: so that a batch that is too large for the time still gets somewhere.
 */
enum { BATCH_RESERVE_MS = 500 };

/* ---- SQS ------------------------------------------------------------------------------------- */

enum sqs_type { SQS_STRING, SQS_NUMBER, SQS_BINARY };

/* One of the sender's own attributes. */
struct sqs_attribute {
    struct str name;
    enum sqs_type type;
    struct str type_name; /* as sent: "Number.price" */
    struct str value;     /* decoded, if binary; a number is text */
};

/* A member that was not sent is empty, or 0. */
struct sqs_record {
    struct str message_id, receipt_handle;
    struct str body, body_md5;
    struct str queue_arn, region, sender_id;
    struct str group_id, dedup_id, sequence_number; /* FIFO */
    int64_t receive_count;                          /* 1 the first time */
    int64_t sent_ms, first_received_ms;             /* Unix epoch */
    const struct sqs_attribute *attributes;
    size_t attribute_count;
};

struct sqs_batch {
    const struct sqs_record *records;
    size_t count;
    bool is_fifo; /* the queue's name ends in .fifo */

    /* The caller may set these after reading. */
    bool skip_failed_groups; /* FIFO: a failure holds up its message group alone */
    int64_t reserve_ms;      /* 0: BATCH_RESERVE_MS */
};

/*
 * Reads a batch of SQS. `batch` points into `event` and `cx->arena`.
 *
 * ERR_INVALID  no such batch, a member of the wrong type, or a record without an id, which could
 *              not be returned alone
 */
enum status sqs_event_read(struct ctx *cx, struct str event, struct sqs_batch *batch) MUST_CHECK;

/* The attribute of that name, or NULL. */
const struct sqs_attribute *sqs_attribute_find(const struct sqs_record *record, struct str name);

/* Handles one record. Not OK: the words in `cx->err` are logged and the record is returned. */
typedef enum status sqs_handle_fn(struct ctx *cx, const struct sqs_record *record, void *app);

/*
 * Handles each record, in order, and replies with the failed ones:
 * {"batchItemFailures":[{"itemIdentifier":"id"}]}; none: all succeeded. After a failure in a FIFO
 * queue the rest is returned untouched, so that order holds; with `skip_failed_groups` only the
 * rest of that message group. All records share `cx->arena`.
 *
 * ERR_TOO_LARGE  as `reply_json`
 */
enum status sqs_run(struct ctx *cx, struct reply *reply, const struct sqs_batch *batch,
                    sqs_handle_fn *handle, void *app) MUST_CHECK;

/* ---- Kinesis and DynamoDB streams ------------------------------------------------------------ */

struct stream_record {
    struct str sequence_number;
    struct str event_id, source_arn, region;
    int64_t created_ms; /* Unix epoch, about: when it reached the stream */
    /* Kinesis */
    struct str partition_key;
    struct str data; /* decoded */
    /* DynamoDB; keys and images are JSON as written: {"id":{"S":"7"}} */
    struct str event_name; /* INSERT, MODIFY, REMOVE */
    struct str keys, new_image, old_image;
    struct str view_type; /* NEW_AND_OLD_IMAGES */
    bool is_expiry;       /* removed by its time to live, by nobody */
};

/* Records of one shard, in its order. */
struct stream_batch {
    enum batch_source source;
    const struct stream_record *records;
    size_t count;
    int64_t reserve_ms; /* 0: BATCH_RESERVE_MS; the caller may set it after reading */
};

/* As `sqs_event_read`; an id is the sequence number. */
enum status kinesis_event_read(struct ctx *cx, struct str event,
                               struct stream_batch *batch) MUST_CHECK;
enum status dynamodb_event_read(struct ctx *cx, struct str event,
                                struct stream_batch *batch) MUST_CHECK;

typedef enum status stream_handle_fn(struct ctx *cx, const struct stream_record *record, void *app);

/*
 *   static enum status click_handle(struct ctx *cx, const struct stream_record *record, void *app)
 *   {
 *       return click_count(cx, app, record->partition_key, record->data);
 *   }
 *
 *   struct stream_batch batch;
 *   TRY(kinesis_event_read(cx, inv->event, &batch));
 *   return batch_run(cx, reply, &batch, click_handle, app);
 *
 * Handles each record, in order, up to the first that fails; replies with that one, at which Lambda
 * begins again. What follows it was not handled.
 *
 * ERR_TOO_LARGE  as `reply_json`
 */
enum status batch_run(struct ctx *cx, struct reply *reply, const struct stream_batch *batch,
                      stream_handle_fn *handle, void *app) MUST_CHECK;

/* ---- EventBridge ----------------------------------------------------------------------------- */

/* A schedule rule's event, or any other of EventBridge. */
struct schedule_event {
    struct str id;          /* the event's; a retry has the same */
    struct str detail_type; /* Scheduled Event */
    struct str source;      /* aws.events */
    struct str account, region;
    int64_t time_ms; /* Unix epoch: when it was due; whole seconds */
    const struct str *resources;
    size_t resource_count; /* ARNs; a rule's own is the first */
    struct str detail;     /* JSON as written; {} for a schedule */
};

/*
 * True if the event has the members that EventBridge always sends. A rule's or a schedule's own
 * input replaces all of them: EventBridge Scheduler's payloads, and rules with an input, are
 * whatever was configured; read those with json.h.
 */
bool schedule_event_is(struct str event);

/*
 *   struct schedule_event schedule;
 *   TRY(schedule_event_read(cx, inv->event, &schedule));
 *   TRY(report_write(cx, app, schedule.time_ms));
 *   return reply_json(cx, reply, STR("{}"));    which nobody reads
 *
 * ERR_INVALID  not an EventBridge event, a member of the wrong type, or a time that is none
 */
enum status schedule_event_read(struct ctx *cx, struct str event,
                                struct schedule_event *out) MUST_CHECK;
