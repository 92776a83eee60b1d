/*
 * What may be sent, and how its head is written.
 */
#include "shared/http/internal.h"

#include "shared/base/buf.h"
#include "shared/base/field.h"
#include "shared/base/trace.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <unistd.h>

enum { MAX_URL_BYTES = 8192, MAX_HOST_BYTES = 255 };

/* ---- where to -------------------------------------------------------------------------------- */

static bool ipv4_is_local(struct in_addr address)
{
    uint32_t bits = ntohl(address.s_addr);
    return bits >> 24 == 127 || bits >> 16 == 0xA9FE; /* 127.0.0.0/8, 169.254.0.0/16 */
}

/* Names are not resolved: what they mean is decided elsewhere, and may change. */
static bool host_is_local(struct str host)
{
    char text[MAX_HOST_BYTES + 1];
    struct in_addr v4;
    struct in6_addr v6;
    if (str_has_prefix(host, STR("[")) && str_has_suffix(host, STR("]"))) {
        host = str_slice(host, 1, host.len - 1);
        return str_to_cstr(host, text, sizeof text) && inet_pton(AF_INET6, text, &v6) == 1 &&
               (IN6_IS_ADDR_LOOPBACK(&v6) || IN6_IS_ADDR_LINKLOCAL(&v6));
    }
    return str_eq_nocase(host, STR("localhost")) ||
           (str_to_cstr(host, text, sizeof text) && inet_pton(AF_INET, text, &v4) == 1 &&
            ipv4_is_local(v4));
}

static void curl_url_drop(CURLU **url)
{
    curl_url_cleanup(*url);
}

/* A part of the URL, copied; empty if it has none. */
static struct str url_part(struct ctx *cx, CURLU *url, CURLUPart part)
{
    char *text = NULL;
    if (curl_url_get(url, part, &text, 0) != CURLUE_OK) {
        return (struct str){0};
    }
    struct str copy = arena_str_copy(cx->arena, str_from_cstr(text));
    curl_free(text);
    return copy;
}

static enum status url_judge(struct ctx *cx, const struct http_request *req, CURLU *url)
{
    struct str scheme = url_part(cx, url, CURLUPART_SCHEME);
    struct str host = url_part(cx, url, CURLUPART_HOST);
    bool is_plain = str_eq(scheme, STR("http"));
    if (!is_plain && !str_eq(scheme, STR("https"))) {
        return fail(cx, ERR_INVALID, "the URL is not https");
    }
    if (is_plain && !(req->plain_if_local && host_is_local(host))) {
        return fail(cx, ERR_INVALID, "the URL is http, not https%s",
                    req->plain_if_local ? ", and not of this machine" : "");
    }
    if (url_part(cx, url, CURLUPART_USER).len > 0 ||
        url_part(cx, url, CURLUPART_PASSWORD).len > 0) {
        return fail(cx, ERR_INVALID, "the URL holds a user or a password");
    }
    /* A canonical query is sorted and encoded (SigV4), which libcurl 7.88 leaves to the caller. */
    if (req->sign != NULL && url_part(cx, url, CURLUPART_QUERY).len > 0) {
        return fail(cx, ERR_INVALID, "a URL with a query cannot be signed");
    }
    return OK;
}

static bool holds_control(struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (c < ' ' || c == 0x7F) {
            return true;
        }
    }
    return false;
}

static enum status url_check(struct ctx *cx, const struct http_request *req)
{
    if (req->url.len > MAX_URL_BYTES || holds_control(req->url)) {
        return fail(cx, ERR_INVALID, "the URL is too long or holds control characters");
    }
    DEFER(curl_url_drop) CURLU *url = curl_url();
    if (url == NULL) {
        return fail(cx, ERR_INTERNAL, "no memory for a URL");
    }
    char *text = arena_cstr_copy(cx->arena, req->url);
    if (curl_url_set(url, CURLUPART_URL, text, CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK) {
        return fail(cx, ERR_INVALID, "not a URL");
    }
    return url_judge(cx, req, url);
}

/* ---- what ------------------------------------------------------------------------------------ */

/* Fields that frame the message or name its receiver are libcurl's to write. */
static bool is_ours_to_write(struct str name)
{
    static const struct str framing[] = {
        STR_INIT("host"),
        STR_INIT("content-length"),
        STR_INIT("transfer-encoding"),
        STR_INIT("connection"),
    };
    for (size_t i = 0; i < ARRAY_LEN(framing); i++) {
        if (str_eq_nocase(name, framing[i])) {
            return false;
        }
    }
    return true;
}

static enum status fields_check(struct ctx *cx, const struct http_request *req)
{
    if (req->field_count > HTTP_MAX_FIELDS) {
        return fail(cx, ERR_INVALID, "%zu header fields; the limit is %d", req->field_count,
                    HTTP_MAX_FIELDS);
    }
    for (size_t i = 0; i < req->field_count; i++) {
        const struct http_field *field = &req->fields[i];
        if (!field_is_token(field->name) || !is_ours_to_write(field->name)) {
            return fail(cx, ERR_INVALID, "header field %zu has no name that may be sent", i);
        }
        /* An empty one would take a default of libcurl's away rather than be sent. */
        if (str_trim(field->value).len == 0 || holds_control(field->value)) {
            return fail(cx, ERR_INVALID, "header field " STR_FMT " has no value that may be sent",
                        STR_ARG(field->name));
        }
    }
    return OK;
}

/* They become parts of one text, "aws:amz:region:service". */
static bool is_scope_part(struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-')) {
            return false;
        }
    }
    return text.len > 0 && text.len <= 63; /* libcurl takes 64 bytes */
}

static enum status sign_check(struct ctx *cx, const struct http_sigv4 *sign)
{
    if (sign == NULL) {
        return OK;
    }
    if (!is_scope_part(sign->region) || !is_scope_part(sign->service)) {
        return fail(cx, ERR_INVALID, "a signature needs a region and a service");
    }
    if (sign->key_id.len == 0 || sign->secret.len == 0 || holds_control(sign->key_id) ||
        holds_control(sign->secret) || holds_control(sign->session_token)) {
        return fail(cx, ERR_INVALID, "a signature needs a key id and a secret");
    }
    return OK;
}

const char *http_request_method(const struct http_request *req)
{
    if (req->method != NULL) {
        return req->method;
    }
    return req->body.len > 0 ? "POST" : "GET";
}

enum status http_request_check(struct ctx *cx, const struct http_request *req)
{
    if (!field_is_token(str_from_cstr(http_request_method(req)))) {
        return fail(cx, ERR_INVALID, "the method is none");
    }
    TRY(fields_check(cx, req));
    TRY(sign_check(cx, req->sign));
    return url_check(cx, req);
}

/* ---- the head -------------------------------------------------------------------------------- */

static void lines_add(struct http_lines *lines, char *line)
{
    struct curl_slist *node = &lines->nodes[lines->count];
    node->data = line;
    node->next = NULL;
    if (lines->count > 0) {
        lines->nodes[lines->count - 1].next = node;
    }
    lines->count++;
}

static void lines_add_field(struct ctx *cx, struct http_lines *lines, struct str name,
                            struct str value)
{
    struct buf line = buf_in(cx->arena, SIZE_MAX);
    (void)buf_reserve(&line, name.len + value.len + 3);
    buf_add(&line, name);
    buf_add(&line, STR(": "));
    buf_add(&line, value);
    buf_add_char(&line, '\0');
    lines_add(lines, line.ptr);
}

static bool has_field(const struct http_request *req, struct str name)
{
    for (size_t i = 0; i < req->field_count; i++) {
        if (str_eq_nocase(req->fields[i].name, name)) {
            return true;
        }
    }
    return false;
}

static void lines_add_unless_given(struct ctx *cx, const struct http_request *req,
                                   struct http_lines *lines, struct str name, struct str value)
{
    if (value.len > 0 && !has_field(req, name)) {
        lines_add_field(cx, lines, name, value);
    }
}

/* A caller with a traceparent of its own speaks for the state as well. */
static void lines_add_trace(struct ctx *cx, const struct http_request *req,
                            struct http_lines *lines)
{
    struct trace_xray xray;
    bool has_xray = trace_xray_read(cx->trace_id, &xray);
    if (has_xray) {
        lines_add_unless_given(cx, req, lines, STR("x-amzn-trace-id"), cx->trace_id);
    }
    if (has_field(req, STR("traceparent"))) {
        return;
    }
    char parent[TRACE_PARENT_BYTES + 1];
    if (cx->traceparent.len > 0) {
        lines_add_field(cx, lines, STR("traceparent"), cx->traceparent);
        lines_add_unless_given(cx, req, lines, STR("tracestate"), cx->tracestate);
    } else if (has_xray && trace_parent_from_xray(&xray, parent)) {
        lines_add_field(cx, lines, STR("traceparent"), str_from_cstr(parent));
    }
}

void http_lines_make(struct ctx *cx, const struct http_request *req, struct http_lines *lines)
{
    *lines = (struct http_lines){0};
    for (size_t i = 0; i < req->field_count; i++) {
        lines_add_field(cx, lines, req->fields[i].name, str_trim(req->fields[i].value));
    }
    if (!has_field(req, STR("user-agent"))) {
        lines_add_field(cx, lines, STR("user-agent"), STR("clambda/0.1"));
    }
    if (req->body.len > 0 && !has_field(req, STR("content-type"))) {
        lines_add_field(cx, lines, STR("content-type"), STR("application/octet-stream"));
    }
    if (req->sign != NULL) {
        if (req->sign->session_token.len > 0) {
            lines_add_field(cx, lines, STR("x-amz-security-token"), req->sign->session_token);
        }
        return;
    }
    if (!req->no_trace) {
        lines_add_trace(cx, req, lines);
    }
    /*
     * A name alone takes libcurl's own line away: a large body must not wait for a 100. Not when it
     * signs: libcurl 7.88 would sign this line too, which is never sent.
     */
    static char no_expect[] = "Expect:";
    lines_add(lines, no_expect);
}

/* ---- whom to trust --------------------------------------------------------------------------- */

const char *http_roots_file(void)
{
    static const char *const bundles[] = {
        "/etc/pki/tls/certs/ca-bundle.crt",   /* Amazon Linux 2023 */
        "/etc/ssl/certs/ca-certificates.crt", /* Debian */
        "/etc/ssl/cert.pem",
    };
    const char *chosen = getenv("SSL_CERT_FILE");
    if (chosen != NULL && chosen[0] != '\0') {
        return chosen; /* also if it cannot be read: what was asked for is not replaced in silence
                        */
    }
    for (size_t i = 0; i < ARRAY_LEN(bundles); i++) {
        if (access(bundles[i], R_OK) == 0) {
            return bundles[i];
        }
    }
    return NULL;
}
