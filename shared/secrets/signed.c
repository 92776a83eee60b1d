/*
 * GetSecretValue and GetParameter, once.
 */
#include "shared/secrets/internal.h"

#include <stdlib.h>

enum { ATTEMPT_MS = 3000, ATTEMPTS = 2, RETRY_BASE_MS = 400 };

static const struct {
    struct str name; /* in the address and in the signature */
    struct str target, id_member;
    const char *endpoint_env;
} services[] = {
    [SECRETS_MANAGER] = {STR_INIT("secretsmanager"), STR_INIT("secretsmanager.GetSecretValue"),
                         STR_INIT("SecretId"), "AWS_ENDPOINT_URL_SECRETS_MANAGER"},
    [PARAMETER_STORE] = {STR_INIT("ssm"), STR_INIT("AmazonSSM.GetParameter"), STR_INIT("Name"),
                         "AWS_ENDPOINT_URL_SSM"},
};

/*
 * Source: AWS General Reference, "AWS Secrets Manager endpoints and quotas",
 * "AWS Systems Manager endpoints and quotas".
 */
static const struct {
    struct str partition, suffix;
} suffixes[] = {
    {STR_INIT("aws"), STR_INIT("amazonaws.com")},
    {STR_INIT("aws-us-gov"), STR_INIT("amazonaws.com")},
    {STR_INIT("aws-cn"), STR_INIT("amazonaws.com.cn")},
};

static enum status endpoint_of(struct ctx *cx, const struct secret_arn *arn, struct str *url)
{
    const char *variable = services[arn->service].endpoint_env;
    *url = str_from_cstr(getenv(variable));
    if (url->len > 0) {
        return OK;
    }
    for (size_t i = 0; i < ARRAY_LEN(suffixes); i++) {
        if (str_eq(arn->partition, suffixes[i].partition)) {
            *url = arena_format(cx->arena, "https://" STR_FMT "." STR_FMT "." STR_FMT "/",
                                STR_ARG(services[arn->service].name), STR_ARG(arn->region),
                                STR_ARG(suffixes[i].suffix));
            return OK;
        }
    }
    return fail(cx, ERR_INVALID, "no address is known for this partition: set %s", variable);
}

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

static struct str body_of(struct ctx *cx, const struct secret_arn *arn)
{
    struct buf buf = buf_in(cx->arena, KIB(16));
    struct json_writer w = json_writer_on(&buf);
    json_object_begin(&w);
    json_key(&w, services[arn->service].id_member);
    json_str(&w, arn->text);
    if (arn->service == PARAMETER_STORE) {
        json_member_bool(&w, "WithDecryption", true);
    }
    json_object_end(&w);
    return buf_str(&buf);
}

/* "com.amazonaws.secretsmanager#AccessDeniedException" -> "AccessDeniedException" */
static struct str type_of(const struct json *answer)
{
    struct str type = json_find_str(answer, STR("__type"));
    size_t hash = str_find_char(type, '#');
    return hash == SIZE_MAX ? type : str_slice(type, hash + 1, type.len);
}

/* The service's own sentence is left out: it names roles and accounts. */
static enum status ask(struct ctx *cx, struct http *http, const struct http_request *req,
                       enum secret_service service, bool *retry, struct secret **secret)
{
    struct http_response res;
    const struct json *answer = NULL;
    *retry = false;
    TRY(http_send(cx, http, req, &res));
    enum status status = secret_answer_read(cx, &res, &answer);
    if (res.status != 200) {
        return secret_refusal_tell(cx, res.status, type_of(answer), retry);
    }
    return status == OK ? secret_value_take(cx, service, answer, secret) : status;
}

enum status secret_fetch_signed(struct ctx *cx, struct http *http, const struct secret_arn *arn,
                                struct secret **secret)
{
    const struct http_field fields[] = {
        {STR("content-type"), STR("application/x-amz-json-1.1")},
        {STR("x-amz-target"), services[arn->service].target},
    };
    struct http_sigv4 sign = {.service = services[arn->service].name, .region = arn->region};
    struct http_request req = {
        .method = "POST",
        .plain_if_local = true,
        .fields = fields,
        .field_count = ARRAY_LEN(fields),
        .sign = &sign,
        .timeout_ms = ATTEMPT_MS,
        .max_body_bytes = SECRET_MAX_ANSWER_BYTES,
        .idempotent = true,
        .attempts = ATTEMPTS,
    };
    bool retry = false;
    TRY(endpoint_of(cx, arn, &req.url));
    TRY(credentials_read(cx, &sign));
    req.body = body_of(cx, arn);
    enum status status = ask(cx, http, &req, arn->service, &retry, secret);
    if (status != OK && retry && http_backoff(cx, 2, RETRY_BASE_MS)) {
        status = ask(cx, http, &req, arn->service, &retry, secret);
    }
    return status;
}
