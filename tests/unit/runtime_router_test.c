#include "runtime/core/reply.h"
#include "runtime/http/router.h"
#include "runtime/lambda.h"

#include "shared/log/log.h"
#include "tests/support/check.h"

#include <fcntl.h>
#include <unistd.h>

/* ---- patterns -------------------------------------------------------------------------------- */

static void a_pattern_fits_segment_by_segment(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        struct str pattern, path;
        bool want;
        struct str value; /* of the first parameter */
    } cases[] = {
        {"root", STR_INIT("/"), STR_INIT("/"), true, {0}},
        {"text", STR_INIT("/plans"), STR_INIT("/plans"), true, {0}},
        {"text, another", STR_INIT("/plans"), STR_INIT("/plan"), false, {0}},
        {"text, case counts", STR_INIT("/plans"), STR_INIT("/Plans"), false, {0}},
        {"a slash more", STR_INIT("/plans"), STR_INIT("/plans/"), false, {0}},
        {"a slash less", STR_INIT("/plans/"), STR_INIT("/plans"), false, {0}},
        {"closing slash", STR_INIT("/plans/"), STR_INIT("/plans/"), true, {0}},
        {"text, escaped", STR_INIT("/plans"), STR_INIT("/%70lans"), true, {0}},
        {"escaped slash is no separator", STR_INIT("/a/b"), STR_INIT("/a%2Fb"), false, {0}},
        {"one", STR_INIT("/plans/{id}"), STR_INIT("/plans/7"), true, STR_INIT("7")},
        {"one, decoded", STR_INIT("/plans/{id}"), STR_INIT("/plans/a%2Fb%20c+d"), true,
         STR_INIT("a/b c+d")},
        {"one, empty", STR_INIT("/plans/{id}"), STR_INIT("/plans/"), false, {0}},
        {"one, absent", STR_INIT("/plans/{id}"), STR_INIT("/plans"), false, {0}},
        {"one, too many", STR_INIT("/plans/{id}"), STR_INIT("/plans/7/8"), false, {0}},
        {"one in the middle", STR_INIT("/a/{x}/b"), STR_INIT("/a/1/b"), true, STR_INIT("1")},
        {"rest", STR_INIT("/files/{path+}"), STR_INIT("/files/a/b.txt"), true, STR_INIT("a/b.txt")},
        {"rest, one", STR_INIT("/files/{path+}"), STR_INIT("/files/a"), true, STR_INIT("a")},
        {"rest, only a slash", STR_INIT("/files/{path+}"), STR_INIT("/files//"), true,
         STR_INIT("/")},
        {"rest, empty", STR_INIT("/files/{path+}"), STR_INIT("/files/"), false, {0}},
        {"rest of everything", STR_INIT("/{proxy+}"), STR_INIT("/a/b"), true, STR_INIT("a/b")},
        {"rest is the last", STR_INIT("/{a+}/b"), STR_INIT("/x/b"), false, {0}},
        {"half an escape", STR_INIT("/{id}"), STR_INIT("/%4"), false, {0}},
        {"escapes that are no UTF-8", STR_INIT("/{id}"), STR_INIT("/%ff"), false, {0}},
        {"braces alone are text", STR_INIT("/{}"), STR_INIT("/{}"), true, {0}},
        {"no slash", STR_INIT("plans"), STR_INIT("plans"), false, {0}},
        {"empty", STR_INIT(""), STR_INIT(""), false, {0}},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct http_params params = {0};
        struct str path = exact_copy(&t.cx, cases[i].path);
        bool fits = router_pattern_match(&t.arena, exact_copy(&t.cx, cases[i].pattern), path, false,
                                         &params);
        CHECK_I64(cases[i].name, fits, cases[i].want);
        CHECK_I64(cases[i].name, params.count, cases[i].value.ptr != NULL);
        CHECK_STR(cases[i].name, params.count > 0 ? params.items[0].value : (struct str){0},
                  cases[i].value);
    }
}

static void a_decoded_path_is_not_decoded_again(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct http_params params = {0};
    assert_true(router_pattern_match(&t.arena, STR("/{id}"), STR("/100%25"), true, &params));
    CHECK_STR("as it is", http_param(&params, STR("id")), STR("100%25"));
    assert_null(http_param(&params, STR("ID")).ptr);
}

/* ---- a table --------------------------------------------------------------------------------- */

struct seen {
    const char *handler;
    struct str id;
};

static enum status note(const char *name, const struct http_params *params, void *app)
{
    struct seen *seen = app;
    seen->handler = name;
    seen->id = params->count > 0 ? params->items[0].value : (struct str){0};
    return OK;
}

#define HANDLER(name)                                                                              \
    static enum status name(struct ctx *cx, const struct http_event *event,                        \
                            const struct http_params *params, struct http_answer *answer,          \
                            void *app)                                                             \
    {                                                                                              \
        (void)cx, (void)event;                                                                     \
        answer->body = STR("{}");                                                                  \
        return note(#name, params, app);                                                           \
    }
HANDLER(plan_get)
HANDLER(plan_put)
HANDLER(plan_list)
HANDLER(plan_newest)
HANDLER(file_any)
HANDLER(file_head)
HANDLER(rest_get)
HANDLER(own_options)

static enum status failing(struct ctx *cx, const struct http_event *event,
                           const struct http_params *params, struct http_answer *answer, void *app)
{
    static const struct http_header retry = {STR_INIT("retry-after"), STR_INIT("7")};
    (void)params, (void)app;
    answer->status = 200;
    answer->body = STR("half");
    answer->headers = &retry;
    answer->header_count = 1;
    struct str how = http_event_query_param(event, STR("how"));
    if (str_eq(how, STR("public"))) {
        return fail_public(cx, ERR_INVALID, "days: \"0\" is too few");
    }
    return fail(cx, ERR_UPSTREAM, "password=hunter2");
}

static const struct http_route routes[] = {
    {STR_INIT("GET"), STR_INIT("/{rest+}"), rest_get},
    {STR_INIT("GET"), STR_INIT("/plans"), plan_list},
    {STR_INIT("GET"), STR_INIT("/plans/{id}"), plan_get},
    {STR_INIT("PUT"), STR_INIT("/plans/{id}"), plan_put},
    {STR_INIT("GET"), STR_INIT("/plans/newest"), plan_newest},
    {STR_INIT("ANY"), STR_INIT("/files/{path+}"), file_any},
    {STR_INIT("HEAD"), STR_INIT("/files/{path+}"), file_head},
    {STR_INIT("OPTIONS"), STR_INIT("/own"), own_options},
    {STR_INIT("POST"), STR_INIT("/failing"), failing},
};
static const struct http_router router = {.routes = routes, .route_count = ARRAY_LEN(routes)};

static struct http_answer ask(struct test_ctx *t, const struct http_router *table,
                              const struct http_event *event, struct seen *seen)
{
    struct http_answer answer;
    *seen = (struct seen){0};
    int quiet = open("/dev/null", O_WRONLY | O_CLOEXEC);
    log_to(quiet);
    http_router_answer(&t->cx, table, event, &answer, seen);
    log_to(2);
    (void)close(quiet);
    CHECK_STR("the error is told", str_from_cstr(t->cx.err.text), STR(""));
    return answer;
}

static struct str header_of(const struct http_answer *answer, struct str name)
{
    for (size_t i = 0; i < answer->header_count; i++) {
        if (str_eq(answer->headers[i].name, name)) {
            return answer->headers[i].value;
        }
    }
    return (struct str){0};
}

static void the_route_that_says_most_about_the_path_wins(void **state)
{
    (void)state;
    static const struct {
        struct str method, path;
        const char *handler; /* NULL: none */
        struct str id;
        int status;
    } cases[] = {
        {STR_INIT("GET"), STR_INIT("/plans"), "plan_list", {0}, 0},
        {STR_INIT("GET"), STR_INIT("/plans/newest"), "plan_newest", {0}, 0},
        {STR_INIT("GET"), STR_INIT("/plans/7"), "plan_get", STR_INIT("7"), 0},
        {STR_INIT("PUT"), STR_INIT("/plans/newest"), "plan_put", STR_INIT("newest"), 0},
        {STR_INIT("GET"), STR_INIT("/plans/7/days"), "rest_get", STR_INIT("plans/7/days"), 0},
        {STR_INIT("DELETE"), STR_INIT("/files/a/b"), "file_any", STR_INIT("a/b"), 0},
        {STR_INIT("GET"), STR_INIT("/files/a"), "file_any", STR_INIT("a"), 0},
        {STR_INIT("HEAD"), STR_INIT("/files/a"), "file_head", STR_INIT("a"), 0},
        {STR_INIT("HEAD"), STR_INIT("/plans/7"), "plan_get", STR_INIT("7"), 0},
        {STR_INIT("OPTIONS"), STR_INIT("/own"), "own_options", {0}, 0},
        {STR_INIT("OPTIONS"), STR_INIT("/plans"), NULL, {0}, 204},
        {STR_INIT("get"), STR_INIT("/plans"), NULL, {0}, 405},
        {STR_INIT("POST"), STR_INIT("/"), NULL, {0}, 404},
        {STR_INIT("GET"), STR_INIT("/"), NULL, {0}, 404},
        {STR_INIT("GET"), STR_INIT("/%zz"), NULL, {0}, 404},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct http_event event = {
            .format = HTTP_V2, .method = cases[i].method, .path = exact_copy(&t.cx, cases[i].path)};
        struct seen seen;
        struct http_answer answer = ask(&t, &router, &event, &seen);
        CHECK_STR(cases[i].path.ptr, str_from_cstr(seen.handler), str_from_cstr(cases[i].handler));
        CHECK_STR(cases[i].path.ptr, seen.id, cases[i].id);
        CHECK_I64(cases[i].path.ptr, answer.status, cases[i].status);
    }
}

static void another_method_is_405_with_allow(void **state)
{
    (void)state;
    static const struct {
        struct str method, path, allow, body;
        int status;
    } cases[] = {
        {STR_INIT("DELETE"), STR_INIT("/plans/7"), STR_INIT("GET, PUT, HEAD, OPTIONS"),
         STR_INIT("{\"message\":\"DELETE is not allowed here; use GET, PUT, HEAD, OPTIONS\"}"),
         405},
        {STR_INIT("PATCH"), STR_INIT("/own"), STR_INIT("GET, OPTIONS, HEAD"),
         STR_INIT("{\"message\":\"PATCH is not allowed here; use GET, OPTIONS, HEAD\"}"), 405},
        {STR_INIT("OPTIONS"), STR_INIT("/failing"), STR_INIT("GET, POST, HEAD, OPTIONS"), {0}, 204},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct http_event event = {
            .format = HTTP_V2, .method = cases[i].method, .path = cases[i].path};
        struct seen seen;
        struct http_answer answer = ask(&t, &router, &event, &seen);
        CHECK_I64("status", answer.status, cases[i].status);
        CHECK_STR("allow", header_of(&answer, STR("allow")), cases[i].allow);
        CHECK_STR("body", answer.body, cases[i].body);
    }
}

static void head_is_get_without_its_body(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct http_event event = {.format = HTTP_V2, .method = STR("HEAD"), .path = STR("/plans/7")};
    struct seen seen;
    struct http_answer answer = ask(&t, &router, &event, &seen);
    CHECK_STR("handler", str_from_cstr(seen.handler), STR("plan_get"));
    CHECK_STR("no body", answer.body, STR(""));
    CHECK_STR("the type stays", answer.content_type, STR("application/json"));
    event.path = STR("/");
    answer = ask(&t, &router, &event, &seen);
    CHECK_I64("an error has none either", answer.body.len, 0);
    CHECK_I64("an error has none either", answer.status, 404);
}

static void a_failure_becomes_the_answer(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct http_header how = {STR("how"), STR("public")};
    struct http_event event = {.format = HTTP_V2,
                               .method = STR("POST"),
                               .path = STR("/failing"),
                               .query_params = &how,
                               .query_param_count = 1};
    struct seen seen;
    struct http_answer answer = ask(&t, &router, &event, &seen);
    CHECK_I64("status", answer.status, 422);
    CHECK_STR("words", answer.body, STR("{\"message\":\"days: \\\"0\\\" is too few\"}"));
    CHECK_STR("its headers stay", header_of(&answer, STR("retry-after")), STR("7"));
    event.query_param_count = 0;
    answer = ask(&t, &router, &event, &seen);
    CHECK_I64("status", answer.status, 502);
    CHECK_STR("nothing internal", answer.body,
              STR("{\"message\":\"A service behind this one failed\"}"));
}

static void own_error(struct ctx *cx, const struct http_event *event, enum status status,
                      struct http_answer *answer, void *app)
{
    struct seen *seen = app;
    (void)event;
    seen->handler = "own_error";
    answer->status = status == ERR_METHOD ? 405 : 418;
    answer->body = arena_format(cx->arena, "\"%s\"", cx->err.text);
}

static void on_error_writes_every_failure(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct http_router own = router;
    own.on_error = own_error;
    struct http_event event = {.format = HTTP_V2, .method = STR("POST"), .path = STR("/failing")};
    struct seen seen;
    struct http_answer answer = ask(&t, &own, &event, &seen);
    CHECK_STR("handler's", answer.body, STR("\"password=hunter2\""));
    event.method = STR("PUT");
    answer = ask(&t, &own, &event, &seen);
    CHECK_STR("called", str_from_cstr(seen.handler), STR("own_error"));
    CHECK_STR("405 keeps allow", header_of(&answer, STR("allow")), STR("GET, POST, HEAD, OPTIONS"));
    event.path = STR("/");
    answer = ask(&t, &own, &event, &seen);
    CHECK_STR("404", answer.body, STR("\"no such path\""));
}

static void a_body_over_the_limit_is_413(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct http_router small = router;
    small.max_body_bytes = 3;
    struct http_event event = {
        .format = HTTP_V2, .method = STR("PUT"), .path = STR("/plans/7"), .body = STR("abc")};
    struct seen seen;
    struct http_answer answer = ask(&t, &small, &event, &seen);
    CHECK_STR("at the limit", answer.body, STR("{}"));
    event.body = STR("abcd");
    answer = ask(&t, &small, &event, &seen);
    assert_null(seen.handler);
    CHECK_I64("limit + 1", answer.status, 413);
    CHECK_STR("words", answer.body, STR("{\"message\":\"the body has 4 bytes; the limit is 3\"}"));
}

static void stage_and_base_path_are_taken_off(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        enum http_format format;
        struct str stage, path, base, want;
    } cases[] = {
        {"default", HTTP_V2, STR_INIT("$default"), STR_INIT("/a"), {0}, STR_INIT("/a")},
        {"stage", HTTP_V2, STR_INIT("beta"), STR_INIT("/beta/a"), {0}, STR_INIT("/a")},
        {"stage alone", HTTP_V2, STR_INIT("beta"), STR_INIT("/beta"), {0}, STR_INIT("/")},
        {"stage is no prefix",
         HTTP_V2,
         STR_INIT("beta"),
         STR_INIT("/betas"),
         {0},
         STR_INIT("/betas")},
        {"custom domain", HTTP_V2, STR_INIT("beta"), STR_INIT("/a"), {0}, STR_INIT("/a")},
        {"REST has none", HTTP_V1, STR_INIT("beta"), STR_INIT("/beta/a"), {0}, STR_INIT("/beta/a")},
        {"base", HTTP_V1, STR_INIT("prod"), STR_INIT("/v1/a"), STR_INIT("/v1"), STR_INIT("/a")},
        {"base alone", HTTP_ALB, {0}, STR_INIT("/v1"), STR_INIT("/v1"), STR_INIT("/")},
        {"base not there", HTTP_ALB, {0}, STR_INIT("/v10/a"), STR_INIT("/v1"), STR_INIT("/v10/a")},
        {"both", HTTP_V2, STR_INIT("beta"), STR_INIT("/beta/v1/a"), STR_INIT("/v1"),
         STR_INIT("/a")},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct http_event event = {
            .format = cases[i].format, .stage = cases[i].stage, .path = cases[i].path};
        struct http_router table = {.base_path = cases[i].base};
        CHECK_STR(cases[i].name, router_path(&table, &event), cases[i].want);
    }
}

/* ---- CORS ------------------------------------------------------------------------------------ */

static const struct str two_origins[] = {STR_INIT("https://a.example"),
                                         STR_INIT("https://b.example")};
static const struct str any_origin[] = {STR_INIT("*")};
static const struct http_cors cors_two = {
    .origins = two_origins,
    .origin_count = 2,
    .headers = STR_INIT("authorization, content-type"),
    .expose = STR_INIT("x-request-id"),
    .credentials = true,
    .max_age_s = 600,
};

static struct http_answer ask_from(struct test_ctx *t, const struct http_cors *cors,
                                   struct str method, struct str path, struct str origin)
{
    struct http_router table = router;
    table.cors = cors;
    const struct http_header headers[] = {{STR("origin"), origin},
                                          {STR("access-control-request-method"), STR("PUT")}};
    struct http_event event = {.format = HTTP_V2,
                               .method = method,
                               .path = path,
                               .headers = headers,
                               .header_count = origin.len > 0 ? 2 : 0};
    struct seen seen;
    return ask(t, &table, &event, &seen);
}

static void a_preflight_says_what_may_be_sent(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct str origin = STR("https://b.example");
    struct http_answer answer = ask_from(&t, &cors_two, STR("OPTIONS"), STR("/plans/7"), origin);
    CHECK_I64("status", answer.status, 204);
    const struct http_header want[] = {
        {STR("access-control-allow-origin"), origin},
        {STR("vary"), STR("Origin")},
        {STR("access-control-allow-credentials"), STR("true")},
        {STR("access-control-allow-methods"), STR("GET, PUT, HEAD, OPTIONS")},
        {STR("access-control-allow-headers"), STR("authorization, content-type")},
        {STR("access-control-max-age"), STR("600")},
    };
    CHECK_I64("headers", answer.header_count, ARRAY_LEN(want));
    for (size_t i = 0; i < ARRAY_LEN(want); i++) {
        CHECK_STR(want[i].name.ptr, header_of(&answer, want[i].name), want[i].value);
    }
    answer = ask_from(&t, &cors_two, STR("OPTIONS"), STR("/files/x"), origin);
    CHECK_STR("ANY", header_of(&answer, STR("access-control-allow-methods")),
              STR("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"));
    answer = ask_from(&t, &cors_two, STR("OPTIONS"), STR("/"), origin);
    CHECK_I64("unknown path", answer.status, 404);
    CHECK_STR("unknown path", header_of(&answer, STR("access-control-allow-origin")), origin);
}

static void a_stranger_gets_no_leave(void **state)
{
    (void)state;
    static const struct str strangers[] = {STR_INIT("https://evil.example"), STR_INIT("null"),
                                           STR_INIT("https://a.example.evil"),
                                           STR_INIT("HTTPS://A.EXAMPLE")};
    for (size_t i = 0; i < ARRAY_LEN(strangers); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct http_answer answer =
            ask_from(&t, &cors_two, STR("OPTIONS"), STR("/plans"), strangers[i]);
        CHECK_I64("preflight", answer.status, 204);
        CHECK_I64("vary alone", answer.header_count, 1);
        CHECK_STR("vary", header_of(&answer, STR("vary")), STR("Origin"));
        answer = ask_from(&t, &cors_two, STR("GET"), STR("/plans"), strangers[i]);
        CHECK_I64("vary alone", answer.header_count, 1);
        CHECK_STR("answered all the same", answer.body, STR("{}"));
    }
}

static void every_answer_can_be_read_by_its_origin(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct str origin = STR("https://a.example");
    static const struct str paths[] = {STR_INIT("/plans"), STR_INIT("/")};
    for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
        struct http_answer answer = ask_from(&t, &cors_two, STR("GET"), paths[i], origin);
        CHECK_STR("origin", header_of(&answer, STR("access-control-allow-origin")), origin);
        CHECK_STR("vary", header_of(&answer, STR("vary")), STR("Origin"));
        CHECK_STR("exposed", header_of(&answer, STR("access-control-expose-headers")),
                  STR("x-request-id"));
        CHECK_STR("credentials", header_of(&answer, STR("access-control-allow-credentials")),
                  STR("true"));
    }
    struct http_answer same_site = ask_from(&t, &cors_two, STR("GET"), STR("/plans"), STR(""));
    CHECK_I64("without an origin, vary alone", same_site.header_count, 1);
}

static void any_origin_is_a_star_and_never_has_credentials(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct http_cors cors = {.origins = any_origin, .origin_count = 1, .credentials = true};
    struct http_answer answer =
        ask_from(&t, &cors, STR("GET"), STR("/plans"), STR("https://x.example"));
    CHECK_STR("star", header_of(&answer, STR("access-control-allow-origin")), STR("*"));
    CHECK_I64("nothing else", answer.header_count, 1);
}

/* ---- events ---------------------------------------------------------------------------------- */

static void http_router_serve_answers_an_event(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct seen seen = {0};
    struct invocation inv = {
        .event = STR("{\"httpMethod\":\"GET\",\"path\":\"/plans/a%b\",\"requestContext\":{}}")};
    struct reply reply = {.inv = &inv};
    CHECK_STATUS(&t.cx, http_router_serve(&t.cx, &inv, &reply, &router, &seen), OK);
    CHECK_STR("REST's path is decoded already", seen.id, STR("a%b"));
    CHECK_STR("reply", reply.body,
              STR("{\"statusCode\":200,\"multiValueHeaders\":{\"content-type\":[\"application/"
                  "json\"]},\"body\":\"{}\",\"isBase64Encoded\":false}"));
    inv.event = STR("{\"version\":\"0\"}");
    CHECK_STATUS(&t.cx, http_router_serve(&t.cx, &inv, &reply, &router, &seen), ERR_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pattern_fits_segment_by_segment),
        cmocka_unit_test(a_decoded_path_is_not_decoded_again),
        cmocka_unit_test(the_route_that_says_most_about_the_path_wins),
        cmocka_unit_test(another_method_is_405_with_allow),
        cmocka_unit_test(head_is_get_without_its_body),
        cmocka_unit_test(a_failure_becomes_the_answer),
        cmocka_unit_test(on_error_writes_every_failure),
        cmocka_unit_test(a_body_over_the_limit_is_413),
        cmocka_unit_test(stage_and_base_path_are_taken_off),
        cmocka_unit_test(a_preflight_says_what_may_be_sent),
        cmocka_unit_test(a_stranger_gets_no_leave),
        cmocka_unit_test(every_answer_can_be_read_by_its_origin),
        cmocka_unit_test(any_origin_is_a_star_and_never_has_credentials),
        cmocka_unit_test(http_router_serve_answers_an_event),
    };
    return cmocka_run_group_tests_name("runtime_router", tests, NULL, NULL);
}
