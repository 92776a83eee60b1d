#!/usr/bin/env python3
"""The model providers, on one machine: OpenAI, Anthropic, Replicate and Bedrock, as strict as the real ones or stricter.

    emulator.py [--port N] [--seed S] [--key K]... [--region R] [--secret-key S] [--session-token T]

Prints "listening on URL" once it serves. Each provider is under its name: URL/openai/v1/chat/completions,
URL/anthropic/v1/messages, URL/replicate/v1/predictions, URL/bedrock/model/ID/converse; without the name, the path says
which one is meant (/v1/models is Anthropic's if anthropic-version is sent).

A key is known if it has "emu" in it, if it is given with --key, or if a script is set for it; Bedrock's key is the key
id, "local" too. What is refused, and in which words, stands in the wires; what is answered and counted in model.py;
what can be made to go wrong in script.py:

    POST /_emu/script   {"key": "sk-emu-1", "model"?: "...", "steps": [{"status": 429, "times": 2}, {"head": "reset"}]}
    GET  /_emu/journal  [?key=K]: how many requests, attempts, billed and maybe billed ones; and each of them
    GET  /_emu/count    the same without them
    POST /_emu/reset    [?key=K]: scripts and journal are dropped
    POST /_emu/sink/... takes any body, as a collector of traces would; GET /_emu/sink gives them back

A request is checked before its step is looked at, so that no fault hides a mistake of the client's.
"""

import argparse
import socket
import sys
import threading
import time

import model
import wire_anthropic
import wire_bedrock
import wire_openai
import wire_replicate
from answer import Refused, Sender, decode_json
from http1 import BadRequest, Connection, Gone, read_request
from script import Journal, Scripts, Step

BACKLOG = 1024
REFUSED_AND_MAYBE_BILLED = (408, 500, 502, 504)


class State:
    """What all connections share."""

    def __init__(self, options):
        self.options = options
        self.scripts, self.journal = Scripts(), Journal()
        self.ids, self.cache = model.Ids(options.seed), model.PromptCache()
        self.sunk = []
        self.wires = {
            module.Wire.name: module.Wire(self)
            for module in (wire_openai, wire_anthropic, wire_replicate, wire_bedrock)
        }

    def knows(self, key):
        return "emu" in key.lower() or key in self.options.key or self.scripts.has(key)

    def wires_for(self, request):
        """Those that may be meant; request.path loses the provider's name."""
        request.full_path, request.prefix = request.path, ""
        name, slash, rest = request.path[1:].partition("/")
        if name in self.wires:
            request.path, request.prefix = slash + rest, "/" + name
            return [self.wires[name]]
        first = "anthropic" if "anthropic-version" in request.headers else "openai"
        return sorted(self.wires.values(), key=lambda wire: wire.name != first)


def find_route(wires, request):
    for wire in wires:
        for method, pattern, operation, what in wire.routes:
            match = pattern.fullmatch(request.path)
            if match and method == request.method:
                return wire, operation, what, match
    return None


class Session:
    """One connection, until either side has enough."""

    def __init__(self, state, sock):
        self.state, self.connection, self.reader = state, Connection(sock), sock.makefile("rb")

    def run(self):
        try:
            while self.connection.is_open and (request := read_request(self.reader, self.connection)):
                self.connection.cut = None
                self.serve(request)
                if request.header("connection").lower() == "close":
                    break
        except BadRequest as reason:
            self.plain(400, {"error": str(reason)})
        except (Gone, OSError):
            pass
        finally:
            self.reader.close()
            self.connection.sock.close()

    def plain(self, status, body):
        data = model.compact(body).encode()
        try:
            self.connection.head(status, {"content-type": "application/json"}, "length", len(data))
            self.connection.raw(data)
        except Gone:
            pass

    def serve(self, request):
        if request.path.startswith("/_emu/"):
            self.plain(*self.control(request))
            return
        found = find_route(self.state.wires_for(request), request)
        if found is None:
            self.state.journal.open(what="unknown", status=404, outcome="sent", path=request.full_path)
            self.plain(404, {"error": f"no provider has {request.method} {request.full_path}"})
            return
        self.call(request, *found)

    def call(self, request, wire, operation, what, match):
        started = time.monotonic()
        entry = self.state.journal.open(
            provider=wire.name,
            what=what,
            operation=operation,
            path=request.full_path,
            body_bytes=len(request.body),
            headers={
                name: value
                for name, value in request.headers.items()
                if name not in ("authorization", "x-api-key", "x-amz-security-token")
            },
        )
        step = Step()
        try:
            entry["key"] = key = wire.authenticate(request)
            ask = wire.read(request, operation, match)
            entry.update(model=ask.model, stream=ask.stream, body=request.body.decode("utf-8", "replace"))
            step = self.state.scripts.take(key, ask.model, what)
            self.answer(request, wire, operation, ask, step, entry)
        except Refused as failure:
            self.refuse(request, wire, operation, step, failure, entry)
        except Gone:
            entry["outcome"] = "client left"
        finally:
            entry["step"] = {name: value for name, value in vars(step).items() if name in step.given}
            entry["took_ms"] = round((time.monotonic() - started) * 1000, 3)

    def answer(self, request, wire, operation, ask, step, entry):
        sender = Sender(self.connection, request, step, wire, operation, entry)
        if sender.before_head():
            return
        if step.status is not None and step.status >= 400:
            entry["billed"] = "maybe" if step.status in REFUSED_AND_MAYBE_BILLED and entry["what"] == "create" else "no"
            raise wire.error(step)
        answer = wire.answer(ask, operation, entry["key"], step)
        answer.fields = wire.common_fields(entry["key"], step) | answer.fields
        sender.answer(answer)

    def refuse(self, request, wire, operation, step, failure, entry):
        fields = wire.common_fields(entry["key"] or "", step)
        wire.finish_refusal(failure, fields)
        fields |= failure.fields
        media = fields.pop("content-type", "application/json")
        body = failure.body if step.body is None else step.body.encode()
        try:
            Sender(self.connection, request, step, wire, operation, entry).whole(failure.status, fields, body, media)
        except Gone:
            entry["outcome"] = "client left"

    def control(self, request):
        key = request.query.get("key")
        if (request.method, request.path) == ("GET", "/_emu/journal"):
            return 200, self.state.journal.read(key)
        if (request.method, request.path) == ("GET", "/_emu/count"):
            return 200, self.state.journal.read(key, with_entries=False)
        if request.path.startswith("/_emu/sink"):
            if request.method == "POST":
                self.state.sunk.append(
                    {"path": request.path, "headers": request.headers, "body": request.body.decode("latin-1")}
                )
            return 200, {"sunk": self.state.sunk} if request.method == "GET" else {}
        if (request.method, request.path) == ("POST", "/_emu/reset"):
            self.state.scripts.drop(key)
            self.state.journal.drop(key)
            return 200, {}
        if (request.method, request.path) != ("POST", "/_emu/script"):
            return 404, {"error": "script, journal, count or reset"}
        try:
            wish = decode_json(request.body)
            self.state.scripts.put(wish["key"], wish.get("model"), wish["steps"])
        except (ValueError, KeyError, TypeError) as reason:
            return 400, {"error": str(reason)}
        return 200, {}


def options_read(arguments):
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--seed", default="0")
    parser.add_argument("--key", action="append", default=["local"])
    parser.add_argument("--region", default="us-east-1")
    parser.add_argument("--secret-key", default="local")
    parser.add_argument("--session-token", default="local")
    return parser.parse_args(arguments)


def server_make(options):
    """A listening socket, its URL, and a function that serves until the socket is closed."""
    state, server = State(options), socket.create_server(("127.0.0.1", options.port), backlog=BACKLOG)

    def serve():
        while True:
            try:
                sock, _ = server.accept()
            except OSError:
                return
            threading.Thread(target=Session(state, sock).run, daemon=True).start()

    return server, f"http://127.0.0.1:{server.getsockname()[1]}", serve


def main():
    _, url, serve = server_make(options_read(sys.argv[1:]))
    print(f"listening on {url}", flush=True)
    serve()


if __name__ == "__main__":
    main()
