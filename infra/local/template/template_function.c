#include "infra/local/template/template_read.h"

#include "infra/local/base/text.h"
#include "infra/local/template/support.h"

enum { DEFAULT_TIMEOUT_S = 3, DEFAULT_MEMORY_MB = 128, HTTP_API_CEILING_MS = 30000 };

static const struct node *find(const struct function_source *s, const char *name)
{
    return property_find(s->own, s->globals, str_from_cstr(name));
}

static void properties_check(const struct function_source *s, const struct node *properties)
{
    NODE_EACH(property, properties)
    {
        if (support_function_property(property->key) == SUPPORT_REFUSED) {
            problem_add(s->reader->problems, property->line,
                        "a function's " STR_FMT
                        " is not emulated here: remove it, or try it on AWS",
                        STR_ARG(property->key));
        }
    }
}

static void runtime_check(const struct function_source *s)
{
    const struct node *runtime = find(s, "Runtime");
    const struct node *package = find(s, "PackageType");
    struct str name = property_text(s->reader, runtime);
    if (!str_eq(name, STR("provided.al2023"))) {
        problem_add(s->reader->problems, runtime != NULL ? runtime->line : s->out->line,
                    "Runtime must be provided.al2023: only a native bootstrap runs here");
    }
    struct str kind = property_text(s->reader, package);
    if (kind.len > 0 && !str_eq(kind, STR("Zip"))) {
        problem_add(s->reader->problems, package->line,
                    "PackageType must be Zip: images do not run here");
    }
}

static bool is_word_char(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
}

/* Lambda's [a-zA-Z0-9-_]{1,64}. The name goes into the ARN, and so into a header. */
static void name_check(const struct function_source *s)
{
    struct str name = s->out->name;
    bool good = name.len <= 64; /* none: said already, where it went wrong */
    for (size_t i = 0; i < name.len && good; i++) {
        good = is_word_char(name.ptr[i]) || name.ptr[i] == '-';
    }
    if (!good) {
        const struct node *given = node_find(s->own, STR("FunctionName"));
        problem_add(s->reader->problems, given != NULL ? given->line : s->out->line,
                    "a function's name has 1 to 64 letters, digits, hyphens and underscores");
    }
}

/* ---- environment ----------------------------------------------------------------------------- */

/* As Lambda's, and a value without the NUL that would end it here. */
static void variable_check(const struct function_source *s, const struct node *variable,
                           struct str value)
{
    struct str name = variable->key;
    bool good = name.len >= 1 && name.ptr[0] != '_' && !(name.ptr[0] >= '0' && name.ptr[0] <= '9');
    for (size_t i = 0; i < name.len && good; i++) {
        good = is_word_char(name.ptr[i]);
    }
    if (!good) {
        problem_add(s->reader->problems, variable->line,
                    "a variable's name is a letter, then letters, digits and underscores");
    } else if (str_find_char(value, '\0') != SIZE_MAX) {
        problem_add(s->reader->problems, variable->line, STR_FMT " holds the character U+0000",
                    STR_ARG(name));
    }
}

/* SAM's file: {"FunctionId": {...}} before {"Parameters": {...}}, which is for every function. */
static const struct json *env_override(const struct function_source *s, struct str name)
{
    const struct json *file = s->reader->options->env_vars;
    const struct json *own = json_find(json_find(file, s->out->id), name);
    return own != NULL ? own : json_find(json_find(file, STR("Parameters")), name);
}

static void env_add_declared(const struct function_source *s, const struct node *variables)
{
    NODE_EACH(variable, variables)
    {
        const struct json *given = env_override(s, variable->key);
        struct str value = given != NULL ? given->text : property_text(s->reader, variable);
        if (given == NULL && str_find(value, STR("{{resolve:")) != SIZE_MAX) {
            problem_add(s->reader->problems, variable->line,
                        STR_FMT
                        " is a dynamic reference, which only AWS can resolve: give its value "
                        "with --env-vars",
                        STR_ARG(variable->key));
        }
        variable_check(s, variable, value);
        env_merge(s->out->env, &s->out->env_count, variable->key, value);
    }
}

static void env_add_given(const struct function_source *s, struct str group)
{
    const struct json *vars = json_find(s->reader->options->env_vars, group);
    if (vars == NULL) {
        return;
    }
    JSON_EACH (var, vars) {
        env_merge(s->out->env, &s->out->env_count, var->key, var->text);
    }
}

static void env_read(const struct function_source *s)
{
    s->out->env = ARENA_ARRAY(s->reader->problems->arena, struct env_var, TEMPLATE_MAX_ENV);
    const struct node *of_all =
        node_resolve(&s->reader->resolver, node_find(s->globals, STR("Environment")));
    const struct node *of_one =
        node_resolve(&s->reader->resolver, node_find(s->own, STR("Environment")));
    env_add_declared(s, node_find(of_all, STR("Variables")));
    env_add_declared(s, node_find(of_one, STR("Variables")));
    env_add_given(s, STR("Parameters"));
    env_add_given(s, s->out->id);
}

static void logging_read(const struct function_source *s)
{
    const struct node *logging = node_resolve(&s->reader->resolver, find(s, "LoggingConfig"));
    s->out->log_format = property_text(s->reader, node_find(logging, STR("LogFormat")));
    s->out->log_level = property_text(s->reader, node_find(logging, STR("ApplicationLogLevel")));
}

/* ---- events ---------------------------------------------------------------------------------- */

static struct str method_read(const struct function_source *s, const struct node *node)
{
    static const struct str known[] = {
        STR_INIT("ANY"),     STR_INIT("DELETE"), STR_INIT("GET"),  STR_INIT("HEAD"),
        STR_INIT("OPTIONS"), STR_INIT("PATCH"),  STR_INIT("POST"), STR_INIT("PUT"),
    };
    struct str given = property_text(s->reader, node);
    struct str method = text_upper_copy(s->reader->problems->arena, given);
    if (given.len == 0 || str_eq(given, STR("x-amazon-apigateway-any-method"))) {
        return STR("ANY");
    }
    for (size_t i = 0; i < ARRAY_LEN(known); i++) {
        if (str_eq(method, known[i])) {
            return method;
        }
    }
    problem_add(s->reader->problems, node->line, "Method " STR_FMT " is not one of an HTTP API",
                STR_ARG(given));
    return method;
}

/* One port serves one API: a second is a problem. */
static void api_note(const struct function_source *s, const struct node *event,
                     const struct node *api)
{
    struct template_reader *reader = s->reader;
    struct str id = STR("ServerlessHttpApi"); /* the one SAM makes when none is named */
    if (api != NULL) {
        bool is_ref = api->kind == NODE_CALL && str_eq(api->text, STR("Ref"));
        id = is_ref ? api->first->text : STR("");
        const struct node *type = node_find(node_find(reader->resolver.resources, id), STR("Type"));
        if (type == NULL || !str_eq(type->text, STR("AWS::Serverless::HttpApi"))) {
            problem_add(reader->problems, api->line,
                        "ApiId must be !Ref of an AWS::Serverless::HttpApi in this template");
            return;
        }
    }
    if (reader->api_id.len > 0 && !str_eq(reader->api_id, id)) {
        problem_add(reader->problems, event->line,
                    "a second HTTP API, " STR_FMT " after " STR_FMT
                    ": one port serves one; give every event the same ApiId",
                    STR_ARG(id), STR_ARG(reader->api_id));
    }
    reader->api_id = id;
}

static void route_fill_path(const struct function_source *s, const struct node *event,
                            const struct node *path, struct route *route)
{
    struct template_reader *reader = s->reader;
    struct str text = property_text(reader, path);
    const char *why = NULL;
    if (text.len == 0 || str_eq(text, STR("$default"))) {
        route->is_default = true;
        route->key = STR("$default");
        route->method = STR("ANY");
        return;
    }
    route->key = arena_format(reader->problems->arena, STR_FMT " " STR_FMT, STR_ARG(route->method),
                              STR_ARG(text));
    if (!route_parse_path(route, text, &why)) {
        problem_add(reader->problems, path != NULL ? path->line : event->line,
                    "Path " STR_FMT ": %s", STR_ARG(text), why);
    }
}

static void route_add(const struct function_source *s, const struct node *event,
                      const struct route *route)
{
    struct template *out = s->reader->out;
    for (size_t i = 0; i < out->route_count; i++) {
        if (str_eq(out->routes[i].key, route->key)) {
            problem_add(s->reader->problems, event->line,
                        "route " STR_FMT " is taken by line %d: change one", STR_ARG(route->key),
                        out->routes[i].line);
            return;
        }
    }
    if (out->route_count == TEMPLATE_MAX_ROUTES) {
        problem_add(s->reader->problems, event->line, "more than 300 routes");
        return;
    }
    out->routes[out->route_count++] = *route;
}

static void http_event_read(const struct function_source *s, const struct node *event)
{
    struct template_reader *reader = s->reader;
    const struct node *properties = node_find(event, STR("Properties"));
    NODE_EACH(property, properties)
    {
        if (support_http_event_property(property->key) == SUPPORT_REFUSED) {
            problem_add(reader->problems, property->line,
                        "an HttpApi event's " STR_FMT
                        " is not emulated here: the route would be %s",
                        STR_ARG(property->key),
                        str_eq(property->key, STR("Auth")) ? "open; check the token in the function"
                                                           : "another than on AWS; remove it");
        }
    }
    api_note(s, event, node_find(properties, STR("ApiId")));
    const struct node *version = node_find(properties, STR("PayloadFormatVersion"));
    struct str format = property_text(reader, version);
    if (format.len > 0 && !str_eq(format, STR("2.0"))) {
        problem_add(reader->problems, version->line, "PayloadFormatVersion must be \"2.0\"");
    }
    struct route route = {
        .method = method_read(s, node_find(properties, STR("Method"))),
        .function = s->out,
        .line = event->line,
        .timeout_ms = property_i64(reader, node_find(properties, STR("TimeoutInMillis")), 50,
                                   HTTP_API_CEILING_MS, HTTP_API_CEILING_MS),
    };
    route_fill_path(s, event, node_find(properties, STR("Path")), &route);
    route_add(s, event, &route);
}

static void emulated_event_read(const struct function_source *s, struct str type,
                                const struct node *event)
{
    if (str_eq(type, STR("SQS"))) {
        queue_event_read(s, event);
    } else if (str_eq(type, STR("Api"))) {
        rest_event_read(s->reader, s->out, event);
    } else if (str_eq(type, STR("Schedule")) || str_eq(type, STR("ScheduleV2"))) {
        template_schedule_read(s, event, str_eq(type, STR("ScheduleV2")));
    } else {
        http_event_read(s, event);
    }
}

static void events_read(const struct function_source *s)
{
    NODE_EACH(event, node_find(s->own, STR("Events")))
    {
        const struct node *type = node_find(event, STR("Type"));
        struct str name = type != NULL ? type->text : (struct str){0};
        switch (support_event(name)) {
        case SUPPORT_EMULATED:
            emulated_event_read(s, name, event);
            break;
        case SUPPORT_IGNORED:
            break;
        case SUPPORT_REFUSED:
            problem_add(s->reader->problems, event->line,
                        "event type " STR_FMT " is not emulated here: send such events through the "
                        "Invoke API",
                        STR_ARG(name.len > 0 ? name : STR("(none)")));
            break;
        }
    }
}

/* ---------------------------------------------------------------------------------------------- */

void function_read(struct template_reader *reader, const struct node *resource)
{
    struct template *t = reader->out;
    if (t->function_count == TEMPLATE_MAX_FUNCTIONS) {
        problem_add(reader->problems, resource->line, "more than 64 functions");
        return;
    }
    struct function *out = &t->functions[t->function_count++];
    struct function_source s = {
        .reader = reader,
        .own = node_find(resource, STR("Properties")),
        .globals = node_find(reader->globals, STR("Function")),
        .out = out,
    };
    out->id = resource->key;
    out->line = resource->line;
    out->slug = slug_of(reader->problems->arena, out->id);
    out->name = function_name(&reader->resolver, resource);
    out->arn = function_arn(&reader->resolver, out->name);
    name_check(&s);
    properties_check(&s, s.globals);
    properties_check(&s, s.own);
    runtime_check(&s);
    out->handler = property_text(reader, find(&s, "Handler"));
    out->timeout_ms = property_i64(reader, find(&s, "Timeout"), 1, 900, DEFAULT_TIMEOUT_S) * 1000;
    out->memory_mb = property_i64(reader, find(&s, "MemorySize"), 128, 10240, DEFAULT_MEMORY_MB);
    out->concurrency =
        property_i64(reader, find(&s, "ReservedConcurrentExecutions"), 0, 1000, CONCURRENCY_UNSET);
    logging_read(&s);
    url_read(reader, find(&s, "FunctionUrlConfig"), &out->url);
    env_read(&s);
    async_read(&s);
    events_read(&s);
}
