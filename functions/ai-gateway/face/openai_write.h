/*
 * What the OpenAI faces write in the same way: errors, usage, ids. Not for others.
 *
 * Source: OpenAI API reference, "Errors", and the error classes of the official clients, which
 * decide by HTTP status and hand on `code`, `param` and `type`.
 */
#pragma once

#include "functions/ai-gateway/face/face.h"
#include "shared/json/json.h"

enum { OPENAI_MAX_RECORD_BYTES = 20 * 1024 * 1024 }; /* an answer of ANSWER_MAX_BYTES, escaped */

/* A `face.error`: {"error":{"message","type","param","code"}}. */
void openai_error_body(struct ctx *cx, enum status status, struct face_error *out);
/* The object in it, as a value. */
void openai_error_object(struct ctx *cx, struct json_writer *w, enum status status);
/* Its `code`: "rate_limit_exceeded". */
struct str openai_error_code(struct ctx *cx, enum status status);

/* A string member; null instead of an empty one. */
void openai_text_or_null(struct json_writer *w, const char *member, struct str text);

/* "chatcmpl-2f6c3a10...": `prefix` and the call's id without its dashes. */
struct str openai_id(struct ctx *cx, const char *prefix, struct str call_id);

/*
 * What was gathered goes out, a whole answer or records of a stream; nothing, if that is empty.
 *
 * ERR_TOO_LARGE  more than OPENAI_MAX_RECORD_BYTES
 * other          as `writing->write`
 */
enum status openai_record_write(struct ctx *cx, const struct face_writing *writing,
                                const struct buf *records) MUST_CHECK;
