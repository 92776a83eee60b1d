#include "functions/ai-gateway/face/openai_chat_read.h"
#include "functions/ai-gateway/face/openai_completion.h"
#include "shared/http/sse.h"

/*
 * Thoughts do not leave by this face: the protocol has no place for them.
 */

struct face_writer {
    struct face_writing writing;
    struct answer answer;
    struct openai_completion completion;
    struct buf chunk;   /* one after the other */
    struct buf records; /* what goes out next */
};

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
    openai_completion_head(&w, &writer->completion, "chat.completion.chunk");
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
        json_member_raw(w, "usage", STR("null"));
    }
    json_object_end(w);
    sse_write(&writer->records, STR(""), buf_str(&writer->chunk));
}

static void delta_end(struct face_writer *writer, struct json_writer *w, const char *reason)
{
    json_object_end(w);
    json_member_raw(w, "logprobs", STR("null"));
    openai_text_or_null(w, "finish_reason", str_from_cstr(reason));
    json_object_end(w);
    chunk_end(writer, w);
}

static void role_chunk(struct face_writer *writer)
{
    struct json_writer w = delta_begin(writer);
    json_member_cstr(&w, "role", "assistant");
    json_member_cstr(&w, "content", "");
    json_member_raw(&w, "refusal", STR("null"));
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
    delta_end(writer, &w, openai_finish_reason(&writer->answer));
}

static void usage_chunk(struct face_writer *writer)
{
    struct json_writer w = chunk_begin(writer);
    json_array_end(&w);
    openai_completion_usage(&w, &writer->answer.usage);
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

/* ---- the face -------------------------------------------------------------------------------- */

static struct face_writer *chat_writer_new(struct ctx *cx, const struct face_writing *writing)
{
    struct face_writer *writer = ARENA_NEW(cx->arena, struct face_writer);
    *writer = (struct face_writer){
        .writing = *writing,
        .answer = {.keeps_texts = !writing->request->stream},
        .chunk = buf_in(cx->arena, OPENAI_MAX_RECORD_BYTES),
        .records = buf_in(cx->arena, OPENAI_MAX_RECORD_BYTES),
    };
    writer->completion = (struct openai_completion){
        .request = writing->request,
        .answer = &writer->answer,
        .id = openai_id(cx, "chatcmpl-", writing->call_id),
        .created_s = writing->now_ms / 1000,
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
        struct json_writer w = json_writer_on(&writer->records);
        openai_completion_write(cx, &w, &writer->completion);
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
