/*
 * The runtime's examples, as they are shipped, behind every ingress of the real clambda-local: an
 * HTTP handler gets its answer out as HTTP, buffered and streamed, and a stream arrives whole.
 */
#include "tests/support/stream.h"

static struct local shared;

#define TEST_CTX DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t)

static struct local_answer get(struct ctx *cx, const char *target)
{
    return local_ask(cx, &shared, arena_format(cx->arena, "GET %s", target).ptr, "", STR(""));
}

static struct str data_of(struct ctx *cx, struct local_answer answer)
{
    struct str data;
    assert_true(stream_dechunk(cx, answer.body, &data));
    return data;
}

static void one_handler_answers_every_buffered_ingress(void **state)
{
    (void)state;
    TEST_CTX;
    static const char *const targets[] = {"/hello/Ada", "/Prod/hello/Ada", "/_url/whole/hello/Ada"};
    for (size_t i = 0; i < ARRAY_LEN(targets); i++) {
        struct local_answer answer = get(&t.cx, targets[i]);
        CHECK_I64(targets[i], answer.status, 200);
        CHECK_STR(targets[i], answer.body, STR("hello, Ada\n"));
        assert_true(local_has_header(answer, "ontent-type: text/plain; charset=utf-8") ||
                    local_has_header(answer, "ontent-Type: text/plain; charset=utf-8"));
    }
    CHECK_I64("the router's 404", get(&t.cx, "/_url/whole/nothing").status, 404);
    CHECK_I64("its 405", get(&t.cx, "/_url/whole/words").status, 405);
}

static void the_same_handler_answers_as_a_stream(void **state)
{
    (void)state;
    TEST_CTX;
    struct local_answer answer = get(&t.cx, "/_url/live/hello/Ada");
    CHECK_I64("URL", answer.status, 200);
    CHECK_STR("URL", data_of(&t.cx, answer), STR("hello, Ada\n"));
    answer = get(&t.cx, "/_url/live/nothing");
    CHECK_I64("URL, the router's 404", answer.status, 404);
    answer = get(&t.cx, "/Prod/live/hello/Ada");
    CHECK_I64("REST: another path, the router's 404", answer.status, 404);
    assert_true(data_of(&t.cx, answer).len > 0);
}

/* 1,001 lines, the last one whole. */
static void check_table(const char *name, struct str table)
{
    size_t lines = 0;
    for (size_t i = 0; i < table.len; i++) {
        lines += table.ptr[i] == '\n';
    }
    CHECK_I64(name, lines, 1001);
    assert_true(str_has_prefix(table, STR("number,square\n1,1\n2,4\n")));
    assert_true(str_has_suffix(table, STR("\n1000,1000000\n")));
}

static void a_stream_of_the_runtime_arrives_whole(void **state)
{
    (void)state;
    TEST_CTX;
    struct local_answer answer = get(&t.cx, "/_url/table/");
    CHECK_I64("URL", answer.status, 200);
    assert_true(local_has_header(answer, "Content-Type: text/csv"));
    check_table("URL", data_of(&t.cx, answer));
    answer = local_invoke(&t.cx, &shared, "table", "", "{}");
    CHECK_I64("Invoke", answer.status, 200);
    check_table("Invoke", answer.body);
    int fd = local_send(&t.cx, &shared,
                        "POST /2021-11-15/functions/table/response-streaming-invocations", "",
                        STR("{}"));
    struct str events = data_of(&t.cx, local_read(&t.cx, fd));
    struct buf table = buf_in(&t.arena, MIB(1));
    struct stream_event event = {0};
    while (stream_event_next(&events, &event) && str_eq(event.type, STR("PayloadChunk"))) {
        buf_add(&table, event.payload); /* what came together is one piece */
    }
    CHECK_STR("its end", event.payload, STR("{}"));
    check_table("InvokeWithResponseStream", buf_str(&table));
    assert_true(str_find(local_log(&t.cx, &shared), STR("refused")) == SIZE_MAX);
}

/* ---------------------------------------------------------------------------------------------- */

static int start_shared(void **state)
{
    const struct local_options options = {.template = "tests/cases/local/runtime/template.yaml"};
    local_prepare(&shared, &options);
    local_install(&shared, "whole", local_built("examples/http/bootstrap"));
    local_install(&shared, "live", local_built("examples/http/bootstrap"));
    local_install(&shared, "table", local_built("examples/stream/bootstrap"));
    local_launch(&shared, &options);
    *state = &shared;
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_handler_answers_every_buffered_ingress),
        cmocka_unit_test(the_same_handler_answers_as_a_stream),
        cmocka_unit_test(a_stream_of_the_runtime_arrives_whole),
    };
    return cmocka_run_group_tests(tests, start_shared, local_group_end);
}
