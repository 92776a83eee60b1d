/*
 * Reads one HTTP/1.1 response out of bytes as they come, split anywhere. It copies nothing but the
 * head and allocates nothing of its own; the socket is its caller's. Strict where a lenient reader
 * could take one message for another: lengths that disagree, both framings at once, a coding other
 * than chunked, a space before a colon are refused. Source: RFC 9112.
 */
#pragma once

#include "shared/base/buf.h"

enum http1_state {
    HTTP1_STATUS_LINE,
    HTTP1_FIELDS,
    HTTP1_SIZED,      /* `left` bytes of the body are to come */
    HTTP1_CHUNK_SIZE, /* the digits of a chunk's size */
    HTTP1_CHUNK_REST, /* its extension, up to the end of the line */
    HTTP1_CHUNK,      /* `left` bytes of a chunk are to come */
    HTTP1_CHUNK_CR,   /* the end of the line behind a chunk */
    HTTP1_CHUNK_LF,
    HTTP1_TRAILERS,
    HTTP1_UNTIL_CLOSE, /* the body ends with its connection */
    HTTP1_OVER,
    HTTP1_FAULTY
};

struct http1 {
    enum http1_state state;
    struct buf *head; /* status line and fields of the response; interim ones leave nothing */
    int status;       /* 0 before the head is complete */
    int line_status;  /* of the status line that came, be it an interim one */
    bool has_begun;   /* a byte of it came */
    bool is_last;     /* the connection serves no other request */
    bool is_sized;    /* `left` was the whole body's length when the head was complete */
    uint64_t left;
    size_t line_start; /* of the head's line that comes in */
    size_t line_bytes; /* of a chunk's size, its extension or a trailer */
    size_t meta_bytes; /* of the heads; later of a chunk's frame, or the trailers */
    const char *fault; /* why it is HTTP1_BROKEN; static */
};

enum http1_step {
    HTTP1_MORE, /* `in` is used up */
    HTTP1_HEAD, /* once: `status` and the head's fields can be read */
    HTTP1_BODY, /* `*body` is a part of it, a view into `in` */
    HTTP1_DONE, /* whole; what is left of `in` is no part of it */
    HTTP1_BROKEN
};

/* `head` is cleared; its `max` is the limit for all heads, for one chunk's frame, for trailers. */
void http1_begin(struct http1 *http, struct buf *head);

/* Takes bytes off `*in` up to the next step. DONE and BROKEN come again if asked again. */
enum http1_step http1_next(struct http1 *http, struct str *in, struct str *body);

/* The connection has ended: DONE if that is what ends this response, else BROKEN. */
enum http1_step http1_end(struct http1 *http);

/*
 * How many bytes from here on are body and nothing else, 0 if that is not known: they may be
 * received right where the body is collected, and then be given to `http1_next`.
 */
uint64_t http1_body_ahead(const struct http1 *http);

/* The head's fields one after the other; `*rest` starts as `http1_fields`. Values are trimmed. */
struct str http1_fields(const struct http1 *http);
bool http1_field_next(struct str *rest, struct str *name, struct str *value);
