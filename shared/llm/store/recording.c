#include "shared/llm/store/recording.h"

#include "shared/llm/store/internal.h"

static const char put_sql[] = "SELECT public.llm_recording_put($1, $2, $3, $4) AS kept";

enum status llm_recording_put(struct ctx *cx, struct pg *pg, const struct llm_caller *caller,
                              const struct llm_recording_row *row)
{
    struct pg_rows rows = {0};
    struct pg_identity identity = llm_identity(caller);
    const struct pg_param params[] = {PG_STR(row->call_id), PG_STR(row->request_sha256),
                                      PG_STR(row->price_version), PG_STR(row->document)};
    TRY(llm_run(cx, pg, &identity, &(struct pg_query){put_sql, params, ARRAY_LEN(params)}, &rows));
    struct pg_row kept = pg_row_at(&rows, 0);
    bool is_kept = pg_col_bool(kept, "kept");
    TRY(pg_row_status(cx, kept));
    return is_kept ? OK : fail(cx, ERR_FORBIDDEN, "the key is not one whose calls are recorded");
}
