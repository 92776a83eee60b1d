#include "runtime/sim/sim.h"

#include "shared/base/clock.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { RECV_BYTES = 64 * 1024, FIXED_FDS = 2 };

void sim_wake(const struct lambda_sim *sim)
{
    uint64_t one = 1;
    ssize_t written = write(sim->wake, &one, sizeof one);
    (void)written; /* a full counter wakes as well */
}

/* ---- connections ----------------------------------------------------------------------------- */

static void conn_next_request(struct sim_conn *conn)
{
    arena_reset(&conn->bytes);
    sim_request_init(&conn->request, &conn->bytes);
    conn->state = SIM_CONN_READING;
}

static void conn_accept(struct lambda_sim *sim)
{
    int fd = accept4(sim->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0) {
        return;
    }
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    struct arena memory;
    arena_init(&memory, 1024);
    struct sim_conn *conn = ARENA_NEW(&memory, struct sim_conn);
    conn->memory = memory;
    conn->fd = fd;
    arena_init(&conn->bytes, 0);
    conn_next_request(conn);
    conn->next = sim->conns;
    sim->conns = conn;
}

static void conn_close(struct lambda_sim *sim, struct sim_conn *conn)
{
    if (conn->fd < 0) {
        return;
    }
    (void)close(conn->fd);
    conn->fd = -1;
    if (conn->state == SIM_CONN_READING && sim_request_has_head(&conn->request)) {
        sim_route_cut(sim, conn);
    }
    sim_route_gone(sim, conn);
}

static void conns_sweep(struct lambda_sim *sim)
{
    for (struct sim_conn **at = &sim->conns; *at != NULL;) {
        struct sim_conn *conn = *at;
        if (conn->fd >= 0) {
            at = &conn->next;
            continue;
        }
        *at = conn->next;
        arena_deinit(&conn->bytes);
        struct arena memory = conn->memory;
        arena_deinit(&memory);
    }
}

static void conn_look(struct lambda_sim *sim, struct sim_conn *conn)
{
    sim_request_read(&conn->request);
    if (conn->request.state == SIM_REQUEST_FAULTY) {
        conn_close(sim, conn);
        return;
    }
    bool is_whole = conn->request.state == SIM_REQUEST_WHOLE;
    if (conn->state == SIM_CONN_READING &&
        (is_whole || (sim_request_has_head(&conn->request) && sim_route_is_early(sim, conn)))) {
        sim_route(sim, conn);
    }
}

static void conn_receive(struct lambda_sim *sim, struct sim_conn *conn)
{
    if (conn->state == SIM_CONN_PARKED) {
        buf_clear(&conn->request.in);
    }
    char *place = buf_reserve(&conn->request.in, RECV_BYTES);
    ssize_t got = place == NULL ? 0 : recv(conn->fd, place, RECV_BYTES, 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
        return;
    }
    if (got <= 0) {
        conn_close(sim, conn);
        return;
    }
    buf_commit(&conn->request.in, (size_t)got);
    if (conn->state == SIM_CONN_READING) {
        conn_look(sim, conn);
    }
}

/* The other end may be slow: a simulator has nothing better to do than to wait for it. */
static bool send_all(int fd, struct str bytes)
{
    while (bytes.len > 0) {
        ssize_t sent = send(fd, bytes.ptr, bytes.len, MSG_NOSIGNAL);
        if (sent > 0) {
            bytes = str_slice(bytes, (size_t)sent, bytes.len);
            continue;
        }
        struct pollfd room = {.fd = fd, .events = POLLOUT};
        if (errno != EAGAIN || poll(&room, 1, -1) < 0) {
            return false;
        }
    }
    return true;
}

static void conn_answer(struct lambda_sim *sim, struct sim_conn *conn)
{
    bool is_whole = conn->request.state == SIM_REQUEST_WHOLE;
    bool was_sent = !conn->hang_up && send_all(conn->fd, conn->answer);
    if (!was_sent) {
        conn->state = SIM_CONN_DUE; /* it is no cut request */
        conn_close(sim, conn);
    } else if (!is_whole) {
        conn->state = SIM_CONN_PARKED; /* answered early: it reads no more */
    } else {
        conn_next_request(conn);
    }
}

/* ---- the loop -------------------------------------------------------------------------------- */

static int patience_ms(const struct lambda_sim *sim)
{
    int64_t least_us = INT64_MAX;
    for (const struct sim_conn *conn = sim->conns; conn != NULL; conn = conn->next) {
        if (conn->state == SIM_CONN_DUE && conn->answer_at_us < least_us) {
            least_us = conn->answer_at_us;
        }
    }
    if (least_us == INT64_MAX) {
        return -1;
    }
    int64_t left_us = least_us - clock_mono_us();
    return left_us <= 0 ? 0 : (int)(left_us / 1000 + 1);
}

static struct pollfd *fds_make(const struct lambda_sim *sim, struct arena *arena, nfds_t *count)
{
    size_t conns = 0;
    for (const struct sim_conn *conn = sim->conns; conn != NULL; conn = conn->next) {
        conns++;
    }
    struct pollfd *fds = ARENA_ARRAY(arena, struct pollfd, FIXED_FDS + conns);
    fds[0] = (struct pollfd){.fd = sim->wake, .events = POLLIN};
    fds[1] = (struct pollfd){.fd = sim->listener, .events = POLLIN};
    *count = FIXED_FDS;
    for (const struct sim_conn *conn = sim->conns; conn != NULL; conn = conn->next) {
        fds[(*count)++] = (struct pollfd){.fd = conn->fd, .events = POLLIN};
    }
    return fds;
}

/* `fds` are those of fds_make: one for each connection, in their order. */
static void take(struct lambda_sim *sim, const struct pollfd *fds)
{
    uint64_t woken = 0;
    if (fds[0].revents != 0) {
        ssize_t got = read(sim->wake, &woken, sizeof woken);
        (void)got;
    }
    size_t at = FIXED_FDS;
    for (struct sim_conn *conn = sim->conns; conn != NULL; conn = conn->next, at++) {
        if (fds[at].revents != 0) {
            conn_receive(sim, conn);
        }
    }
    if (fds[1].revents != 0) {
        conn_accept(sim);
    }
}

static void answer(struct lambda_sim *sim)
{
    sim_route_polls(sim);
    int64_t now_us = clock_mono_us();
    for (struct sim_conn *conn = sim->conns; conn != NULL; conn = conn->next) {
        while (conn->fd >= 0 && conn->state == SIM_CONN_DUE && conn->answer_at_us <= now_us) {
            conn_answer(sim, conn);
        }
    }
}

static void end(struct lambda_sim *sim)
{
    for (struct sim_conn *conn = sim->conns; conn != NULL; conn = conn->next) {
        conn->state = SIM_CONN_PARKED;
        conn_close(sim, conn);
    }
    conns_sweep(sim);
}

void *sim_serve(void *sim_)
{
    struct lambda_sim *sim = sim_;
    struct arena scratch;
    arena_init(&scratch, 0);
    (void)pthread_mutex_lock(&sim->lock);
    while (!sim->is_over) {
        nfds_t count = 0;
        arena_reset(&scratch);
        struct pollfd *fds = fds_make(sim, &scratch, &count);
        int wait_ms = patience_ms(sim);
        (void)pthread_mutex_unlock(&sim->lock);
        int ready = poll(fds, count, wait_ms);
        (void)pthread_mutex_lock(&sim->lock);
        if (ready > 0) {
            take(sim, fds);
        }
        answer(sim);
        conns_sweep(sim);
        (void)pthread_cond_broadcast(&sim->changed);
    }
    end(sim);
    (void)pthread_mutex_unlock(&sim->lock);
    arena_deinit(&scratch);
    return NULL;
}
