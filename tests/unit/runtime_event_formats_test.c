/*
 * HTTP events of every service against golden files: tests/cases/events/http/<case>/input is the
 * event, want what http_event_read makes of it, one field a line.
 */
#include "runtime/event/event_http.h"
#include "runtime/lambda.h"

#include "shared/base/buf.h"
#include "shared/base/file.h"
#include "tests/support/check.h"

#include <dirent.h>

static const char FOLDER[] = "tests/cases/events/http";

/* ---- golden files ---------------------------------------------------------------------------- */

static void add_text(struct buf *out, const char *name, struct str value)
{
    if (value.ptr != NULL) {
        buf_addf(out, "%s [", name);
        buf_add(out, value); /* may hold a NUL */
        buf_add(out, STR("]\n"));
    }
}

static void add_pairs(struct buf *out, const char *name, const struct http_header *pairs,
                      size_t count)
{
    for (size_t i = 0; i < count; i++) {
        buf_addf(out, "%s " STR_FMT " [" STR_FMT "]\n", name, STR_ARG(pairs[i].name),
                 STR_ARG(pairs[i].value));
    }
}

static void add_queries(struct arena *arena, struct buf *out, struct str rest)
{
    struct str name = {0};
    struct str value = {0};
    while (http_query_next(arena, &rest, &name, &value)) {
        buf_addf(out, "query part " STR_FMT " [" STR_FMT "]\n", STR_ARG(name), STR_ARG(value));
    }
}

static struct str event_print(struct arena *arena, const struct http_event *event)
{
    static const char *const formats[] = {"none", "v2", "v1", "alb"};
    struct buf out = buf_in(arena, KIB(64));
    buf_addf(&out, "format %s%s\n", formats[event->format], event->is_multi_value ? " multi" : "");
    const struct {
        const char *name;
        struct str value;
    } texts[] = {
        {"method", event->method},         {"path", event->path},
        {"query", event->query},           {"body", event->body},
        {"route key", event->route_key},   {"stage", event->stage},
        {"request id", event->request_id}, {"source ip", event->source_ip},
        {"user agent", event->user_agent}, {"domain", event->domain},
        {"account", event->account_id},    {"api", event->api_id},
        {"authorizer", event->authorizer},
    };
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        add_text(&out, texts[i].name, texts[i].value);
    }
    buf_addf(&out, "time %lld\n", (long long)event->time_ms);
    add_pairs(&out, "header", event->headers, event->header_count);
    add_pairs(&out, "header value", event->header_values, event->header_value_count);
    for (size_t i = 0; i < event->cookie_count; i++) {
        add_text(&out, "cookie", event->cookies[i]);
    }
    add_pairs(&out, "path parameter", event->path_params, event->path_param_count);
    add_pairs(&out, "query parameter", event->query_params, event->query_param_count);
    add_queries(arena, &out, event->query);
    add_pairs(&out, "stage variable", event->stage_variables, event->stage_variable_count);
    return buf_str(&out);
}

static void check_case(const char *name)
{
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    char path[512];
    struct str input = {0};
    struct str want = {0};
    (void)snprintf(path, sizeof(path), "%s/%s/input", FOLDER, name);
    CHECK_STATUS(&t.cx, file_read(&t.cx, path, KIB(64), &input), OK);
    (void)snprintf(path, sizeof(path), "%s/%s/want", FOLDER, name);
    CHECK_STATUS(&t.cx, file_read(&t.cx, path, KIB(64), &want), OK);
    struct http_event event;
    struct str source = exact_copy(&t.cx, input);
    CHECK_STATUS(&t.cx, http_event_read(&t.cx, source, &event), OK);
    CHECK_STR(name, event_print(&t.arena, &event), want);
    struct http_kind kind = http_event_kind(source);
    CHECK_I64("kind, scanned", kind.format, event.format);
    CHECK_I64("multi-value, scanned", kind.is_multi_value, event.is_multi_value);
    bool is_of_url = str_has_prefix(str_from_cstr(name), STR("function-url"));
    CHECK_I64("function URL", http_event_is_of_url(source), is_of_url);
}

static void events_of_every_service_are_read(void **state)
{
    (void)state;
    DIR *folder = opendir(FOLDER);
    assert_non_null(folder);
    size_t count = 0;
    for (const struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        if (entry->d_name[0] != '.') {
            check_case(entry->d_name);
            count++;
        }
    }
    (void)closedir(folder);
    CHECK_I64("cases", count, 10);
}

/* Each prefix of each golden event: no crash, and never taken for a whole one. */
static void events_cut_anywhere_are_refused(void **state)
{
    (void)state;
    static const char *const names[] = {"rest-v1", "alb", "alb-multi"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        char path[512];
        struct str input = {0};
        (void)snprintf(path, sizeof(path), "%s/%s/input", FOLDER, names[i]);
        CHECK_STATUS(&t.cx, file_read(&t.cx, path, KIB(64), &input), OK);
        input = str_trim(input);
        for (size_t len = 0; len < input.len; len++) {
            DEFER(test_ctx_close) struct test_ctx cut = test_ctx_open(&cut);
            struct http_event event;
            struct str source = exact_copy(&cut.cx, str_slice(input, 0, len));
            (void)http_event_kind(source);
            CHECK_STATUS(&cut.cx, http_event_read(&cut.cx, source, &event), ERR_INVALID);
        }
    }
}

/* ---- telling them apart ---------------------------------------------------------------------- */

static void http_event_format_tells_formats_apart(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        struct str event;
        enum http_format want;
    } cases[] = {
        {"v2", STR_INIT("{\"version\":\"2.0\",\"requestContext\":{}}"), HTTP_V2},
        {"v1", STR_INIT("{\"httpMethod\":\"GET\",\"requestContext\":{}}"), HTTP_V1},
        {"v1, context first", STR_INIT("{\"requestContext\":{},\"httpMethod\":\"GET\"}"), HTTP_V1},
        {"v1 of an HTTP API",
         STR_INIT("{\"version\":\"1.0\",\"httpMethod\":\"GET\",\"requestContext\":{}}"), HTTP_V1},
        {"ALB", STR_INIT("{\"requestContext\":{\"elb\":{}},\"httpMethod\":\"GET\"}"), HTTP_ALB},
        {"elb is text", STR_INIT("{\"requestContext\":{\"elb\":\"\"},\"httpMethod\":\"GET\"}"),
         HTTP_V1},
        {"elb deeper", STR_INIT("{\"requestContext\":{\"a\":{\"elb\":{}}},\"httpMethod\":\"GET\"}"),
         HTTP_V1},
        {"method is no text", STR_INIT("{\"httpMethod\":1,\"requestContext\":{}}"), HTTP_NONE},
        {"no method", STR_INIT("{\"version\":\"1.0\",\"requestContext\":{}}"), HTTP_NONE},
        {"no context", STR_INIT("{\"httpMethod\":\"GET\",\"path\":\"/\"}"), HTTP_NONE},
        {"context is text", STR_INIT("{\"httpMethod\":\"GET\",\"requestContext\":\"\"}"),
         HTTP_NONE},
        {"another version",
         STR_INIT("{\"version\":\"3.0\",\"httpMethod\":\"GET\",\"requestContext\":{}}"), HTTP_NONE},
        {"an authorizer's, v1",
         STR_INIT("{\"type\":\"REQUEST\",\"methodArn\":\"arn:aws:execute-api:::\",\"httpMethod\":"
                  "\"GET\",\"requestContext\":{}}"),
         HTTP_NONE},
        {"an authorizer's, v2",
         STR_INIT("{\"version\":\"2.0\",\"type\":\"REQUEST\",\"routeArn\":\"arn:aws:\","
                  "\"requestContext\":{}}"),
         HTTP_NONE},
        {"a WebSocket's",
         STR_INIT("{\"requestContext\":{\"connectionId\":\"c=\",\"eventType\":\"MESSAGE\"},"
                  "\"body\":\"hi\"}"),
         HTTP_NONE},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct str source = exact_copy(&t.cx, cases[i].event);
        CHECK_I64(cases[i].name, http_event_format(source), cases[i].want);
    }
}

#define V1(members)                                                                                \
    STR_INIT("{\"httpMethod\":\"GET\",\"path\":\"/\",\"requestContext\":{}" members "}")
#define ALB(members)                                                                               \
    STR_INIT("{\"httpMethod\":\"GET\",\"path\":\"/\",\"requestContext\":{\"elb\":{}}" members "}")

static void events_of_the_wrong_shape_are_named(void **state)
{
    (void)state;
    static const struct {
        struct str event;
        const char *words;
    } cases[] = {
        {STR_INIT("{\"httpMethod\":\"GET\",\"requestContext\":{}}"), "path is missing"},
        {STR_INIT("{\"httpMethod\":\"\",\"path\":\"/\"}"), "httpMethod is missing"},
        {STR_INIT("{\"httpMethod\":{},\"path\":\"/\"}"), "httpMethod is an object"},
        {STR_INIT("{\"version\":\"0\",\"httpMethod\":\"GET\",\"path\":\"/\"}"),
         "not an HTTP event"},
        {STR_INIT("{\"httpMethod\":\"GET\",\"path\":\"/\",\"requestContext\":[]}"),
         "requestContext is an array"},
        {V1(",\"multiValueHeaders\":[]"), "multiValueHeaders is an array"},
        {V1(",\"multiValueHeaders\":{\"a\":\"1\"}"), "multiValueHeaders.a is a string"},
        {V1(",\"multiValueHeaders\":{\"a\":[1]}"), "multiValueHeaders.a holds a number"},
        {V1(",\"multiValueHeaders\":{\"a\":[null]}"), "multiValueHeaders.a holds null"},
        {V1(",\"multiValueQueryStringParameters\":{\"a\":{}}"), "a is an object"},
        {V1(",\"pathParameters\":\"id\""), "pathParameters is a string"},
        {V1(",\"stageVariables\":{\"a\":1}"), "stageVariables.a is a number"},
        {ALB(",\"headers\":{\"a\":1}"), "headers.a is a number"},
        {ALB(",\"body\":7"), "body is a number"},
        {ALB(",\"body\":\"?\",\"isBase64Encoded\":true"), "base64"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct http_event event;
        struct str source = exact_copy(&t.cx, cases[i].event);
        CHECK_STATUS(&t.cx, http_event_read(&t.cx, source, &event), ERR_INVALID);
        bool says_so = strstr(t.cx.err.text, cases[i].words) != NULL;
        CHECK_I64(t.cx.err.text, says_so, true);
    }
}

static void nulls_anywhere_are_as_absent(void **state)
{
    (void)state;
    static const struct str events[] = {
        V1(",\"headers\":null,\"multiValueHeaders\":null,\"queryStringParameters\":null,"
           "\"multiValueQueryStringParameters\":null,\"pathParameters\":null,"
           "\"stageVariables\":null,\"body\":null,\"resource\":null,\"isBase64Encoded\":null"),
        V1(",\"headers\":{\"a\":null},\"queryStringParameters\":{\"a\":null},"
           "\"pathParameters\":{\"a\":null},\"stageVariables\":{\"a\":null}"),
        V1(",\"multiValueHeaders\":{\"a\":null},\"multiValueQueryStringParameters\":{\"a\":[]}"),
        ALB(",\"headers\":{},\"queryStringParameters\":{}"),
    };
    for (size_t i = 0; i < ARRAY_LEN(events); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct http_event event;
        struct str source = exact_copy(&t.cx, events[i]);
        CHECK_STATUS(&t.cx, http_event_read(&t.cx, source, &event), OK);
        CHECK_I64("pairs",
                  event.header_count + event.header_value_count + event.query_param_count +
                      event.path_param_count + event.stage_variable_count + event.cookie_count,
                  0);
        CHECK_I64("query", event.query.len, 0);
        assert_null(http_event_header(&event, STR("a")).ptr);
    }
}

/* As many values as 6 MiB hold, of one name and of many: all of them are there, in order. */
static void a_huge_event_is_read_whole(void **state)
{
    (void)state;
    enum { NAMES = 20000, VALUES = 100000, BODY = 4 * 1024 * 1024 };
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct buf source = buf_in(&t.arena, MIB(16));
    buf_add(&source, STR("{\"httpMethod\":\"GET\",\"path\":\"/\",\"requestContext\":{\"elb\":{}},"
                         "\"multiValueHeaders\":{\"cookie\":["));
    for (size_t i = 0; i < VALUES; i++) {
        buf_addf(&source, "%s\"c%zu=%zu\"", i == 0 ? "" : ",", i % 7, i);
    }
    buf_add(&source, STR("]"));
    for (size_t i = 0; i < NAMES; i++) {
        buf_addf(&source, ",\"h%zu\":[\"%zu\"]", i, i);
    }
    buf_add(&source, STR("},\"body\":\""));
    char *body = buf_reserve(&source, BODY);
    memset(body, 'b', BODY);
    buf_commit(&source, BODY);
    buf_add(&source, STR("\"}"));
    struct http_event event;
    CHECK_STATUS(&t.cx, http_event_read(&t.cx, buf_str(&source), &event), OK);
    CHECK_I64("names", event.header_count, NAMES + 1);
    CHECK_I64("values", event.header_value_count, NAMES + VALUES);
    CHECK_I64("cookies", event.cookie_count, VALUES);
    CHECK_STR("last cookie", event.cookies[VALUES - 1], STR("c4=99999"));
    CHECK_STR("last header", http_event_header(&event, STR("H19999")), STR("19999"));
    CHECK_I64("body", event.body.len, BODY);
}

/* ---- looking up ------------------------------------------------------------------------------ */

static void every_value_is_reachable_in_order(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    static const struct str source =
        ALB(",\"multiValueHeaders\":{\"x-a\":[\"1\",\"2\"],\"cookie\":[\"a=1\",\"a=2; b=\"]},"
            "\"multiValueQueryStringParameters\":{\"t\":[\"%31\",\"b+c\"],\"%74\":[\"3\"]}");
    struct http_event event;
    CHECK_STATUS(&t.cx, http_event_read(&t.cx, exact_copy(&t.cx, source), &event), OK);
    CHECK_STR("joined", http_event_header(&event, STR("X-A")), STR("1, 2"));
    CHECK_STR("cookies", http_event_header(&event, STR("Cookie")), STR("a=1; a=2; b="));
    size_t at = 0;
    struct str value = {0};
    assert_true(http_event_header_next(&event, STR("X-A"), &at, &value));
    CHECK_STR("first", value, STR("1"));
    assert_true(http_event_header_next(&event, STR("X-A"), &at, &value));
    CHECK_STR("second", value, STR("2"));
    assert_false(http_event_header_next(&event, STR("X-A"), &at, &value));

    CHECK_STR("query, joined", http_event_query_param(&event, STR("t")), STR("1,b c,3"));
    static const struct str want[] = {STR_INIT("1"), STR_INIT("b c"), STR_INIT("3")};
    struct str rest = event.query;
    for (size_t i = 0; i < ARRAY_LEN(want); i++) {
        assert_true(http_query_find_next(&t.arena, &rest, STR("t"), &value));
        CHECK_STR("query", value, want[i]);
    }
    assert_false(http_query_find_next(&t.arena, &rest, STR("t"), &value));

    CHECK_STR("first cookie of that name", http_event_cookie(&event, STR("a")), STR("1"));
    assert_non_null(http_event_cookie(&event, STR("b")).ptr);
    assert_null(http_event_cookie(&event, STR("B")).ptr);
    assert_null(http_event_cookie(&event, STR("")).ptr);
}

static void http_url_decode_takes_any_byte_and_refuses_half_an_escape(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        struct str text, want, form; /* `ptr` NULL: refused */
    } cases[] = {
        {"plain", STR_INIT("abc"), STR_INIT("abc"), STR_INIT("abc")},
        {"empty", STR_INIT(""), STR_INIT(""), STR_INIT("")},
        {"plus", STR_INIT("a+b"), STR_INIT("a+b"), STR_INIT("a b")},
        {"plus, escaped", STR_INIT("%2B+"), STR_INIT("++"), STR_INIT("+ ")},
        {"once only", STR_INIT("%2541"), STR_INIT("%41"), STR_INIT("%41")},
        {"either case", STR_INIT("%c3%A9"), STR_INIT("\xc3\xa9"), STR_INIT("\xc3\xa9")},
        {"NUL", STR_INIT("a%00"), {"a\0", 2}, {"a\0", 2}},
        {"percent at the end", STR_INIT("100%"), {0}, {0}},
        {"one digit", STR_INIT("%4"), {0}, {0}},
        {"no digit", STR_INIT("%4g"), {0}, {0}},
        {"two percents", STR_INIT("%%41"), {0}, {0}},
        {"a sign", STR_INIT("%+1"), {0}, {0}},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct str source = exact_copy(&t.cx, cases[i].text);
        struct str out = {0};
        bool ok = http_url_decode(&t.arena, source, &out);
        CHECK_I64(cases[i].name, ok, cases[i].want.ptr != NULL);
        CHECK_STR(cases[i].name, ok ? out : (struct str){0}, cases[i].want);
        ok = http_form_decode(&t.arena, source, &out);
        CHECK_I64(cases[i].name, ok, cases[i].form.ptr != NULL);
        CHECK_STR(cases[i].name, ok ? out : (struct str){0}, cases[i].form);
    }
}

static void http_url_encode_round_trips_every_byte(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    char bytes[256];
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (char)i;
    }
    struct str all = {bytes, sizeof bytes};
    struct str back = {0};
    struct str encoded = http_url_encode(&t.arena, all);
    CHECK_I64("escapes", encoded.len, 66 + 190 * 3);
    assert_true(http_url_decode(&t.arena, encoded, &back));
    CHECK_STR("back", back, all);
    CHECK_STR("what stays", http_url_encode(&t.arena, STR("aZ09-._~ /")), STR("aZ09-._~%20%2F"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_of_every_service_are_read),
        cmocka_unit_test(events_cut_anywhere_are_refused),
        cmocka_unit_test(http_event_format_tells_formats_apart),
        cmocka_unit_test(events_of_the_wrong_shape_are_named),
        cmocka_unit_test(nulls_anywhere_are_as_absent),
        cmocka_unit_test(a_huge_event_is_read_whole),
        cmocka_unit_test(every_value_is_reachable_in_order),
        cmocka_unit_test(http_url_decode_takes_any_byte_and_refuses_half_an_escape),
        cmocka_unit_test(http_url_encode_round_trips_every_byte),
    };
    return cmocka_run_group_tests_name("runtime_event_formats", tests, NULL, NULL);
}
