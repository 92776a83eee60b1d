/*
 * The nutrients we know, the foods that carry them, and sums with their coverage. Amounts are per
 * 100 g of a food, in the unit of the table. Missing is not zero: each sum knows which share of
 * the weight had a value. Source of ids and units: USDA FoodData Central, nutrient.csv; the first
 * 35 are those with a Dietary Reference Intake (National Academies, 1997-2023).
 */
#pragma once

#include "shared/base/ctx.h"
#include "shared/json/json.h"

/* enum, key in JSON, words, unit, FDC nutrient id, second id to look for when the first is absent
 * (0: none) */
#define NUTRIENT_LIST(X)                                                                           \
    X(N_PROTEIN, "protein", "protein", "g", 1003, 0)                                               \
    X(N_CARBOHYDRATE, "carbohydrates", "carbohydrate", "g", 1005, 0)                               \
    X(N_FIBRE, "fiber", "fibre", "g", 1079, 0)                                                     \
    X(N_LINOLEIC, "linoleic_acid", "linoleic acid", "g", 1316, 1269)                               \
    X(N_ALPHA_LINOLENIC, "alpha_linolenic_acid", "alpha-linolenic acid", "g", 1404, 1270)          \
    X(N_WATER, "water", "water", "g", 1051, 0)                                                     \
    X(N_VITAMIN_A, "vitamin_a", "vitamin A", "ug", 1106, 0)                                        \
    X(N_VITAMIN_C, "vitamin_c", "vitamin C", "mg", 1162, 0)                                        \
    X(N_VITAMIN_D, "vitamin_d", "vitamin D", "ug", 1114, 0)                                        \
    X(N_VITAMIN_E, "vitamin_e", "vitamin E", "mg", 1109, 0)                                        \
    X(N_VITAMIN_K, "vitamin_k", "vitamin K", "ug", 1185, 0)                                        \
    X(N_THIAMIN, "thiamin", "thiamin", "mg", 1165, 0)                                              \
    X(N_RIBOFLAVIN, "riboflavin", "riboflavin", "mg", 1166, 0)                                     \
    X(N_NIACIN, "niacin", "niacin", "mg", 1167, 0)                                                 \
    X(N_VITAMIN_B6, "vitamin_b6", "vitamin B6", "mg", 1175, 0)                                     \
    X(N_FOLATE, "folate", "folate", "ug", 1190, 0)                                                 \
    X(N_VITAMIN_B12, "vitamin_b12", "vitamin B12", "ug", 1178, 0)                                  \
    X(N_PANTOTHENIC, "pantothenic_acid", "pantothenic acid", "mg", 1170, 0)                        \
    X(N_BIOTIN, "biotin", "biotin", "ug", 1176, 0)                                                 \
    X(N_CHOLINE, "choline", "choline", "mg", 1180, 0)                                              \
    X(N_CALCIUM, "calcium", "calcium", "mg", 1087, 0)                                              \
    X(N_CHROMIUM, "chromium", "chromium", "ug", 1096, 0)                                           \
    X(N_COPPER, "copper", "copper", "mg", 1098, 0)                                                 \
    X(N_FLUORIDE, "fluoride", "fluoride", "ug", 1099, 0)                                           \
    X(N_IODINE, "iodine", "iodine", "ug", 1100, 0)                                                 \
    X(N_IRON, "iron", "iron", "mg", 1089, 0)                                                       \
    X(N_MAGNESIUM, "magnesium", "magnesium", "mg", 1090, 0)                                        \
    X(N_MANGANESE, "manganese", "manganese", "mg", 1101, 0)                                        \
    X(N_MOLYBDENUM, "molybdenum", "molybdenum", "ug", 1102, 0)                                     \
    X(N_PHOSPHORUS, "phosphorus", "phosphorus", "mg", 1091, 0)                                     \
    X(N_POTASSIUM, "potassium", "potassium", "mg", 1092, 0)                                        \
    X(N_SELENIUM, "selenium", "selenium", "ug", 1103, 0)                                           \
    X(N_SODIUM, "sodium", "sodium", "mg", 1093, 0)                                                 \
    X(N_ZINC, "zinc", "zinc", "mg", 1095, 0)                                                       \
    X(N_CHLORIDE, "chloride", "chloride", "mg", 0, 0)                                              \
    X(N_ENERGY, "calories", "energy", "kcal", 1008, 0)                                             \
    X(N_FAT, "fat", "fat", "g", 1004, 0)                                                           \
    X(N_SATURATED, "saturated_fat", "saturated fat", "g", 1258, 0)                                 \
    X(N_SUGARS, "sugar", "sugars", "g", 2000, 0)                                                   \
    X(N_RETINOL, "retinol", "retinol", "ug", 1105, 0)                                              \
    X(N_FOLIC_ACID, "folic_acid", "folic acid", "ug", 1186, 0)                                     \
    X(N_CHOLESTEROL, "cholesterol", "cholesterol", "mg", 1253, 0)                                  \
    X(N_ALCOHOL, "alcohol", "alcohol", "g", 1018, 0)                                               \
    X(N_CAFFEINE, "caffeine", "caffeine", "mg", 1057, 0)

enum nutrient {
#define NUTRIENT_ENUM(name, key, words, unit, id, second) name,
    NUTRIENT_LIST(NUTRIENT_ENUM)
#undef NUTRIENT_ENUM
        NUTRIENT_COUNT
};
enum { DRI_NUTRIENT_COUNT = N_CHLORIDE + 1 }; /* the first 35 */

struct nutrient_info {
    const char *key, *words, *unit;
    int fdc_id, second_fdc_id;
};
const struct nutrient_info *nutrient_info(enum nutrient nutrient);
/* The nutrient of an FDC id (first or second), or NUTRIENT_COUNT. */
enum nutrient nutrient_of_fdc_id(int fdc_id);

struct food {
    int32_t fdc_id;
    struct str description; /* USDA's */
    struct str category;
    uint64_t known; /* bit per nutrient */
    double per_100g[NUTRIENT_COUNT];
};

/*
 * Reads a food's nutrients from the JSON object kept in the food table: {"1008": 52, "1003": 0.26}.
 * Ids we do not know are passed over.
 *
 * ERR_INTERNAL  not such an object
 */
enum status food_nutrients_read(struct ctx *cx, struct str json, struct food *food) MUST_CHECK;

/* Sums over weighed foods. Zero is the empty sum. */
struct nutrient_sum {
    double grams;
    double amount[NUTRIENT_COUNT];
    double known_grams[NUTRIENT_COUNT]; /* weight of the foods that had a value */
};
void nutrient_sum_add(struct nutrient_sum *sum, const struct food *food, double grams);
void nutrient_sum_merge(struct nutrient_sum *sum, const struct nutrient_sum *other);
/* Share of the weight whose value is known, 0..1; 1 for an empty sum. */
double nutrient_sum_coverage(const struct nutrient_sum *sum, enum nutrient nutrient);
/* Carbohydrate less fibre, at least 0. */
double nutrient_sum_net_carbohydrate(const struct nutrient_sum *sum);
