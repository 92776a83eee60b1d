#include "functions/ai-gateway/face/answer.h"

static struct answer_block *block_find(const struct answer *answer, unsigned index)
{
    if (answer->last != NULL && answer->last->index == index) {
        return answer->last; /* nearly always */
    }
    struct answer_block *block = answer->first;
    while (block != NULL && block->index != index) {
        block = block->next;
    }
    return block;
}

static unsigned count_of(const struct answer *answer, enum llm_event_kind kind)
{
    unsigned count = 0;
    for (const struct answer_block *block = answer->first; block != NULL; block = block->next) {
        count += block->kind == kind;
    }
    return count;
}

static enum status block_begin(struct ctx *cx, struct answer *answer, const struct llm_event *event,
                               struct answer_block **out)
{
    if (answer->block_count == ANSWER_MAX_BLOCKS) {
        return fail(cx, ERR_TOO_LARGE, "an answer of more than %d blocks", ANSWER_MAX_BLOCKS);
    }
    struct answer_block *block = ARENA_NEW(cx->arena, struct answer_block);
    *block = (struct answer_block){
        .kind = event->kind,
        .index = event->index,
        .ordinal = count_of(answer, event->kind),
        .id = arena_str_copy(cx->arena, event->id),
        .name = arena_str_copy(cx->arena, event->name),
        .text = buf_in(cx->arena, ANSWER_MAX_BYTES),
    };
    if (answer->first == NULL) {
        answer->first = block;
    } else {
        answer->last->next = block;
    }
    answer->last = block;
    answer->block_count++;
    answer->tool_count += event->kind == LLM_EVENT_TOOL_START;
    *out = block;
    return OK;
}

static enum status text_add(struct ctx *cx, struct answer *answer, struct answer_block *block,
                            struct str text)
{
    block->has_text = block->has_text || text.len > 0;
    if (!answer->keeps_texts) {
        return OK;
    }
    if (text.len > ANSWER_MAX_BYTES - answer->bytes) {
        return fail(cx, ERR_TOO_LARGE, "an answer of more than %d bytes", ANSWER_MAX_BYTES);
    }
    answer->bytes += text.len;
    buf_add(&block->text, text);
    return OK;
}

static bool opens_block(enum llm_event_kind kind)
{
    return kind == LLM_EVENT_TEXT || kind == LLM_EVENT_REFUSAL || kind == LLM_EVENT_THINKING ||
           kind == LLM_EVENT_TOOL_START || kind == LLM_EVENT_OTHER;
}

static enum status block_take(struct ctx *cx, struct answer *answer, const struct llm_event *event,
                              struct answer_block **block, bool *is_new)
{
    *block = block_find(answer, event->index);
    if (*block == NULL && opens_block(event->kind)) {
        TRY(block_begin(cx, answer, event, block));
        *is_new = true;
    }
    if (*block == NULL) {
        return fail(cx, ERR_UPSTREAM, "an event of block %u, which never began", event->index);
    }
    if (event->kind == LLM_EVENT_BLOCK_END) {
        (*block)->has_ended = true;
        return OK;
    }
    return text_add(cx, answer, *block, event->text);
}

enum status answer_take(struct ctx *cx, struct answer *answer, const struct llm_event *event,
                        struct answer_block **block, bool *is_new)
{
    *block = NULL;
    *is_new = false;
    switch (event->kind) {
    case LLM_EVENT_START:
        answer->has_started = true;
        answer->id = arena_str_copy(cx->arena, event->id);
        answer->model = arena_str_copy(cx->arena, event->model);
        return OK;
    case LLM_EVENT_TEXT:
    case LLM_EVENT_THINKING:
    case LLM_EVENT_REFUSAL:
    case LLM_EVENT_TOOL_START:
    case LLM_EVENT_TOOL_INPUT:
    case LLM_EVENT_OTHER:
    case LLM_EVENT_BLOCK_END:
        return block_take(cx, answer, event, block, is_new);
    case LLM_EVENT_USAGE:
        answer->has_usage = true;
        answer->usage = event->usage;
        return OK;
    case LLM_EVENT_FINISH:
        answer->has_finished = true;
        answer->finish = event->finish;
        return OK;
    case LLM_EVENT_SIGNATURE:
    case LLM_EVENT_END:
    case LLM_EVENT_ERROR:
        break;
    }
    return OK;
}

struct str answer_text(struct ctx *cx, const struct answer *answer, enum llm_event_kind kind)
{
    struct buf all = buf_in(cx->arena, ANSWER_MAX_BYTES);
    for (const struct answer_block *block = answer->first; block != NULL; block = block->next) {
        if (block->kind == kind) {
            buf_add(&all, buf_str(&block->text));
        }
    }
    return buf_str(&all);
}
