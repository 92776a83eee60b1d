#include "shared/llm/watch/record.h"

#include "shared/base/clock.h"
#include "shared/llm/watch/internal.h"
#include "shared/log/log.h"

enum { CHUNK_COST_BYTES = 32 /* its time, and what stands around it */ };

/* What the engine holds as a stream. */
struct stream {
    void *inner;
    struct recorded_exchange *exchange; /* NULL: not recorded */
};

struct llm_recorder *llm_recorder_new(const struct llm_recorder_options *options)
{
    struct arena arena;
    arena_init(&arena, KIB(1));
    struct llm_recorder *recorder = ARENA_NEW(&arena, struct llm_recorder);
    recorder->folder = arena_str_copy(&arena, options->folder);
    recorder->pg = options->pg;
    recorder->inner = options->inner;
    arena_init(&recorder->kept, 0);
    recorder->arena = arena;
    return recorder;
}

void llm_recorder_free(struct llm_recorder *recorder)
{
    if (recorder != NULL) {
        arena_deinit(&recorder->kept);
        struct arena arena = recorder->arena; /* a copy: the original is in its own memory */
        arena_deinit(&arena);
    }
}

/* ---- seeing ---------------------------------------------------------------------------------- */

static int64_t since_start_us(const struct llm_recorder *recorder)
{
    return clock_mono_us() - recorder->started_us;
}

/* What would pass the limit ends the recording: neither memory nor the file may grow for ever. */
static bool has_room(struct llm_recorder *recorder, size_t bytes)
{
    recorder->kept_bytes += bytes;
    recorder->is_too_large = recorder->is_too_large || recorder->kept_bytes > LLM_RECORD_MAX_BYTES;
    return recorder->is_on && !recorder->is_too_large;
}

static struct str fields_copy(struct llm_recorder *recorder, struct str fields)
{
    struct str line;
    struct buf kept = buf_in(&recorder->kept, fields.len + 1);
    while (str_split_next(&fields, '\n', &line)) {
        struct str name = line;
        if (line.len > 0 && !str_skip_prefix_nocase(&name, STR("set-cookie"))) {
            buf_add(&kept, line);
            buf_add_char(&kept, '\n');
        }
    }
    return buf_str(&kept);
}

static struct recorded_exchange *exchange_new(struct llm_recorder *recorder, struct str target,
                                              const struct http_request *req)
{
    if (!has_room(recorder, 0)) {
        return NULL;
    }
    if (recorder->exchange_count == LLM_RECORD_MAX_EXCHANGES) {
        recorder->is_too_large = true;
        return NULL;
    }
    struct recorded_exchange *exchange = &recorder->exchanges[recorder->exchange_count++];
    *exchange = (struct recorded_exchange){.target = arena_str_copy(&recorder->kept, target),
                                           .at_us = since_start_us(recorder),
                                           .end = "closed"};
    exchange->last = &exchange->chunks;
    record_request_digest(req, exchange->digest);
    return exchange;
}

static const char *sent_word(const struct http_stream_failure *failure)
{
    if (failure->is_timeout) {
        return failure->sent == HTTP_UNSENT ? "unsent-timeout" : "timeout";
    }
    return failure->sent == HTTP_UNSENT ? "unsent" : "sent";
}

static enum status record_open(struct ctx *cx, void *arg, struct str target,
                               const struct http_request *req, struct http_response *res,
                               void **stream, struct http_stream_failure *failure)
{
    struct llm_recorder *recorder = arg;
    struct http_stream_failure seen = {0};
    struct recorded_exchange *exchange = exchange_new(recorder, target, req);
    void *inner = NULL;
    enum status status =
        recorder->inner.open(cx, recorder->inner.arg, target, req, res, &inner, &seen);
    if (failure != NULL) {
        *failure = seen;
    }
    if (status != OK) {
        *stream = NULL;
        if (exchange != NULL) {
            exchange->sent = sent_word(&seen);
            exchange->end = "none";
        }
        return status;
    }
    struct stream *made = ARENA_NEW(cx->arena, struct stream);
    *made = (struct stream){.inner = inner, .exchange = exchange};
    *stream = made;
    if (exchange != NULL) {
        exchange->status = res->status;
        exchange->fields = has_room(recorder, res->fields.len) ? fields_copy(recorder, res->fields)
                                                               : (struct str){0};
    }
    return OK;
}

static void chunk_add(struct llm_recorder *recorder, struct recorded_exchange *exchange,
                      struct str bytes)
{
    if (!has_room(recorder, bytes.len + CHUNK_COST_BYTES)) {
        return;
    }
    struct recorded_chunk *chunk = ARENA_NEW(&recorder->kept, struct recorded_chunk);
    chunk->at_us = since_start_us(recorder);
    chunk->bytes = arena_str_copy(&recorder->kept, bytes);
    *exchange->last = chunk;
    exchange->last = &chunk->next;
}

static enum status record_read(struct ctx *cx, void *arg, void *stream, int64_t idle_ms,
                               struct str *bytes)
{
    struct llm_recorder *recorder = arg;
    struct stream *open = stream;
    enum status status = recorder->inner.read(cx, recorder->inner.arg, open->inner, idle_ms, bytes);
    if (open->exchange == NULL) {
        return status;
    }
    if (status != OK) {
        open->exchange->end = status == ERR_TIMEOUT ? "timeout" : "cut";
    } else if (bytes->len == 0) {
        open->exchange->end = "complete";
    } else {
        chunk_add(recorder, open->exchange, *bytes);
    }
    return status;
}

static void record_close(void *arg, void **stream)
{
    struct llm_recorder *recorder = arg;
    struct stream *open = *stream;
    if (open != NULL) {
        recorder->inner.close(recorder->inner.arg, &open->inner);
        *stream = NULL;
    }
}

static void record_wait(void *arg, int64_t wait_ms)
{
    struct llm_recorder *recorder = arg;
    recorder->inner.wait(recorder->inner.arg, wait_ms);
}

struct llm_transport llm_recorder_transport(struct llm_recorder *recorder)
{
    return (struct llm_transport){.open = record_open,
                                  .read = record_read,
                                  .close = record_close,
                                  .wait = record_wait,
                                  .arg = recorder};
}

void llm_record_start(struct llm_recorder *recorder, const struct llm_caller *caller,
                      const struct llm_record_request *request)
{
    if (recorder == NULL) {
        return;
    }
    arena_reset(&recorder->kept); /* of a call that came to no end */
    recorder->is_on = caller->logs_content;
    recorder->is_too_large = false;
    recorder->kept_bytes = 0;
    recorder->exchange_count = 0;
    recorder->started_us = clock_mono_us();
    recorder->caller = caller;
    recorder->request = *request;
    if (recorder->is_on) {
        recorder->exchanges =
            ARENA_ARRAY(&recorder->kept, struct recorded_exchange, LLM_RECORD_MAX_EXCHANGES);
        recorder->answer = buf_in(&recorder->kept, LLM_RECORD_MAX_BYTES);
        (void)has_room(recorder, request->body.len);
    }
}

void llm_record_answer(struct llm_recorder *recorder, struct str bytes)
{
    if (recorder != NULL && has_room(recorder, bytes.len)) {
        buf_add(&recorder->answer, bytes);
    }
}

/* ---- the end --------------------------------------------------------------------------------- */

static enum status keep(struct ctx *cx, struct llm_recorder *recorder,
                        const struct llm_watched *call)
{
    if (recorder->is_too_large) {
        return fail(cx, ERR_TOO_LARGE, "the call does not fit %d bytes, or %d exchanges",
                    LLM_RECORD_MAX_BYTES, LLM_RECORD_MAX_EXCHANGES);
    }
    return record_write(cx, recorder, call);
}

void llm_record_end(struct ctx *cx, struct llm_recorder *recorder, const struct llm_watched *call)
{
    if (recorder == NULL || !recorder->is_on) {
        return;
    }
    if (recorder->exchange_count > 0 && keep(cx, recorder, call) != OK) {
        LOG(cx, LOG_WARN, "record_lost", LOG_CSTR("error", cx->err.text));
        err_clear(cx); /* the caller has had its answer */
    }
    recorder->is_on = false;
    arena_reset(&recorder->kept);
}
