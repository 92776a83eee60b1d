#include "infra/local/fire.h"

#include "shared/base/buf.h"
#include "shared/json/json.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PATIENCE_S = 10, MAX_ANSWER_BYTES = 64 * 1024 };

static int connect_gateway(const struct options *options)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)options->port)};
    struct timeval patience = {.tv_sec = PATIENCE_S};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0) {
        (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
        if (inet_pton(AF_INET, options->address, &at.sin_addr) == 1 &&
            connect(fd, (const struct sockaddr *)&at, sizeof(at)) == 0) {
            return fd;
        }
        (void)close(fd);
    }
    return -1;
}

static struct str read_all(struct arena *arena, int fd)
{
    struct buf in = buf_in(arena, MAX_ANSWER_BYTES);
    for (;;) {
        char *place = buf_reserve(&in, KIB(4));
        ssize_t n = place != NULL ? recv(fd, place, KIB(4), 0) : 0;
        if (n <= 0) {
            return buf_str(&in);
        }
        buf_commit(&in, (size_t)n);
    }
}

/* The one member of the answer's body, whatever it is called. */
static struct str words_of(struct ctx *cx, struct str answer)
{
    const struct json *root = NULL;
    size_t end = str_find(answer, STR("\r\n\r\n"));
    if (end == SIZE_MAX ||
        json_read(cx, str_slice(answer, end + 4, answer.len), NULL, &root) != OK ||
        root->first == NULL) {
        return STR("no answer of a gateway");
    }
    return root->first->text;
}

/* A name may hold what a path may not; the gateway decodes it. */
static struct str escaped(struct arena *arena, const char *name)
{
    struct buf out = buf_in(arena, KIB(4));
    for (const char *c = name; *c != '\0'; c++) {
        bool plain = (*c >= '0' && *c <= '9') || (*c >= 'A' && *c <= 'Z') ||
                     (*c >= 'a' && *c <= 'z') || *c == '.' || *c == '-' || *c == '_';
        if (plain) {
            buf_add_char(&out, *c);
        } else {
            buf_addf(&out, "%%%02X", (unsigned char)*c);
        }
    }
    return buf_str(&out);
}

int fire_run(struct ctx *cx, const struct options *options)
{
    int fd = connect_gateway(options);
    if (fd < 0) {
        (void)fprintf(stderr, "clambda-local: no gateway at %s:%u: %s\n", options->address,
                      options->port, strerror(errno));
        return 1;
    }
    /* What is under /_/ wants a name of this machine: 0.0.0.0, or another of its own, is none. */
    struct str call =
        arena_format(cx->arena,
                     "POST /_/schedules/" STR_FMT "/fire HTTP/1.1\r\nHost: localhost:%u\r\n"
                     "Connection: close\r\nContent-Length: 0\r\n\r\n",
                     STR_ARG(escaped(cx->arena, options->subject)), options->port);
    bool sent = send(fd, call.ptr, call.len, MSG_NOSIGNAL) == (ssize_t)call.len;
    struct str answer = sent ? read_all(cx->arena, fd) : STR("");
    (void)close(fd);
    struct str words = words_of(cx, answer);
    if (!str_has_prefix(answer, STR("HTTP/1.1 202 "))) {
        (void)fprintf(stderr, "clambda-local: %s: " STR_FMT "\n", options->subject, STR_ARG(words));
        return 1;
    }
    printf(STR_FMT "\n", STR_ARG(words));
    return 0;
}
