/*
 * Bedrock's wire: Converse and ConverseStream, signed. The model's id stands in the path with its
 * colon encoded; Signature Version 4 encodes it once more in the canonical request, as for every
 * service but S3.
 */
#include "shared/base/clock.h"
#include "shared/base/percent.h"
#include "shared/llm/wire/bedrock_body.h"
#include "shared/llm/wire/bedrock_read.h"
#include "shared/llm/wire/classify.h"
#include "shared/llm/wire/dropped.h"
#include "shared/llm/wire/event_json.h"
#include "shared/llm/wire/retry_after.h"
#include "shared/llm/wire/wire.h"

/* ---- request --------------------------------------------------------------------------------- */

static struct str path_of(struct ctx *cx, struct str model, bool is_stream)
{
    struct buf path = buf_in(cx->arena, KIB(4));
    buf_add(&path, STR("/model/"));
    percent_add(&path, model);
    buf_add(&path, is_stream ? STR("/converse-stream") : STR("/converse"));
    return buf_str(&path);
}

static enum status bedrock_request(struct ctx *cx, const struct llm_target *target,
                                   const struct llm_request *request, struct llm_wire_request *out)
{
    struct buf dropped = dropped_in(cx->arena);
    bool is_stream =
        request->stream && llm_model_accepts(target->model, STR(""), LLM_ACCEPTS_STREAM);
    if (request->chat == NULL) {
        return fail_public(cx, ERR_INVALID, STR_FMT " is a chat model", STR_ARG(request->model));
    }
    *out = (struct llm_wire_request){
        .method = "POST",
        .path = path_of(cx, target->model->id, is_stream),
        .fields = {{STR("content-type"), STR("application/json")}},
        .field_count = 1,
        .auth = LLM_AUTH_SIGV4,
        .protocol = LLM_PROTOCOL_BEDROCK,
        .is_stream = is_stream,
    };
    TRY(bedrock_body(cx, target, request, &dropped, &out->body));
    out->dropped = buf_str(&dropped);
    return OK;
}

/* ---- errors ---------------------------------------------------------------------------------- */

/* "ThrottlingException:http://internal.amazon.com/..." in a header, "com.amazon#Name" in a body. */
static struct str exception_of(struct ctx *cx, const struct http_response *res, struct str *message)
{
    const struct json *root = NULL;
    struct str name = http_response_field(res, STR("x-amzn-errortype"));
    *message = (struct str){0};
    if (json_read(cx, res->body, NULL, &root) != OK) {
        err_clear(cx); /* the header tells enough */
    } else {
        *message = json_find_str(root, STR("message"));
        name = name.len > 0 ? name : json_find_str(root, STR("__type"));
    }
    size_t hash = str_find_char(name, '#');
    name = str_slice(name, hash == SIZE_MAX ? 0 : hash + 1, name.len);
    return str_trim(str_slice(name, 0, str_find_char(name, ':')));
}

static void bedrock_classify(struct ctx *cx, const struct http_response *res,
                             struct llm_failure *failure)
{
    struct str message;
    struct str name = exception_of(cx, res, &message);
    *failure = (struct llm_failure){.http_status = res->status};
    failure->kind = bedrock_exception_class(name, res->status, &failure->code);
    if (failure->kind == LLM_BAD_REQUEST && str_find(message, STR("too long")) != SIZE_MAX) {
        failure->kind = LLM_TOO_LONG; /* "Input is too long for requested model." */
    }
    if (failure->kind == LLM_AUTH && str_find(message, STR("payment instrument")) != SIZE_MAX) {
        failure->kind = LLM_NO_MONEY; /* "Your account has no valid payment instrument." */
    }
    failure->retry_after_ms = retry_after_ms(res, STR(""), clock_now_ms());
    failure->words = classify_sentence(failure->kind);
}

/* ---- answers --------------------------------------------------------------------------------- */

static enum status bedrock_whole(struct ctx *cx, const struct llm_wire_request *sent,
                                 struct str body, llm_event_fn *emit, void *arg)
{
    struct bedrock_reader reader = {.emit = emit, .arg = arg};
    const struct json *root = NULL;
    (void)sent;
    if (json_read(cx, body, NULL, &root) != OK) {
        err_clear(cx); /* its words are for a caller's JSON */
        return fail(cx, ERR_UPSTREAM, "bedrock: an answer that is not JSON");
    }
    return bedrock_read_whole(cx, &reader, root);
}

struct llm_wire_stream {
    struct eventstream frames;
    struct bedrock_reader reader;
    struct event_json *memory;
};

static struct llm_wire_stream *bedrock_stream_new(struct ctx *cx,
                                                  const struct llm_wire_request *sent)
{
    struct llm_wire_stream *stream = ARENA_NEW(cx->arena, struct llm_wire_stream);
    (void)sent;
    eventstream_init(&stream->frames, cx->arena, LLM_MAX_EVENT_BYTES);
    stream->reader.their_index = -1;
    stream->memory = event_json_new(cx);
    return stream;
}

static enum status take_message(struct ctx *cx, void *arg,
                                const struct eventstream_message *message)
{
    struct llm_wire_stream *stream = arg;
    const struct json *payload = NULL;
    if (!str_eq(message->message_type, STR("event"))) {
        return bedrock_read_exception(cx, &stream->reader, message->type);
    }
    TRY(event_json_read(cx, stream->memory, message->payload, &payload));
    return bedrock_read_event(cx, &stream->reader, message->type, payload);
}

static enum status bedrock_stream_feed(struct ctx *cx, struct llm_wire_stream *stream,
                                       struct str bytes, llm_event_fn *emit, void *arg)
{
    stream->reader.emit = emit;
    stream->reader.arg = arg;
    return eventstream_feed(cx, &stream->frames, bytes, take_message, stream);
}

const struct llm_wire llm_wire_bedrock = {
    .name = "bedrock",
    .request = bedrock_request,
    .classify = bedrock_classify,
    .whole = bedrock_whole,
    .stream_new = bedrock_stream_new,
    .stream_feed = bedrock_stream_feed,
};
