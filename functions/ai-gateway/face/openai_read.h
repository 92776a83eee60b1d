/*
 * What the faces of Chat Completions and Responses read in the same way. Not for others.
 */
#pragma once

#include "functions/ai-gateway/face/face.h"
#include "functions/ai-gateway/face/fields.h"

enum {
    OPENAI_MAX_MESSAGES = 100000,
    OPENAI_MAX_PARTS = 10000, /* of one message */
    OPENAI_MAX_TOOLS = 1024,
    OPENAI_MAX_STOPS = 64,
    OPENAI_MAX_CHOICES = 128,
    OPENAI_MAX_OUTPUT_TOKENS = 100000000, /* past any model's limit, and no overflow of money */
    OPENAI_MAX_MODEL_BYTES = 256,
};

/* One request while it is read. */
struct openai_reading {
    struct llm_chat *chat;
    struct buf untranslated; /* "seed, logprobs" */
    struct llm_request *request;
};

/* Takes a member that is there and not null. */
typedef void openai_member_fn(struct ctx *cx, const struct place *at, const struct json *value,
                              struct openai_reading *reading);

struct openai_member {
    const char *name;
    openai_member_fn *read;
};

/*
 * The body as a JSON object, each member given to its row. Those without a row are noted as
 * untranslated, and reach a provider of the same protocol alone.
 *
 * ERR_INVALID  not JSON, not an object, or a member at fault
 */
enum status openai_body_read(struct ctx *cx, struct str body, const struct openai_member *members,
                             size_t member_count, struct openai_reading *reading) MUST_CHECK;

/* Notes what has no place in the neutral form, and whose loss would change the meaning; the first
 * one is told. */
void openai_untranslatable(struct ctx *cx, const struct place *at, struct openai_reading *reading);

/* The required member `role`; "tool" only where tools' results are messages. False: a fault. */
bool openai_role(struct ctx *cx, const struct place *at, const struct json *message,
                 bool takes_tool, enum llm_role *role);

/* "data:image/png;base64,iVBO" becomes its two parts; any other address a `url`. */
void openai_address(struct str address, struct llm_part *part);

/* {"file_data"|"file_url"|"file_id", "filename"} */
void openai_file(struct ctx *cx, const struct place *at, const struct json *file,
                 struct llm_part *part);

/* Arguments of a call, which are JSON in a string; ""  stands for {}. */
struct str openai_arguments(struct ctx *cx, const struct place *at, struct str text,
                            struct openai_reading *reading);

/* name, description, parameters, strict: of the same names wherever they stand. */
void openai_function(struct ctx *cx, const struct place *at, const struct json *function,
                     struct llm_tool *tool);
/* name, schema, strict */
void openai_schema(struct ctx *cx, const struct place *at, const struct json *format,
                   struct openai_reading *reading);
/* "auto", "none", "required"; an object is its protocol's own to read. False: it is no string. */
bool openai_choice_word(struct ctx *cx, const struct place *at, const struct json *value,
                        struct openai_reading *reading);

/* Members that are alike in both. */
openai_member_fn openai_model, openai_stream, openai_temperature, openai_top_p, openai_parallel,
    openai_user, openai_service_tier, openai_ignored;
