/*
 * refiner: any analyzer's JSON in, a refined object that fits its schema out. See handler.h for the
 * story.
 */
#include "functions/refiner/handler.h"

int main(void)
{
    return endpoint_run(&refiner);
}
