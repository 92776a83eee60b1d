#include "shared/base/base64.h"
#include "shared/llm/store/store.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <sys/random.h>

enum { KEY_RANDOM_BYTES = 32, KEY_ARENA_BYTES = 1024 };

#define KEY_PREFIX "ck_"

void llm_key_make(char out[static LLM_KEY_LEN + 1])
{
    char bytes[KEY_RANDOM_BYTES];
    if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes) {
        abort(); /* up to 256 bytes never come short once the pool is ready: getrandom(2) */
    }
    struct arena arena;
    arena_init(&arena, KEY_ARENA_BYTES);
    struct str random = {.ptr = bytes, .len = sizeof bytes};
    struct str text =
        arena_format(&arena, KEY_PREFIX STR_FMT, STR_ARG(base64url_encode(&arena, random)));
    (void)str_to_cstr(text, out, LLM_KEY_LEN + 1);
    arena_wipe(&arena);
    OPENSSL_cleanse(bytes, sizeof bytes);
}

static bool is_base64url(struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool fits = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                    c == '-' || c == '_';
        if (!fits) {
            return false;
        }
    }
    return true;
}

bool llm_key_digest(struct str key, struct llm_digest *out)
{
    struct str rest = key;
    if (key.len != LLM_KEY_LEN || !str_skip_prefix(&rest, STR(KEY_PREFIX)) || !is_base64url(rest)) {
        return false;
    }
    if (EVP_Digest(key.ptr, key.len, out->bytes, NULL, EVP_sha256(), NULL) != 1) {
        abort(); /* out of memory, or a libcrypto without SHA-256 */
    }
    return true;
}
