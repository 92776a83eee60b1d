/*
 * One call of SQS's JSON protocol while it is answered: what it is about, how it fails, how its
 * members are read. What the actions do is sqs.c's business.
 */
#pragma once

#include "infra/local/source/queue.h"
#include "shared/json/json.h"

struct sqs;

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

/* The call's fault; both return false. The second: InvalidParameterValue. */
bool sqs_fail(struct sqs_call *call, const char *shape, const char *code, const char *format, ...)
    PRINTF_LIKE(4, 5);
bool sqs_fail_value(struct sqs_call *call, const char *format, ...) PRINTF_LIKE(2, 3);
/* A whole number in [min, max], or `fallback` if it is not given. */
bool sqs_number(struct sqs_call *call, const struct json *object, const char *name, int64_t min,
                int64_t max, int64_t fallback, int64_t *value);
/* A text; `required`: absent or empty is a fault. */
bool sqs_text(struct sqs_call *call, const struct json *object, const char *name, bool required,
              struct str *value);
