#include "shared/auth/auth.h"
#include "shared/base/uuid.h"
#include "shared/json/json.h"
#include "shared/llm/store/internal.h"

#include <assert.h>

static const char find_sql[] =
    "SELECT k.id, k.family_id, k.tenant_id, COALESCE(k.user_id::text, '') AS user_id, k.models,"
    " k.logs_content, COALESCE(k.guard::text, '') AS guard FROM public.llm_key_find($1) AS k";

enum { MAX_CLAIMS_BYTES = 1024 };

static void member_unless_empty(struct json_writer *w, const char *key, struct str value)
{
    if (value.len > 0) {
        json_member_str(w, key, value);
    }
}

/* What llm_who() of the migrations reads. All values are UUIDs. */
static struct str claims_write(struct arena *arena, const struct llm_caller *caller)
{
    struct buf buf = buf_in(arena, MAX_CLAIMS_BYTES);
    struct json_writer w = json_writer_on(&buf);
    json_object_begin(&w);
    member_unless_empty(&w, "sub", caller->user_id);
    json_member_object(&w, "app_metadata");
    json_member_str(&w, "tenant_id", caller->tenant_id);
    json_object_end(&w);
    member_unless_empty(&w, "key_id", caller->key_id);
    member_unless_empty(&w, "key_family", caller->key_family);
    json_object_end(&w);
    assert(!buf.full);
    return buf_str(&buf);
}

static enum status key_unknown(struct ctx *cx)
{
    return fail_public(cx, ERR_UNAUTHENTICATED, "The API key is not valid");
}

static enum status caller_read(struct ctx *cx, struct pg_rows *rows, struct llm_caller *caller)
{
    struct pg_row row = pg_row_at(rows, 0);
    caller->key_id = pg_col_str(row, "id");
    caller->key_family = pg_col_str(row, "family_id");
    caller->tenant_id = pg_col_str(row, "tenant_id");
    caller->user_id = pg_col_str(row, "user_id");
    struct pg_text_array models = pg_col_text_array(row, "models");
    caller->models = models.items;
    caller->model_count = models.count;
    caller->logs_content = pg_col_bool(row, "logs_content");
    caller->guard = pg_col_str(row, "guard");
    TRY(pg_row_status(cx, row));
    caller->claims = claims_write(cx->arena, caller);
    return OK;
}

enum status llm_key_caller(struct ctx *cx, struct pg *pg, struct str key, struct llm_caller *caller)
{
    struct llm_digest digest;
    *caller = (struct llm_caller){0};
    if (!llm_key_digest(key, &digest)) {
        return key_unknown(cx);
    }
    const struct pg_param params[] = {llm_digest_param(cx->arena, &digest)};
    struct pg_rows rows = {0};
    TRY(llm_run(cx, pg, &(struct pg_identity){.role = PG_ROLE_LLM_GATEWAY},
                &(struct pg_query){find_sql, params, ARRAY_LEN(params)}, &rows));
    if (pg_rows_count(&rows) == 0) {
        return key_unknown(cx);
    }
    return caller_read(cx, &rows, caller);
}

enum status llm_jwt_caller(struct ctx *cx, const struct caller *jwt, struct llm_caller *caller)
{
    const struct json *root = NULL;
    TRY(json_read(cx, jwt->claims, NULL, &root));
    const struct json *tenant = json_find(json_find(root, STR("app_metadata")), STR("tenant_id"));
    *caller = (struct llm_caller){.user_id = jwt->user_id, .tenant_id = jwt->user_id};
    if (tenant != NULL && tenant->type != JSON_NULL) {
        if (tenant->type != JSON_STRING || !uuid_is_valid(tenant->text)) {
            return fail_public(cx, ERR_FORBIDDEN, "The token's tenant is not valid");
        }
        caller->tenant_id = tenant->text;
    }
    caller->claims = claims_write(cx->arena, caller);
    return OK;
}
