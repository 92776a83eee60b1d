#include "shared/auth/internal.h"

#include "shared/base/base64.h"

enum { HEADER_DEPTH = 4, KID_SHOWN_BYTES = 40 };

struct parts {
    struct str header, payload, signature; /* as written */
    struct str signed_bytes;               /* header.payload */
};

/* Exactly three parts, none empty. */
static bool parts_split(struct str token, struct parts *parts)
{
    struct str rest = token;
    struct str none;
    if (!str_split_next(&rest, '.', &parts->header) ||
        !str_split_next(&rest, '.', &parts->payload) ||
        !str_split_next(&rest, '.', &parts->signature) || str_split_next(&rest, '.', &none)) {
        return false;
    }
    parts->signed_bytes = str_slice(token, 0, parts->header.len + 1 + parts->payload.len);
    return parts->header.len > 0 && parts->payload.len > 0 && parts->signature.len > 0;
}

/*
 * Members that change what a token is, or bring a key along. None is ever followed; a token of ours
 * has none, so one that has any is refused rather than half understood. `crit` lists extensions
 * that must be understood, and none is (RFC 7515 section 4.1.11).
 */
static const struct str forbidden[] = {
    STR_INIT("crit"), STR_INIT("jku"), STR_INIT("jwk"), STR_INIT("x5u"), STR_INIT("x5c"),
    STR_INIT("b64"),  STR_INIT("zip"), STR_INIT("enc"), STR_INIT("cty"),
};

/* RFC 7519 section 5.1; RFC 9068 section 2.1; "application/" may be left out, case does not count.
 */
static const struct str types[] = {STR_INIT("JWT"), STR_INIT("at+jwt")};

static bool type_is_ours(const struct json *typ)
{
    if (typ == NULL) {
        return true;
    }
    struct str name = typ->text;
    if (typ->type != JSON_STRING) {
        return false;
    }
    (void)str_skip_prefix_nocase(&name, STR("application/"));
    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        if (str_eq_nocase(name, types[i])) {
            return true;
        }
    }
    return false;
}

static enum status header_read(struct ctx *cx, struct str encoded, const struct json **header)
{
    static const struct json_options options = {.max_depth = HEADER_DEPTH};
    struct str text;
    if (!base64url_decode(cx->arena, encoded, &text)) {
        return fail(cx, ERR_UNAUTHENTICATED, "token: the header is not base64url");
    }
    if (json_read(cx, text, &options, header) != OK || (*header)->type != JSON_OBJECT) {
        return fail(cx, ERR_UNAUTHENTICATED, "token: the header is not a JSON object");
    }
    for (size_t i = 0; i < ARRAY_LEN(forbidden); i++) {
        if (json_find(*header, forbidden[i]) != NULL) {
            return fail(cx, ERR_UNAUTHENTICATED, "token: header member " STR_FMT,
                        STR_ARG(forbidden[i]));
        }
    }
    if (!type_is_ours(json_find(*header, STR("typ")))) {
        return fail(cx, ERR_UNAUTHENTICATED, "token: typ is not JWT");
    }
    return OK;
}

static enum status key_choose(struct ctx *cx, const struct key_set *keys, const struct json *header,
                              const struct key **key)
{
    const struct json *kid = json_find(header, STR("kid"));
    const struct json *alg = json_find(header, STR("alg"));
    if (kid != NULL && kid->type != JSON_STRING) {
        return fail(cx, ERR_UNAUTHENTICATED, "token: kid is not a string");
    }
    struct str id = kid == NULL ? STR("") : kid->text;
    *key = key_set_find(keys, kid != NULL, id);
    if (*key == NULL) {
        struct str shown = str_slice(id, 0, KID_SHOWN_BYTES);
        return fail(cx, ERR_UNAUTHENTICATED, "token: no key with id \"" STR_FMT "\"",
                    STR_ARG(shown));
    }
    if (alg == NULL || alg->type != JSON_STRING || !str_eq(alg->text, auth_alg_name((*key)->alg))) {
        return fail(cx, ERR_UNAUTHENTICATED, "token: alg is not the key's, " STR_FMT,
                    STR_ARG(auth_alg_name((*key)->alg)));
    }
    return OK;
}

enum status jwt_open(struct ctx *cx, const struct key_set *keys, struct str token,
                     struct str *payload, bool *key_is_unknown)
{
    struct parts parts;
    const struct json *header = NULL;
    const struct key *key = NULL;
    struct str signature;
    *key_is_unknown = false;
    if (token.len > AUTH_MAX_TOKEN_BYTES) {
        return fail(cx, ERR_UNAUTHENTICATED, "token: %zu bytes", token.len);
    }
    if (!parts_split(token, &parts)) {
        return fail(cx, ERR_UNAUTHENTICATED, "token: not three parts");
    }
    TRY(header_read(cx, parts.header, &header));
    enum status status = key_choose(cx, keys, header, &key);
    if (status != OK) {
        *key_is_unknown = key == NULL && json_find_str(header, STR("kid")).len > 0;
        return status;
    }
    if (!base64url_decode(cx->arena, parts.signature, &signature) ||
        !base64url_decode(cx->arena, parts.payload, payload)) {
        return fail(cx, ERR_UNAUTHENTICATED, "token: not base64url");
    }
    if (!signature_is_valid(key, parts.signed_bytes, signature)) {
        return fail(cx, ERR_UNAUTHENTICATED, "token: the signature does not hold");
    }
    return OK;
}
