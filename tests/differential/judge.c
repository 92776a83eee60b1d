/*
 * shared/schema for the differential test of schemas: a line {"schema": ..., "values": [...]} of
 * standard input gives a line of standard output, a digit a value: 1 valid, 0 not, ? undecided (a
 * limit); or "refused" for what is no schema.
 */
#include "shared/schema/jsonschema/jsonschema.h"

#include <stdio.h>
#include <stdlib.h>

static void judge(struct ctx *cx, struct str line)
{
    const struct json *task = NULL;
    const struct jsonschema *schema = NULL;
    static const struct json_options deep = {.max_depth = 256};
    if (json_read(cx, line, &deep, &task) != OK) {
        (void)puts("unreadable");
        return;
    }
    if (jsonschema_compile(cx, cx->arena, json_find(task, STR("schema")), NULL, &schema) != OK) {
        (void)puts("refused");
        return;
    }
    JSON_EACH (value, json_find(task, STR("values"))) {
        enum status status = jsonschema_check(cx, schema, value, NULL);
        (void)putchar(status == OK ? '1' : status == ERR_INVALID ? '0' : '?');
    }
    (void)putchar('\n');
}

int main(void)
{
    char *line = NULL;
    size_t cap = 0;
    struct arena arena;
    arena_init(&arena, 0);
    for (ssize_t len = 0; (len = getline(&line, &cap, stdin)) > 0;) {
        struct ctx cx = {.arena = &arena};
        judge(&cx, (struct str){.ptr = line, .len = (size_t)len});
        arena_reset(&arena);
    }
    free(line);
    arena_deinit(&arena);
    return EXIT_SUCCESS;
}
