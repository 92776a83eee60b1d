"""Chat completions: what a request comes down to, and what its answer looks like. Checks of shape are elsewhere (openai_shapes.py)."""

import json

import model
from answer import Event

FINISH = {
    "stop": "stop",
    "length": "length",
    "tools": "tool_calls",
    "sequence": "stop",
    "filter": "content_filter",
    "refusal": "stop",
    "pause": "stop",
}


def texts_of(content):
    parts = [{"text": content}] if isinstance(content, str) else content or []
    return [part.get("text", part.get("refusal")) for part in parts if "text" in part or "refusal" in part]


def check_turns(body, refused):
    """Tools' answers follow their calls, all of them; "json" must be asked for in words too."""
    open_calls, texts = set(), []
    for index, message in enumerate(body["messages"]):
        at = f"messages.[{index}].role"
        texts += texts_of(message.get("content"))
        if message["role"] == "tool":
            if message["tool_call_id"] not in open_calls:
                raise refused(
                    400,
                    "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.",
                    at,
                )
            open_calls.discard(message["tool_call_id"])
            continue
        if open_calls:
            raise refused(
                400,
                "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. "
                f"The following tool_call_ids did not have response messages: {min(open_calls)}",
                at,
            )
        open_calls = {call["id"] for call in message.get("tool_calls", [])}
        if (
            message["role"] == "assistant"
            and message.get("content") is None
            and not open_calls
            and not message.get("refusal")
        ):
            raise refused(
                400, "Invalid value for 'content': expected a string, got null.", f"messages.[{index}].content"
            )
    if open_calls:
        raise refused(
            400,
            "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'.",
            "messages",
        )
    if body.get("response_format", {}).get("type") == "json_object" and "json" not in " ".join(texts).lower():
        raise refused(
            400,
            "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.",
            "messages",
        )
    if not body.get("tools") and ("tool_choice" in body or "parallel_tool_calls" in body):
        raise refused(400, "'tool_choice' is only allowed when 'tools' are specified.", "tool_choice")


def prompt_of(body):
    turns = body["messages"]
    results = []
    for message in reversed(turns):
        if message["role"] != "tool":
            break
        results.insert(0, " ".join(texts_of(message["content"])))
    users = [texts_of(message["content"]) for message in turns if message["role"] == "user"]
    calls = [call["function"]["arguments"] for message in turns for call in message.get("tool_calls", [])]
    form = body.get("response_format", {"type": "text"})
    chosen = body.get("tool_choice", "auto")
    stop = body.get("stop")
    functions = [tool["function"] for tool in body.get("tools", [])]
    return model.Prompt(
        texts=[text for message in turns for text in texts_of(message.get("content"))] + calls,
        last_user=" ".join(users[-1]) if users else "",
        results=results,
        tools=[model.Tool(each["name"], each.get("parameters", {}), each.get("description", "")) for each in functions],
        choice={"required": "any"}.get(chosen, chosen) if isinstance(chosen, str) else chosen["function"]["name"],
        parallel=body.get("parallel_tool_calls", True),
        schema=form.get("json_schema", {}).get("schema"),
        wants_json=form["type"] == "json_object",
        max_tokens=body.get("max_completion_tokens") or body.get("max_tokens"),
        stops=[stop] if isinstance(stop, str) else stop or [],
    )


def usage_of(prompt, draft, cached, count):
    read, out = prompt.input_tokens(), draft.output_tokens() * count
    return {
        "prompt_tokens": read,
        "completion_tokens": out,
        "total_tokens": read + out,
        "prompt_tokens_details": {"cached_tokens": cached, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": 0,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }


def whole(ask, prompt, draft, cached, new_id):
    refuses = draft.finish == "refusal"
    message = {"role": "assistant", "content": draft.text or None, "refusal": None, "annotations": []}
    if refuses:
        message |= {"content": None, "refusal": draft.text}
    if draft.calls:
        message["tool_calls"] = [
            {"id": call, "type": "function", "function": {"name": name, "arguments": model.compact(given)}}
            for call, name, given in draft.calls
        ]
    elif not refuses:
        message["content"] = draft.text
    count = ask.body.get("n") or 1
    choice = {"message": message, "logprobs": None, "finish_reason": FINISH[draft.finish]}
    return {
        "id": new_id("chatcmpl-"),
        "object": "chat.completion",
        "created": 1_764_288_000,
        "model": ask.model,
        "choices": [{"index": index} | choice for index in range(count)],
        "usage": usage_of(prompt, draft, cached, count),
        "service_tier": "default",
        "system_fingerprint": "fp_emulated",
    }


def deltas(choice, step):
    """(delta, bytes of output) of one choice, in order."""
    message = choice["message"]
    yield {"role": "assistant", "content": None if message.get("tool_calls") else "", "refusal": None}, 0
    for text in model.pieces(message["content"] or "", step):
        yield {"content": text}, model.size(text)
    for text in model.pieces(message["refusal"] or "", step):
        yield {"refusal": text}, model.size(text)
    for index, call in enumerate(message.get("tool_calls", [])):
        start = {
            "index": index,
            "id": call["id"],
            "type": "function",
            "function": {"name": call["function"]["name"], "arguments": ""},
        }
        yield {"tool_calls": [start]}, 0
        for text in model.fragments(json.loads(call["function"]["arguments"])):
            yield {"tool_calls": [{"index": index, "function": {"arguments": text}}]}, model.size(text)


def events(ask, body, draft, step):
    del draft
    wants_usage = (ask.body.get("stream_options") or {}).get("include_usage") and step.usage != "missing"
    base = {name: body[name] for name in ("id", "created", "model", "service_tier", "system_fingerprint")} | {
        "object": "chat.completion.chunk"
    }
    nothing = {"usage": None} if wants_usage else {}

    def chunk(choices, role="delta", size=0, more=None):
        return Event("", base | {"choices": choices} | (more or nothing), role, size)

    made = []
    for choice in body["choices"]:
        for delta, size in deltas(choice, step):
            made.append(
                chunk([{"index": choice["index"], "delta": delta, "logprobs": None, "finish_reason": None}], size=size)
            )
        made.append(
            chunk([{"index": choice["index"], "delta": {}, "logprobs": None, "finish_reason": choice["finish_reason"]}])
        )
    made[0].role = "start"
    if wants_usage and step.usage == "twice":
        early = body["usage"] | {"completion_tokens": 0, "total_tokens": body["usage"]["prompt_tokens"]}
        made.append(chunk([], "usage", more={"usage": early}))
    if wants_usage:
        made.append(chunk([], "usage", more={"usage": body["usage"]}))
    return [*made, Event("", "[DONE]", "end")]
