#include "shared/base/utf8.h"
#include "shared/base/uuid.h"
#include "shared/json/json.h"
#include "shared/llm/store/internal.h"

static const char settle_sql[] = "SELECT public.llm_settle($1, $2::jsonb, $3, $4, $5, $6, $7, $8,"
                                 " $9, $10, $11, $12, $13) AS counted";

/* Sizes of ai_request_logs. */
enum {
    MAX_NAME = 100,
    MAX_MODEL = 200,
    MAX_ID = 200,
    MAX_TRACE = 400,
    MAX_TARGET = 300,
    MAX_CALL_BYTES = 64 * 1024,
};

/* Ids come from outside: what does not fit its column as it is, is left out. */
static void member_plain(struct json_writer *w, const char *key, struct str value, size_t max)
{
    if (llm_is_plain(value, max)) {
        json_member_str(w, key, value);
    }
}

static void member_known(struct json_writer *w, const char *key, int64_t value)
{
    if (value >= 0) {
        json_member_i64(w, key, value);
    }
}

static void member_ms(struct json_writer *w, const char *key, int64_t us)
{
    static const int64_t us_of_ms = 1000;
    member_known(w, key, us < 0 ? -1 : us / us_of_ms < INT32_MAX ? us / us_of_ms : INT32_MAX);
}

static void usage_write(struct json_writer *w, const struct llm_usage *usage)
{
    json_member_i64(w, "input", usage->input);
    json_member_i64(w, "cache_write_5m", usage->cache_write_5m);
    json_member_i64(w, "cache_write_1h", usage->cache_write_1h);
    json_member_i64(w, "cache_read", usage->cache_read);
    json_member_i64(w, "output", usage->output);
    json_member_i64(w, "reasoning", usage->reasoning);
    json_member_bool(w, "known", usage->is_known);
}

static void attempt_write(struct json_writer *w, const struct llm_attempt *attempt, int64_t number)
{
    json_object_begin(w);
    json_member_i64(w, "n", number);
    member_plain(w, "provider", attempt->provider, MAX_NAME);
    member_plain(w, "model", attempt->model, MAX_MODEL);
    if (attempt->failure != LLM_NONE) {
        json_member_cstr(w, "failure", llm_failure_words(attempt->failure));
    }
    json_member_i64(w, "http_status", attempt->http_status);
    member_ms(w, "took_ms", attempt->took_us);
    member_known(w, "first_token_us", attempt->first_token_us);
    usage_write(w, &attempt->usage);
    json_member_i64(w, "cost_nano", attempt->cost_nano);
    json_member_bool(w, "unsettled", attempt->is_unsettled);
    member_plain(w, "provider_request_id", attempt->provider_request_id, MAX_ID);
    json_object_end(w);
}

static void ids_write(struct json_writer *w, const struct llm_settlement *s)
{
    member_plain(w, "call_id", s->call_id, UUID_TEXT_LEN);
    member_plain(w, "alias", s->alias, MAX_MODEL);
    member_plain(w, "function", s->function, MAX_NAME);
    member_plain(w, "operation", s->operation, MAX_NAME);
    if (uuid_is_valid(s->generation_id)) {
        json_member_str(w, "generation_id", s->generation_id);
    }
    member_plain(w, "price_version", s->price_version, MAX_NAME);
    member_plain(w, "request_id", s->request_id, MAX_ID);
    member_plain(w, "trace_id", s->trace_id, MAX_TRACE);
}

/* As the head of 20261128110500_llm_settle.sql lists it. */
static struct str call_write(struct ctx *cx, const struct llm_settlement *s)
{
    struct buf *buf = ARENA_NEW(cx->arena, struct buf);
    *buf = buf_in(cx->arena, MAX_CALL_BYTES);
    struct json_writer w = json_writer_on(buf);
    json_object_begin(&w);
    ids_write(&w, s);
    json_member_bool(&w, "cached", s->is_cached);
    json_member_bool(&w, "replayed", s->is_replay);
    json_member_bool(&w, "succeeded", s->succeeded);
    member_ms(&w, "took_ms", s->took_us);
    member_known(&w, "overhead_us", s->overhead_us);
    json_member_array(&w, "attempts");
    for (size_t i = 0; i < s->attempt_count; i++) {
        attempt_write(&w, &s->attempts[i], (int64_t)i + 1);
    }
    json_array_end(&w);
    json_object_end(&w);
    return buf->full ? (struct str){0} : buf_str(buf);
}

/* What the attempts add up to. */
struct sums {
    int64_t spent_nano, unknown_nano, tokens;
};

static struct sums sums_of(const struct llm_settlement *s)
{
    struct sums sums = {0};
    for (size_t i = 0; i < s->attempt_count; i++) {
        const struct llm_attempt *attempt = &s->attempts[i];
        sums.spent_nano += attempt->is_unsettled ? 0 : attempt->cost_nano;
        sums.unknown_nano += attempt->is_unsettled ? attempt->cost_nano : 0;
        sums.tokens += llm_usage_input_all(&attempt->usage) + attempt->usage.output;
    }
    return sums;
}

/* ---- targets ---- */

/* Failures that say something of the target, not of the request, our key or our caller. */
static bool is_targets_fault(enum llm_failure_class failure)
{
    return failure == LLM_UNSENT || failure == LLM_SLOW_DOWN || failure == LLM_AMBIGUOUS ||
           failure == LLM_CUT || failure == LLM_MALFORMED;
}

/* What the call says of its targets. One that answered in the end is well: it is marked last. */
struct targets {
    struct str well;    /* empty: none answered */
    struct str *failed; /* sorted by name: each one once */
    int64_t *rest_ms;
    size_t failed_count;
};

static void target_fail(struct targets *targets, struct str target, int64_t rest_ms)
{
    size_t at = 0;
    while (at < targets->failed_count && str_cmp(targets->failed[at], target) < 0) {
        at++;
    }
    if (at < targets->failed_count && str_eq(targets->failed[at], target)) {
        targets->rest_ms[at] = rest_ms > targets->rest_ms[at] ? rest_ms : targets->rest_ms[at];
        return;
    }
    for (size_t i = targets->failed_count++; i > at; i--) {
        targets->failed[i] = targets->failed[i - 1];
        targets->rest_ms[i] = targets->rest_ms[i - 1];
    }
    targets->failed[at] = target;
    targets->rest_ms[at] = rest_ms;
}

static struct targets targets_of(struct arena *arena, const struct llm_settlement *s)
{
    struct targets targets = {
        .failed = ARENA_ARRAY(arena, struct str, s->attempt_count),
        .rest_ms = ARENA_ARRAY(arena, int64_t, s->attempt_count),
    };
    for (size_t i = 0; i < s->attempt_count; i++) {
        const struct llm_attempt *attempt = &s->attempts[i];
        bool fails = is_targets_fault(attempt->failure) || attempt->cooldown_ms > 0;
        if (attempt->failure == LLM_NONE && attempt->cooldown_ms == 0) {
            targets.well = attempt->target;
        } else if (fails && llm_is_plain(attempt->target, MAX_TARGET)) {
            target_fail(&targets, attempt->target, attempt->cooldown_ms);
        }
    }
    return targets;
}

/* ---- the statement ---- */

/* Text to PostgreSQL: UTF-8 without NUL. */
static bool is_storable(struct str answer, struct str content_type)
{
    return answer.len > 0 && answer.len <= LLM_MAX_STORED_BYTES &&
           memchr(answer.ptr, '\0', answer.len) == NULL && utf8_is_valid(answer) &&
           llm_is_plain(content_type, MAX_ID);
}

enum status llm_settle(struct ctx *cx, struct pg *pg, const struct llm_settlement *s)
{
    struct str call = call_write(cx, s);
    if (call.len == 0) {
        return fail(cx, ERR_INTERNAL, "a settlement of more than %d bytes", MAX_CALL_BYTES);
    }
    bool is_idempotent = llm_is_plain(s->idempotency_key, LLM_MAX_IDEMPOTENCY_KEY);
    struct str idempotency_key = is_idempotent ? s->idempotency_key : STR("");
    struct sums sums = sums_of(s);
    struct targets targets = targets_of(cx->arena, s);
    bool stores = s->succeeded && is_storable(s->answer, s->content_type);
    const struct pg_param params[] = {
        PG_STR(s->call_id),
        PG_STR(call),
        PG_I64(sums.spent_nano),
        PG_I64(sums.unknown_nano),
        PG_I64(sums.tokens),
        PG_STR(targets.well),
        PG_TEXT_ARRAY(targets.failed, targets.failed_count),
        PG_I64_ARRAY(targets.rest_ms, targets.failed_count),
        llm_digest_param(cx->arena, s->cache_key),
        PG_I64(s->cache_ttl_s),
        PG_STR(idempotency_key),
        PG_STR(stores ? s->content_type : STR("")),
        PG_STR(stores ? s->answer : STR("")),
    };
    struct pg_identity identity = llm_identity(s->caller);
    return llm_run(cx, pg, &identity, &(struct pg_query){settle_sql, params, ARRAY_LEN(params)},
                   NULL);
}
