/*
 * What the files of this folder share; nobody else includes it.
 */
#pragma once

#include "shared/llm/models/models.h"

enum { MAX_ROWS = 1024 };

/* models.json, as it was built in. */
struct str models_document(void);

/* ---- a document, as it is written ------------------------------------------------------------ */

/* Absent: strings are empty, counts 0, dates and prices their `has_`. */
struct provider_row {
    struct str name, wire, base_url, key_env, region;
    bool speaks_responses, has_responses;
    bool needs_no_key, has_no_key;
};

struct version_row {
    struct str wire, since;
    const int *refuses; /* enum llm_accepts */
    size_t refuse_count;
};

/* USD per million tokens; below 0: unknown. */
struct price_row {
    int64_t above_input;
    double input, cache_write_5m, cache_write_1h, cache_read, output;
};

/* What a family and a model may both say. */
struct traits_row {
    const int *accepts;
    size_t accept_count;
    int64_t context_tokens, max_output_tokens;
    bool is_embedding, has_embedding;
    struct llm_input_names input;
};

struct family_row {
    struct str name;
    struct traits_row traits;
};

struct model_row {
    struct str provider, id, family, successor;
    struct traits_row traits;
    const struct price_row *prices;
    size_t price_count;
    int32_t checked, retires;
    bool has_checked, has_retires;
};

struct alias_row {
    struct str name;
    const struct str *chain; /* "provider/id" */
    size_t chain_count;
    int64_t max_output_tokens, default_output_tokens;
};

struct document {
    const struct str *sources;
    const struct provider_row *providers;
    const struct version_row *versions;
    const struct family_row *families;
    const struct model_row *models;
    const struct alias_row *aliases;
    size_t source_count, provider_count, version_count, family_count, model_count, alias_count;
};

/*
 * Its views live in `text` and `cx->arena`.
 *
 * ERR_INVALID  not JSON, or not of this shape; the words name the member
 */
enum status document_read(struct ctx *cx, struct str text, struct document *document) MUST_CHECK;

/*
 * ERR_INVALID  the row is not whole, or its URL not one that a key may be sent to
 */
enum status provider_make(struct ctx *cx, const struct provider_row *row,
                          struct llm_provider *provider) MUST_CHECK;

/* ---- both documents, as one table ------------------------------------------------------------ */

struct llm_models {
    struct arena arena; /* holds this struct and all it points at */
    struct llm_provider *providers;
    struct provider_row *provider_rows; /* of each one, before {region} was filled in */
    struct family_row *families;
    struct version_row *versions;
    struct llm_model *models;
    struct alias_row *aliases;
    size_t provider_count, family_count, model_count, alias_count, version_count;
    struct llm_route_name *names; /* sorted */
    size_t name_count;
    struct str version;
};

/*
 * Adds the rows of `document`, over what is there. `models` has room for them, and `cx->arena` is
 * its arena.
 *
 * ERR_INVALID  a row contradicts itself or another; the words name it
 */
enum status models_merge(struct ctx *cx, struct llm_models *models,
                         const struct document *document) MUST_CHECK;
/*
 * After the last merge: that all names lead somewhere.
 *
 * ERR_INVALID  the words name the row
 */
enum status models_check(struct ctx *cx, const struct llm_models *models) MUST_CHECK;
/* Gives models the rules of their API's versions; makes the list of names, and the version. */
void models_finish(struct llm_models *models);

const struct llm_provider *provider_find(const struct llm_models *models, struct str name);
const struct llm_model *model_find(const struct llm_models *models, struct str provider,
                                   struct str id);
/* Of "provider/id"; NULL: there is none. */
const struct llm_model *model_of_target(const struct llm_models *models, struct str target);
const struct alias_row *alias_find(const struct llm_models *models, struct str name);
