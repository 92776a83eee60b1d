/*
 * A body of POST /ai-gateway, whatever it is: refused with words, or read within its limits, and
 * then answered in JSON that gives the text back; and a header that asks something of the gateway.
 */
#include "functions/ai-gateway/face/legacy.h"
#include "functions/ai-gateway/options.h"
#include "shared/base/utf8.h"
#include "tests/fuzz/fuzz.h"

enum { MAX_CHARACTERS = 50000, MAX_TOKENS = 4000 };

static void check_request(const struct llm_request *request)
{
    const struct llm_chat *chat = request->chat;
    FUZZ_CHECK(chat->message_count == 1 && chat->messages[0].part_count == 1);
    struct str prompt = chat->messages[0].parts[0].text;
    FUZZ_CHECK(prompt.len > 0 && utf8_length(prompt) <= MAX_CHARACTERS);
    FUZZ_CHECK(chat->max_tokens >= 1 && chat->max_tokens <= MAX_TOKENS);
    double temperature = -1;
    FUZZ_CHECK(str_to_f64(chat->temperature, &temperature));
    FUZZ_CHECK(temperature >= 0 && temperature <= 1);
    FUZZ_CHECK(request->model.len > 0 && request->operation.len > 0);
}

static void check_answer(struct ctx *cx, const struct llm_request *request)
{
    struct llm_outcome outcome = {.cost_nano = 1};
    struct str text = request->chat->messages[0].parts[0].text;
    const struct json *root = NULL;
    FUZZ_CHECK(json_read(cx, legacy_body(cx, text, request, &outcome), NULL, &root) == OK);
    FUZZ_CHECK(str_eq(json_find_str(root, STR("response")), text));
}

static void check_options(struct ctx *cx, struct str value)
{
    static const struct str names[] = {STR_INIT("idempotency-key"), STR_INIT("x-clambda-cache"),
                                       STR_INIT("x-clambda-cache-key")};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        const struct http_header header = {.name = names[i], .value = value};
        const struct http_event event = {.headers = &header, .header_count = 1};
        struct llm_request request = {0};
        if (gateway_options_read(cx, &event, &request) != OK) {
            FUZZ_CHECK(cx->err.words[0] != '\0');
            err_clear(cx);
        }
        FUZZ_CHECK(request.idempotency_key.len <= 255 && request.cache_suffix.len <= 256);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_ctx f;
    fuzz_open(&f);
    const struct http_event event = {.body = fuzz_str(data, size)};
    struct llm_request request = {0};
    check_options(&f.cx, event.body);
    if (face_legacy.read(&f.cx, &event, &request) != OK) {
        FUZZ_CHECK(f.cx.err.words[0] != '\0');
    } else {
        check_request(&request);
        check_answer(&f.cx, &request);
    }
    fuzz_close(&f);
    return 0;
}
