/*
 * JSON Schema, draft 2020-12 and draft 7: a schema is compiled once and then judges values, without
 * allocating while they are valid. Sources: "JSON Schema: A Media Type for Describing JSON
 * Documents" and "JSON Schema Validation", 2020-12; draft-handrews-json-schema-01 (draft 7).
 *
 *   TRY(jsonschema_read(cx, &app->arena, text, NULL, &schema));
 *   TRY(jsonschema_check(cx, schema, value, &result));
 *
 * All keywords of the vocabularies core, applicator, unevaluated and validation; `$schema` chooses
 * the draft, of an embedded resource too, and a meta-schema's `$vocabulary` what counts. Formats
 * are annotations unless asked for (format.h: which). Numbers are exact at any size: 1e400 is an
 * integer, 0.3 a multiple of 0.1. Patterns are shared/pattern's. `content*` are not looked at.
 *
 * Schemas may come from outside: their number of subschemas, the text of their patterns, the steps
 * and the depth of a validation are bounded. No reference leads to the network: what is not in
 * `documents`, and no meta-schema of the two drafts, does not exist.
 */
#pragma once

#include "shared/base/ctx.h"
#include "shared/json/json.h"

enum jsonschema_draft { JSONSCHEMA_2020_12, JSONSCHEMA_DRAFT_7 };

enum {
    JSONSCHEMA_MAX_NODES = 50000,       /* subschemas, all documents together */
    JSONSCHEMA_MAX_DEPTH = 2000,        /* of subschemas within each other, as they are applied */
    JSONSCHEMA_MAX_STEPS = 5000000,     /* of one validation */
    JSONSCHEMA_MAX_SEARCH_US = 2000000, /* on patterns, in one validation */
    JSONSCHEMA_MAX_LOOKS = 20000000,    /* members and items passed on the way of references */
    JSONSCHEMA_MAX_DIVISOR_DIGITS = 37, /* significant ones, of multipleOf */
    JSONSCHEMA_MAX_ERRORS = 32,
};

/* One that references may lead to, by its absolute URI. */
struct jsonschema_document {
    struct str uri;
    const struct json *root;
};

struct jsonschema_options {
    enum jsonschema_draft draft; /* where `$schema` says none */
    bool assert_formats;
    struct str base_uri; /* of the schema, where `$id` says none */
    const struct jsonschema_document *documents;
    size_t document_count;
};

struct jsonschema;

/*
 * Compiles the schema `root`; `arena` holds what is made, and `root`, the documents and their
 * sources must stay as long. `options` may be NULL. A schema serves one thread at a time.
 *
 * ERR_INVALID    no schema: a keyword's value, a pattern, a reference that leads nowhere or back to
 *                itself; the words say which and where, and are public
 * ERR_TOO_LARGE  more than JSONSCHEMA_MAX_NODES, or JSONSCHEMA_MAX_LOOKS
 */
enum status jsonschema_compile(struct ctx *cx, struct arena *arena, const struct json *root,
                               const struct jsonschema_options *options,
                               const struct jsonschema **schema) MUST_CHECK;
/* The same from text, of which `arena` gets a copy. ERR_INVALID too if it is not JSON. */
enum status jsonschema_read(struct ctx *cx, struct arena *arena, struct str text,
                            const struct jsonschema_options *options,
                            const struct jsonschema **schema) MUST_CHECK;

/*
 * One unit of the standard's "basic" output (core section 12.4.2) and a sentence: of words of the
 * schema, never of the value's own.
 */
struct jsonschema_error {
    struct str keyword;                   /* "type"; empty: the schema `false` */
    struct str instance_location;         /* JSON Pointer: "/items/3/name" */
    struct str keyword_location;          /* as it was reached: "/properties/a/$ref/type" */
    struct str absolute_keyword_location; /* where it stands: "https://x.example/s#/$defs/b/type" */
    struct str message;                   /* "must be a string, not null" */
};

/* Points into the arena of the invocation. */
struct jsonschema_result {
    struct jsonschema_error errors[JSONSCHEMA_MAX_ERRORS];
    size_t error_count;
    size_t dropped; /* after the table was full */
};

/*
 * OK             `value` is valid
 * ERR_INVALID    it is not; the words are the first error with its place, and public. `result`,
 *                unless NULL, has them all
 * ERR_TOO_LARGE  it took too many steps, too much depth, or a pattern was too costly: nothing is
 *                known about `value`
 */
enum status jsonschema_check(struct ctx *cx, const struct jsonschema *schema,
                             const struct json *value, struct jsonschema_result *result) MUST_CHECK;

/* "at /items/3: must be a string, not null" */
struct str jsonschema_sentence(struct ctx *cx, const struct jsonschema_error *error);
/* {"valid":false,"errors":[{"keywordLocation":...,"error":...}]}, as the standard writes it. */
void jsonschema_output_write(struct json_writer *w, const struct jsonschema_result *result);
