"""Replicate's API: predictions of language models. They start, run and end in their own time; POST may wait for them, GET asks.

Source: replicate.com/docs, "HTTP API", "Rate limits", "Webhooks", "Streaming output", "Create a prediction" (Prefer, Cancel-After).
"""

import re
import time

import model
import replicate_webhook
import strict
from answer import Answer, Event, Refused, decode_json, error_fields
from strict import array, choice, flag, integer, number, obj, text

MAX_WAIT_S, DEFAULT_WAIT_S = 60, 60
ENDED = ("succeeded", "failed", "canceled", "aborted")
CHAT = {"prompt": text(), "system_prompt": text()}
INPUTS = [
    (
        re.compile(r"anthropic/claude-"),
        CHAT
        | {
            "max_tokens": integer(1, 64000),
            "image": text(),
            "max_image_resolution": number(),
            "extended_thinking": flag,
            "thinking_budget_tokens": integer(1024),
            "effort": text(),
        },
    ),
    (
        re.compile(r"openai/(gpt-[5-9]|o[134])"),
        CHAT
        | {
            "max_completion_tokens": integer(1),
            "messages": array(obj(is_open=True)),
            "image_input": array(text()),
            "reasoning_effort": text(),
            "verbosity": text(),
        },
    ),
    (
        re.compile(r"openai/gpt-"),
        CHAT
        | {
            "max_completion_tokens": integer(1),
            "messages": array(obj(is_open=True)),
            "image_input": array(text()),
            "temperature": number(0, 2),
            "top_p": number(0, 1),
            "presence_penalty": number(-2, 2),
            "frequency_penalty": number(-2, 2),
        },
    ),
    (
        re.compile(r"(meta|mistralai|deepseek-ai|google|qwen)/"),
        CHAT
        | {
            "max_tokens": integer(1),
            "temperature": number(0, 5),
            "top_p": number(0, 1),
            "top_k": integer(0),
            "stop_sequences": text(),
            "prompt_template": text(),
        },
    ),
]
BODY = {"input": obj(is_open=True)}, {
    "webhook": text(1),
    "webhook_events_filter": array(choice("start", "output", "logs", "completed")),
    "stream": flag,
}

KINDS = {
    400: ("Bad request", "The request is not valid."),
    401: ("Unauthenticated", "You did not pass a valid authentication token"),
    402: ("Insufficient credit", "You have insufficient credit to run this model."),
    403: ("Forbidden", "You do not have permission."),
    404: ("Not found", "The requested resource could not be found."),
    413: ("Payload too large", "The request is too large."),
    422: ("Input validation failed", "- input is not valid"),
    429: ("Too many requests", "Request was throttled."),
    500: ("Internal server error", "Something went wrong."),
    502: ("Bad gateway", "Bad gateway."),
    503: ("Service unavailable", "Try again."),
    504: ("Gateway timeout", "Gateway timeout."),
}


def refused(status, detail, title=None, fields=None):
    return Refused(
        status,
        {"title": title or KINDS[status][0], "detail": detail, "status": status},
        {"content-type": "application/problem+json"} | (fields or {}),
    )


class Prediction:
    """One run, whose state is a function of how long ago it was made."""

    def __init__(self, number_id, ask, draft, step, prefix, prompt):
        self.id, self.ask, self.draft, self.step, self.prefix, self.prompt = number_id, ask, draft, step, prefix, prompt
        self.made, self.made_s, self.ended_by, self.ended = time.monotonic(), time.time(), None, None
        self.cancel_after_s = None

    def age_ms(self):
        return ((self.ended or time.monotonic()) - self.made) * 1000

    def status(self):
        if self.ended_by is None and self.cancel_after_s is not None and self.age_ms() > self.cancel_after_s * 1000:
            self.stop("aborted" if self.age_ms() < self.step.starting_ms else "canceled")
        age = self.age_ms()
        if self.ended_by:
            return self.ended_by
        if age < self.step.starting_ms:
            return "starting"
        return "processing" if age < self.step.starting_ms + self.step.processing_ms else self.step.final

    def stop(self, how):
        self.ended_by, self.ended = how, time.monotonic()

    def output(self, status):
        if status in ("starting", "aborted") or self.step.output == "null":
            return None
        parts = model.pieces(self.draft.text, self.step)
        if status != "succeeded":
            share = (self.age_ms() - self.step.starting_ms) / max(1, self.step.processing_ms)
            parts = parts[: int(len(parts) * min(1, max(0, share)))]
        return parts if self.step.output == "array" else "".join(parts)

    def as_json(self, base):
        status = self.status()
        has_run, has_ended = status not in ("starting", "aborted"), status in ENDED
        ended_s = self.made_s + (self.step.starting_ms + self.step.processing_ms) / 1000
        output = self.output(status)
        written = model.tokens(model.size("".join(output or [])))
        metrics = {
            "predict_time": self.step.processing_ms / 1000,
            "total_time": (self.step.starting_ms + self.step.processing_ms) / 1000,
            "input_token_count": self.prompt.input_tokens(),
            "output_token_count": written,
        }
        if self.step.usage == "missing":
            del metrics["input_token_count"], metrics["output_token_count"]
        return {
            "id": self.id,
            "model": self.ask.model,
            "version": "hidden",
            "input": self.ask.body["input"],
            "logs": "",
            "output": output,
            "data_removed": False,
            "error": "The model failed." if status == "failed" else None,
            "source": "api",
            "status": status,
            "created_at": moment(self.made_s),
            "started_at": moment(self.made_s + self.step.starting_ms / 1000) if has_run else None,
            "completed_at": moment(ended_s) if has_ended else None,
            "metrics": metrics if has_ended and has_run else {},
            "urls": {
                "get": f"{base}/v1/predictions/{self.id}",
                "cancel": f"{base}/v1/predictions/{self.id}/cancel",
                "stream": f"{base}/v1/stream/{self.id}",
                "web": f"https://replicate.com/p/{self.id}",
            },
        }


def moment(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{int(seconds % 1 * 1000):03}Z"


class Ask:
    def __init__(self, body, name, request, number_id=None):
        self.body, self.model, self.request, self.id = body, name, request, number_id
        self.stream, self.wait_s, self.cancel_after_s = False, None, None


def read_wait(request):
    """Seconds of "Prefer: wait" or "wait=n"; None without it."""
    match = re.fullmatch(r"wait(=(\d+))?", request.header("prefer"))
    if not match:
        if request.header("prefer"):
            raise refused(400, "Prefer: wait or wait=n")
        return None
    seconds = int(match[2] or DEFAULT_WAIT_S)
    if not 1 <= seconds <= MAX_WAIT_S:
        raise refused(400, "Prefer: wait=n takes 1 to 60 seconds")
    return seconds


def read_cancel_after(request):
    value = request.header("cancel-after")
    match = re.fullmatch(r"(\d+)(s|m|h)?", value)
    if value and not match:
        raise refused(400, "Cancel-After takes a duration such as 90s or 5m")
    return int(match[1]) * {"s": 1, "m": 60, "h": 3600}[match[2] or "s"] if value else None


def check_input(name, given):
    fields = next((fields for pattern, fields in INPUTS if pattern.match(name)), None)
    if fields is None:
        raise refused(404, KINDS[404][1])
    try:
        obj(optional=fields)(given, ("input",))
        if not given.get("prompt") and not given.get("messages"):
            raise strict.Bad("missing", ("input", "prompt"))
    except strict.Bad as bad:
        words = {
            "missing": f"- input: {bad.path[-1]} is required\n",
            "unknown": f"- input: Additional property {bad.path[-1]} is not allowed\n",
        }
        raise refused(422, words.get(bad.kind, f"- {bad.dotted()}: must be {bad.words}\n")) from None


def prompt_of(given):
    texts = [given.get("system_prompt", ""), given.get("prompt", "")]
    texts += [message["content"] for message in given.get("messages", []) if isinstance(message.get("content"), str)]
    return model.Prompt(
        texts=texts,
        last_user=given.get("prompt") or texts[-1],
        max_tokens=given.get("max_tokens") or given.get("max_completion_tokens"),
    )


class Wire:
    name, is_binary = "replicate", False
    routes = [
        ("POST", re.compile(r"/v1/models/([a-z0-9._-]+/[a-z0-9._-]+)/predictions"), "official", "create"),
        ("POST", re.compile(r"/v1/predictions"), "version", "create"),
        ("GET", re.compile(r"/v1/predictions/([a-z0-9]+)"), "get", "poll"),
        ("POST", re.compile(r"/v1/predictions/([a-z0-9]+)/cancel"), "cancel", "cancel"),
        ("GET", re.compile(r"/v1/stream/([a-z0-9]+)"), "stream", "stream"),
        ("GET", re.compile(r"/v1/webhooks/default/secret"), "secret", "models"),
    ]

    def __init__(self, state):
        self.state, self.predictions = state, {}

    def authenticate(self, request):
        value = request.header("authorization")
        if not value.startswith("Bearer "):
            raise refused(401, "You did not pass an authentication token")
        if not self.state.knows(value[7:]):
            raise refused(401, "You did not pass a valid authentication token")
        return value[7:]

    def read(self, request, operation, match):
        if operation == "secret":
            return Ask({}, None, request)
        if operation not in ("official", "version"):
            found = self.predictions.get(match[1])
            if found is None:
                raise refused(404, KINDS[404][1])
            ask = Ask({}, found.ask.model, request, match[1])
            ask.stream = operation == "stream"
            return ask
        return self.read_create(request, operation, match)

    def read_create(self, request, operation, match):
        if request.header("content-type") != "application/json":
            raise refused(400, "content-type")
        try:
            body = decode_json(request.body)
            required, more = BODY
            obj(required | ({"version": text(1)} if operation == "version" else {}), more)(body, ())
        except (ValueError, UnicodeDecodeError):
            raise refused(400, "not JSON") from None
        except strict.Bad as bad:
            raise refused(422, f"- {bad.dotted()}: {bad.kind} {bad.words}\n") from None
        name = match[1] if operation == "official" else body["version"].partition(":")[0]
        check_input(name, body["input"])
        ask = Ask(body, name, request)
        ask.wait_s, ask.cancel_after_s = read_wait(request), read_cancel_after(request)
        return ask

    def common_fields(self, key, step):
        del key, step
        return {"ratelimit-remaining": "599", "ratelimit-reset": "1"}

    def finish_refusal(self, failure, fields):
        """No id anywhere."""

    def error(self, step):
        title, detail = KINDS.get(step.status, KINDS[500])
        if step.delay_in_body_s is not None:
            detail += f" Your rate limit resets in ~{step.delay_in_body_s}s."
        return refused(step.status, detail, title, error_fields(step))

    def error_event(self, step, operation):
        del step, operation
        return Event("error", {"detail": "The model failed."})

    def unknown_event(self, operation):
        del operation
        return Event("shiny", "x")

    def answer(self, ask, operation, key, step):
        base = f"http://{ask.request.header('host')}{ask.request.prefix}"
        if operation == "secret":
            return Answer({"key": replicate_webhook.SECRET})
        if operation in ("official", "version"):
            return self.create(ask, key, step, base)
        prediction = self.predictions[ask.id]
        if operation == "stream":
            return Answer(
                events=self.events(prediction),
                media="text/event-stream",
                output_tokens=prediction.draft.output_tokens(),
            )
        if operation == "cancel" and prediction.status() not in ENDED:
            prediction.stop("canceled")
        return Answer(prediction.as_json(base))

    def create(self, ask, key, step, base):
        prompt = prompt_of(ask.body["input"])
        draft = model.draft_of(prompt, step, lambda: "")
        number_id = self.state.ids.next(key, "", 26).lower()
        prediction = Prediction(number_id, ask, draft, step, ask.request.prefix, prompt)
        prediction.cancel_after_s = ask.cancel_after_s
        self.predictions[number_id] = prediction
        if "webhook" in ask.body:
            replicate_webhook.start(ask.body, prediction, base)
        if ask.wait_s is not None:
            end = prediction.made + (ask.wait_s if step.wait_ms is None else step.wait_ms / 1000)
            while prediction.status() not in ENDED and time.monotonic() < end:
                time.sleep(0.002)
        return Answer(
            prediction.as_json(base),
            status=201,
            input_tokens=prompt.input_tokens(),
            output_tokens=draft.output_tokens(),
            is_billed=step.final != "aborted",
        )

    def events(self, prediction):
        while prediction.status() not in ENDED:
            time.sleep(0.002)
        status = prediction.status()
        made = [
            Event("output", text, "delta", model.size(text))
            for text in model.pieces(prediction.draft.text, prediction.step)
        ]
        if status == "failed":
            made = [*made[:1], Event("error", {"detail": "The model failed."})]
        reason = {"failed": {"reason": "error"}, "canceled": {"reason": "canceled"}}.get(status, {})
        return [*made, Event("done", reason, "end")]
