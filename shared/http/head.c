/*
 * The head of a request, as bytes.
 */
#include "shared/http/internal.h"

struct http_place http_place_of(struct str url)
{
    size_t host_at = str_find(url, STR("://")) + 3;
    size_t end = host_at;
    while (end < url.len && url.ptr[end] != '/' && url.ptr[end] != '?' && url.ptr[end] != '#') {
        end++;
    }
    size_t fragment = str_find_char(url, '#'); /* stays with the client (RFC 9110 section 7.1) */
    return (struct http_place){
        .origin = str_slice(url, 0, end),
        .host = str_slice(url, host_at, end),
        .target = str_slice(url, end, fragment),
    };
}

static struct str content_type_of(const struct http_lines *lines)
{
    for (size_t i = 0; i < lines->count; i++) {
        struct str line = str_from_cstr(lines->nodes[i].data);
        if (str_skip_prefix_nocase(&line, STR("content-type:"))) {
            return str_trim(line);
        }
    }
    return (struct str){0};
}

/* Whether the head must tell how long the body is: RFC 9110 section 8.6. */
static bool has_length(const char *method, struct str body)
{
    return body.len > 0 || (strcmp(method, "GET") != 0 && strcmp(method, "DELETE") != 0);
}

static void target_add(struct buf *head, struct str target)
{
    if (target.len == 0 || target.ptr[0] != '/') {
        buf_add_char(head, '/');
    }
    buf_add(head, target);
}

enum status http_head_make(struct ctx *cx, const struct http_request *req,
                           const struct http_place *place, int64_t now_ms, struct buf *head)
{
    const char *method = http_request_method(req);
    struct http_lines lines;
    http_lines_make(cx, req, &lines);
    buf_add(head, str_from_cstr(method));
    buf_add_char(head, ' ');
    target_add(head, place->target);
    buf_add(head, STR(" HTTP/1.1\r\nhost: "));
    buf_add(head, place->host);
    buf_add(head, STR("\r\n"));
    for (size_t i = 0; i < lines.count; i++) {
        struct str line = str_from_cstr(lines.nodes[i].data);
        if (!str_has_suffix(line, STR(":"))) { /* a name alone is for libcurl */
            buf_add(head, line);
            buf_add(head, STR("\r\n"));
        }
    }
    if (has_length(method, req->body)) {
        buf_add(head, STR("content-length: "));
        buf_add_i64(head, (int64_t)req->body.len);
        buf_add(head, STR("\r\n"));
    }
    if (req->sign != NULL) {
        const struct http_signing what = {
            .method = method,
            .host = place->host,
            .target = place->target,
            .body = req->body,
            .content_type = content_type_of(&lines),
            .now_ms = now_ms,
        };
        TRY(http_sigv4_add(cx, req->sign, &what, head));
    }
    buf_add(head, STR("\r\n"));
    return OK;
}
