#include "runtime/sim/sim.h"

#include "shared/base/base64.h"
#include "shared/json/json.h"

#define ERROR_TYPE STR("Lambda-Runtime-Function-Error-Type")
#define ERROR_BODY STR("Lambda-Runtime-Function-Error-Body")

/* ---- what a test reads ----------------------------------------------------------------------- */

static struct str find(const struct lambda_sim_field *fields, size_t count, struct str name)
{
    for (size_t i = 0; i < count; i++) {
        if (str_eq_nocase(fields[i].name, name)) {
            return fields[i].value;
        }
    }
    return (struct str){0};
}

struct str lambda_sim_header(const struct lambda_sim_outcome *outcome, struct str name)
{
    return find(outcome->headers, outcome->header_count, name);
}

struct str lambda_sim_trailer(const struct lambda_sim_outcome *outcome, struct str name)
{
    return find(outcome->trailers, outcome->trailer_count, name);
}

/* ---- what came with a post ------------------------------------------------------------------- */

static const struct lambda_sim_field *fields_copy(struct arena *arena, struct str text,
                                                  size_t *count)
{
    struct buf fields = buf_in(arena, SIZE_MAX);
    struct lambda_sim_field field;
    *count = 0;
    while (sim_request_field_next(&text, &field)) {
        field.name = arena_str_copy(arena, field.name);
        field.value = arena_str_copy(arena, field.value);
        buf_add(&fields, (struct str){.ptr = (const char *)&field, .len = sizeof field});
        ++*count;
    }
    return (const struct lambda_sim_field *)(const void *)fields.ptr;
}

static void chunks_copy(struct arena *arena, const struct sim_request *request,
                        struct lambda_sim_outcome *out)
{
    const size_t *ends = (const size_t *)(const void *)request->chunks.ptr;
    size_t count = request->chunks.len / sizeof *ends;
    struct str *chunks = ARENA_ARRAY(arena, struct str, count + 1);
    size_t begin = 0;
    for (size_t i = 0; i < count; i++) {
        chunks[i] = str_slice(out->body, begin, ends[i]);
        begin = ends[i];
    }
    out->chunks = chunks;
    out->chunk_count = count;
}

static struct str error_message_of(struct arena *arena, struct str json)
{
    struct ctx cx = {.arena = arena};
    const struct json *root = NULL;
    return json_read(&cx, json, NULL, &root) == OK ? json_find_str(root, STR("errorMessage"))
                                                   : (struct str){0};
}

static void error_read(struct arena *arena, struct lambda_sim_outcome *out)
{
    struct str json = out->body;
    out->error_type = lambda_sim_header(out, ERROR_TYPE);
    if (out->posted == LAMBDA_SIM_RESPONSE) {
        out->error_type = lambda_sim_trailer(out, ERROR_TYPE);
        if (!base64_decode(arena, lambda_sim_trailer(out, ERROR_BODY), &json)) {
            json = (struct str){0};
        }
    }
    if (out->error_type.len > 0) {
        out->error_message = error_message_of(arena, json);
    }
}

void sim_outcome_record(struct lambda_sim *sim, const struct sim_request *request,
                        enum lambda_sim_posted posted, struct lambda_sim_outcome *out)
{
    struct arena *arena = &sim->memory;
    if (out->posts++ > 0) {
        return;
    }
    struct str fields = sim_request_fields(request);
    out->posted = posted;
    out->body = arena_str_copy(arena, buf_str(&request->body));
    out->is_streamed = str_eq(
        sim_request_field(fields, STR("Lambda-Runtime-Function-Response-Mode")), STR("streaming"));
    out->is_whole = request->state == SIM_REQUEST_WHOLE;
    out->headers = fields_copy(arena, fields, &out->header_count);
    out->trailers = fields_copy(arena, sim_request_trailers(request), &out->trailer_count);
    out->content_type = lambda_sim_header(out, STR("content-type"));
    chunks_copy(arena, request, out);
    error_read(arena, out);
}
