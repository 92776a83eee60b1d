#include "shared/llm/wire/classify.h"

static const struct {
    int http_status;
    enum llm_failure_class kind;
} statuses[] = {
    {400, LLM_BAD_REQUEST}, {401, LLM_AUTH},      {402, LLM_NO_MONEY},    {403, LLM_AUTH},
    {404, LLM_NOT_FOUND},   {405, LLM_NOT_FOUND}, {408, LLM_AMBIGUOUS},   {409, LLM_BAD_REQUEST},
    {410, LLM_NOT_FOUND},   {413, LLM_TOO_LONG},  {422, LLM_BAD_REQUEST}, {424, LLM_AMBIGUOUS},
    {429, LLM_SLOW_DOWN},   {500, LLM_AMBIGUOUS}, {502, LLM_AMBIGUOUS},   {503, LLM_SLOW_DOWN},
    {504, LLM_AMBIGUOUS},   {529, LLM_SLOW_DOWN},
};

enum llm_failure_class classify_status(int http_status)
{
    for (size_t i = 0; i < ARRAY_LEN(statuses); i++) {
        if (statuses[i].http_status == http_status) {
            return statuses[i].kind;
        }
    }
    return http_status >= 400 && http_status < 500 ? LLM_BAD_REQUEST : LLM_AMBIGUOUS;
}

const struct classify_word *classify_find(const struct classify_word *rows, size_t count,
                                          struct str word)
{
    for (size_t i = 0; i < count; i++) {
        if (str_eq(rows[i].word, word)) {
            return &rows[i];
        }
    }
    return NULL;
}

static bool is_name_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

struct str classify_member(struct str path)
{
    size_t len = 0;
    while (len < path.len && is_name_letter(path.ptr[len])) {
        len++;
    }
    bool is_whole = len == path.len || strchr(".[:", path.ptr[len]) != NULL;
    return is_whole ? str_slice(path, 0, len) : (struct str){0};
}

struct str classify_sentence(enum llm_failure_class kind)
{
    static const struct str sentences[] = {
        [LLM_NONE] = STR_INIT(""),
        [LLM_UNSENT] = STR_INIT("The model provider could not be reached"),
        [LLM_SLOW_DOWN] = STR_INIT("The model provider refuses requests for now"),
        [LLM_NO_MONEY] = STR_INIT("The account at the model provider is spent"),
        [LLM_BAD_REQUEST] = STR_INIT("The model provider does not accept the request"),
        [LLM_TOO_LONG] = STR_INIT("The prompt does not fit the model"),
        [LLM_AUTH] = STR_INIT("The model provider does not accept this gateway's key"),
        [LLM_NOT_FOUND] = STR_INIT("The model provider does not have this model"),
        [LLM_AMBIGUOUS] = STR_INIT("The model provider failed"),
        [LLM_CUT] = STR_INIT("The model's answer broke off"),
        [LLM_MALFORMED] = STR_INIT("The model provider's answer could not be read"),
        [LLM_REFUSED] = STR_INIT("Refused by a rule of this gateway"),
        [LLM_CANCELLED] = STR_INIT("The caller went away"),
        [LLM_DEADLINE] = STR_INIT("No answer in time"),
    };
    return (size_t)kind < ARRAY_LEN(sentences) ? sentences[kind] : STR("");
}
