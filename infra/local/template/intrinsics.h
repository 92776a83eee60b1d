/*
 * CloudFormation's intrinsic functions, pseudo parameters and conditions, as far as one machine can
 * answer them: Ref, Sub, GetAtt, If, Equals, Not, And, Or, FindInMap, Join, Select, Split. Any
 * other is a problem with its line. Names of resources become what AWS would give, in shape: an
 * ARN, a name. Source: AWS CloudFormation User Guide, "Intrinsic function reference", "Pseudo
 * parameters reference".
 */
#pragma once

#include "infra/local/template/yaml.h"

/* --parameter NAME=VALUE */
struct override {
    struct str name, value;
};

struct resolver {
    struct arena *arena;
    struct problems *problems;
    const struct node *parameters, *mappings, *conditions, *resources; /* sections; may be NULL */
    const struct override *overrides;
    size_t override_count;
    struct str region, account_id, stack_name, endpoint;
    size_t depth; /* of calls inside calls; starts at 0 */
    size_t asked; /* conditions, in all; starts at 0 */
};

/*
 * The node with every call in it answered. NULL if it is absent: AWS::NoValue, or a problem was
 * noted. What holds no call comes back as it is.
 */
const struct node *node_resolve(struct resolver *r, const struct node *node);
/* True if the condition of this name holds. Unknown names, circles and bombs are problems. */
bool condition_holds(struct resolver *r, struct str name, int line);
/* arn:aws:lambda:REGION:ACCOUNT:function:NAME */
struct str function_arn(const struct resolver *r, struct str name);
/* A queue's QueueName, else its logical id, ".fifo" after that of a FIFO queue. */
struct str queue_name(struct resolver *r, const struct node *resource);
/* arn:aws:sqs:REGION:ACCOUNT:NAME */
struct str queue_arn(struct resolver *r, const struct node *resource);
/* ENDPOINT/ACCOUNT/NAME */
struct str queue_url(struct resolver *r, const struct node *resource);
/* The function's FunctionName, else its logical id. */
struct str function_name(struct resolver *r, const struct node *resource);
