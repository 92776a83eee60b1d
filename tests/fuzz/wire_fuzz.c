/*
 * What a bootstrap sends to its Runtime API, at any split: the same head, body, trailers and
 * verdict.
 */
#include "infra/local/lambda/wire.h"
#include "shared/base/field.h"
#include "tests/fuzz/fuzz.h"

struct message {
    enum wire_result head_result, body_result;
    struct wire_head head;
    struct buf head_bytes, body, trailers;
    size_t left; /* bytes after the message */
};

/* The head as runtime_conn.c reads it: bytes gathered, then looked at. */
static void read_head(struct message *m, struct str *bytes, size_t step)
{
    const char *why = NULL;
    size_t used = 0;
    m->head_result = WIRE_MORE;
    while (bytes->len > 0 && m->head_result == WIRE_MORE) {
        struct str piece = str_slice(*bytes, 0, step);
        size_t before = m->head_bytes.len;
        buf_add(&m->head_bytes, piece);
        m->head_result = wire_head_read(buf_str(&m->head_bytes), &m->head, &used, &why);
        size_t taken = m->head_result == WIRE_DONE ? used - before : piece.len;
        FUZZ_CHECK(m->head_result != WIRE_BAD || why != NULL);
        FUZZ_CHECK(taken <= piece.len);
        *bytes = str_slice(*bytes, taken, bytes->len);
    }
}

static void read_body(struct message *m, struct str *bytes, size_t step)
{
    const char *why = NULL;
    struct wire_body body;
    wire_body_begin(&body, &m->head);
    body.trailers = &m->trailers;
    m->body_result = !body.chunked && body.left == 0 ? WIRE_DONE : WIRE_MORE;
    while (bytes->len > 0 && m->body_result == WIRE_MORE) {
        struct str piece = str_slice(*bytes, 0, step);
        size_t given = piece.len;
        m->body_result = wire_body_read(&body, &piece, &m->body, &why);
        FUZZ_CHECK(m->body_result != WIRE_BAD || why != NULL);
        FUZZ_CHECK(m->body_result != WIRE_MORE || piece.len == 0);
        *bytes = str_slice(*bytes, given - piece.len, bytes->len);
    }
}

static struct message *read_message(struct ctx *cx, struct str bytes, size_t step)
{
    struct message *m = ARENA_NEW(cx->arena, struct message);
    m->head_bytes = buf_in(cx->arena, MIB(1));
    m->body = buf_in(cx->arena, MIB(1));
    m->trailers = buf_in(cx->arena, KIB(1));
    read_head(m, &bytes, step);
    if (m->head_result == WIRE_DONE) {
        read_body(m, &bytes, step);
    }
    m->left = bytes.len;
    return m;
}

static void check_head(const struct wire_head *head)
{
    FUZZ_CHECK(head->header_count <= WIRE_MAX_HEADERS);
    FUZZ_CHECK(head->target.len > 0 && head->target.ptr[0] == '/');
    FUZZ_CHECK(!head->chunked || head->content_length == 0);
    for (size_t i = 0; i < head->header_count; i++) {
        FUZZ_CHECK(field_is_token(head->headers[i].name));
        FUZZ_CHECK(field_is_value(head->headers[i].value));
    }
}

static void check_same(const struct message *a, const struct message *b)
{
    FUZZ_CHECK(a->head_result == b->head_result);
    if (a->head_result != WIRE_DONE) {
        return;
    }
    check_head(&a->head);
    FUZZ_CHECK(str_eq(a->head.target, b->head.target));
    FUZZ_CHECK(a->head.header_count == b->head.header_count);
    FUZZ_CHECK(a->body_result == b->body_result);
    if (a->body_result != WIRE_BAD) {
        FUZZ_CHECK(str_eq(buf_str(&a->body), buf_str(&b->body)) && a->left == b->left);
        FUZZ_CHECK(str_eq(buf_str(&a->trailers), buf_str(&b->trailers)));
        (void)wire_trailer_find(buf_str(&a->trailers), STR("x"));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_ctx f;
    fuzz_open(&f);
    struct str bytes = fuzz_str(data, size);
    const struct message *whole = read_message(&f.cx, bytes, SIZE_MAX);
    check_same(whole, read_message(&f.cx, bytes, 1));
    check_same(whole, read_message(&f.cx, bytes, 5));
    fuzz_close(&f);
    return 0;
}
