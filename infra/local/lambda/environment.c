#include "infra/local/lambda/environment.h"

#include "shared/base/clock.h"
#include "shared/base/uuid.h"

#include <stdio.h>

enum { MAX_RESERVED = 32 };

struct list {
    struct arena *arena;
    char **items;
    size_t count;
};

static void add(struct list *list, const char *name, struct str value)
{
    struct str item = arena_format(list->arena, "%s=" STR_FMT, name, STR_ARG(value));
    list->items[list->count++] = arena_cstr_copy(list->arena, item);
}

static void add_cstr(struct list *list, const char *name, const char *value)
{
    add(list, name, str_from_cstr(value));
}

static bool is_taken(const struct list *list, struct str name)
{
    for (size_t i = 0; i < list->count; i++) {
        struct str item = str_from_cstr(list->items[i]);
        if (str_eq(str_slice(item, 0, str_find_char(item, '=')), name)) {
            return true;
        }
    }
    return false;
}

/* "2026/11/20/[$LATEST]" and 32 hexadecimal digits */
static struct str log_stream(struct arena *arena)
{
    char day[11];
    char id[UUID_TEXT_LEN + 1];
    char hex[UUID_TEXT_LEN + 1];
    size_t len = 0;
    date_format(date_of_ms(clock_now_ms()), day);
    uuid_v4(id);
    for (const char *c = id; *c != '\0'; c++) {
        if (*c != '-') {
            hex[len++] = *c;
        }
    }
    return arena_format(arena, "%.4s/%.2s/%.2s/[$LATEST]%.*s", day, day + 5, day + 8, (int)len,
                        hex);
}

static void add_optional(struct list *list, const char *name, struct str value)
{
    if (value.len > 0) {
        add(list, name, value);
    }
}

char *const *environment_make(struct arena *arena, const struct function *f,
                              const struct environment_options *options)
{
    struct list list = {
        .arena = arena,
        .items = ARENA_ARRAY(arena, char *, MAX_RESERVED + f->env_count + 1),
    };
    add_cstr(&list, "AWS_LAMBDA_RUNTIME_API", options->runtime_api);
    add(&list, "_HANDLER", f->handler);
    add_cstr(&list, "LAMBDA_TASK_ROOT", options->task_root);
    add_cstr(&list, "LAMBDA_RUNTIME_DIR", "/var/runtime");
    add(&list, "AWS_LAMBDA_FUNCTION_NAME", f->name);
    add_cstr(&list, "AWS_LAMBDA_FUNCTION_VERSION", "$LATEST");
    add(&list, "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        arena_format(arena, "%lld", (long long)f->memory_mb));
    add(&list, "AWS_LAMBDA_LOG_GROUP_NAME",
        arena_format(arena, "/aws/lambda/" STR_FMT, STR_ARG(f->name)));
    add(&list, "AWS_LAMBDA_LOG_STREAM_NAME", log_stream(arena));
    add_cstr(&list, "AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand");
    add_optional(&list, "AWS_LAMBDA_LOG_FORMAT", f->log_format);
    add_optional(&list, "AWS_LAMBDA_LOG_LEVEL", f->log_level);
    add(&list, "AWS_REGION", options->region);
    add(&list, "AWS_DEFAULT_REGION", options->region);
    /* Made up, so that an SDK call meant for AWS fails there and never spends a real key. */
    add_cstr(&list, "AWS_ACCESS_KEY_ID", "local");
    add_cstr(&list, "AWS_SECRET_ACCESS_KEY", "local");
    add_cstr(&list, "AWS_SESSION_TOKEN", "local");
    add_cstr(&list, "PATH", "/usr/local/bin:/usr/bin:/bin:/opt/bin");
    add_cstr(&list, "LANG", "en_US.UTF-8");
    add_cstr(&list, "TZ", ":UTC");
    add_cstr(&list, "TMPDIR", options->scratch);
    for (size_t i = 0; i < f->env_count; i++) {
        if (!is_taken(&list, f->env[i].name)) {
            add(&list, arena_cstr_copy(arena, f->env[i].name), f->env[i].value);
        }
    }
    return list.items;
}
