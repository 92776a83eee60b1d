/*
 * One request to one of Lambda's local APIs and its answer, HTTP/1.1 over one kept connection. What
 * the statuses mean is next.c's and post.c's business.
 *
 * Without `timeout_ms` requests have no timeout: the process may be frozen inside any of them.
 * Proxy variables never apply.
 */
#pragma once

#include "runtime/wire/conn.h"
#include "shared/base/buf.h"
#include "shared/base/ctx.h"

enum { API_MAX_HEADERS = 6, API_INPUT_BYTES = 8 * 1024, API_MAX_HEAD_BYTES = 64 * 1024 };

struct api {
    struct str address; /* host:port[/prefix], joined unparsed: an emulator may route by a prefix */
    struct str base;    /* of all paths: API_RUNTIME, API_EXTENSION */
    int timeout_ms;     /* of each try, from connect to the answer's end; 0: none */
    struct conn conn;   /* not connected until the first request: a start does not pay for it */
    int stop_fd;        /* ends the wait for an event (`is_poll`) once it can be read; -1: none */
    bool drop;          /* the next request opens a new connection */
    struct arena memory; /* of `head` */
    struct buf head;     /* of the answer that comes in */
    char input[API_INPUT_BYTES];
};

struct api_header {
    struct str name, value;
};

enum api_method { API_GET, API_POST, API_PUT };

struct api_request {
    enum api_method method;
    struct str path;                            /* behind the API's base, percent-encoded */
    bool is_poll;                               /* its answer may never come: see `stop_fd` */
    struct api_header headers[API_MAX_HEADERS]; /* an empty value: not sent */
    struct str body;                            /* of a post or a put */
};

struct api_answer {
    int status;
    struct str body;            /* in `cx->arena` */
    size_t max_body_bytes;      /* set by the caller */
    bool body_is_cut;           /* more than the maximum came; the connection is closed */
    struct api_header *headers; /* set by the caller: the names it wants; values are filled in, in
                                   `cx->arena`; of a repeated header the first */
    size_t header_count;
};

/* Their bases. Sources: AWS Lambda Developer Guide, "runtimes-api", "runtimes-extensions-api". */
#define API_RUNTIME   STR("/2018-06-01/runtime")
#define API_EXTENSION STR("/2020-01-01/extension")

void api_init(struct api *api, struct str address, struct str base);
void api_close(struct api *api);

/*
 * The head of a request, up to its empty line, which is left to the caller: `framing` is the last
 * of its lines ("Content-Length: 4\r\n").
 */
void api_head(struct buf *out, const struct api *api, const struct api_request *request,
              struct str framing);

/*
 * Reads one answer off the connection, for a request that was sent on it by other means than
 * `api_exchange`; within `timeout_ms`. The connection stays open, unless `drop` says otherwise.
 *
 * ERR_TIMEOUT, ERR_UPSTREAM  as for `api_exchange`
 */
enum status api_receive(struct ctx *cx, struct api *api, struct api_answer *answer) MUST_CHECK;

/*
 * Sends `request` and reads its answer, whatever its HTTP status. If a connection that was kept
 * from an earlier request fails before any reply, the request is sent once more on a new one. An
 * answer that comes before all of the body went out is taken; the connection is then closed.
 *
 * ERR_INVALID   the address is no part of a URL
 * ERR_CONFLICT  the wait was ended by `stop_fd`
 * ERR_TIMEOUT   no whole answer in `timeout_ms`; the next request opens a new connection
 * ERR_UPSTREAM  no whole answer; the next request opens a new connection
 */
enum status api_exchange(struct ctx *cx, struct api *api, const struct api_request *request,
                         struct api_answer *answer) MUST_CHECK;
