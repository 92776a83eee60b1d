/*
 * What Anthropic's wire and the face that speaks its protocol share: versions and words.
 *
 * Source: platform.claude.com/docs/en/api/messages, /streaming, /errors, /versioning and
 * /migration-2026-10-21; the types of @anthropic-ai/sdk 1.14.0.
 */
#pragma once

#include "shared/llm/base/event.h"

/* The two that callers may use; under the newer one sampling parameters are refused, and the key
 * travels as a bearer token. */
#define ANTHROPIC_VERSION_2023 "2023-06-01"
#define ANTHROPIC_VERSION_2026 "2026-10-21"

bool anthropic_version_is_known(struct str version);

/* "end_turn" ... of an answer that ended so; OpenAI's content filter is a refusal here. */
struct str anthropic_stop_reason(enum llm_finish finish);
/* A reason that is not known, for new ones may come, ends an answer as LLM_FINISH_STOP does. */
enum llm_finish anthropic_finish(struct str stop_reason);

/* "invalid_request_error" ... as Anthropic answers with this HTTP status. */
struct str anthropic_error_type(int http_status);
/* The class of an error by its type, where no status tells it: in a stream. `*known` is the type,
 * or empty: it is none of those. */
enum llm_failure_class anthropic_error_class(struct str type, struct str *known);
