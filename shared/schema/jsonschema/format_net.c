/*
 * Names and addresses: RFC 1123 section 2.1 (host names), RFC 5321 section 4.1.2 and RFC 6531
 * (mailboxes), RFC 2673 section 3.2 and RFC 4291 section 2.2 (addresses), RFC 3986 and 3987 (URIs,
 * IRIs), RFC 6570 (templates).
 */
#include "shared/schema/jsonschema/format.h"

#include <arpa/inet.h>

static bool is_alnum(char c)
{
    char lower = (char)(c | 0x20);
    return (c >= '0' && c <= '9') || (lower >= 'a' && lower <= 'z');
}

static bool is_in(char c, struct str set)
{
    return str_find_char(set, c) != SIZE_MAX;
}

static bool is_high(char c)
{
    return (unsigned char)c >= 0x80;
}

/* ---- hosts ---- */

static bool is_label(struct str label)
{
    for (size_t i = 0; i < label.len; i++) {
        bool is_edge = i == 0 || i + 1 == label.len;
        if (!is_alnum(label.ptr[i]) && (is_edge || label.ptr[i] != '-')) {
            return false;
        }
    }
    return label.len > 0 && label.len <= 63;
}

bool format_hostname(struct ctx *cx, struct str text)
{
    struct str rest = text, label = {0};
    (void)cx;
    while (str_split_next(&rest, '.', &label)) {
        if (!is_label(label)) {
            return false;
        }
    }
    return text.len > 0 && text.len <= 253;
}

static bool is_address(int family, struct str text)
{
    char copy[INET6_ADDRSTRLEN];
    unsigned char bytes[sizeof(struct in6_addr)];
    return str_to_cstr(text, copy, sizeof copy) && inet_pton(family, copy, bytes) == 1;
}

bool format_ipv4(struct ctx *cx, struct str text)
{
    (void)cx;
    return is_address(AF_INET, text);
}

bool format_ipv6(struct ctx *cx, struct str text)
{
    (void)cx;
    return is_address(AF_INET6, text);
}

/* ---- mailboxes ---- */

static bool is_atom_char(char c, bool allows_high)
{
    return is_alnum(c) || is_in(c, STR("!#$%&'*+-/=?^_`{|}~")) || (allows_high && is_high(c));
}

static bool is_dot_atom(struct str text, bool allows_high)
{
    bool after_dot = true;
    for (size_t i = 0; i < text.len; i++) {
        bool is_dot = text.ptr[i] == '.';
        if (is_dot ? after_dot : !is_atom_char(text.ptr[i], allows_high)) {
            return false;
        }
        after_dot = is_dot;
    }
    return !after_dot;
}

static bool is_quoted(struct str text)
{
    if (text.len < 2 || text.ptr[0] != '"' || text.ptr[text.len - 1] != '"') {
        return false;
    }
    for (size_t i = 1; i + 1 < text.len; i++) {
        i += text.ptr[i] == '\\';
        if (i + 1 >= text.len || text.ptr[i] < ' ' ||
            (text.ptr[i] == '"' && text.ptr[i - 1] != '\\')) {
            return false;
        }
    }
    return true;
}

static bool is_mail_host(struct ctx *cx, struct str host, bool allows_high)
{
    if (str_has_prefix(host, STR("[")) && str_has_suffix(host, STR("]"))) {
        struct str address = str_slice(host, 1, host.len - 1);
        return str_skip_prefix(&address, STR("IPv6:")) ? format_ipv6(cx, address)
                                                       : format_ipv4(cx, address);
    }
    return allows_high ? is_dot_atom(host, true) : format_hostname(cx, host);
}

static bool is_mailbox(struct ctx *cx, struct str text, bool allows_high)
{
    size_t at = text.len;
    while (at > 0 && text.ptr[at - 1] != '@') {
        at--;
    }
    struct str local = str_slice(text, 0, at == 0 ? 0 : at - 1);
    return at > 1 && local.len <= 64 && (is_dot_atom(local, allows_high) || is_quoted(local)) &&
           is_mail_host(cx, str_slice(text, at, text.len), allows_high);
}

bool format_email(struct ctx *cx, struct str text)
{
    return is_mailbox(cx, text, false);
}

bool format_idn_email(struct ctx *cx, struct str text)
{
    return is_mailbox(cx, text, true);
}

/* ---- URIs ---- */

/* Characters of `allowed`, letters, digits, %XX, and past ASCII if an IRI. */
static bool is_made_of(struct str text, struct str allowed, bool is_iri)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == '%') {
            bool is_encoded = i + 2 < text.len && str_hex_value(text.ptr[i + 1]) >= 0 &&
                              str_hex_value(text.ptr[i + 2]) >= 0;
            if (!is_encoded) {
                return false;
            }
            i += 2;
        } else if (!is_alnum(c) && !is_in(c, allowed) && !(is_iri && is_high(c))) {
            return false;
        }
    }
    return true;
}

static bool is_port(struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9') {
            return false;
        }
    }
    return true;
}

#define SUB_DELIMS "!$&'()*+,;=-._~"

static bool is_authority(struct ctx *cx, struct str text, bool is_iri)
{
    size_t at = str_find_char(text, '@');
    if (at != SIZE_MAX) {
        if (!is_made_of(str_slice(text, 0, at), STR(SUB_DELIMS ":"), is_iri)) {
            return false;
        }
        text = str_slice(text, at + 1, text.len);
    }
    if (str_has_prefix(text, STR("["))) {
        size_t close = str_find_char(text, ']');
        struct str port =
            close == SIZE_MAX ? (struct str){0} : str_slice(text, close + 1, text.len);
        return close != SIZE_MAX && format_ipv6(cx, str_slice(text, 1, close)) &&
               (port.len == 0 || (port.ptr[0] == ':' && is_port(str_slice(port, 1, port.len))));
    }
    size_t colon = str_find_char(text, ':');
    colon = colon == SIZE_MAX ? text.len : colon;
    return is_made_of(str_slice(text, 0, colon), STR(SUB_DELIMS), is_iri) &&
           is_port(str_slice(text, colon + 1, text.len));
}

static bool is_scheme(struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char lower = (char)(text.ptr[i] | 0x20);
        bool is_letter = lower >= 'a' && lower <= 'z';
        if (!is_letter && (i == 0 || (!is_alnum(text.ptr[i]) && !is_in(text.ptr[i], STR("+-."))))) {
            return false;
        }
    }
    return text.len > 0;
}

/* Takes what is before the first of `marks`. */
static struct str take_until(struct str *rest, struct str marks)
{
    size_t at = 0;
    while (at < rest->len && !is_in(rest->ptr[at], marks)) {
        at++;
    }
    struct str taken = str_slice(*rest, 0, at);
    *rest = str_slice(*rest, at, rest->len);
    return taken;
}

static bool is_uri(struct ctx *cx, struct str text, bool may_be_relative, bool is_iri)
{
    struct str rest = text, scheme = take_until(&rest, STR(":/?#"));
    bool has_scheme = str_has_prefix(rest, STR(":")) && is_scheme(scheme);
    if (!has_scheme && (!may_be_relative || str_has_prefix(rest, STR(":")))) {
        return false;
    }
    rest = has_scheme ? str_slice(rest, 1, rest.len) : text;
    if (str_skip_prefix(&rest, STR("//")) &&
        !is_authority(cx, take_until(&rest, STR("/?#")), is_iri)) {
        return false;
    }
    struct str path = take_until(&rest, STR("?#"));
    struct str query = take_until(&rest, STR("#"));
    struct str fragment = str_slice(rest, 1, rest.len);
    return is_made_of(path, STR(SUB_DELIMS ":@/"), is_iri) &&
           is_made_of(str_slice(query, 1, query.len), STR(SUB_DELIMS ":@/?"), is_iri) &&
           is_made_of(fragment, STR(SUB_DELIMS ":@/?"), is_iri);
}

bool format_uri(struct ctx *cx, struct str text)
{
    return is_uri(cx, text, false, false);
}

bool format_uri_reference(struct ctx *cx, struct str text)
{
    return is_uri(cx, text, true, false);
}

bool format_iri(struct ctx *cx, struct str text)
{
    return is_uri(cx, text, false, true);
}

bool format_iri_reference(struct ctx *cx, struct str text)
{
    return is_uri(cx, text, true, true);
}

/* ---- templates ---- */

static bool is_expression(struct str text)
{
    if (text.len > 0 && is_in(text.ptr[0], STR("+#./;?&=,!@|"))) {
        text = str_slice(text, 1, text.len);
    }
    struct str name = {0};
    bool any = false;
    while (str_split_next(&text, ',', &name)) {
        any = true;
        if (str_has_suffix(name, STR("*"))) {
            name.len--;
        }
        if (name.len == 0 || !is_made_of(name, STR("_.:"), false)) {
            return false;
        }
    }
    return any;
}

bool format_uri_template(struct ctx *cx, struct str text)
{
    (void)cx;
    while (text.len > 0) {
        struct str literal = take_until(&text, STR("{}"));
        for (size_t i = 0; i < literal.len; i++) {
            char c = literal.ptr[i];
            if ((!is_high(c) && c <= ' ') || is_in(c, STR("\"'<>\\^`|\x7F"))) {
                return false;
            }
        }
        if (text.len == 0) {
            break;
        }
        size_t close = str_find_char(text, '}');
        if (text.ptr[0] != '{' || close == SIZE_MAX || !is_expression(str_slice(text, 1, close))) {
            return false;
        }
        text = str_slice(text, close + 1, text.len);
    }
    return true;
}
