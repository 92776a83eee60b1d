#include "functions/ai-gateway/face/anthropic.h"

#include "shared/base/uuid.h"
#include "shared/http/sse.h"
#include "shared/llm/wire/anthropic.h"

enum {
    MAX_RECORD_BYTES = 32 * 1024 * 1024, /* of one event's text, all of it escaped */
    MAX_ANSWER_BYTES = 20 * 1024 * 1024, /* of a whole answer: what a function may reply */
};

/* A content block of the answer, in the order in which they begin. */
struct block {
    struct block *next;
    unsigned event_index, index; /* the engine's and ours, which has no gaps */
    enum llm_event_kind kind;    /* TEXT, THINKING, TOOL_START, OTHER */
    bool is_open;
    struct str id, name;
    struct buf text, signature; /* whole answers */
};

struct face_writer {
    struct face_writing writing;
    struct str id, model;
    bool has_begun; /* message_start went out */
    struct block *first, *last;
    unsigned block_count;
    struct llm_usage usage;
    enum llm_finish finish;
    struct str stop_sequence;
    struct buf data, out; /* one record: its JSON, and as it is sent */
};

struct face_writer *anthropic_writer_new(struct ctx *cx, const struct face_writing *writing)
{
    struct face_writer *writer = ARENA_NEW(cx->arena, struct face_writer);
    writer->writing = *writing;
    writer->data = buf_in(cx->arena, MAX_RECORD_BYTES);
    writer->out = buf_in(cx->arena, MAX_RECORD_BYTES);
    return writer;
}

static bool is_stream(const struct face_writer *writer)
{
    return writer->writing.request->stream;
}

/* ---- records --------------------------------------------------------------------------------- */

/* {"type":"...": the members follow. */
static struct json_writer record_begin(struct face_writer *writer, const char *type)
{
    buf_clear(&writer->data);
    struct json_writer w = json_writer_on(&writer->data);
    json_object_begin(&w);
    json_member_cstr(&w, "type", type);
    return w;
}

static enum status record_end(struct ctx *cx, struct face_writer *writer, const char *type,
                              struct json_writer *w)
{
    json_object_end(w);
    buf_clear(&writer->out);
    sse_write(&writer->out, str_from_cstr(type), buf_str(&writer->data));
    if (writer->data.full || writer->out.full) {
        return fail(cx, ERR_TOO_LARGE, "anthropic: an event of more than %d bytes",
                    MAX_RECORD_BYTES);
    }
    return writer->writing.write(cx, writer->writing.arg, buf_str(&writer->out));
}

/* ---- parts of a message ---------------------------------------------------------------------- */

static void null_member(struct json_writer *w, const char *key)
{
    json_key(w, str_from_cstr(key));
    json_null(w);
}

static void tokens_write(struct json_writer *w, const struct llm_usage *usage)
{
    json_member_i64(w, "input_tokens", usage->input);
    json_member_i64(w, "cache_creation_input_tokens",
                    usage->cache_write_5m + usage->cache_write_1h);
    json_member_i64(w, "cache_read_input_tokens", usage->cache_read);
    json_member_i64(w, "output_tokens", usage->output);
    json_member_object(w, "output_tokens_details");
    json_member_i64(w, "thinking_tokens", usage->reasoning);
    json_object_end(w);
    null_member(w, "server_tool_use");
}

/* Of a message; that of message_delta has fewer members. */
static void usage_write(struct json_writer *w, const struct llm_usage *usage)
{
    json_member_object(w, "usage");
    tokens_write(w, usage);
    json_member_object(w, "cache_creation");
    json_member_i64(w, "ephemeral_5m_input_tokens", usage->cache_write_5m);
    json_member_i64(w, "ephemeral_1h_input_tokens", usage->cache_write_1h);
    json_object_end(w);
    null_member(w, "inference_geo");
    null_member(w, "service_tier");
    null_member(w, "speed");
    json_object_end(w);
}

static void stop_write(struct json_writer *w, const struct face_writer *writer, bool has_stopped)
{
    if (!has_stopped) {
        null_member(w, "stop_reason");
    } else {
        json_member_str(w, "stop_reason", anthropic_stop_reason(writer->finish));
    }
    if (writer->stop_sequence.len == 0) {
        null_member(w, "stop_sequence");
    } else {
        json_member_str(w, "stop_sequence", writer->stop_sequence);
    }
    null_member(w, "stop_details");
    null_member(w, "container");
}

/* A tool's arguments, if they are an object; what a model wrote wrong stays, as the text it is. */
static void input_write(struct ctx *cx, struct json_writer *w, struct str text)
{
    const struct json *input = NULL;
    if (text.len == 0) {
        text = STR("{}");
    }
    if (json_read(cx, text, NULL, &input) == OK) {
        json_member_raw(w, "input", text);
    } else {
        err_clear(cx);
        json_member_str(w, "input", text);
    }
}

/* A block with this content: empty where a stream begins it. */
static void block_write(struct ctx *cx, struct json_writer *w, const struct block *block)
{
    if (block->kind == LLM_EVENT_OTHER) {
        json_raw(w, buf_str(&block->text));
        return;
    }
    json_object_begin(w);
    if (block->kind == LLM_EVENT_TOOL_START) {
        json_member_cstr(w, "type", "tool_use");
        json_member_str(w, "id", block->id);
        json_member_str(w, "name", block->name);
        input_write(cx, w, buf_str(&block->text));
        json_member_object(w, "caller");
        json_member_cstr(w, "type", "direct");
        json_object_end(w);
    } else if (block->kind == LLM_EVENT_THINKING) {
        json_member_cstr(w, "type", "thinking");
        json_member_str(w, "thinking", buf_str(&block->text));
        json_member_str(w, "signature", buf_str(&block->signature));
    } else {
        json_member_cstr(w, "type", "text");
        json_member_str(w, "text", buf_str(&block->text));
        null_member(w, "citations");
    }
    json_object_end(w);
}

/* All but `content` and the end. */
static void message_head_write(struct json_writer *w, const struct face_writer *writer)
{
    json_member_str(w, "id", writer->id);
    json_member_cstr(w, "type", "message");
    json_member_cstr(w, "role", "assistant");
    json_member_str(w, "model", writer->model);
}

/* ---- stream ---------------------------------------------------------------------------------- */

/* Late enough for the usage that some providers tell first. */
static enum status stream_begin(struct ctx *cx, struct face_writer *writer)
{
    if (writer->has_begun) {
        return OK;
    }
    writer->has_begun = true;
    struct json_writer w = record_begin(writer, "message_start");
    json_member_object(&w, "message");
    message_head_write(&w, writer);
    json_member_array(&w, "content");
    json_array_end(&w);
    stop_write(&w, writer, false);
    null_member(&w, "diagnostics");
    usage_write(&w, &writer->usage);
    json_object_end(&w);
    TRY(record_end(cx, writer, "message_start", &w));
    w = record_begin(writer, "ping");
    return record_end(cx, writer, "ping", &w);
}

static enum status stream_block_begin(struct ctx *cx, struct face_writer *writer,
                                      const struct block *block)
{
    struct json_writer w = record_begin(writer, "content_block_start");
    json_member_i64(&w, "index", block->index);
    json_key(&w, STR("content_block"));
    block_write(cx, &w, block);
    return record_end(cx, writer, "content_block_start", &w);
}

static enum status stream_delta(struct ctx *cx, struct face_writer *writer,
                                const struct block *block, const struct llm_event *event)
{
    static const struct {
        enum llm_event_kind kind;
        const char *type, *member;
    } deltas[] = {
        {LLM_EVENT_TEXT, "text_delta", "text"},
        {LLM_EVENT_REFUSAL, "text_delta", "text"},
        {LLM_EVENT_THINKING, "thinking_delta", "thinking"},
        {LLM_EVENT_SIGNATURE, "signature_delta", "signature"},
        {LLM_EVENT_TOOL_INPUT, "input_json_delta", "partial_json"},
    };
    for (size_t i = 0; i < ARRAY_LEN(deltas) && event->text.len > 0; i++) {
        if (deltas[i].kind == event->kind) {
            struct json_writer w = record_begin(writer, "content_block_delta");
            json_member_i64(&w, "index", block->index);
            json_member_object(&w, "delta");
            json_member_cstr(&w, "type", deltas[i].type);
            json_member_str(&w, deltas[i].member, event->text);
            json_object_end(&w);
            return record_end(cx, writer, "content_block_delta", &w);
        }
    }
    return OK;
}

static enum status stream_block_end(struct ctx *cx, struct face_writer *writer,
                                    const struct block *block)
{
    struct json_writer w = record_begin(writer, "content_block_stop");
    json_member_i64(&w, "index", block->index);
    return record_end(cx, writer, "content_block_stop", &w);
}

static enum status stream_end(struct ctx *cx, struct face_writer *writer)
{
    struct json_writer w = record_begin(writer, "message_delta");
    json_member_object(&w, "delta");
    stop_write(&w, writer, true);
    json_object_end(&w);
    json_member_object(&w, "usage");
    tokens_write(&w, &writer->usage);
    json_object_end(&w);
    TRY(record_end(cx, writer, "message_delta", &w));
    w = record_begin(writer, "message_stop");
    return record_end(cx, writer, "message_stop", &w);
}

/* ---- whole answers --------------------------------------------------------------------------- */

static enum status whole_write(struct ctx *cx, struct face_writer *writer)
{
    struct buf body = buf_in(cx->arena, MAX_ANSWER_BYTES);
    struct json_writer w = json_writer_on(&body);
    json_object_begin(&w);
    message_head_write(&w, writer);
    json_member_array(&w, "content");
    for (const struct block *block = writer->first; block != NULL; block = block->next) {
        block_write(cx, &w, block);
    }
    json_array_end(&w);
    stop_write(&w, writer, true);
    null_member(&w, "diagnostics");
    usage_write(&w, &writer->usage);
    json_object_end(&w);
    if (body.full) {
        return fail(cx, ERR_TOO_LARGE, "an answer of more than %d bytes", MAX_ANSWER_BYTES);
    }
    return writer->writing.write(cx, writer->writing.arg, buf_str(&body));
}

/* ---- blocks ---------------------------------------------------------------------------------- */

static struct block *block_find(struct face_writer *writer, unsigned event_index)
{
    for (struct block *block = writer->first; block != NULL; block = block->next) {
        if (block->is_open && block->event_index == event_index) {
            return block;
        }
    }
    return NULL;
}

static struct block *block_new(struct ctx *cx, struct face_writer *writer,
                               const struct llm_event *event)
{
    struct block *block = ARENA_NEW(cx->arena, struct block);
    *block = (struct block){
        .event_index = event->index,
        .index = writer->block_count++,
        .kind = event->kind,
        .is_open = true,
        .id = arena_str_copy(cx->arena, event->id),
        .name = arena_str_copy(cx->arena, event->name),
        .text = buf_in(cx->arena, MAX_ANSWER_BYTES),
        .signature = buf_in(cx->arena, MAX_ANSWER_BYTES),
    };
    if (writer->last == NULL) {
        writer->first = block;
    } else {
        writer->last->next = block;
    }
    writer->last = block;
    return block;
}

static enum status block_end(struct ctx *cx, struct face_writer *writer, struct block *block)
{
    if (block == NULL) {
        return OK;
    }
    block->is_open = false;
    return is_stream(writer) ? stream_block_end(cx, writer, block) : OK;
}

static enum status blocks_end(struct ctx *cx, struct face_writer *writer)
{
    for (struct block *block = writer->first; block != NULL; block = block->next) {
        if (block->is_open) {
            TRY(block_end(cx, writer, block));
        }
    }
    return OK;
}

/* The open block that `event` belongs to; one that is not there yet begins. */
static enum status block_get(struct ctx *cx, struct face_writer *writer,
                             const struct llm_event *event, struct block **block)
{
    *block = block_find(writer, event->index);
    if (*block != NULL) {
        return OK;
    }
    *block = block_new(cx, writer, event);
    if (event->kind == LLM_EVENT_OTHER) {
        buf_add(&(*block)->text, event->text);
    }
    return is_stream(writer) ? stream_block_begin(cx, writer, *block) : OK;
}

static enum status take_content(struct ctx *cx, struct face_writer *writer,
                                const struct llm_event *event)
{
    struct block *block = NULL;
    TRY(block_get(cx, writer, event, &block));
    if (is_stream(writer)) {
        return stream_delta(cx, writer, block, event);
    }
    if (event->kind != LLM_EVENT_OTHER) {
        buf_add(event->kind == LLM_EVENT_SIGNATURE ? &block->signature : &block->text, event->text);
    }
    return block->text.full
               ? fail(cx, ERR_TOO_LARGE, "an answer of more than %d bytes", MAX_ANSWER_BYTES)
               : OK;
}

/* ---- events ---------------------------------------------------------------------------------- */

/* "msg_" and the call's id without dashes, unless the provider's is one of the kind. */
static struct str message_id(struct ctx *cx, const struct face_writing *writing, struct str theirs)
{
    char made[UUID_TEXT_LEN + 1];
    struct buf id = buf_in(cx->arena, KIB(1));
    struct str rest = writing->call_id;
    struct str part;
    if (str_has_prefix(theirs, STR("msg_"))) {
        return arena_str_copy(cx->arena, theirs);
    }
    if (rest.len == 0) {
        uuid_v4(made);
        rest = str_from_cstr(made);
    }
    buf_add(&id, STR("msg_"));
    while (str_split_next(&rest, '-', &part)) {
        buf_add(&id, part);
    }
    return buf_str(&id);
}

static enum status take_start(struct ctx *cx, struct face_writer *writer,
                              const struct llm_event *event)
{
    const struct face_writing *writing = &writer->writing;
    writer->id = message_id(cx, writing, event->id);
    writer->model =
        arena_str_copy(cx->arena, event->model.len > 0 ? event->model : writing->request->model);
    return OK;
}

static enum status take_end(struct ctx *cx, struct face_writer *writer)
{
    TRY(blocks_end(cx, writer));
    return is_stream(writer) ? stream_end(cx, writer) : whole_write(cx, writer);
}

enum status anthropic_take(struct ctx *cx, struct face_writer *writer,
                           const struct llm_event *event)
{
    if (is_stream(writer) && event->kind != LLM_EVENT_START && event->kind != LLM_EVENT_USAGE &&
        event->kind != LLM_EVENT_ERROR) {
        TRY(stream_begin(cx, writer));
    }
    switch (event->kind) {
    case LLM_EVENT_START:
        return take_start(cx, writer, event);
    case LLM_EVENT_TEXT:
    case LLM_EVENT_THINKING:
    case LLM_EVENT_SIGNATURE:
    case LLM_EVENT_REFUSAL:
    case LLM_EVENT_TOOL_START:
    case LLM_EVENT_TOOL_INPUT:
    case LLM_EVENT_OTHER:
        return take_content(cx, writer, event);
    case LLM_EVENT_BLOCK_END:
        return block_end(cx, writer, block_find(writer, event->index));
    case LLM_EVENT_USAGE:
        writer->usage = event->usage;
        return OK;
    case LLM_EVENT_FINISH:
        writer->finish = event->finish;
        writer->stop_sequence = arena_str_copy(cx->arena, event->stop_sequence);
        return OK;
    case LLM_EVENT_END:
        return take_end(cx, writer);
    case LLM_EVENT_ERROR:
        return OK; /* anthropic_fail says it */
    }
    return OK;
}

enum status anthropic_fail(struct ctx *cx, struct face_writer *writer, enum status status)
{
    struct face_error error;
    anthropic_error(cx, status, &error);
    buf_clear(&writer->out);
    sse_write(&writer->out, STR("error"), error.body);
    return writer->writing.write(cx, writer->writing.arg, buf_str(&writer->out));
}
