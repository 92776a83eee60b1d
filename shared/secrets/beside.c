/*
 * The AWS Parameters and Secrets Lambda Extension: a process beside the function that fetches and
 * keeps secrets, asked over loopback. What it says on failure is documented by example alone: AWS's
 * error as text, under a status that varies; so the text is searched for the names of errors.
 *
 * Sources: Lambda Developer Guide, "with-secrets-manager"; Systems Manager User Guide,
 * "ps-integration-lambda-extensions".
 */
#include "shared/base/clock.h"
#include "shared/base/field.h"
#include "shared/base/percent.h"
#include "shared/secrets/internal.h"

#include <stdlib.h>

enum {
    DEFAULT_PORT = 2773,
    MAX_PORT = 65535,
    ATTEMPT_MS = 3000,
    FIRST_PAUSE_MS = 5,
    LONGEST_PAUSE_MS = 100,
    PATIENCE_MS = 1000, /* it starts beside the function, and may not be ready yet */
    MAX_PATH_BYTES = 16 * 1024,
};

static const struct {
    struct str path, last;
} calls[] = {
    [SECRETS_MANAGER] = {STR_INIT("/secretsmanager/get?secretId="), STR_INIT("")},
    [PARAMETER_STORE] = {STR_INIT("/systemsmanager/parameters/get?name="),
                         STR_INIT("&withDecryption=true")},
};

static enum status url_make(struct ctx *cx, const struct secret_arn *arn, struct str *url)
{
    struct str port = str_from_cstr(getenv("PARAMETERS_SECRETS_EXTENSION_HTTP_PORT"));
    int64_t number = DEFAULT_PORT;
    if (port.len > 0 && (!str_to_i64(port, &number) || number < 1 || number > MAX_PORT)) {
        return fail(cx, ERR_INTERNAL, "PARAMETERS_SECRETS_EXTENSION_HTTP_PORT is no port");
    }
    struct buf buf = buf_in(cx->arena, MAX_PATH_BYTES);
    buf_addf(&buf, "http://localhost:%d", (int)number);
    buf_add(&buf, calls[arn->service].path);
    percent_add(&buf, arn->text);
    buf_add(&buf, calls[arn->service].last);
    *url = buf_str(&buf);
    return OK;
}

static bool is_early(const struct http_response *res)
{
    return res->status == 400 && str_find(res->body, STR("not ready to serve traffic")) != SIZE_MAX;
}

static bool pause_ms(const struct ctx *cx, int64_t ms)
{
    if (ctx_remaining_ms(cx, ms + 1) <= ms) {
        return false;
    }
    clock_sleep_ms(ms);
    return true;
}

static enum status ask(struct ctx *cx, struct http *http, const struct http_request *req,
                       struct http_response *res)
{
    int64_t ends_us = clock_mono_us() + (int64_t)PATIENCE_MS * 1000;
    int64_t wait_ms = FIRST_PAUSE_MS;
    while (true) {
        TRY(http_send(cx, http, req, res));
        if (!is_early(res) || clock_mono_us() >= ends_us || !pause_ms(cx, wait_ms)) {
            return OK;
        }
        wait_ms = wait_ms < LONGEST_PAUSE_MS ? wait_ms * 2 : LONGEST_PAUSE_MS;
    }
}

static enum status refused(struct ctx *cx, const struct http_response *res)
{
    bool retry;
    struct str type = secret_refusal_find(res->body);
    if (type.len > 0) {
        return secret_refusal_tell(cx, res->status, type, &retry);
    }
    if (res->status == 401 || res->status == 403) {
        return fail(cx, ERR_UNAUTHENTICATED, "the extension refused the token (HTTP %d)",
                    res->status);
    }
    return fail(cx, res->status == 404 ? ERR_NOT_FOUND : ERR_UPSTREAM, "the extension said HTTP %d",
                res->status);
}

enum status secret_fetch_beside(struct ctx *cx, struct http *http, const struct secret_arn *arn,
                                struct secret **secret)
{
    struct http_response res;
    const struct json *answer = NULL;
    struct str token = str_from_cstr(getenv("AWS_SESSION_TOKEN"));
    const struct http_field field = {STR("X-Aws-Parameters-Secrets-Token"), token};
    struct http_request req = {
        .plain_if_local = true,
        .fields = &field,
        /* What would end the line is not sent: the extension then says 401. */
        .field_count = token.len > 0 && field_is_visible(token) ? 1 : 0,
        .timeout_ms = ATTEMPT_MS,
        .max_body_bytes = SECRET_MAX_ANSWER_BYTES,
        .idempotent = true,
        .attempts = 2,
        .no_trace = true,
    };
    TRY(url_make(cx, arn, &req.url));
    enum status status = ask(cx, http, &req, &res);
    if (status != OK) {
        return err_while(cx, status, "the Parameters and Secrets extension");
    }
    if (res.status != 200) {
        return refused(cx, &res);
    }
    TRY(secret_answer_read(cx, &res, &answer));
    return secret_value_take(cx, arn->service, answer, secret);
}
