/*
 * An HTTP response as a function describes it in JSON, in the parts that the payload formats share:
 * `statusCode`, `headers`, `multiValueHeaders`, `cookies`, `body`. reply_v2.h, reply_v1.h and
 * prelude.h say which of them a format has.
 */
#pragma once

#include "infra/local/base/header.h"
#include "shared/base/ctx.h"
#include "shared/json/json.h"

enum { REPLY_MAX_HEADERS = 100 };

struct http_reply {
    int status;
    bool keeps_case;                          /* of header names; else they become lower case */
    struct header headers[REPLY_MAX_HEADERS]; /* none that belongs to the connection */
    size_t header_count;
    struct str body;
};

/*
 * Each reads one member of `root`, if it is there; what it adds lives in `cx->arena` and in the
 * text that was read.
 *
 * ERR_INVALID  it is of a wrong type or cannot be sent; the words say what
 */
enum status http_reply_read_status(struct ctx *cx, const struct json *root,
                                   struct http_reply *reply) MUST_CHECK;
enum status http_reply_read_headers(struct ctx *cx, const struct json *root,
                                    struct http_reply *reply) MUST_CHECK;
/* Lists of values. To be read before `headers`: a pair that is in both is sent once. */
enum status http_reply_read_multi_headers(struct ctx *cx, const struct json *root,
                                          struct http_reply *reply) MUST_CHECK;
/* Each becomes a set-cookie. */
enum status http_reply_read_cookies(struct ctx *cx, const struct json *root,
                                    struct http_reply *reply) MUST_CHECK;
/* `isBase64Encoded` is followed if `decodes`; else such a body stays as it is. */
enum status http_reply_read_body(struct ctx *cx, const struct json *root, bool decodes,
                                 struct http_reply *reply) MUST_CHECK;
/* Adds content-type, unless there is one. */
enum status http_reply_default_type(struct ctx *cx, struct str type,
                                    struct http_reply *reply) MUST_CHECK;
