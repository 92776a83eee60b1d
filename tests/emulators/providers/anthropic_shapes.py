"""What the body of /v1/messages may hold, by the types of @anthropic-ai/sdk 1.11.0."""

from strict import anything, array, choice, either, flag, integer, number, obj, optional, schema_object, tagged, text

kind = {"type": text()}
cache = optional(obj({"type": choice("ephemeral")}, {"ttl": choice("5m", "1h")}))
cached = {"cache_control": cache}

source = tagged(
    "type",
    {
        "base64": obj(kind | {"media_type": text(1), "data": text(1)}),
        "url": obj(kind | {"url": text(1)}),
        "file": obj(kind | {"file_id": text(1)}),
        "text": obj(kind | {"media_type": choice("text/plain"), "data": text()}),
        "content": obj(kind | {"content": anything}),
    },
)
text_block = obj(kind | {"text": text()}, cached | {"citations": anything})
image = obj(kind | {"source": source}, cached)
document = obj(
    kind | {"source": source}, cached | {"citations": anything, "context": optional(text()), "title": optional(text())}
)
search_result = obj(
    kind | {"content": array(text_block), "source": text(), "title": text()}, cached | {"citations": anything}
)
result_part = tagged("type", {"text": text_block, "image": image, "document": document, "search_result": search_result})

block = tagged(
    "type",
    {
        "text": text_block,
        "image": image,
        "document": document,
        "search_result": search_result,
        "thinking": obj(kind | {"thinking": text(), "signature": text()}),
        "redacted_thinking": obj(kind | {"data": text()}),
        "tool_use": obj(
            kind | {"id": text(1), "name": text(1, 200), "input": obj(is_open=True)}, cached | {"caller": anything}
        ),
        "tool_result": obj(
            kind | {"tool_use_id": text(1)},
            cached | {"content": either(str, text(), array(result_part)), "is_error": flag},
        ),
    },
)
content = either(str, text(), array(block))
message = obj({"role": choice("user", "assistant", "system"), "content": content})
messages_list = array(message, 1, 100_000)
system = either(str, text(), array(text_block))

custom_tool = obj(
    {"name": text(1, 128), "input_schema": schema_object},
    cached
    | {
        "type": optional(choice("custom")),
        "description": text(),
        "strict": flag,
        "eager_input_streaming": optional(flag),
    },
)
hosted_tool = obj({"type": text(1), "name": text(1)}, is_open=True)


def tool(value, path):
    is_hosted = isinstance(value, dict) and value.get("type") not in (None, "custom")
    (hosted_tool if is_hosted else custom_tool)(value, path)


single = {"disable_parallel_tool_use": flag}
tool_choice = tagged(
    "type",
    {
        "auto": obj(kind, single),
        "any": obj(kind, single),
        "tool": obj(kind | {"name": text(1)}, single),
        "none": obj(kind),
    },
)
thinking = tagged(
    "type",
    {
        "enabled": obj(kind | {"budget_tokens": integer(1024)}, {"display": text()}),
        "disabled": obj(kind),
        "adaptive": obj(kind, {"display": text()}),
        "between_tools": obj(kind, {"display": text()}),
    },
)
output_format = obj({"type": choice("json_schema"), "schema": schema_object})
output_config = obj(
    optional={"effort": optional(choice("low", "medium", "high", "xhigh", "max")), "format": optional(output_format)}
)

shared = {
    "system": system,
    "tools": array(tool),
    "tool_choice": tool_choice,
    "thinking": thinking,
    "output_config": output_config,
    "cache_control": cache,
}
messages = obj(
    {"model": text(1, 256), "max_tokens": integer(0), "messages": messages_list},
    shared
    | {
        "stop_sequences": array(text(1)),
        "stream": flag,
        "metadata": obj(optional={"user_id": optional(text(0, 512))}),
        "service_tier": choice("auto", "standard_only"),
        "speed": optional(choice("standard", "fast")),
        "container": optional(text()),
        "inference_geo": optional(text()),
        "diagnostics": anything,
        "temperature": number(0, 1),
        "top_p": number(0, 1),
        "top_k": integer(0),
    },
)
count_tokens = obj({"model": text(1, 256), "messages": messages_list}, shared)
