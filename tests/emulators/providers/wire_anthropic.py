"""Anthropic's API: /v1/messages, whole and streamed, /v1/messages/count_tokens, /v1/models.

Source: platform.claude.com/docs, "Messages", "Versions", "Migrating to 2026-10-21", "Errors", "Rate limits", "Prompt caching"; the types of
@anthropic-ai/sdk 1.11.0.
"""

import base64
import copy
import re
import time

import anthropic_shapes
import model
import strict
from answer import Answer, Event, Refused, decode_json, error_fields

VERSIONS = ("2023-01-01", "2023-06-01", "2026-10-21")
KNOWN = re.compile(r"claude-(opus-(4-[1-8]|5|5-5)|sonnet-(4-[56]|5|5-5)|haiku-(4-5|5-5))(-\d{8})?")
REFUSES_SAMPLING = re.compile(r"claude-(opus-4-[7-9]|(opus|sonnet|haiku|fable)-[5-9])")
REFUSES_PREFILL = re.compile(r"claude-(opus-4-[6-9]|sonnet-4-[6-9]|(opus|sonnet|haiku|fable)-[5-9])")
SAMPLING = ("temperature", "top_p", "top_k")
MAX_BODY = 32 * 1024 * 1024
MAX_BREAKPOINTS = 4
BETA = re.compile(r"[a-z0-9-]+-\d{4}-\d{2}-\d{2}")
MODELS = ("claude-opus-4-8", "claude-sonnet-5-5", "claude-sonnet-4-6", "claude-haiku-4-5")

# status -> type and words; then what `error` in a step may name
KINDS = {
    400: ("invalid_request_error", "invalid request"),
    401: ("authentication_error", "invalid x-api-key"),
    402: ("billing_error", "Your credit balance is too low to access the Anthropic API."),
    403: ("permission_error", "Your API key does not have permission to use the specified resource."),
    404: ("not_found_error", "model: gone"),
    409: ("conflict_error", "Conflict"),
    413: ("request_too_large", "Request exceeds the maximum size"),
    429: ("rate_limit_error", "This request would exceed your organization's rate limit."),
    500: ("api_error", "Internal server error"),
    504: ("timeout_error", "The request timed out"),
    529: ("overloaded_error", "Overloaded"),
}
ERRORS = {
    "money": (429, "enforced_spend_limit_reached"),
    "contract": (429, "contract_spend_limit_reached"),
    "ramp": (429, "ramp_limit_exceeded"),
    "organization": (402, "linked_organization_spend_limit_reached"),
    "own_limit": (400, None),
    "too_long": (400, None),
}
WORDS = {
    "own_limit": "You have reached your specified API usage limits. You will regain access on 2026-12-01 at 00:00 UTC.",
    "too_long": "prompt is too long: 210000 tokens > 200000 maximum",
}
STOP_REASONS = {
    "stop": "end_turn",
    "length": "max_tokens",
    "tools": "tool_use",
    "sequence": "stop_sequence",
    "refusal": "refusal",
    "filter": "refusal",
    "pause": "pause_turn",
}


def refused(status, words, kind=None, code=None, fields=None):
    error = {"type": kind or KINDS[status][0], "message": words}
    if code:
        error["details"] = {"error_code": code}
    return Refused(status, {"type": "error", "error": error}, fields)


def in_words(bad):
    if bad.kind == "missing":
        return f"{bad.dotted()}: Field required"
    if bad.kind == "unknown":
        return f"{bad.dotted()}: Extra inputs are not permitted"
    return f"{bad.dotted()}: Input should be {bad.words}"


def blocks_of(content):
    return [{"type": "text", "text": content}] if isinstance(content, str) else content or []


def texts_of(content):
    """Every text that counts, in order."""
    found = []
    for block in blocks_of(content):
        kind = block["type"]
        if kind == "text":
            found.append(block["text"])
        elif kind == "thinking":
            found.append(block["thinking"])
        elif kind == "tool_use":
            found.append(model.compact(block["input"]))
        elif kind == "tool_result":
            found += texts_of(block.get("content"))
    return found


def check_turns(messages, name):
    """Tool calls are answered by the next turn, and only calls are; texts are not blank; a prefill is taken by few."""
    calls = set()
    for index, message in enumerate(messages):
        blocks = blocks_of(message["content"])
        results = {block["tool_use_id"] for block in blocks if block["type"] == "tool_result"}
        if results - calls:
            raise refused(
                400,
                f"messages.{index}.content.0: unexpected `tool_use_id` found in `tool_result` blocks: {min(results - calls)}. "
                "Each `tool_result` block must have a corresponding `tool_use` block in the previous message.",
            )
        if calls - results and message["role"] != "assistant":
            raise refused(
                400,
                f"messages.{index - 1}: `tool_use` ids were found without `tool_result` blocks immediately after: {min(calls - results)}. "
                "Each `tool_use` block must have a corresponding `tool_result` block in the next message.",
            )
        if message["role"] != "assistant" and not blocks:
            raise refused(400, f"messages.{index}: user messages must have non-empty content")
        if any(block["type"] == "text" and not block["text"] for block in blocks):
            raise refused(400, "messages: text content blocks must be non-empty")
        calls = {block["id"] for block in blocks if block["type"] == "tool_use"}
    if calls:
        raise refused(
            400,
            f"messages.{len(messages) - 1}: `tool_use` ids were found without `tool_result` blocks immediately after: {min(calls)}.",
        )
    if messages[-1]["role"] == "assistant":
        if REFUSES_PREFILL.match(name):
            raise refused(
                400,
                "This model does not support assistant message prefill. The conversation must end with a user message.",
            )
        last = blocks_of(messages[-1]["content"])
        if last and last[-1]["type"] == "text" and last[-1]["text"] != last[-1]["text"].rstrip():
            raise refused(400, "messages: final assistant content cannot end with trailing whitespace")


def check_version(body, version):
    """What 2026-10-21 no longer takes."""
    for name in SAMPLING:
        if name in body and version == "2026-10-21":
            raise refused(400, f"{name}: Extra inputs are not permitted")
        if name in body and REFUSES_SAMPLING.match(body["model"]):
            raise refused(400, f"`{name}` is deprecated for this model.")
    if version != "2026-10-21":
        return
    for index, message in enumerate(body["messages"]):
        for at, block in enumerate(blocks_of(message["content"])):
            if message["role"] == "assistant" and block["type"] == "document":
                raise refused(
                    400, f"messages.{index}.content.{at}: document blocks are not permitted in assistant turns"
                )
            if message["role"] == "user" and block["type"] == "text" and block.get("citations"):
                raise refused(400, f"messages.{index}.content.{at}.text.citations: Extra inputs are not permitted")


def marked(body):
    """The texts up to the last cache breakpoint, and how long it is to live; (None, None) if there is none. Counts the breakpoints."""
    texts, prefix, ttl, count = [], None, None, 0
    parts = [(tool, [model.compact(tool)]) for tool in body.get("tools", [])]
    parts += [(block, texts_of([block])) for block in blocks_of(body.get("system"))]
    parts += [(block, texts_of([block])) for message in body["messages"] for block in blocks_of(message["content"])]
    for block, found in parts:
        texts += found
        if block.get("cache_control"):
            count, prefix, ttl = count + 1, "\0".join(texts), block["cache_control"].get("ttl", "5m")
    if body.get("cache_control"):
        count, prefix, ttl = count + 1, "\0".join(texts), body["cache_control"].get("ttl", "5m")
    if count > MAX_BREAKPOINTS:
        raise refused(400, f"A maximum of {MAX_BREAKPOINTS} blocks with cache_control may be provided. Found {count}.")
    return prefix, ttl


def check_thinking(body):
    thinking = body.get("thinking", {})
    if thinking.get("type") == "enabled" and thinking["budget_tokens"] >= body.get("max_tokens", 1 << 40):
        raise refused(400, "`max_tokens` must be greater than `thinking.budget_tokens`.")


def prompt_of(body):
    turns = body["messages"]
    last = blocks_of(turns[-1]["content"])
    users = [texts_of(message["content"]) for message in turns if message["role"] == "user"]
    chosen = body.get("tool_choice", {"type": "auto"})
    form = body.get("output_config", {}).get("format") or {}
    return model.Prompt(
        texts=texts_of(body.get("system")) + [text for message in turns for text in texts_of(message["content"])],
        last_user=" ".join(users[-1]) if users else "",
        results=[" ".join(texts_of(block.get("content"))) for block in last if block["type"] == "tool_result"],
        tools=[
            model.Tool(tool["name"], tool["input_schema"], tool.get("description", ""))
            for tool in body.get("tools", [])
            if "input_schema" in tool
        ],
        choice=chosen.get("name", chosen["type"]),
        parallel=not chosen.get("disable_parallel_tool_use", False),
        schema=form.get("schema"),
        max_tokens=body.get("max_tokens"),
        stops=body.get("stop_sequences", []),
    )


class Ask:
    def __init__(self, body, version):
        self.body, self.version = body, version
        self.model, self.stream = body.get("model"), body.get("stream", False)


class Wire:
    name, is_binary = "anthropic", False
    routes = [
        ("POST", re.compile(r"/v1/messages"), "messages", "create"),
        ("POST", re.compile(r"/v1/messages/count_tokens"), "count_tokens", "count"),
        ("GET", re.compile(r"/v1/models"), "models", "models"),
    ]

    def __init__(self, state):
        self.state = state

    def authenticate(self, request):
        bearer = request.header("authorization")
        keys = {request.header("x-api-key")} | ({bearer[7:]} if bearer.startswith("Bearer ") else set())
        keys.discard("")
        if not keys:
            raise refused(401, "x-api-key header is required" if not bearer else "invalid bearer token")
        if len(keys) > 1 or not self.state.knows(key := keys.pop()):
            raise refused(401, "invalid x-api-key")
        return key

    def read(self, request, operation, match):
        del match
        version = request.header("anthropic-version")
        if not version:
            raise refused(400, "anthropic-version: header is required")
        if version not in VERSIONS:
            raise refused(400, f'anthropic-version: "{version}" is not a valid version')
        for beta in filter(None, request.header("anthropic-beta").split(",")):
            if not BETA.fullmatch(beta.strip()):
                raise refused(400, f"Unexpected value(s) `{beta.strip()}` for the `anthropic-beta` header.")
        if operation == "models":
            return Ask({}, version)
        if request.header("content-type").partition(";")[0] != "application/json":
            raise refused(400, "content-type: Input should be 'application/json'")
        if len(request.body) > MAX_BODY:
            raise refused(413, "Request exceeds the maximum size")
        return self.read_body(request, operation, version)

    def read_body(self, request, operation, version):
        try:
            body = decode_json(request.body)
        except (ValueError, UnicodeDecodeError):
            raise refused(400, "The request body is not valid JSON") from None
        try:
            (anthropic_shapes.messages if operation == "messages" else anthropic_shapes.count_tokens)(body, ())
        except strict.Bad as bad:
            raise refused(400, in_words(bad)) from None
        if not KNOWN.fullmatch(body["model"]):
            raise refused(404, f"model: {body['model']}")
        check_version(body, version)
        check_turns(body["messages"], body["model"])
        check_thinking(body)
        marked(body)
        return Ask(body, version)

    def common_fields(self, key, step):
        return {
            "request-id": step.request_id or self.state.ids.next(key, "req_011"),
            "anthropic-ratelimit-requests-limit": "4000",
            "anthropic-ratelimit-requests-remaining": "3999",
            "anthropic-ratelimit-requests-reset": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "anthropic-ratelimit-input-tokens-limit": "400000",
            "anthropic-ratelimit-input-tokens-remaining": "399000",
            "anthropic-ratelimit-output-tokens-limit": "80000",
            "anthropic-ratelimit-output-tokens-remaining": "79000",
            "anthropic-organization-id": "00000000-0000-4000-8000-000000000001",
        }

    def finish_refusal(self, failure, fields):
        """Its body repeats the id of the head."""
        if isinstance(failure.body, dict):
            failure.body["request_id"] = fields["request-id"]

    def error(self, step):
        status, code = ERRORS.get(step.error, (step.status, None))
        status = step.status or status
        kind, words = KINDS.get(status, ("api_error", "Error"))
        words = WORDS.get(step.error, words)
        if step.delay_in_body_s is not None:
            words += f" Please try again in {step.delay_in_body_s}s."
        return refused(status, words, kind, code, error_fields(step))

    def error_event(self, step, operation):
        del operation
        kind, words = KINDS[429] if step.error == "slow_down" else KINDS[500] if step.error == "broken" else KINDS[529]
        return Event("error", {"type": "error", "error": {"type": kind, "message": words}})

    def unknown_event(self, operation):
        del operation
        return Event("shiny_new_event", {"type": "shiny_new_event", "shine": {"delta": "x"}})

    def answer(self, ask, operation, key, step):
        if operation == "models":
            data = [
                {"type": "model", "id": name, "display_name": name, "created_at": "2026-01-01T00:00:00Z"}
                for name in MODELS
            ]
            return Answer({"data": data, "has_more": False, "first_id": MODELS[0], "last_id": MODELS[-1]})
        prompt = prompt_of(ask.body)
        if operation == "count_tokens":
            return Answer({"input_tokens": prompt.input_tokens()})
        draft = model.draft_of(prompt, step, lambda: self.state.ids.next(key, "toolu_01"))
        message, usage = self.message(ask, key, prompt, draft)
        out = usage["output_tokens"]
        if ask.stream:
            events = self.events(message, usage, draft, step)
            return Answer(
                events=events,
                media="text/event-stream; charset=utf-8",
                input_tokens=prompt.input_tokens(),
                output_tokens=out,
                is_billed=True,
            )
        if step.usage == "missing":
            del message["usage"]
        return Answer(message, input_tokens=prompt.input_tokens(), output_tokens=out, is_billed=True)

    def usage(self, ask, key, prompt):
        prefix, ttl = marked(ask.body)
        least = 4096 if "haiku-4-5" in ask.model else 1024
        read, written = self.state.cache.look(key, ask.model, prefix, least) if prefix else (0, 0)
        whole = prompt.input_tokens()
        read, written = min(read, whole), min(written, whole)
        split = {
            "ephemeral_5m_input_tokens": written if ttl == "5m" else 0,
            "ephemeral_1h_input_tokens": written if ttl == "1h" else 0,
        }
        return {
            "input_tokens": whole - read - written,
            "cache_creation_input_tokens": written,
            "cache_read_input_tokens": read,
            "cache_creation": split,
            "output_tokens": 0,
            "service_tier": "standard",
            "inference_geo": "global",
        }

    def message(self, ask, key, prompt, draft):
        content = []
        if ask.body.get("thinking", {}).get("type", "disabled") != "disabled":
            content.append(
                {"type": "thinking", "thinking": "Let me see.", "signature": base64.b64encode(b"signed " * 6).decode()}
            )
        if draft.text:
            content.append({"type": "text", "text": draft.text})
        content += [
            {"type": "tool_use", "id": name_id, "name": name, "input": given} for name_id, name, given in draft.calls
        ]
        usage = self.usage(ask, key, prompt)
        thought = model.tokens(sum(len(block.get("thinking", "")) for block in content))
        usage["output_tokens"] = draft.output_tokens() + thought
        if thought:
            usage["output_tokens_details"] = {"thinking_tokens": thought}
        return {
            "id": self.state.ids.next(key, "msg_01"),
            "type": "message",
            "role": "assistant",
            "model": ask.model,
            "content": content,
            "stop_reason": STOP_REASONS[draft.finish],
            "stop_sequence": draft.stop,
            "stop_details": None,
            "container": None,
            "usage": usage,
        }, usage

    def events(self, message, usage, draft, step):
        start = copy.deepcopy(message) | {"content": [], "stop_reason": None, "stop_sequence": None}
        start["usage"]["output_tokens"] = 1
        events = [
            Event("message_start", {"type": "message_start", "message": start}, "start"),
            Event("ping", {"type": "ping"}),
        ]
        for index, block in enumerate(message["content"]):
            events += block_events(index, block, step)
        delta = {
            "stop_reason": message["stop_reason"],
            "stop_sequence": draft.stop,
            "stop_details": None,
            "container": None,
        }
        final = {
            name: usage[name]
            for name in ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens", "output_tokens")
        }
        last = Event("message_delta", {"type": "message_delta", "delta": delta, "usage": final}, "usage")
        if step.usage == "twice":
            early = {
                "type": "message_delta",
                "delta": {"stop_reason": None, "stop_sequence": None},
                "usage": final | {"output_tokens": final["output_tokens"] // 2},
            }
            events.append(Event("message_delta", early, "usage"))
        if step.usage == "missing":
            del start["usage"], last.data["usage"]
        return [*events, last, Event("message_stop", {"type": "message_stop"}, "end")]


def block_events(index, block, step):
    def delta(member, text, kind):
        return Event(
            "content_block_delta",
            {"type": "content_block_delta", "index": index, "delta": {"type": kind, member: text}},
            "delta",
            model.size(text),
        )

    kind = block["type"]
    empty = (
        block | {"text": {"text": ""}, "thinking": {"thinking": "", "signature": ""}, "tool_use": {"input": {}}}[kind]
    )
    events = [Event("content_block_start", {"type": "content_block_start", "index": index, "content_block": empty})]
    if kind == "text":
        events += [delta("text", text, "text_delta") for text in model.pieces(block["text"], step)]
    elif kind == "thinking":
        events += [delta("thinking", text, "thinking_delta") for text in model.pieces(block["thinking"], step)]
        events.append(delta("signature", block["signature"], "signature_delta"))
        events[-1].size = 0
    else:
        parts = model.fragments(block["input"]) if block["input"] else []
        events += [delta("partial_json", text, "input_json_delta") for text in ["", *parts]]
    return [*events, Event("content_block_stop", {"type": "content_block_stop", "index": index})]
