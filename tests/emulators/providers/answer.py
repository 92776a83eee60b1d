"""What a wire gives back for a request, whole or as events; and how it is sent, with all that a step spoils."""

import dataclasses
import email.utils
import json
import time

import eventstream
import http1
import model

LINE_ENDS = {"lf": "\n", "crlf": "\r\n", "cr": "\r"}
SILENCE_S = 120


class Refused(Exception):
    """An HTTP answer that is an error, in the provider's words."""

    def __init__(self, status, body, fields=None):
        super().__init__(f"HTTP {status}")
        self.status, self.body, self.fields = status, body, fields or {}


@dataclasses.dataclass
class Event:
    """One event of a stream. `role` is "start", "delta", "usage", "end" or "other"; `size` counts as output."""

    name: str
    data: object
    role: str = "other"
    size: int = 0


@dataclasses.dataclass
class Answer:
    body: object = None  # whole: a JSON value
    events: list = None  # or a stream
    media: str = "application/json"
    status: int = 200
    fields: dict = dataclasses.field(default_factory=dict)
    input_tokens: int = 0
    output_tokens: int = 0
    is_billed: bool = False


def sse(event, step):
    end = LINE_ENDS[step.line_end]
    data = event.data if isinstance(event.data, str) else model.compact(event.data)
    lines = [": a comment", ":"] if step.comments else []
    lines += [f"event: {event.name}"] if event.name else []
    lines += [f"data: {line}" for line in data.split("\n")]
    return end.join([*lines, "", ""]).encode()


def frame(event, step):
    del step
    if event.role == "exception":
        return eventstream.message(
            {":message-type": "exception", ":exception-type": event.name, ":content-type": "application/json"},
            event.data,
        )
    return eventstream.message(
        {":event-type": event.name, ":content-type": "application/json", ":message-type": "event"}, event.data
    )


def error_fields(step):
    """Fields that say when to come back."""
    fields = {}
    if step.retry_after is not None:
        fields["retry-after"] = step.retry_after
    if step.retry_after_ms is not None:
        fields["retry-after-ms"] = str(step.retry_after_ms)
    if step.retry_after_date_s is not None:
        fields["retry-after"] = email.utils.formatdate(time.time() + step.retry_after_date_s, usegmt=True)
    if step.should_retry is not None:
        fields["x-should-retry"] = step.should_retry
    return fields


def shaped(events, step, wire, operation):
    """The events as the step wants them; where they break off is the sender's."""
    if step.no_terminal:
        events = [event for event in events if event.role != "end"]
    if step.unknown_events:
        at = 1 if len(events) > 1 else 0
        events = [
            *events[:at],
            wire.unknown_event(operation),
            *events[at:-1],
            wire.unknown_event(operation),
            *events[-1:],
        ]
    if step.duplicate_start:
        events = [events[0], *events]
    return events


class Sender:
    """Sends one answer over a connection, and notes in `entry` what became of it."""

    def __init__(self, connection, request, step, wire, operation, entry):
        self.connection, self.request, self.step, self.wire, self.operation, self.entry = (
            connection,
            request,
            step,
            wire,
            operation,
            entry,
        )
        connection.cut, connection.chunk_bytes, connection.extensions = (
            step.cut,
            step.chunk_bytes,
            step.chunk_extensions,
        )
        connection.compressor = None

    def before_head(self):
        """True if there is to be no answer."""
        how = self.step.head
        self.connection.wait(self.step.head_delay_ms / 1000)
        if how is None:
            return False
        self.entry["outcome"], self.entry["billed"] = how, "maybe"
        if how == "silence":
            self.connection.wait(SILENCE_S)
        if how == "reset":
            self.connection.reset()
        self.connection.is_open = False
        return True

    def interim(self):
        if self.step.interim:
            self.connection.raw(
                b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </x>; rel=preload\r\n\r\n"
            )

    def whole(self, status, fields, body, media="application/json"):
        """Bytes or a JSON value. `after` counts bytes here."""
        data = body if isinstance(body, bytes) else model.compact(body).encode()
        fields = {"content-type": media} | fields
        if self.step.gzip and "gzip" in self.request.header("accept-encoding"):
            data, fields["content-encoding"] = http1.gzipped(data), "gzip"
        self.entry["status"] = status
        self.interim()
        self.connection.head(status, fields, self.step.framing or "length", len(data))
        if self.step.after is not None and self.step.then not in ("error", "bad_crc"):
            self.connection.raw(
                data[: self.step.after]
                if self.connection.chunked is False
                else self.connection.frame(data[: self.step.after])
            )
            self.break_off(data[self.step.after :])
            return
        self.connection.send(data)
        self.connection.finish()
        self.entry["outcome"] = "sent"

    def garbage(self):
        bodies = {"html": b"<html><body>It works</body></html>", "json": b'{"id":"x","choices":[{"mess', "empty": b""}
        media = "text/html" if self.step.garbage == "html" else "application/json"
        self.whole(200, {}, bodies[self.step.garbage], media)

    def answer(self, answer):
        self.entry.update(input_tokens=answer.input_tokens, billed="yes" if answer.is_billed else self.entry["billed"])
        if self.step.garbage is not None:
            self.garbage()
        elif answer.events is None:
            self.whole(answer.status, answer.fields, answer.body)
            self.entry["output_tokens"] = answer.output_tokens
        else:
            self.stream(answer)

    def stream(self, answer):
        encode = frame if answer.media == "application/vnd.amazon.eventstream" else sse
        events = shaped(answer.events, self.step, self.wire, self.operation)
        fields = {"content-type": answer.media, "cache-control": "no-cache"} | answer.fields
        self.entry["status"], sent = 200, 0
        if self.step.gzip and "gzip" in self.request.header("accept-encoding"):
            fields["content-encoding"] = "gzip"
            self.connection.compress()
        self.interim()
        self.connection.head(200, fields, self.step.framing if self.step.framing == "close" else "chunked")
        for index, event in enumerate(events):
            if index == self.step.after:
                self.break_off(encode(event, self.step))
                return
            self.connection.wait(self.step.event_delay_ms / 1000)
            self.connection.send(encode(event, self.step))
            sent += event.size
            self.entry.update(events_sent=index + 1, output_tokens=model.tokens(sent))
        self.end(answer)

    def end(self, answer):
        if self.step.trailing:
            self.connection.send(b': the end\n\ndata: {"object":"late"}\n\n')
        self.connection.finish()
        self.entry.update(outcome="sent", output_tokens=answer.output_tokens)

    def break_off(self, rest):
        """`rest`: the bytes that would have been next."""
        how = self.step.then
        self.entry["outcome"] = how
        if how == "error" and self.entry["output_tokens"] == 0:
            self.entry["billed"] = "no"
        if how == "stall":
            self.connection.wait(SILENCE_S)
        elif how == "error":
            self.connection.send(
                (frame if self.wire.is_binary else sse)(self.wire.error_event(self.step, self.operation), self.step)
            )
        elif how == "bad_crc":
            self.connection.send(rest[:-1] + bytes([rest[-1] ^ 1]))
        elif how in ("reset", "close"):
            self.connection.half(rest)
        if how in ("error", "end", "bad_crc") and (self.connection.chunked or self.connection.compressor):
            self.connection.finish()
        if how == "reset":
            self.connection.reset()
        self.connection.is_open = (
            self.connection.is_open and how in ("error", "end", "bad_crc") and self.connection.chunked
        )


def decode_json(body):
    """The request's JSON, each name once; raises ValueError."""

    def once(pairs):
        names = [name for name, _ in pairs]
        if len(set(names)) != len(names):
            raise ValueError("a name twice")
        return dict(pairs)

    return json.loads(body.decode("utf-8"), object_pairs_hook=once)
