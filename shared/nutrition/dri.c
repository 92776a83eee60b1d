#include "shared/nutrition/dri.h"

#include <assert.h>

/* An upper level has one column for both sexes; pregnancy and lactation have that of their age. */
enum upper_band { UPPER_14, UPPER_19, UPPER_51, UPPER_71, UPPER_BAND_COUNT };

enum { PHOSPHORUS_UPPER_PREGNANT_MG = 3500 }; /* the one exception to that */

struct dri_row {
    enum intake_kind kind;
    double amount[DRI_GROUP_COUNT];
    double upper[UPPER_BAND_COUNT]; /* 0: none is set, or it counts supplements alone */
};

/*
 * Left out on purpose: the upper levels of vitamin E, niacin and magnesium, which count only what
 * is not food by nature, and one for sodium, which since 2019 has a chronic disease risk reduction
 * intake instead (`targets.sodium_max_mg`). Fluoride and chloride are in the units of nutrient.h,
 * a thousandth of the source's; water is in g, all of it, from drinks too.
 */
// clang-format off
static const struct dri_row rows[DRI_NUTRIENT_COUNT] = {
    /* kind, {men 14, 19, 31, 51, 71,  women 14, 19, 31, 51, 71,
     *        pregnant 14, 19, 31,  lactating 14, 19, 31}, {upper 14, 19, 51, 71} */
    [N_PROTEIN] = {INTAKE_RDA,
        {52, 56, 56, 56, 56,  46, 46, 46, 46, 46,
         71, 71, 71,  71, 71, 71},
        {0}},
    [N_CARBOHYDRATE] = {INTAKE_RDA,
        {130, 130, 130, 130, 130,  130, 130, 130, 130, 130,
         175, 175, 175,  210, 210, 210},
        {0}},
    [N_FIBRE] = {INTAKE_AI,
        {38, 38, 38, 30, 30,  26, 25, 25, 21, 21,
         28, 28, 28,  29, 29, 29},
        {0}},
    [N_LINOLEIC] = {INTAKE_AI,
        {16, 17, 17, 14, 14,  11, 12, 12, 11, 11,
         13, 13, 13,  13, 13, 13},
        {0}},
    [N_ALPHA_LINOLENIC] = {INTAKE_AI,
        {1.6, 1.6, 1.6, 1.6, 1.6,  1.1, 1.1, 1.1, 1.1, 1.1,
         1.4, 1.4, 1.4,  1.3, 1.3, 1.3},
        {0}},
    [N_WATER] = {INTAKE_AI,
        {3300, 3700, 3700, 3700, 3700,  2300, 2700, 2700, 2700, 2700,
         3000, 3000, 3000,  3800, 3800, 3800},
        {0}},
    [N_VITAMIN_A] = {INTAKE_RDA,
        {900, 900, 900, 900, 900,  700, 700, 700, 700, 700,
         750, 770, 770,  1200, 1300, 1300},
        {2800, 3000, 3000, 3000}},
    [N_VITAMIN_C] = {INTAKE_RDA,
        {75, 90, 90, 90, 90,  65, 75, 75, 75, 75,
         80, 85, 85,  115, 120, 120},
        {1800, 2000, 2000, 2000}},
    [N_VITAMIN_D] = {INTAKE_RDA,
        {15, 15, 15, 15, 20,  15, 15, 15, 15, 20,
         15, 15, 15,  15, 15, 15},
        {100, 100, 100, 100}},
    [N_VITAMIN_E] = {INTAKE_RDA,
        {15, 15, 15, 15, 15,  15, 15, 15, 15, 15,
         15, 15, 15,  19, 19, 19},
        {0}},
    [N_VITAMIN_K] = {INTAKE_AI,
        {75, 120, 120, 120, 120,  75, 90, 90, 90, 90,
         75, 90, 90,  75, 90, 90},
        {0}},
    [N_THIAMIN] = {INTAKE_RDA,
        {1.2, 1.2, 1.2, 1.2, 1.2,  1, 1.1, 1.1, 1.1, 1.1,
         1.4, 1.4, 1.4,  1.4, 1.4, 1.4},
        {0}},
    [N_RIBOFLAVIN] = {INTAKE_RDA,
        {1.3, 1.3, 1.3, 1.3, 1.3,  1, 1.1, 1.1, 1.1, 1.1,
         1.4, 1.4, 1.4,  1.6, 1.6, 1.6},
        {0}},
    [N_NIACIN] = {INTAKE_RDA,
        {16, 16, 16, 16, 16,  14, 14, 14, 14, 14,
         18, 18, 18,  17, 17, 17},
        {0}},
    [N_VITAMIN_B6] = {INTAKE_RDA,
        {1.3, 1.3, 1.3, 1.7, 1.7,  1.2, 1.3, 1.3, 1.5, 1.5,
         1.9, 1.9, 1.9,  2, 2, 2},
        {80, 100, 100, 100}},
    [N_FOLATE] = {INTAKE_RDA,
        {400, 400, 400, 400, 400,  400, 400, 400, 400, 400,
         600, 600, 600,  500, 500, 500},
        {800, 1000, 1000, 1000}},
    [N_VITAMIN_B12] = {INTAKE_RDA,
        {2.4, 2.4, 2.4, 2.4, 2.4,  2.4, 2.4, 2.4, 2.4, 2.4,
         2.6, 2.6, 2.6,  2.8, 2.8, 2.8},
        {0}},
    [N_PANTOTHENIC] = {INTAKE_AI,
        {5, 5, 5, 5, 5,  5, 5, 5, 5, 5,
         6, 6, 6,  7, 7, 7},
        {0}},
    [N_BIOTIN] = {INTAKE_AI,
        {25, 30, 30, 30, 30,  25, 30, 30, 30, 30,
         30, 30, 30,  35, 35, 35},
        {0}},
    [N_CHOLINE] = {INTAKE_AI,
        {550, 550, 550, 550, 550,  400, 425, 425, 425, 425,
         450, 450, 450,  550, 550, 550},
        {3000, 3500, 3500, 3500}},
    [N_CALCIUM] = {INTAKE_RDA,
        {1300, 1000, 1000, 1000, 1200,  1300, 1000, 1000, 1200, 1200,
         1300, 1000, 1000,  1300, 1000, 1000},
        {3000, 2500, 2000, 2000}},
    [N_CHROMIUM] = {INTAKE_AI,
        {35, 35, 35, 30, 30,  24, 25, 25, 20, 20,
         29, 30, 30,  44, 45, 45},
        {0}},
    [N_COPPER] = {INTAKE_RDA,
        {0.89, 0.9, 0.9, 0.9, 0.9,  0.89, 0.9, 0.9, 0.9, 0.9,
         1, 1, 1,  1.3, 1.3, 1.3},
        {8, 10, 10, 10}},
    [N_FLUORIDE] = {INTAKE_AI,
        {3000, 4000, 4000, 4000, 4000,  3000, 3000, 3000, 3000, 3000,
         3000, 3000, 3000,  3000, 3000, 3000},
        {10000, 10000, 10000, 10000}},
    [N_IODINE] = {INTAKE_RDA,
        {150, 150, 150, 150, 150,  150, 150, 150, 150, 150,
         220, 220, 220,  290, 290, 290},
        {900, 1100, 1100, 1100}},
    [N_IRON] = {INTAKE_RDA,
        {11, 8, 8, 8, 8,  15, 18, 18, 8, 8,
         27, 27, 27,  10, 9, 9},
        {45, 45, 45, 45}},
    [N_MAGNESIUM] = {INTAKE_RDA,
        {410, 400, 420, 420, 420,  360, 310, 320, 320, 320,
         400, 350, 360,  360, 310, 320},
        {0}},
    [N_MANGANESE] = {INTAKE_AI,
        {2.2, 2.3, 2.3, 2.3, 2.3,  1.6, 1.8, 1.8, 1.8, 1.8,
         2, 2, 2,  2.6, 2.6, 2.6},
        {9, 11, 11, 11}},
    [N_MOLYBDENUM] = {INTAKE_RDA,
        {43, 45, 45, 45, 45,  43, 45, 45, 45, 45,
         50, 50, 50,  50, 50, 50},
        {1700, 2000, 2000, 2000}},
    [N_PHOSPHORUS] = {INTAKE_RDA,
        {1250, 700, 700, 700, 700,  1250, 700, 700, 700, 700,
         1250, 700, 700,  1250, 700, 700},
        {4000, 4000, 4000, 3000}},
    [N_POTASSIUM] = {INTAKE_AI,
        {3000, 3400, 3400, 3400, 3400,  2300, 2600, 2600, 2600, 2600,
         2600, 2900, 2900,  2500, 2800, 2800},
        {0}},
    [N_SELENIUM] = {INTAKE_RDA,
        {55, 55, 55, 55, 55,  55, 55, 55, 55, 55,
         60, 60, 60,  70, 70, 70},
        {400, 400, 400, 400}},
    [N_SODIUM] = {INTAKE_AI,
        {1500, 1500, 1500, 1500, 1500,  1500, 1500, 1500, 1500, 1500,
         1500, 1500, 1500,  1500, 1500, 1500},
        {0}},
    [N_ZINC] = {INTAKE_RDA,
        {11, 11, 11, 11, 11,  9, 8, 8, 8, 8,
         12, 11, 11,  13, 12, 12},
        {34, 40, 40, 40}},
    [N_CHLORIDE] = {INTAKE_AI,
        {2300, 2300, 2300, 2000, 1800,  2300, 2300, 2300, 2000, 1800,
         2300, 2300, 2300,  2300, 2300, 2300},
        {3600, 3600, 3600, 3600}},
};
// clang-format on

static const double protein_g_per_kg[DRI_GROUP_COUNT] = {
    0.85, 0.80, 0.80, 0.80, 0.80, 0.85, 0.80, 0.80, 0.80, 0.80, 1.1, 1.1, 1.1, 1.3, 1.3, 1.3,
};

/* How many bands above the youngest; `bands` is how many the column has. */
static int age_band(int age_years, int bands)
{
    static const int starts[] = {19, 31, 51, 71};
    int band = 0;
    while (band < bands - 1 && age_years >= starts[band]) {
        band++;
    }
    return band;
}

enum dri_group dri_group_of(enum sex sex, int age_years, enum life_stage stage)
{
    switch (stage) {
    case LIFE_PREGNANCY_1:
    case LIFE_PREGNANCY_2:
    case LIFE_PREGNANCY_3:
        return (enum dri_group)(DRI_PREGNANT_14 + age_band(age_years, 3));
    case LIFE_LACTATION_0_6:
    case LIFE_LACTATION_7_12:
        return (enum dri_group)(DRI_LACTATING_14 + age_band(age_years, 3));
    case LIFE_NONE:
        break;
    }
    int first = sex == SEX_MALE ? DRI_MALE_14 : DRI_FEMALE_14;
    return (enum dri_group)(first + age_band(age_years, 5));
}

static enum upper_band upper_band_of(int age_years)
{
    if (age_years < 19) {
        return UPPER_14;
    }
    if (age_years < 51) {
        return UPPER_19;
    }
    return age_years < 71 ? UPPER_51 : UPPER_71;
}

struct intake dri_intake(enum dri_group group, int age_years, enum nutrient nutrient)
{
    assert(group < DRI_GROUP_COUNT && (int)nutrient < (int)DRI_NUTRIENT_COUNT);
    const struct dri_row *row = &rows[nutrient];
    struct intake intake = {
        .kind = row->kind,
        .amount = row->amount[group],
        .upper = row->upper[upper_band_of(age_years)],
    };
    if (nutrient == N_PHOSPHORUS && group >= DRI_PREGNANT_14 && group <= DRI_PREGNANT_31) {
        intake.upper = PHOSPHORUS_UPPER_PREGNANT_MG;
    }
    return intake;
}

double dri_protein_g_per_kg(enum dri_group group)
{
    assert(group < DRI_GROUP_COUNT);
    return protein_g_per_kg[group];
}
