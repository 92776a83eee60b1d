/*
 * The model gateway: OpenAI's and Anthropic's protocols and the one of old, each over any provider.
 * docs/ai-gateway.md is its manual.
 */
#pragma once

#include "functions/endpoint/endpoint.h"

extern const struct endpoint ai_gateway;
