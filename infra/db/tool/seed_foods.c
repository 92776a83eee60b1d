#include "infra/db/tool/copy.h"
#include "infra/db/tool/csv.h"
#include "infra/db/tool/food_value.h"
#include "infra/db/tool/id_map.h"
#include "infra/db/tool/seed_parts.h"
#include "shared/json/json.h"

#define MAX_NUTRIENTS_BYTES KIB(64)

static const char temp_sql[] =
    "CREATE TEMPORARY TABLE seed_food (fdc_id integer, description text, data_type text,"
    " food_category text, publication_date date, nutrients jsonb) ON COMMIT DROP";

static const char copy_sql[] = "COPY pg_temp.seed_food FROM STDIN";

static const char upsert_sql[] =
    "INSERT INTO public.usda_nutrition_data AS t"
    " (fdc_id, description, data_type, food_category, publication_date, nutrients)"
    " SELECT fdc_id, description, data_type, food_category, publication_date, nutrients"
    " FROM pg_temp.seed_food"
    " ON CONFLICT (fdc_id) DO UPDATE SET description = excluded.description,"
    " data_type = excluded.data_type, food_category = excluded.food_category,"
    " publication_date = excluded.publication_date, nutrients = excluded.nutrients"
    " WHERE (t.description, t.data_type, t.food_category, t.publication_date, t.nutrients)"
    " IS DISTINCT FROM (excluded.description, excluded.data_type, excluded.food_category,"
    " excluded.publication_date, excluded.nutrients)";

/* The columns before the nutrients, in this order. */
enum column { FDC_ID, DESCRIPTION, DATA_TYPE, FOOD_CATEGORY, PUBLICATION_DATE, FIRST_NUTRIENT };

static enum status header_check(struct ctx *cx, const struct csv *csv)
{
    static const struct str named[FIRST_NUTRIENT] = {
        STR_INIT("fdc_id"), STR_INIT("description"), STR_INIT("data_type"),
        STR_INIT("food_category"), STR_INIT("publication_date")};
    for (size_t i = 0; i < csv_column_count(csv); i++) {
        struct str name = csv_column_name(csv, i);
        int64_t id = 0;
        bool good = i < FIRST_NUTRIENT ? str_eq(name, named[i]) : str_to_i64(name, &id) && id > 0;
        if (!good) {
            return csv_refuse(cx, csv, "column %zu is " STR_FMT ", not %s", i + 1, STR_ARG(name),
                              i < FIRST_NUTRIENT ? named[i].ptr : "a nutrient id");
        }
    }
    return csv_column_count(csv) > FIRST_NUTRIENT ? OK : csv_refuse(cx, csv, "no nutrients");
}

/* {"1008":52,...}: what is blank is unknown and stays out. Numbers go in as they are written. */
static enum status nutrients_write(struct ctx *cx, const struct csv *csv, struct buf *out)
{
    buf_clear(out);
    struct json_writer w = json_writer_on(out);
    json_object_begin(&w);
    for (size_t i = FIRST_NUTRIENT; i < csv_column_count(csv); i++) {
        struct str amount = csv_field(csv, i);
        if (amount.len > 0) {
            TRY(food_amount_check(cx, csv, amount));
            json_key(&w, csv_column_name(csv, i));
            json_raw(&w, amount);
        }
    }
    json_object_end(&w);
    return OK;
}

static enum status row_check(struct ctx *cx, const struct csv *csv, struct id_map *seen)
{
    uint64_t fdc_id = 0;
    TRY(food_id_read(cx, csv, FDC_ID, &fdc_id));
    if (!id_map_add(seen, fdc_id, 0)) {
        return csv_refuse(cx, csv, "food %llu is listed twice", (unsigned long long)fdc_id);
    }
    TRY(food_description_check(cx, csv, csv_field(csv, DESCRIPTION)));
    struct str type = csv_field(csv, DATA_TYPE);
    if (!str_eq(type, STR("sr_legacy")) && !str_eq(type, STR("foundation"))) {
        return csv_refuse(cx, csv, "data_type: sr_legacy or foundation");
    }
    return food_date_check(cx, csv, csv_field(csv, PUBLICATION_DATE));
}

static enum status rows_copy(struct ctx *cx, struct csv *csv, struct copy *copy)
{
    struct id_map seen = id_map_in(cx->arena);
    struct buf nutrients = buf_in(cx->arena, MAX_NUTRIENTS_BYTES);
    for (bool more = false;;) {
        TRY(csv_next(cx, csv, &more));
        if (!more) {
            return OK;
        }
        TRY(row_check(cx, csv, &seen));
        TRY(nutrients_write(cx, csv, &nutrients));
        for (size_t i = 0; i < FIRST_NUTRIENT; i++) {
            copy_field_or_null(copy, csv_field(csv, i));
        }
        copy_field(copy, buf_str(&nutrients));
        TRY(copy_row_end(cx, copy));
    }
}

enum status seed_foods(struct ctx *cx, struct pg_tx *tx, const char *path, size_t *foods)
{
    struct csv *csv = NULL;
    struct copy copy;
    int64_t copied = 0;
    TRY(csv_open(cx, path, &csv));
    TRY(header_check(cx, csv));
    TRY(pg_exec(cx, tx, &(struct pg_query){.sql = temp_sql}, NULL));
    TRY(copy_begin(cx, tx, copy_sql, &copy));
    TRY(rows_copy(cx, csv, &copy));
    TRY(copy_end(cx, &copy, &copied));
    *foods = (size_t)copied;
    return pg_exec(cx, tx, &(struct pg_query){.sql = upsert_sql}, NULL);
}
