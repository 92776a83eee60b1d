#include "infra/db/tool/id_map.h"
#include "infra/db/tool/seed_parts.h"
#include "infra/db/tool/uuid5.h"
#include "shared/base/file.h"
#include "shared/schema/schema.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { MAX_FILES = 64, MAX_RECIPES = 8192, MAX_LINES = 100, MAX_STEPS = 50 };
#define MAX_FILE_BYTES  MIB(8)
#define MAX_STEPS_BYTES KIB(256)

/* Ours, drawn at random once: a recipe's id is the UUID version 5 of its slug in this namespace. */
static const struct uuid_namespace recipe_space = {{0x6b, 0x1e, 0x0f, 0x5c, 0x93, 0x4a, 0x4d, 0x27,
                                                    0x8e, 0x61, 0x3c, 0xd2, 0x07, 0xb5, 0xf4,
                                                    0x19}};

static const char foods_sql[] = "SELECT fdc_id FROM public.usda_nutrition_data";

static const char recipe_sql[] =
    "INSERT INTO public.recipes AS t (id, slug, title, description, cuisine_type, meal_type,"
    " prep_time_minutes, cook_time_minutes, difficulty_level, instructions, status)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'published')"
    " ON CONFLICT (id) DO UPDATE SET slug = excluded.slug, title = excluded.title,"
    " description = excluded.description, cuisine_type = excluded.cuisine_type,"
    " meal_type = excluded.meal_type, prep_time_minutes = excluded.prep_time_minutes,"
    " cook_time_minutes = excluded.cook_time_minutes,"
    " difficulty_level = excluded.difficulty_level, instructions = excluded.instructions,"
    " status = excluded.status";

static const char lines_delete_sql[] = "DELETE FROM public.recipe_ingredients WHERE recipe_id = $1";

static const char lines_insert_sql[] =
    "INSERT INTO public.recipe_ingredients (recipe_id, position, fdc_id, name, grams, note)"
    " SELECT $1, position, fdc_id, name, grams, NULLIF(note, '')"
    " FROM unnest($2::bigint[], $3::text[], $4::double precision[], $5::text[])"
    " WITH ORDINALITY AS line (fdc_id, name, grams, note, position)";

struct line {
    int32_t fdc_id;
    struct str name, note;
    double grams;
};

struct recipe {
    struct str slug, title, description, cuisine;
    const int *meal_types;
    size_t meal_type_count;
    int32_t prep_minutes, cook_minutes;
    int difficulty;
    const struct str *steps;
    size_t step_count;
    const struct line *ingredients;
    size_t ingredient_count;
};

static const struct schema_name meal_types[] = {
    {"breakfast", 0}, {"lunch", 1}, {"dinner", 2}, {"snack", 3}, {"dessert", 4}};
static const struct schema_name difficulties[] = {{"easy", 0}, {"medium", 1}, {"hard", 2}};

static const struct schema_field line_fields[] = {
    FIELD_INT(struct line, fdc_id, .required = true, .min = 1),
    FIELD_STR(struct line, name, .required = true, .min_bytes = 1, .max_bytes = 200),
    FIELD_STR(struct line, note, .min_bytes = 1, .max_bytes = 500),
    FIELD_NUM(struct line, grams, .required = true, .above_min = true, .min = 0, .max = 5000),
};

static const struct schema_field recipe_fields[] = {
    FIELD_STR(struct recipe, slug, .required = true, .min_bytes = 1, .max_bytes = 100),
    FIELD_STR(struct recipe, title, .required = true, .min_bytes = 1, .max_bytes = 200),
    FIELD_STR(struct recipe, description, .max_bytes = 2000),
    FIELD_STR(struct recipe, cuisine, .required = true, .min_bytes = 1, .max_bytes = 60),
    FIELD_LIST(struct recipe, meal_types, meal_type_count, ITEM_ENUM(meal_types), .required = true,
               .min_items = 1, .max_items = ARRAY_LEN(meal_types)),
    FIELD_INT(struct recipe, prep_minutes, .required = true, .max = 1440),
    FIELD_INT(struct recipe, cook_minutes, .required = true, .max = 1440),
    FIELD_ENUM(struct recipe, difficulty, difficulties, .required = true),
    FIELD_LIST(struct recipe, steps, step_count, ITEM_STR(.min_bytes = 1, .max_bytes = 1000),
               .required = true, .min_items = 1, .max_items = MAX_STEPS),
    FIELD_LIST(struct recipe, ingredients, ingredient_count, ITEM_OBJECT(struct line, line_fields),
               .required = true, .min_items = 1, .max_items = MAX_LINES),
};

/* What all files share: the foods there are, the slugs taken so far. */
struct book {
    struct pg_tx *tx;
    struct id_map foods;
    struct str slugs[MAX_RECIPES];
    size_t recipe_count, line_count;
};

/* Where the reader is, for messages: file:line: path: what. */
struct place {
    const char *file;
    struct str source;
    const struct json *recipe;
    size_t index;
};

static size_t line_of(struct str source, const char *at)
{
    size_t line = 1;
    for (const char *c = source.ptr; c < at; c++) {
        line += *c == '\n';
    }
    return line;
}

/* The value that `path` ("ingredients[2].grams") leads to, or as near as it exists. */
static const struct json *json_at(const struct json *value, struct str path)
{
    while (path.len > 0) {
        const struct json *next = NULL;
        if (str_skip_prefix(&path, STR("["))) {
            size_t close = str_find_char(path, ']');
            int64_t index = 0;
            (void)str_to_i64(str_slice(path, 0, close), &index);
            next = value->first;
            while (next != NULL && index-- > 0) {
                next = next->next;
            }
            path = str_slice(path, close + 1, path.len);
        } else {
            (void)str_skip_prefix(&path, STR("."));
            size_t end = 0;
            while (end < path.len && path.ptr[end] != '.' && path.ptr[end] != '[') {
                end++;
            }
            next = json_find(value, str_slice(path, 0, end));
            path = str_slice(path, end, path.len);
        }
        if (next == NULL) {
            return value;
        }
        value = next;
    }
    return value;
}

static enum status refuse(struct ctx *cx, const struct place *place, const char *path,
                          const char *words)
{
    const struct json *at = json_at(place->recipe, str_from_cstr(path));
    return fail(cx, ERR_INVALID, "%s:%zu: [%zu]%s%s: %s", place->file,
                line_of(place->source, at->span.ptr), place->index, path[0] == '\0' ? "" : ".",
                path, words);
}

static bool slug_is_valid(struct str slug)
{
    char before = '-';
    for (size_t i = 0; i < slug.len; i++) {
        char c = slug.ptr[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (!letter && (c != '-' || before == '-')) {
            return false;
        }
        before = c;
    }
    return before != '-';
}

static enum status slug_check(struct ctx *cx, struct book *book, const struct place *place,
                              struct str slug)
{
    if (!slug_is_valid(slug)) {
        return refuse(cx, place, "slug", "lower-case letters and digits, joined by single hyphens");
    }
    if (book->recipe_count == MAX_RECIPES) {
        return refuse(cx, place, "", "more recipes than one seeding takes");
    }
    for (size_t i = 0; i < book->recipe_count; i++) {
        if (str_eq(book->slugs[i], slug)) {
            return refuse(cx, place, "slug", "another recipe has this one");
        }
    }
    book->slugs[book->recipe_count++] = slug;
    return OK;
}

static enum status lines_check(struct ctx *cx, const struct book *book, const struct place *place,
                               const struct recipe *recipe)
{
    char path[64];
    for (size_t i = 0; i < recipe->ingredient_count; i++) {
        const struct line *line = &recipe->ingredients[i];
        double tenths = line->grams * 10;
        if (fabs(tenths - round(tenths)) > 1e-6 || tenths < 1) {
            (void)snprintf(path, sizeof path, "ingredients[%zu].grams", i);
            return refuse(cx, place, path, "whole tenths of a gram, at least one");
        }
        if (!id_map_find(&book->foods, (uint64_t)line->fdc_id, NULL)) {
            (void)snprintf(path, sizeof path, "ingredients[%zu].fdc_id", i);
            return refuse(cx, place, path, "the food table has no such food");
        }
    }
    return OK;
}

static enum status recipe_read(struct ctx *cx, const struct place *place, struct recipe *recipe)
{
    enum status status =
        schema_read(cx, place->recipe, recipe_fields, ARRAY_LEN(recipe_fields), recipe);
    if (status != OK && cx->err.field_count > 0) {
        const struct err_field fault = cx->err.fields[0];
        err_clear(cx); /* said again with the file and the line */
        return refuse(cx, place, fault.path, fault.message);
    }
    return status;
}

/* [{"step":1,"text":"..."}, ...] */
static enum status steps_write(struct ctx *cx, const struct recipe *recipe, struct str *json)
{
    struct buf buf = buf_in(cx->arena, MAX_STEPS_BYTES);
    struct json_writer w = json_writer_on(&buf);
    json_array_begin(&w);
    for (size_t i = 0; i < recipe->step_count; i++) {
        json_object_begin(&w);
        json_member_i64(&w, "step", (int64_t)i + 1);
        json_member_str(&w, "text", recipe->steps[i]);
        json_object_end(&w);
    }
    json_array_end(&w);
    *json = buf_str(&buf);
    return buf.full ? fail(cx, ERR_TOO_LARGE, "steps: too long") : OK;
}

/* The lines, column by column, as unnest() takes them. */
struct line_columns {
    int64_t *fdc_ids;
    struct str *names, *notes;
    double *grams;
};

static struct line_columns columns_of(struct arena *arena, const struct recipe *recipe)
{
    size_t count = recipe->ingredient_count;
    struct line_columns c = {
        .fdc_ids = ARENA_ARRAY(arena, int64_t, count),
        .names = ARENA_ARRAY(arena, struct str, count),
        .notes = ARENA_ARRAY(arena, struct str, count),
        .grams = ARENA_ARRAY(arena, double, count),
    };
    for (size_t i = 0; i < count; i++) {
        c.fdc_ids[i] = recipe->ingredients[i].fdc_id;
        c.names[i] = recipe->ingredients[i].name;
        c.notes[i] = recipe->ingredients[i].note;
        c.grams[i] = round(recipe->ingredients[i].grams * 10) / 10;
    }
    return c;
}

static enum status recipe_store(struct ctx *cx, struct pg_tx *tx, const struct recipe *recipe)
{
    struct str instructions, meals[ARRAY_LEN(meal_types)];
    char id[UUID_TEXT_LEN + 1];
    TRY(steps_write(cx, recipe, &instructions));
    uuid_v5(&recipe_space, recipe->slug, id);
    for (size_t i = 0; i < recipe->meal_type_count; i++) {
        meals[i] = str_from_cstr(meal_types[recipe->meal_types[i]].name);
    }
    const struct line_columns lines = columns_of(cx->arena, recipe);
    size_t count = recipe->ingredient_count;
    const struct pg_param row[] = {
        PG_CSTR(id),
        PG_STR(recipe->slug),
        PG_STR(recipe->title),
        PG_STR(recipe->description),
        PG_STR(recipe->cuisine),
        PG_TEXT_ARRAY(meals, recipe->meal_type_count),
        PG_I64(recipe->prep_minutes),
        PG_I64(recipe->cook_minutes),
        PG_CSTR(difficulties[recipe->difficulty].name),
        PG_STR(instructions),
    };
    const struct pg_param columns[] = {
        PG_CSTR(id), PG_I64_ARRAY(lines.fdc_ids, count), PG_TEXT_ARRAY(lines.names, count),
        PG_F64_ARRAY(lines.grams, count), PG_TEXT_ARRAY(lines.notes, count)};
    const struct pg_query queries[] = {
        {recipe_sql, row, ARRAY_LEN(row)},
        {lines_delete_sql, columns, 1},
        {lines_insert_sql, columns, ARRAY_LEN(columns)},
    };
    return pg_exec_all(cx, tx, queries, ARRAY_LEN(queries), NULL);
}

static enum status recipe_seed(struct ctx *cx, struct book *book, const struct place *place)
{
    struct recipe *recipe = ARENA_NEW(cx->arena, struct recipe);
    TRY(recipe_read(cx, place, recipe));
    TRY(slug_check(cx, book, place, recipe->slug));
    TRY(lines_check(cx, book, place, recipe));
    book->line_count += recipe->ingredient_count;
    enum status status = recipe_store(cx, book->tx, recipe);
    return status == OK
               ? OK
               : err_while(cx, status, "%s: recipe " STR_FMT, place->file, STR_ARG(recipe->slug));
}

static enum status file_seed(struct ctx *cx, struct book *book, const char *path)
{
    struct place place = {.file = path};
    const struct json *root = NULL;
    TRY(file_read(cx, path, MAX_FILE_BYTES, &place.source));
    enum status status = json_read(cx, place.source, NULL, &root);
    if (status != OK) {
        return err_while(cx, status, "%s", path);
    }
    if (root->type != JSON_ARRAY) {
        return fail(cx, ERR_INVALID, "%s:1: not an array of recipes but %s", path,
                    json_type_words(root->type));
    }
    JSON_EACH (recipe, root) {
        place.recipe = recipe;
        TRY(recipe_seed(cx, book, &place));
        place.index++;
    }
    return OK;
}

static enum status foods_find(struct ctx *cx, struct book *book)
{
    struct pg_rows *rows = ARENA_NEW(cx->arena, struct pg_rows);
    TRY(pg_exec(cx, book->tx, &(struct pg_query){.sql = foods_sql}, rows));
    book->foods = id_map_in(cx->arena);
    for (size_t i = 0; i < pg_rows_count(rows); i++) {
        struct pg_row row = pg_row_at(rows, i);
        int64_t fdc_id = pg_col_i64(row, "fdc_id");
        TRY(pg_row_status(cx, row));
        (void)!id_map_add(&book->foods, (uint64_t)fdc_id, 0); /* a primary key: never twice */
    }
    return OK;
}

static void dir_close(DIR **dir)
{
    if (*dir != NULL) {
        (void)closedir(*dir);
    }
}

static int compare(const void *a, const void *b)
{
    return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

static enum status files_list(struct ctx *cx, const char *folder, struct str files[MAX_FILES],
                              size_t *count)
{
    DEFER(dir_close) DIR *dir = opendir(folder);
    if (dir == NULL) {
        return fail(cx, ERR_NOT_FOUND, "opening the folder %s: errno %d", folder, errno);
    }
    for (const struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
        struct str name = str_from_cstr(entry->d_name);
        if (!str_has_suffix(name, STR(".json"))) {
            continue;
        }
        if (*count == MAX_FILES) {
            return fail(cx, ERR_TOO_LARGE, "%s: more than %d files", folder, MAX_FILES);
        }
        files[(*count)++] = arena_format(cx->arena, "%s/" STR_FMT, folder, STR_ARG(name));
    }
    qsort(files, *count, sizeof *files, compare);
    return OK;
}

enum status seed_recipes(struct ctx *cx, struct pg_tx *tx, const char *folder, size_t *recipes,
                         size_t *lines)
{
    struct str files[MAX_FILES];
    size_t count = 0;
    struct book *book = ARENA_NEW(cx->arena, struct book);
    book->tx = tx;
    TRY(files_list(cx, folder, files, &count));
    TRY(foods_find(cx, book));
    for (size_t i = 0; i < count; i++) {
        TRY(file_seed(cx, book, files[i].ptr));
    }
    *recipes = book->recipe_count;
    *lines = book->line_count;
    return OK;
}
