#include "functions/nutrition-validator/respond.h"

#include "shared/base/clock.h"
#include "shared/nutrition/verdict_intake.h"

/* Lambda takes 6,291,556 bytes in all, and the envelope writes each quote and backslash as two. */
enum { LAMBDA_MAX_BYTES = 6 * 1024 * 1024 + 100, ENVELOPE_BYTES = 1024 };
enum { ANSWER_MAX_BYTES = (LAMBDA_MAX_BYTES - ENVELOPE_BYTES) / 2 };

static void nutrition_write(struct json_writer *w, const char *key, const struct nutrient_sum *sum,
                            double days)
{
    json_member_object(w, key);
    for (size_t i = 0; i < DEVIATION_COUNT; i++) {
        enum nutrient nutrient = deviation_names[i].nutrient;
        json_member_fixed(w, nutrient_info(nutrient)->key, sum->amount[nutrient] / days, 2);
    }
    json_object_end(w);
}

static void deviations_write(struct json_writer *w, const char *key,
                             const struct deviations *deviations)
{
    json_member_object(w, key);
    for (size_t i = 0; i < DEVIATION_COUNT; i++) {
        if (i != DEVIATION_FIBER || deviations->has_fiber) {
            json_member_fixed(w, deviation_names[i].key, deviations->percent[i], 2);
        }
    }
    json_object_end(w);
}

static void texts_write(struct json_writer *w, const char *key, const struct str *texts,
                        size_t count)
{
    json_member_array(w, key);
    for (size_t i = 0; i < count; i++) {
        json_str(w, texts[i]);
    }
    json_array_end(w);
}

static void day_name_write(struct json_writer *w, const struct plan *plan, size_t day)
{
    json_member_str(w, "day", plan_day_words(w->buf->arena, plan, day));
    if (plan->days[day].date != PLAN_NO_DATE) {
        char date[11];
        date_format(plan->days[day].date, date);
        json_member_cstr(w, "date", date);
    }
}

static void per_day_write(struct json_writer *w, const struct validation *v)
{
    json_member_array(w, "per_day");
    for (size_t d = 0; d < v->plan->day_count; d++) {
        json_object_begin(w);
        day_name_write(w, v->plan, d);
        nutrition_write(w, "nutrition", &v->plan->days[d].sum, 1);
        deviations_write(w, "deviations", &v->days[d]);
        json_member_bool(w, "is_valid", v->day_is_valid[d]);
        json_object_end(w);
    }
    json_array_end(w);
}

static const char *const kind_keys[] = {
    [INTAKE_NONE] = NULL, [INTAKE_RDA] = "rda", [INTAKE_AI] = "ai"};

static void nutrient_write(struct json_writer *w, const struct validation *v,
                           enum nutrient nutrient)
{
    struct intake_mean intake = intake_mean_of(v->plan, &v->rules->targets, nutrient);
    json_object_begin(w);
    json_member_cstr(w, "key", nutrient_info(nutrient)->key);
    json_member_cstr(w, "unit", nutrient_info(nutrient)->unit);
    json_member_fixed(w, "daily_mean", intake.mean, 3);
    json_member_fixed(w, "coverage", intake.coverage, 3);
    if (intake.coverage < 1) {
        json_member_fixed(w, "lower_bound", intake.mean, 3);
        if (intake.coverage > 0) {
            json_member_fixed(w, "estimate", intake.estimate, 3);
        }
    }
    if (intake.target > 0) {
        json_member_fixed(w, "target", intake.target, 3);
        json_member_cstr(w, "kind", kind_keys[intake.kind]);
        json_member_fixed(w, "percent", 100 * intake.mean / intake.target, 1);
    }
    if (intake.upper > 0) {
        json_member_fixed(w, "upper_limit", intake.upper, 3);
    }
    json_member_cstr(w, "verdict", intake_state_key(intake.state));
    json_object_end(w);
}

static void nutrients_write(struct json_writer *w, const struct validation *v)
{
    json_member_array(w, "nutrients");
    for (unsigned i = 0; i < NUTRIENT_COUNT; i++) {
        nutrient_write(w, v, (enum nutrient)i);
    }
    json_array_end(w);
}

static void meal_write(struct json_writer *w, const struct plan_meal *meal)
{
    json_object_begin(w);
    if (meal->type.len > 0) {
        json_member_str(w, "meal_type", meal->type);
    }
    if (meal->recipe_id.len > 0) {
        json_member_str(w, "recipe_id", meal->recipe_id);
    }
    if (meal->title.len > 0) {
        json_member_str(w, "recipe_title", meal->title);
    }
    nutrition_write(w, "nutrition", &meal->sum, 1);
    json_member_cstr(w, "calculation_method", "usda_calculated");
    json_object_end(w);
}

/* Meals without data are in missing_nutrition_data, not here as zeros. */
static void breakdown_write(struct json_writer *w, const struct plan *plan)
{
    json_member_array(w, "detailed_breakdown");
    for (size_t d = 0; d < plan->day_count; d++) {
        json_object_begin(w);
        day_name_write(w, plan, d);
        nutrition_write(w, "nutrition", &plan->days[d].sum, 1);
        json_member_array(w, "meals");
        for (size_t m = 0; m < plan->days[d].meal_count; m++) {
            if (!plan->days[d].meals[m].unknown) {
                meal_write(w, &plan->days[d].meals[m]);
            }
        }
        json_array_end(w);
        json_object_end(w);
    }
    json_array_end(w);
}

static void proof_line_write(struct json_writer *w, size_t day, size_t meal,
                             const struct plan_line *line)
{
    json_object_begin(w);
    json_member_i64(w, "day_index", (int64_t)day);
    json_member_i64(w, "meal_index", (int64_t)meal);
    json_member_i64(w, "fdc_id", line->fdc_id);
    json_member_str(w, "name", line->name);
    json_member_fixed(w, "grams", line->grams, 3);
    if (line->food != NULL) {
        struct nutrient_sum sum = {0};
        nutrient_sum_add(&sum, line->food, line->grams);
        json_member_str(w, "food", line->food->description);
        nutrition_write(w, "nutrition", &sum, 1);
    }
    json_object_end(w);
}

/* Each line with what it gives, so that somebody else can add it up again. */
static void proof_write(struct json_writer *w, const struct plan *plan)
{
    json_member_array(w, "proof");
    for (size_t d = 0; d < plan->day_count; d++) {
        for (size_t m = 0; m < plan->days[d].meal_count; m++) {
            const struct plan_meal *meal = &plan->days[d].meals[m];
            for (size_t i = 0; i < meal->line_count; i++) {
                proof_line_write(w, d, m, &meal->lines[i]);
            }
        }
    }
    json_array_end(w);
}

static void validation_write(struct json_writer *w, const struct validation *v, bool detailed)
{
    json_member_object(w, "validation");
    json_member_bool(w, "is_valid", v->is_valid);
    nutrition_write(w, "total_nutrition", &v->plan->sum, 1);
    nutrition_write(w, "daily_average", &v->plan->sum, (double)v->plan->day_count);
    deviations_write(w, "target_deviations", &v->mean);
    json_member_bool(w, "within_threshold", v->mean.within);
    texts_write(w, "missing_nutrition_data", v->missing, v->missing_count);
    texts_write(w, "suggestions", v->suggestions, v->suggestion_count);
    json_member_i64(w, "errors", (int64_t)v->verdict.errors);
    json_member_i64(w, "warnings", (int64_t)v->verdict.warnings);
    json_key(w, STR("findings"));
    verdict_write(v->plan, &v->verdict, w);
    if (v->verdict.count > VERDICT_WRITE_MAX) {
        json_member_i64(w, "findings_dropped", (int64_t)(v->verdict.count - VERDICT_WRITE_MAX));
    }
    per_day_write(w, v);
    nutrients_write(w, v);
    if (detailed) {
        breakdown_write(w, v->plan);
        proof_write(w, v->plan);
    }
    json_object_end(w);
}

enum status validation_respond(struct ctx *cx, const struct validation *validation, bool detailed,
                               int64_t now_ms, struct http_answer *answer)
{
    struct buf buf = buf_in(cx->arena, ANSWER_MAX_BYTES);
    struct json_writer w = json_writer_on(&buf);
    char timestamp[25];
    timestamp_format(now_ms, timestamp);
    json_object_begin(&w);
    json_member_bool(&w, "success", true);
    validation_write(&w, validation, detailed);
    json_member_cstr(&w, "timestamp", timestamp);
    json_object_end(&w);
    if (buf.full) {
        return fail_public(cx, ERR_TOO_LARGE,
                           "the answer is too large; ask without detailed_breakdown");
    }
    answer->status = 200;
    answer->body = buf_str(&buf);
    return OK;
}
