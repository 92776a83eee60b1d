#include "infra/db/tool/seed.h"

#include "infra/db/tool/seed_parts.h"
#include "shared/base/file.h"

#define MAX_SCRIPT_BYTES MIB(1)

static const char *path_in(struct ctx *cx, const char *folder, const char *name)
{
    return arena_format(cx->arena, "%s/%s", folder, name).ptr;
}

static enum status script_run(struct ctx *cx, struct pg_tx *tx, const char *path)
{
    struct str sql;
    TRY(file_read(cx, path, MAX_SCRIPT_BYTES, &sql));
    enum status status = pg_script(cx, tx, sql);
    return status == OK ? OK : err_while(cx, status, "%s", path);
}

enum status seed(struct ctx *cx, struct pg *pg, const char *folder, struct seed_counts *counts)
{
    DEFER(pg_tx_end) struct pg_tx tx = {0};
    TRY(pg_tx_begin(cx, pg, NULL, &tx));
    TRY(seed_foods(cx, &tx, path_in(cx, folder, "foods.csv"), &counts->foods));
    TRY(seed_recipes(cx, &tx, path_in(cx, folder, "recipes"), &counts->recipes,
                     &counts->recipe_lines));
    TRY(script_run(cx, &tx, path_in(cx, folder, "demo.sql")));
    return pg_tx_commit(cx, &tx);
}
