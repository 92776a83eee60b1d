/*
 * One request after the other over one libcurl handle.
 */
#include "shared/http/internal.h"

#include "shared/base/buf.h"
#include "shared/base/clock.h"

#include <openssl/x509.h>
#include <stdlib.h>
#include <sys/random.h>

enum {
    DEFAULT_TIMEOUT_MS = 10000,
    DEFAULT_BODY_BYTES = 1024 * 1024,
    RETRY_BASE_MS = 100,
    MAX_DOUBLINGS = 16,
};

/* One response while it comes in. */
struct exchange {
    struct ctx *cx;
    struct buf head, body;
    bool has_head; /* all of it, with its empty line */
    char reason[CURL_ERROR_SIZE];
};

struct http *http_new(const struct http_options *options)
{
    struct arena arena;
    arena_init(&arena, 256);
    struct http *http = ARENA_NEW(&arena, struct http);
    *http = (struct http){
        .arena = arena,
        .use_proxies = options != NULL && options->use_proxies,
    };
    return http;
}

void http_close(struct http *http)
{
    if (http == NULL) {
        return;
    }
    http_pool_close(http);
    if (http->curl != NULL) {
        curl_easy_cleanup(http->curl);
        curl_global_cleanup();
        http->curl = NULL;
    }
}

void http_free(struct http *http)
{
    if (http == NULL) {
        return;
    }
    http_close(http);
    X509_STORE_free(http->roots);
    struct arena arena = http->arena; /* a copy: the original is in its own memory */
    arena_deinit(&arena);
}

static enum status handle_open(struct ctx *cx, struct http *http)
{
    if (http->curl != NULL) {
        return OK;
    }
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        return fail(cx, ERR_INTERNAL, "libcurl does not start");
    }
    http->curl = curl_easy_init();
    if (http->curl == NULL) {
        curl_global_cleanup();
        return fail(cx, ERR_INTERNAL, "libcurl gives no handle");
    }
    return OK;
}

/* ---- what comes in --------------------------------------------------------------------------- */

/* Room for the whole body at once; a length that is not believed costs nothing. */
static void body_expect(struct exchange *x, struct str line)
{
    int64_t bytes = 0;
    if (str_skip_prefix_nocase(&line, STR("content-length:")) &&
        str_to_i64(str_trim(line), &bytes) && bytes > 0 && (uint64_t)bytes <= x->body.max) {
        (void)buf_reserve(&x->body, (size_t)bytes);
    }
}

/* libcurl gives whole lines: a status line, fields, the empty line; after the body, trailers. */
static size_t on_header(char *bytes, /* NOLINT(readability-non-const-parameter): libcurl's type */
                        size_t size, size_t count, void *user)
{
    struct exchange *x = user;
    struct str line = {.ptr = bytes, .len = size * count};
    if (str_has_prefix(line, STR("HTTP/"))) {
        buf_clear(&x->head); /* of an interim response (RFC 9110 section 15.2) */
        x->has_head = false;
        return line.len;
    }
    if (!x->has_head) {
        buf_add(&x->head, line);
        body_expect(x, line);
    }
    x->has_head |= str_trim(line).len == 0;
    return x->head.full ? 0 : line.len; /* 0 makes libcurl stop and close */
}

static size_t on_body(char *bytes, /* NOLINT(readability-non-const-parameter): libcurl's type */
                      size_t size, size_t count, void *user)
{
    struct exchange *x = user;
    buf_add(&x->body, (struct str){.ptr = bytes, .len = size * count});
    return x->body.full ? 0 : size * count;
}

/* ---- what goes out --------------------------------------------------------------------------- */

static void set_message(struct http_setup *s, struct ctx *cx, const struct http_request *req,
                        struct http_lines *lines)
{
    const char *method = http_request_method(req);
    http_lines_make(cx, req, lines);
    http_set_text(s, CURLOPT_URL, arena_cstr_copy(cx->arena, req->url));
    http_set_pointer(s, CURLOPT_HTTPHEADER, lines->nodes);
    if (req->body.len > 0) {
        s->refused |= curl_easy_setopt(s->curl, CURLOPT_POSTFIELDSIZE_LARGE,
                                       (curl_off_t)req->body.len) != CURLE_OK;
        http_set_text(s, CURLOPT_POSTFIELDS, req->body.ptr);
    } else if (strcmp(method, "HEAD") == 0) {
        http_set_long(s, CURLOPT_NOBODY, 1);
    } else if (strcmp(method, "GET") != 0) {
        s->refused |=
            curl_easy_setopt(s->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)0) != CURLE_OK;
        http_set_text(s, CURLOPT_POSTFIELDS, "");
    }
    http_set_text(s, CURLOPT_CUSTOMREQUEST, method);
}

static void set_signature(struct http_setup *s, struct ctx *cx, const struct http_sigv4 *sign)
{
    if (sign == NULL) {
        return;
    }
    struct str scope = arena_format(cx->arena, "aws:amz:" STR_FMT ":" STR_FMT,
                                    STR_ARG(sign->region), STR_ARG(sign->service));
    http_set_text(s, CURLOPT_AWS_SIGV4, scope.ptr);
    http_set_text(s, CURLOPT_USERNAME, arena_cstr_copy(cx->arena, sign->key_id));
    http_set_text(s, CURLOPT_PASSWORD, arena_cstr_copy(cx->arena, sign->secret));
}

static void set_sinks(struct http_setup *s, struct exchange *x)
{
    s->refused |= curl_easy_setopt(s->curl, CURLOPT_HEADERFUNCTION, on_header) != CURLE_OK;
    s->refused |= curl_easy_setopt(s->curl, CURLOPT_WRITEFUNCTION, on_body) != CURLE_OK;
    http_set_pointer(s, CURLOPT_HEADERDATA, x);
    http_set_pointer(s, CURLOPT_WRITEDATA, x);
    http_set_pointer(s, CURLOPT_ERRORBUFFER, x->reason);
}

/* ---- an attempt ------------------------------------------------------------------------------ */

static enum status failure_tell(struct exchange *x, CURL *curl, CURLcode code, int64_t timeout_ms)
{
    double connected_s = 0;
    if (x->body.full) {
        return fail(x->cx, ERR_TOO_LARGE, "the response has more than %zu bytes", x->body.max);
    }
    if (x->head.full) {
        return fail(x->cx, ERR_UPSTREAM, "the response's head has more than %d bytes",
                    HTTP_MAX_HEAD_BYTES);
    }
    if (code == CURLE_OPERATION_TIMEDOUT) {
        (void)curl_easy_getinfo(curl, CURLINFO_APPCONNECT_TIME, &connected_s);
        if (connected_s <= 0) {
            (void)curl_easy_getinfo(curl, CURLINFO_PRETRANSFER_TIME, &connected_s);
        }
        return fail(x->cx, ERR_TIMEOUT, "%s in %lld ms",
                    connected_s > 0 ? "no complete response" : "connect: no answer",
                    (long long)timeout_ms);
    }
    return fail(x->cx, ERR_UPSTREAM, "%s",
                x->reason[0] != '\0' ? x->reason : curl_easy_strerror(code));
}

static enum status attempt(struct ctx *cx, struct http *http, const struct http_request *req,
                           struct http_response *res)
{
    int64_t timeout_ms = req->timeout_ms > 0 ? req->timeout_ms : DEFAULT_TIMEOUT_MS;
    int64_t left_ms = ctx_remaining_ms(cx, timeout_ms);
    if (left_ms == 0) {
        return fail(cx, ERR_TIMEOUT, "the deadline passed before the request was sent");
    }
    timeout_ms = left_ms < timeout_ms ? left_ms : timeout_ms;
    struct exchange x = {
        .cx = cx,
        .head = buf_in(cx->arena, HTTP_MAX_HEAD_BYTES),
        .body =
            buf_in(cx->arena, req->max_body_bytes > 0 ? req->max_body_bytes : DEFAULT_BODY_BYTES),
    };
    struct http_lines lines;
    struct http_setup setup = {.curl = http->curl};
    curl_easy_reset(http->curl); /* keeps connections, TLS sessions, parsed roots */
    http_set_connection(&setup, http, req->plain_if_local);
    /* libcurl sends again by itself when a kept connection turns out dead, a POST too: what must
     * not go twice goes over a new one. */
    http_set_long(&setup, CURLOPT_FRESH_CONNECT, req->idempotent ? 0 : 1);
    set_message(&setup, cx, req, &lines);
    set_signature(&setup, cx, req->sign);
    set_sinks(&setup, &x);
    http_set_long(&setup, CURLOPT_TIMEOUT_MS, (long)timeout_ms);
    if (setup.refused) {
        curl_easy_reset(http->curl);
        return fail(cx, ERR_INTERNAL, "libcurl does not know an option it should");
    }
    CURLcode code = curl_easy_perform(http->curl);
    long http_status = 0;
    (void)curl_easy_getinfo(http->curl, CURLINFO_RESPONSE_CODE, &http_status);
    if (code == CURLE_OK && !x.has_head) {
        code = CURLE_PARTIAL_FILE; /* libcurl takes an end within the head for the head's end */
    }
    enum status status = code == CURLE_OK ? OK : failure_tell(&x, http->curl, code, timeout_ms);
    curl_easy_reset(http->curl); /* what stood on this stack, and the keys, are not to be reached */
    if (status == OK) {
        *res = (struct http_response){
            .status = (int)http_status,
            .fields = buf_str(&x.head),
            .body = buf_str(&x.body),
        };
    }
    return status;
}

bool http_backoff(const struct ctx *cx, unsigned attempt_number, int64_t base_ms)
{
    uint32_t random = 0;
    unsigned doublings = attempt_number > 2 ? attempt_number - 2 : 0;
    int64_t bound_ms = base_ms << (doublings < MAX_DOUBLINGS ? doublings : MAX_DOUBLINGS);
    if (getrandom(&random, sizeof random, 0) != (ssize_t)sizeof random) {
        random = UINT32_MAX; /* never seen; then the longest wait */
    }
    int64_t wait_ms = bound_ms * (int64_t)(random >> 16) / UINT16_MAX;
    if (ctx_remaining_ms(cx, INT64_MAX) <= wait_ms) {
        return false;
    }
    clock_sleep_ms(wait_ms);
    return true;
}

enum status http_send(struct ctx *cx, struct http *http, const struct http_request *req,
                      struct http_response *res)
{
    unsigned attempts = req->idempotent && req->attempts > 1 ? req->attempts : 1;
    *res = (struct http_response){0};
    TRY(http_request_check(cx, req));
    TRY(handle_open(cx, http));
    for (unsigned number = 1;; number++) {
        enum status status = attempt(cx, http, req, res);
        bool may_pass = status == ERR_UPSTREAM || status == ERR_TIMEOUT;
        if (!may_pass || number == attempts || !http_backoff(cx, number + 1, RETRY_BASE_MS)) {
            return status;
        }
    }
}

struct str http_response_field(const struct http_response *res, struct str name)
{
    struct str rest = res->fields;
    struct str line;
    while (str_split_next(&rest, '\n', &line)) {
        struct str value = line;
        struct str key;
        if (str_split_next(&value, ':', &key) && value.ptr != NULL && str_eq_nocase(key, name)) {
            return str_trim(value);
        }
    }
    return (struct str){0};
}
