#include "shared/json/json.h"

const struct json *json_find(const struct json *object, struct str key)
{
    const struct json *found = NULL;
    if (object == NULL || object->type != JSON_OBJECT) {
        return NULL;
    }
    JSON_EACH (member, object) {
        if (str_eq(member->key, key)) {
            found = member; /* the last one, where duplicates were allowed */
        }
    }
    return found;
}

struct str json_find_str(const struct json *object, struct str key)
{
    const struct json *member = json_find(object, key);
    return member != NULL && member->type == JSON_STRING ? member->text : (struct str){0};
}

/*
 * Takes "e-12" off the end of a number and returns -12. Past the limit only 0 is still an integer
 * of 64 bits, unless somebody writes a gigabyte of zeros.
 */
static int64_t take_exponent(struct str *number)
{
    enum { LIMIT = 1000000000 };
    size_t e = str_find_char(*number, 'e');
    e = e == SIZE_MAX ? str_find_char(*number, 'E') : e;
    if (e == SIZE_MAX) {
        return 0;
    }
    struct str digits = str_slice(*number, e + 1, number->len);
    *number = str_slice(*number, 0, e);
    bool negative = str_skip_prefix(&digits, STR("-"));
    int64_t exponent = 0;
    for (size_t i = 0; i < digits.len; i++) {
        if (digits.ptr[i] != '+' && exponent < LIMIT) {
            exponent = exponent * 10 + (digits.ptr[i] - '0');
        }
    }
    return negative ? -exponent : exponent;
}

/* Appends `zeros` zeros and a digit to a number that is kept negative, whose range is the wider
 * one. */
static bool append_digits(int64_t *total, int64_t zeros, char digit)
{
    for (int64_t i = 0; i < zeros && *total != 0; i++) {
        if (__builtin_mul_overflow(*total, 10, total)) {
            return false;
        }
    }
    return !__builtin_mul_overflow(*total, 10, total) &&
           !__builtin_sub_overflow(*total, digit - '0', total);
}

/* "-12.50e1" is -125: as *total * 10^*exponent where *total does not end in 0. False if it
 * overflows. */
static bool significant_digits(struct str number, int64_t *total, int64_t *exponent)
{
    int64_t zeros = 0; /* seen but not yet appended: at the end they belong to the exponent */
    bool after_point = false;
    *total = 0;
    for (size_t i = 0; i < number.len; i++) {
        char c = number.ptr[i];
        if (c == '.') {
            after_point = true;
            continue;
        }
        *exponent -= after_point;
        if (c == '0') {
            zeros++;
            continue;
        }
        if (!append_digits(total, zeros, c)) {
            return false;
        }
        zeros = 0;
    }
    *exponent += zeros;
    return true;
}

bool json_is_i64(const struct json *value, int64_t *out)
{
    if (value == NULL || value->type != JSON_NUMBER) {
        return false;
    }
    struct str number = value->text;
    bool negative = str_skip_prefix(&number, STR("-"));
    int64_t exponent = take_exponent(&number), total = 0;
    if (!significant_digits(number, &total, &exponent)) {
        return false;
    }
    for (; total != 0 && exponent > 0; exponent--) {
        if (__builtin_mul_overflow(total, 10, &total)) {
            return false;
        }
    }
    if (total != 0 && (exponent < 0 || (!negative && total == INT64_MIN))) {
        return false;
    }
    *out = negative ? total : -total;
    return true;
}

bool json_is_f64(const struct json *value, double *out)
{
    return value != NULL && value->type == JSON_NUMBER && str_to_f64(value->text, out);
}

const char *json_type_words(enum json_type type)
{
    static const char *const words[] = {
        [JSON_NULL] = "null",       [JSON_BOOL] = "true or false", [JSON_NUMBER] = "a number",
        [JSON_STRING] = "a string", [JSON_ARRAY] = "an array",     [JSON_OBJECT] = "an object",
    };
    return words[type];
}
