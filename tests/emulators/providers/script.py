"""What goes wrong when: a list of steps for each key, taken one a request; and the journal of what was asked.

A script is set by POST /_emu/script {"key": "...", "model"?: "...", "steps": [step, ...]}, or named in the key itself:
"sk-emu-slow_down~7" has the steps of PRESETS["slow_down"] (what follows "~" only tells keys apart). A script with a
model is taken before one without. When its steps are used up, all is well. Each step, all members optional:

  times               how many requests it holds for; default 1, 0 for ever
  on                  which requests: "create" (default), "poll", "cancel", "stream", "count", "models"

  status, error       that HTTP status, with the provider's own body for it; `error` names one of several (each wire's ERRORS)
  retry_after, retry_after_ms   those fields as they stand
  retry_after_date_s            the first as a date, so many seconds from now
  delay_in_body_s     in the message's text only, as that provider words it
  should_retry        "true" or "false", as x-should-retry
  body                instead of the right one: any text
  garbage             "html", "json" (half of it) or "empty", with status 200

  head                "reset", "close" or "silence" instead of an answer, once the request is read
  head_delay_ms, event_delay_ms
  after, then         after so many events of a stream (bytes of a whole answer): "reset" and "close" (within a chunk, or
                      before the body's end), "end" (the framing is complete, the protocol is not), "stall", "error" (an
                      error event; `error` names it), "bad_crc"
  cut                 segments: "byte", "utf8" (within each character), "crlf" (between each pair), or a number of bytes
  chunk_bytes, chunk_extensions, framing ("length", "chunked", "close"), interim (100 and 103 first)
  gzip                if the client takes it
  line_end            "lf" (default), "crlf", "cr"
  comments, unknown_events, duplicate_start, no_terminal, trailing (bytes after the last event): true
  usage               "missing", or "twice"
  text, finish        instead of what the model would say (model.py); big_event_bytes: one event, filled up to that
  request_id          instead of one of ours

  starting_ms, processing_ms, wait_ms (where "Prefer: wait" ends), final, output ("array", "string", "null"),
  webhook ("twice", "forged")   Replicate
"""

import re
import threading
import time

STEP_MEMBERS = {
    "times": 1,
    "on": "create",
    "status": None,
    "error": None,
    "retry_after": None,
    "retry_after_ms": None,
    "retry_after_date_s": None,
    "delay_in_body_s": None,
    "should_retry": None,
    "body": None,
    "garbage": None,
    "head": None,
    "head_delay_ms": 0,
    "event_delay_ms": 0,
    "after": None,
    "then": None,
    "cut": None,
    "chunk_bytes": 0,
    "chunk_extensions": False,
    "framing": None,
    "interim": False,
    "gzip": False,
    "line_end": "lf",
    "comments": False,
    "unknown_events": False,
    "duplicate_start": False,
    "no_terminal": False,
    "trailing": False,
    "usage": None,
    "text": None,
    "finish": None,
    "big_event_bytes": 0,
    "request_id": None,
    "starting_ms": 10,
    "processing_ms": 20,
    "wait_ms": None,
    "final": "succeeded",
    "output": "array",
    "webhook": None,
}
CHOICES = {
    "on": ("create", "poll", "cancel", "stream", "count", "models"),
    "garbage": ("html", "json", "empty"),
    "head": ("reset", "close", "silence"),
    "then": ("reset", "close", "end", "stall", "error", "bad_crc"),
    "framing": ("length", "chunked", "close"),
    "line_end": ("lf", "crlf", "cr"),
    "usage": ("missing", "twice"),
    "finish": ("stop", "length", "tools", "sequence", "filter", "refusal", "pause"),
    "final": ("succeeded", "failed", "canceled", "aborted"),
    "output": ("array", "string", "null"),
    "webhook": ("twice", "forged"),
}

PRESETS = {
    "ok": [],
    "slow_down": [{"status": 429, "retry_after": "1"}],
    "slow_down_always": [{"status": 429, "times": 0, "retry_after": "30"}],
    "money": [{"status": 429, "error": "money", "times": 0}],
    "overloaded": [{"status": 503, "times": 0}],
    "broken": [{"status": 500, "times": 0}],
    "broken_once": [{"status": 500}],
    "unauthorized": [{"status": 401, "times": 0}],
    "not_found": [{"status": 404, "times": 0}],
    "too_large": [{"status": 413, "times": 0}],
    "reset": [{"head": "reset", "times": 0}],
    "silent": [{"head": "silence", "times": 0}],
    "cut": [{"after": 3, "then": "end", "times": 0}],
    "torn": [{"after": 3, "then": "reset", "times": 0}],
    "stall": [{"after": 3, "then": "stall", "times": 0}],
    "error_event": [{"after": 3, "then": "error", "times": 0}],
    "slow": [{"event_delay_ms": 30, "times": 0}],
    "bytes": [{"cut": "byte", "times": 0}],
}


class Step:
    """One step, with its defaults; `left` is how many requests it still holds for."""

    def __init__(self, members=None):
        members = members or {}
        for name, value in members.items():
            if name not in STEP_MEMBERS:
                raise ValueError(f"no step has a member {name}")
            if name in CHOICES and value not in CHOICES[name]:
                raise ValueError(f"{name} is one of {', '.join(CHOICES[name])}")
        if (members.get("after") is None) != (members.get("then") is None):
            raise ValueError("after and then come together")
        self.__dict__.update(STEP_MEMBERS | members)
        self.given = tuple(members)
        self.left = self.times or float("inf")


def preset_of(key):
    """The preset that a key names, or None. AWS's key ids have letters and digits only: AKIDEMUslowdown7."""
    if key.startswith("AKIDEMU"):
        name = re.match("[a-z]*", key[7:])[0]
        return next((steps for preset, steps in PRESETS.items() if preset.replace("_", "") == name), None)
    return PRESETS.get(key.partition("emu-")[2].partition("~")[0])


class Scripts:
    def __init__(self):
        self.lock, self.scripts = threading.Lock(), {}

    def put(self, key, model, steps):
        with self.lock:
            self.scripts[key, model] = [Step(step) for step in steps]

    def has(self, key):
        with self.lock:
            return any(at[0] == key for at in self.scripts)

    def drop(self, key):
        with self.lock:
            self.scripts = {} if key is None else {at: steps for at, steps in self.scripts.items() if at[0] != key}

    def take(self, key, model, what):
        """The step that this request meets; one that is all defaults if none is due."""
        with self.lock:
            if (key, None) not in self.scripts and (steps := preset_of(key)) is not None:
                self.scripts[key, None] = [Step(step) for step in steps]
            for at in ((key, model), (key, None)):
                for step in self.scripts.get(at, ()):
                    if step.on == what and step.left > 0:
                        step.left -= 1
                        return step
        return Step()


class Journal:
    """Every request, in order. `billed` is "yes", "maybe" (it was taken, and no answer says so) or "no"."""

    MAX_ENTRIES = 100_000

    def __init__(self):
        self.lock, self.entries, self.start = threading.Lock(), [], time.monotonic()

    def open(self, **members):
        entry = {
            "provider": None,
            "what": None,
            "key": None,
            "model": None,
            "stream": False,
            "status": None,
            "billed": "no",
            "input_tokens": 0,
            "output_tokens": 0,
            "events_sent": 0,
            "outcome": "open",
            "at_ms": round((time.monotonic() - self.start) * 1000, 3),
            "took_ms": None,
        } | members
        with self.lock:
            if len(self.entries) < self.MAX_ENTRIES:
                self.entries.append(entry)
        return entry

    def read(self, key, with_entries=True):
        with self.lock:
            found = [dict(entry) for entry in self.entries if key in (None, entry["key"])]
        made = [entry for entry in found if entry["what"] == "create"]
        counts = {
            "requests": len(found),
            "attempts": len(made),
            "billed": sum(entry["billed"] == "yes" for entry in made),
            "maybe_billed": sum(entry["billed"] == "maybe" for entry in made),
        }
        return counts | ({"entries": found} if with_entries else {})

    def drop(self, key):
        with self.lock:
            self.entries = [] if key is None else [entry for entry in self.entries if entry["key"] != key]
