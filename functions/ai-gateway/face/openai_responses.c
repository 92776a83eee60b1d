#include "functions/ai-gateway/face/openai_responses.h"

#include "functions/ai-gateway/face/openai_responses_read.h"
#include "shared/http/sse.h"

struct face_writer {
    struct face_writing writing;
    struct answer answer;
    struct openai_response response;
    int64_t sequence;   /* number of the next event */
    struct buf event;   /* one after the other */
    struct buf records; /* what goes out next */
};

/* ---- events ---------------------------------------------------------------------------------- */

/* An event in the making. */
struct event {
    struct face_writer *writer;
    const char *type;
    struct json_writer w;
};

static struct event event_begin(struct face_writer *writer, const char *type)
{
    buf_clear(&writer->event);
    struct event event = {.writer = writer, .type = type, .w = json_writer_on(&writer->event)};
    json_object_begin(&event.w);
    json_member_cstr(&event.w, "type", type);
    json_member_i64(&event.w, "sequence_number", writer->sequence++);
    return event;
}

static void event_end(struct event *event)
{
    json_object_end(&event->w);
    sse_write(&event->writer->records, str_from_cstr(event->type), buf_str(&event->writer->event));
}

/* One that tells of an item by its id. */
static struct event item_event_begin(struct face_writer *writer, const char *type,
                                     const struct answer_block *block)
{
    char id[OPENAI_MAX_ITEM_ID_BYTES];
    struct event event = event_begin(writer, type);
    json_member_str(&event.w, "item_id", openai_item_id(&writer->response, block, id));
    json_member_i64(&event.w, "output_index", openai_item_index(&writer->response, block));
    return event;
}

static struct event part_event_begin(struct face_writer *writer, const char *type,
                                     const struct answer_block *block)
{
    struct event event = item_event_begin(writer, type, block);
    json_member_i64(&event.w, "content_index", 0);
    return event;
}

/* ---- of the response ------------------------------------------------------------------------- */

static void response_event(struct face_writer *writer, const char *type,
                           enum openai_response_state state, const char *error_words)
{
    struct event event = event_begin(writer, type);
    json_key(&event.w, STR("response"));
    openai_response_write(&event.w, &writer->response, state, error_words);
    event_end(&event);
}

static void stream_begin(struct face_writer *writer)
{
    response_event(writer, "response.created", OPENAI_IN_PROGRESS, NULL);
    response_event(writer, "response.in_progress", OPENAI_IN_PROGRESS, NULL);
}

static void stream_end(struct face_writer *writer)
{
    enum llm_finish finish = writer->answer.finish;
    bool is_incomplete = finish == LLM_FINISH_LENGTH || finish == LLM_FINISH_FILTER;
    response_event(writer, is_incomplete ? "response.incomplete" : "response.completed",
                   OPENAI_DONE, NULL);
}

/* ---- of an item ------------------------------------------------------------------------------ */

static void item_event(struct face_writer *writer, const char *type,
                       const struct answer_block *block, bool is_done)
{
    struct event event = event_begin(writer, type);
    json_member_i64(&event.w, "output_index", openai_item_index(&writer->response, block));
    json_key(&event.w, STR("item"));
    openai_item_write(&event.w, &writer->response, block, is_done);
    event_end(&event);
}

static void part_event(struct face_writer *writer, const char *type,
                       const struct answer_block *block, bool is_done)
{
    struct event event = part_event_begin(writer, type, block);
    json_key(&event.w, STR("part"));
    openai_item_part_write(&event.w, block, is_done);
    event_end(&event);
}

static void item_begin(struct face_writer *writer, const struct answer_block *block)
{
    item_event(writer, "response.output_item.added", block, false);
    if (block->kind != LLM_EVENT_TOOL_START) {
        part_event(writer, "response.content_part.added", block, false);
    }
}

static void text_delta(struct face_writer *writer, const struct answer_block *block,
                       struct str text)
{
    bool is_text = block->kind == LLM_EVENT_TEXT;
    struct event event = part_event_begin(
        writer, is_text ? "response.output_text.delta" : "response.refusal.delta", block);
    json_member_str(&event.w, "delta", text);
    if (is_text) {
        json_member_raw(&event.w, "logprobs", STR("[]"));
    }
    event_end(&event);
}

static void text_done(struct face_writer *writer, const struct answer_block *block)
{
    bool is_text = block->kind == LLM_EVENT_TEXT;
    struct event event = part_event_begin(
        writer, is_text ? "response.output_text.done" : "response.refusal.done", block);
    json_member_str(&event.w, is_text ? "text" : "refusal", buf_str(&block->text));
    if (is_text) {
        json_member_raw(&event.w, "logprobs", STR("[]"));
    }
    event_end(&event);
    part_event(writer, "response.content_part.done", block, true);
}

static void arguments_delta(struct face_writer *writer, const struct answer_block *block,
                            struct str text)
{
    struct event event = item_event_begin(writer, "response.function_call_arguments.delta", block);
    json_member_str(&event.w, "delta", text);
    event_end(&event);
}

static void arguments_done(struct face_writer *writer, const struct answer_block *block)
{
    struct str all = block->has_text ? buf_str(&block->text) : STR("{}");
    if (!block->has_text) {
        arguments_delta(writer, block, all);
    }
    struct event event = item_event_begin(writer, "response.function_call_arguments.done", block);
    json_member_str(&event.w, "name", block->name);
    json_member_str(&event.w, "arguments", all);
    event_end(&event);
}

static void item_end(struct face_writer *writer, const struct answer_block *block)
{
    if (block->kind == LLM_EVENT_TOOL_START) {
        arguments_done(writer, block);
    } else {
        text_done(writer, block);
    }
    item_event(writer, "response.output_item.done", block, true);
}

static void item_events_add(struct face_writer *writer, const struct llm_event *event,
                            const struct answer_block *block, bool is_new)
{
    if (is_new) {
        item_begin(writer, block);
    }
    if (event->kind == LLM_EVENT_BLOCK_END) {
        item_end(writer, block);
    } else if (event->text.len > 0 && block->kind == LLM_EVENT_TOOL_START) {
        arguments_delta(writer, block, event->text);
    } else if (event->text.len > 0) {
        text_delta(writer, block, event->text);
    }
}

static void events_add(struct face_writer *writer, const struct llm_event *event,
                       const struct answer_block *block, bool is_new)
{
    if (event->kind == LLM_EVENT_START) {
        stream_begin(writer);
    } else if (event->kind == LLM_EVENT_END) {
        stream_end(writer);
    } else if (block != NULL && openai_is_item(block)) {
        item_events_add(writer, event, block, is_new);
    }
}

/* ---- the face -------------------------------------------------------------------------------- */

static struct face_writer *responses_writer_new(struct ctx *cx, const struct face_writing *writing)
{
    struct face_writer *writer = ARENA_NEW(cx->arena, struct face_writer);
    *writer = (struct face_writer){
        .writing = *writing,
        .answer = {.keeps_texts = true}, /* a stream says each text again at its end */
        .event = buf_in(cx->arena, OPENAI_MAX_RECORD_BYTES),
        .records = buf_in(cx->arena, OPENAI_MAX_RECORD_BYTES),
    };
    struct str hex = openai_id(cx, "", writing->call_id);
    writer->response = (struct openai_response){
        .request = writing->request,
        .answer = &writer->answer,
        .hex = arena_str_copy(cx->arena, hex),
        .id = arena_format(cx->arena, "resp_" STR_FMT, STR_ARG(hex)),
        .created_s = writing->now_ms / 1000,
    };
    return writer;
}

static enum status responses_take(struct ctx *cx, struct face_writer *writer,
                                  const struct llm_event *event)
{
    struct answer_block *block = NULL;
    bool is_new = false;
    TRY(answer_take(cx, &writer->answer, event, &block, &is_new));
    buf_clear(&writer->records);
    if (writer->writing.request->stream) {
        events_add(writer, event, block, is_new);
    } else if (event->kind == LLM_EVENT_END) {
        struct json_writer w = json_writer_on(&writer->records);
        openai_response_write(&w, &writer->response, OPENAI_DONE, NULL);
    }
    return openai_record_write(cx, &writer->writing, &writer->records);
}

/*
 * The failed response, as the documents have it, where ours had begun; then the error, whose flat
 * members are the documents', and whose member `error` is what makes the official clients raise.
 */
static enum status responses_fail(struct ctx *cx, struct face_writer *writer, enum status status)
{
    const char *words = cx->err.words[0] != '\0' ? cx->err.words : status_words(status);
    buf_clear(&writer->records);
    if (writer->answer.has_started) {
        response_event(writer, "response.failed", OPENAI_FAILED, words);
    }
    struct event event = event_begin(writer, "error");
    json_member_str(&event.w, "code", openai_error_code(cx, status));
    json_member_cstr(&event.w, "message", words);
    json_member_raw(&event.w, "param", STR("null"));
    json_key(&event.w, STR("error"));
    openai_error_object(cx, &event.w, status);
    event_end(&event);
    return openai_record_write(cx, &writer->writing, &writer->records);
}

const struct face face_openai_responses = {
    .name = "openai-responses",
    .protocol = LLM_PROTOCOL_OPENAI_RESPONSES,
    .read = openai_responses_read,
    .writer_new = responses_writer_new,
    .take = responses_take,
    .fail = responses_fail,
    .error = openai_error_body,
};
