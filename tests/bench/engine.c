/*
 * What stands between a handler and a provider, layer by layer, one request after the other over
 * one connection: a bare socket, libcurl (http_send), our own transport (http_stream), the engine
 * (llm_call without a database), whole and streamed. Prints a line each; the provider is
 * tests/bench/gateway/upstream.
 *
 *   LLM_CONFIG_FILE=... engine PORT COUNT      the model is "bench/model"
 */
#include "shared/base/clock.h"
#include "shared/http/stream.h"
#include "shared/llm/llm.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MAX_COUNT = 1000000, ANSWER_MAX = 64 * 1024, WARM = 200, PERCENT = 100, P99 = 99 };

#define WHOLE "{\"model\":\"model\",\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]}"
#define STREAM                                                                                     \
    "{\"model\":\"model\",\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}],"               \
    "\"stream\":true,\"stream_options\":{\"include_usage\":true}}"
#define PATH "/v1/chat/completions"

struct bench {
    int port, fd;
    struct arena arena;
    struct ctx cx;
    struct http *http;
    struct llm *llm;
    size_t bytes; /* received, so that nothing is left out */
    struct str body;
    bool stream;
};

static void die(const char *what)
{
    (void)fprintf(stderr, "engine: %s\n", what);
    exit(EXIT_FAILURE); /* NOLINT(concurrency-mt-unsafe): one thread */
}

static void must(struct bench *b, enum status status)
{
    if (status != OK) {
        die(b->cx.err.text);
    }
}

/* ---- the layers ------------------------------------------------------------------------------ */

static void socket_open(struct bench *b)
{
    int yes = 1;
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)b->port),
                                  .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    b->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    (void)setsockopt(b->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    if (connect(b->fd, (const struct sockaddr *)&address, sizeof address) != 0) {
        die("nobody listens");
    }
}

/* The answer comes in one piece; where it does not, the run ends. */
static void over_socket(struct bench *b)
{
    static char answer[ANSWER_MAX];
    struct str request = arena_format(
        &b->arena,
        "POST " PATH " HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: %zu\r\n\r\n" STR_FMT,
        b->body.len, STR_ARG(b->body));
    if (send(b->fd, request.ptr, request.len, MSG_NOSIGNAL) != (ssize_t)request.len) {
        die("send");
    }
    ssize_t n = recv(b->fd, answer, sizeof answer, 0);
    if (n <= 0 || answer[n - 1] != '}') {
        die("an answer in pieces");
    }
    b->bytes += (size_t)n;
}

static struct http_request request_of(struct bench *b)
{
    return (struct http_request){
        .url = arena_format(&b->arena, "http://127.0.0.1:%d" PATH, b->port),
        .plain_if_local = true,
        .idempotent = true, /* else http_send would connect anew */
        .body = b->body,
    };
}

static void over_curl(struct bench *b)
{
    const struct http_request request = request_of(b);
    struct http_response res;
    must(b, http_send(&b->cx, b->http, &request, &res));
    b->bytes += res.body.len;
}

static void over_stream(struct bench *b)
{
    const struct http_request request = request_of(b);
    struct http_response res;
    struct http_stream *stream = NULL;
    struct str body;
    must(b, http_stream_open(&b->cx, b->http, &request, &res, &stream, NULL));
    must(b, http_stream_read_all(&b->cx, stream, 1000, ANSWER_MAX, &body));
    http_stream_close(&stream);
    b->bytes += body.len;
}

static enum status on_begin(struct ctx *cx, void *arg, const struct llm_head *head)
{
    (void)cx;
    (void)arg;
    (void)head;
    return OK;
}

static enum status on_raw(struct ctx *cx, void *arg, struct str bytes)
{
    struct bench *b = arg;
    (void)cx;
    b->bytes += bytes.len;
    return OK;
}

static enum status on_event(struct ctx *cx, void *arg, const struct llm_event *event)
{
    (void)event;
    return on_raw(cx, arg, (struct str){0});
}

static void over_engine(struct bench *b)
{
    static const struct llm_part part = {.kind = LLM_PART_TEXT, .text = STR_INIT("Hello")};
    static const struct llm_message message = {LLM_USER, &part, 1};
    static const struct llm_caller caller = {.tenant_id = STR_INIT("bench")};
    const struct llm_chat chat = {.messages = &message,
                                  .message_count = 1,
                                  .max_tokens = -1,
                                  .thinking_budget = -1,
                                  .stream = b->stream,
                                  .stream_usage = true};
    struct llm_request request = {.protocol = LLM_PROTOCOL_OPENAI_CHAT,
                                  .body = b->body,
                                  .model = STR("bench/model"),
                                  .chat = &chat,
                                  .stream = b->stream};
    const struct llm_sink sink = {on_begin, on_raw, on_event, b};
    struct llm_outcome *outcome = ARENA_NEW(&b->arena, struct llm_outcome);
    must(b, json_read(&b->cx, request.body, NULL, &request.root));
    must(b, llm_call(&b->cx, b->llm, &caller, &request, &sink, outcome));
    llm_finish(&b->cx, b->llm, outcome);
}

/* ---- the measure ----------------------------------------------------------------------------- */

static int64_t now_ns(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int by_size(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void measure(struct bench *b, const char *name, void (*once)(struct bench *b), int64_t count)
{
    static int64_t took_ns[MAX_COUNT];
    for (int64_t i = -WARM; i < count; i++) {
        int64_t started_ns = now_ns();
        once(b);
        took_ns[i < 0 ? 0 : i] = now_ns() - started_ns;
        arena_reset(&b->arena);
    }
    qsort(took_ns, (size_t)count, sizeof took_ns[0], by_size);
    int64_t middle = count / 2, late = count * P99 / PERCENT;
    (void)printf("%-12s p50 %7.1f us   p99 %7.1f us\n", name, (double)took_ns[middle] / 1000.0,
                 (double)took_ns[late] / 1000.0);
}

int main(int argc, char **argv)
{
    static struct bench b;
    int64_t port = 0, count = 0;
    if (argc != 3 || !str_to_i64(str_from_cstr(argv[1]), &port) ||
        !str_to_i64(str_from_cstr(argv[2]), &count) || count < 1 || count > MAX_COUNT) {
        die("usage: engine PORT COUNT");
    }
    (void)signal(SIGPIPE, SIG_IGN);
    b.port = (int)port;
    arena_init(&b.arena, 0);
    b.cx.arena = &b.arena;
    b.http = http_new(NULL);
    b.body = STR(WHOLE);
    must(&b, llm_open(&b.cx, &(struct llm_options){0}, &b.llm));
    socket_open(&b);
    measure(&b, "socket", over_socket, count);
    measure(&b, "http_send", over_curl, count);
    measure(&b, "http_stream", over_stream, count);
    measure(&b, "llm_call", over_engine, count);
    b.body = STR(STREAM);
    b.stream = true;
    measure(&b, "and streamed", over_engine, count);
    llm_close(b.llm);
    http_free(b.http);
    (void)close(b.fd);
    arena_deinit(&b.arena);
    return 0;
}
