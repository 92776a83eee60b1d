/*
 * Answers that are asked for again until they are there: predictions of Replicate's. What runs
 * there is billed while it runs, so that whoever does not wait for its end stops it.
 */
#include "shared/llm/call/internal.h"

enum { MAX_FAILED_POLLS = 5, POLL_TIMEOUT_MS = 70 * 1000, CANCEL_TIMEOUT_MS = 1000 };

struct following {
    struct llm_call *call;
    const struct llm_target *target;
    const struct llm_wire *wire;
};

/* In the reserve before the deadline. Whether it was stopped changes nothing for us. */
static void cancel(struct ctx *cx, const struct following *f, struct str pending)
{
    struct err err = cx->err;
    int64_t deadline_ms = cx->deadline_ms;
    struct llm_exchange x = {.target = f->target};
    struct llm_wire_request request = {0};
    cx->deadline_ms = f->call->deadline_ms;
    if (f->wire->cancel != NULL && f->wire->cancel(cx, pending, &request) &&
        llm_exchange_open(cx, f->call, &x, &request, CANCEL_TIMEOUT_MS) == OK) {
        llm_exchange_close(f->call, &x);
    }
    cx->deadline_ms = deadline_ms;
    cx->err = err;
}

/* A poll bills nothing: what fails for now is asked again. */
static enum status poll_once(struct ctx *cx, const struct following *f,
                             const struct llm_wire_request *next, struct str *body,
                             bool *is_passing)
{
    struct llm_exchange x = {.target = f->target};
    enum status status = llm_exchange_open(cx, f->call, &x, next, POLL_TIMEOUT_MS);
    *is_passing = status == ERR_UPSTREAM || status == ERR_TIMEOUT;
    if (status == OK && (x.res.status < 200 || x.res.status > 299)) {
        *is_passing = x.res.status == 429 || x.res.status >= 500;
        status = fail(cx, ERR_UPSTREAM, "HTTP %d", x.res.status);
    } else if (status == OK) {
        status = llm_exchange_rest(cx, f->call, &x, LLM_MAX_ANSWER_BYTES, body);
        *is_passing = status != ERR_TOO_LARGE;
    }
    llm_exchange_close(f->call, &x);
    return status;
}

static enum status poll(struct ctx *cx, const struct following *f, const struct llm_follow *follow,
                        struct str *body)
{
    for (unsigned failed = 0;; failed++) {
        bool is_passing = false;
        if (ctx_remaining_ms(cx, INT64_MAX) <= follow->wait_ms) {
            return fail(cx, ERR_TIMEOUT, "the answer was not ready in time");
        }
        llm_wait(f->call, follow->wait_ms);
        if (poll_once(cx, f, &follow->next, body, &is_passing) == OK) {
            return OK;
        }
        if (!is_passing || failed == MAX_FAILED_POLLS) {
            return err_while(cx, ERR_UPSTREAM, "asking for an answer again");
        }
        err_clear(cx);
    }
}

enum status llm_follow_up(struct ctx *cx, struct llm_call *call, const struct llm_target *target,
                          const struct llm_wire *wire, struct str *body)
{
    const struct following f = {.call = call, .target = target, .wire = wire};
    for (;;) {
        struct llm_follow follow = {0};
        TRY(wire->follow(cx, *body, &follow));
        if (!follow.is_pending) {
            return OK;
        }
        struct str pending = *body;
        enum status status = poll(cx, &f, &follow, body);
        if (status != OK) {
            cancel(cx, &f, pending);
            return status;
        }
    }
}
