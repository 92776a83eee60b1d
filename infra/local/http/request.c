#include "infra/local/http/request.h"

#include "shared/base/base64.h"
#include "shared/base/clock.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/random.h>

/*
 * The most that waits for a client: what is full (128 KiB), one piece more (64 KiB, and the frames
 * of an event stream), and the blocks a buf has grown out of: together less than 1 MiB.
 */
static const size_t STREAM_FULL_BYTES = KIB(128);
static const size_t STREAM_MAX_BYTES = KIB(384);

struct str request_header(const struct request *request, struct str name)
{
    return header_find(request->headers, request->header_count, name);
}

void request_make_gateway_id(struct request *request)
{
    unsigned char raw[11];
    (void)!getrandom(raw, sizeof(raw), 0);
    struct str id =
        base64_encode(&request->arena, (struct str){.ptr = (const char *)raw, .len = sizeof(raw)});
    (void)snprintf(request->gateway_id, sizeof(request->gateway_id), STR_FMT, STR_ARG(id));
}

void request_note_no_route(struct request *request)
{
    request->route_name = STR("(no route)");
}

struct str request_source_ip(struct request *request)
{
    char text[INET6_ADDRSTRLEN] = "127.0.0.1";
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(request->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    if (info != NULL && info->client_addr->sa_family == AF_INET) {
        struct sockaddr_in at;
        memcpy(&at, info->client_addr, sizeof(at));
        (void)inet_ntop(AF_INET, &at.sin_addr, text, sizeof(text));
    }
    return arena_str_copy(&request->arena, str_from_cstr(text));
}

void request_add_header(struct request *request, struct str name, struct str value)
{
    if (request->answer_header_count < REQUEST_MAX_ANSWER_HEADERS) {
        request->answer_headers[request->answer_header_count++] =
            (struct header){.name = name, .value = value};
    }
}

static void resume(struct request *request)
{
    if (request->suspended) {
        request->suspended = false;
        *request->must_run = true;
        MHD_resume_connection(request->connection);
    }
}

void request_answer(struct request *request, int status, struct str body)
{
    request->status = status;
    request->answer_body = body;
    request->phase = REQUEST_ANSWERED;
    resume(request);
}

void request_stream_begin(struct request *request, int status)
{
    request->status = status;
    request->stream = (struct request_stream){.bytes = buf_in(&request->arena, STREAM_MAX_BYTES)};
    request->phase = REQUEST_STREAMING;
    resume(request);
}

bool request_stream_add(struct request *request, struct str bytes)
{
    struct request_stream *stream = &request->stream;
    if (stream->is_over) {
        return true;
    }
    if (stream->sent > 0) {
        stream->bytes.len -= stream->sent;
        memmove(stream->bytes.ptr, stream->bytes.ptr + stream->sent, stream->bytes.len);
        stream->sent = 0;
    }
    buf_add(&stream->bytes, bytes);
    stream->is_held = stream->bytes.len >= STREAM_FULL_BYTES;
    resume(request);
    return !stream->is_held;
}

void request_stream_end(struct request *request, bool is_whole)
{
    request->stream.is_over = true;
    request->stream.is_whole = is_whole && !request->stream.bytes.full;
    resume(request);
}

void request_set_timer(struct request *request, int64_t after_ms,
                       void (*fn)(struct request *request))
{
    request->timer_ms = clock_now_ms() + after_ms;
    request->on_timer = fn;
    if (request->timer_ms < *request->due_ms) {
        *request->due_ms = request->timer_ms;
    }
}
