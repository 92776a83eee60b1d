"""What the emulator says, what it counts, and what goes wrong on demand: (name, got, want) of each check."""

import base64
import copy
import gzip
import http.server
import json
import struct
import threading
import time

import check_client as client
import eventstream
import http1
import model
import replicate_webhook
from check_client import SCHEMA, anthropic, bedrock, openai, replicate

ECHO = "You said: hello there"
KEYS = {"openai": "sk-emu-", "anthropic": "sk-emu-", "replicate": "r8_emu-", "bedrock": "AKIDEMU"}
WISHES = {"openai": openai, "anthropic": anthropic, "replicate": replicate, "bedrock": bedrock}


def streamed(provider, key):
    if provider == "bedrock":
        return bedrock(key, operation="converse-stream")
    wish = WISHES[provider](key)
    wish.body["stream"] = True
    return wish


def text_of(provider, answer):
    """The text of a streamed answer, and whether its protocol's end was seen."""
    if provider == "bedrock":
        parts = [(headers.get(":event-type"), json.loads(data)) for headers, data in eventstream.read(answer.body)]
        return "".join(
            data["delta"].get("text", "") for name, data in parts if name == "contentBlockDelta"
        ), "messageStop" in dict(parts)
    events = answer.events()
    if provider == "anthropic":
        texts = [json.loads(data)["delta"].get("text", "") for name, data in events if name == "content_block_delta"]
        return "".join(texts), "message_stop" in dict(events)
    chunks = [json.loads(data) for _, data in events if data.startswith("{")]
    texts = [choice["delta"].get("content") or "" for chunk in chunks for choice in chunk.get("choices", [])]
    return "".join(texts), any(data == "[DONE]" for _, data in events)


def counting():
    """Tokens, ids, instances."""
    yield "no bytes are no token", model.tokens(0), 0
    yield "four bytes are one token", model.tokens(4), 1
    yield "five are two", model.tokens(5), 2
    yield "equal seeds give equal ids", model.Ids("1").next("k", "x"), model.Ids("1").next("k", "x")
    yield "other seeds do not", model.Ids("1").next("k", "x") == model.Ids("2").next("k", "x"), False
    ids = model.Ids("1")
    yield "no id comes twice", ids.next("k", "x") == ids.next("k", "x"), False
    schema = {
        "type": "object",
        "required": ["a", "b", "c", "d", "e"],
        "$defs": {"x": {"enum": ["one", "two"]}},
        "properties": {
            "a": {"$ref": "#/$defs/x"},
            "b": {"type": "array", "items": {"type": "integer", "minimum": 7}, "minItems": 2},
            "c": {"anyOf": [{"type": "null"}, {"type": "string"}]},
            "d": {"type": "string", "minLength": 6},
            "e": {"type": ["boolean", "null"]},
            "f": {},
        },
    }
    yield "the least instance", model.least(schema), {"a": "one", "b": [7, 7], "c": None, "d": "textxx", "e": True}


def answers(server):
    body = openai("sk-emu-a").send(server).json()
    yield "openai: text", body["choices"][0]["message"]["content"], ECHO
    yield "openai: usage", [body["usage"][name] for name in ("prompt_tokens", "completion_tokens", "total_tokens")], [
        3,
        6,
        9,
    ]
    body = anthropic("sk-emu-a").send(server).json()
    yield "anthropic: text", body["content"][0]["text"], ECHO
    yield "anthropic: usage", (body["usage"]["input_tokens"], body["usage"]["output_tokens"]), (3, 6)
    body = bedrock("AKIDEMUA").send(server).json()
    yield "bedrock: text", body["output"]["message"]["content"], [{"text": ECHO}]
    yield "bedrock: usage", body["usage"]["totalTokens"], 9
    body = replicate("r8_emu-a").send(server).json()
    yield "replicate: text", "".join(body["output"]), ECHO
    yield "replicate: metrics", (body["metrics"]["input_token_count"], body["metrics"]["output_token_count"]), (3, 6)
    for provider in ("openai", "anthropic", "bedrock"):
        yield f"{provider}: streamed", text_of(provider, streamed(provider, KEYS[provider] + "1").send(server)), (
            ECHO,
            True,
        )
    answer = openai("sk-emu-a", client.RESPONSES | {"stream": True}, "/openai/v1/responses").send(server)
    numbers = [json.loads(data)["sequence_number"] for _, data in answer.events()]
    yield "responses: numbered from 0", numbers, list(range(len(numbers)))
    yield "responses: the last event", answer.events()[-1][0], "response.completed"


def seeds(server):
    """Two emulators of one seed say the same; of another one, other ids."""
    del server
    wishes = [anthropic("sk-emu-seed"), openai("sk-emu-seed"), bedrock("AKIDEMUSEED"), replicate("r8_emu-seed")]

    def ids(seed):
        other = client.Emulator(["--seed", seed])
        names = ("request-id", "x-request-id", "x-amzn-requestid", "x-none")
        made = [copy.deepcopy(wish).send(other) for wish in wishes]
        return [(answer.headers.get(name), answer.json().get("id")) for answer, name in zip(made, names)]

    yield "equal seeds, equal ids", ids("7"), ids("7")
    yield "another seed, other ids", [a == b for a, b in zip(ids("7"), ids("8"))], [False] * len(wishes)


def structured(server):
    tool = {"type": "function", "function": {"name": "weather", "parameters": SCHEMA}}
    wish = openai(body=client.CHAT | {"tools": [tool]})
    choice = wish.send(server).json()["choices"][0]
    yield "openai: a tool is called", (choice["finish_reason"], choice["message"]["tool_calls"][0]["function"]), (
        "tool_calls",
        {"name": "weather", "arguments": '{"city":"text"}'},
    )
    tools = [tool, {"type": "function", "function": {"name": "time"}}]
    wish = openai(
        body={"model": "gpt-4.1-mini", "tools": tools, "messages": [{"role": "user", "content": "in parallel"}]}
    )
    yield "openai: in parallel", len(wish.send(server).json()["choices"][0]["message"]["tool_calls"]), 2
    wish.body["parallel_tool_calls"] = False
    yield "openai: or not", len(wish.send(server).json()["choices"][0]["message"]["tool_calls"]), 1
    form = {"type": "json_schema", "json_schema": {"name": "x", "schema": SCHEMA, "strict": True}}
    yield "openai: a schema", openai(body=client.CHAT | {"response_format": form}).send(server).json()["choices"][0][
        "message"
    ]["content"], '{"city":"text"}'
    config = {"format": {"type": "json_schema", "schema": SCHEMA}}
    yield "anthropic: a schema", anthropic(body=client.MESSAGES | {"output_config": config}).send(server).json()[
        "content"
    ][0]["text"], '{"city":"text"}'
    wish = anthropic(body=client.MESSAGES | {"tools": [{"name": "weather", "input_schema": SCHEMA}], "stream": True})
    parts = [json.loads(data) for _, data in wish.send(server).events()]
    given = "".join(part["delta"].get("partial_json", "") for part in parts if part["type"] == "content_block_delta")
    yield "anthropic: a tool's arguments in pieces", given, '{"city":"text"}'
    wish = bedrock(
        body=client.CONVERSE
        | {"toolConfig": {"tools": [{"toolSpec": {"name": "weather", "inputSchema": {"json": SCHEMA}}}]}}
    )
    yield "bedrock: a tool is called", wish.send(server).json()["output"]["message"]["content"][0]["toolUse"][
        "input"
    ], {"city": "text"}
    yield "a limit", openai(body=client.CHAT | {"max_tokens": 2}).send(server).json()["choices"][0]["message"][
        "content"
    ], "You said"
    yield "a stop sequence", anthropic(body=client.MESSAGES | {"stop_sequences": [" there"]}).send(server).json()[
        "stop_sequence"
    ], " there"


def embeddings(server):
    def ask(**more):
        return (
            openai(body=client.EMBEDDINGS | more, path="/openai/v1/embeddings")
            .send(server)
            .json()["data"][0]["embedding"]
        )

    plain = ask()
    yield "1536 numbers", len(plain), 1536
    packed = base64.b64decode(ask(encoding_format="base64"))
    yield "the same as base64", list(struct.unpack("<1536f", packed)), plain
    yield "as many as asked for", len(ask(dimensions=3)), 3
    yield "of length one", round(sum(value * value for value in plain), 4), 1.0


def caches(server):
    block = {"type": "text", "text": "x" * 20000, "cache_control": {"type": "ephemeral", "ttl": "1h"}}
    wish = anthropic("sk-emu-cache", client.MESSAGES | {"system": [block]})
    first, second = (wish.send(server).json()["usage"] for _ in range(2))
    yield "written first", (
        first["cache_creation_input_tokens"],
        first["cache_creation"]["ephemeral_1h_input_tokens"],
        first["input_tokens"],
    ), (5000, 5000, 3)
    yield "then read", (second["cache_read_input_tokens"], second["input_tokens"]), (5000, 3)
    block["text"] = "y" * 4000
    short = anthropic("sk-emu-cache", client.MESSAGES | {"system": [block]}).send(server).json()["usage"]
    yield "too short to be kept", short["cache_creation_input_tokens"], 0
    wish = openai("sk-emu-cache", client.CHAT | {"messages": [{"role": "user", "content": "z" * 8000}]})
    yield "openai: none at first", wish.send(server).json()["usage"]["prompt_tokens_details"]["cached_tokens"], 0
    yield "openai: then in steps of 128", wish.send(server).json()["usage"]["prompt_tokens_details"][
        "cached_tokens"
    ], 1920


def statuses(server):
    server.script("sk-emu-s", {"status": 429, "times": 2, "retry_after": "7"}, {"status": 503})
    yield "twice, then another, then none", [openai("sk-emu-s").send(server).status for _ in range(4)], [
        429,
        429,
        503,
        200,
    ]
    server.script(
        "sk-emu-s",
        {"status": 429, "retry_after": "7"},
        {"status": 429, "retry_after_ms": 70},
        {"status": 429, "retry_after_date_s": 7},
    )
    heads = [openai("sk-emu-s").send(server).headers for _ in range(3)]
    yield "seconds", heads[0]["retry-after"], "7"
    yield "milliseconds", heads[1]["retry-after-ms"], "70"
    yield "a date", heads[2]["retry-after"].endswith(" GMT"), True
    server.script("r8_emu-s", {"status": 429, "delay_in_body_s": 30})
    body = replicate("r8_emu-s").send(server).json()
    yield "in the body alone", body["detail"], "Request was throttled. Your rate limit resets in ~30s."
    for name, code in (
        ("money", "insufficient_quota"),
        ("balance", "credit_balance_exhausted"),
        ("slow_down", "slow_down"),
    ):
        server.script("sk-emu-s", {"status": 429, "error": name})
        yield f"openai: {name}", openai("sk-emu-s").send(server).json()["error"]["code"], code
    server.script("sk-emu-s", {"status": 429, "error": "money"})
    error = anthropic("sk-emu-s").send(server).json()
    yield "anthropic: money", error["error"]["details"], {"error_code": "enforced_spend_limit_reached"}
    yield "anthropic: its id", error["request_id"].startswith("req_011"), True
    server.script("AKIDEMUS", {"status": 429, "error": "not_ready"})
    yield "bedrock: not ready", bedrock("AKIDEMUS").send(server).headers["x-amzn-errortype"], "ModelNotReadyException"
    server.script("sk-emu-s", {"status": 500}, model="gpt-4.1-nano")
    yield "another model", openai("sk-emu-s").send(server).status, 200
    yield "that model", openai("sk-emu-s", client.CHAT | {"model": "gpt-4.1-nano"}).send(server).status, 500
    yield "by the key's name", openai("sk-emu-slow_down~1").send(server).status, 429
    yield "in letters alone", bedrock("AKIDEMUoverloaded1").send(server).status, 503
    yield "a step of no such name", server.control("script", {"key": "x", "steps": [{"statu": 1}]})[0], 400


def broken_streams(server):
    for provider in ("openai", "anthropic", "bedrock"):
        key = KEYS[provider] + "broken"
        if provider == "bedrock":
            key = "AKIDEMUX"
        for how, ends in (("reset", "reset"), ("close", "closed"), ("end", "complete"), ("error", "complete")):
            server.script(key, {"after": 4, "then": how})
            answer = streamed(provider, key).send(server)
            yield f"{provider}: {how} after four events", answer.how, ends
            if how == "end":
                yield f"{provider}: no end of its own", text_of(provider, answer)[1], False
        server.script(key, {"no_terminal": True})
        yield f"{provider}: no terminal event", text_of(provider, streamed(provider, key).send(server)), (ECHO, False)
    server.script("sk-emu-e", {"after": 4, "then": "error"}, {"after": 4, "then": "error", "error": "slow_down"})
    yield "anthropic: its error event", json.loads(streamed("anthropic", "sk-emu-e").send(server).events()[-1][1])[
        "error"
    ]["type"], "overloaded_error"
    yield "openai: its error event", json.loads(streamed("openai", "sk-emu-e").send(server).events()[-1][1])["error"][
        "code"
    ], "rate_limit_exceeded"
    server.script("AKIDEMUX", {"after": 2, "then": "error"}, {"after": 2, "then": "bad_crc"})
    parts = list(eventstream.read(streamed("bedrock", "AKIDEMUX").send(server).body))
    yield "bedrock: its exception", parts[-1][0][":exception-type"], "modelStreamErrorException"
    try:
        list(eventstream.read(streamed("bedrock", "AKIDEMUX").send(server).body))
        yield "bedrock: a wrong sum", "read", "refused"
    except ValueError as reason:
        yield "bedrock: a wrong sum", str(reason), "checksum"


def odd_streams(server):
    def ask(key="sk-emu-o", provider="anthropic", headers=None, **step):
        server.script(key, step)
        wish = streamed(provider, key)
        wish.headers |= headers or {}
        return wish.send(server)

    yield "duplicate start", [name for name, _ in ask(duplicate_start=True).events()][:2], [
        "message_start",
        "message_start",
    ]
    yield "unknown events", "shiny_new_event" in dict(ask(unknown_events=True).events()), True
    yield "comments", b": a comment\n" in ask(comments=True).body, True
    yield "CRLF", ask(line_end="crlf").body.count(b"\r\n\r\n"), 8
    yield "CR", (b"\n" in ask(line_end="cr").body, ask(line_end="cr").body.count(b"\r\r")), (False, 8)
    yield "chunk extensions", b';note="a, b";more\r\n' in ask(chunk_extensions=True).raw, True
    yield "chunks of seven", b"\r\n7\r\n" in ask(chunk_bytes=7).raw, True
    yield "and all of it", text_of("anthropic", ask(chunk_bytes=7)), (ECHO, True)
    yield "byte by byte", text_of("anthropic", ask(cut="byte")), (ECHO, True)
    yield "till the end of the connection", ask(framing="close").headers.get("transfer-encoding"), None
    yield "interim answers", ask(interim=True).raw.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103"), True
    yield "one event of a megabyte", max(
        len(data) for _, data in ask(big_event_bytes=1 << 20, text="x").events()
    ) > 100, True
    yield "after the end", ask(provider="openai", trailing=True).body.endswith(b'data: {"object":"late"}\n\n'), True
    answer = ask(headers={"accept-encoding": "gzip"}, gzip=True)
    yield "gzip", gzip.decompress(answer.body).endswith(b'data: {"type":"message_stop"}\n\n'), True
    yield "gzip unasked", ask(gzip=True).headers.get("content-encoding"), None
    yield "no usage", '"usage"' in ask(usage="missing").body.decode(), False
    yield "usage twice", [name for name, _ in ask(usage="twice").events()].count("message_delta"), 2
    wish = streamed("openai", "sk-emu-usage")
    wish.body["stream_options"] = {"include_usage": True}
    chunks = [json.loads(data) for _, data in wish.send(server).events() if data != "[DONE]"]
    yield "openai: usage last, null before", [chunk["usage"] and chunk["usage"]["total_tokens"] for chunk in chunks], [
        None
    ] * (len(chunks) - 1) + [9]
    yield "cuts within characters", http1.cuts("aä€😀".encode(), "utf8"), [2, 4, 5, 7, 8, 9]
    yield "cuts within CRLF", http1.cuts(b"a\r\nb\r\n\r\n", "crlf"), [2, 5, 7]


def before_the_head(server):
    for how, ends in (("reset", "reset"), ("close", "closed")):
        server.script("sk-emu-h", {"head": how})
        answer = openai("sk-emu-h").send(server)
        yield f"{how} instead of an answer", (answer.status, answer.how), (0, ends)
    server.script("sk-emu-h", {"head": "silence"}, {"after": 3, "then": "stall"})
    for name, wish in (("silence", openai("sk-emu-h")), ("a stall", streamed("openai", "sk-emu-h"))):
        body = json.dumps(wish.body).encode()
        with server.send("POST", wish.path, wish.headers, body) as sock:
            sock.settimeout(0.2)
            data = b""
            try:
                while part := sock.recv(65536):
                    data += part
                yield f"{name}: no end", "ended", "still open"
            except TimeoutError:
                yield f"{name}: no end", "still open", "still open"
        yield f"{name}: the client's leaving is seen", last_outcome(server, "sk-emu-h"), "client left"
    server.script("sk-emu-h", {"garbage": "html"}, {"garbage": "json"}, {"after": 10, "then": "close"})
    yield "HTML", openai("sk-emu-h").send(server).headers["content-type"], "text/html"
    yield "half of JSON", openai("sk-emu-h").send(server).body, b'{"id":"x","choices":[{"mess'
    yield "a body that is cut", openai("sk-emu-h").send(server).how, "closed"


def last_outcome(server, key):
    for _ in range(100):
        entry = server.control(f"journal?key={key}")[1]["entries"][-1]
        if entry["took_ms"] is not None:
            return entry["outcome"]
        time.sleep(0.01)
    return "open"


def predictions(server):
    def ask(**step):
        server.script("r8_emu-p", step)
        return replicate("r8_emu-p")

    early = ask(starting_ms=0, processing_ms=5000, wait_ms=20).send(server).json()
    yield "the wait is over first", early["status"], "processing"
    yield "then its output is not all", early["output"] != ["You said:", " hello there"], True
    path = f"/replicate/v1/predictions/{early['id']}"
    headers = client.bearer("r8_emu-p")
    yield "it can be asked for", server.ask("GET", path, headers).json()["status"], "processing"
    yield "and cancelled", server.ask("POST", path + "/cancel", headers, b"").json()["status"], "canceled"
    yield "for good", server.ask("GET", path, headers).json()["status"], "canceled"
    yield "it fails", ask(final="failed").send(server).json()["error"], "The model failed."
    yield "output as one string", ask(output="string").send(server).json()["output"], ECHO
    yield "no output", ask(output="null").send(server).json()["output"], None
    late = ask(starting_ms=3000)
    late.headers["cancel-after"] = "1s"
    begun = time.monotonic()
    yield "a deadline before the start", late.send(server).json()["status"], "aborted"
    yield "is kept", time.monotonic() - begun < 2, True
    made = ask().send(server).json()
    answer = server.ask("GET", f"/replicate/v1/stream/{made['id']}", headers)
    yield "its stream", [name for name, _ in answer.events()], ["output", "output", "done"]


class Hook(http.server.BaseHTTPRequestHandler):
    """Takes webhooks: (event, id, whether the signature is right)."""

    seen = []

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        message_id, stamp = self.headers["webhook-id"], self.headers["webhook-timestamp"]
        is_right = self.headers["webhook-signature"] == replicate_webhook.signature(message_id, stamp, body)
        self.seen.append((json.loads(body)["status"], message_id, is_right))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *arguments):
        pass


def webhooks(server):
    hooks = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    threading.Thread(target=hooks.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{hooks.server_address[1]}/"

    def seen(count, **step):
        Hook.seen.clear()
        server.script("r8_emu-w", step)
        wish = replicate("r8_emu-w", client.PREDICTION | {"webhook": url, "webhook_events_filter": ["completed"]})
        wish.send(server)
        for _ in range(200):
            if len(Hook.seen) >= count:
                break
            time.sleep(0.01)
        return list(Hook.seen)

    (plain,) = seen(1)
    yield "a webhook at the end, signed", (plain[0], plain[2]), ("succeeded", True)
    twice = seen(2, webhook="twice")
    yield "twice, with one id", (len(twice), len({message_id for _, message_id, _ in twice})), (2, 1)
    yield "forged", [is_right for _, _, is_right in seen(1, webhook="forged")], [False]
    hooks.shutdown()


def journal(server):
    server.script("sk-emu-j", {"status": 500}, {"status": 429}, {"head": "reset"})
    for _ in range(4):
        openai("sk-emu-j").send(server)
    _, counts = server.control("count?key=sk-emu-j")
    yield "attempts, billed and maybe", (counts["attempts"], counts["billed"], counts["maybe_billed"]), (4, 1, 2)
    entry = server.control("journal?key=sk-emu-j")[1]["entries"][-1]
    yield "what it was asked", json.loads(entry["body"]), client.CHAT
    yield "no key among the headers", "authorization" in entry["headers"], False
    yield "tokens", (entry["input_tokens"], entry["output_tokens"]), (3, 6)
    server.control("sink/v1/traces", {"a": 1})
    yield "what was sunk", [(each["path"], each["body"]) for each in server.control("sink")[1]["sunk"]], [
        ("/_emu/sink/v1/traces", '{"a": 1}')
    ]
    server.control("reset?key=sk-emu-j", {})
    yield "after a reset", server.control("count?key=sk-emu-j")[1]["requests"], 0
    yield "no other key's", server.control("count?key=sk-emu-s")[1]["requests"] > 0, True


PARTS = (
    answers,
    seeds,
    structured,
    embeddings,
    caches,
    statuses,
    broken_streams,
    odd_streams,
    before_the_head,
    predictions,
    webhooks,
    journal,
)


def check(server):
    yield from counting()
    for part in PARTS:
        yield from part(server)
