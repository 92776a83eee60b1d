#include "infra/local/template/template_read.h"

#include "infra/local/base/text.h"
#include "infra/local/template/support.h"

enum {
    REST_CEILING_MS = 29000,
    REST_STREAM_CEILING_MS = 900000, /* of a streamed response: 15 minutes */
    REST_MAX_BINARY_TYPES = 64,
};

static const struct str IMPLICIT_API = STR_INIT("ServerlessRestApi"); /* SAM's, if none is named */

/* ---- a function's events --------------------------------------------------------------------- */

static struct str method_read(struct template_reader *reader, const struct node *event,
                              const struct node *node)
{
    static const struct str known[] = {
        STR_INIT("ANY"),     STR_INIT("DELETE"), STR_INIT("GET"),  STR_INIT("HEAD"),
        STR_INIT("OPTIONS"), STR_INIT("PATCH"),  STR_INIT("POST"), STR_INIT("PUT"),
    };
    struct str given = property_text(reader, node);
    struct str method = text_upper_copy(reader->problems->arena, given);
    for (size_t i = 0; i < ARRAY_LEN(known); i++) {
        if (str_eq(method, known[i])) {
            return method;
        }
    }
    problem_add(reader->problems, node != NULL ? node->line : event->line,
                "Method \"" STR_FMT "\" is not one of a REST API", STR_ARG(given));
    return STR("ANY");
}

static void api_note(struct template_reader *reader, const struct node *event,
                     const struct node *api)
{
    struct rest_api *rest = &reader->out->rest;
    struct str id = IMPLICIT_API;
    if (api != NULL) {
        bool is_ref = api->kind == NODE_CALL && str_eq(api->text, STR("Ref"));
        id = is_ref ? api->first->text : STR("");
        const struct node *type = node_find(node_find(reader->resolver.resources, id), STR("Type"));
        if (type == NULL || !str_eq(type->text, STR("AWS::Serverless::Api"))) {
            problem_add(reader->problems, api->line,
                        "RestApiId must be !Ref of an AWS::Serverless::Api in this template");
            return;
        }
    }
    if (rest->id.len > 0 && !str_eq(rest->id, id)) {
        problem_add(reader->problems, event->line,
                    "a second REST API, " STR_FMT " after " STR_FMT
                    ": one port serves one; give every event the same RestApiId",
                    STR_ARG(id), STR_ARG(rest->id));
    }
    rest->id = id;
}

static bool streams_read(struct template_reader *reader, const struct node *node)
{
    struct str mode = property_text(reader, node);
    bool streams = str_eq(mode, STR("RESPONSE_STREAM"));
    if (mode.len > 0 && !streams && !str_eq(mode, STR("BUFFERED"))) {
        problem_add(reader->problems, node->line,
                    "ResponseTransferMode is BUFFERED or RESPONSE_STREAM");
    }
    return streams;
}

static void route_add(struct template_reader *reader, const struct node *event,
                      const struct route *route)
{
    struct rest_api *rest = &reader->out->rest;
    for (size_t i = 0; i < rest->route_count; i++) {
        if (str_eq(rest->routes[i].key, route->key)) {
            problem_add(reader->problems, event->line,
                        "method " STR_FMT " is taken by line %d: change one", STR_ARG(route->key),
                        rest->routes[i].line);
            return;
        }
    }
    if (rest->route_count == TEMPLATE_MAX_ROUTES) {
        problem_add(reader->problems, event->line, "more than 300 routes");
        return;
    }
    rest->routes[rest->route_count++] = *route;
}

static void properties_check(struct template_reader *reader, const struct node *properties,
                             enum support (*support)(struct str), const char *what)
{
    NODE_EACH(property, properties)
    {
        if (support(property->key) == SUPPORT_REFUSED) {
            problem_add(reader->problems, property->line,
                        "%s's " STR_FMT " is not emulated here: %s", what, STR_ARG(property->key),
                        str_eq(property->key, STR("Auth"))
                            ? "its routes would be open; check the token in the function"
                            : "remove it, or try it on AWS");
        }
    }
}

void rest_event_read(struct template_reader *reader, const struct function *f,
                     const struct node *event)
{
    const struct node *properties = node_find(event, STR("Properties"));
    const struct node *path = node_find(properties, STR("Path"));
    const char *why = NULL;
    properties_check(reader, properties, support_rest_event_property, "an Api event");
    api_note(reader, event, node_find(properties, STR("RestApiId")));
    struct str text = property_text(reader, path);
    struct route route = {
        .method = method_read(reader, event, node_find(properties, STR("Method"))),
        .function = f,
        .line = event->line,
        .streams = streams_read(reader, node_find(properties, STR("ResponseTransferMode"))),
    };
    int64_t ceiling = route.streams ? REST_STREAM_CEILING_MS : REST_CEILING_MS;
    route.timeout_ms =
        property_i64(reader, node_find(properties, STR("TimeoutInMillis")), 50, ceiling, ceiling);
    route.key = arena_format(reader->problems->arena, STR_FMT " " STR_FMT, STR_ARG(route.method),
                             STR_ARG(text));
    if (!route_parse_path(&route, text, &why)) {
        problem_add(reader->problems, path != NULL ? path->line : event->line,
                    "Path \"" STR_FMT "\": %s", STR_ARG(text), why);
        return;
    }
    route_add(reader, event, &route);
}

/* ---- the API --------------------------------------------------------------------------------- */

/* SAM wants values of CORS headers in quotes of their own: "'*'". */
static struct str cors_value(struct template_reader *reader, const struct node *node)
{
    struct str text = property_text(reader, node);
    bool quoted = text.len >= 2 && text.ptr[0] == '\'' && text.ptr[text.len - 1] == '\'';
    return quoted ? str_slice(text, 1, text.len - 1) : text;
}

static void rest_cors_read(struct template_reader *reader, const struct node *node)
{
    struct rest_cors *out = &reader->out->rest.cors;
    const struct node *cors = node_resolve(&reader->resolver, node);
    if (node_is_null(cors)) {
        return;
    }
    if (cors->kind == NODE_SCALAR) {
        out->origin = cors_value(reader, node);
        out->methods = STR("DELETE,GET,HEAD,OPTIONS,PATCH,POST,PUT");
        return;
    }
    out->origin = cors_value(reader, node_find(cors, STR("AllowOrigin")));
    out->methods = cors_value(reader, node_find(cors, STR("AllowMethods")));
    out->headers = cors_value(reader, node_find(cors, STR("AllowHeaders")));
    out->max_age = cors_value(reader, node_find(cors, STR("MaxAge")));
    if (str_eq(cors_value(reader, node_find(cors, STR("AllowCredentials"))), STR("true"))) {
        out->credentials = STR("true");
    }
    if (out->origin.len == 0) {
        out->origin = STR("*");
    }
}

/* "image~1png" stands for image/png, since these become keys of a JSON path. */
static void binary_types_read(struct template_reader *reader, const struct node *node)
{
    struct rest_api *rest = &reader->out->rest;
    struct arena *arena = reader->problems->arena;
    rest->binary_types = ARENA_ARRAY(arena, struct str, REST_MAX_BINARY_TYPES);
    const struct node *types = node_resolve(&reader->resolver, node);
    NODE_EACH(item, types)
    {
        struct str text = property_text(reader, item);
        size_t mark = str_find(text, STR("~1"));
        if (mark != SIZE_MAX) {
            text = arena_format(arena, STR_FMT "/" STR_FMT, STR_ARG(str_slice(text, 0, mark)),
                                STR_ARG(str_slice(text, mark + 2, text.len)));
        }
        if (rest->binary_count < REST_MAX_BINARY_TYPES) {
            rest->binary_types[rest->binary_count++] = text;
        }
    }
}

static void stage_variables_read(struct template_reader *reader, const struct node *node)
{
    struct rest_api *rest = &reader->out->rest;
    const struct node *variables = node_resolve(&reader->resolver, node);
    rest->stage_variables = ARENA_ARRAY(reader->problems->arena, struct env_var, TEMPLATE_MAX_ENV);
    NODE_EACH(variable, variables)
    {
        env_merge(rest->stage_variables, &rest->stage_variable_count, variable->key,
                  property_text(reader, variable));
    }
}

/* Also of an API that no event names: its routes would come from a definition. */
static void apis_check(struct template_reader *reader)
{
    NODE_EACH(resource, reader->resolver.resources)
    {
        const struct node *type = node_find(resource, STR("Type"));
        if (type != NULL && str_eq(type->text, STR("AWS::Serverless::Api"))) {
            properties_check(reader, node_find(resource, STR("Properties")),
                             support_rest_api_property, "a REST API");
        }
    }
}

void rest_read(struct template_reader *reader)
{
    struct rest_api *rest = &reader->out->rest;
    const struct node *globals = node_find(reader->globals, STR("Api"));
    const struct node *resource = node_find(reader->resolver.resources, rest->id);
    const struct node *own = node_find(resource, STR("Properties"));
    properties_check(reader, globals, support_rest_api_property, "a REST API");
    apis_check(reader);
    if (rest->id.len == 0) {
        return;
    }
    const struct node *stage = property_find(own, globals, STR("StageName"));
    rest->stage = property_text(reader, stage);
    if (rest->stage.len == 0) {
        rest->stage = STR("Prod"); /* SAM's, of the API that no resource declares */
        if (resource != NULL) {
            problem_add(reader->problems, resource->line,
                        "an AWS::Serverless::Api needs StageName");
        }
    }
    if (reader->api_id.len > 0 && str_eq(rest->stage, reader->out->stage)) {
        problem_add(reader->problems, stage != NULL ? stage->line : 1,
                    "the REST API and the HTTP API both have the stage " STR_FMT
                    ": here they share a port, so name one otherwise",
                    STR_ARG(rest->stage));
    }
    binary_types_read(reader, property_find(own, globals, STR("BinaryMediaTypes")));
    stage_variables_read(reader, property_find(own, globals, STR("Variables")));
    rest_cors_read(reader, property_find(own, globals, STR("Cors")));
}
