#include "shared/base/arena.h"

#include "tests/support/check.h"
#include "tests/support/death.h"

#include <sys/wait.h>

#ifdef __SANITIZE_ADDRESS__
enum { HAS_ASAN = true };
#else
enum { HAS_ASAN = false };
#endif

static void arena_alloc_gives_zeroed_aligned_memory(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 0);
    for (int round = 0; round < 3; round++) {
        for (size_t size = 0; size < 300; size++) {
            unsigned char *bytes = arena_alloc(&arena, 1, size);
            assert_int_equal((uintptr_t)bytes % _Alignof(max_align_t), 0);
            for (size_t i = 0; i < size; i++) {
                assert_int_equal(bytes[i], 0);
            }
            memset(bytes, 0xA5, size);
        }
        arena_reset(&arena);
        CHECK_I64("used after reset", arena.used_bytes, 0);
    }
    arena_deinit(&arena);
    CHECK_I64("kept after deinit", arena.kept_bytes, 0);
}

struct trace {
    struct arena *arena;
    char order[8];
    size_t count;
};

static struct trace trace;

static void note(void *letter)
{
    trace.order[trace.count++] = *(const char *)letter;
}

static void note_and_register_again(void *letter)
{
    note(letter);
    arena_on_reset(trace.arena, note,
                   arena_str_copy(trace.arena, STR("z")).ptr == NULL ? NULL : letter);
}

static void arena_hooks_run_last_first_at_each_reset(void **state)
{
    (void)state;
    static char a = 'a', b = 'b', c = 'c';
    struct arena arena;
    arena_init(&arena, 0);
    trace = (struct trace){.arena = &arena};
    arena_on_reset(&arena, note, &a);
    arena_on_reset(&arena, note, &b);
    arena_reset(&arena);
    assert_string_equal(trace.order, "ba");
    arena_reset(&arena);
    assert_string_equal(trace.order, "ba"); /* once each */
    arena_on_reset(&arena, note, &c);
    arena_deinit(&arena);
    assert_string_equal(trace.order, "bac");
}

static void arena_hook_may_use_the_arena(void **state)
{
    (void)state;
    static char a = 'a';
    struct arena arena;
    arena_init(&arena, 0);
    trace = (struct trace){.arena = &arena};
    arena_on_reset(&arena, note_and_register_again, &a);
    arena_reset(&arena);
    assert_string_equal(trace.order, "aa"); /* what a hook registers runs in the same reset */
    arena_deinit(&arena);
    assert_string_equal(trace.order, "aa");
}

static void arena_hook_sees_memory_of_its_invocation(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 0);
    trace = (struct trace){.arena = &arena};
    char *letter = arena_cstr_copy(&arena, STR("q"));
    arena_on_reset(&arena, note, letter);
    arena_reset(&arena);
    assert_string_equal(trace.order, "q");
    arena_deinit(&arena);
}

static void read_after_reset(void *argument)
{
    struct arena *arena = argument;
    const char *text = arena_cstr_copy(arena, STR("gone"));
    arena_reset(arena);
    (void)write(STDERR_FILENO, text, 4);
}

static void write_past_the_end(void *argument)
{
    volatile char *block = arena_alloc(argument, 1, 24);
    block[24] = 1;
}

static void arena_misuse_is_caught_by_asan(void **state)
{
    (void)state;
    if (!HAS_ASAN) {
        skip();
    }
    struct arena arena;
    arena_init(&arena, 0);
    assert_int_not_equal(death_status(read_after_reset, &arena), 0);
    assert_int_not_equal(death_status(write_past_the_end, &arena), 0);
    arena_deinit(&arena);
}

static void alloc_overflowing(void *argument)
{
    (void)arena_alloc(argument, SIZE_MAX / 2 + 1, 2);
}

static void alloc_all(void *argument)
{
    (void)arena_alloc(argument, 1, SIZE_MAX);
}

static void arena_alloc_aborts_where_sizes_overflow(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 0);
    int status = death_status(alloc_overflowing, &arena);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    status = death_status(alloc_all, &arena);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    arena_deinit(&arena);
}

static void arena_wipe_runs_hooks_then_frees(void **state)
{
    (void)state;
    static char a = 'a';
    struct arena arena;
    arena_init(&arena, 0);
    trace = (struct trace){.arena = &arena};
    arena_on_reset(&arena, note, &a);
    (void)arena_str_copy(&arena, STR("hunter2"));
    arena_wipe(&arena);
    CHECK_I64("hooks", trace.count, 1);
    CHECK_I64("kept", arena.kept_bytes, 0);
}

static void arena_copies_end_in_nul(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct str copy = arena_str_copy(t.cx.arena, exact_copy(&t.cx, STR("a\0b")));
    CHECK_STR("copy", copy, STR("a\0b"));
    CHECK_I64("NUL after it", copy.ptr[3], 0);
    assert_string_equal(arena_cstr_copy(t.cx.arena, (struct str){0}), "");
}

static void arena_format_takes_any_length(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    CHECK_STR("short", arena_format(t.cx.arena, "%d-%s", 7, "x"), STR("7-x"));
    CHECK_STR("empty", arena_format(t.cx.arena, "%s", ""), STR(""));
    struct str text = arena_format(t.cx.arena, "%0100000d", 7);
    CHECK_I64("long", text.len, 100000);
    CHECK_I64("last", text.ptr[99999], '7');
    CHECK_I64("NUL", text.ptr[100000], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arena_alloc_gives_zeroed_aligned_memory),
        cmocka_unit_test(arena_hooks_run_last_first_at_each_reset),
        cmocka_unit_test(arena_hook_may_use_the_arena),
        cmocka_unit_test(arena_hook_sees_memory_of_its_invocation),
        cmocka_unit_test(arena_misuse_is_caught_by_asan),
        cmocka_unit_test(arena_alloc_aborts_where_sizes_overflow),
        cmocka_unit_test(arena_wipe_runs_hooks_then_frees),
        cmocka_unit_test(arena_copies_end_in_nul),
        cmocka_unit_test(arena_format_takes_any_length),
    };
    return cmocka_run_group_tests_name("base_arena", tests, NULL, NULL);
}
