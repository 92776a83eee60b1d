#include "infra/db/tool/food_value.h"

#include "shared/base/clock.h"
#include "shared/base/utf8.h"

enum { MAX_DESCRIPTION = 500 }; /* as the table's check says */
static const double MAX_AMOUNT =
    1e6; /* the greatest amount USDA lists is 45 g of potassium, in mg */

enum status food_id_read(struct ctx *cx, const struct csv *csv, size_t column, uint64_t *id)
{
    struct str text = csv_field(csv, column);
    int64_t value = 0;
    if (!str_to_i64(text, &value) || value <= 0 || value > INT32_MAX) {
        struct str name = csv_column_name(csv, column);
        return csv_refuse(cx, csv, STR_FMT " is not a positive whole number: \"%.40s\"",
                          STR_ARG(name), arena_cstr_copy(cx->arena, text));
    }
    *id = (uint64_t)value;
    return OK;
}

enum status food_description_check(struct ctx *cx, const struct csv *csv, struct str text)
{
    if (text.len == 0 || utf8_length(text) > MAX_DESCRIPTION) {
        return csv_refuse(cx, csv, "description: 1 to %d characters, not %zu", MAX_DESCRIPTION,
                          utf8_length(text));
    }
    return OK;
}

enum status food_date_check(struct ctx *cx, const struct csv *csv, struct str text)
{
    int32_t days = 0;
    if (text.len > 0 && !date_parse(text, &days)) {
        return csv_refuse(cx, csv, "not a date (YYYY-MM-DD): \"%.40s\"",
                          arena_cstr_copy(cx->arena, text));
    }
    return OK;
}

enum status food_amount_check(struct ctx *cx, const struct csv *csv, struct str text)
{
    double amount = 0;
    if (!str_to_f64(text, &amount) || !(amount >= 0 && amount <= MAX_AMOUNT)) {
        return csv_refuse(cx, csv, "not an amount: \"%.40s\"", arena_cstr_copy(cx->arena, text));
    }
    return OK;
}
