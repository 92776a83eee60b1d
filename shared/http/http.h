/*
 * An HTTP client, for one slot: one request at a time, connections kept, every wait bounded by the
 * deadline. With runtime/wire/conn.c the only place that sees libcurl's header.
 *
 *   enum status status = http_send(cx, http, &(struct http_request){.url = url}, &res);
 *
 * HTTPS with the server's certificate and name verified; HTTP/1.1. No redirect is followed, no
 * proxy used unless asked, no cookie kept, nothing decompressed. Roots are read from the file that
 * SSL_CERT_FILE names (OpenSSL's variable), else from the system's bundle: some 20 ms, paid by the
 * first HTTPS request and not again, be it sent here or streamed (stream.h). Nothing is opened or
 * read before the first request.
 *
 * Left to others: what a status means, JSON, caches, which hosts may be called.
 *
 * Source: RFC 9110 (HTTP semantics), RFC 9112 (HTTP/1.1); AWS Signature Version 4 as in IAM's User
 * Guide, "Create a signed AWS API request", computed by libcurl (CURLOPT_AWS_SIGV4).
 */
#pragma once

#include "shared/base/ctx.h"

struct http;

struct http_options {
    bool use_proxies; /* https_proxy, http_proxy, no_proxy of the environment */
};

/* `options` may be NULL. */
struct http *http_new(const struct http_options *options);
/* Closes all connections. `http` may be NULL. */
void http_free(struct http *http);
/* Closes all connections; the next request opens new ones. For a process about to be snapshotted.
 * `http` may be NULL. */
void http_close(struct http *http);

struct http_field {
    struct str name, value;
};

/* Who signs, for what. All but the token must be there. */
struct http_sigv4 {
    struct str region, service;
    struct str key_id, secret;
    struct str session_token; /* empty: keys that need none */
};

enum { HTTP_MAX_FIELDS = 16, HTTP_MAX_HEAD_BYTES = 32 * 1024 };

/* Its zero is a GET of nothing; `url` must be set. */
struct http_request {
    const char *method;  /* NULL: GET, or POST if there is a body */
    struct str url;      /* https://host[:port]/path[?query]; no user, no password */
    bool plain_if_local; /* http:// too, if the host is a literal loopback or link-local address, or
                            localhost: an emulator, Lambda's own endpoints */
    const struct http_field *fields; /* at most HTTP_MAX_FIELDS */
    size_t field_count;
    struct str body;
    const struct http_sigv4 *sign; /* NULL: not signed */
    int64_t timeout_ms;            /* of one attempt; 0: 10 s */
    size_t max_body_bytes;         /* of the response; 0: 1 MiB */
    bool idempotent;               /* sending it twice does what sending it once does */
    bool no_trace;                 /* the invocation's trace context stays here */
    unsigned attempts;             /* in all, if idempotent; 0: 1 */
};

struct http_response {
    int status;
    struct str fields; /* as they came, a line each */
    struct str body;
};

/*
 * Trace context: while an invocation has one, each request carries it on, unless `fields` has the
 * same one or `no_trace` is set: `x-amzn-trace-id` as Lambda gave it, `traceparent` and
 * `tracestate` as the HTTP request brought them (trace_adopt), else a traceparent of X-Ray's ids.
 * Parents pass through: this client records no span. Signed requests carry none, for libcurl signs
 * each field it sends and hops on the way rewrite these (AWS's own clients leave them unsigned,
 * which libcurl cannot).
 */

/*
 * Sends one request and reads the whole response. Tries again, `attempts` times in all, only if
 * `idempotent` and no response came; a kept connection that turns out dead is then replaced without
 * counting. Each attempt ends at `timeout_ms` or the deadline, whichever is first. Any HTTP status
 * is OK: the caller judges `res->status`. `res` points into `cx->arena`. The words of a failure
 * never hold the URL, a field or the body.
 *
 * ERR_INVALID    a URL that is not allowed, a method or a field that is none, a signature that
 *                cannot be made: nothing was sent
 * ERR_TIMEOUT    no complete response in time
 * ERR_TOO_LARGE  the body passes `max_body_bytes`; the connection is closed
 * ERR_UPSTREAM   resolve, connect, TLS, an incomplete or overlong message (RFC 9112 section 8)
 * ERR_INTERNAL   libcurl lacks something it should have
 */
enum status http_send(struct ctx *cx, struct http *http, const struct http_request *req,
                      struct http_response *res) MUST_CHECK;

/* The value of the first field of this name, in any case; empty: there is none. */
struct str http_response_field(const struct http_response *res, struct str name);

/*
 * Waits before attempt number `attempt` (2, 3, ...): a random time, up to `base_ms` for the second
 * and twice as long for each that follows, so that many who failed together do not come back
 * together. False, without waiting, if the deadline would pass.
 */
bool http_backoff(const struct ctx *cx, unsigned attempt, int64_t base_ms) MUST_CHECK;
