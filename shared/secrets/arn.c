#include "shared/secrets/internal.h"

enum { MAX_ARN_BYTES = 2048 /* of SecretId, and of a parameter's Name */, MAX_REGION_BYTES = 32 };

static bool is_region(struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-')) {
            return false;
        }
    }
    return text.len > 0 && text.len <= MAX_REGION_BYTES;
}

/* Letters, digits and `others` are what a name may hold. */
static bool is_name(struct str text, const char *others)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool is_alnum = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!is_alnum && (c == '\0' || strchr(others, c) == NULL)) {
            return false;
        }
    }
    return text.len > 0;
}

/* What stands behind the account. */
static bool is_secret(struct str rest)
{
    return str_skip_prefix(&rest, STR("secret:")) && is_name(rest, "/_+=.@-");
}

static bool is_parameter(struct str rest)
{
    return str_skip_prefix(&rest, STR("parameter/")) && is_name(rest, "/_.-");
}

static bool service_read(struct str service, struct str rest, struct secret_arn *arn)
{
    if (str_eq(service, STR("secretsmanager"))) {
        arn->service = SECRETS_MANAGER;
        return is_secret(rest);
    }
    arn->service = PARAMETER_STORE;
    return str_eq(service, STR("ssm")) && is_parameter(rest);
}

enum status secret_arn_read(struct ctx *cx, struct str text, struct secret_arn *arn)
{
    struct str rest = text;
    struct str word;
    struct str service;
    struct str account;
    *arn = (struct secret_arn){.text = text};
    bool is_whole = text.len <= MAX_ARN_BYTES && str_split_next(&rest, ':', &word) &&
                    str_eq(word, STR("arn")) && str_split_next(&rest, ':', &arn->partition) &&
                    str_split_next(&rest, ':', &service) &&
                    str_split_next(&rest, ':', &arn->region) &&
                    str_split_next(&rest, ':', &account);
    if (!is_whole || !is_region(arn->region) || !service_read(service, rest, arn)) {
        return fail(cx, ERR_INVALID, "not the ARN of a secret or a parameter: \"" STR_FMT "\"",
                    STR_ARG(str_slice(text, 0, 120)));
    }
    return OK;
}

enum status secrets_arn_check(struct ctx *cx, struct str arn)
{
    struct secret_arn parts;
    return secret_arn_read(cx, arn, &parts);
}
