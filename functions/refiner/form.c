#include "functions/refiner/form.h"

enum { MAX_SCHEMA_BYTES = 16 * 1024, MAX_FIELDS_BYTES = 8 * 1024 };

/* "/a/b/c": "b.c" */
static struct str name_of(struct arena *arena, struct str pointer)
{
    struct str step, before = {0}, last = {0};
    (void)str_skip_prefix(&pointer, STR("/"));
    while (str_split_next(&pointer, '/', &step)) {
        before = last;
        last = step;
    }
    return before.len == 0
               ? last
               : arena_format(arena, STR_FMT "." STR_FMT, STR_ARG(before), STR_ARG(last));
}

static void member_write(struct json_writer *w, const struct refined_enrichable *row,
                         struct str name)
{
    json_key(w, name);
    json_object_begin(w);
    json_member_cstr(w, "type", row->is_list ? "array" : "string");
    if (row->is_list) {
        json_member_object(w, "items");
        json_member_cstr(w, "type", "string");
        json_object_end(w);
    }
    json_object_end(w);
}

static struct str schema_write(struct arena *arena, const struct form *form)
{
    struct buf buf = buf_in(arena, MAX_SCHEMA_BYTES);
    struct json_writer w = json_writer_on(&buf);
    json_object_begin(&w);
    json_member_cstr(&w, "type", "object");
    json_member_object(&w, "properties");
    for (size_t i = 0; i < REFINED_ENRICHABLE_COUNT; i++) {
        member_write(&w, &refined_enrichables[i], form->names[i]);
    }
    json_object_end(&w);
    json_member_array(&w, "required");
    for (size_t i = 0; i < REFINED_ENRICHABLE_COUNT; i++) {
        json_str(&w, form->names[i]);
    }
    json_array_end(&w);
    json_member_bool(&w, "additionalProperties", false);
    json_object_end(&w);
    return buf_str(&buf);
}

static struct str fields_write(struct arena *arena, const struct form *form)
{
    struct buf buf = buf_in(arena, MAX_FIELDS_BYTES);
    for (size_t i = 0; i < REFINED_ENRICHABLE_COUNT; i++) {
        const struct refined_enrichable *row = &refined_enrichables[i];
        buf_addf(&buf, "- " STR_FMT ": ", STR_ARG(form->names[i]));
        if (row->is_list) {
            buf_addf(&buf, "%zu to %zu texts of ", row->min_items, row->max_items);
        }
        buf_addf(&buf, "%zu to %zu characters\n", row->min_bytes, row->max_bytes);
    }
    return buf_str(&buf);
}

enum status form_init(struct ctx *cx, struct arena *arena, struct form *form)
{
    const struct json *document = NULL;
    const struct jsonschema *compiled = NULL;
    for (size_t i = 0; i < REFINED_ENRICHABLE_COUNT; i++) {
        form->names[i] = name_of(arena, refined_enrichables[i].pointer);
    }
    form->schema = schema_write(arena, form);
    form->fields = fields_write(arena, form);
    struct ctx own = {.arena = arena};
    enum status status = json_read(&own, form->schema, NULL, &document);
    if (status == OK) {
        status = jsonschema_compile(&own, arena, document, NULL, &compiled);
    }
    if (status != OK) {
        return fail(cx, ERR_INTERNAL, "the form for models: %s", own.err.text);
    }
    jsonschema_guide_init(&form->guide, document, compiled);
    return OK;
}
