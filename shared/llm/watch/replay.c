#include "shared/llm/watch/replay.h"

#include "shared/llm/watch/internal.h"

/* What the engine holds as a stream. */
struct stream {
    const struct llm_recorded_exchange *exchange;
    size_t at;
};

static enum status differs(struct ctx *cx, struct llm_replay *replay, const char *how,
                           struct http_stream_failure *failure)
{
    if (replay->difference == NULL) {
        replay->difference = how;
    }
    if (failure != NULL) {
        *failure = (struct http_stream_failure){.sent = HTTP_UNSENT};
    }
    return fail(cx, ERR_UPSTREAM, "replay: %s", how);
}

static enum status failed_then(struct ctx *cx, struct str sent, struct http_stream_failure *failure)
{
    bool is_timeout = str_has_suffix(sent, STR("timeout"));
    if (failure != NULL) {
        *failure = (struct http_stream_failure){
            .sent = str_has_prefix(sent, STR("unsent")) ? HTTP_UNSENT : HTTP_SENT,
            .is_timeout = is_timeout};
    }
    return fail(cx, is_timeout ? ERR_TIMEOUT : ERR_UPSTREAM, "replay: as recorded");
}

static enum status replay_open(struct ctx *cx, void *arg, struct str target,
                               const struct http_request *req, struct http_response *res,
                               void **stream, struct http_stream_failure *failure)
{
    char digest[RECORD_DIGEST_BYTES];
    struct llm_replay *replay = arg;
    const struct llm_recording *recording = replay->recording;
    *stream = NULL;
    if (replay->at == recording->exchange_count) {
        return differs(cx, replay, "one more request than was recorded", failure);
    }
    const struct llm_recorded_exchange *exchange = &recording->exchanges[replay->at];
    if (!str_eq(target, exchange->target)) {
        return differs(cx, replay, "a request to another model than was recorded", failure);
    }
    record_request_digest(req, digest);
    if (!str_eq(str_from_cstr(digest), exchange->sha256)) {
        return differs(cx, replay, "a request with other content than was recorded", failure);
    }
    replay->at++;
    if (exchange->sent.len > 0) {
        return failed_then(cx, exchange->sent, failure);
    }
    *res = (struct http_response){.status = exchange->status, .fields = exchange->fields};
    struct stream *open = ARENA_NEW(cx->arena, struct stream);
    open->exchange = exchange;
    *stream = open;
    return OK;
}

static enum status replay_read(struct ctx *cx, void *arg, void *stream, int64_t idle_ms,
                               struct str *bytes)
{
    struct stream *open = stream;
    const struct llm_recorded_exchange *exchange = open->exchange;
    (void)arg;
    (void)idle_ms;
    *bytes = (struct str){0};
    if (open->at < exchange->chunk_count) {
        *bytes = exchange->chunks[open->at++].bytes;
        return OK;
    }
    if (str_eq(exchange->end, STR("timeout"))) {
        return fail(cx, ERR_TIMEOUT, "replay: as recorded");
    }
    return str_eq(exchange->end, STR("complete")) ? OK
                                                  : fail(cx, ERR_UPSTREAM, "replay: it ended here");
}

static void replay_close(void *arg, void **stream)
{
    (void)arg;
    *stream = NULL; /* the arena's */
}

static void replay_wait(void *arg, int64_t wait_ms)
{
    (void)arg;
    (void)wait_ms;
}

struct llm_transport llm_replay_transport(struct llm_replay *replay)
{
    return (struct llm_transport){.open = replay_open,
                                  .read = replay_read,
                                  .close = replay_close,
                                  .wait = replay_wait,
                                  .arg = replay};
}

enum status llm_replay_check(struct ctx *cx, const struct llm_replay *replay)
{
    if (replay->difference != NULL) {
        return fail(cx, ERR_CONFLICT, "request %zu: %s", replay->at + 1, replay->difference);
    }
    if (replay->at < replay->recording->exchange_count) {
        return fail(cx, ERR_CONFLICT, "only %zu of %zu recorded requests were made", replay->at,
                    replay->recording->exchange_count);
    }
    return OK;
}
