/*
 * What the sources of this folder share; nobody else includes it.
 */
#pragma once

#include "shared/base/buf.h"
#include "shared/http/http.h"

#include <curl/curl.h>

struct x509_store_st; /* OpenSSL's X509_STORE */

enum { HTTP_MAX_CONNS = 8, HTTP_MAX_ORIGIN_BYTES = 300 };

/* ---- a connection whose bytes are ours (conn.c) ---------------------------------------------- */

/* Made and owned by libcurl: names, addresses of both families, proxies, TLS. */
struct http_conn {
    CURL *curl; /* NULL: not connected */
    int fd;     /* nonblocking */
    bool is_busy;
    int64_t idle_since_ms;
    char origin[HTTP_MAX_ORIGIN_BYTES]; /* "https://host:port" */
};

struct http {
    struct arena arena; /* holds this struct */
    bool use_proxies;
    CURL *
        curl; /* of http_send; NULL until its first request, for a start that does not pay for it */
    struct x509_store_st *roots; /* of `roots_file`; NULL: not read yet */
    struct str roots_file;
    struct http_conn conns[HTTP_MAX_CONNS];
};

enum http_io {
    HTTP_IO_OK,
    HTTP_IO_END,    /* the other side closed, in order */
    HTTP_IO_BROKEN, /* reset, or the like */
    HTTP_IO_EARLY,  /* not all is sent, and something can be received */
    HTTP_IO_LATE,   /* the time is over */
};

/*
 * Connects to where `req` goes, until `end_us` (clock_mono_us). `conn` must not be connected.
 *
 * ERR_TIMEOUT, ERR_UPSTREAM, ERR_INTERNAL  as http_send
 */
enum status http_conn_open(struct ctx *cx, struct http *http, struct http_conn *conn,
                           const struct http_request *req, int64_t end_us) MUST_CHECK;
void http_conn_close(struct http_conn *conn);
/* Sends `bytes`, and takes off what was sent. */
enum http_io http_conn_send(struct http_conn *conn, struct str *bytes, int64_t end_us);
/* Takes at most `room` bytes, once some are there. An `end_us` of the past: what is there now. */
enum http_io http_conn_recv(struct http_conn *conn, char *place, size_t room, int64_t end_us,
                            size_t *got);

/* ---- connections kept (pool.c) --------------------------------------------------------------- */

/* An idle connection to `origin` that seems alive; NULL: there is none. It is busy now. */
struct http_conn *http_pool_find(struct http *http, struct str origin);
/* A place for a new one, an idle connection's if it must be; NULL: all are busy. It is busy now. */
struct http_conn *http_pool_place(struct http *http);
/* Gives it back: for the next request, or to be closed. */
void http_pool_return(struct http_conn *conn, bool is_reusable);
void http_pool_close(struct http *http);

/* ---- options of libcurl (setup.c) ------------------------------------------------------------ */

/* Remembers the first refusal of an option, so that a run of them has one check. */
struct http_setup {
    CURL *curl;
    bool refused;
};

void http_set_long(struct http_setup *s, CURLoption option, long value);
void http_set_text(struct http_setup *s, CURLoption option, const char *value);
void http_set_pointer(struct http_setup *s, CURLoption option, void *value);
/* What all connections are made with: protocols, TLS and its roots, proxies. */
void http_set_connection(struct http_setup *s, struct http *http, bool plain_if_local);

/* ---- a request (request.c, head.c, authorization.c)
 * -------------------------------------------------- */

/*
 * Whether `req` may be sent as it is: its URL, its method, its fields, its signature.
 *
 * ERR_INVALID   with the reason
 * ERR_INTERNAL  no memory for libcurl's parser
 */
enum status http_request_check(struct ctx *cx, const struct http_request *req) MUST_CHECK;

/* "GET" ... */
const char *http_request_method(const struct http_request *req);

/* The bundle of trusted roots, or NULL: none was found, and no server can be verified. */
const char *http_roots_file(void);

enum { HTTP_OWN_FIELDS = 6 }; /* agent, type, and three of trace context; an end to Expect */

/* Header lines as libcurl wants them; it only reads the list, so that nothing is its to free. */
struct http_lines {
    struct curl_slist nodes[HTTP_MAX_FIELDS + HTTP_OWN_FIELDS];
    size_t count;
};
void http_lines_make(struct ctx *cx, const struct http_request *req, struct http_lines *lines);

/* The URL of a checked request, in parts as written. */
struct http_place {
    struct str origin; /* "https://host:port" */
    struct str host;   /* "host:port" */
    struct str target; /* "/path?query" */
};
struct http_place http_place_of(struct str url);

/* The head of a checked request, its empty line included; signed, if it is to be, at `now_ms`. */
enum status http_head_make(struct ctx *cx, const struct http_request *req,
                           const struct http_place *place, int64_t now_ms,
                           struct buf *head) MUST_CHECK;

/* A request with these fields alone, to be signed. */
struct http_signing {
    const char *method;
    struct str host, target, body;
    struct str content_type; /* empty: there is no body */
    int64_t now_ms;
};
/*
 * Appends what Signature Version 4 adds to the head: the lines of date, token and signature.
 *
 * ERR_INTERNAL  OpenSSL cannot, or the secret is too long (sigv4.h)
 */
enum status http_sigv4_add(struct ctx *cx, const struct http_sigv4 *sign,
                           const struct http_signing *what, struct buf *head) MUST_CHECK;
