/*
 * An echo that counts what the whole process takes from the heap, libcurl included: its own malloc
 * stands before glibc's. The event "allocations" is answered with the count so far.
 */
#include "runtime/lambda.h"

#include <stdatomic.h>
#include <stdlib.h>

/* glibc's own, under the names that nobody replaces. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

static atomic_size_t allocations;

void *malloc(size_t size) /* NOLINT(forbidden-call): this is it */
{
    atomic_fetch_add(&allocations, 1);
    return __libc_malloc(size);
}

void *calloc(size_t nmemb, size_t size) /* NOLINT(forbidden-call): this is it */
{
    atomic_fetch_add(&allocations, 1);
    return __libc_calloc(nmemb, size);
}

void *realloc(void *ptr, size_t size) /* NOLINT(forbidden-call): this is it */
{
    atomic_fetch_add(&allocations, 1);
    return __libc_realloc(ptr, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    atomic_fetch_add(&allocations, 1);
    return __libc_memalign(alignment, size);
}

int posix_memalign(void **memptr, size_t alignment, size_t size)
{
    *memptr = aligned_alloc(alignment, size);
    return *memptr == NULL;
}

static enum status echo(struct ctx *cx, const struct invocation *inv, struct reply *reply,
                        void *app)
{
    (void)app;
    if (str_eq(inv->event, STR("allocations"))) {
        return reply_json(cx, reply, arena_format(cx->arena, "%zu", atomic_load(&allocations)));
    }
    if (str_eq(inv->event, STR("fail"))) {
        return fail(cx, ERR_NOT_FOUND, "no such thing");
    }
    return reply_json(cx, reply, inv->event);
}

int main(void)
{
    return lambda_run(&(struct lambda_options){.handler = echo});
}
