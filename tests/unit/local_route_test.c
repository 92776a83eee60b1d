#include "tests/support/check.h"

#include "infra/local/template/route.h"

#define MAX_ROUTES 12

struct table {
    struct route routes[MAX_ROUTES];
    size_t count;
};

/* "GET /plans/{id}", "$default" */
static void add(struct table *table, const char *key)
{
    struct route *route = &table->routes[table->count++];
    struct str rest = str_from_cstr(key);
    const char *why = "";
    *route = (struct route){.key = rest, .method = STR("ANY"), .is_default = rest.ptr[0] == '$'};
    if (!route->is_default) {
        assert_true(str_split_next(&rest, ' ', &route->method));
        if (!route_parse_path(route, rest, &why)) {
            CHECK_FAILED("%s: %s\n", key, why);
        }
    }
}

static void route_find_takes_the_most_exact(void **state)
{
    (void)state;
    static const struct {
        const char *request, *want; /* want NULL: none */
    } cases[] = {
        {"GET /pets/dog/1", "GET /pets/dog/1"},
        {"GET /pets/dog/2", "GET /pets/dog/{id}"},
        {"GET /pets/cat/2", "GET /pets/{rest+}"},
        {"POST /pets/dog/1", "ANY /{all+}"},
        {"GET /pets", "ANY /{all+}"},
        {"POST /pets", "POST /pets"},
        {"PUT /any", "ANY /any"},
        {"GET /any", "GET /any"},
        {"GET /", "$default"},
        {"GET /pets/dog/", "GET /pets/{rest+}"},
        {"GET /pets/", "ANY /{all+}"},
        {"GET /pets/d%6fg/1", "GET /pets/dog/1"},
        {"GET /pets/dog%2F1", "GET /pets/{rest+}"},
    };
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct table *table = ARENA_NEW(&t.arena, struct table);
    const char *const keys[] = {"$default",           "ANY /{all+}",     "GET /pets/{rest+}",
                                "GET /pets/dog/{id}", "GET /pets/dog/1", "POST /pets",
                                "ANY /any",           "GET /any"};
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        add(table, keys[i]);
    }
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct str path = str_from_cstr(cases[i].request);
        struct str method;
        struct route_match match;
        assert_true(str_split_next(&path, ' ', &method));
        route_find(&t.arena, table->routes, table->count, method, path, &match);
        CHECK_STR(cases[i].request, match.route != NULL ? match.route->key : STR("none"),
                  str_from_cstr(cases[i].want));
    }
}

static void route_find_says_when_there_is_none(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct table *table = ARENA_NEW(&t.arena, struct table);
    struct route_match match;
    add(table, "GET /plans/{id}");
    const char *const paths[] = {"/", "/plans", "/plans/", "/plans/1/2", "/plans/1/", "/Plans/1"};
    for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
        route_find(&t.arena, table->routes, 1, STR("GET"), str_from_cstr(paths[i]), &match);
        CHECK_STR(paths[i], match.route != NULL ? match.route->key : STR("none"), STR("none"));
    }
    route_find(&t.arena, table->routes, 1, STR("HEAD"), STR("/plans/1"), &match);
    assert_null(match.route);
}

static void route_find_decodes_parameters(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct table *table = ARENA_NEW(&t.arena, struct table);
    struct route_match match;
    add(table, "GET /a/{x}/b/{rest+}");
    route_find(&t.arena, table->routes, 1, STR("GET"), STR("/a/1%2F2/b/c+d/%e2%82%ac/%"), &match);
    CHECK_I64("params", match.param_count, 2);
    CHECK_STR("x", match.params[0].value, STR("1/2"));
    CHECK_STR("rest", match.params[1].value, STR("c+d/\xe2\x82\xac/%"));
}

static void route_parse_path_refuses(void **state)
{
    (void)state;
    static const struct {
        const char *path, *why;
    } cases[] = {
        {"plans", "a path begins with /"},
        {"/a{b}", "a parameter takes a whole segment: /{name}/"},
        {"/{b", "a { without its }, or {} without a name"},
        {"/{}", "a { without its }, or {} without a name"},
        {"/{+}", "a parameter without a name"},
        {"/{a+}/b", "a {name+} must stand last"},
        {"/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17/18/19/20/21/22/23/24/25/26/27/28/29/30/31/32/"
         "33",
         "more than 32 segments"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct route route = {0};
        const char *why = "accepted";
        assert_false(route_parse_path(&route, str_from_cstr(cases[i].path), &why));
        CHECK_STR(cases[i].path, str_from_cstr(why), str_from_cstr(cases[i].why));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(route_find_takes_the_most_exact),
        cmocka_unit_test(route_find_says_when_there_is_none),
        cmocka_unit_test(route_find_decodes_parameters),
        cmocka_unit_test(route_parse_path_refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
