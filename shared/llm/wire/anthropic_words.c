#include "shared/llm/wire/anthropic.h"
#include "shared/llm/wire/classify.h"

/* The first row of a finish is the one written. */
static const struct {
    struct str reason;
    enum llm_finish finish;
} reasons[] = {
    {STR_INIT("end_turn"), LLM_FINISH_STOP},
    {STR_INIT("max_tokens"), LLM_FINISH_LENGTH},
    {STR_INIT("model_context_window_exceeded"), LLM_FINISH_LENGTH},
    {STR_INIT("tool_use"), LLM_FINISH_TOOLS},
    {STR_INIT("stop_sequence"), LLM_FINISH_SEQUENCE},
    {STR_INIT("refusal"), LLM_FINISH_REFUSAL},
    {STR_INIT("refusal"), LLM_FINISH_FILTER},
    {STR_INIT("pause_turn"), LLM_FINISH_PAUSE},
};

static const struct {
    int http_status;
    struct str type;
} errors[] = {
    {400, STR_INIT("invalid_request_error")},
    {401, STR_INIT("authentication_error")},
    {402, STR_INIT("billing_error")},
    {403, STR_INIT("permission_error")},
    {404, STR_INIT("not_found_error")},
    {409, STR_INIT("conflict_error")},
    {413, STR_INIT("request_too_large")},
    {429, STR_INIT("rate_limit_error")},
    {500, STR_INIT("api_error")},
    {504, STR_INIT("timeout_error")},
    {529, STR_INIT("overloaded_error")},
};

bool anthropic_version_is_known(struct str version)
{
    return str_eq(version, STR(ANTHROPIC_VERSION_2023)) ||
           str_eq(version, STR(ANTHROPIC_VERSION_2026));
}

struct str anthropic_stop_reason(enum llm_finish finish)
{
    for (size_t i = 0; i < ARRAY_LEN(reasons); i++) {
        if (reasons[i].finish == finish) {
            return reasons[i].reason;
        }
    }
    return reasons[0].reason;
}

enum llm_finish anthropic_finish(struct str stop_reason)
{
    for (size_t i = 0; i < ARRAY_LEN(reasons); i++) {
        if (str_eq(reasons[i].reason, stop_reason)) {
            return reasons[i].finish;
        }
    }
    return LLM_FINISH_STOP;
}

struct str anthropic_error_type(int http_status)
{
    for (size_t i = 0; i < ARRAY_LEN(errors); i++) {
        if (errors[i].http_status == http_status) {
            return errors[i].type;
        }
    }
    return http_status < 500 ? STR("invalid_request_error") : STR("api_error");
}

enum llm_failure_class anthropic_error_class(struct str type, struct str *known)
{
    *known = (struct str){0};
    for (size_t i = 0; i < ARRAY_LEN(errors); i++) {
        if (str_eq(errors[i].type, type)) {
            *known = errors[i].type;
            return classify_status(errors[i].http_status);
        }
    }
    return LLM_AMBIGUOUS;
}
