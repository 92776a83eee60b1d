/*
 * Memory that lives for one invocation: everything is given back at once by `arena_reset`.
 * Allocation is zeroed, overflow-checked and never NULL: exhaustion of the machine aborts, so
 * limits on outside sizes come first. After a first pass, resets keep the chunks, so that a steady
 * stream of like invocations allocates nothing. Under ASan each allocation is its own malloc, so
 * that use after reset is caught. Not for use by two threads at a time.
 */
#pragma once

#include "shared/base/attr.h"
#include "shared/base/str.h"

#include <stdarg.h>

struct arena_chunk;
struct arena_hook;

struct arena {
    struct arena_chunk *first, *current;
    struct arena_hook *hooks;
    size_t chunk_bytes;
    size_t used_bytes; /* handed out since the last reset */
    size_t kept_bytes; /* held from the system */
};

typedef void arena_hook_fn(void *object);

/* `chunk_bytes` is the unit taken from the system; 0 means 64 KiB. */
void arena_init(struct arena *arena, size_t chunk_bytes);
/* Runs the hooks, frees everything. The arena may be initialised again. */
void arena_deinit(struct arena *arena);
/* As `arena_deinit`, and overwrites first what was handed out: for an arena that held secrets. */
void arena_wipe(struct arena *arena);
/* Runs the hooks, last registered first, and takes all memory back; keeps up to 8 MiB for next
 * time. */
void arena_reset(struct arena *arena);
/* `fn(object)` runs once, at the next reset: for what is not memory (a PGresult, a descriptor). */
void arena_on_reset(struct arena *arena, arena_hook_fn *fn, void *object);

/* `count * size` zeroed bytes aligned for any type. */
void *arena_alloc(struct arena *arena, size_t count, size_t size) __attribute__((returns_nonnull));
/* As `arena_alloc`, but not zeroed: for bytes that are written before they are read. */
void *arena_alloc_raw(struct arena *arena, size_t bytes) __attribute__((returns_nonnull));
#define ARENA_NEW(arena, type)          ((type *)arena_alloc((arena), 1, sizeof(type)))
#define ARENA_ARRAY(arena, type, count) ((type *)arena_alloc((arena), (count), sizeof(type)))

/* A copy with a NUL after it (outside `len`). */
struct str arena_str_copy(struct arena *arena, struct str s);
/* As `arena_str_copy`, for libraries that want a C string. NUL bytes inside cut it: check first. */
char *arena_cstr_copy(struct arena *arena, struct str s);
/* printf into the arena; a NUL follows the text. */
struct str arena_format(struct arena *arena, const char *format, ...) PRINTF_LIKE(2, 3);
struct str arena_vformat(struct arena *arena, const char *format, va_list args) PRINTF_LIKE(2, 0);
