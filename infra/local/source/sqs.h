/*
 * SQS's JSON protocol for the queues of the template, as the AWS CLI and SDKs speak it when their
 * endpoint is the gateway. sqs_call is the protocol alone: a target and a body in, an answer out.
 * sqs_api.c has the requests, and those that wait for a message. Source: Amazon SQS API Reference;
 * Smithy "AWS JSON 1.0 protocol"; "x-amzn-query-error" of services that left the query protocol.
 */
#pragma once

#include "infra/local/http/request.h"
#include "infra/local/source/sqs_call.h"

struct sqs_waiter;

struct sqs {
    struct queues queues;
    struct str account_id; /* in the URLs of queues */
    struct sqs_waiter *waiters;
};

/* ---- the protocol ---------------------------------------------------------------------------- */

/*
 * Does what `target` ("AmazonSQS.SendMessage") and `body` ask; the answer is in `out`. False: `out`
 * is worthless, `call->fault` says why. `call` holds `sqs`, `cx`, `now_ms`, and zeros.
 */
bool sqs_call(struct sqs_call *call, struct str target, struct str body, struct buf *out);
/* Another look for a ReceiveMessage that waits: true if there was something, now in `out`. */
bool sqs_receive_again(struct sqs_call *call, struct buf *out);

/* ---- requests -------------------------------------------------------------------------------- */

bool sqs_api_owns(const struct request *request);
void sqs_api_handle(struct request *request);
/* Those that wait; after every turn of the loop. */
void sqs_tick(struct sqs *sqs, int64_t now_ms);
/* When one of them may be answered, Unix ms; INT64_MAX: when something else has happened. */
int64_t sqs_due_ms(const struct sqs *sqs);
/* Answers all that wait: the gateway ends. */
void sqs_drain(struct sqs *sqs);
