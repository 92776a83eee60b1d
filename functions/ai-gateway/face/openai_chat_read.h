/*
 * A Chat Completions request, read. Not for others.
 *
 * Source: OpenAI API reference, "Create chat completion", OpenAPI document of 2026-08-21.
 */
#pragma once

#include "functions/ai-gateway/face/openai_read.h"

/* As `face.read`. */
enum status openai_chat_read(struct ctx *cx, const struct http_event *event,
                             struct llm_request *out) MUST_CHECK;

/* The member `messages` (openai_messages_read.c). */
openai_member_fn openai_messages;
