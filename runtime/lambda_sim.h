/*
 * A simulator of Lambda for unit tests, in the test's own process: the real loop in a thread, over
 * real sockets, against a Runtime API that does what the test says.
 *
 *   struct lambda_sim *sim = lambda_sim_open(&(struct lambda_sim_options){
 *       .program = {.handler = hello}});
 *   struct lambda_sim_outcome out;
 *   lambda_sim_invoke(sim, &(struct lambda_sim_event){.event = STR("{}")}, &out);
 *   assert(out.posted == LAMBDA_SIM_RESPONSE && str_eq(out.body, STR("{\"hello\":\"world\"}")));
 *   lambda_sim_close(sim);
 *
 * The handler runs in a thread that is not the test's: what both touch wants a lock, unless the
 * test touches it only between invocations. `init`, `after` and `slot_open` run as they do in
 * Lambda, and `lambda_sim_invoke` returns once `after` is through. A process may have many
 * simulators, at once or one after the other; what stays of one is nothing. What belongs to a whole
 * process is not simulated: SIGTERM, snapshots, reports of crashes.
 *
 * Not in lambda.h: only what includes this file links the simulator.
 */
#pragma once

#include "runtime/lambda.h"

struct lambda_sim;

struct lambda_sim_options {
    struct lambda_options program; /* what `main` would give to lambda_run */
    unsigned slots;                /* as AWS_LAMBDA_MAX_CONCURRENCY; 0: 1 */
    int64_t patience_ms;           /* of each call, for a program that does nothing; 0: 10 s */
};

/*
 * One event and what befalls it. What is empty is not sent, but for the request id: it is "sim-1",
 * "sim-2" and so on.
 */
struct lambda_sim_event {
    struct str event, content_type; /* empty type: application/json */
    struct str request_id, invocation_id, function_arn, trace_id, tenant_id;
    struct str client_context, cognito_identity; /* JSON */
    int64_t timeout_ms; /* the function's: the deadline, from now; 0: none is sent */

    /*
     * HTTP statuses for the polls before the event is given (204, 403 ...) and for each post of its
     * answer, the last one for all that follow; none: 202. 0 hangs up in place of an answer.
     */
    const int *poll_statuses, *post_statuses;
    size_t poll_status_count, post_status_count;
    int64_t post_delay_ms; /* before each of these answers */
    bool post_is_early;    /* the answer does not wait for the post's body */
};

enum lambda_sim_posted {
    LAMBDA_SIM_NOTHING, /* the program ended before, or did nothing for `patience_ms` */
    LAMBDA_SIM_RESPONSE,
    LAMBDA_SIM_ERROR
};

struct lambda_sim_field {
    struct str name, value;
};

/* What the program did with it. Everything lives until `lambda_sim_close`. */
struct lambda_sim_outcome {
    enum lambda_sim_posted posted; /* the first post; what follows is about it */
    struct str content_type, body; /* of a stream: all that came, without the frames */
    bool is_streamed;              /* response mode "streaming" */
    bool is_whole;                 /* it ended as HTTP wants, and not with the connection */
    struct str error_type;         /* from the header, or from a stream's trailer */
    struct str error_message;      /* from the body, or from a stream's trailer */
    const struct str *chunks;      /* of a stream, one for each write */
    size_t chunk_count;
    const struct lambda_sim_field *headers, *trailers; /* as sent */
    size_t header_count, trailer_count;
    int status;       /* what the first post was answered with; 0: it was not */
    size_t posts;     /* how many came: a post whose connection broke may come again */
    bool polls_again; /* the program waits for the next event */
};

/*
 * Starts a program and returns once it waits for an event, or has ended. NULL: no socket or no
 * thread could be had; standard error has the reason.
 */
struct lambda_sim *lambda_sim_open(const struct lambda_sim_options *options);

/* How init went: LAMBDA_SIM_NOTHING if all is well, LAMBDA_SIM_ERROR if it was reported. */
const struct lambda_sim_outcome *lambda_sim_init(struct lambda_sim *sim);

/*
 * Gives the program one event and waits until it polls again, or ends. May be called by several
 * threads at once, where the program has as many slots; without, they take turns.
 */
void lambda_sim_invoke(struct lambda_sim *sim, const struct lambda_sim_event *event,
                       struct lambda_sim_outcome *outcome);

/* The program is gone: init failed, a status 500, a slot that could not go on. */
bool lambda_sim_has_ended(struct lambda_sim *sim);

/*
 * Ends the program between two events, and gives everything back. Waits for a handler at work; of
 * several slots for two seconds at most, and a handler must not outlive that.
 */
void lambda_sim_close(struct lambda_sim *sim);

/* The value of the first such header or trailer, in any case; empty: there is none. */
struct str lambda_sim_header(const struct lambda_sim_outcome *outcome, struct str name);
struct str lambda_sim_trailer(const struct lambda_sim_outcome *outcome, struct str name);
