"""The Responses API, its stateless part: nothing is stored, so what refers to an earlier answer is not found."""

import copy
import json

import model
from answer import Event


def texts_of(content):
    parts = [{"text": content}] if isinstance(content, str) else content or []
    return [part.get("text", part.get("refusal")) for part in parts if "text" in part or "refusal" in part]


def items_of(body):
    given = body["input"]
    return [{"role": "user", "content": given}] if isinstance(given, str) else given


def check_items(body, refused):
    if body.get("previous_response_id"):
        raise refused(
            400,
            f"Previous response with id '{body['previous_response_id']}' not found.",
            "previous_response_id",
            "previous_response_not_found",
        )
    calls, answered = set(), set()
    for item in items_of(body):
        if item.get("type") == "function_call":
            calls.add(item["call_id"])
        if item.get("type") == "function_call_output":
            if item["call_id"] not in calls:
                raise refused(
                    400, f"No tool call found for function call output with call_id {item['call_id']}.", "input"
                )
            answered.add(item["call_id"])
    if calls - answered:
        raise refused(400, f"No tool output found for function call {min(calls - answered)}.", "input")


def prompt_of(body):
    items = items_of(body)
    results = []
    for item in reversed(items):
        if item.get("type") != "function_call_output":
            break
        results.insert(0, " ".join(texts_of(item["output"])))
    users = [texts_of(item["content"]) for item in items if item.get("role") == "user"]
    form, chosen = body.get("text", {}).get("format", {}), body.get("tool_choice", "auto")
    given = [text for item in items for text in texts_of(item.get("content")) + texts_of(item.get("output"))]
    return model.Prompt(
        texts=([body["instructions"]] if body.get("instructions") else [])
        + given
        + [item["arguments"] for item in items if "arguments" in item],
        last_user=" ".join(users[-1]) if users else "",
        results=results,
        tools=[
            model.Tool(tool["name"], tool.get("parameters") or {}, tool.get("description") or "")
            for tool in body.get("tools", [])
        ],
        choice={"required": "any"}.get(chosen, chosen) if isinstance(chosen, str) else chosen["name"],
        parallel=body.get("parallel_tool_calls") is not False,
        schema=form.get("schema"),
        wants_json=form.get("type") == "json_object",
        max_tokens=body.get("max_output_tokens"),
    )


def whole(ask, prompt, draft, cached, new_id):
    output = []
    if draft.text or not draft.calls:
        part = {"type": "output_text", "text": draft.text, "annotations": [], "logprobs": []}
        if draft.finish == "refusal":
            part = {"type": "refusal", "refusal": draft.text}
        output.append(
            {"id": new_id("msg_"), "type": "message", "status": "completed", "role": "assistant", "content": [part]}
        )
    output += [
        {
            "id": new_id("fc_"),
            "type": "function_call",
            "status": "completed",
            "call_id": call,
            "name": name,
            "arguments": model.compact(given),
        }
        for call, name, given in draft.calls
    ]
    reason = {"length": "max_output_tokens", "filter": "content_filter"}.get(draft.finish)
    body, read, out = ask.body, prompt.input_tokens(), draft.output_tokens()
    return {
        "id": new_id("resp_"),
        "object": "response",
        "created_at": 1_764_288_000,
        "status": "incomplete" if reason else "completed",
        "background": False,
        "error": None,
        "incomplete_details": {"reason": reason} if reason else None,
        "instructions": body.get("instructions"),
        "max_output_tokens": body.get("max_output_tokens"),
        "model": ask.model,
        "output": output,
        "parallel_tool_calls": prompt.parallel,
        "previous_response_id": None,
        "reasoning": {"effort": None, "summary": None},
        "service_tier": "default",
        "store": body.get("store", True),
        "temperature": body.get("temperature", 1.0),
        "text": body.get("text", {"format": {"type": "text"}}),
        "tool_choice": body.get("tool_choice", "auto"),
        "tools": body.get("tools", []),
        "top_p": body.get("top_p", 1.0),
        "truncation": "disabled",
        "user": None,
        "metadata": body.get("metadata") or {},
        "usage": {
            "input_tokens": read,
            "input_tokens_details": {"cached_tokens": cached},
            "output_tokens": out,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": read + out,
        },
    }


def item_events(index, item, step):
    """(type, members, bytes of output) of one item's life."""
    at = {"item_id": item["id"], "output_index": index}
    if item["type"] == "function_call":
        yield "response.output_item.added", {
            "output_index": index,
            "item": item | {"status": "in_progress", "arguments": ""},
        }, 0
        for text in model.fragments(json.loads(item["arguments"])):
            yield "response.function_call_arguments.delta", at | {"delta": text}, model.size(text)
        yield "response.function_call_arguments.done", at | {"name": item["name"], "arguments": item["arguments"]}, 0
    else:
        part, at = item["content"][0], at | {"content_index": 0}
        member = "text" if part["type"] == "output_text" else "refusal"
        kind = "response.output_text" if member == "text" else "response.refusal"
        logprobs = {"logprobs": []} if member == "text" else {}
        yield "response.output_item.added", {
            "output_index": index,
            "item": item | {"status": "in_progress", "content": []},
        }, 0
        yield "response.content_part.added", at | {"part": part | {member: ""}}, 0
        for text in model.pieces(part[member], step):
            yield kind + ".delta", at | {"delta": text} | logprobs, model.size(text)
        yield kind + ".done", at | {member: part[member]} | logprobs, 0
        yield "response.content_part.done", at | {"part": part}, 0
    yield "response.output_item.done", {"output_index": index, "item": item}, 0


def events(ask, body, draft, step):
    del ask, draft
    early = copy.deepcopy(body) | {"status": "in_progress", "output": [], "usage": None, "incomplete_details": None}
    last = {name: value for name, value in body.items() if step.usage != "missing" or name != "usage"}
    told = [("response.created", {"response": early}, 0), ("response.in_progress", {"response": early}, 0)]
    for index, item in enumerate(body["output"]):
        told += item_events(index, item, step)
    told.append((f"response.{body['status']}", {"response": last}, 0))
    made = [
        Event(name, {"type": name, "sequence_number": at} | members, "delta", size)
        for at, (name, members, size) in enumerate(told)
    ]
    made[0].role, made[-1].role = "start", "end"
    return made
