#include "runtime/sim/sim.h"

#include "runtime/loop/program.h"

#include "shared/base/clock.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { PATIENCE_MS = 10000, OTHERS_MS = 500, BACKLOG = 1024 };

/* ---- waiting --------------------------------------------------------------------------------- */

static struct timespec in_ms(int64_t ms)
{
    struct timespec end;
    (void)clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_sec += ms / 1000;
    end.tv_nsec += ms % 1000 * 1000000;
    if (end.tv_nsec >= 1000000000) {
        end.tv_nsec -= 1000000000;
        end.tv_sec++;
    }
    return end;
}

/* With the lock held; false once the time is over. */
static bool wait_until(struct lambda_sim *sim, const struct timespec *end)
{
    return pthread_cond_clockwait(&sim->changed, &sim->lock, CLOCK_MONOTONIC, end) != ETIMEDOUT;
}

/* It has returned, and the server has seen all that it sent. */
static bool has_ended(const struct lambda_sim *sim)
{
    return sim->has_ended && sim->conns == NULL;
}

/* ---- the program ----------------------------------------------------------------------------- */

static void *program_main(void *sim_)
{
    struct lambda_sim *sim = sim_;
    struct env env = {.runtime_api = sim->address, .max_concurrency = sim->concurrency};
    struct ctx cx = {0};
    enum status status = program_run(&cx, &sim->options.program, &env);
    (void)status; /* it always ends for a reason, which the outcomes tell */
    (void)pthread_mutex_lock(&sim->lock);
    sim->has_ended = true;
    (void)pthread_cond_broadcast(&sim->changed);
    (void)pthread_mutex_unlock(&sim->lock);
    sim_wake(sim);
    return NULL;
}

/* ---- open and close -------------------------------------------------------------------------- */

static bool listen_somewhere(struct lambda_sim *sim)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    struct sockaddr *generic = (struct sockaddr *)&at;
    socklen_t size = sizeof at;
    sim->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    sim->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (sim->listener < 0 || sim->wake < 0 || bind(sim->listener, generic, size) != 0 ||
        listen(sim->listener, BACKLOG) != 0 || getsockname(sim->listener, generic, &size) != 0) {
        return false;
    }
    sim->address = arena_format(&sim->memory, "127.0.0.1:%d", ntohs(at.sin_port));
    sim->concurrency = arena_format(&sim->memory, "%u", sim->options.slots);
    return true;
}

static bool server_start(struct lambda_sim *sim)
{
    errno = pthread_create(&sim->server, NULL, sim_serve, sim);
    return errno == 0;
}

static void server_end(struct lambda_sim *sim)
{
    (void)pthread_mutex_lock(&sim->lock);
    sim->is_over = true;
    (void)pthread_mutex_unlock(&sim->lock);
    sim_wake(sim);
    (void)pthread_join(sim->server, NULL);
}

static bool program_start(struct lambda_sim *sim)
{
    errno = pthread_create(&sim->program, NULL, program_main, sim);
    return errno == 0;
}

static void release(struct lambda_sim *sim)
{
    if (sim->listener >= 0) {
        (void)close(sim->listener);
    }
    if (sim->wake >= 0) {
        (void)close(sim->wake);
    }
    (void)pthread_cond_destroy(&sim->changed);
    (void)pthread_mutex_destroy(&sim->lock);
    struct arena memory = sim->memory;
    arena_deinit(&memory);
}

static struct lambda_sim *failed(struct lambda_sim *sim)
{
    (void)fprintf(stderr, "lambda_sim_open: %s\n", strerrordesc_np(errno));
    release(sim);
    return NULL;
}

static struct lambda_sim *make(const struct lambda_sim_options *options)
{
    struct arena memory;
    arena_init(&memory, 0);
    struct lambda_sim *sim = ARENA_NEW(&memory, struct lambda_sim);
    sim->memory = memory;
    sim->options = *options;
    sim->options.slots = options->slots > 0 ? options->slots : 1;
    sim->options.patience_ms = options->patience_ms > 0 ? options->patience_ms : PATIENCE_MS;
    sim->listener = sim->wake = -1;
    (void)pthread_mutex_init(&sim->lock, NULL);
    (void)pthread_cond_init(&sim->changed, NULL);
    return sim;
}

/* Of every slot; one that does not open is not waited for once the others poll. */
static void await_polls(struct lambda_sim *sim)
{
    struct timespec end = in_ms(sim->options.patience_ms);
    (void)pthread_mutex_lock(&sim->lock);
    while (sim->polls == 0 && !has_ended(sim) && wait_until(sim, &end)) {
    }
    end = in_ms(OTHERS_MS);
    while (sim->polls < sim->options.slots && !has_ended(sim) && wait_until(sim, &end)) {
    }
    (void)pthread_mutex_unlock(&sim->lock);
}

struct lambda_sim *lambda_sim_open(const struct lambda_sim_options *options)
{
    struct lambda_sim *sim = make(options);
    if (!listen_somewhere(sim) || !server_start(sim)) {
        return failed(sim);
    }
    if (!program_start(sim)) {
        server_end(sim);
        return failed(sim);
    }
    await_polls(sim);
    return sim;
}

void lambda_sim_close(struct lambda_sim *sim)
{
    (void)pthread_mutex_lock(&sim->lock);
    sim->is_closing = true;
    (void)pthread_mutex_unlock(&sim->lock);
    sim_wake(sim);
    (void)pthread_join(sim->program, NULL);
    server_end(sim);
    release(sim);
}

/* ---- events ---------------------------------------------------------------------------------- */

static void turn_add(struct lambda_sim *sim, struct sim_turn *turn)
{
    struct sim_turn **last = &sim->turns;
    while (*last != NULL) {
        last = &(*last)->next;
    }
    *last = turn;
}

/* Nothing of the server points to it any more. */
static void turn_remove(struct lambda_sim *sim, const struct sim_turn *turn)
{
    struct sim_turn **at = &sim->turns;
    while (*at != turn) {
        at = &(*at)->next;
    }
    *at = turn->next;
    for (struct sim_conn *conn = sim->conns; conn != NULL; conn = conn->next) {
        conn->turn = conn->turn == turn ? NULL : conn->turn;
    }
}

static struct str id_make(struct lambda_sim *sim, const struct lambda_sim_event *event)
{
    sim->events++;
    return event->request_id.len > 0
               ? event->request_id
               : arena_format(&sim->memory, "sim-%llu", (unsigned long long)sim->events);
}

void lambda_sim_invoke(struct lambda_sim *sim, const struct lambda_sim_event *event,
                       struct lambda_sim_outcome *outcome)
{
    struct sim_turn turn = {.event = event, .out = outcome};
    struct timespec end = in_ms(sim->options.patience_ms);
    *outcome = (struct lambda_sim_outcome){0};
    (void)pthread_mutex_lock(&sim->lock);
    turn.id = id_make(sim, event);
    turn_add(sim, &turn);
    sim_wake(sim);
    while (!turn.is_over && !has_ended(sim) && wait_until(sim, &end)) {
    }
    turn_remove(sim, &turn);
    (void)pthread_mutex_unlock(&sim->lock);
}

const struct lambda_sim_outcome *lambda_sim_init(struct lambda_sim *sim)
{
    (void)pthread_mutex_lock(&sim->lock);
    const struct lambda_sim_outcome *init = &sim->init;
    (void)pthread_mutex_unlock(&sim->lock);
    return init;
}

bool lambda_sim_has_ended(struct lambda_sim *sim)
{
    (void)pthread_mutex_lock(&sim->lock);
    bool ended = sim->has_ended;
    (void)pthread_mutex_unlock(&sim->lock);
    return ended;
}
