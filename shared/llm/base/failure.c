#include "shared/llm/base/failure.h"

#include "shared/base/attr.h"

const char *llm_failure_words(enum llm_failure_class kind)
{
    static const char *const words[] = {
#define LLM_FAILURE_WORDS(name, text) [name] = (text),
        LLM_FAILURE_LIST(LLM_FAILURE_WORDS)
#undef LLM_FAILURE_WORDS
    };
    return (size_t)kind < ARRAY_LEN(words) ? words[kind] : "unknown";
}
