#include "shared/random/random.h"

#include "tests/support/check.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

static unsigned seeds_of(EVP_RAND_CTX *generator)
{
    unsigned count = 0;
    OSSL_PARAM params[] = {OSSL_PARAM_construct_uint(OSSL_DRBG_PARAM_RESEED_COUNTER, &count),
                           OSSL_PARAM_construct_end()};
    assert_non_null(generator);
    assert_int_equal(EVP_RAND_CTX_get_params(generator, params), 1);
    return count;
}

static unsigned requests_of(EVP_RAND_CTX *generator)
{
    unsigned char byte = 0;
    assert_int_equal(EVP_RAND_generate(generator, &byte, 1, 0, 0, NULL, 0), 1);
    return seeds_of(generator);
}

static void every_generator_has_a_new_seed(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    EVP_RAND_CTX *generators[] = {RAND_get0_primary(NULL), RAND_get0_public(NULL),
                                  RAND_get0_private(NULL)};
    unsigned before[ARRAY_LEN(generators)];
    for (size_t i = 0; i < ARRAY_LEN(generators); i++) {
        before[i] = requests_of(generators[i]);
        CHECK_I64("none without being asked", requests_of(generators[i]), before[i]);
    }
    CHECK_STATUS(&t.cx, random_reseed(&t.cx), OK);
    for (size_t i = 0; i < ARRAY_LEN(generators); i++) {
        assert_true(requests_of(generators[i]) > before[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_generator_has_a_new_seed),
    };
    return cmocka_run_group_tests_name("random", tests, NULL, NULL);
}
