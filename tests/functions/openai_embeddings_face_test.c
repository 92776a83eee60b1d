/*
 * Embeddings and the list of models, as callers ask for them.
 */
#include "functions/ai-gateway/face/face.h"
#include "functions/ai-gateway/face/openai_models.h"

#include "shared/base/clock.h"
#include "tests/support/check.h"

static const struct {
    const char *name;
    struct str body;
    const char *path, *message; /* NULL: no fault */
} requests[] = {
    {"a text", STR_INIT("{\"model\":\"e\",\"input\":\"a\"}"), NULL, NULL},
    {"texts",
     STR_INIT("{\"model\":\"e\",\"input\":[\"a\",\"b\"],\"encoding_format\":\"base64\","
              "\"dimensions\":256,\"user\":\"u\"}"),
     NULL, NULL},
    {"tokens", STR_INIT("{\"model\":\"e\",\"input\":[1,2,3]}"), NULL, NULL},
    {"tokens of several", STR_INIT("{\"model\":\"e\",\"input\":[[1,2],[3]]}"), NULL, NULL},
    {"no model", STR_INIT("{\"input\":\"a\"}"), "model", "is required"},
    {"no input", STR_INIT("{\"model\":\"e\"}"), "input", "is required"},
    {"an empty list", STR_INIT("{\"model\":\"e\",\"input\":[]}"), "input", "must not be empty"},
    {"an empty text", STR_INIT("{\"model\":\"e\",\"input\":[\"a\",\"\"]}"), "input[1]",
     "must not be empty"},
    {"no text", STR_INIT("{\"model\":\"e\",\"input\":{}}"), "input",
     "must be an array, not an object"},
    {"half a token", STR_INIT("{\"model\":\"e\",\"input\":[[1.5]]}"), "input[0][0]",
     "must be a whole number from 0 to 16777216"},
    {"an encoding", STR_INIT("{\"model\":\"e\",\"input\":\"a\",\"encoding_format\":\"hex\"}"),
     "encoding_format", "must be float or base64"},
    {"the most dimensions", STR_INIT("{\"model\":\"e\",\"input\":\"a\",\"dimensions\":16384}"),
     NULL, NULL},
    {"one dimension more", STR_INIT("{\"model\":\"e\",\"input\":\"a\",\"dimensions\":16385}"),
     "dimensions", "must be a whole number from 1 to 16384"},
    {"the largest token", STR_INIT("{\"model\":\"e\",\"input\":[16777216]}"), NULL, NULL},
    {"a larger token", STR_INIT("{\"model\":\"e\",\"input\":[16777217]}"), "input[0]",
     "must be a whole number from 0 to 16777216"},
    {"no dimension", STR_INIT("{\"model\":\"e\",\"input\":\"a\",\"dimensions\":0}"), "dimensions",
     "must be a whole number from 1 to 16384"},
};

static void embeddings_face_reads_every_form_of_input(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(requests); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        const struct http_event event = {.body = exact_copy(&t.cx, requests[i].body)};
        struct llm_request request = {0};
        enum status status = face_openai_embeddings.read(&t.cx, &event, &request);
        CHECK_I64(requests[i].name, status, requests[i].path == NULL ? OK : ERR_INVALID);
        CHECK_STR(requests[i].name, str_from_cstr(t.cx.err.fields[0].path),
                  str_from_cstr(requests[i].path));
        CHECK_STR(requests[i].name, str_from_cstr(t.cx.err.fields[0].message),
                  str_from_cstr(requests[i].message));
        assert_true(request.chat == NULL && !request.stream);
    }
}

static const struct {
    const char *name, *before, *item, *after;
    size_t most;
} limits[] = {
    {"inputs", "{\"model\":\"e\",\"input\":[\"a\"", ",\"a\"", "]}", 2047},
    {"tokens of an input", "{\"model\":\"e\",\"input\":[1", ",1", "]}", 8191},
    {"tokens of each input", "{\"model\":\"e\",\"input\":[[1", ",1", "]]}", 8191},
};

static void embeddings_face_takes_so_many_and_not_one_more(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(limits) * 2; i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        size_t row = i / 2, extra = i % 2;
        struct buf body = buf_in(&t.arena, SIZE_MAX);
        buf_add(&body, str_from_cstr(limits[row].before));
        for (size_t k = 0; k < limits[row].most + extra; k++) {
            buf_add(&body, str_from_cstr(limits[row].item));
        }
        buf_add(&body, str_from_cstr(limits[row].after));
        const struct http_event event = {.body = buf_str(&body)};
        struct llm_request request = {0};
        CHECK_I64(limits[row].name, face_openai_embeddings.read(&t.cx, &event, &request),
                  extra == 0 ? OK : ERR_INVALID);
    }
}

/* ---- models ---------------------------------------------------------------------------------- */

#define MODEL(id, owner)                                                                           \
    "{\"id\":\"" id "\",\"object\":\"model\",\"created\":0,\"owned_by\":\"" owner                  \
    "\",\"type\":\"model\",\"display_name\":\"" id "\",\"created_at\":\"1970-01-01T00:00:00Z\"}"

static int32_t day_of(const char *text)
{
    int32_t day = 0;
    assert_true(date_parse(str_from_cstr(text), &day));
    return day;
}

static void models_list_names_what_a_caller_may_use(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct llm_models *models = NULL;
    const struct str own[] = {STR_INIT("gpt-4.1"), STR_INIT("claude-haiku-4-5"),
                              STR_INIT("claude-sonnet-4-5")};
    const struct llm_caller caller = {.models = own, .model_count = ARRAY_LEN(own)};
    CHECK_STATUS(&t.cx, llm_models_new(&t.cx, STR(""), &models), OK);
    CHECK_STR(
        "own", openai_models_list(&t.cx, models, &caller, day_of("2026-11-30")),
        STR("{\"object\":\"list\",\"data\":[" MODEL("claude-haiku-4-5", "anthropic") "," MODEL(
            "gpt-4.1", "openai") "],\"has_more\":false,\"first_id\":\"claude-haiku-4-5\","
                                 "\"last_id\":\"gpt-4.1\"}"));
    struct str all =
        openai_models_list(&t.cx, models, &(struct llm_caller){0}, day_of("2026-11-28"));
    assert_true(str_find(all, STR("\"id\":\"gpt-mini\"")) != SIZE_MAX);
    assert_true(str_find(all, STR("\"id\":\"text-embedding-3-small\"")) != SIZE_MAX);
    llm_models_free(models);
}

static void models_get_gives_one_that_the_caller_may_use(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct llm_models *models = NULL;
    const struct str own[] = {STR_INIT("gpt-4.1")};
    const struct llm_caller all = {0}, caller = {.models = own, .model_count = 1};
    int32_t today = day_of("2026-11-29");
    struct str body = {0};
    CHECK_STATUS(&t.cx, llm_models_new(&t.cx, STR(""), &models), OK);
    CHECK_STATUS(&t.cx, openai_models_get(&t.cx, models, &caller, STR("gpt-4.1"), today, &body),
                 OK);
    CHECK_STR("one", body, STR(MODEL("gpt-4.1", "openai")));
    CHECK_STATUS(&t.cx, openai_models_get(&t.cx, models, &all, STR("gpt-5"), today, &body), OK);
    CHECK_STATUS(
        &t.cx, openai_models_get(&t.cx, models, &caller, STR("openai/gpt-4.1"), today, &body), OK);
    CHECK_STR("by provider", body, STR(MODEL("gpt-4.1", "openai")));
    CHECK_STATUS(&t.cx,
                 openai_models_get(&t.cx, models, &all, STR("anthropic/gpt-4.1"), today, &body),
                 ERR_NOT_FOUND);
    CHECK_STATUS(&t.cx, openai_models_get(&t.cx, models, &caller, STR("gpt-5"), today, &body),
                 ERR_NOT_FOUND);
    CHECK_STATUS(&t.cx, openai_models_get(&t.cx, models, &all, STR("nope"), today, &body),
                 ERR_NOT_FOUND);
    struct str retiring = STR("claude-sonnet-4-5"); /* on 30 November 2026 */
    CHECK_STATUS(&t.cx, openai_models_get(&t.cx, models, &all, retiring, today, &body), OK);
    CHECK_STATUS(&t.cx, openai_models_get(&t.cx, models, &all, retiring, today + 1, &body),
                 ERR_NOT_FOUND);
    llm_models_free(models);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(embeddings_face_reads_every_form_of_input),
        cmocka_unit_test(embeddings_face_takes_so_many_and_not_one_more),
        cmocka_unit_test(models_list_names_what_a_caller_may_use),
        cmocka_unit_test(models_get_gives_one_that_the_caller_may_use),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
