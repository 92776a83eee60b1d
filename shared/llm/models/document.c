#include "shared/llm/models/internal.h"

#include "shared/schema/schema.h"

extern const char llm_models_begin[], llm_models_end[];

/* The assembler takes the file in; the path is from the root, where everything is compiled. */
__asm__(".pushsection .rodata\n"
        ".globl llm_models_begin\n"
        ".globl llm_models_end\n"
        "llm_models_begin:\n"
        ".incbin \"shared/llm/models/models.json\"\n"
        "llm_models_end:\n"
        ".byte 0\n"
        ".popsection\n");

struct str models_document(void)
{
    return (struct str){.ptr = llm_models_begin,
                        .len = (size_t)(llm_models_end - llm_models_begin)};
}

enum {
    MAX_NAME_BYTES = 128,
    MAX_TARGET_BYTES = 256,
    MAX_URL_BYTES = 256,
    MAX_TOKENS = 100000000,
    MAX_USD = 1000000
};

static const struct schema_name accepts_names[] = {
    {"temperature", LLM_ACCEPTS_TEMPERATURE},
    {"top_p", LLM_ACCEPTS_TOP_P},
    {"top_k", LLM_ACCEPTS_TOP_K},
    {"stop", LLM_ACCEPTS_STOP},
    {"tools", LLM_ACCEPTS_TOOLS},
    {"images", LLM_ACCEPTS_IMAGES},
    {"schema", LLM_ACCEPTS_SCHEMA},
    {"thinking", LLM_ACCEPTS_THINKING},
    {"prefill", LLM_ACCEPTS_PREFILL},
    {"max_tokens", LLM_ACCEPTS_MAX_TOKENS},
    {"stream", LLM_ACCEPTS_STREAM},
    {"effort", LLM_ACCEPTS_EFFORT},
};

#define NAME(type, member)                                                                         \
    FIELD_STR(type, member, .required = true, .min_bytes = 1, .max_bytes = MAX_NAME_BYTES)
#define WORD(type, member)        FIELD_STR(type, member, .max_bytes = MAX_NAME_BYTES)
#define USD(member)               FIELD_NUM(struct price_row, member, .min = 0, .max = MAX_USD, .fallback = -1)
#define TOKENS(type, member, ...) FIELD_INT(type, member, .min = 1, .max = MAX_TOKENS, __VA_ARGS__)

static const struct schema_field provider_fields[] = {
    NAME(struct provider_row, name),
    WORD(struct provider_row, wire),
    FIELD_STR(struct provider_row, base_url, .max_bytes = MAX_URL_BYTES),
    WORD(struct provider_row, key_env),
    WORD(struct provider_row, region),
    FIELD_BOOL(struct provider_row, speaks_responses,
               .present = FIELD_PRESENT(struct provider_row, has_responses)),
    FIELD_BOOL(struct provider_row, needs_no_key,
               .present = FIELD_PRESENT(struct provider_row, has_no_key)),
};

static const struct schema_field version_fields[] = {
    NAME(struct version_row, wire),
    NAME(struct version_row, since),
    FIELD_LIST(struct version_row, refuses, refuse_count, ITEM_ENUM(accepts_names),
               .required = true),
};

static const struct schema_field input_fields[] = {
    WORD(struct llm_input_names, prompt),     WORD(struct llm_input_names, system),
    WORD(struct llm_input_names, max_tokens), WORD(struct llm_input_names, temperature),
    WORD(struct llm_input_names, top_p),      WORD(struct llm_input_names, top_k),
    WORD(struct llm_input_names, stops),      WORD(struct llm_input_names, images),
};

#define TRAITS(type)                                                                               \
    FIELD_LIST(type, traits.accepts, traits.accept_count, ITEM_ENUM(accepts_names),                \
               .as = "accepts"),                                                                   \
        TOKENS(type, traits.context_tokens, .as = "context_tokens"),                               \
        TOKENS(type, traits.max_output_tokens, .as = "max_output_tokens"),                         \
        FIELD_BOOL(type, traits.is_embedding, .as = "is_embedding",                                \
                   .present = FIELD_PRESENT(type, traits.has_embedding)),                          \
        FIELD_OBJECT(type, traits.input, input_fields, .as = "input")

static const struct schema_field family_fields[] = {
    NAME(struct family_row, name),
    TRAITS(struct family_row),
};

static const struct schema_field price_fields[] = {
    FIELD_INT(struct price_row, above_input, .min = 0, .max = MAX_TOKENS),
    USD(input),
    USD(cache_write_5m),
    USD(cache_write_1h),
    USD(cache_read),
    USD(output),
};

static const struct schema_field model_fields[] = {
    NAME(struct model_row, provider),
    NAME(struct model_row, id),
    WORD(struct model_row, family),
    WORD(struct model_row, successor),
    TRAITS(struct model_row),
    FIELD_LIST(struct model_row, prices, price_count, ITEM_OBJECT(struct price_row, price_fields),
               .max_items = LLM_MAX_TIERS),
    FIELD_DATE(struct model_row, checked, .present = FIELD_PRESENT(struct model_row, has_checked)),
    FIELD_DATE(struct model_row, retires, .present = FIELD_PRESENT(struct model_row, has_retires)),
};

static const struct schema_field alias_fields[] = {
    NAME(struct alias_row, name),
    FIELD_LIST(struct alias_row, chain, chain_count, ITEM_STR(.max_bytes = MAX_TARGET_BYTES),
               .required = true, .min_items = 1, .max_items = LLM_MAX_CHAIN),
    TOKENS(struct alias_row, max_output_tokens, .fallback = 0),
    TOKENS(struct alias_row, default_output_tokens, .fallback = 0),
};

static const struct schema_field document_fields[] = {
    FIELD_LIST(struct document, sources, source_count, ITEM_STR(.max_bytes = 512)),
    FIELD_LIST(struct document, providers, provider_count,
               ITEM_OBJECT(struct provider_row, provider_fields), .max_items = MAX_ROWS),
    FIELD_LIST(struct document, versions, version_count,
               ITEM_OBJECT(struct version_row, version_fields), .max_items = MAX_ROWS,
               .as = "api_versions"),
    FIELD_LIST(struct document, families, family_count,
               ITEM_OBJECT(struct family_row, family_fields), .max_items = MAX_ROWS),
    FIELD_LIST(struct document, models, model_count, ITEM_OBJECT(struct model_row, model_fields),
               .max_items = MAX_ROWS),
    FIELD_LIST(struct document, aliases, alias_count, ITEM_OBJECT(struct alias_row, alias_fields),
               .max_items = MAX_ROWS),
};

enum status document_read(struct ctx *cx, struct str text, struct document *document)
{
    const struct json *root = NULL;
    TRY(json_read(cx, text, NULL, &root));
    return schema_read(cx, root, document_fields, ARRAY_LEN(document_fields), document);
}
