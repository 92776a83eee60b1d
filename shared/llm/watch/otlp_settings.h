/*
 * What otlp.h's variables say. Nobody but otlp.c includes it.
 */
#pragma once

#include "shared/base/ctx.h"
#include "shared/http/http.h"
#include "shared/llm/watch/otlp.h"

struct otlp_settings {
    struct arena *arena; /* where they are kept; set by whoever reads them */
    struct str url;
    struct http_field fields[OTLP_MAX_HEADERS + 1];
    size_t field_count;
    struct str resource; /* its attributes: JSON */
    int64_t timeout_ms, delay_ms;
};

/* Whether there is an endpoint, and nobody has switched it off. */
bool otlp_is_wanted(void);

/*
 * ERR_INTERNAL  a variable is at fault; the words name it, never its value
 */
enum status otlp_settings_read(struct ctx *cx, struct otlp_settings *settings) MUST_CHECK;
