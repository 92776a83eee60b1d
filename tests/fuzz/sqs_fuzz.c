/*
 * Calls of SQS's protocol, one a line: action, a tab, the body. "@R" in a body is the last receipt
 * handle, so that messages are deleted, too. Each call answers JSON or names its fault; the count
 * of bytes comes out even, whatever was sent.
 */
#include "infra/local/source/sqs.h"
#include "tests/fuzz/fuzz.h"

enum { QUEUES = 3, MAX_CALLS = 64 };
static const struct str MARK = STR_INIT("@R");

static void open_queues(struct fuzz_ctx *f, struct sqs *sqs)
{
    struct template *t = ARENA_NEW(&f->arena, struct template);
    const struct queue_config plain = {
        .name = STR("q"),
        .arn = STR("arn:q"),
        .url = STR("http://x/1/q"),
        .visibility_ms = 2000,
        .retention_ms = 60000,
        .max_message_bytes = 1048576,
        .max_receives = 2,
    };
    t->queues[0] = t->queues[1] = t->queues[2] = plain;
    t->queues[1].name = STR("f.fifo");
    t->queues[1].is_fifo = t->queues[1].dedups_content = true;
    t->queues[2].name = STR("d");
    t->queues[0].dead_letter = &t->queues[2];
    t->queue_count = QUEUES;
    *sqs = (struct sqs){.account_id = STR("1")};
    queues_open(&sqs->queues, &f->arena, t);
}

static struct str filled(struct fuzz_ctx *f, struct str body, struct str handle)
{
    struct buf out = buf_in(&f->arena, MIB(1));
    for (;;) {
        size_t at = str_find(body, MARK);
        buf_add(&out, str_slice(body, 0, at));
        if (at == SIZE_MAX) {
            return buf_str(&out);
        }
        buf_add(&out, handle);
        body = str_slice(body, at + MARK.len, body.len);
    }
}

static void note_handle(struct fuzz_ctx *f, struct str answer, struct str *handle)
{
    const struct json *root = NULL;
    FUZZ_CHECK(json_read(&f->cx, answer, NULL, &root) == OK);
    const struct json *messages = json_find(root, STR("Messages"));
    if (messages != NULL) {
        *handle = json_find_str(messages->first, STR("ReceiptHandle"));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_ctx f;
    struct sqs sqs;
    struct str rest = fuzz_str(data, size);
    struct str line;
    struct str handle = STR("cSAxIDE=");
    int64_t now_ms = 1800000000000;
    fuzz_open(&f);
    open_queues(&f, &sqs);
    for (int i = 0; i < MAX_CALLS && str_split_next(&rest, '\n', &line); i++) {
        size_t tab = str_find_char(line, '\t');
        struct str body =
            filled(&f, str_slice(line, tab == SIZE_MAX ? tab : tab + 1, line.len), handle);
        struct buf out = buf_in(&f.arena, MIB(16));
        struct sqs_call call = {.sqs = &sqs, .cx = &f.cx, .now_ms = now_ms};
        if (sqs_call(&call, str_slice(line, 0, tab), body, &out)) {
            note_handle(&f, buf_str(&out), &handle);
        } else {
            FUZZ_CHECK(call.fault.shape != NULL && call.fault.words[0] != '\0');
        }
        now_ms += 700;
    }
    for (size_t i = 0; i < QUEUES; i++) {
        queue_purge(&sqs.queues.items[i]);
    }
    FUZZ_CHECK(sqs.queues.bytes == 0);
    queues_close(&sqs.queues);
    fuzz_close(&f);
    return 0;
}
