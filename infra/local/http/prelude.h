/*
 * The metadata before a streamed HTTP response: a JSON object with `statusCode`, `headers`,
 * `multiValueHeaders` and `cookies`, then eight zero bytes, then the body as it is.
 * Source: API Gateway Developer Guide, "Lambda proxy integration format for response streaming";
 * Lambda functions with a URL send the same.
 */
#pragma once

#include "infra/local/http/http_reply.h"
#include "shared/base/buf.h"

enum {
    PRELUDE_MAX_BYTES = 16 * 1024, /* with its zeros: API Gateway looks no further */
    PRELUDE_ZEROS = 8,
};

/* Of an answer that begins with one. */
#define PRELUDE_CONTENT_TYPE "application/vnd.awslambda.http-integration-response"

enum prelude_result { PRELUDE_MORE, PRELUDE_DONE, PRELUDE_BAD };

struct prelude {
    struct buf text; /* the JSON so far */
    size_t zeros;
};

struct prelude prelude_in(struct arena *arena);
/* True for the content type above, whatever its parameters. */
bool prelude_is_announced(struct str content_type);
/*
 * Takes what belongs to the prelude off `*bytes`, at any split. PRELUDE_DONE: the rest is the body.
 * PRELUDE_BAD: there is none in the first 16 KiB, or fewer zeros than eight.
 */
enum prelude_result prelude_feed(struct prelude *prelude, struct str *bytes);
/*
 * Reads the JSON of a prelude that is done. Without `statusCode` it is a 200. The reply lives in
 * `cx->arena` and in the prelude.
 *
 * ERR_INVALID  no such object, or a member of a wrong type
 */
enum status prelude_read(struct ctx *cx, const struct prelude *prelude,
                         struct http_reply *reply) MUST_CHECK;
