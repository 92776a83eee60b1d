/*
 * The simulator inside: what its two sides share. The test's thread gives turns and waits (sim.c);
 * the server's thread has the sockets (sim_server.c), decides what a request means (sim_route.c)
 * and writes down what came (sim_outcome.c). The program under test is a third one.
 */
#pragma once

#include "runtime/sim/sim_request.h"

#include <pthread.h>

enum sim_conn_state {
    SIM_CONN_READING, /* a request is to come, or comes */
    SIM_CONN_POLLING, /* it waits for an event */
    SIM_CONN_DUE,     /* its answer goes out at `answer_at_us` */
    SIM_CONN_PARKED   /* nothing is ever sent, nor read */
};

struct sim_conn {
    struct arena memory; /* of this struct; `bytes` is of the request and its answer */
    struct arena bytes;
    struct sim_conn *next;
    struct sim_turn *turn; /* whose event it was given last */
    struct sim_request request;
    struct str answer;
    int64_t answer_at_us;
    int fd; /* -1: to be taken off */
    enum sim_conn_state state;
    bool hang_up; /* in place of the answer */
};

/* An event on its way; on the stack of the thread that invokes. */
struct sim_turn {
    const struct lambda_sim_event *event;
    struct lambda_sim_outcome *out;
    struct sim_turn *next;
    struct str id;
    size_t polls; /* that were refused, as scripted */
    bool is_given, is_over;
    bool has_conn; /* the connection that took the event is still there */
};

struct lambda_sim {
    struct arena memory; /* of this struct and of every outcome */
    struct lambda_sim_options options;
    struct str address, concurrency;
    pthread_t server, program;
    int listener, wake;

    pthread_mutex_t lock; /* of all that follows, and of `memory` */
    pthread_cond_t changed;
    struct lambda_sim_outcome init;
    struct sim_turn *turns; /* oldest first */
    struct sim_conn *conns;
    uint64_t events;
    uint64_t polls;  /* that were not refused */
    bool has_ended;  /* the program has returned */
    bool is_closing; /* no more events: polls are answered 500 */
    bool is_over;    /* the server ends */
};

/* The server's thread: from here until `is_over`. */
void *sim_serve(void *sim);
/* It looks at the struct anew. */
void sim_wake(const struct lambda_sim *sim);

/* Called by the server with the lock held. */

/* Fills `out` from a post, whole or cut short. Of an event's posts the first counts. */
void sim_outcome_record(struct lambda_sim *sim, const struct sim_request *request,
                        enum lambda_sim_posted posted, struct lambda_sim_outcome *out);

/* A request is there, whole, or its head, of one that is to be answered early. */
void sim_route(struct lambda_sim *sim, struct sim_conn *conn);
/* It has a head and is not whole: may it be answered already? */
bool sim_route_is_early(const struct lambda_sim *sim, const struct sim_conn *conn);
/* The connection has ended in the middle of a request. */
void sim_route_cut(struct lambda_sim *sim, struct sim_conn *conn);
/* Gives events to the polls that wait. */
void sim_route_polls(struct lambda_sim *sim);
/* The connection is no more. */
void sim_route_gone(struct lambda_sim *sim, const struct sim_conn *conn);
