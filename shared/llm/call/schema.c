/*
 * Answers that have to match a schema: judged before a byte goes out, asked for once more, paid for
 * within what is held.
 */
#include "shared/llm/call/internal.h"

/* A schema that cannot be kept refuses anything, this too. */
enum status llm_schema_check(struct ctx *cx, const struct llm_call *call)
{
    struct str why = {0};
    enum status status = guard_answer_check(cx, call->request->chat->schema, STR("null"), &why);
    if (status == ERR_INVALID) {
        err_clear(cx); /* a null, and no more than that */
        return OK;
    }
    return status;
}

/* A call of tools is no answer yet; who refuses says so. */
static bool is_judged(const struct llm_tally *tally)
{
    return tally->finish != LLM_FINISH_TOOLS && tally->finish != LLM_FINISH_REFUSAL &&
           tally->finish != LLM_FINISH_FILTER;
}

static const struct llm_part *text_part(struct ctx *cx, struct str text)
{
    struct llm_part *part = ARENA_NEW(cx->arena, struct llm_part);
    *part = (struct llm_part){.kind = LLM_PART_TEXT, .text = text};
    return part;
}

/* The conversation goes on: what came, and why it will not do. */
static void request_extend(struct ctx *cx, struct llm_call *call, struct str answer, struct str why)
{
    struct llm_chat *chat = ARENA_NEW(cx->arena, struct llm_chat);
    struct llm_request *request = ARENA_NEW(cx->arena, struct llm_request);
    size_t count = call->request->chat->message_count;
    struct llm_message *messages = ARENA_ARRAY(cx->arena, struct llm_message, count + 2);
    for (size_t i = 0; i < count; i++) {
        messages[i] = call->request->chat->messages[i];
    }
    struct str again =
        arena_format(cx->arena, STR_FMT " Answer again, with nothing but JSON that fits it.",
                     STR_ARG(str_slice(why, 0, LLM_WHY_TOKENS / 2)));
    messages[count] = (struct llm_message){LLM_ASSISTANT, text_part(cx, answer), 1};
    messages[count + 1] = (struct llm_message){LLM_USER, text_part(cx, again), 1};
    *chat = *call->request->chat;
    chat->messages = messages;
    chat->message_count = count + 2;
    *request = *call->request;
    request->protocol = LLM_PROTOCOL_NONE;
    request->body = (struct str){0};
    request->root = NULL;
    request->edits = NULL;
    request->edit_count = 0;
    request->chat = chat;
    request->wants_events = true;
    call->request = request;
}

enum status llm_schema_pass(struct ctx *cx, struct llm_call *call)
{
    struct str schema = call->request->chat->schema;
    for (unsigned asked = 1;; asked++) {
        struct llm_answer *answer = call->answer;
        struct str why = {0}, text = buf_str(&answer->text);
        enum status status =
            is_judged(&answer->tally) ? guard_answer_check(cx, schema, text, &why) : OK;
        if (status == OK) {
            return llm_answer_deliver(cx, answer);
        }
        if (status != ERR_INVALID) {
            return status;
        }
        if (asked == 2 || text.len == 0 || call->outcome->attempt_count == LLM_MAX_ATTEMPTS) {
            call->outcome->failure = (struct llm_failure){
                .kind = LLM_MALFORMED, .http_status = 200, .retry_after_ms = -1};
            return fail_code(cx, ERR_UPSTREAM, "SCHEMA_MISMATCH",
                             "The model's answer does not match the schema");
        }
        err_clear(cx);
        request_extend(cx, call, text, why);
        TRY(llm_attempts(cx, call));
    }
}
