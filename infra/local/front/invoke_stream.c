#include "infra/local/front/invoke_stream.h"

#include "infra/local/front/invoke_error.h"
#include "infra/local/http/eventstream.h"
#include "shared/json/json.h"

enum { PIECE_BYTES = 64 * 1024 };

static void add_head(struct request *request)
{
    request_add_header(request, STR("x-amzn-requestid"), str_from_cstr(request->inv.request_id));
    request_add_header(request, STR("x-amz-executed-version"), STR("$LATEST"));
    request_add_header(request, STR("content-type"), STR("application/vnd.amazon.eventstream"));
}

static void begin(struct invocation *inv, UNUSED struct str content_type)
{
    struct request *request = inv->owner;
    add_head(request);
    request_stream_begin(request, MHD_HTTP_OK);
}

/* Frames go straight into what waits to be sent. */
static bool send_event(struct request *request, struct str type, struct str content_type,
                       struct str payload)
{
    char block[PIECE_BYTES + EVENTSTREAM_OVERHEAD_BYTES];
    struct buf frame = {.ptr = block, .cap = sizeof(block), .max = sizeof(block)};
    eventstream_add(&frame, type, content_type, payload);
    return request_stream_add(request, buf_str(&frame));
}

static bool data(struct invocation *inv, struct str bytes)
{
    struct request *request = inv->owner;
    bool goes_on = true;
    while (bytes.len > 0) {
        struct str piece = str_slice(bytes, 0, PIECE_BYTES);
        bytes = str_slice(bytes, piece.len, bytes.len);
        goes_on = send_event(request, STR("PayloadChunk"), STR("application/octet-stream"), piece);
    }
    return goes_on;
}

static void complete(struct request *request, const struct result *result)
{
    struct buf out = buf_in(&request->arena, KIB(60));
    struct json_writer w = json_writer_on(&out);
    json_object_begin(&w);
    if (result->outcome != OUTCOME_OK) {
        json_member_cstr(&w, "ErrorCode",
                         result->error_type != NULL ? result->error_type : "Runtime.Unknown");
        json_member_str(&w, "ErrorDetails", str_slice(result->payload, 0, KIB(8)));
    }
    json_object_end(&w);
    (void)send_event(request, STR("InvokeComplete"), STR("application/json"), buf_str(&out));
    request_stream_end(request, true);
}

/* An answer that was posted whole may be larger than what ever waits: it goes without a stream. */
static void answer_whole(struct request *request, const struct result *result)
{
    struct buf out =
        buf_in(&request->arena, result->payload.len + result->payload.len / 64 + KIB(4));
    struct str rest = result->payload;
    while (rest.len > 0) {
        struct str piece = str_slice(rest, 0, PIECE_BYTES);
        rest = str_slice(rest, piece.len, rest.len);
        eventstream_add(&out, STR("PayloadChunk"), STR("application/octet-stream"), piece);
    }
    eventstream_add(&out, STR("InvokeComplete"), STR("application/json"), STR("{}"));
    add_head(request);
    request_answer(request, MHD_HTTP_OK, buf_str(&out));
}

static void done(struct invocation *inv, const struct result *result)
{
    struct request *request = inv->owner;
    bool streams = request->phase == REQUEST_STREAMING;
    switch (result->outcome) {
    case OUTCOME_OK:
        if (streams) {
            complete(request, result);
        } else {
            answer_whole(request, result);
        }
        return;
    case OUTCOME_FUNCTION_ERROR:
    case OUTCOME_TIMEOUT:
        if (!streams) {
            begin(inv, STR(""));
        }
        complete(request, result);
        return;
    case OUTCOME_CEILING:
    case OUTCOME_THROTTLED:
    case OUTCOME_SHUTDOWN:
        if (streams) {
            request_stream_end(request, false);
        } else {
            invoke_error_refuse(request, result->outcome);
        }
        return;
    }
}

void invoke_stream_prepare(struct request *request)
{
    static const struct invocation_stream stream = {.begin = begin, .data = data};
    request->inv.stream = &stream;
    request->inv.done = done;
}
