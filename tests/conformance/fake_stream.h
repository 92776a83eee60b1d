/*
 * The second connection of a scripted Runtime API: the one that a streamed response comes on, while
 * the poll's stays open.
 */
#pragma once

#include "tests/conformance/fake_api.h"

struct fake_stream {
    struct fake *fake;
    int conn;      /* -1: none */
    struct buf in; /* what came and was not taken; in the fake's arena */
    int reads;     /* recv calls since the last take */
};

static inline void stream_close(struct fake_stream *stream)
{
    if (stream->conn >= 0) {
        (void)close(stream->conn);
        stream->conn = -1;
    }
}

/* Waits for the connection. */
static inline struct fake_stream stream_accept(struct fake *fake)
{
    struct fake_stream stream = {.fake = fake, .in = buf_in(&fake->arena, MIB(16))};
    struct pollfd waiting = {.fd = fake->listener, .events = POLLIN};
    if (poll(&waiting, 1, FAKE_PATIENCE_MS) != 1) {
        fake_give_up(fake, "no stream came");
    }
    stream.conn = accept4(fake->listener, NULL, NULL, SOCK_CLOEXEC);
    assert_true(stream.conn >= 0);
    return stream;
}

/* Takes what there is; false: the other end has closed. */
static inline bool stream_recv(struct fake_stream *stream)
{
    struct pollfd waiting = {.fd = stream->conn, .events = POLLIN};
    if (poll(&waiting, 1, FAKE_PATIENCE_MS) != 1) {
        fake_give_up(stream->fake, "the stream does not go on");
    }
    char *place = buf_reserve(&stream->in, KIB(256));
    assert_non_null(place);
    ssize_t got = recv(stream->conn, place, KIB(256), 0);
    if (got > 0) {
        buf_commit(&stream->in, (size_t)got);
        stream->reads++;
    }
    return got > 0;
}

/* The next `len` bytes. */
static inline struct str stream_take(struct fake_stream *stream, size_t len)
{
    while (stream->in.len < len) {
        if (!stream_recv(stream)) {
            fake_give_up(stream->fake, "the stream was cut");
        }
    }
    struct str taken =
        arena_str_copy(&stream->fake->arena, str_slice(buf_str(&stream->in), 0, len));
    memmove(stream->in.ptr, stream->in.ptr + len, stream->in.len - len);
    stream->in.len -= len;
    return taken;
}

/* All up to the end of `mark`. */
static inline struct str stream_take_to(struct fake_stream *stream, const char *mark)
{
    struct str end = str_from_cstr(mark);
    while (str_find(buf_str(&stream->in), end) == SIZE_MAX) {
        if (!stream_recv(stream)) {
            fake_give_up(stream->fake, "the stream was cut");
        }
    }
    return stream_take(stream, str_find(buf_str(&stream->in), end) + end.len);
}

static inline void stream_expect(struct fake_stream *stream, const char *want)
{
    struct str bytes = str_from_cstr(want);
    stream->reads = 0;
    CHECK_STR("stream", stream_take(stream, bytes.len), bytes);
}

/* The other end closes, and nothing came before. */
static inline void stream_expect_close(struct fake_stream *stream)
{
    while (stream_recv(stream)) {
    }
    CHECK_STR("before its end", buf_str(&stream->in), STR(""));
    stream_close(stream);
}

static inline void stream_reply(struct fake_stream *stream, int status, struct str body)
{
    struct str reply = fake_reply_make(stream->fake, status, "", body);
    assert_int_equal(send(stream->conn, reply.ptr, reply.len, MSG_NOSIGNAL), reply.len);
}

static inline void stream_accepted(struct fake_stream *stream)
{
    stream_reply(stream, 202, STR("{\"status\":\"OK\"}\n"));
    stream_expect_close(stream);
}

/* The probe has stopped itself ("!stop"). */
static inline void fake_await_stop(struct fake *fake)
{
    int status = 0;
    assert_int_equal(waitpid(fake->pid, &status, WUNTRACED), fake->pid);
    assert_true(WIFSTOPPED(status));
}

static inline void fake_go_on(const struct fake *fake)
{
    assert_int_equal(kill(fake->pid, SIGCONT), 0);
}
