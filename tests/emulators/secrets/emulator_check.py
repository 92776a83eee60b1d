#!/usr/bin/env python3
"""The emulator itself: that it accepts what is right and refuses each thing that is wrong, for the right reason. TAP."""

import json
import os
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

import emulator
import sigv4

REGION = "eu-central-1"
ARN = f"arn:aws:secretsmanager:{REGION}:123456789012:secret:db-AbCdEf"
PARAMETER = f"arn:aws:ssm:{REGION}:123456789012:parameter/app/db"
SECRETS = {
    ARN: {"SecretString": "value"},
    ARN + "-empty": {},
    ARN + "-denied": {"fault": "AccessDeniedException"},
    ARN + "-busy": {"fault": "ThrottlingException", "times": 1, "SecretString": "later"},
    ARN + "-early": {"fault": "not-ready", "times": 1, "SecretString": "ready"},
    ARN + "-kept": {"SecretString": "new", "kept": "old"},
    PARAMETER: {"Value": "of a parameter"},
}


def vectors():
    """Signatures that AWS publishes: the suite's get-vanilla, and the worked example of its documentation."""
    secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
    headers = {"host": "example.amazonaws.com", "x-amz-date": "20150830T123600Z"}
    vanilla = sigv4.signature(
        "GET", "/", "", headers, sorted(headers), b"", headers["x-amz-date"], "us-east-1", "service", secret
    )
    headers = {
        "content-type": "application/x-www-form-urlencoded; charset=utf-8",
        "host": "iam.amazonaws.com",
        "x-amz-date": "20150830T123600Z",
    }
    query = "Action=ListUsers&Version=2010-05-08"
    users = sigv4.signature(
        "GET", "/", query, headers, sorted(headers), b"", headers["x-amz-date"], "us-east-1", "iam", secret
    )
    return [
        ("get-vanilla", vanilla, "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
        ("ListUsers", users, "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"),
    ]


class Wish:
    """A right request; a case spoils one thing, before it is signed or after."""

    def __init__(self, url):
        self.url, self.method, self.path = url, "POST", "/"
        self.region, self.service, self.secret_key, self.key_id = REGION, "secretsmanager", "key", "AKID"
        self.body = json.dumps({"SecretId": ARN}).encode()
        self.headers = {
            "host": url.split("//")[1],
            "content-type": "application/x-amz-json-1.1",
            "x-amz-target": "secretsmanager.GetSecretValue",
            "x-amz-security-token": "token",
            "x-amz-date": time.strftime("%Y%m%dT%H%M%SZ", time.gmtime()),
        }
        self.signed = None
        self.after = lambda wish: None

    def send(self):
        names = sorted(self.headers if self.signed is None else self.signed)
        date = self.headers["x-amz-date"]
        known = {name: self.headers.get(name, "") for name in names}
        value = sigv4.signature(
            self.method, self.path, "", known, names, self.body, date, self.region, self.service, self.secret_key
        )
        scope = f"{date[:8]}/{self.region}/{self.service}/aws4_request"
        self.headers["authorization"] = sigv4.authorization(self.key_id, scope, names, value)
        self.after(self)
        request = urllib.request.Request(
            self.url + self.path, data=self.body, method=self.method, headers=self.headers
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as response:
                answer = json.load(response)
                return answer.get("SecretString") or answer.get("Parameter", {}).get("Value")
        except urllib.error.HTTPError as error:
            return json.load(error)["__type"]


def at(seconds):
    return time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(time.time() + seconds))


def body(**members):
    return lambda w: setattr(w, "body", json.dumps(members).encode())


def header(name, value):
    return lambda w: w.headers.update({name: value})


def late(change):
    """After signing."""
    return lambda w: setattr(w, "after", change)


def unsigned(name):
    return lambda w: setattr(w, "signed", [n for n in w.headers if n != name])


def parameter(**members):
    def change(wish):
        wish.service = "ssm"
        wish.headers["x-amz-target"] = "AmazonSSM.GetParameter"
        wish.body = json.dumps(members).encode()

    return change


def drop(name):
    return lambda w: w.headers.pop(name)


CASES = [
    ("a right request", lambda w: None, "value"),
    ("four minutes early", header("x-amz-date", at(-240)), "value"),
    ("six minutes early", header("x-amz-date", at(-360)), "InvalidSignatureException"),
    ("six minutes late", header("x-amz-date", at(360)), "InvalidSignatureException"),
    ("another region", lambda w: setattr(w, "region", "us-east-1"), "InvalidSignatureException"),
    ("another service", lambda w: setattr(w, "service", "ssm"), "InvalidSignatureException"),
    ("another key", lambda w: setattr(w, "secret_key", "other"), "InvalidSignatureException"),
    ("another key id", lambda w: setattr(w, "key_id", "OTHER"), "UnrecognizedClientException"),
    ("another token", header("x-amz-security-token", "other"), "UnrecognizedClientException"),
    ("no token", drop("x-amz-security-token"), "UnrecognizedClientException"),
    ("no signature", late(drop("authorization")), "MissingAuthenticationTokenException"),
    ("half a signature", late(header("authorization", "AWS4-HMAC-SHA256 Credential=A")), "IncompleteSignatureException"),
    ("the body changed", late(body(SecretId=ARN + "-empty")), "InvalidSignatureException"),
    ("the target changed", late(header("x-amz-target", "secretsmanager.ListSecrets")), "InvalidSignatureException"),
    ("target not signed", unsigned("x-amz-target"), "InvalidSignatureException"),
    ("token not signed", unsigned("x-amz-security-token"), "InvalidSignatureException"),
    ("content type not signed", unsigned("content-type"), "InvalidSignatureException"),
    ("host not signed", unsigned("host"), "InvalidSignatureException"),
    ("another amz header, unsigned", late(header("x-amz-more", "1")), "InvalidSignatureException"),
    ("signed, not sent", lambda w: setattr(w, "signed", [*w.headers, "accept-charset"]), "InvalidSignatureException"),
    ("another target", header("x-amz-target", "secretsmanager.ListSecrets"), "UnknownOperationException"),
    ("another path", lambda w: setattr(w, "path", "/x"), "UnknownOperationException"),
    ("another content type", header("content-type", "application/json"), "SerializationException"),
    ("no JSON", lambda w: setattr(w, "body", b"SecretId"), "SerializationException"),
    ("a name for an ARN", body(SecretId="db"), "ValidationException"),
    ("an ARN of another region", body(SecretId=ARN.replace(REGION, "us-east-1")), "InvalidParameterException"),
    ("unknown members", body(SecretId=ARN, More=1), "ValidationException"),
    ("no such secret", body(SecretId=ARN + "-none"), "ResourceNotFoundException"),
    ("nothing put into it", body(SecretId=ARN + "-empty"), "ResourceNotFoundException"),
    ("a fault by script", body(SecretId=ARN + "-denied"), "AccessDeniedException"),
    ("a fault once", body(SecretId=ARN + "-busy"), "ThrottlingException"),
    ("and no more", body(SecretId=ARN + "-busy"), "later"),
    ("a parameter", parameter(Name=PARAMETER, WithDecryption=True), "of a parameter"),
    ("a parameter left encrypted", parameter(Name=PARAMETER), "ValidationException"),
    ("a parameter that is not there", parameter(Name=PARAMETER + "x", WithDecryption=True), "ParameterNotFound"),
    ("a secret as a parameter", parameter(Name=ARN, WithDecryption=True), "ValidationException"),
    ("a parameter as a secret", body(SecretId=PARAMETER), "ValidationException"),
    ("a parameter signed for secrets", late(header("x-amz-target", "AmazonSSM.GetParameter")), "InvalidSignatureException"),
]

TOKEN = {"X-Aws-Parameters-Secrets-Token": "token"}
QUOTED, QUOTED_PARAMETER = (urllib.parse.quote(arn, safe="") for arn in (ARN, PARAMETER))
BESIDE = [
    ("a secret", f"/secretsmanager/get?secretId={QUOTED}", TOKEN, (200, "value")),
    ("a parameter", f"/systemsmanager/parameters/get?name={QUOTED_PARAMETER}&withDecryption=true", TOKEN, (200, "of a parameter")),
    ("a parameter left encrypted", f"/systemsmanager/parameters/get?name={QUOTED_PARAMETER}", TOKEN, (400, "ValidationException")),
    ("no token", f"/secretsmanager/get?secretId={QUOTED}", {}, (401, "no such token")),
    ("another token", f"/secretsmanager/get?secretId={QUOTED}", {"X-Aws-Parameters-Secrets-Token": "x"}, (401, "no such token")),
    ("a token for AWS too", f"/secretsmanager/get?secretId={QUOTED}", TOKEN | {"x-amz-security-token": "token"}, (400, "too much")),
    ("two secrets", f"/secretsmanager/get?secretId={QUOTED}&secretId={QUOTED}", TOKEN, (400, "ValidationException")),
    ("not there", f"/secretsmanager/get?secretId={QUOTED}-x", TOKEN, (400, "ResourceNotFoundException")),
    ("not ready", f"/secretsmanager/get?secretId={QUOTED}-early", TOKEN, (400, "not ready to serve traffic")),
    ("then ready", f"/secretsmanager/get?secretId={QUOTED}-early", TOKEN, (200, "ready")),
    ("from its own cache", f"/secretsmanager/get?secretId={QUOTED}-kept", TOKEN, (200, "old")),
]


def ask_beside(url, path, headers):
    try:
        with urllib.request.urlopen(urllib.request.Request(url + path, headers=headers), timeout=10) as response:
            answer = json.load(response)
            return 200, answer.get("SecretString") or answer["Parameter"]["Value"]
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def main():
    with tempfile.NamedTemporaryFile("w", suffix=".json", delete=False) as file:
        json.dump(SECRETS, file)
    sys.stderr = open(os.devnull, "w", encoding="utf-8")  # its log of requests
    options = emulator.options_read(
        ["--secrets", file.name, "--region", REGION, "--key-id", "AKID", "--secret-key", "key", "--session-token", "token"]
    )
    server, url = emulator.server_make(options)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    results = vectors()
    for name, change, want in CASES:
        wish = Wish(url)
        change(wish)
        results.append((name, wish.send(), want))
    for name, path, headers, want in BESIDE:
        status, said = ask_beside(url, path, headers)
        results.append((f"the extension: {name}", (status, want[1] if want[1] in said else said), want))
    os.unlink(file.name)
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
