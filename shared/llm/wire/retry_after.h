/*
 * How long a provider asks to be left alone, from all the places where providers say so.
 *
 * Sources: RFC 9110 sections 10.2.3 (Retry-After) and 5.6.7 (dates, the preferred form); the
 * official clients of OpenAI and Anthropic (`retry-after-ms`); error texts as seen: "Please try
 * again in 1.2s" (OpenAI), "resets in ~30s" (Replicate).
 */
#pragma once

#include "shared/http/http.h"

enum { RETRY_AFTER_MAX_MS = 24 * 60 * 60 * 1000 };

/*
 * Milliseconds from `now_ms` (Unix epoch): `retry-after-ms`, else `retry-after` (seconds, fractions
 * too, or a date), else `text`, the words of the error. A time that has passed is 0, more than
 * RETRY_AFTER_MAX_MS is that; -1: nothing was said that we understand.
 */
int64_t retry_after_ms(const struct http_response *res, struct str text, int64_t now_ms);

/* Of words alone: "try again in 6m0s", "after 20 seconds", "in ~30s", "in 350ms"; -1: none. */
int64_t retry_after_in_text(struct str text);
