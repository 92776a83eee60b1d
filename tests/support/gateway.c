#include "tests/support/gateway.h"

#include "shared/auth/sign.h"
#include "shared/base/buf.h"
#include "shared/base/clock.h"
#include "shared/base/file.h"
#include "tests/support/check.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { COMMAND_MAX = 512, LOG_MAX = 16 * 1024 * 1024, START_MAX_BYTES = 8192 };

static const char issuer[] = "http://localhost/clambda", audience[] = "authenticated";

static const char *build_folder(void)
{
    const char *given = getenv("CLAMBDA_BUILD"); /* NOLINT(concurrency-mt-unsafe): one thread */
    return given != NULL ? given : "build";
}

static void make_keys(const struct gateway *g)
{
    char command[COMMAND_MAX];
    (void)snprintf(
        command, sizeof command,
        "%s/release/infra/auth/clambda-token keygen --alg ES256 --out %s/keys >/dev/null",
        build_folder(), g->folder);
    /* NOLINTNEXTLINE(cert-env33-c,concurrency-mt-unsafe): our own program and folder */
    assert_int_equal(system(command), 0);
}

/* template.yaml, or a copy in which the functions have another timeout. */
static void template_path(const struct gateway *g, int timeout_s, char path[static COMMAND_MAX])
{
    (void)snprintf(path, COMMAND_MAX, "template.yaml");
    if (timeout_s > 0) {
        char command[COMMAND_MAX * 2];
        (void)snprintf(path, COMMAND_MAX, "%s/template.yaml", g->folder);
        (void)snprintf(command, sizeof command,
                       "sed 's/^    Timeout: [0-9]*$/    Timeout: %d/' template.yaml >%s",
                       timeout_s, path);
        /* NOLINTNEXTLINE(cert-env33-c,concurrency-mt-unsafe): a folder mkdtemp named */
        assert_int_equal(system(command), 0);
    }
}

static NORETURN void exec_gateway(const struct gateway *g, int out, const char *template,
                                  const struct gateway_options *options)
{
    char program[COMMAND_MAX], bootstraps[COMMAND_MAX], database[COMMAND_MAX], keys[COMMAND_MAX];
    char issued[COMMAND_MAX];
    (void)snprintf(program, sizeof program, "%s/release/infra/local/clambda-local", build_folder());
    (void)snprintf(bootstraps, sizeof bootstraps, "%s/release/functions", build_folder());
    (void)snprintf(database, sizeof database, "DatabaseUrl=%s", options->database_url);
    (void)snprintf(keys, sizeof keys, "AuthKeysFile=%s/keys/jwks.json", g->folder);
    (void)snprintf(issued, sizeof issued, "AuthIssuer=%s", issuer);
    int log = open(g->log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    (void)dup2(out, STDOUT_FILENO);
    (void)dup2(log, STDERR_FILENO);
    (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
    const char *more = options->env_vars != NULL ? "--env-vars" : NULL;
    (void)execl(program, program, "--listen", "127.0.0.1:0", "--bootstraps", bootstraps,
                "--parameter", database, "--parameter", keys, "--parameter", issued, template, more,
                options->env_vars, (char *)NULL);
    _exit(127);
}

/* "listening on http://..." is the last line before it serves. */
static bool read_url(struct gateway *g, int fd)
{
    char text[START_MAX_BYTES];
    size_t len = 0;
    for (;;) {
        ssize_t n = read(fd, text + len, sizeof text - len);
        len += n > 0 ? (size_t)n : 0;
        struct str rest = {.ptr = text, .len = len};
        size_t at = str_find(rest, STR("listening on "));
        rest = str_slice(rest, at == SIZE_MAX ? len : at + STR("listening on ").len, len);
        size_t end = str_find_char(rest, '\n');
        if (end != SIZE_MAX) {
            return str_to_cstr(str_slice(rest, 0, end), g->url, sizeof g->url);
        }
        if (n <= 0 || len == sizeof text) {
            return false;
        }
    }
}

static void remove_folder(const struct gateway *g)
{
    char command[COMMAND_MAX];
    (void)snprintf(command, sizeof command, "rm -rf '%s'", g->folder);
    /* NOLINTNEXTLINE(cert-env33-c,concurrency-mt-unsafe): a folder mkdtemp named */
    (void)!system(command);
}

static void show_log(const struct gateway *g)
{
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct str log = gateway_log(&t.cx, g);
    print_error(STR_FMT "\n",
                STR_ARG(str_slice(log, log.len > 2000 ? log.len - 2000 : 0, log.len)));
}

void gateway_start(struct gateway *g, const struct gateway_options *options)
{
    int out[2];
    char template[COMMAND_MAX];
    assert_non_null(options->database_url);
    *g = (struct gateway){.folder = "/tmp/clambda-gateway.XXXXXX"};
    assert_non_null(mkdtemp(g->folder));
    (void)snprintf(g->log_path, sizeof g->log_path, "%s/log", g->folder);
    make_keys(g);
    template_path(g, options->timeout_s, template);
    assert_int_equal(pipe2(out, O_CLOEXEC), 0);
    g->pid = fork();
    assert_true(g->pid >= 0);
    if (g->pid == 0) {
        exec_gateway(g, out[1], template, options);
    }
    (void)close(out[1]);
    bool listens = read_url(g, out[0]);
    (void)close(out[0]);
    if (!listens) {
        show_log(g);
        gateway_stop(g);
        CHECK_FAILED("clambda-local did not start\n");
    }
}

void gateway_stop(struct gateway *g)
{
    if (g->pid > 0) {
        int status = 0;
        (void)kill(g->pid, SIGTERM);
        (void)waitpid(g->pid, &status, 0);
        remove_folder(g);
    }
    *g = (struct gateway){0};
}

static const struct signing_key *own_key(struct ctx *cx, const struct gateway *g)
{
    char path[COMMAND_MAX];
    struct str text;
    struct signing_key *key = NULL;
    (void)snprintf(path, sizeof path, "%s/keys/private", g->folder);
    CHECK_STATUS(cx, file_read(cx, path, KIB(64), &text), OK);
    CHECK_STATUS(cx, signing_key_parse(cx, text, &key), OK);
    return key;
}

struct str gateway_bearer(struct ctx *cx, const struct gateway *g, const struct token_wish *wish)
{
    int64_t now_s = clock_now_ms() / 1000;
    int64_t expires_in_s = wish->expires_in_s != 0 ? wish->expires_in_s : 3600;
    struct token_claims claims = {
        .issuer = wish->issuer.len > 0 ? wish->issuer : str_from_cstr(issuer),
        .audience = wish->audience.len > 0 ? wish->audience : str_from_cstr(audience),
        .role = wish->role.len > 0 ? wish->role : STR("authenticated"),
        .user_id = wish->user_id,
        .issued_at_s = expires_in_s > 0 ? now_s : now_s + expires_in_s - 3600,
        .expires_at_s = now_s + expires_in_s,
    };
    struct str token;
    const struct signing_key *key = wish->key != NULL ? wish->key : own_key(cx, g);
    CHECK_STATUS(cx, auth_token_make(cx, key, &claims, &token), OK);
    return arena_format(cx->arena, "Bearer " STR_FMT, STR_ARG(token));
}

void gateway_ask(struct ctx *cx, const struct gateway *g, const char *method, const char *path,
                 struct str authorization, struct str body, struct http_result *result)
{
    struct str url = arena_format(cx->arena, "%s%s", g->url, path);
    http_call(cx,
              &(struct http_call){
                  .method = method, .url = url.ptr, .authorization = authorization, .body = body},
              result);
}

/* The file grows while it is read, so that file_read would refuse it. */
struct str gateway_log(struct ctx *cx, const struct gateway *g)
{
    struct buf text = buf_in(cx->arena, LOG_MAX);
    int fd = open(g->log_path, O_RDONLY | O_CLOEXEC);
    while (fd >= 0) {
        char *place = buf_reserve(&text, KIB(64));
        ssize_t n = place != NULL ? read(fd, place, KIB(64)) : 0;
        if (n <= 0) {
            (void)close(fd);
            break;
        }
        buf_commit(&text, (size_t)n);
    }
    return buf_str(&text);
}
