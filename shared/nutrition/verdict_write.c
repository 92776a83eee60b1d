#include "shared/nutrition/verdict.h"

static const char *const severity_keys[] = {
    [SEVERITY_INFO] = "info",
    [SEVERITY_WARNING] = "warning",
    [SEVERITY_ERROR] = "error",
};

const char *severity_key(enum severity severity)
{
    return severity_keys[severity];
}

static void place_write(const struct plan *plan, const struct finding *finding,
                        struct json_writer *w)
{
    if (finding->day == VERDICT_WEEK) {
        return;
    }
    struct arena *arena = w->buf->arena;
    const struct plan_day *day = &plan->days[finding->day];
    json_member_str(w, "day", plan_day_words(arena, plan, (size_t)finding->day));
    json_member_i64(w, "day_index", finding->day);
    if (finding->meal >= 0) {
        json_member_str(w, "meal", plan_meal_words(arena, day, (size_t)finding->meal));
        json_member_i64(w, "meal_index", finding->meal);
    }
}

static void numbers_write(const struct finding *finding, struct json_writer *w)
{
    if (finding->nutrient == NUTRIENT_COUNT) {
        return;
    }
    const struct nutrient_info *info = nutrient_info(finding->nutrient);
    json_member_cstr(w, "nutrient", info->key);
    json_member_fixed(w, "actual", finding->actual, 3);
    if (finding->min > 0) {
        json_member_fixed(w, "min", finding->min, 3);
    }
    if (finding->max > 0) {
        json_member_fixed(w, "max", finding->max, 3);
    }
    json_member_cstr(w, "unit", info->unit);
    json_member_fixed(w, "coverage", finding->coverage, 3);
}

static void finding_write(const struct plan *plan, const struct finding *finding,
                          struct json_writer *w)
{
    json_object_begin(w);
    json_member_cstr(w, "rule", finding->rule);
    json_member_cstr(w, "severity", severity_key(finding->severity));
    place_write(plan, finding, w);
    numbers_write(finding, w);
    if (finding->line.len > 0) {
        json_member_object(w, "evidence");
        json_member_str(w, "line", finding->line);
        if (finding->word.len > 0) {
            json_member_str(w, "word", finding->word);
        }
        json_object_end(w);
    }
    json_member_str(w, "message", finding->message);
    if (finding->mend.len > 0) {
        json_member_str(w, "mend", finding->mend);
    }
    json_object_end(w);
}

void verdict_write(const struct plan *plan, const struct verdict *verdict, struct json_writer *w)
{
    json_array_begin(w);
    for (size_t i = 0; i < verdict->count && i < VERDICT_WRITE_MAX; i++) {
        finding_write(plan, &verdict->findings[i], w);
    }
    json_array_end(w);
}
