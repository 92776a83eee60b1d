/*
 * What a call used, in one normal form, and what that costs. The kinds do not overlap: their sum is
 * all that was billed. OpenAI's prompt_tokens contain the cached ones, Anthropic's and Bedrock's
 * input does not; the wires take them apart.
 *
 * Money is integer nano-dollars (1e-9 USD). A price is nano-dollars a token: 1 USD per million
 * tokens is 1,000. An embedding at 0.02 USD per million is 20; what would be a fraction of one
 * (batch halves of odd prices) does not exist in the table.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct llm_usage {
    int64_t input;          /* neither read from a cache nor written to one */
    int64_t cache_write_5m; /* Anthropic's two lifetimes */
    int64_t cache_write_1h;
    int64_t cache_read;
    int64_t output;    /* all of it, reasoning included */
    int64_t reasoning; /* the part of `output` that was thought */
    bool is_known;     /* the provider said so; else counted or guessed by us */
};

static inline int64_t llm_usage_input_all(const struct llm_usage *usage)
{
    return usage->input + usage->cache_write_5m + usage->cache_write_1h + usage->cache_read;
}
