/*
 * Where a thread stands: the addresses of its calls, and their names. For reports from inside a
 * signal handler: takes no lock and no memory, makes system calls only to read the program's own
 * symbols, and survives a stack that is destroyed.
 *
 * Built on libgcc's unwinder and the unwind tables that each object brings along
 * (.eh_frame); names come from the program's .symtab, which `strip --strip-debug` leaves.
 */
#pragma once

#include "shared/base/buf.h"

#include <stdint.h>

enum { BACKTRACE_MAX_FRAMES = 32, BACKTRACE_TEXT_BYTES = 3072, BACKTRACE_FRAME_BYTES = 128 };

struct backtrace {
    size_t count;
    uintptr_t at[BACKTRACE_MAX_FRAMES]; /* innermost first; of a caller, the byte before its return
                                           address: inside the call */
};

/* One line a frame: "name+0x1f" in the program; where it has no name, its address in the file,
 * "0x1f40", as addr2line(1) takes it; "libc.so.6+0x8b2a0" elsewhere. Printable ASCII. */
struct backtrace_text {
    size_t count;
    struct str frames[BACKTRACE_MAX_FRAMES]; /* views of `block` */
    size_t own; /* the first frame in the program itself; `count`: there is none */
    char block[BACKTRACE_TEXT_BYTES];
};

/* Before threads and before the first signal; again does nothing. */
void backtrace_prepare(void);

/* The calls of this thread, the caller of this function first. */
void backtrace_here(struct backtrace *trace);

/*
 * The calls that a signal interrupted, in its handler, from the third argument of that (a
 * ucontext_t). Follows a call of a wild function pointer back to its caller. A destroyed stack ends
 * the list early, where the handlers of SIGSEGV and SIGBUS call `fault_escape`.
 */
void backtrace_of_signal(struct backtrace *trace, void *ucontext);

/* Where the stack ended that a signal interrupted. */
uintptr_t backtrace_stack_pointer(const void *ucontext);

/* The frames in one line: "inner+0x1f < outer+0x8". */
void backtrace_join(struct buf *out, const struct backtrace_text *text);

/* Names the frames. Reads /proc/self/exe; without it, or without symbols, addresses remain. */
void backtrace_describe(const struct backtrace *trace, struct backtrace_text *text);
