#include "runtime/core/reply.h"
#include "runtime/lambda.h"

#include "shared/base/buf.h"
#include "shared/base/clock.h"
#include "shared/log/log.h"
#include "tests/support/check.h"

#include <fcntl.h>
#include <unistd.h>

/* ---- a queue of letters ---------------------------------------------------------------------- */

/* What the handler did: the ids it saw, and what it was told to fail. */
struct desk {
    char seen[64];
    size_t count;
    struct str bad;           /* ids that fail */
    int64_t slow_until_ms;    /* the first record takes until then */
    bool leaves_words_behind; /* OK, with words of a failure that was survived */
};

static struct str seen_by(const struct desk *desk)
{
    return (struct str){.ptr = desk->seen, .len = desk->count};
}

static void desk_note(struct desk *desk, struct str id)
{
    assert_true(desk->count < sizeof desk->seen);
    desk->seen[desk->count++] = id.ptr[0];
    while (desk->slow_until_ms > 0 && clock_now_ms() < desk->slow_until_ms) {
        (void)usleep(1000);
    }
    desk->slow_until_ms = 0;
}

static enum status desk_answer(struct ctx *cx, struct desk *desk, struct str id)
{
    CHECK_STR("words of the record before", str_from_cstr(cx->err.text), STR(""));
    desk_note(desk, id);
    if (str_find(desk->bad, id) != SIZE_MAX) {
        return fail(cx, ERR_UPSTREAM, "no");
    }
    if (desk->leaves_words_behind) {
        (void)fail(cx, ERR_CONFLICT, "survived");
    }
    return OK;
}

static enum status handle_sqs(struct ctx *cx, const struct sqs_record *record, void *app)
{
    return desk_answer(cx, app, record->message_id);
}

static enum status handle_stream(struct ctx *cx, const struct stream_record *record, void *app)
{
    return desk_answer(cx, app, record->sequence_number);
}

/* Records "a", "b" ..., each in the group that the capital beside it names: "aXbYcX". */
static struct sqs_batch letters(struct arena *arena, struct str text, bool is_fifo)
{
    struct sqs_record *records = ARENA_ARRAY(arena, struct sqs_record, text.len);
    for (size_t i = 0; i < text.len / 2; i++) {
        records[i].message_id = str_slice(text, 2 * i, 2 * i + 1);
        records[i].group_id = str_slice(text, 2 * i + 1, 2 * i + 2);
    }
    return (struct sqs_batch){.records = records, .count = text.len / 2, .is_fifo = is_fifo};
}

/* {"batchItemFailures":[...]} of the letters given */
static struct str failures(struct arena *arena, struct str ids)
{
    struct buf out = buf_in(arena, KIB(4));
    buf_add(&out, STR("{\"batchItemFailures\":["));
    for (size_t i = 0; i < ids.len; i++) {
        buf_addf(&out, "%s{\"itemIdentifier\":\"%c\"}", i == 0 ? "" : ",", ids.ptr[i]);
    }
    buf_add(&out, STR("]}"));
    return buf_str(&out);
}

static void run_quietly(struct test_ctx *t, const struct sqs_batch *batch, struct desk *desk,
                        struct reply *reply)
{
    int quiet = open("/dev/null", O_WRONLY | O_CLOEXEC);
    log_to(quiet);
    enum status status = sqs_run(&t->cx, reply, batch, handle_sqs, desk);
    log_to(2);
    (void)close(quiet);
    CHECK_STATUS(&t->cx, status, OK);
}

static void check_sqs(const char *name, const struct sqs_batch *batch, struct str bad,
                      struct str want_seen, struct str want_failed)
{
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct desk desk = {.bad = bad};
    struct reply reply = {0};
    run_quietly(&t, batch, &desk, &reply);
    CHECK_STR(name, seen_by(&desk), want_seen);
    CHECK_STR(name, reply.body, failures(&t.arena, want_failed));
    CHECK_STR(name, reply.content_type, STR("application/json"));
}

/* ---- SQS ------------------------------------------------------------------------------------- */

static void a_standard_queue_returns_the_failed_ones_alone(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct sqs_batch batch = letters(&t.arena, STR("a-b-c-d-"), false);
    check_sqs("none", &batch, STR("."), STR("abcd"), STR(""));
    check_sqs("some", &batch, STR("bd"), STR("abcd"), STR("bd"));
    check_sqs("all", &batch, STR("abcd"), STR("abcd"), STR("abcd"));
    struct sqs_batch empty = {0};
    check_sqs("an empty batch", &empty, STR("."), STR(""), STR(""));
}

static void a_fifo_queue_stops_at_the_first_failure(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct sqs_batch batch = letters(&t.arena, STR("aXbYcXdY"), true);
    check_sqs("none", &batch, STR("."), STR("abcd"), STR(""));
    check_sqs("first", &batch, STR("a"), STR("a"), STR("abcd"));
    check_sqs("middle", &batch, STR("b"), STR("ab"), STR("bcd"));
    check_sqs("last", &batch, STR("d"), STR("abcd"), STR("d"));
}

static void a_fifo_queue_may_hold_up_the_failed_group_alone(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct sqs_batch batch = letters(&t.arena, STR("aXbYcXdYeZ"), true);
    batch.skip_failed_groups = true;
    check_sqs("one group", &batch, STR("a"), STR("abde"), STR("ac"));
    check_sqs("two groups", &batch, STR("ab"), STR("abe"), STR("abcd"));
    check_sqs("a group's last", &batch, STR("c"), STR("abcde"), STR("c"));
    check_sqs("none", &batch, STR("."), STR("abcde"), STR(""));
}

static void what_there_is_no_time_for_is_returned(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct sqs_batch batch = letters(&t.arena, STR("a-b-c-"), false);
    struct desk desk = {.bad = STR("."), .slow_until_ms = clock_now_ms() + 60};
    struct reply reply = {0};
    t.cx.deadline_ms = clock_now_ms() + BATCH_RESERVE_MS + 30;
    run_quietly(&t, &batch, &desk, &reply);
    CHECK_STR("the first took too long", seen_by(&desk), STR("a"));
    CHECK_STR("returned", reply.body, failures(&t.arena, STR("bc")));
}

static void the_first_record_is_tried_however_late(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct sqs_batch batch = letters(&t.arena, STR("a-b-"), false);
    struct desk desk = {.bad = STR(".")};
    struct reply reply = {0};
    t.cx.deadline_ms = clock_now_ms() - 1;
    run_quietly(&t, &batch, &desk, &reply);
    CHECK_STR("seen", seen_by(&desk), STR("a"));
    CHECK_STR("returned", reply.body, failures(&t.arena, STR("b")));
}

static void the_reserve_is_the_callers_to_choose(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct sqs_batch batch = letters(&t.arena, STR("a-b-"), false);
    batch.reserve_ms = 1;
    struct desk desk = {.bad = STR(".")};
    struct reply reply = {0};
    t.cx.deadline_ms = clock_now_ms() + BATCH_RESERVE_MS - 100;
    run_quietly(&t, &batch, &desk, &reply);
    CHECK_STR("seen", seen_by(&desk), STR("ab"));
}

static void words_of_one_record_do_not_reach_the_next(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct sqs_batch batch = letters(&t.arena, STR("a-b-c-"), false);
    struct desk desk = {.bad = STR("a"), .leaves_words_behind = true};
    struct reply reply = {0};
    run_quietly(&t, &batch, &desk, &reply);
    CHECK_STR("seen", seen_by(&desk), STR("abc"));
}

static void each_failure_is_logged_with_its_record(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct sqs_batch batch = letters(&t.arena, STR("aXbX"), true);
    struct desk desk = {.bad = STR("a")};
    struct reply reply = {0};
    int ends[2];
    char line[2048] = {0};
    assert_int_equal(pipe(ends), 0);
    log_to(ends[1]);
    CHECK_STATUS(&t.cx, sqs_run(&t.cx, &reply, &batch, handle_sqs, &desk), OK);
    log_to(2);
    (void)close(ends[1]);
    size_t len = 0;
    for (ssize_t got = 1; got > 0 && len < sizeof line - 1; len += (size_t)(got > 0 ? got : 0)) {
        got = read(ends[0], line + len, sizeof line - 1 - len);
    }
    (void)close(ends[0]);
    assert_non_null(strstr(line, "\"message\":\"record_failed\""));
    assert_non_null(strstr(line, "\"itemIdentifier\":\"a\",\"cause\":\"ERR_UPSTREAM\""));
    assert_non_null(strstr(line, "\"message\":\"records_returned\""));
    assert_non_null(strstr(line, "\"count\":1,\"reason\":\"behind a failed record\""));
}

/* ---- streams --------------------------------------------------------------------------------- */

static struct stream_batch shard(struct arena *arena, struct str ids)
{
    struct stream_record *records = ARENA_ARRAY(arena, struct stream_record, ids.len + 1);
    for (size_t i = 0; i < ids.len; i++) {
        records[i].sequence_number = str_slice(ids, i, i + 1);
    }
    return (struct stream_batch){.source = BATCH_KINESIS, .records = records, .count = ids.len};
}

static void a_stream_begins_again_at_the_first_failure(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        struct str ids, bad, seen, failed;
        int64_t due_in_ms; /* 0: no deadline */
    } cases[] = {
        {"none", STR_INIT("abc"), STR_INIT("."), STR_INIT("abc"), STR_INIT(""), 0},
        {"first", STR_INIT("abc"), STR_INIT("a"), STR_INIT("a"), STR_INIT("a"), 0},
        {"middle", STR_INIT("abc"), STR_INIT("bc"), STR_INIT("ab"), STR_INIT("b"), 0},
        {"empty", STR_INIT(""), STR_INIT("."), STR_INIT(""), STR_INIT(""), 0},
        {"no time left", STR_INIT("abc"), STR_INIT("."), STR_INIT("a"), STR_INIT("b"), 100},
        {"time enough", STR_INIT("abc"), STR_INIT("."), STR_INIT("abc"), STR_INIT(""), 60000},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct stream_batch batch = shard(&t.arena, cases[i].ids);
        struct desk desk = {.bad = cases[i].bad};
        struct reply reply = {0};
        t.cx.deadline_ms = cases[i].due_in_ms == 0 ? 0 : clock_now_ms() + cases[i].due_in_ms;
        int quiet = open("/dev/null", O_WRONLY | O_CLOEXEC);
        log_to(quiet);
        CHECK_STATUS(&t.cx, batch_run(&t.cx, &reply, &batch, handle_stream, &desk), OK);
        log_to(2);
        (void)close(quiet);
        CHECK_STR(cases[i].name, seen_by(&desk), cases[i].seen);
        CHECK_STR(cases[i].name, reply.body, failures(&t.arena, cases[i].failed));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_standard_queue_returns_the_failed_ones_alone),
        cmocka_unit_test(a_fifo_queue_stops_at_the_first_failure),
        cmocka_unit_test(a_fifo_queue_may_hold_up_the_failed_group_alone),
        cmocka_unit_test(what_there_is_no_time_for_is_returned),
        cmocka_unit_test(the_first_record_is_tried_however_late),
        cmocka_unit_test(the_reserve_is_the_callers_to_choose),
        cmocka_unit_test(words_of_one_record_do_not_reach_the_next),
        cmocka_unit_test(each_failure_is_logged_with_its_record),
        cmocka_unit_test(a_stream_begins_again_at_the_first_failure),
    };
    return cmocka_run_group_tests_name("runtime_batch_run", tests, NULL, NULL);
}
