#include "runtime/crash/crash_post.h"

#include "runtime/core/post.h"
#include "runtime/crash/fault.h"
#include "runtime/crash/watch.h"

#include "shared/base/clock.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PATIENCE_MS = 500, REQUEST_BYTES = 32 * 1024, HOST_BYTES = 64 };

/* One report on its way. */
struct post {
    struct slot *slot;
    const struct turn *turn; /* NULL: of a phase without events */
    struct str phase_path;
    bool is_again; /* on a connection of its own, after the kept one failed */
    int fd;        /* -1: over */
};

static struct post posts[WATCH_MAX_SLOTS];
static size_t post_count, sent_count;
static const struct error_report *reported;
static int64_t end_us;

static int left_ms(void)
{
    int64_t left = (end_us - clock_mono_us()) / 1000;
    return left < 0 ? 0 : (int)left;
}

/* ---- a new connection ------------------------------------------------------------------------ */

/* "127.0.0.1:9001" or "[::1]:9001", what follows a slash left out: without a resolver. */
static bool address_read(struct str text, struct sockaddr_in6 *v6, struct sockaddr_in *v4)
{
    char host[HOST_BYTES];
    struct str rest = str_slice(text, 0, str_find_char(text, '/'));
    size_t colon = rest.len;
    while (colon > 0 && rest.ptr[colon - 1] != ':') {
        colon--;
    }
    int64_t port = 0;
    if (colon == 0 || !str_to_i64(str_slice(rest, colon, rest.len), &port) || port < 1 ||
        port > UINT16_MAX) {
        return false;
    }
    struct str name = str_slice(rest, 0, colon - 1);
    bool is_v6 = str_skip_prefix(&name, STR("[")) && str_has_suffix(name, STR("]"));
    if (!str_to_cstr(str_slice(name, 0, name.len - (is_v6 ? 1 : 0)), host, sizeof host)) {
        return false;
    }
    *v6 = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
    *v4 = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    return inet_pton(is_v6 ? AF_INET6 : AF_INET, host,
                     is_v6 ? (void *)&v6->sin6_addr : (void *)&v4->sin_addr) == 1;
}

static int connect_anew(struct str address)
{
    struct sockaddr_in6 v6;
    struct sockaddr_in v4;
    if (!address_read(address, &v6, &v4)) {
        return -1;
    }
    bool is_v6 = v6.sin6_port != 0 && v4.sin_addr.s_addr == 0;
    const struct sockaddr *to = is_v6 ? (const struct sockaddr *)&v6 : (const struct sockaddr *)&v4;
    int fd = socket(to->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, to, is_v6 ? sizeof v6 : sizeof v4) != 0 && errno != EINPROGRESS) {
        (void)close(fd);
        fd = -1;
    }
    return fd;
}

/* ---- one report ------------------------------------------------------------------------------ */

static bool send_all(int fd, struct str bytes)
{
    while (bytes.len > 0) {
        ssize_t sent = send(fd, bytes.ptr, bytes.len, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent > 0) {
            bytes = str_slice(bytes, (size_t)sent, bytes.len);
            continue;
        }
        struct pollfd room = {.fd = fd, .events = POLLOUT};
        bool may_wait = sent < 0 && (errno == EAGAIN || errno == EINTR || errno == ENOTCONN);
        if (!may_wait || poll(&room, 1, left_ms()) <= 0 || (room.revents & POLLERR) != 0) {
            return false;
        }
    }
    return true;
}

static char block[REQUEST_BYTES];

/* A stream that has begun gets its last chunk and the trailers, unless a chunk is half out. */
static void stream_send(struct post *post)
{
    struct buf out = buf_on(block, sizeof block);
    stream_end_write(&out, reported);
    post->is_again = true; /* there is no other way */
    post->fd = stream_fd(&post->slot->stream);
    if (post->fd >= 0 && (out.full || !send_all(post->fd, buf_str(&out)))) {
        post->fd = -1;
    }
}

static void request_send(struct post *post)
{
    struct buf out = buf_on(block, sizeof block);
    const struct api *api = &post->slot->api;
    post_error_write(&out, api, post->turn, post->phase_path, reported,
                     post->slot->program->env.task_root);
    if (post->fd >= 0 && send_all(post->fd, buf_str(&out))) {
        return;
    }
    post->is_again = true;
    post->fd = connect_anew(api->address);
    if (post->fd >= 0 && !send_all(post->fd, buf_str(&out))) {
        post->fd = -1;
    }
}

static void post_send(void *argument)
{
    struct post *post = argument;
    if (post->turn != NULL && stream_has_begun(&post->slot->stream)) {
        stream_send(post);
    } else {
        request_send(post);
    }
}

static void post_start(struct slot *slot, const struct turn *turn, const char *phase_path)
{
    if (post_count == WATCH_MAX_SLOTS) {
        return;
    }
    struct post *post = &posts[post_count++];
    *post = (struct post){.slot = slot, .turn = turn, .phase_path = str_from_cstr(phase_path)};
    post->fd = slot->api.drop ? -1 : conn_fd(&slot->api.conn);
    if (!fault_survived(post_send, post)) {
        post->fd = -1;
    }
    sent_count += post->fd >= 0 ? 1 : 0;
}

/* Lambda has the report once a byte of its answer is there. */
static void post_finish(struct post *post)
{
    char answer[512];
    ssize_t got = recv(post->fd, answer, sizeof answer, MSG_DONTWAIT);
    bool is_lost = got <= 0 && !post->is_again;
    post->fd = -1;
    if (is_lost && !fault_survived(post_send, post)) {
        post->fd = -1;
    }
}

/* ---- all of them ----------------------------------------------------------------------------- */

/* False: there is nothing to wait for. */
static bool answers_take(void)
{
    static struct pollfd waiting[WATCH_MAX_SLOTS];
    bool is_open = false;
    for (size_t i = 0; i < post_count; i++) {
        waiting[i] = (struct pollfd){.fd = posts[i].fd, .events = POLLIN};
        is_open |= posts[i].fd >= 0;
    }
    int ready = is_open ? poll(waiting, post_count, left_ms()) : 0;
    if (ready < 0) {
        return errno == EINTR;
    }
    for (size_t i = 0; ready > 0 && i < post_count; i++) {
        if (waiting[i].revents != 0) {
            post_finish(&posts[i]);
        }
    }
    return ready > 0;
}

size_t crash_post_all(const struct error_report *report, struct slot *phase, const char *phase_path)
{
    size_t at = 0;
    reported = report;
    end_us = clock_mono_us() + (int64_t)PATIENCE_MS * 1000;
    if (phase != NULL) {
        post_start(phase, NULL, phase_path);
    }
    for (struct slot *slot = watch_next(&at); slot != NULL; slot = watch_next(&at)) {
        if (slot_claim(slot, slot_open_turn(slot), ANSWERER_CRASH)) {
            post_start(slot, &slot->turn, NULL);
        }
    }
    while (answers_take()) {
    }
    return sent_count;
}
