/*
 * A face: one protocol in which callers speak to the gateway. It reads an HTTP request into what
 * the engine takes (llm_request), and writes an answer of any provider in the protocol's own form,
 * whole or as a stream; and errors in the protocol's own shape, so that its official clients raise
 * the error classes they document. One table of functions each.
 *
 *   TRY(face->read(cx, event, &request));
 *   struct face_writer *writer = face->writer_new(cx, &(struct face_writing){
 *       .request = &request, .call_id = id, .now_ms = now_ms, .write = write, .arg = reply});
 *   ... for each event of the engine: face->take(cx, writer, event); raw bytes go out as they are
 *   ... once it has failed: before the first byte face->error, after it face->fail
 *
 * Left to others: who calls, headers, which provider answers, money.
 */
#pragma once

#include "runtime/lambda_http.h"
#include "shared/llm/base/event.h"
#include "shared/llm/base/request.h"

/* Takes the next bytes of an answer. Not OK ends the writing, and is what the writer returns. */
typedef enum status face_write_fn(struct ctx *cx, void *arg, struct str bytes);

/* Of one answer. In the arena. */
struct face_writer;

struct face_writing {
    const struct llm_request *request; /* stays; its `stream` decides which form is written */
    struct str call_id;   /* what ids are made of, a UUID; empty: the writer makes one */
    int64_t now_ms;       /* "created" */
    face_write_fn *write; /* stream: a record or a few; whole: once, at END */
    void *arg;
};

struct face_error {
    int http_status;
    struct str body; /* application/json; in `cx->arena` */
};

struct face {
    const char *name; /* in logs: "openai-chat" */
    enum llm_protocol protocol;
    /*
     * Reads a request. `out` is zero before; it points into the event and `cx->arena`. Members the
     * face does not know stay in the body and reach a provider of the same protocol.
     *
     * ERR_INVALID  the words and `cx->err.fields` name each faulty member
     */
    enum status (*read)(struct ctx *cx, const struct http_event *event, struct llm_request *out);
    struct face_writer *(*writer_new)(struct ctx *cx, const struct face_writing *writing);
    /*
     * Takes one event. A whole answer is written at END, as one JSON document. LLM_EVENT_ERROR is
     * left alone: `fail` says it.
     */
    enum status (*take)(struct ctx *cx, struct face_writer *writer, const struct llm_event *event);
    /*
     * Ends a stream that has begun, raw ones too, with the protocol's error event for `status` and
     * `cx->err`. Not for whole answers, nothing of which has gone out.
     */
    enum status (*fail)(struct ctx *cx, struct face_writer *writer, enum status status);
    /* The answer to a failure before the first byte: `status`, the public words, code and fields of
     * `cx->err`, `cx->request_id`. */
    void (*error)(struct ctx *cx, enum status status, struct face_error *out);
};

/* POST /v1/chat/completions, /v1/responses, /v1/embeddings (openai_*.c); POST /v1/messages and
 * /v1/messages/count_tokens (anthropic_*.c). */
extern const struct face face_openai_chat, face_openai_responses, face_openai_embeddings;
extern const struct face face_anthropic, face_anthropic_count;
