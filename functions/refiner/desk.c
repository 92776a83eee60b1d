#include "functions/refiner/desk.h"

#include "runtime/lambda.h"

/* Copies of one process must not talk over one connection. */
static enum status before_snapshot(struct ctx *cx, void *arg)
{
    struct refiner_place *place = arg;
    (void)cx;
    for (size_t i = 0; i < place->desk_count; i++) {
        llm_disconnect(place->desks[i].llm);
    }
    broadcast_disconnect(place->broadcast);
    return OK;
}

static enum status desk_open(struct ctx *cx, struct refiner_place *place,
                             const struct services *services, struct desk *desk)
{
    desk->pg = services->pg;
    TRY(refined_schema_compile(cx, &place->arena, &desk->schema));
    TRY(form_init(cx, &place->arena, &desk->form));
    return llm_open(
        cx, &(struct llm_options){.pg = services->pg, .secrets = remote_secrets(services->remote)},
        &desk->llm);
}

/* `desk_count` counts those whose services are open. */
static enum status desks_open(struct ctx *cx, struct services *services,
                              struct refiner_place *place)
{
    place->desk_count = 1;
    TRY(desk_open(cx, place, services, &place->desks[0]));
    for (size_t i = 1; i < BATCH_THREADS; i++) {
        TRY(services_open(cx, &place->services[i]));
        place->desk_count++;
        TRY(desk_open(cx, place, &place->services[i], &place->desks[i]));
    }
    return broadcast_new(cx, remote_secrets(services->remote), &place->broadcast);
}

enum status refiner_place_open(struct ctx *cx, struct services *services, void **own)
{
    struct arena arena;
    arena_init(&arena, sizeof(struct refiner_place));
    struct refiner_place *place = ARENA_NEW(&arena, struct refiner_place);
    place->arena = arena;
    enum status status = desks_open(cx, services, place);
    if (status != OK) {
        refiner_place_close(place);
        return status;
    }
    lambda_on_snapshot(&(struct lambda_snapshot_hooks){.before = before_snapshot, .arg = place});
    *own = place;
    return OK;
}

void refiner_place_close(void *own)
{
    struct refiner_place *place = own;
    for (size_t i = 0; i < place->desk_count; i++) {
        llm_close(place->desks[i].llm);
        if (i > 0) {
            services_close(&place->services[i]);
        }
    }
    broadcast_free(place->broadcast);
    struct arena arena = place->arena; /* a copy: the original is in its own memory */
    arena_deinit(&arena);
}
