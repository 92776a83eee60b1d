/*
 * A body for Anthropic's face. Refused, its error is JSON and names a place or the whole; taken, it
 * is written for each provider: what they do not refuse is JSON, and the pass-through has the
 * model's name.
 */
#include "functions/ai-gateway/face/anthropic.h"
#include "shared/llm/wire/wire.h"
#include "tests/fuzz/fuzz.h"

static const struct llm_provider provider;
static const struct llm_model model = {
    .id = STR_INIT("acme/model"),
    .accepts = ~(unsigned)(LLM_ACCEPTS_TEMPERATURE | LLM_ACCEPTS_TOP_K),
    .max_output_tokens = 4096,
    .input = {.prompt = STR_INIT("prompt"),
              .system = STR_INIT("system"),
              .stops = STR_INIT("stops"),
              .images = STR_INIT("images")},
};
static struct http_header headers[] = {{STR_INIT("anthropic-version"), STR_INIT("2023-06-01")}};

static void check_json(struct fuzz_ctx *f, struct str text, const struct json **root)
{
    FUZZ_CHECK(json_read(&f->cx, text, &(struct json_options){.max_depth = 512}, root) == OK);
    FUZZ_CHECK((*root)->type == JSON_OBJECT);
}

static void write_for_all(struct fuzz_ctx *f, struct llm_request *request)
{
    static const struct llm_wire *const wires[] = {&llm_wire_anthropic, &llm_wire_bedrock,
                                                   &llm_wire_replicate};
    const struct llm_target target = {.provider = &provider, .model = &model};
    enum llm_protocol own = request->protocol;
    for (size_t i = 0; i < ARRAY_LEN(wires) + 1; i++) {
        const struct llm_wire *wire = wires[i % ARRAY_LEN(wires)];
        struct llm_wire_request out;
        const struct json *root = NULL;
        request->protocol = i < ARRAY_LEN(wires) ? own : LLM_PROTOCOL_NONE;
        enum status status = wire->request(&f->cx, &target, request, &out);
        if (status != OK) {
            FUZZ_CHECK(status == ERR_INVALID && f->cx.err.words[0] != '\0');
            continue;
        }
        check_json(f, out.body, &root);
        FUZZ_CHECK(i > 0 || str_eq(json_find_str(root, STR("model")), model.id));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_ctx f;
    struct llm_request request = {0};
    struct http_event event = {.body = fuzz_str(data, size),
                               .headers = headers,
                               .header_count = 1,
                               .header_values = headers,
                               .header_value_count = 1};
    fuzz_open(&f);
    enum status status = face_anthropic.read(&f.cx, &event, &request);
    if (status == OK) {
        write_for_all(&f, &request);
    } else {
        struct face_error error;
        const struct json *root = NULL;
        FUZZ_CHECK(status == ERR_INVALID);
        face_anthropic.error(&f.cx, status, &error);
        check_json(&f, error.body, &root);
        FUZZ_CHECK(json_find_str(json_find(root, STR("error")), STR("message")).len > 0);
    }
    fuzz_close(&f);
    return 0;
}
