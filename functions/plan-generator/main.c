/*
 * plan-generator: weekly meal plans that hit their numbers. See handler.h for the story.
 */
#include "functions/plan-generator/handler.h"

static const struct http_route routes[] = {
    {STR_INIT("POST"), STR_INIT("/plan-generator"), plan_generate},
};

int main(void)
{
    return endpoint_run(&(struct endpoint){
        .name = "plan-generator",
        .routes = routes,
        .route_count = ARRAY_LEN(routes),
    });
}
