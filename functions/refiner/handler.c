#include "functions/refiner/handler.h"

#include "functions/endpoint/error_body.h"
#include "functions/refiner/refined_schema.h"
#include "shared/base/clock.h"

/* The arena holds its own owner, so that closing it is all there is to give back. */
enum status refiner_open(struct ctx *cx, struct services *services, void **own)
{
    (void)services;
    struct arena arena;
    arena_init(&arena, 0);
    struct refiner *refiner = ARENA_NEW(&arena, struct refiner);
    refiner->arena = arena;
    *own = refiner;
    return refined_schema_compile(cx, &refiner->arena, &refiner->schema);
}

void refiner_close(void *own)
{
    struct arena arena = ((struct refiner *)own)->arena;
    arena_deinit(&arena);
}

enum status refiner_describe(struct ctx *cx, const struct http_event *event,
                             const struct http_params *params, struct http_answer *answer,
                             void *app)
{
    (void)cx;
    (void)event;
    (void)params;
    (void)app;
    answer->body = STR("{\"name\":\"refiner\",\"version\":\"1.0.0\"}");
    return OK;
}

/* ---- the answer ------------------------------------------------------------------------------ */

static void metadata_write(struct json_writer *w, const struct endpoint_call *call,
                           const struct refinement *refinement)
{
    json_member_object(w, "_metadata");
    json_member_i64(w, "processingTimeMs", (clock_mono_us() - call->started_us) / 1000);
    json_member_cstr(w, "modelUsed", "none");
    json_member_cstr(w, "templateUsed", refinement->template_label);
    json_member_cstr(w, "creativeProfile", profile_id(refinement->profile.profile));
    json_key(w, STR("profileDetection"));
    profile_write(w, &refinement->profile);
    json_key(w, STR("qualityAssessment"));
    quality_write(w, &refinement->quality, &refinement->refined);
    json_object_end(w);
}

/* Whatever went wrong before, nothing leaves that its schema does not allow. */
static enum status answer_check(struct ctx *cx, const struct refiner *refiner, struct str body)
{
    const struct json *root = NULL;
    TRY(json_read(cx, body, NULL, &root));
    return jsonschema_check(cx, refiner->schema, root, NULL);
}

static enum status respond(struct ctx *cx, const struct endpoint_call *call,
                           const struct refinement *refinement, struct http_answer *answer)
{
    struct buf buf = buf_in(cx->arena, REFINED_MAX_BYTES);
    struct json_writer w = json_writer_on(&buf);
    json_object_begin(&w);
    refined_write_members(&w, &refinement->refined);
    metadata_write(&w, call, refinement);
    json_object_end(&w);
    if (buf.full) {
        return fail(cx, ERR_INTERNAL, "the answer is too large");
    }
    answer->body = buf_str(&buf);
    enum status status = answer_check(cx, call->own, answer->body);
    return status == OK ? OK : err_while(cx, ERR_INTERNAL, "the answer does not fit its schema");
}

enum status refiner_refine(struct ctx *cx, const struct http_event *event,
                           const struct http_params *params, struct http_answer *answer, void *app)
{
    (void)params;
    const struct endpoint_call *call = app;
    struct caller caller = {0};
    const struct json *body = NULL;
    struct analysis *analysis = ARENA_NEW(cx->arena, struct analysis);
    struct refinement *refinement = ARENA_NEW(cx->arena, struct refinement);
    TRY(endpoint_caller(cx, call, event, &caller));
    TRY(endpoint_body(cx, event, &body));
    TRY(analysis_read(cx, body, analysis));
    refine(cx, analysis, refinement);
    return respond(cx, call, refinement, answer);
}

void refiner_error(struct ctx *cx, const struct http_event *event, enum status status,
                   const struct endpoint_call *call, struct http_answer *answer)
{
    (void)event;
    (void)call;
    answer->status = status == ERR_INVALID ? 400 : status_http(status);
    answer->body = endpoint_error_body(cx, status);
    answer->content_type = STR("application/json");
}
