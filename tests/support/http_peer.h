/*
 * An HTTP server that behaves as the path asks, well or badly: for tests of whoever calls others.
 * A process a connection, on loopback, over TLS if asked. What it saw is in memory that the test
 * shares.
 *
 *   /echo           200, and the request as it came, head and body
 *   /status/418     that status, "no"
 *   /bytes/100      200 and so many bytes of 'x', with their length
 *   /chunks/100     the same, in chunks
 *   /fields/100     200 and so many bytes of header fields more
 *   /moved          302 to /echo
 *   /interim        103 with a field, then 200 with another of the same name
 *   /nothing        closes without a word
 *   /half-head, /half-body   closes in the middle
 *   /late/500       answers after so many ms
 *   /drip           a byte every 50 ms, for ever
 *   /not-http       bytes that are no HTTP
 *   /last           answers, and dies silently under the connection's next request
 *   /file           200 and the content of a file that the test may change; 404 if there is none
 *   /script...      the bytes that http_peer_script gave for this one, as they are
 */
#pragma once

#include "shared/base/ctx.h"

#include <stdbool.h>
#include <sys/types.h>

struct http_peer_seen {
    int connections, requests;
    int connections_to_drop; /* so many are closed as soon as their request came; set by the test */
    int status;              /* of /file, instead of 200; set by the test */
    int scripted;            /* requests for /script so far; set by the test to begin anew */
    char traceparent[64];    /* of the last request; empty: it had none */
    char trace_id[128];      /* its x-amzn-trace-id */
};

struct http_peer {
    char folder[64];    /* certificate and key, if TLS, and anything a test puts there */
    char url[64];       /* http://127.0.0.1:port, or https://localhost:port */
    char cert_path[96]; /* of the server, which is its own root; empty: no TLS */
    char file_path[96]; /* what /file gives */
    int port;
    pid_t pid;
    struct http_peer_seen *seen;
};

/* Listens; over TLS, with a certificate for "localhost" alone made for this peer. */
void http_peer_start(struct http_peer *peer, bool tls);
/* Listens again, on the same port, after a stop of the listening only. */
void http_peer_resume(struct http_peer *peer);
/* Ends the server and its connections: the port answers nobody. */
void http_peer_pause(struct http_peer *peer);
void http_peer_stop(struct http_peer *peer);
/* Changes what /file gives, and its further header fields ("cache-control: max-age=60\r\n"). */
void http_peer_file(struct http_peer *peer, const char *content, const char *fields);

/* What follows a script's bytes. */
enum http_peer_end {
    HTTP_PEER_KEEPS,  /* the connection serves the next request */
    HTTP_PEER_CLOSES, /* in order */
    HTTP_PEER_RESETS,
    HTTP_PEER_STALLS, /* nothing comes any more */
    HTTP_PEER_DRIPS,  /* a byte of it at a time, and then as KEEPS */
    HTTP_PEER_PAUSES, /* a while at each form feed, which is not sent, and then as CLOSES */
};

/* What request number `number` (0, 1, ...) for /script gets: `bytes`, head and all. */
void http_peer_script(struct http_peer *peer, int number, enum http_peer_end end, struct str bytes);
/* That request as it came, head and body; empty if it did not. */
struct str http_peer_scripted(struct ctx *cx, const struct http_peer *peer, int number);
