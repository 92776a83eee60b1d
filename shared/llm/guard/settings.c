#include "shared/json/json.h"
#include "shared/llm/guard/internal.h"
#include "shared/schema/schema.h"

struct entry {
    struct arena arena;
    struct str settings; /* empty: the entry is free */
    struct guard guard;
};

struct guard_cache {
    struct arena arena; /* holds this struct */
    struct entry entries[GUARD_CACHE_ENTRIES];
    size_t next;
};

static const struct guard default_guard = {
    .max_text_bytes = GUARD_MAX_TEXT_BYTES,
    .injection = GUARD_OFF,
};

struct guard_cache *guard_cache_new(void)
{
    struct arena arena;
    arena_init(&arena, sizeof(struct guard_cache));
    struct guard_cache *cache = ARENA_NEW(&arena, struct guard_cache);
    cache->arena = arena;
    for (size_t i = 0; i < GUARD_CACHE_ENTRIES; i++) {
        arena_init(&cache->entries[i].arena, KIB(4));
    }
    return cache;
}

void guard_cache_free(struct guard_cache *cache)
{
    if (cache == NULL) {
        return;
    }
    for (size_t i = 0; i < GUARD_CACHE_ENTRIES; i++) {
        arena_deinit(&cache->entries[i].arena);
    }
    struct arena arena = cache->arena; /* a copy: the original is in its own memory */
    arena_deinit(&arena);
}

/* ---- settings ---- */

struct settings {
    int64_t max_text_bytes;
    const struct str *deny;
    size_t deny_count;
    const int *mask;
    size_t mask_count;
    int injection;
    bool validate_schema;
};

static const struct schema_name kind_names[] = {
    {"email", PII_EMAIL},
    {"phone", PII_PHONE},
    {"card", PII_CARD},
    {"iban", PII_IBAN},
    {"national_id", PII_NATIONAL_ID},
};

static const struct schema_name injection_names[] = {
    {"flag", GUARD_FLAG}, {"block", GUARD_BLOCK}, {"off", GUARD_OFF}};

static const struct schema_field settings_fields[] = {
    FIELD_INT(struct settings, max_text_bytes, .min = 1, .max = GUARD_MAX_TEXT_BYTES,
              .fallback = GUARD_MAX_TEXT_BYTES),
    FIELD_LIST(struct settings, deny, deny_count,
               ITEM_STR(.min_bytes = 1, .max_bytes = PATTERN_MAX_BYTES),
               .max_items = GUARD_MAX_DENY),
    FIELD_LIST(struct settings, mask, mask_count, ITEM_ENUM(kind_names)),
    FIELD_ENUM(struct settings, injection, injection_names, .fallback = GUARD_FLAG),
    FIELD_BOOL(struct settings, validate_schema),
};

static enum status guard_compile(struct ctx *cx, struct arena *arena,
                                 const struct settings *settings, struct guard *guard)
{
    *guard = (struct guard){
        .max_text_bytes = (size_t)settings->max_text_bytes,
        .deny_count = settings->deny_count,
        .injection = (enum guard_injection)settings->injection,
        .validates = settings->validate_schema,
    };
    for (size_t i = 0; i < settings->deny_count; i++) {
        enum status status =
            pattern_compile(cx, arena, settings->deny[i], PATTERN_PERL, &guard->deny[i]);
        if (status != OK) {
            return err_while(cx, status, "deny[%zu]", i);
        }
    }
    for (size_t i = 0; i < settings->mask_count; i++) {
        guard->kinds |= 1U << settings->mask[i];
    }
    return guard->injection == GUARD_OFF ? OK : injection_compile(cx, arena, &guard->signs);
}

static enum status entry_fill(struct ctx *cx, struct entry *entry, struct str text)
{
    const struct json *root = NULL;
    struct settings settings = {0};
    if (text.len > GUARD_MAX_SETTINGS_BYTES) {
        return fail(cx, ERR_INVALID, "guard settings of %zu bytes", text.len);
    }
    TRY(json_read(cx, text, NULL, &root));
    TRY(schema_read(cx, root, settings_fields, ARRAY_LEN(settings_fields), &settings));
    TRY(guard_compile(cx, &entry->arena, &settings, &entry->guard));
    entry->settings = arena_str_copy(&entry->arena, text);
    return OK;
}

/* What is wrong is for the key's owner, in the log: whoever calls with the key has no settings. */
static enum status keep_private(struct ctx *cx)
{
    struct str reason = arena_str_copy(cx->arena, str_from_cstr(cx->err.text));
    err_clear(cx);
    (void)fail_code(
        cx, ERR_INVALID, "GUARD_SETTINGS",
        "This API key's guard settings are faulty; whoever made the key must mend them");
    return err_while(cx, ERR_INVALID, STR_FMT, STR_ARG(reason));
}

enum status guard_get(struct ctx *cx, struct guard_cache *cache, struct str settings,
                      const struct guard **guard)
{
    if (settings.len == 0) {
        *guard = &default_guard;
        return OK;
    }
    for (size_t i = 0; i < GUARD_CACHE_ENTRIES; i++) {
        if (str_eq(cache->entries[i].settings, settings)) {
            *guard = &cache->entries[i].guard;
            return OK;
        }
    }
    struct entry *entry = &cache->entries[cache->next];
    entry->settings = (struct str){0};
    arena_reset(&entry->arena);
    if (entry_fill(cx, entry, settings) != OK) {
        return keep_private(cx);
    }
    cache->next = (cache->next + 1) % GUARD_CACHE_ENTRIES;
    *guard = &entry->guard;
    return OK;
}

bool guard_validates(const struct guard *guard)
{
    return guard->validates;
}
