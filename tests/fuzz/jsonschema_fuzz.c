/*
 * The first line is a schema, the rest a value. Whatever they are, there is a verdict, twice the
 * same, and its errors have places; a schema without references judges the same inside allOf, and
 * the contrary inside not.
 */
#include "shared/schema/jsonschema/jsonschema.h"
#include "tests/fuzz/fuzz.h"

static enum status judge(struct fuzz_ctx *f, struct str before, struct str text, struct str after,
                         const struct json *value)
{
    const struct jsonschema *schema = NULL;
    struct buf wrapped = buf_in(&f->arena, before.len + text.len + after.len);
    buf_add(&wrapped, before);
    buf_add(&wrapped, text);
    buf_add(&wrapped, after);
    FUZZ_CHECK(jsonschema_read(&f->cx, &f->arena, buf_str(&wrapped), NULL, &schema) == OK);
    return jsonschema_check(&f->cx, schema, value, NULL);
}

static void check_wrapped(struct fuzz_ctx *f, struct str text, const struct json *value,
                          enum status verdict)
{
    enum status same = judge(f, STR("{\"allOf\":["), text, STR("]}"), value);
    enum status contrary = judge(f, STR("{\"not\":"), text, STR("}"), value);
    FUZZ_CHECK(same == verdict || same == ERR_TOO_LARGE);
    FUZZ_CHECK(contrary == ERR_TOO_LARGE || (contrary == OK) == (verdict != OK));
}

static void check_value(struct fuzz_ctx *f, const struct jsonschema *schema, struct str text,
                        const struct json *value)
{
    struct jsonschema_result *result = ARENA_NEW(&f->arena, struct jsonschema_result);
    enum status verdict = jsonschema_check(&f->cx, schema, value, result);
    FUZZ_CHECK(verdict == OK || verdict == ERR_INVALID || verdict == ERR_TOO_LARGE);
    FUZZ_CHECK(jsonschema_check(&f->cx, schema, value, NULL) == verdict);
    FUZZ_CHECK((verdict == ERR_INVALID) == (result->error_count > 0) || verdict == ERR_TOO_LARGE);
    for (size_t i = 0; i < result->error_count; i++) {
        FUZZ_CHECK(result->errors[i].message.len > 0);
        FUZZ_CHECK(str_find_char(result->errors[i].absolute_keyword_location, '#') != SIZE_MAX);
    }
    if (verdict != ERR_TOO_LARGE && str_find_char(text, '$') == SIZE_MAX &&
        str_find_char(text, '\\') == SIZE_MAX) {
        check_wrapped(f, text, value, verdict);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_ctx f;
    fuzz_open(&f);
    struct str rest = fuzz_str(data, size), text = {0};
    (void)str_split_next(&rest, '\n', &text);
    const struct jsonschema *schema = NULL;
    const struct json *value = NULL;
    struct jsonschema_options options = {.assert_formats = true};
    enum status status = jsonschema_read(&f.cx, &f.arena, text, NULL, &schema);
    if (status != OK) {
        FUZZ_CHECK(f.cx.err.words[0] != '\0');
    } else if (json_read(&f.cx, rest, NULL, &value) == OK) {
        check_value(&f, schema, text, value);
        FUZZ_CHECK(jsonschema_read(&f.cx, &f.arena, text, &options, &schema) == OK);
        enum status with_formats = jsonschema_check(&f.cx, schema, value, NULL);
        FUZZ_CHECK(with_formats == OK || f.cx.err.words[0] != '\0');
    }
    fuzz_close(&f);
    return 0;
}
