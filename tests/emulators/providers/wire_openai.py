"""OpenAI's API: /v1/chat/completions and /v1/responses, whole and streamed, /v1/embeddings, /v1/models.

Source: OpenAI's OpenAPI document of August 2026; its guides "Error codes", "Rate limits", "Structured outputs", "Streaming".
"""

import base64
import hashlib
import math
import re
import struct

import model
import openai_chat
import openai_responses
import openai_shapes
import strict
from answer import Answer, Event, Refused, decode_json, error_fields

KNOWN = re.compile(
    r"(gpt-(4o(-mini)?|4\.1(-mini|-nano)?|[5-9](\.[1-9])?(-(mini|nano|pro|astra|luna|sol|terra))?|local)|o[34](-mini)?)(-\d{4}-\d{2}-\d{2})?"
    r"|text-embedding-3-(small|large)|(llama|qwen)[a-z0-9.:-]*"
)
DIMENSIONS = {"text-embedding-3-small": 1536, "text-embedding-3-large": 3072}
REASONS = re.compile(r"(gpt-[5-9]|o[134])")
MODELS = ("gpt-4.1-mini", "gpt-5-mini", "gpt-5.5", "text-embedding-3-small")
CREATED = 1_764_288_000

# status -> type, code, words; then what `error` in a step may name
KINDS = {
    400: ("invalid_request_error", None, "Invalid request."),
    401: ("invalid_request_error", "invalid_api_key", "Incorrect API key provided."),
    403: (
        "invalid_request_error",
        "unsupported_country_region_territory",
        "Country, region, or territory not supported",
    ),
    404: ("invalid_request_error", "model_not_found", "The model does not exist or you do not have access to it."),
    408: ("server_error", None, "Request timed out."),
    409: ("conflict_error", None, "Conflict."),
    413: ("invalid_request_error", None, "Request entity too large."),
    422: ("invalid_request_error", None, "Unprocessable."),
    429: ("requests", "rate_limit_exceeded", "Rate limit reached for requests."),
    500: ("server_error", None, "The server had an error while processing your request."),
    502: ("server_error", None, "Bad gateway."),
    503: ("service_unavailable_error", "server_is_overloaded", "The engine is currently overloaded."),
    504: ("server_error", None, "Gateway timeout."),
}
ERRORS = {
    "money": (
        429,
        "insufficient_quota",
        "insufficient_quota",
        "You exceeded your current quota, please check your plan and billing details.",
    ),
    "balance": (429, "insufficient_quota", "credit_balance_exhausted", "Your credit balance is exhausted."),
    "project": (429, "insufficient_quota", "project_spend_limit_exceeded", "The project's spend limit was reached."),
    "organization": (
        429,
        "insufficient_quota",
        "organization_spend_limit_exceeded",
        "The organization's spend limit was reached.",
    ),
    "slow_down": (429, "rate_limit_error", "slow_down", "Slow down."),
    "tokens": (429, "tokens", "rate_limit_exceeded", "Rate limit reached for tokens."),
    "too_long": (
        400,
        "invalid_request_error",
        "context_length_exceeded",
        "This model's maximum context length is 128000 tokens.",
    ),
}


def refused(status, words, param=None, code=None, kind="invalid_request_error", fields=None):
    return Refused(status, {"error": {"message": words, "type": kind, "param": param, "code": code}}, fields)


def from_bad(bad):
    at = bad.bracketed()
    if bad.kind == "missing":
        return refused(400, f"Missing required parameter: '{at}'.", at, "missing_required_parameter")
    if bad.kind == "unknown":
        return refused(400, f"Unknown parameter: '{at}'.", at, "unknown_parameter")
    code = "invalid_type" if bad.kind == "type" else "invalid_value"
    return refused(400, f"Invalid {bad.kind} for '{at}': expected {bad.words}.", at, code)


def check_strict_schema(schema, param, name):
    """Strict schemas: every object closed, every property required."""
    stack = [schema]
    while stack:
        part = stack.pop()
        if isinstance(part, list):
            stack += part
        if not isinstance(part, dict):
            continue
        if part.get("type") == "object" or "properties" in part:
            if part.get("additionalProperties") is not False:
                raise refused(
                    400,
                    f"Invalid schema for {name}: In context=(), 'additionalProperties' is required to be supplied and to be false.",
                    param,
                    "invalid_json_schema",
                )
            absent = set(part.get("properties", {})) - set(part.get("required", []))
            if absent:
                raise refused(
                    400,
                    f"Invalid schema for {name}: In context=(), 'required' is required to be supplied and to be an array including "
                    f"every key in properties. Missing '{min(absent)}'.",
                    param,
                    "invalid_json_schema",
                )
        stack += part.get("properties", {}).values()
        stack += part.get("$defs", {}).values()
        stack += [part[at] for at in ("items", "anyOf") if at in part]


def check_reasoning(body):
    """What models that think refuse."""
    if not REASONS.match(body["model"]):
        return
    if body.get("max_tokens") is not None:
        raise refused(
            400,
            "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
            "max_tokens",
            "unsupported_parameter",
        )
    for name in ("temperature", "top_p"):
        if body.get(name) not in (None, 1):
            raise refused(
                400,
                f"Unsupported value: '{name}' does not support {body[name]} with this model. Only the default (1) value is supported.",
                name,
                "unsupported_value",
            )
    if body.get("stop") is not None:
        raise refused(
            400, "Unsupported parameter: 'stop' is not supported with this model.", "stop", "unsupported_parameter"
        )


class Ask:
    def __init__(self, body):
        self.body, self.model, self.stream = body, body.get("model"), bool(body.get("stream"))


class Wire:
    name, is_binary = "openai", False
    routes = [
        ("POST", re.compile(r"/v1/chat/completions"), "chat", "create"),
        ("POST", re.compile(r"/v1/responses"), "responses", "create"),
        ("POST", re.compile(r"/v1/embeddings"), "embeddings", "create"),
        ("GET", re.compile(r"/v1/models"), "models", "models"),
    ]
    shapes = {"chat": openai_shapes.chat, "responses": openai_shapes.responses, "embeddings": openai_shapes.embeddings}

    def __init__(self, state):
        self.state = state

    def authenticate(self, request):
        value = request.header("authorization")
        if not value.startswith("Bearer "):
            raise refused(
                401,
                "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth.",
            )
        if not self.state.knows(value[7:]):
            raise refused(401, "Incorrect API key provided.", code="invalid_api_key")
        return value[7:]

    def read(self, request, operation, match):
        del match
        if operation == "models":
            return Ask({})
        if request.header("content-type").partition(";")[0] != "application/json":
            raise refused(400, "you must provide a model parameter")
        try:
            body = decode_json(request.body)
        except (ValueError, UnicodeDecodeError):
            raise refused(400, "We could not parse the JSON body of your request.") from None
        try:
            self.shapes[operation](body, ())
        except strict.Bad as bad:
            raise from_bad(bad) from None
        if not KNOWN.fullmatch(body["model"]) or (operation == "embeddings") != body["model"].startswith(
            "text-embedding"
        ):
            raise refused(
                404,
                f"The model `{body['model']}` does not exist or you do not have access to it.",
                code="model_not_found",
            )
        if body.get("stream_options") is not None and not body.get("stream"):
            raise refused(
                400, "The 'stream_options' parameter is only allowed when 'stream' is enabled.", "stream_options"
            )
        self.check(operation, body)
        return Ask(body)

    def check(self, operation, body):
        check_reasoning(body)
        if operation == "chat":
            openai_chat.check_turns(body, refused)
            form, param = body.get("response_format", {}).get("json_schema"), "response_format"
            functions = [tool["function"] for tool in body.get("tools", [])]
        elif operation == "responses":
            openai_responses.check_items(body, refused)
            form = body.get("text", {}).get("format", {})
            form, param = form if form.get("type") == "json_schema" else None, "text.format.schema"
            functions = body.get("tools", [])
        else:
            return
        if form and form.get("strict"):
            check_strict_schema(form.get("schema", {}), param, f"response_format '{form['name']}'")
        for function in functions:
            if function.get("strict"):
                check_strict_schema(
                    function.get("parameters") or {}, "tools[0].function.parameters", f"function '{function['name']}'"
                )

    def common_fields(self, key, step):
        return {
            "x-request-id": step.request_id or self.state.ids.next(key, "req_"),
            "openai-processing-ms": "12",
            "openai-version": "2020-10-01",
            "x-ratelimit-limit-requests": "10000",
            "x-ratelimit-remaining-requests": "9999",
            "x-ratelimit-reset-requests": "6ms",
            "x-ratelimit-limit-tokens": "200000",
            "x-ratelimit-remaining-tokens": "199000",
            "x-ratelimit-reset-tokens": "6m0s",
        }

    def finish_refusal(self, failure, fields):
        """Its head alone has the id."""

    def error(self, step):
        status, kind, code, words = ERRORS.get(step.error) or (
            step.status,
            *KINDS.get(step.status, ("server_error", None, "Error.")),
        )
        if step.delay_in_body_s is not None:
            words += f" Please try again in {step.delay_in_body_s}s."
        return refused(step.status or status, words, None, code, kind, error_fields(step))

    def error_event(self, step, operation):
        kind, code, words = (
            KINDS[429] if step.error == "slow_down" else KINDS[500] if step.error == "broken" else KINDS[503]
        )
        if operation == "responses":
            return Event(
                "error", {"type": "error", "sequence_number": 99, "code": code, "message": words, "param": None}
            )
        return Event("", {"error": {"message": words, "type": kind, "param": None, "code": code}}, "other")

    def unknown_event(self, operation):
        if operation == "responses":
            return Event("response.shiny.delta", {"type": "response.shiny.delta", "sequence_number": 98, "delta": "x"})
        return Event(
            "",
            {
                "id": "x",
                "object": "shiny.new.object",
                "created": CREATED,
                "model": "x",
                "choices": [],
                "shine": {"delta": "x"},
            },
        )

    def answer(self, ask, operation, key, step):
        if operation == "models":
            return Answer(
                {
                    "object": "list",
                    "data": [
                        {"id": name, "object": "model", "created": CREATED, "owned_by": "system"} for name in MODELS
                    ],
                }
            )
        if operation == "embeddings":
            return self.embeddings(ask.body, step)
        part = openai_chat if operation == "chat" else openai_responses
        prompt = part.prompt_of(ask.body)
        draft = model.draft_of(prompt, step, lambda: self.state.ids.next(key, "call_"))
        read, written = self.state.cache.look(key, ask.model, "\0".join(prompt.texts), 1024)
        del written  # reading alone is told apart here
        body = part.whole(
            ask,
            prompt,
            draft,
            min(read, prompt.input_tokens()) // 128 * 128,
            lambda prefix: self.state.ids.next(key, prefix),
        )
        events = part.events(ask, body, draft, step) if ask.stream else None
        if step.usage == "missing":
            body.pop("usage")
        return Answer(
            body,
            events,
            "text/event-stream; charset=utf-8" if ask.stream else "application/json",
            input_tokens=prompt.input_tokens(),
            output_tokens=draft.output_tokens() * (ask.body.get("n") or 1),
            is_billed=True,
        )

    def embeddings(self, body, step):
        given = body["input"]
        inputs = given if isinstance(given, list) and not isinstance(given[0], int) else [given]
        size = body.get("dimensions", DIMENSIONS.get(body["model"], 1536))
        if size > DIMENSIONS.get(body["model"], 1536):
            raise refused(
                400,
                f"Invalid value for 'dimensions': at most {DIMENSIONS[body['model']]}.",
                "dimensions",
                "invalid_value",
            )
        data = []
        for index, text in enumerate(inputs):
            vector = vector_of(text, size)
            packed = (
                base64.b64encode(struct.pack(f"<{size}f", *vector)).decode()
                if body.get("encoding_format") == "base64"
                else vector
            )
            data.append({"object": "embedding", "index": index, "embedding": packed})
        count = sum(model.tokens(model.size(text)) if isinstance(text, str) else len(text) for text in inputs)
        answer = {
            "object": "list",
            "data": data,
            "model": body["model"],
            "usage": {"prompt_tokens": count, "total_tokens": count},
        }
        if step.usage == "missing":
            del answer["usage"]
        return Answer(answer, input_tokens=count, is_billed=True)


def vector_of(text, size):
    """Of length one, and a function of the text alone."""
    raw = hashlib.shake_256(model.compact(text).encode()).digest(size * 2)
    values = [value / 32768 for value in struct.unpack(f"<{size}h", raw)]
    length = math.sqrt(sum(value * value for value in values)) or 1.0
    return [struct.unpack("<f", struct.pack("<f", value / length))[0] for value in values]
