#include "functions/nutrition-validator/handler.h"

int main(void)
{
    return endpoint_run(&nutrition_validator);
}
