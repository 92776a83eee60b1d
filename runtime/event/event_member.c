#include "runtime/event/event_member.h"

struct str event_present(struct str s)
{
    return s.ptr == NULL ? STR("") : s;
}

/* The member, or NULL if it is absent or null. */
static const struct json *member_find(const struct json *object, struct str name)
{
    const struct json *value = json_find(object, name);
    return value == NULL || value->type == JSON_NULL ? NULL : value;
}

enum status event_texts(struct ctx *cx, const struct event_text *texts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct json *value = member_find(texts[i].object, texts[i].name);
        if (value != NULL && value->type != JSON_STRING) {
            return fail(cx, ERR_INVALID, "event: %s" STR_FMT " is %s, not a string", texts[i].where,
                        STR_ARG(texts[i].name), json_type_words(value->type));
        }
        if (value != NULL) {
            *texts[i].field = event_present(value->text);
        }
    }
    return OK;
}

enum status event_tree(struct ctx *cx, const struct json *object, struct str name,
                       enum json_type type, const struct json **out)
{
    *out = member_find(object, name);
    if (*out != NULL && (*out)->type != type) {
        return fail(cx, ERR_INVALID, "event: " STR_FMT " is %s, not %s", STR_ARG(name),
                    json_type_words((*out)->type), json_type_words(type));
    }
    return OK;
}

enum status event_number(struct ctx *cx, const struct json *object, struct str name, int64_t *out)
{
    const struct json *value = member_find(object, name);
    if (value == NULL || json_is_i64(value, out) ||
        (value->type == JSON_STRING && str_to_i64(value->text, out))) {
        return OK;
    }
    return fail(cx, ERR_INVALID, "event: " STR_FMT " is no whole number", STR_ARG(name));
}

enum status event_pairs(struct ctx *cx, const struct json *root, struct str name,
                        const struct http_header **out, size_t *count)
{
    const struct json *object = NULL;
    TRY(event_tree(cx, root, name, JSON_OBJECT, &object));
    *count = 0;
    if (object == NULL || object->count == 0) {
        return OK;
    }
    struct http_header *pairs = ARENA_ARRAY(cx->arena, struct http_header, object->count);
    JSON_EACH (member, object) {
        if (member->type == JSON_NULL) {
            continue;
        }
        if (member->type != JSON_STRING) {
            return fail(cx, ERR_INVALID, "event: " STR_FMT "." STR_FMT " is %s, not a string",
                        STR_ARG(name), STR_ARG(member->key), json_type_words(member->type));
        }
        pairs[(*count)++] =
            (struct http_header){.name = member->key, .value = event_present(member->text)};
    }
    *out = pairs;
    return OK;
}

enum status event_strings(struct ctx *cx, const struct json *root, struct str name,
                          const struct str **out, size_t *count)
{
    const struct json *array = NULL;
    *out = NULL;
    *count = 0;
    TRY(event_tree(cx, root, name, JSON_ARRAY, &array));
    if (array == NULL) {
        return OK;
    }
    struct str *strings = ARENA_ARRAY(cx->arena, struct str, array->count + 1);
    JSON_EACH (item, array) {
        if (item->type != JSON_STRING) {
            return fail(cx, ERR_INVALID, "event: " STR_FMT " holds %s", STR_ARG(name),
                        json_type_words(item->type));
        }
        strings[(*count)++] = event_present(item->text);
    }
    *out = strings;
    return OK;
}

struct str event_raw(const struct json *object, struct str name)
{
    const struct json *value = member_find(object, name);
    return value == NULL ? (struct str){0} : value->span;
}
