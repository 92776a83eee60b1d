/*
 * What the tests of OpenAI's faces share: a body that is read, the one fault in it, and a caller
 * who hears what is written.
 */
#pragma once

#include "functions/ai-gateway/face/face.h"

#include "tests/support/check.h"

static inline enum status face_read(struct ctx *cx, const struct face *face, struct str body,
                                    struct llm_request *request)
{
    const struct http_event event = {.body = exact_copy(cx, body)};
    return face->read(cx, &event, request);
}

/* ---- faults ---------------------------------------------------------------------------------- */

struct face_fault {
    const char *name;
    struct str body;
    const char *path, *message;
};

/* The body is refused for this fault, and for no other. */
static inline void face_fault_check(const struct face *face, const struct face_fault *want)
{
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct llm_request request = {0};
    CHECK_I64(want->name, face_read(&t.cx, face, want->body, &request), ERR_INVALID);
    CHECK_I64(want->name, t.cx.err.field_count, 1);
    CHECK_STR(want->name, str_from_cstr(t.cx.err.fields[0].path), str_from_cstr(want->path));
    CHECK_STR(want->name, str_from_cstr(t.cx.err.fields[0].message), str_from_cstr(want->message));
}

/* ---- answers --------------------------------------------------------------------------------- */

struct heard {
    struct buf bytes;
    size_t writes, gone_after; /* 0: the caller stays */
};

static inline enum status heard_write(struct ctx *cx, void *arg, struct str bytes)
{
    struct heard *heard = arg;
    buf_add(&heard->bytes, bytes);
    heard->writes++;
    return heard->writes == heard->gone_after ? fail(cx, ERR_UPSTREAM, "gone") : OK;
}

/* A writer of a call with a known id and time, to whom `heard` listens. */
static inline struct face_writer *face_writer_heard(struct ctx *cx, const struct face *face,
                                                    const struct llm_request *request,
                                                    struct heard *heard)
{
    heard->bytes = buf_in(cx->arena, SIZE_MAX);
    return face->writer_new(
        cx, &(struct face_writing){.request = request,
                                   .call_id = STR("2f6c3a10-7a51-4a7e-9a52-1f4b8c0d9e33"),
                                   .now_ms = 1700000000999,
                                   .write = heard_write,
                                   .arg = heard});
}
