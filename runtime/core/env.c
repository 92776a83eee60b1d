#include "runtime/core/env.h"

#include "shared/base/field.h"

#include <stdlib.h>

#define TRACE_NAME "_X_AMZN_TRACE_ID"

enum { MAX_TRACE_ID_BYTES = 1024, MAX_ADDRESS_BYTES = 1024 };

/* Blanks and control characters would end the request line early. */
static bool is_address(struct str value)
{
    return value.len > 0 && value.len <= MAX_ADDRESS_BYTES && field_is_visible(value);
}

enum status env_read(struct ctx *cx, struct env *env)
{
    *env = (struct env){
        .runtime_api = str_from_cstr(getenv("AWS_LAMBDA_RUNTIME_API")),
        .task_root = str_from_cstr(getenv("LAMBDA_TASK_ROOT")),
        .max_concurrency = str_from_cstr(getenv("AWS_LAMBDA_MAX_CONCURRENCY")),
        .stream_http = str_eq(str_from_cstr(getenv("CLAMBDA_STREAM_HTTP")), STR("1")),
    };
    if (env->runtime_api.len == 0) {
        return fail(
            cx, ERR_INVALID,
            "AWS_LAMBDA_RUNTIME_API is not set: this program is started by AWS Lambda or by "
            "an emulator of it; by hand, for one event: --invoke event.json");
    }
    if (!is_address(env->runtime_api)) {
        return fail(cx, ERR_INVALID, "AWS_LAMBDA_RUNTIME_API is not of the form host:port");
    }
    return OK;
}

void env_set_trace_id(struct str trace_id)
{
    /* The environment holds this very block (putenv(3)), so that a new id is written in place. */
    static char entry[sizeof TRACE_NAME "=" + MAX_TRACE_ID_BYTES] = TRACE_NAME "=";
    static bool is_set;
    char *value = entry + sizeof TRACE_NAME;
    bool fits = trace_id.len > 0 && str_to_cstr(trace_id, value, MAX_TRACE_ID_BYTES + 1);
    if (fits && !is_set) {
        is_set = putenv(entry) == 0;
    } else if (!fits) {
        (void)unsetenv(TRACE_NAME);
        is_set = false;
    }
}
