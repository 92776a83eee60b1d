#include "tests/bench/program.h"

#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { STATUS_MAX = 4096, DECIMAL = 10 };

pid_t program_start(char *const *argv, int cpu, const char *log)
{
    pid_t pid = fork();
    if (pid < 0) {
        perror("fork");
        exit(EXIT_FAILURE); /* NOLINT(concurrency-mt-unsafe): one thread */
    }
    if (pid > 0) {
        (void)setpgid(pid, pid); /* here and there: whoever comes first */
        return pid;
    }
    (void)setpgid(0, 0);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (cpu >= 0) {
        cpu_set_t set;
        CPU_ZERO(&set);
        CPU_SET((size_t)cpu, &set);
        (void)sched_setaffinity(0, sizeof set, &set);
    }
    int fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    (void)dup2(fd, STDOUT_FILENO);
    (void)dup2(fd, STDERR_FILENO);
    (void)execvp(argv[0], argv);
    perror(argv[0]);
    _exit(127);
}

/* ---- all processes of a group ---------------------------------------------------------------- */

/* Reads a small file of /proc into `text`, which it ends with NUL. */
static ssize_t proc_read(pid_t pid, const char *name, char *text)
{
    char path[64];
    (void)snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, text, STATUS_MAX - 1);
    if (fd >= 0) {
        (void)close(fd);
    }
    text[n < 0 ? 0 : n] = '\0';
    return n;
}

/* The fifth field of /proc/PID/stat; a name in parentheses may hold anything. */
static pid_t group_of(pid_t pid)
{
    char stat[STATUS_MAX];
    int group = -1;
    char state = 0;
    int parent = 0;
    const char *after = proc_read(pid, "stat", stat) > 0 ? strrchr(stat, ')') : NULL;
    /* NOLINTNEXTLINE(cert-err34-c): the kernel writes numbers */
    if (after == NULL || sscanf(after + 1, " %c %d %d", &state, &parent, &group) != 3) {
        return -1;
    }
    return group;
}

static int64_t cpu_ns_of(pid_t pid)
{
    clockid_t clock = 0;
    struct timespec t = {0};
    if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &t) != 0) {
        return 0;
    }
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int64_t peak_kib_of(pid_t pid)
{
    char status[STATUS_MAX];
    const char *line = proc_read(pid, "status", status) > 0 ? strstr(status, "VmHWM:") : NULL;
    return line == NULL ? 0 : strtol(line + strlen("VmHWM:"), NULL, DECIMAL);
}

static int64_t sum_over(pid_t group, int64_t (*figure)(pid_t pid))
{
    int64_t sum = 0;
    DIR *proc = opendir("/proc");
    for (struct dirent *entry = NULL; proc != NULL && (entry = readdir(proc)) != NULL;) {
        pid_t pid = (pid_t)strtol(entry->d_name, NULL, DECIMAL);
        if (pid > 0 && group_of(pid) == group) {
            sum += figure(pid);
        }
    }
    if (proc != NULL) {
        (void)closedir(proc);
    }
    return sum;
}

int64_t program_cpu_ns(pid_t group)
{
    return sum_over(group, cpu_ns_of);
}

int64_t program_peak_kib(pid_t group)
{
    return sum_over(group, peak_kib_of);
}

void program_end(pid_t group)
{
    (void)kill(-group, SIGKILL);
    (void)waitpid(group, NULL, 0);
}
