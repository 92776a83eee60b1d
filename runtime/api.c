#include "runtime/api.h"

#include "shared/base/buf.h"

#include <curl/curl.h>

#define USER_AGENT "User-Agent: clambda/0.1"

/* One answer while it comes in. */
struct exchange {
    struct ctx *cx;
    struct api_answer *answer;
    struct buf body;
    bool has_reply; /* at least a line of it */
    bool has_head;  /* all of it, with its empty line */
    char reason[CURL_ERROR_SIZE];
};

void api_init(struct api *api, struct str address, struct str base)
{
    *api = (struct api){.address = address, .base = base};
}

void api_close(struct api *api)
{
    if (api->curl != NULL) {
        curl_easy_cleanup(api->curl);
        curl_global_cleanup();
        api->curl = NULL;
    }
}

/* ---- what comes in --------------------------------------------------------------------------- */

/* Room for the whole body at once; a length that is not believed costs nothing. */
static void body_expect(struct exchange *x, struct str length)
{
    int64_t bytes = 0;
    if (str_to_i64(length, &bytes) && bytes > 0 && (uint64_t)bytes <= x->answer->max_body_bytes) {
        (void)buf_reserve(&x->body, (size_t)bytes);
    }
}

static void header_take(struct exchange *x, struct str name, struct str value)
{
    if (str_eq_nocase(name, STR("content-length"))) {
        body_expect(x, value);
    }
    for (size_t i = 0; i < x->answer->header_count; i++) {
        struct api_header *wanted = &x->answer->headers[i];
        if (wanted->value.len == 0 && str_eq_nocase(name, wanted->name)) {
            wanted->value = arena_str_copy(x->cx->arena, value);
        }
    }
}

static void headers_forget(struct api_answer *answer)
{
    for (size_t i = 0; i < answer->header_count; i++) {
        answer->headers[i].value = (struct str){0};
    }
}

/* libcurl gives whole lines: a status line, headers, the empty line; after the body, trailers. */
static size_t on_header(char *bytes, /* NOLINT(readability-non-const-parameter): libcurl's type */
                        size_t size, size_t count, void *user)
{
    struct exchange *x = user;
    struct str line = {.ptr = bytes, .len = size * count};
    x->has_reply = true;
    if (str_has_prefix(line, STR("HTTP/"))) {
        headers_forget(x->answer); /* those of an interim response (RFC 9110 section 15.2) */
        x->has_head = false;
        return line.len;
    }
    struct str value = line;
    struct str name = {0};
    if (!x->has_head && str_split_next(&value, ':', &name) && value.ptr != NULL) {
        header_take(x, name, str_trim(value));
    }
    x->has_head |= str_trim(line).len == 0;
    return line.len;
}

static size_t on_body(char *bytes, /* NOLINT(readability-non-const-parameter): libcurl's type */
                      size_t size, size_t count, void *user)
{
    struct exchange *x = user;
    buf_add(&x->body, (struct str){.ptr = bytes, .len = size * count});
    x->answer->body_is_cut = x->body.full;
    return x->body.full ? 0 : size * count; /* 0 makes libcurl stop and close */
}

/* ---- the handle ------------------------------------------------------------------------------ */

static const struct {
    CURLoption option;
    long value;
} settings[] = {
    {CURLOPT_NOSIGNAL, 1}, /* no SIGPIPE juggling per call: lambda_run ignores it */
    {CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1},
    {CURLOPT_TCP_NODELAY, 1},
    {CURLOPT_PATH_AS_IS, 1}, /* a prefix is not ours to tidy up */
    {CURLOPT_MAXCONNECTS, 1},
    /* A handler may run for 15 minutes; libcurl would give up an idle connection after two. A
     * freeze does not hurt one either (measured by AWS's web adapter, over 39 freezes). */
    {CURLOPT_MAXAGE_CONN, 86400},
    {CURLOPT_TIMEOUT_MS, 0},
};

static bool handle_set(CURL *curl)
{
    bool is_set = true;
    for (size_t i = 0; i < ARRAY_LEN(settings); i++) {
        is_set &= curl_easy_setopt(curl, settings[i].option, settings[i].value) == CURLE_OK;
    }
    is_set &= curl_easy_setopt(curl, CURLOPT_NOPROXY, "*") == CURLE_OK;
    is_set &= curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header) == CURLE_OK;
    is_set &= curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body) == CURLE_OK;
    return is_set;
}

static enum status handle_open(struct ctx *cx, struct api *api)
{
    if (api->curl != NULL) {
        return OK;
    }
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        return fail(cx, ERR_INTERNAL, "libcurl does not start");
    }
    CURL *curl = curl_easy_init();
    if (curl == NULL || !handle_set(curl)) {
        curl_easy_cleanup(curl);
        curl_global_cleanup();
        return fail(cx, ERR_INTERNAL, "libcurl does not know an option it should");
    }
    api->curl = curl;
    return OK;
}

/* ---- what goes out --------------------------------------------------------------------------- */

/* Headers as libcurl wants them, without its allocations: it only reads the list. */
struct lines {
    struct curl_slist nodes[API_MAX_HEADERS + 4];
    size_t count;
};

static void lines_add(struct lines *lines, char *line)
{
    struct curl_slist *node = &lines->nodes[lines->count];
    node->data = line;
    node->next = NULL;
    if (lines->count > 0) {
        lines->nodes[lines->count - 1].next = node;
    }
    lines->count++;
}

static void lines_make(struct ctx *cx, const struct api_request *request, struct lines *lines)
{
    static char user_agent[] = USER_AGENT;
    static char no_accept[] = "Accept:"; /* a name alone takes libcurl's own header away */
    static char no_expect[] = "Expect:"; /* a large body must not wait for a 100 */
    static char no_type[] = "Content-Type:";
    bool has_type = false;
    lines_add(lines, user_agent);
    lines_add(lines, no_accept);
    lines_add(lines, no_expect);
    for (size_t i = 0; i < API_MAX_HEADERS; i++) {
        const struct api_header *header = &request->headers[i];
        if (header->value.len > 0) {
            struct buf line = buf_in(cx->arena, SIZE_MAX);
            (void)buf_reserve(&line, header->name.len + header->value.len + 3);
            buf_add(&line, header->name);
            buf_add(&line, STR(": "));
            buf_add(&line, header->value);
            buf_add_char(&line, '\0');
            lines_add(lines, line.ptr);
            has_type |= str_eq_nocase(header->name, STR("content-type"));
        }
    }
    if (!has_type) {
        lines_add(lines, no_type);
    }
}

static void method_set(CURL *curl, const struct api_request *request)
{
    if (!request->is_post) {
        (void)curl_easy_setopt(curl, CURLOPT_HTTPGET, 1L);
        return;
    }
    (void)curl_easy_setopt(curl, CURLOPT_POST, 1L);
    (void)curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.len);
    (void)curl_easy_setopt(curl, CURLOPT_POSTFIELDS,
                           request->body.len > 0 ? request->body.ptr : "");
}

static CURLcode perform(struct api *api, struct exchange *x)
{
    x->body = buf_in(x->cx->arena, x->answer->max_body_bytes);
    x->has_reply = false;
    x->has_head = false;
    x->reason[0] = '\0';
    x->answer->body_is_cut = false;
    headers_forget(x->answer);
    (void)curl_easy_setopt(api->curl, CURLOPT_FRESH_CONNECT, api->drop ? 1L : 0L);
    api->drop = false;
    return curl_easy_perform(api->curl);
}

/*
 * libcurl sends again by itself when a kept connection turns out dead before a line of the reply
 * came, except when it dies under a body that is still going out.
 */
static bool may_send_again(const struct api *api, const struct exchange *x, CURLcode code)
{
    long connections_made = 0;
    bool died = code == CURLE_SEND_ERROR || code == CURLE_RECV_ERROR || code == CURLE_GOT_NOTHING;
    return died && !x->has_reply &&
           curl_easy_getinfo(api->curl, CURLINFO_NUM_CONNECTS, &connections_made) == CURLE_OK &&
           connections_made == 0;
}

static enum status exchange_result(struct api *api, struct exchange *x, CURLcode code)
{
    long http_status = 0;
    (void)curl_easy_getinfo(api->curl, CURLINFO_RESPONSE_CODE, &http_status);
    x->answer->status = (int)http_status;
    x->answer->body = buf_str(&x->body);
    if (code == CURLE_OK && !x->has_head) {
        code = CURLE_PARTIAL_FILE; /* libcurl takes an end within the head for the head's end */
    }
    if (code == CURLE_OK || (code == CURLE_WRITE_ERROR && x->answer->body_is_cut)) {
        return OK;
    }
    api->drop = true;
    const char *reason = x->reason[0] != '\0' ? x->reason : curl_easy_strerror(code);
    bool is_url = code != CURLE_URL_MALFORMAT && code != CURLE_UNSUPPORTED_PROTOCOL;
    return fail(x->cx, is_url ? ERR_UPSTREAM : ERR_INVALID, "%s", reason);
}

enum status api_exchange(struct ctx *cx, struct api *api, const struct api_request *request,
                         struct api_answer *answer)
{
    TRY(handle_open(cx, api));
    struct exchange x = {.cx = cx, .answer = answer};
    struct lines lines = {0};
    lines_make(cx, request, &lines);
    struct str url =
        arena_format(cx->arena, "http://" STR_FMT STR_FMT STR_FMT, STR_ARG(api->address),
                     STR_ARG(api->base), STR_ARG(request->path));
    (void)curl_easy_setopt(api->curl, CURLOPT_ERRORBUFFER, x.reason);
    (void)curl_easy_setopt(api->curl, CURLOPT_HEADERDATA, &x);
    (void)curl_easy_setopt(api->curl, CURLOPT_WRITEDATA, &x);
    (void)curl_easy_setopt(api->curl, CURLOPT_HTTPHEADER, lines.nodes);
    (void)curl_easy_setopt(api->curl, CURLOPT_URL, url.ptr);
    method_set(api->curl, request);
    CURLcode code = perform(api, &x);
    if (may_send_again(api, &x, code)) {
        api->drop = true;
        code = perform(api, &x);
    }
    enum status status = exchange_result(api, &x, code);
    /* What stood on this stack must not be reached by libcurl's later calls. */
    (void)curl_easy_setopt(api->curl, CURLOPT_ERRORBUFFER, NULL);
    (void)curl_easy_setopt(api->curl, CURLOPT_HTTPHEADER, NULL);
    return status == OK ? OK
                        : err_while(cx, status, "%s " STR_FMT, request->is_post ? "POST" : "GET",
                                    STR_ARG(request->path));
}
