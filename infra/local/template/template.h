/*
 * template.yaml, as far as this program plays it: functions, routes, CORS. Everything that it would
 * have to emulate and does not is a problem with its line; support.h has the lists.
 * Source: AWS SAM Developer Guide, "AWS::Serverless::Function", "AWS::Serverless::HttpApi".
 */
#pragma once

#include "infra/local/template/cron.h"
#include "infra/local/template/intrinsics.h"
#include "infra/local/template/route.h"
#include "shared/json/json.h"

enum {
    TEMPLATE_MAX_FUNCTIONS = 64,
    TEMPLATE_MAX_QUEUES = 64,
    TEMPLATE_MAX_SOURCES = 128,
    TEMPLATE_MAX_SCHEDULES = 128,
    TEMPLATE_MAX_ROUTES = 300, /* an HTTP API's quota */
    TEMPLATE_MAX_ENV = 256,
    CONCURRENCY_UNSET = -1,
};

struct env_var {
    struct str name, value;
};

/* Header values ready to send; empty: the header is not sent. */
struct cors {
    bool enabled;
    const struct node *origins; /* a list of scalars, or NULL */
    struct str methods, headers, expose, max_age;
    bool credentials;
};

/* FunctionUrlConfig */
struct function_url {
    bool enabled, streams; /* streams: InvokeMode RESPONSE_STREAM */
    struct cors cors;
};

/* Where a record of an asynchronous event goes. */
enum destination_kind {
    DESTINATION_NONE,
    DESTINATION_FUNCTION,
    DESTINATION_QUEUE,
    DESTINATION_LOGGED, /* a topic, a bus: what would be sent is in the log */
};

struct destination {
    enum destination_kind kind;
    struct str arn;
    const struct function *function;
    const struct queue_config *queue;
    int line;
};

/* EventInvokeConfig and DeadLetterQueue: what becomes of asynchronous events. */
struct async_config {
    int64_t retries, max_age_ms;
    struct destination on_success, on_failure, dead_letter;
};

/* AWS::SQS::Queue */
struct queue_config {
    struct str id, name, arn, url;
    bool is_fifo, dedups_content;
    int64_t visibility_ms, retention_ms, delay_ms, wait_ms, max_message_bytes;
    struct str dead_letter_arn; /* empty: none */
    const struct queue_config *dead_letter;
    int64_t max_receives;
    int line;
};

/* A function's SQS event: messages of a queue, in batches. */
struct queue_source {
    const struct function *function;
    const struct queue_config *queue;
    struct str queue_arn;
    bool enabled, reports_failures;
    int64_t batch_size, window_ms;
    int64_t max_concurrency; /* CONCURRENCY_UNSET: as many as the function may have instances */
    int line;
};

struct function {
    struct str id;   /* logical id: PlanGeneratorFunction */
    struct str slug; /* its folder among the bootstraps: plan-generator */
    struct str name; /* FunctionName, else the logical id */
    struct str arn;
    struct str handler;
    int64_t timeout_ms;
    int64_t memory_mb;
    int64_t concurrency;              /* ReservedConcurrentExecutions or CONCURRENCY_UNSET */
    struct str log_format, log_level; /* LoggingConfig; empty: not given */
    struct env_var *env;
    size_t env_count;
    struct function_url url;
    struct async_config async;
    int line;
};

/* Cors of a REST API: headers of the OPTIONS that SAM adds. Without an origin there is none. */
struct rest_cors {
    struct str origin, methods, headers, max_age, credentials;
};

struct rest_api {
    struct str id; /* empty: the template has none */
    struct str stage;
    struct route routes[TEMPLATE_MAX_ROUTES];
    size_t route_count;
    struct env_var *stage_variables;
    size_t stage_variable_count;
    struct str *binary_types; /* "image/png", or any */
    size_t binary_count;
    struct rest_cors cors;
};

/* An event of type Schedule or ScheduleV2, or a resource that fires a function. */
struct schedule {
    struct str name; /* "PlanGeneratorFunction.Weekly", or the resource's id */
    struct str arn;  /* of the rule or the schedule */
    struct str function_arn;
    const struct function *function;
    struct str text; /* "rate(5 minutes)" */
    struct expression expression;
    const char *zone;
    struct str input; /* JSON; empty: EventBridge's own event */
    bool enabled;
    bool is_scheduler; /* of EventBridge Scheduler, not a rule of EventBridge */
    int line;
};

struct template
{
    struct function functions[TEMPLATE_MAX_FUNCTIONS];
    size_t function_count;
    struct route routes[TEMPLATE_MAX_ROUTES];
    size_t route_count;
    struct queue_config queues[TEMPLATE_MAX_QUEUES];
    size_t queue_count;
    struct queue_source sources[TEMPLATE_MAX_SOURCES];
    size_t source_count;
    struct str stage; /* "$default" or a name */
    struct env_var *stage_variables;
    size_t stage_variable_count;
    struct cors cors;
    struct rest_api rest;
    struct schedule schedules[TEMPLATE_MAX_SCHEDULES];
    size_t schedule_count;
    struct str notes[TEMPLATE_MAX_FUNCTIONS]; /* known, not fired here: schedules of other things */
    size_t note_count;
};

struct template_options {
    const struct override *overrides;
    size_t override_count;
    const struct json *env_vars; /* --env-vars: {"FunctionId": {"K": "V"}, "Parameters": {...}} */
    struct str region, account_id, stack_name;
    struct str endpoint; /* where it will be served, for the URLs of queues: "http://..." */
};

/* Reads a template; what is wrong with it is in `problems`. The result lives in `problems->arena`.
 */
struct template *template_read(struct problems *problems, struct str source,
                               const struct template_options *options);
/* By logical id, name, slug or ARN; NULL: none. */
const struct function *template_find(const struct template *t, struct str name);
/* PlanGeneratorFunction -> plan-generator */
struct str slug_of(struct arena *arena, struct str logical_id);
