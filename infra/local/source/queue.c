#include "infra/local/source/queue.h"

#include "shared/base/base64.h"
#include "shared/base/buf.h"
#include "shared/base/uuid.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <stdio.h>

enum {
    DEDUP_MS = 5 * 60 * 1000,
    MESSAGE_OVERHEAD = 2048, /* of a message in our memory, beside its texts */
};

/* ---- digests --------------------------------------------------------------------------------- */

static void hex(const unsigned char *bytes, size_t count, char *out)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < count; i++) {
        out[2 * i] = digits[bytes[i] >> 4];
        out[2 * i + 1] = digits[bytes[i] & 15];
    }
    out[2 * count] = '\0';
}

void md5_hex(struct str bytes, char out[static 33])
{
    unsigned char digest[EVP_MAX_MD_SIZE] = {0};
    unsigned len = 0;
    (void)EVP_Digest(bytes.ptr, bytes.len, digest, &len, EVP_md5(), NULL);
    hex(digest, 16, out);
}

static void sha256_hex(struct str bytes, char out[static 65])
{
    unsigned char digest[EVP_MAX_MD_SIZE] = {0};
    unsigned len = 0;
    (void)EVP_Digest(bytes.ptr, bytes.len, digest, &len, EVP_sha256(), NULL);
    hex(digest, 32, out);
}

static void add_sized(struct buf *out, struct str part)
{
    unsigned char len[4] = {(unsigned char)(part.len >> 24), (unsigned char)(part.len >> 16),
                            (unsigned char)(part.len >> 8), (unsigned char)part.len};
    buf_add(out, (struct str){.ptr = (const char *)len, .len = sizeof(len)});
    buf_add(out, part);
}

/* "Calculating the MD5 message digest for message attributes": sorted by name. */
void attributes_md5_hex(struct arena *arena, const struct message_attribute *attributes,
                        size_t count, char out[static 33])
{
    struct buf all = buf_in(arena, MIB(4));
    bool done[QUEUE_MAX_ATTRIBUTES] = {0};
    for (size_t round = 0; round < count; round++) {
        size_t least = SIZE_MAX;
        for (size_t i = 0; i < count; i++) {
            if (!done[i] &&
                (least == SIZE_MAX || str_cmp(attributes[i].name, attributes[least].name) < 0)) {
                least = i;
            }
        }
        const struct message_attribute *a = &attributes[least];
        done[least] = true;
        add_sized(&all, a->name);
        add_sized(&all, a->type);
        buf_add_char(&all, a->is_binary ? '\2' : '\1');
        add_sized(&all, a->value);
    }
    md5_hex(buf_str(&all), out);
}

/* ---- lists ----------------------------------------------------------------------------------- */

static void list_remove(struct message_list *list, struct message *m)
{
    *(m->previous != NULL ? &m->previous->next : &list->first) = m->next;
    *(m->next != NULL ? &m->next->previous : &list->last) = m->previous;
    m->next = m->previous = NULL;
    list->count--;
}

/* After `before`; NULL: at the head. */
static void list_insert(struct message_list *list, struct message *before, struct message *m)
{
    m->previous = before;
    m->next = before != NULL ? before->next : list->first;
    *(before != NULL ? &before->next : &list->first) = m;
    *(m->next != NULL ? &m->next->previous : &list->last) = m;
    list->count++;
}

/* A FIFO queue's message goes back to its place; another's to the end. */
static void ready_insert(struct queue *queue, struct message *m)
{
    struct message *before = queue->ready.last;
    while (queue->config->is_fifo && before != NULL && before->sequence > m->sequence) {
        before = before->previous;
    }
    m->state = MESSAGE_READY;
    list_insert(&queue->ready, before, m);
}

/* FNV-1a */
static size_t bucket_of_text(struct str text)
{
    uint64_t hash = 0xcbf29ce484222325;
    for (size_t i = 0; i < text.len; i++) {
        hash = (hash ^ (unsigned char)text.ptr[i]) * 0x100000001b3;
    }
    return (size_t)(hash >> 32) % QUEUE_BUCKETS;
}

/* So that whether a group is blocked takes no look at all that is in flight. */
static void group_add(struct queue *queue, struct message *m)
{
    if (queue->config->is_fifo && m->state == MESSAGE_IN_FLIGHT) {
        m->group_next = queue->groups[m->group_bucket];
        queue->groups[m->group_bucket] = m;
    }
}

static void group_remove(struct queue *queue, const struct message *m)
{
    if (queue->config->is_fifo && m->state == MESSAGE_IN_FLIGHT) {
        struct message **link = &queue->groups[m->group_bucket];
        while (*link != m) {
            link = &(*link)->group_next;
        }
        *link = m->group_next;
    }
}

static void waiting_insert(struct queue *queue, struct message *m, enum message_state state,
                           int64_t visible_at_ms)
{
    m->state = state;
    m->visible_at_ms = visible_at_ms;
    queue->in_flight += state == MESSAGE_IN_FLIGHT;
    group_add(queue, m);
    list_insert(&queue->waiting, queue->waiting.last, m);
    if (visible_at_ms < queue->due_ms) {
        queue->due_ms = visible_at_ms;
    }
}

static void unlist(struct queue *queue, struct message *m)
{
    queue->in_flight -= m->state == MESSAGE_IN_FLIGHT;
    group_remove(queue, m);
    list_remove(m->state == MESSAGE_READY ? &queue->ready : &queue->waiting, m);
}

static struct message **bucket_of(struct queue *queue, uint64_t sequence)
{
    return &queue->buckets[sequence % QUEUE_BUCKETS];
}

static void bucket_add(struct queue *queue, struct message *m)
{
    struct message **bucket = bucket_of(queue, m->sequence);
    m->bucket_next = *bucket;
    *bucket = m;
}

static void bucket_remove(struct queue *queue, struct message *m)
{
    struct message **link = bucket_of(queue, m->sequence);
    while (*link != m) {
        link = &(*link)->bucket_next;
    }
    *link = m->bucket_next;
}

static struct message *find(struct queue *queue, uint64_t sequence)
{
    struct message *m = *bucket_of(queue, sequence);
    while (m != NULL && m->sequence != sequence) {
        m = m->bucket_next;
    }
    return m;
}

static void drop(struct queue *queue, struct message *m)
{
    unlist(queue, m);
    bucket_remove(queue, m);
    queue->all->bytes -= m->bytes + MESSAGE_OVERHEAD;
    struct arena arena = m->arena; /* a copy: the original is in its own memory */
    arena_deinit(&arena);
}

/* ---- open and close -------------------------------------------------------------------------- */

struct queue *queues_find(struct queues *queues, const struct queue_config *config)
{
    for (size_t i = 0; i < queues->count; i++) {
        if (queues->items[i].config == config) {
            return &queues->items[i];
        }
    }
    return NULL;
}

struct queue *queues_find_named(struct queues *queues, struct str name)
{
    for (size_t i = 0; i < queues->count; i++) {
        if (str_eq(queues->items[i].config->name, name)) {
            return &queues->items[i];
        }
    }
    return NULL;
}

void queues_open(struct queues *queues, struct arena *arena, const struct template *t)
{
    *queues = (struct queues){
        .items = ARENA_ARRAY(arena, struct queue, t->queue_count + 1),
        .count = t->queue_count,
    };
    for (size_t i = 0; i < t->queue_count; i++) {
        queues->items[i] = (struct queue){
            .config = &t->queues[i], .all = queues, .due_ms = INT64_MAX, .purged_ms = INT64_MIN};
    }
    for (size_t i = 0; i < t->queue_count; i++) {
        queues->items[i].dead_letter = queues_find(queues, t->queues[i].dead_letter);
    }
}

static void dedup_drop(struct dedup **link)
{
    struct arena arena = (*link)->arena;
    *link = (*link)->next;
    arena_deinit(&arena);
}

void queues_close(struct queues *queues)
{
    for (size_t i = 0; i < queues->count; i++) {
        queue_purge(&queues->items[i]);
        for (size_t k = 0; k < QUEUE_BUCKETS; k++) {
            while (queues->items[i].dedups[k] != NULL) {
                dedup_drop(&queues->items[i].dedups[k]);
            }
        }
    }
    *queues = (struct queues){0};
}

void queue_purge(struct queue *queue)
{
    while (queue->ready.first != NULL) {
        drop(queue, queue->ready.first);
    }
    while (queue->waiting.first != NULL) {
        drop(queue, queue->waiting.first);
    }
}

/* ---- put ------------------------------------------------------------------------------------- */

size_t queue_send_bytes(const struct queue_send *send)
{
    size_t bytes = send->body.len;
    for (size_t i = 0; i < send->attribute_count; i++) {
        const struct message_attribute *a = &send->attributes[i];
        bytes += a->name.len + a->type.len + a->value.len;
    }
    return bytes;
}

static const struct dedup *dedup_find(struct queue *queue, struct str id, int64_t now_ms)
{
    struct dedup **link = &queue->dedups[bucket_of_text(id)];
    while (*link != NULL) {
        if ((*link)->until_ms <= now_ms) {
            dedup_drop(link);
        } else if (str_eq((*link)->id, id)) {
            return *link;
        } else {
            link = &(*link)->next;
        }
    }
    return NULL;
}

static void dedup_add(struct queue *queue, const struct message *m, int64_t now_ms)
{
    struct arena arena;
    arena_init(&arena, 512);
    struct dedup *entry = ARENA_NEW(&arena, struct dedup);
    entry->id = arena_str_copy(&arena, m->dedup_id);
    (void)snprintf(entry->message_id, sizeof(entry->message_id), "%s", m->id);
    entry->sequence = m->sequence;
    entry->until_ms = now_ms + DEDUP_MS;
    struct dedup **bucket = &queue->dedups[bucket_of_text(entry->id)];
    entry->next = *bucket;
    entry->arena = arena;
    *bucket = entry;
}

static struct message *message_make(const struct queue_send *send)
{
    struct arena arena;
    arena_init(&arena, sizeof(struct message) + KIB(1));
    struct message *m = ARENA_NEW(&arena, struct message);
    m->arena = arena;
    uuid_v4(m->id);
    m->body = arena_str_copy(&m->arena, send->body);
    m->group = arena_str_copy(&m->arena, send->group);
    m->group_bucket = bucket_of_text(m->group);
    m->dedup_id = arena_str_copy(&m->arena, send->dedup_id);
    m->attribute_count = send->attribute_count;
    for (size_t i = 0; i < send->attribute_count; i++) {
        const struct message_attribute *a = &send->attributes[i];
        m->attributes[i] = (struct message_attribute){
            .name = arena_str_copy(&m->arena, a->name),
            .type = arena_str_copy(&m->arena, a->type),
            .value = arena_str_copy(&m->arena, a->value),
            .is_binary = a->is_binary,
        };
    }
    m->bytes = queue_send_bytes(send);
    md5_hex(m->body, m->body_md5);
    if (m->attribute_count > 0) {
        attributes_md5_hex(&m->arena, m->attributes, m->attribute_count, m->attributes_md5);
    }
    return m;
}

static void sent_fill(const struct message *m, struct queue_sent *sent)
{
    *sent = (struct queue_sent){.sequence = m->sequence};
    memcpy(sent->message_id, m->id, sizeof(m->id));
    memcpy(sent->body_md5, m->body_md5, sizeof(m->body_md5));
    memcpy(sent->attributes_md5, m->attributes_md5, sizeof(m->attributes_md5));
}

bool queue_put(struct queue *queue, const struct queue_send *send, int64_t now_ms,
               struct queue_sent *sent)
{
    char content_id[65];
    struct queue_send full = *send;
    if (queue->config->is_fifo && send->dedup_id.len == 0) {
        sha256_hex(send->body, content_id);
        full.dedup_id = str_from_cstr(content_id);
    }
    if (queue->all->bytes + queue_send_bytes(send) + MESSAGE_OVERHEAD > QUEUE_MAX_BYTES) {
        return false;
    }
    struct message *m = message_make(&full);
    const struct dedup *before =
        queue->config->is_fifo ? dedup_find(queue, full.dedup_id, now_ms) : NULL;
    m->sequence = ++queue->all->sequence;
    m->sent_ms = now_ms;
    sent_fill(m, sent);
    if (before != NULL) {
        memcpy(sent->message_id, before->message_id, sizeof(sent->message_id));
        sent->sequence = before->sequence;
        struct arena arena = m->arena;
        arena_deinit(&arena);
        return true;
    }
    if (queue->config->is_fifo) {
        dedup_add(queue, m, now_ms);
    }
    queue->all->bytes += m->bytes + MESSAGE_OVERHEAD;
    bucket_add(queue, m);
    int64_t delay_ms = send->delay_ms >= 0 ? send->delay_ms : queue->config->delay_ms;
    if (delay_ms > 0) {
        waiting_insert(queue, m, MESSAGE_DELAYED, now_ms + delay_ms);
    } else {
        ready_insert(queue, m);
    }
    return true;
}

/* ---- take ------------------------------------------------------------------------------------ */

void queue_tick(struct queue *queue, int64_t now_ms)
{
    while (queue->ready.first != NULL &&
           queue->ready.first->sent_ms + queue->config->retention_ms <= now_ms) {
        drop(queue, queue->ready.first);
    }
    if (now_ms < queue->due_ms) {
        return;
    }
    queue->due_ms = INT64_MAX;
    struct message *m = queue->waiting.first;
    while (m != NULL) {
        struct message *next = m->next;
        if (m->visible_at_ms <= now_ms) {
            unlist(queue, m);
            ready_insert(queue, m);
        } else if (m->visible_at_ms < queue->due_ms) {
            queue->due_ms = m->visible_at_ms;
        }
        m = next;
    }
}

size_t queue_visible(struct queue *queue, int64_t now_ms)
{
    queue_tick(queue, now_ms);
    return queue->ready.count;
}

/* True if another receive has a message of this group in flight. */
static bool group_is_blocked(const struct queue *queue, const struct message *m)
{
    if (!queue->config->is_fifo) {
        return false;
    }
    for (const struct message *it = queue->groups[m->group_bucket]; it != NULL;
         it = it->group_next) {
        if (it->taken_by != queue->all->receives && str_eq(it->group, m->group)) {
            return true;
        }
    }
    return false;
}

static void move_to_dead_letter(struct queue *queue, struct message *m, int64_t now_ms)
{
    struct queue *to = queue->dead_letter;
    unlist(queue, m);
    bucket_remove(queue, m);
    m->source_arn = queue->config->arn;
    m->taken_by = 0;
    if (to->config->is_fifo) { /* its retention begins anew, a standard queue's does not */
        m->sequence = ++queue->all->sequence;
        m->sent_ms = now_ms;
    }
    bucket_add(to, m);
    ready_insert(to, m);
}

size_t queue_take(struct queue *queue, const struct queue_receive *receive, int64_t now_ms,
                  struct message **taken)
{
    size_t count = 0;
    size_t bytes = 0;
    int64_t visibility_ms =
        receive->visibility_ms >= 0 ? receive->visibility_ms : queue->config->visibility_ms;
    queue_tick(queue, now_ms);
    queue->all->receives++;
    struct message *m = queue->ready.first;
    while (m != NULL && count < receive->max_count && queue->in_flight < QUEUE_MAX_IN_FLIGHT) {
        struct message *next = m->next;
        if (queue->dead_letter != NULL && m->receives >= queue->config->max_receives) {
            move_to_dead_letter(queue, m, now_ms);
        } else if (!group_is_blocked(queue, m)) {
            bytes += m->bytes + receive->each_bytes;
            if (count > 0 && bytes > receive->max_bytes) {
                break;
            }
            unlist(queue, m);
            m->receives++;
            m->taken_by = queue->all->receives;
            m->first_received_ms = m->first_received_ms > 0 ? m->first_received_ms : now_ms;
            waiting_insert(queue, m, MESSAGE_IN_FLIGHT, now_ms + visibility_ms);
            taken[count++] = m;
        }
        m = next;
    }
    return count;
}

/* ---- receipts -------------------------------------------------------------------------------- */

void receipt_write(const struct queue *queue, const struct message *message,
                   char out[static QUEUE_HANDLE_MAX])
{
    char text[QUEUE_HANDLE_MAX];
    struct arena arena;
    arena_init(&arena, 512);
    int len = snprintf(text, sizeof(text), STR_FMT " %" PRIu64 " %u", STR_ARG(queue->config->name),
                       message->sequence, message->receives);
    struct str handle = base64_encode(&arena, (struct str){.ptr = text, .len = (size_t)len});
    (void)snprintf(out, QUEUE_HANDLE_MAX, STR_FMT, STR_ARG(handle));
    arena_deinit(&arena);
}

bool receipt_read(const struct queue *queue, struct str handle, struct receipt *receipt)
{
    struct arena arena;
    struct str text;
    struct str part[3];
    int64_t sequence = 0;
    int64_t receives = 0;
    arena_init(&arena, 512);
    bool good = handle.len < QUEUE_HANDLE_MAX && base64_decode(&arena, handle, &text);
    for (size_t i = 0; i < ARRAY_LEN(part) && good; i++) {
        good = str_split_next(&text, ' ', &part[i]);
    }
    good = good && text.ptr == NULL && str_eq(part[0], queue->config->name) &&
           str_to_i64(part[1], &sequence) && str_to_i64(part[2], &receives) && sequence > 0 &&
           receives > 0 && receives <= UINT32_MAX;
    *receipt = (struct receipt){.sequence = (uint64_t)sequence, .receives = (unsigned)receives};
    arena_deinit(&arena);
    return good;
}

enum receipt_use queue_delete(struct queue *queue, const struct receipt *receipt, int64_t now_ms)
{
    queue_tick(queue, now_ms);
    struct message *m = find(queue, receipt->sequence);
    if (m == NULL || m->receives != receipt->receives) {
        return RECEIPT_OLD;
    }
    if (queue->config->is_fifo && m->state != MESSAGE_IN_FLIGHT) {
        return RECEIPT_NOT_IN_FLIGHT;
    }
    drop(queue, m);
    return RECEIPT_DONE;
}

enum receipt_use queue_change_visibility(struct queue *queue, const struct receipt *receipt,
                                         int64_t now_ms, int64_t visibility_ms)
{
    queue_tick(queue, now_ms);
    struct message *m = find(queue, receipt->sequence);
    if (m == NULL || m->receives != receipt->receives) {
        return RECEIPT_OLD;
    }
    if (m->state != MESSAGE_IN_FLIGHT) {
        return RECEIPT_NOT_IN_FLIGHT;
    }
    unlist(queue, m);
    if (visibility_ms > 0) {
        waiting_insert(queue, m, MESSAGE_IN_FLIGHT, now_ms + visibility_ms);
    } else {
        ready_insert(queue, m);
    }
    return RECEIPT_DONE;
}
