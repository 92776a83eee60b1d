/*
 * Any text, masked in the chat and in a body, and put back from pieces whose lengths the first two
 * bytes choose: the original again, byte for byte.
 */
#include "shared/base/utf8.h"
#include "shared/json/json.h"
#include "shared/llm/guard/guard.h"
#include "shared/llm/wire/splice.h"
#include "tests/fuzz/fuzz.h"

static const struct str settings =
    STR_INIT("{\"injection\":\"flag\",\"mask\":[\"email\",\"phone\",\"card\",\"iban\","
             "\"national_id\"]}");

static struct str body_with(struct arena *arena, struct str text)
{
    struct buf body = buf_in(arena, text.len * 6 + 64);
    struct json_writer w = json_writer_on(&body);
    json_object_begin(&w);
    json_member_str(&w, "prompt", text);
    json_object_end(&w);
    return buf_str(&body);
}

static struct str back(struct fuzz_ctx *f, const struct guard_state *state, struct str masked,
                       size_t piece_bytes)
{
    struct guard_unmask unmask = {0};
    struct buf out = buf_in(&f->arena, MIB(16));
    for (size_t at = 0; at < masked.len; at += piece_bytes) {
        struct str piece = str_slice(masked, at, at + piece_bytes);
        buf_add(&out, guard_unmask_text(&f->cx, state, &unmask, piece, false));
    }
    buf_add(&out, guard_unmask_text(&f->cx, state, &unmask, STR(""), true));
    return buf_str(&out);
}

static void check_round_trip(struct fuzz_ctx *f, struct guard_cache *cache, struct str text,
                             size_t piece_bytes)
{
    const struct guard *guard = NULL;
    struct guard_state state;
    const struct llm_part part = {.kind = LLM_PART_TEXT, .text = text};
    const struct llm_message message = {.role = LLM_USER, .parts = &part, .part_count = 1};
    const struct llm_chat chat = {.messages = &message, .message_count = 1};
    struct llm_request request = {.chat = &chat, .body = body_with(&f->arena, text)};
    FUZZ_CHECK(json_read(&f->cx, request.body, NULL, &request.root) == OK);
    FUZZ_CHECK(guard_get(&f->cx, cache, settings, &guard) == OK);
    if (guard_before(&f->cx, guard, &request, &state) != OK) {
        return; /* a number of nine digits in the text's own placeholder leaves none for ours */
    }
    struct str masked = request.chat->messages[0].parts[0].text;
    struct splice splice = splice_of(&request);
    FUZZ_CHECK(str_eq(splice_body(&f->cx, &splice), body_with(&f->arena, masked)));
    FUZZ_CHECK(str_eq(back(f, &state, masked, piece_bytes), text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_ctx f;
    struct str text = fuzz_str(data, size);
    if (size < 2 || !utf8_is_valid(str_slice(text, 1, size))) {
        return 0;
    }
    fuzz_open(&f);
    struct guard_cache *cache = guard_cache_new();
    check_round_trip(&f, cache, str_slice(text, 1, size), (size_t)data[0] % 24 + 1);
    guard_cache_free(cache);
    fuzz_close(&f);
    return 0;
}
