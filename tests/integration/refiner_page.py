"""GET /test-refiner in a real browser, before the real function. Prints TAP. refiner_page_test.sh starts it.

    refiner_page.py FOLDER [--screenshot FILE.png]
"""
import http.client
import json
import os
import re
import subprocess
import sys

sys.path[:0] = ["tests/support", "tests/eval"]
import behaviours  # noqa: E402
from browser import Browser  # noqa: E402

BUILD = os.environ.get("CLAMBDA_BUILD", "build")
PAGE = "/_url/refiner/test-refiner"
SHOWN = "document.getElementById('%s').textContent"


class Server:
    """A program that says where it listens."""

    def __init__(self, log, *command):
        self.log = open(log, "w")
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=self.log, text=True)
        for line in self.process.stdout:
            if found := re.search(r"listening on (?:http://)?127.0.0.1:(\d+)", line):
                self.port = int(found[1])
                return
        raise RuntimeError(f"{command[0]} did not start")

    def ask(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=15)
        connection.request(method, path, body, {"Host": f"localhost:{self.port}", **(headers or {})})
        response = connection.getresponse()
        data = response.read()
        connection.close()
        return response.status, {k.lower(): v for k, v in response.getheaders()}, data

    def close(self):
        self.process.terminate()
        self.process.wait()


class Models(Server):
    """The emulator of the providers: whoever is asked, wraps a good answer into a fence and forgets its last brace."""

    KEY = "sk-emu-page"

    def __init__(self, folder, answer=None):
        super().__init__(f"{folder}/models.log", sys.executable, "tests/emulators/providers/emulator.py", "--port", "0")
        steps = behaviours.says(answer) if answer else next(steps for name, steps in behaviours.BEHAVIOURS if "fence" in name)
        self.ask("POST", "/_emu/script", json.dumps({"key": self.KEY, "steps": steps}))
        with open(f"{folder}/models.json", "w") as file:
            json.dump({"providers": [{"name": name, "base_url": f"http://127.0.0.1:{self.port}/{name}"} for name in ("anthropic", "openai")]}, file)


class Gateway(Server):
    def __init__(self, folder):
        values = {"DATABASE_URL": os.environ["DATABASE_URL"], "AUTH_KEYS_FILE": f"{folder}/keys/jwks.json", "AUTH_ISSUER": "http://localhost/clambda",
                  "AUTH_AUDIENCE": "authenticated", "LLM_CONFIG_FILE": f"{folder}/models.json", "ANTHROPIC_API_KEY": Models.KEY, "OPENAI_API_KEY": Models.KEY}
        with open(f"{folder}/env.json", "w") as file:
            json.dump({"RefinerFunction": values}, file)
        super().__init__(f"{folder}/gateway.log", f"{BUILD}/release/infra/local/clambda-local", "--listen", "127.0.0.1:0", "--bootstraps", f"{BUILD}/release/functions", "--env-vars", f"{folder}/env.json",
                         "tests/cases/local/refiner/template.yaml")

    def url(self, fragment=""):
        return f"http://localhost:{self.port}{PAGE}{fragment}"


def choose(browser, words):
    browser.run("(() => { const s = document.getElementById('sample'); s.value = [...s.options].map(o => o.value).find(v => v.includes(%s)); s.dispatchEvent(new Event('change')); })()" % json.dumps(words))


def refine(browser, status=200):
    browser.run("document.getElementById('state').textContent = 'before'; document.getElementById('refine').click()")
    assert browser.wait((SHOWN % "state") + ".startsWith('HTTP ')"), browser.run(SHOWN % "state")
    said = browser.run(SHOWN % "state")
    assert said.startswith(f"HTTP {status} "), said + browser.run(SHOWN % "faults")


def runs_nothing_but_its_own(gateway, _):
    status, headers, page = gateway.ask("GET", PAGE)
    assert status == 200 and headers["content-type"].startswith("text/html"), status
    policy = headers["content-security-policy"]
    nonce = re.search(r"script-src 'nonce-([0-9a-f-]{36})'", policy)[1]
    assert "default-src 'none'" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy
    assert page.count(f'nonce="{nonce}"'.encode()) == 2 and b"@NONCE@" not in page
    assert nonce not in gateway.ask("GET", PAGE)[1]["content-security-policy"]
    assert not re.search(rb"https?://(?!www\.w3\.org/2000/svg)", page), "the page names another server"
    assert len(page) < 40000


def asks_for_a_token(gateway, browser):
    browser.show_as(1280, 1000)
    browser.open(gateway.url())
    assert browser.wait("document.querySelectorAll('#sample option').length > 5"), "no samples"
    refine(browser, 401)
    assert browser.wait((SHOWN % "faults") + ".includes('HTTP 401')"), browser.run(SHOWN % "faults")
    browser.complaints.clear()  # the browser's own line about the 401


def takes_the_token_from_the_fragment(gateway, browser):
    browser.open("about:blank")
    browser.open(gateway.url("#token=" + os.environ["TOKEN"]))
    assert browser.wait("document.getElementById('token')?.value.length > 100"), "no token"
    assert browser.run("location.hash") == "" and browser.run("location.href").endswith("/test-refiner")


def shows_every_sample(gateway, browser):
    for sample in browser.run("[...document.getElementById('sample').options].map(o => o.value)"):
        if "refused" in sample:
            continue
        choose(browser, sample)
        refine(browser)
        assert browser.run(SHOWN % "grade") in "ABCDF", sample
        assert browser.run("document.querySelectorAll('#bars .bar').length") >= 2, sample
        assert browser.run("JSON.stringify(answer.user_request.original_prompt)") == browser.run(
            "JSON.stringify((t => (t.analyzerJson ?? t).user_request.original_prompt)(JSON.parse(document.getElementById('text').value)))"), sample


def shows_the_whole_object(gateway, browser):
    choose(browser, "dog by the sea")
    refine(browser)
    leaves = "(function count(v) { return v && typeof v === 'object' ? Object.values(v).reduce((n, c) => n + count(c), 0) : 1; })(answer)"
    assert browser.run(leaves) == browser.run("document.querySelectorAll('#json .leaf').length")
    assert browser.run("document.querySelectorAll('#json .from-user').length") >= 3
    browser.run("document.getElementById('close').click()")
    assert browser.run("document.querySelectorAll('#json details[open]').length") == 0
    browser.run("document.getElementById('open').click()")
    assert browser.run("document.querySelectorAll('#json details:not([open])').length") == 0


def follows_its_events(gateway, browser):
    assert browser.wait("document.querySelectorAll('#events li:not(.none)').length >= 2"), browser.run(SHOWN % "events")
    shown = browser.run("[...document.querySelectorAll('#events li')].map(e => e.firstChild.textContent + e.childNodes[1].textContent)")
    assert shown == ["1processing", "2refined"], shown


def comes_back_where_a_stream_ends_too_early(gateway, browser):
    # the first stream as an HTTP API would give it while a model works: what there is by then
    browser.run("""window.real = window.fetch; window.asked = []; window.fetch = async (url, options) => {
        const response = await real(url, options);
        if (options.method === "POST" || !response.ok) return response;
        asked.push(options.headers["last-event-id"]);
        return asked.length > 1 ? response : new Response((await response.text()).split("\\n\\n").slice(0, 2).join("\\n\\n") + "\\n\\n");
    }""")
    refine(browser)
    assert browser.wait("document.querySelectorAll('#events li:not(.none)').length >= 2", 5), browser.run(SHOWN % "events")
    assert browser.run("asked.join() + [...document.querySelectorAll('#events li')].map(e => e.firstChild.textContent).join()") == "0,11,2"
    browser.run("window.fetch = window.real")


def tells_whose_words_they_are(gateway, browser):
    sources = browser.run("answer._metadata.fieldSources")
    assert len(sources) == 16 and set(sources.values()) == {"anthropic/claude-haiku-4-5"}, sources
    assert browser.run("document.querySelector('#shares svg').getAttribute('aria-label')") == "anthropic/claude-haiku-4-5: 16 of 16"
    shown = browser.run("[...document.querySelectorAll('#json .from-model')].map(e => e.textContent)")
    assert json.dumps(behaviours.FIELDS["creative_direction.core_concept"], ensure_ascii=False) in shown, shown
    assert '"poster of my dog at the beach"' not in shown, shown
    browser.run("(() => { const a = structuredClone(answer); a._metadata.fieldSources['/global_analysis/goal'] = 'rules'; show(a, 200); })()")
    assert "rules: 1 of 16" in browser.run("document.querySelector('#shares svg').getAttribute('aria-label')")
    assert json.dumps(behaviours.FIELDS["global_analysis.goal"]) not in browser.run("[...document.querySelectorAll('#json .from-model')].map(e => e.textContent)")


def tells_each_edit(gateway, browser):
    edits = browser.run(SHOWN % "edits")
    for rule in ("FENCE", "QUOTES", "MISSING_CLOSER"):
        assert rule in edits, f"{rule} is not in {edits}"
    assert "undefined" not in edits, edits


def tells_what_changed_roles(gateway, browser):
    assert browser.wait((SHOWN % "edits") + ".includes('a1')"), browser.run(SHOWN % "edits")


def names_each_fault(gateway, browser):
    choose(browser, "refused")
    refine(browser, 400)
    faults = browser.run(SHOWN % "faults")
    for path in ("user_request.original_prompt", "user_request.duration_seconds", "assets[0].type"):
        assert path in faults, f"{path} is not in {faults}"
    assert browser.run("document.querySelectorAll('#faults .tag.fault').length") >= 3
    browser.complaints.clear()  # the browser's own line about the 400


def says_when_it_is_no_json(gateway, browser):
    browser.run("(() => { const t = document.getElementById('text'); t.value = '{\"a\":'; t.dispatchEvent(new Event('input')); })()")
    assert browser.run("document.getElementById('wrong').hidden") is False
    choose(browser, "dog by the sea")
    assert browser.run("document.getElementById('wrong').hidden") is True


def markup_stays_text(gateway, browser):
    choose(browser, "gives orders")
    refine(browser)
    assert "<script>alert(1)</script>" in browser.run("document.getElementById('json').textContent")
    assert browser.run("document.querySelectorAll('#json script, #edits script, #faults script').length") == 0
    assert browser.run("answer.quality_metrics.completion_status") == "complete"
    assert "evil.example" not in browser.run("answer.user_request.platform")


def reads_with_the_keyboard_and_aloud(gateway, browser):
    unlabelled = "[...document.querySelectorAll('input, select, textarea')].filter(e => !e.labels.length).length"
    assert browser.run(unlabelled) == 0
    assert re.match(r"grade [A-F], \d+ %", browser.run("document.getElementById('gauge').getAttribute('aria-label')"))
    assert browser.run("document.getElementById('state').getAttribute('aria-live')") == "polite"
    assert browser.run("[...document.querySelectorAll('section')].every(s => document.getElementById(s.getAttribute('aria-labelledby')))")


def fits_every_window(gateway, browser):
    for width, height in ((1280, 1000), (768, 1024), (390, 844)):
        browser.show_as(width, height)
        assert browser.run("document.documentElement.scrollWidth") <= width, f"wider than {width}"
    browser.show_as(1280, 1000, dark=True)
    dark = browser.run("getComputedStyle(document.body).backgroundColor")
    browser.show_as(1280, 1000, dark=False)
    assert dark != browser.run("getComputedStyle(document.body).backgroundColor")


def nothing_is_complained_about(gateway, browser):
    # A stream asked for before its refinement is there is a 404, which the browser notes by itself.
    heard = [c for c in browser.complaints if "404" not in c]
    assert heard == [], heard


CLAIMS = (runs_nothing_but_its_own, asks_for_a_token, takes_the_token_from_the_fragment, shows_every_sample, shows_the_whole_object, follows_its_events, comes_back_where_a_stream_ends_too_early,
          tells_whose_words_they_are, tells_each_edit, tells_what_changed_roles, names_each_fault, says_when_it_is_no_json,
          markup_stays_text, reads_with_the_keyboard_and_aloud, fits_every_window, nothing_is_complained_about)


# What a good model would say to the sample "A trailer from mixed media", but for a fence and a comma.
PICTURE = "```json\n" + json.dumps(behaviours.FIELDS | {
    "prompt_analysis.user_intent_description": "A 30 second trailer cut from a night drive, closed by the logo.",
    "prompt_analysis.reformulated_prompt": "Cut v1 to a 30 second trailer, lay the calm narration s1 over it and close on the logo i1.",
    "global_analysis.goal": "A 30 second trailer of the night drive that ends on the logo",
    "narrative_spine.intro": "v1: headlights come out of the dark",
    "narrative_spine.core": ["The night drive of v1 under the calm narration s1", "Cuts of v1 that get shorter"],
    "narrative_spine.outro": "i1: the logo on black",
    "asset_utilization_summary.utilization_rationale": "v1 carries the trailer, s1 speaks over it, i1 closes it.",
    "creative_direction.core_concept": "A 30 second trailer in which a calm night drive tightens, cut by cut, until the logo stands alone.",
}, indent=1).replace('",\n "global', '"\n "global') + "\n```"


def take_picture(gateway, browser, path):
    browser.show_as(1240, 1280)
    browser.open(gateway.url("#token=" + os.environ["TOKEN"]))
    browser.wait("document.getElementById('token')?.value.length > 100")
    choose(browser, "trailer")
    refine(browser)
    browser.wait("document.querySelectorAll('#events li:not(.none)').length > 0", 3)
    browser.wait("false", 0.8)
    browser.screenshot(path)


def main():
    folder = sys.argv[1]
    models = Models(folder, PICTURE if sys.argv[2:3] == ["--screenshot"] else None)
    gateway = Gateway(folder)
    browser = Browser(f"{folder}/browser")
    failed = 0
    try:
        if sys.argv[2:3] == ["--screenshot"]:
            take_picture(gateway, browser, sys.argv[3])
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
        gateway.close()
        models.close()
    return 1 if failed else 0


sys.exit(main())
