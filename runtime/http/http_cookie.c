#include "runtime/lambda_http.h"

#include "shared/base/buf.h"
#include "shared/base/field.h"

/* RFC 6265 section 4.1.1, cookie-octet: visible ASCII but for what separates cookies. */
static bool is_cookie_value(struct str value)
{
    static const struct str refused = STR_INIT("\",;\\");
    for (size_t i = 0; i < value.len; i++) {
        char c = value.ptr[i];
        if (c <= ' ' || c >= 0x7f || str_find_char(refused, c) != SIZE_MAX) {
            return false;
        }
    }
    return true;
}

/* RFC 6265 section 4.1.1, av-octet */
static bool is_attribute(struct str value)
{
    for (size_t i = 0; i < value.len; i++) {
        char c = value.ptr[i];
        if (c < ' ' || c >= 0x7f || c == ';') {
            return false;
        }
    }
    return true;
}

/* RFC 6265bis section 4.1.3: what a name may promise. */
static bool keeps_its_promise(const struct http_cookie *cookie)
{
    if (str_has_prefix(cookie->name, STR("__Host-"))) {
        return cookie->is_secure && cookie->domain.len == 0 && str_eq(cookie->path, STR("/"));
    }
    return !str_has_prefix(cookie->name, STR("__Secure-")) || cookie->is_secure;
}

static enum status cookie_check(struct ctx *cx, const struct http_cookie *cookie)
{
    if (!field_is_token(cookie->name)) {
        return fail(cx, ERR_INVALID, "cookie: the name is no token");
    }
    if (!is_cookie_value(cookie->value)) {
        return fail(cx, ERR_INVALID, "cookie " STR_FMT ": the value has characters it cannot hold",
                    STR_ARG(cookie->name));
    }
    if (!is_attribute(cookie->path) || !is_attribute(cookie->domain)) {
        return fail(cx, ERR_INVALID, "cookie " STR_FMT ": the path or domain ends the attribute",
                    STR_ARG(cookie->name));
    }
    if (cookie->same_site == HTTP_SAME_SITE_NONE && !cookie->is_secure) {
        return fail(cx, ERR_INVALID, "cookie " STR_FMT ": SameSite=None needs Secure",
                    STR_ARG(cookie->name));
    }
    if (!keeps_its_promise(cookie)) {
        return fail(cx, ERR_INVALID,
                    "cookie " STR_FMT ": __Secure- needs Secure; __Host- also Path=/ and no Domain",
                    STR_ARG(cookie->name));
    }
    return OK;
}

static void add_attribute(struct buf *out, const char *name, struct str value)
{
    if (value.len > 0) {
        buf_addf(out, "; %s=", name);
        buf_add(out, value);
    }
}

enum status http_cookie_format(struct ctx *cx, const struct http_cookie *cookie, struct str *out)
{
    static const struct str sites[] = {STR_INIT(""), STR_INIT("Lax"), STR_INIT("Strict"),
                                       STR_INIT("None")};
    TRY(cookie_check(cx, cookie));
    struct buf text = buf_in(cx->arena, KIB(64));
    buf_add(&text, cookie->name);
    buf_add_char(&text, '=');
    buf_add(&text, cookie->value);
    add_attribute(&text, "Path", cookie->path);
    add_attribute(&text, "Domain", cookie->domain);
    if (cookie->max_age_s != 0) {
        int64_t age = cookie->max_age_s < 0 ? 0 : cookie->max_age_s;
        buf_addf(&text, "; Max-Age=%lld", (long long)age);
    }
    buf_add(&text, cookie->is_http_only ? STR("; HttpOnly") : STR(""));
    buf_add(&text, cookie->is_secure ? STR("; Secure") : STR(""));
    add_attribute(&text, "SameSite", sites[cookie->same_site]);
    if (text.full) {
        return fail(cx, ERR_INVALID, "cookie " STR_FMT ": longer than 64 KiB",
                    STR_ARG(cookie->name));
    }
    *out = buf_str(&text);
    return OK;
}

struct http_answer http_redirect(struct arena *arena, int status, struct str location)
{
    struct http_header *header = ARENA_NEW(arena, struct http_header);
    *header = (struct http_header){.name = STR("location"), .value = location};
    return (struct http_answer){.status = status, .headers = header, .header_count = 1};
}
