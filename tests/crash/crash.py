#!/usr/bin/env python3
"""Kills the program at every place where a crash would hurt most, starts it again, and looks what became of one post.

The places are the `failpoint("…")` and `name_commit("…")` calls in the sources, so a new one joins by being written. Each run starts from a copy
of the same trust, in which a post with a child in the picture waits for its second person. Then: approve, wait until it is
public, withdraw, wait until it is gone. Whoever meets a dead server does what people do: waits, looks, presses again.

What must hold after every run, whatever happened in between:
- the post was public under one address only, and exactly once;
- after the withdrawal it is gone, and the receipt says so;
- nothing acknowledged is missing, and the ledger verifies.
"""

import http.client
import os
import random
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.parse
from pathlib import Path

PROGRAM = os.environ["CLEANSHEET"]
PICTURES = Path(os.environ["CLEANSHEET_PICTURES"])
SOURCES = Path(__file__).resolve().parents[2] / "crates"
CAPTION = "Two of our coaches tried the new lights."
GUARDIAN = "meera.verma@example.org"
RANDOM_KILLS = 12
SEED = 20261125

passed = failed = 0


def check(good, sentence, details=""):
    """Counts one thing that must be true and says it either way."""
    global passed, failed
    passed, failed = passed + bool(good), failed + (not good)
    print(f"{'ok     ' if good else 'FAILED '} {sentence}" + ("" if good or not details else f"\n        {details}"), flush=True)


class Down(Exception):
    """The server did not answer."""


class Server:
    """One program over one data folder; started again when it was killed."""

    def __init__(self, data):
        self.data = data
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.child = None
        self.log = open(data.parent / "server.log", "ab")

    def start(self, failpoint=None, command=("serve",), out=None):
        words = [PROGRAM, *command, "--data", str(self.data), "--listen", f"127.0.0.1:{self.port}"]
        environment = {**os.environ, **({"CLEANSHEET_FAILPOINT": failpoint} if failpoint else {})}
        self.child = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=out or self.log, stderr=self.log, env=environment)
        end = time.monotonic() + 60
        while time.monotonic() < end:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                # A place that is passed while starting up ends the program before it listens.
                if self.child.poll() is not None:
                    return
                time.sleep(0.03)
        raise Down("the server did not start")

    def is_dead(self):
        return self.child.poll() is not None

    def kill(self):
        self.child.kill()
        self.child.wait()

    def stop(self):
        if not self.is_dead():
            self.child.send_signal(signal.SIGTERM)
            try:
                self.child.wait(15)
            except subprocess.TimeoutExpired:
                self.kill()
        self.log.close()


class Browser:
    """Cookies and forms; follows no redirect by itself."""

    def __init__(self, server, cookies=None):
        self.server, self.cookies = server, dict(cookies or {})

    def send(self, method, path, body=None, kind=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=10)
        headers = {"Host": f"localhost:{self.server.port}", "Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items())}
        if kind:
            headers |= {"Content-Type": kind, "Origin": f"http://localhost:{self.server.port}"}
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            text = answer.read().decode("utf-8", "replace")
        except (OSError, http.client.HTTPException) as error:
            raise Down(str(error)) from error
        finally:
            connection.close()
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                key, _, rest = value.partition("=")
                self.cookies[key] = rest.split(";")[0]
        return answer.status, answer.headers.get("Location", ""), text

    def get(self, path):
        return self.send("GET", path)

    def press(self, page, path, **fields):
        """Sends the form that the page at `page` carries, with its token."""
        token = re.search(r'name="csrf" value="([^"]*)"', self.get(page)[2])
        if not token:
            return 0, "", ""
        body = urllib.parse.urlencode({"csrf": token[1], **fields})
        return self.send("POST", path, body, "application/x-www-form-urlencoded")

    def draft(self, post, fields, photo=None):
        """Sends the draft page's form, with a file when there is one."""
        path = f"/posts/{post}/edit"
        token = re.search(r'name="csrf" value="([^"]*)"', self.get(path)[2])[1]
        edge = "edge-of-a-part"
        parts = [(f'name="{name}"', value.encode()) for name, value in [("csrf", token), *fields]]
        if photo:
            parts.append((f'name="photo"; filename="{photo.name}"', photo.read_bytes()))
        body = b"".join(
            f"--{edge}\r\nContent-Disposition: form-data; {head}\r\n\r\n".encode() + value + b"\r\n" for head, value in parts)
        return self.send("POST", path, body + f"--{edge}--\r\n".encode(), f"multipart/form-data; boundary={edge}")


def until(sentence, ask, seconds=40):
    """Asks again until the answer is truthy."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        answer = ask()
        if answer:
            return answer
        time.sleep(0.05)
    raise TimeoutError(sentence)


def sign_in(server, link):
    browser = Browser(server)
    path = urllib.parse.urlparse(link).path
    browser.press(path, path)
    return browser


def prepare(folder):
    """A demo trust in which a post with Asha in the picture waits for its second person, and who is signed in."""
    data = folder / "trust"
    server = Server(data)
    printed = folder / "printed"
    with open(printed, "wb") as out:
        server.start(command=("demo", "--pictures", str(PICTURES)), out=out)
    said = until("the demo prints its links", lambda: (t := printed.read_text()) and t.count("/sign-in/") >= 8 and t)
    def link(name):
        return re.search(rf"{name}[^\n]*\n?[^\n]*?(http://localhost:\d+/sign-in/\S+)", said)[1]
    jo, priya = sign_in(server, link("Jo Brightwell")), sign_in(server, link("Priya Nair"))
    page = jo.get("/posts/new")[2]
    activity = re.search(r'name="activity" value="([^"]+)"', page)[1]
    channel = re.search(r'name="channel" value="([^"]+)"', page)[1]
    to = jo.press("/posts/new", "/posts/new", activity=activity, channel=channel)[1]
    post = to.split("/")[2]
    words = [("caption", CAPTION), ("channels", "sent"), ("channel", channel)]
    jo.draft(post, [*words, ("do", "keep")], PICTURES / "pair.jpg")
    def ready():
        page = jo.get(f"/posts/{post}/edit")[2]
        return "data-looking" not in page and 'class="facecard' in page and page
    page = until("the photo is looked at", ready)
    photo = re.search(r'name="alt (photo_\w+)"', page)[1]
    face, child = re.search(r'value="roster (depiction_\w+) (participant_\w+)"[^>]*>Asha Verma<', page).groups()
    jo.draft(post, [*words, (f"alt {photo}", "Two coaches by a board"), ("do", f"roster {face} {child}")])
    until("the copy is made", ready)
    answered = jo.draft(post, [*words, (f"alt {photo}", "Two coaches by a board"), ("do", "submit")])
    assert answered[1] == f"/posts/{post}", f"the post could not be sent: {answered[1]}"
    mails = lambda: [body for (body,) in sqlite3.connect(f"file:{data}/trust.db?mode=ro", uri=True).execute(
        "SELECT body FROM mail WHERE to_address = ? ORDER BY made_ms DESC", (GUARDIAN,))]
    path = re.search(r"(/g/[^\s/]+)", " ".join(mails()))[1].rstrip(".")
    meera = Browser(server)
    before = len(mails())
    meera.press(path, f"{path}/code")
    until("the code is written", lambda: len(mails()) > before)
    code = re.search(r"\b(\d{4}) ?(\d{4})\b", mails()[0])
    meera.press(path, path, code="".join(code.groups()))
    assert "Stop showing Asha" in meera.get("/g/answers")[2], "the guardian is not signed in"
    server.stop()
    return data, post, {"priya": priya.cookies, "meera": meera.cookies}


class Run:
    """One post from its approval to gone, with a server that may die at any time."""

    def __init__(self, base, post, cookies, work):
        self.post, self.data, self.addresses, self.deaths = post, work / "trust", set(), 0
        shutil.copytree(base, self.data)
        shutil.copy2(base.with_name("trust.keys"), work / "trust.keys")
        self.server = Server(self.data)
        self.priya, self.meera = (Browser(self.server, cookies[name]) for name in ("priya", "meera"))
        self.stranger = Browser(self.server)

    def meanwhile(self, ask):
        """Asks; when the server is dead, starts it again, this time to stay."""
        try:
            if self.server.is_dead():
                raise Down("dead")
            return ask()
        except Down:
            try:
                self.server.child.wait(5)
            except subprocess.TimeoutExpired:
                return None
            self.deaths += 1
            self.server.start()
            return None

    def approve(self):
        page = f"/posts/{self.post}/approve"
        def ask():
            status, to, text = self.priya.get(page)
            if status == 303:
                return True
            content = re.search(r'name="content" value="([^"]*)"', text)[1]
            return self.priya.press(page, page, content=content)[0] == 303
        until("it is approved", lambda: self.meanwhile(ask))

    def public(self):
        """The addresses under which the post is public now; remembers them all."""
        now = set(re.findall(r'href="(/news/[^"/]+)"[^>]*>[^<]*Two of our coaches', self.stranger.get("/news")[2]))
        self.addresses |= now
        return now

    def withdraw(self):
        def ask():
            page = self.meera.get("/g/answers")[2]
            form = re.search(r'action="(/g/children/\d+/stop)"', page)
            return not form or self.meera.press("/g/answers", form[1])[0] == 303
        until("it is withdrawn", lambda: self.meanwhile(ask))

    def receipt(self):
        page = self.meera.get("/g/answers")[2]
        found = re.search(r'href="(/g/receipts/[^"]+)"', page)
        return found and "is-ok\">Gone" in self.meera.get(found[1])[2]

    def walk(self):
        self.approve()
        until("it is public", lambda: self.meanwhile(self.public))
        self.withdraw()
        until("it is gone", lambda: self.meanwhile(lambda: not self.public()))
        until("the receipt says so", lambda: self.meanwhile(self.receipt))

    def outcome(self):
        """What is wrong, in words; empty when everything is as it must be."""
        wrong = []
        if self.server.is_dead():
            wrong.append("the server is dead at the end")
        self.server.stop()
        if len(self.addresses) != 1:
            wrong.append(f"it was public under {len(self.addresses)} addresses")
        with sqlite3.connect(f"file:{self.data}/trust.db?mode=ro", uri=True) as records:
            orders = records.execute("SELECT state FROM release_order WHERE post_id = ?", (self.post,)).fetchall()
            if orders != [("gone",)]:
                wrong.append(f"its orders are {orders}")
            if records.execute("SELECT count(*) FROM withdrawal").fetchone() != (1,):
                wrong.append("the withdrawal is not there exactly once")
        left = list((self.data / "site" / "posts").iterdir())
        if left:
            wrong.append(f"{len(left)} articles are left on the site")
        verified = subprocess.run([PROGRAM, "ledger", "verify", "--data", str(self.data)], capture_output=True, text=True)
        if verified.returncode:
            wrong.append(verified.stderr.strip())
        return wrong


def run(name, base, post, cookies, drive):
    """One run in a folder of its own; `drive` starts the server and walks."""
    with tempfile.TemporaryDirectory(prefix="cleansheet-crash-") as work:
        one = Run(base, post, cookies, Path(work))
        try:
            drive(one)
            wrong = one.outcome()
        except (TimeoutError, AssertionError, TypeError) as error:
            one.server.stop()
            log = (Path(work) / "server.log").read_text(errors="replace").splitlines()[-6:]
            wrong = [f"{type(error).__name__}: {error}", *log]
        check(not wrong, name, "; ".join(wrong))
        return one.deaths


def killed_at(place):
    def drive(one):
        one.server.start(failpoint=place)
        one.walk()
        assert one.deaths, "the program never came to this place"
    return drive


def killed_by_chance(chance):
    def drive(one):
        one.server.start()
        for act in (one.approve, one.withdraw):
            act()
            time.sleep(chance.uniform(0, 0.25))
            one.server.kill()
            until("it is up again", lambda: one.meanwhile(lambda: one.public() or True))
            if act == one.approve:
                until("it is public", lambda: one.meanwhile(one.public))
        until("it is gone", lambda: one.meanwhile(lambda: not one.public()))
        until("the receipt says so", lambda: one.meanwhile(one.receipt))
    return drive


def places():
    """Every failpoint of the sources; a commit with a name has one before it and one after it."""
    found = set()
    for path in SOURCES.rglob("*.rs"):
        text = path.read_text()
        found |= set(re.findall(r'failpoint\(\s*"([a-z_]+\.[a-z_]+)"', text))
        found |= {f"{act}.{when}_commit" for act in re.findall(r'name_commit\(\s*"([a-z_]+)"', text) for when in ("before", "after")}
    return sorted(found)


def main():
    with tempfile.TemporaryDirectory(prefix="cleansheet-crash-") as folder:
        base, post, cookies = prepare(Path(folder))
        run("Nothing goes wrong when nothing happens", base, post, cookies, lambda one: (one.server.start(), one.walk()))
        wanted = sys.argv[1:] or places()
        check(len(wanted) >= 15 or sys.argv[1:], f"There are failpoints from approval to gone ({len(wanted)})")
        for place in wanted:
            run(f"Killed at {place}: once public, then gone, nothing lost", base, post, cookies, killed_at(place))
        chance = random.Random(SEED)
        for number in range(0 if sys.argv[1:] else RANDOM_KILLS):
            run(f"Killed by chance ({number + 1})", base, post, cookies, killed_by_chance(chance))
    print(f"\n{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
