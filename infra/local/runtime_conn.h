/*
 * One connection of a bootstrap to its Runtime API: bytes in, whole requests out, answers back.
 */
#pragma once

#include "infra/local/loop.h"
#include "infra/local/wire.h"
#include "shared/base/buf.h"

struct instance;

struct runtime_conn {
    struct loop_source source;
    struct instance *instance;
    struct arena arena; /* the request being read; taken back after its answer */
    struct arena answers;
    struct buf in, body, out;
    size_t sent; /* of `out` */
    struct wire_head head;
    struct wire_body framing;
    bool reading_body, closing;
};

/* A request is complete: `conn->head`, `body`. Implemented by runtime_api.c. */
void runtime_api_request(struct runtime_conn *conn, struct str body, size_t body_bytes);

/* Serves an accepted socket. */
void runtime_conn_open(struct runtime_conn *conn, struct instance *instance, int fd);
void runtime_conn_close(struct runtime_conn *conn);
/* Reads what an ended process left behind; the connection may be closed afterwards. */
void runtime_conn_drain(struct runtime_conn *conn);
/* True if the other side has closed it. */
bool runtime_conn_is_dead(const struct runtime_conn *conn);
/*
 * Answers the request. `fields`: whole header lines with CRLF, or empty. What the socket does not
 * take now goes out later; the bytes are copied.
 */
void runtime_conn_answer(struct runtime_conn *conn, int status, struct str fields, struct str body);
