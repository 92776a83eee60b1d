"""What each wire refuses, and in which words: (name, a wish, status, a part of the body)."""

import copy

import check_client as client
from check_client import SCHEMA, anthropic, bedrock, openai, replicate

TOOL = {"type": "function", "function": {"name": "weather", "parameters": SCHEMA}}
CALL = {"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": "{}"}}
CLAUDE_TOOL = {"name": "weather", "input_schema": SCHEMA}
USE = {"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {}}
RESULT = {"type": "tool_result", "tool_use_id": "toolu_1", "content": "rain"}
SPEC = {"tools": [{"toolSpec": {"name": "weather", "inputSchema": {"json": SCHEMA}}}]}


def but(wish, **members):
    """With these members of the body instead; None takes one away."""
    for name, value in members.items():
        wish.body[name] = value
        if value is None:
            del wish.body[name]
    return wish


def without(wish, header):
    del wish.headers[header]
    return wish


def having(wish, **headers):
    wish.headers |= {name.replace("_", "-"): value for name, value in headers.items()}
    return wish


def signed(**members):
    wish = bedrock()
    wish.sign.__dict__.update(members)
    return wish


def turns(*roles_and_content):
    return [{"role": role, "content": content} for role, content in roles_and_content]


def marked(count):
    block = {"type": "text", "text": "x", "cache_control": {"type": "ephemeral"}}
    return turns(("user", [block] * count))


def claude(name, **more):
    return but(anthropic(), model=name, **more)


ANTHROPIC = [
    ("x-api-key is enough", anthropic(), 200, b'"type":"message"'),
    (
        "so is a bearer",
        having(without(anthropic(), "x-api-key"), authorization="Bearer sk-emu-1"),
        200,
        b'"type":"message"',
    ),
    ("two different keys", having(anthropic(), authorization="Bearer sk-emu-2"), 401, b"invalid x-api-key"),
    (
        "no key",
        without(anthropic(), "x-api-key"),
        401,
        b'{"type":"authentication_error","message":"x-api-key header is required"}',
    ),
    ("an unknown key", anthropic("sk-other"), 401, b'{"type":"authentication_error","message":"invalid x-api-key"}'),
    ("no version", without(anthropic(), "anthropic-version"), 400, b"anthropic-version: header is required"),
    ("a version there is not", anthropic(version="2024-01-01"), 400, b"is not a valid version"),
    ("the newest version", anthropic(version="2026-10-21"), 200, b'"type":"message"'),
    (
        "a beta without a date",
        having(anthropic(), anthropic_beta="shiny"),
        400,
        b"`shiny` for the `anthropic-beta` header",
    ),
    ("two betas", having(anthropic(), anthropic_beta="files-api-2025-04-14,context-1m-2025-08-07"), 200, b"message"),
    ("another content type", having(anthropic(), content_type="text/plain"), 400, b"content-type"),
    ("no JSON", Ellipsis, 400, b"not valid JSON"),
    ("no model", but(anthropic(), model=None), 400, b'"message":"model: Field required"'),
    ("no max_tokens", but(anthropic(), max_tokens=None), 400, b'"message":"max_tokens: Field required"'),
    ("max_tokens 0", but(anthropic(), max_tokens=0), 200, b'"stop_reason":"max_tokens"'),
    ("no messages", but(anthropic(), messages=[]), 400, b"messages: Input should be an array of at least 1"),
    ("an unknown member", but(anthropic(), n=2), 400, b'"message":"n: Extra inputs are not permitted"'),
    (
        "an unknown member of a block",
        but(anthropic(), messages=turns(("user", [{"type": "text", "text": "x", "y": 1}]))),
        400,
        b"messages.0.content.0.y: Extra",
    ),
    ("a role there is not", but(anthropic(), messages=turns(("tool", "x"))), 400, b"messages.0.role"),
    ("an unknown model", claude("gpt-5"), 404, b'{"type":"not_found_error","message":"model: gpt-5"}'),
    ("a retired model", claude("claude-3-haiku-20240307"), 404, b"not_found_error"),
    ("temperature of old", but(anthropic(), temperature=0.5), 200, b"message"),
    ("temperature past its end", but(anthropic(), temperature=1.5), 400, b"temperature"),
    (
        "temperature under 2026-10-21",
        but(anthropic(version="2026-10-21"), temperature=1),
        400,
        b"temperature: Extra inputs",
    ),
    ("top_k under 2026-10-21", but(anthropic(version="2026-10-21"), top_k=5), 400, b"top_k: Extra inputs"),
    ("top_p at a new model", claude("claude-opus-4-8", top_p=0.5), 400, b"`top_p` is deprecated"),
    (
        "a document in an assistant's turn",
        but(
            anthropic(version="2026-10-21"),
            messages=turns(
                ("user", "x"),
                ("assistant", [{"type": "document", "source": {"type": "url", "url": "https://x"}}]),
                ("user", "y"),
            ),
        ),
        400,
        b"document blocks",
    ),
    (
        "citations on a user's text",
        but(
            anthropic(version="2026-10-21"),
            messages=turns(("user", [{"type": "text", "text": "x", "citations": [{}]}])),
        ),
        400,
        b"citations",
    ),
    (
        "a blank text",
        but(anthropic(), messages=turns(("user", [{"type": "text", "text": ""}]))),
        400,
        b"must be non-empty",
    ),
    (
        "a call without an answer",
        but(anthropic(), tools=[CLAUDE_TOOL], messages=turns(("user", "x"), ("assistant", [USE]), ("user", "y"))),
        400,
        b"without `tool_result` blocks",
    ),
    (
        "an answer without a call",
        but(anthropic(), messages=turns(("user", [RESULT]))),
        400,
        b"unexpected `tool_use_id`",
    ),
    (
        "a call and its answer",
        but(anthropic(), tools=[CLAUDE_TOOL], messages=turns(("user", "x"), ("assistant", [USE]), ("user", [RESULT]))),
        200,
        b"The tools said: rain",
    ),
    ("four breakpoints", but(anthropic(), messages=marked(4)), 200, b"message"),
    (
        "five breakpoints",
        but(anthropic(), messages=marked(5)),
        400,
        b"maximum of 4 blocks with cache_control may be provided. Found 5",
    ),
    ("a prefill", but(anthropic(), messages=turns(("user", "x"), ("assistant", "I"))), 200, b"message"),
    (
        "a prefill of a new model",
        claude("claude-sonnet-4-6", messages=turns(("user", "x"), ("assistant", "I"))),
        400,
        b"prefill",
    ),
    (
        "a thinking budget of 1023",
        but(anthropic(), max_tokens=4000, thinking={"type": "enabled", "budget_tokens": 1023}),
        400,
        b"budget_tokens",
    ),
    (
        "a thinking budget of 1024",
        but(anthropic(), max_tokens=4000, thinking={"type": "enabled", "budget_tokens": 1024}),
        200,
        b'"thinking_tokens":3',
    ),
    (
        "a budget past max_tokens",
        but(anthropic(), max_tokens=1024, thinking={"type": "enabled", "budget_tokens": 1024}),
        400,
        b"must be greater",
    ),
    (
        "count_tokens",
        but(anthropic(path="/anthropic/v1/messages/count_tokens"), max_tokens=None),
        200,
        b'{"input_tokens":3}',
    ),
    (
        "count_tokens has no max_tokens",
        anthropic(path="/anthropic/v1/messages/count_tokens"),
        400,
        b"max_tokens: Extra",
    ),
]

OPENAI = [
    ("a right request", openai(), 200, b'"object":"chat.completion"'),
    ("no key", without(openai(), "authorization"), 401, b"You didn't provide an API key"),
    (
        "an unknown key",
        openai("sk-other"),
        401,
        b'"type":"invalid_request_error","param":null,"code":"invalid_api_key"',
    ),
    ("no JSON", Ellipsis, 400, b"could not parse the JSON body"),
    (
        "no model",
        but(openai(), model=None),
        400,
        b'"Missing required parameter: \'model\'.","type":"invalid_request_error","param":"model"',
    ),
    ("an unknown member", but(openai(), top_k=1), 400, b"Unknown parameter: 'top_k'."),
    (
        "an unknown member of a message",
        but(openai(), messages=[{"role": "user", "content": "x", "y": 1}]),
        400,
        b"'messages[0].y'",
    ),
    ("a wrong type", but(openai(), temperature="hot"), 400, b'"code":"invalid_type"'),
    ("an unknown model", but(openai(), model="claude-1"), 404, b'"code":"model_not_found"'),
    ("a model that only embeds", but(openai(), model="text-embedding-3-small"), 404, b"model_not_found"),
    (
        "stream_options without stream",
        but(openai(), stream_options={"include_usage": True}),
        400,
        b"only allowed when 'stream' is enabled",
    ),
    (
        "max_tokens of a model that thinks",
        but(openai(), model="gpt-5-mini", max_tokens=5),
        400,
        b"Use 'max_completion_tokens' instead.",
    ),
    ("its max_completion_tokens", but(openai(), model="gpt-5-mini", max_completion_tokens=5), 200, b"length"),
    ("its temperature", but(openai(), model="gpt-5-mini", temperature=0.2), 400, b'"code":"unsupported_value"'),
    ("its temperature 1", but(openai(), model="gpt-5-mini", temperature=1), 200, b"chat.completion"),
    (
        "a tool's answer to nothing",
        but(openai(), messages=[{"role": "tool", "tool_call_id": "x", "content": "y"}]),
        400,
        b"preceeding message with 'tool_calls'",
    ),
    (
        "a call without an answer",
        but(
            openai(),
            tools=[TOOL],
            messages=[
                {"role": "user", "content": "x"},
                {"role": "assistant", "tool_calls": [CALL]},
                {"role": "user", "content": "y"},
            ],
        ),
        400,
        b"did not have response messages: call_1",
    ),
    (
        "a call and its answer",
        but(
            openai(),
            tools=[TOOL],
            messages=[
                {"role": "user", "content": "x"},
                {"role": "assistant", "tool_calls": [CALL]},
                {"role": "tool", "tool_call_id": "call_1", "content": "rain"},
            ],
        ),
        200,
        b"The tools said: rain",
    ),
    ("tool_choice without tools", but(openai(), tool_choice="auto"), 400, b"only allowed when 'tools' are specified"),
    (
        "JSON that nobody spoke of",
        but(openai(), response_format={"type": "json_object"}),
        400,
        b"must contain the word 'json'",
    ),
    (
        "a strict schema that is open",
        but(
            openai(),
            response_format={
                "type": "json_schema",
                "json_schema": {"name": "x", "strict": True, "schema": {"type": "object", "properties": {}}},
            },
        ),
        400,
        b"'additionalProperties' is required",
    ),
    (
        "a strict schema with an option",
        but(
            openai(),
            response_format={
                "type": "json_schema",
                "json_schema": {
                    "name": "x",
                    "strict": True,
                    "schema": {
                        "type": "object",
                        "properties": {"a": {"type": "string"}},
                        "additionalProperties": False,
                    },
                },
            },
        ),
        400,
        b"Missing 'a'",
    ),
    (
        "a strict tool that is open",
        but(
            openai(),
            tools=[{"type": "function", "function": {"name": "x", "strict": True, "parameters": {"type": "object"}}}],
        ),
        400,
        b"Invalid schema for function 'x'",
    ),
    (
        "nothing but null from an assistant",
        but(openai(), messages=[{"role": "assistant", "content": None}]),
        400,
        b"got null",
    ),
    ("responses", openai(body=client.RESPONSES, path="/openai/v1/responses"), 200, b'"object":"response"'),
    (
        "responses that go on",
        openai(body=client.RESPONSES | {"previous_response_id": "resp_1"}, path="/openai/v1/responses"),
        400,
        b"previous_response_not_found",
    ),
    ("responses: messages are chat's", openai(path="/openai/v1/responses"), 400, b"input"),
    (
        "responses: a call's output alone",
        openai(
            body={"model": "gpt-4.1-mini", "input": [{"type": "function_call_output", "call_id": "x", "output": "y"}]},
            path="/openai/v1/responses",
        ),
        400,
        b"No tool call found",
    ),
    (
        "responses: 15 tokens",
        openai(body=client.RESPONSES | {"max_output_tokens": 15}, path="/openai/v1/responses"),
        400,
        b"max_output_tokens",
    ),
    ("embeddings", openai(body=client.EMBEDDINGS, path="/openai/v1/embeddings"), 200, b'"object":"embedding"'),
    (
        "embeddings of nothing",
        openai(body=client.EMBEDDINGS | {"input": ""}, path="/openai/v1/embeddings"),
        400,
        b"'input'",
    ),
    (
        "embeddings that are too long",
        openai(body=client.EMBEDDINGS | {"dimensions": 1537}, path="/openai/v1/embeddings"),
        400,
        b"dimensions",
    ),
    ("models", client.Wish("/openai/v1/models", client.bearer("sk-emu-1"), {}, "GET"), 200, b'"object":"list"'),
]

REPLICATE = [
    ("a right request", replicate(), 201, b'"status":"succeeded"'),
    (
        "no key",
        without(replicate(), "authorization"),
        401,
        b'{"title":"Unauthenticated","detail":"You did not pass an authentication token","status":401}',
    ),
    ("an unknown key", replicate("sk-other"), 401, b"valid authentication token"),
    ("no JSON", Ellipsis, 400, b"not JSON"),
    ("no input", but(replicate(), input=None), 422, b"- input: missing"),
    ("no prompt", but(replicate(), input={}), 422, b"- input: prompt is required"),
    (
        "an input of another model",
        but(replicate(), input={"prompt": "x", "temperature": 1}),
        422,
        b"Additional property temperature is not allowed",
    ),
    (
        "its own",
        but(replicate(name="openai/gpt-4o-mini"), input={"prompt": "x", "temperature": 1, "max_completion_tokens": 5}),
        201,
        b"succeeded",
    ),
    (
        "max_tokens of an OpenAI model",
        but(replicate(name="openai/gpt-4o-mini"), input={"prompt": "x", "max_tokens": 5}),
        422,
        b"max_tokens is not allowed",
    ),
    ("an unknown member", but(replicate(), more=1), 422, b"- more: unknown"),
    ("an unknown model", replicate(name="nobody/nothing"), 404, b"could not be found"),
    ("a wait of 0", having(replicate(), prefer="wait=0"), 400, b"1 to 60 seconds"),
    ("a wait of 61", having(replicate(), prefer="wait=61"), 400, b"1 to 60 seconds"),
    ("a wait of 1", having(replicate(), prefer="wait=1"), 201, b"succeeded"),
    ("another preference", having(replicate(), prefer="respond-async"), 400, b"Prefer"),
    ("Cancel-After without a number", having(replicate(), cancel_after="soon"), 400, b"Cancel-After"),
    (
        "a prediction there is not",
        client.Wish("/replicate/v1/predictions/none", client.bearer("sk-emu-1"), {}, "GET"),
        404,
        b"could not be found",
    ),
    (
        "by version",
        but(
            client.Wish("/replicate/v1/predictions", client.bearer("sk-emu-1"), client.PREDICTION),
            version="meta/llama:1",
        ),
        201,
        b'"status":"starting"',
    ),
]

NOT_SIGNED_WELL = b"does not match"
BEDROCK = [
    ("a right request", bedrock(), 200, b'"stopReason":"end_turn"'),
    ("a path encoded once", signed(encodes_twice=False), 403, NOT_SIGNED_WELL),
    ("another secret", signed(secret="other"), 403, NOT_SIGNED_WELL),
    ("another token", signed(token="other"), 403, b"security token included in the request is invalid"),
    ("another region", signed(region="eu-west-1"), 403, b"scoped"),
    ("another service", signed(service="bedrock-runtime"), 403, b"scoped"),
    ("six minutes late", signed(skew_s=-360), 403, b"expired"),
    ("four minutes late", signed(skew_s=-240), 200, b"end_turn"),
    ("an unsigned token", signed(unsigned=("x-amz-security-token",)), 403, b"signed headers"),
    ("an unknown key", bedrock("AKIDOTHER"), 403, b"security token"),
    ("a token changed later", signed(after={"x-amz-date": "20260101T000000Z"}), 403, b"scoped"),
    (
        "not signed",
        client.Wish("/bedrock/model/anthropic.claude-haiku-4-5/converse", {}, client.CONVERSE),
        403,
        b"Missing Authentication Token",
    ),
    ("no JSON", Ellipsis, 400, b"not JSON"),
    ("an unknown model", bedrock(model="nobody"), 400, b"model identifier is invalid"),
    ("an unknown member", but(bedrock(), model="x"), 400, b"model: unknown"),
    (
        "two members of one block",
        but(bedrock(), messages=turns(("user", [{"text": "a", "image": {}}]))),
        400,
        b"exactly one of",
    ),
    (
        "the assistant first",
        but(bedrock(), messages=turns(("assistant", [{"text": "a"}]))),
        400,
        b"must start with a user message",
    ),
    (
        "two turns of the user",
        but(bedrock(), messages=turns(("user", [{"text": "a"}]), ("user", [{"text": "b"}]))),
        400,
        b"must alternate",
    ),
    ("a blank text", but(bedrock(), messages=turns(("user", [{"text": " "}]))), 400, b"is blank"),
    (
        "a call without an answer",
        but(
            bedrock(),
            toolConfig=SPEC,
            messages=turns(
                ("user", [{"text": "a"}]),
                ("assistant", [{"toolUse": {"toolUseId": "t", "name": "weather", "input": {}}}]),
                ("user", [{"text": "b"}]),
            ),
        ),
        400,
        b"Expected toolResult blocks",
    ),
    (
        "tools without their config",
        but(
            bedrock(),
            messages=turns(
                ("user", [{"text": "a"}]),
                ("assistant", [{"toolUse": {"toolUseId": "t", "name": "weather", "input": {}}}]),
                ("user", [{"toolResult": {"toolUseId": "t", "content": [{"text": "rain"}]}}]),
            ),
        ),
        400,
        b"toolConfig field must be defined",
    ),
    (
        "a call and its answer",
        but(
            bedrock(),
            toolConfig=SPEC,
            messages=turns(
                ("user", [{"text": "a"}]),
                ("assistant", [{"toolUse": {"toolUseId": "t", "name": "weather", "input": {}}}]),
                ("user", [{"toolResult": {"toolUseId": "t", "content": [{"text": "rain"}]}}]),
            ),
        ),
        200,
        b"The tools said: rain",
    ),
    ("temperature", but(bedrock(), inferenceConfig={"temperature": 0.5}), 200, b"end_turn"),
    (
        "temperature of a new model",
        but(bedrock(model="us.anthropic.claude-opus-4-8"), inferenceConfig={"temperature": 0.5}),
        400,
        b"is deprecated",
    ),
    ("maxTokens 0", but(bedrock(), inferenceConfig={"maxTokens": 0}), 400, b"maxTokens"),
]

MAKERS = {"anthropic": anthropic, "openai": openai, "replicate": replicate, "bedrock": bedrock}


def check(server):
    """(name, got, want) of each."""
    for provider, cases in (
        ("anthropic", ANTHROPIC),
        ("openai", OPENAI),
        ("replicate", REPLICATE),
        ("bedrock", BEDROCK),
    ):
        for name, wish, status, part in cases:
            wish = MAKERS[provider]() if wish is Ellipsis else copy.deepcopy(wish)
            if part in (b"not valid JSON", b"could not parse the JSON body", b"not JSON"):
                wish.body = b'{"half'
            answer = wish.send(server)
            got = (answer.status, part if part in answer.body else answer.body[:200])
            yield f"{provider}: {name}", got, (status, part)
