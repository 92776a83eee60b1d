/*
 * Runs a function in a child process, whose standard error is dropped: for what must end the
 * process, an assert or a sanitizer's report.
 */
#pragma once

/* The child's status as waitpid gives it; 0 if the function returned. */
int death_status(void (*fn)(void *), void *argument);
