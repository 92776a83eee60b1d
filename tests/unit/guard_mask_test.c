/*
 * Masking: the caller's bytes and the chat get placeholders, the answer gets the texts back.
 */
#include "shared/json/json.h"
#include "shared/llm/guard/guard.h"
#include "shared/llm/wire/splice.h"
#include "tests/support/check.h"

struct mask_test {
    struct test_ctx t;
    struct guard_cache *cache;
    const struct guard *guard;
    struct llm_request request;
    struct guard_state state;
};

static void mask_test_open(struct mask_test *m)
{
    *m = (struct mask_test){0};
    (void)test_ctx_open(&m->t);
    m->cache = guard_cache_new();
    struct str settings = STR("{\"injection\":\"off\",\"mask\":[\"email\",\"phone\",\"card\","
                              "\"iban\",\"national_id\"]}");
    CHECK_STATUS(&m->t.cx, guard_get(&m->t.cx, m->cache, settings, &m->guard), OK);
}

static void mask_test_close(struct mask_test *m)
{
    guard_cache_free(m->cache);
    test_ctx_close(&m->t);
}

/* The body as a provider of the same protocol gets it. */
static struct str masked_body(struct mask_test *m, struct str body)
{
    struct ctx *cx = &m->t.cx;
    m->request.body = exact_copy(cx, body);
    CHECK_STATUS(cx, json_read(cx, m->request.body, NULL, &m->request.root), OK);
    CHECK_STATUS(cx, guard_before(cx, m->guard, &m->request, &m->state), OK);
    struct splice splice = splice_of(&m->request);
    return splice_body(cx, &splice);
}

static const struct llm_chat *chat_of(struct mask_test *m, const struct llm_part *parts,
                                      size_t count)
{
    struct llm_message *message = ARENA_NEW(&m->t.arena, struct llm_message);
    struct llm_chat *chat = ARENA_NEW(&m->t.arena, struct llm_chat);
    *message = (struct llm_message){.role = LLM_USER, .parts = parts, .part_count = count};
    *chat = (struct llm_chat){.messages = message, .message_count = 1};
    return chat;
}

static const struct {
    const char *name;
    struct str body, want;
} bodies[] = {
    {"OpenAI: a string, the same text twice, spaces kept",
     STR_INIT("{ \"model\" : \"m\",\"messages\":[{\"role\":\"user\",\"content\":\"I am a@b.com, "
              "not c@d.com\" },\n{\"role\":\"user\",\"content\":\"a@b.com\"}],\"x\":1.50}"),
     STR_INIT("{ \"model\" : \"m\",\"messages\":[{\"role\":\"user\",\"content\":\"I am <EMAIL_1>, "
              "not <EMAIL_2>\" },\n{\"role\":\"user\",\"content\":\"<EMAIL_1>\"}],\"x\":1.50}")},
    {"escapes beside the datum, and in it",
     STR_INIT("{\"messages\":[{\"content\":\"\\\"Hi\\\"\\na\\u0040b.com\\t\\u00e9\"}]}"),
     STR_INIT("{\"messages\":[{\"content\":\"\\\"Hi\\\"\\n<EMAIL_1>\\t\xC3\xA9\"}]}")},
    {"OpenAI: arguments are JSON in a string",
     STR_INIT("{\"messages\":[{\"tool_calls\":[{\"id\":\"a@b.com\",\"function\":{\"name\":"
              "\"a@b.com\",\"arguments\":\"{\\\"to\\\":\\\"\\\\na@b.com\\\",\\\"id\\\":"
              "\\\"c@d.com\\\"}\"}}]}]}"),
     STR_INIT("{\"messages\":[{\"tool_calls\":[{\"id\":\"a@b.com\",\"function\":{\"name\":"
              "\"a@b.com\",\"arguments\":\"{\\\"to\\\":\\\"\\\\n<EMAIL_1>\\\",\\\"id\\\":"
              "\\\"<EMAIL_2>\\\"}\"}}]}]}")},
    {"Anthropic: system, text, tool_use's input with names like ours, tool_result",
     STR_INIT("{\"system\":[{\"type\":\"text\",\"text\":\"a@b.com\"}],\"messages\":[{\"content\":["
              "{\"type\":\"tool_use\",\"id\":\"t\",\"name\":\"n\",\"input\":{\"id\":\"a@b.com\","
              "\"url\":\"c@d.com\"}},{\"type\":\"tool_result\",\"content\":[{\"type\":\"text\","
              "\"text\":\"+49 30 1234567\"}]}]}]}"),
     STR_INIT("{\"system\":[{\"type\":\"text\",\"text\":\"<EMAIL_1>\"}],\"messages\":[{\"content\":"
              "[{\"type\":\"tool_use\",\"id\":\"t\",\"name\":\"n\",\"input\":{\"id\":\"<EMAIL_1>\","
              "\"url\":\"<EMAIL_2>\"}},{\"type\":\"tool_result\",\"content\":[{\"type\":\"text\","
              "\"text\":\"<PHONE_1>\"}]}]}]}")},
    {"what is signed, bytes, addresses of images and tools stay",
     STR_INIT("{\"messages\":[{\"content\":[{\"type\":\"thinking\",\"thinking\":\"a@b.com\","
              "\"signature\":\"a@b.com\"},{\"type\":\"image\",\"source\":{\"type\":\"base64\","
              "\"data\":\"a@b.com\"}},{\"image_url\":{\"url\":\"https://x/a@b.com\"}}]}],\"tools\":"
              "[{\"description\":\"a@b.com\"}],\"user\":\"a@b.com\"}"),
     STR_INIT("{\"messages\":[{\"content\":[{\"type\":\"thinking\",\"thinking\":\"a@b.com\","
              "\"signature\":\"a@b.com\"},{\"type\":\"image\",\"source\":{\"type\":\"base64\","
              "\"data\":\"a@b.com\"}},{\"image_url\":{\"url\":\"https://x/a@b.com\"}}]}],\"tools\":"
              "[{\"description\":\"a@b.com\"}],\"user\":\"a@b.com\"}")},
    {"Anthropic: a document that is text",
     STR_INIT("{\"messages\":[{\"content\":[{\"type\":\"document\",\"source\":{\"type\":\"text\","
              "\"media_type\":\"text/plain\",\"data\":\"a@b.com\"}}]}]}"),
     STR_INIT("{\"messages\":[{\"content\":[{\"type\":\"document\",\"source\":{\"type\":\"text\","
              "\"media_type\":\"text/plain\",\"data\":\"<EMAIL_1>\"}}]}]}")},
    {"OpenAI: a file that is text, and one that is none",
     STR_INIT("{\"messages\":[{\"content\":[{\"file\":{\"file_data\":"
              "\"data:text/plain;base64,YUBiLmNvbQ==\"}},{\"file\":{\"file_data\":"
              "\"data:application/pdf;base64,YUBiLmNvbQ==\"}},{\"file\":{\"file_data\":"
              "\"data:text/plain;base64\"}}]}]}"),
     STR_INIT("{\"messages\":[{\"content\":[{\"file\":{\"file_data\":"
              "\"data:text/plain;base64,PEVNQUlMXzE+\"}},{\"file\":{\"file_data\":"
              "\"data:application/pdf;base64,YUBiLmNvbQ==\"}},{\"file\":{\"file_data\":"
              "\"data:text/plain;base64\"}}]}]}")},
    {"responses, embeddings, the old prompt",
     STR_INIT("{\"instructions\":\"a@b.com\",\"input\":[\"c@d.com\",{\"content\":\"e@f.com\"}],"
              "\"prompt\":\"a@b.com\"}"),
     STR_INIT("{\"instructions\":\"<EMAIL_1>\",\"input\":[\"<EMAIL_2>\",{\"content\":\"<EMAIL_3>\"}"
              "],\"prompt\":\"<EMAIL_1>\"}")},
};

static void a_body_gets_placeholders_and_no_other_byte_changes(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
        DEFER(mask_test_close) struct mask_test m;
        mask_test_open(&m);
        CHECK_STR(bodies[i].name, masked_body(&m, bodies[i].body), bodies[i].want);
        CHECK_I64("wants events", m.request.wants_events, false); /* there is no chat */
        CHECK_I64("is masked", m.state.masks != NULL, !str_eq(bodies[i].body, bodies[i].want));
    }
}

static void chat_and_body_share_their_placeholders(void **state)
{
    (void)state;
    DEFER(mask_test_close) struct mask_test m;
    mask_test_open(&m);
    const struct llm_part inner = {.kind = LLM_PART_TEXT, .text = STR("c@d.com")};
    const struct llm_part parts[] = {
        {.kind = LLM_PART_TEXT, .text = STR("from a@b.com")},
        {.kind = LLM_PART_TOOL_CALL, .json = STR("{\"to\": \"\\nc@d.com\"}")},
        {.kind = LLM_PART_TOOL_RESULT, .parts = &inner, .part_count = 1},
        {.kind = LLM_PART_THINKING, .text = STR("a@b.com")},
        {.kind = LLM_PART_DOCUMENT, .name = STR("of a@b.com"), .text = STR("c@d.com")},
        {.kind = LLM_PART_DOCUMENT, .media_type = STR("text/csv"), .data = STR("YUBiLmNvbQ==")},
    };
    m.request.chat = chat_of(&m, parts, ARRAY_LEN(parts));
    CHECK_STR("body", masked_body(&m, STR("{\"messages\":[\"c@d.com\",\"a@b.com\"]}")),
              STR("{\"messages\":[\"<EMAIL_2>\",\"<EMAIL_1>\"]}"));
    const struct llm_part *masked = m.request.chat->messages[0].parts;
    CHECK_STR("text", masked[0].text, STR("from <EMAIL_1>"));
    CHECK_STR("arguments", masked[1].json, STR("{\"to\": \"\\n<EMAIL_2>\"}"));
    CHECK_STR("result", masked[2].parts[0].text, STR("<EMAIL_2>"));
    CHECK_STR("thinking", masked[3].text, STR("a@b.com"));
    CHECK_STR("a document's title", masked[4].name, STR("of <EMAIL_1>"));
    CHECK_STR("and its text", masked[4].text, STR("<EMAIL_2>"));
    CHECK_STR("in base64, too", masked[5].data, STR("PEVNQUlMXzE+"));
    CHECK_STR("flags", guard_flags(&m.t.cx, &m.state), STR("mask=email"));
    assert_true(m.request.wants_events);
}

static void a_placeholder_of_the_prompt_itself_is_not_used(void **state)
{
    (void)state;
    DEFER(mask_test_close) struct mask_test m;
    mask_test_open(&m);
    const struct llm_part part = {.kind = LLM_PART_TEXT,
                                  .text = STR("<EMAIL_7> <EMAIL_07> <PHONE_x> a@b.com")};
    m.request.chat = chat_of(&m, &part, 1);
    CHECK_STATUS(&m.t.cx, guard_before(&m.t.cx, m.guard, &m.request, &m.state), OK);
    CHECK_STR("text", m.request.chat->messages[0].parts[0].text,
              STR("<EMAIL_7> <EMAIL_07> <PHONE_x> <EMAIL_8>"));
    struct guard_unmask unmask = {0};
    CHECK_STR("answer",
              guard_unmask_text(&m.t.cx, &m.state, &unmask, STR("<EMAIL_7><EMAIL_8>"), true),
              STR("<EMAIL_7>a@b.com"));
}

static void more_than_the_most_masks_is_refused(void **state)
{
    (void)state;
    for (int extra = 0; extra < 2; extra++) {
        DEFER(mask_test_close) struct mask_test m;
        mask_test_open(&m);
        struct buf text = buf_in(&m.t.arena, MIB(1));
        for (int i = 0; i < GUARD_MAX_MASKS + extra; i++) {
            buf_addf(&text, "u%d@example.com ", i);
        }
        const struct llm_part part = {.kind = LLM_PART_TEXT, .text = buf_str(&text)};
        m.request.chat = chat_of(&m, &part, 1);
        CHECK_STATUS(&m.t.cx, guard_before(&m.t.cx, m.guard, &m.request, &m.state),
                     extra == 0 ? OK : ERR_TOO_LARGE);
    }
}

/* ---- the way back ---- */

static struct str round_trip(struct mask_test *m, struct str masked, size_t cut, size_t cut2)
{
    struct guard_unmask unmask = {0};
    struct buf out = buf_in(&m->t.arena, KIB(64));
    struct ctx *cx = &m->t.cx;
    struct str pieces[] = {str_slice(masked, 0, cut), str_slice(masked, cut, cut2),
                           str_slice(masked, cut2, masked.len)};
    for (size_t i = 0; i < ARRAY_LEN(pieces); i++) {
        struct str piece = exact_copy(cx, pieces[i]);
        buf_add(&out, guard_unmask_text(cx, &m->state, &unmask, piece, false));
    }
    buf_add(&out, guard_unmask_text(cx, &m->state, &unmask, STR(""), true));
    return buf_str(&out);
}

static void mask_then_unmask_is_the_original_at_every_cut(void **state)
{
    (void)state;
    DEFER(mask_test_close) struct mask_test m;
    mask_test_open(&m);
    struct str text = STR("<a@b.com> < 4111 1111 1111 1111<EMAIL_>c@d.com <EMAIL_9 +49 30 1234567"
                          "<PHO DE89 3704 0044 0532 0130 00 a@b.com<");
    const struct llm_part part = {.kind = LLM_PART_TEXT, .text = text};
    m.request.chat = chat_of(&m, &part, 1);
    CHECK_STATUS(&m.t.cx, guard_before(&m.t.cx, m.guard, &m.request, &m.state), OK);
    struct str masked = m.request.chat->messages[0].parts[0].text;
    CHECK_STR("masked", masked,
              STR("<<EMAIL_1>> < <CARD_1><EMAIL_><EMAIL_2> <EMAIL_9 <PHONE_1><PHO <IBAN_1> "
                  "<EMAIL_1><"));
    for (size_t cut = 0; cut <= masked.len; cut++) {
        for (size_t cut2 = cut; cut2 <= masked.len; cut2++) {
            CHECK_STR("back", round_trip(&m, masked, cut, cut2), text);
        }
    }
}

/* ---- events ---- */

struct seen {
    struct buf log;
};

static enum status see(struct ctx *cx, void *arg, const struct llm_event *event)
{
    struct seen *seen = arg;
    (void)cx;
    buf_addf(&seen->log, "%d/%u:" STR_FMT "|", (int)event->kind, event->index,
             STR_ARG(event->text));
    return OK;
}

static void events_of_interleaved_blocks_get_their_texts_back(void **state)
{
    (void)state;
    DEFER(mask_test_close) struct mask_test m;
    mask_test_open(&m);
    const struct llm_part part = {.kind = LLM_PART_TEXT, .text = STR("a@b.com")};
    m.request.chat = chat_of(&m, &part, 1);
    CHECK_STATUS(&m.t.cx, guard_before(&m.t.cx, m.guard, &m.request, &m.state), OK);
    const struct llm_event events[] = {
        {.kind = LLM_EVENT_THINKING, .index = 0, .text = STR("<EMAIL_1>")},
        {.kind = LLM_EVENT_TEXT, .index = 1, .text = STR("to <EMA")},
        {.kind = LLM_EVENT_TOOL_INPUT, .index = 2, .text = STR("{\"a\":\"<EM")},
        {.kind = LLM_EVENT_TEXT, .index = 1, .text = STR("IL_1>!<")},
        {.kind = LLM_EVENT_BLOCK_END, .index = 1},
        {.kind = LLM_EVENT_TOOL_INPUT, .index = 2, .text = STR("AIL_1>\"}")},
        {.kind = LLM_EVENT_TOOL_INPUT, .index = 3, .text = STR("<EMAIL_")},
        {.kind = LLM_EVENT_FINISH},
    };
    struct seen seen = {.log = buf_in(&m.t.arena, KIB(4))};
    struct guard_answer *answer = guard_answer_new(&m.t.cx, &m.state, see, &seen);
    for (size_t i = 0; i < ARRAY_LEN(events); i++) {
        CHECK_STATUS(&m.t.cx, guard_answer_event(&m.t.cx, answer, &events[i]), OK);
    }
    struct buf want = buf_in(&m.t.arena, KIB(4));
    buf_addf(&want, "%d/0:<EMAIL_1>|%d/1:to |%d/2:{\"a\":\"|%d/1:a@b.com!|%d/1:<|%d/1:|",
             LLM_EVENT_THINKING, LLM_EVENT_TEXT, LLM_EVENT_TOOL_INPUT, LLM_EVENT_TEXT,
             LLM_EVENT_TEXT, LLM_EVENT_BLOCK_END);
    buf_addf(&want, "%d/2:a@b.com\"}|%d/3:<EMAIL_|%d/0:|", LLM_EVENT_TOOL_INPUT,
             LLM_EVENT_TOOL_INPUT, LLM_EVENT_FINISH);
    CHECK_STR("events", buf_str(&seen.log), buf_str(&want));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_body_gets_placeholders_and_no_other_byte_changes),
        cmocka_unit_test(chat_and_body_share_their_placeholders),
        cmocka_unit_test(a_placeholder_of_the_prompt_itself_is_not_used),
        cmocka_unit_test(more_than_the_most_masks_is_refused),
        cmocka_unit_test(mask_then_unmask_is_the_original_at_every_cut),
        cmocka_unit_test(events_of_interleaved_blocks_get_their_texts_back),
    };
    return cmocka_run_group_tests_name("guard_mask", tests, NULL, NULL);
}
