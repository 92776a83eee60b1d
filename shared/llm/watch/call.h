/*
 * One finished call to models, as those who watch see it: the log line, metrics, spans. All of it
 * is the engine's to give and stays as it is; nothing here holds a text of a caller's or a
 * provider's, so that nothing made of it can.
 */
#pragma once

#include "shared/llm/llm.h"

struct llm_watched {
    const struct llm_caller *caller;
    const struct llm_request *request;
    const struct llm_outcome *outcome;
    enum status status; /* llm_call's */
};

/* "chat", "embeddings" (gen_ai.operation.name); "count_tokens". */
struct str llm_watched_operation(const struct llm_watched *call);
/* The alias or model's id of our table that was asked for; empty: no such model. */
struct str llm_watched_model(const struct llm_watched *call);
/* The attempt that answered, or the last one; NULL: there was none. */
const struct llm_attempt *llm_watched_attempt(const struct llm_watched *call);
/* "ok"; what failed at the providers ("slow_down"), else the status ("ERR_BUDGET"). */
const char *llm_watched_result(const struct llm_watched *call);

/*
 * One JSON line, "llm_call", INFO: ids, names of ours, counts, times, money. No field holds what a
 * caller or a provider wrote.
 */
void llm_watched_log(const struct ctx *cx, const struct llm_watched *call);
