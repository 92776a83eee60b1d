/* What the files of the repairer share (repair.h). */
#pragma once

#include "shared/json/repair.h"

/* A value while it is put together. */
struct node {
    enum json_type type;
    struct str key;     /* decoded */
    size_t at;          /* of the key */
    struct str literal; /* scalars: as it will be written; strings: decoded */
    struct node *parent, *first, *last, *next;
    size_t count;
    const void *shape; /* the guide's node */
    bool is_cut, is_left_out;
};

enum expects { EXPECTS_KEY, EXPECTS_COLON, EXPECTS_VALUE, EXPECTS_COMMA };

struct repairer {
    struct ctx *cx;
    struct str source;
    size_t at;
    const struct json_guide *guide;
    size_t max_depth, depth;
    struct node *open; /* the innermost container */
    enum expects expects;
    struct str pending_key; /* of the member whose value comes */
    size_t pending_at;
    size_t comma_at;   /* of the last comma, if nothing came after it; else SIZE_MAX */
    bool quotes_close; /* after going back once, each quote ends its string */
    struct node *root;
    struct json_edit *edits;
    size_t edit_count, edits_dropped, cost;
    enum json_grade grade;
};

/* Looking ahead goes no further than this, so that the whole stays linear. */
enum { REPAIR_LOOK_BYTES = 160, REPAIR_END = -1 };

static inline int repair_byte(const struct repairer *r, size_t at)
{
    return at < r->source.len ? (unsigned char)r->source.ptr[at] : REPAIR_END;
}

static inline bool repair_is_space(int c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

/* The next byte that is no space, REPAIR_LOOK_BYTES ahead at most. */
size_t repair_skip_space(const struct repairer *r, size_t at);
/* `rule` was used on `len` bytes at `at`; past JSON_REPAIR_MAX_EDITS only the count goes on. */
void repair_note(struct repairer *r, enum json_rule rule, size_t at, size_t len);
/* Bytes of a quote at `at` ("\"", "'", a backtick, typographic ones, three in a row); 0: none. */
size_t repair_quote_len(const struct repairer *r, size_t at);
/* Whether a member's key and colon follow at `at`; a known one, if the guide knows. */
bool repair_key_follows(const struct repairer *r, size_t at, bool *is_known);

/* The string at `r->at`, a quote; `expects` says what it is. Leaves `r->at` behind it. `*is_cut`:
 * the source ended first. */
struct str repair_string(struct repairer *r, bool is_key, bool *is_cut);
/* Text without quotes, a view of the source, as a string or a key; `rule` says which. */
struct str repair_bare_text(struct repairer *r, enum json_rule rule, struct str text);
/* The bare token at `r->at` as a value for `shape`. False: there is none to be had. */
bool repair_bare(struct repairer *r, const void *shape, struct node *value);
/* Reads one value at `r->at` and all in it, into `r->root`.
 *
 * ERR_INVALID  nested too deeply */
enum status repair_parse(struct repairer *r) MUST_CHECK;
/* Writes `r->root`, the last of members of one name only. */
struct str repair_write(struct repairer *r);
/* JSON Pointers of all that is cut. */
size_t repair_truncated(struct repairer *r, const struct str **pointers);
