#!/usr/bin/env python3
"""The collector itself: that it takes what is right and refuses each thing that is wrong. TAP."""

import copy
import http.server
import json
import sys
import tempfile
import threading
import urllib.error
import urllib.request

import collector

TRACE, CALL, ATTEMPT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7", "00f067aa0ba902b8"


def attribute(key, **value):
    return {"key": key, "value": value}


def span(name, span_id, kind, **more):
    times = {"startTimeUnixNano": "1795900000000000000", "endTimeUnixNano": "1795900000930000000"}
    return {"traceId": TRACE, "spanId": span_id, "name": name, "kind": kind, "attributes": []} | times | more


RIGHT = {
    "resourceSpans": [
        {
            "resource": {"attributes": [attribute("service.name", stringValue="x")]},
            "scopeSpans": [
                {
                    "scope": {"name": "s"},
                    "spans": [
                        span("gateway", CALL, 2, attributes=[attribute("n", intValue="-5"), attribute("b", boolValue=True)]),
                        span("chat", ATTEMPT, 3, parentSpanId=CALL, status={"code": 2}),
                    ],
                }
            ],
        }
    ]
}


def spans_of(batch):
    return batch["resourceSpans"][0]["scopeSpans"][0]["spans"]


def first(**members):
    return lambda batch: spans_of(batch)[0].update(members)


def second(**members):
    return lambda batch: spans_of(batch)[1].update(members)


def attributes(*entries):
    return first(attributes=list(entries))


WRONG = [
    ("an unknown member", lambda b: b.update(more=1)),
    ("no resource", lambda b: b["resourceSpans"][0].pop("resource")),
    ("no scope", lambda b: b["resourceSpans"][0]["scopeSpans"][0].pop("scope")),
    ("no spans", lambda b: spans_of(b).clear()),
    ("a span without a name", first(name="")),
    ("a span without a kind", lambda b: spans_of(b)[0].pop("kind")),
    ("a kind that is none", first(kind=6)),
    ("an id in capitals", first(traceId=TRACE.upper())),
    ("an id of zeros", first(traceId="0" * 32)),
    ("an id in base64", first(spanId="APBnqguqkCtw==")),
    ("an id too short", first(spanId=CALL[1:])),
    ("the same id twice", second(spanId=CALL)),
    ("an attempt without a parent", lambda b: spans_of(b)[1].pop("parentSpanId")),
    ("an attempt of another's call", second(parentSpanId="00f067aa0ba902b9")),
    ("a time that is a number", first(startTimeUnixNano=1795900000000000000)),
    ("a time in milliseconds", first(endTimeUnixNano="1795900000000")),
    ("an end before the start", first(endTimeUnixNano="1795899999999999999")),
    ("a status with words", second(status={"code": 2, "message": "x"})),
    ("a status that is none", second(status={"code": 3})),
    ("an attribute twice", attributes(attribute("a", stringValue="x"), attribute("a", stringValue="y"))),
    ("an attribute without a value", attributes(attribute("a"))),
    ("an attribute with two values", attributes(attribute("a", stringValue="x", boolValue=True))),
    ("a whole number that is a number", attributes(attribute("a", intValue=5))),
    ("a whole number with a point", attributes(attribute("a", intValue="5.0"))),
    ("a double that is a text", attributes(attribute("a", doubleValue="0.5"))),
    ("a truth that is a number", attributes(attribute("a", boolValue=1))),
    ("a kind of value that is none", attributes(attribute("a", numberValue=1))),
]


def post(url, body, path="/v1/traces", content_type="application/json"):
    request = urllib.request.Request(url + path, data=body, headers={"content-type": content_type})
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            return response.status
    except urllib.error.HTTPError as error:
        return error.code


def main():
    folder = tempfile.TemporaryDirectory()
    collector.Handler.folder = folder.name
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), collector.Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_address[1]}"
    body = json.dumps(RIGHT).encode()
    results = [
        ("a right batch", post(url, body), 200),
        ("another path", post(url, body, path="/v1/logs"), 400),
        ("another type", post(url, body, content_type="application/x-protobuf"), 400),
        ("half of it", post(url, body[:-5]), 400),
    ]
    for name, change in WRONG:
        batch = copy.deepcopy(RIGHT)
        change(batch)
        results.append((name, post(url, json.dumps(batch).encode()), 400))
    folder.cleanup()
    print(f"1..{len(results)}")
    failed = 0
    for number, (name, got, want) in enumerate(results, 1):
        print(f"{'ok' if got == want else 'not ok'} {number} - {name}")
        if got != want:
            print(f"# got {got}, want {want}")
            failed += 1
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
