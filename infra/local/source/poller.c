#include "infra/local/source/poller.h"

#include "shared/base/base64.h"
#include "shared/base/clock.h"
#include "shared/json/json.h"

#include <inttypes.h>
#include <stdio.h>

enum { MAX_EVENT_BYTES = 6 * 1024 * 1024, ENVELOPE_BYTES = 800 };

/* Messages a function works on. They may be gone when it answers, so receipts stand for them. */
struct batch {
    struct arena arena; /* holds this struct */
    struct poller *poller;
    struct invocation inv;
    struct receipt *receipts;
    const char **ids;
    size_t count;
};

/* ---- texts ----------------------------------------------------------------------------------- */

static void add_number(struct json_writer *w, const char *key, int64_t value)
{
    char text[32];
    (void)snprintf(text, sizeof(text), "%" PRId64, value);
    json_member_cstr(w, key, text);
}

static void add_system_attributes(struct json_writer *w, const struct queue *queue,
                                  const struct message *m)
{
    json_member_object(w, "attributes");
    add_number(w, "ApproximateReceiveCount", m->receives);
    add_number(w, "SentTimestamp", m->sent_ms);
    if (queue->config->is_fifo) {
        char sequence[32];
        (void)snprintf(sequence, sizeof(sequence), "%020" PRIu64, m->sequence);
        json_member_cstr(w, "SequenceNumber", sequence);
    }
    if (m->group.len > 0) { /* also of a standard queue, where it makes for fairness */
        json_member_str(w, "MessageGroupId", m->group);
    }
    json_member_cstr(w, "SenderId", "AIDALOCALLOCALLOCALLO");
    if (queue->config->is_fifo) {
        json_member_str(w, "MessageDeduplicationId", m->dedup_id);
    }
    add_number(w, "ApproximateFirstReceiveTimestamp", m->first_received_ms);
    if (m->source_arn.len > 0) {
        json_member_str(w, "DeadLetterQueueSourceArn", m->source_arn);
    }
    json_object_end(w);
}

static void add_attributes(struct json_writer *w, struct message *m)
{
    json_member_object(w, "messageAttributes");
    for (size_t i = 0; i < m->attribute_count; i++) {
        const struct message_attribute *a = &m->attributes[i];
        json_key(w, a->name);
        json_object_begin(w);
        if (a->is_binary) {
            json_member_str(w, "binaryValue", base64_encode(&m->arena, a->value));
        } else {
            json_member_str(w, "stringValue", a->value);
        }
        json_member_array(w, "stringListValues");
        json_array_end(w);
        json_member_array(w, "binaryListValues");
        json_array_end(w);
        json_member_str(w, "dataType", a->type);
        json_object_end(w);
    }
    json_object_end(w);
}

void batch_event_write(struct buf *out, const struct queue *queue, struct message *const *messages,
                       size_t count, struct str region)
{
    struct json_writer w = json_writer_on(out);
    json_object_begin(&w);
    json_member_array(&w, "Records");
    for (size_t i = 0; i < count; i++) {
        struct message *m = messages[i];
        char handle[QUEUE_HANDLE_MAX];
        receipt_write(queue, m, handle);
        json_object_begin(&w);
        json_member_cstr(&w, "messageId", m->id);
        json_member_cstr(&w, "receiptHandle", handle);
        json_member_str(&w, "body", m->body);
        add_system_attributes(&w, queue, m);
        add_attributes(&w, m);
        json_member_cstr(&w, "md5OfBody", m->body_md5);
        if (m->attribute_count > 0) {
            json_member_cstr(&w, "md5OfMessageAttributes", m->attributes_md5);
        }
        json_member_cstr(&w, "eventSource", "aws:sqs");
        json_member_str(&w, "eventSourceARN", queue->config->arn);
        json_member_str(&w, "awsRegion", region);
        json_object_end(&w);
    }
    json_array_end(&w);
    json_object_end(&w);
}

static bool note_failed(struct ctx *cx, const struct json *failure, const char *const *ids,
                        size_t count, bool *failed)
{
    const struct json *id = json_find(failure, STR("itemIdentifier"));
    for (size_t i = 0; i < count && id != NULL && id->type == JSON_STRING; i++) {
        if (str_eq(id->text, str_from_cstr(ids[i]))) {
            failed[i] = true;
            return true;
        }
    }
    (void)fail(cx, ERR_INVALID, "batchItemFailures holds " STR_FMT ", which names no message",
               STR_ARG(str_slice(failure->span, 0, 200)));
    return false;
}

bool batch_answer_read(struct ctx *cx, struct str answer, const char *const *ids, size_t count,
                       bool *failed)
{
    static const struct json_options options = {.max_depth = 512, .allow_duplicate_keys = true};
    const struct json *root = NULL;
    memset(failed, 0, count * sizeof(*failed));
    if (json_read(cx, answer, &options, &root) != OK) {
        return false;
    }
    const struct json *failures = json_find(root, STR("batchItemFailures"));
    if (root->type == JSON_NULL ||
        (root->type == JSON_OBJECT && (failures == NULL || failures->type == JSON_NULL))) {
        return true;
    }
    if (failures == NULL || failures->type != JSON_ARRAY) {
        (void)fail(cx, ERR_INVALID, "the answer is no object with a list of batchItemFailures");
        return false;
    }
    JSON_EACH (failure, failures) {
        if (!note_failed(cx, failure, ids, count, failed)) {
            return false;
        }
    }
    return true;
}

/* ---- a batch's end --------------------------------------------------------------------------- */

static void say(const struct poller *poller, size_t failed, size_t count, const char *why)
{
    output_say(poller->pool->output, poller->source->function->slug,
               "clambda-local: " STR_FMT ": %zu of %zu messages come back: %s",
               STR_ARG(poller->queue->config->name), failed, count, why);
}

/* Deletes what is done; the rest is seen again after its visibility timeout. */
static void settle(struct batch *batch, const struct result *result)
{
    struct poller *poller = batch->poller;
    struct ctx cx = {.arena = &batch->arena};
    bool *failed = ARENA_ARRAY(&batch->arena, bool, batch->count);
    size_t back = 0;
    if (result->outcome != OUTCOME_OK) {
        say(poller, batch->count, batch->count,
            result->outcome == OUTCOME_THROTTLED ? "throttled" : "the function failed");
        return;
    }
    if (poller->source->reports_failures &&
        !batch_answer_read(&cx, result->payload, batch->ids, batch->count, failed)) {
        say(poller, batch->count, batch->count, cx.err.text);
        return;
    }
    for (size_t i = 0; i < batch->count; i++) {
        back += failed[i];
        if (!failed[i]) {
            (void)queue_delete(poller->queue, &batch->receipts[i], clock_now_ms());
        }
    }
    if (back > 0) {
        say(poller, back, batch->count, "reported as failed");
    }
}

static void done(struct invocation *inv, const struct result *result)
{
    struct batch *batch = inv->owner;
    if (result->outcome != OUTCOME_SHUTDOWN) {
        settle(batch, result);
    }
    batch->poller->running--;
    struct arena arena = batch->arena; /* a copy: the original is in its own memory */
    arena_deinit(&arena);
}

/* ---- a batch's beginning --------------------------------------------------------------------- */

static struct batch *batch_make(struct poller *poller, struct message *const *messages,
                                size_t count)
{
    struct arena arena;
    arena_init(&arena, KIB(16));
    struct batch *batch = ARENA_NEW(&arena, struct batch);
    batch->arena = arena;
    batch->poller = poller;
    batch->count = count;
    batch->receipts = ARENA_ARRAY(&batch->arena, struct receipt, count);
    batch->ids = ARENA_ARRAY(&batch->arena, const char *, count);
    for (size_t i = 0; i < count; i++) {
        batch->receipts[i] =
            (struct receipt){.sequence = messages[i]->sequence, .receives = messages[i]->receives};
        batch->ids[i] = arena_cstr_copy(&batch->arena, str_from_cstr(messages[i]->id));
    }
    struct buf event = buf_in(&batch->arena, (size_t)2 * MAX_EVENT_BYTES);
    batch_event_write(&event, poller->queue, messages, count, poller->pool->options.region);
    batch->inv = (struct invocation){
        .event = buf_str(&event),
        .source =
            arena_format(&batch->arena, "queue " STR_FMT, STR_ARG(poller->queue->config->name)),
        .done = done,
        .owner = batch,
    };
    return batch;
}

static size_t limit_of(const struct poller *poller)
{
    size_t of_function = pool_limit(poller->pool, poller->source->function);
    int64_t own = poller->source->max_concurrency;
    return own != CONCURRENCY_UNSET && (size_t)own < of_function ? (size_t)own : of_function;
}

/* True if a batch may go: it is full, or has been waited for long enough. */
static bool is_ripe(struct poller *poller, int64_t now_ms)
{
    size_t visible = queue_visible(poller->queue, now_ms);
    if (visible == 0) {
        poller->window_from_ms = 0;
        return false;
    }
    if (poller->window_from_ms == 0) {
        poller->window_from_ms = now_ms;
    }
    return visible >= (size_t)poller->source->batch_size ||
           now_ms >= poller->window_from_ms + poller->source->window_ms;
}

/* False if there was nothing to take. */
static bool take(struct poller *poller, int64_t now_ms)
{
    struct arena *work = &poller->pool->work;
    size_t most = (size_t)poller->source->batch_size;
    struct message **messages = ARENA_ARRAY(work, struct message *, most);
    struct queue_receive receive = {
        .max_count = most,
        .max_bytes = MAX_EVENT_BYTES / 2, /* escapes may double it */
        .each_bytes = ENVELOPE_BYTES,
        .visibility_ms = -1,
    };
    size_t count = queue_take(poller->queue, &receive, now_ms, messages);
    poller->window_from_ms = 0;
    if (count == 0) {
        return false;
    }
    struct batch *batch = batch_make(poller, messages, count);
    poller->running++;
    pool_invoke(poller->pool, poller->source->function, &batch->inv);
    return true;
}

void pollers_tick(struct pollers *pollers, int64_t now_ms)
{
    for (size_t i = 0; i < pollers->count; i++) {
        struct poller *poller = &pollers->items[i];
        bool more = !poller->pool->draining;
        while (more && poller->running < limit_of(poller) && is_ripe(poller, now_ms)) {
            more = take(poller, now_ms);
        }
    }
}

int64_t pollers_due_ms(const struct pollers *pollers)
{
    int64_t due_ms = INT64_MAX;
    for (size_t i = 0; i < pollers->count; i++) {
        const struct poller *poller = &pollers->items[i];
        int64_t own = poller->window_from_ms > 0 && poller->running < limit_of(poller)
                          ? poller->window_from_ms + poller->source->window_ms
                          : poller->queue->due_ms;
        due_ms = own < due_ms ? own : due_ms;
    }
    return due_ms;
}

void pollers_open(struct pollers *pollers, struct pool *pool, struct queues *queues,
                  const struct template *t)
{
    *pollers = (struct pollers){0};
    for (size_t i = 0; i < t->source_count; i++) {
        if (t->sources[i].enabled) {
            pollers->items[pollers->count++] = (struct poller){
                .source = &t->sources[i],
                .pool = pool,
                .queue = queues_find(queues, t->sources[i].queue),
            };
        }
    }
}
