#include "functions/plan-generator/plan_json.h"

#include "shared/base/clock.h"
#include "shared/nutrition/targets_json.h"

static void macros_write(struct json_writer *w, const struct nutrient_sum *sum, double divide_by)
{
    static const enum nutrient shown[] = {N_ENERGY, N_PROTEIN, N_FAT, N_CARBOHYDRATE, N_FIBRE};
    json_member_object(w, "nutrition");
    for (size_t i = 0; i < ARRAY_LEN(shown); i++) {
        json_member_fixed(w, nutrient_info(shown[i])->key, sum->amount[shown[i]] / divide_by, 1);
    }
    json_object_end(w);
}

static void line_write(struct json_writer *w, const struct plan_line *line)
{
    json_object_begin(w);
    json_member_i64(w, "fdc_id", line->fdc_id);
    json_member_str(w, "name", line->name);
    json_member_fixed(w, "grams", line->grams, 1);
    json_object_end(w);
}

static void meal_write(struct json_writer *w, const struct plan_meal *meal,
                       const struct recipe *recipe)
{
    json_object_begin(w);
    json_member_str(w, "meal_type", meal->type);
    json_member_str(w, "recipe_id", meal->recipe_id);
    json_member_str(w, "title", meal->title);
    json_member_str(w, "cuisine", meal->cuisine);
    json_member_i64(w, "prep_minutes", recipe->prep_minutes);
    json_member_i64(w, "cook_minutes", recipe->cook_minutes);
    json_member_fixed(w, "servings", meal->servings, 2);
    json_member_bool(w, "completed", false);
    macros_write(w, &meal->sum, 1);
    json_member_array(w, "ingredients");
    for (size_t i = 0; i < meal->line_count; i++) {
        line_write(w, &meal->lines[i]);
    }
    json_array_end(w);
    json_member_raw(w, "instructions", recipe->instructions);
    json_object_end(w);
}

static void day_write(struct json_writer *w, const struct plan_day *day, const struct menu *menu)
{
    char date[11];
    date_format(day->date, date);
    json_object_begin(w);
    json_member_str(w, "day", day->name);
    json_member_cstr(w, "date", date);
    macros_write(w, &day->sum, 1);
    json_member_array(w, "meals");
    for (size_t m = 0; m < day->meal_count; m++) {
        meal_write(w, &day->meals[m], menu->dish[m]->recipe);
    }
    json_array_end(w);
    json_object_end(w);
}

/* Each nutrient's daily mean beside the share of the weight whose value is known: missing is not
 * zero. */
static void intake_write(struct json_writer *w, const struct plan_document *document)
{
    const struct nutrient_sum *sum = &document->plan->sum;
    json_member_array(w, "daily_intake");
    for (unsigned n = 0; n < DRI_NUTRIENT_COUNT; n++) {
        const struct nutrient_info *info = nutrient_info((enum nutrient)n);
        json_object_begin(w);
        json_member_cstr(w, "nutrient", info->key);
        json_member_cstr(w, "unit", info->unit);
        json_member_fixed(w, "amount", sum->amount[n] / WEEK_DAYS, 2);
        json_member_fixed(w, "target", document->targets->intake[n].amount, 2);
        json_member_fixed(w, "coverage", nutrient_sum_coverage(sum, (enum nutrient)n), 3);
        json_object_end(w);
    }
    json_array_end(w);
}

static int variety_score(const struct week *week)
{
    size_t meals = (size_t)WEEK_DAYS * MEAL_TYPE_COUNT;
    size_t cuisines = week->cuisines < 10 ? week->cuisines : 10;
    return (int)(50 * week->unique_dishes / meals + 50 * cuisines / 10);
}

static void requests_write(struct json_writer *w, const struct plan_input *input)
{
    json_member_array(w, "special_requests");
    for (size_t i = 0; i < input->special_request_count; i++) {
        json_str(w, input->special_requests[i]);
    }
    json_array_end(w);
}

static void notes_write(struct ctx *cx, struct json_writer *w, const struct plan_document *document)
{
    json_member_array(w, "notes");
    for (size_t i = 0; i < document->targets->note_count; i++) {
        json_cstr(w, document->targets->notes[i]);
    }
    if (document->input->special_request_count > 0) {
        json_cstr(w,
                  "Special requests are kept with the plan; without a model they changed nothing.");
    }
    for (size_t i = 0; i < document->unheard_count; i++) {
        json_str(w, arena_format(cx->arena,
                                 "No food of the book is known as \"" STR_FMT
                                 "\", so that word kept nothing out; check its spelling.",
                                 STR_ARG(document->unheard[i])));
    }
    json_array_end(w);
}

enum status plan_document_write(struct ctx *cx, const struct plan_document *document,
                                struct str *json)
{
    const struct plan *plan = document->plan;
    char start[11];
    date_format(plan->days[0].date, start);
    struct buf buf = buf_in(cx->arena, PLAN_DATA_MAX_BYTES);
    struct json_writer writer = json_writer_on(&buf), *w = &writer;
    json_object_begin(w);
    json_member_i64(w, "version", 1);
    json_member_cstr(w, "week_start_date", start);
    json_member_i64(w, "seed", (int64_t)document->seed);
    json_key(w, STR("targets"));
    targets_write(document->targets, w);
    json_member_array(w, "days");
    for (size_t d = 0; d < plan->day_count; d++) {
        day_write(w, &plan->days[d], &document->week->days[d].menu);
    }
    json_array_end(w);
    json_member_i64(w, "total_recipes", (int64_t)WEEK_DAYS * MEAL_TYPE_COUNT);
    json_member_i64(w, "unique_recipes", (int64_t)document->week->unique_dishes);
    json_member_i64(w, "variety_score", variety_score(document->week));
    macros_write(w, &plan->sum, WEEK_DAYS);
    intake_write(w, document);
    json_key(w, STR("findings"));
    verdict_write(plan, document->verdict, w);
    notes_write(cx, w, document);
    requests_write(w, document->input);
    json_member_str(w, "mood", document->input->preferences.mood);
    extras_write(cx, w, document->week, plan, &document->extras);
    json_object_end(w);
    *json = buf_str(&buf);
    return buf.full ? fail(cx, ERR_INTERNAL, "the plan passes %d bytes", PLAN_DATA_MAX_BYTES) : OK;
}

static void deviation_write(struct json_writer *w, const char *name, double actual, double target)
{
    json_member_fixed(w, name, target > 0 ? (actual - target) / target * 100 : 0, 3);
}

struct str plan_accuracy(struct ctx *cx, const struct plan *plan, const struct targets *targets)
{
    const double *amount = plan->sum.amount;
    struct buf buf = buf_in(cx->arena, KIB(1));
    struct json_writer w = json_writer_on(&buf);
    json_object_begin(&w);
    deviation_write(&w, "calories_deviation", amount[N_ENERGY] / WEEK_DAYS, targets->energy_kcal);
    deviation_write(&w, "protein_deviation", amount[N_PROTEIN] / WEEK_DAYS, targets->protein_g);
    /* ranges have no one target: the deviation is from the middle */
    deviation_write(&w, "fat_deviation", amount[N_FAT] / WEEK_DAYS,
                    (targets->fat_g.min + targets->fat_g.max) / 2);
    deviation_write(&w, "carbohydrates_deviation", amount[N_CARBOHYDRATE] / WEEK_DAYS,
                    (targets->carbohydrate_g.min + targets->carbohydrate_g.max) / 2);
    json_object_end(&w);
    return buf_str(&buf);
}

enum { THEME_CUISINES = 3, THEME_MAX_BYTES = 190 };

static size_t servings_of(const struct week *week, unsigned cuisine, struct str *name)
{
    size_t count = 0;
    for (size_t d = 0; d < WEEK_DAYS; d++) {
        for (size_t m = 0; m < MEAL_SNACK; m++) {
            const struct dish *dish = week->days[d].menu.dish[m];
            if (dish->cuisine == cuisine) {
                *name = dish->recipe->cuisine;
                count++;
            }
        }
    }
    return count;
}

static bool is_named(const unsigned *named, size_t count, unsigned cuisine)
{
    size_t i = 0;
    while (i < count && named[i] != cuisine) {
        i++;
    }
    return i < count;
}

/* The cuisine eaten most among those not named yet; the first served wins a tie. */
static bool next_cuisine(const struct week *week, const unsigned *named, size_t count,
                         unsigned *next, struct str *name)
{
    size_t most = 0;
    for (size_t i = 0; i < (size_t)WEEK_DAYS * MEAL_SNACK; i++) {
        unsigned cuisine = week->days[i / MEAL_SNACK].menu.dish[i % MEAL_SNACK]->cuisine;
        struct str words = {0};
        size_t servings = is_named(named, count, cuisine) ? 0 : servings_of(week, cuisine, &words);
        if (servings > most) {
            most = servings;
            *next = cuisine;
            *name = words;
        }
    }
    return most > 0;
}

static char upper(char c)
{
    return (char)(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
}

static const char *const focus_words[FOCUS_COUNT] = {
    [FOCUS_PROTEIN] = "High-protein ",
    [FOCUS_CARBOHYDRATE] = "High-carbohydrate ",
    [FOCUS_FAT] = "Higher-fat ",
};

static void add_capitalised(struct buf *buf, struct str word)
{
    buf_add_char(buf, upper(word.ptr[0]));
    buf_add(buf, str_slice(word, 1, word.len));
}

struct str week_theme(struct ctx *cx, const struct week *week, const struct plan_input *input)
{
    unsigned named[THEME_CUISINES];
    struct str names[THEME_CUISINES];
    size_t count = 0;
    while (count < THEME_CUISINES &&
           next_cuisine(week, named, count, &named[count], &names[count])) {
        count++;
    }
    struct buf buf = buf_in(cx->arena, THEME_MAX_BYTES);
    for (size_t i = 0; i < input->preferences.focus_count; i++) {
        buf_addf(&buf, "%s", focus_words[input->preferences.focus[i]]);
    }
    for (size_t i = 0; i < count; i++) {
        buf_addf(&buf, "%s", i == 0 ? "" : i + 1 == count ? " and " : ", ");
        add_capitalised(&buf, names[i]);
    }
    buf_add(&buf, STR(" week"));
    return buf_str(&buf);
}
