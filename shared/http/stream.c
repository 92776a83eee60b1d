#include "shared/http/stream.h"

#include "shared/base/clock.h"
#include "shared/http/internal.h"
#include "shared/http1/http1.h"

enum {
    RECEIVE_BYTES = 16 * 1024, /* a TLS record; what a stream holds of a body at any time */
    JOIN_BYTES = 16 * 1024,    /* a request up to this goes out in one piece */
    HEAD_CHUNK_BYTES = 4 * 1024,
    DEFAULT_TIMEOUT_MS = 10000,
};

struct http_stream {
    struct http_conn *conn;
    struct http1 http;
    struct buf head;
    char *place;   /* RECEIVE_BYTES */
    struct str in; /* received there, not yet read */
    bool is_whole_sent, is_done, is_broken;
};

/* What one request is sent with, be it over a second connection. */
struct opening {
    struct http *http;
    const struct http_request *req;
    struct http_place place;
    int64_t end_us;
    struct http_response *res;
    struct http_stream_failure *failure;
};

/* ---- out ------------------------------------------------------------------------------------- */

/*
 * Something came before all was sent: an answer to what was sent so far, the end, or nothing for
 * us, which is what TLS's own messages are.
 */
static enum http_io early_look(struct http_stream *stream)
{
    size_t got = 0;
    enum http_io io = http_conn_recv(stream->conn, stream->place, RECEIVE_BYTES, 0, &got);
    stream->in = (struct str){.ptr = stream->place, .len = got};
    return io == HTTP_IO_OK ? HTTP_IO_EARLY : io;
}

static enum http_io piece_send(struct http_stream *stream, struct str *bytes, int64_t end_us)
{
    for (;;) {
        enum http_io io = http_conn_send(stream->conn, bytes, end_us);
        io = io == HTTP_IO_EARLY ? early_look(stream) : io;
        if (io != HTTP_IO_LATE || bytes->len == 0 || clock_mono_us() >= end_us) {
            return io;
        }
    }
}

static enum http_io bytes_send(struct http_stream *stream, struct buf *head,
                               const struct opening *o)
{
    struct str body = o->req->body;
    if (head->len + body.len <= JOIN_BYTES) {
        buf_add(head, body);
        body.len = 0;
    }
    struct str first = buf_str(head);
    enum http_io io = piece_send(stream, &first, o->end_us);
    o->failure->sent = first.len < head->len ? HTTP_SENT : HTTP_UNSENT;
    return io == HTTP_IO_OK ? piece_send(stream, &body, o->end_us) : io;
}

/* The head may hold a key: it is made in memory that is overwritten. */
static enum status request_send(struct ctx *cx, const struct opening *o, struct http_stream *stream,
                                enum http_io *io)
{
    struct arena scratch;
    struct arena *outer = cx->arena;
    arena_init(&scratch, HEAD_CHUNK_BYTES);
    cx->arena = &scratch;
    struct buf head = buf_in(&scratch, SIZE_MAX);
    enum status status = http_head_make(cx, o->req, &o->place, clock_now_ms(), &head);
    if (status == OK) {
        *io = bytes_send(stream, &head, o);
    }
    cx->arena = outer;
    arena_wipe(&scratch);
    return status;
}

/* ---- in -------------------------------------------------------------------------------------- */

static enum status io_failure(struct ctx *cx, struct http_stream *stream, enum http_io io)
{
    stream->is_broken = true;
    if (io == HTTP_IO_LATE) {
        return fail(cx, ERR_TIMEOUT, "%s",
                    stream->http.status == 0 ? "no answer in time"
                                             : "nothing more of the answer came in time");
    }
    return fail(cx, ERR_UPSTREAM, "the connection was reset");
}

static enum status fault(struct ctx *cx, struct http_stream *stream)
{
    stream->is_broken = true;
    return fail(cx, ERR_UPSTREAM, "%s", stream->http.fault);
}

/* More bytes, or the end of the connection, which may be the body's. */
static enum status more(struct ctx *cx, struct http_stream *stream, int64_t end_us,
                        enum http1_step *step)
{
    size_t got = 0;
    enum http_io io = http_conn_recv(stream->conn, stream->place, RECEIVE_BYTES, end_us, &got);
    if (io == HTTP_IO_END) {
        *step = http1_end(&stream->http);
        return *step == HTTP1_BROKEN ? fault(cx, stream) : OK;
    }
    stream->in = (struct str){.ptr = stream->place, .len = got};
    return io == HTTP_IO_OK ? OK : io_failure(cx, stream, io);
}

/* Up to the next head, piece of body, or end. */
static enum status advance(struct ctx *cx, struct http_stream *stream, int64_t end_us,
                           struct str *body, enum http1_step *step)
{
    for (;;) {
        *step = http1_next(&stream->http, &stream->in, body);
        if (*step == HTTP1_MORE) {
            TRY(more(cx, stream, end_us, step));
        }
        if (*step == HTTP1_BROKEN) {
            return fault(cx, stream);
        }
        if (*step != HTTP1_MORE) {
            stream->is_done = *step == HTTP1_DONE;
            return OK;
        }
    }
}

/* ---- opening --------------------------------------------------------------------------------- */

/* Something was asked for that nobody here could read (RFC 9110 section 8.4). */
static enum status coding_check(struct ctx *cx, struct http_stream *stream,
                                const struct http_response *res)
{
    struct str coding = http_response_field(res, STR("content-encoding"));
    if (coding.len > 0 && !str_eq_nocase(coding, STR("identity"))) {
        stream->is_broken = true;
        return fail(cx, ERR_UPSTREAM, "a body in a coding that was not asked for");
    }
    return OK;
}

static enum status head_read(struct ctx *cx, struct http_stream *stream, int64_t end_us,
                             struct http_response *res)
{
    struct str body = {0};
    enum http1_step step = HTTP1_MORE;
    TRY(advance(cx, stream, end_us, &body, &step));
    *res = (struct http_response){
        .status = stream->http.status,
        .fields = http1_fields(&stream->http),
    };
    return coding_check(cx, stream, res);
}

static struct http_stream *stream_new(struct ctx *cx, struct http_conn *conn)
{
    struct http_stream *stream = ARENA_NEW(cx->arena, struct http_stream);
    stream->conn = conn;
    stream->head = buf_in(cx->arena, HTTP_MAX_HEAD_BYTES);
    stream->place = arena_alloc_raw(cx->arena, RECEIVE_BYTES);
    http1_begin(&stream->http, &stream->head);
    return stream;
}

/* One request over one connection. `stream` is closed by the caller, whatever comes. */
static enum status exchange(struct ctx *cx, const struct opening *o, struct http_stream *stream)
{
    enum http_io io = HTTP_IO_OK;
    TRY(request_send(cx, o, stream, &io));
    stream->is_whole_sent = io == HTTP_IO_OK;
    if (io == HTTP_IO_LATE) {
        return io_failure(cx, stream, io);
    }
    /* A server that does not want all of it has perhaps said why. */
    return head_read(cx, stream, o->end_us, o->res);
}

/*
 * A kept connection that died. What was not all sent cannot have been taken; what was sent whole
 * may have been, unless that does no harm.
 */
static bool may_replace(const struct http_stream *stream, const struct http_request *req,
                        enum status status)
{
    return status == ERR_UPSTREAM && !stream->http.has_begun &&
           (!stream->is_whole_sent || req->idempotent);
}

static enum status fresh_conn(struct ctx *cx, const struct opening *o, struct http_conn **conn)
{
    *conn = http_pool_place(o->http);
    if (*conn == NULL) {
        return fail(cx, ERR_INTERNAL, "more than %d streams are open", HTTP_MAX_CONNS);
    }
    enum status status = http_conn_open(cx, o->http, *conn, o->req, o->end_us);
    if (status != OK) {
        http_pool_return(*conn, false);
    }
    return status;
}

static enum status open_over(struct ctx *cx, const struct opening *o, struct http_conn *conn,
                             struct http_stream **stream, bool *may_again)
{
    *stream = stream_new(cx, conn);
    enum status status = exchange(cx, o, *stream);
    *may_again = may_replace(*stream, o->req, status);
    if (status != OK) {
        http_stream_close(stream);
    }
    return status;
}

static enum status open_within(struct ctx *cx, const struct opening *o, struct http_stream **stream)
{
    struct http_conn *conn = http_pool_find(o->http, o->place.origin);
    bool may_again = false;
    if (conn != NULL) {
        enum status status = open_over(cx, o, conn, stream, &may_again);
        if (!may_again) {
            return status;
        }
        err_clear(cx); /* a dead kept connection is nobody's fault */
        o->failure->sent = HTTP_UNSENT;
    }
    TRY(fresh_conn(cx, o, &conn));
    return open_over(cx, o, conn, stream, &may_again);
}

static enum status request_check(struct ctx *cx, const struct http_request *req)
{
    TRY(http_request_check(cx, req));
    return strcmp(http_request_method(req), "HEAD") == 0
               ? fail(cx, ERR_INVALID, "HEAD has no body to stream")
               : OK;
}

enum status http_stream_open(struct ctx *cx, struct http *http, const struct http_request *req,
                             struct http_response *res, struct http_stream **stream,
                             struct http_stream_failure *failure)
{
    struct http_stream_failure unused = {0};
    failure = failure == NULL ? &unused : failure;
    *failure = (struct http_stream_failure){0};
    *res = (struct http_response){0};
    *stream = NULL;
    TRY(request_check(cx, req));
    int64_t wanted_ms = req->timeout_ms > 0 ? req->timeout_ms : DEFAULT_TIMEOUT_MS;
    int64_t left_ms = ctx_remaining_ms(cx, wanted_ms);
    const struct opening o = {
        .http = http,
        .req = req,
        .place = http_place_of(req->url),
        .end_us = clock_mono_us() + (left_ms < wanted_ms ? left_ms : wanted_ms) * 1000,
        .res = res,
        .failure = failure,
    };
    enum status status = open_within(cx, &o, stream);
    failure->is_timeout = status == ERR_TIMEOUT;
    return status;
}

/* ---- reading --------------------------------------------------------------------------------- */

enum status http_stream_read(struct ctx *cx, struct http_stream *stream, int64_t idle_ms,
                             struct str *bytes)
{
    *bytes = (struct str){0};
    if (stream->is_done) {
        return OK;
    }
    int64_t left_ms = ctx_remaining_ms(cx, idle_ms);
    int64_t end_us = clock_mono_us() + (left_ms < idle_ms ? left_ms : idle_ms) * 1000;
    enum http1_step step = HTTP1_MORE;
    return advance(cx, stream, end_us, bytes, &step);
}

enum status http_stream_read_all(struct ctx *cx, struct http_stream *stream, int64_t idle_ms,
                                 size_t max_bytes, struct str *body)
{
    struct buf all = buf_in(cx->arena, max_bytes);
    struct str bytes = {0};
    do {
        TRY(http_stream_read(cx, stream, idle_ms, &bytes));
        buf_add(&all, bytes);
        if (all.full) {
            stream->is_broken = true;
            return fail(cx, ERR_TOO_LARGE, "the response has more than %zu bytes", max_bytes);
        }
    } while (bytes.len > 0);
    *body = buf_str(&all);
    return OK;
}

/* ---- closing --------------------------------------------------------------------------------- */

/* What has come already may hold the end: the last chunk has no content, and a reader that knows
 * its protocol does not ask for it. */
static void end_look(struct http_stream *stream)
{
    struct ctx cx = {0};
    struct str rest = {0};
    enum http1_step step = HTTP1_BODY;
    for (size_t seen = 0; step == HTTP1_BODY && seen < RECEIVE_BYTES; seen += rest.len) {
        if (stream->is_broken || advance(&cx, stream, 0, &rest, &step) != OK) {
            return;
        }
    }
}

void http_stream_close(struct http_stream **stream)
{
    struct http_stream *s = *stream;
    *stream = NULL;
    if (s == NULL) {
        return;
    }
    if (!s->is_done && s->http.status != 0) {
        end_look(s);
    }
    http_pool_return(s->conn, s->is_done && s->is_whole_sent && !s->is_broken && !s->http.is_last &&
                                  s->in.len == 0);
}
