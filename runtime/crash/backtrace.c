#include "runtime/crash/backtrace.h"

#include "runtime/crash/fault.h"
#include "runtime/crash/image.h"

#include <ucontext.h>
#include <unwind.h>

enum { MAX_STEPS = 128 }; /* of one walk, with the handler's own frames */

struct walk {
    struct backtrace *trace;
    uintptr_t from; /* the frames before this one are the walker's */
    bool is_there;
    int steps;
};

static _Unwind_Reason_Code step(struct _Unwind_Context *context, void *user)
{
    struct walk *walk = user;
    struct backtrace *trace = walk->trace;
    int is_exact = 0; /* of an interrupted frame; a caller's is a return address */
    uintptr_t at = _Unwind_GetIPInfo(context, &is_exact);
    walk->is_there |= at == walk->from;
    if (walk->is_there && at != 0) {
        trace->at[trace->count++] = at - (is_exact == 0 ? 1 : 0);
    }
    bool is_over = trace->count == BACKTRACE_MAX_FRAMES || ++walk->steps == MAX_STEPS;
    return is_over ? _URC_NORMAL_STOP : _URC_NO_REASON;
}

void backtrace_prepare(void)
{
    images_note();
}

void backtrace_here(struct backtrace *trace)
{
    trace->count = 0;
    struct walk walk = {.trace = trace, .from = (uintptr_t)__builtin_return_address(0)};
    (void)_Unwind_Backtrace(step, &walk);
}

/* ---- a signal's ------------------------------------------------------------------------------ */

#if defined(__x86_64__)
static uintptr_t pc_get(const ucontext_t *context)
{
    return (uintptr_t)context->uc_mcontext.gregs[REG_RIP];
}

uintptr_t backtrace_stack_pointer(const void *ucontext)
{
    const ucontext_t *context = ucontext;
    return (uintptr_t)context->uc_mcontext.gregs[REG_RSP];
}

/* As after a return, if a call led to where the thread stands: the return address is on top. */
static void call_undo(ucontext_t *context)
{
    uintptr_t sp = (uintptr_t)context->uc_mcontext.gregs[REG_RSP];
    const uintptr_t *top = (const uintptr_t *)sp; /* NOLINT(performance-no-int-to-ptr) */
    context->uc_mcontext.gregs[REG_RIP] = (greg_t)(*top - 1);
    context->uc_mcontext.gregs[REG_RSP] += (greg_t)sizeof *top;
}
#elif defined(__aarch64__)
static uintptr_t pc_get(const ucontext_t *context)
{
    return (uintptr_t)context->uc_mcontext.pc;
}

uintptr_t backtrace_stack_pointer(const void *ucontext)
{
    const ucontext_t *context = ucontext;
    return (uintptr_t)context->uc_mcontext.sp;
}

static void call_undo(ucontext_t *context)
{
    context->uc_mcontext.pc = context->uc_mcontext.regs[30] - 1;
}
#endif

struct interrupted {
    struct backtrace *trace;
    ucontext_t *context;
};

static void walk_back(void *argument)
{
    const struct interrupted *at = argument;
    struct backtrace *trace = at->trace;
    struct walk walk = {.trace = trace, .from = pc_get(at->context)};
    if (image_find(walk.from) == NULL) {
        trace->at[trace->count++] = walk.from;
        call_undo(at->context);
        walk.from = pc_get(at->context);
    }
    (void)_Unwind_Backtrace(step, &walk);
}

void backtrace_of_signal(struct backtrace *trace, void *ucontext)
{
    struct interrupted at = {.trace = trace, .context = ucontext};
    mcontext_t before = at.context->uc_mcontext;
    trace->count = 0;
    (void)fault_survived(walk_back, &at); /* what was found by then counts */
    at.context->uc_mcontext = before;
    if (trace->count == 0) {
        trace->at[trace->count++] = pc_get(at.context);
    }
}
