#include "shared/schema/schema.h"

#include "shared/base/clock.h"
#include "shared/base/distance.h"
#include "shared/base/utf8.h"
#include "shared/base/uuid.h"

#include <assert.h>
#include <stdio.h>

enum { PATH_MAX_BYTES = 95, KEY_SHOWN_BYTES = 40, PATH_MAX_DEPTH = 32 };

/* Where we are: rendered only when a fault is found. */
struct place {
    const struct place *parent;
    struct str key; /* empty `ptr`: an element of a list */
    size_t index;
};

/* A path in the making, cut where a character begins. */
struct path {
    char text[PATH_MAX_BYTES + 1];
    size_t len;
};

static void path_add(struct path *path, struct str part)
{
    size_t room = PATH_MAX_BYTES - path->len;
    struct str taken = str_slice(part, 0, room);
    taken = str_slice(taken, 0, utf8_valid_prefix(taken));
    memcpy(path->text + path->len, taken.ptr, taken.len);
    path->len += taken.len;
}

static bool is_plain_key(struct str key)
{
    for (size_t i = 0; i < key.len; i++) {
        char c = key.ptr[i];
        bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!word && c != '_' && c != '-') {
            return false;
        }
    }
    return key.len > 0;
}

static void path_add_key(struct path *path, struct str key)
{
    struct str shown = str_slice(key, 0, KEY_SHOWN_BYTES);
    shown = str_slice(shown, 0, utf8_valid_prefix(shown));
    bool plain = is_plain_key(shown);
    if (path->len > 0 && plain) {
        path_add(path, STR("."));
    }
    path_add(path, plain ? STR("") : STR("[\""));
    path_add(path, shown);
    path_add(path, shown.len < key.len ? STR("...") : STR(""));
    path_add(path, plain ? STR("") : STR("\"]"));
}

static struct str path_render(const struct place *at, struct path *path)
{
    const struct place *steps[PATH_MAX_DEPTH];
    size_t depth = 0;
    for (; at->parent != NULL && depth < PATH_MAX_DEPTH; at = at->parent) {
        steps[depth++] = at;
    }
    path->len = 0;
    while (depth > 0) {
        const struct place *step = steps[--depth];
        if (step->key.ptr != NULL) {
            path_add_key(path, step->key);
        } else {
            char index[24];
            (void)snprintf(index, sizeof index, "[%zu]", step->index);
            path_add(path, str_from_cstr(index));
        }
    }
    return (struct str){.ptr = path->text, .len = path->len};
}

static void PRINTF_LIKE(3, 4) fault(struct ctx *cx, const struct place *at, const char *format, ...)
{
    char message[sizeof cx->err.fields[0].message];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(message, sizeof message, format, args);
    va_end(args);
    struct path path;
    fail_field(cx, path_render(at, &path), "%s", message);
}

static void object_read(struct ctx *cx, const struct place *at, const struct json *object,
                        const struct schema_field *fields, size_t count, char *out);

static void int_store(char *out, size_t size, int64_t value)
{
    if (size == sizeof(int64_t)) {
        memcpy(out, &value, sizeof value);
        return;
    }
    assert(size == sizeof(int32_t) && value >= INT32_MIN && value <= INT32_MAX);
    int32_t narrow = (int32_t)value;
    memcpy(out, &narrow, sizeof narrow);
}

static void bool_store(char *out, bool value)
{
    memcpy(out, &value, sizeof value);
}

static void wrong_type(struct ctx *cx, const struct place *at, const char *want,
                       const struct json *value)
{
    fault(cx, at, "must be %s, not %s", want, json_type_words(value->type));
}

static void str_read(struct ctx *cx, const struct place *at, const struct schema_field *field,
                     const struct json *value, char *out)
{
    size_t max = field->max_bytes > 0 ? field->max_bytes : SCHEMA_DEFAULT_MAX_BYTES;
    struct str text = value->text;
    if (value->type != JSON_STRING) {
        wrong_type(cx, at, "a string", value);
    } else if (field->min_bytes > 0 && text.len == 0) {
        fault(cx, at, "must not be empty");
    } else if (text.len < field->min_bytes) {
        fault(cx, at, "must be at least %zu bytes long", field->min_bytes);
    } else if (text.len > max) {
        fault(cx, at, "must be at most %zu bytes long", max);
    } else if (str_find_char(text, '\0') != SIZE_MAX) {
        fault(cx, at, "must not hold the character U+0000");
    } else if (field->pattern == SCHEMA_UUID && !uuid_is_valid(text)) {
        fault(cx, at, "must be a UUID, as in 123e4567-e89b-12d3-a456-426614174000");
    } else {
        memcpy(out, &text, sizeof text);
    }
}

/* True if the field's limits allow it; else the fault is noted. */
static bool limits_check(struct ctx *cx, const struct place *at, const struct schema_field *field,
                         long double value)
{
    double min = field->min;
    double max = field->max;
    bool has_limits = min < 0 || min > 0 || max < 0 || max > 0 || field->above_min;
    if (!has_limits) {
        return true;
    }
    if (field->above_min && value <= (long double)min) {
        fault(cx, at, "must be more than %.16g", min);
        return false;
    }
    if (value < (long double)min) {
        fault(cx, at, "must be at least %.16g", min);
        return false;
    }
    if (max >= min && !(field->above_min && max <= min) && value > (long double)max) {
        fault(cx, at, "must be at most %.16g", max);
        return false;
    }
    return true;
}

static void int_read(struct ctx *cx, const struct place *at, const struct schema_field *field,
                     const struct json *value, char *out)
{
    int64_t number;
    double inexact;
    if (value->type != JSON_NUMBER) {
        wrong_type(cx, at, "a whole number", value);
    } else if (!json_is_i64(value, &number)) {
        bool huge = !json_is_f64(value, &inexact) || inexact > 9e18 || inexact < -9e18;
        fault(cx, at, "%s", huge ? "is out of range" : "must be a whole number");
    } else if (!limits_check(cx, at, field, (long double)number)) {
        return; /* noted */
    } else if (field->size == sizeof(int32_t) && (number < INT32_MIN || number > INT32_MAX)) {
        fault(cx, at, "is out of range");
    } else {
        int_store(out, field->size, number);
    }
}

static void num_read(struct ctx *cx, const struct place *at, const struct schema_field *field,
                     const struct json *value, char *out)
{
    double number;
    if (value->type != JSON_NUMBER) {
        wrong_type(cx, at, "a number", value);
    } else if (!json_is_f64(value, &number)) {
        fault(cx, at, "is out of range");
    } else if (limits_check(cx, at, field, (long double)number)) {
        memcpy(out, &number, sizeof number);
    }
}

static void bool_read(struct ctx *cx, const struct place *at, const struct schema_field *field,
                      const struct json *value, char *out)
{
    (void)field;
    if (value->type != JSON_BOOL) {
        wrong_type(cx, at, "true or false", value);
    } else {
        bool_store(out, value->boolean);
    }
}

static void date_read(struct ctx *cx, const struct place *at, const struct schema_field *field,
                      const struct json *value, char *out)
{
    int32_t days;
    if (value->type != JSON_STRING) {
        wrong_type(cx, at, "a date (YYYY-MM-DD)", value);
    } else if (!date_parse(value->text, &days)) {
        fault(cx, at, "not a calendar date (YYYY-MM-DD)");
    } else {
        int_store(out, field->size, days);
    }
}

/* "weight_loss, muscle_gain": as many whole names as fit. */
static void names_list(const struct schema_field *field, char *out, size_t out_size)
{
    size_t len = 0;
    out[0] = '\0';
    for (size_t i = 0; i < field->name_count; i++) {
        const char *name = field->names[i].name;
        if (len + strlen(name) + sizeof ", ..." > out_size) {
            (void)snprintf(out + len, out_size - len, "...");
            return;
        }
        bool last = i + 1 == field->name_count;
        len += (size_t)snprintf(out + len, out_size - len, "%s%s", name, last ? "" : ", ");
    }
}

static void enum_read(struct ctx *cx, const struct place *at, const struct schema_field *field,
                      const struct json *value, char *out)
{
    if (value->type != JSON_STRING) {
        wrong_type(cx, at, "a string", value);
        return;
    }
    for (size_t i = 0; i < field->name_count; i++) {
        if (str_eq(value->text, str_from_cstr(field->names[i].name))) {
            int_store(out, field->size, field->names[i].value);
            return;
        }
    }
    char names[128];
    names_list(field, names, sizeof names);
    fault(cx, at, "must be one of: %s", names);
}

static void nested_read(struct ctx *cx, const struct place *at, const struct schema_field *field,
                        const struct json *value, char *out)
{
    if (value->type != JSON_OBJECT) {
        wrong_type(cx, at, "an object", value);
    } else {
        object_read(cx, at, value, field->fields, field->field_count, out);
    }
}

static void raw_read(struct ctx *cx, const struct place *at, const struct schema_field *field,
                     const struct json *value, char *out)
{
    (void)cx;
    (void)at;
    (void)field;
    const void *any = value;
    memcpy(out, &any, sizeof(any));
}

typedef void read_fn(struct ctx *cx, const struct place *at, const struct schema_field *field,
                     const struct json *value, char *out);

static read_fn *const readers[] = {
    [SCHEMA_STR] = str_read,   [SCHEMA_INT] = int_read,       [SCHEMA_NUM] = num_read,
    [SCHEMA_BOOL] = bool_read, [SCHEMA_DATE] = date_read,     [SCHEMA_ENUM] = enum_read,
    [SCHEMA_RAW] = raw_read,   [SCHEMA_OBJECT] = nested_read, [SCHEMA_LIST] = NULL,
};

/* What an absent member reads as. Objects are not here: they are read as {}. */
static void fallback_store(const struct schema_field *field, char *out)
{
    static const void *const nothing = NULL;
    switch (field->kind) {
    case SCHEMA_STR:
        memcpy(out, &field->fallback_str, sizeof field->fallback_str);
        break;
    case SCHEMA_NUM:
        memcpy(out, &field->fallback, sizeof field->fallback);
        break;
    case SCHEMA_BOOL:
        bool_store(out, field->fallback > 0);
        break;
    case SCHEMA_INT:
    case SCHEMA_DATE:
    case SCHEMA_ENUM:
        int_store(out, field->size, (int64_t)field->fallback);
        break;
    case SCHEMA_RAW:
        memcpy(out, &nothing, sizeof(nothing));
        break;
    case SCHEMA_OBJECT:
    case SCHEMA_LIST:
        break;
    }
}

/* Elements of objects start as their fallbacks do: zero bytes, from the arena. */
static void list_read(struct ctx *cx, const struct place *at, const struct schema_field *field,
                      const struct json *value, char *items)
{
    size_t i = 0;
    JSON_EACH (element, value) {
        struct place here = {.parent = at, .index = i};
        char *out = items + i * field->item->size;
        if (element->type == JSON_NULL && field->item->nullable) {
            fallback_store(field->item, out);
        } else {
            readers[field->item->kind](cx, &here, field->item, element, out);
        }
        i++;
    }
}

static void list_store(char *base, const struct schema_field *field, char *items, size_t count)
{
    memcpy(base + field->offset, &items, sizeof(items));
    memcpy(base + field->count_offset, &count, sizeof count);
}

static void list_read_into(struct ctx *cx, const struct place *at, const struct schema_field *field,
                           const struct json *value, char *base)
{
    size_t max = field->max_items > 0 ? field->max_items : SCHEMA_DEFAULT_MAX_ITEMS;
    list_store(base, field, NULL, 0);
    if (value == NULL) {
        return;
    }
    if (value->type != JSON_ARRAY) {
        wrong_type(cx, at, "an array", value);
    } else if (value->count < field->min_items) {
        fault(cx, at, "must have at least %zu item%s", field->min_items,
              field->min_items == 1 ? "" : "s");
    } else if (value->count > max) {
        fault(cx, at, "must have at most %zu item%s", max, max == 1 ? "" : "s");
    } else if (value->count > 0) {
        char *items = arena_alloc(cx->arena, value->count, field->item->size);
        list_read(cx, at, field, value, items);
        list_store(base, field, items, value->count);
    }
}

static struct str field_name(const struct schema_field *field)
{
    return str_from_cstr(field->as != NULL ? field->as : field->member);
}

/* `value` NULL: the member is absent, or null where that is as good. */
static void field_read(struct ctx *cx, const struct place *at, const struct schema_field *field,
                       const struct json *value, char *base)
{
    if (field->present > 0) {
        bool_store(base + field->present - 1, value != NULL);
    }
    if (field->kind == SCHEMA_LIST) {
        list_read_into(cx, at, field, value, base);
        return;
    }
    fallback_store(field, base + field->offset);
    if (value != NULL) {
        readers[field->kind](cx, at, field, value, base + field->offset);
    } else if (field->kind == SCHEMA_OBJECT && !field->required) {
        object_read(cx, at, NULL, field->fields, field->field_count, base + field->offset);
    }
}

/* The declared name closest to `key`, if at most a third of it differs; else NULL. */
static const char *name_suggest(struct str key, const struct schema_field *fields, size_t count)
{
    const char *best = NULL;
    size_t best_distance = SIZE_MAX;
    for (size_t i = 0; i < count; i++) {
        struct str name = field_name(&fields[i]);
        size_t distance = str_distance(key, name);
        if (distance < best_distance && str_distance_is_near(distance, name)) {
            best = name.ptr;
            best_distance = distance;
        }
    }
    return best;
}

static void unknown_note(struct ctx *cx, const struct place *at, struct str key,
                         const struct schema_field *fields, size_t count)
{
    struct place here = {.parent = at, .key = key};
    /* Past the table of faults nobody reads the words; a body of junk must not cost more. */
    bool heard = cx->err.field_count < ERR_FIELDS_MAX;
    const char *best = heard ? name_suggest(key, fields, count) : NULL;
    if (best != NULL) {
        fault(cx, &here, "unknown field; did you mean %s?", best);
    } else {
        fault(cx, &here, "unknown field");
    }
}

static void unknowns_note(struct ctx *cx, const struct place *at, const struct json *object,
                          const struct schema_field *fields, size_t count)
{
    JSON_EACH (member, object) {
        bool known = false;
        for (size_t i = 0; i < count && !known; i++) {
            known = str_eq(member->key, field_name(&fields[i]));
        }
        if (!known) {
            /* An empty key has a NULL `ptr`, which would read as an element of a list. */
            struct str key = member->key.len > 0 ? member->key : STR("");
            unknown_note(cx, at, key, fields, count);
        }
    }
}

/* `object` NULL is read as {}, and then nothing in it is required. */
static void object_read(struct ctx *cx, const struct place *at, const struct json *object,
                        const struct schema_field *fields, size_t count, char *out)
{
    for (size_t i = 0; i < count; i++) {
        const struct schema_field *field = &fields[i];
        struct place here = {.parent = at, .key = field_name(field)};
        const struct json *value = json_find(object, here.key);
        if (value != NULL && value->type == JSON_NULL && field->nullable) {
            value = NULL;
        }
        if (value == NULL && field->required && object != NULL) {
            fault(cx, &here, "is required");
        }
        field_read(cx, &here, field, value, out);
    }
    if (object != NULL) {
        unknowns_note(cx, at, object, fields, count);
    }
}

enum status schema_read(struct ctx *cx, const struct json *root, const struct schema_field *fields,
                        size_t field_count, void *out)
{
    static const struct json empty = {.type = JSON_OBJECT};
    const struct place top = {0};
    const struct json *object = root != NULL ? root : &empty;
    if (object->type != JSON_OBJECT) {
        fault(cx, &top, "the body must be a JSON object, not %s", json_type_words(object->type));
    } else {
        object_read(cx, &top, object, fields, field_count, out);
    }
    return fields_status(cx);
}
