#include "shared/base/clock.h"
#include "shared/llm/wire/openai.h"
#include "shared/llm/wire/retry_after.h"

/*
 * The words of `code` and `type` that we know. LLM_NONE: the status says what it means, the word
 * only which it is. Source: "Error codes" of OpenAI's guide; exceed_context_size_error is
 * llama.cpp's.
 */
static const struct classify_word words[] = {
    {STR_INIT("insufficient_quota"), LLM_NO_MONEY},
    {STR_INIT("credit_balance_exhausted"), LLM_NO_MONEY},
    {STR_INIT("organization_spend_limit_exceeded"), LLM_NO_MONEY},
    {STR_INIT("project_spend_limit_exceeded"), LLM_NO_MONEY},
    {STR_INIT("organization_usage_limit_exceeded"), LLM_NO_MONEY},
    {STR_INIT("billing_hard_limit_reached"), LLM_NO_MONEY},
    {STR_INIT("billing_not_active"), LLM_NO_MONEY},
    {STR_INIT("context_length_exceeded"), LLM_TOO_LONG},
    {STR_INIT("string_above_max_length"), LLM_TOO_LONG},
    {STR_INIT("exceed_context_size_error"), LLM_TOO_LONG},
    {STR_INIT("rate_limit_exceeded"), LLM_SLOW_DOWN},
    {STR_INIT("slow_down"), LLM_SLOW_DOWN},
    {STR_INIT("rate_limit_error"), LLM_SLOW_DOWN},
    {STR_INIT("server_is_overloaded"), LLM_SLOW_DOWN},
    {STR_INIT("service_unavailable_error"), LLM_SLOW_DOWN},
    {STR_INIT("invalid_api_key"), LLM_AUTH},
    {STR_INIT("unsupported_country_region_territory"), LLM_AUTH},
    {STR_INIT("model_not_found"), LLM_NOT_FOUND},
    {STR_INIT("content_policy_violation"), LLM_BAD_REQUEST},
    {STR_INIT("invalid_prompt"), LLM_BAD_REQUEST},
    {STR_INIT("unsupported_parameter"), LLM_BAD_REQUEST},
    {STR_INIT("unsupported_value"), LLM_BAD_REQUEST},
    {STR_INIT("invalid_request_error"), LLM_NONE},
    {STR_INIT("server_error"), LLM_NONE},
};

/* `code` is more exact than `type`; but what one of them says about money counts. */
static const struct classify_word *word_of(const struct json *error)
{
    const struct classify_word *code =
        classify_find(words, ARRAY_LEN(words), json_find_str(error, STR("code")));
    const struct classify_word *type =
        classify_find(words, ARRAY_LEN(words), json_find_str(error, STR("type")));
    bool is_money = type != NULL && type->kind == LLM_NO_MONEY;
    return code == NULL || is_money ? type : code;
}

/* vLLM and older servers say it in words alone. */
static bool says_too_long(const struct json *error)
{
    return str_find(json_find_str(error, STR("message")), STR("maximum context length")) !=
           SIZE_MAX;
}

void openai_failure(const struct json *error, int http_status, struct llm_failure *failure)
{
    const struct classify_word *word = word_of(error);
    enum llm_failure_class plain = http_status == 0 ? LLM_CUT : classify_status(http_status);
    enum llm_failure_class kind = word != NULL && word->kind != LLM_NONE ? word->kind : plain;
    if (kind == LLM_BAD_REQUEST && says_too_long(error)) {
        kind = LLM_TOO_LONG;
    }
    *failure = (struct llm_failure){
        .kind = kind,
        .http_status = http_status,
        .code = word != NULL ? word->word : (struct str){0},
        .retry_after_ms = -1,
        .words = classify_sentence(kind),
        .member = classify_member(json_find_str(error, STR("param"))),
    };
}

void openai_classify(struct ctx *cx, const struct http_response *res, struct llm_failure *failure)
{
    const struct json *root = NULL;
    if (json_read(cx, res->body, NULL, &root) != OK) {
        err_clear(cx); /* a proxy's page, or nothing: the status has to do */
        root = NULL;
    }
    const struct json *error = json_find(root, STR("error"));
    openai_failure(error, res->status, failure);
    if (failure->kind == LLM_SLOW_DOWN || failure->kind == LLM_AMBIGUOUS) {
        struct str text = json_find_str(error, STR("message"));
        failure->retry_after_ms = retry_after_ms(res, text, clock_now_ms());
    }
}
