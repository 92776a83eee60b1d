#include "functions/endpoint/endpoint.h"

/* Health alone, until the engine that the routes of handler.c call is there. */
static const struct endpoint health_alone = {.name = "ai-gateway"};

int main(void)
{
    return endpoint_run(&health_alone);
}
