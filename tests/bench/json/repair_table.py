"""Prints one table: TEXTS.json NAME=OUT.json ... Each OUT has what a repairer made of each text, null where it refused.

wanted     the value that was meant; or a refusal where there is no JSON
altered    another value, and no word about it
no JSON    what came back is none
refused    in so many words, although something was to be had
"""
import json
import sys


def value(text):
    def no(word):
        raise ValueError(word)
    return json.loads(text, object_pairs_hook=lambda pairs: {"object": sorted(([k, v] for k, v in pairs), key=lambda p: p[0])}, parse_constant=no)


def outcome(text, out):
    if out is None:
        return "wanted" if "want" not in text else "refused"
    try:
        found = value(out)
    except (ValueError, RecursionError):
        return "no JSON"
    return "wanted" if "want" in text and found == value(text["want"]) else "altered"


KINDS = ("wanted", "altered", "no JSON", "refused")


def main():
    texts = json.load(open(sys.argv[1]))
    print(f"  {'':58}" + "".join(f"{k:>9}" for k in ("texts",) + KINDS + ("us each",)))
    for argument in sys.argv[2:]:
        name, path = argument.split("=")
        try:
            outs = json.load(open(path))
            us = float(open(path.replace(".json", ".us")).read().split("us=")[1])
        except (OSError, ValueError, IndexError):
            continue
        seen = [outcome(t, o) for t, o in zip(texts, outs, strict=True)]
        print(f"  {name:58}{len(texts):9}" + "".join(f"{seen.count(k):9}" for k in KINDS) + f"{us / len(texts):9.1f}")


main()
