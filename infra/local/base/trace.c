#include "infra/local/base/trace.h"

#include <inttypes.h>
#include <sys/random.h>

enum { ROOT_BYTES = 12, PARENT_BYTES = 8 };

/* `out` has room for two digits a byte and a NUL. */
static void random_hex(char *out, size_t bytes)
{
    static const char digits[] = "0123456789abcdef";
    unsigned char raw[ROOT_BYTES];
    (void)!getrandom(raw, bytes, 0); /* up to 256 bytes it cannot be cut short */
    for (size_t i = 0; i < bytes; i++) {
        *out++ = digits[raw[i] >> 4];
        *out++ = digits[raw[i] & 15];
    }
    *out = '\0';
}

struct str trace_root(struct arena *arena, struct str given, int64_t now_ms)
{
    if (str_find(given, STR("Root=")) != SIZE_MAX) {
        return given;
    }
    char id[2 * ROOT_BYTES + 1];
    random_hex(id, ROOT_BYTES);
    return arena_format(arena, "Root=1-%08" PRIx64 "-%s", (uint64_t)(now_ms / 1000), id);
}

struct str trace_for_function(struct arena *arena, struct str root)
{
    if (str_find(root, STR("Parent=")) != SIZE_MAX) {
        return root;
    }
    char parent[2 * PARENT_BYTES + 1];
    random_hex(parent, PARENT_BYTES);
    return arena_format(arena, STR_FMT ";Parent=%s;Sampled=0", STR_ARG(root), parent);
}
