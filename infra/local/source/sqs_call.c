#include "infra/local/source/sqs_call.h"

#include <stdarg.h>
#include <stdio.h>

/* ---- faults ---------------------------------------------------------------------------------- */

static void fault_set(struct sqs_call *call, const char *shape, const char *code,
                      const char *format, va_list args) PRINTF_LIKE(4, 0);
static void fault_set(struct sqs_call *call, const char *shape, const char *code,
                      const char *format, va_list args)
{
    call->fault.shape = shape;
    call->fault.code = code;
    (void)vsnprintf(call->fault.words, sizeof(call->fault.words), format, args);
}

bool sqs_fail(struct sqs_call *call, const char *shape, const char *code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fault_set(call, shape, code, format, args);
    va_end(args);
    return false;
}

bool sqs_fail_value(struct sqs_call *call, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fault_set(call, "InvalidParameterValue", "InvalidParameterValue", format, args);
    va_end(args);
    return false;
}

/* ---- input ----------------------------------------------------------------------------------- */

bool sqs_number(struct sqs_call *call, const struct json *object, const char *name, int64_t min,
                int64_t max, int64_t fallback, int64_t *value)
{
    const struct json *given = json_find(object, str_from_cstr(name));
    *value = fallback;
    if (given == NULL || given->type == JSON_NULL) {
        return true;
    }
    if (!json_is_i64(given, value) || *value < min || *value > max) {
        return sqs_fail_value(call,
                              "Value for parameter %s is invalid. Reason: Must be an integer "
                              "from %lld to %lld.",
                              name, (long long)min, (long long)max);
    }
    return true;
}

bool sqs_text(struct sqs_call *call, const struct json *object, const char *name, bool required,
              struct str *value)
{
    const struct json *given = json_find(object, str_from_cstr(name));
    bool absent = given == NULL || given->type == JSON_NULL;
    *value = absent ? (struct str){0} : given->text;
    if (!absent && given->type != JSON_STRING) {
        return sqs_fail(call, "SerializationException", "SerializationException",
                        "%s must be a string.", name);
    }
    if (required && value->len == 0) {
        return sqs_fail(call, "MissingRequiredParameterException", "MissingParameter",
                        "The request must contain the parameter %s.", name);
    }
    return true;
}
