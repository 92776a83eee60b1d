/*
 * One thread, one epoll: descriptors and who hears of them. A source's memory must stay valid until
 * the batch in which it was removed has ended; removal inside a batch is safe, later events of that
 * batch for the same source are dropped.
 */
#pragma once

#include "shared/base/ctx.h"

#include <sys/epoll.h>

typedef void loop_fn(void *owner, uint32_t events);

struct loop {
    int epoll_fd;
};

struct loop_source {
    int fd;
    loop_fn *fn; /* NULL: not watched, and `fd` is not ours */
    void *owner;
    uint32_t events;
};

/* ERR_INTERNAL: the system has no descriptor left. */
enum status loop_open(struct ctx *cx, struct loop *loop) MUST_CHECK;
void loop_close(struct loop *loop);
/* Watches `fd`, which the source owns from now on. ERR_INTERNAL: as above; `fd` is closed. */
enum status loop_add(struct ctx *cx, struct loop *loop, struct loop_source *source,
                     struct loop_source what) MUST_CHECK;
/* Changes which events are heard; nothing happens if they are the same. */
void loop_watch(struct loop *loop, struct loop_source *source, uint32_t events);
/* Stops watching and closes the descriptor. Does nothing for a source that is not watched. */
void loop_remove(struct loop *loop, struct loop_source *source);
/* Waits for one batch, at most `timeout_ms` (-1: for ever), and tells its owners. */
void loop_wait(struct loop *loop, int timeout_ms);
