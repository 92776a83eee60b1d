/*
 * What AWS says when it is asked for a secret, signed or through its extension.
 */
#include "shared/base/base64.h"
#include "shared/secrets/internal.h"

enum { ANSWER_DEPTH = 8, TYPE_SHOWN_BYTES = 60 };

/*
 * Kinds of failure by the start of their name. What `retry` says is tried once more: the service
 * asks for it, or may have failed by chance.
 */
static const struct {
    struct str type;
    enum status status;
    bool retry;
    const char *words;
} refusals[] = {
    {STR_INIT("AccessDenied"), ERR_FORBIDDEN, false,
     "access denied: the role may not call secretsmanager:GetSecretValue or ssm:GetParameter on "
     "it, or not decrypt it"},
    {STR_INIT("DecryptionFailure"), ERR_FORBIDDEN, false,
     "its KMS key does not decrypt it for this role"},
    {STR_INIT("InvalidKeyId"), ERR_FORBIDDEN, false,
     "its KMS key does not decrypt it for this role"},
    {STR_INIT("ResourceNotFound"), ERR_NOT_FOUND, false,
     "there is no such secret, or no value was put into it yet"},
    {STR_INIT("ParameterNotFound"), ERR_NOT_FOUND, false, "there is no such parameter"},
    {STR_INIT("ParameterVersionNotFound"), ERR_NOT_FOUND, false, "there is no such parameter"},
    {STR_INIT("InvalidRequest"), ERR_NOT_FOUND, false,
     "it cannot be read as it is: marked for deletion, or owned by another service"},
    {STR_INIT("Throttling"), ERR_RATE_LIMITED, true, "throttled"},
    {STR_INIT("TooManyRequests"), ERR_RATE_LIMITED, true, "throttled"},
    {STR_INIT("RequestLimitExceeded"), ERR_RATE_LIMITED, true, "throttled"},
    {STR_INIT("ExpiredToken"), ERR_UNAUTHENTICATED, false, "the credentials have expired"},
    {STR_INIT("UnrecognizedClient"), ERR_UNAUTHENTICATED, false, "the credentials are not known"},
    {STR_INIT("InvalidClientTokenId"), ERR_UNAUTHENTICATED, false, "the credentials are not known"},
    {STR_INIT("InvalidSignature"), ERR_UNAUTHENTICATED, false,
     "the signature is not accepted: wrong key, or a clock that is off"},
    {STR_INIT("SignatureDoesNotMatch"), ERR_UNAUTHENTICATED, false,
     "the signature is not accepted: wrong key, or a clock that is off"},
    {STR_INIT("IncompleteSignature"), ERR_UNAUTHENTICATED, false, "the signature is not accepted"},
    {STR_INIT("MissingAuthenticationToken"), ERR_UNAUTHENTICATED, false,
     "the request came unsigned"},
    {STR_INIT("InternalService"), ERR_UPSTREAM, true, "the service failed"},
    {STR_INIT("InternalFailure"), ERR_UPSTREAM, true, "the service failed"},
    {STR_INIT("ServiceUnavailable"), ERR_UPSTREAM, true, "the service is unavailable"},
};

enum status secret_refusal_tell(struct ctx *cx, int http_status, struct str type, bool *retry)
{
    for (size_t i = 0; i < ARRAY_LEN(refusals); i++) {
        if (str_has_prefix(type, refusals[i].type)) {
            *retry = refusals[i].retry;
            return fail(cx, refusals[i].status, "%s (HTTP %d, " STR_FMT ")", refusals[i].words,
                        http_status, STR_ARG(str_slice(type, 0, TYPE_SHOWN_BYTES)));
        }
    }
    *retry = http_status >= 500 || http_status == 429;
    return fail(cx, http_status == 429 ? ERR_RATE_LIMITED : ERR_UPSTREAM,
                "HTTP %d, \"" STR_FMT "\"", http_status,
                STR_ARG(str_slice(type, 0, TYPE_SHOWN_BYTES)));
}

struct str secret_refusal_find(struct str text)
{
    for (size_t i = 0; i < ARRAY_LEN(refusals); i++) {
        if (str_find(text, refusals[i].type) != SIZE_MAX) {
            return refusals[i].type;
        }
    }
    return (struct str){0};
}

/* The reader's own words might quote what stands around a fault. */
enum status secret_answer_read(struct ctx *cx, const struct http_response *res,
                               const struct json **answer)
{
    static const struct json_options options = {.max_depth = ANSWER_DEPTH};
    if (json_read(cx, res->body, &options, answer) != OK || (*answer)->type != JSON_OBJECT) {
        *answer = NULL;
        return fail(cx, ERR_UPSTREAM, "HTTP %d, and no JSON object in it", res->status);
    }
    return OK;
}

/* SecretString, or the bytes of SecretBinary. */
static bool secret_bytes(struct ctx *cx, const struct json *answer, struct str *bytes)
{
    const struct json *text = json_find(answer, STR("SecretString"));
    const struct json *binary = json_find(answer, STR("SecretBinary"));
    if (text != NULL && text->type == JSON_STRING) {
        *bytes = text->text;
        return true;
    }
    return binary != NULL && binary->type == JSON_STRING &&
           base64_decode(cx->arena, binary->text, bytes);
}

static bool parameter_bytes(const struct json *answer, struct str *bytes)
{
    const struct json *value = json_find(json_find(answer, STR("Parameter")), STR("Value"));
    *bytes = value != NULL ? value->text : (struct str){0};
    return value != NULL && value->type == JSON_STRING;
}

enum status secret_value_take(struct ctx *cx, enum secret_service service,
                              const struct json *answer, struct secret **secret)
{
    struct str bytes = {0};
    if (!(service == SECRETS_MANAGER ? secret_bytes(cx, answer, &bytes)
                                     : parameter_bytes(answer, &bytes))) {
        return fail(cx, ERR_UPSTREAM, "the answer holds no value");
    }
    if (bytes.len > SECRETS_MAX_BYTES) {
        return fail(cx, ERR_TOO_LARGE, "%zu bytes; the limit is %d", bytes.len, SECRETS_MAX_BYTES);
    }
    *secret = secret_new_copy(bytes);
    return OK;
}
