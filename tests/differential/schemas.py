"""JSON Schema, ours beside python3-jsonschema and ajv, on schemas and values that are made up from a seed.

    schemas.py JUDGE [--seed N] [--count N] [--ajv FOLDER]

JUDGE is the program of judge.c. Every verdict of ours that is not python3-jsonschema's is printed, with ajv's where there is one;
1 is returned if both of the others are against us, or the only one there is. Draft 2020-12; formats are annotations.
"""
import argparse
import json
import random
import subprocess
import sys

import jsonschema

NAMES = ["a", "b", "ab", "x-1", "é"]
SCALARS = [None, True, False, 0, 1, -1, 2, 3.5, 1.0, 0.1, 1e3, 12, "", "a", "ab", "é", "abc", "2026-11-28"]
PATTERNS = ["^a", "b$", "^[a-c]+$", "[0-9]{2}", "x|b", "^.{2,3}$", "\\d", "(ab)*$"]
TYPES = ["null", "boolean", "integer", "number", "string", "array", "object"]


def value(r, depth=3):
    pick = r.random()
    if depth == 0 or pick < 0.5:
        return r.choice(SCALARS)
    if pick < 0.75:
        return [value(r, depth - 1) for _ in range(r.randrange(4))]
    return {name: value(r, depth - 1) for name in r.sample(NAMES, r.randrange(4))}


def keyword(r, depth):
    sub = lambda: schema(r, depth - 1)
    some = lambda: [sub() for _ in range(r.randrange(1, 4))]
    by_name = lambda: {name: sub() for name in r.sample(NAMES, r.randrange(1, 4))}
    names = lambda: r.sample(NAMES, r.randrange(1, 3))
    leaves = {
        "type": lambda: r.choice(TYPES) if r.random() < 0.7 else r.sample(TYPES, 2),
        "enum": lambda: [value(r, 1) for _ in range(r.randrange(1, 4))],
        "const": lambda: value(r, 1),
        "minimum": lambda: r.choice([0, 1, 2.5]), "exclusiveMaximum": lambda: r.choice([1, 3.5, 12]),
        "multipleOf": lambda: r.choice([1, 2, 0.5, 0.1]),
        "minLength": lambda: r.randrange(3), "maxLength": lambda: r.randrange(4), "pattern": lambda: r.choice(PATTERNS),
        "minItems": lambda: r.randrange(3), "maxItems": lambda: r.randrange(3), "uniqueItems": lambda: True,
        "required": names, "minProperties": lambda: r.randrange(3), "maxProperties": lambda: r.randrange(3),
        "dependentRequired": lambda: {r.choice(NAMES): names()},
        "$ref": lambda: r.choice(["#/$defs/one", "#/$defs/two", "#three"]),
        "unevaluatedProperties": lambda: r.choice([False, {"type": r.choice(TYPES)}]),
        "unevaluatedItems": lambda: r.choice([False, {"type": r.choice(TYPES)}]),
        "additionalProperties": lambda: r.choice([False, {"type": r.choice(TYPES)}]),
    }
    nested = {
        "properties": by_name, "patternProperties": lambda: {r.choice(PATTERNS): sub()}, "propertyNames": sub,
        "dependentSchemas": by_name, "items": sub, "prefixItems": some, "contains": sub, "not": sub, "if": sub, "then": sub, "else": sub,
        "allOf": some, "anyOf": some, "oneOf": some,
    }
    table = leaves if depth == 0 or r.random() < 0.4 else nested
    name = r.choice(list(table))
    found = {name: table[name]()}
    if name == "contains" and r.random() < 0.5:
        found |= {"minContains": r.randrange(3), "maxContains": r.randrange(1, 4)}
    return found


def schema(r, depth=3):
    if r.random() < 0.08:
        return r.choice([True, False])
    made = {}
    for _ in range(r.randrange(1, 4)):
        made |= keyword(r, depth)
    return made


def task(r):
    root = schema(r)
    if not isinstance(root, dict):
        root = {"allOf": [root]}
    # Definitions refer to nothing, so that no reference runs in a circle.
    root["$defs"] = {"one": {"type": r.choice(TYPES)}, "two": {"properties": {"a": {"minimum": 1}}, "maxItems": 2},
                     "three": {"$anchor": "three", "pattern": r.choice(PATTERNS)}}
    root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    return {"schema": root, "values": [value(r) for _ in range(12)]}


def python_verdicts(one):
    validator = jsonschema.Draft202012Validator(one["schema"])
    return "".join("01"[validator.is_valid(v)] for v in one["values"])


def lines_of(command, lines):
    done = subprocess.run(command, input="\n".join(lines) + "\n", capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("judge")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--count", type=int, default=3000)
    options.add_argument("--ajv")
    args = options.parse_args()
    r = random.Random(args.seed)
    tasks = [task(r) for _ in range(args.count)]
    lines = [json.dumps(one) for one in tasks]
    ours = lines_of([args.judge], lines)
    ajv = lines_of(["node", __file__.replace("schemas.py", "judge.mjs"), args.ajv], lines) if args.ajv else [None] * len(tasks)
    if not len(ours) == len(ajv) == len(tasks):
        sys.exit(f"schemas: {len(tasks)} schemas, {len(ours)} answers of ours, {len(ajv)} of ajv")
    verdicts = differ = against = 0
    for one, mine, theirs in zip(tasks, ours, ajv):
        python = python_verdicts(one)
        for at, wanted in enumerate(python):
            verdicts += 1
            got = mine[at] if mine != "refused" else "refused"
            other = None if theirs in (None, "refused") else theirs[at]
            if got != wanted:
                differ += 1
                against += other in (None, wanted)
                print(f"ours {got}, python3-jsonschema {wanted}, ajv {other}: {json.dumps(one['schema'])} on {json.dumps(one['values'][at])}")
    beside = "python3-jsonschema and ajv" if args.ajv else "python3-jsonschema (ajv is not here)"
    print(f"schemas: {len(tasks)} schemas, {verdicts} verdicts beside {beside}: {differ} differ, {against} of them with nobody on our side")
    sys.exit(against > 0)


main()
