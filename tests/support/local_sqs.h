/*
 * SQS's JSON protocol as a client of clambda-local speaks it.
 */
#pragma once

#include "tests/support/local.h"

/* One call: "SendMessage", and its members after QueueUrl: "\"MessageBody\":\"a\"". */
struct local_answer local_sqs(struct ctx *cx, const struct local *l, const char *action,
                              const char *queue, const char *members);
/* Sends it; the answer. */
const struct json *local_sqs_send(struct ctx *cx, const struct local *l, const char *queue,
                                  const char *body, const char *members);
/* Waits for a message, and deletes it. NULL: none came in that time. */
const struct json *local_sqs_receive(struct ctx *cx, const struct local *l, const char *queue,
                                     int wait_s);
/* "ApproximateNumberOfMessages" and the like. */
int64_t local_sqs_number(struct ctx *cx, const struct local *l, const char *queue,
                         const char *attribute);
