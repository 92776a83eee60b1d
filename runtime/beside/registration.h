/*
 * Registering with the Extensions API: for the client, and for the loop's own extension, which
 * needs nothing else of it. Source: AWS Lambda Developer Guide, "runtimes-extensions-api".
 */
#pragma once

#include "runtime/wire/api.h"

/* Who asks, in each request after the registration. */
#define EXTENSION_ID_HEADER STR("Lambda-Extension-Identifier")

enum { EXTENSION_MAX_ANSWER_BYTES = 256 * 1024 };

struct registration {
    struct str name; /* of the extension */
    struct str body; /* {"events":[...]} */
    bool wants_account_id;
};

/*
 * Posts it. `id` is who we are from now on, never empty; `function` the JSON that Lambda tells of
 * the function. Both in `cx->arena`.
 *
 * ERR_FORBIDDEN  HTTP 403
 * ERR_UPSTREAM   another status, or no identifier
 * The others     as for `api_exchange`
 */
enum status registration_post(struct ctx *cx, struct api *api, const struct registration *r,
                              struct str *id, struct str *function) MUST_CHECK;

/* "<what>: HTTP 403: <what Lambda says>", for an answer that refuses. */
enum status extension_refusal(struct ctx *cx, const char *what, const struct api_answer *answer);
