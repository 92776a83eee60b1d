/*
 * One bootstrap as a process: its own group, its own empty scratch folder (also its working folder
 * and TMPDIR), nothing of our environment but what is given. It dies with us.
 */
#pragma once

#include "shared/base/ctx.h"

#include <sys/types.h>

enum { PROCESS_PATH_MAX = 512 };

struct process {
    pid_t pid;
    int pid_fd;         /* readable once it has ended; close-on-exec, the caller's to close */
    int out_fd, err_fd; /* its standard output and error, not blocking; the caller's to close */
    char scratch[PROCESS_PATH_MAX];
};

struct process_options {
    char *path;          /* the bootstrap, absolute */
    char *const *env;    /* NAME=VALUE, NULL-terminated */
    const char *scratch; /* a folder that does not exist yet */
};

/*
 * Starts it; returns once exec has succeeded or failed.
 *
 * ERR_NOT_FOUND  no such file, or it cannot be executed
 * ERR_CONFLICT   somebody has it open for writing
 * ERR_INTERNAL   no process, pipe or folder to be had
 */
enum status process_start(struct ctx *cx, const struct process_options *options,
                          struct process *process) MUST_CHECK;
/* Kills it, waits for its end, closes what is still its own: for a start that came to nothing. */
void process_abandon(struct process *process);
/* Signals the whole group. Does nothing once it is reaped. */
void process_signal(const struct process *process, int signal);
struct process_end {
    bool signaled;
    int code;        /* exit code, or the signal's number */
    int64_t peak_mb; /* resident memory, of the leader and what it waited for */
};

/* True if it has ended: it is reaped, what is left of its group killed, its scratch folder removed.
 */
bool process_reap(struct process *process, struct process_end *end);
/* Peak resident memory in MiB, rounded up, so far; 0 if it cannot be read. */
int64_t process_peak_mb(const struct process *process);
/* Removes a folder and what is in it. */
void folder_remove(const char *path);
