/*
 * One connection of a bootstrap to its Runtime API: bytes in, whole requests out, answers back.
 */
#pragma once

#include "infra/local/base/loop.h"
#include "infra/local/lambda/wire.h"
#include "shared/base/buf.h"

struct instance;

enum runtime_body {
    BODY_COLLECTED, /* the request is handled once it is whole */
    BODY_STREAMED,  /* pieces are handed on as they come */
    BODY_DROPPED,   /* the request has its answer already */
};

struct runtime_conn {
    struct loop_source source;
    struct instance *instance;
    struct arena arena; /* the request being read; taken back after its answer */
    struct arena answers;
    struct buf in, body, out, trailers;
    size_t sent; /* of `out` */
    struct wire_head head;
    struct wire_body framing;
    enum runtime_body body_mode;
    bool reading_body, closing;
    bool paused; /* whoever takes the stream has enough for now */
};

/* A request is complete: `conn->head`, `body`. Implemented by runtime_api.c. */
void runtime_api_request(struct runtime_conn *conn, struct str body, size_t body_bytes);
/* A request's head is complete: how its body is read. May answer it, early. */
enum runtime_body runtime_api_head(struct runtime_conn *conn);
/* Some of a streamed body. May answer the request, early. */
void runtime_api_piece(struct runtime_conn *conn, struct str bytes);
/* The end of a streamed body; `trailers` for wire_trailer_find. */
void runtime_api_stream_end(struct runtime_conn *conn, struct str trailers);
/* The connection has gone, or broken the protocol, within a body; of a stream, it has no end. */
void runtime_api_stream_lost(struct runtime_conn *conn);

/* Serves an accepted socket. */
void runtime_conn_open(struct runtime_conn *conn, struct instance *instance, int fd);
void runtime_conn_close(struct runtime_conn *conn);
/* Reads what an ended process left behind; the connection may be closed afterwards. */
void runtime_conn_drain(struct runtime_conn *conn);
/* Reads on after a pause. */
void runtime_conn_resume(struct runtime_conn *conn);
/* True if the other side has closed it. */
bool runtime_conn_is_dead(const struct runtime_conn *conn);
/*
 * Answers the request. `fields`: whole header lines with CRLF, or empty. What the socket does not
 * take now goes out later; the bytes are copied.
 */
void runtime_conn_answer(struct runtime_conn *conn, int status, struct str fields, struct str body);
