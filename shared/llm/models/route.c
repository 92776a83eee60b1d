/*
 * From a name to the models that may answer to it.
 */
#include "shared/base/distance.h"
#include "shared/llm/models/internal.h"

const struct llm_provider *provider_find(const struct llm_models *models, struct str name)
{
    for (size_t i = 0; i < models->provider_count; i++) {
        if (str_eq(models->providers[i].name, name)) {
            return &models->providers[i];
        }
    }
    return NULL;
}

const struct llm_model *model_find(const struct llm_models *models, struct str provider,
                                   struct str id)
{
    for (size_t i = 0; i < models->model_count; i++) {
        const struct llm_model *model = &models->models[i];
        if (str_eq(model->id, id) && (provider.len == 0 || str_eq(model->provider, provider))) {
            return model;
        }
    }
    return NULL;
}

/* Ids of Replicate hold a slash themselves, providers never do. */
const struct llm_model *model_of_target(const struct llm_models *models, struct str target)
{
    size_t slash = str_find_char(target, '/');
    if (slash == SIZE_MAX || slash == 0) {
        return NULL;
    }
    return model_find(models, str_slice(target, 0, slash),
                      str_slice(target, slash + 1, target.len));
}

struct str llm_target_name(struct arena *arena, const struct llm_target *target)
{
    return arena_format(arena, STR_FMT "/" STR_FMT, STR_ARG(target->provider->name),
                        STR_ARG(target->model->id));
}

const struct alias_row *alias_find(const struct llm_models *models, struct str name)
{
    for (size_t i = 0; i < models->alias_count; i++) {
        if (str_eq(models->aliases[i].name, name)) {
            return &models->aliases[i];
        }
    }
    return NULL;
}

/* `model`, or who follows it; NULL: nobody does. Successors do not lead in a circle. */
static const struct llm_model *alive_at(const struct llm_models *models,
                                        const struct llm_model *model, int32_t today)
{
    while (model != NULL && today >= model->retires_day) {
        model =
            model->successor.len > 0 ? model_find(models, model->provider, model->successor) : NULL;
    }
    return model;
}

static void target_add(const struct llm_models *models, const struct llm_model *model,
                       int32_t today, struct llm_route *route)
{
    model = alive_at(models, model, today);
    if (model == NULL) {
        return;
    }
    for (size_t i = 0; i < route->target_count; i++) {
        if (route->targets[i].model == model) {
            return; /* two steps of the chain have the same successor */
        }
    }
    route->targets[route->target_count++] =
        (struct llm_target){.provider = provider_find(models, model->provider), .model = model};
}

/* Fills `route`, which may have no targets then. */
static void route_fill(const struct llm_models *models, struct str name, int32_t today,
                       struct llm_route *route)
{
    const struct alias_row *alias = alias_find(models, name);
    *route = (struct llm_route){0};
    if (alias == NULL) {
        const struct llm_model *model = model_of_target(models, name);
        model = model != NULL ? model : model_find(models, STR(""), name);
        route->alias = model != NULL ? model->id : (struct str){0};
        target_add(models, model, today, route);
        return;
    }
    route->alias = alias->name;
    route->max_output_tokens = alias->max_output_tokens;
    route->default_output_tokens = alias->default_output_tokens;
    for (size_t i = 0; i < alias->chain_count; i++) {
        target_add(models, model_of_target(models, alias->chain[i]), today, route);
    }
}

static bool leads_somewhere(const struct llm_models *models, struct str name, int32_t today)
{
    struct llm_route route;
    route_fill(models, name, today, &route);
    return route.target_count > 0;
}

/* The nearest name that leads somewhere; empty: none is near. */
static struct str nearest(const struct llm_models *models, struct str name, int32_t today)
{
    struct str best = {0};
    size_t best_distance = SIZE_MAX;
    for (size_t i = 0; i < models->name_count; i++) {
        struct str candidate = models->names[i].name;
        size_t distance = str_distance(name, candidate);
        if (distance < best_distance && str_distance_is_near(distance, candidate) &&
            leads_somewhere(models, candidate, today)) {
            best = candidate;
            best_distance = distance;
        }
    }
    return best;
}

enum status llm_route_find(struct ctx *cx, const struct llm_models *models, struct str name,
                           int32_t today, struct llm_route *route)
{
    route_fill(models, name, today, route);
    if (route->target_count > 0) {
        return OK;
    }
    struct str best = nearest(models, name, today);
    if (best.len == 0) {
        return fail_code(cx, ERR_NOT_FOUND, "MODEL_NOT_FOUND",
                         "No such model; GET /v1/models lists them");
    }
    return fail_code(cx, ERR_NOT_FOUND, "MODEL_NOT_FOUND",
                     "No such model; did you mean \"" STR_FMT "\"?", STR_ARG(best));
}
