#!/usr/bin/env python3
"""Secrets Manager and Parameter Store for one machine, as strict as the real ones or stricter: GetSecretValue,
GetParameter, and both as the Parameters and Secrets Lambda Extension gives them.

    emulator.py --secrets FILE [--region R] [--key-id K] [--secret-key S] [--session-token T] [--tls CERT KEY]

Prints "listening on URL" once it serves. FILE is read anew for each request, so a test changes it as it goes:

    {"<ARN>": {"SecretString": "..."},            a value
     "<ARN>": {"SecretBinary": "<base64>"},
     "<ARN>": {},                                 created, and nothing put into it
     "<ARN of a parameter>": {"Value": "..."}}

and, in any of these, faults:

    "fault": "AccessDeniedException"              that answer (any type the service documents), always
    "fault": "ThrottlingException", "times": 1    the first so many times; counted for each ARN and fault
    "fault": "internal" | "garbage" | "silence" | "cut" | "huge"    a 500; no JSON; no answer; half of it; past limits
    "fault": "not-ready"                          of the extension alone: what it says while it starts
    "kept": "..."                                 of the extension alone: the value that it still has in its cache

Everything about a request is checked: method, path, target, content type, body, the signature over host, target,
content type, date and token, region, service, key, token, five minutes of clock; of the extension's GET the path, the
query, the token, and that nothing else of AWS's came. Each request becomes a line of JSON on standard error: type of
the answer, ARN, and what the answer was ("extension: " before it); never a value.

Source: Secrets Manager API Reference, "GetSecretValue", "CommonErrors"; Systems Manager API Reference, "GetParameter";
IAM User Guide, "Create a signed AWS API request"; Systems Manager User Guide, "ps-integration-lambda-extensions".
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
import urllib.parse

import sigv4

SKEW_S = 300
MAX_BODY = 10240
MUST_BE_SIGNED = ("content-type", "host", "x-amz-date", "x-amz-target")
SECRET = re.compile(r"arn:aws:secretsmanager:([a-z0-9-]+):\d{12}:secret:[A-Za-z0-9/_+=.@-]+")
PARAMETER = re.compile(r"arn:aws:ssm:([a-z0-9-]+):\d{12}:parameter/[A-Za-z0-9/_.-]+")


class Service:
    def __init__(self, name, arn, members, required, missing):
        self.name, self.arn, self.members, self.required, self.missing = name, arn, members, required, missing


SERVICES = {
    "secretsmanager.GetSecretValue": Service(
        "secretsmanager", SECRET, {"SecretId", "VersionId", "VersionStage"}, "SecretId", "ResourceNotFoundException"
    ),
    "AmazonSSM.GetParameter": Service("ssm", PARAMETER, {"Name", "WithDecryption"}, "Name", "ParameterNotFound"),
}
EXTENSION = {
    "/secretsmanager/get": ("secretsmanager.GetSecretValue", "secretId", {}),
    "/systemsmanager/parameters/get": ("AmazonSSM.GetParameter", "name", {"withDecryption": ["true"]}),
}


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


def check_signature(options, wanted_service, method, path, headers, body):
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
    if region != options.region or service != wanted_service:
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


def check_arn(options, service, arn):
    match = service.arn.fullmatch(arn) if isinstance(arn, str) else None
    if not match:
        raise Fault("ValidationException", service.required)
    if match.group(1) != options.region:
        raise Fault("InvalidParameterException", "an ARN of another region")
    return arn


def read_arn(options, service, body):
    try:
        wish = json.loads(body)
    except ValueError:
        raise Fault("SerializationException", "not JSON") from None
    if not isinstance(wish, dict) or set(wish) - service.members:
        raise Fault("ValidationException", "unknown members")
    if "WithDecryption" in service.members and wish.get("WithDecryption") is not True:
        raise Fault("ValidationException", "a secret that stays encrypted is of no use to the project")
    return check_arn(options, service, wish.get(service.required))


def read_query(options, path, headers):
    """Of the extension: the service, and the ARN that is asked for."""
    target, _, query = path.partition("?")
    if target not in EXTENSION:
        raise Fault("no such path", target, 404)
    if headers.get("x-aws-parameters-secrets-token") != options.session_token:
        raise Fault("no such token", "X-Aws-Parameters-Secrets-Token", 401)
    if {"authorization", "x-amz-security-token"} & set(headers):
        raise Fault("too much", "the extension signs by itself")
    name, member, wanted = EXTENSION[target]
    given = urllib.parse.parse_qs(query, keep_blank_values=True, strict_parsing=True)
    arns = given.pop(member, [])
    if len(arns) != 1 or given != wanted:
        raise Fault("ValidationException", "query")
    return SERVICES[name], check_arn(options, SERVICES[name], arns[0])


def answer_of(arn, service, entry):
    if service.name == "ssm":
        if "Value" not in entry:
            raise Fault(service.missing, "")
        name = arn.split(":parameter", 1)[1]
        parameter = {"ARN": arn, "DataType": "text", "LastModifiedDate": 1763640000.123, "Name": name}
        return {"Parameter": parameter | {"Type": "SecureString", "Value": entry["Value"], "Version": 1}}
    kept = {name: entry[name] for name in ("SecretString", "SecretBinary") if name in entry}
    if not kept:
        raise Fault(
            service.missing, "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT"
        )
    answer = {"ARN": arn, "Name": arn.rsplit(":", 1)[1][:-7], "VersionId": "00000000-0000-4000-8000-000000000000"}
    return answer | kept | {"VersionStages": ["AWSCURRENT"], "CreatedDate": 1763640000.123}


def value_of(state, service, arn, is_extension=False):
    """What the service answers, as a member of a response; raises Fault, or gives the name of a worse one."""
    entry = state.entry(arn)
    if entry is None:
        raise Fault(service.missing, "Secrets Manager can't find the specified secret.")
    if is_extension and "kept" in entry:
        entry = {"Value" if service.name == "ssm" else "SecretString": entry["kept"]}
    fault = state.fault_of(arn, entry)
    if fault in ("garbage", "silence", "cut", "huge"):
        return fault, None
    if fault == "not-ready" and is_extension:
        raise Fault("not ready to serve traffic, please wait", "as the script says")
    if fault == "internal":
        raise Fault("InternalServiceError", "An error occurred on the server side.", 500)
    if fault:
        raise Fault(fault, "as the script says")
    return None, answer_of(arn, service, entry)


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

    def handle_signed(self):
        arn = None
        try:
            headers, body = self.read()
            service = SERVICES.get(headers.get("x-amz-target"))
            wanted = service.name if service else "secretsmanager"
            check_signature(self.state.options, wanted, self.command, self.path, headers, body)
            if self.command != "POST" or self.path != "/":
                raise Fault("UnknownOperationException", "POST / is all there is", 404)
            if service is None:
                raise Fault("UnknownOperationException", "x-amz-target")
            if headers["content-type"] != "application/x-amz-json-1.1":
                raise Fault("SerializationException", "content-type")
            arn = read_arn(self.state.options, service, body)
            worse, answer = value_of(self.state, service, arn)
        except Fault as fault:
            self.say(arn, f"{fault.kind}: {fault}")
            self.reply(fault.status, json.dumps({"__type": fault.kind, "Message": str(fault)}).encode())
            return
        self.say(arn, worse or "value")
        self.misbehave(worse) if worse else self.reply(200, json.dumps(answer).encode())

    def handle_extension(self):
        """As the extension does, it passes AWS's errors on as text."""
        arn = None
        try:
            headers = {name.lower(): value for name, value in self.headers.items()}
            service, arn = read_query(self.state.options, self.path, headers)
            worse, answer = value_of(self.state, service, arn, is_extension=True)
        except Fault as fault:
            self.say(arn, f"extension: {fault.kind}: {fault}")
            said = f"an unexpected error occurred: operation error, api error {fault.kind}: {fault}"
            self.reply(fault.status, (fault.kind if fault.kind.startswith("not ready") else said).encode())
            return
        self.say(arn, "extension: " + (worse or "value"))
        self.misbehave(worse) if worse else self.reply(200, json.dumps(answer | {"ResultMetadata": {}}).encode())

    def handle_any(self):
        is_extension = self.command == "GET" and self.path.partition("?")[0] in EXTENSION
        self.handle_extension() if is_extension else self.handle_signed()

    def misbehave(self, how):
        if how == "garbage":
            self.reply(200, b'{"SecretString":"half a')
        elif how == "huge":
            much = "x" * 65537
            self.reply(200, json.dumps({"SecretString": much, "Parameter": {"Value": much}}).encode())
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
