#include "tests/support/check.h"

#include "infra/local/source/poller.h"
#include "infra/local/source/queue.h"

#include <time.h>

static const int64_t NOW = 1800000000000;

struct fixture {
    struct test_ctx t;
    struct template *template;
    struct queues queues;
    struct queue *queue; /* the first */
};

/* A queue of 30 s visibility and, if `dead_after`, a second one for what was received so often. */
static void fixture_open(struct fixture *f, bool is_fifo, int64_t dead_after)
{
    arena_init(&f->t.arena, 0);
    f->t.cx = (struct ctx){.arena = &f->t.arena};
    f->template = ARENA_NEW(&f->t.arena, struct template);
    struct queue_config config = {
        .name = STR("first"),
        .arn = STR("arn:aws:sqs:us-east-1:1:first"),
        .is_fifo = is_fifo,
        .visibility_ms = 30000,
        .retention_ms = 345600000,
        .max_message_bytes = 1048576,
    };
    f->template->queues[0] = f->template->queues[1] = config;
    f->template->queues[1].name = STR("second");
    f->template->queue_count = 2;
    if (dead_after > 0) {
        f->template->queues[0].dead_letter = &f->template->queues[1];
        f->template->queues[0].max_receives = dead_after;
    }
    queues_open(&f->queues, &f->t.arena, f->template);
    f->queue = &f->queues.items[0];
}

static void fixture_close(struct fixture *f)
{
    queues_close(&f->queues);
    test_ctx_close(&f->t);
}

#define FIXTURE(is_fifo, dead_after)                                                               \
    DEFER(fixture_close) struct fixture f = {0};                                                   \
    fixture_open(&f, (is_fifo), (dead_after))

static void put_in(struct fixture *f, const char *body, const char *group, int64_t now_ms)
{
    struct queue_sent sent;
    struct queue_send send = {
        .body = str_from_cstr(body), .group = str_from_cstr(group), .delay_ms = -1};
    assert_true(queue_put(f->queue, &send, now_ms, &sent));
}

/* The bodies of up to `max`, one after the other. */
static struct str take_from(struct fixture *f, struct queue *queue, size_t max, int64_t now_ms)
{
    struct message *taken[100];
    struct buf out = buf_in(&f->t.arena, KIB(8));
    struct queue_receive receive = {.max_count = max, .max_bytes = MIB(1), .visibility_ms = -1};
    size_t count = queue_take(queue, &receive, now_ms, taken);
    for (size_t i = 0; i < count; i++) {
        buf_addf(&out, STR_FMT " ", STR_ARG(taken[i]->body));
    }
    return buf_str(&out);
}

static struct receipt receipt_of_first(struct fixture *f, int64_t now_ms)
{
    struct message *taken[1];
    struct receipt receipt;
    char handle[QUEUE_HANDLE_MAX];
    struct queue_receive receive = {.max_count = 1, .max_bytes = MIB(1), .visibility_ms = -1};
    assert_int_equal(queue_take(f->queue, &receive, now_ms, taken), 1);
    receipt_write(f->queue, taken[0], handle);
    assert_true(receipt_read(f->queue, str_from_cstr(handle), &receipt));
    return receipt;
}

static void a_message_in_flight_comes_back_after_its_timeout(void **state)
{
    (void)state;
    FIXTURE(false, 0);
    put_in(&f, "a", "", NOW);
    CHECK_STR("taken", take_from(&f, f.queue, 10, NOW), STR("a "));
    CHECK_STR("in flight", take_from(&f, f.queue, 10, NOW + 29999), STR(""));
    CHECK_STR("back", take_from(&f, f.queue, 10, NOW + 30000), STR("a "));
    CHECK_I64("receives", f.queue->waiting.first->receives, 2);
    CHECK_I64("first", f.queue->waiting.first->first_received_ms, NOW);
}

static void a_deleted_message_is_gone(void **state)
{
    (void)state;
    FIXTURE(false, 0);
    put_in(&f, "a", "", NOW);
    struct receipt receipt = receipt_of_first(&f, NOW);
    CHECK_I64("delete", queue_delete(f.queue, &receipt, NOW), RECEIPT_DONE);
    CHECK_I64("again", queue_delete(f.queue, &receipt, NOW), RECEIPT_OLD);
    CHECK_STR("gone", take_from(&f, f.queue, 10, NOW + 60000), STR(""));
    CHECK_I64("bytes", f.queues.bytes, 0);
}

static void an_old_receipt_deletes_nothing(void **state)
{
    (void)state;
    FIXTURE(false, 0);
    put_in(&f, "a", "", NOW);
    struct receipt old = receipt_of_first(&f, NOW);
    struct receipt new = receipt_of_first(&f, NOW + 30000);
    CHECK_I64("old", queue_delete(f.queue, &old, NOW + 30000), RECEIPT_OLD);
    CHECK_I64("change", queue_change_visibility(f.queue, &old, NOW + 30000, 0), RECEIPT_OLD);
    CHECK_I64("new, past its time", queue_delete(f.queue, &new, NOW + 70000), RECEIPT_DONE);
}

static void visibility_may_be_changed_while_in_flight(void **state)
{
    (void)state;
    FIXTURE(false, 0);
    put_in(&f, "a", "", NOW);
    struct receipt receipt = receipt_of_first(&f, NOW);
    CHECK_I64("longer", queue_change_visibility(f.queue, &receipt, NOW, 100000), RECEIPT_DONE);
    CHECK_STR("still", take_from(&f, f.queue, 1, NOW + 99999), STR(""));
    CHECK_I64("none", queue_change_visibility(f.queue, &receipt, NOW + 99999, 0), RECEIPT_DONE);
    CHECK_I64("not in flight", queue_change_visibility(f.queue, &receipt, NOW + 99999, 5),
              RECEIPT_NOT_IN_FLIGHT);
    CHECK_STR("at once", take_from(&f, f.queue, 1, NOW + 99999), STR("a "));
}

static void receipts_are_of_one_queue(void **state)
{
    (void)state;
    FIXTURE(false, 0);
    put_in(&f, "a", "", NOW);
    struct message *taken[1];
    struct receipt receipt;
    char handle[QUEUE_HANDLE_MAX];
    struct queue_receive receive = {.max_count = 1, .visibility_ms = -1};
    assert_int_equal(queue_take(f.queue, &receive, NOW, taken), 1);
    receipt_write(f.queue, taken[0], handle);
    assert_false(receipt_read(&f.queues.items[1], str_from_cstr(handle), &receipt));
    static const char *const wrong[] = {"",
                                        "x",
                                        "Zmlyc3Q=",
                                        "Zmlyc3QgMQ==",
                                        "Zmlyc3QgMSAw",
                                        "Zmlyc3QgMSAxIDE=",
                                        "Zmlyc3QgLTEgMQ=="};
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        if (receipt_read(f.queue, str_from_cstr(wrong[i]), &receipt)) {
            CHECK_FAILED("\"%s\" was taken\n", wrong[i]);
        }
    }
}

static void a_delay_holds_a_message_back(void **state)
{
    (void)state;
    FIXTURE(false, 0);
    struct queue_sent sent;
    struct queue_send send = {.body = STR("late"), .delay_ms = 5000};
    assert_true(queue_put(f.queue, &send, NOW, &sent));
    CHECK_I64("due", f.queue->due_ms, NOW + 5000);
    CHECK_I64("not in flight", f.queue->in_flight, 0);
    CHECK_STR("before", take_from(&f, f.queue, 1, NOW + 4999), STR(""));
    CHECK_STR("after", take_from(&f, f.queue, 1, NOW + 5000), STR("late "));
}

static void what_is_kept_too_long_is_dropped(void **state)
{
    (void)state;
    FIXTURE(false, 0);
    put_in(&f, "a", "", NOW);
    CHECK_I64("before", queue_visible(f.queue, NOW + 345599999), 1);
    CHECK_I64("after", queue_visible(f.queue, NOW + 345600000), 0);
    CHECK_I64("bytes", f.queues.bytes, 0);
}

static void what_is_received_too_often_is_a_dead_letter(void **state)
{
    (void)state;
    FIXTURE(false, 2);
    struct queue *dead = &f.queues.items[1];
    put_in(&f, "a", "", NOW);
    CHECK_STR("1", take_from(&f, f.queue, 1, NOW), STR("a "));
    CHECK_STR("2", take_from(&f, f.queue, 1, NOW + 30000), STR("a "));
    CHECK_I64("not yet", queue_visible(dead, NOW + 60000), 0);
    CHECK_STR("3", take_from(&f, f.queue, 1, NOW + 60000), STR(""));
    CHECK_STR("dead", take_from(&f, dead, 1, NOW + 60000), STR("a "));
    CHECK_STR("source", dead->waiting.first->source_arn, STR("arn:aws:sqs:us-east-1:1:first"));
}

static void a_fifo_queue_keeps_the_order_of_a_group(void **state)
{
    (void)state;
    FIXTURE(true, 0);
    put_in(&f, "a1", "a", NOW);
    put_in(&f, "a2", "a", NOW);
    put_in(&f, "b1", "b", NOW);
    put_in(&f, "a3", "a", NOW);
    CHECK_STR("in one receive, in order", take_from(&f, f.queue, 2, NOW), STR("a1 a2 "));
    CHECK_STR("others only", take_from(&f, f.queue, 10, NOW + 1), STR("b1 "));
    put_in(&f, "b2", "b", NOW + 2);
    CHECK_STR("none", take_from(&f, f.queue, 10, NOW + 2), STR(""));
    CHECK_STR("back in their places", take_from(&f, f.queue, 10, NOW + 30000), STR("a1 a2 a3 "));
    CHECK_STR("then the other", take_from(&f, f.queue, 10, NOW + 30001), STR("b1 b2 "));
}

/* A group that is blocked among many in flight: comparing each with each would hold all up. */
static void many_groups_in_flight_cost_nothing(void **state)
{
    (void)state;
    enum { GROUPS = 20000, BLOCKED = 10000 };
    FIXTURE(true, 0);
    clock_t began = clock();
    for (int i = 0; i < GROUPS; i++) {
        char text[16];
        (void)snprintf(text, sizeof(text), "g%d", i);
        put_in(&f, text, text, NOW);
    }
    for (int i = 0; i < GROUPS / 10; i++) {
        (void)take_from(&f, f.queue, 10, NOW);
    }
    CHECK_I64("in flight", f.queue->in_flight, GROUPS);
    for (int i = 0; i < BLOCKED; i++) {
        char text[16];
        (void)snprintf(text, sizeof(text), "b%d", i);
        put_in(&f, text, "g19999", NOW);
    }
    for (int i = 0; i < 10; i++) {
        CHECK_STR("blocked", take_from(&f, f.queue, 10, NOW), STR(""));
    }
    assert_true((clock() - began) / CLOCKS_PER_SEC < 8); /* of work, however busy the machine */
}

static void a_fifo_queue_takes_a_message_once_in_five_minutes(void **state)
{
    (void)state;
    FIXTURE(true, 0);
    struct queue_sent one, two, three;
    struct queue_send send = {.body = STR("same"), .group = STR("g")};
    assert_true(queue_put(f.queue, &send, NOW, &one));
    assert_true(queue_put(f.queue, &send, NOW + 299999, &two));
    CHECK_I64("one only", f.queue->ready.count, 1);
    CHECK_STR("as it was", str_from_cstr(two.message_id), str_from_cstr(one.message_id));
    CHECK_I64("as it was", two.sequence, one.sequence);
    send.dedup_id = STR("another");
    assert_true(queue_put(f.queue, &send, NOW + 299999, &three));
    CHECK_I64("by its id", f.queue->ready.count, 2);
    send.dedup_id = STR("");
    assert_true(queue_put(f.queue, &send, NOW + 300000, &three));
    CHECK_I64("five minutes later", f.queue->ready.count, 3);
}

static void a_fifo_receipt_ends_with_its_timeout(void **state)
{
    (void)state;
    FIXTURE(true, 0);
    put_in(&f, "a", "g", NOW);
    struct receipt receipt = receipt_of_first(&f, NOW);
    CHECK_I64("too late", queue_delete(f.queue, &receipt, NOW + 30000), RECEIPT_NOT_IN_FLIGHT);
}

static void in_flight_has_a_limit(void **state)
{
    (void)state;
    FIXTURE(false, 0);
    struct message *taken[1000];
    size_t total = 0;
    struct queue_receive receive = {.max_count = 1000, .max_bytes = MIB(1), .visibility_ms = -1};
    for (size_t i = 0; i < QUEUE_MAX_IN_FLIGHT + 1; i++) {
        put_in(&f, "x", "", NOW);
    }
    for (;;) {
        size_t count = queue_take(f.queue, &receive, NOW, taken);
        total += count;
        if (count == 0) {
            break;
        }
    }
    CHECK_I64("taken", total, QUEUE_MAX_IN_FLIGHT);
    CHECK_I64("left", queue_visible(f.queue, NOW), 1);
}

static void all_queues_share_a_bound(void **state)
{
    (void)state;
    FIXTURE(false, 0);
    size_t size = MIB(1);
    char *body = ARENA_ARRAY(&f.t.arena, char, size);
    memset(body, 'x', size);
    struct queue_send send = {.body = {.ptr = body, .len = size}, .delay_ms = -1};
    struct queue_sent sent;
    size_t taken = 0;
    while (queue_put(&f.queues.items[taken % 2], &send, NOW, &sent)) {
        taken++;
    }
    CHECK_I64("messages of 1 MiB", taken, 255);
    queue_purge(f.queue);
    assert_true(queue_put(f.queue, &send, NOW, &sent));
}

/* The digests of the third case were computed apart from this code, by the documented steps. */
static void digests_are_those_of_the_guide(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    char md5[33];
    md5_hex(STR(""), md5);
    CHECK_STR("empty", str_from_cstr(md5), STR("d41d8cd98f00b204e9800998ecf8427e"));
    md5_hex(STR("This is a test message"), md5);
    CHECK_STR("text", str_from_cstr(md5), STR("fafb00f5732ab283681e124bf8747ed1"));
    const struct message_attribute attributes[] = {
        {.name = STR("count"), .type = STR("Number"), .value = STR("42")},
        {.name = STR("blob"), .type = STR("Binary"), .value = STR("\1\2\3"), .is_binary = true},
        {.name = STR("Alpha"), .type = STR("String.custom"), .value = STR("value")},
    };
    attributes_md5_hex(&t.arena, attributes, ARRAY_LEN(attributes), md5);
    CHECK_STR("attributes", str_from_cstr(md5), STR("69c4bcf940b45f3012387c8de524c8fb"));
}

static void a_batch_s_answer_says_which_messages_come_back(void **state)
{
    (void)state;
    static const char *const ids[] = {"one", "two", "three"};
    static const struct {
        const char *answer, *want; /* "!": the whole batch failed; else a letter each */
    } cases[] = {
        {"{\"batchItemFailures\":[]}", "..."},
        {"{\"batchItemFailures\":null}", "..."},
        {"{}", "..."},
        {"null", "..."},
        {"{\"batchItemFailures\":[{\"itemIdentifier\":\"two\"}]}", ".f."},
        {"{\"batchItemFailures\":[{\"itemIdentifier\":\"one\"},{\"itemIdentifier\":\"three\"}]}",
         "f.f"},
        {"{\"batchItemFailures\":[{\"itemIdentifier\":\"two\"},{\"itemIdentifier\":\"two\"}]}",
         ".f."},
        {"{\"batchItemFailures\":[{\"itemIdentifier\":\"\"}]}", "!"},
        {"{\"batchItemFailures\":[{\"itemIdentifier\":null}]}", "!"},
        {"{\"batchItemFailures\":[{\"itemidentifier\":\"two\"}]}", "!"},
        {"{\"batchItemFailures\":[{\"itemIdentifier\":\"four\"}]}", "!"},
        {"{\"batchItemFailures\":[\"two\"]}", "!"},
        {"{\"batchItemFailures\":{}}", "!"},
        {"not JSON", "!"},
        {"", "!"},
        {"\"text\"", "!"},
        {"[]", "!"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        bool failed[3];
        char got[4] = "!";
        struct str answer = exact_copy(&t.cx, str_from_cstr(cases[i].answer));
        if (batch_answer_read(&t.cx, answer, ids, 3, failed)) {
            for (size_t k = 0; k < 3; k++) {
                got[k] = failed[k] ? 'f' : '.';
            }
        }
        CHECK_STR(cases[i].answer, str_from_cstr(got), str_from_cstr(cases[i].want));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_in_flight_comes_back_after_its_timeout),
        cmocka_unit_test(a_deleted_message_is_gone),
        cmocka_unit_test(an_old_receipt_deletes_nothing),
        cmocka_unit_test(visibility_may_be_changed_while_in_flight),
        cmocka_unit_test(receipts_are_of_one_queue),
        cmocka_unit_test(a_delay_holds_a_message_back),
        cmocka_unit_test(what_is_kept_too_long_is_dropped),
        cmocka_unit_test(what_is_received_too_often_is_a_dead_letter),
        cmocka_unit_test(a_fifo_queue_keeps_the_order_of_a_group),
        cmocka_unit_test(many_groups_in_flight_cost_nothing),
        cmocka_unit_test(a_fifo_queue_takes_a_message_once_in_five_minutes),
        cmocka_unit_test(a_fifo_receipt_ends_with_its_timeout),
        cmocka_unit_test(in_flight_has_a_limit),
        cmocka_unit_test(all_queues_share_a_bound),
        cmocka_unit_test(digests_are_those_of_the_guide),
        cmocka_unit_test(a_batch_s_answer_says_which_messages_come_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
