/*
 * Responses as they come, before a server that behaves well and badly (tests/support/http_peer.h).
 */
#include "shared/http/stream.h"

#include "shared/base/clock.h"
#include "tests/support/check.h"
#include "tests/support/http_peer.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

static struct http_peer plain, secure;

enum { IDLE_MS = 200, MAX_BYTES = 1000 * 1000 };

#define HEAD  "HTTP/1.1 200 x\r\n"
#define SIZED HEAD "content-length: 5\r\n\r\n"

struct world {
    struct test_ctx t;
    struct ctx *cx;
    struct http *http;
    struct http_response res;
    struct http_stream *stream;
    struct http_stream_failure failure;
};

static void world_open(struct world *w)
{
    *w = (struct world){.http = http_new(NULL)};
    (void)test_ctx_open(&w->t);
    w->cx = &w->t.cx;
    w->cx->arena = &w->t.arena;
    plain.seen->scripted = 0;
}

static void world_close(struct world *w)
{
    http_stream_close(&w->stream);
    http_free(w->http);
    test_ctx_close(&w->t);
}

static struct str at(struct world *w, const struct http_peer *peer, const char *path)
{
    return arena_format(w->cx->arena, "%s%s", peer->url, path);
}

/* To the plain peer; `req` may be NULL. */
static enum status ask(struct world *w, const char *path, const struct http_request *req)
{
    struct http_request wish = req != NULL ? *req : (struct http_request){0};
    wish.url = at(w, &plain, path);
    wish.plain_if_local = true;
    http_stream_close(&w->stream);
    return http_stream_open(w->cx, w->http, &wish, &w->res, &w->stream, &w->failure);
}

static enum status read_all(struct world *w, struct str *body)
{
    *body = (struct str){0};
    return http_stream_read_all(w->cx, w->stream, IDLE_MS, MAX_BYTES, body);
}

static void must_hold(const char *name, struct str text, struct str part)
{
    if (str_find(text, part) == SIZE_MAX) {
        CHECK_FAILED("%s: no \"" STR_FMT "\" in \"" STR_FMT "\"\n", name, STR_ARG(part),
                     STR_ARG(text));
    }
}

static void check_took(const char *name, int64_t started_us, int64_t from_ms, int64_t to_ms)
{
    int64_t took_ms = (clock_mono_us() - started_us) / 1000;
    if (took_ms < from_ms || took_ms > to_ms) {
        CHECK_FAILED("%s: took %lld ms\n", name, (long long)took_ms);
    }
}

/* ---- requests -------------------------------------------------------------------------------- */

static void a_request_goes_out_as_it_was_given(void **state)
{
    (void)state;
    DEFER(world_close) struct world w;
    world_open(&w);
    const struct http_field fields[] = {{STR("X-One"), STR(" 1 ")}, {STR("accept"), STR("a/b")}};
    struct str body;
    CHECK_STATUS(w.cx,
                 ask(&w, "/echo?a=b#part",
                     &(struct http_request){.fields = fields, .field_count = 2, .body = STR("{}")}),
                 OK);
    CHECK_I64("status", w.res.status, 200);
    CHECK_STR("field", http_response_field(&w.res, STR("X-KIND")), STR("Echo"));
    CHECK_STATUS(w.cx, read_all(&w, &body), OK);
    struct str want = arena_format(w.cx->arena,
                                   "POST /echo?a=b HTTP/1.1\r\nhost: 127.0.0.1:%d\r\n"
                                   "X-One: 1\r\naccept: a/b\r\nuser-agent: clambda/0.1\r\n"
                                   "content-type: application/octet-stream\r\n"
                                   "content-length: 2\r\n\r\n{}",
                                   plain.port);
    CHECK_STR("all of it", body, want);
    CHECK_STATUS(w.cx, ask(&w, "/echo", NULL), OK);
    CHECK_STATUS(w.cx, read_all(&w, &body), OK);
    want = arena_format(w.cx->arena,
                        "GET /echo HTTP/1.1\r\nhost: 127.0.0.1:%d\r\n"
                        "user-agent: clambda/0.1\r\n\r\n",
                        plain.port);
    CHECK_STR("a GET", body, want);
}

static void bodies_of_any_size_arrive_whole(void **state)
{
    (void)state;
    DEFER(world_close) struct world w;
    world_open(&w);
    static const size_t sizes[] = {1, 16000, 16384, 16385, 100000, 3000000};
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        char *bytes = ARENA_ARRAY(w.cx->arena, char, sizes[i]);
        memset(bytes, 'b', sizes[i]);
        struct str body;
        CHECK_STATUS(w.cx, ask(&w, "/echo", &(struct http_request){.body = {bytes, sizes[i]}}), OK);
        CHECK_STATUS(w.cx, http_stream_read_all(w.cx, w.stream, 2000, MIB(4), &body), OK);
        size_t end = str_find(body, STR("\r\n\r\n")) + 4;
        CHECK_STR("came back", str_slice(body, end, body.len), ((struct str){bytes, sizes[i]}));
    }
}

static void what_may_not_be_sent_is_refused_unsent(void **state)
{
    (void)state;
    DEFER(world_close) struct world w;
    world_open(&w);
    const struct http_field bad = {STR("x"), STR("a\r\nb: c")};
    int requests = plain.seen->requests;
    CHECK_STATUS(w.cx, ask(&w, "/echo", &(struct http_request){.method = "HEAD"}), ERR_INVALID);
    CHECK_STATUS(w.cx, ask(&w, "/echo", &(struct http_request){.fields = &bad, .field_count = 1}),
                 ERR_INVALID);
    struct http_request req = {.url = STR("http://192.0.2.1/"), .plain_if_local = true};
    CHECK_STATUS(w.cx, http_stream_open(w.cx, w.http, &req, &w.res, &w.stream, NULL), ERR_INVALID);
    assert_null(w.stream);
    CHECK_I64("requests", plain.seen->requests, requests);
}

/* ---- answers --------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    struct str bytes, body;
    enum http_peer_end end;
    enum status open, read;
    bool is_kept; /* the connection serves the next request */
} answers[] = {
    {"sized", STR_INIT(SIZED "hello"), STR_INIT("hello"), HTTP_PEER_KEEPS, OK, OK, true},
    {"empty", STR_INIT(HEAD "content-length: 0\r\n\r\n"), STR_INIT(""), HTTP_PEER_KEEPS, OK, OK,
     true},
    {"byte by byte",
     STR_INIT(HEAD "transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n"),
     STR_INIT("abcd"), HTTP_PEER_DRIPS, OK, OK, true},
    {"chunk extensions",
     STR_INIT(
         HEAD
         "transfer-encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n1 ; x=\"y\"\r\nd\r\n0;end\r\n\r\n"),
     STR_INIT("abcd"), HTTP_PEER_KEEPS, OK, OK, true},
    {"trailers", STR_INIT(HEAD "transfer-encoding: chunked\r\n\r\n1\r\na\r\n0\r\nx: y\r\n\r\n"),
     STR_INIT("a"), HTTP_PEER_KEEPS, OK, OK, true},
    {"until the end", STR_INIT(HEAD "\r\nhello"), STR_INIT("hello"), HTTP_PEER_CLOSES, OK, OK,
     false},
    {"connection: close", STR_INIT(HEAD "connection: close\r\ncontent-length: 5\r\n\r\nhello"),
     STR_INIT("hello"), HTTP_PEER_KEEPS, OK, OK, false},
    {"bytes behind the body", STR_INIT(SIZED "helloworld"), STR_INIT("hello"), HTTP_PEER_KEEPS, OK,
     OK, false},
    {"interim heads",
     STR_INIT("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 x\r\nx: 1\r\n\r\n" SIZED "hello"),
     STR_INIT("hello"), HTTP_PEER_KEEPS, OK, OK, true},
    {"a coding nobody asked for",
     STR_INIT(HEAD "content-encoding: gzip\r\ncontent-length: 5\r\n\r\nhello"), STR_INIT(""),
     HTTP_PEER_KEEPS, ERR_UPSTREAM, OK, false},
    {"identity", STR_INIT(HEAD "content-encoding: Identity\r\ncontent-length: 5\r\n\r\nhello"),
     STR_INIT("hello"), HTTP_PEER_KEEPS, OK, OK, true},
    {"no answer", STR_INIT(""), STR_INIT(""), HTTP_PEER_CLOSES, ERR_UPSTREAM, OK, false},
    {"reset before the head", STR_INIT(""), STR_INIT(""), HTTP_PEER_RESETS, ERR_UPSTREAM, OK,
     false},
    {"half a head", STR_INIT("HTTP/1.1 200 x\r\ncontent-le"), STR_INIT(""), HTTP_PEER_CLOSES,
     ERR_UPSTREAM, OK, false},
    {"no HTTP", STR_INIT("220 mail.example\r\n"), STR_INIT(""), HTTP_PEER_KEEPS, ERR_UPSTREAM, OK,
     false},
    {"two framings", STR_INIT(HEAD "transfer-encoding: chunked\r\ncontent-length: 5\r\n\r\n"),
     STR_INIT(""), HTTP_PEER_KEEPS, ERR_UPSTREAM, OK, false},
    {"half a body", STR_INIT(SIZED "hel"), STR_INIT(""), HTTP_PEER_CLOSES, OK, ERR_UPSTREAM, false},
    {"reset in the body", STR_INIT(SIZED "hel"), STR_INIT(""), HTTP_PEER_RESETS, OK, ERR_UPSTREAM,
     false},
    {"half a chunk", STR_INIT(HEAD "transfer-encoding: chunked\r\n\r\n5\r\nhel"), STR_INIT(""),
     HTTP_PEER_CLOSES, OK, ERR_UPSTREAM, false},
    {"no last chunk", STR_INIT(HEAD "transfer-encoding: chunked\r\n\r\n3\r\nhel\r\n"), STR_INIT(""),
     HTTP_PEER_CLOSES, OK, ERR_UPSTREAM, false},
    {"a stall in the head", STR_INIT("HTTP/1.1 200 x\r\n"), STR_INIT(""), HTTP_PEER_STALLS,
     ERR_TIMEOUT, OK, false},
    {"a stall in the body", STR_INIT(SIZED "hel"), STR_INIT(""), HTTP_PEER_STALLS, OK, ERR_TIMEOUT,
     false},
};

static void answers_are_read_or_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
        DEFER(world_close) struct world w;
        world_open(&w);
        struct str body = {0};
        http_peer_script(&plain, 0, answers[i].end, answers[i].bytes);
        struct http_request req = {.timeout_ms = 200, .body = STR("x")};
        CHECK_STATUS(w.cx, ask(&w, "/script", &req), answers[i].open);
        CHECK_I64("sent", w.failure.sent, HTTP_SENT);
        CHECK_I64("timeout", w.failure.is_timeout, answers[i].open == ERR_TIMEOUT);
        if (w.stream != NULL) {
            CHECK_STATUS(w.cx, read_all(&w, &body), answers[i].read);
        }
        CHECK_STR(answers[i].name, body, answers[i].body);
        CHECK_I64("request", plain.seen->scripted, 1);
        int connections = plain.seen->connections;
        CHECK_STATUS(w.cx, ask(&w, "/echo", NULL), OK);
        CHECK_I64(answers[i].name, plain.seen->connections - connections,
                  answers[i].is_kept ? 0 : 1);
    }
}

static void bodies_end_at_the_limit(void **state)
{
    (void)state;
    DEFER(world_close) struct world w;
    world_open(&w);
    struct str body;
    CHECK_STATUS(w.cx, ask(&w, "/chunks/5000", NULL), OK);
    CHECK_STATUS(w.cx, http_stream_read_all(w.cx, w.stream, IDLE_MS, 5000, &body), OK);
    CHECK_I64("whole", body.len, 5000);
    CHECK_STATUS(w.cx, ask(&w, "/chunks/5001", NULL), OK);
    CHECK_STATUS(w.cx, http_stream_read_all(w.cx, w.stream, IDLE_MS, 5000, &body), ERR_TOO_LARGE);
    CHECK_STATUS(w.cx, ask(&w, "/fields/30000", NULL), OK);
    CHECK_STATUS(w.cx, ask(&w, "/fields/34000", NULL), ERR_UPSTREAM);
}

static void bytes_come_as_they_are_sent_and_take_no_memory(void **state)
{
    (void)state;
    DEFER(world_close) struct world w;
    world_open(&w);
    CHECK_STATUS(w.cx, ask(&w, "/drip", NULL), OK);
    int64_t started_us = clock_mono_us();
    for (int i = 0; i < 5; i++) {
        struct str bytes;
        CHECK_STATUS(w.cx, http_stream_read(w.cx, w.stream, 1000, &bytes), OK);
        CHECK_STR("one", bytes, STR("x"));
    }
    check_took("five of them, 50 ms apart", started_us, 150, 1000);
    CHECK_STATUS(w.cx, ask(&w, "/bytes/900000", NULL), OK);
    size_t used_bytes = w.t.arena.used_bytes;
    size_t total = 0;
    struct str bytes = {0};
    do {
        CHECK_STATUS(w.cx, http_stream_read(w.cx, w.stream, 1000, &bytes), OK);
        total += bytes.len;
    } while (bytes.len > 0);
    CHECK_I64("all", total, 900000);
    CHECK_I64("memory", w.t.arena.used_bytes, used_bytes);
}

/* ---- time ------------------------------------------------------------------------------------ */

static void each_wait_has_its_limit(void **state)
{
    (void)state;
    DEFER(world_close) struct world w;
    world_open(&w);
    int64_t started_us = clock_mono_us();
    CHECK_STATUS(w.cx, ask(&w, "/late/2000", &(struct http_request){.timeout_ms = 150}),
                 ERR_TIMEOUT);
    check_took("head", started_us, 140, 1000);
    assert_true(w.failure.is_timeout && w.failure.sent == HTTP_SENT);
    started_us = clock_mono_us();
    w.cx->deadline_ms = clock_now_ms() + 150;
    CHECK_STATUS(w.cx, ask(&w, "/late/2000", &(struct http_request){.timeout_ms = 1500}),
                 ERR_TIMEOUT);
    check_took("deadline", started_us, 140, 1000);
    w.cx->deadline_ms = clock_now_ms() - 1;
    int requests = plain.seen->requests;
    CHECK_STATUS(w.cx, ask(&w, "/echo", NULL), ERR_TIMEOUT);
    CHECK_I64("unsent", w.failure.sent, HTTP_UNSENT);
    CHECK_I64("requests", plain.seen->requests, requests);
    w.cx->deadline_ms = 0;
    CHECK_STATUS(w.cx, ask(&w, "/drip", NULL), OK);
    struct str bytes;
    enum status status = OK;
    w.cx->deadline_ms = clock_now_ms() + 200;
    started_us = clock_mono_us();
    while (status == OK) {
        status = http_stream_read(w.cx, w.stream, 1000, &bytes);
    }
    CHECK_STATUS(w.cx, status, ERR_TIMEOUT);
    check_took("the deadline ends a stream that goes on", started_us, 100, 1000);
}

static void nobody_there_is_unsent(void **state)
{
    (void)state;
    DEFER(world_close) struct world w;
    world_open(&w);
    struct http_peer gone;
    http_peer_start(&gone, false);
    http_peer_pause(&gone);
    struct http_request req = {.url = at(&w, &gone, "/"), .plain_if_local = true};
    CHECK_STATUS(w.cx, http_stream_open(w.cx, w.http, &req, &w.res, &w.stream, &w.failure),
                 ERR_UPSTREAM);
    CHECK_I64("sent", w.failure.sent, HTTP_UNSENT);
    http_peer_stop(&gone);
}

/* Its queue of connections is full, and nobody accepts any. */
static void a_connection_that_is_not_answered_is_given_up_early(void **state)
{
    (void)state;
    DEFER(world_close) struct world w;
    world_open(&w);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), waiting[8];
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof address;
    struct sockaddr *generic = (struct sockaddr *)&address;
    assert_int_equal(bind(listener, generic, size), 0);
    assert_int_equal(listen(listener, 0), 0);
    assert_int_equal(getsockname(listener, generic, &size), 0);
    for (size_t i = 0; i < ARRAY_LEN(waiting); i++) {
        waiting[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        (void)connect(waiting[i], generic, size);
    }
    struct http_request req = {
        .url = arena_format(w.cx->arena, "http://127.0.0.1:%d/", ntohs(address.sin_port)),
        .plain_if_local = true,
        .timeout_ms = 60000};
    int64_t started_us = clock_mono_us();
    CHECK_STATUS(w.cx, http_stream_open(w.cx, w.http, &req, &w.res, &w.stream, &w.failure),
                 ERR_TIMEOUT);
    check_took("five seconds", started_us, 4900, 10000);
    assert_true(w.failure.sent == HTTP_UNSENT && w.failure.is_timeout);
    for (size_t i = 0; i < ARRAY_LEN(waiting); i++) {
        (void)close(waiting[i]);
    }
    (void)close(listener);
}

/* ---- connections ----------------------------------------------------------------------------- */

static void a_stream_read_to_its_last_event_leaves_its_connection(void **state)
{
    (void)state;
    DEFER(world_close) struct world w;
    world_open(&w);
    http_peer_script(&plain, 0, HTTP_PEER_KEEPS,
                     STR(HEAD "transfer-encoding: chunked\r\n\r\n4\r\ndone\r\n0\r\n\r\n"));
    struct str bytes;
    CHECK_STATUS(w.cx, ask(&w, "/script", NULL), OK);
    CHECK_STATUS(w.cx, http_stream_read(w.cx, w.stream, IDLE_MS, &bytes), OK);
    CHECK_STR("all there is", bytes, STR("done"));
    int connections = plain.seen->connections;
    CHECK_STATUS(w.cx, ask(&w, "/echo", NULL), OK);
    CHECK_I64("another", plain.seen->connections - connections, 0);
}

static void several_streams_are_open_at_once(void **state)
{
    (void)state;
    DEFER(world_close) struct world w;
    world_open(&w);
    struct http_stream *streams[9] = {NULL};
    struct http_request req = {.url = at(&w, &plain, "/drip"), .plain_if_local = true};
    for (size_t i = 0; i < 8; i++) {
        CHECK_STATUS(w.cx, http_stream_open(w.cx, w.http, &req, &w.res, &streams[i], NULL), OK);
    }
    CHECK_STATUS(w.cx, http_stream_open(w.cx, w.http, &req, &w.res, &streams[8], NULL),
                 ERR_INTERNAL);
    for (size_t i = 0; i < 8; i++) {
        struct str bytes;
        CHECK_STATUS(w.cx, http_stream_read(w.cx, streams[i], 1000, &bytes), OK);
        http_stream_close(&streams[i]);
        assert_null(streams[i]);
    }
    CHECK_STATUS(w.cx, ask(&w, "/echo", NULL), OK);
}

static void closing_a_stream_cuts_the_server_off(void **state)
{
    (void)state;
    DEFER(world_close) struct world w;
    world_open(&w);
    CHECK_STATUS(w.cx, ask(&w, "/drip", NULL), OK);
    int connections = plain.seen->connections;
    http_stream_close(&w.stream);
    http_stream_close(&w.stream);
    CHECK_STATUS(w.cx, ask(&w, "/echo", NULL), OK);
    CHECK_I64("a new one", plain.seen->connections - connections, 1);
}

static void a_dead_kept_connection_is_replaced_before_anything_is_lost(void **state)
{
    (void)state;
    DEFER(world_close) struct world w;
    world_open(&w);
    struct str body;
    http_peer_script(&plain, 0, HTTP_PEER_CLOSES, STR(SIZED "hello"));
    CHECK_STATUS(w.cx, ask(&w, "/script", NULL), OK);
    CHECK_STATUS(w.cx, read_all(&w, &body), OK);
    http_stream_close(&w.stream);
    clock_sleep_ms(50); /* its end has come */
    int requests = plain.seen->requests;
    CHECK_STATUS(w.cx, ask(&w, "/echo", &(struct http_request){.body = STR("x")}), OK);
    CHECK_I64("arrived once", plain.seen->requests - requests, 1);
}

/* The server takes the request and dies: it may have acted. */
static void what_a_dying_connection_took_is_not_sent_twice(void **state)
{
    (void)state;
    DEFER(world_close) struct world w;
    world_open(&w);
    struct str body;
    CHECK_STATUS(w.cx, ask(&w, "/last", NULL), OK);
    CHECK_STATUS(w.cx, read_all(&w, &body), OK);
    int requests = plain.seen->requests;
    CHECK_STATUS(w.cx, ask(&w, "/echo", &(struct http_request){.body = STR("x")}), ERR_UPSTREAM);
    CHECK_I64("sent", w.failure.sent, HTTP_SENT);
    CHECK_I64("once", plain.seen->requests - requests, 1);
    CHECK_STATUS(w.cx, ask(&w, "/last", NULL), OK);
    CHECK_STATUS(w.cx, read_all(&w, &body), OK);
    CHECK_STATUS(w.cx, ask(&w, "/echo", &(struct http_request){.idempotent = true}), OK);
    CHECK_I64("unless it may be", w.res.status, 200);
}

/* ---- TLS ------------------------------------------------------------------------------------- */

static void servers_are_verified_and_tls_streams_are_kept(void **state)
{
    (void)state;
    DEFER(world_close) struct world w;
    world_open(&w);
    struct str body;
    char *big = ARENA_ARRAY(w.cx->arena, char, MIB(2));
    memset(big, 'b', MIB(2));
    struct http_request req = {.url = at(&w, &secure, "/echo"), .body = STR("x")};
    assert_int_equal(unsetenv("SSL_CERT_FILE"), 0);
    CHECK_STATUS(w.cx, http_stream_open(w.cx, w.http, &req, &w.res, &w.stream, &w.failure),
                 ERR_UPSTREAM);
    must_hold("unknown root", str_from_cstr(w.cx->err.text), STR("certificate"));
    CHECK_I64("unsent", w.failure.sent, HTTP_UNSENT);
    assert_int_equal(setenv("SSL_CERT_FILE", secure.cert_path, 1), 0);
    int connections = secure.seen->connections;
    for (size_t i = 0; i < 3; i++) {
        req.body = i == 1 ? (struct str){big, MIB(2)} : STR("small");
        CHECK_STATUS(w.cx, http_stream_open(w.cx, w.http, &req, &w.res, &w.stream, NULL), OK);
        CHECK_STATUS(w.cx, http_stream_read_all(w.cx, w.stream, 2000, MIB(3), &body), OK);
        assert_true(str_has_suffix(body, req.body));
        http_stream_close(&w.stream);
    }
    CHECK_I64("one connection", secure.seen->connections - connections, 1);
    req.url = arena_format(w.cx->arena, "https://127.0.0.1:%d/echo", secure.port);
    CHECK_STATUS(w.cx, http_stream_open(w.cx, w.http, &req, &w.res, &w.stream, NULL),
                 ERR_UPSTREAM); /* another name */
    assert_int_equal(unsetenv("SSL_CERT_FILE"), 0);
}

/* ---- signatures ------------------------------------------------------------------------------ */

static void a_signed_request_carries_its_signature_and_its_session(void **state)
{
    (void)state;
    DEFER(world_close) struct world w;
    world_open(&w);
    const struct http_sigv4 keys = {.region = STR("eu-west-1"),
                                    .service = STR("bedrock"),
                                    .key_id = STR("AKIDEXAMPLE"),
                                    .secret = STR("hidden"),
                                    .session_token = STR("token==")};
    struct str body;
    CHECK_STATUS(w.cx, ask(&w, "/echo", &(struct http_request){.sign = &keys, .body = STR("{}")}),
                 OK);
    CHECK_STATUS(w.cx, read_all(&w, &body), OK);
    must_hold("scope", body, STR("/eu-west-1/bedrock/aws4_request, SignedHeaders=content-type;"));
    must_hold("session", body, STR("x-amz-security-token: token==\r\n"));
    CHECK_I64("the secret is not in it", str_find(body, STR("hidden")), SIZE_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_goes_out_as_it_was_given),
        cmocka_unit_test(bodies_of_any_size_arrive_whole),
        cmocka_unit_test(what_may_not_be_sent_is_refused_unsent),
        cmocka_unit_test(answers_are_read_or_refused),
        cmocka_unit_test(bodies_end_at_the_limit),
        cmocka_unit_test(bytes_come_as_they_are_sent_and_take_no_memory),
        cmocka_unit_test(each_wait_has_its_limit),
        cmocka_unit_test(nobody_there_is_unsent),
        cmocka_unit_test(a_connection_that_is_not_answered_is_given_up_early),
        cmocka_unit_test(a_stream_read_to_its_last_event_leaves_its_connection),
        cmocka_unit_test(several_streams_are_open_at_once),
        cmocka_unit_test(closing_a_stream_cuts_the_server_off),
        cmocka_unit_test(a_dead_kept_connection_is_replaced_before_anything_is_lost),
        cmocka_unit_test(what_a_dying_connection_took_is_not_sent_twice),
        cmocka_unit_test(servers_are_verified_and_tls_streams_are_kept),
        cmocka_unit_test(a_signed_request_carries_its_signature_and_its_session),
    };
    http_peer_start(&plain, false);
    http_peer_start(&secure, true);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    http_peer_stop(&plain);
    http_peer_stop(&secure);
    return failed;
}
