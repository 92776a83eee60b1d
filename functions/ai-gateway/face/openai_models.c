#include "functions/ai-gateway/face/openai_models.h"

#include "functions/ai-gateway/face/openai_write.h"

static bool may_use(const struct llm_caller *caller, struct str name)
{
    for (size_t i = 0; i < caller->model_count; i++) {
        if (str_eq(caller->models[i], name)) {
            return true;
        }
    }
    return caller->model_count == 0;
}

/* "gpt-4.1", or "openai/gpt-4.1". */
static bool is_named(const struct llm_route_name *model, struct str name)
{
    struct str rest = name;
    bool has_provider = str_skip_prefix(&rest, model->provider) && str_skip_prefix(&rest, STR("/"));
    return str_eq(model->name, name) || (has_provider && str_eq(model->name, rest));
}

/* When a model was made is not in our table; both protocols want a time, so it is the first one. */
static void model_write(struct json_writer *w, const struct llm_route_name *model)
{
    json_object_begin(w);
    json_member_str(w, "id", model->name);
    json_member_cstr(w, "object", "model");
    json_member_i64(w, "created", 0);
    json_member_str(w, "owned_by", model->provider);
    json_member_cstr(w, "type", "model");
    json_member_str(w, "display_name", model->name);
    json_member_cstr(w, "created_at", "1970-01-01T00:00:00Z");
    json_object_end(w);
}

struct str openai_models_list(struct ctx *cx, const struct llm_models *models,
                              const struct llm_caller *caller, int32_t today)
{
    struct buf buf = buf_in(cx->arena, SIZE_MAX);
    struct json_writer w = json_writer_on(&buf);
    struct str first = {0}, last = {0};
    json_object_begin(&w);
    json_member_cstr(&w, "object", "list");
    json_member_array(&w, "data");
    for (size_t i = 0; i < llm_models_count(models); i++) {
        struct llm_route_name model = llm_models_at(models, i);
        if (!may_use(caller, model.name) || model.retires_day <= today) {
            continue;
        }
        first = first.len > 0 ? first : model.name;
        last = model.name;
        model_write(&w, &model);
    }
    json_array_end(&w);
    json_member_bool(&w, "has_more", false);
    openai_text_or_null(&w, "first_id", first);
    openai_text_or_null(&w, "last_id", last);
    json_object_end(&w);
    return buf_str(&buf);
}

enum status openai_models_get(struct ctx *cx, const struct llm_models *models,
                              const struct llm_caller *caller, struct str name, int32_t today,
                              struct str *body)
{
    for (size_t i = 0; i < llm_models_count(models); i++) {
        struct llm_route_name model = llm_models_at(models, i);
        if (is_named(&model, name) && may_use(caller, model.name) && model.retires_day > today) {
            struct buf buf = buf_in(cx->arena, SIZE_MAX);
            struct json_writer w = json_writer_on(&buf);
            model_write(&w, &model);
            *body = buf_str(&buf);
            return OK;
        }
    }
    struct llm_route route;
    TRY(llm_route_find(cx, models, name, today, &route)); /* names the nearest */
    return fail_code(cx, ERR_NOT_FOUND, "MODEL_NOT_FOUND", "No such model for this caller");
}
