/*
 * refiner: any analyzer's JSON in, a refined object that fits its schema out.
 */
#include "functions/endpoint/endpoint.h"

static enum status refiner_describe(struct ctx *cx, const struct http_event *event,
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

static const struct http_route routes[] = {
    {STR_INIT("GET"), STR_INIT("/refiner"), refiner_describe},
};

int main(void)
{
    return endpoint_run(&(struct endpoint){
        .name = "refiner",
        .routes = routes,
        .route_count = ARRAY_LEN(routes),
    });
}
