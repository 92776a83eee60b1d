#include "infra/local/lambda/runtime_conn.h"

#include "infra/local/lambda/instance.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

/* What Lambda takes of a buffered answer, and 100 bytes of grace (its emulator's limit, exactly).
 */
static const size_t MAX_BODY_BYTES = MIB(6) + 100;
static const size_t MAX_DRAINED_BYTES = MIB(64); /* read and dropped, so that a 413 can be heard */
static const size_t MAX_TRAILER_BYTES = KIB(256);
static const size_t MAX_OUT_BYTES = MIB(7);

enum {
    READ_BYTES = 64 * 1024,
    READS_A_TURN = 4, /* then others are served; level-triggered, so the rest is not forgotten */
    READS_TO_THE_END = 1024 /* of a process that has ended: 64 MiB, what is drained at most */
};

static void on_event(void *owner, uint32_t events);

static void begin_request(struct runtime_conn *conn)
{
    arena_reset(&conn->arena);
    conn->in = buf_in(&conn->arena, (size_t)WIRE_MAX_HEAD_BYTES + READ_BYTES);
    conn->body = buf_in(&conn->arena, MAX_BODY_BYTES);
    conn->trailers = buf_in(&conn->arena, MAX_TRAILER_BYTES);
    conn->reading_body = false;
    conn->body_mode = BODY_COLLECTED;
    conn->paused = false;
}

void runtime_conn_open(struct runtime_conn *conn, struct instance *instance, int fd)
{
    struct ctx cx = {.arena = &conn->arena};
    int on = 1;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    conn->instance = instance;
    conn->closing = false;
    conn->sent = 0;
    arena_reset(&conn->answers);
    conn->out = buf_in(&conn->answers, MAX_OUT_BYTES);
    begin_request(conn);
    struct loop_source what = {.fd = fd, .fn = on_event, .owner = conn, .events = EPOLLIN};
    if (loop_add(&cx, instance->pool->loop, &conn->source, what) != OK) {
        instance_complain(instance, "a connection is lost: %s", cx.err.text);
    }
}

void runtime_conn_close(struct runtime_conn *conn)
{
    if (conn->source.fn == NULL) {
        return;
    }
    if (conn->instance->parked == conn) {
        conn->instance->parked = NULL;
    }
    extensions_forget(&conn->instance->extensions, conn);
    loop_remove(conn->instance->pool->loop, &conn->source);
    if (conn->reading_body && conn->body_mode != BODY_DROPPED) {
        conn->body_mode = BODY_DROPPED;
        runtime_api_stream_lost(conn);
    }
    arena_reset(&conn->arena);
    arena_reset(&conn->answers);
}

/* What it listens for, but for room to send. */
static uint32_t inward(const struct runtime_conn *conn)
{
    return conn->closing || conn->paused ? 0 : EPOLLIN;
}

void runtime_conn_resume(struct runtime_conn *conn)
{
    conn->paused = false;
    if (conn->source.fn != NULL) {
        loop_watch(conn->instance->pool->loop, &conn->source,
                   inward(conn) | (conn->sent < conn->out.len ? EPOLLOUT : 0));
    }
}

bool runtime_conn_is_dead(const struct runtime_conn *conn)
{
    char byte;
    ssize_t n = recv(conn->source.fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR);
}

/* ---- out ------------------------------------------------------------------------------------- */

static void flush(struct runtime_conn *conn)
{
    while (conn->sent < conn->out.len) {
        ssize_t n = send(conn->source.fd, conn->out.ptr + conn->sent, conn->out.len - conn->sent,
                         MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && errno == EAGAIN) {
            /* Whoever asks on instead of reading the last answer is not listened to. */
            loop_watch(conn->instance->pool->loop, &conn->source, inward(conn) | EPOLLOUT);
            return;
        }
        if (n < 0 && errno != EINTR) {
            runtime_conn_close(conn);
            return;
        }
        conn->sent += n > 0 ? (size_t)n : 0;
    }
    loop_watch(conn->instance->pool->loop, &conn->source,
               conn->closing ? EPOLLIN : inward(conn)); /* closing: this is its end */
    conn->sent = 0;
    arena_reset(&conn->answers);
    conn->out = buf_in(&conn->answers, MAX_OUT_BYTES);
    if (conn->closing) {
        runtime_conn_close(conn);
    }
}

static const char *reason(int status)
{
    switch (status) {
    case 200:
        return "OK";
    case 202:
        return "Accepted";
    case 400:
        return "Bad Request";
    case 403:
        return "Forbidden";
    case 404:
        return "Not Found";
    case 405:
        return "Method Not Allowed";
    case 410:
        return "Gone";
    case 413:
        return "Request Entity Too Large";
    default:
        return "Internal Server Error";
    }
}

void runtime_conn_answer(struct runtime_conn *conn, int status, struct str fields, struct str body)
{
    if (conn->source.fn == NULL) {
        return;
    }
    /* One reservation, so that a large event is copied once. */
    if (buf_reserve(&conn->out, fields.len + body.len + 256) == NULL) {
        runtime_conn_close(conn);
        return;
    }
    buf_addf(&conn->out,
             "HTTP/1.1 %d %s\r\nContent-Type: application/json\r\n%sContent-Length: %zu\r\n",
             status, reason(status), conn->closing ? "Connection: close\r\n" : "", body.len);
    buf_add(&conn->out, fields);
    buf_add(&conn->out, STR("\r\n"));
    buf_add(&conn->out, body);
    flush(conn);
}

/* ---- in -------------------------------------------------------------------------------------- */

static void refuse(struct runtime_conn *conn, const char *why)
{
    instance_complain(conn->instance, "broken request to the Runtime API: %s", why);
    conn->closing = true;
    conn->reading_body = false;
    runtime_conn_answer(
        conn, 400, STR(""),
        STR("{\"errorMessage\":\"Malformed request\",\"errorType\":\"TruncatedHTTPRequest\"}\n"));
}

/* A body that cannot be read on. Who has an answer already gets no second one. */
static void break_off(struct runtime_conn *conn, const char *why)
{
    runtime_api_stream_lost(conn);
    if (conn->body_mode == BODY_DROPPED) {
        runtime_conn_close(conn);
    } else {
        refuse(conn, why);
    }
}

static bool is_over(const struct runtime_conn *conn)
{
    return conn->source.fn == NULL || conn->closing;
}

/* Takes bytes of the head off `input`; true once it is whole. */
static bool read_head(struct runtime_conn *conn, struct str *input)
{
    const char *why = NULL;
    size_t before = conn->in.len;
    size_t used = 0;
    buf_add(&conn->in, *input);
    switch (wire_head_read(buf_str(&conn->in), &conn->head, &used, &why)) {
    case WIRE_MORE:
        *input = (struct str){0};
        return false;
    case WIRE_BAD:
        refuse(conn, why);
        return false;
    case WIRE_DONE:
        break;
    }
    *input = str_slice(*input, used - before, input->len);
    conn->reading_body = true;
    wire_body_begin(&conn->framing, &conn->head);
    conn->framing.trailers = &conn->trailers;
    conn->body_mode = runtime_api_head(conn);
    if (conn->head.expects_continue && !is_over(conn) && conn->body_mode != BODY_DROPPED) {
        buf_add(&conn->out, STR("HTTP/1.1 100 Continue\r\n\r\n"));
        flush(conn);
    }
    return !is_over(conn);
}

/* Hands on what came, in its own time; the buffer serves again. */
static void hand_on(struct runtime_conn *conn)
{
    if (conn->body_mode == BODY_STREAMED && conn->body.len > 0) {
        runtime_api_piece(conn, buf_str(&conn->body));
    }
    if (conn->body_mode != BODY_COLLECTED) {
        buf_clear(&conn->body);
    }
    if (conn->paused && conn->source.fn != NULL) {
        loop_watch(conn->instance->pool->loop, &conn->source,
                   conn->sent < conn->out.len ? EPOLLOUT : 0);
    }
}

static void end_body(struct runtime_conn *conn)
{
    enum runtime_body mode = conn->body_mode;
    conn->closing = !conn->head.keep_alive;
    conn->reading_body = false;
    switch (mode) {
    case BODY_COLLECTED:
        runtime_api_request(conn, buf_str(&conn->body), conn->framing.total);
        break;
    case BODY_STREAMED:
        runtime_api_stream_end(conn, buf_str(&conn->trailers));
        break;
    case BODY_DROPPED:
        if (conn->closing) {
            runtime_conn_close(conn);
        }
        break;
    }
    if (conn->source.fn != NULL) {
        begin_request(conn);
    }
}

static void read_body(struct runtime_conn *conn, struct str *input)
{
    const char *why = NULL;
    enum wire_result result = wire_body_read(&conn->framing, input, &conn->body, &why);
    if (result == WIRE_BAD ||
        (conn->body_mode != BODY_STREAMED && conn->framing.total > MAX_DRAINED_BYTES)) {
        break_off(conn, why != NULL ? why : "a body of more than 64 MiB");
        return;
    }
    hand_on(conn);
    if (result == WIRE_DONE && conn->source.fn != NULL) {
        end_body(conn);
    }
}

static void feed(struct runtime_conn *conn, struct str input)
{
    bool body_is_empty = false;
    while ((input.len > 0 || body_is_empty) && !is_over(conn)) {
        body_is_empty = false;
        if (!conn->reading_body) {
            /* A request without a body is complete with its head. */
            body_is_empty =
                read_head(conn, &input) && !conn->framing.chunked && conn->framing.left == 0;
        } else {
            read_body(conn, &input);
        }
    }
}

static void read_some(struct runtime_conn *conn, int reads)
{
    static char bytes[READ_BYTES]; /* one thread; whatever must stay is copied */
    while (conn->source.fn != NULL && !conn->paused && reads-- > 0) {
        ssize_t n = recv(conn->source.fd, bytes, sizeof(bytes), MSG_DONTWAIT);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n == 0 || (n < 0 && errno != EAGAIN)) {
            runtime_conn_close(conn);
            return;
        }
        if (n < 0) {
            return;
        }
        feed(conn, (struct str){.ptr = bytes, .len = (size_t)n});
        if ((size_t)n < sizeof(bytes)) {
            return; /* level-triggered: what came meanwhile wakes us again */
        }
    }
}

void runtime_conn_drain(struct runtime_conn *conn)
{
    read_some(conn, READS_TO_THE_END);
}

static void on_event(void *owner, uint32_t events)
{
    struct runtime_conn *conn = owner;
    if ((events & EPOLLOUT) != 0) {
        flush(conn);
    }
    if (conn->source.fn != NULL && (conn->closing || conn->paused) &&
        (events & (EPOLLHUP | EPOLLERR)) != 0) {
        runtime_conn_close(conn);
    }
    if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) {
        read_some(conn, READS_A_TURN);
    }
}
