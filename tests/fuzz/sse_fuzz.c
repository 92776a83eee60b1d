/*
 * An event stream says the same wherever it is cut; limits hold; whatever a writer puts into events
 * is read out of them.
 */
#include "shared/http/sse.h"
#include "tests/fuzz/fuzz.h"

enum { MAX_BYTES = 200 };

struct heard {
    struct buf text;
    enum status status;
};

static enum status on_event(struct ctx *cx, void *arg, const struct sse_event *event)
{
    (void)cx;
    struct heard *heard = arg;
    FUZZ_CHECK(event->data.len <= MAX_BYTES);
    FUZZ_CHECK(str_find_char(event->type, '\n') == SIZE_MAX);
    FUZZ_CHECK(str_find_char(event->data, '\r') == SIZE_MAX);
    buf_addf(&heard->text, "%zu,%zu:", event->type.len, event->data.len);
    buf_add(&heard->text, event->type);
    buf_add(&heard->text, event->data);
    return OK;
}

static struct heard *read_in_parts(struct ctx *cx, struct str bytes, size_t step)
{
    struct heard *heard = ARENA_NEW(cx->arena, struct heard);
    struct sse sse;
    heard->text = buf_in(cx->arena, SIZE_MAX);
    sse_init(&sse, cx->arena, MAX_BYTES);
    while (bytes.len > 0 && heard->status == OK) {
        heard->status = sse_feed(cx, &sse, str_slice(bytes, 0, step), on_event, heard);
        bytes = str_slice(bytes, step, bytes.len);
    }
    FUZZ_CHECK(heard->status == OK || heard->status == ERR_TOO_LARGE);
    return heard;
}

/* `bytes` as one event's data, with whatever ends of line they have. */
static void check_round_trip(struct ctx *cx, struct str bytes)
{
    struct buf stream = buf_in(cx->arena, SIZE_MAX);
    struct str rest = str_slice(bytes, 0, MAX_BYTES - 8), line;
    if (str_find_char(rest, '\r') != SIZE_MAX) {
        return; /* it cannot be said within data */
    }
    buf_add(&stream, STR("event: e\n"));
    for (struct str left = rest; str_split_next(&left, '\n', &line);) {
        buf_add(&stream, STR("data: "));
        buf_add(&stream, line);
        buf_add(&stream, STR("\n"));
    }
    buf_add(&stream, STR("\n"));
    const struct heard *heard = read_in_parts(cx, buf_str(&stream), 3);
    struct str want = arena_format(cx->arena, "1,%zu:e", rest.len);
    struct str got = buf_str(&heard->text);
    FUZZ_CHECK(str_skip_prefix(&got, want) && str_eq(got, rest));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_ctx f;
    fuzz_open(&f);
    struct str bytes = fuzz_str(data, size);
    const struct heard *whole = read_in_parts(&f.cx, bytes, SIZE_MAX);
    const struct heard *single = read_in_parts(&f.cx, bytes, 1);
    const struct heard *parts = read_in_parts(&f.cx, bytes, 7);
    FUZZ_CHECK(whole->status == single->status && whole->status == parts->status);
    FUZZ_CHECK(str_eq(buf_str(&whole->text), buf_str(&single->text)));
    FUZZ_CHECK(str_eq(buf_str(&whole->text), buf_str(&parts->text)));
    if (bytes.len > 0) {
        check_round_trip(&f.cx, bytes);
    }
    fuzz_close(&f);
    return 0;
}
