/*
 * Reading a caller's JSON member by member, where unknown members are welcome (they go to a
 * provider of the same protocol as they are), so that schema.h does not fit. Each fault is noted
 * with its path, "messages[2].content[0].type"; the reader goes on, and fails once at its end
 * (fields_status).
 */
#pragma once

#include "shared/base/ctx.h"
#include "shared/json/json.h"

/* Where in the body a value stands; rendered only for a fault. */
struct place {
    const struct place *parent; /* NULL: the body itself */
    const char *name;           /* of a member; NULL: an element */
    size_t index;
};

/* Below another, until the end of the block. */
#define PLACE_MEMBER(up, key) (&(const struct place){.parent = (up), .name = (key)})
#define PLACE_ELEMENT(up, at) (&(const struct place){.parent = (up), .index = (at)})

/* "tools[0].type", in the arena. */
struct str place_path(struct ctx *cx, const struct place *at);
void place_fault(struct ctx *cx, const struct place *at, const char *format, ...) PRINTF_LIKE(3, 4);

/* The member; NULL if it is absent or null, which is the same here. */
const struct json *field_find(const struct json *object, const char *name);
/* The same, and its absence is a fault: "is required". */
const struct json *field_get(struct ctx *cx, const struct place *at, const struct json *object,
                             const char *name);

/* Each gives the value or notes that it is of another type, or out of range, and says false. */
bool field_str(struct ctx *cx, const struct place *at, const struct json *value, struct str *out);
bool field_bool(struct ctx *cx, const struct place *at, const struct json *value, bool *out);
bool field_i64(struct ctx *cx, const struct place *at, const struct json *value, int64_t min,
               int64_t max, int64_t *out);
/* A number as it was written. */
bool field_number(struct ctx *cx, const struct place *at, const struct json *value, double min,
                  double max, struct str *out);
bool field_is_object(struct ctx *cx, const struct place *at, const struct json *value);
/* An array with `min` elements at least and `max` at most. */
bool field_is_array(struct ctx *cx, const struct place *at, const struct json *value, size_t min,
                    size_t max);

/* A required string member of `object`; empty, with a fault, if it is not there. */
struct str field_get_str(struct ctx *cx, const struct place *at, const struct json *object,
                         const char *name);
/* An object, an array: NULL if it is not there, a fault where it is `required`, or another type. */
const struct json *field_object(struct ctx *cx, const struct place *at, const struct json *object,
                                const char *name, bool required);
const struct json *field_array(struct ctx *cx, const struct place *at, const struct json *object,
                               const char *name, bool required);
/* A string that may be empty; empty too, if it is not there. */
struct str field_text(struct ctx *cx, const struct place *at, const struct json *object,
                      const char *name, bool required);
bool field_flag(struct ctx *cx, const struct place *at, const struct json *object,
                const char *name);
/* A member as written, whatever it is; empty: it is not there. */
struct str field_span(const struct json *object, const char *name);
