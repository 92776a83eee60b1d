/*
 * SQS queues in memory: what a queue does with messages and time. Nothing here reads a clock or a
 * socket; sqs_api.c speaks the protocol, poller.c hands messages to functions.
 *
 *   READY or DELAYED -- receive --> IN_FLIGHT -- delete --> gone
 *                                   IN_FLIGHT -- its visibility timeout passes --> READY
 *
 * Source: Amazon SQS Developer Guide, "Visibility timeout", "Dead-letter queues", "FIFO delivery
 * logic", "Exactly-once processing".
 */
#pragma once

#include "infra/local/template/template.h"

enum {
    QUEUE_BUCKETS = 1024,
    QUEUE_MAX_ATTRIBUTES = 10,
    QUEUE_MAX_IN_FLIGHT = 120000,
    QUEUE_MAX_BYTES = 256 * 1024 * 1024, /* of all queues */
    QUEUE_HANDLE_MAX = 160,              /* a receipt handle with its NUL */
};

struct message_attribute {
    struct str name, type; /* "Number", "String.json" */
    struct str value;      /* bytes, if `is_binary` */
    bool is_binary;
};

enum message_state { MESSAGE_READY, MESSAGE_DELAYED, MESSAGE_IN_FLIGHT };

struct message {
    struct arena arena; /* holds this struct and what it points to */
    struct message *next, *previous, *bucket_next;
    struct message *group_next; /* in flight, of a FIFO queue */
    size_t group_bucket;
    enum message_state state;
    char id[37];
    char body_md5[33], attributes_md5[33]; /* the second is empty without attributes */
    struct str body, group, dedup_id;
    struct message_attribute attributes[QUEUE_MAX_ATTRIBUTES];
    size_t attribute_count, bytes;
    uint64_t sequence; /* rises with each message of all queues */
    uint64_t taken_by; /* the receive that has it */
    int64_t sent_ms, first_received_ms, visible_at_ms;
    unsigned receives;
    struct str source_arn; /* of the queue it was a dead letter of */
};

struct message_list {
    struct message *first, *last;
    size_t count;
};

/* A deduplication id of the last five minutes. */
struct dedup {
    struct arena arena;
    struct dedup *next;
    struct str id;
    char message_id[37];
    uint64_t sequence;
    int64_t until_ms;
};

struct queues;

struct queue {
    const struct queue_config *config;
    struct queues *all;
    struct queue *dead_letter;
    struct message_list ready, waiting; /* ready: the oldest first; waiting: delayed, in flight */
    size_t in_flight;
    int64_t due_ms; /* the first of `waiting` may be visible then; INT64_MAX: none */
    struct dedup *dedups[QUEUE_BUCKETS];    /* by id */
    struct message *buckets[QUEUE_BUCKETS]; /* by sequence */
    struct message *groups[QUEUE_BUCKETS];  /* of a FIFO queue what is in flight, by group */
    int64_t purged_ms;
};

struct queues {
    struct queue *items;
    size_t count;
    size_t bytes;
    uint64_t sequence, receives;
};

/* `arena` and the template must stay. */
void queues_open(struct queues *queues, struct arena *arena, const struct template *t);
void queues_close(struct queues *queues);
/* NULL: none */
struct queue *queues_find(struct queues *queues, const struct queue_config *config);
struct queue *queues_find_named(struct queues *queues, struct str name);

struct queue_send {
    struct str body, group, dedup_id;
    const struct message_attribute *attributes;
    size_t attribute_count;
    int64_t delay_ms; /* negative: the queue's */
};

/* As message_bytes(): what counts against a queue's maximum. */
size_t queue_send_bytes(const struct queue_send *send);

struct queue_sent {
    char message_id[37], body_md5[33], attributes_md5[33];
    uint64_t sequence;
};

/*
 * Puts a message in. One that a FIFO queue has had within five minutes is not put in again, and
 * `sent` is as it was then. False: all queues together have no room for it.
 */
bool queue_put(struct queue *queue, const struct queue_send *send, int64_t now_ms,
               struct queue_sent *sent) MUST_CHECK;

struct queue_receive {
    size_t max_count, max_bytes; /* one message is taken whatever its size */
    size_t each_bytes;           /* counted for each beside its own */
    int64_t visibility_ms;       /* negative: the queue's */
};

/*
 * Takes up to `max_count` visible messages; each counts one more receive and is in flight. Of a
 * FIFO queue's group messages come in order, and none while another receive has one in flight. A
 * message that has been received as often as the redrive policy allows goes to the dead-letter
 * queue. What is received stays valid until the next call for this queue.
 */
size_t queue_take(struct queue *queue, const struct queue_receive *receive, int64_t now_ms,
                  struct message **taken);
/* Messages that may be taken; of a FIFO queue perhaps fewer. */
size_t queue_visible(struct queue *queue, int64_t now_ms);

/* A receipt handle: which message, and which receive of it. */
struct receipt {
    uint64_t sequence;
    unsigned receives;
};

void receipt_write(const struct queue *queue, const struct message *message,
                   char out[static QUEUE_HANDLE_MAX]);
/* False unless it is one of this queue. */
bool receipt_read(const struct queue *queue, struct str handle, struct receipt *receipt);

enum receipt_use {
    RECEIPT_DONE,
    RECEIPT_OLD,          /* the message is gone, or was received again since */
    RECEIPT_NOT_IN_FLIGHT /* its visibility timeout has passed */
};

/* A standard queue takes RECEIPT_NOT_IN_FLIGHT too: the message is deleted. */
enum receipt_use queue_delete(struct queue *queue, const struct receipt *receipt, int64_t now_ms);
/* From now on. */
enum receipt_use queue_change_visibility(struct queue *queue, const struct receipt *receipt,
                                         int64_t now_ms, int64_t visibility_ms);
void queue_purge(struct queue *queue);
/* Delays and timeouts that have passed, messages past their retention. */
void queue_tick(struct queue *queue, int64_t now_ms);
/* The digest of message attributes, as SDKs check it. */
void attributes_md5_hex(struct arena *arena, const struct message_attribute *attributes,
                        size_t count, char out[static 33]);
/* Lower-case hexadecimal MD5, as SQS checks bodies with; and a NUL. */
void md5_hex(struct str bytes, char out[static 33]);
