/*
 * The environment variables between Lambda and its runtime. Source: AWS Lambda Developer Guide,
 * "configuration-envvars".
 */
#pragma once

#include "shared/base/ctx.h"

struct env {
    struct str runtime_api;     /* host:port, opaque: an emulator may put a path behind it */
    struct str task_root;       /* where the function's files are; may be empty */
    struct str max_concurrency; /* AWS_LAMBDA_MAX_CONCURRENCY; empty: one event at a time */
    bool stream_http;           /* CLAMBDA_STREAM_HTTP is 1 */
    bool stream_urls;           /* it is "url" */
};

/*
 * Reads what the runtime needs; views of the environment.
 *
 * ERR_INVALID  AWS_LAMBDA_RUNTIME_API is not set or is not an address
 */
enum status env_read(struct ctx *cx, struct env *env) MUST_CHECK;

/*
 * Sets _X_AMZN_TRACE_ID, which Lambda leaves to the runtime; empty removes it. For a process with
 * one event at a time: the environment is everybody's. Allocates nothing, so no leak per event, as
 * setenv(3) would; an id of more than 1 KiB is not set.
 */
void env_set_trace_id(struct str trace_id);
