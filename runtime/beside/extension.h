/*
 * What all have in common that speak to the Extensions API.
 */
#pragma once

#include "runtime/lambda_extension.h"
#include "runtime/wire/api.h"

/* Who asks, in each request after the registration. */
#define EXTENSION_ID_HEADER STR("Lambda-Extension-Identifier")

struct extension {
    struct arena arena; /* holds this struct and its texts */
    struct api api;
    struct str id; /* who we are, in each request */
    struct extension_function function;
};

enum { EXTENSION_MAX_ANSWER_BYTES = 256 * 1024 };

/* "POST ...: HTTP 403: <what Lambda says>", for an answer that refuses. */
enum status extension_refusal(struct ctx *cx, const char *what, const struct api_answer *answer);
