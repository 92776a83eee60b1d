/*
 * The pool itself, which ASan builds go around: arena.c once more, with its chunks, and a malloc
 * that counts and can run dry.
 */
#include "tests/support/check.h"
#include "tests/support/death.h"

#include <malloc.h>
#include <sys/wait.h>

static size_t mallocs;
static size_t malloc_limit = SIZE_MAX;

static void *counted_malloc(size_t size)
{
    mallocs++;
    return size > malloc_limit ? NULL : malloc(size);
}

/* What blocks still say when they are given back. */
static const char watched[] = "correct horse battery staple";
static size_t blocks_freed, blocks_with_watched;

static void watching_free(void *block)
{
    blocks_freed++;
    if (block != NULL &&
        memmem(block, malloc_usable_size(block), watched, sizeof watched - 1) != NULL) {
        blocks_with_watched++;
    }
    free(block);
}

#define ARENA_EACH_ITS_OWN 0
#define malloc             counted_malloc
#define free               watching_free
#include "shared/base/arena.c" /* NOLINT(bugprone-suspicious-include): the point of this test */
#undef malloc
#undef free

static void invocation(struct arena *arena, unsigned seed)
{
    for (unsigned i = 0; i < 400; i++) {
        size_t size = (i * 2654435761U + seed) % 1500;
        unsigned char *bytes = arena_alloc(arena, 1, i == 100 ? 300000 : size);
        assert_int_equal((uintptr_t)bytes % alignof(max_align_t), 0);
        for (size_t j = 0; j < size; j++) {
            assert_int_equal(bytes[j], 0);
        }
        memset(bytes, 0xA5, size);
    }
}

static void arena_allocates_nothing_in_a_steady_state(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 0);
    invocation(&arena, 0);
    arena_reset(&arena);
    size_t after_first = mallocs, kept = arena.kept_bytes;
    assert_true(after_first > 3);
    for (int i = 0; i < 50; i++) {
        invocation(&arena, 0);
        arena_reset(&arena);
    }
    CHECK_I64("mallocs", mallocs, after_first);
    CHECK_I64("kept", arena.kept_bytes, kept);
    arena_deinit(&arena);
    CHECK_I64("kept at the end", arena.kept_bytes, 0);
}

static void write_secret(struct arena *arena)
{
    arena_init(arena, 64);
    for (int i = 0; i < 9; i++) { /* over several chunks, none of them at its start */
        (void)arena_str_copy(arena, STR("user"));
        (void)arena_str_copy(arena, str_from_cstr(watched));
    }
}

static void arena_wipe_leaves_nothing_to_read(void **state)
{
    (void)state;
    struct arena arena;
    write_secret(&arena);
    blocks_freed = blocks_with_watched = 0;
    arena_deinit(&arena);
    CHECK_I64("what deinit leaves: the check can see", blocks_with_watched, blocks_freed);
    write_secret(&arena);
    blocks_freed = blocks_with_watched = 0;
    arena_wipe(&arena);
    assert_true(blocks_freed > 3);
    CHECK_I64("what wipe leaves", blocks_with_watched, 0);
}

static void arena_allocations_do_not_overlap(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 100); /* not a multiple of the alignment */
    unsigned char *blocks[200];
    for (size_t i = 0; i < ARRAY_LEN(blocks); i++) {
        blocks[i] = arena_alloc(&arena, i % 120, 1);
        memset(blocks[i], (int)i, i % 120);
    }
    for (size_t i = 0; i < ARRAY_LEN(blocks); i++) {
        for (size_t j = 0; j < i % 120; j++) {
            assert_int_equal(blocks[i][j], i);
        }
    }
    arena_deinit(&arena);
}

static void arena_reset_keeps_8_mib_at_most(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 0);
    (void)arena_alloc(&arena, 1, MIB(8) + 16);
    arena_reset(&arena);
    CHECK_I64("one block past it", arena.kept_bytes, 0);
    (void)arena_alloc(&arena, 1, MIB(8));
    arena_reset(&arena);
    CHECK_I64("exactly it", arena.kept_bytes, MIB(8));
    (void)arena_alloc(&arena, 1, MIB(8));
    (void)arena_alloc(&arena, 1, 1);
    arena_reset(&arena);
    CHECK_I64("a chunk more", arena.kept_bytes, MIB(8));
    arena_deinit(&arena);
}

static void arena_reset_drops_only_the_chunk_that_is_too_large(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 0);
    (void)arena_alloc(&arena, 1, KIB(60));
    (void)arena_alloc(&arena, 1, MIB(20));
    (void)arena_alloc(&arena, 1, KIB(60));
    arena_reset(&arena);
    CHECK_I64("kept", arena.kept_bytes, KIB(128));
    size_t before = mallocs;
    (void)arena_alloc(&arena, 1, KIB(60));
    (void)arena_alloc(&arena, 1, KIB(60));
    CHECK_I64("both are used again", mallocs, before);
    arena_deinit(&arena);
}

/* Kept chunks hold what was written before: only `arena_alloc_raw` may show it. */
static void arena_memory_that_comes_again_is_zeroed_and_texts_end(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 0);
    memset(arena_alloc_raw(&arena, 4096), 'x', 4096);
    arena_reset(&arena);
    const char *zeroed = arena_alloc(&arena, 1, 64);
    for (size_t i = 0; i < 64; i++) {
        CHECK_I64("zeroed", zeroed[i], 0);
    }
    CHECK_I64("copy", arena_str_copy(&arena, STR("abc")).ptr[3], '\0');
    CHECK_I64("format", arena_format(&arena, "%d", 12345).ptr[5], '\0');
    CHECK_I64("raw", ((const char *)arena_alloc_raw(&arena, 1))[0], 'x');
    arena_deinit(&arena);
}

static void alloc_some(void *arena)
{
    (void)arena_alloc(arena, 1, KIB(200));
}

static void arena_alloc_aborts_where_memory_ends(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 0);
    malloc_limit = KIB(100);
    int status = death_status(alloc_some, &arena);
    malloc_limit = SIZE_MAX;
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    arena_deinit(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arena_allocates_nothing_in_a_steady_state),
        cmocka_unit_test(arena_wipe_leaves_nothing_to_read),
        cmocka_unit_test(arena_allocations_do_not_overlap),
        cmocka_unit_test(arena_reset_keeps_8_mib_at_most),
        cmocka_unit_test(arena_reset_drops_only_the_chunk_that_is_too_large),
        cmocka_unit_test(arena_memory_that_comes_again_is_zeroed_and_texts_end),
        cmocka_unit_test(arena_alloc_aborts_where_memory_ends),
    };
    return cmocka_run_group_tests_name("base_arena_pool", tests, NULL, NULL);
}
