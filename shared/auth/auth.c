#include "shared/auth/auth.h"

#include "shared/auth/internal.h"
#include "shared/base/uuid.h"

#include <assert.h>

enum { CLAIMS_DEPTH = 16, MAX_AUDIENCES = 16, MS_PER_SECOND = 1000 };
static const double MAX_NUMERIC_DATE_S = 253402300799.0; /* 9999-12-31T23:59:59Z */

/* RFC 6750 section 2.1; `token` is a view into `header` */
static bool bearer_token(struct str header, struct str *token)
{
    struct str rest = str_trim(header);
    if (!str_skip_prefix_nocase(&rest, STR("Bearer "))) {
        return false;
    }
    *token = str_trim(rest);
    return token->len > 0;
}

/*
 * PostgreSQL's numeric ends before JSON's numbers do: at 131072 digits before the point and 16383
 * behind it. Without an exponent a header has no room for so many; with one, double ends earlier.
 */
static bool number_fits(const struct json *value)
{
    double number = 0;
    bool has_exponent =
        str_find_char(value->text, 'e') != SIZE_MAX || str_find_char(value->text, 'E') != SIZE_MAX;
    return json_is_f64(value, &number) && (!has_exponent || number < 0 || number > 0);
}

/* The claims go to PostgreSQL as jsonb, in every statement: what that cannot hold is refused here.
 * It keeps no U+0000 either. */
static bool is_jsonb(const struct json *value)
{
    if (str_find_char(value->key, '\0') != SIZE_MAX ||
        (value->type == JSON_STRING && str_find_char(value->text, '\0') != SIZE_MAX) ||
        (value->type == JSON_NUMBER && !number_fits(value))) {
        return false;
    }
    JSON_EACH (child, value) {
        if (!is_jsonb(child)) {
            return false;
        }
    }
    return true;
}

static enum status claims_read(struct ctx *cx, struct str payload, const struct json **claims)
{
    static const struct json_options options = {.max_depth = CLAIMS_DEPTH};
    if (json_read(cx, payload, &options, claims) != OK || (*claims)->type != JSON_OBJECT ||
        !is_jsonb(*claims)) {
        return fail(cx, ERR_UNAUTHENTICATED, "token: the payload is not a sound JSON object");
    }
    return OK;
}

/* RFC 7519 section 2, NumericDate: seconds, perhaps with a fraction. Absent is 0 unless required.
 */
static enum status moment_read(struct ctx *cx, const struct json *claims, struct str name,
                               bool required, double *at_s)
{
    const struct json *value = json_find(claims, name);
    *at_s = 0;
    if (value == NULL && !required) {
        return OK;
    }
    if (value == NULL || !json_is_f64(value, at_s) || *at_s < 0 || *at_s > MAX_NUMERIC_DATE_S) {
        return fail(cx, ERR_UNAUTHENTICATED, "token: " STR_FMT " is missing or no date",
                    STR_ARG(name));
    }
    return OK;
}

/* Expiry gets no grace; beginnings do, for clocks that are a little behind. */
static enum status times_check(struct ctx *cx, const struct json *claims, int64_t now_ms)
{
    double expires_s = 0;
    double begins_s = 0;
    double issued_s = 0;
    TRY(moment_read(cx, claims, STR("exp"), true, &expires_s));
    TRY(moment_read(cx, claims, STR("nbf"), false, &begins_s));
    TRY(moment_read(cx, claims, STR("iat"), false, &issued_s));
    double now_s = (double)now_ms / MS_PER_SECOND;
    if (now_s >= expires_s) {
        return fail(cx, ERR_UNAUTHENTICATED, "token: expired %.0f s ago", now_s - expires_s);
    }
    if (begins_s > now_s + AUTH_MAX_SKEW_S || issued_s > now_s + AUTH_MAX_SKEW_S) {
        return fail(cx, ERR_UNAUTHENTICATED, "token: from the future");
    }
    return OK;
}

/* RFC 7519 section 4.1.3: one text, or a list of texts of which one is ours. */
static bool audience_matches(const struct json *aud, struct str ours)
{
    if (aud == NULL || aud->type == JSON_STRING) {
        return aud != NULL && str_eq(aud->text, ours);
    }
    if (aud->type != JSON_ARRAY || aud->count > MAX_AUDIENCES) {
        return false;
    }
    bool found = false;
    JSON_EACH (item, aud) {
        if (item->type != JSON_STRING) {
            return false;
        }
        found = found || str_eq(item->text, ours);
    }
    return found;
}

static enum status parties_check(struct ctx *cx, const struct auth_config *auth,
                                 const struct json *claims)
{
    if (auth->issuer.len == 0 || auth->audience.len == 0) {
        return fail(cx, ERR_INTERNAL, "no issuer or audience is configured: no token can be ours");
    }
    const struct json *iss = json_find(claims, STR("iss"));
    if (iss == NULL || iss->type != JSON_STRING || !str_eq(iss->text, auth->issuer)) {
        return fail(cx, ERR_UNAUTHENTICATED, "token: another issuer, or none");
    }
    if (!audience_matches(json_find(claims, STR("aud")), auth->audience)) {
        return fail(cx, ERR_UNAUTHENTICATED, "token: another audience, or none");
    }
    return OK;
}

static struct str lower_copy(struct arena *arena, struct str text)
{
    char *copy = arena_cstr_copy(arena, text);
    for (size_t i = 0; i < text.len; i++) {
        if (copy[i] >= 'A' && copy[i] <= 'Z') {
            copy[i] = (char)(copy[i] - 'A' + 'a');
        }
    }
    return (struct str){.ptr = copy, .len = text.len};
}

static enum status caller_read(struct ctx *cx, const struct json *claims, struct caller *caller)
{
    caller->role = json_find_str(claims, STR("role"));
    if (!str_eq(caller->role, STR("authenticated"))) {
        return fail(cx, ERR_FORBIDDEN, "token: its role is not \"authenticated\"");
    }
    struct str sub = json_find_str(claims, STR("sub"));
    if (!uuid_is_valid(sub)) {
        return fail(cx, ERR_UNAUTHENTICATED, "token: sub is not a UUID");
    }
    caller->user_id = lower_copy(cx->arena, sub);
    caller->email = json_find_str(claims, STR("email"));
    return OK;
}

/* A token may name a key that is younger than the set at hand: then, once, the newer set. */
static enum status token_open(struct ctx *cx, const struct auth_config *auth, struct str token,
                              int64_t now_ms, struct str *payload)
{
    const struct key_set *keys = auth->keys;
    bool key_is_unknown = false;
    if (keys != NULL) {
        return jwt_open(cx, keys, token, payload, &key_is_unknown);
    }
    assert(auth->source != NULL);
    TRY(key_source_keys(cx, auth->source, now_ms, &keys));
    enum status status = jwt_open(cx, keys, token, payload, &key_is_unknown);
    if (!key_is_unknown) {
        return status;
    }
    (void)key_source_renew(cx, auth->source, now_ms, &keys);
    return jwt_open(cx, keys, token, payload, &key_is_unknown); /* the chain anew, if it fails */
}

enum status auth_caller(struct ctx *cx, const struct auth_config *auth,
                        struct str authorization_header, int64_t now_ms, struct caller *caller)
{
    struct str token;
    struct str payload;
    const struct json *claims = NULL;
    if (!bearer_token(authorization_header, &token)) {
        return fail(cx, ERR_UNAUTHENTICATED, "no bearer token");
    }
    TRY(token_open(cx, auth, token, now_ms, &payload));
    TRY(claims_read(cx, payload, &claims));
    TRY(times_check(cx, claims, now_ms));
    TRY(parties_check(cx, auth, claims));
    *caller = (struct caller){.claims = payload};
    return caller_read(cx, claims, caller);
}
