/*
 * SQS's JSON protocol for the queues of the template, as the AWS CLI and SDKs speak it when their
 * endpoint is the gateway. sqs_call is the protocol alone: a target and a body in, an answer out.
 * sqs_api.c has the requests, and those that wait for a message. Source: Amazon SQS API Reference;
 * Smithy "AWS JSON 1.0 protocol"; "x-amzn-query-error" of services that left the query protocol.
 */
#pragma once

#include "infra/local/http/request.h"
#include "infra/local/source/queue.h"
#include "shared/json/json.h"

struct sqs_waiter;

struct sqs {
    struct queues queues;
    struct str account_id; /* in the URLs of queues */
    struct sqs_waiter *waiters;
};

/* ---- the protocol ---------------------------------------------------------------------------- */

/* As the SDKs know it: the shape's name, the code of the older query protocol. */
struct sqs_fault {
    const char *shape, *code;
    char words[256];
};

struct sqs_call {
    struct sqs *sqs;
    struct ctx *cx;
    struct str host; /* the client's Host header: the URLs that it gets lead to us */
    int64_t now_ms;
    const struct json *input;
    struct queue *queue;
    struct json_writer w; /* the answer */
    struct sqs_fault fault;
    struct queue_receive receive; /* of a ReceiveMessage that may wait: */
    int64_t wait_ms;              /* not 0: nothing is there, and the caller would wait so long */
};

/*
 * Does what `target` ("AmazonSQS.SendMessage") and `body` ask; the answer is in `out`. False: `out`
 * is worthless, `call->fault` says why. `call` holds `sqs`, `cx`, `now_ms`, and zeros.
 */
bool sqs_call(struct sqs_call *call, struct str target, struct str body, struct buf *out);
/* Another look for a ReceiveMessage that waits: true if there was something, now in `out`. */
bool sqs_receive_again(struct sqs_call *call, struct buf *out);

/* ---- for the files of the protocol ----------------------------------------------------------- */

bool sqs_fail(struct sqs_call *call, const char *shape, const char *code, const char *format, ...)
    PRINTF_LIKE(4, 5);
bool sqs_fail_value(struct sqs_call *call, const char *format, ...) PRINTF_LIKE(2, 3);
/* A whole number in [min, max], or `fallback` if it is not given. */
bool sqs_number(struct sqs_call *call, const struct json *object, const char *name, int64_t min,
                int64_t max, int64_t fallback, int64_t *value);
/* A text; `required`: absent or empty is a fault. */
bool sqs_text(struct sqs_call *call, const struct json *object, const char *name, bool required,
              struct str *value);
/* The members that describe a message to send; views of the input. */
bool sqs_message_read(struct sqs_call *call, const struct json *object, struct queue_send *send,
                      struct message_attribute *attributes);
void sqs_message_write(struct sqs_call *call, struct message *message);

/* ---- requests -------------------------------------------------------------------------------- */

bool sqs_api_owns(const struct request *request);
void sqs_api_handle(struct request *request);
/* Those that wait; after every turn of the loop. */
void sqs_tick(struct sqs *sqs, int64_t now_ms);
/* When one of them may be answered, Unix ms; INT64_MAX: when something else has happened. */
int64_t sqs_due_ms(const struct sqs *sqs);
/* Answers all that wait: the gateway ends. */
void sqs_drain(struct sqs *sqs);
