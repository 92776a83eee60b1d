/*
 * A bootstrap that goes wrong in every way: the event says how. As it ships, without sanitizers,
 * which take signals for themselves.
 */
#include "runtime/lambda.h"

#include "shared/log/log.h"

#include <assert.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

/* Reports name these: nothing may be folded, nor called from the end. */
#define FRAME __attribute__((noinline))

static volatile int after_call;

static FRAME void reads_through_null(void)
{
    static volatile uintptr_t nowhere = 8;
    after_call = *(volatile const int *)nowhere; /* NOLINT(performance-no-int-to-ptr) */
}

static FRAME void reads_through_null_late(void)
{
    (void)usleep(50000); /* until the other end has hung up */
    reads_through_null();
    after_call++;
}

static FRAME void calls_null(void)
{
    static void (*volatile nothing)(void);
    nothing(); /* NOLINT(clang-analyzer-core.CallAndMessage): the point */
    after_call++;
}

static FRAME void gives_up(void)
{
    abort();
}

static FRAME void asserts(void)
{
    assert(after_call < 0); /* NOLINT(cert-dcl03-c,misc-static-assert) */
}

static FRAME void divides(void)
{
    static volatile int zero;
    after_call = 100 / zero; /* NOLINT(clang-analyzer-core.DivideZero): the point */
}

static FRAME void executes_nonsense(void)
{
    __builtin_trap();
}

static FRAME int overflows(volatile int depth)
{
    volatile char room[512] = {0};
    int below = depth < 0 ? 0 : overflows(depth + 1);
    return below + room[(unsigned)depth % sizeof room];
}

static FRAME void recurses(void)
{
    after_call = overflows(0);
}

static FRAME void smashes_the_stack(void)
{
    char room[16];
    volatile char *at = room;
    for (size_t i = 0; i < 256; i++) {
        at[i] = 'A';
    }
    after_call += room[0];
}

static FRAME void signals_itself(void)
{
    (void)kill(getpid(), SIGSEGV);
    after_call++;
}

static void *crashes_elsewhere(void *argument)
{
    reads_through_null();
    return argument;
}

static FRAME void crashes_on_another_thread(void)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, crashes_elsewhere, NULL) == 0) {
        (void)pthread_join(thread, NULL);
    }
}

static FRAME void crashes_on_two_threads(void)
{
    pthread_t threads[2];
    for (size_t i = 0; i < ARRAY_LEN(threads); i++) {
        (void)pthread_create(&threads[i], NULL, crashes_elsewhere, NULL);
    }
    reads_through_null();
    after_call++;
}

static FRAME void crashes_in_a_child(void)
{
    if (fork() == 0) {
        reads_through_null();
    }
    (void)usleep(50000); /* until the child is gone */
}

static volatile bool is_over;

static FRAME void spins(void)
{
    while (!is_over) {
    }
}

static FRAME void sleeps(void)
{
    (void)usleep(600000);
    after_call++;
}

static FRAME void blocks_signals(void)
{
    sigset_t all;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, NULL);
    (void)usleep(400000);
    (void)sigemptyset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, NULL);
}

static const struct {
    struct str name;
    void (*go)(void);
} ways[] = {
    {STR_INIT("segfault"), reads_through_null},
    {STR_INIT("segfault late"), reads_through_null_late},
    {STR_INIT("null call"), calls_null},
    {STR_INIT("abort"), gives_up},
    {STR_INIT("assert"), asserts},
    {STR_INIT("divide"), divides},
    {STR_INIT("illegal"), executes_nonsense},
    {STR_INIT("stack overflow"), recurses},
    {STR_INIT("smashed stack"), smashes_the_stack},
    {STR_INIT("kill"), signals_itself},
    {STR_INIT("thread"), crashes_on_another_thread},
    {STR_INIT("two threads"), crashes_on_two_threads},
    {STR_INIT("child"), crashes_in_a_child},
    {STR_INIT("spin"), spins},
    {STR_INIT("sleep"), sleeps},
    {STR_INIT("block"), blocks_signals},
};

static FRAME void go_wrong(struct str how)
{
    for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
        if (str_eq(how, ways[i].name)) {
            ways[i].go();
            after_call++;
        }
    }
}

static enum status handler(struct ctx *cx, const struct invocation *inv, struct reply *reply,
                           void *app)
{
    (void)app;
    struct str how = inv->event;
    if (str_skip_prefix(&how, STR("\""))) { /* JSON, as Lambda's own API wants it */
        how.len -= how.len > 0 ? 1 : 0;
    }
    bool is_stream = false;
    if (str_skip_prefix(&how, STR("destroy, then "))) {
        memset(cx, 'A', KIB(8)); /* and much of what the library keeps around it */
    }
    if (str_skip_prefix(&how, STR("stream, then "))) {
        is_stream = true;
        TRY(reply_stream(cx, reply, STR("text/plain")));
        TRY(reply_write(cx, reply, STR("so far")));
    }
    go_wrong(how);
    if (is_stream) {
        return reply_write(cx, reply, STR("and more"));
    }
    return reply_bytes(cx, reply, STR("application/x-echo"), inv->event);
}

/* ---- around a snapshot ----------------------------------------------------------------------- */

static enum status hook(struct ctx *cx, const char *when, const char *name)
{
    const char *failing = getenv("FAULTY_HOOK");
    struct str self = arena_format(cx->arena, "%s %s", when, name);
    LOG(NULL, LOG_INFO, "hook", LOG_STR("which", self));
    if (str_eq(self, str_from_cstr(getenv("FAULTY_HOOK_CRASHES")))) {
        reads_through_null();
    }
    return str_eq(self, str_from_cstr(failing)) ? fail(cx, ERR_INTERNAL, "the hook gives up") : OK;
}

static enum status before(struct ctx *cx, void *name)
{
    return hook(cx, "before", name);
}

static enum status after_restore(struct ctx *cx, void *name)
{
    return hook(cx, "after", name);
}

static enum status init(struct ctx *cx, void *app)
{
    static char first[] = "first", second[] = "second";
    (void)app;
    (void)cx;
    lambda_on_snapshot(&(struct lambda_snapshot_hooks){before, after_restore, first});
    lambda_on_snapshot(&(struct lambda_snapshot_hooks){before, after_restore, second});
    lambda_on_snapshot(&(struct lambda_snapshot_hooks){.arg = NULL});
    go_wrong(str_from_cstr(getenv("FAULTY_INIT")));
    return OK;
}

static void after(struct ctx *cx, void *app)
{
    (void)cx;
    (void)app;
    go_wrong(str_from_cstr(getenv("FAULTY_AFTER")));
}

static void at_shutdown(struct ctx *cx, void *app)
{
    (void)app;
    LOG(cx, LOG_INFO, "shutdown_ran", LOG_BOOL("in_time", ctx_remaining_ms(cx, 0) > 300));
    go_wrong(str_from_cstr(getenv("FAULTY_SHUTDOWN")));
}

int main(void)
{
    int64_t margin_ms = 0;
    (void)str_to_i64(str_from_cstr(getenv("FAULTY_MARGIN_MS")), &margin_ms);
    lambda_shutdown_fn *shutdown = getenv("FAULTY_SHUTDOWN") == NULL ? NULL : at_shutdown;
    return lambda_run(&(struct lambda_options){.handler = handler,
                                               .init = init,
                                               .after = after,
                                               .shutdown = shutdown,
                                               .deadline_margin_ms = margin_ms,
                                               .concurrent = getenv("PROBE_CONCURRENT") != NULL});
}
