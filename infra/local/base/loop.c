#include "infra/local/base/loop.h"

#include <errno.h>
#include <unistd.h>

enum { BATCH = 64 };

enum status loop_open(struct ctx *cx, struct loop *loop)
{
    loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    return loop->epoll_fd >= 0 ? OK : fail(cx, ERR_INTERNAL, "epoll: %s", strerror(errno));
}

void loop_close(struct loop *loop)
{
    (void)close(loop->epoll_fd);
}

enum status loop_add(struct ctx *cx, struct loop *loop, struct loop_source *source,
                     struct loop_source what)
{
    *source = what;
    struct epoll_event event = {.events = what.events, .data = {.ptr = source}};
    if (epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, what.fd, &event) != 0) {
        int cause = errno;
        (void)close(what.fd);
        source->fn = NULL;
        return fail(cx, ERR_INTERNAL, "epoll: %s", strerror(cause));
    }
    return OK;
}

void loop_watch(struct loop *loop, struct loop_source *source, uint32_t events)
{
    if (source->fn != NULL && source->events != events) {
        struct epoll_event event = {.events = events, .data = {.ptr = source}};
        source->events = events;
        (void)epoll_ctl(loop->epoll_fd, EPOLL_CTL_MOD, source->fd, &event);
    }
}

void loop_remove(struct loop *loop, struct loop_source *source)
{
    if (source->fn != NULL) {
        (void)epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, source->fd, NULL);
        (void)close(source->fd);
        source->fn = NULL;
        source->fd = -1;
    }
}

void loop_wait(struct loop *loop, int timeout_ms)
{
    struct epoll_event batch[BATCH];
    int count = epoll_wait(loop->epoll_fd, batch, BATCH, timeout_ms);
    for (int i = 0; i < count;
         i++) { /* -1, a signal: the caller looks at the clock and comes back */
        struct loop_source *source = batch[i].data.ptr;
        if (source->fn != NULL) {
            source->fn(source->owner, batch[i].events);
        }
    }
}
