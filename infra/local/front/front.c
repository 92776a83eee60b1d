#include "infra/local/front/front.h"

#include "infra/local/dashboard/dashboard.h"
#include "infra/local/front/function_url.h"
#include "infra/local/front/http_api.h"
#include "infra/local/front/invoke_api.h"
#include "infra/local/front/rest_api.h"
#include "infra/local/source/schedule.h"
#include "infra/local/source/sqs.h"
#include "shared/base/clock.h"
#include "shared/base/field.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    CONNECTION_MEMORY = 64 * 1024, /* holds a head of 10,240 bytes and a piece of the body */
    CONNECTION_TIMEOUT_S = 75,
    BACKLOG = 511,
    KEEP_ARENA_BYTES = 256 * 1024,
};

/* ---- requests -------------------------------------------------------------------------------- */

static struct request *request_new(struct front *front)
{
    struct request *request = front->spare;
    if (request == NULL) {
        request = ARENA_NEW(&front->arena, struct request);
        arena_init(&request->arena, KIB(16));
    } else {
        front->spare = request->next;
    }
    struct arena arena = request->arena;
    memset(request, 0, sizeof(*request));
    request->arena = arena;
    request->service = &front->service;
    request->must_run = &front->must_run;
    request->due_ms = &front->due_ms;
    request->loop = front->loop;
    request->began_us = clock_mono_us();
    request->body = buf_in(&request->arena, FRONT_MAX_BODY_BYTES);
    return request;
}

static void request_free(struct front *front, struct request *request)
{
    if (request->arena.kept_bytes > KEEP_ARENA_BYTES) {
        arena_deinit(&request->arena); /* a rare large one must not stay large for ever */
    } else {
        arena_reset(&request->arena);
    }
    request->next = front->spare;
    front->spare = request;
}

static enum MHD_Result queue(struct request *request, struct MHD_Response *response)
{
    if (response == NULL) {
        return MHD_NO;
    }
    for (size_t i = 0; i < request->answer_header_count; i++) {
        /* The names and values were checked; a refusal by libmicrohttpd loses that header only. */
        (void)MHD_add_response_header(
            response, arena_cstr_copy(&request->arena, request->answer_headers[i].name),
            arena_cstr_copy(&request->arena, request->answer_headers[i].value));
    }
    enum MHD_Result result =
        MHD_queue_response(request->connection, (unsigned)request->status, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result send_answer(struct request *request)
{
    bool bodyless =
        request->status == MHD_HTTP_NO_CONTENT || request->status == MHD_HTTP_NOT_MODIFIED;
    struct str body = bodyless ? STR("") : request->answer_body;
    /* Only read, but not const in libmicrohttpd 0.9.75. */
    union {
        const char *ours;
        void *theirs;
    } bytes = {.ours = body.len > 0 ? body.ptr : ""};
    return queue(request,
                 MHD_create_response_from_buffer(body.len, bytes.theirs, MHD_RESPMEM_PERSISTENT));
}

/* ---- an answer in pieces --------------------------------------------------------------------- */

enum { STREAM_BLOCK = 32 * 1024, STREAM_GO_ON_BYTES = 64 * 1024 };

/* libmicrohttpd has room for more of it. */
static ssize_t read_stream(void *owner, UNUSED uint64_t position, char *out, size_t max)
{
    struct request *request = owner;
    struct request_stream *stream = &request->stream;
    struct str left = str_slice(buf_str(&stream->bytes), stream->sent, stream->bytes.len);
    if (left.len > 0) {
        left = str_slice(left, 0, max);
        memcpy(out, left.ptr, left.len);
        stream->sent += left.len;
        if (stream->is_held && stream->bytes.len - stream->sent < STREAM_GO_ON_BYTES) {
            stream->is_held = false;
            invocation_resume(&request->inv);
        }
        return (ssize_t)left.len;
    }
    if (stream->is_over) {
        return stream->is_whole ? MHD_CONTENT_READER_END_OF_STREAM
                                : MHD_CONTENT_READER_END_WITH_ERROR;
    }
    request->suspended = true;
    MHD_suspend_connection(request->connection);
    return 0;
}

static enum MHD_Result send_stream(struct request *request)
{
    return queue(request, MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, STREAM_BLOCK,
                                                            read_stream, request, NULL));
}

/* Nobody reads on: the function is not told, and works to its end; what it says is dropped. */
static void lose_interest(struct request *request)
{
    if (request->inv.instance != NULL) {
        output_say(request->service->output, STR("clambda-local"),
                   "the client of %s has gone; what the function still says is dropped",
                   request->inv.request_id);
    }
    invocation_abandon(&request->inv);
}

/*
 * libmicrohttpd hears nothing of a connection that waits. In a stream, an end of the client's half
 * is taken for a hang-up, for there is no other sign while nothing is sent.
 */
static void on_hang_up(void *owner, UNUSED uint32_t events)
{
    struct request *request = owner;
    loop_remove(request->loop, &request->hang_up);
    if (request->on_gone != NULL) {
        request->on_gone(request);
    }
    lose_interest(request);
    if (request->phase == REQUEST_STREAMING) {
        request_stream_end(request, false);
    } else if (request->phase == REQUEST_WAITING) {
        request_answer(request, MHD_HTTP_REQUEST_TIMEOUT, STR(""));
    }
}

static void watch_hang_up(struct request *request)
{
    struct ctx cx = {.arena = &request->arena};
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(request->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    int fd = info != NULL ? fcntl(info->connect_fd, F_DUPFD_CLOEXEC, 0) : -1;
    struct loop_source what = {.fd = fd, .fn = on_hang_up, .owner = request, .events = EPOLLRDHUP};
    if (fd >= 0 && loop_add(&cx, request->loop, &request->hang_up, what) != OK) {
        err_clear(&cx); /* it is then noticed with the next piece */
    }
}

/* ---- libmicrohttpd's callbacks --------------------------------------------------------------- */

static void on_connection(void *owner, struct MHD_Connection *connection, void **client,
                          enum MHD_ConnectionNotificationCode what)
{
    struct front *front = owner;
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    if (what == MHD_CONNECTION_NOTIFY_STARTED && info != NULL) {
        *client = client_add(&front->clients, info->connect_fd);
    } else if (what == MHD_CONNECTION_NOTIFY_CLOSED && *client != NULL) {
        client_remove(&front->clients, *client);
        *client = NULL;
        front->must_run = true; /* if it was full, only its next turn listens again */
    }
}

/* The client's request; NULL: it is done with. */
static void client_note(struct MHD_Connection *connection, struct request *request)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    struct client *client = info != NULL ? info->socket_context : NULL;
    if (client != NULL) {
        client->request = request;
    }
}

/* The only place that still sees the target as it was sent: later it is cut at the '?'. */
static void *on_target(void *owner, const char *target, struct MHD_Connection *connection)
{
    struct request *request = request_new(owner);
    request->connection = connection;
    request->target = arena_str_copy(&request->arena, str_from_cstr(target));
    client_note(connection, request);
    return request;
}

static size_t keep_escapes(UNUSED void *owner, UNUSED struct MHD_Connection *connection, char *text)
{
    return strlen(text);
}

static enum MHD_Result on_header(void *owner, UNUSED enum MHD_ValueKind kind, const char *name,
                                 const char *value)
{
    struct request *request = owner;
    struct header header = {.name = str_from_cstr(name), .value = str_from_cstr(value)};
    request->head_bytes += header.name.len + header.value.len + 4;
    if (request->header_count < REQUEST_MAX_HEADERS) {
        request->headers[request->header_count++] = header;
    } else {
        request->head_bytes = SIZE_MAX / 2;
    }
    return MHD_YES;
}

static void answer_message(struct request *request, int status, struct str body)
{
    request_add_header(request, STR("content-type"), STR("application/json"));
    request_answer(request, status, body);
}

/*
 * False where two readers could disagree about what the request says or where it ends (RFC 9112
 * sections 3.2 and 6.3), and for what would become another header on its way to the function.
 * libmicrohttpd takes all of it.
 */
static bool head_is_sound(const struct request *request)
{
    unsigned hosts = 0;
    unsigned lengths = 0;
    unsigned encodings = 0;
    for (size_t i = 0; i < request->header_count; i++) {
        const struct header *header = &request->headers[i];
        if (!field_is_token(header->name) || !field_is_value(header->value)) {
            return false;
        }
        hosts += str_eq_nocase(header->name, STR("host"));
        lengths += str_eq_nocase(header->name, STR("content-length"));
        if (str_eq_nocase(header->name, STR("transfer-encoding"))) {
            encodings += str_eq_nocase(str_trim(header->value), STR("chunked")) ? 1 : 2;
        }
    }
    bool has_host = hosts == 1 || (hosts == 0 && str_eq(request->protocol, STR("HTTP/1.0")));
    return has_host && lengths + encodings <= 1 && field_is_value(request->target);
}

/* What can be refused before the body is read. */
static void check_head(struct request *request)
{
    int64_t length = 0;
    (void)str_to_i64(request_header(request, STR("content-length")), &length);
    if (request->head_bytes > FRONT_MAX_HEAD_BYTES) {
        answer_message(request, MHD_HTTP_REQUEST_HEADER_FIELDS_TOO_LARGE,
                       STR("{\"message\":\"Request Header Fields Too Large\"}"));
    } else if (request->target.ptr[0] != '/' || !head_is_sound(request)) {
        answer_message(request, MHD_HTTP_BAD_REQUEST, STR("{\"message\":\"Bad Request\"}"));
    } else if (length > FRONT_MAX_BODY_BYTES) {
        answer_message(request, MHD_HTTP_CONTENT_TOO_LARGE,
                       STR("{\"message\":\"Request Entity Too Large\"}"));
    }
}

static enum MHD_Result begin(struct request *request, const char *method, const char *version)
{
    request->method = str_from_cstr(method);
    request->protocol = str_from_cstr(version);
    request->head_bytes = request->target.len + request->method.len + request->protocol.len + 4;
    (void)MHD_get_connection_values(request->connection, MHD_HEADER_KIND, on_header, request);
    request->phase = REQUEST_READING;
    check_head(request);
    return request->phase == REQUEST_ANSWERED ? send_answer(request) : MHD_YES;
}

static enum MHD_Result handle(struct request *request)
{
    request->phase = REQUEST_WAITING;
    if (request->body.full) {
        answer_message(request, MHD_HTTP_CONTENT_TOO_LARGE,
                       STR("{\"message\":\"Request Entity Too Large\"}"));
    } else if (schedule_api_owns(request->target)) {
        schedule_api_handle(request);
    } else if (sqs_api_owns(request)) {
        sqs_api_handle(request);
    } else if (dashboard_owns(request)) {
        dashboard_handle(request);
    } else if (invoke_api_owns(request->target)) {
        invoke_api_handle(request);
    } else if (function_url_owns(request)) {
        function_url_handle(request);
    } else if (rest_api_owns(request)) {
        rest_api_handle(request);
    } else {
        http_api_handle(request);
    }
    if (request->phase == REQUEST_ANSWERED) {
        return send_answer(request);
    }
    if (request->phase == REQUEST_STREAMING || request->inv.stream != NULL ||
        request->on_gone != NULL) {
        watch_hang_up(request);
    }
    if (request->phase == REQUEST_STREAMING) {
        return send_stream(request);
    }
    request->suspended = true;
    MHD_suspend_connection(request->connection);
    return MHD_YES;
}

static enum MHD_Result on_request(UNUSED void *owner, UNUSED struct MHD_Connection *connection,
                                  UNUSED const char *url, const char *method, const char *version,
                                  const char *data, size_t *data_size, void **state)
{
    struct request *request = *state;
    switch (request->phase) {
    case REQUEST_NEW:
        return begin(request, method, version);
    case REQUEST_READING:
        if (*data_size > 0) {
            buf_add(&request->body, (struct str){.ptr = data, .len = *data_size});
            *data_size = 0;
            return MHD_YES;
        }
        return handle(request);
    case REQUEST_STREAMING:
        return send_stream(request);
    case REQUEST_ANSWERED:
        return send_answer(request);
    case REQUEST_WAITING:
        break;
    }
    return MHD_YES;
}

static void on_completed(void *owner, struct MHD_Connection *connection, void **state,
                         UNUSED enum MHD_RequestTerminationCode why)
{
    if (*state != NULL) {
        struct request *request = *state;
        client_note(connection, NULL);
        loop_remove(request->loop, &request->hang_up);
        dashboard_forget(request);
        if (request->phase == REQUEST_STREAMING && !request->stream.is_over) {
            lose_interest(request);
        }
        if (request->route_name.len > 0) {
            stats_request(request->service->stats, request->route_name, request->status,
                          clock_mono_us() - request->began_us);
        }
        request_free(owner, request);
        *state = NULL;
    }
}

static void on_ready(void *owner, UNUSED uint32_t events)
{
    struct front *front = owner;
    front->must_run = true;
}

/* ---- the front ------------------------------------------------------------------------------- */

static enum status watch(struct ctx *cx, struct front *front, struct loop *loop)
{
    const union MHD_DaemonInfo *epoll =
        MHD_get_daemon_info(front->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    if (epoll == NULL) {
        return fail(cx, ERR_INTERNAL, "libmicrohttpd has no epoll descriptor");
    }
    struct loop_source what = {
        .fd = epoll->listen_fd, .fn = on_ready, .owner = front, .events = EPOLLIN};
    return loop_add(cx, loop, &front->source, what);
}

enum status front_listen(struct ctx *cx, struct front *front)
{
    struct sockaddr_in at = {
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t)front->service.port),
    };
    socklen_t size = sizeof(at);
    int on = 1;
    if (inet_pton(AF_INET, front->address, &at.sin_addr) != 1) {
        return fail(cx, ERR_INVALID, "--listen %s: not an IPv4 address", front->address);
    }
    front->listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (front->listener < 0 ||
        setsockopt(front->listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
        bind(front->listener, (const struct sockaddr *)&at, sizeof(at)) != 0 ||
        listen(front->listener, BACKLOG) != 0 ||
        getsockname(front->listener, (struct sockaddr *)&at, &size) != 0) {
        return fail(cx, ERR_UNAVAILABLE, "--listen %s:%u: %s%s", front->address,
                    front->service.port, strerror(errno),
                    errno == EADDRINUSE ? " (port 0 takes a free one)" : "");
    }
    front->service.port = ntohs(at.sin_port);
    return OK;
}

enum status front_open(struct ctx *cx, struct front *front, struct loop *loop)
{
    front->loop = loop;
    front->due_ms = INT64_MAX;
    arena_init(&front->arena, 0);
    clients_init(&front->clients);
    errno = 0;
    front->daemon = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, on_request, front,
        MHD_OPTION_LISTEN_SOCKET, front->listener, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)CONNECTION_MEMORY, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)CONNECTION_TIMEOUT_S,
        MHD_OPTION_URI_LOG_CALLBACK, on_target, front, MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes,
        NULL, MHD_OPTION_NOTIFY_COMPLETED, on_completed, front, MHD_OPTION_NOTIFY_CONNECTION,
        on_connection, front, MHD_OPTION_END);
    if (front->daemon == NULL) {
        return fail(cx, ERR_UNAVAILABLE, "--listen %s:%u: %s", front->address, front->service.port,
                    errno != 0 ? strerror(errno) : "not to be had");
    }
    return watch(cx, front, loop);
}

/* ---- time ------------------------------------------------------------------------------------ */

static int sooner(int a, int b)
{
    if (a < 0 || b < 0) {
        return a < 0 ? b : a;
    }
    return a < b ? a : b;
}

static int timer_left_ms(const struct front *front)
{
    int64_t left = front->due_ms - clock_now_ms();
    if (front->due_ms == INT64_MAX) {
        return -1;
    }
    return left < 0 ? 0 : (int)(left > 60000 ? 60000 : left + 1);
}

int front_timeout_ms(struct front *front)
{
    MHD_UNSIGNED_LONG_LONG left = 0;
    if (front->must_run) {
        return 0;
    }
    int wait_ms = sooner(clients_timeout_ms(&front->clients), timer_left_ms(front));
    if (MHD_get_timeout(front->daemon, &left) != MHD_YES) {
        return wait_ms;
    }
    return sooner(wait_ms, left > INT32_MAX ? INT32_MAX : (int)left);
}

static void run_timers(struct front *front)
{
    int64_t now_ms = clock_now_ms();
    if (now_ms < front->due_ms) {
        return;
    }
    front->due_ms = INT64_MAX;
    for (const struct client *it = front->clients.first; it != NULL; it = it->next) {
        struct request *request = it->request;
        if (request == NULL || request->timer_ms == 0) {
            continue;
        }
        if (now_ms >= request->timer_ms) {
            request->timer_ms = 0;
            request->on_timer(request);
        }
        if (request->timer_ms > 0 && request->timer_ms < front->due_ms) {
            front->due_ms = request->timer_ms;
        }
    }
}

void front_run(struct front *front)
{
    MHD_UNSIGNED_LONG_LONG left = 1;
    clients_check(&front->clients);
    run_timers(front);
    if (front->must_run || (MHD_get_timeout(front->daemon, &left) == MHD_YES && left == 0)) {
        front->must_run = false;
        (void)MHD_run(front->daemon);
    }
}

/* Streams that no function makes have no end of their own. */
static void end_streams(struct front *front)
{
    for (const struct client *it = front->clients.first; it != NULL; it = it->next) {
        if (it->request != NULL && it->request->phase == REQUEST_STREAMING &&
            it->request->inv.instance == NULL) {
            request_stream_end(it->request, false);
        }
    }
}

void front_quiesce(struct front *front)
{
    MHD_socket listener = MHD_quiesce_daemon(front->daemon);
    if (listener != MHD_INVALID_SOCKET) {
        (void)close(listener);
    }
    end_streams(front);
}

void front_close(struct front *front)
{
    MHD_stop_daemon(front->daemon);
    while (front->spare != NULL) {
        arena_deinit(&front->spare->arena);
        front->spare = front->spare->next;
    }
    arena_deinit(&front->arena);
    clients_deinit(&front->clients);
}
