#include "infra/db/tool/fdc.h"

#include "infra/db/tool/copy.h"
#include "infra/db/tool/csv.h"
#include "infra/db/tool/food_value.h"
#include "infra/db/tool/id_map.h"
#include "infra/db/tool/progress.h"

#include <sys/stat.h>

static const char temp_sql[] =
    "CREATE TEMPORARY TABLE fdc_food (fdc_id integer PRIMARY KEY, description text,"
    " data_type text, food_category text, publication_date date) ON COMMIT DROP;"
    "CREATE TEMPORARY TABLE fdc_amount (fdc_id integer, nutrient_id integer, amount numeric)"
    " ON COMMIT DROP;";
static const char copy_foods_sql[] = "COPY pg_temp.fdc_food FROM STDIN";
static const char copy_amounts_sql[] = "COPY pg_temp.fdc_amount FROM STDIN";

static const char upsert_sql[] =
    "WITH energy AS ("
    " SELECT DISTINCT ON (fdc_id) fdc_id, 1008 AS nutrient_id, amount FROM pg_temp.fdc_amount"
    " WHERE nutrient_id IN (1008, 2048, 2047)"
    " ORDER BY fdc_id, array_position(ARRAY[1008, 2048, 2047], nutrient_id)"
    "), known AS ("
    " SELECT fdc_id, jsonb_object_agg(nutrient_id::text, amount) AS nutrients FROM ("
    " SELECT fdc_id, nutrient_id, amount FROM pg_temp.fdc_amount WHERE nutrient_id <> 1008"
    " UNION ALL SELECT fdc_id, nutrient_id, amount FROM energy) AS amounts GROUP BY fdc_id"
    ") INSERT INTO public.usda_nutrition_data"
    " (fdc_id, description, data_type, food_category, publication_date, nutrients)"
    " SELECT f.fdc_id, f.description, f.data_type, f.food_category, f.publication_date,"
    " COALESCE(k.nutrients, '{}') FROM pg_temp.fdc_food AS f LEFT JOIN known AS k USING (fdc_id)"
    " ON CONFLICT (fdc_id) DO UPDATE SET description = excluded.description,"
    " data_type = excluded.data_type, food_category = excluded.food_category,"
    " publication_date = excluded.publication_date, nutrients = excluded.nutrients";

/* What a food of food.csv is to us. */
enum { FOOD_TAKEN = 1, FOOD_PASSED_OVER = 2 };

/* The kinds we take, as food.csv and as the food table call them, and the list of those that count.
 */
static const struct kind {
    struct str fdc, ours;
    const char *list;
} kinds[] = {
    {STR_INIT("foundation_food"), STR_INIT("foundation"), "foundation_food.csv"},
    {STR_INIT("sr_legacy_food"), STR_INIT("sr_legacy"), "sr_legacy_food.csv"},
};

/* USDA has 28, and the survey files' about 170. */
enum { MAX_CATEGORIES = 1024 };

struct load {
    const char *folder;
    struct id_map nutrients, categories; /* a category's value is its place in `category_names` */
    struct str category_names[MAX_CATEGORIES];
    struct id_map current[ARRAY_LEN(kinds)];
    bool has_list[ARRAY_LEN(kinds)];
    struct id_map foods;
    struct id_map amounts; /* food and nutrient, side by side in one number */
    struct progress progress;
    uint64_t bytes_before; /* of the files read so far */
    struct copy copy;
    struct fdc_counts *counts;
};

static const char *path_of(struct ctx *cx, const struct load *load, const char *file)
{
    return arena_format(cx->arena, "%s/%s", load->folder, file).ptr;
}

static uint64_t size_of(struct ctx *cx, const struct load *load, const char *file)
{
    struct stat st;
    return stat(path_of(cx, load, file), &st) == 0 ? (uint64_t)st.st_size : 0;
}

/* Opens a file and finds columns in it, in the order of `names`. */
static enum status table_open(struct ctx *cx, const struct load *load, const char *file,
                              const struct str *names, size_t count, size_t *columns,
                              struct csv **csv)
{
    TRY(csv_open(cx, path_of(cx, load, file), csv));
    for (size_t i = 0; i < count; i++) {
        TRY(csv_column(cx, *csv, names[i], &columns[i]));
    }
    return OK;
}

/* The ids in one column of a file. */
static enum status ids_read(struct ctx *cx, const struct load *load, const char *file,
                            struct str name, struct id_map *ids)
{
    struct csv *csv = NULL;
    size_t column = 0;
    TRY(table_open(cx, load, file, &name, 1, &column, &csv));
    *ids = id_map_in(cx->arena);
    for (bool more = false;;) {
        TRY(csv_next(cx, csv, &more));
        if (!more) {
            return OK;
        }
        uint64_t id = 0;
        TRY(food_id_read(cx, csv, column, &id));
        if (!id_map_add(ids, id, 0)) {
            return csv_refuse(cx, csv, "%llu is listed twice", (unsigned long long)id);
        }
    }
}

static enum status categories_read(struct ctx *cx, struct load *load)
{
    static const struct str names[] = {STR_INIT("id"), STR_INIT("description")};
    size_t columns[ARRAY_LEN(names)];
    struct csv *csv = NULL;
    TRY(table_open(cx, load, "food_category.csv", names, ARRAY_LEN(names), columns, &csv));
    load->categories = id_map_in(cx->arena);
    for (bool more = false;;) {
        TRY(csv_next(cx, csv, &more));
        if (!more) {
            return OK;
        }
        uint64_t id = 0;
        TRY(food_id_read(cx, csv, columns[0], &id));
        struct str name = csv_field(csv, columns[1]);
        if (name.len == 0 || name.len > 200) {
            return csv_refuse(cx, csv, "description: 1 to 200 bytes");
        }
        if (load->categories.count == MAX_CATEGORIES) {
            return csv_refuse(cx, csv, "more than %d categories", MAX_CATEGORIES);
        }
        load->category_names[load->categories.count] = arena_str_copy(cx->arena, name);
        if (!id_map_add(&load->categories, id, load->categories.count)) {
            return csv_refuse(cx, csv, "%llu is listed twice", (unsigned long long)id);
        }
    }
}

/* A list that is not there leaves every food of its kind. */
static enum status lists_read(struct ctx *cx, struct load *load)
{
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        struct stat st;
        load->has_list[i] = stat(path_of(cx, load, kinds[i].list), &st) == 0;
        if (load->has_list[i]) {
            TRY(ids_read(cx, load, kinds[i].list, STR("fdc_id"), &load->current[i]));
        }
    }
    return OK;
}

static void progress_at(struct load *load, const struct csv *csv, const char *what)
{
    progress_show(&load->progress, load->bytes_before + csv_bytes_read(csv), what);
}

enum food_column { FDC_ID, DATA_TYPE, DESCRIPTION, CATEGORY, PUBLISHED, FOOD_COLUMNS };

/* Its kind, or NULL for a food that does not count; then it is counted as passed over. */
static const struct kind *kind_of(const struct load *load, struct str type, uint64_t fdc_id)
{
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        if (!str_eq(type, kinds[i].fdc)) {
            continue;
        }
        if (load->has_list[i] && !id_map_find(&load->current[i], fdc_id, NULL)) {
            load->counts->superseded++;
            return NULL;
        }
        return &kinds[i];
    }
    load->counts->other_kinds++;
    return NULL;
}

/* NULL for a food without one. */
static enum status category_of(struct ctx *cx, const struct load *load, const struct csv *csv,
                               size_t column, struct str *category)
{
    *category = (struct str){0};
    if (csv_field(csv, column).len == 0) {
        return OK;
    }
    uint64_t id = 0, place = 0;
    TRY(food_id_read(cx, csv, column, &id));
    if (!id_map_find(&load->categories, id, &place)) {
        return csv_refuse(cx, csv, "food_category.csv has no category %llu",
                          (unsigned long long)id);
    }
    *category = load->category_names[place];
    return OK;
}

static enum status food_take(struct ctx *cx, struct load *load, const struct csv *csv,
                             const size_t columns[FOOD_COLUMNS])
{
    uint64_t fdc_id = 0;
    TRY(food_id_read(cx, csv, columns[FDC_ID], &fdc_id));
    const struct kind *kind = kind_of(load, csv_field(csv, columns[DATA_TYPE]), fdc_id);
    if (!id_map_add(&load->foods, fdc_id, kind == NULL ? FOOD_PASSED_OVER : FOOD_TAKEN)) {
        return csv_refuse(cx, csv, "food %llu is listed twice", (unsigned long long)fdc_id);
    }
    if (kind == NULL) {
        return OK;
    }
    struct str category, description = str_trim(csv_field(csv, columns[DESCRIPTION]));
    struct str published = csv_field(csv, columns[PUBLISHED]);
    TRY(food_description_check(cx, csv, description));
    TRY(category_of(cx, load, csv, columns[CATEGORY], &category));
    TRY(food_date_check(cx, csv, published));
    copy_field(&load->copy, csv_field(csv, columns[FDC_ID]));
    copy_field(&load->copy, description);
    copy_field(&load->copy, kind->ours);
    copy_field_or_null(&load->copy, category);
    copy_field_or_null(&load->copy, published);
    return copy_row_end(cx, &load->copy);
}

static enum status foods_read(struct ctx *cx, struct load *load, struct pg_tx *tx)
{
    static const struct str names[FOOD_COLUMNS] = {
        STR_INIT("fdc_id"), STR_INIT("data_type"), STR_INIT("description"),
        STR_INIT("food_category_id"), STR_INIT("publication_date")};
    size_t columns[FOOD_COLUMNS];
    struct csv *csv = NULL;
    TRY(table_open(cx, load, "food.csv", names, FOOD_COLUMNS, columns, &csv));
    TRY(copy_begin(cx, tx, copy_foods_sql, &load->copy));
    load->foods = id_map_in(cx->arena);
    for (bool more = true; more;) {
        TRY(csv_next(cx, csv, &more));
        if (more) {
            TRY(food_take(cx, load, csv, columns));
        }
        progress_at(load, csv, "food.csv");
    }
    load->bytes_before += csv_bytes_read(csv);
    TRY(copy_end(cx, &load->copy, &load->counts->foods));
    if (load->counts->foods == 0) {
        return fail(cx, ERR_INVALID, "%s: no foundation_food and no sr_legacy_food in it",
                    path_of(cx, load, "food.csv"));
    }
    return OK;
}

enum amount_column { AMOUNT_FDC_ID, NUTRIENT_ID, AMOUNT, AMOUNT_COLUMNS };

static enum status amount_take(struct ctx *cx, struct load *load, const struct csv *csv,
                               const size_t columns[AMOUNT_COLUMNS])
{
    uint64_t fdc_id = 0, nutrient = 0, food = 0;
    struct str amount = csv_field(csv, columns[AMOUNT]);
    TRY(food_id_read(cx, csv, columns[AMOUNT_FDC_ID], &fdc_id));
    TRY(food_id_read(cx, csv, columns[NUTRIENT_ID], &nutrient));
    if (!id_map_find(&load->foods, fdc_id, &food)) {
        return csv_refuse(cx, csv, "food.csv has no food %llu", (unsigned long long)fdc_id);
    }
    /* USDA's own files name a nutrient that nutrient.csv lacks (2066), always without an amount. */
    if (amount.len > 0 && !id_map_find(&load->nutrients, nutrient, NULL)) {
        return csv_refuse(cx, csv, "nutrient.csv has no nutrient %llu",
                          (unsigned long long)nutrient);
    }
    if (amount.len > 0) {
        TRY(food_amount_check(cx, csv, amount));
    }
    if (food != FOOD_TAKEN) {
        return OK;
    }
    if (!id_map_add(&load->amounts, (fdc_id << 32) | nutrient, 0)) {
        return csv_refuse(cx, csv, "nutrient %llu of food %llu is given twice",
                          (unsigned long long)nutrient, (unsigned long long)fdc_id);
    }
    if (amount.len == 0) {
        load->counts->blank++;
        return OK;
    }
    for (size_t i = 0; i < AMOUNT_COLUMNS; i++) {
        copy_field(&load->copy, csv_field(csv, columns[i]));
    }
    return copy_row_end(cx, &load->copy);
}

static enum status amounts_read(struct ctx *cx, struct load *load, struct pg_tx *tx)
{
    static const struct str names[AMOUNT_COLUMNS] = {STR_INIT("fdc_id"), STR_INIT("nutrient_id"),
                                                     STR_INIT("amount")};
    size_t columns[AMOUNT_COLUMNS];
    struct csv *csv = NULL;
    TRY(table_open(cx, load, "food_nutrient.csv", names, AMOUNT_COLUMNS, columns, &csv));
    TRY(copy_begin(cx, tx, copy_amounts_sql, &load->copy));
    load->amounts = id_map_in(cx->arena);
    for (bool more = true; more;) {
        TRY(csv_next(cx, csv, &more));
        if (more) {
            TRY(amount_take(cx, load, csv, columns));
        }
        progress_at(load, csv, "food_nutrient.csv");
    }
    return copy_end(cx, &load->copy, &load->counts->amounts);
}

static enum status all_read(struct ctx *cx, struct load *load, struct pg *pg)
{
    DEFER(pg_tx_end) struct pg_tx tx = {0};
    TRY(ids_read(cx, load, "nutrient.csv", STR("id"), &load->nutrients));
    TRY(categories_read(cx, load));
    TRY(lists_read(cx, load));
    TRY(pg_tx_begin(cx, pg, NULL, &tx));
    TRY(pg_script(cx, &tx, str_from_cstr(temp_sql)));
    TRY(foods_read(cx, load, &tx));
    TRY(amounts_read(cx, load, &tx));
    TRY(pg_exec(cx, &tx, &(struct pg_query){.sql = upsert_sql}, NULL));
    return pg_tx_commit(cx, &tx);
}

enum status fdc_load(struct ctx *cx, struct pg *pg, const char *folder, bool quiet,
                     struct fdc_counts *counts)
{
    *counts = (struct fdc_counts){0};
    struct load *load = ARENA_NEW(cx->arena, struct load);
    load->folder = folder;
    load->counts = counts;
    uint64_t bytes = size_of(cx, load, "food.csv") + size_of(cx, load, "food_nutrient.csv");
    load->progress = quiet ? progress_none() : progress_begin(bytes);
    enum status status = all_read(cx, load, pg);
    progress_end(&load->progress);
    return status;
}
