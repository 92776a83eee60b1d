/*
 * What a handler's reply is inside: for the loop that posts it, and for tests that look at it.
 */
#pragma once

#include "runtime/lambda.h"

/* The first call on a reply chooses; how it travels depends on it. */
enum reply_mode { REPLY_NONE, REPLY_BUFFERED };

struct reply {
    enum reply_mode mode;
    struct str content_type, body; /* of a buffered reply */
    bool was_too_large;            /* a call was refused with ERR_TOO_LARGE */
    bool stream_http;              /* HTTP answers travel as streams */
    const struct invocation *inv;  /* what it replies to; NULL in a test that has none */
};

/* Refuses with ERR_TOO_LARGE and remembers it; `bytes` is the body the handler wanted to send. */
enum status reply_refuse_size(struct ctx *cx, struct reply *reply, size_t bytes) MUST_CHECK;
