/*
 * Texts put back where their placeholders stand, while an answer comes in. In a tool's arguments,
 * which are JSON, they are put back as they are too: no form of pii.h holds a quote, a backslash or
 * a control character.
 */
#include "shared/llm/guard/masks.h"

/* One step at a "<": takes a placeholder, or the angle itself; false: more bytes are needed. */
static bool take_angle(const struct guard_masks *masks, struct str *rest, bool is_last,
                       struct buf *out)
{
    bool may_be = false;
    size_t len = mask_placeholder_length(*rest, &may_be);
    if (len == 0 && may_be && !is_last) {
        return false;
    }
    const struct guard_mask *mask = len == 0 ? NULL : masks_find(masks, str_slice(*rest, 0, len));
    size_t taken = len == 0 ? 1 : len;
    buf_add(out, mask != NULL ? mask->text : str_slice(*rest, 0, taken));
    *rest = str_slice(*rest, taken, rest->len);
    return true;
}

struct str guard_unmask_text(struct ctx *cx, const struct guard_state *state,
                             struct guard_unmask *unmask, struct str text, bool is_last)
{
    if (state->masks == NULL) {
        return text;
    }
    if (unmask->kept.len > 0) {
        struct buf joined = buf_in(cx->arena, unmask->kept.len + text.len);
        buf_add(&joined, buf_str(&unmask->kept));
        buf_add(&joined, text);
        text = buf_str(&joined);
    }
    struct buf out = buf_in(cx->arena, SIZE_MAX / 2);
    while (text.len > 0) {
        size_t angle = str_find_char(text, '<');
        angle = angle == SIZE_MAX ? text.len : angle;
        buf_add(&out, str_slice(text, 0, angle));
        text = str_slice(text, angle, text.len);
        if (text.len > 0 && !take_angle(state->masks, &text, is_last, &out)) {
            break;
        }
    }
    unmask->kept = buf_in(cx->arena, MASK_PLACEHOLDER_MAX);
    buf_add(&unmask->kept, text);
    return buf_str(&out);
}

/* ---- events ---- */

struct block {
    struct block *next;
    unsigned index;
    enum llm_event_kind kind; /* of what is kept */
    struct guard_unmask unmask;
};

struct guard_answer {
    const struct guard_state *state;
    llm_event_fn *next;
    void *arg;
    struct block *blocks; /* that keep something, or may */
};

struct guard_answer *guard_answer_new(struct ctx *cx, const struct guard_state *state,
                                      llm_event_fn *next, void *arg)
{
    struct guard_answer *answer = ARENA_NEW(cx->arena, struct guard_answer);
    *answer = (struct guard_answer){.state = state, .next = next, .arg = arg};
    return answer;
}

/* Hands on what a block still keeps. */
static enum status block_flush(struct ctx *cx, struct guard_answer *answer, struct block *block)
{
    struct llm_event event = {.kind = block->kind, .index = block->index};
    event.text = guard_unmask_text(cx, answer->state, &block->unmask, STR(""), true);
    return event.text.len == 0 ? OK : answer->next(cx, answer->arg, &event);
}

/* All of them in the order they began, or one; they are done then. */
static enum status blocks_end(struct ctx *cx, struct guard_answer *answer, const unsigned *index)
{
    for (struct block **link = &answer->blocks; *link != NULL;) {
        struct block *block = *link;
        if (index != NULL && block->index != *index) {
            link = &block->next;
            continue;
        }
        TRY(block_flush(cx, answer, block));
        *link = block->next;
    }
    return OK;
}

static struct block *block_of(struct ctx *cx, struct guard_answer *answer, unsigned index)
{
    struct block **link = &answer->blocks;
    for (; *link != NULL; link = &(*link)->next) {
        if ((*link)->index == index) {
            return *link;
        }
    }
    *link = ARENA_NEW(cx->arena, struct block);
    (*link)->index = index;
    return *link;
}

static enum status text_event(struct ctx *cx, struct guard_answer *answer,
                              const struct llm_event *event)
{
    struct block *block = block_of(cx, answer, event->index);
    if (block->kind != event->kind) {
        TRY(block_flush(cx, answer, block));
        block->kind = event->kind;
    }
    struct llm_event out = *event;
    out.text = guard_unmask_text(cx, answer->state, &block->unmask, event->text, false);
    return out.text.len == 0 && event->text.len > 0 ? OK : answer->next(cx, answer->arg, &out);
}

enum status guard_answer_event(struct ctx *cx, void *arg, const struct llm_event *event)
{
    struct guard_answer *answer = arg;
    if (answer->state->masks == NULL) {
        return answer->next(cx, answer->arg, event);
    }
    switch (event->kind) {
    case LLM_EVENT_TEXT:
    case LLM_EVENT_REFUSAL:
    case LLM_EVENT_TOOL_INPUT:
        return text_event(cx, answer, event);
    case LLM_EVENT_BLOCK_END:
        TRY(blocks_end(cx, answer, &event->index));
        return answer->next(cx, answer->arg, event);
    case LLM_EVENT_FINISH:
    case LLM_EVENT_END:
    case LLM_EVENT_ERROR:
        TRY(blocks_end(cx, answer, NULL));
        return answer->next(cx, answer->arg, event);
    case LLM_EVENT_START:
    case LLM_EVENT_THINKING:
    case LLM_EVENT_SIGNATURE:
    case LLM_EVENT_TOOL_START:
    case LLM_EVENT_OTHER:
    case LLM_EVENT_USAGE:
        return answer->next(cx, answer->arg, event);
    }
    return OK;
}
