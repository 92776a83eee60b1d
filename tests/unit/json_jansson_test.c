/*
 * The reader against jansson (tests/peers/jansson_dump.c), on random documents and on damaged ones:
 * the same verdict, the same tree.
 */
#include "shared/json/json.h"
#include "tests/support/check.h"
#include "tests/support/random.h"
#include "tests/support/tree.h"

#include <unistd.h>

enum { DOCUMENTS = 4000, DAMAGES = 5 };

static void dump_bytes(struct buf *out, struct str bytes)
{
    for (size_t i = 0; i < bytes.len; i++) {
        buf_addf(out, "%02x", (unsigned)(unsigned char)bytes.ptr[i]);
    }
}

static void dump_number(struct buf *out, const struct json *value)
{
    int64_t integer = 0;
    double number = 0;
    bool is_real = str_find_char(value->text, '.') != SIZE_MAX ||
                   str_find_char(value->text, 'e') != SIZE_MAX ||
                   str_find_char(value->text, 'E') != SIZE_MAX;
    if (is_real) {
        buf_addf(out, "r%a", json_is_f64(value, &number) ? number : 77e77);
    } else {
        buf_addf(out, "i%lld", json_is_i64(value, &integer) ? (long long)integer : 77);
    }
}

/* As jansson_dump writes it. */
static void dump(struct buf *out, const struct json *value)
{
    switch (value->type) {
    case JSON_NULL:
        buf_add_char(out, 'n');
        break;
    case JSON_BOOL:
        buf_add_char(out, value->boolean ? 't' : 'f');
        break;
    case JSON_NUMBER:
        dump_number(out, value);
        break;
    case JSON_STRING:
        buf_add_char(out, 's');
        dump_bytes(out, value->text);
        break;
    case JSON_ARRAY:
    case JSON_OBJECT:
        buf_add_char(out, value->type == JSON_ARRAY ? '[' : '{');
        JSON_EACH (child, value) {
            if (value->type == JSON_OBJECT) {
                dump_bytes(out, child->key);
                buf_add_char(out, ':');
            }
            dump(out, child);
        }
        buf_add_char(out, value->type == JSON_ARRAY ? ']' : '}');
    }
    buf_add_char(out, ' ');
}

static struct str document(struct ctx *cx, uint64_t *seed, int i)
{
    struct buf buf = buf_in(cx->arena, MIB(1));
    struct json_writer w = json_writer_on(&buf);
    tree_write(&w, tree_random(cx->arena, seed, (unsigned)i % 4));
    assert_false(buf.full);
    return buf_str(&buf);
}

static struct str damaged(struct ctx *cx, uint64_t *seed, struct str text)
{
    static const char bytes[] = "\"\\{}[],:0123456789eE+-.utfn \n\x01\x80\xC3\xED\xA0\xFF";
    struct buf out = buf_in(cx->arena, MIB(1));
    size_t at = random_below(seed, text.len + 1), skipped = random_below(seed, 3);
    buf_add(&out, str_slice(text, 0, at));
    for (uint64_t i = random_below(seed, 3); i > 0; i--) {
        /* not its NUL: jansson 2.14 skips one that follows a number */
        buf_add_char(&out, bytes[random_below(seed, sizeof bytes - 1)]);
    }
    buf_add(&out, str_slice(text, at + skipped, text.len));
    return buf_str(&out);
}

typedef void document_fn(struct ctx *cx, struct str text, void *object);

/* The same documents at each call. */
static void each_document(document_fn *fn, void *object)
{
    uint64_t seed = 5;
    for (int i = 0; i < DOCUMENTS; i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct str text = document(&t.cx, &seed, i);
        fn(&t.cx, text, object);
        for (int j = 0; j < DAMAGES; j++) {
            text = damaged(&t.cx, &seed, text);
            fn(&t.cx, exact_copy(&t.cx, text), object);
        }
    }
}

static void document_save(struct ctx *cx, struct str text, void *file)
{
    (void)cx;
    assert_true(fprintf(file, "%zu\n", text.len) > 0);
    assert_int_equal(fwrite(text.ptr == NULL ? "" : text.ptr, 1, text.len, file), text.len);
}

struct tally {
    FILE *answers;
    int accepted, refused, cannot;
};

static void document_compare(struct ctx *cx, struct str text, void *object)
{
    struct tally *tally = object;
    char *line = NULL;
    size_t size = 0;
    ssize_t len = getline(&line, &size, tally->answers);
    assert_true(len > 0);
    struct str theirs = arena_str_copy(cx->arena, (struct str){line, (size_t)len - 1});
    free(line);
    const struct json *root = NULL;
    struct buf ours = buf_in(cx->arena, MIB(4));
    bool accepted = json_read(cx, text, NULL, &root) == OK;
    if (str_eq(theirs, STR("cannot"))) {
        tally->cannot++;
        return;
    }
    if (accepted) {
        dump(&ours, root);
    } else {
        buf_add(&ours, STR("refused"));
    }
    if (!str_eq(buf_str(&ours), theirs)) {
        CHECK_FAILED("document: " STR_FMT "\nours:    " STR_FMT " (%s)\njansson: " STR_FMT "\n",
                     STR_ARG(text), STR_ARG(buf_str(&ours)), cx->err.text, STR_ARG(theirs));
    }
    *(accepted ? &tally->accepted : &tally->refused) += 1;
}

static void json_read_agrees_with_jansson(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    const char *build = getenv("CLAMBDA_BUILD");
    const char *peer = arena_format(t.cx.arena, "%s/test/tests/peers/jansson_dump",
                                    build == NULL ? "build" : build)
                           .ptr;
    char path[] = "/tmp/clambda-jansson-test.XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    FILE *file = fdopen(fd, "w");
    assert_non_null(file);
    each_document(document_save, file);
    assert_int_equal(fclose(file), 0);

    /* NOLINTNEXTLINE(cert-env33-c): a command of ours */
    FILE *answers = popen(arena_format(t.cx.arena, "%s <%s", peer, path).ptr, "r");
    struct tally tally = {.answers = answers};
    assert_non_null(tally.answers);
    each_document(document_compare, &tally);
    assert_int_equal(getc(tally.answers), EOF);
    assert_int_equal(pclose(tally.answers), 0);
    (void)unlink(path);
    print_message("# both accepted %d, both refused %d, past jansson's numbers and names %d\n",
                  tally.accepted, tally.refused, tally.cannot);
    assert_true(tally.accepted > DOCUMENTS && tally.refused > DOCUMENTS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_read_agrees_with_jansson),
    };
    return cmocka_run_group_tests_name("json_jansson", tests, NULL, NULL);
}
