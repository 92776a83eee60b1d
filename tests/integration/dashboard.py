"""The dashboard of clambda-local: who may see it, what it shows, in a real browser. Prints TAP.

    dashboard.py [--screenshot FILE.png]      the picture of docs/local-gateway.md
"""
import http.client
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, "tests/support")
from browser import Browser  # noqa: E402

BUILD = os.environ.get("CLAMBDA_BUILD", "build")
LOCAL = os.environ.get("CLAMBDA_LOCAL", f"{BUILD}/release/infra/local/clambda-local")
PROBE = os.path.abspath(f"{BUILD}/test/tests/integration/bootstraps/stream_probe")
TEMPLATE = "tests/cases/local/dashboard/template.yaml"
SLUGS = ("echo", "live", "short", "worker")
HOSTILE = "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"


class Gateway:
    def __init__(self, folder):
        for slug in SLUGS:
            os.mkdir(f"{folder}/{slug}")
            os.symlink(PROBE, f"{folder}/{slug}/bootstrap")
        self.log = open(f"{folder}/log", "w")
        self.process = subprocess.Popen([LOCAL, "--listen", "127.0.0.1:0", "--bootstraps", folder, TEMPLATE],
                                        stdout=subprocess.PIPE, stderr=self.log, text=True)
        for line in self.process.stdout:
            found = re.search(r"listening on http://127.0.0.1:(\d+)", line)
            if found:
                self.port = int(found[1])
                return
        raise RuntimeError("clambda-local did not start")

    def ask(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=15)
        connection.request(method, path, body=body, headers={"Host": f"localhost:{self.port}", **(headers or {})})
        response = connection.getresponse()
        data = response.read()
        connection.close()
        return response.status, dict(response.getheaders()), data

    def script(self, steps, path="/v1/script"):
        return self.ask("POST", path, json.dumps(steps))

    def close(self):
        self.process.terminate()
        return self.process.wait()


ANSWER = {"whole": json.dumps({"statusCode": 200, "body": "hi"})}


def refuses_other_names(gateway, _):
    for host in ("evil.example", f"evil.example:{gateway.port}", "localhost.evil.example", "127.0.0.1.evil.example", "192.168.0.1"):
        for method, path in (("GET", "/_/"), ("GET", "/_/events"), ("GET", "/_/event/1.json"), ("POST", "/_/replay/1"), ("POST", "/_/schedules/WorkerFunction.Weekly/fire")):
            status = gateway.ask(method, path, headers={"Host": host})[0]
            assert status == 403, f"{host} {path}: {status}"
    for host in ("localhost", f"127.0.0.1:{gateway.port}", "[::1]:9"):
        assert gateway.ask("GET", "/_/", headers={"Host": host})[0] == 200, host


def refuses_other_origins(gateway, _):
    gateway.ask("GET", "/items/1")
    for origin in ("http://evil.example", "null", "http://localhost:1", f"https://localhost:{gateway.port}"):
        for path in ("/_/replay/1", "/_/schedules/WorkerFunction.Weekly/fire"):
            status = gateway.ask("POST", path, headers={"Origin": origin})[0]
            assert status == 403, f"{origin} {path}: {status}"
    assert gateway.ask("POST", "/_/replay/1", headers={"Origin": f"http://localhost:{gateway.port}"})[0] == 200
    assert gateway.ask("GET", "/_/replay/1")[0] == 405


def runs_nothing_but_its_own(gateway, _):
    status, headers, page = gateway.ask("GET", "/_/")
    policy = headers["content-security-policy"]
    nonce = re.search(r"script-src 'nonce-([0-9a-f-]{36})'", policy)[1]
    assert "default-src 'none'" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy
    assert page.count(f'nonce="{nonce}"'.encode()) == 2 and b"@NONCE@" not in page
    assert nonce not in gateway.ask("GET", "/_/")[1]["content-security-policy"]
    assert not re.search(rb"https?://(?!www\.w3\.org/2000/svg)", page), "the page names another server"
    assert len(page) < 40000


def keeps_events_as_files(gateway, _):
    gateway.ask("GET", "/items/kept?x=1")
    feed = snapshot(gateway)
    event = feed["events"][0]
    status, headers, body = gateway.ask("GET", f"/_/event/{event['id']}.json")
    assert status == 200 and headers["content-disposition"] == f'attachment; filename="echo-{event["id"]}.json"'
    assert json.loads(body)["rawPath"] == "/items/kept"
    for path in ("/_/event/0.json", "/_/event/999999.json", "/_/event/x.json", f"/_/event/{event['id']}"):
        assert gateway.ask("GET", path)[0] == 404, path
    for i in range(25):
        gateway.ask("GET", f"/items/{i}")
    ids = [e["id"] for e in snapshot(gateway)["events"] if e["function"] == "echo"]
    assert len(ids) == 20 and event["id"] not in ids, ids
    assert gateway.ask("GET", f"/_/event/{event['id']}.json")[0] == 404


def snapshot(gateway):
    connection = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=15)
    connection.request("GET", "/_/events", headers={"Host": "localhost"})
    response = connection.getresponse()
    assert response.getheader("content-type") == "text/event-stream"
    while True:
        line = response.readline().decode()
        if line.startswith("event: stats"):
            stats = json.loads(response.readline().decode()[len("data: "):])
            connection.close()
            return stats


def counts_what_happens(gateway, _):
    before = {f["slug"]: f for f in snapshot(gateway)["functions"]}
    gateway.script([{"error": "x"}])
    gateway.script([{"sleep": 3000}], "/v1/short")
    stats = snapshot(gateway)
    after = {f["slug"]: f for f in stats["functions"]}
    assert after["echo"]["failed"] == before["echo"]["failed"] + 1
    assert after["short"]["failed"] == 1 and after["short"]["cold"] == 1
    assert after["short"]["limit"] == 1 and after["live"]["count"] == 0
    types = [e["type"] for e in stats["errors"]]
    assert types[:2] == ["Sandbox.Timedout", "Function.Early"], types
    route = next(r for r in stats["routes"] if r["name"] == "POST /v1/short")
    assert route["count"] == 1 and route["failed"] == 1
    assert 900000 < route["p50"] <= route["max"] < 4000000
    assert sum(n for _, n in route["buckets"]) == route["count"]


def sqs(gateway, action, queue, **more):
    url = f"http://localhost:{gateway.port}/123456789012/{queue}"
    status, _, body = gateway.ask("POST", "/", json.dumps({"QueueUrl": url, **more}),
                                  {"X-Amz-Target": f"AmazonSQS.{action}", "Content-Type": "application/x-amz-json-1.0"})
    assert status == 200, body


def invoke(gateway, function, event, kind="RequestResponse"):
    status, _, body = gateway.ask("POST", f"/2015-03-31/functions/{function}/invocations", json.dumps(event), {"X-Amz-Invocation-Type": kind})
    assert status == (202 if kind == "Event" else 200), body


def shows_queues(gateway, browser):
    sqs(gateway, "SendMessage", "jobs", MessageBody="one")
    sqs(gateway, "ReceiveMessage", "jobs", VisibilityTimeout=0)
    sqs(gateway, "ReceiveMessage", "jobs")
    sqs(gateway, "SendMessage", "jobs", MessageBody="two")
    sqs(gateway, "ReceiveMessage", "jobs")
    sqs(gateway, "SendMessage", "jobs", MessageBody="three")
    sqs(gateway, "SendMessage", "jobs", MessageBody="four", DelaySeconds=600)
    seen = {q["name"]: q for q in snapshot(gateway)["queues"]}
    assert seen["jobs"] == {"name": "jobs", "visible": 1, "delayed": 1, "inFlight": 1, "deadLetterQueue": "jobs-dead", "deadLetters": 1}, seen
    assert seen["jobs-dead"] == {"name": "jobs-dead", "visible": 1, "delayed": 0, "inFlight": 0}, seen
    row = "[...document.querySelectorAll('#queues tr')].some(r => r.textContent === '%s')"
    assert browser.wait(row % "jobs1111 in jobs-dead") and browser.wait(row % "jobs-dead100\u2013"), browser.run("document.getElementById('queues').textContent")


def says_where_events_come_from(gateway, browser):
    def came_from(source, function):
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            event = next((e for e in snapshot(gateway)["events"] if e["source"] == source and e["function"] == function), None)
            if event is not None:
                return event
        raise AssertionError(f"no {function} from {source}: {[(e['function'], e['source']) for e in snapshot(gateway)['events']]}")

    gateway.ask("GET", "/items/7?x=1")
    item = came_from("GET /items/{id}", "echo")
    gateway.ask("GET", "/v1/items/7")
    came_from("GET /v1/items/{id}", "echo")
    gateway.ask("GET", "/_url/echo/any")
    came_from("URL echo", "echo")
    sqs(gateway, "SendMessage", "work", MessageBody="m")
    came_from("queue work", "worker")
    invoke(gateway, "worker", {"a": 1})
    came_from("Invoke API", "worker")
    invoke(gateway, "worker", {"a": 1}, "Event")
    came_from("Invoke API, asynchronous", "worker")
    came_from("on success of worker", "live")
    assert gateway.ask("POST", "/_/schedules/WorkerFunction.Sleeping/fire")[0] == 202
    came_from("schedule WorkerFunction.Sleeping", "worker")
    for _ in range(2):  # a replay of a replay says what was first
        assert gateway.ask("POST", f"/_/replay/{item['id']}")[0] == 200
        item = came_from("replay of GET /items/{id}", "echo")
    shown = "[...document.querySelectorAll('#events .source')].map(e => e.textContent).includes('%s')"
    for source in ("queue work", "schedule WorkerFunction.Sleeping", "replay of GET /items/{id}", "Invoke API, asynchronous"):
        assert browser.wait(shown % source), source


def counts_what_no_route_takes(gateway, browser):
    def unrouted():
        return next((r["count"] for r in snapshot(gateway)["routes"] if r["name"] == "(no route)"), 0)

    before = unrouted()
    assert gateway.ask("GET", "/no/such/<b>path</b>")[0] == 404
    assert gateway.ask("GET", "/v1/none")[0] == 403
    assert gateway.ask("GET", "/_url/nobody/")[0] == 403
    assert unrouted() == before + 3
    assert browser.wait("[...document.querySelectorAll('#routes td')].some(e => e.textContent === '(no route)')")


def shows_and_fires_schedules(gateway, browser):
    row = "[...document.querySelectorAll('#schedules tr')].find(r => r.textContent.startsWith('WorkerFunction.%s'))"
    stats = {s["name"]: s for s in snapshot(gateway)["schedules"]}
    assert stats["WorkerFunction.Weekly"]["enabled"] and 0 < stats["WorkerFunction.Weekly"]["nextIn"] <= 7 * 86400000, stats
    assert not stats["WorkerFunction.Sleeping"]["enabled"] and "next" not in stats["WorkerFunction.Once"], stats
    for name, words in (("Weekly", ("cron(15 3 ? * MON *)", "worker", "enabled", "Mon", "03:15", "in ")), ("Nightly", ("Europe/Berlin", "enabled")),
                        ("Sleeping", ("rate(7 days)", "disabled", "\u2013")), ("Once", ("over", "\u2013"))):
        assert browser.wait("!!" + row % name), f"{name} is not there"
        text = browser.run((row % name) + ".textContent")
        assert all(w in text for w in words), text
    fired = "schedule WorkerFunction.Weekly"
    before = sum(e["source"] == fired for e in snapshot(gateway)["events"])
    browser.run((row % "Weekly") + ".querySelector('button').click()")
    assert browser.wait((row % "Weekly") + ".querySelector('.said').textContent.startsWith('fired ')"), browser.run((row % "Weekly") + ".textContent")
    assert browser.wait(f"[...document.querySelectorAll('#events .source')].some(e => e.textContent === '{fired}')"), "no such event"
    time.sleep(1.2)  # what the button has said outlives the next figures
    assert browser.run((row % "Weekly") + ".querySelector('.said').textContent").startswith("fired ")
    assert sum(e["source"] == fired for e in snapshot(gateway)["events"]) == before + 1


def sixteen_may_read_it(gateway, _):
    def read():
        reader = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=15)
        reader.request("GET", "/_/events", headers={"Host": "localhost"})
        return reader, reader.getresponse().status

    def until(status):
        for _ in range(100):
            reader, seen = read()
            reader.close()
            if seen == status:
                return True
            time.sleep(0.05)
        return False

    assert until(200)
    readers = []
    while len(readers) < 17 and (one := read())[1] == 200:
        readers.append(one[0])
    assert len(readers) <= 16 and until(503), len(readers)
    for reader in readers:
        reader.close()
    assert until(200), "their places stay taken"


def page_shows_it(gateway, browser):
    browser.show_as(1280, 1000)
    browser.open(f"http://localhost:{gateway.port}/_/")
    assert browser.wait("document.querySelectorAll('#routes tr').length >= 3"), "no routes"
    gateway.script([ANSWER])
    assert browser.wait("document.querySelectorAll('#routes svg.histogram rect').length > 3"), "no histogram"
    assert browser.run("document.getElementById('state').textContent").startswith("up for")
    assert browser.wait("[...document.querySelectorAll('#errors .bad')].some(e => e.textContent === 'Sandbox.Timedout')")
    assert browser.wait("document.querySelectorAll('#functions .dot.idle').length > 0"), "no instance"
    assert browser.wait("document.querySelectorAll('#log div').length > 3"), "no log"


def markup_stays_text(gateway, browser):
    gateway.script([{"sleep": 1}, {"say": HOSTILE}])
    gateway.ask("GET", "/items/%3Cimg%20src=x%20onerror=alert(1)%3E")
    assert browser.wait("document.getElementById('log').textContent.includes('<script>document.title')"), "the line is not there"
    time.sleep(0.5)
    assert browser.run("document.title") == "clambda-local"
    assert browser.run("document.querySelectorAll('#log script, #log img, #events img').length") == 0


def replay_works(gateway, browser):
    gateway.ask("GET", "/items/again")
    assert browser.wait("document.querySelectorAll('#events button').length > 0")
    time.sleep(1.2)
    before = next(f for f in snapshot(gateway)["functions"] if f["slug"] == "echo")["count"]
    browser.run("document.querySelector('#events button').click()")
    assert browser.wait("document.getElementById('answer').textContent.includes('/items/again')"), \
        browser.run("document.getElementById('answer').textContent")
    assert browser.run("document.getElementById('answer').textContent").startswith("ok ")
    time.sleep(0.1)
    assert next(f for f in snapshot(gateway)["functions"] if f["slug"] == "echo")["count"] == before + 1


def log_can_be_filtered(gateway, browser):
    gateway.script([{"sleep": 1}, {"say": "needle"}])
    assert browser.wait("document.getElementById('log').textContent.includes('needle')")
    browser.run("(() => { const f = document.getElementById('filter'); f.value = 'NEEDLE'; f.dispatchEvent(new Event('input')); })()")
    assert browser.run("[...document.querySelectorAll('#log div')].filter(d => !d.hidden).length") == 1


def fits_every_window(gateway, browser):
    for width, height in ((1280, 1000), (768, 1024), (390, 844)):
        browser.show_as(width, height)
        assert browser.run("document.documentElement.scrollWidth") <= width, f"wider than {width}"
    browser.show_as(1280, 1000, dark=True)
    dark = browser.run("getComputedStyle(document.body).backgroundColor")
    browser.show_as(1280, 1000, dark=False)
    assert dark != browser.run("getComputedStyle(document.body).backgroundColor")


def nothing_is_complained_about(gateway, browser):
    assert browser.complaints == [], browser.complaints


def ends_with_pages_open(gateway, browser):
    began = time.monotonic()
    assert gateway.close() == 0
    assert time.monotonic() - began < 5
    assert browser.wait("document.getElementById('state').className === 'off'"), "the page does not see it"


CLAIMS = (refuses_other_names, refuses_other_origins, runs_nothing_but_its_own, keeps_events_as_files, sixteen_may_read_it, counts_what_happens, page_shows_it, shows_queues, says_where_events_come_from,
          counts_what_no_route_takes, shows_and_fires_schedules,
          markup_stays_text, replay_works, log_can_be_filtered, fits_every_window, nothing_is_complained_about, ends_with_pages_open)


def take_picture(gateway, browser, path):
    for i in range(150):
        gateway.ask("GET", f"/items/{i}")
    for ms in (1, 1, 2, 2, 3, 3, 4, 5, 8, 13, 20, 40, 41, 90, 300):
        gateway.script([{"sleep": ms}, json.dumps({"statusCode": 200})])
        gateway.ask("POST", "/v1/live", json.dumps([{"prelude": {}}, "a", {"sleep": ms}, "b"]))
    gateway.script([{"error": "x"}])
    gateway.script([{"sleep": 3000}], "/v1/short")
    for target in ("/favicon.ico", "/robots.txt", "/_url/echo/"):
        gateway.ask("GET", target)
    for body, receives in (("one", (0, 0)), ("two", (600,)), ("three", ())):
        sqs(gateway, "SendMessage", "jobs", MessageBody=body)
        for visibility in receives:
            sqs(gateway, "ReceiveMessage", "jobs", VisibilityTimeout=visibility)
    sqs(gateway, "SendMessage", "work", MessageBody="m")
    invoke(gateway, "worker", {"a": 1})
    invoke(gateway, "worker", {"a": 1}, "Event")
    browser.show_as(1180, 1500)
    browser.open(f"http://localhost:{gateway.port}/_/")
    browser.wait("document.querySelectorAll('#routes svg rect').length")
    browser.run("document.querySelector('#schedules button').click()")
    time.sleep(2.5)
    browser.screenshot(path)


def main():
    folder = tempfile.mkdtemp(prefix="clambda-dashboard-")
    gateway = Gateway(folder)
    browser = Browser(f"{folder}/browser")
    failed = 0
    try:
        if sys.argv[1:2] == ["--screenshot"]:
            take_picture(gateway, browser, sys.argv[2])
            return 0
        print(f"1..{len(CLAIMS)}")
        for number, claim in enumerate(CLAIMS, 1):
            try:
                claim(gateway, browser)
                print(f"ok {number} - {claim.__name__}", flush=True)
            except Exception as fault:  # each claim is judged by itself
                failed += 1
                print(f"# {type(fault).__name__}: {fault}\nnot ok {number} - {claim.__name__}", flush=True)
    finally:
        browser.close()
        gateway.process.terminate()
        gateway.process.wait()
        shutil.rmtree(folder, ignore_errors=True)
    return 1 if failed else 0


sys.exit(main())
