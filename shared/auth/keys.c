#include "shared/auth/keys.h"

#include "shared/auth/internal.h"
#include "shared/base/file.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>

enum { MAX_KEYS = 16, MAX_SET_BYTES = 150000 };

struct key_set {
    struct arena arena; /* holds this struct, ids and secrets */
    size_t count;
    struct key keys[MAX_KEYS];
};

struct key_set *key_set_new(void)
{
    struct arena arena;
    arena_init(&arena, 0);
    struct key_set *set = ARENA_NEW(&arena, struct key_set);
    set->arena = arena;
    return set;
}

static void secret_wipe(struct str secret)
{
    if (secret.len > 0) {
        /* The set's own copy: const only for those who read it. */
        char *bytes = NULL;
        memcpy(&bytes, &secret.ptr, sizeof(bytes));
        OPENSSL_cleanse(bytes, secret.len);
    }
}

void key_set_free(struct key_set *set)
{
    if (set == NULL) {
        return;
    }
    for (size_t i = 0; i < set->count; i++) {
        EVP_PKEY_free(set->keys[i].pkey);
        secret_wipe(set->keys[i].secret);
    }
    struct arena arena = set->arena; /* a copy: the original is in its own memory */
    arena_deinit(&arena);
}

size_t key_set_count(const struct key_set *set)
{
    return set->count;
}

const struct key *key_set_find(const struct key_set *set, bool has_kid, struct str kid)
{
    if (!has_kid) {
        return set->count == 1 ? &set->keys[0] : NULL;
    }
    for (size_t i = 0; i < set->count; i++) {
        if (kid.len > 0 && str_eq(set->keys[i].kid, kid)) {
            return &set->keys[i];
        }
    }
    return NULL;
}

bool key_set_has_secret(const struct key_set *set)
{
    for (size_t i = 0; i < set->count; i++) {
        if (set->keys[i].secret.len > 0) {
            return true;
        }
    }
    return false;
}

static bool kid_is_taken(const struct key_set *set, struct str kid)
{
    for (size_t i = 0; i < set->count; i++) {
        if (str_eq(set->keys[i].kid, kid)) {
            return true;
        }
    }
    return false;
}

/* Copies what the set keeps; takes over `key->pkey`, also when it refuses. */
static enum status key_add(struct ctx *cx, struct key_set *set, const struct key *key)
{
    if (set->count == MAX_KEYS || kid_is_taken(set, key->kid)) {
        EVP_PKEY_free(key->pkey);
        return fail(cx, ERR_INVALID, "%s",
                    set->count == MAX_KEYS ? "too many keys" : "a key id that is there already");
    }
    set->keys[set->count++] = (struct key){
        .kid = arena_str_copy(&set->arena, key->kid),
        .alg = key->alg,
        .pkey = key->pkey,
        .secret = arena_str_copy(&set->arena, key->secret),
    };
    return OK;
}

static enum status jwk_add(struct ctx *cx, const struct json *jwk, struct key_set *set)
{
    struct key key = {0};
    switch (jwk_read(cx, jwk, &key)) {
    case JWK_PASSED_OVER:
        return OK;
    case JWK_REFUSED:
        return ERR_INVALID;
    case JWK_TAKEN:
        break;
    }
    return key_add(cx, set, &key);
}

static enum status jwks_add(struct ctx *cx, const struct json *list, struct key_set *set)
{
    size_t index = 0;
    JSON_EACH (jwk, list) {
        enum status status = jwk_add(cx, jwk, set);
        if (status != OK) {
            return err_while(cx, status, "key %zu of the set", index);
        }
        index++;
    }
    return OK;
}

enum status key_set_parse(struct ctx *cx, struct str json, struct key_set *set)
{
    const struct json *root = NULL;
    if (json.len > MAX_SET_BYTES) {
        return fail(cx, ERR_INVALID, "a key set of more than %d bytes", MAX_SET_BYTES);
    }
    if (json_read(cx, json, NULL, &root) != OK || root->type != JSON_OBJECT) {
        return fail(cx, ERR_INVALID, "the key set is not a JSON object");
    }
    size_t before = set->count;
    const struct json *list = json_find(root, STR("keys"));
    if (list != NULL && list->type != JSON_ARRAY) {
        return fail(cx, ERR_INVALID, "the key set's `keys` is not an array");
    }
    TRY(list != NULL ? jwks_add(cx, list, set) : jwk_add(cx, root, set));
    if (set->count == before) {
        return fail(cx, ERR_INVALID, "the key set has no key that checks signatures");
    }
    return OK;
}

static void bio_drop(BIO **bio)
{
    BIO_free_all(*bio);
}

static enum status pem_add(struct ctx *cx, struct str pem, struct key_set *set)
{
    DEFER(bio_drop) BIO *bio = BIO_new_mem_buf(pem.ptr, (int)pem.len);
    struct key key = {.pkey = bio == NULL ? NULL : PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL)};
    ERR_clear_error(); /* or the next TLS read of this thread would find it */
    if (key.pkey == NULL) {
        return fail(cx, ERR_INVALID, "not one public key in PEM (BEGIN PUBLIC KEY)");
    }
    enum status status = pkey_alg(cx, key.pkey, &key.alg);
    if (status != OK) {
        EVP_PKEY_free(key.pkey);
        return status;
    }
    key.kid = jwk_thumbprint(cx->arena, jwk_essence(cx->arena, key.pkey));
    return key_add(cx, set, &key);
}

enum status key_set_load_file(struct ctx *cx, const char *path, struct key_set *set)
{
    struct str content;
    TRY(file_read(cx, path, MAX_SET_BYTES, &content));
    struct str text = str_trim(content);
    enum status status = str_has_prefix(text, STR("-----BEGIN ")) ? pem_add(cx, text, set)
                                                                  : key_set_parse(cx, text, set);
    return status == OK ? OK : err_while(cx, status, "reading keys from %s", path);
}

enum status key_set_add_secret(struct ctx *cx, struct str kid, struct str secret,
                               struct key_set *set)
{
    if (secret.len < AUTH_MIN_SECRET_BYTES || secret.len > AUTH_MAX_SECRET_BYTES) {
        return fail(cx, ERR_INVALID, "a secret of %zu bytes: must be %d to %d", secret.len,
                    AUTH_MIN_SECRET_BYTES, AUTH_MAX_SECRET_BYTES);
    }
    struct str start = str_trim(secret);
    if (str_has_prefix(start, STR("-----BEGIN ")) || str_has_prefix(start, STR("{")) ||
        str_has_prefix(start, STR("ssh-"))) {
        return fail(cx, ERR_INVALID, "a secret that looks like a key: a public key is no secret");
    }
    struct key key = {.kid = kid, .alg = AUTH_HS256, .secret = secret};
    return key_add(cx, set, &key);
}
