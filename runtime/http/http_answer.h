/*
 * An answer as JSON, in each format's shape: for reply_http.c, and for tests.
 */
#pragma once

#include "runtime/event/event_http.h"
#include "shared/base/buf.h"

/* ERR_INVALID as `reply_http` says; the words name what is wrong. */
enum status http_answer_check(struct ctx *cx, const struct http_kind *kind,
                              const struct http_answer *answer) MUST_CHECK;

/* The buffered envelope: {"statusCode":200,...,"body":"...","isBase64Encoded":false} */
void http_envelope_write(struct ctx *cx, const struct http_kind *kind,
                         const struct http_answer *answer, struct buf *out);

/*
 * The head of a streamed answer, its eight zero bytes included; the body follows as it is. Without
 * Content-Length: a stream's length is nobody's to promise.
 */
void http_prelude_write(struct ctx *cx, const struct http_kind *kind,
                        const struct http_answer *answer, bool has_body, struct buf *out);

#define HTTP_PRELUDE_TYPE STR("application/vnd.awslambda.http-integration-response")
