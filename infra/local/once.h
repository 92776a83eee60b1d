/*
 * `clambda-local invoke FUNCTION`: one event for one instance, and its answer on standard output.
 */
#pragma once

#include "infra/local/lambda/pool.h"
#include "infra/local/options.h"

struct once {
    struct ctx *cx; /* the answer is copied into its arena */
    struct invocation inv;
    bool is_done;
    enum outcome outcome;
    struct str answer;
};

/*
 * Reads the event and the client context of the options, and invokes. The pool must be turned until
 * `is_done`. ERR_INVALID: no such function, no such file, or not JSON.
 */
enum status once_begin(struct ctx *cx, struct once *once, struct pool *pool,
                       const struct template *t, const struct options *options) MUST_CHECK;
/* Prints the answer and a line end. 0: an answer; 1: an error of the function. */
int once_tell(const struct once *once);
