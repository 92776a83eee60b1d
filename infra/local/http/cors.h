/*
 * CORS as an HTTP API does it once CorsConfiguration is set: the gateway answers preflight requests
 * itself, and its headers replace whatever the function says about CORS.
 * Source: API Gateway Developer Guide, "Configure CORS for HTTP APIs".
 */
#pragma once

#include "infra/local/base/header.h"
#include "infra/local/template/template.h"

enum { CORS_MAX_HEADERS = 6 };

/* True for OPTIONS with an Origin and an Access-Control-Request-Method. */
bool cors_is_preflight(const struct cors *cors, struct str method, struct str origin,
                       struct str request_method);
/* The headers for this origin; none if it is not allowed or there is no origin. Returns how many.
 */
size_t cors_headers(const struct cors *cors, struct str origin, bool preflight,
                    struct header out[static CORS_MAX_HEADERS]);
/* True for access-control-*: the function's own are dropped. */
bool cors_owns(const struct cors *cors, struct str header);
