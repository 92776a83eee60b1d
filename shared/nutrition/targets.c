#include "shared/nutrition/targets.h"

#include "shared/nutrition/dri.h"

#include <assert.h>
#include <math.h>

enum { KCAL_PER_G_PROTEIN = 4, KCAL_PER_G_CARBOHYDRATE = 4, KCAL_PER_G_FAT = 9 };

/* ---- names ---- */

static bool name_index(struct str name, const char *const names[], size_t count, size_t *index)
{
    for (*index = 0; *index < count; (*index)++) {
        if (str_eq(name, str_from_cstr(names[*index]))) {
            return true;
        }
    }
    return false;
}

bool activity_of_name(struct str name, enum activity *activity)
{
    static const char *const names[] = {"sedentary", "light", "moderate", "active", "very_active"};
    size_t i = 0;
    bool found = name_index(name, names, ARRAY_LEN(names), &i);
    *activity = found ? (enum activity)i : *activity;
    return found;
}

bool goal_of_name(struct str name, enum goal *goal)
{
    static const char *const names[GOAL_COUNT] = {"maintenance",  "weight_loss",
                                                  "muscle_gain",  "energy_boost",
                                                  "heart_health", "digestive_health"};
    size_t i = 0;
    bool found = name_index(name, names, ARRAY_LEN(names), &i);
    *goal = found ? (enum goal)i : *goal;
    return found;
}

bool life_stage_of_name(struct str name, enum life_stage *stage)
{
    static const char *const names[] = {"none",        "pregnancy_1",   "pregnancy_2",
                                        "pregnancy_3", "lactation_0_6", "lactation_7_12"};
    size_t i = 0;
    bool found = name_index(name, names, ARRAY_LEN(names), &i);
    *stage = found ? (enum life_stage)i : *stage;
    return found;
}

bool sex_of_name(struct str name, enum sex *sex)
{
    static const char *const names[] = {"female", "male"};
    size_t i = 0;
    bool found = name_index(name, names, ARRAY_LEN(names), &i);
    *sex = found ? (enum sex)i : *sex;
    return found;
}

/* ---- the person ---- */

static bool has_goal(const struct person *person, enum goal goal)
{
    return (person->goals >> goal & 1U) != 0;
}

static bool keeps_all(diet_set diets, diet_set wanted)
{
    return (diets & wanted) == wanted;
}

static double bmi(const struct person *person)
{
    double height_m = person->height_cm / 100;
    return person->weight_kg / (height_m * height_m);
}

static void note(struct targets *targets, const char *sentence)
{
    assert(targets->note_count < ARRAY_LEN(targets->notes));
    targets->notes[targets->note_count++] = sentence;
}

/* Written so that a NaN is refused too. */
static enum status person_check(struct ctx *cx, const struct person *person)
{
    const struct {
        struct str path; /* the column a person would mend */
        const char *name;
        double value, min, max;
    } limits[] = {
        {STR_INIT("height_cm"), "height_cm", person->height_cm, 120, 230},
        {STR_INIT("weight_kg"), "weight_kg", person->weight_kg, 30, 300},
        {STR_INIT("date_of_birth"), "age in years", person->age_years, 14, 120},
    };
    for (size_t i = 0; i < ARRAY_LEN(limits); i++) {
        if (!(limits[i].value >= limits[i].min && limits[i].value <= limits[i].max)) {
            fail_field(cx, limits[i].path, "%s must be %g to %g", limits[i].name, limits[i].min,
                       limits[i].max);
            return fail_public(cx, ERR_INCOMPLETE, "%s must be %g to %g, not %g", limits[i].name,
                               limits[i].min, limits[i].max, limits[i].value);
        }
    }
    return OK;
}

/* ---- energy ---- */

enum { ENERGY_MAX_KCAL = 5000, GAIN_KCAL = 300 };

static double energy_floor(enum sex sex)
{
    return sex == SEX_MALE ? 1500 : 1200; /* NIH; AHA/ACC/TOS 2013 */
}

static double resting_kcal(const struct person *person)
{
    return 10 * person->weight_kg + 6.25 * person->height_cm - 5 * person->age_years +
           (person->sex == SEX_MALE ? 5 : -161);
}

static double activity_factor(enum activity activity)
{
    switch (activity) {
    case ACTIVITY_SEDENTARY:
        return 1.2;
    case ACTIVITY_LIGHT:
        return 1.375;
    case ACTIVITY_MODERATE:
        return 1.55;
    case ACTIVITY_ACTIVE:
        return 1.725;
    case ACTIVITY_VERY_ACTIVE:
        return 1.9;
    }
    return 1.2;
}

/* Dietary Reference Intakes for energy, IOM 2005: by trimester; exclusive, then partial feeding. */
static double life_stage_kcal(enum life_stage stage)
{
    switch (stage) {
    case LIFE_NONE:
    case LIFE_PREGNANCY_1:
        return 0;
    case LIFE_PREGNANCY_2:
        return 340;
    case LIFE_PREGNANCY_3:
        return 452;
    case LIFE_LACTATION_0_6:
        return 400;
    case LIFE_LACTATION_7_12:
        return 380;
    }
    return 0;
}

/* NULL if a deficit may be planned. */
static const char *deficit_refusal(const struct person *person)
{
    if (person->age_years < 18) {
        return "No deficit is planned for people under 18; energy is set to keep the weight.";
    }
    switch (person->life_stage) {
    case LIFE_PREGNANCY_1:
    case LIFE_PREGNANCY_2:
    case LIFE_PREGNANCY_3:
        return "No deficit is planned during pregnancy.";
    case LIFE_LACTATION_0_6:
        return "No deficit is planned in the first six months of breastfeeding.";
    case LIFE_NONE:
    case LIFE_LACTATION_7_12:
        break;
    }
    if (bmi(person) < 18.5) {
        return "No deficit is planned at a body mass index under 18.5; energy is set to keep the "
               "weight.";
    }
    return NULL;
}

/* Half a kilogram a week, but never more than a quarter of the energy, nor 1 % of body mass a week.
 */
static double deficit_kcal(const struct person *person, double total_kcal)
{
    double weekly_one_percent =
        7700.0 / 100 / 7 * person->weight_kg; /* 7700 kcal a kg, Hall 2011 */
    return fmin(500, fmin(total_kcal / 4, weekly_one_percent));
}

static double goal_kcal(const struct person *person, struct targets *targets)
{
    bool lose = has_goal(person, GOAL_WEIGHT_LOSS), gain = has_goal(person, GOAL_MUSCLE_GAIN);
    if (lose && gain) {
        note(targets,
             "Weight loss and muscle gain ask for opposite energy, so energy is set to keep "
             "the weight.");
        return 0;
    }
    if (gain) {
        return GAIN_KCAL;
    }
    const char *refusal = lose ? deficit_refusal(person) : NULL;
    if (refusal != NULL) {
        note(targets, refusal);
    }
    return lose && refusal == NULL ? -deficit_kcal(person, targets->total_kcal) : 0;
}

static double computed_energy(const struct person *person, struct targets *targets)
{
    double extra = life_stage_kcal(person->life_stage);
    if (extra > 0) {
        note(targets, person->life_stage <= LIFE_PREGNANCY_3
                          ? "Energy includes what this stage of pregnancy needs."
                          : "Energy includes what breastfeeding needs.");
    }
    double kcal = round(targets->total_kcal + extra + goal_kcal(person, targets));
    if (kcal < energy_floor(person->sex)) {
        note(targets, person->sex == SEX_MALE
                          ? "Energy was raised to 1500 kcal, the least a plan gives a man."
                          : "Energy was raised to 1200 kcal, the least a plan gives a woman.");
        return energy_floor(person->sex);
    }
    if (kcal > ENERGY_MAX_KCAL) {
        note(targets, "Energy was held at 5000 kcal, the most a plan gives.");
        return ENERGY_MAX_KCAL;
    }
    return kcal;
}

static enum status energy_set(struct ctx *cx, const struct person *person, struct targets *targets)
{
    targets->resting_kcal = resting_kcal(person);
    targets->total_kcal = targets->resting_kcal * activity_factor(person->activity);
    if (person->own_energy_kcal == 0) {
        targets->energy_kcal = computed_energy(person, targets);
        return OK;
    }
    if (person->own_energy_kcal < energy_floor(person->sex)) {
        return fail_public(
            cx, ERR_INFEASIBLE,
            "your own daily energy, %d kcal, is under %g kcal, the least a plan gives "
            "a %s",
            person->own_energy_kcal, energy_floor(person->sex),
            person->sex == SEX_MALE ? "man" : "woman");
    }
    if (person->own_energy_kcal > ENERGY_MAX_KCAL) {
        return fail_public(
            cx, ERR_INFEASIBLE,
            "your own daily energy, %d kcal, is above %d kcal, the most a plan gives",
            person->own_energy_kcal, (int)ENERGY_MAX_KCAL);
    }
    targets->energy_kcal = person->own_energy_kcal;
    return OK;
}

/* ---- protein, fat, carbohydrate: shares of energy in percent; the first row that fits holds ----
 */

static const struct protein_rule {
    diet_set diets;
    struct range percent;
} protein_rules[] = {
    /* The least shares give most people the 1.2..1.6 g/kg that the guidelines of 2025 advise, and
     * are what meals of the recipe book bring without bending them; all lie in the reference
     * ranges: keto 15..25, else the AMDR of 10..35. Plants reach 22 without isolates. */
    {DIET_BIT(DIET_KETO) | DIET_BIT(DIET_VEGAN), {18, 22}},
    {DIET_BIT(DIET_KETO), {20, 25}},
    {DIET_BIT(DIET_VEGAN), {15, 22}},
    {DIET_BIT(DIET_VEGETARIAN), {17, 28}},
    {0, {20, 28}},
};

static const struct fuel_rule {
    diet_set diets;
    struct range fat_percent, carbohydrate_percent;
} fuel_rules[] = {
    {DIET_BIT(DIET_KETO), {65, 80}, {0, 0}}, /* carbohydrate in grams: keto_set */
    {DIET_BIT(DIET_PALEO) | DIET_BIT(DIET_PCOS), {25, 40}, {35, 50}},
    {DIET_BIT(DIET_PALEO),
     {25, 55},
     {15, 50}}, /* no grains, pulses or milk: fat takes their place */
    {DIET_BIT(DIET_PCOS), {25, 40}, {35, 50}},
    {0, {20, 35}, {45, 65}}, /* AMDR, IOM 2005 */
};

enum { TEEN_FAT_MIN_PERCENT = 25 }; /* AMDR up to 18 years */

static double percent_g(double percent, double energy_kcal, int kcal_per_g)
{
    return percent / 100 * energy_kcal / kcal_per_g;
}

/* Over a BMI of 30 the weight at 25: fat tissue asks for little protein. */
static double protein_weight_kg(const struct person *person, struct targets *targets)
{
    if (bmi(person) <= 30) {
        return person->weight_kg;
    }
    note(targets, "Protein is counted on the weight at a body mass index of 25.");
    double height_m = person->height_cm / 100;
    return 25 * height_m * height_m;
}

/* Above the RDA for everyone, which also covers the 1.2 advised past 65 (ISSN; PROT-AGE 2013). */
static double protein_g_per_kg(const struct person *person)
{
    if (has_goal(person, GOAL_MUSCLE_GAIN)) {
        return 1.6;
    }
    return has_goal(person, GOAL_WEIGHT_LOSS) ? 1.4 : 1.2;
}

static void protein_set(const struct person *person, struct targets *targets)
{
    enum dri_group group = dri_group_of(person->sex, person->age_years, person->life_stage);
    double kg = protein_weight_kg(person, targets);
    double least_g = fmax(targets->intake[N_PROTEIN].amount, dri_protein_g_per_kg(group) * kg);
    targets->intake[N_PROTEIN].amount = least_g;

    size_t i = 0;
    while (!keeps_all(person->diets, protein_rules[i].diets)) {
        i++;
    }
    const struct range percent = protein_rules[i].percent;
    double min_g = percent_g(percent.min, targets->energy_kcal, KCAL_PER_G_PROTEIN);
    double max_g = percent_g(percent.max, targets->energy_kcal, KCAL_PER_G_PROTEIN);
    double amdr_max_g = percent_g(35, targets->energy_kcal, KCAL_PER_G_PROTEIN);
    double wanted_g = fmax(protein_g_per_kg(person) * kg, least_g);
    double held_g = fmin(fmax(wanted_g, min_g), max_g);
    targets->protein_g = round(fmax(held_g, fmin(least_g, amdr_max_g)));
}

/* At most 50 g of net carbohydrate, or a tenth of the energy; fibre comes on top. */
static void keto_set(struct targets *targets)
{
    enum { NET_MAX_G = 50, FIBRE_ROOM_G = 40 };
    double tenth_g = percent_g(10, targets->energy_kcal, KCAL_PER_G_CARBOHYDRATE);
    targets->net_carbohydrate_max_g = fmin(NET_MAX_G, tenth_g);
    targets->carbohydrate_g =
        (struct range){.min = 0, .max = targets->net_carbohydrate_max_g + FIBRE_ROOM_G};
    targets->saturated_max_g = 0;
    targets->intake[N_CARBOHYDRATE] = (struct intake){.kind = INTAKE_NONE};
}

/*
 * Room for carbohydrate beside a large protein target. The least shares may add up to 95 %: the
 * energy of real foods is not 4/4/9 of their parts, so that 100 % could not be met exactly.
 */
static double carbohydrate_min_percent(struct targets *targets, double fat_min, double wanted)
{
    double protein = targets->protein_g * KCAL_PER_G_PROTEIN / targets->energy_kcal * 100;
    double room = 95 - protein - fat_min;
    if (room >= wanted) {
        return wanted;
    }
    note(targets,
         "The least carbohydrate was lowered to make room for the protein this body weight "
         "needs.");
    return fmax(room, 0);
}

static void fuel_set(const struct person *person, struct targets *targets)
{
    size_t i = 0;
    while (!keeps_all(person->diets, fuel_rules[i].diets)) {
        i++;
    }
    struct range fat = fuel_rules[i].fat_percent;
    struct range carbohydrate = fuel_rules[i].carbohydrate_percent;
    double kcal = targets->energy_kcal;
    if (person->age_years < 19) {
        fat.min = fmax(fat.min, TEEN_FAT_MIN_PERCENT);
    }
    targets->fat_g = (struct range){.min = percent_g(fat.min, kcal, KCAL_PER_G_FAT),
                                    .max = percent_g(fat.max, kcal, KCAL_PER_G_FAT)};
    targets->saturated_max_g = percent_g(10, kcal, KCAL_PER_G_FAT);
    if (keeps_all(person->diets, DIET_BIT(DIET_KETO))) {
        keto_set(targets);
        return;
    }
    carbohydrate.min = carbohydrate_min_percent(targets, fat.min, carbohydrate.min);
    targets->carbohydrate_g =
        (struct range){.min = percent_g(carbohydrate.min, kcal, KCAL_PER_G_CARBOHYDRATE),
                       .max = percent_g(carbohydrate.max, kcal, KCAL_PER_G_CARBOHYDRATE)};
}

/* ---- vitamins and minerals ---- */

/* IOM 2001: iron from plants is taken up less; zinc where plants are the only source. */
static void plant_diet_adjust(diet_set diets, struct targets *targets)
{
    struct intake *iron = &targets->intake[N_IRON], *zinc = &targets->intake[N_ZINC];
    if ((diets & (DIET_BIT(DIET_VEGETARIAN) | DIET_BIT(DIET_VEGAN))) == 0) {
        return;
    }
    bool vegan = keeps_all(diets, DIET_BIT(DIET_VEGAN));
    iron->amount *= 1.8;
    zinc->amount *= vegan ? 1.5 : 1;
    note(targets, vegan ? "Iron and zinc targets are higher, since less is absorbed from plants."
                        : "The iron target is higher, since less is absorbed from plants.");
    if (iron->amount > iron->upper) {
        iron->amount = iron->upper;
        note(targets,
             "The iron target is held at its upper level; iron in pregnancy without meat is "
             "a question for a clinician.");
    }
}

static void intakes_set(const struct person *person, struct targets *targets)
{
    enum dri_group group = dri_group_of(person->sex, person->age_years, person->life_stage);
    for (size_t n = 0; n < DRI_NUTRIENT_COUNT; n++) {
        targets->intake[n] = dri_intake(group, person->age_years, (enum nutrient)n);
    }
    plant_diet_adjust(person->diets, targets);
    targets->sodium_max_mg = 2300; /* chronic disease risk reduction, 14 years and up, 2019 */
}

enum status targets_compute(struct ctx *cx, const struct person *person, struct targets *targets)
{
    *targets = (struct targets){0};
    TRY(person_check(cx, person));
    TRY(energy_set(cx, person, targets));
    intakes_set(person, targets);
    protein_set(person, targets);
    fuel_set(person, targets);
    targets->fibre_min_g = 14 * targets->energy_kcal / 1000; /* IOM 2005 */
    return OK;
}
