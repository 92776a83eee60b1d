/*
 * One logical request to a model as the engine takes it (llm.h): what to ask, on whose behalf, and
 * within which limits. A face fills it; functions that have no caller's body fill `chat` alone.
 */
#pragma once

#include "shared/json/json.h"
#include "shared/llm/base/chat.h"

/* What a body is written in. Equal on both sides: it is passed through byte for byte. */
enum llm_protocol {
    LLM_PROTOCOL_NONE, /* no body: `chat` alone */
    LLM_PROTOCOL_OPENAI_CHAT,
    LLM_PROTOCOL_OPENAI_RESPONSES,
    LLM_PROTOCOL_OPENAI_EMBEDDINGS,
    LLM_PROTOCOL_ANTHROPIC,
    LLM_PROTOCOL_ANTHROPIC_COUNT, /* count_tokens */
    LLM_PROTOCOL_REPLICATE,
    LLM_PROTOCOL_BEDROCK,
};

/* Replaces the bytes [at, at + len) of a body; `text` is JSON already. In order, not overlapping.
 */
struct llm_edit {
    size_t at, len;
    struct str text;
};

struct llm_request {
    enum llm_protocol protocol;   /* of `body` */
    struct str body;              /* as the caller sent it */
    const struct json *root;      /* of `body` */
    const struct llm_chat *chat;  /* NULL only for embeddings and count_tokens */
    struct str model;             /* as asked for */
    struct str api_version;       /* anthropic-version; empty elsewhere */
    struct str beta;              /* anthropic-beta, checked; empty: none */
    const struct llm_edit *edits; /* what guards change in `body` */
    size_t edit_count;
    bool stream;       /* the caller wants it as it comes */
    bool wants_events; /* no raw bytes, even where the protocols are equal */
    /* What it is for: "general" and the others of ai_request_logs. Only calls that name one count
     * towards the hourly limit of POST /ai-gateway; empty on the other faces. */
    struct str operation, generation_id;
    struct str function;        /* of ours: "ai-gateway", "refiner" */
    struct str idempotency_key; /* empty: none */
    struct str cache_suffix;    /* the caller's own part of the cache key, within its tenant */
    bool no_cache;
    /* A replay's: the call has this id (UUID), and begins at this time; empty and 0: new ones. */
    struct str call_id;
    int64_t started_ms;
    const struct str *resting; /* a replay's, too: "provider/id" of those that rested then */
    size_t resting_count;
    int64_t max_tokens_cap;     /* who asks for more gets this; 0: the model's own alone */
    int64_t max_tokens_default; /* where the request names none; 0: the alias's, then the model's */
};

/*
 * How many tokens each answer may have: its own limit or the default, under the cap; 0: no limit is
 * known. Wires write it into every body, raw ones too, and the hold is sized by it, so that nothing
 * is asked for that was not held.
 */
static inline int64_t llm_request_output_tokens(const struct llm_request *request)
{
    int64_t own = request->chat != NULL ? request->chat->max_tokens : -1;
    int64_t wanted = own >= 0 ? own : request->max_tokens_default;
    bool is_over = request->max_tokens_cap > 0 && (wanted == 0 || wanted > request->max_tokens_cap);
    return is_over && own != 0 ? request->max_tokens_cap : wanted;
}

/* Whether embeddings are asked for in base64, as the official Node client does unless told
 * otherwise; it decodes whatever comes. */
static inline bool llm_request_wants_base64(const struct llm_request *request)
{
    return request->protocol == LLM_PROTOCOL_OPENAI_EMBEDDINGS &&
           str_eq(json_find_str(request->root, STR("encoding_format")), STR("base64"));
}
