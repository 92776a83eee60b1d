/*
 * HTTP answers that travel as streams, and those whose caller cannot take one: through the
 * simulator, so that what is checked is what goes over the wire.
 */
#include "runtime/lambda_sim.h"

#include "shared/log/log.h"
#include "tests/support/check.h"

#include <fcntl.h>
#include <unistd.h>

#define PRELUDE_TYPE STR("application/vnd.awslambda.http-integration-response")
#define ZEROS        "\0\0\0\0\0\0\0\0"

/* ---- a program whose event's path says what it does ------------------------------------------ */

enum { LARGE_BYTES = 100000 };

static struct str large(struct ctx *cx, size_t size)
{
    char *bytes = ARENA_ARRAY(cx->arena, char, size);
    memset(bytes, 'a', size);
    return (struct str){bytes, size};
}

static const struct http_header headers[] = {{STR_INIT("x-a"), STR_INIT("1")},
                                             {STR_INIT("content-length"), STR_INIT("3")}};
static const struct str cookies[] = {STR_INIT("c=1")};
static const struct http_answer full_answer = {
    .status = 201,
    .headers = headers,
    .header_count = 2,
    .cookies = cookies,
    .cookie_count = 1,
    .content_type = STR_INIT("text/plain"),
    .body = STR_INIT("a\xff\0b"),
};

static enum status answer_whole(struct ctx *cx, struct str path, struct reply *reply)
{
    TRY(reply_http(cx, reply, &full_answer));
    if (str_eq(path, STR("/whole/fails"))) {
        return fail(cx, ERR_CONFLICT, "after all");
    }
    if (str_eq(path, STR("/whole/replaced"))) {
        return reply_http(cx, reply, &(struct http_answer){.status = 204});
    }
    if (str_eq(path, STR("/whole/by-json"))) {
        return reply_json(cx, reply, STR("{}"));
    }
    if (str_eq(path, STR("/whole/written"))) {
        return reply_write(cx, reply, STR("more"));
    }
    if (str_eq(path, STR("/whole/large"))) {
        return reply_http(cx, reply,
                          &(struct http_answer){.content_type = STR("text/plain"),
                                                .body = large(cx, LARGE_BYTES)});
    }
    if (str_eq(path, STR("/whole/ended"))) {
        TRY(reply_end(cx, reply));
        return reply_http(cx, reply, &full_answer) == ERR_CONFLICT
                   ? OK
                   : fail(cx, ERR_INTERNAL, "replied twice");
    }
    return OK;
}

static enum status answer_parts(struct ctx *cx, struct str path, struct reply *reply)
{
    struct http_answer head = full_answer; /* which the reply must not keep a pointer to */
    TRY(reply_http_stream(cx, reply, &head));
    memset(&head, 0, sizeof head);
    if (str_eq(path, STR("/parts/none"))) {
        return OK;
    }
    if (str_eq(path, STR("/parts/fails-first"))) {
        return fail(cx, ERR_CONFLICT, "before the first byte");
    }
    if (str_eq(path, STR("/parts/replaced"))) {
        return reply_http(cx, reply, &(struct http_answer){.status = 204});
    }
    int64_t size = 0;
    if (str_skip_prefix(&path, STR("/parts/size-")) && str_to_i64(path, &size)) {
        return reply_write(cx, reply, large(cx, (size_t)size));
    }
    TRY(reply_write(cx, reply, STR("")));
    TRY(reply_write(cx, reply, STR("one\xff")));
    TRY(reply_write(cx, reply, STR("two")));
    if (str_eq(path, STR("/parts/fails"))) {
        return fail(cx, ERR_CONFLICT, "half way");
    }
    return str_eq(path, STR("/parts/ended")) ? reply_end(cx, reply) : OK;
}

static enum status handler(struct ctx *cx, const struct invocation *inv, struct reply *reply,
                           void *app)
{
    (void)app;
    struct http_event event;
    if (!http_event_is(inv->event)) {
        return reply_http(cx, reply, &full_answer);
    }
    TRY(http_event_read(cx, inv->event, &event));
    return str_has_prefix(event.path, STR("/parts")) ? answer_parts(cx, event.path, reply)
                                                     : answer_whole(cx, event.path, reply);
}

/* ---- what goes out --------------------------------------------------------------------------- */

static struct lambda_sim *sim_open(bool stream_http)
{
    static int nowhere = -1;
    if (nowhere < 0) {
        nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    }
    struct lambda_sim *sim = lambda_sim_open(
        &(struct lambda_sim_options){.program = {.handler = handler, .stream_http = stream_http}});
    assert_non_null(sim);
    log_to(nowhere);
    return sim;
}

static void sim_close(struct lambda_sim **sim)
{
    lambda_sim_close(*sim);
    log_to(2);
}

#define V2(path)                                                                                   \
    STR("{\"version\":\"2.0\",\"rawPath\":\"" path                                                 \
        "\",\"requestContext\":{\"http\":{\"method\":\"GET\"}}}")
#define V1(path) STR("{\"httpMethod\":\"GET\",\"path\":\"" path "\",\"requestContext\":{}}")
#define ALB(path)                                                                                  \
    STR("{\"httpMethod\":\"GET\",\"path\":\"" path "\",\"requestContext\":{\"elb\":{}}}")

static struct lambda_sim_outcome ask(struct lambda_sim *sim, struct str event)
{
    struct lambda_sim_outcome out;
    lambda_sim_invoke(sim, &(struct lambda_sim_event){.event = event}, &out);
    CHECK_I64("one post", out.posts, 1);
    CHECK_I64("polls again", out.polls_again, true);
    return out;
}

#define HEAD_V2                                                                                    \
    "{\"statusCode\":201,\"headers\":{\"content-type\":\"text/plain\",\"x-a\":\"1\"},"             \
    "\"cookies\":[\"c=1\"]}" ZEROS
#define HEAD_V1                                                                                    \
    "{\"statusCode\":201,\"headers\":{\"content-type\":\"text/plain\",\"x-a\":\"1\"},"             \
    "\"multiValueHeaders\":{\"set-cookie\":[\"c=1\"]}}" ZEROS

static void check_stream(const char *name, const struct lambda_sim_outcome *out, struct str want,
                         size_t chunks)
{
    CHECK_I64(name, out->posted, LAMBDA_SIM_RESPONSE);
    CHECK_I64("streamed", out->is_streamed, true);
    CHECK_I64("whole", out->is_whole, true);
    CHECK_STR(name, out->content_type, PRELUDE_TYPE);
    CHECK_STR(name, out->body, want);
    CHECK_I64(name, out->chunk_count, chunks);
    CHECK_STR("no error", out->error_type, STR(""));
}

static void check_envelope(const char *name, const struct lambda_sim_outcome *out, struct str want)
{
    CHECK_I64(name, out->posted, LAMBDA_SIM_RESPONSE);
    CHECK_I64("no stream", out->is_streamed, false);
    CHECK_STR(name, out->content_type, STR("application/json"));
    CHECK_STR(name, out->body, want);
}

static void an_answer_is_streamed_behind_its_prelude(void **state)
{
    (void)state;
    DEFER(sim_close) struct lambda_sim *sim = sim_open(true);
    struct lambda_sim_outcome out = ask(sim, V2("/whole"));
    check_stream("URL", &out, STR(HEAD_V2 "a\xff\0b"), 1);
    out = ask(sim, V1("/whole"));
    check_stream("REST", &out, STR(HEAD_V1 "a\xff\0b"), 1);
    out = ask(sim, V2("/whole/ended"));
    check_stream("ended by the handler", &out, STR(HEAD_V2 "a\xff\0b"), 1);
    out = ask(sim, V2("/whole/replaced"));
    check_stream("the last one counts", &out,
                 STR("{\"statusCode\":204,\"headers\":{},\"cookies\":[]}" ZEROS), 1);
    out = ask(sim, V2("/whole/by-json"));
    check_envelope("replaced by a reply of another kind", &out, STR("{}"));
    out = ask(sim, V2("/whole/large"));
    CHECK_I64("head, then body", out.chunk_count, 2);
    CHECK_I64("a large body alone", out.chunks[1].len, LARGE_BYTES);
    CHECK_I64("streamed", out.is_streamed, true);
}

static void an_answer_that_is_taken_back_is_an_ordinary_error(void **state)
{
    (void)state;
    static const bool ways[] = {true, false};
    for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
        DEFER(sim_close) struct lambda_sim *sim = sim_open(ways[i]);
        struct lambda_sim_outcome out = ask(sim, V2("/whole/fails"));
        CHECK_I64("posted", out.posted, LAMBDA_SIM_ERROR);
        CHECK_STR("type", out.error_type, STR("Function.Conflict"));
        out = ask(sim, V2("/parts/fails-first"));
        CHECK_I64("posted", out.posted, LAMBDA_SIM_ERROR);
        CHECK_STR("words", out.error_message, STR("before the first byte"));
        out = ask(sim, V2("/whole/written"));
        CHECK_STR("no write behind an answer", out.error_type, STR("Function.Invalid"));
    }
}

static void each_write_goes_out_at_once_the_head_with_the_first(void **state)
{
    (void)state;
    DEFER(sim_close) struct lambda_sim *sim = sim_open(true);
    struct lambda_sim_outcome out = ask(sim, V2("/parts"));
    check_stream("URL", &out, STR(HEAD_V2 "one\xfftwo"), 2);
    CHECK_STR("first chunk", out.chunks[0], STR(HEAD_V2 "one\xff"));
    CHECK_STR("second chunk", out.chunks[1], STR("two"));
    out = ask(sim, V1("/parts"));
    check_stream("REST", &out, STR(HEAD_V1 "one\xfftwo"), 2);
    out = ask(sim, V2("/parts/none"));
    check_stream("no body", &out, STR(HEAD_V2), 1);
    out = ask(sim, V2("/parts/ended"));
    check_stream("ended by the handler", &out, STR(HEAD_V2 "one\xfftwo"), 2);
    out = ask(sim, V2("/parts/replaced"));
    check_stream("replaced", &out, STR("{\"statusCode\":204,\"headers\":{},\"cookies\":[]}" ZEROS),
                 1);
}

static void a_stream_that_fails_half_way_ends_with_trailers(void **state)
{
    (void)state;
    DEFER(sim_close) struct lambda_sim *sim = sim_open(true);
    struct lambda_sim_outcome out = ask(sim, V2("/parts/fails"));
    CHECK_I64("posted", out.posted, LAMBDA_SIM_RESPONSE);
    CHECK_STR("body so far", out.body, STR(HEAD_V2 "one\xfftwo"));
    CHECK_STR("trailer", out.error_type, STR("Function.Conflict"));
}

#define COLLECTED "\"body\":\"b25l/3R3bw==\",\"isBase64Encoded\":true}" /* "one\xfftwo" */

static void writes_are_collected_where_nobody_takes_a_stream(void **state)
{
    (void)state;
    static const struct str v2 =
        STR_INIT("{\"statusCode\":201,\"headers\":{\"content-type\":\"text/plain\",\"x-a\":\"1\","
                 "\"content-length\":\"3\"},\"cookies\":[\"c=1\"]," COLLECTED);
    static const struct str alb = STR_INIT(
        "{\"statusCode\":201,\"statusDescription\":\"201 Created\",\"headers\":{\"content-type\":"
        "\"text/plain\",\"x-a\":\"1\",\"content-length\":\"3\",\"set-cookie\":\"c=1\"}," COLLECTED);
    DEFER(sim_close) struct lambda_sim *sim = sim_open(false);
    struct lambda_sim_outcome out = ask(sim, V2("/parts"));
    check_envelope("HTTP API", &out, v2);
    out = ask(sim, V2("/parts/ended"));
    check_envelope("ended by the handler", &out, v2);
    out = ask(sim, ALB("/parts"));
    check_envelope("ALB", &out, alb);
    out = ask(sim, V2("/parts/fails"));
    CHECK_I64("a failure is an error still", out.posted, LAMBDA_SIM_ERROR);
    out = ask(sim, V2("/parts/replaced"));
    check_envelope("replaced", &out,
                   STR("{\"statusCode\":204,\"headers\":{},\"cookies\":[],\"body\":\"\","
                       "\"isBase64Encoded\":false}"));
    DEFER(sim_close) struct lambda_sim *streaming = sim_open(true);
    out = ask(streaming, ALB("/parts"));
    check_envelope("an ALB among URLs", &out, alb);
    out = ask(streaming, ALB("/whole"));
    CHECK_I64("an ALB among URLs", out.is_streamed, false);
    out = ask(streaming, STR("{}"));
    CHECK_I64("no HTTP event", out.is_streamed, false);
}

static void what_is_collected_has_the_limit_of_its_caller(void **state)
{
    (void)state;
    DEFER(sim_close) struct lambda_sim *sim = sim_open(true);
    /* HTTP_ALB_MAX_BYTES, less an envelope without a body: found by asking for one */
    struct lambda_sim_outcome out = ask(sim, ALB("/parts/size-0"));
    size_t room = HTTP_ALB_MAX_BYTES - out.body.len;
    char event[256];
    for (size_t over = 0; over < 2; over++) {
        int len = snprintf(event, sizeof event,
                           "{\"httpMethod\":\"GET\",\"path\":\"/parts/size-%zu\","
                           "\"requestContext\":{\"elb\":{}}}",
                           room + over);
        out = ask(sim, (struct str){event, (size_t)len});
        CHECK_I64("posted", out.posted, over == 0 ? LAMBDA_SIM_RESPONSE : LAMBDA_SIM_ERROR);
        CHECK_STR("type", out.error_type,
                  over == 0 ? STR("") : STR("Function.ResponseSizeTooLarge"));
    }
    out = ask(sim, ALB("/parts/size-1048577"));
    CHECK_STR("beyond while writing", out.error_type, STR("Function.ResponseSizeTooLarge"));
    out = ask(sim, V2("/parts/size-1048577"));
    CHECK_I64("a stream may be larger", out.is_streamed && out.is_whole, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_is_streamed_behind_its_prelude),
        cmocka_unit_test(an_answer_that_is_taken_back_is_an_ordinary_error),
        cmocka_unit_test(each_write_goes_out_at_once_the_head_with_the_first),
        cmocka_unit_test(a_stream_that_fails_half_way_ends_with_trailers),
        cmocka_unit_test(writes_are_collected_where_nobody_takes_a_stream),
        cmocka_unit_test(what_is_collected_has_the_limit_of_its_caller),
    };
    return cmocka_run_group_tests_name("runtime_http_stream", tests, NULL, NULL);
}
