#include "runtime/wire/api.h"

#include "shared/base/clock.h"
#include "shared/http1/http1.h"

#define USER_AGENT "User-Agent: clambda/0.1\r\n"

enum {
    HEAD_ROOM = 512,             /* of a request, as a rule */
    SMALL_BODY_BYTES = 16 * 1024 /* goes out in one write with its head */
};

void api_init(struct api *api, struct str address, struct str base)
{
    api->address = address;
    api->base = base;
    api->timeout_ms = 0;
    api->conn = (struct conn){.stop_fd = -1};
    api->stop_fd = -1;
    api->drop = false;
    arena_init(&api->memory, KIB(4));
    api->head = buf_in(&api->memory, API_MAX_HEAD_BYTES);
}

void api_close(struct api *api)
{
    conn_close(&api->conn);
    arena_deinit(&api->memory);
    api->head = buf_in(&api->memory, API_MAX_HEAD_BYTES);
}

/* ---- what goes out --------------------------------------------------------------------------- */

static const struct str methods[] = {
    [API_GET] = STR_INIT("GET"),
    [API_POST] = STR_INIT("POST"),
    [API_PUT] = STR_INIT("PUT"),
};

void api_head(struct buf *out, const struct api *api, const struct api_request *request,
              struct str framing)
{
    size_t host_end = str_find_char(api->address, '/');
    buf_add(out, methods[request->method]);
    buf_add_char(out, ' ');
    buf_add(out, str_slice(api->address, host_end, api->address.len));
    buf_add(out, api->base);
    buf_add(out, request->path);
    buf_add(out, STR(" HTTP/1.1\r\nHost: "));
    buf_add(out, str_slice(api->address, 0, host_end));
    buf_add(out, STR("\r\n" USER_AGENT));
    for (size_t i = 0; i < API_MAX_HEADERS; i++) {
        if (request->headers[i].value.len > 0) {
            buf_add(out, request->headers[i].name);
            buf_add(out, STR(": "));
            buf_add(out, request->headers[i].value);
            buf_add(out, STR("\r\n"));
        }
    }
    buf_add(out, framing);
}

/* The head, with the body if it is small, and what is left of the body. */
static struct str request_make(struct ctx *cx, const struct api *api,
                               const struct api_request *request, struct str *rest)
{
    bool has_body = request->method != API_GET;
    bool is_small = has_body && request->body.len <= SMALL_BODY_BYTES;
    struct buf out = buf_in(cx->arena, SIZE_MAX);
    (void)buf_reserve(&out, HEAD_ROOM + (is_small ? request->body.len : 0));
    api_head(&out, api, request, (struct str){0});
    if (has_body) {
        buf_add(&out, STR("Content-Length: "));
        buf_add_i64(&out, (int64_t)request->body.len);
        buf_add(&out, STR("\r\n"));
    }
    buf_add(&out, STR("\r\n"));
    if (is_small) {
        buf_add(&out, request->body);
    }
    *rest = has_body && !is_small ? request->body : (struct str){0};
    return buf_str(&out);
}

/* ---- what comes in --------------------------------------------------------------------------- */

/* One try of a request. */
struct exchange {
    struct ctx *cx;
    struct api *api;
    struct api_answer *answer;
    struct http1 http;
    struct buf body;
    int64_t end_us;
};

static void header_take(struct exchange *x, struct str name, struct str value)
{
    for (size_t i = 0; i < x->answer->header_count; i++) {
        struct api_header *wanted = &x->answer->headers[i];
        if (wanted->value.len == 0 && str_eq_nocase(name, wanted->name)) {
            wanted->value = arena_str_copy(x->cx->arena, value);
        }
    }
}

static void head_take(struct exchange *x)
{
    struct str rest = http1_fields(&x->http), name = {0}, value = {0};
    x->answer->status = x->http.status;
    while (http1_field_next(&rest, &name, &value)) {
        header_take(x, name, value);
    }
    if (x->http.is_sized && x->http.left > x->body.max) {
        x->answer->body_is_cut = true; /* none of it is worth reading */
    } else if (x->http.is_sized) {
        (void)buf_reserve(&x->body, (size_t)x->http.left); /* room for all of it at once */
    }
}

/* A part of the body is there already if it was received in place. */
static void body_take(struct exchange *x, struct str part)
{
    if (x->body.ptr != NULL && part.ptr == x->body.ptr + x->body.len) {
        buf_commit(&x->body, part.len);
    } else {
        buf_add(&x->body, part);
    }
    x->answer->body_is_cut = x->body.full;
}

/* Where the next bytes go: into the body itself if they can be nothing else. */
static char *place_for(struct exchange *x, size_t *room)
{
    uint64_t ahead = http1_body_ahead(&x->http);
    if (ahead > 0 && ahead <= x->body.max - x->body.len) {
        *room = (size_t)ahead;
        return buf_reserve(&x->body, *room);
    }
    *room = sizeof x->api->input;
    return x->api->input;
}

/* Takes `in` apart; HTTP1_MORE if the answer goes on. */
static enum http1_step input_take(struct exchange *x, struct str in)
{
    for (;;) {
        struct str part = {0};
        enum http1_step step = http1_next(&x->http, &in, &part);
        if (step == HTTP1_HEAD) {
            head_take(x);
        } else if (step == HTTP1_BODY) {
            body_take(x, part);
        } else {
            x->api->drop |= in.len > 0; /* of something nobody asked for */
            return step;
        }
        if (x->answer->body_is_cut) {
            return HTTP1_DONE;
        }
    }
}

static enum status answer_read(struct exchange *x)
{
    enum http1_step step = HTTP1_MORE;
    while (step == HTTP1_MORE) {
        size_t room = 0, got = 0;
        char *place = place_for(x, &room);
        switch (conn_recv(&x->api->conn, place, room, x->end_us, &got)) {
        case CONN_OK:
            step = input_take(x, (struct str){.ptr = place, .len = got});
            break;
        case CONN_CLOSED:
            step = http1_end(&x->http);
            break;
        case CONN_LATE:
            return fail(x->cx, ERR_TIMEOUT, "no answer in %d ms", x->api->timeout_ms);
        case CONN_STOPPED:
            return fail(x->cx, ERR_CONFLICT, "the program ends");
        case CONN_BROKEN:
        case CONN_EARLY:
            return fail(x->cx, ERR_UPSTREAM, "the connection broke");
        }
    }
    return step == HTTP1_DONE ? OK : fail(x->cx, ERR_UPSTREAM, "%s", x->http.fault);
}

/* ---- the whole ------------------------------------------------------------------------------- */

/* Starts over: nothing of an earlier try counts. */
static struct exchange exchange_begin(struct ctx *cx, struct api *api, struct api_answer *answer)
{
    struct exchange x = {
        .cx = cx, .api = api, .answer = answer, .body = buf_in(cx->arena, answer->max_body_bytes)};
    if (api->timeout_ms > 0) {
        x.end_us = clock_mono_us() + (int64_t)api->timeout_ms * 1000;
    }
    http1_begin(&x.http, &api->head);
    answer->status = 0;
    answer->body_is_cut = false;
    for (size_t i = 0; i < answer->header_count; i++) {
        answer->headers[i].value = (struct str){0};
    }
    return x;
}

static enum status exchange_end(struct exchange *x, enum status status)
{
    x->api->drop |= status != OK || x->http.is_last || x->answer->body_is_cut;
    x->answer->body = buf_str(&x->body);
    return status;
}

static enum status exchange(struct exchange *x, struct str head, struct str rest)
{
    struct api *api = x->api;
    if (api->drop) {
        conn_close(&api->conn);
        api->drop = false;
    }
    if (!conn_is_open(&api->conn)) {
        TRY(conn_open(x->cx, &api->conn, api->address, api->timeout_ms));
    }
    enum conn_result sent = conn_send(&api->conn, head, x->end_us);
    if (sent == CONN_OK && rest.len > 0) {
        sent = conn_send(&api->conn, rest, x->end_us);
    }
    if (sent == CONN_LATE) {
        return fail(x->cx, ERR_TIMEOUT, "not sent in %d ms", api->timeout_ms);
    }
    api->drop = sent != CONN_OK; /* of which an answer may tell the reason */
    return answer_read(x);
}

enum status api_exchange(struct ctx *cx, struct api *api, const struct api_request *request,
                         struct api_answer *answer)
{
    struct str rest = {0};
    struct str head = request_make(cx, api, request, &rest);
    bool was_kept = conn_is_open(&api->conn) && !api->drop;
    struct exchange x = exchange_begin(cx, api, answer);
    api->conn.stop_fd = request->is_poll ? api->stop_fd : -1;
    enum status status = exchange(&x, head, rest);
    if (status == ERR_UPSTREAM && was_kept && !x.http.has_begun) {
        api->drop = true;
        x = exchange_begin(cx, api, answer);
        status = exchange(&x, head, rest);
    }
    status = exchange_end(&x, status);
    return status == OK ? OK
                        : err_while(cx, status, STR_FMT " " STR_FMT,
                                    STR_ARG(methods[request->method]), STR_ARG(request->path));
}

enum status api_receive(struct ctx *cx, struct api *api, struct api_answer *answer)
{
    struct exchange x = exchange_begin(cx, api, answer);
    return exchange_end(&x, answer_read(&x));
}
