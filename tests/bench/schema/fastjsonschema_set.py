"""One set with fastjsonschema, as clambda.c has it with ours: SCHEMA VALUES MS. It knows drafts 4, 6 and 7."""
import json
import statistics
import sys
import time

import fastjsonschema

schema = json.load(open(sys.argv[1]))
values = json.load(open(sys.argv[2]))
if "2020-12" in schema["$schema"]:
    sys.exit("knows no draft past 7")


def now():
    return time.perf_counter_ns() / 1000


def compiled():
    return fastjsonschema.compile(schema, use_default=False, use_formats=False)


def compile_us():
    took = []
    for _ in range(5):
        started = now()
        compiled()
        took.append(now() - started)
    return statistics.median(took)


check = compiled()


def passes(value):
    try:
        check(value)
        return True
    except fastjsonschema.JsonSchemaException:
        return False


def pass_us(ms):
    best, end = float("inf"), now() + ms * 1000
    while now() < end:
        started = now()
        for value in values["valid"]:
            check(value)
        best = min(best, now() - started)
    return best


faults = sum(not passes(v) for v in values["valid"])
verdicts = "".join("1" if passes(v) else "0" for v in values["changed"])
print(f"compile_us={compile_us():.1f} pass_us={pass_us(float(sys.argv[3])):.2f} values={len(values['valid'])} faults={faults} verdicts={verdicts}")
