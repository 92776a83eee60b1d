"""What the bodies of OpenAI's three endpoints may hold, by its OpenAPI document of August 2026."""

from strict import anything, array, choice, either, flag, integer, number, obj, optional, schema_object, tagged, text

kind = {"type": text()}
metadata = optional(obj(is_open=True))
effort = optional(choice("none", "minimal", "low", "medium", "high", "xhigh", "max"))
tier = optional(choice("auto", "default", "flex", "scale", "priority"))

# ---- chat completions

text_part = obj(kind | {"text": text()})
image_part = obj(kind | {"image_url": obj({"url": text(1)}, {"detail": choice("auto", "low", "high")})})
audio_part = obj(kind | {"input_audio": obj({"data": text(1), "format": choice("wav", "mp3")})})
file_part = obj(kind | {"file": obj(optional={"filename": text(), "file_data": text(), "file_id": text()})})
user_parts = array(
    tagged("type", {"text": text_part, "image_url": image_part, "input_audio": audio_part, "file": file_part}), 1
)
text_parts = array(tagged("type", {"text": text_part}), 1)
assistant_parts = array(tagged("type", {"text": text_part, "refusal": obj(kind | {"refusal": text()})}), 1)
function_call = obj({"name": text(1, 64), "arguments": text()})
tool_call = tagged("type", {"function": obj(kind | {"id": text(1), "function": function_call})})


def content(parts):
    return either(str, text(), parts)


message = tagged(
    "role",
    {
        "developer": obj({"role": text(), "content": content(text_parts)}, {"name": text(1, 64)}),
        "system": obj({"role": text(), "content": content(text_parts)}, {"name": text(1, 64)}),
        "user": obj({"role": text(), "content": content(user_parts)}, {"name": text(1, 64)}),
        "assistant": obj(
            {"role": text()},
            {
                "content": optional(content(assistant_parts)),
                "refusal": optional(text()),
                "name": text(1, 64),
                "tool_calls": array(tool_call, 1),
                "audio": anything,
                "annotations": anything,
                "function_call": optional(function_call),
            },
        ),
        "tool": obj({"role": text(), "content": content(text_parts), "tool_call_id": text(1)}),
    },
)
function = obj({"name": text(1, 64)}, {"description": text(), "parameters": schema_object, "strict": optional(flag)})
tool = tagged("type", {"function": obj(kind | {"function": function})})
tool_choice = either(
    str,
    choice("none", "auto", "required"),
    tagged("type", {"function": obj(kind | {"function": obj({"name": text(1)})})}),
)
json_schema = obj({"name": text(1, 64)}, {"description": text(), "schema": schema_object, "strict": optional(flag)})
response_format = tagged(
    "type",
    {
        "text": obj(kind),
        "json_object": obj(kind),
        "json_schema": obj(kind | {"json_schema": json_schema}),
    },
)
stream_options = optional(obj(optional={"include_usage": flag, "include_obfuscation": flag}))

chat = obj(
    {"model": text(1), "messages": array(message, 1)},
    {
        "max_completion_tokens": optional(integer(1)),
        "max_tokens": optional(integer(1)),
        "stream": optional(flag),
        "stream_options": stream_options,
        "tools": array(tool, 0, 128),
        "tool_choice": tool_choice,
        "parallel_tool_calls": flag,
        "response_format": response_format,
        "temperature": optional(number(0, 2)),
        "top_p": optional(number(0, 1)),
        "n": optional(integer(1, 128)),
        "stop": optional(either(str, text(1), array(text(1), 1, 4))),
        "logprobs": optional(flag),
        "top_logprobs": optional(integer(0, 20)),
        "logit_bias": metadata,
        "presence_penalty": optional(number(-2, 2)),
        "frequency_penalty": optional(number(-2, 2)),
        "seed": optional(integer()),
        "reasoning_effort": effort,
        "verbosity": optional(choice("low", "medium", "high")),
        "service_tier": tier,
        "prompt_cache_key": text(),
        "prompt_cache_retention": optional(text()),
        "safety_identifier": text(),
        "store": optional(flag),
        "metadata": metadata,
        "moderation": anything,
        "user": text(),
        "modalities": anything,
        "audio": anything,
        "prediction": anything,
        "web_search_options": anything,
    },
)

# ---- responses

input_text = obj(kind | {"text": text()})
input_image = obj(
    kind,
    {"image_url": optional(text(1)), "file_id": optional(text()), "detail": optional(choice("auto", "low", "high"))},
)
output_text = obj(kind | {"text": text()}, {"annotations": anything, "logprobs": anything})
input_part = tagged(
    "type",
    {
        "input_text": input_text,
        "input_image": input_image,
        "output_text": output_text,
        "refusal": obj(kind | {"refusal": text()}),
        "input_file": obj(
            kind, {"filename": text(), "file_data": text(), "file_id": optional(text()), "file_url": text()}
        ),
    },
)
status = optional(choice("in_progress", "completed", "incomplete"))
item = tagged(
    "type",
    {
        "message": obj(
            {
                "role": choice("user", "assistant", "system", "developer"),
                "content": either(str, text(), array(input_part)),
            },
            {"type": text(), "id": text(), "status": status},
        ),
        "function_call": obj(
            kind | {"call_id": text(1), "name": text(1), "arguments": text()},
            {"id": optional(text()), "status": status},
        ),
        "function_call_output": obj(
            kind | {"call_id": text(1), "output": either(str, text(), array(input_part))},
            {"id": optional(text()), "status": status},
        ),
        "reasoning": obj(
            kind | {"id": text(1), "summary": anything},
            {"content": anything, "encrypted_content": optional(text()), "status": status},
        ),
    },
    fallback="message",
)
flat_tool = tagged(
    "type",
    {
        "function": obj(
            kind | {"name": text(1, 64), "parameters": optional(schema_object)},
            {"strict": optional(flag), "description": optional(text())},
        ),
    },
)
flat_choice = either(
    str, choice("none", "auto", "required"), tagged("type", {"function": obj(kind | {"name": text(1)})})
)
text_format = tagged(
    "type",
    {
        "text": obj(kind),
        "json_object": obj(kind),
        "json_schema": obj(
            kind | {"name": text(1, 64), "schema": schema_object}, {"strict": optional(flag), "description": text()}
        ),
    },
)
responses = obj(
    {"model": text(1), "input": either(str, text(), array(item, 1))},
    {
        "instructions": optional(text()),
        "tools": array(flat_tool),
        "tool_choice": flat_choice,
        "parallel_tool_calls": optional(flag),
        "text": obj(optional={"format": text_format, "verbosity": optional(choice("low", "medium", "high"))}),
        "max_output_tokens": optional(integer(16)),
        "max_tool_calls": optional(integer(0)),
        "previous_response_id": optional(text()),
        "conversation": anything,
        "store": optional(flag),
        "background": optional(flag),
        "reasoning": optional(
            obj(optional={"effort": effort, "summary": optional(text()), "generate_summary": optional(text())})
        ),
        "include": optional(array(text(1))),
        "truncation": optional(choice("auto", "disabled")),
        "stream": optional(flag),
        "stream_options": stream_options,
        "temperature": optional(number(0, 2)),
        "top_p": optional(number(0, 1)),
        "top_logprobs": optional(integer(0, 20)),
        "metadata": metadata,
        "user": text(),
        "safety_identifier": text(),
        "prompt_cache_key": text(),
        "prompt_cache_retention": optional(text()),
        "service_tier": tier,
        "prompt": anything,
    },
)

# ---- embeddings

token_list = array(integer(0), 1, 2048)
embeddings = obj(
    {
        "model": text(1),
        "input": either(str, text(1), array(either(str, text(1), either(list, token_list, integer(0))), 1, 2048)),
    },
    {
        "dimensions": integer(1),
        "encoding_format": choice("float", "base64"),
        "user": text(),
    },
)
