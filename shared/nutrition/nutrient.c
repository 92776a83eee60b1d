#include "shared/nutrition/nutrient.h"

#include <assert.h>
#include <limits.h>

static_assert(NUTRIENT_COUNT <= 64, "food.known has a bit per nutrient");

const struct nutrient_info *nutrient_info(enum nutrient nutrient)
{
    static const struct nutrient_info infos[NUTRIENT_COUNT] = {
#define NUTRIENT_INFO(name, json_key, said, measure, id, second)                                   \
    [name] = {                                                                                     \
        .key = (json_key),                                                                         \
        .words = (said),                                                                           \
        .unit = (measure),                                                                         \
        .fdc_id = (id),                                                                            \
        .second_fdc_id = (second),                                                                 \
    },
        NUTRIENT_LIST(NUTRIENT_INFO)
#undef NUTRIENT_INFO
    };
    assert(nutrient < NUTRIENT_COUNT);
    return &infos[nutrient];
}

/*
 * The list's ids as the labels of one switch. Where it says 0, the label is a negative number that
 * no other line has and that no look-up brings.
 */
enum nutrient nutrient_of_fdc_id(int fdc_id)
{
    if (fdc_id <= 0) {
        return NUTRIENT_COUNT;
    }
    switch (fdc_id) {
#define NUTRIENT_CASES(name, key, words, unit, id, second)                                         \
    case (id) != 0 ? (id):                                                                         \
        -1 - (int)(name)                                                                           \
            : case (second) !=                                                                     \
                0                                                                                  \
            ? (second)                                                                             \
            : -1 - (int)NUTRIENT_COUNT - (int)(name) : return name;
        NUTRIENT_LIST(NUTRIENT_CASES)
#undef NUTRIENT_CASES
    default:
        return NUTRIENT_COUNT;
    }
}

/* ---- a food's nutrients ----
 * A plan reads 400 foods of 46 members, so the flat object is read in one pass, without the tree
 * that json_read would build. The database has already refused what is no JSON. */

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void skip_space(struct str *s)
{
    while (s->len > 0 && is_space(*s->ptr)) {
        *s = str_slice(*s, 1, s->len);
    }
}

static bool take_char(struct str *s, char c)
{
    skip_space(s);
    if (s->len == 0 || *s->ptr != c) {
        return false;
    }
    *s = str_slice(*s, 1, s->len);
    return true;
}

/* Up to a quote: ids are digits, so a name with an escape is no id and fails to convert. */
static bool take_id(struct str *s, int64_t *id)
{
    if (!take_char(s, '"')) {
        return false;
    }
    size_t end = str_find_char(*s, '"');
    if (end == SIZE_MAX || !str_to_i64(str_slice(*s, 0, end), id) || *id <= 0) {
        return false;
    }
    *s = str_slice(*s, end + 1, s->len);
    return true;
}

static bool take_amount(struct str *s, double *amount)
{
    skip_space(s);
    size_t end = 0;
    while (end < s->len && s->ptr[end] != ',' && s->ptr[end] != '}' && !is_space(s->ptr[end])) {
        end++;
    }
    if (!str_to_f64(str_slice(*s, 0, end), amount) || *amount < 0) {
        return false;
    }
    *s = str_slice(*s, end, s->len);
    return true;
}

static void food_put(struct food *food, int64_t id, double amount)
{
    enum nutrient nutrient = id > INT_MAX ? NUTRIENT_COUNT : nutrient_of_fdc_id((int)id);
    if (nutrient == NUTRIENT_COUNT) {
        return;
    }
    uint64_t bit = UINT64_C(1) << nutrient;
    bool is_second = nutrient_info(nutrient)->fdc_id != (int)id;
    if (is_second && (food->known & bit) != 0) {
        return; /* the first id came before it */
    }
    food->known |= bit;
    food->per_100g[nutrient] = amount;
}

static bool members_read(struct str json, struct food *food)
{
    if (!take_char(&json, '{')) {
        return false;
    }
    bool more = !take_char(&json, '}');
    while (more) {
        int64_t id = 0;
        double amount = 0;
        if (!take_id(&json, &id) || !take_char(&json, ':') || !take_amount(&json, &amount)) {
            return false;
        }
        food_put(food, id, amount);
        more = take_char(&json, ',');
        if (!more && !take_char(&json, '}')) {
            return false;
        }
    }
    skip_space(&json);
    return json.len == 0;
}

enum status food_nutrients_read(struct ctx *cx, struct str json, struct food *food)
{
    food->known = 0;
    memset(food->per_100g, 0, sizeof food->per_100g);
    if (!members_read(json, food)) {
        return fail(cx, ERR_INTERNAL,
                    "food %d: its nutrients are no JSON object of amounts by FDC nutrient id",
                    (int)food->fdc_id);
    }
    return OK;
}

/* ---- sums ---- */

void nutrient_sum_add(struct nutrient_sum *sum, const struct food *food, double grams)
{
    sum->grams += grams;
    for (size_t n = 0; n < NUTRIENT_COUNT; n++) {
        bool known = (food->known >> n & 1U) != 0;
        sum->amount[n] += known ? food->per_100g[n] * grams / 100 : 0;
        sum->known_grams[n] += known ? grams : 0;
    }
}

void nutrient_sum_merge(struct nutrient_sum *sum, const struct nutrient_sum *other)
{
    sum->grams += other->grams;
    for (size_t n = 0; n < NUTRIENT_COUNT; n++) {
        sum->amount[n] += other->amount[n];
        sum->known_grams[n] += other->known_grams[n];
    }
}

double nutrient_sum_coverage(const struct nutrient_sum *sum, enum nutrient nutrient)
{
    assert(nutrient < NUTRIENT_COUNT);
    if (sum->grams <= 0) {
        return 1;
    }
    double share = sum->known_grams[nutrient] / sum->grams;
    return share > 1 ? 1 : share; /* the two were added up in different orders */
}

double nutrient_sum_net_carbohydrate(const struct nutrient_sum *sum)
{
    double net = sum->amount[N_CARBOHYDRATE] - sum->amount[N_FIBRE];
    return net > 0 ? net : 0;
}
