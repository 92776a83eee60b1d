#include "infra/local/template/template_read.h"

#include "infra/local/template/support.h"
#include "shared/base/buf.h"

static void properties_check(struct template_reader *reader, const struct node *properties)
{
    NODE_EACH(property, properties)
    {
        if (support_api_property(property->key) == SUPPORT_REFUSED) {
            problem_add(reader->problems, property->line,
                        "an HttpApi's " STR_FMT " is not emulated here: %s", STR_ARG(property->key),
                        str_eq(property->key, STR("Auth"))
                            ? "its routes would be open; check the token in the function"
                            : "remove it, or try it on AWS");
        }
    }
}

/* A list, or one text, as one header value. */
static struct str joined(struct template_reader *reader, const struct node *value)
{
    if (node_is_null(value)) {
        return (struct str){0};
    }
    if (value->kind == NODE_SCALAR) {
        return value->text;
    }
    struct buf out = buf_in(reader->problems->arena, KIB(8));
    NODE_EACH(item, value)
    {
        if (item != value->first) {
            buf_add_char(&out, ',');
        }
        buf_add(&out, item->text);
    }
    if (out.full) {
        problem_add(reader->problems, value->line, STR_FMT " is longer than 8 KiB",
                    STR_ARG(value->key));
    }
    return buf_str(&out);
}

static const struct node *list_or_one(struct arena *arena, const struct node *value)
{
    if (value == NULL || value->kind != NODE_SCALAR) {
        return value;
    }
    struct node *item = ARENA_NEW(arena, struct node);
    struct node *list = ARENA_NEW(arena, struct node);
    *item = *value;
    item->next = NULL;
    *list = (struct node){.kind = NODE_LIST, .line = value->line, .count = 1, .first = item};
    return list;
}

/* `CorsConfiguration: true` allows every origin, with nothing else (SAM's short form). */
void cors_read(struct template_reader *reader, const struct node *node, struct cors *out)
{
    struct arena *arena = reader->problems->arena;
    const struct node *cors = node_resolve(&reader->resolver, node);
    if (node_is_null(cors) || (cors->kind == NODE_SCALAR && str_eq(cors->text, STR("false")))) {
        return;
    }
    out->enabled = true;
    if (cors->kind == NODE_SCALAR) {
        struct node *any = ARENA_NEW(arena, struct node);
        *any = (struct node){.kind = NODE_SCALAR, .line = cors->line, .text = STR("*")};
        out->origins = list_or_one(arena, any);
        return;
    }
    out->origins = list_or_one(arena, node_find(cors, STR("AllowOrigins")));
    out->methods = joined(reader, node_find(cors, STR("AllowMethods")));
    out->headers = joined(reader, node_find(cors, STR("AllowHeaders")));
    out->expose = joined(reader, node_find(cors, STR("ExposeHeaders")));
    out->max_age = joined(reader, node_find(cors, STR("MaxAge")));
    out->credentials =
        str_eq(joined(reader, node_find(cors, STR("AllowCredentials"))), STR("true"));
}

static void stage_variables_read(struct template_reader *reader, const struct node *node)
{
    struct template *out = reader->out;
    out->stage_variables = ARENA_ARRAY(reader->problems->arena, struct env_var, TEMPLATE_MAX_ENV);
    const struct node *variables = node_resolve(&reader->resolver, node);
    NODE_EACH(variable, variables)
    {
        env_merge(out->stage_variables, &out->stage_variable_count, variable->key,
                  property_text(reader, variable));
    }
}

void api_read(struct template_reader *reader)
{
    const struct node *globals = node_find(reader->globals, STR("HttpApi"));
    const struct node *resource = node_find(reader->resolver.resources, reader->api_id);
    const struct node *own = node_find(resource, STR("Properties"));
    properties_check(reader, globals);
    properties_check(reader, own);
    if (reader->api_id.len == 0) {
        return;
    }
    struct str stage = property_text(reader, property_find(own, globals, STR("StageName")));
    if (stage.len > 0) {
        reader->out->stage = stage;
    }
    stage_variables_read(reader, property_find(own, globals, STR("StageVariables")));
    cors_read(reader, property_find(own, globals, STR("CorsConfiguration")), &reader->out->cors);
}

void url_read(struct template_reader *reader, const struct node *config, struct function_url *url)
{
    static const struct str known[] = {STR_INIT("AuthType"), STR_INIT("InvokeMode"),
                                       STR_INIT("Cors")};
    const struct node *value = node_resolve(&reader->resolver, config);
    if (node_is_null(value)) {
        return;
    }
    NODE_EACH(property, value)
    {
        bool found = false;
        for (size_t i = 0; i < ARRAY_LEN(known); i++) {
            found = found || str_eq(property->key, known[i]);
        }
        if (!found) {
            problem_add(reader->problems, property->line,
                        "a FunctionUrlConfig's " STR_FMT " is not emulated here: remove it",
                        STR_ARG(property->key));
        }
    }
    const struct node *auth = node_find(value, STR("AuthType"));
    const struct node *mode = node_find(value, STR("InvokeMode"));
    struct str kind = property_text(reader, mode);
    url->enabled = true;
    url->streams = str_eq(kind, STR("RESPONSE_STREAM"));
    if (!str_eq(property_text(reader, auth), STR("NONE"))) {
        problem_add(reader->problems, auth != NULL ? auth->line : config->line,
                    "a function URL's AuthType must be NONE: signatures are not checked here, so "
                    "the URL would be open");
    }
    if (kind.len > 0 && !url->streams && !str_eq(kind, STR("BUFFERED"))) {
        problem_add(reader->problems, mode->line, "InvokeMode is BUFFERED or RESPONSE_STREAM");
    }
    cors_read(reader, node_find(value, STR("Cors")), &url->cors);
}
