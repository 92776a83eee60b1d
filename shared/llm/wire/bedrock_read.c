#include "shared/llm/wire/bedrock_read.h"

#include "shared/llm/wire/classify.h"

static const int64_t MAX_TOKENS = INT64_C(1) << 32; /* no count, and no price overflows */

static enum status not_protocol(struct ctx *cx, const char *what)
{
    return fail(cx, ERR_UPSTREAM, "bedrock: %s", what);
}

static enum status give_text(struct ctx *cx, const struct bedrock_reader *r,
                             enum llm_event_kind kind, struct str text)
{
    return r->emit(cx, r->arg, &(struct llm_event){.kind = kind, .index = r->index, .text = text});
}

static enum status give(struct ctx *cx, const struct bedrock_reader *r, enum llm_event_kind kind)
{
    return r->emit(cx, r->arg, &(struct llm_event){.kind = kind, .index = r->index});
}

/* ---- blocks ---------------------------------------------------------------------------------- */

static enum status block_end(struct ctx *cx, struct bedrock_reader *r)
{
    enum bedrock_block block = r->block;
    if (block == BEDROCK_NO_BLOCK) {
        return OK;
    }
    r->block = BEDROCK_NO_BLOCK;
    if (block == BEDROCK_TOOL && !r->has_input) {
        TRY(give_text(cx, r, LLM_EVENT_TOOL_INPUT, STR("{}")));
    }
    TRY(give(cx, r, LLM_EVENT_BLOCK_END));
    r->index++;
    return OK;
}

/* Prose has no event of its own at its begin. */
static enum status prose(struct ctx *cx, struct bedrock_reader *r, enum llm_event_kind kind,
                         struct str text)
{
    if (r->block == BEDROCK_TOOL) {
        return not_protocol(cx, "text in a tool's block");
    }
    r->block = BEDROCK_PROSE;
    return give_text(cx, r, kind, text);
}

static enum status tool_begin(struct ctx *cx, struct bedrock_reader *r, const struct json *tool)
{
    r->block = BEDROCK_TOOL;
    r->has_input = false;
    return r->emit(cx, r->arg,
                   &(struct llm_event){.kind = LLM_EVENT_TOOL_START,
                                       .index = r->index,
                                       .id = json_find_str(tool, STR("toolUseId")),
                                       .name = json_find_str(tool, STR("name"))});
}

static enum status tool_input(struct ctx *cx, struct bedrock_reader *r, struct str text)
{
    if (r->block != BEDROCK_TOOL) {
        return not_protocol(cx, "input for a block that is no tool's");
    }
    r->has_input = r->has_input || text.len > 0;
    return text.len == 0 ? OK : give_text(cx, r, LLM_EVENT_TOOL_INPUT, text);
}

static enum status reasoning(struct ctx *cx, struct bedrock_reader *r, const struct json *content)
{
    struct str text = json_find_str(content, STR("text"));
    struct str signature = json_find_str(content, STR("signature"));
    if (json_find(content, STR("text")) != NULL) {
        TRY(prose(cx, r, LLM_EVENT_THINKING, text));
    }
    return signature.len == 0 ? OK : prose(cx, r, LLM_EVENT_SIGNATURE, signature);
}

/* ---- usage and end --------------------------------------------------------------------------- */

static void count_read(const struct json *object, struct str key, int64_t *count)
{
    int64_t value = 0;
    const struct json *member = json_find(object, key);
    if (member != NULL && json_is_i64(member, &value) && value >= 0 && value <= MAX_TOKENS) {
        *count = value;
    }
}

/* `cacheDetails` splits what was written by lifetime; without it, it was the short one. */
static enum status usage_read(struct ctx *cx, struct bedrock_reader *r, const struct json *usage)
{
    struct llm_usage out = {.is_known = true};
    const struct json *details = json_find(usage, STR("cacheDetails"));
    int64_t written = 0;
    if (usage == NULL || usage->type != JSON_OBJECT) {
        return not_protocol(cx, "an answer without usage");
    }
    count_read(usage, STR("inputTokens"), &out.input);
    count_read(usage, STR("outputTokens"), &out.output);
    count_read(usage, STR("cacheReadInputTokens"), &out.cache_read);
    count_read(usage, STR("cacheWriteInputTokens"), &written);
    if (details != NULL && details->type == JSON_ARRAY) {
        JSON_EACH (detail, details) {
            if (str_eq(json_find_str(detail, STR("ttl")), STR("1h"))) {
                count_read(detail, STR("inputTokens"), &out.cache_write_1h);
            }
        }
    }
    out.cache_write_5m = written > out.cache_write_1h ? written - out.cache_write_1h : 0;
    return r->emit(cx, r->arg, &(struct llm_event){.kind = LLM_EVENT_USAGE, .usage = out});
}

static enum status finish(struct ctx *cx, struct bedrock_reader *r, struct str reason)
{
    static const struct {
        struct str reason;
        enum llm_finish finish;
    } reasons[] = {
        {STR_INIT("end_turn"), LLM_FINISH_STOP},
        {STR_INIT("tool_use"), LLM_FINISH_TOOLS},
        {STR_INIT("max_tokens"), LLM_FINISH_LENGTH},
        {STR_INIT("model_context_window_exceeded"), LLM_FINISH_LENGTH},
        {STR_INIT("stop_sequence"), LLM_FINISH_SEQUENCE},
        {STR_INIT("guardrail_intervened"), LLM_FINISH_FILTER},
        {STR_INIT("content_filtered"), LLM_FINISH_FILTER},
    };
    struct llm_event event = {.kind = LLM_EVENT_FINISH, .finish = LLM_FINISH_STOP};
    if (reason.len == 0 || str_has_prefix(reason, STR("malformed_"))) {
        return not_protocol(cx, "the model's answer has no sound end");
    }
    for (size_t i = 0; i < ARRAY_LEN(reasons); i++) {
        event.finish = str_eq(reasons[i].reason, reason) ? reasons[i].finish : event.finish;
    }
    TRY(block_end(cx, r));
    r->has_finished = true;
    return r->emit(cx, r->arg, &event);
}

/* ---- whole ----------------------------------------------------------------------------------- */

static enum status block_read(struct ctx *cx, struct bedrock_reader *r, const struct json *block)
{
    const struct json *text = json_find(block, STR("text"));
    const struct json *tool = json_find(block, STR("toolUse"));
    const struct json *thought =
        json_find(json_find(block, STR("reasoningContent")), STR("reasoningText"));
    if (text != NULL) {
        TRY(prose(cx, r, LLM_EVENT_TEXT, text->text));
    } else if (tool != NULL) {
        const struct json *input = json_find(tool, STR("input"));
        TRY(tool_begin(cx, r, tool));
        TRY(tool_input(cx, r, input == NULL ? STR("") : input->span));
    } else if (thought != NULL) {
        TRY(reasoning(cx, r, thought));
    }
    return block_end(cx, r);
}

enum status bedrock_read_whole(struct ctx *cx, struct bedrock_reader *r, const struct json *root)
{
    const struct json *message = json_find(json_find(root, STR("output")), STR("message"));
    const struct json *content = json_find(message, STR("content"));
    if (content == NULL || content->type != JSON_ARRAY) {
        return not_protocol(cx, "an answer without content");
    }
    TRY(give(cx, r, LLM_EVENT_START));
    JSON_EACH (block, content) {
        TRY(block_read(cx, r, block));
    }
    TRY(finish(cx, r, json_find_str(root, STR("stopReason"))));
    TRY(usage_read(cx, r, json_find(root, STR("usage"))));
    return give(cx, r, LLM_EVENT_END);
}

/* ---- stream ---------------------------------------------------------------------------------- */

static enum status take_message_start(struct ctx *cx, struct bedrock_reader *r,
                                      const struct json *payload)
{
    (void)payload;
    if (r->has_begun) {
        return not_protocol(cx, "a second messageStart");
    }
    r->has_begun = true;
    return give(cx, r, LLM_EVENT_START);
}

/* Another block than the open one ends that. */
static enum status block_enter(struct ctx *cx, struct bedrock_reader *r, const struct json *payload)
{
    int64_t index = -1;
    const struct json *member = json_find(payload, STR("contentBlockIndex"));
    if (member == NULL || !json_is_i64(member, &index) || index < 0 || r->has_finished) {
        return not_protocol(cx, "a block out of place");
    }
    if (index != r->their_index) {
        TRY(block_end(cx, r));
    }
    r->their_index = index;
    return OK;
}

static enum status take_block_start(struct ctx *cx, struct bedrock_reader *r,
                                    const struct json *payload)
{
    const struct json *tool = json_find(json_find(payload, STR("start")), STR("toolUse"));
    TRY(block_enter(cx, r, payload));
    TRY(block_end(cx, r));
    return tool == NULL ? OK : tool_begin(cx, r, tool);
}

static enum status take_block_delta(struct ctx *cx, struct bedrock_reader *r,
                                    const struct json *payload)
{
    const struct json *delta = json_find(payload, STR("delta"));
    const struct json *text = json_find(delta, STR("text"));
    const struct json *tool = json_find(delta, STR("toolUse"));
    TRY(block_enter(cx, r, payload));
    if (text != NULL) {
        return prose(cx, r, LLM_EVENT_TEXT, text->text);
    }
    if (tool != NULL) {
        return tool_input(cx, r, json_find_str(tool, STR("input")));
    }
    return reasoning(cx, r, json_find(delta, STR("reasoningContent")));
}

static enum status take_block_stop(struct ctx *cx, struct bedrock_reader *r,
                                   const struct json *payload)
{
    (void)payload;
    return block_end(cx, r);
}

static enum status take_message_stop(struct ctx *cx, struct bedrock_reader *r,
                                     const struct json *payload)
{
    return r->has_finished ? not_protocol(cx, "a second messageStop")
                           : finish(cx, r, json_find_str(payload, STR("stopReason")));
}

/* The last event: what was used. */
static enum status take_metadata(struct ctx *cx, struct bedrock_reader *r,
                                 const struct json *payload)
{
    if (!r->has_finished) {
        return not_protocol(cx, "metadata before messageStop");
    }
    r->is_over = true;
    TRY(usage_read(cx, r, json_find(payload, STR("usage"))));
    return give(cx, r, LLM_EVENT_END);
}

enum status bedrock_read_event(struct ctx *cx, struct bedrock_reader *r, struct str type,
                               const struct json *payload)
{
    static const struct {
        struct str type;
        enum status (*take)(struct ctx *cx, struct bedrock_reader *r, const struct json *payload);
    } types[] = {
        {STR_INIT("messageStart"), take_message_start},
        {STR_INIT("contentBlockStart"), take_block_start},
        {STR_INIT("contentBlockDelta"), take_block_delta},
        {STR_INIT("contentBlockStop"), take_block_stop},
        {STR_INIT("messageStop"), take_message_stop},
        {STR_INIT("metadata"), take_metadata},
    };
    for (size_t i = 0; i < ARRAY_LEN(types) && !r->is_over; i++) {
        if (str_eq(types[i].type, type)) {
            bool is_early = !r->has_begun && types[i].take != take_message_start;
            return is_early ? not_protocol(cx, "an event before messageStart")
                            : types[i].take(cx, r, payload);
        }
    }
    return OK;
}

/* ---- exceptions ------------------------------------------------------------------------------ */

static const struct {
    struct str name;
    enum llm_failure_class kind;
} exceptions[] = {
    {STR_INIT("AccessDeniedException"), LLM_AUTH},
    {STR_INIT("UnrecognizedClientException"), LLM_AUTH},
    {STR_INIT("InvalidSignatureException"), LLM_AUTH},
    {STR_INIT("ExpiredTokenException"), LLM_AUTH},
    {STR_INIT("ValidationException"), LLM_BAD_REQUEST},
    {STR_INIT("ResourceNotFoundException"), LLM_NOT_FOUND},
    {STR_INIT("ThrottlingException"), LLM_SLOW_DOWN},
    {STR_INIT("ServiceQuotaExceededException"), LLM_SLOW_DOWN},
    {STR_INIT("ModelNotReadyException"), LLM_SLOW_DOWN},
    {STR_INIT("ServiceUnavailableException"), LLM_SLOW_DOWN},
    {STR_INIT("ModelTimeoutException"), LLM_AMBIGUOUS},
    {STR_INIT("ModelErrorException"), LLM_AMBIGUOUS},
    {STR_INIT("ModelStreamErrorException"), LLM_AMBIGUOUS},
    {STR_INIT("InternalServerException"), LLM_AMBIGUOUS},
};

enum llm_failure_class bedrock_exception_class(struct str type, int http_status, struct str *known)
{
    *known = (struct str){0};
    for (size_t i = 0; i < ARRAY_LEN(exceptions); i++) {
        if (str_eq_nocase(exceptions[i].name, type)) {
            *known = exceptions[i].name;
            return exceptions[i].kind;
        }
    }
    return classify_status(http_status);
}

enum status bedrock_read_exception(struct ctx *cx, struct bedrock_reader *r, struct str type)
{
    enum { UNKNOWN_STATUS = 500 };
    struct llm_event event = {.kind = LLM_EVENT_ERROR};
    struct llm_failure *failure = &event.failure;
    if (r->is_over) {
        return OK;
    }
    r->is_over = true;
    failure->kind = bedrock_exception_class(type, UNKNOWN_STATUS, &failure->code);
    failure->http_status = 200;
    failure->retry_after_ms = -1;
    failure->words = classify_sentence(failure->kind);
    return r->emit(cx, r->arg, &event);
}
