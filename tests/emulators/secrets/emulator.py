#!/usr/bin/env python3
"""Secrets Manager for one machine: GetSecretValue, as strict as the real one or stricter.

    emulator.py --secrets FILE [--region R] [--key-id K] [--secret-key S] [--session-token T] [--tls CERT KEY]

Prints "listening on URL" once it serves. FILE is read anew for each request, so a test changes it as it goes:

    {"<ARN>": {"SecretString": "..."},            a value
     "<ARN>": {"SecretBinary": "<base64>"},
     "<ARN>": {}}                                 created, and nothing put into it

and, in any of these, faults:

    "fault": "AccessDeniedException"              that answer (any type the service documents), always
    "fault": "ThrottlingException", "times": 1    the first so many times; counted for each ARN and fault
    "fault": "internal" | "garbage" | "silence" | "cut" | "huge"    a 500; no JSON; no answer; half of it; past limits

Everything about a request is checked: method, path, target, content type, body, the signature over host, target,
content type, date and token, region, service, key, token, five minutes of clock. Each request becomes a line of JSON on standard
error: type of the answer, ARN, and what the answer was; never a value.

Source: Secrets Manager API Reference, "GetSecretValue", "CommonErrors"; IAM User Guide, "Create a signed AWS API
request".
"""

import argparse
import calendar
import hmac
import http.server
import json
import re
import ssl
import sys
import threading
import time

import sigv4

SKEW_S = 300
MAX_BODY = 10240
MUST_BE_SIGNED = ("content-type", "host", "x-amz-date", "x-amz-target")
ARN = re.compile(r"arn:aws:secretsmanager:([a-z0-9-]+):\d{12}:secret:[A-Za-z0-9/_+=.@-]+")


class Fault(Exception):
    def __init__(self, kind, message, status=400):
        super().__init__(message)
        self.kind, self.status = kind, status


class State:
    def __init__(self, options):
        self.options = options
        self.lock = threading.Lock()
        self.seen = {}

    def entry(self, arn):
        with open(self.options.secrets, encoding="utf-8") as file:
            return json.load(file).get(arn)

    def fault_of(self, arn, entry):
        """The fault to show, if it is still due."""
        fault = entry.get("fault")
        with self.lock:
            count = self.seen[arn, fault] = self.seen.get((arn, fault), 0) + 1
        return fault if fault and count <= entry.get("times", float("inf")) else None


def check_signature(options, method, path, headers, body):
    """`headers` maps lower-case names to values, each sent once. Raises Fault."""
    if "authorization" not in headers:
        raise Fault("MissingAuthenticationTokenException", "not signed")
    try:
        key_id, date, region, service, signed, value = sigv4.parse(headers["authorization"])
    except sigv4.Refused as reason:
        raise Fault("IncompleteSignatureException", str(reason)) from None
    needed = set(MUST_BE_SIGNED) | {name for name in headers if name.startswith("x-amz-")}
    if signed != sorted(signed) or len(set(signed)) != len(signed):
        raise Fault("IncompleteSignatureException", "signed headers are not in order")
    if not needed <= set(signed):
        raise Fault("InvalidSignatureException", "not signed: " + ", ".join(sorted(needed - set(signed))))
    if not set(signed) <= set(headers):
        raise Fault("InvalidSignatureException", "signed and not sent: " + ", ".join(sorted(set(signed) - set(headers))))
    if region != options.region or service != "secretsmanager":
        raise Fault("InvalidSignatureException", f"scope is {region}/{service}")
    stamp = headers["x-amz-date"]
    try:
        moment = calendar.timegm(time.strptime(stamp, "%Y%m%dT%H%M%SZ"))
    except ValueError:
        raise Fault("IncompleteSignatureException", "x-amz-date") from None
    if stamp[:8] != date:
        raise Fault("InvalidSignatureException", "the scope has another day than x-amz-date")
    if abs(time.time() - moment) > SKEW_S:
        raise Fault("InvalidSignatureException", "signature not yet current, or expired")
    if key_id != options.key_id or headers.get("x-amz-security-token", "") != options.session_token:
        raise Fault("UnrecognizedClientException", "The security token included in the request is invalid.")
    target, _, query = path.partition("?")
    wanted = sigv4.signature(method, target, query, headers, signed, body, stamp, region, service, options.secret_key)
    if not hmac.compare_digest(wanted, value):
        raise Fault("InvalidSignatureException", "the signature does not match")


def read_arn(options, body):
    try:
        wish = json.loads(body)
    except ValueError:
        raise Fault("SerializationException", "not JSON") from None
    if not isinstance(wish, dict) or set(wish) - {"SecretId", "VersionId", "VersionStage"}:
        raise Fault("ValidationException", "unknown members")
    arn = wish.get("SecretId")
    match = ARN.fullmatch(arn) if isinstance(arn, str) else None
    if not match:
        raise Fault("ValidationException", "SecretId")
    if match.group(1) != options.region:
        raise Fault("InvalidParameterException", "an ARN of another region")
    return arn


def value_of(state, arn):
    """What the service answers, as a member of a response; raises Fault, or gives the name of a worse one."""
    entry = state.entry(arn)
    if entry is None:
        raise Fault("ResourceNotFoundException", "Secrets Manager can't find the specified secret.")
    fault = state.fault_of(arn, entry)
    if fault in ("garbage", "silence", "cut", "huge"):
        return fault, None
    if fault == "internal":
        raise Fault("InternalServiceError", "An error occurred on the server side.", 500)
    if fault:
        raise Fault(fault, "as the script says")
    kept = {name: entry[name] for name in ("SecretString", "SecretBinary") if name in entry}
    if not kept:
        raise Fault(
            "ResourceNotFoundException",
            "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT",
        )
    answer = {"ARN": arn, "Name": arn.rsplit(":", 1)[1][:-7], "VersionId": "00000000-0000-4000-8000-000000000000"}
    return None, answer | kept | {"VersionStages": ["AWSCURRENT"], "CreatedDate": 1763640000.123}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    state = None

    def log_message(self, *args):
        pass

    def say(self, arn, outcome):
        print(json.dumps({"arn": arn, "outcome": outcome}), file=sys.stderr, flush=True)

    def reply(self, status, body):
        self.send_response(status)
        self.send_header("Content-Type", "application/x-amz-json-1.1")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def read(self):
        headers = {}
        for name, value in self.headers.items():
            if name.lower() in headers:
                raise Fault("ValidationException", f"{name} twice")
            headers[name.lower()] = value
        length = headers.get("content-length", "")
        if not re.fullmatch(r"\d{1,6}", length) or int(length) > MAX_BODY:
            raise Fault("ValidationException", "content-length")
        return headers, self.rfile.read(int(length))

    def handle_any(self):
        arn = None
        try:
            headers, body = self.read()
            check_signature(self.state.options, self.command, self.path, headers, body)
            if self.command != "POST" or self.path != "/":
                raise Fault("UnknownOperationException", "POST / is all there is", 404)
            if headers["x-amz-target"] != "secretsmanager.GetSecretValue":
                raise Fault("UnknownOperationException", "x-amz-target")
            if headers["content-type"] != "application/x-amz-json-1.1":
                raise Fault("SerializationException", "content-type")
            arn = read_arn(self.state.options, body)
            worse, answer = value_of(self.state, arn)
        except Fault as fault:
            self.say(arn, f"{fault.kind}: {fault}")
            self.reply(fault.status, json.dumps({"__type": fault.kind, "Message": str(fault)}).encode())
            return
        self.say(arn, worse or "value")
        self.misbehave(worse) if worse else self.reply(200, json.dumps(answer).encode())

    def misbehave(self, how):
        if how == "garbage":
            self.reply(200, b'{"SecretString":"half a')
        elif how == "huge":
            self.reply(200, json.dumps({"SecretString": "x" * 65537}).encode())
        elif how == "cut":
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"SecretString\":")
            self.close_connection = True
        else:
            time.sleep(60)
            self.close_connection = True

    do_POST = do_GET = do_PUT = handle_any


def options_read(arguments):
    parser = argparse.ArgumentParser()
    parser.add_argument("--secrets", required=True)
    parser.add_argument("--region", default="us-east-1")
    parser.add_argument("--key-id", default="local")
    parser.add_argument("--secret-key", default="local")
    parser.add_argument("--session-token", default="local")
    parser.add_argument("--tls", nargs=2, metavar=("CERT", "KEY"))
    return parser.parse_args(arguments)


def server_make(options):
    http.server.ThreadingHTTPServer.daemon_threads = True
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"state": State(options)}))
    scheme, host = "http", "127.0.0.1"
    if options.tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*options.tls)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        scheme, host = "https", "localhost"
    return server, f"{scheme}://{host}:{server.server_address[1]}"


def main():
    server, url = server_make(options_read(sys.argv[1:]))
    print(f"listening on {url}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
