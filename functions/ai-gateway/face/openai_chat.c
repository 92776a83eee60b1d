#include "functions/ai-gateway/face/answer.h"
#include "functions/ai-gateway/face/openai_chat_read.h"
#include "functions/ai-gateway/face/openai_write.h"
#include "shared/http/sse.h"

/*
 * What an answer's thoughts are does not leave by this face: the protocol has no place for them.
 */

struct face_writer {
    struct face_writing writing;
    struct answer answer;
    struct str id;
    struct buf chunk;   /* one after the other */
    struct buf records; /* what goes out next */
};

/* ---- what chunks and whole answers share ----------------------------------------------------- */

static const char *reason_of(const struct face_writer *writer)
{
    static const char *const reasons[] = {
        [LLM_FINISH_STOP] = "stop",
        [LLM_FINISH_LENGTH] = "length",
        [LLM_FINISH_TOOLS] = "tool_calls",
        [LLM_FINISH_SEQUENCE] = "stop",
        [LLM_FINISH_FILTER] = "content_filter",
        [LLM_FINISH_REFUSAL] = "content_filter",
        [LLM_FINISH_PAUSE] = "stop",
    };
    const struct answer *answer = &writer->answer;
    for (const struct answer_block *block = answer->first; block != NULL; block = block->next) {
        if (block->kind == LLM_EVENT_REFUSAL && answer->finish == LLM_FINISH_REFUSAL) {
            return "stop"; /* the refusal itself says it */
        }
    }
    return reasons[answer->finish];
}

static void usage_write(struct json_writer *w, const struct llm_usage *usage)
{
    int64_t input = llm_usage_input_all(usage);
    json_member_object(w, "usage");
    json_member_i64(w, "prompt_tokens", input);
    json_member_i64(w, "completion_tokens", usage->output);
    json_member_i64(w, "total_tokens", input + usage->output);
    json_member_object(w, "prompt_tokens_details");
    json_member_i64(w, "cached_tokens", usage->cache_read);
    json_member_i64(w, "cache_write_tokens", usage->cache_write_5m + usage->cache_write_1h);
    json_member_i64(w, "audio_tokens", 0);
    json_object_end(w);
    json_member_object(w, "completion_tokens_details");
    json_member_i64(w, "reasoning_tokens", usage->reasoning);
    json_member_i64(w, "audio_tokens", 0);
    json_member_i64(w, "accepted_prediction_tokens", 0);
    json_member_i64(w, "rejected_prediction_tokens", 0);
    json_object_end(w);
    json_object_end(w);
}

static void head_write(const struct face_writer *writer, struct json_writer *w, const char *object)
{
    struct str model = writer->answer.model;
    json_member_str(w, "id", writer->id);
    json_member_cstr(w, "object", object);
    json_member_i64(w, "created", writer->writing.now_ms / 1000);
    json_member_str(w, "model", model.len > 0 ? model : writer->writing.request->model);
}

/* ---- streams --------------------------------------------------------------------------------- */

static bool tells_usage(const struct face_writer *writer)
{
    return writer->writing.request->chat->stream_usage;
}

static struct json_writer chunk_begin(struct face_writer *writer)
{
    buf_clear(&writer->chunk);
    struct json_writer w = json_writer_on(&writer->chunk);
    json_object_begin(&w);
    head_write(writer, &w, "chat.completion.chunk");
    json_member_array(&w, "choices");
    return w;
}

/* What stands in the one choice before its delta, and after it. */
static struct json_writer delta_begin(struct face_writer *writer)
{
    struct json_writer w = chunk_begin(writer);
    json_object_begin(&w);
    json_member_i64(&w, "index", 0);
    json_member_object(&w, "delta");
    return w;
}

static void chunk_end(struct face_writer *writer, struct json_writer *w)
{
    json_array_end(w);
    if (tells_usage(writer)) {
        json_key(w, STR("usage"));
        json_null(w);
    }
    json_object_end(w);
    sse_write(&writer->records, STR(""), buf_str(&writer->chunk));
}

static void delta_end(struct face_writer *writer, struct json_writer *w, const char *reason)
{
    json_object_end(w);
    json_key(w, STR("logprobs"));
    json_null(w);
    json_key(w, STR("finish_reason"));
    if (reason != NULL) {
        json_cstr(w, reason);
    } else {
        json_null(w);
    }
    json_object_end(w);
    chunk_end(writer, w);
}

static void role_chunk(struct face_writer *writer)
{
    struct json_writer w = delta_begin(writer);
    json_member_cstr(&w, "role", "assistant");
    json_member_cstr(&w, "content", "");
    json_key(&w, STR("refusal"));
    json_null(&w);
    delta_end(writer, &w, NULL);
}

static void text_chunk(struct face_writer *writer, const char *member, struct str text)
{
    if (text.len > 0) {
        struct json_writer w = delta_begin(writer);
        json_member_str(&w, member, text);
        delta_end(writer, &w, NULL);
    }
}

/* Of a call's fragments the first one alone has id, type and name. */
static void call_chunk(struct face_writer *writer, const struct answer_block *call, bool is_first,
                       struct str arguments)
{
    struct json_writer w = delta_begin(writer);
    json_member_array(&w, "tool_calls");
    json_object_begin(&w);
    json_member_i64(&w, "index", call->ordinal);
    if (is_first) {
        json_member_str(&w, "id", call->id);
        json_member_cstr(&w, "type", "function");
    }
    json_member_object(&w, "function");
    if (is_first) {
        json_member_str(&w, "name", call->name);
    }
    json_member_str(&w, "arguments", arguments);
    json_object_end(&w);
    json_object_end(&w);
    json_array_end(&w);
    delta_end(writer, &w, NULL);
}

/* A call without arguments has the empty object: clients parse what they collected. */
static void block_end(struct face_writer *writer, const struct answer_block *block)
{
    if (block->kind == LLM_EVENT_TOOL_START && !block->has_text) {
        call_chunk(writer, block, false, STR("{}"));
    }
}

static void reason_chunk(struct face_writer *writer)
{
    struct json_writer w = delta_begin(writer);
    delta_end(writer, &w, reason_of(writer));
}

static void usage_chunk(struct face_writer *writer)
{
    struct json_writer w = chunk_begin(writer);
    json_array_end(&w);
    usage_write(&w, &writer->answer.usage);
    json_object_end(&w);
    sse_write(&writer->records, STR(""), buf_str(&writer->chunk));
}

static void stream_end(struct face_writer *writer)
{
    if (tells_usage(writer)) {
        usage_chunk(writer);
    }
    sse_write(&writer->records, STR(""), STR("[DONE]"));
}

static void chunks_add(struct face_writer *writer, const struct llm_event *event,
                       const struct answer_block *block)
{
    switch (event->kind) {
    case LLM_EVENT_START:
        role_chunk(writer);
        break;
    case LLM_EVENT_TEXT:
        text_chunk(writer, "content", event->text);
        break;
    case LLM_EVENT_REFUSAL:
        text_chunk(writer, "refusal", event->text);
        break;
    case LLM_EVENT_TOOL_START:
    case LLM_EVENT_TOOL_INPUT:
        call_chunk(writer, block, event->kind == LLM_EVENT_TOOL_START, event->text);
        break;
    case LLM_EVENT_BLOCK_END:
        block_end(writer, block);
        break;
    case LLM_EVENT_FINISH:
        reason_chunk(writer);
        break;
    case LLM_EVENT_END:
        stream_end(writer);
        break;
    case LLM_EVENT_THINKING:
    case LLM_EVENT_SIGNATURE:
    case LLM_EVENT_OTHER:
    case LLM_EVENT_USAGE:
    case LLM_EVENT_ERROR:
        break;
    }
}

/* ---- whole ----------------------------------------------------------------------------------- */

static void calls_write(const struct answer *answer, struct json_writer *w)
{
    json_member_array(w, "tool_calls");
    for (const struct answer_block *block = answer->first; block != NULL; block = block->next) {
        if (block->kind != LLM_EVENT_TOOL_START) {
            continue;
        }
        json_object_begin(w);
        json_member_str(w, "id", block->id);
        json_member_cstr(w, "type", "function");
        json_member_object(w, "function");
        json_member_str(w, "name", block->name);
        json_member_str(w, "arguments", block->has_text ? buf_str(&block->text) : STR("{}"));
        json_object_end(w);
        json_object_end(w);
    }
    json_array_end(w);
}

static void text_or_null(struct json_writer *w, const char *member, struct str text)
{
    json_key(w, str_from_cstr(member));
    if (text.len > 0) {
        json_str(w, text);
    } else {
        json_null(w);
    }
}

static void message_write(struct ctx *cx, const struct answer *answer, struct json_writer *w)
{
    json_member_object(w, "message");
    json_member_cstr(w, "role", "assistant");
    text_or_null(w, "content", answer_text(cx, answer, LLM_EVENT_TEXT));
    text_or_null(w, "refusal", answer_text(cx, answer, LLM_EVENT_REFUSAL));
    json_member_array(w, "annotations");
    json_array_end(w);
    if (answer->tool_count > 0) {
        calls_write(answer, w);
    }
    json_object_end(w);
}

static void whole_write(struct ctx *cx, struct face_writer *writer)
{
    struct json_writer w = json_writer_on(&writer->records);
    json_object_begin(&w);
    head_write(writer, &w, "chat.completion");
    json_member_array(&w, "choices");
    json_object_begin(&w);
    json_member_i64(&w, "index", 0);
    message_write(cx, &writer->answer, &w);
    json_key(&w, STR("logprobs"));
    json_null(&w);
    json_member_cstr(&w, "finish_reason", reason_of(writer));
    json_object_end(&w);
    json_array_end(&w);
    usage_write(&w, &writer->answer.usage);
    json_object_end(&w);
}

/* ---- the face -------------------------------------------------------------------------------- */

static struct face_writer *chat_writer_new(struct ctx *cx, const struct face_writing *writing)
{
    struct face_writer *writer = ARENA_NEW(cx->arena, struct face_writer);
    *writer = (struct face_writer){
        .writing = *writing,
        .answer = {.keeps_texts = !writing->request->stream},
        .id = openai_id(cx, "chatcmpl-", writing->call_id),
        .chunk = buf_in(cx->arena, OPENAI_MAX_RECORD_BYTES),
        .records = buf_in(cx->arena, OPENAI_MAX_RECORD_BYTES),
    };
    return writer;
}

static enum status chat_take(struct ctx *cx, struct face_writer *writer,
                             const struct llm_event *event)
{
    struct answer_block *block = NULL;
    bool is_new = false;
    TRY(answer_take(cx, &writer->answer, event, &block, &is_new));
    buf_clear(&writer->records);
    if (writer->writing.request->stream) {
        chunks_add(writer, event, block);
    } else if (event->kind == LLM_EVENT_END) {
        whole_write(cx, writer);
    }
    return openai_record_write(cx, &writer->writing, &writer->records);
}

/* The clients raise an error at a record with this member; no [DONE] follows what is not done. */
static enum status chat_fail(struct ctx *cx, struct face_writer *writer, enum status status)
{
    struct face_error error;
    openai_error_body(cx, status, &error);
    buf_clear(&writer->records);
    sse_write(&writer->records, STR(""), error.body);
    return openai_record_write(cx, &writer->writing, &writer->records);
}

const struct face face_openai_chat = {
    .name = "openai-chat",
    .protocol = LLM_PROTOCOL_OPENAI_CHAT,
    .read = openai_chat_read,
    .writer_new = chat_writer_new,
    .take = chat_take,
    .fail = chat_fail,
    .error = openai_error_body,
};
