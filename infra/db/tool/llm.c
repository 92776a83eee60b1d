#include "infra/db/tool/llm.h"

#include "infra/db/tool/llm_args.h"
#include "shared/llm/guard/guard.h"
#include "shared/llm/store/store.h"

#include <openssl/crypto.h>
#include <stdio.h>

/* ---- statements ---- */

/* A name or an id; $1 is text. */
#define TENANT_OF_1 "(SELECT id FROM public.llm_tenants WHERE name = $1 OR id::text = $1)"

static const char tenant_set_sql[] =
    "INSERT INTO public.llm_tenants (name, rpm, tpm) VALUES ($1, $2, $3)"
    " ON CONFLICT (name) DO UPDATE SET rpm = excluded.rpm, tpm = excluded.tpm RETURNING id AS v";
static const char tenant_suspend_sql[] =
    "UPDATE public.llm_tenants SET suspended = $2 WHERE id = " TENANT_OF_1 " RETURNING id AS v";
static const char tenant_list_sql[] =
    "SELECT concat_ws('  ', t.id, t.name, 'rpm ' || COALESCE(t.rpm::text, '-'),"
    " 'tpm ' || COALESCE(t.tpm::text, '-'), CASE WHEN t.suspended THEN 'suspended' END) AS v"
    " FROM public.llm_tenants AS t ORDER BY t.name";
static const char key_create_sql[] =
    "INSERT INTO public.llm_keys (id, family_id, tenant_id, name, digest, user_id, role, models,"
    " rpm, tpm, guard, logs_content, expires_at)"
    " SELECT n.id, n.id, t.id, $2, $3, $4, COALESCE($5, 'caller'),"
    " string_to_array(COALESCE($6, ''), ','), $7, $8, $9::jsonb, $10,"
    " now() + $11::integer * '1 hour'::interval"
    " FROM (SELECT gen_random_uuid() AS id) AS n, public.llm_tenants AS t"
    " WHERE t.id = " TENANT_OF_1 " RETURNING id AS v";
/* The successor lives as long as the old one was meant to, from now on. */
static const char key_rotate_sql[] =
    "WITH old AS (UPDATE public.llm_keys AS k SET"
    "   expires_at = LEAST(k.expires_at, now() + $3::integer * '1 hour'::interval)"
    "   FROM public.llm_keys AS was WHERE was.id = k.id AND k.id::text = $1 AND k.revoked_at IS "
    "NULL"
    "   AND COALESCE(k.expires_at > now(), true)"
    "   RETURNING k.*, now() + (was.expires_at - was.created_at) AS successor_expires_at)"
    " INSERT INTO public.llm_keys (family_id, tenant_id, name, digest, user_id, role, models, rpm,"
    "   tpm, guard, logs_content, replaces, expires_at)"
    " SELECT family_id, tenant_id, name, $2, user_id, role, models, rpm, tpm, guard, logs_content,"
    "   id, successor_expires_at FROM old RETURNING id AS v";
static const char key_revoke_sql[] =
    "UPDATE public.llm_keys SET revoked_at = COALESCE(revoked_at, now()) WHERE id::text = $1"
    " RETURNING id AS v";
static const char key_list_sql[] =
    "SELECT concat_ws('  ', k.id, t.name, k.name, k.role, 'rpm ' || COALESCE(k.rpm::text, '-'),"
    " 'tpm ' || COALESCE(k.tpm::text, '-'), 'models ' || COALESCE(NULLIF(array_to_string(k.models,"
    " ','), ''), 'all'), 'user ' || k.user_id, 'replaces ' || k.replaces, 'expires ' ||"
    " to_char(k.expires_at, 'YYYY-MM-DD HH24:MI'), CASE WHEN k.revoked_at IS NOT NULL THEN"
    " 'revoked' WHEN k.expires_at <= now() THEN 'expired' END) AS v"
    " FROM public.llm_keys AS k JOIN public.llm_tenants AS t ON t.id = k.tenant_id"
    " WHERE $1 = '' OR t.id = " TENANT_OF_1 " ORDER BY t.name, k.created_at";

/* $1 scope, $2 whose: NULL where nobody is found, so that a typing error is no budget for all */
#define SUBJECT                                                                                    \
    " (SELECT CASE $1 WHEN 'tenant' THEN (SELECT id FROM public.llm_tenants WHERE name = $2"       \
    " OR id::text = $2) WHEN 'key' THEN (SELECT family_id FROM public.llm_keys"                    \
    " WHERE id::text = $2) WHEN 'user' THEN (CASE WHEN $2 ~* '" UUID_PATTERN                       \
    "' THEN $2 END)::uuid"                                                                         \
    " END AS id)"
#define UUID_PATTERN "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"
static const char budget_set_sql[] =
    "INSERT INTO public.llm_budgets (scope, scope_id, period, cap_nano)"
    " SELECT $1, s.id, $3, $4 FROM" SUBJECT " AS s WHERE $2 = 'all' OR s.id IS NOT NULL"
    " ON CONFLICT (scope, scope_id, period) DO UPDATE SET cap_nano = excluded.cap_nano"
    " RETURNING id AS v";
static const char budget_remove_sql[] =
    "DELETE FROM public.llm_budgets AS b USING" SUBJECT " AS s WHERE b.scope = $1 AND b.period = $3"
    " AND CASE $2 WHEN 'all' THEN b.scope_id IS NULL ELSE b.scope_id = s.id END RETURNING b.id AS "
    "v";
static const char budget_list_sql[] =
    "SELECT concat_ws('  ', b.scope, COALESCE(t.name, b.scope_id::text, 'all'), b.period,"
    " to_char(b.cap_nano / 1e9, 'FM999999990.000000000') || ' USD', 'spent ' ||"
    " to_char(w.settled_nano / 1e9, 'FM999999990.000000000'), 'held ' ||"
    " to_char(w.held_nano / 1e9, 'FM999999990.000000000')) AS v"
    " FROM public.llm_budgets AS b LEFT JOIN public.llm_tenants AS t ON t.id = b.scope_id"
    " LEFT JOIN public.llm_spend AS w ON w.budget_id = b.id AND w.ends_at > now()"
    "   AND (b.scope_id IS NOT NULL OR b.scope = 'global')"
    " ORDER BY b.scope, b.scope_id NULLS FIRST, b.period";

static const char recording_list_sql[] =
    "SELECT concat_ws('  ', to_char(r.created_at, 'YYYY-MM-DD HH24:MI:SS'), r.call_id, r.key_id,"
    " octet_length(r.document) || ' bytes', r.price_version) AS v"
    " FROM public.llm_recordings AS r WHERE r.tenant_id = " TENANT_OF_1
    " AND r.expires_at > now() ORDER BY r.created_at";
static const char recording_get_sql[] =
    "SELECT r.document AS v FROM public.llm_recordings AS r WHERE r.call_id::text = $1"
    " AND r.expires_at > now()";

/* ---- commands ---- */

/* Runs one statement and prints column v of each row. `what`: who was not found, if none came. */
static enum status rows_print(struct ctx *cx, struct pg *pg, const struct pg_query *query,
                              const char *before, const char *what)
{
    struct pg_rows rows = {0};
    DEFER(pg_tx_end) struct pg_tx tx = {0};
    TRY(pg_tx_begin(cx, pg, NULL, &tx));
    TRY(pg_exec_commit(cx, &tx, query, 1, &rows));
    if (what != NULL && pg_rows_count(&rows) == 0) {
        return fail(cx, ERR_NOT_FOUND, "no such %s", what);
    }
    for (size_t i = 0; i < pg_rows_count(&rows); i++) {
        struct pg_row row = pg_row_at(&rows, i);
        struct str line = pg_col_str(row, "v");
        TRY(pg_row_status(cx, row));
        (void)printf("%s" STR_FMT "\n", before, STR_ARG(line));
    }
    return OK;
}

#define QUERY(sql, params) (&(struct pg_query){(sql), (params), ARRAY_LEN(params)})

static struct pg_param number_or_null(int64_t value)
{
    return value < 0 ? PG_NULL : PG_I64(value);
}

static enum status tenant_set(struct ctx *cx, struct pg *pg, const struct llm_args *args)
{
    const struct pg_param params[] = {PG_STR(args->words[0]), number_or_null(args->rpm),
                                      number_or_null(args->tpm)};
    return rows_print(cx, pg, QUERY(tenant_set_sql, params), "id ", NULL);
}

static enum status tenant_mark(struct ctx *cx, struct pg *pg, struct str name, bool suspended)
{
    const struct pg_param params[] = {PG_STR(name), PG_BOOL(suspended)};
    return rows_print(cx, pg, QUERY(tenant_suspend_sql, params), "id ", "tenant");
}

static enum status tenant_suspend(struct ctx *cx, struct pg *pg, const struct llm_args *args)
{
    return tenant_mark(cx, pg, args->words[0], true);
}

static enum status tenant_resume(struct ctx *cx, struct pg *pg, const struct llm_args *args)
{
    return tenant_mark(cx, pg, args->words[0], false);
}

static enum status tenant_list(struct ctx *cx, struct pg *pg, const struct llm_args *args)
{
    (void)args;
    return rows_print(cx, pg, &(struct pg_query){.sql = tenant_list_sql}, "", NULL);
}

/* A new key, and its digest as bytea is written: the key itself is no part of any statement. */
struct new_key {
    char text[LLM_KEY_LEN + 1];
    char digest[LLM_DIGEST_TEXT_LEN + 1];
};

static void key_make(struct new_key *key)
{
    struct llm_digest digest;
    llm_key_make(key->text);
    (void)llm_key_digest(str_from_cstr(key->text), &digest); /* it has the form: we made it */
    llm_digest_text(&digest, key->digest);
}

/* Shows a new key, if its row was made; in any case nothing of it stays in memory. */
static enum status key_show(enum status status, struct new_key *key)
{
    if (status == OK) {
        (void)printf("key %s\n", key->text);
    }
    OPENSSL_cleanse(key, sizeof *key);
    return status;
}

/* Faulty settings would refuse every request of the key. */
static enum status guard_check(struct ctx *cx, struct str settings)
{
    struct guard_cache *cache = guard_cache_new();
    const struct guard *guard = NULL;
    enum status status = guard_get(cx, cache, settings, &guard);
    guard_cache_free(cache);
    return status == OK ? OK : err_while(cx, status, "--guard");
}

static enum status key_create(struct ctx *cx, struct pg *pg, const struct llm_args *args)
{
    TRY(guard_check(cx, args->guard));
    struct new_key key;
    key_make(&key);
    const struct pg_param params[] = {
        PG_STR(args->words[0]),
        PG_STR(args->words[1]),
        PG_CSTR(key.digest),
        pg_str_or_null(args->user),
        pg_str_or_null(args->role),
        pg_str_or_null(args->models),
        number_or_null(args->rpm),
        number_or_null(args->tpm),
        pg_str_or_null(args->guard),
        PG_BOOL(args->logs_content),
        number_or_null(args->expires_hours),
    };
    return key_show(rows_print(cx, pg, QUERY(key_create_sql, params), "id ", "tenant"), &key);
}

static enum status key_rotate(struct ctx *cx, struct pg *pg, const struct llm_args *args)
{
    static const int64_t default_grace_hours = 24;
    struct new_key key;
    key_make(&key);
    const struct pg_param params[] = {
        PG_STR(args->words[0]), PG_CSTR(key.digest),
        PG_I64(args->grace_hours < 0 ? default_grace_hours : args->grace_hours)};
    return key_show(rows_print(cx, pg, QUERY(key_rotate_sql, params), "id ", "key that lives"),
                    &key);
}

static enum status key_revoke(struct ctx *cx, struct pg *pg, const struct llm_args *args)
{
    const struct pg_param params[] = {PG_STR(args->words[0])};
    return rows_print(cx, pg, QUERY(key_revoke_sql, params), "id ", "key");
}

static enum status key_list(struct ctx *cx, struct pg *pg, const struct llm_args *args)
{
    const struct pg_param params[] = {PG_STR(args->words[0])};
    return rows_print(cx, pg, QUERY(key_list_sql, params), "", NULL);
}

static bool is_one_of(struct str word, const char *const *words, size_t count)
{
    bool found = false;
    for (size_t i = 0; i < count; i++) {
        found = found || str_eq(word, str_from_cstr(words[i]));
    }
    return found;
}

/* As the constraints of llm_budgets, in words for whoever mistyped. */
static enum status budget_words_check(struct ctx *cx, const struct llm_args *args)
{
    static const char *const scopes[] = {"key", "user", "tenant", "global"};
    static const char *const periods[] = {"hour", "day", "month", "total"};
    if (!is_one_of(args->words[0], scopes, ARRAY_LEN(scopes))) {
        return fail(cx, ERR_INVALID, "the scope: key, user, tenant or global");
    }
    return is_one_of(args->words[2], periods, ARRAY_LEN(periods))
               ? OK
               : fail(cx, ERR_INVALID, "the period: hour, day, month or total");
}

static enum status budget_set(struct ctx *cx, struct pg *pg, const struct llm_args *args)
{
    int64_t nano = 0;
    TRY(budget_words_check(cx, args));
    if (!usd_parse(args->words[3], &nano)) {
        return fail(cx, ERR_INVALID, "the amount: dollars, as in 12.50");
    }
    const struct pg_param params[] = {PG_STR(args->words[0]), PG_STR(args->words[1]),
                                      PG_STR(args->words[2]), PG_I64(nano)};
    return rows_print(cx, pg, QUERY(budget_set_sql, params), "budget ", "key, user or tenant");
}

static enum status budget_remove(struct ctx *cx, struct pg *pg, const struct llm_args *args)
{
    TRY(budget_words_check(cx, args));
    const struct pg_param params[] = {PG_STR(args->words[0]), PG_STR(args->words[1]),
                                      PG_STR(args->words[2])};
    return rows_print(cx, pg, QUERY(budget_remove_sql, params), "budget ", "budget");
}

static enum status budget_list(struct ctx *cx, struct pg *pg, const struct llm_args *args)
{
    (void)args;
    return rows_print(cx, pg, &(struct pg_query){.sql = budget_list_sql}, "", NULL);
}

static enum status recording_list(struct ctx *cx, struct pg *pg, const struct llm_args *args)
{
    const struct pg_param params[] = {PG_STR(args->words[0])};
    return rows_print(cx, pg, QUERY(recording_list_sql, params), "", NULL);
}

static enum status recording_get(struct ctx *cx, struct pg *pg, const struct llm_args *args)
{
    const struct pg_param params[] = {PG_STR(args->words[0])};
    return rows_print(cx, pg, QUERY(recording_get_sql, params), "", "recording");
}

static const struct {
    const char *noun, *verb;
    size_t min_words, max_words;
    enum status (*run)(struct ctx *cx, struct pg *pg, const struct llm_args *args);
} commands[] = {
    {"tenant", "set", 1, 1, tenant_set},       {"tenant", "suspend", 1, 1, tenant_suspend},
    {"tenant", "resume", 1, 1, tenant_resume}, {"tenant", "list", 0, 0, tenant_list},
    {"key", "create", 2, 2, key_create},       {"key", "rotate", 1, 1, key_rotate},
    {"key", "revoke", 1, 1, key_revoke},       {"key", "list", 0, 1, key_list},
    {"budget", "set", 4, 4, budget_set},       {"budget", "remove", 3, 3, budget_remove},
    {"budget", "list", 0, 0, budget_list},     {"recording", "list", 1, 1, recording_list},
    {"recording", "get", 1, 1, recording_get},
};

enum status llm_command(struct ctx *cx, struct pg *pg, char **words)
{
    struct str noun = str_from_cstr(words[0]), verb = str_from_cstr(words[1]);
    for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
        if (!str_eq(noun, str_from_cstr(commands[i].noun)) ||
            !str_eq(verb, str_from_cstr(commands[i].verb))) {
            continue;
        }
        struct llm_args args;
        TRY(llm_args_read(cx, words + 2, &args));
        if (args.word_count < commands[i].min_words || args.word_count > commands[i].max_words) {
            return fail(cx, ERR_INVALID, "%s %s takes %zu words", commands[i].noun,
                        commands[i].verb, commands[i].max_words);
        }
        return commands[i].run(cx, pg, &args);
    }
    return fail(cx, ERR_INVALID, "no such command; infra/db/tool/llm.h has them all");
}

bool usd_parse(struct str text, int64_t *nano)
{
    enum { DECIMALS = 9, TEN = 10 };
    int decimals = -1; /* read so far; -1: before the point */
    bool fits = text.len > 0 && text.ptr[0] != '.' && text.ptr[text.len - 1] != '.';
    *nano = 0;
    for (size_t i = 0; fits && i < text.len; i++) {
        char c = text.ptr[i];
        if (c == '.' && decimals < 0) {
            decimals = 0;
            continue;
        }
        decimals += decimals >= 0;
        fits = c >= '0' && c <= '9' && decimals <= DECIMALS &&
               !__builtin_mul_overflow(*nano, TEN, nano) &&
               !__builtin_add_overflow(*nano, c - '0', nano);
    }
    for (int i = decimals < 0 ? 0 : decimals; fits && i < DECIMALS; i++) {
        fits = !__builtin_mul_overflow(*nano, TEN, nano);
    }
    return fits;
}
