/*
 * An emulator of tests/emulators as a process of a test: it ends with the test, whatever happens.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

struct emulator {
    pid_t pid; /* 0: it does not run */
    char url[64];
};

/*
 * Runs `python3 -B` with `arguments` (NULL-terminated, the program first) and waits until it says
 * "listening on URL". Its standard error goes to the end of `log_path`. False: it did not start.
 */
bool emulator_start(struct emulator *emulator, const char *const *arguments, const char *log_path);
/* Ends it, so that its address answers nobody. */
void emulator_kill(struct emulator *emulator);
