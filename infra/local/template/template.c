#include "infra/local/template/template.h"

#include "infra/local/template/support.h"
#include "infra/local/template/template_read.h"

const struct node *property_find(const struct node *properties, const struct node *globals,
                                 struct str name)
{
    const struct node *own = node_find(properties, name);
    return own != NULL ? own : node_find(globals, name);
}

struct str property_text(struct template_reader *reader, const struct node *node)
{
    const struct node *value = node_resolve(&reader->resolver, node);
    if (node_is_null(value)) {
        return (struct str){0};
    }
    if (value->kind != NODE_SCALAR) {
        problem_add(reader->problems, node->line, STR_FMT " must be a text", STR_ARG(node->key));
        return (struct str){0};
    }
    return value->text;
}

int64_t property_i64(struct template_reader *reader, const struct node *node, int64_t min,
                     int64_t max, int64_t fallback)
{
    int64_t number = fallback;
    const struct node *value = node_resolve(&reader->resolver, node);
    if (node_is_null(value)) {
        return fallback;
    }
    if (value->kind != NODE_SCALAR || !str_to_i64(value->text, &number) || number < min ||
        number > max) {
        problem_add(reader->problems, node->line,
                    STR_FMT " must be a whole number from %lld to %lld", STR_ARG(node->key),
                    (long long)min, (long long)max);
        return fallback;
    }
    return number;
}

bool property_bool(struct template_reader *reader, const struct node *node, bool fallback)
{
    struct str text = property_text(reader, node);
    if (text.len == 0) {
        return fallback;
    }
    bool yes = str_eq_nocase(text, STR("true"));
    if (!yes && !str_eq_nocase(text, STR("false"))) {
        problem_add(reader->problems, node->line, STR_FMT " must be true or false",
                    STR_ARG(node->key));
    }
    return yes;
}

void properties_known(struct template_reader *reader, const struct node *map, const char *what,
                      const struct str *known, size_t count)
{
    NODE_EACH(property, map)
    {
        bool found = false;
        for (size_t i = 0; i < count && !found; i++) {
            found = str_eq(property->key, known[i]);
        }
        if (!found) {
            problem_add(reader->problems, property->line,
                        "%s's " STR_FMT " is not emulated here: remove it, or try it on AWS", what,
                        STR_ARG(property->key));
        }
    }
}

void env_merge(struct env_var *vars, size_t *count, struct str name, struct str value)
{
    for (size_t i = 0; i < *count; i++) {
        if (str_eq(vars[i].name, name)) {
            vars[i].value = value;
            return;
        }
    }
    if (*count < TEMPLATE_MAX_ENV) {
        vars[(*count)++] = (struct env_var){.name = name, .value = value};
    }
}

struct str slug_of(struct arena *arena, struct str logical_id)
{
    struct str stem = logical_id;
    if (str_has_suffix(stem, STR("Function")) && stem.len > STR("Function").len) {
        stem.len -= STR("Function").len;
    }
    char *slug = ARENA_ARRAY(arena, char, stem.len * 2 + 1);
    size_t len = 0;
    for (size_t i = 0; i < stem.len; i++) {
        char c = stem.ptr[i];
        bool upper = c >= 'A' && c <= 'Z';
        bool after_lower = i > 0 && (stem.ptr[i - 1] < 'A' || stem.ptr[i - 1] > 'Z');
        bool before_lower = i + 1 < stem.len && stem.ptr[i + 1] >= 'a' && stem.ptr[i + 1] <= 'z';
        if (upper && i > 0 && (after_lower || before_lower)) { /* HTTPEcho -> http-echo */
            slug[len++] = '-';
        }
        slug[len++] = (char)(upper ? c + ('a' - 'A') : c);
    }
    return (struct str){.ptr = slug, .len = len};
}

const struct function *template_find(const struct template *t, struct str name)
{
    for (size_t i = 0; i < t->function_count; i++) {
        const struct function *f = &t->functions[i];
        if (str_eq(name, f->id) || str_eq(name, f->name) || str_eq(name, f->slug) ||
            str_eq(name, f->arn)) {
            return f;
        }
    }
    return NULL;
}

static bool is_wanted(struct template_reader *reader, const struct node *resource)
{
    const struct node *condition = node_find(resource, STR("Condition"));
    return condition == NULL ||
           condition_holds(&reader->resolver, condition->text, condition->line);
}

static void resource_read(struct template_reader *reader, const struct node *resource)
{
    const struct node *type = node_find(resource, STR("Type"));
    if (type == NULL || type->kind != NODE_SCALAR) {
        problem_add(reader->problems, resource->line, "resource " STR_FMT " has no Type",
                    STR_ARG(resource->key));
        return;
    }
    if (!is_wanted(reader, resource)) {
        return;
    }
    if (support_resource(type->text) == SUPPORT_REFUSED) {
        problem_add(reader->problems, type->line,
                    STR_FMT
                    " is not emulated here: put it behind a Condition that is false locally, "
                    "or move it to a template of its own",
                    STR_ARG(type->text));
    } else if (str_eq(type->text, STR("AWS::Serverless::Function"))) {
        function_read(reader, resource);
    } else if (str_eq(type->text, STR("AWS::SQS::Queue"))) {
        queue_read(reader, resource);
    } else if (str_eq(type->text, STR("AWS::Events::Rule")) ||
               str_eq(type->text, STR("AWS::Scheduler::Schedule"))) {
        schedule_resource_read(reader, resource);
    }
}

static void sections_check(struct template_reader *reader, const struct node *root)
{
    static const struct str known[] = {
        STR_INIT("AWSTemplateFormatVersion"),
        STR_INIT("Transform"),
        STR_INIT("Description"),
        STR_INIT("Metadata"),
        STR_INIT("Globals"),
        STR_INIT("Parameters"),
        STR_INIT("Mappings"),
        STR_INIT("Conditions"),
        STR_INIT("Rules"),
        STR_INIT("Resources"),
        STR_INIT("Outputs"),
    };
    NODE_EACH(section, root)
    {
        bool found = false;
        for (size_t i = 0; i < ARRAY_LEN(known); i++) {
            found = found || str_eq(section->key, known[i]);
        }
        if (!found) {
            problem_add(reader->problems, section->line, STR_FMT " is no section of a template",
                        STR_ARG(section->key));
        }
    }
}

/* Every condition is judged, so that a broken one shows even where nothing uses it. */
static void conditions_check(struct template_reader *reader)
{
    NODE_EACH(condition, reader->resolver.conditions)
    {
        (void)condition_holds(&reader->resolver, condition->key, condition->line);
    }
}

/* A name on the command line that fits nothing is a typing error, not something to ignore. */
static void given_check(struct template_reader *reader)
{
    const struct template_options *given = reader->options;
    for (size_t i = 0; i < given->override_count; i++) {
        if (node_find(reader->resolver.parameters, given->overrides[i].name) == NULL) {
            problem_add(reader->problems, 1,
                        "--parameter " STR_FMT ": the template has no such parameter",
                        STR_ARG(given->overrides[i].name));
        }
    }
    if (given->env_vars == NULL) {
        return;
    }
    JSON_EACH (group, given->env_vars) {
        if (!str_eq(group->key, STR("Parameters")) &&
            node_find(reader->resolver.resources, group->key) == NULL) {
            problem_add(reader->problems, 1, "--env-vars: the template has no function " STR_FMT,
                        STR_ARG(group->key));
        }
    }
}

struct template *template_read(struct problems *problems, struct str source,
                               const struct template_options *options)
{
    struct template *t = ARENA_NEW(problems->arena, struct template);
    t->stage = STR("$default");
    const struct node *root = yaml_read(problems, source);
    if (root == NULL) {
        return t;
    }
    const struct node *resources = node_find(root, STR("Resources"));
    if (resources == NULL || resources->kind != NODE_MAP) {
        problem_add(problems, 1, "a template needs a map called Resources");
        return t;
    }
    struct template_reader reader = {
        .resolver = {.arena = problems->arena,
                     .problems = problems,
                     .parameters = node_find(root, STR("Parameters")),
                     .mappings = node_find(root, STR("Mappings")),
                     .conditions = node_find(root, STR("Conditions")),
                     .resources = resources,
                     .overrides = options->overrides,
                     .override_count = options->override_count,
                     .region = options->region,
                     .account_id = options->account_id,
                     .stack_name = options->stack_name,
                     .endpoint = options->endpoint},
        .problems = problems,
        .options = options,
        .globals = node_find(root, STR("Globals")),
        .out = t,
    };
    sections_check(&reader, root);
    given_check(&reader);
    conditions_check(&reader);
    NODE_EACH(resource, resources)
    {
        resource_read(&reader, resource);
    }
    arns_link(&reader);
    schedules_link(&reader);
    api_read(&reader);
    rest_read(&reader);
    return t;
}
