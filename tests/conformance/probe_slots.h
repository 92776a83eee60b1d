/*
 * What the probe does in slots. "slot who": which slot it is, and how many events it has had.
 * "slot hold x" waits until some slot was given "slot release x": two handlers at a time, then.
 * "slot race" is a mistake: a counter of the process, without a lock.
 */
#pragma once

#include "runtime/lambda.h"

#include "shared/log/log.h"

#include <pthread.h>
#include <stdlib.h>

enum { PROBE_MAX_SLOTS = 128 };

/* A slot's own: without a lock, since nobody else touches it. */
struct probe_slot {
    unsigned index;
    int64_t events;
};

static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool is_released[256]; /* by the name's one letter */
} holds = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

/* PROBE_SLOTS lists slots that do not open, as in ",0,3,", or "all". */
static enum status probe_slot_open(struct ctx *cx, unsigned slot, void *app, void **state)
{
    (void)app;
    static struct probe_slot slots[PROBE_MAX_SLOTS];
    struct str faulty = str_from_cstr(getenv("PROBE_SLOTS"));
    struct str mine = arena_format(cx->arena, ",%u,", slot);
    if (slot >= PROBE_MAX_SLOTS || str_eq(faulty, STR("all")) ||
        str_find(faulty, mine) != SIZE_MAX) {
        return fail(cx, ERR_UNAVAILABLE, "no handle for %u", slot);
    }
    slots[slot].index = slot;
    *state = &slots[slot];
    return OK;
}

static void probe_slot_close(void *state, void *app)
{
    (void)app;
    const struct probe_slot *slot = state;
    LOG(NULL, LOG_INFO, "slot_closed", LOG_I64("index", slot == NULL ? -1 : (int64_t)slot->index));
}

static void hold(unsigned char name)
{
    (void)pthread_mutex_lock(&holds.lock);
    while (!holds.is_released[name]) {
        (void)pthread_cond_wait(&holds.changed, &holds.lock);
    }
    holds.is_released[name] = false;
    (void)pthread_mutex_unlock(&holds.lock);
}

static void let_go(unsigned char name)
{
    (void)pthread_mutex_lock(&holds.lock);
    holds.is_released[name] = true;
    (void)pthread_cond_broadcast(&holds.changed);
    (void)pthread_mutex_unlock(&holds.lock);
}

static enum status run_in_slot(struct ctx *cx, const struct invocation *inv, struct reply *reply,
                               struct str command)
{
    struct probe_slot *own = inv->state;
    if (str_skip_prefix(&command, STR("hold ")) && command.len == 1) {
        hold((unsigned char)command.ptr[0]);
    } else if (str_skip_prefix(&command, STR("release ")) && command.len == 1) {
        let_go((unsigned char)command.ptr[0]);
    }
    if (str_eq(command, STR("race"))) {
        static int64_t nobody_locks;
        nobody_locks++;
    }
    int64_t events = own == NULL ? 0 : ++own->events;
    bool is_own = own == NULL || own->index == inv->slot;
    return reply_json(cx, reply,
                      arena_format(cx->arena, "%u %lld %d %d", inv->slot, (long long)events, is_own,
                                   getenv("_X_AMZN_TRACE_ID") != NULL));
}
