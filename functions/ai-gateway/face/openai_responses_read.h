/*
 * A Responses request, read: its stateless part. Nothing is kept here between two requests, so
 * what refers to an earlier one is refused by name. Not for others.
 *
 * Source: OpenAI API reference, "Create a model response", OpenAPI document of 2026-08-21.
 */
#pragma once

#include "functions/ai-gateway/face/openai_read.h"

/* As `face.read`. */
enum status openai_responses_read(struct ctx *cx, const struct http_event *event,
                                  struct llm_request *out) MUST_CHECK;

/* A list of items, and what stands before them, as messages (openai_items_read.c). `instructions`
 * and `input` may be NULL. */
void openai_items_read(struct ctx *cx, const struct json *instructions, const struct json *input,
                       struct openai_reading *reading);
