/*
 * What the sources of this folder share; nobody else includes it.
 */
#pragma once

#include "shared/http/http.h"

#include <curl/curl.h>

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
