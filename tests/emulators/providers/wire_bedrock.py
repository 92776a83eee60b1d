"""Amazon Bedrock's Converse and ConverseStream, signatures and event stream included.

Source: Amazon Bedrock API Reference, "Converse", "ConverseStream"; IAM User Guide, "Create a signed AWS API request": outside S3 each segment
of the path is encoded once more for the signature.
"""

import calendar
import hashlib
import hmac
import pathlib
import re
import sys
import time
import urllib.parse
import uuid

import bedrock_shapes
import model
import strict
from answer import Answer, Event, Refused, decode_json, error_fields
from wire_anthropic import REFUSES_PREFILL, REFUSES_SAMPLING

sys.path.append(str(pathlib.Path(__file__).parent.parent / "secrets"))
import sigv4  # noqa: E402 - the one the emulator of Secrets Manager checks with

SKEW_S = 300
MODEL = re.compile(
    r"([a-z]+\.)?(anthropic|amazon|meta|mistral)\.[A-Za-z0-9.:-]+|arn:aws:bedrock:[a-z0-9-]+:\d*:[a-z-]+/[A-Za-z0-9.:-]+"
)

# status -> exception and words; then what `error` in a step may name
KINDS = {
    400: ("ValidationException", "The request is not valid."),
    401: ("UnrecognizedClientException", "The security token is invalid."),
    402: ("AccessDeniedException", "Your account has no valid payment instrument."),
    403: ("AccessDeniedException", "You don't have access to the model with the specified model ID."),
    404: ("ResourceNotFoundException", "Could not resolve the foundation model from the provided model identifier."),
    408: ("ModelTimeoutException", "The model took too long."),
    413: ("ValidationException", "Input is too long for requested model."),
    424: ("ModelErrorException", "The model returned an error."),
    429: ("ThrottlingException", "Too many requests, please wait before trying again."),
    500: ("InternalServerException", "The system encountered an unexpected error."),
    503: ("ServiceUnavailableException", "Bedrock is unable to process your request."),
}
ERRORS = {
    "not_ready": (429, "ModelNotReadyException", "Model is not ready for inference."),
    "quota": (400, "ServiceQuotaExceededException", "You have exceeded your service quota."),
    "too_long": (400, "ValidationException", "Input is too long for requested model."),
}
EXCEPTIONS = {
    None: (
        "modelStreamErrorException",
        {"message": "The model broke off.", "originalStatusCode": 500, "originalMessage": "x"},
    ),
    "slow_down": ("throttlingException", {"message": "Too many tokens."}),
    "broken": ("internalServerException", {"message": "Internal error."}),
    "overloaded": ("serviceUnavailableException", {"message": "Unavailable."}),
    "validation": ("validationException", {"message": "Not valid."}),
}
STOP_REASONS = {
    "stop": "end_turn",
    "length": "max_tokens",
    "tools": "tool_use",
    "sequence": "stop_sequence",
    "filter": "content_filtered",
    "refusal": "guardrail_intervened",
    "pause": "end_turn",
}


def refused(status, kind, words, fields=None):
    return Refused(status, {"message": words}, {"x-amzn-errortype": kind} | (fields or {}))


def validation(words):
    return refused(400, "ValidationException", words)


def texts_of(content):
    found = []
    for block in content or []:
        found += [block["text"]] if "text" in block else []
        found += [model.compact(block["toolUse"]["input"])] if "toolUse" in block else []
        found += texts_of(block["toolResult"]["content"]) if "toolResult" in block else []
        found += [model.compact(block["json"])] if "json" in block else []
    return found


def ids_of(message, name):
    return {block[name]["toolUseId"] for block in message["content"] if name in block}


def check_turns(body, model_id):
    """Turns alternate and begin with the user; calls are answered by the very next turn."""
    calls, wanted = set(), "user"
    for index, message in enumerate(body["messages"]):
        if message["role"] != wanted:
            raise validation(
                "A conversation must start with a user message. Try again with a conversation that starts with a user message."
                if index == 0
                else "A conversation must alternate between user and assistant roles. Make sure the conversation alternates."
            )
        results = ids_of(message, "toolResult")
        if message["role"] == "user" and results != calls:
            raise validation(
                f"Expected toolResult blocks at messages.{index}.content for the following Ids: {', '.join(sorted(calls ^ results))}"
            )
        if any("text" in block and not block["text"].strip() for block in message["content"]):
            raise validation(
                "The text field in the ContentBlock object at messages."
                + str(index)
                + ".content is blank. Add text and try again."
            )
        calls, wanted = ids_of(message, "toolUse"), "assistant" if wanted == "user" else "user"
    if calls:
        raise validation("The conversation ends with a toolUse block that has no toolResult.")
    if body["messages"][-1]["role"] == "assistant" and REFUSES_PREFILL.search(model_id):
        raise validation(
            "This model does not support assistant message prefill. The conversation must end with a user message."
        )
    if not body.get("toolConfig") and any(
        ids_of(message, name) for message in body["messages"] for name in ("toolUse", "toolResult")
    ):
        raise validation("The toolConfig field must be defined when using toolUse and toolResult content blocks.")


def prompt_of(body):
    turns, tools = body["messages"], body.get("toolConfig", {}).get("tools", [])
    specs = [tool["toolSpec"] for tool in tools if "toolSpec" in tool]
    users = [texts_of(message["content"]) for message in turns if message["role"] == "user"]
    ((chosen, named),) = body.get("toolConfig", {}).get("toolChoice", {"auto": {}}).items()
    config = body.get("inferenceConfig", {})
    form = body.get("outputConfig", {}).get("textFormat", {}).get("structure", {}).get("jsonSchema", {}).get("schema")
    return model.Prompt(
        texts=texts_of(body.get("system")) + [text for message in turns for text in texts_of(message["content"])],
        last_user=" ".join(users[-1]),
        results=[
            " ".join(texts_of(block["toolResult"]["content"]))
            for block in turns[-1]["content"]
            if "toolResult" in block
        ],
        tools=[model.Tool(spec["name"], spec["inputSchema"]["json"], spec.get("description", "")) for spec in specs],
        choice=named["name"] if chosen == "tool" else chosen,
        schema=decode_json(form.encode()) if form else None,
        max_tokens=config.get("maxTokens"),
        stops=config.get("stopSequences", []),
    )


class Ask:
    def __init__(self, body, model_id, stream):
        self.body, self.model, self.stream = body, model_id, stream


class Wire:
    name, is_binary = "bedrock", True
    routes = [
        ("POST", re.compile(r"/model/([^/]+)/converse"), "converse", "create"),
        ("POST", re.compile(r"/model/([^/]+)/converse-stream"), "stream", "create"),
    ]

    def __init__(self, state):
        self.state = state

    def authenticate(self, request):
        options, headers = self.state.options, request.headers
        if "authorization" not in headers:
            raise refused(403, "MissingAuthenticationTokenException", "Missing Authentication Token")
        try:
            key, date, region, service, signed, value = sigv4.parse(headers["authorization"])
        except sigv4.Refused as reason:
            raise refused(403, "IncompleteSignatureException", str(reason)) from None
        must = {"host", "x-amz-date"} | {
            name for name in headers if name.startswith("x-amz-") or name == "content-type"
        }
        if signed != sorted(set(signed)) or not must <= set(signed) <= set(headers):
            raise refused(403, "InvalidSignatureException", "signed headers: " + ", ".join(sorted(must ^ set(signed))))
        stamp = headers["x-amz-date"]
        if (region, service) != (options.region, "bedrock") or stamp[:8] != date:
            raise refused(
                403,
                "InvalidSignatureException",
                f"Credential should be scoped to a valid region and service, not {region}/{service}.",
            )
        if abs(time.time() - moment_of(stamp)) > SKEW_S:
            raise refused(403, "InvalidSignatureException", "Signature expired or not yet current.")
        if not self.state.knows(key) or headers.get("x-amz-security-token", "") != options.session_token:
            raise refused(403, "UnrecognizedClientException", "The security token included in the request is invalid.")
        path = urllib.parse.quote(request.full_path, safe="/-_.~")
        wanted = sigv4.signature(
            request.method,
            path,
            request.query_text,
            headers,
            signed,
            request.body,
            stamp,
            region,
            service,
            options.secret_key,
        )
        if not hmac.compare_digest(wanted, value):
            raise refused(
                403,
                "InvalidSignatureException",
                "The request signature we calculated does not match the signature you provided.",
            )
        return key

    def read(self, request, operation, match):
        model_id = urllib.parse.unquote(match[1])
        if request.header("content-type") != "application/json":
            raise refused(400, "SerializationException", "content-type")
        if not MODEL.fullmatch(model_id):
            raise validation("The provided model identifier is invalid.")
        try:
            body = decode_json(request.body)
            bedrock_shapes.converse(body, ())
        except (ValueError, UnicodeDecodeError):
            raise refused(400, "SerializationException", "not JSON") from None
        except strict.Bad as bad:
            raise validation(f"{bad.dotted()}: {bad.kind}, wanted: {bad.words}") from None
        for name in ("temperature", "topP"):
            if name in body.get("inferenceConfig", {}) and REFUSES_SAMPLING.search(model_id):
                raise validation(f"The model returned the following errors: `{name}` is deprecated for this model.")
        check_turns(body, model_id)
        return Ask(body, model_id, operation == "stream")

    def common_fields(self, key, step):
        made = hashlib.md5(self.state.ids.next(key, "").encode()).digest()
        return {"x-amzn-requestid": step.request_id or str(uuid.UUID(bytes=made, version=4))}

    def finish_refusal(self, failure, fields):
        """Its head alone has the id."""

    def error(self, step):
        status, kind, words = ERRORS.get(step.error) or (
            step.status,
            *KINDS.get(step.status, ("InternalServerException", "Error.")),
        )
        return refused(step.status or status, kind, words, error_fields(step))

    def error_event(self, step, operation):
        del operation
        name, payload = EXCEPTIONS.get(step.error, EXCEPTIONS[None])
        return Event(name, payload, "exception")

    def unknown_event(self, operation):
        del operation
        return Event("shinyNewEvent", {"shine": {"delta": "x"}})

    def answer(self, ask, operation, key, step):
        del operation
        prompt = prompt_of(ask.body)
        draft = model.draft_of(prompt, step, lambda: self.state.ids.next(key, "tooluse_"))
        usage = self.usage(ask, key, prompt, draft)
        reason, metrics = STOP_REASONS[draft.finish], {"latencyMs": 12}
        if ask.stream:
            events = self.events(draft, reason, {"usage": usage, "metrics": metrics}, step)
            return Answer(
                events=events,
                media="application/vnd.amazon.eventstream",
                input_tokens=prompt.input_tokens(),
                output_tokens=draft.output_tokens(),
                is_billed=True,
            )
        content = [{"text": draft.text}] if draft.text else []
        content += [{"toolUse": {"toolUseId": call, "name": name, "input": given}} for call, name, given in draft.calls]
        body = {
            "output": {"message": {"role": "assistant", "content": content}},
            "stopReason": reason,
            "usage": usage,
            "metrics": metrics,
        }
        if step.usage == "missing":
            del body["usage"]
        return Answer(body, input_tokens=prompt.input_tokens(), output_tokens=draft.output_tokens(), is_billed=True)

    def usage(self, ask, key, prompt, draft):
        texts, prefix = [], None
        for block in [
            *ask.body.get("system", []),
            *(block for message in ask.body["messages"] for block in message["content"]),
        ]:
            texts += texts_of([block])
            prefix = "\0".join(texts) if "cachePoint" in block else prefix
        read, written = self.state.cache.look(key, ask.model, prefix, 1024) if prefix else (0, 0)
        fresh, out = prompt.input_tokens() - read - written, draft.output_tokens()
        return {
            "inputTokens": fresh,
            "outputTokens": out,
            "totalTokens": fresh + read + written + out,
            "cacheReadInputTokens": read,
            "cacheWriteInputTokens": written,
        }

    def events(self, draft, reason, metadata, step):
        made = [Event("messageStart", {"role": "assistant"}, "start")]
        index = 0
        if draft.text:
            made += [
                Event("contentBlockDelta", {"delta": {"text": text}, "contentBlockIndex": 0}, "delta", model.size(text))
                for text in model.pieces(draft.text, step)
            ]
            made.append(Event("contentBlockStop", {"contentBlockIndex": 0}))
            index = 1
        for at, (call, name, given) in enumerate(draft.calls, index):
            made.append(
                Event(
                    "contentBlockStart",
                    {"start": {"toolUse": {"toolUseId": call, "name": name}}, "contentBlockIndex": at},
                )
            )
            made += [
                Event(
                    "contentBlockDelta",
                    {"delta": {"toolUse": {"input": text}}, "contentBlockIndex": at},
                    "delta",
                    model.size(text),
                )
                for text in model.fragments(given)
            ]
            made.append(Event("contentBlockStop", {"contentBlockIndex": at}))
        made.append(Event("messageStop", {"stopReason": reason}, "end"))
        usages = {"missing": 0, "twice": 2}.get(step.usage, 1)
        return made + [Event("metadata", metadata, "end")] * usages


def moment_of(stamp):
    try:
        return calendar.timegm(time.strptime(stamp, "%Y%m%dT%H%M%SZ"))
    except ValueError:
        raise refused(403, "IncompleteSignatureException", "x-amz-date") from None
