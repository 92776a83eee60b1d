/*
 * A small HTTP API: GET /hello/{name} and POST /words. Stands behind an HTTP API, a REST API, a
 * function URL or a load balancer; each gets its answer in the form that it wants.
 */
#include <lambda.h>

#include "shared/base/buf.h"
#include "shared/json/json.h"

static enum status hello(struct ctx *cx, const struct http_event *event,
                         const struct http_params *params, struct http_answer *answer, void *app)
{
    (void)event, (void)app;
    struct str name = http_param(params, STR("name")); /* decoded: /hello/J%C3%BCrg is Jürg */
    answer->content_type = STR("text/plain; charset=utf-8");
    answer->body = arena_format(cx->arena, "hello, " STR_FMT "\n", STR_ARG(name));
    return OK;
}

static int64_t words_count(struct str text)
{
    int64_t words = 0;
    struct str word = {0};
    while (str_split_next(&text, ' ', &word)) {
        words += word.len > 0 ? 1 : 0;
    }
    return words;
}

/* {"text":"so many words"} -> {"words":3} */
static enum status words(struct ctx *cx, const struct http_event *event,
                         const struct http_params *params, struct http_answer *answer, void *app)
{
    (void)params, (void)app;
    const struct json *root = NULL;
    TRY(json_read(cx, event->body, NULL, &root)); /* not JSON: the router answers 422 */
    const struct json *text = json_find(root, STR("text"));
    if (text == NULL || text->type != JSON_STRING) {
        return fail_public(cx, ERR_INVALID, "\"text\" must be a string");
    }
    struct buf body = buf_in(cx->arena, KIB(1));
    struct json_writer w = json_writer_on(&body);
    json_object_begin(&w);
    json_member_i64(&w, "words", words_count(text->text));
    json_object_end(&w);
    answer->body = buf_str(&body); /* a body without a type is application/json */
    return OK;
}

static const struct http_route routes[] = {
    {STR_INIT("GET"), STR_INIT("/hello/{name}"), hello},
    {STR_INIT("POST"), STR_INIT("/words"), words},
};
static const struct http_router router = {.routes = routes, .route_count = ARRAY_LEN(routes)};

static enum status serve(struct ctx *cx, const struct invocation *inv, struct reply *reply,
                         void *app)
{
    return http_router_serve(cx, inv, reply, &router, app);
}

int main(void)
{
    return lambda_run(&(struct lambda_options){.handler = serve});
}
