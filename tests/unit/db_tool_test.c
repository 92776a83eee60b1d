#include "infra/db/tool/id_map.h"
#include "infra/db/tool/uuid5.h"
#include "tests/support/check.h"

static void uuid_v5_gives_the_rfcs_example(void **state)
{
    (void)state;
    /* RFC 9562 appendix A.4: "www.example.com" in the namespace DNS of section 6.6 */
    static const struct uuid_namespace dns = {{0x6b, 0xa7, 0xb8, 0x10, 0x9d, 0xad, 0x11, 0xd1, 0x80,
                                               0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8}};
    char text[UUID_TEXT_LEN + 1];
    uuid_v5(&dns, STR("www.example.com"), text);
    CHECK_STR("id", str_from_cstr(text), STR("2ed6657d-e927-568b-95e1-2665a8aea6a2"));
    uuid_v5(&dns, STR(""), text);
    CHECK_I64("form", uuid_is_valid(str_from_cstr(text)), true);
}

static void id_map_finds_what_was_added(void **state)
{
    (void)state;
    enum { COUNT = 50000 };
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct id_map map = id_map_in(&t.arena);
    uint64_t value = 7;
    assert_false(id_map_find(&map, 1, &value));
    /* the loader's own pattern: a food in the upper half, a nutrient in the lower */
    for (uint64_t i = 1; i <= COUNT; i++) {
        assert_true(id_map_add(&map, (i << 32) | (i % 3), i));
    }
    for (uint64_t i = 1; i <= COUNT; i++) {
        assert_true(id_map_find(&map, (i << 32) | (i % 3), &value));
        CHECK_I64("value", value, i);
        assert_false(id_map_add(&map, (i << 32) | (i % 3), 0));
        assert_false(id_map_find(&map, (i << 32) | 3, NULL));
    }
    CHECK_I64("count", map.count, COUNT);
    assert_false(id_map_find(&map, 0, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(uuid_v5_gives_the_rfcs_example),
        cmocka_unit_test(id_map_finds_what_was_added),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
