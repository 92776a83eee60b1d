#include "tests/support/http_call.h"

#include "shared/base/buf.h"
#include "shared/base/clock.h"
#include "tests/support/check.h"

#include <curl/curl.h>

enum { HEADERS_MAX = 64 * 1024, TOGETHER_MAX = 16 };

struct exchange {
    CURL *curl;
    struct curl_slist *fields;
    struct buf headers, body;
    char why[CURL_ERROR_SIZE];
};

/* NOLINTNEXTLINE(readability-non-const-parameter): the type is libcurl's */
static size_t take(char *bytes, size_t size, size_t count, void *owner)
{
    struct buf *buf = owner;
    buf_add(buf, (struct str){.ptr = bytes, .len = size * count});
    return buf->full ? 0 : size * count;
}

static void add_field(struct exchange *exchange, const char *line)
{
    exchange->fields = curl_slist_append(exchange->fields, line);
    assert_non_null(exchange->fields);
}

static void set_body(struct exchange *exchange, const struct http_call *call)
{
    if (call->body.len == 0) {
        return;
    }
    add_field(exchange, "content-type: application/json");
    add_field(exchange, "expect:");
    if (call->chunked) {
        add_field(exchange, "transfer-encoding: chunked");
    }
    (void)curl_easy_setopt(exchange->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)call->body.len);
    (void)curl_easy_setopt(exchange->curl, CURLOPT_POSTFIELDS, call->body.ptr);
}

static void exchange_open(struct ctx *cx, const struct http_call *call, struct exchange *exchange)
{
    *exchange = (struct exchange){
        .curl = curl_easy_init(),
        .headers = buf_in(cx->arena, HEADERS_MAX),
        .body = buf_in(cx->arena, HTTP_CALL_BODY_MAX),
    };
    CURL *curl = exchange->curl;
    assert_non_null(curl);
    if (call->authorization.len > 0) {
        struct str line =
            arena_format(cx->arena, "authorization: " STR_FMT, STR_ARG(call->authorization));
        add_field(exchange, arena_cstr_copy(cx->arena, line));
    }
    for (size_t i = 0; i < ARRAY_LEN(call->fields) && call->fields[i] != NULL; i++) {
        add_field(exchange, call->fields[i]);
    }
    set_body(exchange, call);
    (void)curl_easy_setopt(curl, CURLOPT_URL, call->url);
    (void)curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, call->method);
    (void)curl_easy_setopt(curl, CURLOPT_HTTPHEADER, exchange->fields);
    (void)curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
    (void)curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)HTTP_CALL_PATIENCE_MS);
    (void)curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, exchange->why);
    (void)curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take);
    (void)curl_easy_setopt(curl, CURLOPT_HEADERDATA, &exchange->headers);
    (void)curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
    (void)curl_easy_setopt(curl, CURLOPT_WRITEDATA, &exchange->body);
}

static void exchange_close(struct ctx *cx, struct exchange *exchange, CURLcode code,
                           struct http_result *result)
{
    long status = 0;
    curl_off_t took_us = 0, first_byte_us = 0;
    (void)curl_easy_getinfo(exchange->curl, CURLINFO_RESPONSE_CODE, &status);
    (void)curl_easy_getinfo(exchange->curl, CURLINFO_TOTAL_TIME_T, &took_us);
    (void)curl_easy_getinfo(exchange->curl, CURLINFO_STARTTRANSFER_TIME_T, &first_byte_us);
    *result = (struct http_result){
        .status = code == CURLE_OK ? (int)status : 0,
        .took_us = took_us,
        .headers = buf_str(&exchange->headers),
        .body = buf_str(&exchange->body),
        .first_byte_us = first_byte_us,
    };
    if (code != CURLE_OK) {
        const char *why = exchange->why[0] != '\0' ? exchange->why : curl_easy_strerror(code);
        result->body = arena_str_copy(cx->arena, str_from_cstr(why));
    }
    curl_slist_free_all(exchange->fields);
    curl_easy_cleanup(exchange->curl);
}

void http_call(struct ctx *cx, const struct http_call *call, struct http_result *result)
{
    struct exchange exchange;
    exchange_open(cx, call, &exchange);
    CURLcode code = curl_easy_perform(exchange.curl);
    exchange_close(cx, &exchange, code, result);
}

/* Turns the loop until each has its answer or has failed. */
static void perform_all(CURLM *multi, size_t count, struct exchange *exchanges, CURLcode *codes)
{
    int running = 1;
    while (running > 0) {
        assert_int_equal(curl_multi_perform(multi, &running), CURLM_OK);
        assert_int_equal(curl_multi_poll(multi, NULL, 0, 100, NULL), CURLM_OK);
    }
    int left = 0;
    const CURLMsg *message = curl_multi_info_read(multi, &left);
    for (; message != NULL; message = curl_multi_info_read(multi, &left)) {
        for (size_t i = 0; i < count; i++) {
            if (exchanges[i].curl == message->easy_handle) {
                codes[i] = message->data.result;
            }
        }
    }
}

void http_call_together(struct ctx *cx, const struct http_call *calls, size_t count,
                        struct http_result *results)
{
    struct exchange exchanges[TOGETHER_MAX];
    CURLcode codes[TOGETHER_MAX];
    CURLM *multi = curl_multi_init();
    assert_non_null(multi);
    assert_true(count <= TOGETHER_MAX);
    for (size_t i = 0; i < count; i++) {
        codes[i] = CURLE_FAILED_INIT;
        exchange_open(cx, &calls[i], &exchanges[i]);
        (void)curl_easy_setopt(exchanges[i].curl, CURLOPT_FRESH_CONNECT, 1L);
        assert_int_equal(curl_multi_add_handle(multi, exchanges[i].curl), CURLM_OK);
    }
    perform_all(multi, count, exchanges, codes);
    for (size_t i = 0; i < count; i++) {
        (void)curl_multi_remove_handle(multi, exchanges[i].curl);
        exchange_close(cx, &exchanges[i], codes[i], &results[i]);
    }
    (void)curl_multi_cleanup(multi);
}

struct str http_result_header(const struct http_result *result, const char *name)
{
    struct str rest = result->headers, line;
    while (str_split_next(&rest, '\n', &line)) {
        size_t colon = str_find_char(line, ':');
        if (colon != SIZE_MAX && str_eq_nocase(str_slice(line, 0, colon), str_from_cstr(name))) {
            return str_trim(str_slice(line, colon + 1, line.len));
        }
    }
    return (struct str){0};
}
