/*
 * Work on memory that may be destroyed, in a signal handler: a fault ends the piece of work, not
 * the report that it is a piece of.
 */
#pragma once

#include <stdbool.h>

/*
 * Calls `work(argument)`. False: it met SIGSEGV or SIGBUS and was left where it stood. Calls may be
 * nested. Only where the handlers of both signals call `fault_escape`.
 */
bool fault_survived(void (*work)(void *), void *argument);

/*
 * In a handler of SIGSEGV and SIGBUS, first thing: leaves the piece of work that this thread is in,
 * if it is in one; else returns. The handler's sigaction needs SA_NODEFER.
 */
void fault_escape(void);
