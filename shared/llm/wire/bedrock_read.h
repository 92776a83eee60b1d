/*
 * Reads answers of Bedrock's Converse, whole, and of ConverseStream, message by message, into
 * events. Blocks have indexes of ours, without gaps: those that only Bedrock knows are left out.
 *
 * Source: Amazon Bedrock API Reference, Converse and ConverseStream; the service model
 * bedrock-runtime/2023-09-30 in botocore.
 */
#pragma once

#include "shared/json/json.h"
#include "shared/llm/base/event.h"
#include "shared/llm/wire/eventstream.h"

enum bedrock_block { BEDROCK_NO_BLOCK, BEDROCK_PROSE, BEDROCK_TOOL };

struct bedrock_reader {
    llm_event_fn *emit;
    void *arg;
    bool has_begun, has_finished, is_over;
    enum bedrock_block block; /* the open one */
    bool has_input;           /* of a tool's */
    unsigned index;           /* of the open or the next block */
    int64_t their_index;      /* of the open block */
};

/* ERR_UPSTREAM  not Converse's; or what the receiver returned */
enum status bedrock_read_whole(struct ctx *cx, struct bedrock_reader *r,
                               const struct json *root) MUST_CHECK;
/*
 * One message of a stream, its payload read as JSON. Events of types it does not know are passed
 * over; after metadata, which ends an answer, or an exception everything is.
 */
enum status bedrock_read_event(struct ctx *cx, struct bedrock_reader *r, struct str type,
                               const struct json *payload) MUST_CHECK;
enum status bedrock_read_exception(struct ctx *cx, struct bedrock_reader *r,
                                   struct str type) MUST_CHECK;

/* The class of an exception by its name, "ThrottlingException" in any case; `*known` is the name,
 * or empty. */
enum llm_failure_class bedrock_exception_class(struct str type, int http_status, struct str *known);
