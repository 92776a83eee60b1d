#include "runtime/core/stream.h"

#include "runtime/core/post.h"
#include "runtime/lambda.h"

#include "shared/base/base64.h"
#include "shared/log/log.h"

#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

enum {
    COPIED_BYTES = 16 * 1024, /* of a chunk: go out in one write with its frame */
    OUT_MAX_BYTES = 256 * 1024,
    REFUSAL_PATIENCE_MS = 1000 /* for the rest of an answer that came early */
};

#define FRAMING                                                                                    \
    STR("Lambda-Runtime-Function-Response-Mode: streaming\r\n"                                     \
        "Transfer-Encoding: chunked\r\n"                                                           \
        "Trailer: Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body\r\n"      \
        "\r\n")

void stream_init(struct stream *stream, struct str address)
{
    *stream = (struct stream){.refused = OK};
    (void)pthread_mutex_init(&stream->lock, NULL);
    api_init(&stream->api, address, API_RUNTIME);
    stream->out = buf_in(&stream->api.memory, OUT_MAX_BYTES);
}

void stream_deinit(struct stream *stream)
{
    api_close(&stream->api);
    (void)pthread_mutex_destroy(&stream->lock);
}

bool stream_lock(struct stream *stream, int64_t patience_ms)
{
    if (patience_ms < 0) {
        return pthread_mutex_lock(&stream->lock) == 0;
    }
    struct timespec end;
    (void)clock_gettime(CLOCK_REALTIME, &end);
    int64_t ns = end.tv_nsec + patience_ms % 1000 * 1000000;
    end.tv_sec += patience_ms / 1000 + ns / 1000000000;
    end.tv_nsec = (long)(ns % 1000000000);
    /* Not clocklock: ThreadSanitizer would not see it. */
    return pthread_mutex_timedlock(&stream->lock, &end) == 0;
}

void stream_unlock(struct stream *stream)
{
    (void)pthread_mutex_unlock(&stream->lock);
}

void stream_reset(struct stream *stream)
{
    conn_close(&stream->api.conn);
    stream->bytes = 0;
    stream->refused = OK;
    stream->is_fatal = false;
    atomic_store(&stream->is_sending, false);
    atomic_store(&stream->state, STREAM_UNBEGUN);
}

bool stream_has_begun(const struct stream *stream)
{
    return atomic_load(&stream->state) != STREAM_UNBEGUN;
}

int stream_fd(const struct stream *stream)
{
    bool is_free = atomic_load(&stream->state) == STREAM_OPEN && !atomic_load(&stream->is_sending);
    return is_free ? conn_fd(&stream->api.conn) : -1;
}

/* ---- its end --------------------------------------------------------------------------------- */

static enum status over(struct stream *stream, enum status refused)
{
    stream->refused = refused;
    atomic_store(&stream->state, STREAM_OVER);
    conn_close(&stream->api.conn);
    return refused;
}

static enum status refusal_status(int http_status)
{
    switch (http_status) {
    case 410:
        return ERR_TIMEOUT;
    case 413:
        return ERR_TOO_LARGE;
    default:
        return ERR_UPSTREAM;
    }
}

/* Reads Lambda's answer, logs one that is a refusal, and ends the stream. */
static enum status answered(struct ctx *cx, struct stream *stream)
{
    struct api_answer answer = {.max_body_bytes = POST_MAX_ANSWER_BYTES};
    enum status status = api_receive(cx, &stream->api, &answer);
    struct post_sent sent = {
        .path = stream->path, .bytes = stream->bytes, .limit = LAMBDA_STREAM_MAX_BYTES};
    if (status != OK) {
        post_failed(cx, &sent);
        return over(stream, ERR_UPSTREAM);
    }
    stream->is_fatal = post_judge(cx, &sent, &answer) != OK;
    bool is_taken = answer.status >= 200 && answer.status < 300;
    (void)over(stream, is_taken ? OK : refusal_status(answer.status));
    return stream->refused;
}

/* Something came while the handler still writes: whatever it says, Lambda reads no more. */
static enum status answered_early(struct ctx *cx, struct stream *stream)
{
    stream->api.timeout_ms = REFUSAL_PATIENCE_MS;
    enum status status = answered(cx, stream);
    stream->api.timeout_ms = 0;
    stream->refused = status == OK ? ERR_UPSTREAM : status;
    return fail(cx, stream->refused, "the stream was ended by Lambda after %llu bytes",
                (unsigned long long)stream->bytes);
}

/* ---- bytes ----------------------------------------------------------------------------------- */

/* The head at the beginning of `out`, on a connection that is there. */
static enum status begin(struct ctx *cx, struct stream *stream, const struct api_request *request)
{
    buf_clear(&stream->out);
    if (atomic_load(&stream->state) == STREAM_OPEN) {
        return OK;
    }
    conn_close(&stream->api.conn);
    stream->api.drop = false;
    TRY(conn_open(cx, &stream->api.conn, stream->api.address, 0));
    api_head(&stream->out, &stream->api, request, FRAMING);
    stream->path = request->path;
    return OK;
}

static enum conn_result send_out(struct stream *stream, struct str middle, struct str end)
{
    atomic_store(&stream->is_sending, true);
    atomic_store(&stream->state, STREAM_OPEN);
    enum conn_result sent = conn_send(&stream->api.conn, buf_str(&stream->out), 0);
    if (sent == CONN_OK && middle.len > 0) {
        sent = conn_send(&stream->api.conn, middle, 0);
    }
    if (sent == CONN_OK && end.len > 0) {
        sent = conn_send(&stream->api.conn, end, 0);
    }
    /* What is half out stays so: nobody may go on behind it. */
    atomic_store(&stream->is_sending, sent != CONN_OK);
    return sent;
}

/* One write for a chunk of a usual size; a large one is not copied. */
static enum conn_result send_chunk(struct stream *stream, struct str bytes)
{
    bool is_small = bytes.len <= COPIED_BYTES;
    char size[24];
    int digits = snprintf(size, sizeof size, "%zx\r\n", bytes.len);
    buf_add(&stream->out, (struct str){.ptr = size, .len = (size_t)digits});
    if (is_small) {
        buf_add(&stream->out, bytes);
        buf_add(&stream->out, STR("\r\n"));
        return send_out(stream, (struct str){0}, (struct str){0});
    }
    return send_out(stream, bytes, STR("\r\n"));
}

enum status stream_write(struct ctx *cx, struct stream *stream, const struct api_request *request,
                         struct str bytes)
{
    if (atomic_load(&stream->state) == STREAM_OVER) {
        return fail(cx, stream->refused == OK ? ERR_CONFLICT : stream->refused,
                    "the stream is over");
    }
    if (bytes.len > LAMBDA_STREAM_MAX_BYTES - stream->bytes) {
        return fail(cx, ERR_TOO_LARGE, "a stream of more than %d bytes, Lambda's limit",
                    LAMBDA_STREAM_MAX_BYTES);
    }
    if (bytes.len == 0) { /* a chunk of no bytes would be the last */
        return OK;
    }
    TRY(begin(cx, stream, request));
    bool is_open = atomic_load(&stream->state) == STREAM_OPEN;
    if (is_open && conn_has_input(&stream->api.conn)) {
        return answered_early(cx, stream);
    }
    if (send_chunk(stream, bytes) != CONN_OK) {
        return answered_early(cx, stream);
    }
    stream->bytes += bytes.len;
    return OK;
}

/* RFC 9112 section 7.1: the last chunk and the trailers, which the head announced. */
static void add_end(struct buf *out, struct str error_type, struct str error_json)
{
    buf_add(out, STR("0\r\n"));
    if (error_type.len > 0) {
        buf_add(out, STR("Lambda-Runtime-Function-Error-Type: "));
        buf_add(out, error_type);
        buf_add(out, STR("\r\nLambda-Runtime-Function-Error-Body: "));
        base64_encode_to(out, error_json);
        buf_add(out, STR("\r\n"));
    }
    buf_add(out, STR("\r\n"));
}

static void add_report(struct ctx *cx, struct buf *out, const struct error_report *report)
{
    if (report == NULL) {
        add_end(out, (struct str){0}, (struct str){0});
        return;
    }
    struct error_report clean = *report;
    clean.type = error_type_clean(cx->arena, report->type);
    add_end(out, clean.type, error_body(cx->arena, &clean));
}

void stream_end_write(struct buf *out, const struct error_report *report)
{
    char block[ERROR_BODY_BYTES];
    struct buf body = buf_on(block, sizeof block);
    error_body_write(&body, report);
    add_end(out, report->type, buf_str(&body));
}

enum status stream_end(struct ctx *cx, struct stream *stream, const struct api_request *request,
                       const struct error_report *report)
{
    if (atomic_load(&stream->state) != STREAM_OVER) {
        if (begin(cx, stream, request) != OK) {
            struct post_sent sent = {.path = request->path, .limit = LAMBDA_STREAM_MAX_BYTES};
            post_failed(cx, &sent);
            (void)over(stream, ERR_UPSTREAM);
            return OK;
        }
        add_report(cx, &stream->out, report);
        /* Not all of it went out: an answer may tell why. */
        (void)send_out(stream, (struct str){0}, (struct str){0});
        (void)answered(cx, stream);
    }
    return stream->is_fatal ? fail(cx, ERR_UPSTREAM, "the stream was answered with HTTP 500") : OK;
}
