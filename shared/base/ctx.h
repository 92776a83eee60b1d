/*
 * What each call carries: the invocation's arena, its deadline, and the chain of words about what
 * failed. A function that can fail returns `enum status`; the words are in `cx->err` and count
 * only after a status that is not OK. Reporting never allocates.
 *
 *   return fail(cx, ERR_X, "...")            where the fault is found, with what explains it
 *   return err_while(cx, status, "...")      where a step up adds meaning; elsewhere TRY(call)
 *   return fail_public(cx, ERR_X, "...")     the caller of the API may read these words
 *   fail_field(cx, path, "...")              one faulty field of the input; many may be noted
 *   err_clear(cx)                            a failure survived, in sight, with the reason
 */
#pragma once

#include "shared/base/arena.h"
#include "shared/base/attr.h"
#include "shared/base/str.h"

#include <stdarg.h>
#include <stdint.h>

/* name, HTTP status, public error code, words for the caller of the API when none were given */
#define STATUS_LIST(X)                                                                             \
    X(OK, 200, "OK", "OK")                                                                         \
    X(ERR_INCOMPLETE, 400, "VALIDATION_FAILED", "Something the request needs is missing")          \
    X(ERR_UNAUTHENTICATED, 401, "UNAUTHORIZED", "A valid bearer token is required")                \
    X(ERR_REFUSED, 400, "REFUSED", "Refused by a rule of this service")                            \
    X(ERR_BUDGET, 402, "BUDGET_EXCEEDED", "The budget is spent")                                   \
    X(ERR_FORBIDDEN, 403, "FORBIDDEN", "Not allowed")                                              \
    X(ERR_NOT_FOUND, 404, "NOT_FOUND", "Not found")                                                \
    X(ERR_METHOD, 405, "METHOD_NOT_ALLOWED", "Method not allowed")                                 \
    X(ERR_CONFLICT, 409, "CONFLICT", "Conflicts with what is there")                               \
    X(ERR_TOO_LARGE, 413, "PAYLOAD_TOO_LARGE", "Too large")                                        \
    X(ERR_INVALID, 422, "VALIDATION_FAILED", "The request is not valid")                           \
    X(ERR_INFEASIBLE, 422, "GENERATION_FAILED", "No answer satisfies every rule")                  \
    X(ERR_RATE_LIMITED, 429, "RATE_LIMITED", "Too many requests")                                  \
    X(ERR_INTERNAL, 500, "INTERNAL", "Internal error")                                             \
    X(ERR_UPSTREAM, 502, "UPSTREAM_ERROR", "A service behind this one failed")                     \
    X(ERR_UNAVAILABLE, 503, "DATABASE_ERROR", "The database is not reachable; try again shortly")  \
    X(ERR_OVERLOADED, 503, "OVERLOADED", "Too busy just now; try again shortly")                   \
    X(ERR_TIMEOUT, 504, "TIMEOUT", "No answer in time")

enum status {
#define STATUS_ENUM(name, http, code, words) name,
    STATUS_LIST(STATUS_ENUM)
#undef STATUS_ENUM
};

enum { ERR_TEXT_MAX = 1024, ERR_PUBLIC_MAX = 320, ERR_FIELDS_MAX = 16 };

/* One faulty field: `path` as in "preferences.exclude_recipes[2]"; empty for the whole body. */
struct err_field {
    char path[96];
    char message[160];
};

struct err {
    char text[ERR_TEXT_MAX];    /* the chain, outermost first, for the log */
    char words[ERR_PUBLIC_MAX]; /* for the caller of the API; empty: the status's own words */
    const char *code;           /* static; NULL: the status's own public code */
    struct err_field fields[ERR_FIELDS_MAX];
    size_t field_count;
    size_t fields_dropped; /* noted after the table was full */
};

struct ctx {
    struct arena *arena;
    struct err err;
    int64_t deadline_ms;    /* Unix epoch; 0: none */
    struct str request_id;  /* for logs and error bodies; may be empty */
    struct str tenant_id;   /* whose work this is, under Lambda's tenant isolation; may be empty */
    struct str trace_id;    /* X-Ray's header value, opaque; may be empty */
    struct str traceparent; /* W3C's, as the HTTP request brought it (trace_adopt); may be empty */
    struct str tracestate;  /* with it */
};

#define TRY(call)                                                                                  \
    do {                                                                                           \
        enum status try_status_ = (call);                                                          \
        if (try_status_ != OK) {                                                                   \
            return try_status_;                                                                    \
        }                                                                                          \
    } while (0)

/* Forgets words and fields of earlier failures. */
void err_clear(struct ctx *cx);
/* Starts a chain. Returns `status`. */
enum status fail(struct ctx *cx, enum status status, const char *format, ...) PRINTF_LIKE(3, 4);
/* As `fail`, and the same words may be shown to the caller of the API. */
enum status fail_public(struct ctx *cx, enum status status, const char *format, ...)
    PRINTF_LIKE(3, 4);
/* As `fail_public` with a public code of its own; `code` is a static string. */
enum status fail_code(struct ctx *cx, enum status status, const char *code, const char *format, ...)
    PRINTF_LIKE(4, 5);
/* Puts "words: " before the chain. Returns `status`. */
enum status err_while(struct ctx *cx, enum status status, const char *format, ...)
    PRINTF_LIKE(3, 4);
/* Notes one faulty field; the function that reads the input fails once, at its end. */
void fail_field(struct ctx *cx, struct str path, const char *format, ...) PRINTF_LIKE(3, 4);
/*
 * OK if no field was noted; else ERR_INVALID with the first field as the public words.
 */
enum status fields_status(struct ctx *cx) MUST_CHECK;

int status_http(enum status status);
const char *status_code(enum status status);
const char *status_words(enum status status);
/* Its name in the source, "ERR_TIMEOUT": for logs. */
const char *status_name(enum status status);

/* Milliseconds until the deadline, at least 0; `fallback_ms` if there is none. */
int64_t ctx_remaining_ms(const struct ctx *cx, int64_t fallback_ms);
