#include "shared/llm/wire/anthropic_read.h"

#include "shared/llm/wire/anthropic.h"
#include "shared/llm/wire/classify.h"
#include "shared/llm/wire/wire.h"

enum { MAX_BLOCKS = 4096, MAX_STOP_SEQUENCE_BYTES = 4096 };
/* More tokens than any model takes: what is beyond is no count, and must not overflow a price. */
static const int64_t MAX_TOKENS = INT64_C(1) << 32;

static enum status not_protocol(struct ctx *cx, const char *what)
{
    return fail(cx, ERR_UPSTREAM, "anthropic: %s", what);
}

static enum status give(struct ctx *cx, const struct anthropic_reader *r,
                        const struct llm_event *event)
{
    return r->emit(cx, r->arg, event);
}

void anthropic_reader_init(struct anthropic_reader *r, struct arena *arena)
{
    *r = (struct anthropic_reader){
        .start = buf_in(arena, LLM_MAX_EVENT_BYTES),
        .input = buf_in(arena, LLM_MAX_EVENT_BYTES),
        .stop_sequence = buf_in(arena, MAX_STOP_SEQUENCE_BYTES),
    };
}

/* ---- usage ----------------------------------------------------------------------------------- */

/* A count that is there replaces the one before: counts are of the whole message so far. */
static void count_read(const struct json *object, struct str key, int64_t *count)
{
    int64_t value = 0;
    const struct json *member = json_find(object, key);
    if (member != NULL && json_is_i64(member, &value) && value >= 0 && value <= MAX_TOKENS) {
        *count = value;
    }
}

/* `cache_creation` splits what was written by lifetime; without it, it was the short one. */
static void cache_writes_read(const struct json *usage, struct llm_usage *out)
{
    const struct json *split = json_find(usage, STR("cache_creation"));
    int64_t all = out->cache_write_5m + out->cache_write_1h;
    count_read(usage, STR("cache_creation_input_tokens"), &all);
    count_read(split, STR("ephemeral_1h_input_tokens"), &out->cache_write_1h);
    if (out->cache_write_1h > all) {
        all = out->cache_write_1h;
    }
    out->cache_write_5m = all - out->cache_write_1h;
}

static enum status usage_read(struct ctx *cx, struct anthropic_reader *r, const struct json *usage)
{
    if (usage == NULL || usage->type != JSON_OBJECT) {
        return OK;
    }
    count_read(usage, STR("input_tokens"), &r->usage.input);
    count_read(usage, STR("cache_read_input_tokens"), &r->usage.cache_read);
    count_read(usage, STR("output_tokens"), &r->usage.output);
    count_read(json_find(usage, STR("output_tokens_details")), STR("thinking_tokens"),
               &r->usage.reasoning);
    cache_writes_read(usage, &r->usage);
    r->usage.is_known = true;
    return give(cx, r, &(struct llm_event){.kind = LLM_EVENT_USAGE, .usage = r->usage});
}

/* ---- blocks ---------------------------------------------------------------------------------- */

static enum status give_text(struct ctx *cx, const struct anthropic_reader *r,
                             enum llm_event_kind kind, struct str text)
{
    return give(cx, r, &(struct llm_event){.kind = kind, .index = r->index, .text = text});
}

static enum status text_begin(struct ctx *cx, struct anthropic_reader *r, const struct json *block)
{
    r->block = ANTHROPIC_PROSE;
    return give_text(cx, r, LLM_EVENT_TEXT, json_find_str(block, STR("text")));
}

static enum status thinking_begin(struct ctx *cx, struct anthropic_reader *r,
                                  const struct json *block)
{
    struct str signature = json_find_str(block, STR("signature"));
    r->block = ANTHROPIC_PROSE;
    TRY(give_text(cx, r, LLM_EVENT_THINKING, json_find_str(block, STR("thinking"))));
    return signature.len == 0 ? OK : give_text(cx, r, LLM_EVENT_SIGNATURE, signature);
}

static enum status tool_begin(struct ctx *cx, struct anthropic_reader *r, const struct json *block)
{
    const struct json *input = json_find(block, STR("input"));
    r->block = ANTHROPIC_TOOL;
    r->has_input = false;
    buf_clear(&r->start);
    buf_add(&r->start, input == NULL ? STR("{}") : input->span);
    return give(cx, r,
                &(struct llm_event){.kind = LLM_EVENT_TOOL_START,
                                    .index = r->index,
                                    .id = json_find_str(block, STR("id")),
                                    .name = json_find_str(block, STR("name"))});
}

/* Kept until its end: a server's tool gets its input from deltas, too. */
static enum status other_begin(struct ctx *cx, struct anthropic_reader *r, const struct json *block)
{
    (void)cx;
    r->block = ANTHROPIC_OTHER;
    buf_clear(&r->start);
    buf_clear(&r->input);
    buf_add(&r->start, block->span);
    return OK;
}

/* What deltas brought, if it is JSON; what broke off stays, as the text it is. */
static void input_put(struct ctx *cx, const struct anthropic_reader *r, struct buf *out)
{
    const struct json *input = NULL;
    struct json_writer w = json_writer_on(out);
    if (json_read(cx, buf_str(&r->input), NULL, &input) == OK) {
        buf_add(out, buf_str(&r->input));
    } else {
        err_clear(cx); /* max_tokens may cut it anywhere */
        json_str(&w, buf_str(&r->input));
    }
}

static enum status other_end(struct ctx *cx, struct anthropic_reader *r)
{
    const struct json *block = NULL;
    struct buf whole = buf_in(cx->arena, (size_t)8 * LLM_MAX_EVENT_BYTES);
    if (r->input.len == 0) {
        return give_text(cx, r, LLM_EVENT_OTHER, buf_str(&r->start));
    }
    TRY(json_read(cx, buf_str(&r->start), NULL, &block));
    const struct json *input = json_find(block, STR("input"));
    if (input == NULL) {
        return not_protocol(cx, "input for a block that has none");
    }
    size_t at = (size_t)(input->span.ptr - r->start.ptr);
    buf_add(&whole, str_slice(buf_str(&r->start), 0, at));
    input_put(cx, r, &whole);
    buf_add(&whole, str_slice(buf_str(&r->start), at + input->span.len, r->start.len));
    return give_text(cx, r, LLM_EVENT_OTHER, buf_str(&whole));
}

static enum status block_end(struct ctx *cx, struct anthropic_reader *r)
{
    enum anthropic_block block = r->block;
    if (block == ANTHROPIC_NO_BLOCK) {
        return OK;
    }
    r->block = ANTHROPIC_NO_BLOCK;
    if (block == ANTHROPIC_TOOL && !r->has_input) {
        TRY(give_text(cx, r, LLM_EVENT_TOOL_INPUT, buf_str(&r->start)));
    }
    if (block == ANTHROPIC_OTHER) {
        TRY(other_end(cx, r));
    }
    return give(cx, r, &(struct llm_event){.kind = LLM_EVENT_BLOCK_END, .index = r->index});
}

static enum status block_begin(struct ctx *cx, struct anthropic_reader *r, int64_t index,
                               const struct json *block)
{
    static const struct {
        struct str type;
        enum status (*begin)(struct ctx *cx, struct anthropic_reader *r, const struct json *block);
    } types[] = {
        {STR_INIT("text"), text_begin},
        {STR_INIT("thinking"), thinking_begin},
        {STR_INIT("tool_use"), tool_begin},
    };
    if (!r->has_begun || block == NULL || block->type != JSON_OBJECT || index < 0 ||
        index >= MAX_BLOCKS) {
        return not_protocol(cx, "a block out of place");
    }
    struct str type = json_find_str(block, STR("type"));
    TRY(block_end(cx, r));
    r->index = (unsigned)index;
    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        if (str_eq(types[i].type, type)) {
            return types[i].begin(cx, r, block);
        }
    }
    return other_begin(cx, r, block);
}

/* ---- deltas ---------------------------------------------------------------------------------- */

static enum status input_delta(struct ctx *cx, struct anthropic_reader *r, struct str text)
{
    if (r->block == ANTHROPIC_OTHER) {
        buf_add(&r->input, text);
        return r->input.full ? not_protocol(cx, "a block is too long") : OK;
    }
    if (r->block != ANTHROPIC_TOOL) {
        return not_protocol(cx, "input for a block that is no tool's");
    }
    r->has_input = r->has_input || text.len > 0;
    return text.len == 0 ? OK : give_text(cx, r, LLM_EVENT_TOOL_INPUT, text);
}

static enum status prose_delta(struct ctx *cx, struct anthropic_reader *r, enum llm_event_kind kind,
                               struct str text)
{
    if (r->block != ANTHROPIC_PROSE) {
        return not_protocol(cx, "text for a block that has none");
    }
    return give_text(cx, r, kind, text);
}

static enum status block_delta(struct ctx *cx, struct anthropic_reader *r, const struct json *event)
{
    static const struct {
        struct str type, member;
        enum llm_event_kind kind;
    } types[] = {
        {STR_INIT("text_delta"), STR_INIT("text"), LLM_EVENT_TEXT},
        {STR_INIT("input_json_delta"), STR_INIT("partial_json"), LLM_EVENT_TOOL_INPUT},
        {STR_INIT("thinking_delta"), STR_INIT("thinking"), LLM_EVENT_THINKING},
        {STR_INIT("signature_delta"), STR_INIT("signature"), LLM_EVENT_SIGNATURE},
    };
    const struct json *delta = json_find(event, STR("delta"));
    struct str type = json_find_str(delta, STR("type"));
    int64_t index = -1;
    const struct json *index_member = json_find(event, STR("index"));
    if (index_member == NULL || !json_is_i64(index_member, &index) ||
        r->block == ANTHROPIC_NO_BLOCK || index != (int64_t)r->index) {
        return not_protocol(cx, "a delta without its block");
    }
    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        struct str text = json_find_str(delta, types[i].member);
        if (str_eq(types[i].type, type)) {
            return types[i].kind == LLM_EVENT_TOOL_INPUT ? input_delta(cx, r, text)
                                                         : prose_delta(cx, r, types[i].kind, text);
        }
    }
    return OK; /* citations, and what is still to come */
}

/* ---- the message ----------------------------------------------------------------------------- */

static enum status message_begin(struct ctx *cx, struct anthropic_reader *r,
                                 const struct json *message)
{
    if (r->has_begun || message == NULL || message->type != JSON_OBJECT) {
        return not_protocol(cx, "a message begins out of place");
    }
    r->has_begun = true;
    TRY(give(cx, r,
             &(struct llm_event){.kind = LLM_EVENT_START,
                                 .id = json_find_str(message, STR("id")),
                                 .model = json_find_str(message, STR("model"))}));
    return usage_read(cx, r, json_find(message, STR("usage")));
}

/* The reason counts once the message ends: a later one replaces it. */
static void reason_read(struct anthropic_reader *r, const struct json *holder)
{
    struct str reason = json_find_str(holder, STR("stop_reason"));
    if (reason.len > 0) {
        r->has_reason = true;
        r->finish = anthropic_finish(reason);
        buf_clear(&r->stop_sequence);
        buf_add(&r->stop_sequence, json_find_str(holder, STR("stop_sequence")));
    }
}

static enum status message_end(struct ctx *cx, struct anthropic_reader *r)
{
    if (!r->has_reason) {
        return not_protocol(cx, "the message ends without a reason");
    }
    r->is_over = true;
    TRY(block_end(cx, r));
    TRY(give(cx, r,
             &(struct llm_event){.kind = LLM_EVENT_FINISH,
                                 .finish = r->finish,
                                 .stop_sequence = buf_str(&r->stop_sequence)}));
    return give(cx, r, &(struct llm_event){.kind = LLM_EVENT_END});
}

/* ---- events ---------------------------------------------------------------------------------- */

static enum status take_message_start(struct ctx *cx, struct anthropic_reader *r,
                                      const struct json *event)
{
    return message_begin(cx, r, json_find(event, STR("message")));
}

static enum status take_block_start(struct ctx *cx, struct anthropic_reader *r,
                                    const struct json *event)
{
    int64_t index = -1;
    const struct json *member = json_find(event, STR("index"));
    if (member == NULL || !json_is_i64(member, &index)) {
        index = -1;
    }
    return block_begin(cx, r, index, json_find(event, STR("content_block")));
}

static enum status take_block_stop(struct ctx *cx, struct anthropic_reader *r,
                                   const struct json *event)
{
    (void)event;
    return block_end(cx, r);
}

static enum status take_message_delta(struct ctx *cx, struct anthropic_reader *r,
                                      const struct json *event)
{
    reason_read(r, json_find(event, STR("delta")));
    return usage_read(cx, r, json_find(event, STR("usage")));
}

static enum status take_message_stop(struct ctx *cx, struct anthropic_reader *r,
                                     const struct json *event)
{
    (void)event;
    return message_end(cx, r);
}

static enum status take_error(struct ctx *cx, struct anthropic_reader *r, const struct json *event)
{
    struct str type = json_find_str(json_find(event, STR("error")), STR("type"));
    struct str code;
    enum llm_failure_class kind = anthropic_error_class(type, &code);
    r->is_over = true;
    return give(cx, r,
                &(struct llm_event){.kind = LLM_EVENT_ERROR,
                                    .failure = {.kind = kind,
                                                .http_status = 200,
                                                .code = code,
                                                .retry_after_ms = -1,
                                                .words = classify_sentence(kind)}});
}

enum status anthropic_read_event(struct ctx *cx, struct anthropic_reader *r,
                                 const struct json *event)
{
    static const struct {
        struct str type;
        bool needs_begin;
        enum status (*take)(struct ctx *cx, struct anthropic_reader *r, const struct json *event);
    } types[] = {
        {STR_INIT("message_start"), false, take_message_start},
        {STR_INIT("content_block_start"), true, take_block_start},
        {STR_INIT("content_block_delta"), true, block_delta},
        {STR_INIT("content_block_stop"), true, take_block_stop},
        {STR_INIT("message_delta"), true, take_message_delta},
        {STR_INIT("message_stop"), true, take_message_stop},
        {STR_INIT("error"), false, take_error},
    };
    struct str type = json_find_str(event, STR("type"));
    for (size_t i = 0; i < ARRAY_LEN(types) && !r->is_over; i++) {
        if (str_eq(types[i].type, type)) {
            return types[i].needs_begin && !r->has_begun
                       ? not_protocol(cx, "an event before message_start")
                       : types[i].take(cx, r, event);
        }
    }
    return OK;
}

enum status anthropic_read_message(struct ctx *cx, struct anthropic_reader *r,
                                   const struct json *message)
{
    const struct json *content = json_find(message, STR("content"));
    int64_t index = 0;
    if (content == NULL || content->type != JSON_ARRAY) {
        return not_protocol(cx, "a message without content");
    }
    TRY(message_begin(cx, r, message));
    JSON_EACH (block, content) {
        TRY(block_begin(cx, r, index++, block));
        TRY(block_end(cx, r));
    }
    reason_read(r, message);
    return message_end(cx, r);
}
