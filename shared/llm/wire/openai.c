#include "shared/llm/wire/openai.h"

#include "shared/llm/wire/event_json.h"
#include "shared/llm/wire/splice.h"

enum { MAX_NUMBER_BYTES = 24 };

/* ---- requests -------------------------------------------------------------------------------- */

/* Where the model refuses a member, the caller's is left out, and the caller is told. */
static void refused_drop(struct splice *splice, const struct llm_target *target,
                         struct buf *dropped)
{
    static const struct {
        unsigned flags; /* one of them is enough */
        struct str member;
    } members[] = {
        {LLM_ACCEPTS_TEMPERATURE, STR_INIT("temperature")},
        {LLM_ACCEPTS_TOP_P, STR_INIT("top_p")},
        {LLM_ACCEPTS_STOP, STR_INIT("stop")},
        {LLM_ACCEPTS_EFFORT | LLM_ACCEPTS_THINKING, STR_INIT("reasoning_effort")},
    };
    for (size_t i = 0; i < ARRAY_LEN(members); i++) {
        const struct json *member = json_find(splice->request->root, members[i].member);
        bool is_given = member != NULL && member->type != JSON_NULL;
        if (is_given && (target->model->accepts & members[i].flags) == 0) {
            splice_drop(splice, members[i].member);
            dropped_add(dropped, members[i].member);
        }
    }
}

static struct str json_of_i64(struct ctx *cx, int64_t value)
{
    struct buf buf = buf_in(cx->arena, MAX_NUMBER_BYTES);
    buf_add_i64(&buf, value);
    return buf_str(&buf);
}

static struct str json_of_str(struct ctx *cx, struct str value)
{
    struct buf buf = buf_in(cx->arena, SIZE_MAX);
    struct json_writer w = json_writer_on(&buf);
    json_str(&w, value);
    return buf_str(&buf);
}

/* The cap stands in the member that the model knows, and in no other. */
static void cap_set(struct ctx *cx, struct splice *splice, struct str member, struct str other)
{
    const struct json *old = json_find(splice->request->root, member);
    int64_t cap = llm_request_output_tokens(splice->request), own = 0;
    if (other.len > 0) {
        splice_drop(splice, other);
    }
    if (cap > 0 && !(json_is_i64(old, &own) && own == cap)) {
        splice_set(splice, member, json_of_i64(cx, cap));
    }
}

/* The caller's stream_options, and usage with them. */
static struct str options_with_usage(struct ctx *cx, const struct json *options)
{
    struct buf buf = buf_in(cx->arena, SIZE_MAX);
    struct json_writer w = json_writer_on(&buf);
    json_object_begin(&w);
    json_member_bool(&w, "include_usage", true);
    if (options != NULL && options->type == JSON_OBJECT) {
        JSON_EACH (member, options) {
            if (!str_eq(member->key, STR("include_usage"))) {
                json_key(&w, member->key);
                json_raw(&w, member->span);
            }
        }
    }
    json_object_end(&w);
    return buf_str(&buf);
}

static void chat_splice(struct ctx *cx, struct splice *splice, const struct llm_target *target,
                        struct llm_wire_request *out, struct buf *dropped)
{
    const struct llm_request *request = splice->request;
    struct str cap = openai_cap_member(target);
    bool is_old = str_eq(cap, STR("max_tokens"));
    cap_set(cx, splice, cap, is_old ? STR("max_completion_tokens") : STR("max_tokens"));
    refused_drop(splice, target, dropped);
    if (request->stream && !request->chat->stream_usage) {
        const struct json *options = json_find(request->root, STR("stream_options"));
        splice_set(splice, STR("stream_options"), options_with_usage(cx, options));
        out->hides_usage = true;
    }
}

/* The caller's own bytes, less what must change. */
static void splice_request(struct ctx *cx, const struct llm_target *target,
                           const struct llm_request *request, struct llm_wire_request *out,
                           struct buf *dropped)
{
    struct splice splice = splice_of(request);
    if (!str_eq(json_find_str(request->root, STR("model")), target->model->id)) {
        splice_set(&splice, STR("model"), json_of_str(cx, target->model->id));
    }
    if (request->protocol == LLM_PROTOCOL_OPENAI_CHAT) {
        chat_splice(cx, &splice, target, out, dropped);
    } else if (request->protocol == LLM_PROTOCOL_OPENAI_RESPONSES) {
        cap_set(cx, &splice, STR("max_output_tokens"), STR(""));
        refused_drop(&splice, target, dropped);
    }
    out->protocol = request->protocol;
    out->wants_base64 = llm_request_wants_base64(request);
    /* Of embeddings there are no events to be had. */
    out->is_raw = !request->wants_events || request->protocol == LLM_PROTOCOL_OPENAI_EMBEDDINGS;
    out->body = splice_body(cx, &splice);
}

static bool is_own(const struct llm_target *target, enum llm_protocol protocol)
{
    return protocol == LLM_PROTOCOL_OPENAI_CHAT || protocol == LLM_PROTOCOL_OPENAI_EMBEDDINGS ||
           (protocol == LLM_PROTOCOL_OPENAI_RESPONSES && target->provider->speaks_responses);
}

static struct str path_of(enum llm_protocol protocol)
{
    if (protocol == LLM_PROTOCOL_OPENAI_EMBEDDINGS) {
        return STR("/v1/embeddings");
    }
    return protocol == LLM_PROTOCOL_OPENAI_RESPONSES ? STR("/v1/responses")
                                                     : STR("/v1/chat/completions");
}

/* A model makes either answers or embeddings. */
static enum status kind_check(struct ctx *cx, const struct llm_model *model,
                              enum llm_protocol protocol)
{
    bool wants_embeddings = protocol == LLM_PROTOCOL_OPENAI_EMBEDDINGS;
    if (model->is_embedding == wants_embeddings) {
        return OK;
    }
    return fail_public(cx, ERR_INVALID, "model: " STR_FMT " makes %s", STR_ARG(model->id),
                       model->is_embedding ? "embeddings alone" : "no embeddings");
}

static enum status openai_request(struct ctx *cx, const struct llm_target *target,
                                  const struct llm_request *request, struct llm_wire_request *out)
{
    struct buf dropped = dropped_in(cx->arena);
    TRY(kind_check(cx, target->model, request->protocol));
    *out = (struct llm_wire_request){
        .method = "POST",
        .fields = {{STR("content-type"), STR("application/json")}},
        .field_count = 1,
        .auth = LLM_AUTH_BEARER,
        .protocol = LLM_PROTOCOL_OPENAI_CHAT,
        .is_stream = request->stream,
    };
    if (request->wants_events && request->chat != NULL && request->chat->choices > 1) {
        return fail_public(cx, ERR_INVALID, "n: answers that are checked here come one at a time");
    }
    if (is_own(target, request->protocol)) {
        splice_request(cx, target, request, out, &dropped);
    } else if (request->chat != NULL) {
        TRY(openai_chat_write(cx, target, request, &out->body, &dropped));
    } else {
        return fail_public(cx, ERR_INVALID, "this model cannot count tokens");
    }
    out->path = path_of(out->protocol);
    out->dropped = buf_str(&dropped);
    return OK;
}

/* ---- whole answers --------------------------------------------------------------------------- */

static enum status openai_whole(struct ctx *cx, const struct llm_wire_request *sent,
                                struct str body, llm_event_fn *emit, void *arg)
{
    struct openai_events out = {.emit = emit, .arg = arg};
    const struct json *root = NULL;
    if (json_read(cx, body, NULL, &root) != OK) {
        err_clear(cx); /* the reader's words were public, and this is nothing the caller sent */
        return fail(cx, ERR_UPSTREAM, "an answer that is not JSON");
    }
    if (sent->protocol == LLM_PROTOCOL_OPENAI_EMBEDDINGS) {
        return openai_embeddings_whole(cx, &out, root);
    }
    return sent->protocol == LLM_PROTOCOL_OPENAI_RESPONSES ? openai_response_whole(cx, &out, root)
                                                           : openai_chat_whole(cx, &out, root);
}

static struct str openai_whole_raw(struct ctx *cx, const struct llm_wire_request *sent,
                                   struct str body)
{
    return sent->wants_base64 ? openai_embeddings_base64(cx, body) : body;
}

/* ---- streams --------------------------------------------------------------------------------- */

struct llm_wire_stream {
    struct sse sse;
    struct event_json *memory; /* of one record after the other */
    struct buf raw;            /* what the caller may have of the last feed */
    bool is_responses, is_raw, hides_usage;
    struct openai_events out;
    struct openai_chunks chunks;
    struct openai_items items;
};

static struct llm_wire_stream *openai_stream_new(struct ctx *cx,
                                                 const struct llm_wire_request *sent)
{
    struct llm_wire_stream *stream = ARENA_NEW(cx->arena, struct llm_wire_stream);
    sse_init(&stream->sse, cx->arena, LLM_MAX_EVENT_BYTES);
    stream->memory = event_json_new(cx);
    stream->raw = buf_in(cx->arena, SIZE_MAX);
    stream->is_responses = sent->protocol == LLM_PROTOCOL_OPENAI_RESPONSES;
    stream->is_raw = sent->is_raw;
    stream->hides_usage = sent->hides_usage;
    return stream;
}

/* The chunk that is there because we asked for it: no choices, and the usage. */
static bool is_usage_chunk(const struct json *root)
{
    const struct json *choices = json_find(root, STR("choices"));
    const struct json *usage = json_find(root, STR("usage"));
    return choices != NULL && choices->count == 0 && usage != NULL && usage->type == JSON_OBJECT;
}

static enum status record_take(struct ctx *cx, struct llm_wire_stream *stream,
                               const struct sse_event *event)
{
    const struct json *root = NULL;
    if (!stream->is_responses && str_eq(event->data, STR("[DONE]"))) {
        TRY(openai_end(cx, &stream->out));
        sse_write(&stream->raw, event->type, event->data);
        return OK;
    }
    TRY(event_json_read(cx, stream->memory, event->data, &root));
    TRY(stream->is_responses ? openai_response_event(cx, &stream->out, &stream->items, root)
                             : openai_chunk(cx, &stream->out, &stream->chunks, root));
    bool is_error = stream->out.has_ended && !stream->out.has_finished;
    bool is_hidden = stream->hides_usage && is_usage_chunk(root);
    if (stream->is_raw && !is_error && !is_hidden) {
        sse_write(&stream->raw, event->type, event->data);
    }
    return OK;
}

/* What comes after the end is nobody's. */
static enum status on_record(struct ctx *cx, void *arg, const struct sse_event *event)
{
    struct llm_wire_stream *stream = arg;
    return stream->out.has_ended ? OK : record_take(cx, stream, event);
}

static enum status openai_stream_feed(struct ctx *cx, struct llm_wire_stream *stream,
                                      struct str bytes, llm_event_fn *emit, void *arg)
{
    stream->out.emit = emit;
    stream->out.arg = arg;
    buf_clear(&stream->raw);
    return sse_feed(cx, &stream->sse, bytes, on_record, stream);
}

static struct str openai_stream_raw(struct llm_wire_stream *stream)
{
    return buf_str(&stream->raw);
}

const struct llm_wire llm_wire_openai = {
    .name = "openai",
    .request = openai_request,
    .classify = openai_classify,
    .whole = openai_whole,
    .stream_new = openai_stream_new,
    .stream_feed = openai_stream_feed,
    .stream_raw = openai_stream_raw,
    .whole_raw = openai_whole_raw,
};
