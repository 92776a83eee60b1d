/*
 * The lines that Lambda writes into a function's log: START, END, REPORT, INIT_REPORT and timeouts.
 * Source: Lambda Developer Guide, "Sending Lambda function logs to CloudWatch Logs"; init time is
 * billed (the same guide, "Lambda runtime environment").
 */
#pragma once

#include "infra/local/base/output.h"
#include "infra/local/template/template.h"

struct report {
    const char *request_id;
    int64_t duration_us;
    int64_t init_us; /* of a cold start; 0: warm */
    int64_t max_memory_mb;
    const char *failure;    /* "timeout" or "error"; NULL: none */
    const char *error_type; /* "Runtime.ExitError"; NULL: none */
};

void report_start(struct output *out, const struct function *f, const char *request_id);
void report_end(struct output *out, const struct function *f, const struct report *report);
/* An init phase that did not come to its end; Lambda then tries again inside the invocation. */
void report_init_failure(struct output *out, const struct function *f, int64_t init_us,
                         const struct report *report);
