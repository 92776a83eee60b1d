/*
 * Schedules of the template, as events of a function and as resources. Source: SAM "Schedule",
 * "ScheduleV2"; CloudFormation "AWS::Events::Rule", "AWS::Scheduler::Schedule".
 */
#include "infra/local/template/template_read.h"

#include "infra/local/template/zone.h"
#include "shared/json/json.h"

/* Where a schedule is told in the template: each kind has its own names for the same things. */
struct schedule_source {
    struct template_reader *reader;
    const struct node *node, *properties, *target; /* target: with Input, RetryPolicy */
    const char *expression;
    bool is_scheduler; /* EventBridge Scheduler, not a rule of EventBridge */
};

static const struct str rule_properties[] = {
    STR_INIT("Schedule"), STR_INIT("Name"),  STR_INIT("Description"), STR_INIT("Enabled"),
    STR_INIT("State"),    STR_INIT("Input"), STR_INIT("RetryPolicy"), STR_INIT("DeadLetterConfig"),
    STR_INIT("RoleArn"),
};

static const struct str scheduler_properties[] = {
    STR_INIT("ScheduleExpression"),
    STR_INIT("ScheduleExpressionTimezone"),
    STR_INIT("State"),
    STR_INIT("Input"),
    STR_INIT("Name"),
    STR_INIT("GroupName"),
    STR_INIT("Description"),
    STR_INIT("RetryPolicy"),
    STR_INIT("Target"),
    /* No difference on one machine. */
    STR_INIT("FlexibleTimeWindow"),
    STR_INIT("DeadLetterConfig"),
    STR_INIT("KmsKeyArn"),
    STR_INIT("OmitName"),
    STR_INIT("PermissionsBoundary"),
    STR_INIT("RoleArn"),
};

static bool is_enabled(const struct schedule_source *s)
{
    const struct node *state = node_find(s->properties, STR("State"));
    struct str text = property_text(s->reader, state);
    if (text.len == 0) {
        return property_bool(s->reader, node_find(s->properties, STR("Enabled")), true);
    }
    if (!str_has_prefix(text, STR("ENABLED")) && !str_eq(text, STR("DISABLED"))) {
        problem_add(s->reader->problems, state->line, "State must be ENABLED or DISABLED");
    }
    return str_has_prefix(text, STR("ENABLED"));
}

/* The event is delivered at once, so what they hold beyond their limits changes nothing here. */
static void retry_check(const struct schedule_source *s)
{
    const struct node *policy =
        node_resolve(&s->reader->resolver, node_find(s->target, STR("RetryPolicy")));
    (void)property_i64(s->reader, node_find(policy, STR("MaximumRetryAttempts")), 0, 185, 0);
    (void)property_i64(s->reader, node_find(policy, STR("MaximumEventAgeInSeconds")), 60, 86400,
                       60);
}

static struct str input_read(const struct schedule_source *s)
{
    const struct node *node = node_find(s->target, STR("Input"));
    struct str input = property_text(s->reader, node);
    struct ctx cx = {.arena = s->reader->problems->arena};
    const struct json *root = NULL;
    if (input.len > 0 && json_read(&cx, input, NULL, &root) != OK) {
        problem_add(s->reader->problems, node->line, "Input: %s", cx.err.text);
    }
    return input;
}

static void expression_fill(const struct schedule_source *s, struct schedule *out)
{
    struct ctx cx = {.arena = s->reader->problems->arena};
    const struct node *node = node_find(s->properties, str_from_cstr(s->expression));
    const struct node *zone = node_find(s->properties, STR("ScheduleExpressionTimezone"));
    struct str name = property_text(s->reader, zone);
    out->text = property_text(s->reader, node);
    if (expression_read(&cx, out->text, &out->expression) != OK) {
        problem_add(s->reader->problems, node != NULL ? node->line : s->node->line, "%s: %s",
                    s->expression, cx.err.text);
    } else if (out->expression.kind == SCHEDULE_AT && !s->is_scheduler) {
        problem_add(s->reader->problems, node->line, "at() is for EventBridge Scheduler only");
    }
    out->zone = name.len > 0 ? arena_cstr_copy(cx.arena, name) : "UTC";
    if (name.len > 0 && zone_check(&cx, name) != OK) {
        problem_add(s->reader->problems, zone->line, "%s", cx.err.text);
    }
}

static struct str arn_of(const struct schedule_source *s, struct str fallback)
{
    const struct resolver *r = &s->reader->resolver;
    struct str name = property_text(s->reader, node_find(s->properties, STR("Name")));
    struct str group = property_text(s->reader, node_find(s->properties, STR("GroupName")));
    name = name.len > 0 ? name : fallback;
    if (!s->is_scheduler) {
        return arena_format(r->arena, "arn:aws:events:" STR_FMT ":" STR_FMT ":rule/" STR_FMT,
                            STR_ARG(r->region), STR_ARG(r->account_id), STR_ARG(name));
    }
    return arena_format(r->arena,
                        "arn:aws:scheduler:" STR_FMT ":" STR_FMT ":schedule/" STR_FMT "/" STR_FMT,
                        STR_ARG(r->region), STR_ARG(r->account_id),
                        STR_ARG(group.len > 0 ? group : STR("default")), STR_ARG(name));
}

/* NULL: there is no room, which is a problem. `name` is what `fire` calls it. */
static struct schedule *schedule_add(const struct schedule_source *s, struct str name,
                                     struct str fallback)
{
    struct template *t = s->reader->out;
    if (t->schedule_count == TEMPLATE_MAX_SCHEDULES) {
        problem_add(s->reader->problems, s->node->line, "more than %d schedules",
                    (int)TEMPLATE_MAX_SCHEDULES);
        return NULL;
    }
    struct schedule *out = &t->schedules[t->schedule_count++];
    *out = (struct schedule){
        .name = name,
        .arn = arn_of(s, fallback),
        .is_scheduler = s->is_scheduler,
        .enabled = is_enabled(s),
        .input = input_read(s),
        .line = s->node->line,
    };
    retry_check(s);
    expression_fill(s, out);
    return out;
}

void template_schedule_read(const struct function_source *f, const struct node *event,
                            bool is_scheduler)
{
    struct arena *arena = f->reader->problems->arena;
    const struct node *own = node_find(event, STR("Properties"));
    const struct schedule_source s = {
        .reader = f->reader,
        .node = event,
        .properties = own,
        .target = own,
        .expression = is_scheduler ? "ScheduleExpression" : "Schedule",
        .is_scheduler = is_scheduler,
    };
    if (is_scheduler) {
        properties_known(f->reader, own, "a ScheduleV2 event", scheduler_properties,
                         ARRAY_LEN(scheduler_properties));
    } else {
        properties_known(f->reader, own, "a Schedule event", rule_properties,
                         ARRAY_LEN(rule_properties));
    }
    struct schedule *out = schedule_add(
        &s, arena_format(arena, STR_FMT "." STR_FMT, STR_ARG(f->out->id), STR_ARG(event->key)),
        arena_format(arena, STR_FMT STR_FMT, STR_ARG(f->out->id), STR_ARG(event->key)));
    if (out != NULL) {
        out->function = f->out;
    }
}

/* A target that is no function of the template is for AWS to reach. */
static void target_add(struct schedule_source *s, const struct node *target, struct str name)
{
    struct template *t = s->reader->out;
    s->target = target;
    struct str arn = property_text(s->reader, node_find(target, STR("Arn")));
    if (str_find(arn, STR(":lambda:")) == SIZE_MAX) {
        if (t->note_count < ARRAY_LEN(t->notes)) {
            t->notes[t->note_count++] = arena_format(s->reader->problems->arena,
                                                     STR_FMT " -> " STR_FMT " is not fired here",
                                                     STR_ARG(name), STR_ARG(arn));
        }
        return;
    }
    struct schedule *out = schedule_add(s, name, name);
    if (out != NULL) {
        out->function_arn = arn;
    }
}

void schedule_resource_read(struct template_reader *reader, const struct node *resource)
{
    const struct node *type = node_find(resource, STR("Type"));
    bool is_scheduler = str_eq(type->text, STR("AWS::Scheduler::Schedule"));
    const struct node *own = node_find(resource, STR("Properties"));
    struct schedule_source s = {
        .reader = reader,
        .node = resource,
        .properties = own,
        .expression = "ScheduleExpression",
        .is_scheduler = is_scheduler,
    };
    if (is_scheduler) {
        properties_known(reader, own, "a schedule", scheduler_properties,
                         ARRAY_LEN(scheduler_properties));
        target_add(&s, node_resolve(&reader->resolver, node_find(own, STR("Target"))),
                   resource->key);
        return;
    }
    if (node_find(own, STR("ScheduleExpression")) == NULL) {
        return; /* a rule about events of a bus */
    }
    const struct node *targets = node_resolve(&reader->resolver, node_find(own, STR("Targets")));
    NODE_EACH(target, targets)
    {
        struct str id = property_text(reader, node_find(target, STR("Id")));
        target_add(&s, target,
                   targets->count == 1 ? resource->key
                                       : arena_format(reader->problems->arena, STR_FMT "." STR_FMT,
                                                      STR_ARG(resource->key), STR_ARG(id)));
    }
}

void schedules_link(struct template_reader *reader)
{
    struct template *t = reader->out;
    for (size_t i = 0; i < t->schedule_count; i++) {
        struct schedule *schedule = &t->schedules[i];
        if (schedule->function == NULL) {
            schedule->function = template_find(t, schedule->function_arn);
        }
        if (schedule->function == NULL) {
            problem_add(reader->problems, schedule->line,
                        STR_FMT " is no function of this template",
                        STR_ARG(schedule->function_arn));
        }
    }
}
