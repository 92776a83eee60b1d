/*
 * What stands in for the engine of models in the refiner's tests: a script of answers, one a call,
 * given by any thread; what was asked is written down.
 */
#pragma once

#include "functions/refiner/handler.h"
#include "tests/support/check.h"

#include <pthread.h>

enum { SCRIPT_MAX = 8, NOTED_MAX = 64 };

struct scripted {
    enum status status;
    const char *text; /* NULL: the good answer, of all fields; with a failure: a refusal of ours */
};

static struct {
    struct llm_models *models;
    struct scripted script[SCRIPT_MAX];
    size_t script_count; /* past it: its last line again; none: no key is there */
    size_t calls, settled;
    struct str asked[NOTED_MAX]; /* models, in arenas of their calls */
    const struct llm_chat *chat; /* of the last call */
    int64_t deadline_ms[NOTED_MAX];
    void (*before)(void); /* runs within each call */
} engine;

static pthread_mutex_t engine_lock = PTHREAD_MUTEX_INITIALIZER;

/* Every field of the form, fit. */
static struct str good_answer(struct ctx *cx, const char *concept_more)
{
    DEFER(arena_deinit) struct arena own;
    arena_init(&own, 0);
    struct form *form = ARENA_NEW(&own, struct form);
    CHECK_STATUS(cx, form_init(cx, &own, form), OK);
    struct buf buf = buf_in(cx->arena, KIB(16));
    struct json_writer w = json_writer_on(&buf);
    json_object_begin(&w);
    for (size_t i = 0; i < REFINED_ENRICHABLE_COUNT; i++) {
        json_key(&w, form->names[i]);
        if (refined_enrichables[i].is_list) {
            json_array_begin(&w);
            json_cstr(&w, "Hold the first frame");
            json_cstr(&w, "Let the waves answer");
            json_array_end(&w);
        } else if (refined_enrichables[i].max_bytes < 100) {
            json_cstr(&w, "20-30 minutes");
        } else {
            json_str(&w, arena_format(cx->arena,
                                      "A sunlit seaside portrait with room for a bold title, no. "
                                      "%zu%s",
                                      i, concept_more));
        }
    }
    json_object_end(&w);
    return buf_str(&buf);
}

static const struct scripted *line_take(const struct llm_request *request, const struct ctx *cx)
{
    (void)pthread_mutex_lock(&engine_lock);
    size_t at = engine.calls < engine.script_count ? engine.calls : engine.script_count - 1;
    if (engine.calls < NOTED_MAX) {
        engine.asked[engine.calls] = request->model;
        engine.deadline_ms[engine.calls] = cx->deadline_ms;
    }
    engine.chat = request->chat;
    engine.calls++;
    (void)pthread_mutex_unlock(&engine_lock);
    return engine.script_count == 0 ? NULL : &engine.script[at];
}

enum status llm_call(struct ctx *cx, struct llm *llm, const struct llm_caller *caller,
                     struct llm_request *request, const struct llm_sink *sink,
                     struct llm_outcome *outcome)
{
    (void)llm, (void)caller;
    const struct scripted *line = line_take(request, cx);
    *outcome = (struct llm_outcome){.cost_nano = line == NULL ? 0 : 1000};
    if (engine.before != NULL) {
        engine.before();
    }
    if (line == NULL) {
        return fail_code(cx, ERR_UPSTREAM, "AI_SERVICE_ERROR", "no key");
    }
    if (line->status != OK) {
        outcome->attempts_are_spent = line->text != NULL;
        return fail(cx, line->status, "as the test wants");
    }
    struct str text = line->text != NULL ? str_from_cstr(line->text) : good_answer(cx, "");
    TRY(sink->begin(cx, sink->arg, &outcome->head));
    size_t half = text.len / 2; /* in two pieces, as answers come */
    TRY(sink->event(cx, sink->arg,
                    &(struct llm_event){.kind = LLM_EVENT_TEXT, .text = str_slice(text, 0, half)}));
    TRY(sink->event(
        cx, sink->arg,
        &(struct llm_event){.kind = LLM_EVENT_TEXT, .text = str_slice(text, half, text.len)}));
    return sink->event(cx, sink->arg, &(struct llm_event){.kind = LLM_EVENT_END});
}

void llm_finish(struct ctx *cx, struct llm *llm, struct llm_outcome *outcome)
{
    (void)cx, (void)llm, (void)outcome;
    (void)pthread_mutex_lock(&engine_lock);
    engine.settled++;
    (void)pthread_mutex_unlock(&engine_lock);
}

enum status llm_open(struct ctx *cx, const struct llm_options *options, struct llm **llm)
{
    (void)cx, (void)options;
    *llm = NULL;
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
    return engine.models;
}

static inline void engine_script(const struct scripted *lines, size_t count)
{
    struct llm_models *models = engine.models;
    memset(&engine, 0, sizeof engine);
    engine.models = models;
    engine.script_count = count;
    for (size_t i = 0; i < count; i++) {
        engine.script[i] = lines[i];
    }
}
#define SCRIPT(...)                                                                                \
    do {                                                                                           \
        const struct scripted lines_[] = {__VA_ARGS__};                                            \
        engine_script(lines_, ARRAY_LEN(lines_));                                                  \
    } while (0)

static inline int engine_start(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    CHECK_STATUS(&t.cx, llm_models_new(&t.cx, STR(""), &engine.models), OK);
    return 0;
}

static inline int engine_stop(void **state)
{
    (void)state;
    llm_models_free(engine.models);
    return 0;
}

#define DOG                                                                                        \
    "{\"id\":\"dq_81\",\"user_request\":{\"original_prompt\":\"poster of my dog at the beach\","   \
    "\"intent\":\"image\",\"aspect_ratio\":\"4:5\",\"platform\":\"instagram\",\"image_count\":1}," \
    "\"assets\":[{\"id\":\"a1\",\"type\":\"image\",\"user_description\":\"main character\","       \
    "\"ai_caption\":\"brown dog on wet sand\",\"quality_score\":0.55}],"                           \
    "\"quality_metrics\":{\"overall_confidence\":0.6}}"
