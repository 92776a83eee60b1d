/*
 * What a Chat Completions answer consists of, whole and in chunks. Not for others.
 *
 * Source: OpenAI API reference, "The chat completion object", "The chat completion chunk object".
 */
#pragma once

#include "functions/ai-gateway/face/answer.h"
#include "functions/ai-gateway/face/openai_write.h"

/* What all of it is written from. */
struct openai_completion {
    const struct llm_request *request;
    const struct answer *answer;
    struct str id; /* "chatcmpl-2f6c..." */
    int64_t created_s;
};

/* "stop", "length", "tool_calls", "content_filter" */
const char *openai_finish_reason(const struct answer *answer);

/* id, object, created and model: how every object begins. */
void openai_completion_head(struct json_writer *w, const struct openai_completion *completion,
                            const char *object);
/* The member `usage`. */
void openai_completion_usage(struct json_writer *w, const struct llm_usage *usage);
/* The whole object. */
void openai_completion_write(struct ctx *cx, struct json_writer *w,
                             const struct openai_completion *completion);
