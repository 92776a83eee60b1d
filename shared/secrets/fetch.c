/*
 * GetSecretValue, once.
 */
#include "shared/secrets/internal.h"

#include "shared/base/base64.h"
#include "shared/json/json.h"

#include <stdlib.h>

enum {
    ATTEMPT_MS = 3000,
    ATTEMPTS = 2,
    RETRY_BASE_MS = 400,
    MAX_ARN_BYTES = 2048,          /* the service's limit on SecretId */
    MAX_ANSWER_BYTES = 512 * 1024, /* 64 KiB of control characters, each six bytes, and the rest */
    ANSWER_DEPTH = 8,
    SCRATCH_CHUNK_BYTES = 16 * 1024,
};

/* ---- the ARN --------------------------------------------------------------------------------- */

static bool is_region(struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-')) {
            return false;
        }
    }
    return text.len > 0 && text.len <= 32;
}

/* Letters, digits and /_+=.@- are what the name of a secret may hold. */
static bool is_name(struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool is_alnum = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!is_alnum && (c == '\0' || strchr("/_+=.@-", c) == NULL)) {
            return false;
        }
    }
    return text.len > 0;
}

enum status secret_arn_read(struct ctx *cx, struct str text, struct secret_arn *arn)
{
    struct str rest = text;
    struct str word;
    struct str service;
    struct str account;
    struct str kind;
    *arn = (struct secret_arn){.text = text};
    bool is_whole = text.len <= MAX_ARN_BYTES && str_split_next(&rest, ':', &word) &&
                    str_eq(word, STR("arn")) && str_split_next(&rest, ':', &arn->partition) &&
                    str_split_next(&rest, ':', &service) &&
                    str_split_next(&rest, ':', &arn->region) &&
                    str_split_next(&rest, ':', &account) && str_split_next(&rest, ':', &kind);
    if (!is_whole || !str_eq(service, STR("secretsmanager")) || !str_eq(kind, STR("secret")) ||
        !is_region(arn->region) || !is_name(rest)) {
        return fail(cx, ERR_INVALID, "not the ARN of a secret: \"" STR_FMT "\"",
                    STR_ARG(str_slice(text, 0, 120)));
    }
    return OK;
}

enum status secrets_arn_check(struct ctx *cx, struct str arn)
{
    struct secret_arn parts;
    return secret_arn_read(cx, arn, &parts);
}

/* Source: AWS General Reference, "AWS Secrets Manager endpoints and quotas". */
static const struct {
    struct str partition, suffix;
} suffixes[] = {
    {STR_INIT("aws"), STR_INIT("amazonaws.com")},
    {STR_INIT("aws-us-gov"), STR_INIT("amazonaws.com")},
    {STR_INIT("aws-cn"), STR_INIT("amazonaws.com.cn")},
};

static enum status endpoint_of(struct ctx *cx, const struct secret_arn *arn, struct str *url)
{
    *url = str_from_cstr(getenv("AWS_ENDPOINT_URL_SECRETS_MANAGER"));
    if (url->len > 0) {
        return OK;
    }
    for (size_t i = 0; i < ARRAY_LEN(suffixes); i++) {
        if (str_eq(arn->partition, suffixes[i].partition)) {
            *url = arena_format(cx->arena, "https://secretsmanager." STR_FMT "." STR_FMT "/",
                                STR_ARG(arn->region), STR_ARG(suffixes[i].suffix));
            return OK;
        }
    }
    return fail(cx, ERR_INVALID,
                "no address is known for this partition: set AWS_ENDPOINT_URL_SECRETS_MANAGER");
}

/* ---- what the service says ------------------------------------------------------------------- */

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
     "access denied: the role may not call secretsmanager:GetSecretValue on it, or not decrypt it"},
    {STR_INIT("DecryptionFailure"), ERR_FORBIDDEN, false,
     "its KMS key does not decrypt it for this role"},
    {STR_INIT("ResourceNotFound"), ERR_NOT_FOUND, false,
     "there is no such secret, or no value was put into it yet"},
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

/* "com.amazonaws.secretsmanager#AccessDeniedException" -> "AccessDeniedException" */
static struct str type_of(const struct json *answer)
{
    struct str type = json_find_str(answer, STR("__type"));
    size_t hash = str_find_char(type, '#');
    return hash == SIZE_MAX ? type : str_slice(type, hash + 1, type.len);
}

/* The service's own sentence is left out: it names roles and accounts. */
static enum status refusal_tell(struct ctx *cx, int http_status, const struct json *answer,
                                bool *retry)
{
    struct str type = type_of(answer);
    for (size_t i = 0; i < ARRAY_LEN(refusals); i++) {
        if (str_has_prefix(type, refusals[i].type)) {
            *retry = refusals[i].retry;
            return fail(cx, refusals[i].status, "%s (HTTP %d, " STR_FMT ")", refusals[i].words,
                        http_status, STR_ARG(str_slice(type, 0, 60)));
        }
    }
    *retry = http_status >= 500 || http_status == 429;
    return fail(cx, http_status == 429 ? ERR_RATE_LIMITED : ERR_UPSTREAM,
                "HTTP %d, \"" STR_FMT "\"", http_status, STR_ARG(str_slice(type, 0, 60)));
}

/* SecretString, or the bytes of SecretBinary. */
static enum status value_take(struct ctx *cx, const struct json *answer, struct secret **secret)
{
    const struct json *text = json_find(answer, STR("SecretString"));
    const struct json *binary = json_find(answer, STR("SecretBinary"));
    struct str bytes = {0};
    if (text != NULL && text->type == JSON_STRING) {
        bytes = text->text;
    } else if (binary == NULL || binary->type != JSON_STRING ||
               !base64_decode(cx->arena, binary->text, &bytes)) {
        return fail(cx, ERR_UPSTREAM, "the answer holds no value");
    }
    if (bytes.len > SECRETS_MAX_BYTES) {
        return fail(cx, ERR_TOO_LARGE, "%zu bytes; the limit is %d", bytes.len, SECRETS_MAX_BYTES);
    }
    *secret = secret_new_copy(bytes);
    return OK;
}

/* The reader's own words might quote what stands around a fault. */
static enum status answer_read(struct ctx *cx, const struct http_response *res,
                               const struct json **answer)
{
    static const struct json_options options = {.max_depth = ANSWER_DEPTH};
    if (json_read(cx, res->body, &options, answer) != OK || (*answer)->type != JSON_OBJECT) {
        *answer = NULL;
        return fail(cx, ERR_UPSTREAM, "HTTP %d, and no JSON object in it", res->status);
    }
    return OK;
}

/* ---- the call -------------------------------------------------------------------------------- */

static enum status credentials_read(struct ctx *cx, struct http_sigv4 *sign)
{
    sign->key_id = str_from_cstr(getenv("AWS_ACCESS_KEY_ID"));
    sign->secret = str_from_cstr(getenv("AWS_SECRET_ACCESS_KEY"));
    sign->session_token = str_from_cstr(getenv("AWS_SESSION_TOKEN"));
    if (sign->key_id.len == 0 || sign->secret.len == 0) {
        return fail(cx, ERR_INTERNAL,
                    "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not both set");
    }
    return OK;
}

static struct str body_of(struct ctx *cx, struct str arn)
{
    struct buf buf = buf_in(cx->arena, KIB(16));
    struct json_writer w = json_writer_on(&buf);
    json_object_begin(&w);
    json_member_str(&w, "SecretId", arn);
    json_object_end(&w);
    return buf_str(&buf);
}

static enum status ask(struct ctx *cx, struct http *http, const struct http_request *req,
                       bool *retry, struct secret **secret)
{
    struct http_response res;
    const struct json *answer = NULL;
    *retry = false;
    TRY(http_send(cx, http, req, &res));
    enum status status = answer_read(cx, &res, &answer);
    if (res.status != 200) {
        return refusal_tell(cx, res.status, answer, retry);
    }
    return status == OK ? value_take(cx, answer, secret) : status;
}

static enum status fetch(struct ctx *cx, struct http *http, struct str text, struct secret **secret)
{
    static const struct http_field fields[] = {
        {STR_INIT("content-type"), STR_INIT("application/x-amz-json-1.1")},
        {STR_INIT("x-amz-target"), STR_INIT("secretsmanager.GetSecretValue")},
    };
    struct secret_arn arn;
    struct http_sigv4 sign = {.service = STR("secretsmanager")};
    struct http_request req = {
        .method = "POST",
        .plain_if_local = true,
        .fields = fields,
        .field_count = ARRAY_LEN(fields),
        .sign = &sign,
        .timeout_ms = ATTEMPT_MS,
        .max_body_bytes = MAX_ANSWER_BYTES,
        .idempotent = true,
        .attempts = ATTEMPTS,
    };
    bool retry = false;
    TRY(secret_arn_read(cx, text, &arn));
    TRY(endpoint_of(cx, &arn, &req.url));
    TRY(credentials_read(cx, &sign));
    sign.region = arn.region;
    req.body = body_of(cx, text);
    enum status status = ask(cx, http, &req, &retry, secret);
    if (status != OK && retry && http_backoff(cx, 2, RETRY_BASE_MS)) {
        status = ask(cx, http, &req, &retry, secret);
    }
    return status;
}

enum status secret_fetch(struct ctx *cx, struct http *http, struct str arn, struct secret **secret)
{
    struct arena scratch;
    struct arena *outer = cx->arena;
    arena_init(&scratch, SCRATCH_CHUNK_BYTES);
    cx->arena = &scratch; /* the answer, its tree, the token's line: nothing is left behind */
    enum status status = fetch(cx, http, arn, secret);
    cx->arena = outer;
    arena_wipe(&scratch);
    return status;
}
