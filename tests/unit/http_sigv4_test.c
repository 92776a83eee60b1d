/*
 * Signatures against known ones. The first is AWS's own ("get-vanilla" of the Signature Version 4
 * test suite); the others were made with Python's hmac from the rules of the IAM User Guide.
 */
#include "shared/http/internal.h"

#include "tests/support/check.h"

enum { AUGUST_30_2015_S = 1440938160 };

#define SECRET "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
#define HEAD                                                                                       \
    "x-amz-date: 20150830T123600Z\r\nauthorization: AWS4-HMAC-SHA256 "                             \
    "Credential=AKIDEXAMPLE/20150830/"

static const struct {
    const char *name;
    struct http_sigv4 keys;
    struct http_signing what;
    struct str want;
} cases[] = {
    {
        "AWS's",
        {STR_INIT("us-east-1"), STR_INIT("service"), STR_INIT("AKIDEXAMPLE"), STR_INIT(SECRET),
         STR_INIT("")},
        {.method = "GET", .host = STR_INIT("example.amazonaws.com"), .target = STR_INIT("/")},
        STR_INIT(HEAD "us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, Signature="
                      "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31\r\n"),
    },
    {
        "no path is the root",
        {STR_INIT("us-east-1"), STR_INIT("service"), STR_INIT("AKIDEXAMPLE"), STR_INIT(SECRET),
         STR_INIT("")},
        {.method = "GET", .host = STR_INIT("example.amazonaws.com")},
        STR_INIT(HEAD "us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, Signature="
                      "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31\r\n"),
    },
    {
        "an escape in the path is escaped again; a session; a body",
        {STR_INIT("eu-west-1"), STR_INIT("bedrock"), STR_INIT("AKIDEXAMPLE"), STR_INIT(SECRET),
         STR_INIT("token==")},
        {.method = "POST",
         .host = STR_INIT("bedrock-runtime.eu-west-1.amazonaws.com"),
         .target = STR_INIT("/model/anthropic.claude-haiku-4-5-v1%3A0/converse"),
         .body = STR_INIT("{\"a\":1}"),
         .content_type = STR_INIT("application/json")},
        STR_INIT(HEAD "eu-west-1/bedrock/aws4_request, SignedHeaders=content-type;host;x-amz-date;"
                      "x-amz-security-token, Signature="
                      "7984221d48be894ee1ca469a2e32068935ad2aea3b330b28e3c77597b68f75a8\r\n"),
    },
};

static void signatures_are_the_known_ones(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct http_signing what = cases[i].what;
        what.now_ms = (int64_t)AUGUST_30_2015_S * 1000;
        struct buf head = buf_in(&t.arena, KIB(4));
        CHECK_STATUS(&t.cx, http_sigv4_add(&t.cx, &cases[i].keys, &what, &head), OK);
        CHECK_STR(cases[i].name, buf_str(&head), cases[i].want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signatures_are_the_known_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
