/*
 * Any bytes: what is read as an analysis is refined to an object that its schema allows, twice the
 * same, with the prompt as it came and every file in exactly one place.
 */
#include "functions/refiner/refine.h"
#include "functions/refiner/refined_schema.h"
#include "tests/fuzz/fuzz.h"

/* Kept for the life of the process, as in a slot. */
static const struct jsonschema *output_schema(void)
{
    static struct arena arena;
    static const struct jsonschema *schema;
    if (schema == NULL) {
        arena_init(&arena, 0);
        struct ctx cx = {.arena = &arena};
        FUZZ_CHECK(refined_schema_compile(&cx, &arena, &schema) == OK);
    }
    return schema;
}

static struct str body_of(struct ctx *cx, const struct refined *refined)
{
    struct buf out = buf_in(cx->arena, REFINED_MAX_BYTES);
    struct json_writer w = json_writer_on(&out);
    json_object_begin(&w);
    refined_write_members(&w, refined);
    json_object_end(&w);
    FUZZ_CHECK(!out.full);
    return buf_str(&out);
}

static void check_claims(const struct analysis *analysis, const struct refinement *refinement)
{
    const struct refined *refined = &refinement->refined;
    const struct refined_extensions *extensions = &refined->extensions;
    const struct quality *quality = &refinement->quality;
    bool driven = extensions->session_mode == SESSION_ASSET_DRIVEN;
    FUZZ_CHECK(str_eq(refined->request.original_prompt, analysis->prompt));
    FUZZ_CHECK(refined->asset_count == analysis->asset_count);
    FUZZ_CHECK(driven == (extensions->summary.utilized_assets > 0));
    FUZZ_CHECK(refined->direction.core_concept.len >= 50);
    FUZZ_CHECK(quality->score >= 0 && quality->score <= 1);
    FUZZ_CHECK(refined->metrics.overall_confidence >= 0);
    FUZZ_CHECK(analysis->overall_confidence.is_set == false ||
               analysis->overall_confidence.value >= 0.4 ||
               refined->metrics.overall_confidence <= 0.8);
}

static void check_output(struct fuzz_ctx *f, const struct analysis *analysis)
{
    struct refinement *one = ARENA_NEW(&f->arena, struct refinement);
    struct refinement *two = ARENA_NEW(&f->arena, struct refinement);
    const struct json *root = NULL;
    refine(&f->cx, analysis, one);
    refine(&f->cx, analysis, two);
    struct str body = body_of(&f->cx, &one->refined);
    FUZZ_CHECK(str_eq(body, body_of(&f->cx, &two->refined)));
    FUZZ_CHECK(json_read(&f->cx, body, NULL, &root) == OK);
    FUZZ_CHECK(jsonschema_check(&f->cx, output_schema(), root, NULL) == OK);
    check_claims(analysis, one);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_ctx f;
    fuzz_open(&f);
    const struct json *root = NULL;
    struct analysis *analysis = ARENA_NEW(&f.arena, struct analysis);
    if (json_read(&f.cx, fuzz_str(data, size), NULL, &root) == OK) {
        enum status status = analysis_read(&f.cx, root, analysis);
        FUZZ_CHECK(status == OK || (status == ERR_INVALID && f.cx.err.words[0] != '\0'));
        if (status == OK) {
            check_output(&f, analysis);
        }
    }
    fuzz_close(&f);
    return 0;
}
