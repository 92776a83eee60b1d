/* A whole response through http1.h, in parts of any size, with all that was seen of it. */
#pragma once

#include "shared/http1/http1.h"

enum { HTTP1_TEST_HEAD_BYTES = 1024 };

struct http1_seen {
    enum http1_step end; /* DONE, BROKEN, or MORE where the bytes ran out */
    int status;
    bool is_last;
    const char *fault;
    size_t heads;    /* HTTP1_HEAD steps */
    struct str head; /* as it was kept */
    struct str body;
    size_t left; /* bytes behind the end */
};

/* Gives `bytes` in parts of `part`; `closes`: then the connection ends. */
static inline struct http1_seen http1_read_in_parts(struct arena *arena, struct str bytes,
                                                    size_t part, bool closes)
{
    struct http1_seen seen = {.end = HTTP1_MORE};
    struct buf head = buf_in(arena, HTTP1_TEST_HEAD_BYTES);
    struct buf body = buf_in(arena, SIZE_MAX);
    struct http1 http;
    http1_begin(&http, &head);
    struct str rest = bytes;
    while (seen.end == HTTP1_MORE && rest.len > 0) {
        struct str in = str_slice(rest, 0, part);
        rest = str_slice(rest, in.len, rest.len);
        enum http1_step step = HTTP1_BODY;
        while (step == HTTP1_BODY || step == HTTP1_HEAD) {
            struct str piece = {0};
            step = http1_next(&http, &in, &piece);
            seen.heads += step == HTTP1_HEAD ? 1 : 0;
            buf_add(&body, piece);
        }
        seen.end = step;
        seen.left = in.len + rest.len;
    }
    if (closes && seen.end == HTTP1_MORE) {
        seen.end = http1_end(&http);
    }
    seen.status = http.status;
    seen.is_last = http.is_last;
    seen.fault = http.fault;
    seen.head = buf_str(&head);
    seen.body = buf_str(&body);
    return seen;
}
