/* The reader takes any bytes; what it accepts, the writer writes and the reader reads again, the
 * same tree. */
#include "shared/json/json.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/tree.h"

static void check_spans(struct str source, const struct json *value)
{
    FUZZ_CHECK(value->span.ptr >= source.ptr && value->span.len > 0);
    FUZZ_CHECK(value->span.ptr + value->span.len <= source.ptr + source.len);
    JSON_EACH (child, value) {
        check_spans(value->span, child);
    }
}

static void check_numbers(const struct json *value)
{
    int64_t integer = 0;
    double number = 0;
    bool is_i64 = json_is_i64(value, &integer), is_f64 = json_is_f64(value, &number);
    FUZZ_CHECK(!is_i64 || (is_f64 && (double)integer == number));
    JSON_EACH (child, value) {
        check_numbers(child);
    }
}

static void check_written_again(struct ctx *cx, const struct json *root,
                                const struct json_options *options)
{
    struct buf text = buf_in(cx->arena, MIB(64));
    struct json_writer w = json_writer_on(&text);
    tree_write(&w, root);
    const struct json *back = NULL;
    FUZZ_CHECK(!text.full);
    FUZZ_CHECK(json_read(cx, buf_str(&text), options, &back) == OK);
    FUZZ_CHECK(tree_eq(root, back));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_ctx f;
    fuzz_open(&f);
    struct str source = fuzz_str(data, size);
    const struct json *root = NULL, *strict = NULL;
    struct json_options options = {.max_depth = JSON_READ_DEPTH_MAX, .allow_duplicate_keys = true};
    bool accepted = json_read(&f.cx, source, &options, &root) == OK;
    if (accepted) {
        check_spans(source, root);
        check_numbers(root);
        check_written_again(&f.cx, root, &options);
    }
    if (json_read(&f.cx, source, NULL, &strict) == OK) {
        FUZZ_CHECK(accepted && tree_eq(root, strict));
    } else {
        FUZZ_CHECK(f.cx.err.words[0] != '\0');
    }
    fuzz_close(&f);
    return 0;
}
