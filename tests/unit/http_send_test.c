/*
 * shared/http before a server that behaves well and badly (tests/support/http_peer.h). Signatures
 * are judged by the emulator of Secrets Manager, in secrets_fetch_test.c.
 */
#include "shared/http/http.h"

#include "shared/base/clock.h"
#include "shared/base/trace.h"
#include "tests/support/check.h"
#include "tests/support/http_peer.h"

#include <netdb.h>
#include <time.h>
#include <unistd.h>

static struct http_peer plain, secure;

struct world {
    struct test_ctx t;
    struct ctx *cx;
    struct http *http;
    struct http_response res;
};

static void world_open(struct world *w)
{
    *w = (struct world){.http = http_new(NULL)};
    (void)test_ctx_open(&w->t);
    w->cx = &w->t.cx;
    w->cx->arena = &w->t.arena;
}

static void world_close(struct world *w)
{
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
    err_clear(w->cx);
    return http_send(w->cx, w->http, &wish, &w->res);
}

static void must_hold(const char *name, struct str text, struct str part)
{
    if (str_find(text, part) == SIZE_MAX) {
        CHECK_FAILED("%s: \"" STR_FMT "\" lacks \"" STR_FMT "\"\n", name, STR_ARG(text),
                     STR_ARG(part));
    }
}

static void must_not_hold(const char *name, struct str text, struct str part)
{
    if (str_find(text, part) != SIZE_MAX) {
        CHECK_FAILED("%s: \"" STR_FMT "\" holds \"" STR_FMT "\"\n", name, STR_ARG(text),
                     STR_ARG(part));
    }
}

static void a_request_goes_out_as_it_was_given(void **state)
{
    (void)state;
    DEFER(world_close) struct world w;
    world_open(&w);
    const struct http_field fields[] = {{STR("X-One"), STR(" 1 ")}, {STR("accept"), STR("a/b")}};
    struct http_request req = {
        .method = "PUT", .fields = fields, .field_count = 2, .body = STR("{\"a\":1}")};
    CHECK_STATUS(w.cx, ask(&w, "/echo?q=1", &req), OK);
    CHECK_I64("status", w.res.status, 200);
    must_hold("line", w.res.body, STR("PUT /echo?q=1 HTTP/1.1\r\n"));
    must_hold("field", w.res.body, STR("X-One: 1\r\n"));
    must_hold("field instead of libcurl's", w.res.body, STR("accept: a/b\r\n"));
    must_hold("body", w.res.body, STR("content-type: application/octet-stream\r\n"));
    assert_true(str_has_suffix(w.res.body, STR("\r\n\r\n{\"a\":1}")));
    must_not_hold("no waiting for a 100", w.res.body, STR("xpect"));
    CHECK_STR("field of the response", http_response_field(&w.res, STR("X-KIND")), STR("Echo"));
    CHECK_STR("no such field", http_response_field(&w.res, STR("x-kin")), STR(""));
    CHECK_STATUS(w.cx, ask(&w, "/echo", NULL), OK);
    must_hold("a GET without asking", w.res.body, STR("GET /echo HTTP/1.1\r\n"));
    CHECK_STATUS(w.cx, ask(&w, "/echo", &(struct http_request){.method = "POST"}), OK);
    must_hold("a POST of nothing", w.res.body, STR("POST /echo HTTP/1.1\r\n"));
    CHECK_STATUS(w.cx, ask(&w, "/bytes/7", &(struct http_request){.method = "HEAD"}), OK);
    CHECK_I64("HEAD has no body", w.res.body.len, 0);
}

#define XRAY_ROOT   "Root=1-58406520-a006649127e371903a2de979"
#define XRAY_PARENT XRAY_ROOT ";Parent=53995c3f42cd8ad8;Sampled=1;Lineage=a:1"
#define BROUGHT     "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"
#define CONVERTED   "00-58406520a006649127e371903a2de979-53995c3f42cd8ad8-01"

/* The value of a field of the request as it came, empty if it was not sent; once at most. */
static struct str sent_field(const struct world *w, struct str name)
{
    const struct http_response echoed = {.fields = w->res.body};
    struct str value = http_response_field(&echoed, name);
    size_t at = str_find(w->res.body, name);
    if (at != SIZE_MAX) {
        struct str rest = str_slice(w->res.body, at + name.len, w->res.body.len);
        CHECK_I64("sent once", str_find(rest, name), SIZE_MAX);
    }
    return value;
}

static void trace_context_is_passed_on(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        struct str trace_id, traceparent, tracestate; /* of the invocation */
        struct str xray, parent, w3c_state;           /* sent */
    } cases[] = {
        {"none", STR_INIT(""), STR_INIT(""), STR_INIT(""), STR_INIT(""), STR_INIT(""),
         STR_INIT("")},
        {"X-Ray's, and its ids for others", STR_INIT(XRAY_PARENT), STR_INIT(""), STR_INIT(""),
         STR_INIT(XRAY_PARENT), STR_INIT(CONVERTED), STR_INIT("")},
        {"no parent to tell", STR_INIT(XRAY_ROOT), STR_INIT(""), STR_INIT(""), STR_INIT(XRAY_ROOT),
         STR_INIT(""), STR_INIT("")},
        {"what the request brought wins", STR_INIT(XRAY_PARENT), STR_INIT(BROUGHT),
         STR_INIT("a=1,b=2"), STR_INIT(XRAY_PARENT), STR_INIT(BROUGHT), STR_INIT("a=1,b=2")},
        {"W3C's alone", STR_INIT(""), STR_INIT(BROUGHT), STR_INIT(""), STR_INIT(""),
         STR_INIT(BROUGHT), STR_INIT("")},
        {"malformed", STR_INIT("Root=x\r\nx-evil: 1"), STR_INIT(""), STR_INIT(""), STR_INIT(""),
         STR_INIT(""), STR_INIT("")},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        DEFER(world_close) struct world w;
        world_open(&w);
        w.cx->trace_id = cases[i].trace_id;
        trace_adopt(w.cx, cases[i].traceparent, cases[i].tracestate);
        CHECK_STATUS(w.cx, ask(&w, "/echo", NULL), OK);
        CHECK_STR(cases[i].name, sent_field(&w, STR("x-amzn-trace-id")), cases[i].xray);
        CHECK_STR(cases[i].name, sent_field(&w, STR("traceparent")), cases[i].parent);
        CHECK_STR(cases[i].name, sent_field(&w, STR("tracestate")), cases[i].w3c_state);
        must_not_hold(cases[i].name, w.res.body, STR("x-evil"));
    }
}

static void trace_context_never_overrides_and_may_stay(void **state)
{
    (void)state;
    DEFER(world_close) struct world w;
    world_open(&w);
    w.cx->trace_id = STR(XRAY_PARENT);
    trace_adopt(w.cx, STR(BROUGHT), STR("a=1"));
    const struct http_field own[] = {{STR("X-Amzn-Trace-Id"), STR("mine")},
                                     {STR("TraceParent"), STR("mine-too")}};
    CHECK_STATUS(w.cx, ask(&w, "/echo", &(struct http_request){.fields = own, .field_count = 2}),
                 OK);
    CHECK_STR("X-Ray", sent_field(&w, STR("X-Amzn-Trace-Id")), STR("mine"));
    CHECK_STR("W3C", sent_field(&w, STR("TraceParent")), STR("mine-too"));
    must_not_hold("state of another parent", w.res.body, STR("tracestate"));
    must_not_hold("a second of X-Ray's", w.res.body, STR("x-amzn-trace-id"));
    CHECK_STATUS(w.cx, ask(&w, "/echo", &(struct http_request){.no_trace = true}), OK);
    must_not_hold("opted out", w.res.body, STR("trace"));
    struct http_field full[HTTP_MAX_FIELDS];
    for (size_t i = 0; i < HTTP_MAX_FIELDS; i++) {
        full[i] = (struct http_field){arena_format(w.cx->arena, "x-%zu", i), STR("y")};
    }
    CHECK_STATUS(w.cx,
                 ask(&w, "/echo",
                     &(struct http_request){
                         .fields = full, .field_count = HTTP_MAX_FIELDS, .body = STR("b")}),
                 OK);
    CHECK_STR("beside all fields there can be", sent_field(&w, STR("tracestate")), STR("a=1"));
    must_hold("the last of them", w.res.body, STR("x-15: y\r\n"));
}

/* libcurl signs what it sends, and what passes hops that rewrite it must not be signed. */
static void signed_requests_carry_no_trace_context(void **state)
{
    (void)state;
    DEFER(world_close) struct world w;
    world_open(&w);
    w.cx->trace_id = STR(XRAY_PARENT);
    trace_adopt(w.cx, STR(BROUGHT), STR("a=1"));
    const struct http_sigv4 keys = {.region = STR("eu-west-1"),
                                    .service = STR("lambda"),
                                    .key_id = STR("K"),
                                    .secret = STR("S")};
    CHECK_STATUS(w.cx, ask(&w, "/echo", &(struct http_request){.sign = &keys, .body = STR("{}")}),
                 OK);
    must_hold("signed", w.res.body, STR("AWS4-HMAC-SHA256"));
    must_not_hold("no trace", w.res.body, STR("trace"));
}

static void a_large_body_arrives_whole(void **state)
{
    (void)state;
    DEFER(world_close) struct world w;
    world_open(&w);
    size_t size = MIB(2);
    char *body = ARENA_ARRAY(w.cx->arena, char, size);
    memset(body, 'b', size);
    struct http_request req = {.body = {body, size}, .max_body_bytes = MIB(3)};
    int64_t started_us = clock_mono_us();
    CHECK_STATUS(w.cx, ask(&w, "/echo", &req), OK);
    assert_true(w.res.body.len > size);
    assert_true(clock_mono_us() - started_us < 900000); /* libcurl waits 1 s for a 100 */
}

static void any_status_is_ok_and_no_redirect_is_followed(void **state)
{
    (void)state;
    DEFER(world_close) struct world w;
    world_open(&w);
    static const int statuses[] = {204, 304, 400, 401, 418, 429, 500, 503};
    for (size_t i = 0; i < ARRAY_LEN(statuses); i++) {
        char path[32];
        (void)snprintf(path, sizeof path, "/status/%d", statuses[i]);
        CHECK_STATUS(w.cx, ask(&w, path, NULL), OK);
        CHECK_I64(path, w.res.status, statuses[i]);
        http_free(w.http); /* a 204 with a body spoils its connection */
        w.http = http_new(NULL);
    }
    CHECK_STATUS(w.cx, ask(&w, "/moved", NULL), OK);
    CHECK_I64("moved", w.res.status, 302);
    CHECK_STR("location", http_response_field(&w.res, STR("location")), STR("/echo"));
    CHECK_STATUS(w.cx, ask(&w, "/interim", NULL), OK);
    CHECK_STR("the final response's", http_response_field(&w.res, STR("x-kind")), STR("final"));
}

static void bodies_end_at_the_limit(void **state)
{
    (void)state;
    DEFER(world_close) struct world w;
    world_open(&w);
    struct http_request req = {.max_body_bytes = 5000};
    CHECK_STATUS(w.cx, ask(&w, "/bytes/5000", &req), OK);
    CHECK_I64("whole", w.res.body.len, 5000);
    CHECK_STATUS(w.cx, ask(&w, "/bytes/5001", &req), ERR_TOO_LARGE);
    CHECK_STATUS(w.cx, ask(&w, "/chunks/5000", &req), OK);
    CHECK_I64("whole, chunked", w.res.body.len, 5000);
    CHECK_STATUS(w.cx, ask(&w, "/chunks/5001", &req), ERR_TOO_LARGE);
    CHECK_I64("nothing is given", w.res.body.len, 0);
    CHECK_STATUS(w.cx, ask(&w, "/fields/30000", &req), OK);
    CHECK_STATUS(w.cx, ask(&w, "/fields/34000", &req), ERR_UPSTREAM);
    CHECK_STATUS(w.cx, ask(&w, "/bytes/1", &req), OK);
}

static void incomplete_messages_are_upstream_errors(void **state)
{
    (void)state;
    DEFER(world_close) struct world w;
    world_open(&w);
    static const char *const paths[] = {"/nothing", "/half-head", "/half-body", "/not-http"};
    for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
        CHECK_STATUS(w.cx, ask(&w, paths[i], NULL), ERR_UPSTREAM);
        CHECK_I64(paths[i], w.res.body.len, 0);
    }
    struct http_peer gone;
    http_peer_start(&gone, false);
    http_peer_pause(&gone);
    struct http_request req = {.url = at(&w, &gone, "/echo"), .plain_if_local = true};
    CHECK_STATUS(w.cx, http_send(w.cx, w.http, &req, &w.res), ERR_UPSTREAM);
    http_peer_stop(&gone);
}

/* Between `from_ms` and `to_ms`. */
static void check_took(const char *name, int64_t started_us, int64_t from_ms, int64_t to_ms)
{
    int64_t took_ms = (clock_mono_us() - started_us) / 1000;
    if (took_ms < from_ms || took_ms > to_ms) {
        CHECK_FAILED("%s: took %lld ms\n", name, (long long)took_ms);
    }
}

static void timeout_or_deadline_whichever_is_first(void **state)
{
    (void)state;
    DEFER(world_close) struct world w;
    world_open(&w);
    static const char *const paths[] = {"/late/5000", "/drip"};
    for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
        int64_t started_us = clock_mono_us();
        CHECK_STATUS(w.cx, ask(&w, paths[i], &(struct http_request){.timeout_ms = 200}),
                     ERR_TIMEOUT);
        check_took(paths[i], started_us, 190, 1500);
        must_hold("words", str_from_cstr(w.cx->err.text), STR("no complete response in 200 ms"));
        started_us = clock_mono_us();
        w.cx->deadline_ms = clock_now_ms() + 150;
        CHECK_STATUS(w.cx, ask(&w, paths[i], &(struct http_request){.timeout_ms = 4000}),
                     ERR_TIMEOUT);
        check_took(paths[i], started_us, 140, 1500);
        w.cx->deadline_ms = 0;
    }
    int requests = plain.seen->requests;
    w.cx->deadline_ms = clock_now_ms() - 1;
    CHECK_STATUS(w.cx, ask(&w, "/echo", NULL), ERR_TIMEOUT);
    CHECK_I64("nothing sent after the deadline", plain.seen->requests, requests);
}

/* Instead of the C library's: a resolver that hangs, for one name alone. */
/* NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name): its names are reserved */
int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
                struct addrinfo **result)
{
    (void)service;
    (void)hints;
    *result = NULL;
    if (name != NULL && strcmp(name, "hangs.example") == 0) {
        (void)nanosleep(&(struct timespec){.tv_sec = 3}, NULL);
    }
    return EAI_NONAME;
}

static void a_resolver_that_hangs_ends_at_the_timeout(void **state)
{
    (void)state;
    DEFER(world_close) struct world w;
    world_open(&w);
    struct http_request req = {.url = STR("https://hangs.example/"), .timeout_ms = 300};
    int64_t started_us = clock_mono_us();
    CHECK_STATUS(w.cx, http_send(w.cx, w.http, &req, &w.res), ERR_TIMEOUT);
    check_took("resolver", started_us, 290, 1500);
    must_hold("words", str_from_cstr(w.cx->err.text), STR("connect: no answer in 300 ms"));
    req.url = STR("https://nobody.example/");
    CHECK_STATUS(w.cx, http_send(w.cx, w.http, &req, &w.res), ERR_UPSTREAM);
}

static void only_what_may_go_twice_is_tried_again(void **state)
{
    (void)state;
    DEFER(world_close) struct world w;
    world_open(&w);
    struct http_request req = {.idempotent = true, .attempts = 3, .body = STR("x")};
    plain.seen->connections_to_drop = 2;
    int requests = plain.seen->requests;
    CHECK_STATUS(w.cx, ask(&w, "/echo", &req), OK);
    CHECK_I64("tries", plain.seen->requests - requests, 3);
    http_free(w.http); /* a kept connection that dies would be replaced on top */
    w.http = http_new(NULL);
    plain.seen->connections_to_drop = 3;
    CHECK_STATUS(w.cx, ask(&w, "/echo", &req), ERR_UPSTREAM);
    CHECK_I64("all used", plain.seen->connections_to_drop, 0);
    requests = plain.seen->requests;
    CHECK_STATUS(w.cx, ask(&w, "/status/500", &req), OK);
    CHECK_I64("a status is an answer", plain.seen->requests - requests, 1);
    req.idempotent = false;
    plain.seen->connections_to_drop = 1;
    CHECK_STATUS(w.cx, ask(&w, "/echo", &req), ERR_UPSTREAM);
    plain.seen->connections_to_drop = 0;
}

static void a_kept_connection_serves_again_and_never_resends_by_itself(void **state)
{
    (void)state;
    DEFER(world_close) struct world w;
    world_open(&w);
    struct http_request may = {.idempotent = true}, must_not = {.body = STR("x")};
    int connections = plain.seen->connections;
    for (int i = 0; i < 3; i++) {
        CHECK_STATUS(w.cx, ask(&w, "/echo", &may), OK);
    }
    CHECK_I64("one connection", plain.seen->connections - connections, 1);
    CHECK_STATUS(w.cx, ask(&w, "/last", &may), OK);
    CHECK_STATUS(w.cx, ask(&w, "/echo", &may), OK); /* dead, and replaced */
    CHECK_STATUS(w.cx, ask(&w, "/last", &may), OK);
    int requests = plain.seen->requests;
    CHECK_STATUS(w.cx, ask(&w, "/echo", &must_not), OK);
    CHECK_I64("arrived once", plain.seen->requests - requests, 1);
}

static void what_may_not_be_sent_is_refused(void **state)
{
    (void)state;
    DEFER(world_close) struct world w;
    world_open(&w);
    static const struct {
        const char *url;
        bool plain_if_local, allowed;
    } urls[] = {
        {"http://127.0.0.1/", false, false},
        {"http://127.0.0.1/", true, true},
        {"http://127.9.9.9/", true, true},
        {"http://localhost/", true, true},
        {"http://[::1]/", true, true},
        {"http://169.254.100.1/", true, true},
        {"http://[fe80::1]/", true, true},
        {"http://0x7f000001/", true, true}, /* the same address */
        {"http://169.253.0.1/", true, false},
        {"http://10.0.0.1/", true, false},
        {"http://[2001:db8::1]/", true, false},
        {"http://example.com/", true, false},
        {"http://localhost.example.com/", true, false},
        {"http://127.0.0.1.example.com/", true, false},
        {"http://127.0.0.1@example.com/", true, false},
        {"https://user:word@localhost/", false, false},
        {"ftp://127.0.0.1/", true, false},
        {"file:///etc/passwd", true, false},
        {"gopher://127.0.0.1/", true, false},
        {"127.0.0.1/", true, false},
        {"https://local host/", false, false},
        {"https://localhost/\r\nX: y", false, false},
        {"", true, false},
    };
    for (size_t i = 0; i < ARRAY_LEN(urls); i++) {
        struct http_request req = {.url = exact_copy(w.cx, str_from_cstr(urls[i].url)),
                                   .plain_if_local = urls[i].plain_if_local,
                                   .timeout_ms = 100};
        w.cx->deadline_ms = clock_now_ms() - 1; /* what is allowed goes no further than this */
        enum status want = urls[i].allowed ? ERR_TIMEOUT : ERR_INVALID;
        enum status got = http_send(w.cx, w.http, &req, &w.res);
        if (got != want) {
            CHECK_FAILED("%s: %s\n", urls[i].url, status_name(got));
        }
    }
}

static void fields_methods_and_signatures_are_checked(void **state)
{
    (void)state;
    DEFER(world_close) struct world w;
    world_open(&w);
    static const struct http_field bad[] = {
        {STR_INIT("a b"), STR_INIT("1")},
        {STR_INIT(""), STR_INIT("1")},
        {STR_INIT("x"), STR_INIT("1\r\ny: 2")},
        {STR_INIT("x"), STR_INIT("")},
        {STR_INIT("x"), STR_INIT("  ")},
        {STR_INIT("x"), STR_INIT("a\0b")},
        {STR_INIT("Host"), STR_INIT("evil")},
        {STR_INIT("content-length"), STR_INIT("1")},
        {STR_INIT("transfer-encoding"), STR_INIT("chunked")},
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct http_request req = {.fields = &bad[i], .field_count = 1};
        CHECK_STATUS(w.cx, ask(&w, "/echo", &req), ERR_INVALID);
    }
    struct http_field many[HTTP_MAX_FIELDS + 1];
    for (size_t i = 0; i < ARRAY_LEN(many); i++) {
        many[i] = (struct http_field){STR("x"), STR("1")};
    }
    struct http_request crowd = {.fields = many, .field_count = HTTP_MAX_FIELDS};
    CHECK_STATUS(w.cx, ask(&w, "/echo", &crowd), OK);
    crowd.field_count++;
    CHECK_STATUS(w.cx, ask(&w, "/echo", &crowd), ERR_INVALID);
    CHECK_STATUS(w.cx, ask(&w, "/echo", &(struct http_request){.method = "G T"}), ERR_INVALID);
    const struct http_sigv4 good = {STR("eu-central-1"), STR("s"), STR("id"), STR("key"), STR("")};
    struct http_sigv4 no_region = good, no_key = good, odd = good;
    no_region.region = STR("");
    no_key.secret = STR("");
    odd.service = STR("s:t");
    const struct http_sigv4 *const signs[] = {&no_region, &no_key, &odd};
    for (size_t i = 0; i < ARRAY_LEN(signs); i++) {
        CHECK_STATUS(w.cx, ask(&w, "/echo", &(struct http_request){.sign = signs[i]}), ERR_INVALID);
    }
    CHECK_STATUS(w.cx, ask(&w, "/echo", &(struct http_request){.sign = &good}), OK);
    must_hold("signed", w.res.body, STR("Credential=id/"));
    CHECK_STATUS(w.cx, ask(&w, "/echo?a=1", &(struct http_request){.sign = &good}), ERR_INVALID);
    CHECK_STATUS(w.cx, ask(&w, "/echo", NULL), OK);
    must_not_hold("the next is not", w.res.body, STR("uthorization"));
}

static void servers_are_verified(void **state)
{
    (void)state;
    DEFER(world_close) struct world w;
    world_open(&w);
    struct http_request req = {.url = at(&w, &secure, "/echo")};
    assert_int_equal(unsetenv("SSL_CERT_FILE"), 0);
    CHECK_STATUS(w.cx, http_send(w.cx, w.http, &req, &w.res), ERR_UPSTREAM);
    must_hold("unknown root", str_from_cstr(w.cx->err.text), STR("certificate"));
    assert_int_equal(setenv("SSL_CERT_FILE", secure.cert_path, 1), 0);
    CHECK_STATUS(w.cx, http_send(w.cx, w.http, &req, &w.res), OK);
    CHECK_I64("status", w.res.status, 200);
    req.url = arena_format(w.cx->arena, "https://127.0.0.1:%d/echo", secure.port);
    CHECK_STATUS(w.cx, http_send(w.cx, w.http, &req, &w.res), ERR_UPSTREAM); /* another name */
    http_free(
        w.http); /* roots are kept for a while: a new client reads the file that is not there */
    w.http = http_new(NULL);
    req.url = at(&w, &secure, "/echo");
    assert_int_equal(setenv("SSL_CERT_FILE", "/nowhere/roots.pem", 1), 0);
    CHECK_STATUS(w.cx, http_send(w.cx, w.http, &req, &w.res), ERR_UPSTREAM);
    assert_int_equal(unsetenv("SSL_CERT_FILE"), 0);
}

static void proxies_only_if_asked(void **state)
{
    (void)state;
    DEFER(world_close) struct world w;
    world_open(&w);
    assert_int_equal(setenv("http_proxy", "http://127.0.0.1:1", 1), 0);
    assert_int_equal(setenv("all_proxy", "http://127.0.0.1:1", 1), 0);
    CHECK_STATUS(w.cx, ask(&w, "/echo", NULL), OK);
    http_free(w.http);
    w.http = http_new(&(struct http_options){.use_proxies = true});
    CHECK_STATUS(w.cx, ask(&w, "/echo", NULL), ERR_UPSTREAM);
    assert_int_equal(setenv("http_proxy", plain.url, 1), 0);
    CHECK_STATUS(w.cx, ask(&w, "/echo", NULL), OK);
    CHECK_I64("what the peer makes of a proxy's request line", w.res.status, 404);
    assert_int_equal(unsetenv("http_proxy"), 0);
    assert_int_equal(unsetenv("all_proxy"), 0);
}

static void words_hold_no_part_of_the_request(void **state)
{
    (void)state;
    DEFER(world_close) struct world w;
    world_open(&w);
    const struct http_field fields[] = {{STR("authorization"), STR("hunter2")}};
    struct http_request req = {
        .fields = fields, .field_count = 1, .body = STR("hunter2"), .max_body_bytes = 4};
    static const char *const paths[] = {"/nothing?hunter2", "/bytes/9", "/not-http?hunter2",
                                        "/drip?hunter2"};
    for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
        req.timeout_ms = 100;
        CHECK_I64(paths[i], ask(&w, paths[i], &req) != OK, 1);
        must_not_hold(paths[i], str_from_cstr(w.cx->err.text), STR("hunter2"));
    }
    req.url = STR("https://hunter2:hunter2@localhost/");
    CHECK_STATUS(w.cx, http_send(w.cx, w.http, &req, &w.res), ERR_INVALID);
    must_not_hold("refused", str_from_cstr(w.cx->err.text), STR("hunter2"));
}

static void backoff_stays_within_its_bound_and_the_deadline(void **state)
{
    (void)state;
    DEFER(world_close) struct world w;
    world_open(&w);
    for (unsigned attempt = 2; attempt < 5; attempt++) {
        int64_t started_us = clock_mono_us();
        assert_true(http_backoff(w.cx, attempt, 10));
        check_took("backoff", started_us, 0, (10 << (attempt - 2)) + 200);
    }
    w.cx->deadline_ms = clock_now_ms() - 1;
    assert_false(http_backoff(w.cx, 2, 1000));
}

static int peers_start(void **state)
{
    (void)state;
    http_peer_start(&plain, false);
    http_peer_start(&secure, true);
    return 0;
}

static int peers_stop(void **state)
{
    (void)state;
    http_peer_stop(&plain);
    http_peer_stop(&secure);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_goes_out_as_it_was_given),
        cmocka_unit_test(trace_context_is_passed_on),
        cmocka_unit_test(trace_context_never_overrides_and_may_stay),
        cmocka_unit_test(signed_requests_carry_no_trace_context),
        cmocka_unit_test(a_large_body_arrives_whole),
        cmocka_unit_test(any_status_is_ok_and_no_redirect_is_followed),
        cmocka_unit_test(bodies_end_at_the_limit),
        cmocka_unit_test(incomplete_messages_are_upstream_errors),
        cmocka_unit_test(timeout_or_deadline_whichever_is_first),
        cmocka_unit_test(a_resolver_that_hangs_ends_at_the_timeout),
        cmocka_unit_test(only_what_may_go_twice_is_tried_again),
        cmocka_unit_test(a_kept_connection_serves_again_and_never_resends_by_itself),
        cmocka_unit_test(what_may_not_be_sent_is_refused),
        cmocka_unit_test(fields_methods_and_signatures_are_checked),
        cmocka_unit_test(servers_are_verified),
        cmocka_unit_test(proxies_only_if_asked),
        cmocka_unit_test(words_hold_no_part_of_the_request),
        cmocka_unit_test(backoff_stays_within_its_bound_and_the_deadline),
    };
    return cmocka_run_group_tests_name("http_send", tests, peers_start, peers_stop);
}
