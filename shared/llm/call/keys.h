/*
 * The keys that we show to providers. A provider's `key_env` names a variable; it holds the key, or
 * the same name with _SECRET_ARN or _PARAMETER after it holds the ARN of a secret or a parameter
 * that does (secrets.h), fetched when first needed and again once a provider refuses it. Bedrock is
 * asked with the credentials of the function's role, read anew each time, for Lambda changes them.
 *
 *   ANTHROPIC_API_KEY=...      ANTHROPIC_API_KEY_SECRET_ARN=arn:aws:secretsmanager:...
 */
#pragma once

#include "shared/http/http.h"
#include "shared/llm/models/models.h"
#include "shared/llm/wire/wire.h"
#include "shared/secrets/secrets.h"

struct llm_keys;

enum { LLM_MAX_KEY_BYTES = 4096, LLM_MAX_KEYS = 16 };

/* `secrets` may be NULL: then keys come from the environment alone. It is not owned. */
struct llm_keys *llm_keys_new(struct secrets *secrets);
/* Wipes them. `keys` may be NULL. */
void llm_keys_free(struct llm_keys *keys);

/* Whether there is a key for `provider`, or where to fetch it; nothing is fetched. */
bool llm_keys_has(const struct llm_keys *keys, const struct llm_provider *provider);

/* What a request carries: a field, a signature, or neither. Views of what the keys' owner keeps,
 * until the next call. */
struct llm_credential {
    bool has_field, is_signed;
    struct http_field field;
    struct http_sigv4 sign;
};

/*
 * ERR_INTERNAL  none is configured, or it is no key: empty, too long, not printable; LLM_MAX_KEYS
 * as secrets_get
 */
enum status llm_keys_get(struct ctx *cx, struct llm_keys *keys, const struct llm_provider *provider,
                         enum llm_auth auth, struct llm_credential *out) MUST_CHECK;

/* The provider refused it. True: it can be fetched anew, so that asking again makes sense. */
bool llm_keys_refused(struct llm_keys *keys, const struct llm_provider *provider);
