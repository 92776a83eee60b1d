#include "shared/secrets/secret.h"

#include "shared/base/arena.h"

struct secret {
    struct arena arena; /* holds this struct and the bytes */
    struct str bytes;
};

struct secret *secret_new_copy(struct str bytes)
{
    struct arena arena;
    arena_init(&arena, 256);
    struct secret *secret = ARENA_NEW(&arena, struct secret);
    secret->bytes = arena_str_copy(&arena, bytes);
    secret->arena = arena;
    return secret;
}

void secret_free(struct secret *secret)
{
    if (secret == NULL) {
        return;
    }
    struct arena arena = secret->arena; /* a copy: the original is in its own memory */
    arena_wipe(&arena);
}

struct str secret_reveal(const struct secret *secret)
{
    return secret->bytes;
}
