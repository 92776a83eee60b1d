/*
 * From a person to a day's targets. Energy: Mifflin-St Jeor (Am J Clin Nutr 1990;51:241) times
 * activity, then life stage, goal and floor. Protein by body weight and goal; fat and carbohydrate
 * as ranges (AMDR, IOM 2005); vitamins and minerals by Dietary Reference Intakes (National
 * Academies 1997-2019) for sex, age and life stage. For healthy people; nothing here is medical
 * advice.
 */
#pragma once

#include "shared/nutrition/diet.h"
#include "shared/nutrition/nutrient.h"

enum sex { SEX_FEMALE, SEX_MALE };
enum activity {
    ACTIVITY_SEDENTARY,
    ACTIVITY_LIGHT,
    ACTIVITY_MODERATE,
    ACTIVITY_ACTIVE,
    ACTIVITY_VERY_ACTIVE
};
enum goal {
    GOAL_MAINTENANCE,
    GOAL_WEIGHT_LOSS,
    GOAL_MUSCLE_GAIN,
    GOAL_ENERGY_BOOST,
    GOAL_HEART_HEALTH,
    GOAL_DIGESTIVE_HEALTH,
    GOAL_COUNT
};
enum life_stage {
    LIFE_NONE,
    LIFE_PREGNANCY_1,
    LIFE_PREGNANCY_2,
    LIFE_PREGNANCY_3,
    LIFE_LACTATION_0_6,
    LIFE_LACTATION_7_12
};

struct person {
    enum sex sex;
    int age_years; /* 14..120; younger is refused */
    double height_cm, weight_kg;
    enum activity activity;
    uint32_t goals; /* bit per enum goal; none: maintenance */
    enum life_stage life_stage;
    diet_set diets;
    int own_energy_kcal; /* the person's own daily energy; 0: computed */
};

/* Names as in the profile's columns; false if there is no such name. */
bool activity_of_name(struct str name, enum activity *activity);
bool goal_of_name(struct str name, enum goal *goal);
bool life_stage_of_name(struct str name, enum life_stage *stage);
bool sex_of_name(struct str name, enum sex *sex);

struct range {
    double min, max;
};

enum intake_kind { INTAKE_NONE, INTAKE_RDA, INTAKE_AI };

struct intake {
    enum intake_kind kind;
    double amount; /* per day, unit of the nutrient */
    double upper;  /* 0: none, or none that counts food; vitamin A's counts retinol alone, folate's
                      folic acid alone */
};

struct targets {
    double resting_kcal, total_kcal; /* Mifflin-St Jeor; times activity */
    double energy_kcal;              /* to hit, whole */
    double protein_g;                /* to hit, whole */
    struct range fat_g, carbohydrate_g;
    double net_carbohydrate_max_g; /* keto; 0: no such rule. Keto has no carbohydrate RDA either */
    double fibre_min_g;            /* 14 g per 1000 kcal; information, not a failure */
    double saturated_max_g;        /* 10 % of energy; 0 under keto */
    double sodium_max_mg;
    struct intake intake[DRI_NUTRIENT_COUNT];
    const char *notes[8]; /* static sentences on what was adjusted: "No deficit is planned ..." */
    size_t note_count;
};

/*
 * Energy computed here is raised to the floor (1200 kcal women, 1500 men) and held at 5000 kcal,
 * with a note; the person's own is used as it is, or refused.
 *
 * ERR_INCOMPLETE
 *     a value outside what people are (height 120..230 cm, weight 30..300 kg, age 14..120); the
 *     words name it and are public
 * ERR_INFEASIBLE
 *     the person's own energy lies under the floor or above 5000 kcal; the words say which and are
 *     public
 */
enum status targets_compute(struct ctx *cx, const struct person *person,
                            struct targets *targets) MUST_CHECK;
