"""A client for the emulator's own check: right requests for each wire, and an answer as it came, framing and all."""

import json
import socket
import time
import urllib.parse

import emulator
import sigv4
import threading

TIMEOUT_S = 10
CHAT = {"model": "gpt-4.1-mini", "messages": [{"role": "user", "content": "hello there"}]}
RESPONSES = {"model": "gpt-4.1-mini", "input": "hello there"}
EMBEDDINGS = {"model": "text-embedding-3-small", "input": "hello there"}
MESSAGES = {"model": "claude-haiku-4-5", "max_tokens": 100, "messages": [{"role": "user", "content": "hello there"}]}
PREDICTION = {"input": {"prompt": "hello there"}}
CONVERSE = {"messages": [{"role": "user", "content": [{"text": "hello there"}]}]}
BEDROCK_MODEL = "anthropic.claude-haiku-4-5-20251001-v1:0"

SCHEMA = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
    "additionalProperties": False,
}


class Answer:
    def __init__(self, status, headers, body, how, rest):
        self.status, self.headers, self.body, self.how, self.raw = status, headers, body, how, rest

    def json(self):
        return json.loads(self.body)

    def events(self):
        """(event, data) of each; LF line ends."""
        found = []
        for block in self.body.decode().split("\n\n"):
            fields = dict(
                line.split(": ", 1) for line in block.split("\n") if ": " in line and not line.startswith(":")
            )
            if "data" in fields:
                found.append((fields.get("event", ""), fields["data"]))
        return found


def read_all(sock):
    """What came until the end, and how that was: "closed" or "reset"."""
    data = b""
    while True:
        try:
            part = sock.recv(65536)
        except ConnectionResetError:
            return data, "reset"
        if not part:
            return data, "closed"
        data += part


def dechunk(data):
    """(body, whether the last chunk came)"""
    body = b""
    while b"\r\n" in data:
        line, data = data.split(b"\r\n", 1)
        size = int(line.split(b";")[0], 16)
        if size == 0:
            return body, True
        body, data = body + data[:size], data[size + 2 :]
    return body, False


class Emulator:
    """One in this process; state is looked at over its control paths only."""

    def __init__(self, arguments=()):
        server, self.url, serve = emulator.server_make(emulator.options_read(list(arguments)))
        self.address = ("127.0.0.1", server.getsockname()[1])
        threading.Thread(target=serve, daemon=True).start()

    def send(self, method, path, headers, body):
        """The connection, with the request on it."""
        sock = socket.create_connection(self.address, timeout=TIMEOUT_S)
        fields = {"host": f"127.0.0.1:{self.address[1]}", "connection": "close"} | headers
        if body is not None:
            fields["content-length"] = str(len(body))
        head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        sock.sendall(f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode() + (body or b""))
        return sock

    def ask(self, method, path, headers, body=None):
        with self.send(method, path, headers, body) as sock:
            sock.shutdown(socket.SHUT_WR) if headers.get("x-check-half-close") else None
            return self.read(sock)

    def read(self, sock):
        data, how = read_all(sock)
        raw = data
        while data.startswith(b"HTTP/1.1 1"):
            data = data.split(b"\r\n\r\n", 1)[1]
        if b"\r\n\r\n" not in data:
            return Answer(0, {}, b"", how, raw)
        head, body = data.split(b"\r\n\r\n", 1)
        lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
        if headers.get("transfer-encoding") == "chunked":
            body, is_whole = dechunk(body)
            how = how if not is_whole else "complete"
        elif len(body) == int(headers.get("content-length", -1)):
            how = "complete"
        return Answer(int(lines[0].split()[1]), headers, body, how, raw)

    def control(self, path, value=None):
        answer = self.ask(
            "GET" if value is None else "POST",
            "/_emu/" + path,
            {},
            None if value is None else json.dumps(value).encode(),
        )
        return answer.status, answer.json()

    def script(self, key, *steps, model=None):
        status, body = self.control("script", {"key": key, "model": model, "steps": list(steps)})
        assert status == 200, body


class Wish:
    """A right request of one wire; a case spoils one thing about it."""

    def __init__(self, path, headers, body, method="POST"):
        self.method, self.path, self.body = method, path, json.loads(json.dumps(body))
        self.headers = {"content-type": "application/json"} | headers
        self.sign = None

    def send(self, server):
        body = (
            None
            if self.method == "GET"
            else self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()
        )
        if self.sign:
            self.sign(self, server, body)
        return server.ask(self.method, self.path, self.headers, body)


def bearer(key):
    return {"authorization": f"Bearer {key}"}


def openai(key="sk-emu-1", body=None, path="/openai/v1/chat/completions"):
    return Wish(path, bearer(key), CHAT if body is None else body)


def anthropic(key="sk-emu-1", body=None, version="2023-06-01", path="/anthropic/v1/messages"):
    return Wish(path, {"x-api-key": key, "anthropic-version": version}, MESSAGES if body is None else body)


def replicate(key="sk-emu-1", body=None, name="anthropic/claude-4.5-haiku"):
    return Wish(
        f"/replicate/v1/models/{name}/predictions",
        bearer(key) | {"prefer": "wait"},
        PREDICTION if body is None else body,
    )


class Signer:
    """Signs as AWS asks; a case changes one member of it."""

    def __init__(self, key):
        self.key, self.secret, self.token, self.region, self.service, self.skew_s = (
            key,
            "local",
            "local",
            "us-east-1",
            "bedrock",
            0,
        )
        self.encodes_twice, self.unsigned, self.after = True, (), {}

    def __call__(self, wish, server, body):
        stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(time.time() + self.skew_s))
        wish.headers |= {
            "host": f"127.0.0.1:{server.address[1]}",
            "x-amz-date": stamp,
            "x-amz-security-token": self.token,
        }
        names = sorted(name for name in wish.headers if name not in self.unsigned)
        path = urllib.parse.quote(wish.path, safe="/-_.~") if self.encodes_twice else wish.path
        value = sigv4.signature(
            "POST", path, "", wish.headers, names, body, stamp, self.region, self.service, self.secret
        )
        scope = f"{stamp[:8]}/{self.region}/{self.service}/aws4_request"
        wish.headers["authorization"] = sigv4.authorization(self.key, scope, names, value)
        wish.headers |= self.after


def bedrock(key="AKIDEMU1", body=None, operation="converse", model=BEDROCK_MODEL):
    wish = Wish(
        f"/bedrock/model/{urllib.parse.quote(model, safe='')}/{operation}", {}, CONVERSE if body is None else body
    )
    wish.sign = Signer(key)
    return wish
