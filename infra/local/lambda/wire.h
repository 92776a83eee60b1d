/*
 * A small strict reader of HTTP/1.1 requests, for what bootstraps send: any split of the bytes,
 * sized and chunked bodies. What RFC 9112 forbids (bare LF, folded lines, a length beside chunks,
 * blanks before a colon) is refused, because a runtime that sends it fails elsewhere.
 */
#pragma once

#include "infra/local/base/header.h"
#include "shared/base/buf.h"

enum {
    WIRE_MAX_HEADERS = 64,
    WIRE_MAX_HEAD_BYTES = 128 * 1024, /* an X-Ray cause may take 64 KiB of it */
};

enum wire_result { WIRE_MORE, WIRE_DONE, WIRE_BAD };

struct wire_head {
    struct str method, target; /* views of the bytes parsed */
    struct header headers[WIRE_MAX_HEADERS];
    size_t header_count;
    size_t content_length;
    bool chunked, keep_alive, expects_continue;
};

/*
 * Reads a request's head from the start of `bytes`. WIRE_DONE: `*used` bytes belong to it.
 * WIRE_BAD: `*why` says what is wrong; the connection is of no further use.
 */
enum wire_result wire_head_read(struct str bytes, struct wire_head *head, size_t *used,
                                const char **why);

struct wire_body {
    bool chunked;
    int state;
    size_t left; /* of the body, or of the chunk */
    size_t line_bytes;
    size_t total;         /* bytes of the body so far, kept or not */
    struct buf *trailers; /* set after the beginning: they are kept there; NULL: they are dropped */
};

void wire_body_begin(struct wire_body *body, const struct wire_head *head);
/*
 * Takes what belongs to the body off `*input` and appends it to `out`; once `out` is full the rest
 * is counted and dropped. Trailers that do not fit are WIRE_BAD.
 */
enum wire_result wire_body_read(struct wire_body *body, struct str *input, struct buf *out,
                                const char **why);
/* The value of a trailer among those kept; empty if there is none, or if it could be no header's.
 */
struct str wire_trailer_find(struct str trailers, struct str name);
