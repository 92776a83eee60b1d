/*
 * The health report: is the database reachable, which build is this. Spends no money: no model is
 * asked.
 */
#pragma once

#include "functions/endpoint/services.h"
#include "runtime/lambda.h"

/* 200 "healthy", or 503 "degraded" if the database does not answer within 2 s; never fails itself.
 */
void health_answer(struct ctx *cx, struct services *services, const char *endpoint_name,
                   int64_t now_ms, struct http_answer *answer);
