#include "shared/base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#ifndef ARENA_EACH_ITS_OWN /* a test of the pool itself sets it to 0 */
#if defined(__SANITIZE_ADDRESS__)
#define ARENA_EACH_ITS_OWN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_EACH_ITS_OWN 1
#endif
#endif
#endif
#ifndef ARENA_EACH_ITS_OWN
#define ARENA_EACH_ITS_OWN 0
#endif

enum { KEEP_BYTES = 8 * 1024 * 1024, DEFAULT_CHUNK_BYTES = 64 * 1024 };

struct arena_chunk {
    struct arena_chunk *next;
    size_t size, used;
    alignas(max_align_t) char bytes[];
};

struct arena_hook {
    struct arena_hook *next;
    arena_hook_fn *fn;
    void *object;
};

static NORETURN void out_of_memory(size_t bytes)
{
    (void)fprintf(stderr, "out of memory: %zu bytes\n", bytes);
    abort();
}

static struct arena_chunk *chunk_new(size_t size)
{
    size_t total = 0;
    if (__builtin_add_overflow(size, sizeof(struct arena_chunk), &total)) {
        out_of_memory(size);
    }
    struct arena_chunk *chunk = malloc(total);
    if (chunk == NULL) {
        out_of_memory(total);
    }
    chunk->next = NULL;
    chunk->size = size;
    chunk->used = 0;
    return chunk;
}

void arena_init(struct arena *arena, size_t chunk_bytes)
{
    *arena = (struct arena){.chunk_bytes = chunk_bytes == 0 ? DEFAULT_CHUNK_BYTES : chunk_bytes};
}

static void hooks_run(struct arena *arena)
{
    while (arena->hooks != NULL) {
        struct arena_hook *hook = arena->hooks;
        arena->hooks = hook->next; /* first, so that a hook may use the arena */
        hook->fn(hook->object);
    }
}

static void chunks_free(struct arena *arena, struct arena_chunk *from)
{
    while (from != NULL) {
        struct arena_chunk *next = from->next;
        arena->kept_bytes -= from->size;
        free(from);
        from = next;
    }
}

void arena_deinit(struct arena *arena)
{
    hooks_run(arena);
    chunks_free(arena, arena->first);
    *arena = (struct arena){.chunk_bytes = arena->chunk_bytes};
}

void arena_wipe(struct arena *arena)
{
    hooks_run(arena);
    for (struct arena_chunk *chunk = arena->first; chunk != NULL; chunk = chunk->next) {
        explicit_bzero(chunk->bytes, chunk->used);
    }
    arena_deinit(arena);
}

void arena_reset(struct arena *arena)
{
    hooks_run(arena);
    if (ARENA_EACH_ITS_OWN) {
        chunks_free(arena, arena->first);
        arena->first = NULL;
    }
    size_t kept = 0;
    for (struct arena_chunk **link = &arena->first; *link != NULL;) {
        struct arena_chunk *chunk = *link;
        chunk->used = 0;
        if (chunk->size > KEEP_BYTES - kept) {
            *link = chunk->next;
            arena->kept_bytes -= chunk->size;
            free(chunk);
        } else {
            kept += chunk->size;
            link = &chunk->next;
        }
    }
    arena->current = arena->first;
    arena->used_bytes = 0;
}

/* The next kept chunk with room, else a new one behind the current. */
static struct arena_chunk *chunk_with_room(struct arena *arena, size_t bytes)
{
    struct arena_chunk *chunk = arena->current;
    while (chunk != NULL && chunk->size - chunk->used < bytes) {
        if (chunk->next == NULL) {
            break;
        }
        chunk = chunk->next;
    }
    if (chunk != NULL && chunk->size - chunk->used >= bytes && !ARENA_EACH_ITS_OWN) {
        arena->current = chunk;
        return chunk;
    }
    size_t size = ARENA_EACH_ITS_OWN || bytes > arena->chunk_bytes ? bytes : arena->chunk_bytes;
    struct arena_chunk *fresh = chunk_new(size);
    arena->kept_bytes += size;
    if (chunk == NULL) {
        arena->first = fresh;
    } else {
        chunk->next = fresh;
    }
    arena->current = fresh;
    return fresh;
}

void *arena_alloc_raw(struct arena *arena, size_t bytes)
{
    size_t rounded = 0;
    if (__builtin_add_overflow(bytes, alignof(max_align_t) - 1, &rounded)) {
        out_of_memory(SIZE_MAX);
    }
    rounded &= ~(alignof(max_align_t) - 1);
    /* Under ASan the block is exact, so that the first byte past it is caught. */
    size_t taken = ARENA_EACH_ITS_OWN ? bytes : rounded;
    struct arena_chunk *chunk = chunk_with_room(arena, taken);
    void *place = chunk->bytes + chunk->used;
    chunk->used += taken;
    arena->used_bytes += taken;
    return place;
}

void *arena_alloc(struct arena *arena, size_t count, size_t size)
{
    size_t bytes = 0;
    if (__builtin_mul_overflow(count, size, &bytes)) {
        out_of_memory(SIZE_MAX);
    }
    return memset(arena_alloc_raw(arena, bytes), 0, bytes);
}

void arena_on_reset(struct arena *arena, arena_hook_fn *fn, void *object)
{
    struct arena_hook *hook = ARENA_NEW(arena, struct arena_hook);
    *hook = (struct arena_hook){.next = arena->hooks, .fn = fn, .object = object};
    arena->hooks = hook;
}

char *arena_cstr_copy(struct arena *arena, struct str s)
{
    char *copy = arena_alloc_raw(arena, s.len + 1);
    if (s.len > 0) {
        memcpy(copy, s.ptr, s.len);
    }
    copy[s.len] = '\0';
    return copy;
}

struct str arena_str_copy(struct arena *arena, struct str s)
{
    return (struct str){.ptr = arena_cstr_copy(arena, s), .len = s.len};
}

struct str arena_format(struct arena *arena, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    struct str text = arena_vformat(arena, format, args);
    va_end(args);
    return text;
}

struct str arena_vformat(struct arena *arena, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    size_t size = len < 0 ? 0 : (size_t)len;
    char *text = ARENA_ARRAY(arena, char, size + 1);
    (void)vsnprintf(text, size + 1, format, again);
    va_end(again);
    return (struct str){.ptr = text, .len = size};
}
