#include "infra/local/lambda/process.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MAX_OPEN_FOLDERS = 16, LAMBDA_OPEN_FILES = 1024 };

/* ---- folders --------------------------------------------------------------------------------- */

static int remove_entry(const char *path, UNUSED const struct stat *st, UNUSED int type,
                        UNUSED struct FTW *at)
{
    (void)remove(path);
    return 0;
}

void folder_remove(const char *path)
{
    (void)nftw(path, remove_entry, MAX_OPEN_FOLDERS, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

/* ---- start ----------------------------------------------------------------------------------- */

struct pipes {
    int out[2], err[2], failed[2];
};

static void close_fd(int *fd)
{
    if (*fd >= 0) {
        (void)close(*fd);
        *fd = -1;
    }
}

static void pipes_close(struct pipes *p)
{
    for (int i = 0; i < 2; i++) {
        close_fd(&p->out[i]);
        close_fd(&p->err[i]);
        close_fd(&p->failed[i]);
    }
}

static bool pipes_open(struct pipes *p)
{
    *p = (struct pipes){.out = {-1, -1}, .err = {-1, -1}, .failed = {-1, -1}};
    return pipe2(p->out, O_CLOEXEC) == 0 && pipe2(p->err, O_CLOEXEC) == 0 &&
           pipe2(p->failed, O_CLOEXEC) == 0;
}

/* In the child, after fork: only async-signal-safe calls. Tells why it failed through the pipe. */
static NORETURN void child_exec(const struct process_options *options, const struct pipes *p,
                                pid_t parent)
{
    sigset_t none;
    (void)sigemptyset(&none);
    (void)signal(SIGPIPE, SIG_DFL);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    char *const argv[] = {options->path, NULL};
    if (setpgid(0, 0) == 0 && prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == parent &&
        chdir(options->scratch) == 0 && dup2(null, STDIN_FILENO) >= 0 &&
        dup2(p->out[1], STDOUT_FILENO) >= 0 && dup2(p->err[1], STDERR_FILENO) >= 0) {
        /* Last: we may have more open than it may. */
        struct rlimit files = {.rlim_cur = LAMBDA_OPEN_FILES, .rlim_max = LAMBDA_OPEN_FILES};
        (void)setrlimit(RLIMIT_NOFILE, &files);
        (void)execve(options->path, argv, options->env);
    }
    int cause = errno;
    (void)!write(p->failed[1], &cause, sizeof(cause));
    _exit(127);
}

/* 0, or the child's errno: the pipe closes by itself when exec succeeds. */
static int exec_failure(int fd)
{
    int cause = 0;
    ssize_t n = 0;
    do {
        n = read(fd, &cause, sizeof(cause));
    } while (n < 0 && errno == EINTR);
    return n == (ssize_t)sizeof(cause) ? cause : 0;
}

static enum status start_failed(struct ctx *cx, const struct process_options *options, int cause)
{
    bool ours = cause == EMFILE || cause == ENFILE || cause == ENOMEM || cause == EAGAIN;
    enum status busy = cause == ETXTBSY ? ERR_CONFLICT : ERR_NOT_FOUND;
    return fail(cx, ours ? ERR_INTERNAL : busy, "%s: %s", options->path, strerror(cause));
}

static enum status fork_and_exec(struct ctx *cx, const struct process_options *options,
                                 struct pipes *p, struct process *process)
{
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid < 0) {
        return start_failed(cx, options, errno);
    }
    if (pid == 0) {
        child_exec(options, p, parent);
    }
    close_fd(&p->out[1]);
    close_fd(&p->err[1]);
    close_fd(&p->failed[1]);
    int cause = exec_failure(p->failed[0]);
    process->pid = pid;
    process->pid_fd = cause == 0 ? pidfd_open(pid, 0) : -1;
    if (process->pid_fd < 0) {
        cause = cause == 0 ? errno : cause;
        (void)kill(-pid, SIGKILL);
        (void)waitpid(pid, NULL, 0);
        return start_failed(cx, options, cause);
    }
    return OK;
}

enum status process_start(struct ctx *cx, const struct process_options *options,
                          struct process *process)
{
    struct pipes p;
    *process = (struct process){.pid_fd = -1, .out_fd = -1, .err_fd = -1};
    (void)snprintf(process->scratch, sizeof(process->scratch), "%s", options->scratch);
    if (!pipes_open(&p) || mkdir(options->scratch, 0700) != 0) {
        int cause = errno;
        pipes_close(&p);
        return fail(cx, ERR_INTERNAL, "%s: %s", options->scratch, strerror(cause));
    }
    enum status status = fork_and_exec(cx, options, &p, process);
    if (status == OK) {
        process->out_fd = p.out[0];
        process->err_fd = p.err[0];
        p.out[0] = p.err[0] = -1;
        (void)fcntl(process->out_fd, F_SETFL, O_NONBLOCK);
        (void)fcntl(process->err_fd, F_SETFL, O_NONBLOCK);
    } else {
        folder_remove(options->scratch);
    }
    pipes_close(&p);
    return status;
}

/* ---- end ------------------------------------------------------------------------------------- */

void process_signal(const struct process *process, int signal)
{
    if (process->pid > 0) {
        (void)kill(-process->pid, signal);
    }
}

bool process_reap(struct process *process, struct process_end *end)
{
    siginfo_t info = {0};
    struct rusage usage = {0};
    if (process->pid <= 0 ||
        waitid(P_PID, (id_t)process->pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0 ||
        info.si_pid == 0) {
        return false;
    }
    /* While the leader is a zombie its number, and so the group's, cannot belong to anybody else.
     */
    (void)kill(-process->pid, SIGKILL);
    (void)wait4(process->pid, NULL, 0, &usage);
    *end = (struct process_end){
        .signaled = info.si_code != CLD_EXITED,
        .code = info.si_status,
        .peak_mb = (usage.ru_maxrss + 1023) / 1024,
    };
    process->pid = 0;
    folder_remove(process->scratch);
    return true;
}

void process_abandon(struct process *process)
{
    process_signal(process, SIGKILL);
    (void)waitpid(process->pid, NULL, 0);
    process->pid = 0;
    close_fd(&process->pid_fd);
    close_fd(&process->out_fd);
    close_fd(&process->err_fd);
    folder_remove(process->scratch);
}

int64_t process_peak_mb(const struct process *process)
{
    char path[64];
    char text[4096];
    (void)snprintf(path, sizeof(path), "/proc/%d/status", (int)process->pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return 0;
    }
    ssize_t n = read(fd, text, sizeof(text) - 1);
    (void)close(fd);
    text[n > 0 ? n : 0] = '\0';
    const char *peak = strstr(text, "VmHWM:");
    return peak == NULL ? 0 : (strtol(peak + strlen("VmHWM:"), NULL, 10) + 1023) / 1024;
}
