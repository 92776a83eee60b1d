/* Whatever comes in, what comes out is JSON, is left as it is the second time, and its edits lie in
 * the source. */
#include "shared/json/repair.h"
#include "tests/fuzz/fuzz.h"

static void check_repaired(struct ctx *cx, struct str source, const struct json_repaired *out)
{
    static const struct json_options deep = {.max_depth = JSON_READ_DEPTH_MAX};
    const struct json *root = NULL;
    FUZZ_CHECK(json_read(cx, out->text, &deep, &root) == OK);
    FUZZ_CHECK((out->grade == JSON_GRADE_NONE) == (out->text.ptr == source.ptr));
    FUZZ_CHECK((out->grade == JSON_GRADE_NONE) == (out->edit_count == 0));
    for (size_t i = 0; i < out->edit_count; i++) {
        FUZZ_CHECK(out->edits[i].at + out->edits[i].len <= source.len);
        FUZZ_CHECK(json_rule_grade(out->edits[i].rule) <= out->grade);
        FUZZ_CHECK(i == 0 || out->edits[i - 1].at <= out->edits[i].at);
    }
    struct json_repaired again;
    FUZZ_CHECK(json_repair(cx, out->text, NULL, &again) == OK);
    FUZZ_CHECK(again.grade == JSON_GRADE_NONE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_ctx f;
    fuzz_open(&f);
    struct str source = fuzz_str(data, size);
    struct json_repaired out;
    enum status status = json_repair(
        &f.cx, source, &(struct json_repair_options){.allowed = JSON_GRADE_LOSSY}, &out);
    if (status == OK) {
        check_repaired(&f.cx, source, &out);
    } else {
        FUZZ_CHECK(status == ERR_NOT_FOUND || status == ERR_INVALID);
    }
    fuzz_close(&f);
    return 0;
}
