#include "shared/nutrition/targets_json.h"

enum { DECIMALS = 9 };
/* Beyond any day of any person: a guard for sums, not a rule of nutrition. */
#define AMOUNT_MAX 1e6

/* The members that are one number. */
static const struct {
    const char *key;
    size_t offset;
    bool required;
} numbers[] = {
    {"resting_kcal", offsetof(struct targets, resting_kcal), false},
    {"total_kcal", offsetof(struct targets, total_kcal), false},
    {"energy_kcal", offsetof(struct targets, energy_kcal), true},
    {"protein_g", offsetof(struct targets, protein_g), true},
    {"net_carbohydrate_max_g", offsetof(struct targets, net_carbohydrate_max_g), false},
    {"fiber_min_g", offsetof(struct targets, fibre_min_g), false},
    {"saturated_max_g", offsetof(struct targets, saturated_max_g), false},
    {"sodium_max_mg", offsetof(struct targets, sodium_max_mg), false},
};

static const char *const kind_keys[] = {
    [INTAKE_NONE] = "none", [INTAKE_RDA] = "rda", [INTAKE_AI] = "ai"};

static void number_write(struct json_writer *w, const char *key, double value)
{
    if (value > 0) {
        json_member_fixed(w, key, value, DECIMALS);
    }
}

static void range_write(struct json_writer *w, const char *key, struct range range)
{
    json_member_object(w, key);
    json_member_fixed(w, "min", range.min, DECIMALS);
    json_member_fixed(w, "max", range.max, DECIMALS);
    json_object_end(w);
}

static void intake_write(struct json_writer *w, const struct targets *targets, unsigned nutrient)
{
    if (targets->intake[nutrient].kind == INTAKE_NONE && targets->intake[nutrient].upper <= 0) {
        return;
    }
    json_member_object(w, nutrient_info((enum nutrient)nutrient)->key);
    json_member_cstr(w, "kind", kind_keys[targets->intake[nutrient].kind]);
    number_write(w, "amount", targets->intake[nutrient].amount);
    number_write(w, "upper", targets->intake[nutrient].upper);
    json_object_end(w);
}

void targets_write(const struct targets *targets, struct json_writer *w)
{
    json_object_begin(w);
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
        double value = 0;
        memcpy(&value, (const char *)targets + numbers[i].offset, sizeof value);
        number_write(w, numbers[i].key, value);
    }
    range_write(w, "fat_g", targets->fat_g);
    range_write(w, "carbohydrate_g", targets->carbohydrate_g);
    json_member_object(w, "intake");
    for (unsigned i = 0; i < DRI_NUTRIENT_COUNT; i++) {
        intake_write(w, targets, i);
    }
    json_object_end(w);
    json_member_array(w, "notes");
    for (size_t i = 0; i < targets->note_count; i++) {
        json_cstr(w, targets->notes[i]);
    }
    json_array_end(w);
    json_object_end(w);
}

/* An absent member stays 0. */
static enum status number_read(struct ctx *cx, const struct json *object, const char *key,
                               double *value)
{
    const struct json *member = json_find(object, str_from_cstr(key));
    *value = 0;
    if (member == NULL) {
        return OK;
    }
    if (!json_is_f64(member, value) || *value < 0 || *value > AMOUNT_MAX) {
        return fail_public(cx, ERR_INVALID, "targets: %s must be a number from 0 to %.0f", key,
                           AMOUNT_MAX);
    }
    return OK;
}

static enum status range_read(struct ctx *cx, const struct json *object, const char *key,
                              struct range *range)
{
    const struct json *member = json_find(object, str_from_cstr(key));
    TRY(number_read(cx, member, "min", &range->min));
    TRY(number_read(cx, member, "max", &range->max));
    if (range->max <= 0 || range->min > range->max) {
        return fail_public(cx, ERR_INVALID, "targets: %s must be {\"min\", \"max\"}", key);
    }
    return OK;
}

static enum status intake_read(struct ctx *cx, const struct json *object, unsigned nutrient,
                               struct targets *targets)
{
    const char *key = nutrient_info((enum nutrient)nutrient)->key;
    const struct json *member = json_find(object, str_from_cstr(key));
    if (member == NULL) {
        return OK;
    }
    struct str kind = json_find_str(member, STR("kind"));
    if (str_eq(kind, STR("rda"))) {
        targets->intake[nutrient].kind = INTAKE_RDA;
    } else if (str_eq(kind, STR("ai"))) {
        targets->intake[nutrient].kind = INTAKE_AI;
    } else if (!str_eq(kind, STR("none"))) {
        return fail_public(cx, ERR_INVALID, "targets: intake.%s.kind must be rda, ai or none", key);
    }
    TRY(number_read(cx, member, "amount", &targets->intake[nutrient].amount));
    return number_read(cx, member, "upper", &targets->intake[nutrient].upper);
}

static void notes_read(struct ctx *cx, const struct json *notes, struct targets *targets)
{
    if (notes == NULL || notes->type != JSON_ARRAY) {
        return;
    }
    JSON_EACH (note, notes) {
        if (note->type == JSON_STRING && targets->note_count < ARRAY_LEN(targets->notes)) {
            targets->notes[targets->note_count++] = arena_cstr_copy(cx->arena, note->text);
        }
    }
}

enum status targets_read(struct ctx *cx, const struct json *json, struct targets *targets)
{
    *targets = (struct targets){0};
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
        double value = 0;
        TRY(number_read(cx, json, numbers[i].key, &value));
        if (numbers[i].required && value <= 0) {
            return fail_public(cx, ERR_INVALID, "targets: %s is required", numbers[i].key);
        }
        memcpy((char *)targets + numbers[i].offset, &value, sizeof value);
    }
    TRY(range_read(cx, json, "fat_g", &targets->fat_g));
    TRY(range_read(cx, json, "carbohydrate_g", &targets->carbohydrate_g));
    const struct json *intake = json_find(json, STR("intake"));
    for (unsigned i = 0; i < DRI_NUTRIENT_COUNT; i++) {
        TRY(intake_read(cx, intake, i, targets));
    }
    notes_read(cx, json_find(json, STR("notes")), targets);
    return OK;
}
