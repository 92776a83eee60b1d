#include "infra/local/source/async.h"

#include "shared/base/clock.h"
#include "shared/base/uuid.h"
#include "shared/json/json.h"

#include <stdio.h>

enum {
    BACKOFF_FIRST_MS = 1000, /* after a throttle, doubled each time */
    BACKOFF_MAX_MS = 5 * 60 * 1000,
    MAX_DEPTH = 16, /* Lambda's own loop detection stops there */
    MAX_RECORD_BYTES = 16 * 1024 * 1024,
    MAX_DEAD_LETTER_WORDS = 1024,
};

struct async_event {
    struct arena arena; /* holds this struct */
    struct async *async;
    struct async_queue *queue;
    struct async_event *next;
    struct invocation inv;
    int64_t since_ms, next_ms;
    int64_t backoff_ms;
    unsigned tries, depth;
    bool throttled;
};

/* What became of the last try, for a record. */
struct ending {
    const char *condition;
    const struct result *result; /* NULL: none was answered */
    unsigned tries;
};

static void say(const struct async_event *event, const char *words)
{
    output_say(event->async->pool->output, event->queue->function->slug,
               "clambda-local: asynchronous event %s: %s", event->inv.request_id, words);
}

static void drop(struct async_event *event)
{
    struct arena arena = event->arena; /* a copy: the original is in its own memory */
    event->queue->count--;
    event->async->bytes -= event->inv.event.len;
    arena_deinit(&arena);
}

/* ---- records --------------------------------------------------------------------------------- */

/* JSON as it is; other bytes as a text. */
static void add_payload(struct json_writer *w, const char *key, struct arena *arena,
                        struct str payload)
{
    static const struct json_options options = {.max_depth = 512, .allow_duplicate_keys = true};
    struct ctx cx = {.arena = arena};
    const struct json *root = NULL;
    json_key(w, str_from_cstr(key));
    if (payload.len > 0 && json_read(&cx, payload, &options, &root) == OK) {
        json_raw(w, payload);
    } else {
        json_str(w, payload);
    }
}

static struct str record_of(struct async_event *event, const struct ending *ending)
{
    const struct function *f = event->queue->function;
    struct arena *arena = &event->arena;
    struct buf out = buf_in(arena, MAX_RECORD_BYTES);
    struct json_writer w = json_writer_on(&out);
    char stamp[25];
    timestamp_format(clock_now_ms(), stamp);
    json_object_begin(&w);
    json_member_cstr(&w, "version", "1.0");
    json_member_cstr(&w, "timestamp", stamp);
    json_member_object(&w, "requestContext");
    json_member_cstr(&w, "requestId", event->inv.request_id);
    json_member_str(&w, "functionArn", arena_format(arena, STR_FMT ":$LATEST", STR_ARG(f->arn)));
    json_member_cstr(&w, "condition", ending->condition);
    json_member_i64(&w, "approximateInvokeCount", ending->tries);
    json_object_end(&w);
    add_payload(&w, "requestPayload", arena, event->inv.event);
    if (ending->result != NULL) {
        json_member_object(&w, "responseContext");
        json_member_i64(&w, "statusCode", 200);
        json_member_cstr(&w, "executedVersion", "$LATEST");
        if (ending->result->outcome != OUTCOME_OK) {
            json_member_cstr(&w, "functionError", "Unhandled");
        }
        json_object_end(&w);
        add_payload(&w, "responsePayload", arena, ending->result->payload);
    }
    json_object_end(&w);
    return out.full ? (struct str){0} : buf_str(&out);
}

static bool put(struct async_event *event, const struct queue_config *to,
                const struct queue_send *send)
{
    struct queue_sent sent;
    bool fits = send->body.len > 0 && queue_send_bytes(send) <= (size_t)to->max_message_bytes;
    return fits && queue_put(queues_find(event->async->queues, to), send, clock_now_ms(), &sent);
}

static void tell(struct async_event *event, const struct destination *to, const char *name,
                 const struct ending *ending)
{
    struct str record = record_of(event, ending);
    bool told = true;
    switch (to->kind) {
    case DESTINATION_NONE:
        return;
    case DESTINATION_QUEUE:
        told = put(event, to->queue, &(struct queue_send){.body = record, .delay_ms = -1});
        break;
    case DESTINATION_FUNCTION:
        told = record.len > 0 && event->depth < MAX_DEPTH &&
               async_submit(event->async, to->function,
                            &(struct async_send){
                                .payload = record,
                                .source = arena_format(&event->arena, "%s of " STR_FMT, name,
                                                       STR_ARG(event->queue->function->slug)),
                                .trace_id = event->inv.trace_id,
                                .depth = event->depth + 1});
        break;
    case DESTINATION_LOGGED:
        break;
    }
    output_say(event->async->pool->output, event->queue->function->slug,
               "clambda-local: asynchronous event %s: %s: %s " STR_FMT "%s" STR_FMT,
               event->inv.request_id, name, told ? "told to" : "refused by", STR_ARG(to->arn),
               to->kind == DESTINATION_LOGGED ? ", which is not emulated: " : "",
               STR_ARG(to->kind == DESTINATION_LOGGED ? str_slice(record, 0, KIB(1)) : STR("")));
}

/* The event itself, with attributes that say what went wrong. */
static void bury(struct async_event *event, const struct ending *ending)
{
    const struct destination *to = &event->queue->function->async.dead_letter;
    struct ctx cx = {.arena = &event->arena};
    const struct json *root = NULL;
    struct str words = str_from_cstr(ending->condition);
    if (to->kind != DESTINATION_QUEUE) {
        if (to->kind == DESTINATION_LOGGED) {
            tell(event, to, "dead-letter topic", ending);
        }
        return;
    }
    if (ending->result != NULL && json_read(&cx, ending->result->payload, NULL, &root) == OK &&
        json_find_str(root, STR("errorMessage")).len > 0) {
        words = str_slice(json_find_str(root, STR("errorMessage")), 0, MAX_DEAD_LETTER_WORDS);
    }
    const struct message_attribute attributes[] = {
        {.name = STR("RequestID"),
         .type = STR("String"),
         .value = str_from_cstr(event->inv.request_id)},
        {.name = STR("ErrorCode"),
         .type = STR("Number"),
         .value = ending->result != NULL ? STR("200") : STR("429")},
        {.name = STR("ErrorMessage"), .type = STR("String"), .value = words},
    };
    bool told = put(event, to->queue,
                    &(struct queue_send){.body = event->inv.event,
                                         .attributes = attributes,
                                         .attribute_count = ARRAY_LEN(attributes),
                                         .delay_ms = -1});
    output_say(event->async->pool->output, event->queue->function->slug,
               "clambda-local: asynchronous event %s: %s " STR_FMT, event->inv.request_id,
               told ? "sent to the dead-letter queue" : "refused by the dead-letter queue",
               STR_ARG(to->arn));
}

static void give_up(struct async_event *event, const struct ending *ending)
{
    say(event, ending->condition);
    tell(event, &event->queue->function->async.on_failure, "on failure", ending);
    bury(event, ending);
    drop(event);
}

/* ---- tries ----------------------------------------------------------------------------------- */

static void wait_until(struct async_event *event, int64_t next_ms)
{
    event->next_ms = next_ms;
    event->next = NULL;
    *(event->queue->waiting != NULL ? &event->queue->last->next : &event->queue->waiting) = event;
    event->queue->last = event;
    if (next_ms < event->async->due_ms) {
        event->async->due_ms = next_ms;
    }
}

static bool is_too_old_at(const struct async_event *event, int64_t when_ms)
{
    return when_ms - event->since_ms > event->queue->function->async.max_age_ms;
}

static void throttled(struct async_event *event)
{
    int64_t now_ms = clock_now_ms();
    event->backoff_ms = event->backoff_ms == 0 ? BACKOFF_FIRST_MS : event->backoff_ms * 2;
    event->backoff_ms = event->backoff_ms > BACKOFF_MAX_MS ? BACKOFF_MAX_MS : event->backoff_ms;
    if (pool_limit(event->async->pool, event->queue->function) == 0) {
        give_up(event, &(struct ending){.condition = "ZeroReservedConcurrency"});
    } else if (is_too_old_at(event, now_ms + event->backoff_ms)) {
        give_up(event, &(struct ending){.condition = "EventAgeExceeded", .tries = event->tries});
    } else {
        event->throttled = true;
        wait_until(event, now_ms + event->backoff_ms);
    }
}

static void failed(struct async_event *event, const struct result *result)
{
    const struct async *async = event->async;
    struct ending ending = {
        .condition = "RetriesExhausted", .result = result, .tries = event->tries};
    if (event->tries > event->queue->function->async.retries) {
        give_up(event, &ending);
        return;
    }
    int64_t next_ms = clock_now_ms() + async->retry_ms[event->tries - 1];
    if (is_too_old_at(event, next_ms)) {
        ending.condition = "EventAgeExceeded";
        give_up(event, &ending);
        return;
    }
    char words[96];
    (void)snprintf(words, sizeof(words), "try %u failed, the next in %lld ms", event->tries,
                   (long long)async->retry_ms[event->tries - 1]);
    say(event, words);
    wait_until(event, next_ms);
}

/* One has ended, so one that was throttled may have its place. */
static void wake_throttled(struct async_queue *queue, struct async *async)
{
    for (struct async_event *it = queue->waiting; it != NULL; it = it->next) {
        if (it->throttled) {
            it->throttled = false;
            it->next_ms = 0;
            async->due_ms = 0;
            return;
        }
    }
}

static void done(struct invocation *inv, const struct result *result)
{
    struct async_event *event = inv->owner;
    struct async_queue *queue = event->queue;
    struct async *async = event->async;
    struct ending success = {.condition = "Success", .result = result, .tries = event->tries + 1};
    switch (result->outcome) {
    case OUTCOME_OK:
        tell(event, &queue->function->async.on_success, "on success", &success);
        drop(event);
        break;
    case OUTCOME_FUNCTION_ERROR:
    case OUTCOME_TIMEOUT:
        event->tries++;
        failed(event, result);
        break;
    case OUTCOME_THROTTLED:
        throttled(event);
        return;
    case OUTCOME_CEILING:
    case OUTCOME_SHUTDOWN:
        say(event, "lost: the gateway ends");
        drop(event);
        return;
    }
    wake_throttled(queue, async);
}

static void try_now(struct async_event *event)
{
    event->inv.has_queued = false;
    event->inv.held_until_ms = 0;
    event->throttled = false;
    pool_invoke(event->async->pool, event->queue->function, &event->inv);
}

void async_tick(struct async *async, int64_t now_ms)
{
    if (now_ms < async->due_ms) {
        return;
    }
    async->due_ms = INT64_MAX;
    for (size_t i = 0; i < async->function_count; i++) {
        struct async_event *list = async->functions[i].waiting;
        async->functions[i].waiting = NULL;
        while (list != NULL) {
            struct async_event *event = list;
            list = event->next;
            if (event->next_ms <= now_ms) {
                try_now(event);
            } else {
                wait_until(event, event->next_ms);
            }
        }
    }
}

/* ---------------------------------------------------------------------------------------------- */

void async_open(struct async *async, struct pool *pool, struct queues *queues,
                const struct template *t, const int64_t retry_ms[static ASYNC_RETRIES])
{
    *async = (struct async){.pool = pool, .queues = queues, .due_ms = INT64_MAX};
    memcpy(async->retry_ms, retry_ms, sizeof(async->retry_ms));
    for (size_t i = 0; i < t->function_count; i++) {
        async->functions[async->function_count++].function = &t->functions[i];
    }
}

static struct async_queue *queue_of(struct async *async, const struct function *f)
{
    size_t i = 0;
    while (async->functions[i].function != f) {
        i++;
    }
    return &async->functions[i];
}

bool async_submit(struct async *async, const struct function *f, const struct async_send *send)
{
    struct async_queue *queue = queue_of(async, f);
    if (queue->count >= ASYNC_MAX_EVENTS || async->bytes + send->payload.len > ASYNC_MAX_BYTES) {
        return false;
    }
    struct arena arena;
    arena_init(&arena, KIB(4));
    struct async_event *event = ARENA_NEW(&arena, struct async_event);
    event->arena = arena;
    event->async = async;
    event->queue = queue;
    event->since_ms = clock_now_ms();
    event->depth = send->depth;
    event->inv = (struct invocation){
        .event = arena_str_copy(&event->arena, send->payload),
        .source = arena_str_copy(&event->arena, send->source),
        .trace_id = arena_str_copy(&event->arena, send->trace_id),
        .client_context = arena_str_copy(&event->arena, send->client_context),
        .done = done,
        .owner = event,
    };
    if (send->request_id != NULL) {
        (void)snprintf(event->inv.request_id, sizeof(event->inv.request_id), "%s",
                       send->request_id);
    } else {
        uuid_v4(event->inv.request_id);
    }
    queue->count++;
    async->bytes += send->payload.len;
    /* At the next turn: who submits may be inside the pool. */
    wait_until(event, 0);
    return true;
}

void async_close(struct async *async)
{
    for (size_t i = 0; i < async->function_count; i++) {
        struct async_event *event = async->functions[i].waiting;
        while (event != NULL) {
            struct async_event *next = event->next;
            say(event, "lost: the gateway ends");
            drop(event);
            event = next;
        }
        async->functions[i].waiting = NULL;
    }
}
