#include "shared/secrets/rds_token.h"

#include "shared/base/clock.h"
#include "shared/base/percent.h"
#include "shared/secrets/database_url.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

enum { MAX_TOKEN_BYTES = 8192, STAMP_BYTES = 17, DATE_BYTES = 8, SCRATCH_CHUNK_BYTES = 32 * 1024 };

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

/* 20261128T173000Z, from 2026-11-28T17:30:00.000Z */
static void stamp_make(int64_t now_ms, char out[static STAMP_BYTES])
{
    char text[25];
    size_t len = 0;
    timestamp_format(now_ms, text);
    for (size_t i = 0; text[i] != '.'; i++) {
        if (text[i] != '-' && text[i] != ':') {
            out[len++] = text[i];
        }
    }
    out[len++] = 'Z';
    out[len] = '\0';
}

static struct str hex_of(struct arena *arena, const unsigned char *bytes, size_t count)
{
    struct buf hex = buf_in(arena, SIZE_MAX);
    for (size_t i = 0; i < count; i++) {
        buf_addf(&hex, "%02x", bytes[i]);
    }
    return buf_str(&hex);
}

/* `key` may be `out`. */
static bool hmac(const unsigned char *key, size_t key_len, struct str text,
                 unsigned char out[static SHA256_DIGEST_LENGTH])
{
    unsigned char digest[SHA256_DIGEST_LENGTH];
    unsigned len = 0;
    bool done = HMAC(EVP_sha256(), key, (int)key_len, (const unsigned char *)text.ptr, text.len,
                     digest, &len) != NULL;
    memcpy(out, digest, sizeof digest);
    explicit_bzero(digest, sizeof digest);
    return done;
}

/* The key of a day, a region and a service, then the signature itself, in `out`. */
static bool sign(struct arena *arena, const struct rds_signer *signer, struct str date,
                 struct str text, unsigned char out[static SHA256_DIGEST_LENGTH])
{
    struct str first = arena_format(arena, "AWS4" STR_FMT, STR_ARG(signer->secret));
    return hmac((const unsigned char *)first.ptr, first.len, date, out) &&
           hmac(out, SHA256_DIGEST_LENGTH, signer->region, out) &&
           hmac(out, SHA256_DIGEST_LENGTH, STR("rds-db"), out) &&
           hmac(out, SHA256_DIGEST_LENGTH, STR("aws4_request"), out) &&
           hmac(out, SHA256_DIGEST_LENGTH, text, out);
}

/* The parameters that are signed, in the order of their names. */
static struct str query_make(struct arena *arena, const struct rds_signer *signer, struct str user,
                             struct str scope, const char *stamp)
{
    struct buf query = buf_in(arena, MAX_TOKEN_BYTES);
    buf_add(&query, STR("Action=connect&DBUser="));
    percent_add(&query, user);
    buf_add(&query, STR("&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential="));
    percent_add(&query, signer->key_id);
    percent_add(&query, STR("/"));
    percent_add(&query, scope);
    buf_addf(&query, "&X-Amz-Date=%s&X-Amz-Expires=%d", stamp, RDS_TOKEN_LIFE_S);
    if (signer->session_token.len > 0) {
        buf_add(&query, STR("&X-Amz-Security-Token="));
        percent_add(&query, signer->session_token);
    }
    buf_add(&query, STR("&X-Amz-SignedHeaders=host"));
    return query.full ? (struct str){0} : buf_str(&query);
}

static enum status token_make(struct ctx *cx, const struct rds_signer *signer,
                              const struct place *place, struct str *token)
{
    char stamp[STAMP_BYTES];
    unsigned char digest[SHA256_DIGEST_LENGTH];
    stamp_make(signer->now_ms, stamp);
    struct str date = {.ptr = stamp, .len = DATE_BYTES};
    struct str scope = arena_format(cx->arena, STR_FMT "/" STR_FMT "/rds-db/aws4_request",
                                    STR_ARG(date), STR_ARG(signer->region));
    struct str query = query_make(cx->arena, signer, place->user, scope, stamp);
    struct str host =
        arena_format(cx->arena, STR_FMT ":" STR_FMT, STR_ARG(place->host), STR_ARG(place->port));
    struct str request =
        arena_format(cx->arena, "GET\n/\n" STR_FMT "\nhost:" STR_FMT "\n\nhost\n" SHA256_OF_NOTHING,
                     STR_ARG(query), STR_ARG(host));
    if (query.len == 0 ||
        EVP_Digest(request.ptr, request.len, digest, NULL, EVP_sha256(), NULL) != 1) {
        return fail(cx, ERR_INTERNAL, "the login token cannot be made");
    }
    struct str hash = hex_of(cx->arena, digest, sizeof digest);
    struct str text = arena_format(cx->arena, "AWS4-HMAC-SHA256\n%s\n" STR_FMT "\n" STR_FMT, stamp,
                                   STR_ARG(scope), STR_ARG(hash));
    if (!sign(cx->arena, signer, date, text, digest)) {
        return fail(cx, ERR_INTERNAL, "the login token cannot be signed");
    }
    struct str signature = hex_of(cx->arena, digest, sizeof digest);
    *token = arena_format(cx->arena, STR_FMT "/?" STR_FMT "&X-Amz-Signature=" STR_FMT,
                          STR_ARG(host), STR_ARG(query), STR_ARG(signature));
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
