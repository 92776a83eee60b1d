/*
 * What unit tests share: cmocka, checks that print both values and the case, a fresh context per
 * test, and inputs in exact-size heap blocks, so that a read one past the end is caught by ASan.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "shared/base/ctx.h"

#include <cmocka.h>

/* cmocka's macro of this name hides our function, which fakes call. */
#undef fail
#undef fail_msg
#define CHECK_FAILED(...) (print_error(__VA_ARGS__), _fail(__FILE__, __LINE__))

struct test_ctx {
    struct arena arena;
    struct ctx cx;
};

/* DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t); then t.cx */
static inline struct test_ctx test_ctx_open(struct test_ctx *t)
{
    arena_init(&t->arena, 0);
    t->cx = (struct ctx){.arena = &t->arena};
    return *t;
}

static inline void test_ctx_close(struct test_ctx *t)
{
    arena_deinit(&t->arena);
}

/* A copy in a block of exactly `s.len` bytes, owned by the arena. */
static inline struct str exact_copy(struct ctx *cx, struct str s)
{
    if (s.len == 0) {
        return (struct str){0};
    }
    char *block = malloc(s.len);
    assert_non_null(block);
    memcpy(block, s.ptr, s.len);
    arena_on_reset(cx->arena, free, block);
    return (struct str){.ptr = block, .len = s.len};
}

#define CHECK_STR(name, got, want) check_str((name), (got), (want), __FILE__, __LINE__)
#define CHECK_I64(name, got, want)                                                                 \
    check_i64((name), (int64_t)(got), (int64_t)(want), __FILE__, __LINE__)
#define CHECK_STATUS(cx, got, want)     check_status((cx), (got), (want), __FILE__, __LINE__)
#define CHECK_NEAR(name, got, want, by) check_near((name), (got), (want), (by), __FILE__, __LINE__)

static inline void check_str(const char *name, struct str got, struct str want, const char *file,
                             int line)
{
    if (!str_eq(got, want)) {
        print_error("%s: got \"" STR_FMT "\", want \"" STR_FMT "\"\n", name, STR_ARG(got),
                    STR_ARG(want));
        _fail(file, line);
    }
}

static inline void check_i64(const char *name, int64_t got, int64_t want, const char *file,
                             int line)
{
    if (got != want) {
        print_error("%s: got %lld, want %lld\n", name, (long long)got, (long long)want);
        _fail(file, line);
    }
}

static inline void check_near(const char *name, double got, double want, double by,
                              const char *file, int line)
{
    if (!(got >= want - by && got <= want + by)) {
        print_error("%s: got %.6f, want %.6f within %.6f\n", name, got, want, by);
        _fail(file, line);
    }
}

static inline void check_status(const struct ctx *cx, enum status got, enum status want,
                                const char *file, int line)
{
    if (got != want) {
        print_error("got %s (%s), want %s\n", status_name(got), got == OK ? "" : cx->err.text,
                    status_name(want));
        _fail(file, line);
    }
}
