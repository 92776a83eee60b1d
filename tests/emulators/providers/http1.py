"""HTTP/1.1 by hand: requests are read strictly, answers are written in whatever pieces and faults a step asks for.

Source: RFC 9112; RFC 9110 section 10.1.1 (Expect).
"""

import email.utils
import gzip
import http
import re
import select
import socket
import struct
import time
import urllib.parse
import zlib

MAX_LINE, MAX_FIELDS, MAX_BODY = 16384, 64, 64 * 1024 * 1024
SEGMENT_GAP_S = 0.0005
TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


class BadRequest(Exception):
    """What no provider would answer to but with a bare 400."""


class Gone(Exception):
    """The client went away."""


class Request:
    def __init__(self, method, target, headers, body):
        self.method, self.target, self.headers, self.body = method, target, headers, body
        self.path, _, self.query_text = target.partition("?")
        self.query = dict(urllib.parse.parse_qsl(self.query_text))

    def header(self, name, fallback=""):
        return self.headers.get(name, fallback)


def read_line(reader):
    line = reader.readline(MAX_LINE + 1)
    if len(line) > MAX_LINE:
        raise BadRequest("a line that is too long")
    if line and not line.endswith(b"\r\n"):
        raise BadRequest("a line without CRLF")
    return line[:-2].decode("latin-1") if line else None


def read_headers(reader):
    headers = {}
    while line := read_line(reader):
        name, colon, value = line.partition(":")
        if not colon or not TOKEN.fullmatch(name):
            raise BadRequest("a malformed field")
        if name.lower() in headers or len(headers) == MAX_FIELDS:
            raise BadRequest(f"{name} twice, or too many fields")
        headers[name.lower()] = value.strip(" \t")
    return headers


def read_chunks(reader):
    body = b""
    while True:
        size = int((read_line(reader) or "").partition(";")[0], 16)
        if size == 0:
            read_headers(reader)
            return body
        body += reader.read(size)
        if len(body) > MAX_BODY or read_line(reader) != "":
            raise BadRequest("chunks")


def read_body(reader, headers):
    length, coding = headers.get("content-length"), headers.get("transfer-encoding")
    if coding is not None:
        if length is not None or coding.lower() != "chunked":
            raise BadRequest("two framings, or an unknown one")
        return read_chunks(reader)
    if length is None:
        return b""
    if not re.fullmatch(r"\d{1,9}", length) or int(length) > MAX_BODY:
        raise BadRequest("content-length")
    body = reader.read(int(length))
    if len(body) < int(length):
        raise Gone("within its request")
    return body


def read_request(reader, connection):
    """None at the end of the connection."""
    line = read_line(reader)
    if line is None:
        return None
    match = re.fullmatch(r"([A-Z]+) (/[!-~]*) HTTP/1\.1", line)
    if not match:
        raise BadRequest("the request line")
    headers = read_headers(reader)
    if "host" not in headers:
        raise BadRequest("no Host")
    if headers.get("expect", "").lower() == "100-continue":
        connection.raw(b"HTTP/1.1 100 Continue\r\n\r\n")
    try:
        return Request(match[1], match[2], headers, read_body(reader, headers))
    except ValueError:
        raise BadRequest("chunks") from None


def cuts(data, how):
    """Where a step wants segments to end."""
    if how == "byte":
        return list(range(1, len(data)))
    if how == "utf8":
        return [at for at in range(1, len(data)) if data[at] & 0xC0 == 0x80]
    if how == "crlf":
        return [at for at in range(1, len(data)) if data[at - 1 : at + 1] == b"\r\n"]
    return list(range(how, len(data), how)) if isinstance(how, int) else []


class Connection:
    """One client's socket, and the framing of the answer that is being written to it."""

    def __init__(self, sock):
        self.sock, self.cut, self.is_open = sock, None, True
        self.chunked = self.compressor = None
        self.chunk_bytes, self.extensions = 0, False
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def raw(self, data):
        start = 0
        try:
            for end in [*cuts(data, self.cut), len(data)]:
                self.sock.sendall(data[start:end])
                if self.cut not in (None, "byte") and end < len(data):
                    time.sleep(SEGMENT_GAP_S)
                start = end
        except OSError:
            self.is_open = False
            raise Gone("while it was written to") from None

    def head(self, status, fields, framing, length=None):
        """`framing`: "length", "chunked", or "close" (the end of the connection is the end of the body)."""
        self.chunked = framing == "chunked"
        known = {"date": email.utils.formatdate(usegmt=True)} | fields
        if framing == "length":
            known["content-length"] = str(length)
        elif self.chunked:
            known["transfer-encoding"] = "chunked"
        else:
            known["connection"], self.is_open = "close", False
        reason = http.HTTPStatus(status).phrase if status in list(http.HTTPStatus) else "Overloaded"
        lines = [f"HTTP/1.1 {status} {reason}"] + [f"{name}: {value}" for name, value in known.items()]
        self.raw("\r\n".join([*lines, "", ""]).encode("latin-1"))

    def frame(self, data):
        """One chunk, cut into several if the step says how long they are."""
        if not self.chunked or not data:
            return data
        step = self.chunk_bytes or len(data)
        note = ';note="a, b";more' if self.extensions else ""
        parts = [data[at : at + step] for at in range(0, len(data), step)]
        return b"".join(f"{len(part):x}{note}\r\n".encode() + part + b"\r\n" for part in parts)

    def zip(self, data):
        if self.compressor is None:
            return data
        return self.compressor.compress(data) + self.compressor.flush(zlib.Z_SYNC_FLUSH)

    def send(self, data):
        self.raw(self.frame(self.zip(data)))

    def half(self, data):
        """The beginning of a chunk or of a body that will not be completed."""
        framed = self.frame(self.zip(data))
        self.raw(framed[: max(1, len(framed) // 2)])

    def finish(self):
        rest = self.frame(self.compressor.flush()) if self.compressor else b""
        self.raw(rest + (b"0\r\n\r\n" if self.chunked else b""))

    def compress(self):
        self.compressor = zlib.compressobj(wbits=31)

    def reset(self):
        """RST instead of FIN."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.is_open = False

    def wait(self, seconds):
        """Sleeps; raises Gone as soon as the client leaves."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            ready, _, _ = select.select([self.sock], [], [], left)
            if ready:
                try:
                    data = self.sock.recv(1, socket.MSG_PEEK)
                except OSError:
                    data = b""
                if not data:
                    self.is_open = False
                    raise Gone("while it waited")
                time.sleep(min(left, 0.01))  # it sent the next request early; that waits


def gzipped(body):
    return gzip.compress(body, mtime=0)
