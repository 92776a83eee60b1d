#include "runtime/crash/backtrace.h"

#include "runtime/crash/fault.h"
#include "tests/support/check.h"

#include <signal.h>
#include <ucontext.h>
#include <unistd.h>

/* The unwinder meets the frames of these; nothing may be folded, nor called from the end. */
#define FRAME __attribute__((noinline))

static struct backtrace trace;
static volatile int after_call;

static FRAME void stands_here(void)
{
    backtrace_here(&trace);
    after_call++;
}

static FRAME void calls_it(void)
{
    stands_here();
    after_call++;
}

static struct str describe(struct backtrace_text *text, size_t frame)
{
    backtrace_describe(&trace, text);
    assert_true(frame < text->count);
    return text->frames[frame];
}

static void check_frame(size_t frame, const char *name)
{
    struct backtrace_text text;
    struct str got = describe(&text, frame);
    if (!str_has_prefix(got, str_from_cstr(name)) || got.ptr[strlen(name)] != '+') {
        CHECK_FAILED("frame %zu: got \"" STR_FMT "\", want %s+0x...\n", frame, STR_ARG(got), name);
    }
}

static void the_calls_of_this_thread_are_named_innermost_first(void **state)
{
    (void)state;
    calls_it();
    check_frame(0, "stands_here");
    check_frame(1, "calls_it");
    check_frame(2, "the_calls_of_this_thread_are_named_innermost_first");
    struct backtrace_text text;
    backtrace_describe(&trace, &text);
    CHECK_I64("first of the program", text.own, 0);
}

/* ---- a signal's ------------------------------------------------------------------------------ */

static sigjmp_buf out_of_signal;

static bool destroys_stack;

static void stack_destroy(ucontext_t *context)
{
#if defined(__x86_64__)
    context->uc_mcontext.gregs[REG_RSP] = 8;
    context->uc_mcontext.gregs[REG_RBP] = 8;
#else
    context->uc_mcontext.sp = 8;
    context->uc_mcontext.regs[29] = 8;
#endif
}

static void on_signal(int number, siginfo_t *info, void *context)
{
    (void)info;
    fault_escape();
    if (destroys_stack) {
        stack_destroy(context);
    }
    backtrace_of_signal(&trace, context);
    if (number == SIGSEGV || number == SIGBUS) {
        siglongjmp(out_of_signal, 1);
    }
}

static void catch_on_other_stack(int number)
{
    static char stack[256 * 1024];
    stack_t other = {.ss_sp = stack, .ss_size = sizeof stack};
    struct sigaction action = {.sa_sigaction = on_signal,
                               .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER | SA_RESTART};
    assert_int_equal(sigaltstack(&other, NULL), 0);
    assert_int_equal(sigaction(number, &action, NULL), 0);
}

static void leave(int number)
{
    stack_t none = {.ss_flags = SS_DISABLE};
    (void)signal(number, SIG_DFL);
    (void)sigaltstack(&none, NULL);
}

static FRAME void signals_itself(void)
{
    (void)raise(SIGUSR1);
    after_call++;
}

static void a_signal_shows_what_it_interrupted(void **state)
{
    (void)state;
    catch_on_other_stack(SIGUSR1);
    signals_itself();
    leave(SIGUSR1);
    struct backtrace_text text;
    backtrace_describe(&trace, &text);
    assert_true(text.own < text.count);
    check_frame(text.own, "signals_itself");
    check_frame(text.own + 1, "a_signal_shows_what_it_interrupted");
}

static FRAME void reads_through_null(void)
{
    static volatile uintptr_t nowhere = 8;
    after_call = *(volatile const int *)nowhere; /* NOLINT(performance-no-int-to-ptr) */
}

static FRAME void calls_null(void)
{
    static void (*volatile nothing)(void);
    nothing(); /* NOLINT(clang-analyzer-core.CallAndMessage): the point */
    after_call++;
}

static FRAME int overflows(volatile int depth)
{
    volatile char room[512] = {0};
    int below = depth < 0 ? 0 : overflows(depth + 1);
    return below + room[(unsigned)depth % sizeof room];
}

static FRAME void runs_over(void)
{
    after_call = overflows(0);
}

static void faults(void (*how)(void))
{
    catch_on_other_stack(SIGSEGV);
    catch_on_other_stack(SIGBUS);
    if (sigsetjmp(out_of_signal, 1) == 0) {
        how();
        CHECK_FAILED("no fault\n");
    }
    leave(SIGSEGV);
    leave(SIGBUS);
}

static void a_bad_read_shows_its_function(void **state)
{
    (void)state;
    faults(reads_through_null);
    check_frame(0, "reads_through_null");
    check_frame(1, "faults");
}

static void a_call_of_a_null_pointer_shows_its_caller(void **state)
{
    (void)state;
    faults(calls_null);
    struct backtrace_text text;
    CHECK_STR("where it went", describe(&text, 0), STR("0x0"));
    check_frame(1, "calls_null");
    check_frame(2, "faults");
}

static void an_overflown_stack_shows_its_newest_calls(void **state)
{
    (void)state;
    faults(runs_over);
    CHECK_I64("frames", trace.count, BACKTRACE_MAX_FRAMES);
    check_frame(BACKTRACE_MAX_FRAMES - 1, "overflows"); /* the newest may be a sanitizer's */
}

static void a_destroyed_stack_still_shows_where_it_ended(void **state)
{
    (void)state;
    destroys_stack = true;
    faults(reads_through_null);
    destroys_stack = false;
    CHECK_I64("frames", trace.count, 1);
    check_frame(0, "reads_through_null");
}

int main(void)
{
    backtrace_prepare();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_calls_of_this_thread_are_named_innermost_first),
        cmocka_unit_test(a_signal_shows_what_it_interrupted),
        cmocka_unit_test(a_bad_read_shows_its_function),
        cmocka_unit_test(a_call_of_a_null_pointer_shows_its_caller),
        cmocka_unit_test(an_overflown_stack_shows_its_newest_calls),
        cmocka_unit_test(a_destroyed_stack_still_shows_where_it_ended),
    };
    return cmocka_run_group_tests_name("backtrace", tests, NULL, NULL);
}
