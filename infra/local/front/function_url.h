/*
 * Function URLs: http://SLUG.lambda-url.localhost:PORT/..., and for clients that cannot name a host
 * http://127.0.0.1:PORT/_url/SLUG/.... AuthType is NONE.
 * Source: Lambda Developer Guide, "Invoking Lambda function URLs".
 */
#pragma once

#include "infra/local/http/request.h"

bool function_url_owns(const struct request *request);
/* The request is whole: answers it, or waits for the pool. */
void function_url_handle(struct request *request);
