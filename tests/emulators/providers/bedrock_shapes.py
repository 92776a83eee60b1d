"""What the body of Converse may hold, by the Amazon Bedrock API Reference."""

from strict import anything, array, choice, integer, keyed, number, obj, schema_object, text

point = obj({"type": choice("default")}, {"ttl": choice("5m", "1h")})
media = obj({"format": text(1), "source": keyed({"bytes": text(1), "s3Location": anything})})
document = obj(
    {
        "name": text(1, 200),
        "source": keyed({"bytes": text(1), "s3Location": anything, "text": text(1), "content": anything}),
    },
    {"format": text(1), "context": text(), "citations": anything},
)
result_part = keyed(
    {
        "text": text(),
        "json": obj(is_open=True),
        "image": media,
        "document": document,
        "video": media,
        "searchResult": anything,
    }
)
block = keyed(
    {
        "text": text(),
        "image": media,
        "document": document,
        "video": media,
        "toolUse": obj({"toolUseId": text(1, 64), "name": text(1, 64), "input": obj(is_open=True)}, {"type": text()}),
        "toolResult": obj(
            {"toolUseId": text(1, 64), "content": array(result_part)},
            {"status": choice("success", "error"), "type": text()},
        ),
        "reasoningContent": keyed(
            {"reasoningText": obj({"text": text()}, {"signature": text()}), "redactedContent": text()}
        ),
        "cachePoint": point,
        "guardContent": anything,
    }
)
message = obj({"role": choice("user", "assistant"), "content": array(block, 1)})
system = array(keyed({"text": text(1), "cachePoint": point, "guardContent": anything}))
spec = obj(
    {"name": text(1, 64), "inputSchema": keyed({"json": schema_object})}, {"description": text(1), "strict": anything}
)
tools = array(keyed({"toolSpec": spec, "cachePoint": point, "systemTool": anything}), 1)
tool_choice = keyed({"auto": obj(), "any": obj(), "tool": obj({"name": text(1, 64)})})
structure = keyed({"jsonSchema": obj({"schema": text(1)}, {"name": text(), "description": text()})})

converse = obj(
    {"messages": array(message, 1)},
    {
        "system": system,
        "inferenceConfig": obj(
            optional={
                "maxTokens": integer(1),
                "temperature": number(0, 1),
                "topP": number(0, 1),
                "stopSequences": array(text(1), 0, 2500),
            }
        ),
        "toolConfig": obj({"tools": tools}, {"toolChoice": tool_choice}),
        "outputConfig": obj(
            optional={"textFormat": obj({"type": choice("json_schema"), "structure": structure}), "effort": text()}
        ),
        "guardrailConfig": anything,
        "additionalModelRequestFields": obj(is_open=True),
        "additionalModelResponseFieldPaths": array(text(1), 0, 10),
        "promptVariables": anything,
        "requestMetadata": anything,
        "performanceConfig": anything,
        "serviceTier": anything,
    },
)
