#include "shared/nutrition/dri.h"
#include "shared/nutrition/targets.h"

#include "tests/support/check.h"

#include <math.h>

/* A man of 30, 180 cm, 80 kg: resting 1780 kcal. */
static struct person man(void)
{
    return (struct person){.sex = SEX_MALE,
                           .age_years = 30,
                           .height_cm = 180,
                           .weight_kg = 80,
                           .activity = ACTIVITY_SEDENTARY};
}

/* A woman of 30, 165 cm, 60 kg: resting 1320.25 kcal. */
static struct person woman(void)
{
    return (struct person){.sex = SEX_FEMALE,
                           .age_years = 30,
                           .height_cm = 165,
                           .weight_kg = 60,
                           .activity = ACTIVITY_SEDENTARY};
}

static struct targets compute(struct person person)
{
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct targets targets;
    CHECK_STATUS(&t.cx, targets_compute(&t.cx, &person, &targets), OK);
    return targets;
}

static bool has_note(const struct targets *targets, const char *part)
{
    for (size_t i = 0; i < targets->note_count; i++) {
        if (strstr(targets->notes[i], part) != NULL) {
            return true;
        }
    }
    return false;
}

static void check_note(const char *name, const struct targets *targets, const char *part)
{
    if (part == NULL ? targets->note_count > 0 : !has_note(targets, part)) {
        print_error("%s: want %s, got %zu notes\n", name, part == NULL ? "no note" : part,
                    targets->note_count);
        for (size_t i = 0; i < targets->note_count; i++) {
            print_error("  %s\n", targets->notes[i]);
        }
        _fail(__FILE__, __LINE__);
    }
}

static void energy_follows_mifflin_and_activity(void **state)
{
    (void)state;
    struct person clerk = {.sex = SEX_FEMALE,
                           .age_years = 40,
                           .height_cm = 168,
                           .weight_kg = 65,
                           .activity = ACTIVITY_LIGHT};
    struct person builder = {.sex = SEX_MALE,
                             .age_years = 35,
                             .height_cm = 180,
                             .weight_kg = 80,
                             .activity = ACTIVITY_MODERATE};
    const struct {
        const char *name;
        struct person person;
        double resting, total, energy;
    } cases[] = {
        {"man of 30", man(), 1780, 2136, 2136},
        {"woman of 30", woman(), 1320.25, 1584.3, 1584},
        {"woman of 40, light", clerk, 1339, 1841.125, 1841},
        {"man of 35, moderate", builder, 1755, 2720.25, 2720},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct targets got = compute(cases[i].person);
        CHECK_NEAR(cases[i].name, got.resting_kcal, cases[i].resting, 1e-9);
        CHECK_NEAR(cases[i].name, got.total_kcal, cases[i].total, 1e-9);
        CHECK_NEAR(cases[i].name, got.energy_kcal, cases[i].energy, 0);
        check_note(cases[i].name, &got, NULL);
    }
    static const double factors[] = {1.2, 1.375, 1.55, 1.725, 1.9};
    for (size_t i = 0; i < ARRAY_LEN(factors); i++) {
        struct person person = man();
        person.activity = (enum activity)i;
        CHECK_NEAR("factor", compute(person).total_kcal, 1780 * factors[i], 1e-9);
    }
}

static struct person with(struct person person, uint32_t goals, enum activity activity)
{
    person.goals = goals;
    person.activity = activity;
    return person;
}

static struct person sized(struct person person, double height_cm, double weight_kg)
{
    person.height_cm = height_cm;
    person.weight_kg = weight_kg;
    return person;
}

static struct person aged(struct person person, int age_years, enum life_stage stage)
{
    person.age_years = age_years;
    person.life_stage = stage;
    return person;
}

static struct person eating(struct person person, diet_set diets)
{
    person.diets = diets;
    return person;
}

enum { LOSE = 1U << GOAL_WEIGHT_LOSS, GAIN = 1U << GOAL_MUSCLE_GAIN };

static void goal_and_life_stage_shift_energy_within_limits(void **state)
{
    (void)state;
    const struct person she = with(woman(), LOSE, ACTIVITY_LIGHT);
    const struct person he = with(man(), LOSE, ACTIVITY_LIGHT);
    const struct {
        const char *name;
        struct person person;
        double want; /* above the total */
        const char *note;
    } cases[] = {
        {"half a kilogram a week", he, -500, NULL},
        {"a quarter of the total", she, -453.84, NULL},
        {"1 % of body mass a week", sized(with(woman(), LOSE, ACTIVITY_VERY_ACTIVE), 140, 41), -451,
         NULL},
        {"gain", with(man(), GAIN, ACTIVITY_LIGHT), 300, NULL},
        {"both", with(man(), LOSE | GAIN, ACTIVITY_LIGHT), 0, "opposite"},
        {"heart", with(man(), 1U << GOAL_HEART_HEALTH, ACTIVITY_LIGHT), 0, NULL},
        {"index just under 18.5", sized(he, 180, 59.9), 0, "index under 18.5"},
        {"index just over 18.5", sized(he, 180, 60), -500, NULL},
        {"thin and gaining", sized(with(man(), GAIN, ACTIVITY_LIGHT), 180, 59), 300, NULL},
        {"17 years", aged(he, 17, LIFE_NONE), 0, "under 18"},
        {"18 years", aged(he, 18, LIFE_NONE), -500, NULL},
        {"first trimester", aged(she, 30, LIFE_PREGNANCY_1), 0, "during pregnancy"},
        {"second trimester", aged(she, 30, LIFE_PREGNANCY_2), 340, "during pregnancy"},
        {"third trimester", aged(woman(), 30, LIFE_PREGNANCY_3), 452, "stage of pregnancy"},
        {"breastfeeding, early", aged(she, 30, LIFE_LACTATION_0_6), 400, "first six months"},
        {"breastfeeding, late", aged(she, 30, LIFE_LACTATION_7_12), 380 - 453.84, "breastfeeding"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct targets got = compute(cases[i].person);
        CHECK_NEAR(cases[i].name, got.energy_kcal - got.total_kcal, cases[i].want, 0.51);
        CHECK_NEAR("whole", got.energy_kcal, round(got.energy_kcal), 0);
        check_note(cases[i].name, &got, cases[i].note);
    }
}

static void computed_energy_stays_between_floor_and_ceiling(void **state)
{
    (void)state;
    struct targets small = compute(sized(with(woman(), LOSE, ACTIVITY_SEDENTARY), 150, 50));
    CHECK_NEAR("woman's floor", small.energy_kcal, 1200, 0);
    check_note("woman's floor", &small, "raised to 1200");
    struct targets old = compute(aged(sized(man(), 150, 50), 90, LIFE_NONE));
    CHECK_NEAR("man's floor", old.energy_kcal, 1500, 0);
    check_note("man's floor", &old, "raised to 1500");
    struct targets giant = compute(sized(with(man(), GAIN, ACTIVITY_VERY_ACTIVE), 230, 300));
    CHECK_NEAR("ceiling", giant.energy_kcal, 5000, 0);
    check_note("ceiling", &giant, "held at 5000");
}

static void own_energy_is_used_as_it_is_or_refused(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        enum sex sex;
        int kcal;
        enum status want;
        const char *words;
    } cases[] = {
        {"woman under the floor", SEX_FEMALE, 1199, ERR_INFEASIBLE, "1200"},
        {"woman at the floor", SEX_FEMALE, 1200, OK, NULL},
        {"man under the floor", SEX_MALE, 1499, ERR_INFEASIBLE, "1500"},
        {"man at the floor", SEX_MALE, 1500, OK, NULL},
        {"negative", SEX_MALE, -1, ERR_INFEASIBLE, "1500"},
        {"at the ceiling", SEX_MALE, 5000, OK, NULL},
        {"above the ceiling", SEX_MALE, 5001, ERR_INFEASIBLE, "5000"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct person person = with(man(), LOSE, ACTIVITY_LIGHT);
        person.sex = cases[i].sex;
        person.own_energy_kcal = cases[i].kcal;
        struct targets got;
        CHECK_STATUS(&t.cx, targets_compute(&t.cx, &person, &got), cases[i].want);
        if (cases[i].want == OK) {
            CHECK_NEAR(cases[i].name, got.energy_kcal, cases[i].kcal, 0);
        } else {
            assert_non_null(strstr(t.cx.err.words, cases[i].words));
        }
    }
}

static void values_no_person_has_are_refused_by_name(void **state)
{
    (void)state;
    const struct {
        const char *name;
        struct person person;
        const char *words; /* NULL: taken */
    } cases[] = {
        {"height 120", sized(man(), 120, 80), NULL},
        {"height under", sized(man(), 119.9, 80), "height_cm"},
        {"height 230", sized(man(), 230, 80), NULL},
        {"height over", sized(man(), 230.1, 80), "height_cm"},
        {"height not a number", sized(man(), (double)NAN, 80), "height_cm"},
        {"weight 30", sized(man(), 180, 30), NULL},
        {"weight under", sized(man(), 180, 29.9), "weight_kg"},
        {"weight 300", sized(man(), 180, 300), NULL},
        {"weight over", sized(man(), 180, 300.1), "weight_kg"},
        {"age 14", aged(man(), 14, LIFE_NONE), NULL},
        {"age under", aged(man(), 13, LIFE_NONE), "age"},
        {"age 120", aged(man(), 120, LIFE_NONE), NULL},
        {"age over", aged(man(), 121, LIFE_NONE), "age"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct targets got;
        enum status status = targets_compute(&t.cx, &cases[i].person, &got);
        CHECK_I64(cases[i].name, status, cases[i].words == NULL ? OK : ERR_INCOMPLETE);
        if (cases[i].words != NULL) {
            assert_non_null(strstr(t.cx.err.words, cases[i].words));
        }
    }
}

enum {
    KETO = DIET_BIT(DIET_KETO),
    VEGAN = DIET_BIT(DIET_VEGAN),
    PALEO = DIET_BIT(DIET_PALEO),
    PCOS = DIET_BIT(DIET_PCOS),
};

static struct person spending(struct person person, int energy_kcal)
{
    person.own_energy_kcal = energy_kcal;
    return person;
}

static void protein_follows_weight_goal_and_diet(void **state)
{
    (void)state;
    struct person runner =
        sized(with(woman(), GAIN, ACTIVITY_SEDENTARY), 170, 85); /* wants 136 g */
    runner.own_energy_kcal = 2000;
    const struct {
        const char *name;
        struct person person;
        double want_g;
    } cases[] = {
        {"1.2 g/kg", spending(man(), 1800), 96},
        {"1.4 g/kg to lose", spending(with(man(), LOSE, ACTIVITY_MODERATE), 2200), 112},
        {"1.6 g/kg to gain", with(man(), GAIN, ACTIVITY_SEDENTARY), 128},
        {"20 % at least", sized(with(man(), 0, ACTIVITY_VERY_ACTIVE), 180, 60), 150},  /* of 3002 */
        {"28 % at most", sized(with(woman(), LOSE, ACTIVITY_SEDENTARY), 150, 66), 84}, /* of 1200 */
        {"weight at index 25 above 30", sized(with(man(), LOSE, ACTIVITY_SEDENTARY), 180, 98),
         113}, /* 81 kg */
        {"own weight at an index of 30", spending(sized(man(), 180, 97), 2200), 116},
        {"past 65", spending(aged(man(), 70, LIFE_NONE), 1800), 96},
        {"the RDA of pregnancy, 71 g",
         spending(aged(sized(woman(), 150, 45), 30, LIFE_PREGNANCY_1), 1300), 71},
        {"vegan, 22 % at most", eating(runner, VEGAN), 110},
        {"keto, 25 % at most", eating(runner, KETO), 125},
        {"keto and vegan, 22 % at most", eating(runner, KETO | VEGAN), 110},
        {"keto, 20 % at least", eating(sized(with(man(), 0, ACTIVITY_VERY_ACTIVE), 180, 60), KETO),
         150},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CHECK_NEAR(cases[i].name, compute(cases[i].person).protein_g, cases[i].want_g, 0);
    }
}

static void protein_keeps_the_rda_unless_it_passes_35_percent(void **state)
{
    (void)state;
    /* 105.8 kg at an index of 20: 84.6 g at 0.8 g/kg, 127 g at 1.2, 169 g at 1.6 */
    struct person tall = sized(with(man(), GAIN, ACTIVITY_SEDENTARY), 230, 105.8);
    tall.own_energy_kcal = 1500;
    CHECK_NEAR("28 % of 1500", compute(tall).protein_g, 105, 0);
    tall.sex = SEX_FEMALE;
    tall.life_stage = LIFE_LACTATION_7_12; /* 1.3 g/kg: 137.5 g, above 35 % of 1500 */
    struct targets nursing = compute(tall);
    CHECK_NEAR("35 % of 1500", nursing.protein_g, 131, 0);
    CHECK_NEAR("judged by the RDA", nursing.intake[N_PROTEIN].amount, 137.54, 1e-9);
    check_note("room", &nursing, "least carbohydrate was lowered");
    CHECK_NEAR("40 % left", nursing.carbohydrate_g.min, (95 - 131 * 4 / 15.0 - 20) / 100 * 1500 / 4,
               1e-9);
}

static void fat_and_carbohydrate_ranges_follow_the_diet(void **state)
{
    (void)state;
    const struct {
        const char *name;
        diet_set diets;
        int age_years;
        double fat_min, fat_max, carbohydrate_min, carbohydrate_max; /* percent */
    } cases[] = {
        {"any", 0, 30, 20, 35, 45, 65},
        {"up to 18 years", 0, 18, 25, 35, 45, 65},
        {"19 years", 0, 19, 20, 35, 45, 65},
        {"vegan", VEGAN, 30, 20, 35, 45, 65},
        {"paleo", PALEO, 30, 25, 55, 15, 50},
        {"pcos", PCOS, 30, 25, 40, 35, 50},
        {"paleo and pcos", PALEO | PCOS, 30, 25, 40, 35, 50},
        {"keto", KETO, 30, 65, 80, 0, 18}, /* 90 g of 2000 kcal */
        {"keto goes first", KETO | PALEO, 18, 65, 80, 0, 18},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct person person = eating(aged(man(), cases[i].age_years, LIFE_NONE), cases[i].diets);
        person.own_energy_kcal = 2000;
        struct targets got = compute(person);
        CHECK_NEAR(cases[i].name, got.fat_g.min * 9 / 20, cases[i].fat_min, 1e-9);
        CHECK_NEAR(cases[i].name, got.fat_g.max * 9 / 20, cases[i].fat_max, 1e-9);
        CHECK_NEAR(cases[i].name, got.carbohydrate_g.min * 4 / 20, cases[i].carbohydrate_min, 1e-9);
        CHECK_NEAR(cases[i].name, got.carbohydrate_g.max * 4 / 20, cases[i].carbohydrate_max, 1e-9);
        CHECK_NEAR("fibre", got.fibre_min_g, 28, 1e-9);
        CHECK_NEAR("sodium", got.sodium_max_mg, 2300, 0);
        bool keto = (cases[i].diets & KETO) != 0;
        CHECK_NEAR("saturated", got.saturated_max_g, keto ? 0 : 200.0 / 9, 1e-9);
        CHECK_NEAR("net carbohydrate", got.net_carbohydrate_max_g, keto ? 50 : 0, 1e-9);
        CHECK_I64("carbohydrate RDA", got.intake[N_CARBOHYDRATE].kind,
                  keto ? INTAKE_NONE : INTAKE_RDA);
    }
}

static void keto_net_carbohydrate_is_a_tenth_of_little_energy(void **state)
{
    (void)state;
    struct person person = eating(woman(), KETO);
    person.own_energy_kcal = 1200;
    struct targets got = compute(person);
    CHECK_NEAR("net", got.net_carbohydrate_max_g, 30, 1e-9);
    CHECK_NEAR("total", got.carbohydrate_g.max, 70, 1e-9);
}

/* 7 diets, 3 heights, weights, ages and energies, 6 life stages: the shares must be able to make
 * 100 %. */
static void ranges_can_always_be_met_together(void **state)
{
    (void)state;
    static const diet_set diets[] = {0, VEGAN, PALEO, PCOS, PALEO | PCOS, KETO, KETO | VEGAN};
    static const double heights[] = {120, 170, 230}, weights[] = {30, 75, 300};
    static const int ages[] = {14, 30, 120}, own[] = {0, 1500, 5000};
    for (size_t i = 0; i < 3402; i++) {
        size_t left = i;
        struct person person = eating(woman(), diets[left % 7]);
        person.height_cm = heights[(left /= 7) % 3];
        person.weight_kg = weights[(left /= 3) % 3];
        person.age_years = ages[(left /= 3) % 3];
        person.own_energy_kcal = own[(left /= 3) % 3];
        person.life_stage = (enum life_stage)((left / 3) % 6);
        person.goals = GAIN;
        struct targets got = compute(person);
        double least = got.protein_g * 4 + got.fat_g.min * 9 + got.carbohydrate_g.min * 4;
        double most = got.protein_g * 4 + got.fat_g.max * 9 + got.carbohydrate_g.max * 4;
        if (least > got.energy_kcal * 1.003 || most < got.energy_kcal) {
            print_error("case %zu: %g to %g of %g kcal\n", i, least, most, got.energy_kcal);
            _fail(__FILE__, __LINE__);
        }
    }
}

static void plant_diets_raise_iron_and_zinc(void **state)
{
    (void)state;
    const struct {
        const char *name;
        struct person person;
        double iron, zinc;
        const char *note;
    } cases[] = {
        {"any", woman(), 18, 8, NULL},
        {"pescatarian", eating(woman(), DIET_BIT(DIET_PESCATARIAN)), 18, 8, NULL},
        {"vegetarian", eating(woman(), DIET_BIT(DIET_VEGETARIAN)), 32.4, 8,
         "iron target is higher"},
        {"vegan", eating(woman(), VEGAN), 32.4, 12, "Iron and zinc"},
        {"vegan in pregnancy", aged(eating(woman(), VEGAN), 30, LIFE_PREGNANCY_1), 45, 16.5,
         "held at its upper level"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct targets got = compute(cases[i].person);
        CHECK_NEAR(cases[i].name, got.intake[N_IRON].amount, cases[i].iron, 1e-9);
        CHECK_NEAR(cases[i].name, got.intake[N_ZINC].amount, cases[i].zinc, 1e-9);
        check_note(cases[i].name, &got, cases[i].note);
    }
}

/* ---- the table of intakes ---- */

static void group_goes_by_stage_then_sex_then_age(void **state)
{
    (void)state;
    static const struct {
        enum sex sex;
        int age_years;
        enum life_stage stage;
        enum dri_group want;
    } cases[] = {
        {SEX_MALE, 14, LIFE_NONE, DRI_MALE_14},
        {SEX_MALE, 18, LIFE_NONE, DRI_MALE_14},
        {SEX_MALE, 19, LIFE_NONE, DRI_MALE_19},
        {SEX_MALE, 30, LIFE_NONE, DRI_MALE_19},
        {SEX_MALE, 31, LIFE_NONE, DRI_MALE_31},
        {SEX_MALE, 50, LIFE_NONE, DRI_MALE_31},
        {SEX_MALE, 51, LIFE_NONE, DRI_MALE_51},
        {SEX_MALE, 70, LIFE_NONE, DRI_MALE_51},
        {SEX_MALE, 71, LIFE_NONE, DRI_MALE_71},
        {SEX_FEMALE, 120, LIFE_NONE, DRI_FEMALE_71},
        {SEX_FEMALE, 18, LIFE_PREGNANCY_1, DRI_PREGNANT_14},
        {SEX_FEMALE, 19, LIFE_PREGNANCY_2, DRI_PREGNANT_19},
        {SEX_FEMALE, 52, LIFE_PREGNANCY_3, DRI_PREGNANT_31},
        {SEX_FEMALE, 14, LIFE_LACTATION_0_6, DRI_LACTATING_14},
        {SEX_FEMALE, 31, LIFE_LACTATION_7_12, DRI_LACTATING_31},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CHECK_I64("group", dri_group_of(cases[i].sex, cases[i].age_years, cases[i].stage),
                  cases[i].want);
    }
}

/* One amount or more of each column, all of them told apart from their neighbours. */
static void intakes_match_the_published_tables(void **state)
{
    (void)state;
    static const struct {
        enum dri_group group;
        int age_years;
        enum nutrient nutrient;
        enum intake_kind kind;
        double amount, upper;
    } cases[] = {
        {DRI_MALE_14, 16, N_MAGNESIUM, INTAKE_RDA, 410, 0},
        {DRI_MALE_14, 16, N_CALCIUM, INTAKE_RDA, 1300, 3000},
        {DRI_MALE_14, 16, N_VITAMIN_C, INTAKE_RDA, 75, 1800},
        {DRI_MALE_19, 25, N_MAGNESIUM, INTAKE_RDA, 400, 0},
        {DRI_MALE_19, 25, N_CHOLINE, INTAKE_AI, 550, 3500},
        {DRI_MALE_19, 25, N_WATER, INTAKE_AI, 3700, 0},
        {DRI_MALE_31, 40, N_MAGNESIUM, INTAKE_RDA, 420, 0},
        {DRI_MALE_31, 40, N_FLUORIDE, INTAKE_AI, 4000, 10000},
        {DRI_MALE_51, 60, N_VITAMIN_B6, INTAKE_RDA, 1.7, 100},
        {DRI_MALE_51, 60, N_CALCIUM, INTAKE_RDA, 1000, 2000},
        {DRI_MALE_71, 80, N_CALCIUM, INTAKE_RDA, 1200, 2000},
        {DRI_MALE_71, 80, N_VITAMIN_D, INTAKE_RDA, 20, 100},
        {DRI_MALE_71, 80, N_PHOSPHORUS, INTAKE_RDA, 700, 3000},
        {DRI_MALE_71, 80, N_CHLORIDE, INTAKE_AI, 1800, 3600},
        {DRI_FEMALE_14, 15, N_IRON, INTAKE_RDA, 15, 45},
        {DRI_FEMALE_14, 15, N_ZINC, INTAKE_RDA, 9, 34},
        {DRI_FEMALE_19, 25, N_IRON, INTAKE_RDA, 18, 45},
        {DRI_FEMALE_19, 25, N_MAGNESIUM, INTAKE_RDA, 310, 0},
        {DRI_FEMALE_31, 45, N_MAGNESIUM, INTAKE_RDA, 320, 0},
        {DRI_FEMALE_31, 45, N_FIBRE, INTAKE_AI, 25, 0},
        {DRI_FEMALE_51, 55, N_IRON, INTAKE_RDA, 8, 45},
        {DRI_FEMALE_51, 55, N_CALCIUM, INTAKE_RDA, 1200, 2000},
        {DRI_FEMALE_71, 75, N_VITAMIN_D, INTAKE_RDA, 20, 100},
        {DRI_FEMALE_71, 75, N_POTASSIUM, INTAKE_AI, 2600, 0},
        {DRI_PREGNANT_14, 17, N_CALCIUM, INTAKE_RDA, 1300, 3000},
        {DRI_PREGNANT_14, 17, N_PHOSPHORUS, INTAKE_RDA, 1250, 3500},
        {DRI_PREGNANT_19, 25, N_FOLATE, INTAKE_RDA, 600, 1000},
        {DRI_PREGNANT_19, 25, N_MAGNESIUM, INTAKE_RDA, 350, 0},
        {DRI_PREGNANT_31, 35, N_IRON, INTAKE_RDA, 27, 45},
        {DRI_PREGNANT_31, 35, N_MAGNESIUM, INTAKE_RDA, 360, 0},
        {DRI_PREGNANT_31, 35, N_PHOSPHORUS, INTAKE_RDA, 700, 3500},
        {DRI_LACTATING_14, 17, N_ZINC, INTAKE_RDA, 13, 34},
        {DRI_LACTATING_14, 17, N_PHOSPHORUS, INTAKE_RDA, 1250, 4000},
        {DRI_LACTATING_19, 25, N_VITAMIN_A, INTAKE_RDA, 1300, 3000},
        {DRI_LACTATING_19, 25, N_MAGNESIUM, INTAKE_RDA, 310, 0},
        {DRI_LACTATING_31, 35, N_MAGNESIUM, INTAKE_RDA, 320, 0},
        {DRI_LACTATING_31, 35, N_IODINE, INTAKE_RDA, 290, 1100},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct intake got = dri_intake(cases[i].group, cases[i].age_years, cases[i].nutrient);
        const char *key = nutrient_info(cases[i].nutrient)->key;
        CHECK_I64(key, got.kind, cases[i].kind);
        CHECK_NEAR(key, got.amount, cases[i].amount, 1e-9);
        CHECK_NEAR(key, got.upper, cases[i].upper, 1e-9);
    }
    CHECK_NEAR("protein, teen", dri_protein_g_per_kg(DRI_MALE_14), 0.85, 0);
    CHECK_NEAR("protein, pregnant", dri_protein_g_per_kg(DRI_PREGNANT_31), 1.1, 0);
}

static void every_intake_is_set_and_under_its_upper_level(void **state)
{
    (void)state;
    static const int ages[] = {16, 25, 40, 60, 80};
    for (size_t n = 0; n < DRI_NUTRIENT_COUNT; n++) {
        for (size_t g = 0; g < DRI_GROUP_COUNT; g++) {
            int age = g <= DRI_FEMALE_71 ? ages[g % 5] : ages[(g - DRI_PREGNANT_14) % 3];
            struct intake got = dri_intake((enum dri_group)g, age, (enum nutrient)n);
            const char *key = nutrient_info((enum nutrient)n)->key;
            assert_true(got.kind == INTAKE_RDA || got.kind == INTAKE_AI);
            if (got.amount <= 0 || (got.upper > 0 && got.amount >= got.upper)) {
                print_error("%s, group %zu: %g of %g\n", key, g, got.amount, got.upper);
                _fail(__FILE__, __LINE__);
            }
        }
    }
}

static void names_are_those_of_the_profile(void **state)
{
    (void)state;
    enum activity activity = ACTIVITY_ACTIVE;
    assert_true(activity_of_name(STR("very_active"), &activity));
    CHECK_I64("activity", activity, ACTIVITY_VERY_ACTIVE);
    assert_false(activity_of_name(STR("very active"), &activity));
    CHECK_I64("left as it was", activity, ACTIVITY_VERY_ACTIVE);
    enum goal goal = GOAL_MAINTENANCE;
    assert_true(goal_of_name(STR("digestive_health"), &goal));
    CHECK_I64("goal", goal, GOAL_DIGESTIVE_HEALTH);
    assert_false(goal_of_name(STR(""), &goal));
    enum life_stage stage = LIFE_NONE;
    assert_true(life_stage_of_name(STR("lactation_7_12"), &stage));
    CHECK_I64("stage", stage, LIFE_LACTATION_7_12);
    assert_false(life_stage_of_name(STR("lactation"), &stage));
    enum sex sex = SEX_FEMALE;
    assert_true(sex_of_name(STR("male"), &sex));
    CHECK_I64("sex", sex, SEX_MALE);
    assert_false(sex_of_name(STR("Male"), &sex));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(energy_follows_mifflin_and_activity),
        cmocka_unit_test(goal_and_life_stage_shift_energy_within_limits),
        cmocka_unit_test(computed_energy_stays_between_floor_and_ceiling),
        cmocka_unit_test(own_energy_is_used_as_it_is_or_refused),
        cmocka_unit_test(values_no_person_has_are_refused_by_name),
        cmocka_unit_test(protein_follows_weight_goal_and_diet),
        cmocka_unit_test(protein_keeps_the_rda_unless_it_passes_35_percent),
        cmocka_unit_test(fat_and_carbohydrate_ranges_follow_the_diet),
        cmocka_unit_test(keto_net_carbohydrate_is_a_tenth_of_little_energy),
        cmocka_unit_test(ranges_can_always_be_met_together),
        cmocka_unit_test(plant_diets_raise_iron_and_zinc),
        cmocka_unit_test(group_goes_by_stage_then_sex_then_age),
        cmocka_unit_test(intakes_match_the_published_tables),
        cmocka_unit_test(every_intake_is_set_and_under_its_upper_level),
        cmocka_unit_test(names_are_those_of_the_profile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
