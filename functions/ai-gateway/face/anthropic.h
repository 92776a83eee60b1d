/*
 * What the sources of Anthropic's face share, and what it has beside the table of a face.
 *
 * Source: platform.claude.com/docs/en/api/messages, /messages-count-tokens, /streaming, /errors,
 * /versioning; the types of @anthropic-ai/sdk 1.14.0 and what its stream accumulator expects
 * (lib/MessageStream, the same in 0.137.0).
 */
#pragma once

#include "functions/ai-gateway/face/face.h"

/*
 * Reads a Messages body. Members it does not know stay in the body; what has no place in a chat is
 * named in `chat->untranslated`. `counts`: for count_tokens, which has no max_tokens.
 *
 * ERR_INVALID  each faulty member is in `cx->err.fields`
 */
enum status anthropic_chat_read(struct ctx *cx, const struct json *root, bool counts,
                                struct llm_chat *chat) MUST_CHECK;

/* The turns of it (anthropic_messages.c): `system` first, then `messages`. */
void anthropic_messages_read(struct ctx *cx, const struct json *root, struct llm_chat *chat);

/*
 * An answer to count_tokens where no provider counts: no fewer tokens than any tokenizer makes of
 * the request, for each of them takes at least one byte. Up to four times too many for English.
 */
struct str anthropic_count_estimate(struct ctx *cx, const struct llm_request *request);

/* face.h's functions of the same names. */
struct face_writer *anthropic_writer_new(struct ctx *cx, const struct face_writing *writing);
enum status anthropic_take(struct ctx *cx, struct face_writer *writer,
                           const struct llm_event *event) MUST_CHECK;
enum status anthropic_fail(struct ctx *cx, struct face_writer *writer,
                           enum status status) MUST_CHECK;
void anthropic_error(struct ctx *cx, enum status status, struct face_error *out);
