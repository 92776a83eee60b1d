/*
 * The slots of a program. Each is a thread (the first is the thread that called), with its own
 * connections and memory, that polls for itself: Lambda managed instances give a process up to
 * AWS_LAMBDA_MAX_CONCURRENCY events at a time. A slot that ends does not end the others. Source:
 * AWS Lambda Developer Guide, "runtimes-custom", "lambda-managed-instances".
 */
#pragma once

#include "runtime/core/slot.h"

/* A slot's work, on its thread, from its first poll on. As `serve` (serve.h). */
typedef enum status slot_work_fn(struct slot *slot);

/*
 * Gives `program` its slots: as many as Lambda admits if the function is concurrent, else one.
 * They, and what they need, live in `memory`; `work` is what each does. Logs what does not fit
 * together.
 */
void slots_init(struct program *program, struct arena *memory, slot_work_fn *work);

/* The one whose thread calls `slots_run`; for the program's init and what must be before a poll. */
struct slot *slots_first(const struct program *program);

/*
 * Starts the threads and opens all slots, each on its own thread; they wait. A slot that does not
 * open is logged and stays out.
 *
 * As `slot_open`: none opened, the words of the first are in its `cx.err`
 */
enum status slots_open(struct program *program) MUST_CHECK;

/*
 * Lets the slots that opened serve events until all have ended; the calling thread is the first.
 * `cx->err` says why the last one ended, or who ended all of them. To be called after `slots_open`.
 *
 * ERR_UPSTREAM     HTTP 500 from Lambda
 * ERR_UNAVAILABLE  the last slot got no event
 * ERR_INVALID      the address of the Runtime API is no part of a URL
 */
enum status slots_run(struct ctx *cx, struct program *program) MUST_CHECK;

/*
 * Gives back what they hold. False: a handler is still at work after a 500, its thread goes on; the
 * memory must stay, and the process should end.
 */
bool slots_deinit(struct program *program) MUST_CHECK;

/* A slot has an event; logs, once a minute at most, that now all have: Lambda refuses more. */
void slots_take(struct program *program);

/*
 * Starts a slot in place of `stuck`, whose handler does not return; that one ends once it does.
 * False: there were as many replacements as slots, or no thread can be had. From any thread.
 */
bool slots_replace(struct slot *stuck) MUST_CHECK;
