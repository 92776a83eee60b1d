/*
 * Bearer tokens: what is let in, and every attack we know of. Keys are made at each run; a case
 * says which key a token names, which one signs it, and what its header and claims are.
 */
#include "shared/auth/internal.h"
#include "shared/auth/sign.h"

#include "shared/base/base64.h"
#include "tests/support/check.h"

#include <openssl/bn.h>
#include <openssl/ecdsa.h>
#include <openssl/pem.h>

enum who {
    HS,
    RS,
    ES,
    ED,
    KEYS,
    STRANGER = KEYS
}; /* STRANGER + who: a key that is not in the set */

static const int64_t NOW_S = 1700000000;
#define USER "11111111-1111-4111-8111-111111111111"

/* Claims, each with its comma; a case writes the one it is about. */
#define ISS  "\"iss\":\"https://id.example/auth\","
#define AUD  "\"aud\":\"authenticated\","
#define SUB  "\"sub\":\"" USER "\","
#define ROLE "\"role\":\"authenticated\","
#define EXP  "\"exp\":1700000600"
#define GOOD "{" ISS AUD SUB ROLE EXP "}"

static const char *const alg_names[KEYS] = {"HS256", "RS256", "ES256", "EdDSA"};

static struct {
    struct test_ctx t;
    struct signing_key *signers[2 * KEYS];
    struct key_set *set;
    struct auth_config auth;
} world;

static int world_open(void **state)
{
    (void)state;
    (void)test_ctx_open(&world.t);
    world.set = key_set_new();
    world.auth = (struct auth_config){.issuer = STR("https://id.example/auth"),
                                      .audience = STR("authenticated"),
                                      .keys = world.set};
    for (size_t i = 0; i < 2 * (size_t)KEYS; i++) {
        struct str alg = str_from_cstr(alg_names[i % KEYS]);
        CHECK_STATUS(&world.t.cx, signing_key_generate(&world.t.cx, alg, &world.signers[i]), OK);
        if (i < KEYS) {
            struct str jwks = signing_key_jwks(&world.t.cx, world.signers[i]);
            CHECK_STATUS(&world.t.cx, key_set_parse(&world.t.cx, jwks, world.set), OK);
        }
    }
    return 0;
}

static int world_close(void **state)
{
    (void)state;
    key_set_free(world.set);
    test_ctx_close(&world.t);
    return 0;
}

static struct str kid_of(enum who who)
{
    return signing_key_id(world.signers[who]);
}

/* `text` with each '@' replaced by `kid`. */
static struct str with_kid(struct ctx *cx, struct str text, struct str kid)
{
    struct buf buf = buf_in(cx->arena, KIB(64));
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '@') {
            buf_add(&buf, kid);
        } else {
            buf_add_char(&buf, text.ptr[i]);
        }
    }
    return buf_str(&buf);
}

static struct str header_good(struct ctx *cx, enum who who)
{
    return arena_format(cx->arena, "{\"alg\":\"%s\",\"typ\":\"JWT\",\"kid\":\"" STR_FMT "\"}",
                        alg_names[who % KEYS], STR_ARG(kid_of(who)));
}

static struct str token_make(struct ctx *cx, enum who signer, struct str header, struct str payload)
{
    struct str token = {0};
    CHECK_STATUS(cx, auth_token_sign(cx, world.signers[signer], header, payload, &token), OK);
    return token;
}

static struct str token_good(struct ctx *cx, enum who who)
{
    return token_make(cx, who, header_good(cx, who), STR(GOOD));
}

/* `header` is taken from a block of its exact size, so that a read past its end is caught. */
static enum status authorize(struct ctx *cx, struct str header, struct caller *caller)
{
    *caller = (struct caller){0};
    return auth_caller(cx, &world.auth, exact_copy(cx, header), NOW_S * 1000, caller);
}

static struct str hmac_token(struct ctx *cx, struct str header, struct str secret)
{
    unsigned char mac[AUTH_HMAC_BYTES];
    struct str head = base64url_encode(cx->arena, header);
    struct str body = base64url_encode(cx->arena, STR(GOOD));
    struct str bytes = arena_format(cx->arena, STR_FMT "." STR_FMT, STR_ARG(head), STR_ARG(body));
    assert_true(hmac_sha256(secret, bytes, mac));
    struct str tail = base64url_encode(cx->arena, (struct str){(const char *)mac, sizeof mac});
    return arena_format(cx->arena, STR_FMT "." STR_FMT, STR_ARG(bytes), STR_ARG(tail));
}

static enum status bear(struct ctx *cx, struct str token, struct caller *caller)
{
    struct buf buf = buf_in(cx->arena, MIB(4));
    buf_add(&buf, STR("Bearer "));
    buf_add(&buf, token);
    return authorize(cx, buf_str(&buf), caller);
}

/* The same words for every refusal, a reason in the chain, and no token in it. */
static void check_refused(const char *name, const struct ctx *cx, enum status got, enum status want,
                          struct str token)
{
    CHECK_I64(name, got, want);
    CHECK_STR(name, str_from_cstr(cx->err.words), STR(""));
    CHECK_I64(name, cx->err.code == NULL, true);
    CHECK_I64(name, cx->err.field_count, 0);
    CHECK_I64(name, cx->err.text[0] != '\0', true);
    if (token.len > 16) {
        CHECK_I64(name, str_find(str_from_cstr(cx->err.text), str_slice(token, 0, 16)) == SIZE_MAX,
                  true);
    }
}

static void token_check(const char *name, struct ctx *cx, struct str token, enum status want)
{
    struct caller caller;
    enum status got = bear(cx, token, &caller);
    if (want != OK) {
        check_refused(name, cx, got, want, token);
        return;
    }
    if (got != OK) {
        print_error("%s: %s\n", name, cx->err.text);
    }
    CHECK_I64(name, got, OK);
    CHECK_STR(name, caller.user_id, STR(USER));
    CHECK_STR(name, caller.role, STR("authenticated"));
}

/* ---- headers ---- */

/* '@' in a header is the id of the key `named`. */
static const struct header_case {
    const char *name;
    enum who named, signer;
    struct str header;
    enum status want;
} header_cases[] = {
#define LET_IN  OK
#define REFUSED ERR_UNAUTHENTICATED
#define H(text) STR_INIT(text)
    {"HS256", HS, HS, H("{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"@\"}"), LET_IN},
    {"RS256", RS, RS, H("{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"@\"}"), LET_IN},
    {"ES256", ES, ES, H("{\"alg\":\"ES256\",\"typ\":\"JWT\",\"kid\":\"@\"}"), LET_IN},
    {"EdDSA", ED, ED, H("{\"alg\":\"EdDSA\",\"typ\":\"JWT\",\"kid\":\"@\"}"), LET_IN},
    {"unknown header members are nothing to us", ED, ED,
     H("{\"alg\":\"EdDSA\",\"kid\":\"@\",\"x5t\":\"abc\",\"n\":[1]}"), LET_IN},

    {"alg none", HS, HS, H("{\"alg\":\"none\",\"kid\":\"@\"}"), REFUSED},
    {"alg None", HS, HS, H("{\"alg\":\"None\",\"kid\":\"@\"}"), REFUSED},
    {"alg NONE", RS, RS, H("{\"alg\":\"NONE\",\"kid\":\"@\"}"), REFUSED},
    {"alg nOnE", ES, ES, H("{\"alg\":\"nOnE\",\"kid\":\"@\"}"), REFUSED},
    {"alg none with a blank", ED, ED, H("{\"alg\":\"none \",\"kid\":\"@\"}"), REFUSED},
    {"alg none escaped", HS, HS, H("{\"alg\":\"\\u006eone\",\"kid\":\"@\"}"), REFUSED},
    {"alg missing", HS, HS, H("{\"typ\":\"JWT\",\"kid\":\"@\"}"), REFUSED},
    {"alg null", HS, HS, H("{\"alg\":null,\"kid\":\"@\"}"), REFUSED},
    {"alg empty", HS, HS, H("{\"alg\":\"\",\"kid\":\"@\"}"), REFUSED},
    {"alg a number", HS, HS, H("{\"alg\":256,\"kid\":\"@\"}"), REFUSED},
    {"alg false", HS, HS, H("{\"alg\":false,\"kid\":\"@\"}"), REFUSED},
    {"alg a list", HS, HS, H("{\"alg\":[\"HS256\"],\"kid\":\"@\"}"), REFUSED},
    {"alg in lower case", HS, HS, H("{\"alg\":\"hs256\",\"kid\":\"@\"}"), REFUSED},
    {"alg with a NUL after it", HS, HS, H("{\"alg\":\"HS256\\u0000\",\"kid\":\"@\"}"), REFUSED},
    {"alg HS384", HS, HS, H("{\"alg\":\"HS384\",\"kid\":\"@\"}"), REFUSED},
    {"alg HS512", HS, HS, H("{\"alg\":\"HS512\",\"kid\":\"@\"}"), REFUSED},
    {"alg PS256 with an RSA key", RS, RS, H("{\"alg\":\"PS256\",\"kid\":\"@\"}"), REFUSED},
    {"alg RS512", RS, RS, H("{\"alg\":\"RS512\",\"kid\":\"@\"}"), REFUSED},
    {"alg RS1", RS, RS, H("{\"alg\":\"RS1\",\"kid\":\"@\"}"), REFUSED},
    {"alg ES384", ES, ES, H("{\"alg\":\"ES384\",\"kid\":\"@\"}"), REFUSED},
    {"alg ES256K", ES, ES, H("{\"alg\":\"ES256K\",\"kid\":\"@\"}"), REFUSED},
    {"alg Ed25519 for EdDSA", ED, ED, H("{\"alg\":\"Ed25519\",\"kid\":\"@\"}"), REFUSED},
    {"alg RSA-OAEP", RS, RS, H("{\"alg\":\"RSA-OAEP\",\"kid\":\"@\"}"), REFUSED},

    {"RSA key named, signed with the secret as HS256", RS, HS,
     H("{\"alg\":\"HS256\",\"kid\":\"@\"}"), REFUSED},
    {"RSA key named, signed by the EC key", RS, ES, H("{\"alg\":\"RS256\",\"kid\":\"@\"}"),
     REFUSED},
    {"EC key named, signed by the RSA key", ES, RS, H("{\"alg\":\"RS256\",\"kid\":\"@\"}"),
     REFUSED},
    {"EC key named, signed by the Ed25519 key", ES, ED, H("{\"alg\":\"ES256\",\"kid\":\"@\"}"),
     REFUSED},
    {"Ed25519 key named, signed by the EC key", ED, ES, H("{\"alg\":\"EdDSA\",\"kid\":\"@\"}"),
     REFUSED},
    {"secret named, alg of the RSA key that signs", HS, RS, H("{\"alg\":\"RS256\",\"kid\":\"@\"}"),
     REFUSED},
    {"a stranger's secret", HS, STRANGER + HS, H("{\"alg\":\"HS256\",\"kid\":\"@\"}"), REFUSED},
    {"a stranger's RSA key", RS, STRANGER + RS, H("{\"alg\":\"RS256\",\"kid\":\"@\"}"), REFUSED},
    {"a stranger's EC key", ES, STRANGER + ES, H("{\"alg\":\"ES256\",\"kid\":\"@\"}"), REFUSED},
    {"a stranger's Ed25519 key", ED, STRANGER + ED, H("{\"alg\":\"EdDSA\",\"kid\":\"@\"}"),
     REFUSED},
    {"a stranger's key under its own id", STRANGER + ED, STRANGER + ED,
     H("{\"alg\":\"EdDSA\",\"kid\":\"@\"}"), REFUSED},

    {"kid missing, several keys", HS, HS, H("{\"alg\":\"HS256\"}"), REFUSED},
    {"kid empty", HS, HS, H("{\"alg\":\"HS256\",\"kid\":\"\"}"), REFUSED},
    {"kid unknown", HS, HS, H("{\"alg\":\"HS256\",\"kid\":\"other\"}"), REFUSED},
    {"kid a path", HS, HS, H("{\"alg\":\"HS256\",\"kid\":\"../../../../dev/null\"}"), REFUSED},
    {"kid a path before the id", HS, HS, H("{\"alg\":\"HS256\",\"kid\":\"./@\"}"), REFUSED},
    {"kid SQL", HS, HS, H("{\"alg\":\"HS256\",\"kid\":\"' UNION SELECT 'key' -- \"}"), REFUSED},
    {"kid a URL", HS, HS, H("{\"alg\":\"HS256\",\"kid\":\"https://evil.example/jwks\"}"), REFUSED},
    {"kid a command", HS, HS, H("{\"alg\":\"HS256\",\"kid\":\"|sleep 5\"}"), REFUSED},
    {"kid with a blank after it", HS, HS, H("{\"alg\":\"HS256\",\"kid\":\"@ \"}"), REFUSED},
    {"kid with a NUL after it", HS, HS, H("{\"alg\":\"HS256\",\"kid\":\"@\\u0000\"}"), REFUSED},
    {"kid twice over", HS, HS, H("{\"alg\":\"HS256\",\"kid\":\"@@\"}"), REFUSED},
    {"kid a number", HS, HS, H("{\"alg\":\"HS256\",\"kid\":0}"), REFUSED},
    {"kid null", HS, HS, H("{\"alg\":\"HS256\",\"kid\":null}"), REFUSED},
    {"kid an object", HS, HS, H("{\"alg\":\"HS256\",\"kid\":{\"@\":1}}"), REFUSED},
    {"kid a list", HS, HS, H("{\"alg\":\"HS256\",\"kid\":[\"@\"]}"), REFUSED},

    {"crit of an unknown extension", HS, HS,
     H("{\"alg\":\"HS256\",\"kid\":\"@\",\"crit\":[\"x\"],\"x\":1}"), REFUSED},
    {"crit empty", HS, HS, H("{\"alg\":\"HS256\",\"kid\":\"@\",\"crit\":[]}"), REFUSED},
    {"crit naming a claim", HS, HS,
     H("{\"alg\":\"HS256\",\"kid\":\"@\",\"crit\":[\"exp\"],\"exp\":1}"), REFUSED},
    {"crit null", HS, HS, H("{\"alg\":\"HS256\",\"kid\":\"@\",\"crit\":null}"), REFUSED},
    {"b64 false (RFC 7797)", HS, HS, H("{\"alg\":\"HS256\",\"kid\":\"@\",\"b64\":false}"), REFUSED},
    {"b64 false, marked critical", HS, HS,
     H("{\"alg\":\"HS256\",\"kid\":\"@\",\"b64\":false,\"crit\":[\"b64\"]}"), REFUSED},
    {"jku", RS, STRANGER + RS,
     H("{\"alg\":\"RS256\",\"kid\":\"@\",\"jku\":\"https://evil.example/jwks\"}"), REFUSED},
    {"jku on a token of ours", RS, RS,
     H("{\"alg\":\"RS256\",\"kid\":\"@\",\"jku\":\"https://evil.example/jwks\"}"), REFUSED},
    {"x5u", RS, RS, H("{\"alg\":\"RS256\",\"kid\":\"@\",\"x5u\":\"file:///etc/passwd\"}"), REFUSED},
    {"x5c", RS, RS, H("{\"alg\":\"RS256\",\"kid\":\"@\",\"x5c\":[\"MIIB\"]}"), REFUSED},
    {"jwk in the header", ED, ED, H("{\"alg\":\"EdDSA\",\"kid\":\"@\",\"jwk\":{\"kty\":\"OKP\"}}"),
     REFUSED},
    {"zip", HS, HS, H("{\"alg\":\"HS256\",\"kid\":\"@\",\"zip\":\"DEF\"}"), REFUSED},
    {"enc: a JWE header", HS, HS, H("{\"alg\":\"HS256\",\"kid\":\"@\",\"enc\":\"A128GCM\"}"),
     REFUSED},
    {"cty JWT: nested", HS, HS, H("{\"alg\":\"HS256\",\"kid\":\"@\",\"cty\":\"JWT\"}"), REFUSED},

    {"typ absent", HS, HS, H("{\"alg\":\"HS256\",\"kid\":\"@\"}"), LET_IN},
    {"typ in lower case", HS, HS, H("{\"alg\":\"HS256\",\"kid\":\"@\",\"typ\":\"jwt\"}"), LET_IN},
    {"typ at+jwt", HS, HS, H("{\"alg\":\"HS256\",\"kid\":\"@\",\"typ\":\"at+jwt\"}"), LET_IN},
    {"typ in full", HS, HS, H("{\"alg\":\"HS256\",\"kid\":\"@\",\"typ\":\"application/at+JWT\"}"),
     LET_IN},
    {"typ of a logout token", HS, HS, H("{\"alg\":\"HS256\",\"kid\":\"@\",\"typ\":\"logout+jwt\"}"),
     REFUSED},
    {"typ of a proof", HS, HS, H("{\"alg\":\"HS256\",\"kid\":\"@\",\"typ\":\"dpop+jwt\"}"),
     REFUSED},
    {"typ JOSE", HS, HS, H("{\"alg\":\"HS256\",\"kid\":\"@\",\"typ\":\"JOSE\"}"), REFUSED},
    {"typ empty", HS, HS, H("{\"alg\":\"HS256\",\"kid\":\"@\",\"typ\":\"\"}"), REFUSED},
    {"typ with a blank", HS, HS, H("{\"alg\":\"HS256\",\"kid\":\"@\",\"typ\":\"JWT \"}"), REFUSED},
    {"typ null", HS, HS, H("{\"alg\":\"HS256\",\"kid\":\"@\",\"typ\":null}"), REFUSED},
    {"typ a list", HS, HS, H("{\"alg\":\"HS256\",\"kid\":\"@\",\"typ\":[\"JWT\"]}"), REFUSED},

    {"alg twice, good last", HS, HS, H("{\"alg\":\"none\",\"alg\":\"HS256\",\"kid\":\"@\"}"),
     REFUSED},
    {"alg twice, good first", HS, HS, H("{\"alg\":\"HS256\",\"alg\":\"none\",\"kid\":\"@\"}"),
     REFUSED},
    {"alg twice, one escaped", HS, HS,
     H("{\"alg\":\"HS256\",\"\\u0061lg\":\"none\",\"kid\":\"@\"}"), REFUSED},
    {"kid twice", HS, HS, H("{\"alg\":\"HS256\",\"kid\":\"x\",\"kid\":\"@\"}"), REFUSED},
    {"header a list", HS, HS, H("[\"HS256\",\"@\"]"), REFUSED},
    {"header a string", HS, HS, H("\"HS256\""), REFUSED},
    {"header null", HS, HS, H("null"), REFUSED},
    {"header {}", HS, HS, H("{}"), REFUSED},
    {"header not JSON", HS, HS, H("alg=HS256"), REFUSED},
    {"header with a tail", HS, HS, H("{\"alg\":\"HS256\",\"kid\":\"@\"}x"), REFUSED},
    {"header with a trailing comma", HS, HS, H("{\"alg\":\"HS256\",\"kid\":\"@\",}"), REFUSED},
    {"header with a comment", HS, HS, H("{\"alg\":\"HS256\",/**/\"kid\":\"@\"}"), REFUSED},
    {"header with a byte order mark", HS, HS, H("\xef\xbb\xbf{\"alg\":\"HS256\",\"kid\":\"@\"}"),
     REFUSED},
    {"header with a NUL byte", HS, HS, H("{\"alg\":\"HS256\",\"kid\":\"@\"}\0"), REFUSED},
    {"header not UTF-8", HS, HS, H("{\"alg\":\"HS256\",\"kid\":\"@\",\"a\":\"\xff\"}"), REFUSED},
    {"header deep", HS, HS, H("{\"alg\":\"HS256\",\"kid\":\"@\",\"a\":[[[[1]]]]}"), REFUSED},
};

static void only_headers_that_we_understand_are_let_in(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(header_cases); i++) {
        const struct header_case *c = &header_cases[i];
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct str header = with_kid(&t.cx, c->header, kid_of(c->named));
        token_check(c->name, &t.cx, token_make(&t.cx, c->signer, header, STR(GOOD)), c->want);
    }
}

static void a_key_id_is_a_string_even_if_a_number_reads_the_same(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    const struct str secret = STR("0123456789abcdef0123456789abcdef");
    struct auth_config auth = world.auth;
    auth.keys = key_set_new();
    CHECK_STATUS(&t.cx, key_set_add_secret(&t.cx, STR("7"), secret, auth.keys), OK);
    static const struct {
        const char *header;
        enum status want;
    } ids[] = {
        {"{\"alg\":\"HS256\",\"kid\":\"7\"}", OK},
        {"{\"alg\":\"HS256\",\"kid\":7}", ERR_UNAUTHENTICATED},
    };
    for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
        struct str token = hmac_token(&t.cx, str_from_cstr(ids[i].header), secret);
        struct str header = arena_format(&t.arena, "Bearer " STR_FMT, STR_ARG(token));
        struct caller caller;
        CHECK_STATUS(&t.cx, auth_caller(&t.cx, &auth, header, NOW_S * 1000, &caller), ids[i].want);
    }
    key_set_free(auth.keys);
}

/* ---- claims ---- */

static const struct claims_case {
    const char *name;
    struct str payload;
    enum status want;
} claims_cases[] = {
#define C(text) STR_INIT(text)
    {"as they should be", C(GOOD), LET_IN},
    {"with more than we read",
     C("{" ISS AUD SUB ROLE "\"app_metadata\":{\"a\":[1,{}]},\"email\":\"a@b.example\"," EXP "}"),
     LET_IN},

    {"exp missing", C("{" ISS AUD SUB "\"role\":\"authenticated\"}"), REFUSED},
    {"exp past", C("{" ISS AUD SUB ROLE "\"exp\":1699999999}"), REFUSED},
    {"exp in 1970", C("{" ISS AUD SUB ROLE "\"exp\":1}"), REFUSED},
    {"exp now", C("{" ISS AUD SUB ROLE "\"exp\":1700000000}"), REFUSED},
    {"exp in a second", C("{" ISS AUD SUB ROLE "\"exp\":1700000001}"), LET_IN},
    {"exp with a fraction, future", C("{" ISS AUD SUB ROLE "\"exp\":1700000000.5}"), LET_IN},
    {"exp with a fraction, past", C("{" ISS AUD SUB ROLE "\"exp\":1699999999.999}"), REFUSED},
    {"exp with an exponent", C("{" ISS AUD SUB ROLE "\"exp\":1.7000006e9}"), LET_IN},
    {"exp a string", C("{" ISS AUD SUB ROLE "\"exp\":\"1700000600\"}"), REFUSED},
    {"exp in words", C("{" ISS AUD SUB ROLE "\"exp\":\"never\"}"), REFUSED},
    {"exp null", C("{" ISS AUD SUB ROLE "\"exp\":null}"), REFUSED},
    {"exp true", C("{" ISS AUD SUB ROLE "\"exp\":true}"), REFUSED},
    {"exp a list", C("{" ISS AUD SUB ROLE "\"exp\":[1700000600]}"), REFUSED},
    {"exp negative", C("{" ISS AUD SUB ROLE "\"exp\":-1}"), REFUSED},
    {"exp 0", C("{" ISS AUD SUB ROLE "\"exp\":0}"), REFUSED},
    {"exp in milliseconds", C("{" ISS AUD SUB ROLE "\"exp\":1700000600000}"), REFUSED},
    {"exp past 64 bits", C("{" ISS AUD SUB ROLE "\"exp\":99999999999999999999999}"), REFUSED},
    {"exp past double", C("{" ISS AUD SUB ROLE "\"exp\":1e400}"), REFUSED},
    {"exp Infinity", C("{" ISS AUD SUB ROLE "\"exp\":Infinity}"), REFUSED},
    {"exp NaN", C("{" ISS AUD SUB ROLE "\"exp\":NaN}"), REFUSED},
    {"exp in hexadecimal", C("{" ISS AUD SUB ROLE "\"exp\":0x6553F3D8}"), REFUSED},
    {"exp under another case", C("{" ISS AUD SUB ROLE "\"Exp\":1700000600}"), REFUSED},

    {"nbf 60 s ahead", C("{" ISS AUD SUB ROLE "\"nbf\":1700000060," EXP "}"), LET_IN},
    {"nbf 61 s ahead", C("{" ISS AUD SUB ROLE "\"nbf\":1700000061," EXP "}"), REFUSED},
    {"nbf a string", C("{" ISS AUD SUB ROLE "\"nbf\":\"1600000000\"," EXP "}"), REFUSED},
    {"nbf null", C("{" ISS AUD SUB ROLE "\"nbf\":null," EXP "}"), REFUSED},
    {"iat 60 s ahead", C("{" ISS AUD SUB ROLE "\"iat\":1700000060," EXP "}"), LET_IN},
    {"iat 61 s ahead", C("{" ISS AUD SUB ROLE "\"iat\":1700000061," EXP "}"), REFUSED},
    {"iat a string", C("{" ISS AUD SUB ROLE "\"iat\":\"1600000000\"," EXP "}"), REFUSED},
    {"iat negative", C("{" ISS AUD SUB ROLE "\"iat\":-5," EXP "}"), REFUSED},

    {"iss missing", C("{" AUD SUB ROLE EXP "}"), REFUSED},
    {"iss with a slash after it", C("{\"iss\":\"https://id.example/auth/\"," AUD SUB ROLE EXP "}"),
     REFUSED},
    {"iss without its path", C("{\"iss\":\"https://id.example\"," AUD SUB ROLE EXP "}"), REFUSED},
    {"iss with a longer host",
     C("{\"iss\":\"https://id.example.evil.example/auth\"," AUD SUB ROLE EXP "}"), REFUSED},
    {"iss in upper case", C("{\"iss\":\"HTTPS://ID.EXAMPLE/auth\"," AUD SUB ROLE EXP "}"), REFUSED},
    {"iss over http", C("{\"iss\":\"http://id.example/auth\"," AUD SUB ROLE EXP "}"), REFUSED},
    {"iss with a blank", C("{\"iss\":\"https://id.example/auth \"," AUD SUB ROLE EXP "}"), REFUSED},
    {"iss with a NUL", C("{\"iss\":\"https://id.example/auth\\u0000\"," AUD SUB ROLE EXP "}"),
     REFUSED},
    {"iss empty", C("{\"iss\":\"\"," AUD SUB ROLE EXP "}"), REFUSED},
    {"iss null", C("{\"iss\":null," AUD SUB ROLE EXP "}"), REFUSED},
    {"iss a list", C("{\"iss\":[\"https://id.example/auth\"]," AUD SUB ROLE EXP "}"), REFUSED},

    {"aud missing", C("{" ISS SUB ROLE EXP "}"), REFUSED},
    {"aud another", C("{" ISS "\"aud\":\"anon\"," SUB ROLE EXP "}"), REFUSED},
    {"aud a prefix", C("{" ISS "\"aud\":\"authenticate\"," SUB ROLE EXP "}"), REFUSED},
    {"aud longer", C("{" ISS "\"aud\":\"authenticated2\"," SUB ROLE EXP "}"), REFUSED},
    {"aud several in one string", C("{" ISS "\"aud\":\"other authenticated\"," SUB ROLE EXP "}"),
     REFUSED},
    {"aud a list with ours", C("{" ISS "\"aud\":[\"other\",\"authenticated\"]," SUB ROLE EXP "}"),
     LET_IN},
    {"aud a list without ours", C("{" ISS "\"aud\":[\"other\",\"another\"]," SUB ROLE EXP "}"),
     REFUSED},
    {"aud a list with a number", C("{" ISS "\"aud\":[\"authenticated\",1]," SUB ROLE EXP "}"),
     REFUSED},
    {"aud a list in a list", C("{" ISS "\"aud\":[[\"authenticated\"]]," SUB ROLE EXP "}"), REFUSED},
    {"aud an empty list", C("{" ISS "\"aud\":[]," SUB ROLE EXP "}"), REFUSED},
    {"aud empty", C("{" ISS "\"aud\":\"\"," SUB ROLE EXP "}"), REFUSED},
    {"aud null", C("{" ISS "\"aud\":null," SUB ROLE EXP "}"), REFUSED},
    {"aud an object", C("{" ISS "\"aud\":{\"authenticated\":true}," SUB ROLE EXP "}"), REFUSED},
    {"aud of 16",
     C("{" ISS "\"aud\":[\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\",\"9\",\"10\",\"11\","
       "\"12\",\"13\",\"14\",\"15\",\"authenticated\"]," SUB ROLE EXP "}"),
     LET_IN},
    {"aud of 17",
     C("{" ISS "\"aud\":[\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\",\"9\",\"10\",\"11\","
       "\"12\",\"13\",\"14\",\"15\",\"16\",\"authenticated\"]," SUB ROLE EXP "}"),
     REFUSED},

    {"sub missing", C("{" ISS AUD ROLE EXP "}"), REFUSED},
    {"sub empty", C("{" ISS AUD "\"sub\":\"\"," ROLE EXP "}"), REFUSED},
    {"sub a name", C("{" ISS AUD "\"sub\":\"admin\"," ROLE EXP "}"), REFUSED},
    {"sub a number", C("{" ISS AUD "\"sub\":1," ROLE EXP "}"), REFUSED},
    {"sub null", C("{" ISS AUD "\"sub\":null," ROLE EXP "}"), REFUSED},
    {"sub a list", C("{" ISS AUD "\"sub\":[\"" USER "\"]," ROLE EXP "}"), REFUSED},
    {"sub in braces", C("{" ISS AUD "\"sub\":\"{" USER "}\"," ROLE EXP "}"), REFUSED},
    {"sub without dashes",
     C("{" ISS AUD "\"sub\":\"11111111111141118111111111111111\"," ROLE EXP "}"), REFUSED},
    {"sub with a newline", C("{" ISS AUD "\"sub\":\"" USER "\\n\"," ROLE EXP "}"), REFUSED},
    {"sub with SQL", C("{" ISS AUD "\"sub\":\"" USER "' OR '1'='1\"," ROLE EXP "}"), REFUSED},
    {"sub one letter past hexadecimal",
     C("{" ISS AUD "\"sub\":\"g1111111-1111-4111-8111-111111111111\"," ROLE EXP "}"), REFUSED},

    {"role missing", C("{" ISS AUD SUB EXP "}"), ERR_FORBIDDEN},
    {"role anon", C("{" ISS AUD SUB "\"role\":\"anon\"," EXP "}"), ERR_FORBIDDEN},
    {"role service_role", C("{" ISS AUD SUB "\"role\":\"service_role\"," EXP "}"), ERR_FORBIDDEN},
    {"role service_role without a user", C("{" ISS AUD "\"role\":\"service_role\"," EXP "}"),
     ERR_FORBIDDEN},
    {"role postgres", C("{" ISS AUD SUB "\"role\":\"postgres\"," EXP "}"), ERR_FORBIDDEN},
    {"role in other case", C("{" ISS AUD SUB "\"role\":\"Authenticated\"," EXP "}"), ERR_FORBIDDEN},
    {"role with SQL", C("{" ISS AUD SUB "\"role\":\"authenticated; RESET ROLE\"," EXP "}"),
     ERR_FORBIDDEN},
    {"role a list", C("{" ISS AUD SUB "\"role\":[\"authenticated\"]," EXP "}"), ERR_FORBIDDEN},
    {"role null", C("{" ISS AUD SUB "\"role\":null," EXP "}"), ERR_FORBIDDEN},
    {"expired, and not a user's", C("{" ISS AUD SUB "\"role\":\"anon\",\"exp\":1}"), REFUSED},

    {"sub twice", C("{" ISS AUD SUB SUB ROLE EXP "}"), REFUSED},
    {"exp twice, good last", C("{" ISS AUD SUB ROLE "\"exp\":1," EXP "}"), REFUSED},
    {"role twice, one escaped", C("{" ISS AUD SUB ROLE "\"rol\\u0065\":\"service_role\"," EXP "}"),
     REFUSED},
    {"a key twice deep inside", C("{" ISS AUD SUB ROLE "\"a\":{\"b\":1,\"b\":2}," EXP "}"),
     REFUSED},
    {"payload a list", C("[" GOOD "]"), REFUSED},
    {"payload a string", C("\"" USER "\""), REFUSED},
    {"payload a number", C("1"), REFUSED},
    {"payload not JSON", C("sub=" USER), REFUSED},
    {"payload a token: nested", C("eyJhbGciOiJub25lIn0.e30."), REFUSED},
    {"payload with a tail", C(GOOD "{}"), REFUSED},
    {"payload with a NUL byte after it", C(GOOD "\0"), REFUSED},
    {"payload with a NUL byte inside", C("{" ISS AUD SUB ROLE "\"n\":\"a\0b\"," EXP "}"), REFUSED},
    {"U+0000 in a claim", C("{" ISS AUD SUB ROLE "\"n\":\"a\\u0000b\"," EXP "}"), REFUSED},
    {"U+0000 in a deep claim", C("{" ISS AUD SUB ROLE "\"m\":{\"l\":[\"\\u0000\"]}," EXP "}"),
     REFUSED},
    {"U+0000 in a name", C("{" ISS AUD SUB ROLE "\"a\\u0000\":1," EXP "}"), REFUSED},
    {"a number past PostgreSQL's", C("{" ISS AUD SUB ROLE "\"n\":1e131073," EXP "}"), REFUSED},
    {"a number finer than PostgreSQL's", C("{" ISS AUD SUB ROLE "\"m\":[1E-20000]," EXP "}"),
     REFUSED},
    {"a large number and a small one", C("{" ISS AUD SUB ROLE "\"m\":[-1e300,1e-300,0]," EXP "}"),
     LET_IN},
    {"a backslash and u0000 are letters", C("{" ISS AUD SUB ROLE "\"n\":\"\\\\u0000\"," EXP "}"),
     LET_IN},
    {"payload not UTF-8", C("{" ISS AUD SUB ROLE "\"n\":\"\xc3\x28\"," EXP "}"), REFUSED},
    {"payload with a lone surrogate", C("{" ISS AUD SUB ROLE "\"n\":\"\\ud800\"," EXP "}"),
     REFUSED},
    {"payload with overlong UTF-8", C("{" ISS AUD SUB ROLE "\"n\":\"\xc0\xaf\"," EXP "}"), REFUSED},
    {"payload with a byte order mark", C("\xef\xbb\xbf" GOOD), REFUSED},
    {"payload 16 deep", C("{" ISS AUD SUB ROLE "\"d\":[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]," EXP "}"),
     LET_IN},
    {"payload 17 deep", C("{" ISS AUD SUB ROLE "\"d\":[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]," EXP "}"),
     REFUSED},
};

static void only_claims_that_are_whole_are_let_in(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(claims_cases); i++) {
        const struct claims_case *c = &claims_cases[i];
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct str token = token_make(&t.cx, HS, header_good(&t.cx, HS), c->payload);
        token_check(c->name, &t.cx, token, c->want);
    }
}

static void a_caller_is_what_the_claims_say(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct str payload = STR("{" ISS AUD "\"sub\":\"ABCDEF00-1111-4111-8111-11111111111A\"," ROLE
                             "\"email\":\"a@b.example\"," EXP "}");
    struct caller caller;
    struct str token = token_make(&t.cx, ED, header_good(&t.cx, ED), payload);
    CHECK_STATUS(&t.cx, bear(&t.cx, token, &caller), OK);
    CHECK_STR("user id", caller.user_id, STR("abcdef00-1111-4111-8111-11111111111a"));
    CHECK_STR("role", caller.role, STR("authenticated"));
    CHECK_STR("email", caller.email, STR("a@b.example"));
    CHECK_STR("claims", caller.claims, payload);
}

static void a_token_of_the_tool_is_let_in_until_it_expires(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    for (enum who who = HS; who < KEYS; who++) {
        const struct token_claims claims = {
            .issuer = world.auth.issuer,
            .audience = world.auth.audience,
            .user_id = STR(USER),
            .role = STR("authenticated"),
            .issued_at_s = NOW_S,
            .expires_at_s = NOW_S + 1,
        };
        struct str token = {0};
        CHECK_STATUS(&t.cx, auth_token_make(&t.cx, world.signers[who], &claims, &token), OK);
        token_check(alg_names[who], &t.cx, token, OK);
        struct caller caller;
        struct str header = arena_format(&t.arena, "Bearer " STR_FMT, STR_ARG(token));
        CHECK_STATUS(&t.cx,
                     auth_caller(&t.cx, &world.auth, header, (NOW_S + 1) * 1000 - 1, &caller), OK);
        CHECK_STATUS(&t.cx, auth_caller(&t.cx, &world.auth, header, (NOW_S + 1) * 1000, &caller),
                     ERR_UNAUTHENTICATED);
    }
}

static void without_an_issuer_or_audience_nobody_is_let_in(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct str payload = STR("{\"iss\":\"\",\"aud\":\"\"," SUB ROLE EXP "}");
    struct str token = token_make(&t.cx, HS, header_good(&t.cx, HS), payload);
    struct str header = arena_format(&t.arena, "Bearer " STR_FMT, STR_ARG(token));
    struct auth_config open_door = {.keys = world.set};
    struct auth_config no_keys = world.auth;
    struct caller caller;
    CHECK_STATUS(&t.cx, auth_caller(&t.cx, &open_door, header, NOW_S * 1000, &caller),
                 ERR_INTERNAL);
    no_keys.keys = key_set_new();
    CHECK_STATUS(&t.cx, auth_caller(&t.cx, &no_keys, header, NOW_S * 1000, &caller),
                 ERR_UNAUTHENTICATED);
    key_set_free(no_keys.keys);
}

/* ---- public keys as secrets ---- */

static EVP_PKEY *pkey_of(enum who who)
{
    return key_set_find(world.set, true, kid_of(who))->pkey;
}

static struct str pem_of(struct ctx *cx, EVP_PKEY *pkey)
{
    char *text = NULL;
    BIO *bio = BIO_new(BIO_s_mem());
    assert_int_equal(PEM_write_bio_PUBKEY(bio, pkey), 1);
    long len = BIO_get_mem_data(bio, &text);
    struct str pem = arena_str_copy(cx->arena, (struct str){text, (size_t)len});
    BIO_free_all(bio);
    return pem;
}

static struct str der_of(struct ctx *cx, EVP_PKEY *pkey)
{
    unsigned char *der = NULL;
    int len = i2d_PUBKEY(pkey, &der);
    assert_true(len > 0);
    struct str copy = arena_str_copy(cx->arena, (struct str){(const char *)der, (size_t)len});
    OPENSSL_free(der);
    return copy;
}

static void a_public_key_is_never_a_secret(void **state)
{
    (void)state;
    for (enum who who = RS; who < KEYS; who++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct str pem = pem_of(&t.cx, pkey_of(who));
        struct str der = der_of(&t.cx, pkey_of(who));
        struct str jwks = signing_key_jwks(&t.cx, world.signers[who]);
        const struct {
            const char *name;
            struct str secret;
        } secrets[] = {
            {"PEM", pem},
            {"PEM without its last newline", str_trim(pem)},
            {"DER", der},
            {"raw point or key at the end of the DER", str_slice(der, der.len - 32, der.len)},
            {"JWK Set", jwks},
            {"JWK Set trimmed", str_trim(jwks)},
            {"JWK", jwk_essence(&t.arena, pkey_of(who))},
            {"nothing", STR("")},
            {"key id", kid_of(who)},
        };
        for (size_t i = 0; i < ARRAY_LEN(secrets); i++) {
            struct str honest = header_good(&t.cx, who);
            struct str forged = with_kid(
                &t.cx, STR("{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"@\"}"), kid_of(who));
            token_check(secrets[i].name, &t.cx, hmac_token(&t.cx, honest, secrets[i].secret),
                        ERR_UNAUTHENTICATED);
            token_check(secrets[i].name, &t.cx, hmac_token(&t.cx, forged, secrets[i].secret),
                        ERR_UNAUTHENTICATED);
        }
    }
}

/* A key brought along in the header, with a signature that it would verify. */
static void a_key_in_the_header_is_not_used(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    EVP_PKEY *theirs = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    struct str jwk = jwk_essence(&t.arena, theirs);
    EVP_PKEY_free(theirs);
    static const char *const members[] = {"jwk", "JWK", "key"};
    for (size_t i = 0; i < ARRAY_LEN(members); i++) {
        struct str header =
            arena_format(&t.arena, "{\"alg\":\"EdDSA\",\"kid\":\"" STR_FMT "\",\"%s\":" STR_FMT "}",
                         STR_ARG(kid_of(ED)), members[i], STR_ARG(jwk));
        token_check(members[i], &t.cx, token_make(&t.cx, STRANGER + ED, header, STR(GOOD)),
                    ERR_UNAUTHENTICATED);
    }
}

/* ---- the token's own form ---- */

struct segments {
    struct str header, payload, signature;
};

static struct segments segments_of(struct str token)
{
    struct segments s;
    assert_true(str_split_next(&token, '.', &s.header));
    assert_true(str_split_next(&token, '.', &s.payload));
    assert_true(str_split_next(&token, '.', &s.signature));
    return s;
}

static void a_token_has_three_strict_parts(void **state)
{
    (void)state;
    for (enum who who = HS; who < KEYS; who++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct segments s = segments_of(token_good(&t.cx, who));
        const char *h = arena_cstr_copy(&t.arena, s.header);
        const char *p = arena_cstr_copy(&t.arena, s.payload);
        const char *g = arena_cstr_copy(&t.arena, s.signature);
        const struct {
            const char *name;
            struct str token;
            enum status want;
        } forms[] = {
            {"whole", arena_format(&t.arena, "%s.%s.%s", h, p, g), OK},
            {"padding after the header", arena_format(&t.arena, "%s=.%s.%s", h, p, g),
             ERR_UNAUTHENTICATED},
            {"padding after the payload", arena_format(&t.arena, "%s.%s=.%s", h, p, g),
             ERR_UNAUTHENTICATED},
            {"padding after the signature", arena_format(&t.arena, "%s.%s.%s=", h, p, g),
             ERR_UNAUTHENTICATED},
            {"two paddings", arena_format(&t.arena, "%s.%s.%s==", h, p, g), ERR_UNAUTHENTICATED},
            {"blank before the header", arena_format(&t.arena, ". %s.%s.%s", h, p, g),
             ERR_UNAUTHENTICATED},
            {"blank inside", arena_format(&t.arena, "%s .%s.%s", h, p, g), ERR_UNAUTHENTICATED},
            {"newline inside", arena_format(&t.arena, "%s.\n%s.%s", h, p, g), ERR_UNAUTHENTICATED},
            {"tab inside", arena_format(&t.arena, "%s.%s\t.%s", h, p, g), ERR_UNAUTHENTICATED},
            {"'+' in the signature", arena_format(&t.arena, "%s.%s.+%s", h, p, g + 1),
             ERR_UNAUTHENTICATED},
            {"'/' in the signature", arena_format(&t.arena, "%s.%s./%s", h, p, g + 1),
             ERR_UNAUTHENTICATED},
            {"percent escape", arena_format(&t.arena, "%s%%2E%s.%s", h, p, g), ERR_UNAUTHENTICATED},
            {"byte past ASCII", arena_format(&t.arena, "%s.%s.\xc3\xa9%s", h, p, g),
             ERR_UNAUTHENTICATED},
            {"fourth part", arena_format(&t.arena, "%s.%s.%s.%s", h, p, g, g), ERR_UNAUTHENTICATED},
            {"five parts, as a JWE", arena_format(&t.arena, "%s.%s.%s.%s.%s", h, p, g, p, g),
             ERR_UNAUTHENTICATED},
            {"dot at the end", arena_format(&t.arena, "%s.%s.%s.", h, p, g), ERR_UNAUTHENTICATED},
            {"dot at the start", arena_format(&t.arena, ".%s.%s.%s", h, p, g), ERR_UNAUTHENTICATED},
            {"two dots", arena_format(&t.arena, "%s..%s.%s", h, p, g), ERR_UNAUTHENTICATED},
            {"no signature", arena_format(&t.arena, "%s.%s.", h, p), ERR_UNAUTHENTICATED},
            {"no signature and no dot", arena_format(&t.arena, "%s.%s", h, p), ERR_UNAUTHENTICATED},
            {"no payload", arena_format(&t.arena, "%s..%s", h, g), ERR_UNAUTHENTICATED},
            {"no header", arena_format(&t.arena, ".%s.%s", p, g), ERR_UNAUTHENTICATED},
            {"header alone", arena_format(&t.arena, "%s", h), ERR_UNAUTHENTICATED},
            {"dots alone", STR(".."), ERR_UNAUTHENTICATED},
            {"payload and header swapped", arena_format(&t.arena, "%s.%s.%s", p, h, g),
             ERR_UNAUTHENTICATED},
            {"signature twice", arena_format(&t.arena, "%s.%s.%s%s", h, p, g, g),
             ERR_UNAUTHENTICATED},
            {"JSON serialization",
             arena_format(&t.arena,
                          "{\"protected\":\"%s\",\"payload\":\"%s\",\"signature\":\"%s\"}", h, p,
                          g),
             ERR_UNAUTHENTICATED},
        };
        for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
            token_check(forms[i].name, &t.cx, forms[i].token, forms[i].want);
        }
    }
}

/* none with no signature at all, in every spelling: with the key named, and without */
static void an_unsigned_token_is_refused(void **state)
{
    (void)state;
    static const char *const spellings[] = {"none", "None", "NONE", "nOnE", "", "null"};
    for (size_t i = 0; i < ARRAY_LEN(spellings); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct str named = arena_format(&t.arena, "{\"alg\":\"%s\",\"kid\":\"" STR_FMT "\"}",
                                        spellings[i], STR_ARG(kid_of(HS)));
        struct str bare = arena_format(&t.arena, "{\"alg\":\"%s\"}", spellings[i]);
        const struct str headers[] = {named, bare};
        for (size_t j = 0; j < ARRAY_LEN(headers); j++) {
            struct str head = base64url_encode(&t.arena, headers[j]);
            struct str body = base64url_encode(&t.arena, STR(GOOD));
            struct str open =
                arena_format(&t.arena, STR_FMT "." STR_FMT ".", STR_ARG(head), STR_ARG(body));
            token_check(spellings[i], &t.cx, open, ERR_UNAUTHENTICATED);
            token_check(spellings[i], &t.cx, str_slice(open, 0, open.len - 1), ERR_UNAUTHENTICATED);
            token_check(spellings[i], &t.cx, arena_format(&t.arena, STR_FMT "AA", STR_ARG(open)),
                        ERR_UNAUTHENTICATED);
        }
    }
}

static void every_letter_counts(void **state)
{
    (void)state;
    for (enum who who = HS; who < KEYS; who++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct str token = token_good(&t.cx, who);
        char *text = arena_cstr_copy(&t.arena, token);
        for (size_t i = 0; i < token.len; i++) {
            char kept = text[i];
            text[i] = kept == 'A' ? 'B' : 'A';
            token_check(alg_names[who], &t.cx, (struct str){text, token.len}, ERR_UNAUTHENTICATED);
            text[i] = kept;
        }
        token_check(alg_names[who], &t.cx, (struct str){text, token.len}, OK);
    }
}

static void a_token_cut_anywhere_is_refused(void **state)
{
    (void)state;
    for (enum who who = HS; who < KEYS; who++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct str token = token_good(&t.cx, who);
        for (size_t len = 0; len < token.len; len++) {
            token_check(alg_names[who], &t.cx, str_slice(token, 0, len), ERR_UNAUTHENTICATED);
        }
    }
}

/* A good token of `who` whose payload is made `blanks` bytes longer. */
static struct str token_padded(struct ctx *cx, enum who who, size_t blanks)
{
    struct buf payload = buf_in(cx->arena, MIB(1));
    buf_add(&payload, STR("{" ISS AUD SUB ROLE EXP));
    for (size_t i = 0; i < blanks; i++) {
        buf_add_char(&payload, ' ');
    }
    buf_add_char(&payload, '}');
    return token_make(cx, who, header_good(cx, who), buf_str(&payload));
}

static void sizes_are_limited(void **state)
{
    (void)state;
    size_t largest = 0;
    for (size_t blanks = 5700; blanks < 6200; blanks++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct str token = token_padded(&t.cx, HS, blanks);
        bool fits = token.len <= AUTH_MAX_TOKEN_BYTES;
        largest = fits ? token.len : largest;
        token_check("size", &t.cx, token, fits ? OK : ERR_UNAUTHENTICATED);
    }
    CHECK_I64("the limit was met", largest, AUTH_MAX_TOKEN_BYTES);
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    static const char fills[] = {'A', '.', '{', '=', '\0', '\xff'};
    for (size_t i = 0; i < ARRAY_LEN(fills); i++) {
        char *megabyte = ARENA_ARRAY(&t.arena, char, MIB(1));
        memset(megabyte, fills[i], MIB(1));
        token_check("a megabyte", &t.cx, (struct str){megabyte, MIB(1)}, ERR_UNAUTHENTICATED);
    }
}

/* ---- signatures ---- */

/* A good token of `who` with these bytes for a signature. */
static struct str resigned(struct ctx *cx, enum who who, struct str signature)
{
    struct segments s = segments_of(token_good(cx, who));
    struct str tail = base64url_encode(cx->arena, signature);
    return arena_format(cx->arena, STR_FMT "." STR_FMT "." STR_FMT, STR_ARG(s.header),
                        STR_ARG(s.payload), STR_ARG(tail));
}

static struct str signature_of(struct ctx *cx, struct str token)
{
    struct str bytes = {0};
    assert_true(base64url_decode(cx->arena, segments_of(token).signature, &bytes));
    return bytes;
}

static struct str joined(struct ctx *cx, struct str a, struct str b)
{
    struct buf buf = buf_in(cx->arena, KIB(4));
    buf_add(&buf, a);
    buf_add(&buf, b);
    return buf_str(&buf);
}

static void signatures_have_their_exact_length(void **state)
{
    (void)state;
    for (enum who who = HS; who < KEYS; who++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct str good = signature_of(&t.cx, token_good(&t.cx, who));
        char fill[256];
        memset(fill, 0, sizeof fill);
        struct str zeros = {fill, good.len};
        char ones_fill[256];
        memset(ones_fill, 0xff, sizeof ones_fill);
        struct str ones = {ones_fill, good.len};
        const struct {
            const char *name;
            struct str signature;
        } bad[] = {
            {"a byte less", str_slice(good, 0, good.len - 1)},
            {"first byte missing", str_slice(good, 1, good.len)},
            {"half", str_slice(good, 0, good.len / 2)},
            {"one byte", str_slice(good, 0, 1)},
            {"a byte more", joined(&t.cx, good, STR("\0"))},
            {"a zero before", joined(&t.cx, STR("\0"), good)},
            {"twice", joined(&t.cx, good, good)},
            {"zeros", zeros},
            {"ones", ones},
        };
        for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
            token_check(bad[i].name, &t.cx, resigned(&t.cx, who, bad[i].signature),
                        ERR_UNAUTHENTICATED);
        }
    }
}

static void ecdsa_signatures_are_r_and_s_in_range(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct str good = signature_of(&t.cx, token_good(&t.cx, ES));
    struct str r = str_slice(good, 0, 32);
    struct str s = str_slice(good, 32, 64);
    static char zero_bytes[32];
    const struct str zero = {zero_bytes, 32};
    const struct str one = STR("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1");
    /* the order of P-256 (FIPS 186-4, D.1.2.3) */
    const struct str order =
        STR("\xff\xff\xff\xff\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff"
            "\xbc\xe6\xfa\xad\xa7\x17\x9e\x84\xf3\xb9\xca\xc2\xfc\x63\x25\x51");
    const struct {
        const char *name;
        struct str a, b;
    } pairs[] = {
        {"both 0 (CVE-2022-21449)", zero, zero},
        {"r 0", zero, s},
        {"s 0", r, zero},
        {"r the order", order, s},
        {"s the order", r, order},
        {"both the order", order, order},
        {"r 1, s 0", one, zero},
        {"both 1", one, one},
        {"swapped", s, r},
    };
    for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
        token_check(pairs[i].name, &t.cx,
                    resigned(&t.cx, ES, joined(&t.cx, pairs[i].a, pairs[i].b)),
                    ERR_UNAUTHENTICATED);
    }
}

static void an_ecdsa_signature_in_der_is_refused(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct str good = signature_of(&t.cx, token_good(&t.cx, ES));
    ECDSA_SIG *sig = ECDSA_SIG_new();
    assert_int_equal(ECDSA_SIG_set0(sig, BN_bin2bn(str_bytes(good), 32, NULL),
                                    BN_bin2bn(str_bytes(good) + 32, 32, NULL)),
                     1);
    unsigned char *der = NULL;
    int len = i2d_ECDSA_SIG(sig, &der);
    struct str encoded = {(const char *)der, (size_t)len};
    token_check("DER", &t.cx, resigned(&t.cx, ES, encoded), ERR_UNAUTHENTICATED);
    token_check("64 bytes of DER", &t.cx, resigned(&t.cx, ES, str_slice(encoded, 0, 64)),
                ERR_UNAUTHENTICATED);
    OPENSSL_free(der);
    ECDSA_SIG_free(sig);
}

/* S + L verifies the same equation; RFC 8032 section 5.1.7 refuses S of L or more. */
static void an_ed25519_signature_has_one_form(void **state)
{
    (void)state;
    static const unsigned char order[32] = {0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58,
                                            0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
                                            0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
                                            0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x10};
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct str good = signature_of(&t.cx, token_good(&t.cx, ED));
    char *bytes = arena_cstr_copy(&t.arena, good);
    unsigned carry = 0;
    for (size_t i = 0; i < sizeof order; i++) { /* little end first */
        carry += (unsigned)(unsigned char)bytes[32 + i] + order[i];
        bytes[32 + i] = (char)(carry & 0xFF);
        carry >>= 8;
    }
    assert_int_equal(carry, 0);
    token_check("S + L", &t.cx, resigned(&t.cx, ED, (struct str){bytes, 64}), ERR_UNAUTHENTICATED);
    /* the identity point as R, and S = 0: what a key of small order would accept */
    char small[64] = {1};
    token_check("small order", &t.cx, resigned(&t.cx, ED, (struct str){small, 64}),
                ERR_UNAUTHENTICATED);
}

static void a_signature_serves_its_own_token_only(void **state)
{
    (void)state;
    for (enum who who = HS; who < KEYS; who++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct str other = token_make(
            &t.cx, who, header_good(&t.cx, who),
            STR("{" ISS AUD "\"sub\":\"22222222-2222-4222-8222-222222222222\"," ROLE EXP "}"));
        token_check("another payload's", &t.cx, resigned(&t.cx, who, signature_of(&t.cx, other)),
                    ERR_UNAUTHENTICATED);
        struct str header = with_kid(&t.cx, STR("{\"kid\":\"@\",\"alg\":\"?\"}"), kid_of(who));
        struct str moved = token_make(&t.cx, who, header, STR(GOOD));
        token_check("another header's", &t.cx, resigned(&t.cx, who, signature_of(&t.cx, moved)),
                    ERR_UNAUTHENTICATED);
    }
}

/* ---- the Authorization header ---- */

static void only_one_bearer_token_is_read(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct str token = token_good(&t.cx, HS);
    const char *k = arena_cstr_copy(&t.arena, token);
    const struct {
        const char *name;
        struct str header;
        enum status want;
    } headers[] = {
        {"as it should be", arena_format(&t.arena, "Bearer %s", k), OK},
        {"scheme in any case", arena_format(&t.arena, "bEARER %s", k), OK},
        {"blanks around", arena_format(&t.arena, "  Bearer   %s  ", k), OK},
        {"nothing", STR(""), ERR_UNAUTHENTICATED},
        {"blanks", STR("   "), ERR_UNAUTHENTICATED},
        {"scheme alone", STR("Bearer"), ERR_UNAUTHENTICATED},
        {"scheme and a blank", STR("Bearer "), ERR_UNAUTHENTICATED},
        {"token alone", token, ERR_UNAUTHENTICATED},
        {"another scheme", arena_format(&t.arena, "Basic %s", k), ERR_UNAUTHENTICATED},
        {"longer scheme", arena_format(&t.arena, "BearerX %s", k), ERR_UNAUTHENTICATED},
        {"no blank", arena_format(&t.arena, "Bearer%s", k), ERR_UNAUTHENTICATED},
        {"scheme twice", arena_format(&t.arena, "Bearer Bearer %s", k), ERR_UNAUTHENTICATED},
        {"quoted", arena_format(&t.arena, "Bearer \"%s\"", k), ERR_UNAUTHENTICATED},
        {"two tokens", arena_format(&t.arena, "Bearer %s %s", k, k), ERR_UNAUTHENTICATED},
        {"two headers joined", arena_format(&t.arena, "Bearer %s, Bearer %s", k, k),
         ERR_UNAUTHENTICATED},
        {"parameter after it", arena_format(&t.arena, "Bearer %s; a=b", k), ERR_UNAUTHENTICATED},
        {"NUL after it", joined(&t.cx, arena_format(&t.arena, "Bearer %s", k), STR("\0")),
         ERR_UNAUTHENTICATED},
        {"NUL in the scheme", joined(&t.cx, STR("Bear\0er "), token), ERR_UNAUTHENTICATED},
        {"a header injected", arena_format(&t.arena, "Bearer x\r\nBearer %s", k),
         ERR_UNAUTHENTICATED},
        {"not UTF-8", STR("Bearer \xff\xfe"), ERR_UNAUTHENTICATED},
    };
    for (size_t i = 0; i < ARRAY_LEN(headers); i++) {
        struct caller caller;
        enum status got = authorize(&t.cx, headers[i].header, &caller);
        if (headers[i].want == OK) {
            CHECK_I64(headers[i].name, got, OK);
        } else {
            check_refused(headers[i].name, &t.cx, got, headers[i].want, token);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_headers_that_we_understand_are_let_in),
        cmocka_unit_test(a_key_id_is_a_string_even_if_a_number_reads_the_same),
        cmocka_unit_test(only_claims_that_are_whole_are_let_in),
        cmocka_unit_test(a_caller_is_what_the_claims_say),
        cmocka_unit_test(a_token_of_the_tool_is_let_in_until_it_expires),
        cmocka_unit_test(without_an_issuer_or_audience_nobody_is_let_in),
        cmocka_unit_test(a_public_key_is_never_a_secret),
        cmocka_unit_test(a_key_in_the_header_is_not_used),
        cmocka_unit_test(a_token_has_three_strict_parts),
        cmocka_unit_test(an_unsigned_token_is_refused),
        cmocka_unit_test(every_letter_counts),
        cmocka_unit_test(a_token_cut_anywhere_is_refused),
        cmocka_unit_test(sizes_are_limited),
        cmocka_unit_test(signatures_have_their_exact_length),
        cmocka_unit_test(ecdsa_signatures_are_r_and_s_in_range),
        cmocka_unit_test(an_ecdsa_signature_in_der_is_refused),
        cmocka_unit_test(an_ed25519_signature_has_one_form),
        cmocka_unit_test(a_signature_serves_its_own_token_only),
        cmocka_unit_test(only_one_bearer_token_is_read),
    };
    return cmocka_run_group_tests(tests, world_open, world_close);
}
