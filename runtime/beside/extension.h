/*
 * What all have in common that speak to the Extensions API.
 */
#pragma once

#include "runtime/beside/registration.h"
#include "runtime/lambda_extension.h"

struct extension {
    struct arena arena; /* holds this struct and its texts */
    struct api api;
    struct str id; /* who we are, in each request */
    struct extension_function function;
};
