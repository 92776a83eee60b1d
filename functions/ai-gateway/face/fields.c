#include "functions/ai-gateway/face/fields.h"

enum { MAX_PATH_BYTES = 95, MAX_DEPTH = 8 }; /* an err_field has room for so many */

struct str place_path(struct ctx *cx, const struct place *at)
{
    const struct place *steps[MAX_DEPTH];
    struct buf path = buf_in(cx->arena, MAX_PATH_BYTES);
    size_t depth = 0;
    for (; at != NULL && depth < MAX_DEPTH; at = at->parent) {
        steps[depth++] = at;
    }
    while (depth > 0) {
        const struct place *step = steps[--depth];
        if (step->name == NULL) {
            buf_addf(&path, "[%zu]", step->index);
        } else {
            buf_add(&path, path.len > 0 ? STR(".") : STR(""));
            buf_add(&path, str_from_cstr(step->name));
        }
    }
    return buf_str(&path);
}

void place_fault(struct ctx *cx, const struct place *at, const char *format, ...)
{
    if (cx->err.field_count == ERR_FIELDS_MAX) {
        cx->err.fields_dropped++; /* nobody will read it, so nobody writes it */
        return;
    }
    va_list args;
    va_start(args, format);
    struct str words = arena_vformat(cx->arena, format, args);
    va_end(args);
    fail_field(cx, place_path(cx, at), STR_FMT, STR_ARG(words));
}

const struct json *field_find(const struct json *object, const char *name)
{
    const struct json *value = json_find(object, str_from_cstr(name));
    return value == NULL || value->type == JSON_NULL ? NULL : value;
}

const struct json *field_get(struct ctx *cx, const struct place *at, const struct json *object,
                             const char *name)
{
    const struct json *value = field_find(object, name);
    if (value == NULL) {
        const struct place here = {.parent = at, .name = name};
        place_fault(cx, &here, "is required");
    }
    return value;
}

static bool is_type(struct ctx *cx, const struct place *at, const struct json *value,
                    enum json_type type)
{
    if (value->type == type) {
        return true;
    }
    place_fault(cx, at, "must be %s, not %s", json_type_words(type), json_type_words(value->type));
    return false;
}

bool field_str(struct ctx *cx, const struct place *at, const struct json *value, struct str *out)
{
    if (!is_type(cx, at, value, JSON_STRING)) {
        return false;
    }
    *out = value->text;
    return true;
}

bool field_bool(struct ctx *cx, const struct place *at, const struct json *value, bool *out)
{
    if (!is_type(cx, at, value, JSON_BOOL)) {
        return false;
    }
    *out = value->boolean;
    return true;
}

bool field_i64(struct ctx *cx, const struct place *at, const struct json *value, int64_t min,
               int64_t max, int64_t *out)
{
    if (!is_type(cx, at, value, JSON_NUMBER)) {
        return false;
    }
    if (!json_is_i64(value, out) || *out < min || *out > max) {
        place_fault(cx, at, "must be a whole number from %lld to %lld", (long long)min,
                    (long long)max);
        return false;
    }
    return true;
}

bool field_number(struct ctx *cx, const struct place *at, const struct json *value, double min,
                  double max, struct str *out)
{
    double number = 0;
    if (!is_type(cx, at, value, JSON_NUMBER)) {
        return false;
    }
    if (!json_is_f64(value, &number) || number < min || number > max) {
        place_fault(cx, at, "must be a number from %g to %g", min, max);
        return false;
    }
    *out = value->text;
    return true;
}

bool field_is_object(struct ctx *cx, const struct place *at, const struct json *value)
{
    return is_type(cx, at, value, JSON_OBJECT);
}

bool field_is_array(struct ctx *cx, const struct place *at, const struct json *value, size_t min,
                    size_t max)
{
    if (!is_type(cx, at, value, JSON_ARRAY)) {
        return false;
    }
    if (value->count < min) {
        place_fault(cx, at, "must not be empty");
        return false;
    }
    if (value->count > max) {
        place_fault(cx, at, "must have at most %zu elements", max);
        return false;
    }
    return true;
}

struct str field_get_str(struct ctx *cx, const struct place *at, const struct json *object,
                         const char *name)
{
    const struct place here = {.parent = at, .name = name};
    const struct json *value = field_get(cx, at, object, name);
    struct str text = {0};
    if (value != NULL && field_str(cx, &here, value, &text) && text.len == 0) {
        place_fault(cx, &here, "must not be empty");
    }
    return text;
}

static const struct json *field_of_type(struct ctx *cx, const struct place *at,
                                        const struct json *object, const char *name,
                                        enum json_type type, bool required)
{
    const struct json *value =
        required ? field_get(cx, at, object, name) : field_find(object, name);
    return value != NULL && is_type(cx, PLACE_MEMBER(at, name), value, type) ? value : NULL;
}

const struct json *field_object(struct ctx *cx, const struct place *at, const struct json *object,
                                const char *name, bool required)
{
    return field_of_type(cx, at, object, name, JSON_OBJECT, required);
}

const struct json *field_array(struct ctx *cx, const struct place *at, const struct json *object,
                               const char *name, bool required)
{
    return field_of_type(cx, at, object, name, JSON_ARRAY, required);
}

struct str field_text(struct ctx *cx, const struct place *at, const struct json *object,
                      const char *name, bool required)
{
    const struct json *value = field_of_type(cx, at, object, name, JSON_STRING, required);
    return value == NULL ? (struct str){0} : value->text;
}

bool field_flag(struct ctx *cx, const struct place *at, const struct json *object, const char *name)
{
    const struct json *value = field_of_type(cx, at, object, name, JSON_BOOL, false);
    return value != NULL && value->boolean;
}

struct str field_span(const struct json *object, const char *name)
{
    const struct json *value = field_find(object, name);
    return value == NULL ? (struct str){0} : value->span;
}
