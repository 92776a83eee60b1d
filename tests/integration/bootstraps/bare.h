/*
 * The Runtime API over a bare socket, for bootstraps of tests that break the protocol or go to its
 * edges. Who cannot go on exits.
 */
#pragma once

#include "shared/base/buf.h"
#include "shared/base/ctx.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

struct probe {
    struct arena arena;
    int fd;
    char id[64]; /* of the open event */
    char deadline[32];
    char nonce[64];
    int noted; /* a status to tell with the next event */
};

struct reply {
    int status;
    struct str head, body;
};

static inline void die(const char *what)
{
    perror(what);
    exit(70);
}

static inline int connect_api(void)
{
    const char *api = getenv("AWS_LAMBDA_RUNTIME_API");
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    const char *colon = api != NULL ? strrchr(api, ':') : NULL;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    at.sin_port = htons((uint16_t)(colon != NULL ? strtol(colon + 1, NULL, 10) : 0));
    if (fd < 0 || connect(fd, (const struct sockaddr *)&at, sizeof(at)) != 0) {
        die("connect");
    }
    int on =
        1; /* head and body go out apart; without this the second waits for an acknowledgement */
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    return fd;
}

static inline void send_all(int fd, struct str bytes)
{
    while (bytes.len > 0) {
        ssize_t n = send(fd, bytes.ptr, bytes.len, MSG_NOSIGNAL);
        if (n <= 0) {
            die("send");
        }
        bytes = str_slice(bytes, (size_t)n, bytes.len);
    }
}

static inline struct str header(struct str head, const char *name)
{
    struct str rest = head;
    struct str line;
    while (str_split_next(&rest, '\n', &line)) {
        struct str value = line;
        if (str_skip_prefix_nocase(&value, str_from_cstr(name)) &&
            str_skip_prefix(&value, STR(":"))) {
            return str_trim(value);
        }
    }
    return (struct str){0};
}

static inline struct reply receive(struct probe *p)
{
    struct buf in = buf_in(&p->arena, MIB(16));
    struct reply reply = {0};
    size_t head_end = SIZE_MAX;
    int64_t length = 0;
    while (head_end == SIZE_MAX || in.len < head_end + 4 + (size_t)length) {
        char *place = buf_reserve(&in, KIB(64));
        ssize_t n = place != NULL ? recv(p->fd, place, KIB(64), 0) : -1;
        if (n <= 0) {
            exit(0); /* the gateway is gone */
        }
        buf_commit(&in, (size_t)n);
        head_end = str_find(buf_str(&in), STR("\r\n\r\n"));
        if (head_end != SIZE_MAX) {
            (void)str_to_i64(header(str_slice(buf_str(&in), 0, head_end), "content-length"),
                             &length);
        }
    }
    reply.head = str_slice(buf_str(&in), 0, head_end);
    reply.body = str_slice(buf_str(&in), head_end + 4, in.len);
    reply.status = (int)strtol(reply.head.ptr + strlen("HTTP/1.1 "), NULL, 10);
    return reply;
}

static inline struct reply post(struct probe *p, const char *path, const char *fields,
                                struct str body)
{
    struct str head = arena_format(
        &p->arena,
        "POST /2018-06-01/runtime/%s HTTP/1.1\r\nHost: x\r\n%sContent-Length: %zu\r\n\r\n", path,
        fields, body.len);
    send_all(p->fd, head);
    send_all(p->fd, body);
    return receive(p);
}

static inline struct reply get_next(struct probe *p)
{
    send_all(p->fd, STR("GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: x\r\n\r\n"));
    return receive(p);
}

static inline int answer(struct probe *p, const char *id, struct str body)
{
    struct str path = arena_format(&p->arena, "invocation/%s/response", id);
    return post(p, path.ptr, "", body).status;
}

static inline void keep(char *out, size_t size, struct str text)
{
    if (!str_to_cstr(text, out, size)) {
        exit(73);
    }
}

/* Polls; notes what the event's head says. */
static inline struct reply take_event(struct probe *p)
{
    struct reply event = get_next(p);
    keep(p->id, sizeof(p->id), header(event.head, "lambda-runtime-aws-request-id"));
    keep(p->nonce, sizeof(p->nonce), header(event.head, "lambda-runtime-invocation-id"));
    keep(p->deadline, sizeof(p->deadline), header(event.head, "lambda-runtime-deadline-ms"));
    return event;
}
