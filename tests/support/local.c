#include "tests/support/local.h"

#include "shared/base/buf.h"
#include "shared/json/json.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ARGUMENTS_MAX = 32 };

/* ---- start and end --------------------------------------------------------------------------- */

const char *local_program(const char *variable, const char *fallback)
{
    const char *given = getenv(variable);
    return given != NULL ? given : fallback;
}

const char *local_built(const char *name)
{
    static char path[PATH_MAX];
    char built[256];
    (void)snprintf(built, sizeof(built), "%s/%s", local_program("CLAMBDA_BUILD", "build"), name);
    if (realpath(built, path) == NULL) {
        CHECK_FAILED("no %s\n", built);
    }
    return path;
}

const char *local_probe(const char *name)
{
    char built[128];
    (void)snprintf(built, sizeof(built), "test/tests/integration/bootstraps/%s", name);
    return local_built(built);
}

int local_run(const char *arguments, char *out, size_t size)
{
    char command[512];
    (void)snprintf(command, sizeof(command), "%s %s 2>&1",
                   local_program("CLAMBDA_LOCAL", "build/release/infra/local/clambda-local"),
                   arguments);
    FILE *pipe = popen(command, "r"); /* NOLINT(cert-env33-c): names of our own making */
    assert_non_null(pipe);
    size_t n = fread(out, 1, size - 1, pipe);
    out[n] = '\0';
    return WEXITSTATUS(pclose(pipe));
}

void local_install(const struct local *l, const char *slug, const char *program)
{
    char path[256];
    (void)snprintf(path, sizeof(path), "%s/%s", l->folder, slug);
    assert_int_equal(mkdir(path, 0700), 0);
    (void)snprintf(path, sizeof(path), "%s/%s/bootstrap", l->folder, slug);
    assert_int_equal(symlink(program, path), 0);
}

void local_prepare(struct local *l, const struct local_options *options)
{
    char path[256];
    (void)snprintf(l->folder, sizeof(l->folder), "/tmp/clambda-local-test-XXXXXX");
    assert_non_null(mkdtemp(l->folder));
    (void)snprintf(l->log_path, sizeof(l->log_path), "%s/log", l->folder);
    for (size_t i = 0; i < options->slug_count; i++) {
        local_install(l, options->slugs[i],
                      local_probe(options->probe != NULL ? options->probe : "local_probe"));
    }
    (void)snprintf(path, sizeof(path), "%s/scratch", l->folder);
    assert_int_equal(mkdir(path, 0700), 0);
    if (l->log_is_pipe) {
        assert_int_equal(mkfifo(l->log_path, 0600), 0);
        l->log_fd = open(l->log_path, O_RDWR | O_CLOEXEC | O_NONBLOCK);
        assert_true(l->log_fd >= 0);
    }
}

static NORETURN void exec_local(const struct local *l, int out, const struct local_options *options)
{
    char scratch[128];
    /* execv takes what it does not change as not const. */
    union {
        const char *ours[ARGUMENTS_MAX];
        char *theirs[ARGUMENTS_MAX];
    } argv = {.ours = {local_program("CLAMBDA_LOCAL", "build/release/infra/local/clambda-local"),
                       "--listen", "127.0.0.1:0", "--bootstraps", l->folder}};
    size_t count = 5;
    for (const char *const *more = options->arguments;
         more != NULL && *more != NULL && count < ARGUMENTS_MAX - 2; more++) {
        argv.ours[count++] = *more;
    }
    argv.ours[count] = options->template;
    (void)snprintf(scratch, sizeof(scratch), "%s/scratch", l->folder);
    int log = open(l->log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    (void)dup2(out, STDOUT_FILENO);
    (void)dup2(log, STDERR_FILENO);
    (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
    (void)setenv("TMPDIR", scratch, 1);
    (void)setenv("LD_LIBRARY_PATH", "/nowhere", 1);
    (void)setenv("SECRET_OF_OURS", "x", 1);
    (void)execv(argv.ours[0], argv.theirs);
    _exit(127);
}

static unsigned read_port(const struct local *l, int fd)
{
    char text[8192];
    size_t len = 0;
    static const char mark[] = "listening on http://127.0.0.1:";
    while (len < sizeof(text) - 1) {
        ssize_t n = read(fd, text + len, sizeof(text) - 1 - len);
        if (n <= 0) {
            break;
        }
        len += (size_t)n;
        text[len] = '\0';
        const char *at = strstr(text, mark);
        if (at != NULL && strchr(at, '\n') != NULL) {
            return (unsigned)strtoul(at + sizeof(mark) - 1, NULL, 10);
        }
    }
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    CHECK_FAILED("clambda-local did not start: " STR_FMT "\n", STR_ARG(local_log(&t.cx, l)));
    return 0;
}

void local_launch(struct local *l, const struct local_options *options)
{
    int out[2];
    assert_int_equal(pipe2(out, O_CLOEXEC), 0);
    l->pid = fork();
    assert_true(l->pid >= 0);
    if (l->pid == 0) {
        exec_local(l, out[1], options);
    }
    (void)close(out[1]);
    l->port = read_port(l, out[0]);
    (void)close(out[0]);
}

void local_start(struct local *l, const struct local_options *options)
{
    local_prepare(l, options);
    local_launch(l, options);
}

int local_end(struct local *l, int signal_number)
{
    int status = 0;
    (void)kill(l->pid, signal_number);
    assert_int_equal(waitpid(l->pid, &status, 0), l->pid);
    l->pid = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void local_clean(const struct local *l)
{
    char command[128];
    (void)snprintf(command, sizeof(command), "rm -rf '%s'", l->folder);
    assert_int_equal(system(command), 0); /* NOLINT(cert-env33-c): a name of our own making */
}

int local_group_start(void **state, struct local *l, const struct local_options *options)
{
    local_start(l, options);
    *state = l;
    return 0;
}

int local_group_end(void **state)
{
    struct local *l = *state;
    int code = l->pid != 0 ? local_end(l, SIGTERM) : 0;
    local_clean(l);
    return code;
}

/* ---- the log --------------------------------------------------------------------------------- */

/* The file grows while it is read, so that file_read would refuse it. */
struct str local_log(struct ctx *cx, const struct local *l)
{
    struct buf text = buf_in(cx->arena, MIB(8));
    int fd = open(l->log_path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    for (;;) {
        char *place = buf_reserve(&text, KIB(64));
        ssize_t n = place != NULL ? read(fd, place, KIB(64)) : 0;
        if (n <= 0) {
            break;
        }
        buf_commit(&text, (size_t)n);
    }
    (void)close(fd);
    return buf_str(&text);
}

void local_check_log(struct ctx *cx, const struct local *l, const char *words)
{
    for (int i = 0; i < 200; i++) {
        if (str_find(local_log(cx, l), str_from_cstr(words)) != SIZE_MAX) {
            return;
        }
        (void)usleep(10000);
    }
    CHECK_FAILED("\"%s\" is not in the log\n", words);
}

/* ---- a small client -------------------------------------------------------------------------- */

int local_connect(const struct local *l)
{
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)l->port),
                             .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct timeval limit = {.tv_sec = 15};
    assert_true(fd >= 0);
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    assert_int_equal(connect(fd, (const struct sockaddr *)&at, sizeof(at)), 0);
    return fd;
}

int local_send(struct ctx *cx, const struct local *l, const char *line, const char *fields,
               struct str body)
{
    int fd = local_connect(l);
    struct buf out = buf_in(cx->arena, MIB(16));
    /* What is under /_/ answers to this machine's own names alone. */
    const char *host = strstr(line, " /_/") != NULL ? "localhost:1" : "api.local:1";
    buf_addf(&out, "%s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n%s", line, host, fields);
    if (body.len > 0) {
        buf_addf(&out, "Content-Length: %zu\r\n", body.len);
    }
    buf_add(&out, STR("\r\n"));
    buf_add(&out, body);
    struct str rest = buf_str(&out);
    while (rest.len > 0) {
        ssize_t n = send(fd, rest.ptr, rest.len, MSG_NOSIGNAL);
        if (n <= 0) {
            break; /* refused early: the answer is there */
        }
        rest = str_slice(rest, (size_t)n, rest.len);
    }
    return fd;
}

struct local_answer local_read(struct ctx *cx, int fd)
{
    struct buf in = buf_in(cx->arena, MIB(16));
    for (;;) {
        char *place = buf_reserve(&in, KIB(16));
        ssize_t n = place != NULL ? recv(fd, place, KIB(16), 0) : 0;
        if (n <= 0) {
            break;
        }
        buf_commit(&in, (size_t)n);
    }
    (void)close(fd);
    struct local_answer answer = {0};
    size_t end = str_find(buf_str(&in), STR("\r\n\r\n"));
    if (end != SIZE_MAX) {
        answer.head = str_slice(buf_str(&in), 0, end);
        answer.body = str_slice(buf_str(&in), end + 4, in.len);
        answer.status = (int)strtol(in.ptr + strlen("HTTP/1.1 "), NULL, 10);
    }
    return answer;
}

struct local_answer local_ask(struct ctx *cx, const struct local *l, const char *line,
                              const char *fields, struct str body)
{
    return local_read(cx, local_send(cx, l, line, fields, body));
}

struct local_answer local_invoke(struct ctx *cx, const struct local *l, const char *function,
                                 const char *fields, const char *event)
{
    struct str line =
        arena_format(cx->arena, "POST /2015-03-31/functions/%s/invocations", function);
    return local_ask(cx, l, line.ptr, fields, str_from_cstr(event));
}

bool local_has_header(struct local_answer answer, const char *line)
{
    return str_find(answer.head, str_from_cstr(line)) != SIZE_MAX;
}

const struct json *local_json(struct ctx *cx, struct local_answer answer)
{
    const struct json *root = NULL;
    if (answer.status != 200) {
        CHECK_FAILED("status %d: " STR_FMT "\n", answer.status, STR_ARG(answer.body));
    }
    CHECK_STATUS(cx, json_read(cx, answer.body, NULL, &root), OK);
    return root;
}
