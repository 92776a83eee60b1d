#!/usr/bin/env python3
"""A collector of OpenTelemetry traces for one machine: OTLP over HTTP in JSON, read more strictly than by real ones.

    collector.py --folder FOLDER

Prints "listening on URL" once it serves. Each request becomes a line of JSON in FOLDER/log: {"status":200,"spans":[..],
"resource":{..},"headers":{..}}, or {"status":400,"fault":".."}. FOLDER/script, if it is there, says what to answer:

    {"status": 503}        that status
    {"rejected": 2}        200, and so many spans were not taken
    {"delay_ms": 500}      late
    {"silent": true}       never

Checked: method, path, content type, length, JSON without unknown members, ids in lower-case hexadecimal of their length
and not zero, times as strings of digits, an end not before its start, one value an attribute, 64-bit integers as
strings, no attribute twice, spans of a batch whose parents are in it.

Source: OpenTelemetry Protocol specification, "OTLP/HTTP", "JSON Protobuf Encoding"; opentelemetry-proto, trace.proto.
"""

import argparse
import http.server
import json
import os
import re
import sys
import threading
import time

MAX_BODY = 1 << 20


class Fault(Exception):
    pass


def need(holds, words):
    if not holds:
        raise Fault(words)


def members(value, required, optional=()):
    need(isinstance(value, dict), f"not an object: {value!r:.60}")
    need(set(required) <= set(value), f"missing: {set(required) - set(value)}")
    need(set(value) <= set(required) | set(optional), f"unknown: {set(value) - set(required) - set(optional)}")


def check_value(value):
    members(value, (), ("stringValue", "boolValue", "intValue", "doubleValue"))
    need(len(value) == 1, "an attribute has one value")
    kind, held = next(iter(value.items()))
    need(kind != "stringValue" or isinstance(held, str), kind)
    need(kind != "boolValue" or isinstance(held, bool), kind)
    need(kind != "intValue" or (isinstance(held, str) and re.fullmatch(r"-?\d{1,19}", held)), kind)
    need(kind != "doubleValue" or (isinstance(held, (int, float)) and not isinstance(held, bool)), kind)
    return int(held) if kind == "intValue" else held


def attributes(entries):
    need(isinstance(entries, list), "attributes")
    read = {}
    for entry in entries:
        members(entry, ("key", "value"))
        need(entry["key"] and entry["key"] not in read, f"{entry['key']} twice")
        read[entry["key"]] = check_value(entry["value"])
    return read


def check_id(text, digits):
    need(isinstance(text, str) and re.fullmatch(f"[0-9a-f]{{{digits}}}", text) and set(text) != {"0"}, f"id {text!r}")


def check_span(span):
    members(
        span,
        ("traceId", "spanId", "name", "kind", "startTimeUnixNano", "endTimeUnixNano", "attributes"),
        ("parentSpanId", "status"),
    )
    check_id(span["traceId"], 32)
    check_id(span["spanId"], 16)
    if "parentSpanId" in span:
        check_id(span["parentSpanId"], 16)
    need(span["name"] and isinstance(span["name"], str), "name")
    need(span["kind"] in (1, 2, 3, 4, 5), "kind")
    for name in ("startTimeUnixNano", "endTimeUnixNano"):
        need(isinstance(span[name], str) and re.fullmatch(r"\d{19}", span[name]), name)
    need(int(span["startTimeUnixNano"]) <= int(span["endTimeUnixNano"]), "ends before it starts")
    if "status" in span:
        members(span["status"], ("code",))
        need(span["status"]["code"] in (1, 2), "status")
    return span | {"attributes": attributes(span["attributes"])}


def read_spans(body):
    batch = json.loads(body)
    members(batch, ("resourceSpans",))
    need(len(batch["resourceSpans"]) == 1, "one resource")
    whole = batch["resourceSpans"][0]
    members(whole, ("resource", "scopeSpans"))
    members(whole["resource"], ("attributes",))
    need(len(whole["scopeSpans"]) == 1, "one scope")
    scope = whole["scopeSpans"][0]
    members(scope, ("scope", "spans"))
    members(scope["scope"], ("name",), ("version",))
    spans = [check_span(span) for span in scope["spans"]]
    need(spans, "no spans")
    ids = [span["spanId"] for span in spans]
    need(len(set(ids)) == len(ids), "a span's id twice")
    for span in spans:
        need(span["kind"] != 3 or span.get("parentSpanId") in ids, "an attempt without its call")
    return attributes(whole["resource"]["attributes"]), spans


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    folder = None
    lock = threading.Lock()

    def log_message(self, *args):
        pass

    def say(self, **line):
        with self.lock, open(os.path.join(self.folder, "log"), "a", encoding="utf-8") as log:
            log.write(json.dumps(line) + "\n")

    def script(self):
        try:
            with open(os.path.join(self.folder, "script"), encoding="utf-8") as file:
                return json.load(file)
        except FileNotFoundError:
            return {}

    def reply(self, status, body):
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        script = self.script()
        try:
            need(self.path == "/v1/traces", "path")
            need(self.headers.get("content-type") == "application/json", "content-type")
            length = int(self.headers.get("content-length", "-1"))
            need(0 < length <= MAX_BODY, "content-length")
            resource, spans = read_spans(self.rfile.read(length))
        except (Fault, ValueError, KeyError, TypeError) as fault:
            self.say(status=400, fault=str(fault))
            self.reply(400, b"{}")
            return
        time.sleep(script.get("delay_ms", 0) / 1000)
        status = script.get("status", 200)
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.say(status=status, spans=spans, resource=resource, headers=headers)
        if script.get("silent"):
            time.sleep(60)
            return
        rejected = script.get("rejected")
        answer = {"partialSuccess": {"rejectedSpans": str(rejected), "errorMessage": "as told"}} if rejected else {}
        self.reply(status, json.dumps(answer).encode())

    def do_GET(self):
        self.say(status=405, fault="method")
        self.reply(405, b"{}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", required=True)
    Handler.folder = parser.parse_args().folder
    http.server.ThreadingHTTPServer.daemon_threads = True
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(f"listening on http://127.0.0.1:{server.server_address[1]}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    sys.exit(main())
