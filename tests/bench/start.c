/*
 * How long programs take from exec to their first request at the Runtime API:
 *
 *   start ROUNDS PROGRAM ...
 *
 * Plays the Runtime API on a free port of loopback, starts the programs in turn, ROUNDS times each,
 * ends each once its first request is complete. Prints a line a program: name, then all times in
 * microseconds, in the order taken.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ROUNDS_MAX = 1000, PROGRAMS_MAX = 8, REQUEST_MAX = 8192, PATIENCE_MS = 10000 };

static const char first_request[] = "GET /2018-06-01/runtime/invocation/next ";

static void die(const char *what)
{
    (void)fprintf(stderr, "start: %s: %s\n", what, strerrordesc_np(errno));
    exit(EXIT_FAILURE); /* NOLINT(concurrency-mt-unsafe): one thread */
}

static int64_t now_us(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static int listen_on_free_port(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof at;
    char api[32];
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (const struct sockaddr *)&at, sizeof at) != 0 || listen(fd, 16) != 0 ||
        getsockname(fd, (struct sockaddr *)&at, &len) != 0) {
        die("listening");
    }
    (void)snprintf(api, sizeof api, "127.0.0.1:%u", (unsigned)ntohs(at.sin_port));
    (void)setenv("AWS_LAMBDA_RUNTIME_API", api, 1); /* NOLINT(concurrency-mt-unsafe) */
    return fd;
}

static void wait_readable(int fd, const char *what)
{
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    if (poll(&ready, 1, PATIENCE_MS) != 1) {
        errno = ETIMEDOUT;
        die(what);
    }
}

/* The request must be whole and the right one, or the time means nothing. */
static void await_first_request(int listener, const char *program)
{
    char request[REQUEST_MAX + 1];
    size_t len = 0;
    wait_readable(listener, program);
    int fd = accept(listener, NULL, NULL); /* NOLINT(android-cloexec-accept): closed below */
    if (fd < 0) {
        die("accepting");
    }
    do {
        wait_readable(fd, program);
        ssize_t n = read(fd, request + len, REQUEST_MAX - len);
        if (n <= 0) {
            die(program);
        }
        len += (size_t)n;
        request[len] = '\0';
    } while (strstr(request, "\r\n\r\n") == NULL && len < REQUEST_MAX);
    if (strncmp(request, first_request, sizeof first_request - 1) != 0) {
        errno = EPROTO;
        die(program);
    }
    (void)close(fd);
}

static int64_t one_start(int listener, const char *program)
{
    int64_t started = now_us();
    pid_t pid = fork();
    if (pid < 0) {
        die("fork");
    }
    if (pid == 0) {
        (void)execl(program, program, (char *)NULL);
        _exit(127);
    }
    await_first_request(listener, program);
    int64_t took = now_us() - started;
    (void)kill(pid, SIGKILL);
    (void)waitpid(pid, NULL, 0);
    return took;
}

int main(int argc, char **argv)
{
    static int64_t took_us[PROGRAMS_MAX][ROUNDS_MAX];
    long rounds = argc > 2 ? strtol(argv[1], NULL, 10) : 0;
    int programs = argc - 2;
    if (rounds < 1 || rounds > ROUNDS_MAX || programs > PROGRAMS_MAX) {
        (void)fputs("usage: start ROUNDS PROGRAM ...\n", stderr);
        return 2;
    }
    int listener = listen_on_free_port();
    for (long round = 0; round < rounds; round++) {
        for (int i = 0; i < programs; i++) {
            took_us[i][round] = one_start(listener, argv[i + 2]);
        }
    }
    for (int i = 0; i < programs; i++) {
        (void)printf("%s", argv[i + 2]);
        for (long round = 0; round < rounds; round++) {
            (void)printf(" %lld", (long long)took_us[i][round]);
        }
        (void)printf("\n");
    }
    return EXIT_SUCCESS;
}
