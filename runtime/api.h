/*
 * One request to one of Lambda's local APIs and its answer. Only api.c knows how they travel
 * (libcurl, HTTP/1.1 over one kept connection); what the statuses mean is next.c's and post.c's
 * business.
 *
 * Requests have no timeout: the process may be frozen inside any of them. Proxy variables never
 * apply.
 */
#pragma once

#include "shared/base/ctx.h"

struct api {
    struct str address; /* host:port[/prefix], joined unparsed: an emulator may route by a prefix */
    struct str base;    /* of all paths: API_RUNTIME */
    void *curl;         /* NULL until the first request, for a start that does not pay for it */
    bool drop;          /* the next request opens a new connection */
};

struct api_header {
    struct str name, value;
};

enum { API_MAX_HEADERS = 4 };

struct api_request {
    struct str path; /* behind the API's base, percent-encoded */
    bool is_post;
    struct api_header headers[API_MAX_HEADERS]; /* an empty value: not sent */
    struct str body;                            /* of a post */
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

/* The Runtime API's base. Source: AWS Lambda Developer Guide, "runtimes-api". */
#define API_RUNTIME STR("/2018-06-01/runtime")

void api_init(struct api *api, struct str address, struct str base);
void api_close(struct api *api);

/*
 * Sends `request` and reads its answer, whatever its HTTP status. If a connection that was kept
 * from an earlier request fails before any reply, the request is sent once more on a new one.
 *
 * ERR_INVALID   the address is no part of a URL
 * ERR_UPSTREAM  no whole answer; the next request opens a new connection
 */
enum status api_exchange(struct ctx *cx, struct api *api, const struct api_request *request,
                         struct api_answer *answer) MUST_CHECK;
