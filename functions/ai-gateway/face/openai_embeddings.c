/*
 * Embeddings. Only providers of the same protocol have them, so that answers go out as they came,
 * base64 and all: the official Node client asks for that unless told otherwise. What is read here
 * is what would be at fault anywhere.
 *
 * Source: OpenAI API reference, "Create embeddings".
 */
#include "functions/ai-gateway/face/openai_read.h"
#include "functions/ai-gateway/face/openai_write.h"

enum { MAX_INPUTS = 2048, MAX_TOKENS_OF_INPUT = 8192, MAX_TOKEN = 1 << 24, MAX_DIMENSIONS = 16384 };

struct face_writer {
    struct face_writing writing;
};

/* ---- requests -------------------------------------------------------------------------------- */

static void tokens_read(struct ctx *cx, const struct place *at, const struct json *tokens)
{
    size_t index = 0;
    int64_t token = 0;
    if (!field_is_array(cx, at, tokens, 1, MAX_TOKENS_OF_INPUT)) {
        return;
    }
    JSON_EACH (value, tokens) {
        const struct place here = {.parent = at, .index = index++};
        (void)field_i64(cx, &here, value, 0, MAX_TOKEN, &token);
    }
}

static void text_read(struct ctx *cx, const struct place *at, const struct json *value)
{
    struct str text = {0};
    if (field_str(cx, at, value, &text) && text.len == 0) {
        place_fault(cx, at, "must not be empty");
    }
}

/* A text, texts, the tokens of one text, or of several. */
static void input_read(struct ctx *cx, const struct place *at, const struct json *value,
                       struct openai_reading *reading)
{
    size_t index = 0;
    (void)reading;
    if (value->type == JSON_STRING) {
        text_read(cx, at, value);
        return;
    }
    if (value->type == JSON_ARRAY && value->first != NULL && value->first->type == JSON_NUMBER) {
        tokens_read(cx, at, value);
        return;
    }
    if (!field_is_array(cx, at, value, 1, MAX_INPUTS)) {
        return;
    }
    JSON_EACH (input, value) {
        const struct place here = {.parent = at, .index = index++};
        if (input->type == JSON_ARRAY) {
            tokens_read(cx, &here, input);
        } else {
            text_read(cx, &here, input);
        }
    }
}

static void encoding_read(struct ctx *cx, const struct place *at, const struct json *value,
                          struct openai_reading *reading)
{
    struct str word = {0};
    (void)reading;
    if (field_str(cx, at, value, &word) && !str_eq(word, STR("float")) &&
        !str_eq(word, STR("base64"))) {
        place_fault(cx, at, "must be float or base64");
    }
}

static void dimensions_read(struct ctx *cx, const struct place *at, const struct json *value,
                            struct openai_reading *reading)
{
    int64_t dimensions = 0;
    (void)reading;
    (void)field_i64(cx, at, value, 1, MAX_DIMENSIONS, &dimensions);
}

static const struct openai_member members[] = {
    {"model", openai_model},         {"input", input_read}, {"encoding_format", encoding_read},
    {"dimensions", dimensions_read}, {"user", openai_user},
};

static enum status embeddings_read(struct ctx *cx, const struct http_event *event,
                                   struct llm_request *out)
{
    struct llm_chat none = {0}; /* an embedding is no chat: only the body is looked at */
    struct openai_reading reading = {.chat = &none, .request = out};
    TRY(openai_body_read(cx, event->body, members, ARRAY_LEN(members), &reading));
    (void)field_get(cx, NULL, out->root, "model");
    (void)field_get(cx, NULL, out->root, "input");
    out->protocol = LLM_PROTOCOL_OPENAI_EMBEDDINGS;
    return fields_status(cx);
}

/* ---- answers --------------------------------------------------------------------------------- */

static struct face_writer *embeddings_writer_new(struct ctx *cx, const struct face_writing *writing)
{
    struct face_writer *writer = ARENA_NEW(cx->arena, struct face_writer);
    writer->writing = *writing;
    return writer;
}

/* The bytes are the provider's own; an event tells nothing that could be written from it. */
static enum status embeddings_take(struct ctx *cx, struct face_writer *writer,
                                   const struct llm_event *event)
{
    (void)writer;
    (void)event;
    return fail(cx, ERR_INTERNAL, "embeddings as events");
}

static enum status embeddings_fail(struct ctx *cx, struct face_writer *writer, enum status status)
{
    (void)writer;
    return fail(cx, status, "embeddings as a stream");
}

const struct face face_openai_embeddings = {
    .name = "openai-embeddings",
    .protocol = LLM_PROTOCOL_OPENAI_EMBEDDINGS,
    .read = embeddings_read,
    .writer_new = embeddings_writer_new,
    .take = embeddings_take,
    .fail = embeddings_fail,
    .error = openai_error_body,
};
