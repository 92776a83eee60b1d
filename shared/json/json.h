/*
 * JSON as RFC 8259 defines it, read into a tree in the arena. Strict: nothing but the grammar,
 * valid UTF-8, no lone surrogates, no byte order mark, no duplicate keys (unless asked), bounded
 * depth. Numbers keep the text they were written with, so nothing is rounded before someone asks
 * for a type. Each value knows its span in the source, so that a part can be passed on or edited
 * byte for byte.
 */
#pragma once

#include "shared/base/buf.h"
#include "shared/base/ctx.h"

enum json_type { JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

struct json {
    enum json_type type;
    bool boolean;
    struct str key;            /* decoded name, if this is a member of an object */
    struct str text;           /* string: decoded; number: as written */
    struct str span;           /* the value as written, a view of the source */
    size_t count;              /* elements or members */
    struct json *first, *next; /* first child; next sibling */
};

struct json_options {
    size_t max_depth;          /* nested arrays and objects; 0: 64, never past the maximum */
    bool allow_duplicate_keys; /* `json_find` then finds the last one */
};

/*
 * Reads one document; nothing but white space may follow it. `*root` and its views live in
 * `cx->arena` and in `source`, which must stay as long. `options` may be NULL.
 *
 * ERR_INVALID  not JSON, or a limit passed; the words say what and where (line:column) and are
 * public
 */
enum status json_read(struct ctx *cx, struct str source, const struct json_options *options,
                      const struct json **root) MUST_CHECK;

/* Loops over elements or members: JSON_EACH(item, array) { ... } */
/* NOLINTBEGIN(bugprone-macro-parentheses): `item` is declared, which takes no parentheses */
#define JSON_EACH(item, parent)                                                                    \
    for (const struct json *item = (parent)->first; item != NULL; item = item->next)
/* NOLINTEND(bugprone-macro-parentheses) */

/* The member, or NULL if `object` is NULL, not an object, or has none. */
const struct json *json_find(const struct json *object, struct str key);
/* The member's text if it is a string, else the empty view. */
struct str json_find_str(const struct json *object, struct str key);

/* True if the value is a number and exactly a 64-bit integer: 2, 2.0 and 2e0 are; 2.5 is not. */
bool json_is_i64(const struct json *value, int64_t *out);
/* True if the value is a number within double's range; the nearest double. */
bool json_is_f64(const struct json *value, double *out);
/* "a string", "an object" ...: for messages. */
const char *json_type_words(enum json_type type);

/* What the reader can read may be written again, inside containers of one's own. */
enum { JSON_READ_DEPTH_MAX = 512, JSON_WRITE_DEPTH_MAX = 640 };

/*
 * Writes JSON into a buf. Commas are the writer's job. Misuse (a value without a key in an object,
 * an end that does not match its begin, a second document, JSON_WRITE_DEPTH_MAX) is an assert; the
 * buf's maximum is the only failure, kept in `buf->full`.
 */
struct json_writer {
    struct buf *buf;
    uint64_t objects[JSON_WRITE_DEPTH_MAX / 64]; /* bit per depth: an object, not an array */
    unsigned depth;
    bool comma_due, after_key;
};

struct json_writer json_writer_on(struct buf *buf);
void json_object_begin(struct json_writer *w);
void json_object_end(struct json_writer *w);
void json_array_begin(struct json_writer *w);
void json_array_end(struct json_writer *w);
void json_key(struct json_writer *w, struct str key);
/* Escapes as needed; bytes that are not UTF-8 become U+FFFD, so the output is always JSON. */
void json_str(struct json_writer *w, struct str value);
void json_cstr(struct json_writer *w, const char *value);
void json_i64(struct json_writer *w, int64_t value);
/* At most `decimals` (0..9) digits after the point, trailing zeros dropped; not finite writes null.
 */
void json_fixed(struct json_writer *w, double value, int decimals);
/* As few digits as read back to the same double, in any locale; not finite writes null. */
void json_f64(struct json_writer *w, double value);
void json_bool(struct json_writer *w, bool value);
void json_null(struct json_writer *w);
/* A value that is JSON already, as written. */
void json_raw(struct json_writer *w, struct str value);

/* key and value at once */
void json_member_str(struct json_writer *w, const char *key, struct str value);
void json_member_cstr(struct json_writer *w, const char *key, const char *value);
void json_member_i64(struct json_writer *w, const char *key, int64_t value);
void json_member_fixed(struct json_writer *w, const char *key, double value, int decimals);
void json_member_bool(struct json_writer *w, const char *key, bool value);
void json_member_raw(struct json_writer *w, const char *key, struct str value);
void json_member_object(struct json_writer *w, const char *key);
void json_member_array(struct json_writer *w, const char *key);
