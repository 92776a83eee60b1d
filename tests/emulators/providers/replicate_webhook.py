"""Webhooks of predictions: signed, and on demand sent twice or forged.

Source: replicate.com/docs, "Webhooks", "Verify webhooks": HMAC-SHA256 over "id.timestamp.body", key = the secret's base64 after "whsec_".
"""

import base64
import hashlib
import hmac
import threading
import time
import urllib.error
import urllib.request

import model

KEY = b"the emulator's webhook key"
SECRET = "whsec_" + base64.b64encode(KEY).decode()
TIMEOUT_S = 5


def signature(message_id, stamp, body, key=KEY):
    digest = hmac.new(key, f"{message_id}.{stamp}.".encode() + body, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()


def deliver(url, event, prediction, base):
    message_id, stamp = f"msg_{prediction.id}_{event}", str(int(time.time()))
    body = model.compact(prediction.as_json(base)).encode()
    key = b"somebody else's" if prediction.step.webhook == "forged" else KEY
    headers = {
        "content-type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": stamp,
        "webhook-signature": signature(message_id, stamp, body, key),
    }
    for _ in range(2 if prediction.step.webhook == "twice" else 1):
        try:
            urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=TIMEOUT_S).close()
        except (urllib.error.URLError, OSError):
            return  # whoever asked for it is gone


def run(body, prediction, base):
    wanted = body.get("webhook_events_filter", ["start", "completed"])
    time.sleep(prediction.step.starting_ms / 1000)
    if "start" in wanted:
        deliver(body["webhook"], "start", prediction, base)
    while prediction.status() in ("starting", "processing"):
        time.sleep(0.005)
    if "completed" in wanted:
        deliver(body["webhook"], "completed", prediction, base)


def start(body, prediction, base):
    threading.Thread(target=run, args=(body, prediction, base), daemon=True).start()
