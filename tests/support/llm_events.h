/*
 * The events of an answer as text, a line each, for tests of wires and faces:
 *
 *   start chatcmpl-1 gpt-4.1 | text 0 Hello | tool 1 call_1 weather | input 1 {"a" | end 1
 *   usage in=3 read=1 w5=0 w1=0 out=2 think=0 | finish stop | error cut server_error | done
 */
#pragma once

#include "shared/base/buf.h"
#include "shared/llm/base/event.h"

/* What an event is written into; `joins` puts texts of one block that follow each other together,
 * so that cuts do not show. */
struct heard_events {
    struct buf text;
    bool joins;
    enum llm_event_kind last;
    unsigned last_index;
};

static inline const char *heard_finish(enum llm_finish finish)
{
    static const char *const words[] = {
        [LLM_FINISH_STOP] = "stop",     [LLM_FINISH_LENGTH] = "length",
        [LLM_FINISH_TOOLS] = "tools",   [LLM_FINISH_SEQUENCE] = "sequence",
        [LLM_FINISH_FILTER] = "filter", [LLM_FINISH_REFUSAL] = "refusal",
        [LLM_FINISH_PAUSE] = "pause",
    };
    return words[finish];
}

static inline const char *heard_name(enum llm_event_kind kind)
{
    static const char *const names[] = {
        [LLM_EVENT_START] = "start",      [LLM_EVENT_TEXT] = "text",
        [LLM_EVENT_THINKING] = "think",   [LLM_EVENT_SIGNATURE] = "sign",
        [LLM_EVENT_REFUSAL] = "refuse",   [LLM_EVENT_TOOL_START] = "tool",
        [LLM_EVENT_TOOL_INPUT] = "input", [LLM_EVENT_OTHER] = "other",
        [LLM_EVENT_BLOCK_END] = "end",    [LLM_EVENT_USAGE] = "usage",
        [LLM_EVENT_FINISH] = "finish",    [LLM_EVENT_END] = "done",
        [LLM_EVENT_ERROR] = "error",
    };
    return names[kind];
}

static inline void heard_usage(struct buf *out, const struct llm_usage *u)
{
    buf_addf(out, "usage in=%lld read=%lld w5=%lld w1=%lld out=%lld think=%lld",
             (long long)u->input, (long long)u->cache_read, (long long)u->cache_write_5m,
             (long long)u->cache_write_1h, (long long)u->output, (long long)u->reasoning);
}

/* An llm_event_fn. */
static inline enum status heard_event(struct ctx *cx, void *arg, const struct llm_event *event)
{
    struct heard_events *heard = arg;
    struct buf *out = &heard->text;
    bool is_text = event->kind >= LLM_EVENT_TEXT && event->kind <= LLM_EVENT_TOOL_INPUT &&
                   event->kind != LLM_EVENT_TOOL_START;
    bool goes_on = heard->joins && is_text && out->len > 0 && heard->last == event->kind &&
                   heard->last_index == event->index;
    (void)cx;
    heard->last = event->kind;
    heard->last_index = event->index;
    if (goes_on) {
        buf_add(out, event->text);
        return OK;
    }
    buf_add(out, out->len > 0 ? STR(" | ") : STR(""));
    switch (event->kind) {
    case LLM_EVENT_USAGE:
        heard_usage(out, &event->usage);
        return OK;
    case LLM_EVENT_FINISH:
        buf_addf(out, "finish %s%s" STR_FMT, heard_finish(event->finish),
                 event->stop_sequence.len > 0 ? " " : "", STR_ARG(event->stop_sequence));
        return OK;
    case LLM_EVENT_ERROR:
        buf_addf(out, "error %s " STR_FMT, llm_failure_words(event->failure.kind),
                 STR_ARG(event->failure.code));
        return OK;
    case LLM_EVENT_START:
        buf_addf(out, "start " STR_FMT " " STR_FMT, STR_ARG(event->id), STR_ARG(event->model));
        return OK;
    case LLM_EVENT_END:
        buf_add(out, STR("done"));
        return OK;
    case LLM_EVENT_TOOL_START:
        buf_addf(out, "tool %u " STR_FMT " " STR_FMT, event->index, STR_ARG(event->id),
                 STR_ARG(event->name));
        return OK;
    case LLM_EVENT_TEXT:
    case LLM_EVENT_THINKING:
    case LLM_EVENT_SIGNATURE:
    case LLM_EVENT_REFUSAL:
    case LLM_EVENT_TOOL_INPUT:
    case LLM_EVENT_OTHER:
    case LLM_EVENT_BLOCK_END:
        break;
    }
    buf_addf(out, "%s %u", heard_name(event->kind), event->index);
    if (event->kind != LLM_EVENT_BLOCK_END) {
        buf_add_char(out, ' ');
        buf_add(out, event->text);
    }
    return OK;
}
