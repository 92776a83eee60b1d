#include "shared/base/buf.h"

#include "tests/support/check.h"

static void buf_allocates_nothing_before_the_first_byte(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct buf buf = buf_in(t.cx.arena, 10);
    buf_add(&buf, STR(""));
    buf_add(&buf, (struct str){0});
    CHECK_I64("bytes", t.arena.used_bytes, 0);
    CHECK_STR("empty", buf_str(&buf), STR(""));
}

static void buf_takes_max_bytes_and_not_one_more(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    static const size_t sizes[] = {0, 1, 2, 15, 255, 256, 257, 511, 512, 513, 5000};
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        struct buf buf = buf_in(t.cx.arena, sizes[i]);
        for (size_t n = 0; n < sizes[i]; n++) {
            buf_add_char(&buf, (char)('a' + n % 26));
        }
        assert_false(buf.full);
        CHECK_I64("len", buf.len, sizes[i]);
        buf_add_char(&buf, '!');
        assert_true(buf.full);
        CHECK_I64("len after the refusal", buf.len, sizes[i]);
        for (size_t n = 0; n < sizes[i]; n++) {
            CHECK_I64("byte", buf.ptr[n], 'a' + (int)(n % 26));
        }
    }
}

static void buf_addf_takes_max_bytes_and_not_one_more(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    static const int sizes[] = {1, 15, 16, 255, 256, 257, 1000};
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        struct buf exact = buf_in(t.cx.arena, (size_t)sizes[i]);
        buf_addf(&exact, "%0*d", sizes[i], 7);
        assert_false(exact.full);
        CHECK_I64("len", exact.len, sizes[i]);
        CHECK_I64("last byte", exact.ptr[exact.len - 1], '7');
        struct buf short_by_one = buf_in(t.cx.arena, (size_t)sizes[i]);
        buf_addf(&short_by_one, "%0*d", sizes[i] + 1, 7);
        assert_true(short_by_one.full);
        CHECK_I64("len", short_by_one.len, 0);
    }
}

static void buf_add_leaves_out_whole_what_does_not_fit(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct buf buf = buf_in(t.cx.arena, 5);
    buf_add(&buf, STR("abc"));
    buf_add(&buf, STR("def"));
    assert_true(buf.full);
    buf_add(&buf, STR("g")); /* would fit, but the text would have a hole */
    CHECK_STR("content", buf_str(&buf), STR("abc"));
    assert_null(buf_reserve(&buf, 0));
    buf_clear(&buf);
    assert_false(buf.full);
    buf_add(&buf, STR("hello"));
    CHECK_STR("after clear", buf_str(&buf), STR("hello"));
}

static void buf_grows_keeping_its_content(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct buf buf = buf_in(t.cx.arena, MIB(1));
    buf_add(&buf, STR("0123456789"));
    for (int i = 0; i < 12; i++) {
        buf_add(&buf, buf_str(&buf)); /* a view of itself, across each growth */
    }
    CHECK_I64("len", buf.len, 40960);
    for (size_t i = 0; i < buf.len; i++) {
        CHECK_I64("byte", buf.ptr[i], '0' + (int)(i % 10));
    }
    assert_false(buf.full);
}

static void buf_reserve_gives_room_that_commit_keeps(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct buf buf = buf_in(t.cx.arena, 1000);
    char *place = buf_reserve(&buf, 1000);
    assert_non_null(place);
    memset(place, 'x', 1000);
    buf_commit(&buf, 3);
    CHECK_STR("content", buf_str(&buf), STR("xxx"));
    assert_null(buf_reserve(&buf, 998));
    assert_true(buf.full);
    struct buf unlimited = buf_in(t.cx.arena, SIZE_MAX);
    buf_add(&unlimited, STR("a"));
    assert_null(buf_reserve(&unlimited, SIZE_MAX));
    CHECK_STR("kept", buf_str(&unlimited), STR("a"));
}

static void buf_over_a_block_of_the_callers_never_grows(void **state)
{
    (void)state;
    char block[8];
    struct buf buf = {.ptr = block, .cap = sizeof block, .max = sizeof block};
    buf_addf(&buf, "%s", "abcd");
    buf_add(&buf, STR("efgh"));
    CHECK_STR("all of it", buf_str(&buf), STR("abcdefgh"));
    assert_false(buf.full);
    buf_add_char(&buf, 'i');
    assert_true(buf.full);
    buf_clear(&buf);
    buf_addf(&buf, "%s", "1234567");
    assert_false(buf.full);
    buf_clear(&buf);
    buf_addf(&buf, "%s", "12345678"); /* no byte left for the NUL */
    assert_true(buf.full);
    CHECK_I64("len", buf.len, 0);
}

static void buf_add_numbers_writes_each_whole(void **state)
{
    (void)state;
    static const struct {
        int64_t value;
        struct str decimal, hex;
    } cases[] = {
        {0, STR_INIT("0"), STR_INIT("0x0")},
        {7, STR_INIT("7"), STR_INIT("0x7")},
        {4096, STR_INIT("4096"), STR_INIT("0x1000")},
        {-1, STR_INIT("-1"), STR_INIT("0xffffffffffffffff")},
        {INT64_MAX, STR_INIT("9223372036854775807"), STR_INIT("0x7fffffffffffffff")},
        {INT64_MIN, STR_INIT("-9223372036854775808"), STR_INIT("0x8000000000000000")},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char block[20], hex_block[18], small[2];
        struct buf decimal = buf_on(block, sizeof block);
        struct buf hex = buf_on(hex_block, sizeof hex_block);
        struct buf none = buf_on(small, sizeof small);
        buf_add_i64(&decimal, cases[i].value);
        buf_add_hex(&hex, (uint64_t)cases[i].value);
        buf_add_hex(&none, (uint64_t)cases[i].value);
        CHECK_STR("decimal", buf_str(&decimal), cases[i].decimal);
        CHECK_STR("hexadecimal", buf_str(&hex), cases[i].hex);
        assert_true(none.full && none.len == 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(buf_allocates_nothing_before_the_first_byte),
        cmocka_unit_test(buf_takes_max_bytes_and_not_one_more),
        cmocka_unit_test(buf_addf_takes_max_bytes_and_not_one_more),
        cmocka_unit_test(buf_add_leaves_out_whole_what_does_not_fit),
        cmocka_unit_test(buf_grows_keeping_its_content),
        cmocka_unit_test(buf_reserve_gives_room_that_commit_keeps),
        cmocka_unit_test(buf_over_a_block_of_the_callers_never_grows),
        cmocka_unit_test(buf_add_numbers_writes_each_whole),
    };
    return cmocka_run_group_tests_name("base_buf", tests, NULL, NULL);
}
