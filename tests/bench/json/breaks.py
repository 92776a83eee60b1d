"""Breaks documents on purpose, one way each, so that what was meant is known: prints a list of {"name", "input", "want"}.

The documents are made from a seed; each way keeps all of the information, so the document itself is the one right outcome.
"""
import json
import random
import re
import sys

DOCUMENTS = 30
WORDS = "amber birch, \"cloud\" delta's ember: flint {grove} haven [inlet] jetty # knoll // larch café 東京 \\ null".split(" ")


def text(r):
    return " ".join(r.choice(WORDS) for _ in range(r.randint(1, 6)))


def plain(r):
    return " ".join(r.choice(["amber", "birch", "cloud", "delta"]) for _ in range(r.randint(1, 4)))


def document(r, say, depth=0):
    def value():
        kinds = [lambda: say(r), lambda: r.randint(-99, 9999), lambda: round(r.uniform(0, 9), 2), lambda: r.choice([True, False, None])]
        if depth < 2:
            kinds += [lambda: [say(r) for _ in range(r.randint(1, 4))], lambda: document(r, say, depth + 1)]
        return r.choice(kinds)()
    return {f"{r.choice(['name', 'title', 'score', 'items', 'note', 'role'])}_{i}": value() for i in range(r.randint(2, 6))}


def strings(pattern, put):
    """Replaces outside of strings only."""
    whole = re.compile(r'"(?:[^"\\]|\\.)*"|' + pattern)
    return lambda t, r: whole.sub(lambda m: m[0] if m[0][0] == '"' and not pattern.startswith('"') else put(m[0]), t)


def python_words(t, r):
    return strings(r"\b(?:true|false|null)\b", lambda w: {"true": "True", "false": "False", "null": "None"}[w])(t, r)


def one_comma_gone(t, r):
    lines = t.split("\n")
    at = [i for i, line in enumerate(lines) if line.endswith(",")]
    if at:
        i = r.choice(at)
        lines[i] = lines[i][:-1]
    return "\n".join(lines)


def unquoted_keys(t, r):
    return re.sub(r'(?m)^(\s*)"(\w+)":', r"\1\2:", t)


def single_quotes(t, r):
    return re.sub(r'"((?:[^"\\]|\\.)*)"', r"'\1'", t)


def typographic_quotes(t, r):
    return re.sub(r'"((?:[^"\\]|\\.)*)"', "\u201c\\1\u201d", t)


# name, the texts within (plain: no punctuation in them), what is done
WAYS = [
    ("code fence", text, lambda t, r: f"```json\n{t}\n```"),
    ("fence in prose", text, lambda t, r: f"Here is the JSON you asked for:\n\n```json\n{t}\n```\n\nLet me know if it should change."),
    ("prose before and after", text, lambda t, r: f"Sure! Here it is:\n{t}\nHope it helps."),
    ("thoughts before", text, lambda t, r: f"<think>They want {{\"x\": 0}} or so.</think>\n{t}"),
    ("byte order mark", text, lambda t, r: "\ufeff" + t),
    ("trailing commas", text, strings(r"\n\s*[}\]]", lambda m: "," + m)),
    ("one comma gone", text, one_comma_gone),
    ("last closer gone", text, lambda t, r: t.rstrip()[:-1]),
    ("last closer doubled", text, lambda t, r: t + "}"),
    ("single quotes", plain, single_quotes),
    ("typographic quotes", plain, typographic_quotes),
    ("keys without quotes", text, unquoted_keys),
    ("words of Python", text, python_words),
    ("comment at each line", text, lambda t, r: re.sub(r"(?m)(,)$", r", // as asked", t)),
    ("block comment before", text, lambda t, r: "/* the answer */ " + t),
    ("line feeds in strings", lambda r: plain(r) + "\n" + plain(r), lambda t, r: t.replace("\\n", "\n")),
    ("tabs in strings", lambda r: plain(r) + "\t" + plain(r), lambda t, r: t.replace("\\t", "\t")),
    ("nothing at all", text, lambda t, r: t),
]


def main():
    out = []
    for name, say, broken in WAYS:
        r = random.Random(name)
        for i in range(DOCUMENTS):
            want = json.dumps(document(r, say), ensure_ascii=False, indent=2)
            out.append({"name": f"{name} {i}", "input": broken(want, r), "want": want})
    json.dump(out, sys.stdout, ensure_ascii=False)


main()
