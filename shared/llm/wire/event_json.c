#include "shared/llm/wire/event_json.h"

struct event_json {
    struct arena arena;
};

static void event_json_free(void *object)
{
    struct event_json *memory = object;
    arena_deinit(&memory->arena);
}

struct event_json *event_json_new(struct ctx *cx)
{
    struct event_json *memory = ARENA_NEW(cx->arena, struct event_json);
    arena_init(&memory->arena, KIB(4));
    arena_on_reset(cx->arena, event_json_free, memory);
    return memory;
}

enum status event_json_read(struct ctx *cx, struct event_json *memory, struct str text,
                            const struct json **root)
{
    struct arena *invocation = cx->arena;
    arena_reset(&memory->arena);
    cx->arena = &memory->arena;
    enum status status = json_read(cx, text, NULL, root);
    cx->arena = invocation;
    if (status != OK || (*root)->type != JSON_OBJECT) {
        /* The words of the reader were public, and this is nothing the caller sent. */
        err_clear(cx);
        return fail(cx, ERR_UPSTREAM, "a streamed event is not a JSON object");
    }
    return OK;
}
