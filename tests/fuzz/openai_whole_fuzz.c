/*
 * A whole answer of OpenAI's protocols, whatever it is: not the protocol, and then no word of it is
 * for callers; or events, from which both faces write JSON; and embeddings in base64 are an answer
 * again.
 */
#include "functions/ai-gateway/face/face.h"
#include "shared/llm/wire/wire.h"
#include "tests/fuzz/fuzz.h"

struct writing {
    const struct face *face;
    struct face_writer *writer; /* NULL: nothing is written */
    struct buf out;
    enum llm_event_kind last;
};

static enum status on_write(struct ctx *cx, void *arg, struct str bytes)
{
    struct writing *writing = arg;
    const struct json *root = NULL;
    FUZZ_CHECK(json_read(cx, bytes, &(struct json_options){.max_depth = JSON_READ_DEPTH_MAX},
                         &root) == OK);
    FUZZ_CHECK(root->type == JSON_OBJECT);
    buf_add(&writing->out, bytes);
    return OK;
}

static enum status on_event(struct ctx *cx, void *arg, const struct llm_event *event)
{
    struct writing *writing = arg;
    writing->last = event->kind;
    return writing->writer == NULL ? OK : writing->face->take(cx, writing->writer, event);
}

static enum status read_whole(struct ctx *cx, const struct llm_wire_request *sent, struct str body,
                              const struct face *face)
{
    const struct json root = {.type = JSON_OBJECT};
    const struct llm_chat chat = {0};
    const struct llm_request request = {.chat = &chat, .root = &root};
    struct writing writing = {.face = face, .out = buf_in(cx->arena, SIZE_MAX)};
    if (face != NULL) {
        writing.writer = face->writer_new(cx, &(struct face_writing){
                                                  .request = &request,
                                                  .write = on_write,
                                                  .arg = &writing,
                                              });
    }
    enum status status = llm_wire_openai.whole(cx, sent, body, on_event, &writing);
    FUZZ_CHECK(status == OK || (status == ERR_UPSTREAM && cx->err.words[0] == '\0'));
    FUZZ_CHECK(status != OK || writing.last == LLM_EVENT_END || writing.last == LLM_EVENT_ERROR);
    bool is_written = face != NULL && status == OK && writing.last == LLM_EVENT_END;
    FUZZ_CHECK(is_written == (writing.out.len > 0));
    return status;
}

static void check_embeddings(struct ctx *cx, struct str body)
{
    const struct llm_wire_request sent = {.protocol = LLM_PROTOCOL_OPENAI_EMBEDDINGS,
                                          .wants_base64 = true};
    if (read_whole(cx, &sent, body, NULL) == OK) {
        struct str base64 = llm_wire_openai.whole_raw(cx, &sent, body);
        FUZZ_CHECK(read_whole(cx, &sent, base64, NULL) == OK);
        FUZZ_CHECK(str_eq(llm_wire_openai.whole_raw(cx, &sent, base64), base64));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct face *const faces[] = {&face_openai_chat, &face_openai_responses};
    struct fuzz_ctx f;
    struct str body = fuzz_str(data, size);
    fuzz_open(&f);
    for (size_t i = 0; i < ARRAY_LEN(faces); i++) {
        const struct llm_wire_request sent = {.protocol = faces[i]->protocol};
        (void)!read_whole(&f.cx, &sent, body, faces[i]);
        err_clear(&f.cx);
        (void)!read_whole(&f.cx, &sent, body, faces[1 - i]);
        err_clear(&f.cx);
    }
    check_embeddings(&f.cx, body);
    fuzz_close(&f);
    return 0;
}
