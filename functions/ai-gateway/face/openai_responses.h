/*
 * What a Responses answer consists of. Not for others.
 *
 * Source: OpenAI API reference, "The response object", "Streaming events"; the accumulator of the
 * official Node client 6.49, which wants every event in its place.
 */
#pragma once

#include "functions/ai-gateway/face/answer.h"
#include "functions/ai-gateway/face/openai_write.h"

enum { OPENAI_MAX_ITEM_ID_BYTES = 64 };

/* What all of an answer's events are written from. */
struct openai_response {
    const struct llm_request *request;
    const struct answer *answer;
    struct str id, hex; /* "resp_2f6c...", and what it is made of */
    int64_t created_s;
};

/* Thoughts do not leave by this face: their next turn would have to be the same provider's. */
bool openai_is_item(const struct answer_block *block);

/* Where among the items it stands, from 0. */
int64_t openai_item_index(const struct openai_response *response, const struct answer_block *block);

/* "msg_2f6c..._0" */
struct str openai_item_id(const struct openai_response *response, const struct answer_block *block,
                          char out[static OPENAI_MAX_ITEM_ID_BYTES]);

/* One item: empty while it is in progress, else with all it has. */
void openai_item_write(struct json_writer *w, const struct openai_response *response,
                       const struct answer_block *block, bool is_done);

/* A message's one part, the same. */
void openai_item_part_write(struct json_writer *w, const struct answer_block *block, bool is_done);

enum openai_response_state { OPENAI_IN_PROGRESS, OPENAI_DONE, OPENAI_FAILED };

/* The whole object; `error_words` are public, of one that failed. Items and usage are left out
 * while it is in progress. */
void openai_response_write(struct json_writer *w, const struct openai_response *response,
                           enum openai_response_state state, const char *error_words);
