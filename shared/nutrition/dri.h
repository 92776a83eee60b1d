/*
 * Dietary Reference Intakes as a table: what a healthy person of that sex, age and life stage
 * should take in a day (RDA, or AI where there is no RDA), and the upper level. Source: National
 * Academies, Dietary Reference Intakes 1997-2011; sodium and potassium 2019. Who may need other
 * amounts, and what a diet changes, is targets.c's part.
 */
#pragma once

#include "shared/nutrition/targets.h"

/* The columns of the tables, in the order of the source. */
enum dri_group {
    DRI_MALE_14,
    DRI_MALE_19,
    DRI_MALE_31,
    DRI_MALE_51,
    DRI_MALE_71,
    DRI_FEMALE_14,
    DRI_FEMALE_19,
    DRI_FEMALE_31,
    DRI_FEMALE_51,
    DRI_FEMALE_71,
    DRI_PREGNANT_14,
    DRI_PREGNANT_19,
    DRI_PREGNANT_31,
    DRI_LACTATING_14,
    DRI_LACTATING_19,
    DRI_LACTATING_31,
    DRI_GROUP_COUNT
};

/*
 * A life stage goes before sex; pregnant and lactating people over 50 are read in the column that
 * ends there. `age_years` is at least 14.
 */
enum dri_group dri_group_of(enum sex sex, int age_years, enum life_stage stage);

/* Amounts in the unit of nutrient.h. */
struct intake dri_intake(enum dri_group group, int age_years, enum nutrient nutrient);

/* RDA of protein per kg of body weight. */
double dri_protein_g_per_kg(enum dri_group group);
