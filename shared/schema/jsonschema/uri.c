#include "shared/schema/jsonschema/uri.h"

#include "shared/base/buf.h"

/* Each with its mark: "https:", "//host", "/path", "?query"; empty: it is not there. */
struct uri {
    struct str scheme, authority, path, query;
};

static bool is_scheme(struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i], lower = (char)(c | 0x20);
        bool is_letter = lower >= 'a' && lower <= 'z';
        bool is_more = (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
        if (!is_letter && (i == 0 || !is_more)) {
            return false;
        }
    }
    return text.len > 0;
}

static size_t first_of(struct str text, struct str marks)
{
    for (size_t i = 0; i < text.len; i++) {
        if (str_find_char(marks, text.ptr[i]) != SIZE_MAX) {
            return i;
        }
    }
    return text.len;
}

static struct str take(struct str *rest, size_t len)
{
    struct str taken = str_slice(*rest, 0, len);
    *rest = str_slice(*rest, len, rest->len);
    return taken;
}

static struct uri uri_of(struct str text)
{
    struct uri uri = {0};
    struct str rest = take(&text, first_of(text, STR("#")));
    size_t colon = first_of(rest, STR(":/?"));
    if (colon < rest.len && rest.ptr[colon] == ':' && is_scheme(str_slice(rest, 0, colon))) {
        uri.scheme = take(&rest, colon + 1);
    }
    if (str_has_prefix(rest, STR("//"))) {
        uri.authority = take(&rest, 2 + first_of(str_slice(rest, 2, rest.len), STR("/?")));
    }
    uri.path = take(&rest, first_of(rest, STR("?")));
    uri.query = rest;
    return uri;
}

/* Section 5.2.4: takes the last segment of `out` away, but nothing before `start`. */
static void drop_segment(struct buf *out, size_t start)
{
    while (out->len > start && out->ptr[out->len - 1] != '/') {
        out->len--;
    }
    out->len -= out->len > start;
}

static void add_path(struct buf *out, struct str path)
{
    size_t start = out->len;
    while (path.len > 0) {
        if (str_has_prefix(path, STR("/../")) || str_eq(path, STR("/.."))) {
            drop_segment(out, start);
            path = path.len == 3 ? STR("/") : str_slice(path, 3, path.len);
        } else if (str_has_prefix(path, STR("/./")) || str_eq(path, STR("/."))) {
            path = path.len == 2 ? STR("/") : str_slice(path, 2, path.len);
        } else {
            size_t next = 1 + first_of(str_slice(path, 1, path.len), STR("/"));
            buf_add(out, take(&path, next));
        }
    }
}

/* Section 5.2.3. */
static struct str merged(struct arena *arena, const struct uri *base, struct str path)
{
    struct buf out = buf_in(arena, base->path.len + path.len + 1);
    size_t end = base->path.len;
    while (end > 0 && base->path.ptr[end - 1] != '/') {
        end--;
    }
    bool is_bare = base->authority.len > 0 && base->path.len == 0;
    buf_add(&out, is_bare ? STR("/") : str_slice(base->path, 0, end));
    buf_add(&out, path);
    return buf_str(&out);
}

/* Section 5.2.2. */
static struct uri transformed(struct arena *arena, struct uri base, struct uri reference)
{
    if (reference.scheme.len > 0) {
        return reference;
    }
    reference.scheme = base.scheme;
    if (reference.authority.len > 0) {
        return reference;
    }
    reference.authority = base.authority;
    if (reference.path.len == 0) {
        reference.path = base.path;
        reference.query = reference.query.len > 0 ? reference.query : base.query;
    } else if (reference.path.ptr[0] != '/') {
        reference.path = merged(arena, &base, reference.path);
    }
    return reference;
}

struct str uri_resolve(struct arena *arena, struct str base, struct str reference)
{
    struct uri uri = transformed(arena, uri_of(base), uri_of(reference));
    struct buf out = buf_in(arena, base.len + reference.len + 2);
    buf_add(&out, uri.scheme);
    buf_add(&out, uri.authority);
    add_path(&out, uri.path);
    buf_add(&out, uri.query);
    return buf_str(&out);
}

bool uri_fragment(struct arena *arena, struct str reference, struct str *fragment)
{
    size_t mark = first_of(reference, STR("#"));
    struct str rest = str_slice(reference, mark + 1, reference.len);
    struct buf out = buf_in(arena, rest.len + 1);
    for (size_t i = 0; i < rest.len; i++) {
        if (rest.ptr[i] != '%') {
            buf_add_char(&out, rest.ptr[i]);
            continue;
        }
        int high = i + 2 < rest.len ? str_hex_value(rest.ptr[i + 1]) : -1;
        int low = i + 2 < rest.len ? str_hex_value(rest.ptr[i + 2]) : -1;
        if (high < 0 || low < 0) {
            return false;
        }
        buf_add_char(&out, (char)(high << 4 | low));
        i += 2;
    }
    *fragment = buf_str(&out);
    return true;
}
