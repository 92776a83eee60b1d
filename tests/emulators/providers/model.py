"""The model behind all four wires: what it answers, and what that counts.

A token is four bytes of UTF-8, the last one short (`tokens`). Input: the bytes of every text in system and messages, of
tool calls' arguments and results, of tools' names, descriptions and schemas as compact JSON. Output: the bytes of text,
thinking and arguments. So a test computes each cost itself.

The answer, in this order:
  a schema is asked for    the least instance of it
  JSON is asked for        {"answer": "..."}
  tools, not yet answered  a call of the tool that is asked for, else of the first; of all of them if the last user's
                           text has the word "parallel" and it is not forbidden. Arguments: the least instance
  tools, answered          "The tools said: ..."
  else                     "You said: ..." and the last user's text, whole
It ends early at a stop sequence or after max_tokens. Equal requests have equal answers.
"""

import dataclasses
import hashlib
import json
import re

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
WORDS_A_PIECE = 2


def tokens(size):
    return -(-size // 4)


def compact(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def size(text):
    return len(text.encode("utf-8", "surrogatepass"))


@dataclasses.dataclass
class Tool:
    name: str
    schema: dict
    description: str = ""


@dataclasses.dataclass
class Prompt:
    """What a request comes down to, whatever wire it came over."""

    texts: list  # every text that counts as input
    last_user: str = ""
    results: list = dataclasses.field(default_factory=list)  # of tools, if the last turn brings some
    tools: list = dataclasses.field(default_factory=list)
    choice: str = "auto"  # "none", "any", or a tool's name
    parallel: bool = True
    schema: dict = None
    wants_json: bool = False
    max_tokens: int = None
    stops: list = dataclasses.field(default_factory=list)

    def input_tokens(self):
        tools = [tool.name + tool.description + compact(tool.schema) for tool in self.tools]
        return tokens(sum(map(size, self.texts + tools)))


@dataclasses.dataclass
class Draft:
    text: str
    calls: list  # (id, name, arguments as a dict)
    finish: str  # "stop", "length", "tools", "sequence", "filter", "refusal", "pause"
    stop: str = None

    def output_tokens(self):
        return tokens(size(self.text) + sum(size(compact(arguments)) for _, _, arguments in self.calls))


class Ids:
    """Ids that depend on the seed, the key, and how many there were for it."""

    def __init__(self, seed):
        self.seed, self.counts = seed, {}

    def next(self, key, prefix, length=24):
        count = self.counts[key] = self.counts.get(key, 0) + 1
        digest = hashlib.shake_256(f"{self.seed}/{key}/{count}".encode()).digest(length)
        return prefix + "".join(ALPHABET[byte % len(ALPHABET)] for byte in digest)


def resolve(schema, root):
    for _ in range(16):
        reference = schema.get("$ref") if isinstance(schema, dict) else None
        if not isinstance(reference, str) or not reference.startswith("#"):
            return schema
        target = root
        for part in reference[1:].strip("/").split("/") if len(reference) > 1 else []:
            target = target.get(part.replace("~1", "/").replace("~0", "~"), {})
        schema = target
    return {}


FORMATS = {
    "date": "2026-11-28",
    "date-time": "2026-11-28T12:00:00Z",
    "time": "12:00:00Z",
    "email": "a@example.com",
    "uuid": "00000000-0000-4000-8000-000000000000",
    "uri": "https://example.com/",
    "ipv4": "192.0.2.1",
}


def text_of(schema):
    value = FORMATS.get(schema.get("format"), "text")
    return value.ljust(schema.get("minLength", 0), "x")[
        : max(schema.get("maxLength", len(value)), schema.get("minLength", len(value)))
    ]


def number_of(schema):
    if "minimum" in schema:
        return schema["minimum"]
    if "exclusiveMinimum" in schema:
        return schema["exclusiveMinimum"] + 1
    return min(1, schema.get("maximum", schema.get("exclusiveMaximum", 2) - 1))


def least(schema, root=None, depth=0):
    """The least instance of a JSON Schema, as far as objects, arrays, enums, bounds and unions go."""
    root = schema if root is None else root
    schema = resolve(schema, root)
    if not isinstance(schema, dict) or depth > 32:
        return None
    if "const" in schema:
        return schema["const"]
    if schema.get("enum"):
        return schema["enum"][0]
    for union in ("anyOf", "oneOf"):
        if schema.get(union):
            return least(schema[union][0], root, depth + 1)
    if schema.get("allOf"):
        parts = [resolve(part, root) for part in schema["allOf"]]
        merged = {k: v for part in [schema, *parts] for k, v in part.items() if k != "allOf"}
        merged["properties"] = {k: v for part in [schema, *parts] for k, v in part.get("properties", {}).items()}
        merged["required"] = [name for part in [schema, *parts] for name in part.get("required", [])]
        return least(merged, root, depth + 1)
    kind = schema.get("type", "object" if "properties" in schema else "string")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "object":
        members = schema.get("properties", {})
        return {name: least(members.get(name, {}), root, depth + 1) for name in schema.get("required", [])}
    if kind == "array":
        return [least(schema.get("items", {}), root, depth + 1) for _ in range(schema.get("minItems", 1))]
    if kind in ("integer", "number"):
        return number_of(schema)
    return {"boolean": True, "null": None}.get(kind, text_of(schema))


def calls_of(prompt, new_id):
    named = [tool for tool in prompt.tools if tool.name == prompt.choice]
    chosen = named or prompt.tools[:1]
    if not named and prompt.parallel and re.search(r"\bparallel\b", prompt.last_user):
        chosen = prompt.tools
    return [(new_id(), tool.name, least(tool.schema)) for tool in chosen]


def shorten(draft, prompt):
    """Stop sequences first, as a model would meet them first."""
    met = [(draft.text.find(stop), stop) for stop in prompt.stops if stop in draft.text]
    if met:
        at, stop = min(met)
        draft.text, draft.finish, draft.stop = draft.text[:at], "sequence", stop
    if prompt.max_tokens is not None and not draft.calls and tokens(size(draft.text)) > prompt.max_tokens:
        draft.text = draft.text.encode()[: prompt.max_tokens * 4].decode("utf-8", "ignore")
        draft.finish, draft.stop = "length", None
    return draft


def draft_of(prompt, step, new_id):
    if step.finish in ("refusal", "filter"):
        return Draft("I cannot help with that." if step.finish == "refusal" else "", [], step.finish)
    if step.text is not None:
        text = step.text
    elif prompt.schema is not None:
        text = compact(least(prompt.schema))
    elif prompt.wants_json:
        text = compact({"answer": prompt.last_user})
    elif prompt.tools and prompt.choice != "none" and not prompt.results:
        return Draft("", calls_of(prompt, new_id), "tools")
    elif prompt.results:
        text = "The tools said: " + " | ".join(prompt.results)
    else:
        text = "You said: " + prompt.last_user
    if step.big_event_bytes:
        text = text.ljust(step.big_event_bytes, "x")
    draft = shorten(Draft(text, [], "stop"), prompt)
    draft.finish = step.finish or draft.finish
    return draft


def pieces(text, step):
    """What a stream sends it in: two words each, or all of it where one event is to be big."""
    if step.big_event_bytes:
        return [text]
    words = re.findall(r"\s*\S+\s*?|\s+$", text)
    return ["".join(words[at : at + WORDS_A_PIECE]) for at in range(0, len(words), WORDS_A_PIECE)]


def fragments(arguments):
    """A call's arguments, in pieces of nine characters that respect no token of JSON."""
    text = compact(arguments)
    return [text[at : at + 9] for at in range(0, len(text), 9)]


class PromptCache:
    """Which prefixes a key has sent before: (read, written) tokens."""

    def __init__(self):
        self.seen = set()

    def look(self, key, model, prefix, least_tokens):
        count = tokens(size(prefix))
        if count < least_tokens:
            return 0, 0
        entry = (key, model, hashlib.sha256(prefix.encode("utf-8", "surrogatepass")).digest())
        known = entry in self.seen
        self.seen.add(entry)
        return (count, 0) if known else (0, count)
