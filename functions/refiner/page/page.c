#include "functions/refiner/page/page.h"

#include "shared/base/buf.h"
#include "shared/base/uuid.h"

extern const char refiner_page_begin[], refiner_page_end[];

/* The assembler takes the file in; the path is from the root, where everything is compiled. */
__asm__(".pushsection .rodata\n"
        ".globl refiner_page_begin\n"
        ".globl refiner_page_end\n"
        "refiner_page_begin:\n"
        ".incbin \"functions/refiner/page/page.html\"\n"
        "refiner_page_end:\n"
        ".byte 0\n"
        ".popsection\n");

static const struct str NONCE_MARK = STR_INIT("@NONCE@");

static struct str page_with(struct ctx *cx, struct str nonce)
{
    struct str page = {refiner_page_begin, (size_t)(refiner_page_end - refiner_page_begin)};
    struct buf out = buf_in(cx->arena, page.len + KIB(1));
    for (size_t at = str_find(page, NONCE_MARK); at != SIZE_MAX; at = str_find(page, NONCE_MARK)) {
        buf_add(&out, str_slice(page, 0, at));
        buf_add(&out, nonce);
        page = str_slice(page, at + NONCE_MARK.len, page.len);
    }
    buf_add(&out, page);
    return buf_str(&out);
}

/* Only the page's own script and style run, and it talks to nobody but where it came from. */
static struct str policy_with(struct ctx *cx, struct str nonce)
{
    return arena_format(cx->arena,
                        "default-src 'none'; script-src 'nonce-" STR_FMT
                        "'; style-src 'nonce-" STR_FMT
                        "'; connect-src 'self'; img-src data:; base-uri 'none'; "
                        "form-action 'none'; frame-ancestors 'none'",
                        STR_ARG(nonce), STR_ARG(nonce));
}

enum status refiner_page(struct ctx *cx, const struct http_event *event,
                         const struct http_params *params, struct http_answer *answer, void *app)
{
    enum { HEADERS = 4 };
    (void)event;
    (void)params;
    (void)app;
    char *nonce = ARENA_ARRAY(cx->arena, char, UUID_TEXT_LEN + 1);
    struct http_header *headers = ARENA_ARRAY(cx->arena, struct http_header, HEADERS);
    uuid_v4(nonce);
    headers[0] = (struct http_header){STR("cache-control"), STR("no-store")};
    headers[1] = (struct http_header){STR("x-content-type-options"), STR("nosniff")};
    headers[2] = (struct http_header){STR("referrer-policy"), STR("no-referrer")};
    headers[3] =
        (struct http_header){STR("content-security-policy"), policy_with(cx, str_from_cstr(nonce))};
    answer->headers = headers;
    answer->header_count = HEADERS;
    answer->content_type = STR("text/html; charset=utf-8");
    answer->body = page_with(cx, str_from_cstr(nonce));
    return OK;
}
