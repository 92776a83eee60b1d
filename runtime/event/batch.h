/*
 * What all batches share: reading their records, and the reply that names the failed ones.
 */
#pragma once

#include "runtime/event/event_member.h"
#include "runtime/lambda_batch.h"

/* The event's records; each says that it is from `source`, "aws:sqs". */
enum status batch_records(struct ctx *cx, struct str event, struct str source,
                          const struct json **records) MUST_CHECK;

/* ERR_INVALID if the record has no id; `index` is for the words. */
enum status batch_check_id(struct ctx *cx, struct str id, const char *name,
                           size_t index) MUST_CHECK;

/* True if record `index` should not be begun. */
bool batch_time_is_up(const struct ctx *cx, int64_t reserve_ms, size_t index);

/* Logs what failed, from `cx->err`, which is clear afterwards. */
void batch_log_failure(struct ctx *cx, enum status status, struct str id);
/* Logs that `count` records are returned without having been tried. */
void batch_log_returned(const struct ctx *cx, size_t count, const char *reason);

enum status batch_reply(struct ctx *cx, struct reply *reply, const struct str *failed_ids,
                        size_t count) MUST_CHECK;
