/*
 * Reads what a model wrote where JSON was asked for, and gives JSON: fences, prose, drafts, missing
 * and surplus punctuation, Python's words, cut ends. Each liberty taken is an edit with its place,
 * its rule and a grade; what passes the grade allowed is refused. What is JSON already comes back
 * as it is, byte for byte.
 *
 *   struct json_repaired out;
 *   TRY(json_repair(cx, answer, &(struct json_repair_options){.allowed = JSON_GRADE_UNAMBIGUOUS},
 * &out));
 *
 * Linear in the length of the source, whatever it holds: looks ahead a bounded way, goes back over
 * a string at most once a candidate, keeps open containers on a stack of its own. A guide (a
 * schema's view of the shape) settles what the text alone leaves open.
 *
 * Left to others: whether the result fits a schema; converting "5" to 5.
 */
#pragma once

#include "shared/json/json.h"

enum json_grade {
    JSON_GRADE_NONE,        /* nothing was changed */
    JSON_GRADE_LOSSLESS,    /* another spelling of the same value */
    JSON_GRADE_UNAMBIGUOUS, /* something was missing or surplus, and only one reading makes sense */
    JSON_GRADE_LOSSY,       /* a guess, or something was left out */
};

/* name, grade, words */
#define JSON_RULE_LIST(X)                                                                          \
    X(FENCE, LOSSLESS, "taken out of a code fence")                                                \
    X(THINKING, LOSSLESS, "left out a block of thoughts")                                          \
    X(COMMENT, LOSSLESS, "left out a comment")                                                     \
    X(BYTE_ORDER_MARK, LOSSLESS, "left out a byte order mark")                                     \
    X(TRAILING_COMMA, LOSSLESS, "left out a comma with nothing after it")                          \
    X(QUOTES, LOSSLESS, "put double quotes for other ones")                                        \
    X(BARE_KEY, LOSSLESS, "put quotes around a key")                                               \
    X(WORD, LOSSLESS, "put true, false or null for another language's word")                       \
    X(NUMBER_FORM, LOSSLESS, "wrote a number as JSON does")                                        \
    X(CONTROL, LOSSLESS, "escaped a control character")                                            \
    X(ESCAPE, LOSSLESS, "took back an escape that needs none")                                     \
    X(PROSE, UNAMBIGUOUS, "left out text around the JSON")                                         \
    X(JSON_LINES, UNAMBIGUOUS, "put values on lines of their own into an array")                   \
    X(MISSING_COMMA, UNAMBIGUOUS, "put a comma")                                                   \
    X(EXTRA_COMMA, UNAMBIGUOUS, "left out a surplus comma")                                        \
    X(MISSING_COLON, UNAMBIGUOUS, "put a colon")                                                   \
    X(MISSING_CLOSER, UNAMBIGUOUS, "closed an array or object")                                    \
    X(EXTRA_CLOSER, UNAMBIGUOUS, "left out a surplus bracket")                                     \
    X(WRONG_CLOSER, UNAMBIGUOUS, "closed with the other kind of bracket")                          \
    X(EXTRA_OPENER, UNAMBIGUOUS, "left out a doubled bracket")                                     \
    X(BARE_TEXT, UNAMBIGUOUS, "put quotes around text")                                            \
    X(JOINED, UNAMBIGUOUS, "joined strings that + stood between")                                  \
    X(INNER_QUOTE, UNAMBIGUOUS, "escaped a quote within a string")                                 \
    X(BACKSLASH, UNAMBIGUOUS, "doubled a backslash that escapes nothing")                          \
    X(CUT_WORD, UNAMBIGUOUS, "completed a word that was cut")                                      \
    X(LEADING_ZERO, UNAMBIGUOUS, "left out zeros before a number")                                 \
    X(INNER_QUOTE_GUESS, LOSSY, "escaped a quote that may have been the string's end")             \
    X(MISSING_QUOTE, LOSSY, "ended a string whose quote is missing")                               \
    X(CUT_STRING, LOSSY, "ended a string that was cut")                                            \
    X(CUT_NUMBER, LOSSY, "kept a number that may have been cut")                                   \
    X(CUT_MEMBER, LOSSY, "left out a member that was cut")                                         \
    X(MISSING_VALUE, LOSSY, "put null for a value that is missing")                                \
    X(NOT_FINITE, LOSSY, "put null for a number that is none")                                     \
    X(UNIT, LOSSY, "left out a unit after a number")                                               \
    X(FRACTION, LOSSY, "divided a fraction")                                                       \
    X(DUPLICATE_KEY, LOSSY, "kept the last of two members of one name")                            \
    X(BAD_ESCAPE, LOSSY, "replaced an escape that names no character")                             \
    X(BAD_UTF8, LOSSY, "replaced bytes that are no UTF-8")                                         \
    X(ELLIPSIS, LOSSY, "left out an ellipsis")                                                     \
    X(GARBAGE, LOSSY, "left out characters that mean nothing here")                                \
    X(DRAFT, LOSSY, "chose one of several JSON texts")

enum json_rule {
#define JSON_RULE_ENUM(name, grade, words) JSON_RULE_##name,
    JSON_RULE_LIST(JSON_RULE_ENUM)
#undef JSON_RULE_ENUM
};

/* "MISSING_COMMA"; its grade; what was done, to be read by people. */
struct str json_rule_name(enum json_rule rule);
enum json_grade json_rule_grade(enum json_rule rule);
const char *json_rule_words(enum json_rule rule);

/* One liberty; `at` and `len` are bytes of the source. */
struct json_edit {
    enum json_rule rule;
    size_t at, len;
};

/*
 * What is known about the shape wanted. A node stands for one place in it; NULL: anything goes. All
 * must be there; `arg` is given to each.
 */
struct json_guide {
    /* Types a value may have, a bit each (1 << JSON_STRING); 0: any. */
    unsigned (*types)(void *arg, const void *node);
    /* The node of a member; `*is_known`: the shape names this key. */
    const void *(*member)(void *arg, const void *node, struct str key, bool *is_known);
    const void *(*item)(void *arg, const void *node, size_t index);
    /* How many faults a whole text has; for choosing between several. */
    size_t (*faults)(struct ctx *cx, void *arg, struct str text);
    const void *root;
    void *arg;
};

enum { JSON_REPAIR_MAX_EDITS = 256, JSON_REPAIR_MAX_BYTES = 16 * 1024 * 1024 };

struct json_repair_options {
    enum json_grade allowed;        /* NONE: lossless ones */
    const struct json_guide *guide; /* NULL: none */
    size_t max_depth;               /* as json_options */
};

struct json_repaired {
    struct str text; /* JSON: the source itself, or the arena's */
    enum json_grade grade;
    const struct json_edit *edits; /* in the source's order */
    size_t edit_count;
    size_t edits_dropped;        /* past JSON_REPAIR_MAX_EDITS; they count for the grade */
    const struct str *truncated; /* JSON Pointers (RFC 6901) of what the source's end has cut */
    size_t truncated_count;
};

/*
 * `options` may be NULL. `out` is filled as far as it was understood, also when the grade is
 * refused.
 *
 * ERR_NOT_FOUND  there is no JSON in it: empty, a refusal, plain text
 * ERR_REFUSED    it needs edits past `allowed`; the words name the first
 * ERR_INVALID    nested too deeply
 * ERR_TOO_LARGE  more than JSON_REPAIR_MAX_BYTES
 */
enum status json_repair(struct ctx *cx, struct str source,
                        const struct json_repair_options *options,
                        struct json_repaired *out) MUST_CHECK;
