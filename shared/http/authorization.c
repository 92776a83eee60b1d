/*
 * Signature Version 4 in an Authorization field. libcurl's own signs transfers of libcurl's alone,
 * and takes a path as it is, while every service but S3 wants it encoded once more: a Bedrock model
 * id with a colon would be refused. Source: IAM User Guide, "Create a signed AWS API request".
 */
#include "shared/http/internal.h"

#include "shared/base/percent.h"
#include "shared/http/sigv4.h"

/* ---- what is signed -------------------------------------------------------------------------- */

/* The path as it is sent, encoded again, its slashes kept. */
static void path_add(struct buf *out, struct str target)
{
    struct str rest = target, part;
    bool is_first = true;
    while (str_split_next(&rest, '/', &part)) {
        if (!is_first) {
            buf_add_char(out, '/');
        }
        is_first = false;
        percent_add(out, part);
    }
    if (out->ptr[out->len - 1] == '\n') {
        buf_add_char(out, '/');
    }
}

/* Names in the order that the signature demands; empty values are not sent. */
struct signed_field {
    const char *name;
    struct str value;
};

static void names_add(struct buf *out, const struct signed_field *fields, size_t count)
{
    bool is_first = true;
    for (size_t i = 0; i < count; i++) {
        if (fields[i].value.len > 0) {
            buf_addf(out, "%s%s", is_first ? "" : ";", fields[i].name);
            is_first = false;
        }
    }
}

static bool request_add(struct buf *out, const struct http_signing *what,
                        const struct signed_field *fields, size_t count)
{
    buf_addf(out, "%s\n", what->method);
    path_add(out, what->target);
    buf_add(out, STR("\n\n")); /* and no query */
    for (size_t i = 0; i < count; i++) {
        if (fields[i].value.len > 0) {
            buf_addf(out, "%s:" STR_FMT "\n", fields[i].name, STR_ARG(fields[i].value));
        }
    }
    buf_add_char(out, '\n');
    names_add(out, fields, count);
    buf_add_char(out, '\n');
    return sigv4_hash_add(out, what->body);
}

/* ---- the field ------------------------------------------------------------------------------- */

enum status http_sigv4_add(struct ctx *cx, const struct http_sigv4 *sign,
                           const struct http_signing *what, struct buf *head)
{
    struct sigv4_scope scope;
    sigv4_scope_make(cx->arena, sign, what->now_ms, &scope);
    const struct signed_field fields[] = {
        {"content-type", what->content_type},
        {"host", what->host},
        {"x-amz-date", str_from_cstr(scope.stamp)},
        {"x-amz-security-token", sign->session_token},
    };
    struct buf request = buf_in(cx->arena, SIZE_MAX);
    bool done = request_add(&request, what, fields, ARRAY_LEN(fields));
    buf_addf(head,
             "x-amz-date: %s\r\nauthorization: AWS4-HMAC-SHA256 Credential=" STR_FMT "/" STR_FMT
             ", SignedHeaders=",
             scope.stamp, STR_ARG(sign->key_id), STR_ARG(scope.text));
    names_add(head, fields, ARRAY_LEN(fields));
    buf_add(head, STR(", Signature="));
    if (!done || !sigv4_sign_add(head, sign, &scope, buf_str(&request))) {
        return fail(cx, ERR_INTERNAL, "the request cannot be signed");
    }
    buf_add(head, STR("\r\n"));
    return OK;
}
