/*
 * The refiner's HTTP face, without a database: what is refused and how, and that a valid analysis
 * has its answer all the same. With a database: tests/integration/refiner_test.c.
 */
#include "tests/functions/refiner_stand_in.h"

#include "functions/refiner/error.h"
#include "shared/base/clock.h"

#define NOWHERE "postgresql://nobody@127.0.0.1:9/nothing"
#define USER_ID "2f6c3a10-7a51-4a7e-9a52-1f4b8c0d9e33"

/* 2026-11-28T12:00:00Z */
static const int64_t NOW_MS = 1795867200000;

enum status auth_caller(struct ctx *cx, const struct auth_config *auth,
                        struct str authorization_header, int64_t now_ms, struct caller *caller)
{
    (void)auth, (void)now_ms;
    *caller = (struct caller){.user_id = STR(USER_ID), .claims = STR("{\"sub\":\"" USER_ID "\"}")};
    return str_eq(authorization_header, STR("Bearer good"))
               ? OK
               : fail_public(cx, ERR_UNAUTHENTICATED, "A valid bearer token is required");
}

struct exchange {
    struct test_ctx t;
    struct services services;
    struct refiner_place place;
    struct http_answer answer;
    const struct json *root;
};

static void exchange_open(struct exchange *x)
{
    *x = (struct exchange){0};
    (void)test_ctx_open(&x->t);
    struct ctx *cx = &x->t.cx;
    cx->request_id = STR("r-1");
    x->services.pg = pg_new(NOWHERE);
    x->place.desk_count = 2;
    for (size_t i = 0; i < x->place.desk_count; i++) {
        x->place.desks[i].pg = i == 0 ? x->services.pg : pg_new(NOWHERE);
        CHECK_STATUS(cx, refined_schema_compile(cx, cx->arena, &x->place.desks[i].schema), OK);
        CHECK_STATUS(cx, form_init(cx, cx->arena, &x->place.desks[i].form), OK);
    }
    SCRIPT({OK, NULL});
}

static void exchange_close(struct exchange *x)
{
    arena_deinit(&x->t.arena);
    pg_free(x->place.desks[0].pg);
    pg_free(x->place.desks[1].pg);
}

#define EXCHANGE                                                                                   \
    DEFER(exchange_close) struct exchange x;                                                       \
    exchange_open(&x)

static struct http_header query; /* of the next request; no name: none */

static void ask_as(struct exchange *x, const char *token, const char *method, const char *path,
                   struct str body)
{
    struct http_header headers[] = {{STR("authorization"), str_from_cstr(token)}};
    struct ctx *cx = &x->t.cx;
    struct http_event event = {.format = HTTP_V2,
                               .method = str_from_cstr(method),
                               .path = str_from_cstr(path),
                               .stage = STR("$default"),
                               .body = exact_copy(cx, body),
                               .headers = headers,
                               .header_count = ARRAY_LEN(headers),
                               .query_params = &query,
                               .query_param_count = query.name.len > 0 ? 1 : 0};
    struct endpoint_call call = {
        .endpoint = &refiner, .services = &x->services, .own = &x->place, .now_ms = NOW_MS};
    x->answer = (struct http_answer){0};
    x->root = NULL;
    endpoint_serve(cx, &call, &event, &x->answer);
    x->answer.status = x->answer.status == 0 ? 200 : x->answer.status;
    if (x->answer.body.len > 0) {
        CHECK_STATUS(cx, json_read(cx, x->answer.body, NULL, &x->root), OK);
    }
}

static void ask(struct exchange *x, const char *method, const char *path, struct str body)
{
    ask_as(x, "Bearer good", method, path, body);
}

static const struct json *meta(const struct exchange *x, const char *name)
{
    return json_find(json_find(x->root, STR("_metadata")), str_from_cstr(name));
}

static bool meta_is(const struct exchange *x, const char *name)
{
    const struct json *value = meta(x, name);
    return value != NULL && value->type == JSON_BOOL && value->boolean;
}

/* ---- refusals -------------------------------------------------------------------------------- */

static void bodies_at_fault_are_400_and_named(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        struct str body;
        const char *path; /* NULL: no field */
    } cases[] = {
        {"no prompt", STR_INIT("{\"user_request\":{\"intent\":\"image\"}}"),
         "user_request.original_prompt"},
        {"no JSON", STR_INIT("{"), NULL},
        {"an array", STR_INIT("[]"), NULL},
        {"a wrong type", STR_INIT("{\"user_request\":{\"original_prompt\":5}}"),
         "user_request.original_prompt"},
        {"invalid UTF-8", STR_INIT("{\"user_request\":{\"original_prompt\":\"\xff\"}}"), NULL},
        {"a raw NUL", STR_INIT("{\"user_request\":{\"original_prompt\":\"a\0b\"}}"), NULL},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        EXCHANGE;
        ask(&x, "POST", "/refiner", cases[i].body);
        CHECK_I64(cases[i].name, x.answer.status, 400);
        CHECK_STR(cases[i].name, json_find_str(x.root, STR("type")), STR("validation"));
        const struct json *details = json_find(x.root, STR("details"));
        CHECK_STR(cases[i].name,
                  details == NULL ? (struct str){0} : json_find_str(details->first, STR("path")),
                  str_from_cstr(cases[i].path));
        CHECK_I64(cases[i].name, engine.calls, 0);
    }
}

static void nothing_at_all_is_400(void **state)
{
    (void)state;
    EXCHANGE;
    ask(&x, "POST", "/refiner", STR(""));
    CHECK_I64("status", x.answer.status, 400);
}

static void a_switch_is_true_or_false(void **state)
{
    (void)state;
    static const struct {
        const char *path, *name, *value;
        int status;
    } cases[] = {
        {"/refiner", "enrich", "false", 200},     {"/refiner", "enrich", "true", 200},
        {"/refiner", "enrich", "", 200},          {"/refiner", "enrich", "0", 400},
        {"/refiner", "enrich", "FALSE", 400},     {"/refiner", "cache", "no", 400},
        {"/refiner", "cache", "false,true", 400}, {"/refiner/batch", "enrich", "0", 400},
        {"/refiner/batch", "cache", "off", 400},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        EXCHANGE;
        query = (struct http_header){str_from_cstr(cases[i].name), str_from_cstr(cases[i].value)};
        ask(&x, "POST", cases[i].path, STR("{\"user_request\":{\"original_prompt\":\"a dog\"}}"));
        query = (struct http_header){0};
        CHECK_I64(cases[i].value, x.answer.status, cases[i].status);
        CHECK_I64(cases[i].value, json_find(x.root, STR("details")) == NULL, true);
    }
}

static struct str repeated(struct ctx *cx, char c, size_t count)
{
    struct buf buf = buf_in(cx->arena, count);
    for (size_t i = 0; i < count; i++) {
        buf_add_char(&buf, c);
    }
    return buf_str(&buf);
}

static void five_thousand_brackets_are_400(void **state)
{
    (void)state;
    EXCHANGE;
    ask(&x, "POST", "/refiner", repeated(&x.t.cx, '[', 5000));
    CHECK_I64("status", x.answer.status, 400);
}

static void what_is_too_large_is_413(void **state)
{
    (void)state;
    static const struct {
        size_t bytes;
        int status;
    } cases[] = {
        {REFINER_MAX_ITEM_BYTES, 400}, /* it is read, and is no JSON */
        {REFINER_MAX_ITEM_BYTES + 1, 413},
        {MIB(10), 413},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        EXCHANGE;
        ask(&x, "POST", "/refiner", repeated(&x.t.cx, 'x', cases[i].bytes));
        CHECK_I64("status", x.answer.status, cases[i].status);
    }
}

static void strangers_are_401_wherever_something_is_done(void **state)
{
    (void)state;
    static const struct {
        const char *method, *path;
    } routes[] = {
        {"POST", "/refiner"},
        {"POST", "/refiner/batch"},
        {"POST", "/refiner/estimate"},
        {"GET", "/refiner/ref_abcdefgh_000001"},
        {"GET", "/refiner/ref_abcdefgh_000001/events"},
        {"POST", "/api/dreamcut/refiner"},
    };
    for (size_t i = 0; i < ARRAY_LEN(routes); i++) {
        EXCHANGE;
        ask_as(&x, "Bearer bad", routes[i].method, routes[i].path, STR(DOG));
        CHECK_I64(routes[i].path, x.answer.status, 401);
        CHECK_I64(routes[i].path, engine.calls, 0);
    }
}

static void an_id_of_another_form_is_404(void **state)
{
    (void)state;
    static const char *const ids[] = {"ref_", "ref_abcdefgh_00000", "ref_ABCDEFGH_000001",
                                      "ref_abcdefgh_000001'", "dq_81"};
    for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
        EXCHANGE;
        ask(&x, "GET", arena_format(x.t.cx.arena, "/refiner/%s", ids[i]).ptr, STR(""));
        CHECK_I64(ids[i], x.answer.status, 404);
    }
}

/* ---- answers --------------------------------------------------------------------------------- */

static void without_a_database_the_rules_answer_and_nobody_is_paid(void **state)
{
    (void)state;
    EXCHANGE;
    ask(&x, "POST", "/refiner", STR(DOG));
    CHECK_I64("status", x.answer.status, 200);
    CHECK_I64("models", engine.calls, 0);
    CHECK_I64("stored", meta_is(&x, "stored"), false);
    CHECK_I64("degraded", meta_is(&x, "degraded"), true);
    CHECK_STR("model", meta(&x, "modelUsed")->text, STR("none"));
    CHECK_STR("reason", meta(&x, "degradedReason")->text, STR("database"));
    CHECK_I64("sources", meta(&x, "fieldSources")->count, REFINED_ENRICHABLE_COUNT);
}

static void the_wrapped_form_and_the_old_path_are_the_same(void **state)
{
    (void)state;
    static const char *const paths[] = {"/refiner", "/api/dreamcut/refiner"};
    for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
        EXCHANGE;
        ask(&x, "POST", paths[i], STR("{\"analyzerJson\":" DOG ",\"options\":{\"maxRetries\":1}}"));
        CHECK_I64(paths[i], x.answer.status, 200);
        CHECK_STR(paths[i],
                  json_find_str(json_find(x.root, STR("user_request")), STR("aspect_ratio")),
                  STR("4:5"));
    }
}

static void a_batch_keeps_order_and_faults_stay_with_their_items(void **state)
{
    (void)state;
    EXCHANGE;
    ask(&x, "POST", "/refiner/batch", STR("{\"items\":[" DOG ",{\"user_request\":{}}," DOG ",7]}"));
    static const int64_t want[] = {200, 400, 200, 400};
    CHECK_I64("status", x.answer.status, 200);
    int64_t index = 0;
    JSON_EACH (result, json_find(x.root, STR("results"))) {
        int64_t at = -1, status = -1;
        assert_true(json_is_i64(json_find(result, STR("index")), &at));
        assert_true(json_is_i64(json_find(result, STR("status")), &status));
        CHECK_I64("index", at, index);
        CHECK_I64("status", status, want[index]);
        assert_true(json_find(result, status == 200 ? STR("result") : STR("error")) != NULL);
        index++;
    }
    CHECK_I64("results", index, 4);
}

static void a_batch_has_one_to_twenty_items(void **state)
{
    (void)state;
    static const struct {
        size_t items;
        int status;
    } cases[] = {{0, 400}, {1, 200}, {BATCH_MAX_ITEMS, 200}, {BATCH_MAX_ITEMS + 1, 400}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        EXCHANGE;
        struct buf body = buf_in(x.t.cx.arena, KIB(64));
        buf_add(&body, STR("{\"items\":["));
        for (size_t k = 0; k < cases[i].items; k++) {
            buf_add(&body, k > 0 ? STR(",{}") : STR("{}"));
        }
        buf_add(&body, STR("]}"));
        ask(&x, "POST", "/refiner/batch", buf_str(&body));
        CHECK_I64("status", x.answer.status, cases[i].status);
    }
}

static int64_t number(const struct exchange *x, const char *name)
{
    int64_t value = INT64_MIN;
    (void)json_is_i64(json_find(x->root, str_from_cstr(name)), &value);
    return value;
}

static void an_estimate_asks_nobody_and_its_worst_is_the_sum(void **state)
{
    (void)state;
    EXCHANGE;
    ask(&x, "POST", "/refiner/estimate", STR(DOG));
    CHECK_I64("status", x.answer.status, 200);
    CHECK_I64("calls", engine.calls, 0);
    int64_t expected = number(&x, "expectedCostNanodollars");
    int64_t worst = number(&x, "worstCostNanodollars"), bytes = number(&x, "promptBytes");
    /* claude-haiku-4-5: 1 and 5 USD a million tokens are 1,000 and 5,000 nano-dollars each */
    CHECK_I64("expected", expected, bytes / 4 * 1000 + INT64_C(900) * 5000);
    /* each byte a token, at the dearest price of input: 2,000 (kept for an hour); 400 */
    int64_t haiku = (bytes + LLM_HIDDEN_INPUT_TOKENS) * 2000 + INT64_C(3000) * 5000;
    int64_t mini = (bytes + LLM_HIDDEN_INPUT_TOKENS) * 400 + INT64_C(3000) * 1600;
    CHECK_I64("worst", worst, 2 * (haiku + mini));
    ask(&x, "POST", "/refiner/estimate", STR("{\"items\":[" DOG "," DOG "]}"));
    CHECK_I64("two", number(&x, "expectedCostNanodollars"), 2 * expected);
    CHECK_I64("items", number(&x, "items"), 2);
}

static void an_estimate_names_the_item_at_fault(void **state)
{
    (void)state;
    static const struct str bodies[] = {
        STR_INIT("{\"items\":[{\"user_request\":{\"original_prompt\":\"a "
                 "dog\"}},{\"user_request\":{}}]}"),
        STR_INIT("{\"items\":[{\"user_request\":{\"original_prompt\":\"a dog\"}},5]}"),
    };
    for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
        EXCHANGE;
        ask(&x, "POST", "/refiner/estimate", bodies[i]);
        CHECK_I64("status", x.answer.status, 400);
        bool is_named = false;
        JSON_EACH (fault, json_find(x.root, STR("details"))) {
            is_named |= str_eq(json_find_str(fault, STR("path")), STR("items[1]"));
        }
        CHECK_I64("named", is_named, true);
    }
}

static void descriptions_spend_nothing(void **state)
{
    (void)state;
    EXCHANGE;
    ask_as(&x, "", "GET", "/refiner", STR(""));
    CHECK_I64("description", x.answer.status, 200);
    CHECK_STR("name", json_find_str(x.root, STR("name")), STR("DreamCut refiner"));
    CHECK_I64("models", json_find(x.root, STR("models"))->count, 2);
    ask_as(&x, "", "HEAD", "/refiner", STR(""));
    CHECK_I64("the database is away", x.answer.status, 503);
    CHECK_I64("no body", x.answer.body.len, 0);
    ask_as(&x, "", "GET", "/refiner/health", STR(""));
    CHECK_I64("health", x.answer.status, 503);
    CHECK_I64("calls", engine.calls, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bodies_at_fault_are_400_and_named),
        cmocka_unit_test(nothing_at_all_is_400),
        cmocka_unit_test(a_switch_is_true_or_false),
        cmocka_unit_test(five_thousand_brackets_are_400),
        cmocka_unit_test(what_is_too_large_is_413),
        cmocka_unit_test(strangers_are_401_wherever_something_is_done),
        cmocka_unit_test(an_id_of_another_form_is_404),
        cmocka_unit_test(without_a_database_the_rules_answer_and_nobody_is_paid),
        cmocka_unit_test(the_wrapped_form_and_the_old_path_are_the_same),
        cmocka_unit_test(a_batch_keeps_order_and_faults_stay_with_their_items),
        cmocka_unit_test(a_batch_has_one_to_twenty_items),
        cmocka_unit_test(an_estimate_asks_nobody_and_its_worst_is_the_sum),
        cmocka_unit_test(an_estimate_names_the_item_at_fault),
        cmocka_unit_test(descriptions_spend_nothing),
    };
    return cmocka_run_group_tests(tests, engine_start, engine_stop);
}
