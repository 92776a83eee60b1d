/*
 * One request to a chat model, whatever protocol it came in: what a face reads a caller's body into
 * and what a wire writes a provider's body from. Plain data; every view points into the caller's
 * body, its JSON tree, or the arena. Nothing is decided here.
 *
 * Numbers keep the text they were written with, so that 0.30 is not 0.299999 on the other side.
 */
#pragma once

#include "shared/base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum llm_role { LLM_SYSTEM, LLM_USER, LLM_ASSISTANT, LLM_TOOL };

enum llm_part_kind {
    LLM_PART_TEXT,        /* text */
    LLM_PART_REFUSAL,     /* text: what a model said instead of an answer */
    LLM_PART_THINKING,    /* text, signature */
    LLM_PART_REDACTED,    /* json: Anthropic's redacted_thinking block, as written */
    LLM_PART_IMAGE,       /* url, or media_type and data */
    LLM_PART_DOCUMENT,    /* the same, or text: plain; and name: its title */
    LLM_PART_TOOL_CALL,   /* id, name, json: the arguments, an object as written */
    LLM_PART_TOOL_RESULT, /* id, is_error, parts */
    LLM_PART_OTHER,       /* json: a block that only its own protocol knows; name: its type */
};

struct llm_part {
    enum llm_part_kind kind;
    bool is_error;
    struct str text;
    struct str media_type, data; /* image/png; base64 as written */
    struct str url;
    struct str id, name;
    struct str json;
    struct str signature;
    struct str cache_control;     /* as written, {"type":"ephemeral"}; empty: none */
    const struct llm_part *parts; /* of a tool's result: text and images */
    size_t part_count;
};

/* Turns are as the caller wrote them: neither merged nor reordered. */
struct llm_message {
    enum llm_role role;
    const struct llm_part *parts;
    size_t part_count;
};

struct llm_tool {
    struct str name, description;
    struct str schema; /* JSON Schema of its arguments, an object as written; empty: none given */
    bool strict;
    struct str cache_control;
};

enum llm_tool_choice {
    LLM_TOOLS_UNSET,
    LLM_TOOLS_AUTO,
    LLM_TOOLS_NONE,
    LLM_TOOLS_ANY,
    LLM_TOOLS_ONE
};

enum llm_format { LLM_FORMAT_TEXT, LLM_FORMAT_JSON, LLM_FORMAT_SCHEMA };

struct llm_chat {
    struct str model;                   /* as asked for: an alias or a model's id */
    const struct llm_message *messages; /* system turns are among them, where they stood */
    size_t message_count;
    const struct llm_tool *tools;
    size_t tool_count;
    enum llm_tool_choice tool_choice;
    struct str tool_name;                 /* LLM_TOOLS_ONE */
    bool no_parallel_tools;               /* one tool call a turn at most */
    int64_t max_tokens;                   /* of the answer; -1: not given */
    struct str temperature, top_p, top_k; /* numbers as written; empty: not given */
    const struct str *stops;
    size_t stop_count;
    enum llm_format format;
    struct str schema_name, schema; /* LLM_FORMAT_SCHEMA: JSON Schema as written */
    bool schema_is_strict;
    struct str effort;       /* minimal, low, medium, high ...; empty: not given */
    int64_t thinking_budget; /* tokens; -1: not given */
    struct str user;         /* the caller's own id of its user; opaque */
    bool stream;
    bool stream_usage; /* OpenAI chat: a last chunk with usage was asked for */
    int64_t choices;   /* OpenAI's n: answers to the one prompt; 0: not given. Each may have
                          `max_tokens`. Other protocols have no such thing, and refuse more than 1 */
    /* Members of the body that have no place here, "seed, logprobs": a wire that translates adds
     * them to what it dropped. */
    struct str untranslated;
    /* The path of a member whose loss would change the meaning, "tools[0].type": who translates
     * refuses it (chat_check). Empty: none. */
    struct str untranslatable;
};
