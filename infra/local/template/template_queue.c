/*
 * Queues of the template, what reads from them, and where asynchronous events end. Source:
 * CloudFormation "AWS::SQS::Queue"; SAM "SQS", "EventInvokeConfiguration", "DeadLetterQueue";
 * Lambda Developer Guide, "Using Lambda with Amazon SQS", "Asynchronous invocation".
 */
#include "infra/local/template/template_read.h"

#include "shared/json/json.h"

enum {
    MAX_QUEUE_NAME = 80,
    MAX_VISIBILITY_S = 43200,
    MAX_RETENTION_S = 1209600,
    MAX_DELAY_S = 900,
    MAX_WAIT_S = 20,
    MAX_RECEIVES = 1000,
    MAX_MESSAGE_BYTES = 1048576,
    MAX_BATCH = 10000,
    MAX_FIFO_BATCH = 10,
    MAX_WINDOW_S = 300,
    MAX_CONCURRENCY = 1000,
    MAX_RETRIES = 2,
    MAX_AGE_S = 21600,
};

/* ---- AWS::SQS::Queue ------------------------------------------------------------------------- */

static const struct str queue_properties[] = {
    STR_INIT("QueueName"),
    STR_INIT("FifoQueue"),
    STR_INIT("ContentBasedDeduplication"),
    STR_INIT("VisibilityTimeout"),
    STR_INIT("MessageRetentionPeriod"),
    STR_INIT("DelaySeconds"),
    STR_INIT("ReceiveMessageWaitTimeSeconds"),
    STR_INIT("MaximumMessageSize"),
    STR_INIT("RedrivePolicy"),
    /* No difference on one machine. */
    STR_INIT("RedriveAllowPolicy"),
    STR_INIT("KmsMasterKeyId"),
    STR_INIT("KmsDataKeyReusePeriodSeconds"),
    STR_INIT("SqsManagedSseEnabled"),
    STR_INIT("Tags"),
};

static bool name_is_good(const struct queue_config *queue)
{
    struct str stem = queue->name;
    bool has_suffix = str_has_suffix(stem, STR(".fifo"));
    stem.len -= has_suffix ? STR(".fifo").len : 0;
    bool good = stem.len > 0 && queue->name.len <= MAX_QUEUE_NAME && has_suffix == queue->is_fifo;
    for (size_t i = 0; i < stem.len && good; i++) {
        char c = stem.ptr[i];
        good = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
               c == '_' || c == '-';
    }
    return good;
}

static void redrive_read(struct template_reader *reader, const struct node *policy,
                         struct queue_config *out)
{
    const struct node *value = node_resolve(&reader->resolver, policy);
    if (node_is_null(value)) {
        return;
    }
    out->dead_letter_arn = property_text(reader, node_find(value, STR("deadLetterTargetArn")));
    out->max_receives =
        property_i64(reader, node_find(value, STR("maxReceiveCount")), 1, MAX_RECEIVES, 0);
    if (out->dead_letter_arn.len == 0 || out->max_receives == 0) {
        problem_add(reader->problems, policy->line,
                    "RedrivePolicy needs deadLetterTargetArn and maxReceiveCount");
        out->dead_letter_arn = (struct str){0};
    }
}

void queue_read(struct template_reader *reader, const struct node *resource)
{
    struct template *t = reader->out;
    const struct node *own = node_find(resource, STR("Properties"));
    if (t->queue_count == TEMPLATE_MAX_QUEUES) {
        problem_add(reader->problems, resource->line, "more than %d queues",
                    (int)TEMPLATE_MAX_QUEUES);
        return;
    }
    struct queue_config *out = &t->queues[t->queue_count++];
    properties_known(reader, own, "a queue", queue_properties, ARRAY_LEN(queue_properties));
    *out = (struct queue_config){
        .id = resource->key,
        .name = queue_name(&reader->resolver, resource),
        .arn = queue_arn(&reader->resolver, resource),
        .url = queue_url(&reader->resolver, resource),
        .is_fifo = property_bool(reader, node_find(own, STR("FifoQueue")), false),
        .dedups_content =
            property_bool(reader, node_find(own, STR("ContentBasedDeduplication")), false),
        .visibility_ms = property_i64(reader, node_find(own, STR("VisibilityTimeout")), 0,
                                      MAX_VISIBILITY_S, 30) *
                         1000,
        .retention_ms = property_i64(reader, node_find(own, STR("MessageRetentionPeriod")), 60,
                                     MAX_RETENTION_S, 345600) *
                        1000,
        .delay_ms =
            property_i64(reader, node_find(own, STR("DelaySeconds")), 0, MAX_DELAY_S, 0) * 1000,
        .wait_ms = property_i64(reader, node_find(own, STR("ReceiveMessageWaitTimeSeconds")), 0,
                                MAX_WAIT_S, 0) *
                   1000,
        .max_message_bytes = property_i64(reader, node_find(own, STR("MaximumMessageSize")), 1024,
                                          MAX_MESSAGE_BYTES, MAX_MESSAGE_BYTES),
        .line = resource->line,
    };
    redrive_read(reader, node_find(own, STR("RedrivePolicy")), out);
    if (!name_is_good(out)) {
        problem_add(reader->problems, resource->line,
                    "a queue's name has 1 to 80 letters, digits, hyphens and underscores, and ends "
                    "in .fifo if FifoQueue is true, only then");
    }
    if (out->dedups_content && !out->is_fifo) {
        problem_add(reader->problems, resource->line,
                    "ContentBasedDeduplication is for a FIFO queue");
    }
}

/* ---- a function's SQS event ------------------------------------------------------------------ */

static const struct str source_properties[] = {
    STR_INIT("Queue"),
    STR_INIT("BatchSize"),
    STR_INIT("MaximumBatchingWindowInSeconds"),
    STR_INIT("Enabled"),
    STR_INIT("FunctionResponseTypes"),
    STR_INIT("ScalingConfig"),
};

static bool failures_are_reported(struct template_reader *reader, const struct node *types)
{
    bool reports = false;
    const struct node *list = node_resolve(&reader->resolver, types);
    NODE_EACH(type, list)
    {
        if (str_eq(type->text, STR("ReportBatchItemFailures"))) {
            reports = true;
        } else {
            problem_add(reader->problems, types->line,
                        "FunctionResponseTypes may hold ReportBatchItemFailures only");
        }
    }
    return reports;
}

void queue_event_read(const struct function_source *s, const struct node *event)
{
    struct template_reader *reader = s->reader;
    struct template *t = reader->out;
    const struct node *own = node_find(event, STR("Properties"));
    if (t->source_count == TEMPLATE_MAX_SOURCES) {
        problem_add(reader->problems, event->line, "more than %d SQS events",
                    (int)TEMPLATE_MAX_SOURCES);
        return;
    }
    properties_known(reader, own, "an SQS event", source_properties, ARRAY_LEN(source_properties));
    const struct node *scaling =
        node_resolve(&reader->resolver, node_find(own, STR("ScalingConfig")));
    t->sources[t->source_count++] = (struct queue_source){
        .function = s->out,
        .queue_arn = property_text(reader, node_find(own, STR("Queue"))),
        .enabled = property_bool(reader, node_find(own, STR("Enabled")), true),
        .reports_failures =
            failures_are_reported(reader, node_find(own, STR("FunctionResponseTypes"))),
        .batch_size = property_i64(reader, node_find(own, STR("BatchSize")), 1, MAX_BATCH, 10),
        .window_ms = property_i64(reader, node_find(own, STR("MaximumBatchingWindowInSeconds")), 0,
                                  MAX_WINDOW_S, 0) *
                     1000,
        .max_concurrency = property_i64(reader, node_find(scaling, STR("MaximumConcurrency")), 2,
                                        MAX_CONCURRENCY, CONCURRENCY_UNSET),
        .line = event->line,
    };
}

/* What Lambda refuses when the mapping is made. */
static void source_check(struct template_reader *reader, const struct queue_source *source)
{
    const struct queue_config *queue = source->queue;
    if (queue->visibility_ms < source->function->timeout_ms) {
        problem_add(reader->problems, source->line,
                    "the VisibilityTimeout of " STR_FMT
                    ", %lld s, is less than the Timeout of " STR_FMT
                    ", %lld s: Lambda refuses that",
                    STR_ARG(queue->id), (long long)queue->visibility_ms / 1000,
                    STR_ARG(source->function->id), (long long)source->function->timeout_ms / 1000);
    }
    if (queue->is_fifo && (source->batch_size > MAX_FIFO_BATCH || source->window_ms > 0)) {
        problem_add(reader->problems, source->line,
                    "a FIFO queue takes a BatchSize of at most 10 and no batching window");
    }
    if (!queue->is_fifo && source->batch_size > MAX_FIFO_BATCH && source->window_ms == 0) {
        problem_add(reader->problems, source->line,
                    "a BatchSize over 10 needs MaximumBatchingWindowInSeconds of at least 1");
    }
}

/* ---- where asynchronous events end ----------------------------------------------------------- */

static struct destination destination_read(const struct function_source *s, const struct node *node,
                                           const char *arn_name)
{
    static const struct {
        struct str type;
        enum destination_kind kind;
    } kinds[] = {
        {STR_INIT("SQS"), DESTINATION_QUEUE},       {STR_INIT("Lambda"), DESTINATION_FUNCTION},
        {STR_INIT("SNS"), DESTINATION_LOGGED},      {STR_INIT("EventBridge"), DESTINATION_LOGGED},
        {STR_INIT("S3Bucket"), DESTINATION_LOGGED},
    };
    struct template_reader *reader = s->reader;
    struct destination out = {0};
    if (node_is_null(node)) {
        return out;
    }
    struct str type = property_text(reader, node_find(node, STR("Type")));
    out.arn = property_text(reader, node_find(node, str_from_cstr(arn_name)));
    out.line = node->line;
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        out.kind = str_eq(type, kinds[i].type) ? kinds[i].kind : out.kind;
    }
    if (out.kind == DESTINATION_NONE || out.arn.len == 0) {
        problem_add(reader->problems, node->line,
                    STR_FMT " needs a Type (SQS, SNS, Lambda, EventBridge, S3Bucket) and a %s",
                    STR_ARG(node->key), arn_name);
        out.kind = DESTINATION_NONE;
    }
    return out;
}

void async_read(const struct function_source *s)
{
    struct template_reader *reader = s->reader;
    const struct node *config = node_resolve(
        &reader->resolver, property_find(s->own, s->globals, STR("EventInvokeConfig")));
    const struct node *dead_letter =
        node_resolve(&reader->resolver, property_find(s->own, s->globals, STR("DeadLetterQueue")));
    const struct node *destinations = node_find(config, STR("DestinationConfig"));
    s->out->async = (struct async_config){
        .retries = property_i64(reader, node_find(config, STR("MaximumRetryAttempts")), 0,
                                MAX_RETRIES, MAX_RETRIES),
        .max_age_ms = property_i64(reader, node_find(config, STR("MaximumEventAgeInSeconds")), 60,
                                   MAX_AGE_S, MAX_AGE_S) *
                      1000,
        .on_success = destination_read(s, node_find(destinations, STR("OnSuccess")), "Destination"),
        .on_failure = destination_read(s, node_find(destinations, STR("OnFailure")), "Destination"),
        .dead_letter = destination_read(s, dead_letter, "TargetArn"),
    };
}

/* ---- names ----------------------------------------------------------------------------------- */

static const struct queue_config *queue_by_arn(const struct template *t, struct str arn)
{
    for (size_t i = 0; i < t->queue_count; i++) {
        if (str_eq(t->queues[i].arn, arn)) {
            return &t->queues[i];
        }
    }
    return NULL;
}

static void destination_link(struct template_reader *reader, struct destination *destination)
{
    struct template *t = reader->out;
    if (destination->kind == DESTINATION_QUEUE) {
        destination->queue = queue_by_arn(t, destination->arn);
        if (destination->queue == NULL || destination->queue->is_fifo) {
            problem_add(reader->problems, destination->line,
                        STR_FMT " is no standard queue of this template",
                        STR_ARG(destination->arn));
        }
    } else if (destination->kind == DESTINATION_FUNCTION) {
        destination->function = template_find(t, destination->arn);
        if (destination->function == NULL) {
            problem_add(reader->problems, destination->line,
                        STR_FMT " is no function of this template", STR_ARG(destination->arn));
        }
    }
}

static void dead_letter_link(struct template_reader *reader, struct queue_config *queue)
{
    if (queue->dead_letter_arn.len == 0) {
        return;
    }
    queue->dead_letter = queue_by_arn(reader->out, queue->dead_letter_arn);
    if (queue->dead_letter == queue) {
        problem_add(reader->problems, queue->line, "a queue cannot be its own dead-letter queue");
    } else if (queue->dead_letter == NULL || queue->dead_letter->is_fifo != queue->is_fifo) {
        problem_add(reader->problems, queue->line,
                    "deadLetterTargetArn " STR_FMT
                    " is no queue of this template of the same kind (standard or FIFO)",
                    STR_ARG(queue->dead_letter_arn));
    }
}

void arns_link(struct template_reader *reader)
{
    struct template *t = reader->out;
    for (size_t i = 0; i < t->queue_count; i++) {
        dead_letter_link(reader, &t->queues[i]);
    }
    for (size_t i = 0; i < t->function_count; i++) {
        destination_link(reader, &t->functions[i].async.on_success);
        destination_link(reader, &t->functions[i].async.on_failure);
        destination_link(reader, &t->functions[i].async.dead_letter);
    }
    for (size_t i = 0; i < t->source_count; i++) {
        struct queue_source *source = &t->sources[i];
        source->queue = queue_by_arn(t, source->queue_arn);
        if (source->queue == NULL) {
            problem_add(reader->problems, source->line,
                        "Queue must be the Arn of an AWS::SQS::Queue of this template");
        } else {
            source_check(reader, source);
        }
    }
}
