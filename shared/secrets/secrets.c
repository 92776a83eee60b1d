#include "shared/secrets/internal.h"

#include "shared/log/log.h"

enum { MS = 1000 };

struct entry {
    struct str arn;
    struct secret *value; /* NULL: none yet, or known not to work */
    int64_t fetched_ms;
    int64_t refused_ms; /* when a refusal last made us fetch; 0: never */
    bool is_refused;
};

struct secrets {
    struct arena arena; /* holds this struct and the ARNs */
    struct http *http;
    size_t count;
    struct entry entries[SECRETS_MAX];
};

struct secrets *secrets_new(struct http *http)
{
    struct arena arena;
    arena_init(&arena, 1024);
    struct secrets *secrets = ARENA_NEW(&arena, struct secrets);
    secrets->http = http;
    secrets->arena = arena;
    return secrets;
}

void secrets_free(struct secrets *secrets)
{
    if (secrets == NULL) {
        return;
    }
    for (size_t i = 0; i < secrets->count; i++) {
        secret_free(secrets->entries[i].value);
    }
    struct arena arena = secrets->arena; /* a copy: the original is in its own memory */
    arena_deinit(&arena);
}

static struct entry *entry_find(struct secrets *secrets, struct str arn)
{
    for (size_t i = 0; i < secrets->count; i++) {
        if (str_eq(secrets->entries[i].arn, arn)) {
            return &secrets->entries[i];
        }
    }
    return NULL;
}

static struct entry *entry_add(struct secrets *secrets, struct str arn)
{
    struct entry *entry = &secrets->entries[secrets->count++];
    entry->arn = arena_str_copy(&secrets->arena, arn);
    return entry;
}

static bool is_fresh(const struct entry *entry, int64_t now_ms)
{
    int64_t age_ms = now_ms - entry->fetched_ms; /* below 0: the clock was set back */
    return entry->value != NULL && !entry->is_refused && age_ms >= 0 &&
           age_ms < (int64_t)SECRETS_KEPT_S * MS;
}

/* The service is away; what it would say of the value is not known. */
static bool says_nothing_of_the_value(enum status status)
{
    return status == ERR_TIMEOUT || status == ERR_UPSTREAM || status == ERR_RATE_LIMITED;
}

enum status secrets_get(struct ctx *cx, struct secrets *secrets, struct str arn, int64_t now_ms,
                        const struct secret **secret)
{
    struct secret *fetched = NULL;
    struct entry *entry = entry_find(secrets, arn);
    if (entry == NULL) {
        TRY(secrets_arn_check(cx, arn));
        if (secrets->count == SECRETS_MAX) {
            return fail(cx, ERR_INTERNAL, "more than %d secrets in one process", SECRETS_MAX);
        }
        entry = entry_add(secrets, arn);
    }
    if (is_fresh(entry, now_ms)) {
        *secret = entry->value;
        return OK;
    }
    enum status status = secret_fetch(cx, secrets->http, arn, entry->is_refused, &fetched);
    if (status != OK) {
        status = err_while(cx, status, "secret " STR_FMT, STR_ARG(arn));
        if (entry->value == NULL || entry->is_refused || !says_nothing_of_the_value(status)) {
            return status;
        }
        LOG(cx, LOG_WARN, "secret_kept_stale", LOG_CSTR("error", cx->err.text));
        err_clear(cx); /* the value at hand may well still do */
        *secret = entry->value;
        return OK;
    }
    secret_free(entry->value);
    entry->value = fetched;
    entry->fetched_ms = now_ms;
    entry->is_refused = false;
    *secret = entry->value;
    return OK;
}

void secrets_refused(struct secrets *secrets, struct str arn, int64_t now_ms)
{
    struct entry *entry = entry_find(secrets, arn);
    if (entry == NULL) {
        return;
    }
    int64_t since_ms = now_ms - entry->refused_ms;
    if (since_ms >= 0 && since_ms < (int64_t)SECRETS_REFUSAL_GAP_S * MS) {
        return;
    }
    entry->refused_ms = now_ms;
    entry->is_refused = true;
}
