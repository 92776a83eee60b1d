#include "shared/llm/models/models.h"

#include "shared/base/clock.h"
#include "tests/support/check.h"

struct world {
    struct test_ctx t;
    struct ctx *cx;
    struct llm_models *models;
};

static void world_open(struct world *w, const char *config)
{
    *w = (struct world){0};
    (void)test_ctx_open(&w->t);
    w->cx = &w->t.cx;
    w->cx->arena = &w->t.arena;
    struct str text = exact_copy(w->cx, str_from_cstr(config));
    CHECK_STATUS(w->cx, llm_models_new(w->cx, text, &w->models), OK);
}

static void world_close(struct world *w)
{
    llm_models_free(w->models);
    test_ctx_close(&w->t);
}

static int32_t day(const char *text)
{
    int32_t days;
    assert_true(date_parse(str_from_cstr(text), &days));
    return days;
}

#define TODAY day("2026-11-28")

static struct llm_route route_at(struct world *w, const char *name, int32_t today)
{
    struct llm_route route;
    CHECK_STATUS(w->cx, llm_route_find(w->cx, w->models, str_from_cstr(name), today, &route), OK);
    return route;
}

static const struct llm_model *model(struct world *w, const char *name)
{
    return route_at(w, name, 0).targets[0].model;
}

/* ---- names ----------------------------------------------------------------------------------- */

static void names_lead_to_models(void **state)
{
    (void)state;
    DEFER(world_close) struct world w;
    world_open(&w, "");
    static const struct {
        const char *name, *provider, *id;
    } cases[] = {
        {"claude-haiku", "anthropic", "claude-haiku-4-5"},
        {"claude-sonnet", "anthropic", "claude-sonnet-4-6"},
        {"claude-opus", "anthropic", "claude-opus-4-6"},
        {"gpt-mini", "openai", "gpt-4.1-mini"},
        {"claude-haiku-4-5-20251001", "anthropic", "claude-haiku-4-5"},
        {"claude-opus-5-5", "anthropic", "claude-opus-5-5"},
        {"openai/gpt-5.4", "openai", "gpt-5.4"},
        {"replicate/anthropic/claude-4.5-haiku", "replicate", "anthropic/claude-4.5-haiku"},
        {"anthropic/claude-4.5-haiku", "replicate", "anthropic/claude-4.5-haiku"},
        {"bedrock/global.anthropic.claude-haiku-4-5-20251001-v1:0", "bedrock",
         "global.anthropic.claude-haiku-4-5-20251001-v1:0"},
        {"text-embedding-3-small", "openai", "text-embedding-3-small"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct llm_route route = route_at(&w, cases[i].name, TODAY);
        CHECK_STR(cases[i].name, route.targets[0].provider->name, str_from_cstr(cases[i].provider));
        CHECK_STR(cases[i].name, route.targets[0].model->id, str_from_cstr(cases[i].id));
    }
}

static void legacy_ids_lead_over_providers(void **state)
{
    (void)state;
    DEFER(world_close) struct world w;
    world_open(&w, "");
    static const struct {
        const char *name, *ids[3];
    } cases[] = {
        {"claude-3-5-sonnet-20241022",
         {"claude-sonnet-4-6", "global.anthropic.claude-sonnet-4-6", "gpt-4.1"}},
        {"claude-3-5-sonnet",
         {"claude-sonnet-4-6", "global.anthropic.claude-sonnet-4-6", "gpt-4.1"}},
        {"claude-3-haiku-20240307",
         {"claude-haiku-4-5", "global.anthropic.claude-haiku-4-5-20251001-v1:0", "gpt-4.1-mini"}},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct llm_route route = route_at(&w, cases[i].name, TODAY);
        CHECK_STR("alias", route.alias, str_from_cstr(cases[i].name));
        CHECK_I64(cases[i].name, route.target_count, 3);
        for (size_t j = 0; j < 3; j++) {
            CHECK_STR(cases[i].name, route.targets[j].model->id, str_from_cstr(cases[i].ids[j]));
        }
    }
}

static void a_retired_model_is_replaced_from_its_day_on(void **state)
{
    (void)state;
    DEFER(world_close) struct world w;
    world_open(&w, "");
    struct llm_route route = route_at(&w, "claude-sonnet-4-5", day("2026-11-29"));
    CHECK_STR("the day before", route.targets[0].model->id, STR("claude-sonnet-4-5"));
    route = route_at(&w, "claude-sonnet-4-5", day("2026-11-30"));
    CHECK_STR("the day", route.targets[0].model->id, STR("claude-sonnet-4-6"));
    route = route_at(&w, "anthropic/claude-3-haiku-20240307", TODAY);
    CHECK_STR("past the alias", route.targets[0].model->id, STR("claude-haiku-4-5"));
}

static void what_is_retired_without_a_successor_is_left_out(void **state)
{
    (void)state;
    DEFER(world_close) struct world w;
    world_open(&w, "{\"models\":[{\"provider\":\"openai\",\"id\":\"old\",\"family\":\"gpt-4o\","
                   "\"retires\":\"2026-01-01\"}],\"aliases\":[{\"name\":\"both\",\"chain\":["
                   "\"openai/old\",\"openai/gpt-4o\",\"openai/gpt-4o\"]}]}");
    struct llm_route route = route_at(&w, "both", TODAY);
    CHECK_I64("one is left, once", route.target_count, 1);
    CHECK_STR("which", route.targets[0].model->id, STR("gpt-4o"));
    CHECK_STATUS(w.cx, llm_route_find(w.cx, w.models, STR("old"), TODAY, &route), ERR_NOT_FOUND);
    CHECK_STATUS(w.cx, llm_route_find(w.cx, w.models, STR("olde"), TODAY, &route), ERR_NOT_FOUND);
    assert_null(strstr(w.cx->err.words, "old")); /* nor is it suggested */
}

static void an_unknown_name_is_told_the_nearest(void **state)
{
    (void)state;
    DEFER(world_close) struct world w;
    world_open(&w, "");
    static const struct {
        const char *name, *words;
    } cases[] = {
        {"claude-hiaku", "No such model; did you mean \"claude-haiku\"?"},
        {"gpt4o-mini", "No such model; did you mean \"gpt-4o-mini\"?"},
        {"Claude-Opus-5.5", "No such model; did you mean \"claude-opus-5-5\"?"},
        {"mistral-large-2411", "No such model; GET /v1/models lists them"},
        {"", "No such model; GET /v1/models lists them"},
        {"/gpt-4o", "No such model; did you mean \"gpt-4o\"?"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct llm_route route;
        struct str name = exact_copy(w.cx, str_from_cstr(cases[i].name));
        err_clear(w.cx);
        CHECK_STATUS(w.cx, llm_route_find(w.cx, w.models, name, TODAY, &route), ERR_NOT_FOUND);
        CHECK_STR(cases[i].name, str_from_cstr(w.cx->err.words), str_from_cstr(cases[i].words));
        CHECK_STR(cases[i].name, str_from_cstr(w.cx->err.code), STR("MODEL_NOT_FOUND"));
    }
}

static void names_are_sorted_and_there_once(void **state)
{
    (void)state;
    DEFER(world_close) struct world w;
    world_open(&w, "");
    size_t count = llm_models_count(w.models);
    assert_true(count > 60);
    for (size_t i = 0; i < count; i++) {
        struct llm_route route;
        struct llm_route_name name = llm_models_at(w.models, i);
        CHECK_STATUS(w.cx, llm_route_find(w.cx, w.models, name.name, TODAY, &route), OK);
        assert_true(name.provider.len > 0);
        assert_true(i == 0 || str_cmp(llm_models_at(w.models, i - 1).name, name.name) < 0);
    }
}

/* ---- what models take ------------------------------------------------------------------------ */

static void parameters_depend_on_model_and_api_version(void **state)
{
    (void)state;
    DEFER(world_close) struct world w;
    world_open(&w, "");
    static const struct {
        const char *name, *version;
        enum llm_accepts what;
        bool want;
    } cases[] = {
        {"claude-haiku-4-5", "2023-06-01", LLM_ACCEPTS_TEMPERATURE, true},
        {"claude-haiku-4-5", "2026-10-20", LLM_ACCEPTS_TOP_K, true},
        {"claude-haiku-4-5", "2026-10-21", LLM_ACCEPTS_TEMPERATURE, false},
        {"claude-haiku-4-5", "2026-10-21", LLM_ACCEPTS_TOP_P, false},
        {"claude-haiku-4-5", "2026-10-21", LLM_ACCEPTS_TOP_K, false},
        {"claude-haiku-4-5", "2026-10-21", LLM_ACCEPTS_STOP, true},
        {"claude-haiku-4-5", "2027-01-01", LLM_ACCEPTS_TEMPERATURE, false},
        {"claude-opus-4-7", "2023-06-01", LLM_ACCEPTS_TEMPERATURE, false},
        {"claude-sonnet-4-6", "2023-06-01", LLM_ACCEPTS_PREFILL, false},
        {"claude-sonnet-4-6", "2023-06-01", LLM_ACCEPTS_EFFORT, true},
        {"claude-opus-5", "2026-10-21", LLM_ACCEPTS_EFFORT, true},
        {"claude-haiku-4-5", "2026-10-21", LLM_ACCEPTS_EFFORT, false},
        {"claude-sonnet-4-5", "2023-06-01", LLM_ACCEPTS_PREFILL, true},
        {"claude-3-5-sonnet-20241022", "2023-06-01", LLM_ACCEPTS_SCHEMA, true},
        {"anthropic/claude-3-5-sonnet-20241022", "2023-06-01", LLM_ACCEPTS_SCHEMA, false},
        {"gpt-4o-mini", "", LLM_ACCEPTS_MAX_TOKENS, true},
        {"gpt-5.4", "", LLM_ACCEPTS_MAX_TOKENS, false},
        {"gpt-5.4", "", LLM_ACCEPTS_TEMPERATURE, false},
        {"gpt-4.1", "2026-10-21", LLM_ACCEPTS_TEMPERATURE, true}, /* not of its provider */
        {"bedrock/global.anthropic.claude-sonnet-4-6", "2026-10-21", LLM_ACCEPTS_TEMPERATURE, true},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        bool got = llm_model_accepts(model(&w, cases[i].name), str_from_cstr(cases[i].version),
                                     cases[i].what);
        CHECK_I64(cases[i].name, got, cases[i].want);
    }
}

static void every_model_that_may_be_asked_has_its_limits(void **state)
{
    (void)state;
    DEFER(world_close) struct world w;
    world_open(&w, "");
    for (size_t i = 0; i < llm_models_count(w.models); i++) {
        struct str name = llm_models_at(w.models, i).name;
        struct llm_route route;
        CHECK_STATUS(w.cx, llm_route_find(w.cx, w.models, name, TODAY, &route), OK);
        for (size_t j = 0; j < route.target_count; j++) {
            const struct llm_model *m = route.targets[j].model;
            assert_true(m->context_tokens > 0 && (m->is_embedding || m->max_output_tokens > 0));
            assert_true(m->is_embedding || llm_model_accepts(m, STR(""), LLM_ACCEPTS_STREAM));
            assert_true(m->tier_count > 0 || str_eq(m->provider, STR("replicate")));
            assert_true(route.max_output_tokens <= m->max_output_tokens);
        }
    }
}

static void replicate_models_name_their_own_parameters(void **state)
{
    (void)state;
    DEFER(world_close) struct world w;
    world_open(&w, "");
    CHECK_STR("claude", model(&w, "anthropic/claude-4.5-haiku")->input.max_tokens,
              STR("max_tokens"));
    CHECK_STR("gpt", model(&w, "replicate/openai/gpt-4o-mini")->input.max_tokens,
              STR("max_completion_tokens"));
    CHECK_I64("no price", model(&w, "anthropic/claude-4.5-haiku")->tier_count, 0);
}

/* ---- the configuration ------------------------------------------------------------------------
 */

static void a_configuration_adds_a_server_of_ones_own(void **state)
{
    (void)state;
    DEFER(world_close) struct world w;
    world_open(&w, "{\"providers\":[{\"name\":\"ollama\",\"wire\":\"openai\",\"base_url\":"
                   "\"http://127.0.0.1:11434\",\"needs_no_key\":true}],\"models\":[{\"provider\":"
                   "\"ollama\",\"id\":\"llama3.2\",\"context_tokens\":8192,"
                   "\"max_output_tokens\":4096,\"accepts\":[\"stop\",\"stream\"],"
                   "\"checked\":\"2026-11-28\",\"prices\":[{\"input\":0,\"output\":0}]}],"
                   "\"aliases\":[{\"name\":\"local\",\"chain\":[\"ollama/llama3.2\"],"
                   "\"max_output_tokens\":1000,\"default_output_tokens\":500}]}");
    struct llm_route route = route_at(&w, "local", TODAY);
    CHECK_STR("url", route.targets[0].provider->base_url, STR("http://127.0.0.1:11434"));
    assert_true(route.targets[0].provider->needs_no_key);
    CHECK_I64("cap", route.max_output_tokens, 1000);
    CHECK_I64("default", route.default_output_tokens, 500);
    CHECK_I64("free", llm_worst_cost_nano(route.targets[0].model, 1000, 1000), 0);
}

static void a_configuration_keeps_what_it_does_not_mention(void **state)
{
    (void)state;
    DEFER(world_close) struct world w;
    world_open(&w, "{\"providers\":[{\"name\":\"anthropic\",\"base_url\":\"http://[::1]:8099/x\"}],"
                   "\"models\":[{\"provider\":\"replicate\",\"id\":\"anthropic/claude-4.5-haiku\","
                   "\"checked\":\"2026-11-28\",\"prices\":[{\"input\":1,\"output\":5}]}],"
                   "\"aliases\":[{\"name\":\"claude-haiku\",\"chain\":[\"openai/gpt-4o\"]}]}");
    struct llm_route route = route_at(&w, "claude-haiku-4-5", TODAY);
    CHECK_STR("url", route.targets[0].provider->base_url, STR("http://[::1]:8099/x"));
    CHECK_STR("key", route.targets[0].provider->key_env, STR("ANTHROPIC_API_KEY"));
    const struct llm_model *haiku = model(&w, "anthropic/claude-4.5-haiku");
    CHECK_I64("price", haiku->tiers[0].output, 5000);
    CHECK_STR("input", haiku->input.system, STR("system_prompt"));
    CHECK_I64("replaced whole", route_at(&w, "claude-haiku", TODAY).target_count, 1);
    CHECK_I64("cap", route_at(&w, "claude-haiku", TODAY).max_output_tokens, 0);
}

static void bedrock_is_asked_in_its_region(void **state)
{
    (void)state;
    static const struct {
        const char *environment, *config, *want;
    } cases[] = {
        {NULL, "", "https://bedrock-runtime.us-east-1.amazonaws.com"},
        {"eu-central-1", "", "https://bedrock-runtime.eu-central-1.amazonaws.com"},
        {"eu-central-1", "{\"providers\":[{\"name\":\"bedrock\",\"region\":\"eu-west-1\"}]}",
         "https://bedrock-runtime.eu-west-1.amazonaws.com"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        (void)unsetenv("AWS_REGION");
        if (cases[i].environment != NULL) {
            (void)setenv("AWS_REGION", cases[i].environment, 1);
        }
        DEFER(world_close) struct world w;
        world_open(&w, cases[i].config);
        struct llm_route route = route_at(&w, "bedrock/global.anthropic.claude-opus-5-5", TODAY);
        CHECK_STR(cases[i].want, route.targets[0].provider->base_url, str_from_cstr(cases[i].want));
    }
    (void)unsetenv("AWS_REGION");
}

#define PROVIDER(members) "{\"providers\":[{\"name\":\"p\",\"wire\":\"openai\"," members "}]}"
#define MODEL(members)    "{\"models\":[{\"provider\":\"openai\",\"id\":\"m\"," members "}]}"

static const struct {
    const char *config, *words;
} faults[] = {
    {"{", "LLM_CONFIG_FILE"},
    {"[]", "LLM_CONFIG_FILE"},
    {"{\"modles\":[]}", "modles: unknown field; did you mean models?"},
    {"{\"models\":[{\"id\":\"m\"}]}", "models[0].provider: is required"},
    {MODEL("\"pirces\":[]"), "models[0].pirces: unknown field; did you mean prices?"},
    {MODEL("\"accepts\":[\"sampling\"]"), "models[0].accepts[0]: must be one of"},
    {MODEL("\"family\":\"gpt-9\""), "models \"m\".family: there is no such family"},
    {MODEL("\"family\":\"gpt-5\",\"prices\":[{\"input\":1,\"output\":1}]"), "models \"m\".checked"},
    {MODEL("\"family\":\"gpt-5\",\"checked\":\"2026-02-30\""), "models[0].checked: not a"},
    {MODEL("\"family\":\"gpt-5\",\"checked\":\"2026-01-01\",\"prices\":[{\"input\":1}]"),
     "models \"m\".prices: each tier needs input and output"},
    {MODEL("\"family\":\"gpt-5\",\"checked\":\"2026-01-01\",\"prices\":[{\"input\":0.0005,"
           "\"output\":1}]"),
     "models \"m\".prices: at most three decimals"},
    {MODEL("\"family\":\"gpt-5\",\"checked\":\"2026-01-01\",\"prices\":[{\"input\":-1,"
           "\"output\":1}]"),
     "models[0].prices[0].input: must be at least 0"},
    {MODEL("\"family\":\"gpt-5\",\"checked\":\"2026-01-01\",\"prices\":[{\"input\":1,"
           "\"output\":1},{\"above_input\":0,\"input\":1,\"output\":1}]"),
     "models \"m\".prices: above_input"},
    {MODEL("\"family\":\"gpt-5\",\"successor\":\"n\""), "models \"m\".successor: its provider"},
    {MODEL("\"family\":\"gpt-5\",\"successor\":\"m\""), "models \"m\".successor: leads in a"},
    {"{\"models\":[{\"provider\":\"replicate\",\"id\":\"m\",\"family\":\"gpt-4o\"}]}",
     "models \"m\".input.prompt: is required"},
    {MODEL("\"max_output_tokens\":5"), "models \"m\".context_tokens: is required"},
    {MODEL("\"context_tokens\":5"), "models \"m\".max_output_tokens: is required"},
    {"{\"models\":[{\"provider\":\"nobody\",\"id\":\"m\"}]}", "there is no such provider"},
    {"{\"models\":[{\"provider\":\"openai\",\"id\":\"a b\"}]}", ".id: visible ASCII alone"},
    {"{\"aliases\":[{\"name\":\"a\",\"chain\":[]}]}", "aliases[0].chain: must have at least 1"},
    {"{\"aliases\":[{\"name\":\"a\",\"chain\":[\"gpt-4o\"]}]}", "aliases \"a\".chain"},
    {"{\"aliases\":[{\"name\":\"a\",\"chain\":[\"x\",\"x\",\"x\",\"x\",\"x\",\"x\",\"x\","
     "\"x\",\"x\"]}]}",
     "aliases[0].chain: must have at most 8"},
    {"{\"providers\":[{\"name\":\"P\",\"wire\":\"openai\"}]}", "providers \"P\".name"},
    {"{\"providers\":[{\"name\":\"p\",\"wire\":\"ollama\"}]}", "providers \"p\".wire"},
    {PROVIDER("\"base_url\":\"https://h.example\""), "providers \"p\".key_env"},
    {PROVIDER("\"base_url\":\"https://h.example\",\"key_env\":\"a b\""), "providers \"p\".key_env"},
    {"{\"providers\":[{\"name\":\"bedrock\",\"region\":\"x.evil.example/\"}]}",
     "providers \"bedrock\".region"},
};

static void a_configuration_at_fault_names_the_member(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(faults); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct ctx *cx = &t.cx;
        cx->arena = &t.arena;
        struct llm_models *models = NULL;
        struct str config = exact_copy(cx, str_from_cstr(faults[i].config));
        CHECK_STATUS(cx, llm_models_new(cx, config, &models), ERR_INTERNAL);
        if (strstr(cx->err.text, faults[i].words) == NULL) {
            CHECK_FAILED("%s: got \"%s\", want \"%s\" in it\n", faults[i].config, cx->err.text,
                         faults[i].words);
        }
        CHECK_STR("nothing for a caller", str_from_cstr(cx->err.words), STR(""));
        CHECK_I64("no fields for a caller", cx->err.field_count, 0);
    }
}

static void a_key_goes_to_https_or_this_machine_alone(void **state)
{
    (void)state;
    static const struct {
        const char *url;
        bool is_taken;
    } cases[] = {
        {"https://h.example", true},
        {"https://h.example:8443/openai", true},
        {"http://127.0.0.1:11434", true},
        {"http://127.8.0.1", true},
        {"http://localhost:8080", true},
        {"http://[::1]:8080", true},
        {"http://h.example", false},
        {"http://10.0.0.1", false},
        {"http://169.254.169.254", false},
        {"http://127.0.0.1.h.example", false},
        {"http://localhost.h.example", false},
        {"http://127.0.0.1@h.example", false},
        {"http://[::2]", false},
        {"http://", false},
        {"https://", false},
        {"https://:443", false},
        {"ftp://h.example", false},
        {"HTTP://h.example", false},
        {"https://h.example/", false},
        {"https://h.example/?a=b", false},
        {"https://h.example#x", false},
        {"https://h.example/a b", false},
        {"https://h\\u00e4.example", false},
        {"https://{zone}.example", false},
        {"", false},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct ctx *cx = &t.cx;
        cx->arena = &t.arena;
        struct llm_models *models = NULL;
        struct str config = arena_format(
            cx->arena, PROVIDER("\"needs_no_key\":true,\"base_url\":\"%s\""), cases[i].url);
        bool is_taken = llm_models_new(cx, config, &models) == OK;
        CHECK_I64(cases[i].url, is_taken, cases[i].is_taken);
        assert_true(is_taken || strstr(cx->err.text, ".base_url") != NULL);
        llm_models_free(models);
    }
}

static void a_configuration_has_a_limit(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct ctx *cx = &t.cx;
    cx->arena = &t.arena;
    struct llm_models *models = NULL;
    char *text = arena_alloc_raw(cx->arena, LLM_CONFIG_MAX_BYTES + 1);
    memset(text, ' ', LLM_CONFIG_MAX_BYTES + 1);
    text[0] = '{';
    text[1] = '}';
    struct str config = {.ptr = text, .len = LLM_CONFIG_MAX_BYTES};
    CHECK_STATUS(cx, llm_models_new(cx, config, &models), OK);
    llm_models_free(models);
    config.len++;
    CHECK_STATUS(cx, llm_models_new(cx, config, &models), ERR_INTERNAL);
}

/* ---- the version ----------------------------------------------------------------------------- */

static void the_version_changes_with_a_price_and_only_then(void **state)
{
    (void)state;
    DEFER(world_close) struct world plain;
    DEFER(world_close) struct world alias;
    DEFER(world_close) struct world price;
    world_open(&plain, "");
    world_open(&alias, "{\"aliases\":[{\"name\":\"a\",\"chain\":[\"openai/gpt-4o\"]}]}");
    world_open(&price, "{\"models\":[{\"provider\":\"openai\",\"id\":\"gpt-4o\",\"checked\":"
                       "\"2026-11-20\",\"prices\":[{\"input\":2.501,\"output\":10}]}]}");
    struct str version = llm_models_version(plain.models);
    CHECK_I64("16 digits, @ and a day", version.len, 16 + 1 + 10);
    CHECK_STR("the youngest day", str_slice(version, 16, 27), STR("@2026-10-24"));
    CHECK_STR("an alias more", llm_models_version(alias.models), version);
    assert_false(str_eq(llm_models_version(price.models), version));
    CHECK_STR("its day", str_slice(llm_models_version(price.models), 16, 27), STR("@2026-11-20"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_lead_to_models),
        cmocka_unit_test(legacy_ids_lead_over_providers),
        cmocka_unit_test(a_retired_model_is_replaced_from_its_day_on),
        cmocka_unit_test(what_is_retired_without_a_successor_is_left_out),
        cmocka_unit_test(an_unknown_name_is_told_the_nearest),
        cmocka_unit_test(names_are_sorted_and_there_once),
        cmocka_unit_test(parameters_depend_on_model_and_api_version),
        cmocka_unit_test(every_model_that_may_be_asked_has_its_limits),
        cmocka_unit_test(replicate_models_name_their_own_parameters),
        cmocka_unit_test(a_configuration_adds_a_server_of_ones_own),
        cmocka_unit_test(a_configuration_keeps_what_it_does_not_mention),
        cmocka_unit_test(bedrock_is_asked_in_its_region),
        cmocka_unit_test(a_configuration_at_fault_names_the_member),
        cmocka_unit_test(a_key_goes_to_https_or_this_machine_alone),
        cmocka_unit_test(a_configuration_has_a_limit),
        cmocka_unit_test(the_version_changes_with_a_price_and_only_then),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
