#include "tests/support/emulator.h"

#include "shared/base/attr.h"
#include "shared/base/str.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ARGUMENTS_MAX = 16 };

static NORETURN void exec_emulator(const char *const *arguments, const char *log_path, int out,
                                   pid_t parent)
{
    char *argv[ARGUMENTS_MAX + 3] = {(char[]){"python3"}, (char[]){"-B"}};
    int log = open(log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    for (size_t i = 0; arguments[i] != NULL && i < ARGUMENTS_MAX; i++) {
        argv[i + 2] = strdup(arguments[i]);
    }
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (log >= 0 && getppid() == parent && dup2(out, STDOUT_FILENO) == STDOUT_FILENO &&
        dup2(log, STDERR_FILENO) == STDERR_FILENO) {
        (void)execvp("python3", argv);
    }
    _exit(127);
}

static bool read_url(struct emulator *emulator, int fd)
{
    char text[256];
    size_t len = 0;
    while (len < sizeof text) {
        ssize_t n = read(fd, text + len, sizeof text - len);
        if (n <= 0) {
            return false;
        }
        len += (size_t)n;
        struct str line = {.ptr = text, .len = len};
        if (line.ptr[len - 1] == '\n') {
            line = str_trim(line);
            return str_skip_prefix(&line, STR("listening on ")) &&
                   str_to_cstr(line, emulator->url, sizeof emulator->url);
        }
    }
    return false;
}

bool emulator_start(struct emulator *emulator, const char *const *arguments, const char *log_path)
{
    int out[2];
    pid_t parent = getpid();
    *emulator = (struct emulator){0};
    if (pipe2(out, O_CLOEXEC) != 0) {
        return false;
    }
    emulator->pid = fork();
    if (emulator->pid == 0) {
        exec_emulator(arguments, log_path, out[1], parent);
    }
    (void)close(out[1]);
    bool listens = emulator->pid > 0 && read_url(emulator, out[0]);
    (void)close(out[0]);
    if (!listens) {
        emulator_kill(emulator);
    }
    return listens;
}

void emulator_kill(struct emulator *emulator)
{
    if (emulator->pid > 0) {
        (void)kill(emulator->pid, SIGKILL);
        (void)waitpid(emulator->pid, NULL, 0);
    }
    emulator->pid = 0;
}
