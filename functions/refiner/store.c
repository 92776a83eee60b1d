#include "functions/refiner/store.h"

#include "functions/refiner/limits.h"
#include "shared/base/uuid.h"

enum {
    OUTBOX_MOST = 50,
    MAX_ROW_BYTES = 32 * 1024,
    ID_DIGITS = 6,
    ID_TIME_MIN = 6,
    ID_TIME_MAX = 16
};

static const char base36[] = "0123456789abcdefghijklmnopqrstuvwxyz";

/* ---- ids ------------------------------------------------------------------------------------- */

struct str refiner_id_new(struct ctx *cx, int64_t now_ms)
{
    char uuid[UUID_TEXT_LEN + 1], digits[ID_TIME_MAX], random[ID_DIGITS];
    size_t at = sizeof digits;
    uint64_t bits = 0;
    uuid_v4(uuid);
    for (size_t i = 0; i < 8; i++) { /* the first 32 bits of it are random */
        bits = bits * 16 + (uint64_t)str_hex_value(uuid[i]);
    }
    for (size_t i = 0; i < sizeof random; i++, bits /= 36) {
        random[i] = base36[bits % 36];
    }
    for (uint64_t rest = (uint64_t)now_ms; rest > 0 && at > 0; rest /= 36) {
        digits[--at] = base36[rest % 36];
    }
    return arena_format(cx->arena, "ref_%.*s_%.*s", (int)(sizeof digits - at), digits + at,
                        ID_DIGITS, random);
}

static bool is_base36(struct str text, size_t min, size_t max)
{
    for (size_t i = 0; i < text.len; i++) {
        if (!((text.ptr[i] >= '0' && text.ptr[i] <= '9') ||
              (text.ptr[i] >= 'a' && text.ptr[i] <= 'z'))) {
            return false;
        }
    }
    return text.len >= min && text.len <= max;
}

bool refiner_id_is_valid(struct str id)
{
    struct str time, random;
    return str_skip_prefix(&id, STR("ref_")) && str_split_next(&id, '_', &time) &&
           str_split_next(&id, '_', &random) && id.len == 0 &&
           is_base36(time, ID_TIME_MIN, ID_TIME_MAX) && is_base36(random, ID_DIGITS, ID_DIGITS);
}

/* ---- writing --------------------------------------------------------------------------------- */

/* One statement in a transaction of its own. */
static enum status run(struct ctx *cx, struct pg *pg, const struct pg_identity *identity,
                       const struct pg_query *query, struct pg_rows *rows)
{
    DEFER(pg_tx_end) struct pg_tx tx = {0};
    TRY(pg_tx_begin(cx, pg, identity, &tx));
    return pg_exec_commit(cx, &tx, query, 1, rows);
}

/* The same as `caller`, whose rows alone it sees. */
static enum status run_as(struct ctx *cx, struct pg *pg, const struct caller *caller,
                          const struct pg_query *query, struct pg_rows **rows)
{
    const struct pg_identity identity = {.role = PG_ROLE_AUTHENTICATED, .claims = caller->claims};
    *rows = ARENA_NEW(cx->arena, struct pg_rows);
    return run(cx, pg, &identity, query, *rows);
}

static void texts_write(struct json_writer *w, const char *key, const struct texts *texts)
{
    json_member_array(w, key);
    for (size_t i = 0; i < texts->count; i++) {
        json_str(w, texts->at[i]);
    }
    json_array_end(w);
}

static void language_write(struct json_writer *w, const struct language *language)
{
    json_member_str(w, "detected_language", language->name);
    json_member_str(w, "language_code", language->code);
    json_member_fixed(w, "language_confidence", language->confidence, 4);
    json_member_cstr(w, "language_detected_by", "refiner");
    json_member_bool(w, "is_language_reliable", language->is_reliable);
}

/* The columns that say what it is; names as in refiner_begin. */
static struct str columns_write(struct ctx *cx, const struct begin_row *row)
{
    const struct refinement *r = row->refinement;
    struct buf buf = buf_in(cx->arena, MAX_ROW_BYTES);
    struct json_writer w = json_writer_on(&buf);
    json_object_begin(&w);
    if (row->analyzer_id.len > 0) {
        json_member_str(&w, "analyzer_id", row->analyzer_id);
    }
    json_member_str(&w, "prompt_version", row->prompt_version);
    json_member_cstr(&w, "template_used", r->template_label);
    texts_write(&w, "asset_mix", &r->asset_mix);
    json_member_cstr(&w, "complexity", complexity_word(r->complexity));
    json_member_cstr(&w, "creative_profile", profile_id(r->profile.profile));
    json_key(&w, STR("profile_detection"));
    profile_write(&w, &r->profile);
    language_write(&w, &r->language);
    json_object_end(&w);
    return buf_str(&buf);
}

static enum status begun_read(struct ctx *cx, struct pg_row row, struct begin_result *result)
{
    static const struct str words[] = {
        [BEGUN] = STR_INIT("begun"),
        [BEGUN_HIT] = STR_INIT("hit"),
        [BEGUN_LIMITED] = STR_INIT("limited"),
        [BEGUN_TAKEN] = STR_INIT("taken"),
    };
    struct str outcome = pg_col_str(row, "outcome");
    *result = (struct begin_result){.id = pg_col_str(row, "id"),
                                    .payload = pg_col_str(row, "payload"),
                                    .wait_s = pg_col_i64(row, "wait_s")};
    TRY(pg_row_status(cx, row));
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (str_eq(outcome, words[i])) {
            result->begun = (enum begun)i;
            return OK;
        }
    }
    return fail(cx, ERR_INTERNAL, "refiner_begin said what nobody knows");
}

enum status refinement_begin(struct ctx *cx, struct pg *pg, const struct caller *caller,
                             const struct begin_row *row, struct begin_result *result)
{
    char hash[LLM_DIGEST_TEXT_LEN + 1];
    llm_digest_text(row->hash, hash);
    struct pg_param params[] = {
        PG_STR(row->id),      PG_CSTR(hash),      PG_STR(columns_write(cx, row)),
        PG_STR(row->payload), PG_STR(row->event), PG_BOOL(row->use_cache)};
    struct pg_query query = {
        .sql = "SELECT outcome, COALESCE(id, '') AS id, COALESCE(payload, '') AS payload, wait_s"
               " FROM public.refiner_begin($1, $2::bytea, $3::jsonb, $4::jsonb, $5::jsonb,"
               " $6::boolean)",
        .params = params,
        .param_count = ARRAY_LEN(params)};
    struct pg_rows *rows = NULL;
    enum status status = run_as(cx, pg, caller, &query, &rows);
    return status == OK ? begun_read(cx, pg_row_at(rows, 0), result)
                        : err_while(cx, status, "beginning the refinement");
}

static struct str results_write(struct ctx *cx, const struct finish_row *row)
{
    struct buf buf = buf_in(cx->arena, MAX_ROW_BYTES);
    struct json_writer w = json_writer_on(&buf);
    json_object_begin(&w);
    json_member_bool(&w, "degraded", row->degraded);
    json_member_str(&w, "model_used", row->model_used);
    json_member_i64(&w, "processing_time_ms", row->took_ms);
    json_member_i64(&w, "retry_count", row->retries);
    json_member_i64(&w, "cost_nano", row->cost_nano);
    json_object_end(&w);
    return buf_str(&buf);
}

enum status refinement_finish(struct ctx *cx, struct pg *pg, const struct caller *caller,
                              const struct finish_row *row)
{
    struct pg_param params[] = {PG_STR(row->id), PG_STR(results_write(cx, row)),
                                PG_STR(row->payload), PG_STR(row->event)};
    struct pg_query query = {
        .sql = "SELECT public.refiner_finish($1, $2::jsonb, $3::jsonb, $4::jsonb) AS ended",
        .params = params,
        .param_count = ARRAY_LEN(params)};
    struct pg_rows *rows = NULL;
    enum status status = run_as(cx, pg, caller, &query, &rows);
    if (status != OK) {
        return err_while(cx, status, "ending the refinement");
    }
    bool ended = pg_col_bool(pg_row_at(rows, 0), "ended");
    return ended ? OK : fail(cx, ERR_CONFLICT, "the refinement had ended before");
}

/* ---- reading --------------------------------------------------------------------------------- */

static enum status not_found(struct ctx *cx)
{
    return fail_public(cx, ERR_NOT_FOUND, "No such refinement");
}

enum status refinement_get(struct ctx *cx, struct pg *pg, const struct caller *caller,
                           struct str id, struct stored_refinement *stored)
{
    struct pg_param params[] = {PG_STR(id)};
    struct pg_query query = {.sql = "SELECT id, status, payload, created_at"
                                    " FROM public.dreamcut_refiner"
                                    " WHERE id = $1 AND user_id = auth.uid()",
                             .params = params,
                             .param_count = ARRAY_LEN(params)};
    struct pg_rows *rows = NULL;
    if (!refiner_id_is_valid(id)) {
        return not_found(cx);
    }
    TRY(run_as(cx, pg, caller, &query, &rows));
    if (pg_rows_count(rows) == 0) {
        return not_found(cx);
    }
    struct pg_row row = pg_row_at(rows, 0);
    *stored = (struct stored_refinement){.id = pg_col_str(row, "id"),
                                         .status = pg_col_str(row, "status"),
                                         .payload = pg_col_str(row, "payload"),
                                         .created_ms = pg_col_time_ms(row, "created_at")};
    return pg_row_status(cx, row);
}

/* Which have come, and whether it was over before they were looked at: one snapshot. */
static const char events_sql[] =
    "SELECT r.status <> 'processing' AS is_over, r.event_count, COALESCE(e.sequence, 0) AS "
    "sequence,"
    " COALESCE(e.type, '') AS type, COALESCE(e.payload, '{}') AS payload"
    " FROM public.dreamcut_refiner r LEFT JOIN LATERAL (SELECT sequence, type, payload"
    "  FROM public.dreamcut_refiner_events WHERE refiner_id = r.id AND sequence > $2::bigint"
    "  ORDER BY sequence LIMIT $3::bigint) e ON true"
    " WHERE r.id = $1 AND r.user_id = auth.uid() ORDER BY e.sequence";

static enum status events_read(struct ctx *cx, struct pg_rows *rows, int64_t after,
                               struct stored_events *events)
{
    size_t count = pg_rows_count(rows);
    struct stored_event *items = ARENA_ARRAY(cx->arena, struct stored_event, count);
    int64_t last = after;
    *events = (struct stored_events){.items = items};
    for (size_t i = 0; i < count; i++) {
        struct pg_row row = pg_row_at(rows, i);
        events->is_over = pg_col_bool(row, "is_over");
        int64_t total = pg_col_i64(row, "event_count");
        struct stored_event event = {.sequence = pg_col_i64(row, "sequence"),
                                     .type = pg_col_str(row, "type"),
                                     .payload = pg_col_str(row, "payload")};
        TRY(pg_row_status(cx, row));
        if (event.sequence > 0) {
            items[events->count++] = event;
            last = event.sequence;
        }
        events->is_over = events->is_over && last >= total;
    }
    return OK;
}

enum status events_get(struct ctx *cx, struct pg *pg, const struct caller *caller, struct str id,
                       int64_t after, struct stored_events *events)
{
    struct pg_param params[] = {PG_STR(id), PG_I64(after), PG_I64(EVENTS_PAGE)};
    struct pg_query query = {.sql = events_sql, .params = params, .param_count = ARRAY_LEN(params)};
    struct pg_rows *rows = NULL;
    if (!refiner_id_is_valid(id)) {
        return not_found(cx);
    }
    TRY(run_as(cx, pg, caller, &query, &rows));
    return pg_rows_count(rows) == 0 ? not_found(cx) : events_read(cx, rows, after, events);
}

/* ---- the outbox ------------------------------------------------------------------------------ */

static const struct pg_identity as_service = {.role = PG_ROLE_SERVICE};

enum status outbox_claim(struct ctx *cx, struct pg *pg, struct outbox *outbox)
{
    struct pg_param params[] = {PG_I64(OUTBOX_MOST)};
    struct pg_query query = {.sql = "SELECT id, refiner_id, sequence, user_id, type, payload"
                                    " FROM public.refiner_outbox_claim($1::integer)",
                             .params = params,
                             .param_count = ARRAY_LEN(params)};
    struct pg_rows *rows = ARENA_NEW(cx->arena, struct pg_rows);
    TRY(run(cx, pg, &as_service, &query, rows));
    struct outbox_event *events = ARENA_ARRAY(cx->arena, struct outbox_event, pg_rows_count(rows));
    *outbox = (struct outbox){.events = events, .count = pg_rows_count(rows)};
    for (size_t i = 0; i < outbox->count; i++) {
        struct pg_row row = pg_row_at(rows, i);
        events[i] = (struct outbox_event){.id = pg_col_i64(row, "id"),
                                          .refiner_id = pg_col_str(row, "refiner_id"),
                                          .sequence = pg_col_i64(row, "sequence"),
                                          .user_id = pg_col_str(row, "user_id"),
                                          .type = pg_col_str(row, "type"),
                                          .payload = pg_col_str(row, "payload")};
        TRY(pg_row_status(cx, row));
    }
    return OK;
}

enum status outbox_done(struct ctx *cx, struct pg *pg, const struct outbox *outbox)
{
    int64_t *ids = ARENA_ARRAY(cx->arena, int64_t, outbox->count);
    for (size_t i = 0; i < outbox->count; i++) {
        ids[i] = outbox->events[i].id;
    }
    struct pg_param params[] = {PG_I64_ARRAY(ids, outbox->count)};
    struct pg_query query = {.sql = "SELECT public.refiner_outbox_done($1::bigint[])",
                             .params = params,
                             .param_count = ARRAY_LEN(params)};
    return run(cx, pg, &as_service, &query, NULL);
}
