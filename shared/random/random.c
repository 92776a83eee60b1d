#include "shared/random/random.h"

#include <openssl/evp.h>
#include <openssl/rand.h>

/* From what seeds it, not from what it has; that seed is the kernel's or the primary generator's.
 */
static bool reseed(EVP_RAND_CTX *generator)
{
    return generator != NULL && EVP_RAND_reseed(generator, 1, NULL, 0, NULL, 0) == 1;
}

enum status random_reseed(struct ctx *cx)
{
    /* The primary one first: it seeds the other two. */
    bool is_fresh = RAND_poll() == 1 && reseed(RAND_get0_primary(NULL)) &&
                    reseed(RAND_get0_public(NULL)) && reseed(RAND_get0_private(NULL));
    return is_fresh ? OK : fail(cx, ERR_INTERNAL, "OpenSSL's generators take no new seed");
}
