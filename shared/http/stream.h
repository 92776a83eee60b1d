/*
 * An HTTP response read as it comes: the head first, then bytes, each wait with a limit of its own.
 * For one slot, over connections of its own, kept for the next request up to half a minute; up to
 * eight streams may be open at once. What http.h says about URLs, TLS, roots, proxies and trace
 * context holds here; no HEAD.
 *
 *   DEFER(http_stream_close) struct http_stream *stream = NULL;
 *   TRY(http_stream_open(cx, http, &req, &res, &stream, NULL));
 *   while (true) {
 *       struct str bytes;
 *       TRY(http_stream_read(cx, stream, idle_ms, &bytes));
 *       if (bytes.len == 0) break;
 *   }
 *
 * A stream holds 16 KiB of a body at any time: bytes are received when they are asked for, so a
 * reader that waits makes the server wait. The head of a request, which may hold keys, is
 * overwritten once it is sent. Signatures are made here, and not by libcurl, which knows S3's way
 * of writing a path alone.
 */
#pragma once

#include "shared/http/http.h"

struct http_stream;

/* How far a request got before it failed: whether it may have had an effect. */
enum http_sent {
    HTTP_UNSENT, /* nothing of it left: name, connect, TLS */
    HTTP_SENT,   /* some of it, or all */
};

struct http_stream_failure {
    enum http_sent sent;
    bool is_timeout;
};

/*
 * Sends the request and waits for the head: `req->timeout_ms` at most, or the deadline; for a
 * connection, 5 s at most. A kept
 * connection that turns out dead before any byte of an answer is replaced once, only if the request
 * cannot have been taken: it is `idempotent`, or part of it was never sent. Nothing else is sent
 * twice, whatever `attempts` says. `res->body` is empty; `res->fields` is the arena's. `failure` is
 * filled when the status is not OK, and may be NULL.
 *
 * ERR_INVALID, ERR_TIMEOUT, ERR_UPSTREAM, ERR_INTERNAL  as http_send; `*stream` is NULL
 * ERR_UPSTREAM  also: a content coding, which was not asked for
 * ERR_INTERNAL  also: eight streams are open
 */
enum status http_stream_open(struct ctx *cx, struct http *http, const struct http_request *req,
                             struct http_response *res, struct http_stream **stream,
                             struct http_stream_failure *failure) MUST_CHECK;

/*
 * Waits for the next bytes of the body, `idle_ms` at most, or the deadline. Empty: the body is
 * complete, by its own framing. `bytes` lasts until the next call.
 *
 * ERR_TIMEOUT   nothing came in time; the stream can only be closed
 * ERR_UPSTREAM  it ended before its framing said so (RFC 9112 section 8), or is no HTTP
 */
enum status http_stream_read(struct ctx *cx, struct http_stream *stream, int64_t idle_ms,
                             struct str *bytes) MUST_CHECK;

/*
 * The rest of the body, whole: for an answer that is no stream after all.
 *
 * ERR_TOO_LARGE  more than `max_bytes`
 */
enum status http_stream_read_all(struct ctx *cx, struct http_stream *stream, int64_t idle_ms,
                                 size_t max_bytes, struct str *body) MUST_CHECK;

/*
 * Ends it. What was read to its end leaves its connection for the next request; else the connection
 * is closed, which tells the server to stop. `*stream` may be NULL, and is afterwards.
 */
void http_stream_close(struct http_stream **stream);
