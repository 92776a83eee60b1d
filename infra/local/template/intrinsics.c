#include "infra/local/template/intrinsics.h"

#include "infra/local/base/text.h"
#include "shared/base/buf.h"

enum { MAX_CONDITION_DEPTH = 32, MAX_CONDITIONS_ASKED = 100000, MAX_RESOLVE_DEPTH = 128 };

struct call {
    struct resolver *r;
    const struct node *node; /* the NODE_CALL */
    const struct node *arg;
};

static const struct node *scalar(const struct resolver *r, const struct node *at, struct str text)
{
    struct node *node = ARENA_NEW(r->arena, struct node);
    *node = (struct node){
        .kind = NODE_SCALAR, .line = at->line, .key = at->key, .quoted = true, .text = text};
    return node;
}

static const struct node *refuse(const struct call *c, const char *words)
{
    problem_add(c->r->problems, c->node->line, STR_FMT ": %s", STR_ARG(c->node->text), words);
    return NULL;
}

/* ---- names ----------------------------------------------------------------------------------- */

struct str function_arn(const struct resolver *r, struct str name)
{
    return arena_format(r->arena, "arn:aws:lambda:" STR_FMT ":" STR_FMT ":function:" STR_FMT,
                        STR_ARG(r->region), STR_ARG(r->account_id), STR_ARG(name));
}

struct str function_name(struct resolver *r, const struct node *resource)
{
    const struct node *given =
        node_find(node_find(resource, STR("Properties")), STR("FunctionName"));
    if (given != NULL) {
        const struct node *name = node_resolve(r, given);
        if (name != NULL && name->kind == NODE_SCALAR && name->text.len > 0) {
            return name->text;
        }
    }
    return resource->key;
}

static struct str property_of(struct resolver *r, const struct node *resource, struct str name)
{
    const struct node *value =
        node_resolve(r, node_find(node_find(resource, STR("Properties")), name));
    return value != NULL && value->kind == NODE_SCALAR ? value->text : (struct str){0};
}

struct str queue_name(struct resolver *r, const struct node *resource)
{
    struct str given = property_of(r, resource, STR("QueueName"));
    bool is_fifo = str_eq_nocase(property_of(r, resource, STR("FifoQueue")), STR("true"));
    if (given.len > 0 || !is_fifo) {
        return given.len > 0 ? given : resource->key;
    }
    return arena_format(r->arena, STR_FMT ".fifo", STR_ARG(resource->key));
}

struct str queue_arn(struct resolver *r, const struct node *resource)
{
    return arena_format(r->arena, "arn:aws:sqs:" STR_FMT ":" STR_FMT ":" STR_FMT,
                        STR_ARG(r->region), STR_ARG(r->account_id),
                        STR_ARG(queue_name(r, resource)));
}

struct str queue_url(struct resolver *r, const struct node *resource)
{
    return arena_format(r->arena, STR_FMT "/" STR_FMT "/" STR_FMT, STR_ARG(r->endpoint),
                        STR_ARG(r->account_id), STR_ARG(queue_name(r, resource)));
}

static struct str type_of(const struct node *resource)
{
    const struct node *type = node_find(resource, STR("Type"));
    return type != NULL && type->kind == NODE_SCALAR ? type->text : (struct str){0};
}

/* "AWS::SecretsManager::Secret" -> "secretsmanager" */
static struct str service_of(const struct resolver *r, struct str type)
{
    struct str rest = type;
    (void)str_skip_prefix(&rest, STR("AWS::"));
    size_t end = str_find(rest, STR("::"));
    return text_lower_copy(r->arena, str_slice(rest, 0, end));
}

static struct str resource_arn(struct resolver *r, const struct node *resource)
{
    struct str type = type_of(resource);
    if (str_eq(type, STR("AWS::Serverless::Function"))) {
        return function_arn(r, function_name(r, resource));
    }
    if (str_eq(type, STR("AWS::SQS::Queue"))) {
        return queue_arn(r, resource);
    }
    if (str_eq(type, STR("AWS::IAM::Role"))) {
        return arena_format(r->arena, "arn:aws:iam::" STR_FMT ":role/" STR_FMT,
                            STR_ARG(r->account_id), STR_ARG(resource->key));
    }
    return arena_format(r->arena, "arn:aws:" STR_FMT ":" STR_FMT ":" STR_FMT ":" STR_FMT,
                        STR_ARG(service_of(r, type)), STR_ARG(r->region), STR_ARG(r->account_id),
                        STR_ARG(resource->key));
}

/* What `Ref` gives for a resource: an ARN for these types, a name for the rest. */
static struct str resource_ref(struct resolver *r, const struct node *resource)
{
    static const struct str by_arn[] = {
        STR_INIT("AWS::SecretsManager::Secret"),
        STR_INIT("AWS::SNS::Topic"),
        STR_INIT("AWS::IAM::ManagedPolicy"),
    };
    struct str type = type_of(resource);
    if (str_eq(type, STR("AWS::Serverless::Function"))) {
        return function_name(r, resource);
    }
    if (str_eq(type, STR("AWS::SQS::Queue"))) {
        return queue_url(r, resource);
    }
    for (size_t i = 0; i < ARRAY_LEN(by_arn); i++) {
        if (str_eq(type, by_arn[i])) {
            return resource_arn(r, resource);
        }
    }
    return resource->key;
}

static bool pseudo_parameter(const struct resolver *r, struct str name, struct str *value)
{
    const struct {
        struct str name, value;
    } known[] = {
        {STR("AWS::Region"), r->region},
        {STR("AWS::AccountId"), r->account_id},
        {STR("AWS::StackName"), r->stack_name},
        {STR("AWS::Partition"), STR("aws")},
        {STR("AWS::URLSuffix"), STR("amazonaws.com")},
    };
    for (size_t i = 0; i < ARRAY_LEN(known); i++) {
        if (str_eq(name, known[i].name)) {
            *value = known[i].value;
            return true;
        }
    }
    if (str_eq(name, STR("AWS::StackId"))) {
        *value = arena_format(
            r->arena, "arn:aws:cloudformation:" STR_FMT ":" STR_FMT ":stack/" STR_FMT "/local",
            STR_ARG(r->region), STR_ARG(r->account_id), STR_ARG(r->stack_name));
        return true;
    }
    return false;
}

/* ---- parameters ------------------------------------------------------------------------------ */

static bool is_allowed(const struct node *parameter, struct str value)
{
    const struct node *allowed = node_find(parameter, STR("AllowedValues"));
    NODE_EACH(item, allowed)
    {
        if (item->kind == NODE_SCALAR && str_eq(item->text, value)) {
            return true;
        }
    }
    return allowed == NULL;
}

static bool parameter_text(struct resolver *r, const struct node *parameter, int line,
                           struct str *value)
{
    for (size_t i = 0; i < r->override_count; i++) {
        if (str_eq(r->overrides[i].name, parameter->key)) {
            *value = r->overrides[i].value;
            if (is_allowed(parameter, *value)) {
                return true;
            }
            problem_add(r->problems, parameter->line,
                        "parameter " STR_FMT ": " STR_FMT " is not in its AllowedValues",
                        STR_ARG(parameter->key), STR_ARG(*value));
            return false;
        }
    }
    const struct node *fallback = node_find(parameter, STR("Default"));
    struct str type = type_of(parameter);
    if (fallback == NULL || fallback->kind != NODE_SCALAR ||
        str_has_prefix(type, STR("AWS::SSM::Parameter::Value"))) {
        problem_add(r->problems, line,
                    "parameter " STR_FMT " has no value here: give --parameter " STR_FMT "=...",
                    STR_ARG(parameter->key), STR_ARG(parameter->key));
        return false;
    }
    *value = fallback->text;
    return true;
}

static const struct node *list_of(const struct resolver *r, const struct node *at, struct str text,
                                  char separator)
{
    struct node *list = ARENA_NEW(r->arena, struct node);
    *list = (struct node){.kind = NODE_LIST, .line = at->line, .key = at->key};
    struct node **tail = &list->first;
    struct str part;
    while (str_split_next(&text, separator, &part)) {
        struct node *item = ARENA_NEW(r->arena, struct node);
        *item = (struct node){
            .kind = NODE_SCALAR, .line = at->line, .quoted = true, .text = str_trim(part)};
        *tail = item;
        tail = &item->next;
        list->count++;
    }
    return list;
}

/* A name inside `Ref` or `${}`: false if nothing has it. */
static bool name_value(struct resolver *r, struct str name, int line, struct str *value)
{
    if (pseudo_parameter(r, name, value)) {
        return true;
    }
    const struct node *parameter = node_find(r->parameters, name);
    if (parameter != NULL) {
        if (!parameter_text(r, parameter, line, value)) {
            *value = (struct str){0};
        }
        return true;
    }
    const struct node *resource = node_find(r->resources, name);
    if (resource != NULL) {
        *value = resource_ref(r, resource);
        return true;
    }
    /* SAM makes this API when a function's HttpApi event names none. */
    if (str_eq(name, STR("ServerlessHttpApi"))) {
        *value = STR("local");
        return true;
    }
    return false;
}

static bool attribute_value(struct resolver *r, struct str id, struct str attribute,
                            struct str *value)
{
    const struct node *resource = node_find(r->resources, id);
    if (resource == NULL) {
        return false;
    }
    if (str_eq(attribute, STR("Arn")) || str_eq(attribute, STR("TopicArn"))) {
        *value = resource_arn(r, resource);
    } else if (str_eq(attribute, STR("QueueName"))) {
        *value = queue_name(r, resource);
    } else if (str_eq(attribute, STR("QueueUrl"))) {
        *value = queue_url(r, resource);
    } else {
        *value = arena_format(r->arena, STR_FMT "." STR_FMT, STR_ARG(id), STR_ARG(attribute));
    }
    return true;
}

/* ---- the calls ------------------------------------------------------------------------------- */

static const struct node *call_ref(const struct call *c)
{
    struct str value = {0};
    if (c->arg->kind != NODE_SCALAR) {
        return refuse(c, "takes a name");
    }
    if (str_eq(c->arg->text, STR("AWS::NoValue"))) {
        return NULL;
    }
    if (!name_value(c->r, c->arg->text, c->node->line, &value)) {
        problem_add(c->r->problems, c->node->line,
                    "Ref: nothing in this template is called " STR_FMT, STR_ARG(c->arg->text));
        return NULL;
    }
    const struct node *parameter = node_find(c->r->parameters, c->arg->text);
    struct str type = type_of(parameter);
    if (str_eq(type, STR("CommaDelimitedList")) || str_has_prefix(type, STR("List<"))) {
        return list_of(c->r, c->node, value, ',');
    }
    return scalar(c->r, c->node, value);
}

static const struct node *call_get_att(const struct call *c)
{
    struct str id = {0};
    struct str attribute = {0};
    struct str value = {0};
    if (c->arg->kind == NODE_SCALAR) {
        size_t dot = str_find_char(c->arg->text, '.');
        id = str_slice(c->arg->text, 0, dot);
        attribute = dot == SIZE_MAX ? attribute : str_slice(c->arg->text, dot + 1, SIZE_MAX);
    } else if (c->arg->kind == NODE_LIST && c->arg->count == 2) {
        id = c->arg->first->text;
        attribute = c->arg->first->next->text;
    }
    if (id.len == 0 || attribute.len == 0) {
        return refuse(c, "takes Resource.Attribute");
    }
    if (!attribute_value(c->r, id, attribute, &value)) {
        problem_add(c->r->problems, c->node->line, "Fn::GetAtt: no resource is called " STR_FMT,
                    STR_ARG(id));
        return NULL;
    }
    return scalar(c->r, c->node, value);
}

/* One `${Name}`: the function's own map first, then resources and parameters. */
static bool sub_value(const struct call *c, const struct node *own, struct str name,
                      struct str *value)
{
    const struct node *local = node_find(own, name);
    if (local != NULL) {
        const struct node *text = node_resolve(c->r, local);
        *value = text != NULL && text->kind == NODE_SCALAR ? text->text : (struct str){0};
        return true;
    }
    size_t dot = str_find_char(name, '.');
    if (dot != SIZE_MAX) {
        return attribute_value(c->r, str_slice(name, 0, dot), str_slice(name, dot + 1, SIZE_MAX),
                               value);
    }
    return name_value(c->r, name, c->node->line, value);
}

static const struct node *call_sub(const struct call *c)
{
    const struct node *text = c->arg->kind == NODE_LIST ? c->arg->first : c->arg;
    const struct node *own = c->arg->kind == NODE_LIST && text != NULL ? text->next : NULL;
    if (text == NULL || text->kind != NODE_SCALAR) {
        return refuse(c, "takes a text, or a list of a text and a map");
    }
    struct buf out = buf_in(c->r->arena, KIB(64));
    struct str rest = text->text;
    for (size_t at = str_find(rest, STR("${")); at != SIZE_MAX; at = str_find(rest, STR("${"))) {
        buf_add(&out, str_slice(rest, 0, at));
        rest = str_slice(rest, at + 2, SIZE_MAX);
        size_t end = str_find_char(rest, '}');
        struct str name = str_trim(str_slice(rest, 0, end));
        struct str value = {0};
        if (end == SIZE_MAX || name.len == 0) {
            return refuse(c, "a ${ without its }");
        }
        if (name.ptr[0] == '!') { /* ${!Literal} stays as ${Literal} */
            buf_addf(&out, "${" STR_FMT "}", STR_ARG(str_slice(name, 1, SIZE_MAX)));
        } else if (sub_value(c, own, name, &value)) {
            buf_add(&out, value);
        } else {
            problem_add(c->r->problems, c->node->line,
                        "Fn::Sub: nothing in this template is called " STR_FMT, STR_ARG(name));
            return NULL;
        }
        rest = str_slice(rest, end + 1, SIZE_MAX);
    }
    buf_add(&out, rest);
    return out.full ? refuse(c, "longer than 64 KiB") : scalar(c->r, c->node, buf_str(&out));
}

static bool condition_value(struct resolver *r, const struct node *node, size_t depth);

static bool condition_named(struct resolver *r, struct str name, int line, size_t depth)
{
    if (r->asked++ >= MAX_CONDITIONS_ASKED) { /* each made of two others: twice as many a step */
        if (r->asked == MAX_CONDITIONS_ASKED + 1) {
            problem_add(r->problems, line, "its conditions ask each other without end");
        }
        return false;
    }
    const struct node *condition = node_find(r->conditions, name);
    if (condition == NULL || depth > MAX_CONDITION_DEPTH) {
        problem_add(r->problems, line, "condition " STR_FMT " %s", STR_ARG(name),
                    condition == NULL ? "is not in Conditions" : "goes in a circle");
        return false;
    }
    return condition_value(r, condition, depth + 1);
}

bool condition_holds(struct resolver *r, struct str name, int line)
{
    return condition_named(r, name, line, 0);
}

static bool equals(struct resolver *r, const struct node *list)
{
    const struct node *a = node_resolve(r, list->first);
    const struct node *b = node_resolve(r, list->first->next);
    return a != NULL && b != NULL && str_eq(a->text, b->text);
}

static bool any_or_all(struct resolver *r, const struct node *list, bool all, size_t depth)
{
    NODE_EACH(item, list)
    {
        if (condition_value(r, item, depth) != all) {
            return !all;
        }
    }
    return all;
}

static bool condition_value(struct resolver *r, const struct node *node, size_t depth)
{
    const struct node *arg = node->first;
    struct str name = node->kind == NODE_CALL ? node->text : (struct str){0};
    if (node->kind == NODE_MAP && node->count == 1 && str_eq(arg->key, STR("Condition"))) {
        name = arg->key; /* the long form of !Condition */
    }
    if (str_eq(name, STR("Condition")) && arg->kind == NODE_SCALAR) {
        return condition_named(r, arg->text, node->line, depth);
    }
    bool listed = arg != NULL && arg->kind == NODE_LIST;
    if (str_eq(name, STR("Fn::Equals")) && listed && arg->count == 2) {
        return equals(r, arg);
    }
    if (str_eq(name, STR("Fn::Not")) && listed && arg->count == 1) {
        return !condition_value(r, arg->first, depth);
    }
    if (str_eq(name, STR("Fn::And")) && listed) {
        return any_or_all(r, arg, true, depth);
    }
    if (str_eq(name, STR("Fn::Or")) && listed) {
        return any_or_all(r, arg, false, depth);
    }
    problem_add(r->problems, node->line,
                "a condition is made of Fn::Equals, Not, And, Or and Condition, not of " STR_FMT,
                STR_ARG(name.len > 0 ? name : STR("a value")));
    return false;
}

static const struct node *call_if(const struct call *c)
{
    const struct node *name =
        c->arg->kind == NODE_LIST && c->arg->count == 3 ? c->arg->first : NULL;
    if (name == NULL || name->kind != NODE_SCALAR) {
        return refuse(c, "takes a condition and two values");
    }
    const struct node *yes = name->next;
    return node_resolve(c->r, condition_holds(c->r, name->text, c->node->line) ? yes : yes->next);
}

static const struct node *call_find_in_map(const struct call *c)
{
    const struct node *args = node_resolve(c->r, c->arg);
    if (args == NULL || args->kind != NODE_LIST || args->count != 3) {
        return refuse(c, "takes a map's name and two keys");
    }
    const struct node *map = node_find(c->r->mappings, args->first->text);
    const struct node *found =
        node_find(node_find(map, args->first->next->text), args->first->next->next->text);
    return found == NULL ? refuse(c, "no such entry in Mappings") : found;
}

static const struct node *call_join(const struct call *c)
{
    const struct node *args = node_resolve(c->r, c->arg);
    if (args == NULL || args->kind != NODE_LIST || args->count != 2 ||
        args->first->kind != NODE_SCALAR || args->first->next->kind != NODE_LIST) {
        return refuse(c, "takes a separator and a list");
    }
    struct buf out = buf_in(c->r->arena, KIB(64));
    NODE_EACH(item, args->first->next)
    {
        if (item != args->first->next->first) {
            buf_add(&out, args->first->text);
        }
        buf_add(&out, item->text);
    }
    return out.full ? refuse(c, "longer than 64 KiB") : scalar(c->r, c->node, buf_str(&out));
}

static const struct node *call_select(const struct call *c)
{
    const struct node *args = node_resolve(c->r, c->arg);
    int64_t index = 0;
    if (args == NULL || args->kind != NODE_LIST || args->count != 2 ||
        !str_to_i64(args->first->text, &index) || index < 0) {
        return refuse(c, "takes an index and a list");
    }
    const struct node *item = args->first->next->first;
    for (; item != NULL && index > 0; index--) {
        item = item->next;
    }
    return item == NULL ? refuse(c, "the list has no such index") : item;
}

static const struct node *call_split(const struct call *c)
{
    const struct node *args = node_resolve(c->r, c->arg);
    if (args == NULL || args->kind != NODE_LIST || args->count != 2 || args->first->text.len != 1) {
        return refuse(c, "takes a separator of one character and a text");
    }
    return list_of(c->r, c->node, args->first->next->text, args->first->text.ptr[0]);
}

static const struct node *call_answer(struct resolver *r, const struct node *node)
{
    static const struct {
        struct str name;
        const struct node *(*answer)(const struct call *);
    } calls[] = {
        {STR_INIT("Ref"), call_ref},
        {STR_INIT("Fn::Sub"), call_sub},
        {STR_INIT("Fn::GetAtt"), call_get_att},
        {STR_INIT("Fn::If"), call_if},
        {STR_INIT("Fn::FindInMap"), call_find_in_map},
        {STR_INIT("Fn::Join"), call_join},
        {STR_INIT("Fn::Select"), call_select},
        {STR_INIT("Fn::Split"), call_split},
    };
    struct call call = {.r = r, .node = node, .arg = node->first};
    for (size_t i = 0; i < ARRAY_LEN(calls); i++) {
        if (str_eq(node->text, calls[i].name)) {
            return calls[i].answer(&call);
        }
    }
    return refuse(&call, "not emulated here: write the value, or take it from a parameter");
}

/* ---- trees ----------------------------------------------------------------------------------- */

static bool has_call(const struct node *node)
{
    if (node->kind == NODE_CALL) {
        return true;
    }
    NODE_EACH(child, node)
    {
        if (has_call(child)) {
            return true;
        }
    }
    return false;
}

const struct node *node_resolve(struct resolver *r, const struct node *node)
{
    if (node == NULL || !has_call(node)) {
        return node;
    }
    struct node *copy = ARENA_NEW(r->arena, struct node);
    if (node->kind == NODE_CALL) {
        if (r->depth >= MAX_RESOLVE_DEPTH) { /* a FunctionName made of itself */
            problem_add(r->problems, node->line, STR_FMT " goes in a circle", STR_ARG(node->text));
            return NULL;
        }
        r->depth++;
        const struct node *value = call_answer(r, node);
        r->depth--;
        if (value == NULL) {
            return NULL;
        }
        *copy = *value;
        copy->key = node->key;
        copy->next = NULL;
        return copy;
    }
    *copy = *node;
    copy->first = copy->next = NULL;
    copy->count = 0;
    struct node **tail = &copy->first;
    NODE_EACH(child, node)
    {
        const struct node *value = node_resolve(r, child);
        if (value != NULL) {
            struct node *member = ARENA_NEW(r->arena, struct node);
            *member = *value;
            member->next = NULL;
            *tail = member;
            tail = &member->next;
            copy->count++;
        }
    }
    return copy;
}
