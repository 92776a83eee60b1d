#include "runtime/core/env.h"

#include "shared/base/field.h"

#include <stdlib.h>

#define TRACE_NAME "_X_AMZN_TRACE_ID"

enum { MAX_TRACE_ID_BYTES = 1024, MAX_ADDRESS_BYTES = 1024, MAX_SHOWN_BYTES = 100 };

/* "host", "host:port", "[::1]:port". Whether there is such a host is for libcurl to say. */
static bool is_host_and_port(struct str authority)
{
    size_t bracket = str_find_char(authority, ']');
    struct str rest = str_slice(authority, bracket == SIZE_MAX ? 0 : bracket, authority.len);
    size_t colon = str_find_char(rest, ':');
    int64_t port = 0;
    if (colon == SIZE_MAX) {
        return authority.len > 0;
    }
    return colon > 0 && str_to_i64(str_slice(rest, colon + 1, rest.len), &port) && port > 0 &&
           port <= UINT16_MAX;
}

/* Blanks and control characters would end the request line early. */
static bool is_address(struct str value)
{
    return value.len <= MAX_ADDRESS_BYTES && field_is_visible(value) &&
           is_host_and_port(str_slice(value, 0, str_find_char(value, '/')));
}

enum status env_read(struct ctx *cx, struct env *env)
{
    struct str stream_http = str_from_cstr(getenv("CLAMBDA_STREAM_HTTP"));
    *env = (struct env){
        .runtime_api = str_from_cstr(getenv("AWS_LAMBDA_RUNTIME_API")),
        .task_root = str_from_cstr(getenv("LAMBDA_TASK_ROOT")),
        .max_concurrency = str_from_cstr(getenv("AWS_LAMBDA_MAX_CONCURRENCY")),
        .stream_http = str_eq(stream_http, STR("1")),
        .stream_urls = str_eq(stream_http, STR("url")),
    };
    if (env->runtime_api.len == 0) {
        return fail(
            cx, ERR_INVALID,
            "AWS_LAMBDA_RUNTIME_API is not set: this program is started by AWS Lambda or by "
            "an emulator of it; by hand, for one event: --invoke event.json");
    }
    if (!is_address(env->runtime_api)) {
        return fail(cx, ERR_INVALID,
                    "AWS_LAMBDA_RUNTIME_API is not of the form host:port: \"" STR_FMT "\"",
                    STR_ARG(str_slice(env->runtime_api, 0, MAX_SHOWN_BYTES)));
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
