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

/* Digits of "12.50e1" without point and exponent, and where the point belongs: 1250, 3. */
static bool integer_digits(struct str text, char digits[static 24], size_t *len, int64_t *exponent)
{
    *len = 0;
    *exponent = 0;
    size_t e = str_find_char(text, 'e');
    e = e == SIZE_MAX ? str_find_char(text, 'E') : e;
    if (e != SIZE_MAX) {
        struct str written = str_slice(text, e + 1, text.len);
        (void)str_skip_prefix(&written, STR("+"));
        if (written.len > 10 || !str_to_i64(written, exponent)) {
            return false;
        }
        text = str_slice(text, 0, e);
    }
    bool after_point = false;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '.') {
            after_point = true;
            continue;
        }
        *exponent -= after_point;
        if (*len == 0 && text.ptr[i] == '0') {
            continue; /* leading zeros count for nothing */
        }
        if (*len == 23) {
            return false;
        }
        digits[(*len)++] = text.ptr[i];
    }
    return true;
}

bool json_is_i64(const struct json *value, int64_t *out)
{
    if (value == NULL || value->type != JSON_NUMBER) {
        return false;
    }
    if (str_to_i64(value->text, out)) {
        return true;
    }
    struct str text = value->text;
    bool negative = str_skip_prefix(&text, STR("-"));
    char digits[26];
    size_t len = 0;
    int64_t exponent = 0;
    if (!integer_digits(text, digits + 1, &len, &exponent)) {
        return false;
    }
    if (len == 0) {
        *out = 0;
        return true;
    }
    while (exponent < 0 && digits[len] == '0') {
        len--;
        exponent++;
    }
    while (exponent > 0 && len < 20) {
        digits[++len] = '0';
        exponent--;
    }
    digits[0] = '-';
    struct str whole = {.ptr = digits + !negative, .len = len + negative};
    return exponent == 0 && str_to_i64(whole, out);
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
