/*
 * All that serves one event at a time: a connection to the Runtime API, memory, the event itself. A
 * process has one slot, or one per thread.
 *
 * Who answers. Each event is answered once. As a rule it is the slot's own thread that does it, but
 * the handler may be stuck, or crash. So an answer begins with `slot_claim`: one of those who try
 * gets it, the others leave the event alone. A turn's number makes sure that somebody who looked at
 * one event cannot claim the next.
 *
 * An event whose answer is a stream is claimed with the stream's lock held, so that no claim falls
 * between the handler's look at who answers and its first byte:
 *
 *   lock the stream -> claim -> the stream has begun ? end it : post the error -> unlock -> release
 */
#pragma once

#include "runtime/core/env.h"
#include "runtime/core/next.h"
#include "runtime/core/stream.h"
#include "runtime/wire/api.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

/* What all slots share. */
struct program {
    const struct lambda_options *options;
    struct env env;
    bool is_concurrent; /* more than one slot */
    int stop_fd;        /* can be read once no slot shall poll any more; -1: there is one slot */
    atomic_uint busy;   /* slots with an event */
    struct slots *slots;
};

enum answerer {
    ANSWERER_NOBODY, /* so far */
    ANSWERER_LOOP,   /* the slot's thread: the handler's reply, or its failure */
    ANSWERER_GUARD,  /* the deadline guard, in the handler's place */
    ANSWERER_CRASH   /* a signal handler: the process ends */
};

struct slot {
    unsigned index;
    struct program *program;
    struct api api; /* polls, and buffered answers of this thread; nobody else's but in a crash */
    struct stream stream; /* of the turn; its lock says who may use it */
    struct arena arena;
    struct ctx cx;
    struct turn turn; /* counts while one is open */
    void *state;      /* the function's own: what `slot_open` made */
    pthread_t thread;
    int64_t began_ms;             /* Unix epoch: the turn */
    _Atomic int64_t guard_due_ms; /* when the deadline guard answers in its place; 0: never */
    uint64_t stuck_turn;          /* the guard's: answered for, maybe still at work; 0: none */
    void *crash_stack;            /* of the thread's crash handler; NULL: it has none of ours */
    stack_t stack_before;         /* what the thread had instead */
    bool is_open;                 /* `slot_open` is done, `slot_close` is not */
    atomic_bool must_end;         /* no further event: another slot has taken its place */

    uint64_t turns;          /* begun so far */
    _Atomic uint64_t answer; /* 0: no turn is open; else turn number * 4 + answerer */
    pthread_mutex_t lock;    /* of `is_answered` */
    pthread_cond_t answered; /* `is_answered` became true */
    bool is_answered;        /* whoever claimed the turn in place of the loop is done */
};

void slot_init(struct slot *slot, unsigned index, struct program *program);
void slot_deinit(struct slot *slot);

/* Makes the function's own state of a slot; not OK: as the function's `slot_open`. */
enum status slot_open(struct slot *slot) MUST_CHECK;
void slot_close(struct slot *slot);

/* The calling thread's slot from here on; NULL: none. */
void slot_enter(struct slot *slot);
/* The slot whose thread calls; NULL: it is a foreign thread. Safe in a signal handler. */
struct slot *slot_current(void);

/* ---- turns: called by the slot's thread ------------------------------------------------------ */

/* `slot->turn` is there. */
void slot_turn_begin(struct slot *slot);
/* If another one claimed the turn, waits until it is done: it still reads `turn`. */
void slot_turn_end(struct slot *slot);

/* ---- answers: from any thread ---------------------------------------------------------------- */

/* The number of the turn that nobody has claimed yet; 0: there is none. Safe in a signal handler.
 */
uint64_t slot_open_turn(const struct slot *slot);
/* True: the caller answers that turn, nobody else. Safe in a signal handler. */
bool slot_claim(struct slot *slot, uint64_t turn, enum answerer who);
/* Whether that turn is not over, and `who` answers it. */
bool slot_is_answered_by(const struct slot *slot, uint64_t turn, enum answerer who);
/* The guard is done with the turn it claimed, and reads nothing of the slot any more. */
void slot_release(struct slot *slot);
