#include "shared/base/clock.h"
#include "shared/llm/store/internal.h"

static const char admit_sql[] =
    "SELECT * FROM public.llm_admit($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";

enum verdict {
    VERDICT_ADMITTED,
    VERDICT_CACHED,
    VERDICT_REPLAY,
    VERDICT_UNAUTHENTICATED,
    VERDICT_SUSPENDED,
    VERDICT_MODEL,
    VERDICT_KEY_REUSED,
    VERDICT_IN_FLIGHT,
    VERDICT_RATE,
    VERDICT_BUDGET,
    VERDICT_COUNT,
};

/* As llm_admit of the migrations says them. */
static const struct str verdict_words[VERDICT_COUNT] = {
    [VERDICT_ADMITTED] = STR_INIT("admitted"),
    [VERDICT_CACHED] = STR_INIT("cached"),
    [VERDICT_REPLAY] = STR_INIT("replay"),
    [VERDICT_UNAUTHENTICATED] = STR_INIT("unauthenticated"),
    [VERDICT_SUSPENDED] = STR_INIT("suspended"),
    [VERDICT_MODEL] = STR_INIT("model_not_allowed"),
    [VERDICT_KEY_REUSED] = STR_INIT("key_reused"),
    [VERDICT_IN_FLIGHT] = STR_INIT("in_flight"),
    [VERDICT_RATE] = STR_INIT("rate_limited"),
    [VERDICT_BUDGET] = STR_INIT("budget"),
};

/* A limit as llm_room has it: below 0 remains what is missing. */
struct room {
    int64_t cap, remaining, reset_ms;
};

static bool room_refuses(struct room room)
{
    return room.cap >= 0 && room.remaining < 0;
}

/* What remains once the call is in; of a call that is not, what remains without it. */
static int64_t room_left(struct room room, int64_t asked)
{
    if (!room_refuses(room)) {
        return room.remaining;
    }
    return room.remaining + asked > 0 ? room.remaining + asked : 0;
}

struct rooms {
    struct room requests, tokens, operations, budget;
};

/* Twelve numbers, three a room; one that is missing or none leaves its room refusing nothing. */
static struct rooms rooms_read(struct pg_row row)
{
    enum { NUMBERS = sizeof(struct rooms) / sizeof(int64_t) };
    struct pg_text_array texts = pg_col_text_array(row, "limits");
    int64_t numbers[NUMBERS];
    struct rooms rooms;
    for (size_t i = 0; i < NUMBERS; i++) {
        if (i >= texts.count || !str_to_i64(texts.items[i], &numbers[i])) {
            numbers[i] = -1;
        }
    }
    memcpy(&rooms, numbers, sizeof rooms);
    return rooms;
}

static struct llm_limits limits_of(const struct rooms *rooms,
                                   const struct llm_admission_request *request)
{
    return (struct llm_limits){
        .requests_limit = rooms->requests.cap,
        .requests_remaining = room_left(rooms->requests, 1),
        .requests_reset_ms = rooms->requests.reset_ms,
        .tokens_limit = rooms->tokens.cap,
        .tokens_remaining = room_left(rooms->tokens, request->worst_tokens),
        .tokens_reset_ms = rooms->tokens.reset_ms,
        .operations_limit = rooms->operations.cap,
        .operations_remaining = room_left(rooms->operations, 1),
        .operations_reset_ms = rooms->operations.reset_ms,
        .budget_nano = rooms->budget.cap,
        .budget_remaining_nano = room_left(rooms->budget, request->worst_cost_nano),
        .budget_reset_ms = rooms->budget.reset_ms,
    };
}

/* "2026-11-28T22:00:00.000Z", or that it never comes. */
struct moment {
    char text[32];
};
static struct moment moment_of(int64_t epoch_ms)
{
    struct moment moment = {"never"};
    if (epoch_ms >= 0) {
        timestamp_format(epoch_ms, moment.text);
    }
    return moment;
}

static enum status rate_refuse(struct ctx *cx, const struct rooms *rooms,
                               const struct llm_admission_request *request)
{
    struct moment free_at = moment_of(rooms->tokens.reset_ms);
    if (room_refuses(rooms->operations)) {
        return fail_public(cx, ERR_RATE_LIMITED, "The limit of %lld requests an hour is reached",
                           (long long)rooms->operations.cap);
    }
    if (room_refuses(rooms->requests)) {
        return fail_public(cx, ERR_RATE_LIMITED, "The limit of %lld requests a minute is reached",
                           (long long)rooms->requests.cap);
    }
    return fail_public(cx, ERR_RATE_LIMITED,
                       "The call may use %lld tokens, and the limit is %lld a minute; that much is "
                       "free again: %s",
                       (long long)request->worst_tokens, (long long)rooms->tokens.cap,
                       free_at.text);
}

static enum status budget_refuse(struct ctx *cx, const struct llm_limits *limits,
                                 const struct llm_admission_request *request)
{
    static const double nano = 1e-9;
    struct moment reset = moment_of(limits->budget_reset_ms);
    return fail_public(cx, ERR_BUDGET,
                       "The call may cost %.6f USD, and %.6f of a budget of %.6f are left; it "
                       "starts anew: %s",
                       (double)request->worst_cost_nano * nano,
                       (double)limits->budget_remaining_nano * nano,
                       (double)limits->budget_nano * nano, reset.text);
}

static enum status verdict_status(struct ctx *cx, enum verdict verdict, const struct rooms *rooms,
                                  const struct llm_admission_request *request,
                                  const struct llm_limits *limits)
{
    switch (verdict) {
    case VERDICT_ADMITTED:
    case VERDICT_CACHED:
    case VERDICT_REPLAY:
        return OK;
    case VERDICT_UNAUTHENTICATED:
        return fail_public(cx, ERR_UNAUTHENTICATED, "The API key is not valid");
    case VERDICT_SUSPENDED:
        return fail_code(cx, ERR_FORBIDDEN, "TENANT_SUSPENDED", "The tenant is suspended");
    case VERDICT_MODEL:
        return fail_code(cx, ERR_FORBIDDEN, "MODEL_NOT_ALLOWED",
                         "This API key may not use that model");
    case VERDICT_KEY_REUSED:
        return fail_code(cx, ERR_CONFLICT, "IDEMPOTENCY_KEY_REUSED",
                         "The Idempotency-Key came before with another request");
    case VERDICT_IN_FLIGHT:
        return fail_code(cx, ERR_CONFLICT, "IDEMPOTENCY_IN_FLIGHT",
                         "The first request with this Idempotency-Key is still under way");
    case VERDICT_RATE:
        return rate_refuse(cx, rooms, request);
    case VERDICT_BUDGET:
        return budget_refuse(cx, limits, request);
    case VERDICT_COUNT:
        break;
    }
    return fail(cx, ERR_INTERNAL, "llm_admit gave a verdict that is not known here");
}

static enum verdict verdict_read(struct pg_row row)
{
    struct str word = pg_col_str(row, "verdict");
    enum verdict verdict = VERDICT_ADMITTED;
    while (verdict < VERDICT_COUNT && !str_eq(word, verdict_words[verdict])) {
        verdict++;
    }
    return verdict;
}

static void cooldowns_read(struct pg_row row, struct llm_admission *out)
{
    struct pg_text_array targets = pg_col_text_array(row, "resting");
    struct pg_text_array until = pg_col_text_array(row, "resting_until_ms");
    for (size_t i = 0; i < targets.count && i < until.count && i < LLM_MAX_COOLDOWNS; i++) {
        struct llm_cooldown *cooldown = &out->cooldowns[out->cooldown_count++];
        cooldown->target = targets.items[i];
        (void)str_to_i64(until.items[i], &cooldown->until_ms); /* else 0: it does not rest */
    }
}

static enum status admission_read(struct ctx *cx, struct pg_row row,
                                  const struct llm_admission_request *request,
                                  struct llm_admission *out)
{
    enum verdict verdict = verdict_read(row);
    out->is_cached = verdict == VERDICT_CACHED;
    out->is_replay = verdict == VERDICT_REPLAY;
    out->answer.content_type = pg_col_str(row, "content_type");
    out->answer.body = pg_col_str(row, "body");
    out->answer.cost_nano = pg_col_i64(row, "answer_cost_nano");
    out->answer.created_ms = pg_col_i64(row, "answered_ms");
    struct rooms rooms = rooms_read(row);
    cooldowns_read(row, out);
    TRY(pg_row_status(cx, row));
    out->limits = limits_of(&rooms, request);
    return verdict_status(cx, verdict, &rooms, request, &out->limits);
}

static const struct llm_limits no_limits = {-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1};

/* Far above any call and any limit, and far from where the sums of the database overflow. */
static const int64_t most_cost_nano = INT64_MAX / 4;
static const int64_t most_tokens = 1000000000000;

static int64_t at_most(int64_t value, int64_t max)
{
    return value < max ? value : max;
}

enum status llm_admit(struct ctx *cx, struct pg *pg, const struct llm_admission_request *request,
                      struct llm_admission *out)
{
    *out = (struct llm_admission){.limits = no_limits};
    if (request->idempotency_key.len > 0 &&
        !llm_is_plain(request->idempotency_key, LLM_MAX_IDEMPOTENCY_KEY)) {
        return fail_public(cx, ERR_INVALID, "Idempotency-Key: at most %d printable characters",
                           LLM_MAX_IDEMPOTENCY_KEY);
    }
    const struct pg_param params[] = {
        PG_STR(request->call_id),
        PG_STR(request->alias),
        PG_STR(request->function),
        PG_BOOL(request->operation.len > 0),
        PG_I64(at_most(request->worst_cost_nano, most_cost_nano)),
        PG_I64(at_most(request->worst_tokens, most_tokens)),
        PG_I64(request->hold_ms),
        llm_digest_param(cx->arena, request->cache_key),
        PG_STR(request->idempotency_key),
        llm_digest_param(cx->arena, request->request_digest),
    };
    struct pg_identity identity = llm_identity(request->caller);
    struct pg_rows rows = {0};
    TRY(llm_run(cx, pg, &identity, &(struct pg_query){admit_sql, params, ARRAY_LEN(params)},
                &rows));
    return admission_read(cx, pg_row_at(&rows, 0), request, out);
}
