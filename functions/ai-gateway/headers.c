#include "functions/ai-gateway/headers.h"

#include "shared/base/clock.h"

enum { MS_PER_S = 1000, S_PER_MINUTE = 60, S_PER_HOUR = 3600, DEFAULT_RETRY_MS = 1000 };

static bool is_anthropic(enum llm_protocol protocol)
{
    return protocol == LLM_PROTOCOL_ANTHROPIC || protocol == LLM_PROTOCOL_ANTHROPIC_COUNT;
}

struct header_list headers_begin(struct ctx *cx, enum llm_protocol protocol, int64_t now_ms)
{
    struct header_list list = {.arena = cx->arena, .protocol = protocol, .now_ms = now_ms};
    header_add(&list, is_anthropic(protocol) ? STR("request-id") : STR("x-request-id"),
               cx->request_id);
    return list;
}

void header_add(struct header_list *list, struct str name, struct str value)
{
    if (value.len == 0 || list->count == MAX_ANSWER_HEADERS) {
        return;
    }
    if (list->items == NULL) {
        list->items = ARENA_ARRAY(list->arena, struct http_header, MAX_ANSWER_HEADERS);
    }
    list->items[list->count++] = (struct http_header){.name = name, .value = value};
}

static void add_i64(struct header_list *list, struct str name, int64_t value)
{
    header_add(list, name, arena_format(list->arena, "%lld", (long long)value));
}

/* ---- limits ---------------------------------------------------------------------------------- */

struct window {
    const char *what;
    int64_t limit, remaining, reset_ms;
};

/* "6m0s", "850ms": as OpenAI writes them. Empty: it never resets. */
static struct str duration(struct arena *arena, int64_t until_ms, int64_t now_ms)
{
    int64_t ms = until_ms - now_ms;
    long long s = ms / MS_PER_S;
    if (until_ms < 0) {
        return (struct str){0};
    }
    if (ms < MS_PER_S) {
        return arena_format(arena, "%lldms", (long long)(ms > 0 ? ms : 0));
    }
    if (s < S_PER_MINUTE) {
        return arena_format(arena, "%llds", s);
    }
    if (s < S_PER_HOUR) {
        return arena_format(arena, "%lldm%llds", s / S_PER_MINUTE, s % S_PER_MINUTE);
    }
    return arena_format(arena, "%lldh%lldm%llds", s / S_PER_HOUR, s % S_PER_HOUR / S_PER_MINUTE,
                        s % S_PER_MINUTE);
}

static struct str moment(struct arena *arena, int64_t epoch_ms)
{
    char text[25];
    if (epoch_ms < 0) {
        return (struct str){0};
    }
    timestamp_format(epoch_ms, text);
    return arena_str_copy(arena, str_from_cstr(text));
}

static void add_openai(struct header_list *list, const struct window *w)
{
    add_i64(list, arena_format(list->arena, "x-ratelimit-limit-%s", w->what), w->limit);
    add_i64(list, arena_format(list->arena, "x-ratelimit-remaining-%s", w->what), w->remaining);
    header_add(list, arena_format(list->arena, "x-ratelimit-reset-%s", w->what),
               duration(list->arena, w->reset_ms, list->now_ms));
}

static void add_anthropic(struct header_list *list, const struct window *w)
{
    add_i64(list, arena_format(list->arena, "anthropic-ratelimit-%s-limit", w->what), w->limit);
    add_i64(list, arena_format(list->arena, "anthropic-ratelimit-%s-remaining", w->what),
            w->remaining);
    header_add(list, arena_format(list->arena, "anthropic-ratelimit-%s-reset", w->what),
               moment(list->arena, w->reset_ms));
}

static void add_limits(struct header_list *list, const struct llm_limits *limits)
{
    const struct window windows[] = {
        {"requests", limits->requests_limit, limits->requests_remaining, limits->requests_reset_ms},
        {"tokens", limits->tokens_limit, limits->tokens_remaining, limits->tokens_reset_ms},
    };
    for (size_t i = 0; i < ARRAY_LEN(windows); i++) {
        if (windows[i].limit >= 0) {
            (is_anthropic(list->protocol) ? add_anthropic : add_openai)(list, &windows[i]);
        }
    }
    if (limits->budget_nano >= 0) {
        add_i64(list, STR("x-clambda-budget-remaining-nanodollars"), limits->budget_remaining_nano);
        header_add(list, STR("x-clambda-budget-reset"),
                   moment(list->arena, limits->budget_reset_ms));
    }
}

/* ---- of an answer ---------------------------------------------------------------------------- */

void headers_of_head(struct header_list *list, const struct llm_head *head)
{
    if (head->call_id.len == 0) {
        return;
    }
    header_add(list, STR("x-clambda-call-id"), head->call_id);
    if (head->target != NULL) {
        header_add(list, STR("x-clambda-model"), llm_target_name(list->arena, head->target));
    }
    header_add(list, STR("x-clambda-trail"), head->trail);
    add_i64(list, STR("x-clambda-overhead-us"), head->overhead_us);
    if (head->cost_nano >= 0) {
        add_i64(list, STR("x-clambda-cost-nanodollars"), head->cost_nano);
    }
    header_add(list, STR("x-clambda-cache"),
               head->is_replay   ? STR("replay")
               : head->is_cached ? STR("hit")
                                 : STR("miss"));
    header_add(list, STR("x-clambda-dropped"), head->dropped);
    header_add(list, STR("x-clambda-guard"), head->guard_flags);
    if (head->limits != NULL) {
        add_limits(list, head->limits);
    }
}

void headers_of_outcome(struct header_list *list, const struct llm_outcome *outcome)
{
    struct llm_head head = outcome->head;
    head.cost_nano = outcome->cost_nano;
    headers_of_head(list, &head);
}

/* ---- of a failure ---------------------------------------------------------------------------- */

/* When the limit that refused a call lets one through again; -1: never. */
static int64_t reset_of(enum status status, const struct llm_limits *limits)
{
    if (status == ERR_BUDGET) {
        return limits->budget_reset_ms;
    }
    if (limits->operations_limit >= 0 && limits->operations_remaining <= 0) {
        return limits->operations_reset_ms;
    }
    bool is_requests = limits->requests_limit >= 0 && limits->requests_remaining <= 0;
    return is_requests ? limits->requests_reset_ms : limits->tokens_reset_ms;
}

/* How long waiting takes until it may help; -1: it does not. */
static int64_t retry_after_ms(enum status status, const char *code,
                              const struct llm_outcome *outcome, int64_t now_ms)
{
    const struct llm_limits *limits = outcome == NULL ? NULL : outcome->head.limits;
    bool is_providers = outcome != NULL && outcome->attempts_are_spent;
    if (status == ERR_OVERLOADED || (status == ERR_RATE_LIMITED && is_providers)) {
        int64_t asked_ms = outcome == NULL ? -1 : outcome->failure.retry_after_ms;
        return asked_ms >= 0 ? asked_ms : DEFAULT_RETRY_MS;
    }
    if ((status == ERR_RATE_LIMITED || status == ERR_BUDGET) && limits != NULL) {
        int64_t reset_ms = reset_of(status, limits);
        return reset_ms > now_ms ? reset_ms - now_ms : -1;
    }
    bool is_in_flight = code != NULL && strcmp(code, "IDEMPOTENCY_IN_FLIGHT") == 0;
    return status == ERR_UNAVAILABLE || is_in_flight ? DEFAULT_RETRY_MS : -1;
}

/* The clients try again on every 409 and 5xx by themselves. */
static struct str should_retry(enum status status, const char *code,
                               const struct llm_outcome *outcome)
{
    bool is_reused = code != NULL && strcmp(code, "IDEMPOTENCY_KEY_REUSED") == 0;
    bool is_spent = outcome != NULL && outcome->attempts_are_spent;
    return is_reused || is_spent || status == ERR_BUDGET ? STR("false") : (struct str){0};
}

void headers_of_failure(struct header_list *list, enum status status, const char *code,
                        const struct llm_outcome *outcome)
{
    int64_t wait_ms = retry_after_ms(status, code, outcome, list->now_ms);
    if (wait_ms >= 0) {
        int64_t s = (wait_ms + MS_PER_S - 1) / MS_PER_S;
        add_i64(list, STR("retry-after"), s > 0 ? s : 1);
    }
    header_add(list, STR("x-should-retry"), should_retry(status, code, outcome));
    if (status == ERR_UNAUTHENTICATED) {
        header_add(list, STR("www-authenticate"), STR("Bearer"));
    }
}
