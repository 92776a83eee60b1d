#include "shared/secrets/rds_token.h"

#include "shared/base/percent.h"
#include "shared/http/sigv4.h"
#include "shared/secrets/database_url.h"

enum { MAX_TOKEN_BYTES = 8192, SCRATCH_CHUNK_BYTES = 32 * 1024 };

#define SHA256_OF_NOTHING "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

/* postgresql://user@host:port/database?parameters, in parts as written. */
struct place {
    struct str user, host, port, rest;
};

/* ---- the URL --------------------------------------------------------------------------------- */

static enum status place_read(struct ctx *cx, struct str url, struct place *place)
{
    struct str rest = url;
    bool is_postgres =
        str_skip_prefix(&rest, STR("postgresql://")) || str_skip_prefix(&rest, STR("postgres://"));
    size_t at = str_find_char(rest, '@');
    size_t slash = str_find_char(rest, '/');
    if (!is_postgres || at == SIZE_MAX || at == 0 || slash == SIZE_MAX || slash < at) {
        return fail(cx, ERR_INVALID, "not postgresql://user@host[:port]/database");
    }
    place->user = str_slice(rest, 0, at);
    place->rest = str_slice(rest, slash, rest.len);
    struct str host = str_slice(rest, at + 1, slash);
    size_t colon = str_find_char(host, ':');
    place->host = str_slice(host, 0, colon);
    place->port = colon == SIZE_MAX ? STR("5432") : str_slice(host, colon + 1, host.len);
    if (str_find_char(place->user, ':') != SIZE_MAX) {
        return fail(cx, ERR_INVALID, "it holds a password, in whose place the token stands");
    }
    if (str_find_char(place->user, '%') != SIZE_MAX) {
        return fail(cx, ERR_INVALID, "its user holds an escape");
    }
    int64_t port = 0;
    if (place->host.len == 0 || !str_to_i64(place->port, &port) || port < 1 || port > UINT16_MAX) {
        return fail(cx, ERR_INVALID, "it holds no host, or a port that is none");
    }
    return OK;
}

enum status rds_url_check(struct ctx *cx, struct str url)
{
    struct place place = {0};
    return place_read(cx, str_trim(url), &place);
}

/* ---- the signature --------------------------------------------------------------------------- */

/* The parameters that are signed, in the order of their names. */
static struct str query_make(struct arena *arena, const struct http_sigv4 *sign, struct str user,
                             const struct sigv4_scope *scope)
{
    struct buf query = buf_in(arena, MAX_TOKEN_BYTES);
    buf_add(&query, STR("Action=connect&DBUser="));
    percent_add(&query, user);
    buf_add(&query, STR("&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential="));
    percent_add(&query, sign->key_id);
    percent_add(&query, STR("/"));
    percent_add(&query, scope->text);
    buf_addf(&query, "&X-Amz-Date=%s&X-Amz-Expires=%d", scope->stamp, RDS_TOKEN_LIFE_S);
    if (sign->session_token.len > 0) {
        buf_add(&query, STR("&X-Amz-Security-Token="));
        percent_add(&query, sign->session_token);
    }
    buf_add(&query, STR("&X-Amz-SignedHeaders=host"));
    return query.full ? (struct str){0} : buf_str(&query);
}

static enum status token_make(struct ctx *cx, const struct rds_signer *signer,
                              const struct place *place, struct str *token)
{
    const struct http_sigv4 sign = {
        .region = signer->region,
        .service = STR("rds-db"),
        .key_id = signer->key_id,
        .secret = signer->secret,
        .session_token = signer->session_token,
    };
    struct sigv4_scope scope;
    sigv4_scope_make(cx->arena, &sign, signer->now_ms, &scope);
    struct str query = query_make(cx->arena, &sign, place->user, &scope);
    struct str host =
        arena_format(cx->arena, STR_FMT ":" STR_FMT, STR_ARG(place->host), STR_ARG(place->port));
    struct str request =
        arena_format(cx->arena, "GET\n/\n" STR_FMT "\nhost:" STR_FMT "\n\nhost\n" SHA256_OF_NOTHING,
                     STR_ARG(query), STR_ARG(host));
    struct buf made = buf_in(cx->arena, SIZE_MAX);
    buf_addf(&made, STR_FMT "/?" STR_FMT "&X-Amz-Signature=", STR_ARG(host), STR_ARG(query));
    if (query.len == 0 || !sigv4_sign_add(&made, &sign, &scope, request)) {
        return fail(cx, ERR_INTERNAL, "the login token cannot be made");
    }
    *token = buf_str(&made);
    return OK;
}

/* ---- both ------------------------------------------------------------------------------------ */

static enum status make(struct ctx *cx, struct str url, struct str root_cert,
                        const struct rds_signer *signer, struct secret **made)
{
    struct place place = {0};
    struct str token = {0};
    TRY(place_read(cx, url, &place));
    if (signer->key_id.len == 0 || signer->secret.len == 0 || signer->region.len == 0) {
        return fail(cx, ERR_INTERNAL,
                    "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_REGION are not all set");
    }
    TRY(token_make(cx, signer, &place, &token));
    struct buf whole = buf_in(cx->arena, SIZE_MAX);
    buf_addf(&whole, "postgresql://" STR_FMT ":", STR_ARG(place.user));
    percent_add(&whole, token);
    buf_addf(&whole, "@" STR_FMT ":" STR_FMT STR_FMT, STR_ARG(place.host), STR_ARG(place.port),
             STR_ARG(place.rest));
    struct secret *bare = secret_new_copy(buf_str(&whole));
    enum status status = database_url_make(cx, bare, root_cert, made);
    secret_free(bare);
    return status;
}

enum status rds_url_make(struct ctx *cx, struct str url, struct str root_cert,
                         const struct rds_signer *signer, struct secret **made)
{
    struct arena scratch;
    struct arena *outer = cx->arena;
    arena_init(&scratch, SCRATCH_CHUNK_BYTES);
    cx->arena = &scratch; /* keys and token on the way are overwritten */
    enum status status = make(cx, str_trim(url), root_cert, signer, made);
    cx->arena = outer;
    arena_wipe(&scratch);
    return status;
}
