#include "functions/refiner/reading.h"

enum { MAX_PLACE_BYTES = 95 }; /* of struct err_field */

static void place_write(struct buf *out, const struct reading_place *place)
{
    if (place->up != NULL) {
        place_write(out, place->up);
    }
    if (place->name == NULL) {
        buf_add_char(out, '[');
        buf_add_i64(out, (int64_t)place->index);
        buf_add_char(out, ']');
        return;
    }
    if (out->len > 0) {
        buf_add_char(out, '.');
    }
    buf_add(out, str_from_cstr(place->name));
}

static struct str place_path(struct ctx *cx, const struct reading_place *place)
{
    struct buf out = buf_in(cx->arena, MAX_PLACE_BYTES);
    place_write(&out, place);
    return buf_str(&out);
}

void reading_note(struct reading *reading, const struct reading_place *place, const char *words)
{
    struct analysis *analysis = reading->analysis;
    if (analysis->note_count < ANALYSIS_MAX_NOTES) {
        analysis->notes[analysis->note_count++] = (struct analysis_note){
            .path = place_path(reading->cx, place),
            .words = words,
        };
    }
}

void reading_fault(struct reading *reading, const struct reading_place *place, const char *words)
{
    fail_field(reading->cx, place_path(reading->cx, place), "%s", words);
}

static const char *type_fault(enum json_type wanted)
{
    static const char *const words[] = {
        [JSON_NULL] = "must be null",       [JSON_BOOL] = "must be true or false",
        [JSON_NUMBER] = "must be a number", [JSON_STRING] = "must be a text",
        [JSON_ARRAY] = "must be a list",    [JSON_OBJECT] = "must be an object",
    };
    return words[wanted];
}

/* ---- texts ----------------------------------------------------------------------------------- */

static bool text_take(struct reading *reading, const struct reading_place *place,
                      const struct json *value, size_t max_bytes, struct str *out)
{
    if (value->type != JSON_STRING) {
        reading_fault(reading, place, type_fault(JSON_STRING));
        return false;
    }
    if (value->text.len > max_bytes) {
        fail_field(reading->cx, place_path(reading->cx, place), "must have at most %zu bytes",
                   max_bytes);
        return false;
    }
    if (str_find_char(value->text, '\0') != SIZE_MAX) {
        reading_fault(reading, place, "must not contain U+0000");
        return false;
    }
    *out = value->text;
    return true;
}

static void texts_take_one(struct reading *reading, const struct reading_place *place,
                           const struct json *value, size_t max_bytes, struct texts *out)
{
    struct str text = {0};
    if (text_take(reading, place, value, max_bytes, &text) && text.len > 0) {
        out->at = ARENA_NEW(reading->cx->arena, struct str);
        out->at[0] = text;
        out->count = 1;
    }
    reading_note(reading, place, "a text was read as a list of one");
}

static void texts_take(struct reading *reading, const struct reading_place *place,
                       const struct json *value, size_t max_bytes, struct texts *out)
{
    size_t index = 0;
    if (value->type == JSON_STRING) {
        texts_take_one(reading, place, value, max_bytes, out);
        return;
    }
    if (value->type != JSON_ARRAY || value->count > ANALYSIS_MAX_ITEMS) {
        reading_fault(reading, place,
                      value->type != JSON_ARRAY ? "must be a list of texts" : "has too many items");
        return;
    }
    out->at = ARENA_ARRAY(reading->cx->arena, struct str, value->count + 1);
    JSON_EACH (item, value) {
        struct reading_place at = {.up = place, .index = index++};
        if (item->type != JSON_STRING) {
            reading_note(reading, &at, "left out: not a text");
        } else if (text_take(reading, &at, item, max_bytes, &out->at[out->count])) {
            out->count++;
        }
    }
}

/* ---- the other kinds ------------------------------------------------------------------------- */

static void number_take(struct reading *reading, const struct reading_place *place,
                        const struct json *value, const struct reading_member *member,
                        struct maybe *out)
{
    double number = 0;
    if (!json_is_f64(value, &number)) {
        reading_fault(reading, place, type_fault(JSON_NUMBER));
    } else if (number < member->min || number > member->max) {
        fail_field(reading->cx, place_path(reading->cx, place), "must be from %g to %g",
                   member->min, member->max);
    } else {
        *out = (struct maybe){.value = number, .is_set = true};
    }
}

static void enum_take(struct reading *reading, const struct reading_place *place,
                      const struct json *value, const struct reading_member *member, int *out,
                      bool *flag)
{
    const struct enum_words *words = member->words;
    if (value->type != JSON_STRING) {
        reading_fault(reading, place, words->must);
        return;
    }
    enum enum_match match = enum_word_find(reading->cx, words, value->text, out);
    if (match == ENUM_UNKNOWN && words->middle < 0) {
        reading_fault(reading, place, words->must);
        return;
    }
    if (match == ENUM_UNKNOWN) {
        *out = words->middle;
        reading_note(reading, place, "an unknown word was taken for the middle one");
    } else if (match == ENUM_TRANSLATED) {
        reading_note(reading, place, "a word was put into the English of the enum");
    }
    if (flag != NULL) {
        *flag = true;
    }
}

static void said_take(struct reading *reading, const struct reading_place *place,
                      const struct json *value, enum said *out)
{
    if (value->type != JSON_BOOL) {
        reading_fault(reading, place, type_fault(JSON_BOOL));
        return;
    }
    *out = value->boolean ? SAID_YES : SAID_NO;
}

static void member_take(struct reading *reading, const struct reading_place *place,
                        const struct json *value, const struct reading_member *member, void *out)
{
    char *base = out;
    void *field = base + member->offset;
    bool *flag = member->flag == 0 ? NULL : (bool *)(void *)(base + member->flag - 1);
    switch (member->kind) {
    case READING_TEXT:
        (void)text_take(reading, place, value, member->max_bytes, field);
        break;
    case READING_TEXTS:
        texts_take(reading, place, value, member->max_bytes, field);
        break;
    case READING_NUMBER:
        number_take(reading, place, value, member, field);
        break;
    case READING_SAID:
        said_take(reading, place, value, field);
        break;
    case READING_ENUM:
        enum_take(reading, place, value, member, field, flag);
        break;
    }
}

/* NULL where nothing is said; a null is noted unless it is required to be more. */
static const struct json *value_find(struct reading *reading, const struct reading_place *place,
                                     const struct json *object, const char *name)
{
    const struct json *value = json_find(object, str_from_cstr(name));
    if (value != NULL && value->type == JSON_NULL) {
        reading_note(reading, place, "null was read as absent");
        return NULL;
    }
    return value;
}

void reading_members(struct reading *reading, const struct reading_place *place,
                     const struct json *object, const struct reading_member *members,
                     size_t member_count, void *out)
{
    for (size_t i = 0; i < member_count; i++) {
        struct reading_place at = {.up = place, .name = members[i].name};
        const struct json *value = value_find(reading, &at, object, members[i].name);
        if (value != NULL) {
            member_take(reading, &at, value, &members[i], out);
        } else if (members[i].is_required) {
            reading_fault(reading, &at, "is required");
        }
    }
}

static const struct json *container_find(struct reading *reading, const struct json *parent,
                                         enum json_type type, const struct reading_place *place)
{
    const struct json *value = value_find(reading, place, parent, place->name);
    if (value != NULL && value->type != type) {
        reading_fault(reading, place, type_fault(type));
        return NULL;
    }
    return value;
}

const struct json *reading_object(struct reading *reading, const struct reading_place *place,
                                  const struct json *parent, const char *name,
                                  struct reading_place *inner)
{
    *inner = (struct reading_place){.up = place, .name = name};
    return container_find(reading, parent, JSON_OBJECT, inner);
}

const struct json *reading_list(struct reading *reading, const struct reading_place *place,
                                const struct json *parent, const char *name, size_t max_items,
                                struct reading_place *inner)
{
    *inner = (struct reading_place){.up = place, .name = name};
    const struct json *list = container_find(reading, parent, JSON_ARRAY, inner);
    if (list != NULL && list->count > max_items) {
        fail_field(reading->cx, place_path(reading->cx, inner), "must have at most %zu items",
                   max_items);
        return NULL;
    }
    return list;
}
