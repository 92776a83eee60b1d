"""AWS Signature Version 4, both sides, from its description alone: IAM User Guide, "Create a signed AWS API request".

No code of the project is used, so that the two can be wrong only independently.
"""

import hashlib
import hmac
import re
import urllib.parse

ALGORITHM = "AWS4-HMAC-SHA256"


class Refused(Exception):
    """A signature that is not accepted; the reason says why."""


def _hash(data):
    return hashlib.sha256(data).hexdigest()


def _hmac(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def canonical_query(query):
    pairs = urllib.parse.parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query))
    encode = lambda text: urllib.parse.quote(text, safe="-_.~")
    return "&".join("=".join(pair) for pair in sorted((encode(k), encode(v)) for k, v in pairs))


def signature(method, path, query, headers, signed, body, date, region, service, secret_key):
    """`headers` maps lower-case names to values; `signed` lists those that count; `date` is YYYYMMDDTHHMMSSZ."""
    trimmed = {name: re.sub(" +", " ", headers[name].strip()) for name in signed}
    request = "\n".join(
        [method, path, canonical_query(query)]
        + [f"{name}:{trimmed[name]}" for name in signed]
        + ["", ";".join(signed), _hash(body)]
    )
    scope = f"{date[:8]}/{region}/{service}/aws4_request"
    text = "\n".join([ALGORITHM, date, scope, _hash(request.encode())])
    key = ("AWS4" + secret_key).encode()
    for part in (date[:8], region, service, "aws4_request"):
        key = _hmac(key, part)
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def authorization(key_id, scope, signed, value):
    return f"{ALGORITHM} Credential={key_id}/{scope}, SignedHeaders={';'.join(signed)}, Signature={value}"


def parse(header):
    """(key id, date, region, service, signed names, signature) of an Authorization field."""
    match = re.fullmatch(
        ALGORITHM + r" Credential=([A-Za-z0-9]+)/(\d{8})/([a-z0-9-]+)/([a-z0-9-]+)/aws4_request, *"
        r"SignedHeaders=([a-z0-9;-]+), *Signature=([0-9a-f]{64})",
        header or "",
    )
    if not match:
        raise Refused("no Authorization field of this algorithm")
    key_id, date, region, service, signed, value = match.groups()
    return key_id, date, region, service, signed.split(";"), value
