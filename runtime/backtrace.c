#include "runtime/backtrace.h"

#include "runtime/image.h"

#include <setjmp.h>
#include <ucontext.h>
#include <unwind.h>

enum { MAX_STEPS = 128 }; /* of one walk, with the handler's own frames */

/* Where a fault in the walk goes; NULL: no walk is on. */
static _Thread_local sigjmp_buf *volatile escape;

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

static void call_undo(ucontext_t *context)
{
    context->uc_mcontext.pc = context->uc_mcontext.regs[30] - 1;
}
#endif

/* Also where a fault in the walk comes back to: what is in `trace` by then counts. */
static void walk_guarded(struct backtrace *trace, ucontext_t *context)
{
    sigjmp_buf back;
    mcontext_t before = context->uc_mcontext;
    if (sigsetjmp(back, 1) == 0) {
        escape = &back;
        struct walk walk = {.trace = trace, .from = pc_get(context)};
        if (image_find(walk.from) == NULL) {
            trace->at[trace->count++] = walk.from;
            call_undo(context);
            walk.from = pc_get(context);
        }
        (void)_Unwind_Backtrace(step, &walk);
    }
    escape = NULL;
    context->uc_mcontext = before;
}

void backtrace_of_signal(struct backtrace *trace, void *ucontext)
{
    trace->count = 0;
    walk_guarded(trace, ucontext);
    if (trace->count == 0) {
        trace->at[trace->count++] = pc_get(ucontext);
    }
}

void backtrace_escape(void)
{
    sigjmp_buf *back = escape;
    if (back != NULL) {
        escape = NULL;
        siglongjmp(*back, 1);
    }
}
