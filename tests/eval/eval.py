"""The refiner before models that misbehave: `make eval`. Prints a report and keeps it in build/eval/report.txt.

    eval.py FOLDER [COUNT [BEHAVIOUR ...]]      COUNT analyzer inputs (300), all behaviours; eval.sh has the database ready

Each input (inputs.py) goes to the real function once for each behaviour (behaviours.py), which the emulator of the
providers plays: of the even ones both models behave so, of the odd ones the first alone. Whether an answer fits its
schema is judged by ours and by ajv. What no model may touch is compared with the same input refined without models.
"""
import concurrent.futures
import http.client
import json
import os
import pathlib
import re
import subprocess
import sys
import threading
import time

import behaviours
import inputs

BUILD = os.environ.get("BUILD", "build")
OUT = pathlib.Path(BUILD) / "eval"
SCHEMA = "functions/refiner/schemas/refined.schema.json"
KEYS = {"anthropic": "sk-emu-anthropic", "openai": "sk-emu-openai"}
AT_ONCE, SILENCE_AT_ONCE, PATIENCE_S, SILENCE_MS = 4, 30, 60, 9000
FREE = ("/prompt_analysis/user_intent_description", "/prompt_analysis/reformulated_prompt", "/prompt_analysis/suggested_improvements", "/global_analysis/goal", "/refiner_extensions/narrative_spine",
        "/refiner_extensions/asset_utilization_summary/utilization_rationale", "/creative_direction", "/production_pipeline/workflow_steps", "/production_pipeline/estimated_time",
        "/production_pipeline/quality_targets/technical_quality_target", "/production_pipeline/quality_targets/creative_quality_target", "/_metadata")


class Server:
    """A program that says where it listens."""

    def __init__(self, name, *command):
        self.log = open(OUT / f"{name}.log", "a")
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=self.log, text=True)
        for line in self.process.stdout:
            if found := re.search(r"listening on (?:http://)?(127\.0\.0\.1:\d+)", line):
                self.address = found[1]
                threading.Thread(target=self.process.stdout.read, daemon=True).start()
                return
        raise RuntimeError(f"{name} did not start; see {OUT}/{name}.log")

    def post(self, path, body, headers=None):
        connection = http.client.HTTPConnection(self.address, timeout=PATIENCE_S)
        connection.request("POST", path, json.dumps(body, ensure_ascii=False).encode(), {"content-type": "application/json", **(headers or {})})
        response = connection.getresponse()
        data = response.read()
        connection.close()
        return response.status, data

    def close(self):
        self.process.terminate()
        self.process.wait()


def start_gateway(folder, emulator):
    models = {"providers": [{"name": name, "base_url": f"http://{emulator.address}/{name}"} for name in KEYS]}
    (OUT / "models.json").write_text(json.dumps(models))
    values = {"DATABASE_URL": os.environ["DATABASE_URL"], "AUTH_KEYS_FILE": f"{folder}/keys/jwks.json", "AUTH_ISSUER": "http://localhost/clambda", "AUTH_AUDIENCE": "authenticated",
              "ANTHROPIC_API_KEY": KEYS["anthropic"], "OPENAI_API_KEY": KEYS["openai"], "LLM_CONFIG_FILE": os.path.abspath(OUT / "models.json"), "LOG_LEVEL": "WARN"}
    pathlib.Path(f"{folder}/env.json").write_text(json.dumps({"RefinerFunction": values}))
    return Server("gateway", f"{BUILD}/release/infra/local/clambda-local", "--listen", "127.0.0.1:0", "--bootstraps", f"{BUILD}/release/functions", "--env-vars", f"{folder}/env.json",
                  "tests/cases/local/refiner/template.yaml")


class Outcome:
    def __init__(self, one, status, data, took_ms):
        self.input, self.status, self.took_ms = one.get("analyzerJson", one), status, took_ms
        try:
            self.answer = json.loads(data)
        except ValueError:
            self.answer = None
        self.is_refined = status == 200 and isinstance(self.answer, dict)
        self.metadata = (self.answer or {}).get("_metadata", {}) if self.is_refined else {}


def refine(gateway, one, query="?cache=false"):
    started = time.monotonic()
    status, data = gateway.post("/_url/refiner/refiner" + query, one, {"authorization": "Bearer " + os.environ["TOKEN"]})
    return Outcome(one, status, data, (time.monotonic() - started) * 1000)


def refine_all(gateway, made, name, at_once, query="?cache=false"):
    outcomes = []
    with concurrent.futures.ThreadPoolExecutor(at_once) as pool:
        for outcome in pool.map(lambda one: refine(gateway, one, query), made):
            outcomes.append(outcome)
            if sys.stderr.isatty():
                print(f"\r  {name}: {len(outcomes)} of {len(made)} ", end="", file=sys.stderr, flush=True)
    return outcomes


def hurried(one):
    """The same with little patience, for models that say nothing."""
    return {"analyzerJson": one.get("analyzerJson", one), "options": {"timeoutMs": SILENCE_MS}}


def forget_failures():
    """What one behaviour has taught of a provider's health, the next shall not know."""
    subprocess.run(["psql", "--quiet", os.environ["ADMIN_DATABASE_URL"], "-c", "DELETE FROM llm_cooldowns"], check=True)


def play(emulator, steps, providers):
    emulator.post("/_emu/reset", {})
    valid = behaviours.BEHAVIOURS[0][1]
    for provider, key in KEYS.items():
        status, data = emulator.post("/_emu/script", {"key": key, "steps": steps if provider in providers else valid})
        assert status == 200, data


def leaves(value, pointer=""):
    if pointer.startswith(FREE):
        return
    if isinstance(value, (dict, list)) and value:
        for key, child in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(child, f"{pointer}/{key}")
    else:
        yield pointer, value


def steered(outcome, by_rules):
    """Whether anything differs that is no model's to word."""
    return outcome.is_refined and (dict(leaves(outcome.answer)) != dict(leaves(by_rules.answer)) or outcome.answer["user_request"]["original_prompt"] != outcome.input["user_request"]["original_prompt"])


def reasons_of(outcomes):
    """Why no field is a model's, and what each model's answer was taken for."""
    counts = {}
    for outcome in outcomes:
        words = [f"{a['model'].split('/')[0]} {a['result']}" for a in outcome.metadata.get("attempts", [])]
        key = ", ".join(words) or f"none asked: {outcome.metadata.get('degradedReason')}"
        counts[key] = counts.get(key, 0) + 1
    return sorted(counts.items(), key=lambda pair: -pair[1])


def judged_by(command, answers):
    """How many answers the program refuses; None if it cannot say."""
    (OUT / "answers.json").write_text(json.dumps({"valid": answers, "changed": []}, ensure_ascii=False))
    ran = subprocess.run([*command, SCHEMA, str(OUT / "answers.json"), "1"], capture_output=True, text=True)
    found = re.search(r"faults=(\d+)", ran.stdout)
    return int(found[1]) if found else None


def sources_of(outcomes):
    counts = {}
    for outcome in outcomes:
        for source in outcome.metadata.get("fieldSources", {}).values():
            counts[source] = counts.get(source, 0) + 1
    return counts


def share(part, whole):
    return f"{100 * part / whole:.1f}" if whole else "-"


COLUMNS = ("answers", "200", "fit", "ajv fit", "steered", "haiku %", "gpt %", "rules %", "degraded", "edits", "p50 ms")


def row(name, outcomes, by_rules, judges):
    refined = [o for o in outcomes if o.is_refined]
    sources = sources_of(refined)
    total, rules = sum(sources.values()), sources.get("rules", 0)
    first = sum(n for s, n in sources.items() if s.startswith("anthropic/"))
    faults = [judged_by(command, [o.answer for o in refined]) if command else None for command in judges]
    cells = (len(outcomes), len(refined), *("-" if f is None else len(refined) - f for f in faults), sum(map(steered, outcomes, by_rules)), share(first, total), share(total - first - rules, total),
             share(rules, total), sum(bool(o.metadata.get("degraded")) for o in refined), sum(len(o.metadata.get("repairs", [])) for o in refined),
             f"{sorted(o.took_ms for o in outcomes)[len(outcomes) // 2]:.0f}")
    return f"  {name:42}" + "".join(f"{c:>9}" for c in cells), cells


def judge_commands():
    peer = subprocess.run(["tests/bench/peers/build.sh", "ajv"], capture_output=True, text=True)
    return [[f"{BUILD}/bench/schema/clambda"], ["node", "tests/bench/schema/ajv.mjs", peer.stdout.strip()] if peer.returncode == 0 else None]


def one_behaviour(folder, emulator, made, name, steps):
    gateway = start_gateway(folder, emulator)
    silent = name == "silence"
    at_once = SILENCE_AT_ONCE if silent else AT_ONCE
    halves = []
    try:
        for half, providers in enumerate((tuple(KEYS), ("anthropic",))):
            forget_failures()
            play(emulator, steps, providers)
            halves.append(refine_all(gateway, [hurried(o) if silent else o for o in made[half::2]], name, at_once))
    finally:
        gateway.close()
    return [halves[i % 2][i // 2] for i in range(len(made))]


def run(folder, count, names, report):
    chosen = [pair for pair in behaviours.BEHAVIOURS if not names or pair[0] in names]
    made, judges = inputs.inputs(count), judge_commands()
    emulator = Server("emulator", sys.executable, "tests/emulators/providers/emulator.py", "--port", "0")
    report(f"{count} inputs in {len(inputs.SPEECH)} languages x {len(chosen)} behaviours of models; even ones: both models, odd ones: the first alone")
    report(f"  {'':42}" + "".join(f"{c:>9}" for c in COLUMNS))
    all_outcomes, all_rules = [], []
    try:
        gateway = start_gateway(folder, emulator)
        by_rules = refine_all(gateway, made, "no model", AT_ONCE, "?cache=false&enrich=false")
        gateway.close()
        report(row("(no model is asked)", by_rules, by_rules, judges)[0])
        for name, steps in chosen:
            outcomes = one_behaviour(folder, emulator, made, name, steps)
            report(row(name, outcomes, by_rules, judges)[0])
            report("".join(f"      {n:4} {words}\n" for words, n in reasons_of(outcomes)).rstrip("\n"))
            all_outcomes += outcomes
            all_rules += by_rules
    finally:
        emulator.close()
    line, cells = row("all of them", all_outcomes, all_rules, judges)
    report(line)
    return cells[0] == cells[1] == cells[2] and cells[4] == 0 and cells[3] in ("-", cells[0])


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    with open(OUT / "report.txt", "w") as kept:
        def report(line):
            print(("\r" if sys.stderr.isatty() else "") + line, flush=True)
            print(line, file=kept, flush=True)
        is_good = run(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 300, sys.argv[3:], report)
        report(f"{'every answer fits, and nothing was steered' if is_good else 'NOT every answer fits, or something was steered'}; {time.monotonic() - started:.0f} s")
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())
