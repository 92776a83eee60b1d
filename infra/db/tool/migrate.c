#include "infra/db/tool/migrate.h"

#include "shared/base/file.h"

#include <dirent.h>
#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>

enum { VERSION_DIGITS = 14, MAX_MIGRATIONS = 1024, SHA256_BYTES = 32 };
#define MAX_FILE_BYTES MIB(4)

struct migration {
    struct str version, name; /* "20261120090000", "roles_and_auth" */
    struct str sql;           /* empty: the folder lacks it */
    struct str checksum;      /* of the file, hexadecimal */
    struct str applied;       /* checksum when it was applied; empty: it was not */
};

struct migrations {
    struct migration items[MAX_MIGRATIONS];
    size_t count;
};

static const char table_sql[] =
    "SELECT pg_advisory_xact_lock(7370727);" /* creating twice at once fails even with IF NOT EXISTS
                                              */
    "CREATE TABLE IF NOT EXISTS public.schema_migrations ("
    " version text PRIMARY KEY, name text NOT NULL, checksum text NOT NULL,"
    " applied_at timestamptz NOT NULL DEFAULT now());"
    "ALTER TABLE public.schema_migrations ENABLE ROW LEVEL SECURITY;"
    "ALTER TABLE public.schema_migrations FORCE ROW LEVEL SECURITY;"
    "REVOKE ALL ON public.schema_migrations FROM PUBLIC;"
    "DO $$ DECLARE grantee text; BEGIN"
    " FOR grantee IN SELECT rolname FROM pg_roles WHERE rolname IN ('anon', 'authenticated') LOOP"
    " EXECUTE format('REVOKE ALL ON public.schema_migrations FROM %I', grantee);"
    " END LOOP; END $$;";

static const char lock_sql[] = "SELECT pg_advisory_xact_lock(7370727)";
static const char exists_sql[] =
    "SELECT to_regclass('public.schema_migrations') IS NOT NULL AS exists";
static const char list_sql[] =
    "SELECT version, name, checksum FROM public.schema_migrations ORDER BY version";
static const char find_sql[] = "SELECT 1 FROM public.schema_migrations WHERE version = $1";
/*
 * Queued behind a long statement, an ALTER TABLE makes all that comes after it wait as well: so it
 * gives up soon, and the operator tries again. Waiting for another migrator is not meant.
 */
static const char impatience_sql[] = "SET LOCAL lock_timeout = '3s'";
static const char insert_sql[] =
    "INSERT INTO public.schema_migrations (version, name, checksum) VALUES ($1, $2, $3)";

static struct str sha256_hex(struct arena *arena, struct str bytes)
{
    static const char hex[] = "0123456789abcdef";
    unsigned char digest[SHA256_BYTES];
    if (EVP_Digest(bytes.ptr, bytes.len, digest, NULL, EVP_sha256(), NULL) != 1) {
        abort(); /* out of memory, or a libcrypto without SHA-256 */
    }
    char *text = ARENA_ARRAY(arena, char, sizeof digest * 2);
    for (size_t i = 0; i < sizeof digest; i++) {
        text[2 * i] = hex[digest[i] >> 4];
        text[2 * i + 1] = hex[digest[i] & 15];
    }
    return (struct str){.ptr = text, .len = sizeof digest * 2};
}

/* Splits "20261120090000_roles_and_auth.sql"; false if the name is no migration's. */
static bool name_split(struct str file, struct migration *m)
{
    struct str stem = str_slice(file, 0, file.len - STR(".sql").len);
    m->version = str_slice(stem, 0, VERSION_DIGITS);
    m->name = str_slice(stem, VERSION_DIGITS + 1, stem.len);
    if (m->name.len == 0 || stem.ptr[VERSION_DIGITS] != '_') {
        return false;
    }
    for (size_t i = 0; i < stem.len; i++) {
        char c = stem.ptr[i];
        bool digit = c >= '0' && c <= '9';
        if (i < VERSION_DIGITS ? !digit : !(digit || c == '_' || (c >= 'a' && c <= 'z'))) {
            return false;
        }
    }
    return true;
}

static enum status file_add(struct ctx *cx, const char *folder, struct str file,
                            struct migrations *all)
{
    struct migration m = {0};
    if (all->count == MAX_MIGRATIONS) {
        return fail(cx, ERR_TOO_LARGE, "%s: more than %d migrations", folder, MAX_MIGRATIONS);
    }
    if (!name_split(arena_str_copy(cx->arena, file), &m)) {
        return fail(cx, ERR_INVALID, "%s/" STR_FMT ": a migration is named NNNNNNNNNNNNNN_name.sql",
                    folder, STR_ARG(file));
    }
    struct str path = arena_format(cx->arena, "%s/" STR_FMT, folder, STR_ARG(file));
    TRY(file_read(cx, path.ptr, MAX_FILE_BYTES, &m.sql));
    if (m.sql.len == 0) {
        return fail(cx, ERR_INVALID, STR_FMT ": empty", STR_ARG(path));
    }
    m.checksum = sha256_hex(cx->arena, m.sql);
    all->items[all->count++] = m;
    return OK;
}

static int compare(const void *a, const void *b)
{
    return str_cmp(((const struct migration *)a)->version, ((const struct migration *)b)->version);
}

static void dir_close(DIR **dir)
{
    if (*dir != NULL) {
        (void)closedir(*dir);
    }
}

static enum status folder_read(struct ctx *cx, const char *folder, struct migrations *all)
{
    DEFER(dir_close) DIR *dir = opendir(folder);
    if (dir == NULL) {
        return fail(cx, ERR_NOT_FOUND, "opening the folder %s: errno %d", folder, errno);
    }
    for (const struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
        struct str file = str_from_cstr(entry->d_name);
        if (str_has_suffix(file, STR(".sql"))) {
            TRY(file_add(cx, folder, file, all));
        }
    }
    qsort(all->items, all->count, sizeof all->items[0], compare);
    for (size_t i = 1; i < all->count; i++) {
        if (compare(&all->items[i - 1], &all->items[i]) == 0) {
            return fail(cx, ERR_INVALID, "%s: two migrations are numbered " STR_FMT, folder,
                        STR_ARG(all->items[i].version));
        }
    }
    return OK;
}

static struct migration *migration_find(struct migrations *all, struct str version)
{
    for (size_t i = 0; i < all->count; i++) {
        if (str_eq(all->items[i].version, version)) {
            return &all->items[i];
        }
    }
    return NULL;
}

static enum status applied_note(struct ctx *cx, struct pg_row row, struct migrations *all)
{
    struct migration m = {.version = pg_col_str(row, "version"), .name = pg_col_str(row, "name")};
    struct str checksum = pg_col_str(row, "checksum");
    TRY(pg_row_status(cx, row));
    struct migration *known = migration_find(all, m.version);
    if (known != NULL) {
        known->applied = checksum;
        return OK;
    }
    if (all->count == MAX_MIGRATIONS) {
        return fail(cx, ERR_TOO_LARGE, "more than %d migrations", MAX_MIGRATIONS);
    }
    m.applied = checksum;
    all->items[all->count++] = m;
    return OK;
}

/* Adds what the database says. Without the table nothing was applied. */
static enum status applied_read(struct ctx *cx, struct pg *pg, struct migrations *all)
{
    DEFER(pg_tx_end) struct pg_tx tx = {0};
    struct pg_rows *rows = ARENA_NEW(cx->arena, struct pg_rows);
    TRY(pg_tx_begin(cx, pg, NULL, &tx));
    TRY(pg_exec(cx, &tx, &(struct pg_query){.sql = exists_sql}, rows));
    struct pg_row row = pg_row_at(rows, 0);
    bool exists = pg_col_bool(row, "exists");
    TRY(pg_row_status(cx, row));
    if (!exists) {
        return pg_tx_commit(cx, &tx);
    }
    rows = ARENA_NEW(cx->arena, struct pg_rows);
    TRY(pg_exec(cx, &tx, &(struct pg_query){.sql = list_sql}, rows));
    for (size_t i = 0; i < pg_rows_count(rows); i++) {
        TRY(applied_note(cx, pg_row_at(rows, i), all));
    }
    qsort(all->items, all->count, sizeof all->items[0], compare);
    return pg_tx_commit(cx, &tx);
}

static enum status migrations_read(struct ctx *cx, struct pg *pg, const char *folder,
                                   struct migrations **all)
{
    *all = ARENA_NEW(cx->arena, struct migrations);
    TRY(folder_read(cx, folder, *all));
    return applied_read(cx, pg, *all);
}

static const char *state_of(const struct migration *m)
{
    if (m->sql.len == 0) {
        return "unknown";
    }
    if (m->applied.len == 0) {
        return "pending";
    }
    return str_eq(m->applied, m->checksum) ? "applied" : "changed";
}

/* Everything applied must be what the folder holds, and come before everything pending. */
static enum status history_check(struct ctx *cx, const struct migrations *all)
{
    const struct migration *pending = NULL;
    for (size_t i = 0; i < all->count; i++) {
        const struct migration *m = &all->items[i];
        if (m->applied.len == 0) {
            pending = pending == NULL ? m : pending;
        } else if (m->sql.len == 0) {
            return fail(cx, ERR_CONFLICT,
                        STR_FMT "_" STR_FMT
                                " is applied, but its file is not here: an older checkout?",
                        STR_ARG(m->version), STR_ARG(m->name));
        } else if (!str_eq(m->applied, m->checksum)) {
            return fail(cx, ERR_CONFLICT,
                        STR_FMT "_" STR_FMT " was changed after it was applied: put it back, and "
                                "write a new migration",
                        STR_ARG(m->version), STR_ARG(m->name));
        } else if (pending != NULL) {
            return fail(cx, ERR_CONFLICT,
                        STR_FMT "_" STR_FMT " comes before " STR_FMT
                                ", which is applied: give it a later number",
                        STR_ARG(pending->version), STR_ARG(pending->name), STR_ARG(m->version));
        }
    }
    return OK;
}

static enum status table_make(struct ctx *cx, struct pg *pg)
{
    DEFER(pg_tx_end) struct pg_tx tx = {0};
    TRY(pg_tx_begin(cx, pg, NULL, &tx));
    TRY(pg_script(cx, &tx, str_from_cstr(table_sql)));
    return pg_tx_commit(cx, &tx);
}

static enum status apply(struct ctx *cx, struct pg *pg, const struct migration *m)
{
    DEFER(pg_tx_end) struct pg_tx tx = {0};
    struct pg_rows found = {0};
    const struct pg_param params[] = {PG_STR(m->version), PG_STR(m->name), PG_STR(m->checksum)};
    TRY(pg_tx_begin(cx, pg, NULL, &tx));
    TRY(pg_exec(cx, &tx, &(struct pg_query){.sql = lock_sql}, NULL));
    /* Another one may have applied it while this one waited. */
    TRY(pg_exec(cx, &tx, &(struct pg_query){find_sql, params, 1}, &found));
    if (pg_rows_count(&found) > 0) {
        return pg_tx_commit(cx, &tx);
    }
    TRY(pg_exec(cx, &tx, &(struct pg_query){.sql = impatience_sql}, NULL));
    enum status status = pg_script(cx, &tx, m->sql);
    if (strcmp(pg_tx_sqlstate(&tx), "55P03") == 0) { /* lock_not_available */
        return err_while(cx, ERR_UNAVAILABLE, STR_FMT "_" STR_FMT ".sql: others hold its tables",
                         STR_ARG(m->version), STR_ARG(m->name));
    }
    if (status != OK) {
        status = status == ERR_INTERNAL ? ERR_INVALID : status;
        return err_while(cx, status, STR_FMT "_" STR_FMT ".sql", STR_ARG(m->version),
                         STR_ARG(m->name));
    }
    TRY(pg_exec(cx, &tx, &(struct pg_query){insert_sql, params, ARRAY_LEN(params)}, NULL));
    TRY(pg_tx_commit(cx, &tx));
    (void)printf("applied " STR_FMT "_" STR_FMT "\n", STR_ARG(m->version), STR_ARG(m->name));
    return OK;
}

enum status migrate(struct ctx *cx, struct pg *pg, const char *folder)
{
    struct migrations *all = NULL;
    TRY(migrations_read(cx, pg, folder, &all));
    TRY(history_check(cx, all));
    TRY(table_make(cx, pg));
    size_t pending = 0;
    for (size_t i = 0; i < all->count; i++) {
        if (all->items[i].applied.len == 0) {
            TRY(apply(cx, pg, &all->items[i]));
            pending++;
        }
    }
    if (pending == 0) {
        (void)printf("nothing to apply: %zu migrations are\n", all->count);
    }
    return OK;
}

enum status migrate_status(struct ctx *cx, struct pg *pg, const char *folder)
{
    struct migrations *all = NULL;
    TRY(migrations_read(cx, pg, folder, &all));
    for (size_t i = 0; i < all->count; i++) {
        const struct migration *m = &all->items[i];
        (void)printf("%-8s " STR_FMT "_" STR_FMT "\n", state_of(m), STR_ARG(m->version),
                     STR_ARG(m->name));
    }
    return OK;
}
