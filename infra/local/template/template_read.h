/*
 * What the parts of the template's reader share: template.c walks the sections, template_function.c
 * reads a function, template_api.c the HTTP API.
 */
#pragma once

#include "infra/local/template/template.h"

struct template_reader {
    struct resolver resolver;
    struct problems *problems;
    const struct template_options *options;
    const struct node *globals;
    struct template *out;
    struct str api_id; /* the one API that routes name; empty until the first */
};

/* A function on its way: its own properties before those of Globals. */
struct function_source {
    struct template_reader *reader;
    const struct node *own, *globals;
    struct function *out;
};

void queue_read(struct template_reader *reader, const struct node *resource);
/* EventInvokeConfig, DeadLetterQueue */
void async_read(const struct function_source *s);
/* An event of type SQS. */
void queue_event_read(const struct function_source *s, const struct node *event);
/* An event of type Schedule, or ScheduleV2, which is EventBridge Scheduler's. */
void template_schedule_read(const struct function_source *f, const struct node *event,
                            bool is_scheduler);
/* AWS::Events::Rule, AWS::Scheduler::Schedule */
void schedule_resource_read(struct template_reader *reader, const struct node *resource);
/* After arns_link. */
void schedules_link(struct template_reader *reader);
/* What names a queue or a function by its ARN finds it, once all of them are read. */
void arns_link(struct template_reader *reader);

void function_read(struct template_reader *reader, const struct node *resource);
void api_read(struct template_reader *reader);
/* A function's event of type Api; the REST API itself, once all events are read. */
void rest_event_read(struct template_reader *reader, const struct function *f,
                     const struct node *event);
void rest_read(struct template_reader *reader);
/* FunctionUrlConfig, if there is one. */
void url_read(struct template_reader *reader, const struct node *config, struct function_url *url);
/* CorsConfiguration of an HTTP API, Cors of a function URL. */
void cors_read(struct template_reader *reader, const struct node *node, struct cors *out);

/* `name` of the resource's Properties, else of the kind's Globals; not resolved. */
const struct node *property_find(const struct node *properties, const struct node *globals,
                                 struct str name);
/* A resolved scalar's text; empty if there is none. */
struct str property_text(struct template_reader *reader, const struct node *node);
/* A resolved whole number in [min, max], or `fallback` if the node is absent; else a problem. */
int64_t property_i64(struct template_reader *reader, const struct node *node, int64_t min,
                     int64_t max, int64_t fallback);
/* A resolved boolean, or `fallback` if the node is absent; else a problem. */
bool property_bool(struct template_reader *reader, const struct node *node, bool fallback);
/* A problem for each member of `map` that `known` does not list; `what` begins the words. */
void properties_known(struct template_reader *reader, const struct node *map, const char *what,
                      const struct str *known, size_t count);
/* Text of each member of a resolved map, added to `vars`; later names replace earlier ones. */
void env_merge(struct env_var *vars, size_t *count, struct str name, struct str value);
