#include "shared/secrets/database_url.h"

#include "shared/base/buf.h"
#include "shared/base/percent.h"
#include "shared/json/json.h"

enum { MAX_URL_BYTES = 16384, JSON_DEPTH = 8, MAX_PORT = 65535, SCRATCH_CHUNK_BYTES = 8 * 1024 };

/* ---- TLS ------------------------------------------------------------------------------------- */

static bool has_parameter(struct str url, struct str name)
{
    size_t mark = str_find_char(url, '?');
    struct str rest = mark == SIZE_MAX ? (struct str){0} : str_slice(url, mark + 1, url.len);
    struct str pair;
    while (rest.ptr != NULL && str_split_next(&rest, '&', &pair)) {
        struct str key = str_slice(pair, 0, str_find_char(pair, '='));
        if (str_eq(key, name)) {
            return true;
        }
    }
    return false;
}

static void add_tls(struct buf *buf, struct str url, struct str root_cert)
{
    char separator = str_find_char(url, '?') == SIZE_MAX ? '?' : '&';
    if (!has_parameter(url, STR("sslmode"))) {
        buf_add_char(buf, separator);
        buf_add(buf, root_cert.len > 0 ? STR("sslmode=verify-full") : STR("sslmode=require"));
        separator = '&';
    }
    if (root_cert.len > 0 && !has_parameter(url, STR("sslrootcert"))) {
        buf_add_char(buf, separator);
        buf_add(buf, STR("sslrootcert="));
        percent_add(buf, root_cert);
    }
}

/* ---- the JSON of RDS ------------------------------------------------------------------------- */

static enum status member_get(struct ctx *cx, const struct json *root, const char *name,
                              struct str *value)
{
    const struct json *member = json_find(root, str_from_cstr(name));
    if (member == NULL || member->type != JSON_STRING || member->text.len == 0 ||
        str_find_char(member->text, '\0') != SIZE_MAX) {
        return fail(cx, ERR_INVALID, "\"%s\" is missing, or not a text", name);
    }
    *value = member->text;
    return OK;
}

static enum status engine_check(struct ctx *cx, const struct json *root)
{
    static const struct str known[] = {
        STR_INIT("postgres"),
        STR_INIT("postgresql"),
        STR_INIT("aurora-postgresql"),
    };
    struct str engine = json_find_str(root, STR("engine"));
    if (json_find(root, STR("engine")) == NULL) {
        return OK;
    }
    for (size_t i = 0; i < ARRAY_LEN(known); i++) {
        if (str_eq(engine, known[i])) {
            return OK;
        }
    }
    return fail(cx, ERR_INVALID, "\"engine\" is not postgres");
}

/* A number, or its text: rotation functions of either habit are about. */
static enum status port_get(struct ctx *cx, const struct json *root, int64_t *port)
{
    const struct json *member = json_find(root, STR("port"));
    *port = 5432;
    if (member == NULL) {
        return OK;
    }
    bool is_number =
        member->type == JSON_STRING ? str_to_i64(member->text, port) : json_is_i64(member, port);
    if (!is_number || *port < 1 || *port > MAX_PORT) {
        return fail(cx, ERR_INVALID, "\"port\" is not a port");
    }
    return OK;
}

/* A name or an address; a colon only within an IPv6 address. */
static enum status host_add(struct ctx *cx, struct buf *buf, struct str host)
{
    bool is_ipv6 = str_find_char(host, ':') != SIZE_MAX;
    for (size_t i = 0; i < host.len; i++) {
        char c = host.ptr[i];
        bool is_alnum = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!is_alnum && (c == '\0' || strchr("-._~:", c) == NULL)) {
            return fail(cx, ERR_INVALID, "\"host\" is not the name of a host");
        }
    }
    buf_add(buf, is_ipv6 ? STR("[") : STR(""));
    buf_add(buf, host);
    buf_add(buf, is_ipv6 ? STR("]") : STR(""));
    return OK;
}

static enum status json_to_url(struct ctx *cx, struct str text, struct buf *buf)
{
    static const struct json_options options = {.max_depth = JSON_DEPTH};
    const struct json *root = NULL;
    struct str user = {0};
    struct str password = {0};
    struct str host = {0};
    struct str database = {0};
    int64_t port = 0;
    if (json_read(cx, text, &options, &root) != OK || root->type != JSON_OBJECT) {
        return fail(cx, ERR_INVALID, "it begins as JSON, and is none"); /* the reader may quote */
    }
    TRY(engine_check(cx, root));
    TRY(member_get(cx, root, "username", &user));
    TRY(member_get(cx, root, "password", &password));
    TRY(member_get(cx, root, "host", &host));
    TRY(member_get(cx, root, "dbname", &database));
    TRY(port_get(cx, root, &port));
    buf_add(buf, STR("postgresql://"));
    percent_add(buf, user);
    buf_add_char(buf, ':');
    percent_add(buf, password);
    buf_add_char(buf, '@');
    TRY(host_add(cx, buf, host));
    buf_addf(buf, ":%lld/", (long long)port);
    percent_add(buf, database);
    return OK;
}

/* ---- either ---------------------------------------------------------------------------------- */

static enum status url_take(struct ctx *cx, struct str text, struct buf *buf)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (c <= ' ' || c == 0x7F) {
            return fail(cx, ERR_INVALID, "the URL holds blanks or control characters");
        }
    }
    buf_add(buf, text);
    return OK;
}

static enum status make(struct ctx *cx, struct str text, struct str root_cert, struct secret **url)
{
    struct buf buf = buf_in(cx->arena, MAX_URL_BYTES);
    if (str_has_prefix(text, STR("{"))) {
        TRY(json_to_url(cx, text, &buf));
    } else if (str_has_prefix(text, STR("postgresql://")) ||
               str_has_prefix(text, STR("postgres://"))) {
        TRY(url_take(cx, text, &buf));
    } else {
        return fail(cx, ERR_INVALID, "neither postgresql://... nor the JSON of RDS");
    }
    add_tls(&buf, arena_str_copy(cx->arena, buf_str(&buf)), root_cert);
    if (buf.full) {
        return fail(cx, ERR_INVALID, "the URL has more than %d bytes", MAX_URL_BYTES);
    }
    *url = secret_new_copy(buf_str(&buf));
    return OK;
}

enum status database_url_make(struct ctx *cx, const struct secret *secret, struct str root_cert,
                              struct secret **url)
{
    struct arena scratch;
    struct arena *outer = cx->arena;
    arena_init(&scratch, SCRATCH_CHUNK_BYTES);
    cx->arena = &scratch; /* every copy of the password on the way is overwritten */
    enum status status = make(cx, str_trim(secret_reveal(secret)), root_cert, url);
    cx->arena = outer;
    arena_wipe(&scratch);
    return status == OK ? OK : err_while(cx, status, "the database's secret");
}
