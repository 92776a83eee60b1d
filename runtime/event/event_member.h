/*
 * Members of an event's JSON by name, into fields. Absent and null are the same everywhere: AWS
 * sends both. A member of the wrong type is ERR_INVALID and the words name it with its place.
 */
#pragma once

#include "runtime/lambda_http.h"
#include "shared/json/json.h"

struct event_text {
    const struct json *object; /* NULL: the field stays */
    const char *where;         /* for the words: "requestContext." */
    struct str name;
    struct str *field; /* left alone if the member is absent or null */
};

/* Fills each field from a member that is a string; `ptr` is then never NULL. */
enum status event_texts(struct ctx *cx, const struct event_text *texts, size_t count) MUST_CHECK;
/* A member of `type` (an object or an array), or NULL. `object` may be NULL. */
enum status event_tree(struct ctx *cx, const struct json *object, struct str name,
                       enum json_type type, const struct json **out) MUST_CHECK;
/* A whole number, or a string of decimal digits; absent: `*out` stays. */
enum status event_number(struct ctx *cx, const struct json *object, struct str name,
                         int64_t *out) MUST_CHECK;
/* The members of an object of strings, as pairs, in order; null ones are left out. */
enum status event_pairs(struct ctx *cx, const struct json *root, struct str name,
                        const struct http_header **out, size_t *count) MUST_CHECK;
/* The elements of an array of strings, in order; `*out` is NULL if it is absent or null. */
enum status event_strings(struct ctx *cx, const struct json *root, struct str name,
                          const struct str **out, size_t *count) MUST_CHECK;
/* A member as it is written, of whatever type; absent and null are empty. */
struct str event_raw(const struct json *object, struct str name);
/* As it is, or "" if `ptr` is NULL: present, so that it is told from absent. */
struct str event_present(struct str s);
