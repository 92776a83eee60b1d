/*
 * What the Lambda service says in place of an answer, to both kinds of Invoke. Source: Lambda API
 * Reference, "Invoke", "Errors".
 */
#pragma once

#include "infra/local/http/request.h"

/* `type` is the exception's name: "ResourceNotFoundException". */
void invoke_error_answer(struct request *request, int status, const char *type, const char *words);
/* 429; `reason` is a word of the API's: "ConcurrentInvocationLimitExceeded". */
void invoke_error_throttled(struct request *request, const char *reason);
/* Says why no function took the event: THROTTLED, CEILING or SHUTDOWN. */
void invoke_error_refuse(struct request *request, enum outcome outcome);
