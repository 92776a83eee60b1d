/*
 * A crash becomes an error report: a signal handler that tells Lambda which invocation failed, with
 * a backtrace, logs it, and lets the signal end the process as it would have. Without it the caller
 * sees Runtime.ExitError and nobody knows why.
 *
 * In the handler: no lock, no memory, only what signal-safety(7) admits, and mmap(2). Works on a
 * stack that has overflown (the alternate stack) and on memory that is destroyed (fault.h).
 */
#pragma once

#include "runtime/core/slot.h"

/*
 * Takes SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT and SIGSYS; one that has a handler already keeps
 * it. Once, before threads.
 */
void crash_watch(void);

/* The calling thread serves `slot` until `crash_leave`: its events are reported, and it gets a
 * stack for the handler. */
void crash_enter(struct slot *slot);
void crash_leave(struct slot *slot);

/*
 * While no event is served: a crash is posted to `path`, such as "/init/error", through `slot`.
 * NULL: that is over.
 */
void crash_in_phase(struct slot *slot, const char *path);
