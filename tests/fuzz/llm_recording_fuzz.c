/*
 * A record of a call: refused with words, or a replay of it ends whatever it is asked for.
 */
#include "shared/llm/watch/replay.h"
#include "tests/fuzz/fuzz.h"

static void exchange_drain(struct ctx *cx, const struct llm_transport *transport, struct str target)
{
    const struct http_request req = {.method = "POST", .url = STR("https://a.example/")};
    struct http_response res = {0};
    struct http_stream_failure failure;
    void *stream = NULL;
    struct str bytes = STR("x");
    if (transport->open(cx, transport->arg, target, &req, &res, &stream, &failure) != OK) {
        FUZZ_CHECK(stream == NULL);
        return;
    }
    while (bytes.len > 0 && transport->read(cx, transport->arg, stream, 1, &bytes) == OK) {
        FUZZ_CHECK(bytes.len == 0 || bytes.ptr != NULL);
    }
    transport->close(transport->arg, &stream);
    FUZZ_CHECK(stream == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_ctx f;
    struct llm_recording recording;
    fuzz_open(&f);
    enum status status = llm_recording_read(&f.cx, fuzz_str(data, size), &recording);
    FUZZ_CHECK(status == OK || (status == ERR_INVALID && f.cx.err.text[0] != '\0'));
    if (status == OK) {
        struct llm_replay replay = {.recording = &recording};
        struct llm_transport transport = llm_replay_transport(&replay);
        FUZZ_CHECK(recording.exchange_count <= LLM_RECORD_MAX_EXCHANGES);
        for (size_t i = 0; i <= recording.exchange_count; i++) {
            struct str target =
                i < recording.exchange_count ? recording.exchanges[i].target : STR("a/m");
            exchange_drain(&f.cx, &transport, target);
        }
        FUZZ_CHECK(replay.at <= recording.exchange_count);
        (void)!llm_replay_check(&f.cx, &replay);
    }
    fuzz_close(&f);
    return 0;
}
