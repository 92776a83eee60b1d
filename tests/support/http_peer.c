#include "tests/support/http_peer.h"

#include "shared/base/buf.h"
#include "shared/base/file.h"
#include "tests/support/check.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    COMMAND_MAX = 512,
    REQUEST_MAX = 4 * 1024 * 1024,
    FILE_MAX = 1024 * 1024,
    DRIP_MS = 50,
    RESET_AFTER_MS = 30
};

/* One connection, in a process of its own. */
struct line {
    struct http_peer *peer;
    struct arena arena;
    struct ctx cx;
    int fd;
    SSL *ssl; /* NULL: plain */
};

static ssize_t line_read(struct line *l, char *bytes, size_t size)
{
    return l->ssl != NULL ? SSL_read(l->ssl, bytes, (int)size) : recv(l->fd, bytes, size, 0);
}

static void line_write(struct line *l, struct str bytes)
{
    while (bytes.len > 0) {
        ssize_t n = l->ssl != NULL ? SSL_write(l->ssl, bytes.ptr, (int)bytes.len)
                                   : send(l->fd, bytes.ptr, bytes.len, MSG_NOSIGNAL);
        if (n <= 0) {
            _exit(0); /* the other side is gone */
        }
        bytes = str_slice(bytes, (size_t)n, bytes.len);
    }
}

static void pause_ms(int64_t ms)
{
    (void)nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000}, NULL);
}

/* ---- one request ----------------------------------------------------------------------------- */

static size_t body_length(struct str head)
{
    int64_t length = 0;
    struct str rest = head, row;
    while (str_split_next(&rest, '\n', &row)) {
        if (str_skip_prefix_nocase(&row, STR("content-length:"))) {
            (void)str_to_i64(str_trim(row), &length);
        }
    }
    return (size_t)length;
}

/* A whole request; ends the process if there is none. */
static struct str request_read(struct line *l)
{
    struct buf buf = buf_in(&l->arena, REQUEST_MAX);
    for (;;) {
        struct str so_far = buf_str(&buf);
        size_t end = str_find(so_far, STR("\r\n\r\n"));
        if (end != SIZE_MAX && so_far.len >= end + 4 + body_length(str_slice(so_far, 0, end))) {
            return so_far;
        }
        char *place = buf_reserve(&buf, KIB(64));
        ssize_t n = place == NULL ? 0 : line_read(l, place, KIB(64));
        if (n <= 0) {
            _exit(0);
        }
        buf_commit(&buf, (size_t)n);
    }
}

static void answer(struct line *l, int status, const char *fields, struct str body)
{
    struct str head = arena_format(&l->arena, "HTTP/1.1 %d x\r\n%scontent-length: %zu\r\n\r\n",
                                   status, fields, body.len);
    line_write(l, head);
    line_write(l, body);
}

static struct str filler(struct line *l, int64_t count)
{
    char *bytes = ARENA_ARRAY(&l->arena, char, (size_t)count + 1);
    memset(bytes, 'x', (size_t)count);
    return (struct str){.ptr = bytes, .len = (size_t)count};
}

static void give_echo(struct line *l, struct str request, int64_t number)
{
    (void)number;
    answer(l, 200, "x-kind: Echo\r\n", request);
}

static void give_status(struct line *l, struct str request, int64_t number)
{
    (void)request;
    answer(l, (int)number, "", STR("no"));
}

static void give_bytes(struct line *l, struct str request, int64_t number)
{
    (void)request;
    answer(l, 200, "", filler(l, number));
}

static void give_chunks(struct line *l, struct str request, int64_t number)
{
    (void)request;
    line_write(l, STR("HTTP/1.1 200 x\r\ntransfer-encoding: chunked\r\n\r\n"));
    for (int64_t left = number; left > 0; left -= 1000) {
        int64_t size = left < 1000 ? left : 1000;
        line_write(l, arena_format(&l->arena, "%llx\r\n", (unsigned long long)size));
        line_write(l, filler(l, size));
        line_write(l, STR("\r\n"));
    }
    line_write(l, STR("0\r\n\r\n"));
}

static void give_fields(struct line *l, struct str request, int64_t number)
{
    (void)request;
    line_write(l, STR("HTTP/1.1 200 x\r\ncontent-length: 0\r\n"));
    for (int64_t left = number; left > 0; left -= 100) {
        line_write(l, arena_format(&l->arena, "x-more: " STR_FMT "\r\n", STR_ARG(filler(l, 90))));
    }
    line_write(l, STR("\r\n"));
}

static void give_moved(struct line *l, struct str request, int64_t number)
{
    (void)request;
    (void)number;
    answer(l, 302, "location: /echo\r\n", STR(""));
}

static void give_interim(struct line *l, struct str request, int64_t number)
{
    (void)request;
    (void)number;
    line_write(l, STR("HTTP/1.1 103 x\r\nx-kind: interim\r\n\r\n"));
    answer(l, 200, "x-kind: final\r\n", STR("done"));
}

static void give_nothing(struct line *l, struct str request, int64_t number)
{
    (void)l;
    (void)request;
    (void)number;
    _exit(0);
}

static void give_half_head(struct line *l, struct str request, int64_t number)
{
    (void)request;
    (void)number;
    line_write(l, STR("HTTP/1.1 200 x\r\ncontent-le"));
    _exit(0);
}

static void give_half_body(struct line *l, struct str request, int64_t number)
{
    (void)request;
    (void)number;
    line_write(l, STR("HTTP/1.1 200 x\r\ncontent-length: 10\r\n\r\nhalf"));
    _exit(0);
}

static void give_late(struct line *l, struct str request, int64_t number)
{
    (void)request;
    pause_ms(number);
    answer(l, 200, "", STR("late"));
}

static void give_drip(struct line *l, struct str request, int64_t number)
{
    (void)request;
    (void)number;
    line_write(l, STR("HTTP/1.1 200 x\r\ncontent-length: 100000\r\n\r\n"));
    for (;;) {
        line_write(l, STR("x"));
        pause_ms(DRIP_MS);
    }
}

static void give_not_http(struct line *l, struct str request, int64_t number)
{
    (void)request;
    (void)number;
    line_write(l, STR("220 mail.example ready\r\n"));
    _exit(0);
}

static void give_last(struct line *l, struct str request, int64_t number)
{
    (void)request;
    (void)number;
    answer(l, 200, "", STR("last"));
    (void)request_read(l);
    l->peer->seen->requests++;
    _exit(0);
}

static void give_file(struct line *l, struct str request, int64_t number)
{
    (void)request;
    (void)number;
    char path[COMMAND_MAX];
    struct str content, fields = {0};
    (void)snprintf(path, sizeof path, "%s.fields", l->peer->file_path);
    if (file_read(&l->cx, path, KIB(4), &fields) != OK ||
        file_read(&l->cx, l->peer->file_path, FILE_MAX, &content) != OK) {
        answer(l, 404, "", STR("no"));
        return;
    }
    int status = l->peer->seen->status;
    answer(l, status == 0 ? 200 : status, fields.ptr == NULL ? "" : fields.ptr, content);
}

/* Its first byte is the digit of an http_peer_end. */
static struct str script_read(struct line *l, int number, char *end)
{
    char path[COMMAND_MAX];
    struct str content = {0};
    (void)snprintf(path, sizeof path, "%s.script.%d", l->peer->file_path, number);
    if (file_read(&l->cx, path, REQUEST_MAX, &content) != OK || content.len == 0) {
        answer(l, 404, "", STR("no script"));
        _exit(0);
    }
    *end = content.ptr[0];
    return str_slice(content, 1, content.len);
}

static void request_note(struct line *l, int number, struct str request)
{
    char path[COMMAND_MAX];
    (void)snprintf(path, sizeof path, "%s.seen.%d", l->peer->file_path, number);
    FILE *file = fopen(path, "w");
    if (file == NULL || fwrite(request.ptr, 1, request.len, file) != request.len ||
        fclose(file) != 0) {
        _exit(1);
    }
}

static NORETURN void reset(const struct line *l)
{
    const struct linger at_once = {.l_onoff = 1};
    pause_ms(RESET_AFTER_MS); /* what was sent is received first */
    (void)setsockopt(l->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    _exit(0);
}

static void drip(struct line *l, struct str bytes)
{
    int yes = 1;
    (void)setsockopt(l->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    for (size_t i = 0; i < bytes.len; i++) {
        line_write(l, str_slice(bytes, i, i + 1));
    }
}

static NORETURN void paused(struct line *l, struct str bytes)
{
    struct str part;
    while (str_split_next(&bytes, '\f', &part)) {
        line_write(l, part);
        pause_ms(RESET_AFTER_MS);
    }
    _exit(0);
}

static void give_script(struct line *l, struct str request, int64_t number)
{
    (void)number;
    char end = 0;
    int nth = l->peer->seen->scripted++;
    request_note(l, nth, request);
    struct str bytes = script_read(l, nth, &end);
    if (end == '0' + HTTP_PEER_DRIPS) {
        drip(l, bytes);
        return;
    }
    if (end == '0' + HTTP_PEER_PAUSES) {
        paused(l, bytes);
    }
    line_write(l, bytes);
    if (end == '0' + HTTP_PEER_RESETS) {
        reset(l);
    } else if (end == '0' + HTTP_PEER_CLOSES) {
        _exit(0);
    } else if (end == '0' + HTTP_PEER_STALLS) {
        (void)request_read(l); /* or the other side's end */
    }
}

static const struct {
    struct str path; /* ends in a slash: a number follows */
    void (*give)(struct line *l, struct str request, int64_t number);
} manners[] = {
    {STR_INIT("/echo"), give_echo},           {STR_INIT("/status/"), give_status},
    {STR_INIT("/bytes/"), give_bytes},        {STR_INIT("/chunks/"), give_chunks},
    {STR_INIT("/fields/"), give_fields},      {STR_INIT("/moved"), give_moved},
    {STR_INIT("/interim"), give_interim},     {STR_INIT("/nothing"), give_nothing},
    {STR_INIT("/half-head"), give_half_head}, {STR_INIT("/half-body"), give_half_body},
    {STR_INIT("/late/"), give_late},          {STR_INIT("/drip"), give_drip},
    {STR_INIT("/not-http"), give_not_http},   {STR_INIT("/last"), give_last},
    {STR_INIT("/file"), give_file},           {STR_INIT("/script"), give_script},
};

static void request_answer(struct line *l, struct str request)
{
    struct str path = request, method, target;
    (void)(str_split_next(&path, ' ', &method) && str_split_next(&path, ' ', &target));
    for (size_t i = 0; i < ARRAY_LEN(manners); i++) {
        struct str rest = target;
        int64_t number = 0;
        if (str_skip_prefix(&rest, manners[i].path)) {
            (void)str_to_i64(rest, &number);
            manners[i].give(l, request, number);
            return;
        }
    }
    answer(l, 404, "", STR("no"));
}

/* ---- the server ------------------------------------------------------------------------------ */

/* The value of a field of the request's head, cut to `size`; empty if there is none. */
static void field_note(struct str request, struct str name, char *out, size_t size)
{
    struct str rest = str_slice(request, 0, str_find(request, STR("\r\n\r\n"))), row;
    out[0] = '\0';
    while (str_split_next(&rest, '\n', &row)) {
        if (str_skip_prefix_nocase(&row, name)) {
            (void)str_to_cstr(str_slice(str_trim(row), 0, size - 1), out, size);
        }
    }
}

static NORETURN void line_serve(struct http_peer *peer, SSL_CTX *tls, int fd)
{
    struct line l = {.peer = peer, .fd = fd};
    arena_init(&l.arena, 0);
    l.cx.arena = &l.arena;
    if (tls != NULL) {
        l.ssl = SSL_new(tls);
        if (l.ssl == NULL || SSL_set_fd(l.ssl, fd) != 1 || SSL_accept(l.ssl) != 1) {
            _exit(0);
        }
    }
    for (;;) {
        struct str request = request_read(&l);
        peer->seen->requests++;
        field_note(request, STR("traceparent:"), peer->seen->traceparent,
                   sizeof peer->seen->traceparent);
        field_note(request, STR("x-amzn-trace-id:"), peer->seen->trace_id,
                   sizeof peer->seen->trace_id);
        if (peer->seen->connections_to_drop > 0) {
            peer->seen->connections_to_drop--;
            _exit(0);
        }
        request_answer(&l, request);
    }
}

static SSL_CTX *tls_make(const struct http_peer *peer)
{
    if (peer->cert_path[0] == '\0') {
        return NULL;
    }
    char key[COMMAND_MAX];
    (void)snprintf(key, sizeof key, "%s/key.pem", peer->folder);
    SSL_CTX *tls = SSL_CTX_new(TLS_server_method());
    if (tls == NULL || SSL_CTX_use_certificate_file(tls, peer->cert_path, SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_use_PrivateKey_file(tls, key, SSL_FILETYPE_PEM) != 1) {
        _exit(1);
    }
    return tls;
}

static NORETURN void serve(struct http_peer *peer, int listener)
{
    SSL_CTX *tls = tls_make(peer);
    (void)signal(SIGCHLD, SIG_IGN); /* connections end by themselves */
    for (;;) {
        int fd = accept(listener, NULL, NULL);
        if (fd < 0) {
            _exit(1);
        }
        peer->seen->connections++;
        if (fork() == 0) {
            (void)close(listener);
            line_serve(peer, tls, fd);
        }
        (void)close(fd);
    }
}

static int listen_on(struct http_peer *peer)
{
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), yes = 1;
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)peer->port),
                                  .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof address;
    struct sockaddr *generic = (struct sockaddr *)&address;
    assert_true(listener >= 0);
    (void)setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    assert_int_equal(bind(listener, generic, size), 0);
    assert_int_equal(listen(listener, 16), 0);
    assert_int_equal(getsockname(listener, generic, &size), 0);
    peer->port = ntohs(address.sin_port);
    return listener;
}

void http_peer_resume(struct http_peer *peer)
{
    int listener = listen_on(peer);
    pid_t parent = getpid();
    peer->pid = fork();
    assert_true(peer->pid >= 0);
    if (peer->pid == 0) {
        (void)setpgid(0, 0);
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() == parent) {
            serve(peer, listener);
        }
        _exit(1);
    }
    (void)setpgid(peer->pid, peer->pid);
    (void)close(listener);
}

void http_peer_pause(struct http_peer *peer)
{
    if (peer->pid > 0) {
        (void)kill(-peer->pid, SIGKILL); /* its own group: it and its connections */
        (void)waitpid(peer->pid, NULL, 0);
        peer->pid = 0;
    }
}

static void certificate_make(struct http_peer *peer)
{
    char command[COMMAND_MAX];
    (void)snprintf(peer->cert_path, sizeof peer->cert_path, "%s/cert.pem", peer->folder);
    (void)snprintf(command, sizeof command,
                   "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2"
                   " -subj /CN=peer -addext subjectAltName=DNS:localhost"
                   " -keyout %s/key.pem -out %s 2>/dev/null",
                   peer->folder, peer->cert_path);
    /* NOLINTNEXTLINE(cert-env33-c,concurrency-mt-unsafe): a folder mkdtemp named */
    assert_int_equal(system(command), 0);
}

void http_peer_start(struct http_peer *peer, bool tls)
{
    *peer = (struct http_peer){.folder = "/tmp/clambda-peer.XXXXXX"};
    assert_non_null(mkdtemp(peer->folder));
    (void)snprintf(peer->file_path, sizeof peer->file_path, "%s/file", peer->folder);
    peer->seen =
        mmap(NULL, sizeof *peer->seen, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(peer->seen != MAP_FAILED);
    if (tls) {
        certificate_make(peer);
    }
    http_peer_resume(peer);
    (void)snprintf(peer->url, sizeof peer->url, "%s:%d",
                   tls ? "https://localhost" : "http://127.0.0.1", peer->port);
}

void http_peer_stop(struct http_peer *peer)
{
    char command[COMMAND_MAX];
    http_peer_pause(peer);
    (void)munmap(peer->seen, sizeof *peer->seen);
    (void)snprintf(command, sizeof command, "rm -rf '%s'", peer->folder);
    /* NOLINTNEXTLINE(cert-env33-c,concurrency-mt-unsafe): a folder mkdtemp named */
    (void)!system(command);
}

static void file_put(const char *path, const char *content)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(content, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

void http_peer_file(struct http_peer *peer, const char *content, const char *fields)
{
    char path[COMMAND_MAX];
    (void)snprintf(path, sizeof path, "%s.fields", peer->file_path);
    file_put(path, fields);
    file_put(peer->file_path, content);
}

void http_peer_script(struct http_peer *peer, int number, enum http_peer_end end, struct str bytes)
{
    char path[COMMAND_MAX];
    (void)snprintf(path, sizeof path, "%s.script.%d", peer->file_path, number);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputc('0' + (int)end, file) >= 0);
    assert_int_equal(fwrite(bytes.ptr, 1, bytes.len, file), bytes.len);
    assert_int_equal(fclose(file), 0);
}

struct str http_peer_scripted(struct ctx *cx, const struct http_peer *peer, int number)
{
    char path[COMMAND_MAX];
    struct str content = {0};
    (void)snprintf(path, sizeof path, "%s.seen.%d", peer->file_path, number);
    if (number >= peer->seen->scripted || file_read(cx, path, REQUEST_MAX, &content) != OK) {
        return (struct str){0};
    }
    return content;
}
