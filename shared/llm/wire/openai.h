/*
 * What the sources of the OpenAI wire share; nobody else includes it. The wire speaks Chat
 * Completions, Responses (where the provider does) and Embeddings, and so does any server that
 * speaks Chat Completions: llama.cpp, Ollama, vLLM.
 *
 * Source: OpenAI API reference and its OpenAPI document of 2026-08-21, "chat/completions",
 * "responses", "embeddings", "error codes"; streams as the official Node client 6.49 reads them.
 */
#pragma once

#include "shared/http/sse.h"
#include "shared/llm/wire/classify.h"
#include "shared/llm/wire/dropped.h"
#include "shared/llm/wire/wire.h"

/* ---- requests -------------------------------------------------------------------------------- */

/* The body of a Chat Completions request, from `request->chat`; what was left out goes to
 * `dropped`. ERR_INVALID: a part that this protocol cannot carry. */
enum status openai_chat_write(struct ctx *cx, const struct llm_target *target,
                              const struct llm_request *request, struct str *body,
                              struct buf *dropped) MUST_CHECK;

/* The messages of it (openai_messages.c), as an array. */
enum status openai_messages_write(struct ctx *cx, struct json_writer *w,
                                  const struct llm_chat *chat) MUST_CHECK;

/* The member that caps an answer: max_tokens or max_completion_tokens. */
struct str openai_cap_member(const struct llm_target *target);

/* ---- answers --------------------------------------------------------------------------------- */

/*
 * Events on their way out. Blocks come one after the other: the one that is open is ended before
 * the next begins.
 */
struct openai_events {
    llm_event_fn *emit;
    void *arg;
    bool has_started, has_finished, has_ended, has_tools, has_refused;
    bool is_open;             /* a block */
    enum llm_event_kind open; /* its kind: TEXT, THINKING, REFUSAL, TOOL_START */
    unsigned index, next;     /* of it, and of the next one */
};

/* Each may be called in any order; what makes no sense is left out: a second START or FINISH,
 * empty text, the end of no block. ERR_UPSTREAM: a call without a name, input of no call. */
enum status openai_start(struct ctx *cx, struct openai_events *out, struct str id,
                         struct str model) MUST_CHECK;
enum status openai_text(struct ctx *cx, struct openai_events *out, enum llm_event_kind kind,
                        struct str text) MUST_CHECK;
enum status openai_tool_start(struct ctx *cx, struct openai_events *out, struct str id,
                              struct str name) MUST_CHECK;
enum status openai_tool_input(struct ctx *cx, struct openai_events *out,
                              struct str text) MUST_CHECK;
enum status openai_block_end(struct ctx *cx, struct openai_events *out) MUST_CHECK;
/* `usage` in either spelling; not an object: nothing happens. */
enum status openai_usage(struct ctx *cx, struct openai_events *out,
                         const struct json *usage) MUST_CHECK;
enum status openai_finish(struct ctx *cx, struct openai_events *out,
                          enum llm_finish finish) MUST_CHECK;
/* ERR_UPSTREAM: nothing said why the answer was over, so it was not. */
enum status openai_end(struct ctx *cx, struct openai_events *out) MUST_CHECK;
/* An error inside an answer with status 200. */
enum status openai_error(struct ctx *cx, struct openai_events *out,
                         const struct json *error) MUST_CHECK;

/* Whether an answer with status 200 is an error all the same. */
bool openai_has_error(const struct json *root);

/* Whole answers, from their JSON. */
enum status openai_chat_whole(struct ctx *cx, struct openai_events *out,
                              const struct json *root) MUST_CHECK;
enum status openai_response_whole(struct ctx *cx, struct openai_events *out,
                                  const struct json *root) MUST_CHECK;
enum status openai_embeddings_whole(struct ctx *cx, struct openai_events *out,
                                    const struct json *root) MUST_CHECK;

/* `body`, each list of numbers in it as base64 of little-endian floats of 32 bits. */
struct str openai_embeddings_base64(struct ctx *cx, struct str body);

/* Where in a stream of chunks we are, beside the events. */
struct openai_chunks {
    int64_t tool; /* index of the tool call that is open */
};
/* One record of a stream. */
enum status openai_chunk(struct ctx *cx, struct openai_events *out, struct openai_chunks *at,
                         const struct json *root) MUST_CHECK;

/* The same of a stream of Responses events. */
struct openai_items {
    bool has_input; /* the open call's arguments have begun */
};
enum status openai_response_event(struct ctx *cx, struct openai_events *out,
                                  struct openai_items *at, const struct json *root) MUST_CHECK;

/* ---- errors ---------------------------------------------------------------------------------- */

/* What {"message","type","code"} means; `http_status` 0: it came inside an answer. */
void openai_failure(const struct json *error, int http_status, struct llm_failure *failure);
void openai_classify(struct ctx *cx, const struct http_response *res, struct llm_failure *failure);
