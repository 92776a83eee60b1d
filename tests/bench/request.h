/*
 * The requests of a Runtime API's client as they come in: HTTP/1.1 (RFC 9112), bodies sized or
 * chunked. Only what the programs under measurement send; anything else is an error.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* What came on one connection and is not answered yet; NUL follows it. */
struct inbox {
    char *bytes;
    size_t len;
};

struct request {
    bool is_post;
    const char *path; /* into the inbox, not ended by NUL */
    size_t path_len;
    char *body; /* without chunk sizes */
    size_t body_len;
    size_t bytes; /* all of it, on the wire */
};

enum request_state { REQUEST_WHOLE, REQUEST_PARTIAL, REQUEST_BAD };

/* The first request in the inbox. A chunked body is made whole in place, so once it is whole. */
enum request_state request_read(struct inbox *in, struct request *out);

/* Forgets a request; what came behind it stays. */
void request_drop(struct inbox *in, const struct request *request);
