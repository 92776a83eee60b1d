"""application/vnd.amazon.eventstream: messages of headers and a payload, each part under a CRC-32.

Source: Amazon Transcribe Developer Guide, "Event stream encoding"; Smithy, "Amazon Event Stream specification". Header type 7 is a string.
"""

import binascii
import struct

import model

STRING = 7


def header(name, value):
    return bytes([len(name)]) + name.encode() + bytes([STRING]) + struct.pack(">H", len(value)) + value.encode()


def message(headers, payload):
    head = b"".join(header(name, value) for name, value in headers.items())
    body = model.compact(payload).encode()
    prelude = struct.pack(">II", 16 + len(head) + len(body), len(head))
    text = prelude + struct.pack(">I", binascii.crc32(prelude)) + head + body
    return text + struct.pack(">I", binascii.crc32(text))


def read(data):
    """(headers, payload bytes) of each message; for tests. Raises ValueError at a wrong sum."""
    while data:
        total, head_size, sum_of_prelude = struct.unpack(">III", data[:12])
        text, (checksum,) = data[: total - 4], struct.unpack(">I", data[total - 4 : total])
        if binascii.crc32(data[:8]) != sum_of_prelude or binascii.crc32(text) != checksum:
            raise ValueError("checksum")
        head, headers = text[12 : 12 + head_size], {}
        while head:
            name_end = 1 + head[0]
            (size,) = struct.unpack(">H", head[name_end + 1 : name_end + 3])
            headers[head[1:name_end].decode()] = head[name_end + 3 : name_end + 3 + size].decode()
            head = head[name_end + 3 + size :]
        yield headers, text[12 + head_size :]
        data = data[total:]
