"""Makes the values that the schemas of sets/ judge: `sets.py FOLDER` writes FOLDER/NAME.values.json for each.

A file is {"valid": [...], "changed": [...]}: values that fit by their making, and the same with one thing changed (a member
gone, added, or of another type; a list without end or empty), of which some fit and some don't: whoever judges must
agree with the others on each. The same seed makes the same files. Where FOLDER has refined.valid.json, a list of the
refiner's answers, they are one set more, with the refiner's own schema.
"""
import copy
import json
import pathlib
import random
import sys

HERE = pathlib.Path(__file__).parent
COUNT, CHANGES = 40, 5
WORDS = "amber birch cloud delta ember flint grove haven inlet jetty knoll larch maple north ochre pearl quill river stone tidal umber vivid waltz yield zephyr".split()


def words(r, low, high):
    return " ".join(r.choice(WORDS) for _ in range(r.randint(low, high)))


def some(r, low, high, make):
    return [make(r) for _ in range(r.randint(low, high))]


def maybe(r, value, chance=0.6, **members):
    value.update({k: v for k, v in members.items() if r.random() < chance})
    return value


def package(r):
    def versions(r):
        return {f"{r.choice(WORDS)}-{r.choice(WORDS)}": r.choice(["^", "~", ""]) + f"{r.randint(0, 9)}.{r.randint(0, 30)}.{r.randint(0, 9)}" for _ in range(r.randint(1, 25))}

    def person(r):
        return r.choice([words(r, 2, 2), {"name": words(r, 2, 2), "email": f"{r.choice(WORDS)}@example.org"}])

    target = {".": {"import": "./index.mjs", "require": "./index.cjs", "types": "./index.d.ts"}, "./internal": None, "./cli": "./cli.js"}
    return maybe(r, {"name": r.choice(["", "@acme/"]) + r.choice(WORDS), "version": f"{r.randint(0, 9)}.{r.randint(0, 99)}.0", "dependencies": versions(r)}, description=words(r, 4, 15),
                 keywords=sorted(set(some(r, 1, 8, lambda r: r.choice(WORDS)))), license="MIT", author=person(r), contributors=some(r, 1, 5, person), type="module", private=True, exports=target,
                 files=["dist", "README.md"], engines={"node": ">=18"}, scripts={"test": "node --test", "build": words(r, 3, 6), "lint": "lint ."}, devDependencies=versions(r))


def workflow(r):
    def step(r):
        return maybe(r, r.choice([{"uses": f"acme/{r.choice(WORDS)}@v{r.randint(1, 5)}", "with": {"cache": True, "version": 20}}, {"run": words(r, 3, 12), "shell": "bash"}]),
                     name=words(r, 1, 4), env={"CI": "true", "LEVEL": 3})

    def job(r):
        return maybe(r, {"runs-on": r.choice(["ubuntu-latest", ["self-hosted", "arm64"]]), "steps": some(r, 2, 9, step)}, name=words(r, 1, 3), env={"A": "b"},
                     strategy={"fail-fast": False, "matrix": {"os": ["linux", "mac"], "version": [18, 20, 22]}}, **{"timeout-minutes": r.randint(5, 60)})
    events = ["push", ["push", "pull_request"], {"push": {"branches": ["main"]}, "workflow_dispatch": None}]
    return maybe(r, {"on": r.choice(events), "jobs": {f"{r.choice(WORDS)}_{i}": job(r) for i in range(r.randint(1, 5))}}, name=words(r, 1, 3), env={"TZ": "UTC"})


def geojson(r):
    def position(r):
        return [round(r.uniform(-180, 180), 6), round(r.uniform(-90, 90), 6)]

    def geometry(r):
        ring = some(r, 4, 30, position)
        return r.choice([{"type": "Point", "coordinates": position(r)}, {"type": "LineString", "coordinates": some(r, 2, 30, position)}, {"type": "Polygon", "coordinates": [ring + ring[:1]]}])
    return {"type": "FeatureCollection", "features": some(r, 3, 20, lambda r: {"type": "Feature", "id": r.randint(1, 9999), "geometry": geometry(r), "properties": {"name": words(r, 1, 3), "rank": r.randint(1, 9)}})}


def rpc(r):
    def one(r):
        number = r.randint(1, 10**6)
        return r.choice([{"jsonrpc": "2.0", "method": r.choice(WORDS), "params": [1, "a", {"b": None}], "id": number}, {"jsonrpc": "2.0", "method": r.choice(WORDS), "params": {"at": words(r, 1, 5)}},
                         {"jsonrpc": "2.0", "result": {"ok": True}, "id": str(number)}, {"jsonrpc": "2.0", "error": {"code": -32601, "message": "Method not found"}, "id": number}])
    return r.choice([one(r), some(r, 1, 20, one)])


def api(r):
    def shape(r, depth=0):
        if depth < 3 and r.random() < 0.4:
            names = sorted(set(some(r, 1, 5, lambda r: r.choice(WORDS))))
            return {"type": "object", "required": names[:1], "properties": {n: shape(r, depth + 1) for n in names}}
        return r.choice([{"type": "string", "format": "uuid"}, {"type": "integer", "minimum": 0}, {"type": "array", "items": {"$ref": "#/components/schemas/amber"}}, {"$ref": "#/components/schemas/amber"}])

    def operation(r):
        parameters = [{"name": r.choice(WORDS), "in": "query", "schema": {"type": "string"}}, {"$ref": "#/components/parameters/page"}]
        answers = {str(code): {"description": words(r, 1, 4), "content": {"application/json": {"schema": shape(r)}}} for code in r.sample([200, 201, 400, 404, 500], 3)}
        return maybe(r, {"responses": answers}, operationId=f"{r.choice(WORDS)}_{r.randint(1, 99)}", summary=words(r, 2, 6), tags=[r.choice(WORDS)], parameters=parameters,
                     requestBody={"required": True, "content": {"application/json": {"schema": shape(r)}}})
    return {"openapi": "3.1.0", "info": {"title": words(r, 1, 3), "version": "1.0.0"}, "servers": [{"url": "https://api.example.org"}],
            "paths": {f"/{r.choice(WORDS)}/{{id}}/{i}": maybe(r, {"get": operation(r)}, post=operation(r), delete=operation(r)) for i in range(r.randint(1, 5))},
            "components": {"schemas": {w: shape(r) for w in WORDS[:r.randint(2, 8)]}}}


def chat(r):
    def message(r):
        parts = [{"type": "text", "text": words(r, 3, 30)}, {"type": "image_url", "image_url": {"url": "https://example.org/a.png", "detail": "low"}}]
        call = {"id": "call_1", "type": "function", "function": {"name": "find", "arguments": "{\"a\":1}"}}
        return r.choice([{"role": "user", "content": words(r, 3, 60)}, {"role": "user", "content": parts, "name": "anna"}, {"role": "assistant", "content": words(r, 5, 50)},
                         {"role": "assistant", "content": None, "tool_calls": [call]}, {"role": "tool", "tool_call_id": "call_1", "content": words(r, 1, 9)}])
    tool = {"type": "function", "function": {"name": "find", "description": words(r, 4, 9), "parameters": {"type": "object", "properties": {"a": {"type": "integer"}}}}}
    return maybe(r, {"model": "acme/large-1", "messages": [{"role": "system", "content": words(r, 5, 40)}] + some(r, 1, 20, message)}, temperature=0.2, max_tokens=r.randint(1, 4000), stream=True,
                 stop=["\n\n"], tools=[tool] * r.randint(1, 5))


def log(r):
    def line(r):
        return maybe(r, {"ts": f"2026-11-{r.randint(10, 28)}T0{r.randint(0, 9)}:12:33.{r.randint(100, 999)}Z", "level": r.choice(["INFO", "WARN", "ERROR"]), "event": words(r, 1, 3)},
                     requestId="00000000-0000-4000-8000-000000000000", route="POST /" + r.choice(WORDS), status=r.choice([200, 201, 404, 500]), durationMs=round(r.uniform(0, 900), 3), bytes=r.randint(0, 10**6),
                     cold=False, error=None)
    return some(r, 20, 80, line)


def invoice(r):
    def party(r):
        return maybe(r, {"name": words(r, 2, 4), "country": r.choice(["DE", "FR", "SE"])}, street=words(r, 2, 3), city=r.choice(WORDS), vatId=f"DE{r.randint(10**8, 10**9 - 1)}")

    def line(r):
        return maybe(r, {"text": words(r, 2, 9), "quantity": r.randint(1, 40), "price": round(r.uniform(1, 900), 2)}, unit=r.choice(["piece", "hour"]), vat=r.choice([7, 19, 20]))
    return maybe(r, {"number": f"2026-{r.randint(1, 9999)}", "issued": f"2026-11-{r.randint(10, 28)}", "currency": "EUR", "seller": party(r), "buyer": party(r), "lines": some(r, 1, 30, line),
                     "total": round(r.uniform(10, 9000), 2)}, due="2026-12-31", paid=False)


def composed(r):
    return some(r, 20, 60, lambda r: {"kind": r.choice(["door", "lamp"]), "name": words(r, 1, 2), **r.choice([{"width": r.randint(1, 300)}, {"watts": r.randint(1, 99), "colour": "warm"}])})


def places(value, path=()):
    """Every container in it, as a path."""
    found = [path] if isinstance(value, (dict, list)) else []
    for key, child in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        found += places(child, path + (key,))
    return found


def changed(r, value):
    value = copy.deepcopy(value)
    at = value
    for key in r.choice(places(value)):
        at = at[key]
    keys = list(at) if isinstance(at, dict) else list(range(len(at)))
    what = r.choice(["drop", "add", "retype", "retype", "empty"])
    if what == "add" or not keys:
        at.update(surplus=1) if isinstance(at, dict) else at.append(at[0] if at else 1)
    elif what == "drop":
        del at[r.choice(keys)]
    elif what == "retype":
        at[r.choice(keys)] = r.choice([None, "", "x", -1, 2.5, True, [], {}])
    else:
        at.clear()
    return value


def write_set(out, schema, name, valid, r):
    values = {"valid": valid, "changed": [changed(r, v) for v in valid for _ in range(CHANGES)]}
    (out / f"{name}.values.json").write_text(json.dumps(values, ensure_ascii=False, separators=(",", ":")))
    (out / f"{name}.json").write_text(schema.read_text())


def main():
    out = pathlib.Path(sys.argv[1])
    for path in sorted(HERE.glob("sets/*.json")):
        r = random.Random(path.stem)
        write_set(out, path, path.stem, [globals()[path.stem](r) for _ in range(COUNT)], r)
    if (refined := out / "refined.valid.json").exists():
        write_set(out, HERE / "../../../functions/refiner/schemas/refined.schema.json", "refined", json.loads(refined.read_text()), random.Random("refined"))


main()
