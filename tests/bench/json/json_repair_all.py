"""Texts that models broke, with json-repair: FILE. Prints what repair_clambda.c prints; its empty answer is a refusal."""
import json
import sys
import time

import json_repair

inputs = [text["input"] for text in json.load(open(sys.argv[1]))]


def repaired(text):
    try:
        return json_repair.repair_json(text, ensure_ascii=False) or None
    except (ValueError, RecursionError):
        return None


out = [repaired(text) for text in inputs]
started = time.perf_counter_ns()
for text in inputs:
    repaired(text)
print(f"us={(time.perf_counter_ns() - started) / 1000:.0f}", file=sys.stderr)
json.dump(out, sys.stdout)
