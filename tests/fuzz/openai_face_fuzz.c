/*
 * A caller's body, whatever it is: refused with words, or read into what a wire writes as JSON,
 * through or translated; through, no member changes that need not.
 */
#include "functions/ai-gateway/face/face.h"
#include "shared/llm/wire/wire.h"
#include "tests/fuzz/fuzz.h"

static const struct llm_provider provider = {.name = STR_INIT("p"), .speaks_responses = true};
static const struct llm_model models[] = {
    {.id = STR_INIT("m\"1"), .accepts = ~0U},
    {.id = STR_INIT("m2"), .accepts = LLM_ACCEPTS_TOOLS | LLM_ACCEPTS_IMAGES},
    {.id = STR_INIT("m3"), .is_embedding = true},
};

static bool may_change(struct str name)
{
    static const struct str names[] = {
        STR_INIT("model"),
        STR_INIT("max_tokens"),
        STR_INIT("max_completion_tokens"),
        STR_INIT("max_output_tokens"),
        STR_INIT("stream_options"),
        STR_INIT("temperature"),
        STR_INIT("top_p"),
        STR_INIT("stop"),
        STR_INIT("reasoning_effort"),
    };
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (str_eq(name, names[i])) {
            return true;
        }
    }
    return false;
}

static void check_through(const struct json *from, const struct json *to,
                          const struct llm_model *model)
{
    FUZZ_CHECK(str_eq(json_find_str(to, STR("model")), model->id));
    JSON_EACH (member, from) {
        const struct json *kept = json_find(to, member->key);
        FUZZ_CHECK(may_change(member->key) || (kept != NULL && str_eq(kept->span, member->span)));
    }
}

static void check_request(struct ctx *cx, struct llm_request *request,
                          const struct llm_model *model)
{
    const struct llm_target target = {&provider, model};
    struct llm_wire_request out = {0};
    const struct json *root = NULL;
    enum status status = llm_wire_openai.request(cx, &target, request, &out);
    if (status != OK) {
        FUZZ_CHECK(status == ERR_INVALID && cx->err.words[0] != '\0');
        err_clear(cx);
        return;
    }
    FUZZ_CHECK(json_read(cx, out.body, NULL, &root) == OK);
    if (out.is_raw) {
        check_through(request->root, root, model);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct face *const faces[] = {&face_openai_chat, &face_openai_responses,
                                               &face_openai_embeddings};
    struct fuzz_ctx f;
    if (size == 0) {
        return 0;
    }
    fuzz_open(&f);
    const struct http_event event = {.body = fuzz_str(data + 1, size - 1)};
    struct llm_request request = {0};
    if (faces[data[0] % ARRAY_LEN(faces)]->read(&f.cx, &event, &request) != OK) {
        FUZZ_CHECK(f.cx.err.words[0] != '\0');
        fuzz_close(&f);
        return 0;
    }
    request.max_tokens_cap = data[0];
    for (size_t i = 0; i < ARRAY_LEN(models); i++) {
        check_request(&f.cx, &request, &models[i]);
    }
    if (request.chat != NULL) {
        request.protocol = LLM_PROTOCOL_NONE;
        check_request(&f.cx, &request, &models[0]);
    }
    fuzz_close(&f);
    return 0;
}
