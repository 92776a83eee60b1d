/*
 * Whatever a model says, what leaves fits the output's schema, and what no model may touch is as
 * the rules made it. Two models say the two halves of the input, parted at its first NUL.
 */
#include "functions/refiner/answer.h"
#include "functions/refiner/enrich.h"
#include "tests/fuzz/fuzz.h"

static struct str said[2];
static size_t calls;
static struct llm_models *models;

enum status llm_call(struct ctx *cx, struct llm *llm, const struct llm_caller *caller,
                     struct llm_request *request, const struct llm_sink *sink,
                     struct llm_outcome *outcome)
{
    (void)llm, (void)caller, (void)request;
    *outcome = (struct llm_outcome){0};
    TRY(sink->begin(cx, sink->arg, &outcome->head));
    TRY(sink->event(cx, sink->arg,
                    &(struct llm_event){.kind = LLM_EVENT_TEXT, .text = said[calls++ % 2]}));
    return sink->event(cx, sink->arg, &(struct llm_event){.kind = LLM_EVENT_END});
}
void llm_finish(struct ctx *cx, struct llm *llm, struct llm_outcome *outcome)
{
    (void)cx, (void)llm, (void)outcome;
}
enum status llm_open(struct ctx *cx, const struct llm_options *options, struct llm **llm)
{
    (void)cx, (void)options, (void)llm;
    return OK;
}
void llm_close(struct llm *llm)
{
    (void)llm;
}
void llm_disconnect(struct llm *llm)
{
    (void)llm;
}
const struct llm_models *llm_models_of(const struct llm *llm)
{
    (void)llm;
    return models;
}

static const char analysis_json[] =
    "{\"user_request\":{\"original_prompt\":\"poster of my dog\",\"intent\":\"image\","
    "\"aspect_ratio\":\"4:5\"},\"assets\":[{\"id\":\"a1\",\"type\":\"image\",\"ai_caption\":"
    "\"brown dog\",\"quality_score\":0.8}]}";

/* Made once: models and schemas stay. */
static struct desk *desk_get(void)
{
    static struct fuzz_ctx kept;
    static struct desk *desk;
    if (desk == NULL) {
        fuzz_open(&kept);
        desk = ARENA_NEW(kept.cx.arena, struct desk);
        FUZZ_CHECK(llm_models_new(&kept.cx, STR(""), &models) == OK);
        FUZZ_CHECK(refined_schema_compile(&kept.cx, kept.cx.arena, &desk->schema) == OK);
        FUZZ_CHECK(form_init(&kept.cx, kept.cx.arena, &desk->form) == OK);
    }
    return desk;
}

static void untouched_check(const struct refined *before, const struct refined *after)
{
    FUZZ_CHECK(str_eq(after->request.original_prompt, before->request.original_prompt));
    FUZZ_CHECK(str_eq(after->request.aspect_ratio, before->request.aspect_ratio));
    FUZZ_CHECK(after->assets == before->assets && after->asset_count == before->asset_count);
    FUZZ_CHECK(str_eq(after->assets[0].id, STR("a1")));
    FUZZ_CHECK(str_eq(after->assets[0].role, before->assets[0].role));
    FUZZ_CHECK(after->conflict_count == before->conflict_count);
    FUZZ_CHECK(after->extensions.session_mode == before->extensions.session_mode);
}

static void refinement_check(struct ctx *cx, const struct desk *desk)
{
    static const struct llm_caller caller = {0};
    struct analysis *analysis = ARENA_NEW(cx->arena, struct analysis);
    struct refinement *r = ARENA_NEW(cx->arena, struct refinement);
    struct enrichment *enrichment = ARENA_NEW(cx->arena, struct enrichment);
    struct model_prompt prompt;
    const struct json *root = NULL;
    struct str answer;
    FUZZ_CHECK(json_read(cx, STR(analysis_json), NULL, &root) == OK);
    FUZZ_CHECK(analysis_read(cx, root, analysis) == OK);
    refine(cx, analysis, r);
    const struct refined before = r->refined;
    model_prompt_make(cx, r, &desk->form, &prompt);
    enrich(cx, desk, &caller, &prompt, &(struct enrich_limits){0}, &r->refined, enrichment);
    untouched_check(&before, &r->refined);
    r->quality = quality_assess(cx, analysis, &r->refined);
    const struct answer_parts parts = {
        .id = STR("ref_abcdefgh_000001"),
        .analysis = analysis,
        .refinement = r,
        .enrichment = enrichment,
        .is_stored = true,
    };
    FUZZ_CHECK(answer_make(cx, desk->schema, &parts, &answer) == OK);
    FUZZ_CHECK(answer_again(cx, answer, &answer) == OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_ctx f;
    fuzz_open(&f);
    struct desk *desk = desk_get();
    struct str text = fuzz_str(data, size);
    size_t cut = str_find_char(text, '\0');
    said[0] = str_slice(text, 0, cut == SIZE_MAX ? text.len : cut);
    said[1] = cut == SIZE_MAX ? (struct str){0} : str_slice(text, cut + 1, text.len);
    calls = 0;
    refinement_check(&f.cx, desk);
    fuzz_close(&f);
    return 0;
}
