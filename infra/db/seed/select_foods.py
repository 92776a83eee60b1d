#!/usr/bin/env python3
"""Makes foods.csv, the project's food table, from FoodData Central's CSV files.

    select_foods.py --usda DIR [--out FILE]

DIR holds the folders sr_legacy/ and foundation/ in the layout of FDC's own archives. The foods are those of
foods.list and every one that a recipe in recipes/*.json uses. The output is the same for the same input:
sorted by fdc_id, numbers as the source writes them, blank where the source has no value. Blank is unknown,
never zero.

Layout and traps: fdc.nal.usda.gov, "Data dictionary of FoodData Central downloadable data".
"""

import argparse
import csv
import json
import re
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent

ENERGY = "1008"
# 1008 is what USDA itself calls the food's energy; 2048 uses the food's own factors, 2047 general ones.
ENERGY_BY_PRECEDENCE = ("1008", "2048", "2047")

# In the order of the columns: energy and macros, fats, vitamins, minerals, others.
NUTRIENTS = """
    1008 1003 1004 1005 1079 2000 1051 1018 1057
    1258 1292 1293 1257 1253 1316 1269 1404 1270 1278 1272
    1106 1105 1162 1114 1109 1185 1165 1166 1167 1210 1175 1190 1186 1178 1170 1176 1180
    1087 1096 1098 1099 1100 1089 1090 1101 1102 1091 1092 1103 1093 1095
""".split()

DATA_TYPES = {"sr_legacy_food": "sr_legacy", "foundation_food": "foundation"}
AMOUNT = re.compile(r"\d+(\.\d+)?")


class Refused(Exception):
    """The input is not what it should be; the words say where."""


def rows(path):
    with path.open(newline="", encoding="utf-8") as file:
        yield from csv.DictReader(file, strict=True)


def wanted_by_list(path):
    """fdc_id -> description, from lines `<fdc_id> <description>`."""
    wanted = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        fdc_id, _, description = line.partition(" ")
        if not fdc_id.isdigit() or not description:
            raise Refused(f"{path.name}:{number}: not `<fdc_id> <description>`")
        if int(fdc_id) in wanted:
            raise Refused(f"{path.name}:{number}: {fdc_id} is listed twice")
        wanted[int(fdc_id)] = description
    return wanted


def wanted_by_recipes(folder):
    return {
        line["fdc_id"]
        for path in sorted(folder.glob("*.json"))
        for recipe in json.loads(path.read_text(encoding="utf-8"))
        for line in recipe["ingredients"]
    }


def foods_read(folder, wanted):
    """The wanted foods of one release: fdc_id -> row of foods.csv, still without nutrients."""
    categories = {row["id"]: row["description"] for row in rows(folder / "food_category.csv")}
    current = folder / "foundation_food.csv"
    # food.csv of Foundation Foods also lists lab samples and superseded versions.
    ids = {row["fdc_id"] for row in rows(current)} if current.exists() else None
    foods = {}
    for row in rows(folder / "food.csv"):
        if int(row["fdc_id"]) not in wanted or (ids is not None and row["fdc_id"] not in ids):
            continue
        foods[int(row["fdc_id"])] = {
            "fdc_id": row["fdc_id"],
            "description": row["description"].strip(),
            "data_type": DATA_TYPES[row["data_type"]],
            "food_category": categories[row["food_category_id"]],
            "publication_date": row["publication_date"],
        }
    return foods


def nutrients_add(folder, foods):
    known = {row["id"] for row in rows(folder / "nutrient.csv")}
    missing = [nutrient for nutrient in NUTRIENTS if nutrient not in known]
    if missing:
        raise Refused(f"{folder / 'nutrient.csv'}: no nutrient {', '.join(missing)}")
    for row in rows(folder / "food_nutrient.csv"):
        food = foods.get(int(row["fdc_id"]))
        nutrient, amount = row["nutrient_id"], row["amount"]
        if food is None or amount == "" or nutrient not in (*NUTRIENTS, *ENERGY_BY_PRECEDENCE):
            continue
        if not AMOUNT.fullmatch(amount):
            raise Refused(f"{folder / 'food_nutrient.csv'}: {amount!r} of food {row['fdc_id']} is not an amount")
        food[nutrient] = amount
    for food in foods.values():
        energies = [food.pop(nutrient, None) for nutrient in ENERGY_BY_PRECEDENCE]
        food[ENERGY] = next((energy for energy in energies if energy is not None), "")


def select(usda):
    listed = wanted_by_list(HERE / "foods.list")
    wanted = wanted_by_recipes(HERE / "recipes") | listed.keys()
    foods = {}
    for release in ("sr_legacy", "foundation"):
        part = foods_read(usda / release, wanted)
        nutrients_add(usda / release, part)
        foods.update(part)
    for fdc_id in sorted(wanted):
        if fdc_id not in foods:
            raise Refused(f"food {fdc_id} is wanted and not in the data")
        if fdc_id in listed and listed[fdc_id] != foods[fdc_id]["description"]:
            raise Refused(f"foods.list: {fdc_id} is {foods[fdc_id]['description']!r}")
        if not foods[fdc_id][ENERGY]:
            raise Refused(f"food {fdc_id} has no energy: a plan could not count it")
    return [foods[fdc_id] for fdc_id in sorted(foods)]


def main():
    parser = argparse.ArgumentParser(description="Makes foods.csv from FoodData Central's CSV files.")
    parser.add_argument("--usda", type=Path, required=True, metavar="DIR")
    parser.add_argument("--out", type=Path, default=HERE / "foods.csv", metavar="FILE")
    arguments = parser.parse_args()
    try:
        foods = select(arguments.usda)
    except (Refused, OSError, csv.Error) as fault:
        sys.exit(f"select_foods: {fault}")
    head = ["fdc_id", "description", "data_type", "food_category", "publication_date"]
    with arguments.out.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, head + NUTRIENTS, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(foods)
    print(f"{len(foods)} foods -> {arguments.out}")


if __name__ == "__main__":
    main()
