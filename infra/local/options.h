/*
 * The command line.
 */
#pragma once

#include "infra/local/source/async.h"
#include "shared/json/json.h"

enum { OPTIONS_MAX_PARAMETERS = 200 }; /* CloudFormation's quota */

enum command { COMMAND_RUN, COMMAND_DOCTOR, COMMAND_INVOKE, COMMAND_FIRE, COMMAND_HELP };

struct options {
    enum command command;
    const char *subject;                   /* what is invoked or fired */
    const char *event_path, *context_path; /* of an invoke; NULL: none */
    const char *template_path;
    const char *bootstraps;
    char address[64];
    unsigned port;
    size_t max_instances;
    int64_t idle_ms;
    int64_t stream_idle_ms;
    struct override parameters[OPTIONS_MAX_PARAMETERS];
    size_t parameter_count;
    const struct json *env_vars; /* NULL: not given */
    struct str region, account_id, stack_name;
    bool quiet;
    bool no_reload;
    int64_t clock_offset_ms; /* of the schedules */
    int64_t retry_ms[ASYNC_RETRIES];
};

/* ERR_INVALID: the words say which option, and what it takes. Values live in `cx->arena` and argv.
 */
enum status options_read(struct ctx *cx, int argc, char *const *argv,
                         struct options *options) MUST_CHECK;
extern const char options_help[];
