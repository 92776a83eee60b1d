/*
 * POST /nutrition-validator: adds a plan up from the food table and judges it, whoever made it: a
 * stored plan by its id, or one in the body. docs/nutrition-validator.md is its manual.
 */
#pragma once

#include "functions/endpoint/endpoint.h"

extern const struct endpoint nutrition_validator;
