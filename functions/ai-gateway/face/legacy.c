#include "functions/ai-gateway/face/legacy.h"

#include "functions/endpoint/endpoint.h"
#include "functions/endpoint/error_body.h"
#include "shared/base/utf8.h"
#include "shared/schema/schema.h"

enum {
    MAX_PROMPT_CHARACTERS = 50000,
    MAX_PROMPT_BYTES = 4 * MAX_PROMPT_CHARACTERS,
    MAX_ANSWER_BYTES = 256 * 1024,         /* of MAX_TOKENS */
    MAX_BODY_BYTES = 7 * MAX_ANSWER_BYTES, /* a byte may take six in JSON: \u0001 */
    MAX_TOKENS = 4000,
    DEFAULT_TOKENS = 1000,
    NANO_PER_CENT = 10 * 1000 * 1000,
};
#define DEFAULT_MODEL       "claude-3-5-sonnet-20241022"
#define DEFAULT_TEMPERATURE "0.3"

/* ---- in -------------------------------------------------------------------------------------- */

struct context {
    struct str user_id, generation_id, cache_key;
    int operation;
};
struct body {
    struct str model, prompt;
    int64_t max_tokens;
    double temperature;
    struct context context;
    bool enable_cache;
};

/* Labels of the log; none of them changes the call. */
static const struct schema_name operations[] = {
    {"recipe_scoring", 0}, {"meal_assembly", 1},    {"coherence_review", 2},
    {"mood_analysis", 3},  {"plan_improvement", 4}, {"general", 5},
};

static const struct schema_field context_fields[] = {
    FIELD_STR(struct context, user_id, .required = true, .pattern = SCHEMA_UUID),
    FIELD_ENUM(struct context, operation, operations, .required = true),
    FIELD_STR(struct context, generation_id, .pattern = SCHEMA_UUID),
    FIELD_STR(struct context, cache_key, .max_bytes = 256),
};

static const struct schema_field body_fields[] = {
    FIELD_STR(struct body, model, .min_bytes = 1, .max_bytes = 128,
              .fallback_str = STR_INIT(DEFAULT_MODEL)),
    FIELD_STR(struct body, prompt, .required = true, .min_bytes = 1, .max_bytes = SIZE_MAX),
    FIELD_INT(struct body, max_tokens, .min = 1, .max = MAX_TOKENS, .fallback = DEFAULT_TOKENS),
    FIELD_NUM(struct body, temperature, .min = 0, .max = 1),
    FIELD_OBJECT(struct body, context, context_fields, .required = true),
    FIELD_BOOL(struct body, enable_cache, .fallback = true),
};

static enum status prompt_check(struct ctx *cx, struct str prompt)
{
    size_t length = prompt.len > MAX_PROMPT_BYTES ? prompt.len : utf8_length(prompt);
    return length <= MAX_PROMPT_CHARACTERS
               ? OK
               : fail_code(cx, ERR_TOO_LARGE, "PROMPT_TOO_LONG",
                           "prompt: more than %d characters; nothing is cut, so send less",
                           MAX_PROMPT_CHARACTERS);
}

static const struct llm_chat *chat_of(struct ctx *cx, const struct json *root,
                                      const struct body *body)
{
    struct llm_part *part = ARENA_NEW(cx->arena, struct llm_part);
    struct llm_message *message = ARENA_NEW(cx->arena, struct llm_message);
    struct llm_chat *chat = ARENA_NEW(cx->arena, struct llm_chat);
    const struct json *temperature = json_find(root, STR("temperature"));
    *part = (struct llm_part){.kind = LLM_PART_TEXT, .text = body->prompt};
    *message = (struct llm_message){.role = LLM_USER, .parts = part, .part_count = 1};
    *chat = (struct llm_chat){
        .model = body->model,
        .messages = message,
        .message_count = 1,
        .max_tokens = body->max_tokens,
        .temperature = temperature != NULL ? temperature->text : STR(DEFAULT_TEMPERATURE),
        .thinking_budget = -1,
        .user = body->context.user_id,
    };
    return chat;
}

static enum status legacy_read(struct ctx *cx, const struct http_event *event,
                               struct llm_request *out)
{
    const struct json *root = NULL;
    struct body body;
    TRY(endpoint_body(cx, event, &root));
    if (root == NULL) {
        return fail_public(cx, ERR_INVALID, "the body must be a JSON object, not empty");
    }
    TRY(schema_read(cx, root, body_fields, ARRAY_LEN(body_fields), &body));
    TRY(prompt_check(cx, body.prompt));
    *out = (struct llm_request){
        .protocol = LLM_PROTOCOL_NONE,
        .chat = chat_of(cx, root, &body),
        .model = body.model,
        .wants_events = true,
        .operation = str_from_cstr(operations[body.context.operation].name),
        .generation_id = body.context.generation_id,
        .cache_suffix = body.context.cache_key,
        .no_cache = !body.enable_cache,
    };
    return OK;
}

/* UUIDs compare without case. */
enum status legacy_user_check(struct ctx *cx, const struct llm_request *request,
                              const struct llm_caller *caller)
{
    bool is_own = caller->user_id.len == 0 || str_eq_nocase(caller->user_id, request->chat->user);
    return is_own ? OK
                  : fail_public(cx, ERR_FORBIDDEN, "context.user_id is not the caller's own id");
}

/* ---- out ------------------------------------------------------------------------------------- */

struct face_writer {
    struct face_writing writing;
    struct buf text;
};

static struct face_writer *legacy_writer_new(struct ctx *cx, const struct face_writing *writing)
{
    struct face_writer *writer = ARENA_NEW(cx->arena, struct face_writer);
    writer->writing = *writing;
    writer->text = buf_in(cx->arena, MAX_ANSWER_BYTES);
    return writer;
}

static enum status legacy_take(struct ctx *cx, struct face_writer *writer,
                               const struct llm_event *event)
{
    if (event->kind == LLM_EVENT_TEXT || event->kind == LLM_EVENT_REFUSAL) {
        buf_add(&writer->text, event->text);
    }
    if (writer->text.full) {
        return fail(cx, ERR_TOO_LARGE, "an answer of more than %d bytes", MAX_ANSWER_BYTES);
    }
    return event->kind == LLM_EVENT_END
               ? writer->writing.write(cx, writer->writing.arg, buf_str(&writer->text))
               : OK;
}

/* Never asked for: nothing here is streamed. */
static enum status legacy_fail(struct ctx *cx, struct face_writer *writer, enum status status)
{
    (void)cx, (void)writer, (void)status;
    return OK;
}

static void legacy_error(struct ctx *cx, enum status status, struct face_error *out)
{
    *out = (struct face_error){.http_status = status_http(status),
                               .body = endpoint_error_body(cx, status)};
}

const struct face face_legacy = {
    .name = "legacy",
    .protocol = LLM_PROTOCOL_NONE,
    .read = legacy_read,
    .writer_new = legacy_writer_new,
    .take = legacy_take,
    .fail = legacy_fail,
    .error = legacy_error,
};

struct str legacy_body(struct ctx *cx, struct str text, const struct llm_request *request,
                       const struct llm_outcome *outcome)
{
    bool is_stored = outcome->head.is_cached || outcome->head.is_replay;
    int64_t cost_nano = is_stored ? 0 : outcome->cost_nano;
    int64_t tokens = is_stored ? 0 : llm_usage_input_all(&outcome->usage) + outcome->usage.output;
    const struct llm_limits *limits = outcome->head.limits;
    struct buf buf = buf_in(cx->arena, MAX_BODY_BYTES);
    struct json_writer w = json_writer_on(&buf);
    json_object_begin(&w);
    json_member_bool(&w, "success", true);
    json_member_str(&w, "response", text);
    json_member_i64(&w, "tokens_used", tokens);
    json_member_i64(&w, "cost_cents", (cost_nano + NANO_PER_CENT / 2) / NANO_PER_CENT);
    json_member_str(&w, "model", request->model);
    json_member_bool(&w, "cached", outcome->head.is_cached);
    json_member_i64(&w, "remaining_requests", limits != NULL ? limits->operations_remaining : -1);
    json_member_i64(&w, "cost_nanodollars", cost_nano);
    json_object_end(&w);
    return buf_str(&buf);
}
