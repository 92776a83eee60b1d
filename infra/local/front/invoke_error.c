#include "infra/local/front/invoke_error.h"

#include "shared/json/json.h"

void invoke_error_answer(struct request *request, int status, const char *type, const char *words)
{
    struct buf out = buf_in(&request->arena, KIB(4));
    struct json_writer w = json_writer_on(&out);
    json_object_begin(&w);
    json_member_cstr(&w, "Type", "User");
    json_member_cstr(&w, "message", words);
    json_object_end(&w);
    request_add_header(request, STR("content-type"), STR("application/json"));
    request_add_header(request, STR("x-amzn-errortype"), str_from_cstr(type));
    request_answer(request, status, buf_str(&out));
}

void invoke_error_throttled(struct request *request, const char *reason)
{
    struct buf out = buf_in(&request->arena, KIB(1));
    struct json_writer w = json_writer_on(&out);
    json_object_begin(&w);
    json_member_cstr(&w, "Type", "User");
    json_member_cstr(&w, "message", "Rate Exceeded.");
    json_member_cstr(&w, "Reason", reason);
    json_object_end(&w);
    request_add_header(request, STR("content-type"), STR("application/json"));
    request_add_header(request, STR("x-amzn-errortype"), STR("TooManyRequestsException"));
    request_add_header(request, STR("retry-after"), STR("1"));
    request_answer(request, 429, buf_str(&out));
}

void invoke_error_refuse(struct request *request, enum outcome outcome)
{
    if (outcome == OUTCOME_THROTTLED) {
        invoke_error_throttled(request, request->function->concurrency == CONCURRENCY_UNSET
                                            ? "ConcurrentInvocationLimitExceeded"
                                            : "ReservedFunctionConcurrentInvocationLimitExceeded");
    } else {
        invoke_error_answer(request, 503, "ServiceException", "The gateway is ending.");
    }
}
