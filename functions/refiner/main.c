/*
 * refiner: any analyzer's JSON in, a refined object that fits its schema out. See handler.h for the
 * story.
 */
#include "functions/refiner/handler.h"
#include "functions/refiner/page/page.h"

static const struct http_route routes[] = {
    {STR_INIT("POST"), STR_INIT("/refiner"), refiner_refine},
    {STR_INIT("GET"), STR_INIT("/refiner"), refiner_describe},
    {STR_INIT("GET"), STR_INIT("/test-refiner"), refiner_page},
};

int main(void)
{
    return endpoint_run(&(struct endpoint){
        .name = "refiner",
        .routes = routes,
        .route_count = ARRAY_LEN(routes),
        .open = refiner_open,
        .close = refiner_close,
        .write_error = refiner_error,
    });
}
