/* The key set: what it takes, passes over and refuses. */
#include "shared/auth/internal.h"
#include "shared/auth/sign.h"

#include "shared/base/base64.h"
#include "shared/base/file.h"
#include "tests/support/check.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <unistd.h>

#define X  "\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
#define Y  "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\""
#define EC "\"kty\":\"EC\",\"crv\":\"P-256\","
#define ED                                                                                         \
    "\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\""
#define N                                                                                          \
    "\"n\":"                                                                                       \
    "\"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_"    \
    "BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_"     \
    "FDW2Qvz"                                                                                      \
    "qY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-"                   \
    "bFTWhAI4vMQFh6WeZu0f"                                                                         \
    "M4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw\""
#define RSA_KEY   "\"kty\":\"RSA\"," N ",\"e\":\"AQAB\""
#define OCT       "\"kty\":\"oct\",\"k\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"" /* 32 bytes */
#define SET(keys) "{\"keys\":[" keys "]}"

static const struct {
    const char *name, *json;
    int count; /* -1: refused */
} cases[] = {
    {"four kinds",
     SET("{" EC X Y ",\"kid\":\"a\"},{" ED ",\"kid\":\"b\"},{" RSA_KEY ",\"kid\":\"c\"},{" OCT
         ",\"kid\":\"d\"}"),
     4},
    {"one JWK without a set", "{" EC X Y "}", 1},
    {"declared algorithm that is the type's", "{" EC X Y ",\"alg\":\"ES256\",\"use\":\"sig\"}", 1},
    {"key_ops with verify", "{" ED ",\"key_ops\":[\"sign\",\"verify\"]}", 1},
    {"unknown members", "{" ED ",\"x5t\":\"abc\",\"ext\":true}", 1},

    {"passes over: unknown kty", SET("{\"kty\":\"LATTICE\"},{" ED "}"), 1},
    {"passes over: P-384", SET("{\"kty\":\"EC\",\"crv\":\"P-384\"," X Y "},{" ED "}"), 1},
    {"passes over: X25519", SET("{\"kty\":\"OKP\",\"crv\":\"X25519\",\"x\":\"AA\"},{" ED "}"), 1},
    {"passes over: Ed448", SET("{\"kty\":\"OKP\",\"crv\":\"Ed448\",\"x\":\"AA\"},{" ED "}"), 1},
    {"passes over: for encryption", SET("{" EC X Y ",\"use\":\"enc\"},{" ED "}"), 1},
    {"passes over: key_ops without verify",
     SET("{" EC X Y ",\"key_ops\":[\"deriveKey\"]},{" ED "}"), 1},
    {"passes over: RS512", SET("{" RSA_KEY ",\"alg\":\"RS512\"},{" ED "}"), 1},
    {"passes over: RSA that says HS256", SET("{" RSA_KEY ",\"alg\":\"HS256\"},{" ED "}"), 1},
    {"passes over: RSA that says none", SET("{" RSA_KEY ",\"alg\":\"none\"},{" ED "}"), 1},
    {"passes over: oct that says RS256", SET("{" OCT ",\"alg\":\"RS256\"},{" ED "}"), 1},
    {"passes over: EC that says EdDSA", SET("{" EC X Y ",\"alg\":\"EdDSA\"},{" ED "}"), 1},

    {"nothing left", SET("{\"kty\":\"LATTICE\"}"), -1},
    {"empty set", SET(""), -1},
    {"not JSON", "keys", -1},
    {"empty text", "", -1},
    {"array", "[]", -1},
    {"keys is an object", "{\"keys\":{}}", -1},
    {"key that is a string", SET("\"abc\""), -1},
    {"no kty", SET("{\"k\":\"AA\"}"), -1},
    {"member twice", SET("{" ED ",\"kty\":\"oct\"}"), -1},
    {"key id twice", SET("{" EC X Y ",\"kid\":\"a\"},{" ED ",\"kid\":\"a\"}"), -1},
    {"two keys without id", SET("{" EC X Y "},{" ED "}"), -1},
    {"key id that is a number", "{" ED ",\"kid\":7}", -1},

    {"EC point off the curve", "{" EC X "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a1\"}",
     -1},
    {"EC point at 0,0",
     "{" EC "\"x\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\",\"y\":"
     "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}",
     -1},
    {"EC x and y swapped",
     "{" EC "\"y\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\",\"x\":\"x_FEzRu9m36HLN_"
     "tue659LNpXW6pCyStikYjKIWI5a0\"}",
     -1},
    {"EC y of 31 bytes", "{" EC X "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5Q\"}", -1},
    {"EC y of 33 bytes", "{" EC X "\"y\":\"AMfxRM0bvZt-hyzf7bnuufSzaV1uqQskrYpGIyiFiOWt\"}", -1},
    {"EC without y", "{" EC "\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\"}", -1},
    {"EC with padding", "{" EC X "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0=\"}", -1},
    {"EC private", "{" EC X Y ",\"d\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE\"}", -1},
    {"Ed25519 of 31 bytes",
     "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHUQ\"}",
     -1},
    {"Ed25519 private", "{" ED ",\"d\":\"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A\"}", -1},
    {"RSA exponent 1", "{\"kty\":\"RSA\"," N ",\"e\":\"AQ\"}", -1},
    {"RSA exponent 3", "{\"kty\":\"RSA\"," N ",\"e\":\"Aw\"}", -1},
    {"RSA exponent even", "{\"kty\":\"RSA\"," N ",\"e\":\"AQAC\"}", -1},
    {"RSA exponent of 9 bytes", "{\"kty\":\"RSA\"," N ",\"e\":\"AQAAAAAAAAAB\"}", -1},
    {"RSA exponent empty", "{\"kty\":\"RSA\"," N ",\"e\":\"\"}", -1},
    {"RSA modulus tiny", "{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\"}", -1},
    {"RSA private", "{" RSA_KEY ",\"d\":\"AQAB\"}", -1},
    {"RSA modulus a number", "{\"kty\":\"RSA\",\"n\":65537,\"e\":\"AQAB\"}", -1},
    {"secret of 31 bytes", "{\"kty\":\"oct\",\"k\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}",
     -1},
    {"secret empty", "{\"kty\":\"oct\",\"k\":\"\"}", -1},
    {"secret that is a public key in PEM",
     "{\"kty\":\"oct\",\"k\":"
     "\"LS0tLS1CRUdJTiBQVUJMSUMgS0VZLS0tLS0KTUlJQklqQU5CZ2txaGtpRzl3MEJBUUVG\"}",
     -1},
};

static void key_set_parse_takes_sound_keys_and_no_others(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct key_set *set = key_set_new();
        struct str json = exact_copy(&t.cx, str_from_cstr(cases[i].json));
        enum status status = key_set_parse(&t.cx, json, set);
        CHECK_I64(cases[i].name, status, cases[i].count < 0 ? ERR_INVALID : OK);
        if (cases[i].count >= 0) {
            CHECK_I64(cases[i].name, key_set_count(set), cases[i].count);
        }
        key_set_free(set);
    }
}

/* A JWK of a new RSA key of `bits`. */
static struct str rsa_jwk(struct ctx *cx, unsigned bits)
{
    EVP_PKEY *pkey = EVP_RSA_gen(bits);
    assert_non_null(pkey);
    struct str essence = jwk_essence(cx->arena, pkey);
    EVP_PKEY_free(pkey);
    return essence;
}

static void rsa_keys_have_2048_bits_at_least(void **state)
{
    (void)state;
    static const struct {
        unsigned bits;
        enum status want;
    } sizes[] = {{1024, ERR_INVALID}, {2047, ERR_INVALID}, {2048, OK}};
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct key_set *set = key_set_new();
        enum status status = key_set_parse(&t.cx, rsa_jwk(&t.cx, sizes[i].bits), set);
        CHECK_I64("bits", status, sizes[i].want);
        key_set_free(set);
    }
}

static void a_set_holds_16_keys_and_150_kilobytes(void **state)
{
    (void)state;
    for (int keys = 16; keys <= 17; keys++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct key_set *set = key_set_new();
        struct buf buf = buf_in(&t.arena, KIB(32));
        buf_add(&buf, STR("{\"keys\":["));
        for (int i = 0; i < keys; i++) {
            buf_addf(&buf, "%s{" ED ",\"kid\":\"%d\"}", i == 0 ? "" : ",", i);
        }
        buf_add(&buf, STR("]}"));
        CHECK_STATUS(&t.cx, key_set_parse(&t.cx, buf_str(&buf), set),
                     keys == 16 ? OK : ERR_INVALID);
        key_set_free(set);
    }
    for (size_t size = 150000; size <= 150001; size++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct key_set *set = key_set_new();
        struct buf buf = buf_in(&t.arena, KIB(200));
        buf_add(&buf, STR("{" ED "}"));
        while (buf.len < size) {
            buf_add_char(&buf, ' ');
        }
        CHECK_STATUS(&t.cx, key_set_parse(&t.cx, buf_str(&buf), set),
                     size == 150000 ? OK : ERR_INVALID);
        key_set_free(set);
    }
}

static void secrets_are_long_and_no_public_keys(void **state)
{
    (void)state;
    static char long_secret[1025];
    memset(long_secret, 's', sizeof long_secret);
    const struct {
        const char *name;
        struct str secret;
        enum status want;
    } secrets[] = {
        {"31 bytes", {long_secret, 31}, ERR_INVALID},
        {"32 bytes", {long_secret, 32}, OK},
        {"1024 bytes", {long_secret, 1024}, OK},
        {"1025 bytes", {long_secret, 1025}, ERR_INVALID},
        {"PEM", STR("-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkq"), ERR_INVALID},
        {"PEM after a blank line", STR("\n -----BEGIN RSA PUBLIC KEY-----\nMIIBIjANBgkq"),
         ERR_INVALID},
        {"JWK", STR("{" ED "}"), ERR_INVALID},
        {"SSH", STR("ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAB"), ERR_INVALID},
        {"empty", STR(""), ERR_INVALID},
    };
    for (size_t i = 0; i < ARRAY_LEN(secrets); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct key_set *set = key_set_new();
        CHECK_I64(secrets[i].name, key_set_add_secret(&t.cx, STR("a"), secrets[i].secret, set),
                  secrets[i].want);
        key_set_free(set);
    }
}

static void keys_are_found_by_their_exact_id(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct key_set *set = key_set_new();
    CHECK_STATUS(&t.cx, key_set_parse(&t.cx, STR("{" ED ",\"kid\":\"key-1\"}"), set), OK);
    assert_non_null(key_set_find(set, false, STR(""))); /* the only one */
    assert_non_null(key_set_find(set, true, STR("key-1")));
    const char *const others[] = {"", "key-", "key-11", "KEY-1", " key-1", "key-1\n", "../key-1"};
    for (size_t i = 0; i < ARRAY_LEN(others); i++) {
        assert_null(key_set_find(set, true, str_from_cstr(others[i])));
    }
    CHECK_STATUS(&t.cx,
                 key_set_add_secret(&t.cx, STR(""), STR("0123456789abcdef0123456789abcdef"), set),
                 OK);
    assert_null(key_set_find(set, false, STR(""))); /* two now: none is named */
    assert_null(key_set_find(set, true, STR("")));
    key_set_free(set);
}

static void thumbprints_are_those_of_the_standards(void **state)
{
    (void)state;
    static const struct {
        const char *name, *jwk, *want;
    } prints[] = {
        {"RFC 7638 section 3.1", "{" RSA_KEY "}", "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"},
        {"RFC 8037 A.3", "{" ED "}", "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"},
    };
    for (size_t i = 0; i < ARRAY_LEN(prints); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct key_set *set = key_set_new();
        CHECK_STATUS(&t.cx, key_set_parse(&t.cx, str_from_cstr(prints[i].jwk), set), OK);
        EVP_PKEY *pkey = key_set_find(set, false, STR(""))->pkey;
        CHECK_STR(prints[i].name, jwk_thumbprint(&t.arena, jwk_essence(&t.arena, pkey)),
                  str_from_cstr(prints[i].want));
        key_set_free(set);
    }
}

/* ---- files ---- */

static enum status file_load(struct ctx *cx, struct str content, struct key_set *set)
{
    char path[] = "/tmp/clambda-keys.XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, content.ptr, content.len), (ssize_t)content.len);
    assert_int_equal(close(fd), 0);
    enum status status = key_set_load_file(cx, path, set);
    assert_int_equal(unlink(path), 0);
    return status;
}

static struct str public_pem(struct ctx *cx, EVP_PKEY *pkey)
{
    char *text = NULL;
    BIO *bio = BIO_new(BIO_s_mem());
    assert_int_equal(PEM_write_bio_PUBKEY(bio, pkey), 1);
    long len = BIO_get_mem_data(bio, &text);
    struct str pem = arena_str_copy(cx->arena, (struct str){text, (size_t)len});
    BIO_free_all(bio);
    return pem;
}

static void files_hold_one_public_key_or_a_set(void **state)
{
    (void)state;
    const struct {
        const char *name;
        EVP_PKEY *pkey;
        enum status want;
    } keys[] = {
        {"RSA", EVP_RSA_gen(2048), OK},
        {"P-256", EVP_EC_gen("P-256"), OK},
        {"Ed25519", EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"), OK},
        {"RSA of 1024 bits", EVP_RSA_gen(1024), ERR_INVALID},
        {"P-384", EVP_EC_gen("P-384"), ERR_INVALID},
        {"secp256k1", EVP_EC_gen("secp256k1"), ERR_INVALID},
        {"X25519", EVP_PKEY_Q_keygen(NULL, NULL, "X25519"), ERR_INVALID},
        {"Ed448", EVP_PKEY_Q_keygen(NULL, NULL, "ED448"), ERR_INVALID},
    };
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct key_set *set = key_set_new();
        CHECK_I64(keys[i].name, file_load(&t.cx, public_pem(&t.cx, keys[i].pkey), set),
                  keys[i].want);
        CHECK_I64(keys[i].name, key_set_count(set), keys[i].want == OK ? 1 : 0);
        if (keys[i].want ==
            OK) { /* a second time: its thumbprint is its id, and is there already */
            CHECK_I64(keys[i].name, file_load(&t.cx, public_pem(&t.cx, keys[i].pkey), set),
                      ERR_INVALID);
        }
        EVP_PKEY_free(keys[i].pkey);
        key_set_free(set);
    }
}

static void files_of_another_kind_are_never_secrets(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct signing_key *private_key = NULL;
    CHECK_STATUS(&t.cx, signing_key_generate(&t.cx, STR("ES256"), &private_key), OK);
    const struct str contents[] = {
        signing_key_private(&t.cx, private_key),
        STR("0123456789abcdef0123456789abcdef0123456789abcdef"),
        STR(""),
        STR("-----BEGIN PUBLIC KEY-----\nbm90IGEga2V5\n-----END PUBLIC KEY-----\n"),
        STR("-----BEGIN CERTIFICATE-----\nbm90IGEga2V5\n-----END CERTIFICATE-----\n"),
        STR("\0\0\0\0"),
    };
    struct key_set *set = key_set_new();
    for (size_t i = 0; i < ARRAY_LEN(contents); i++) {
        CHECK_STATUS(&t.cx, file_load(&t.cx, contents[i], set), ERR_INVALID);
        CHECK_I64("keys", key_set_count(set), 0);
    }
    CHECK_STATUS(&t.cx, key_set_load_file(&t.cx, "/nonexistent/keys", set), ERR_NOT_FOUND);
    key_set_free(set);
}

static void what_the_tool_writes_is_read_back(void **state)
{
    (void)state;
    const char *const algs[] = {"HS256", "RS256", "ES256", "EdDSA"};
    for (size_t i = 0; i < ARRAY_LEN(algs); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct signing_key *made = NULL;
        struct signing_key *read = NULL;
        CHECK_STATUS(&t.cx, signing_key_generate(&t.cx, str_from_cstr(algs[i]), &made), OK);
        CHECK_STATUS(&t.cx, signing_key_parse(&t.cx, signing_key_private(&t.cx, made), &read), OK);
        CHECK_STR(algs[i], signing_key_id(read), signing_key_id(made));
        CHECK_STR(algs[i], signing_key_alg(read), str_from_cstr(algs[i]));
        struct key_set *set = key_set_new();
        CHECK_STATUS(&t.cx, file_load(&t.cx, signing_key_jwks(&t.cx, read), set), OK);
        const struct key *key = key_set_find(set, true, signing_key_id(made));
        struct str signature = {0};
        assert_non_null(key);
        CHECK_STATUS(&t.cx, signing_key_sign(&t.cx, read, STR("bytes"), &signature), OK);
        assert_true(signature_is_valid(key, STR("bytes"), signature));
        assert_false(signature_is_valid(key, STR("bytez"), signature));
        key_set_free(set);
    }
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct signing_key *none = NULL;
    CHECK_STATUS(&t.cx, signing_key_generate(&t.cx, STR("none"), &none), ERR_INVALID);
    CHECK_STATUS(&t.cx, signing_key_parse(&t.cx, STR("{" ED "}"), &none), ERR_INVALID);
}

/* ---- published signatures ---- */

static struct str case_read(struct ctx *cx, const char *name, const char *file)
{
    struct str content;
    struct str path = arena_format(cx->arena, "tests/cases/jwt/%s/%s", name, file);
    CHECK_STATUS(cx, file_read(cx, path.ptr, KIB(16), &content), OK);
    return content;
}

static void published_signatures_hold(void **state)
{
    (void)state;
    const char *const names[] = {"rfc7515-a1-hs256", "rfc7515-a2-rs256", "rfc7515-a3-es256",
                                 "rfc8037-a4-eddsa"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct key_set *set = key_set_new();
        struct str payload = {0};
        bool unknown = true;
        CHECK_STATUS(&t.cx, key_set_parse(&t.cx, case_read(&t.cx, names[i], "key.json"), set), OK);
        CHECK_STATUS(&t.cx,
                     jwt_open(&t.cx, set, case_read(&t.cx, names[i], "input"), &payload, &unknown),
                     OK);
        CHECK_STR(names[i], payload, case_read(&t.cx, names[i], "want"));
        key_set_free(set);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(key_set_parse_takes_sound_keys_and_no_others),
        cmocka_unit_test(rsa_keys_have_2048_bits_at_least),
        cmocka_unit_test(a_set_holds_16_keys_and_150_kilobytes),
        cmocka_unit_test(secrets_are_long_and_no_public_keys),
        cmocka_unit_test(keys_are_found_by_their_exact_id),
        cmocka_unit_test(thumbprints_are_those_of_the_standards),
        cmocka_unit_test(files_hold_one_public_key_or_a_set),
        cmocka_unit_test(files_of_another_kind_are_never_secrets),
        cmocka_unit_test(what_the_tool_writes_is_read_back),
        cmocka_unit_test(published_signatures_hold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
