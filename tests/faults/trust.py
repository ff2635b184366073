"""A demo trust and its people, for the fault tests: one post with a child in the picture waits for its second person."""

import http.client
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import time
import urllib.parse
from pathlib import Path

PROGRAM = os.environ["CLEANSHEET"]
PICTURES = Path(os.environ["CLEANSHEET_PICTURES"])
GUARDIAN = "meera.verma@example.org"
CAPTION = "Two of our coaches tried the new lights."


def until(sentence, ask, seconds=60):
    """Asks again until the answer is truthy."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        answer = ask()
        if answer:
            return answer
        time.sleep(0.1)
    raise TimeoutError(f"never: {sentence}")


class Server:
    """The program over one data folder."""

    running = []

    def __init__(self, data, port=None):
        self.data, self.child = data, None
        Server.running.append(self)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = port or free.getsockname()[1]
        self.log_file = data.parent / f"{data.name}.log"

    def spawn(self, command="serve", words=(), environment=None, out=None):
        line = [PROGRAM, command, "--data", str(self.data), "--listen", f"127.0.0.1:{self.port}", *words]
        with open(self.log_file, "ab") as log:
            self.child = subprocess.Popen(line, stdin=subprocess.DEVNULL, stdout=out or log, stderr=log, env={**os.environ, **(environment or {})})

    def start(self, *args, **named):
        self.spawn(*args, **named)
        def up():
            if self.child.poll() is not None:
                raise AssertionError(f"the program ended: {self.log()[-600:]}")
            try:
                # It listens before it has opened its records, and answers afterwards.
                return Browser(self).get("/healthz")[0] == 200
            except (OSError, http.client.HTTPException):
                return False
        until("the program answers", up, 90)
        return self

    def stop(self):
        """Tells it to stop; answers how it ended."""
        if self.child and self.child.poll() is None:
            self.child.send_signal(signal.SIGTERM)
            try:
                return self.child.wait(30)
            except subprocess.TimeoutExpired:
                self.child.kill()
        return self.child and self.child.wait()

    @classmethod
    def stop_all(cls):
        for server in cls.running:
            server.stop()
        cls.running.clear()

    def log(self):
        return self.log_file.read_text(errors="replace")

    def children(self):
        """The screening children: what they are called with, and their process ids."""
        found = {}
        for entry in Path("/proc").iterdir():
            try:
                status = (entry / "stat").read_text().rsplit(")", 1)[1].split() if entry.name.isdigit() else []
                if status and int(status[1]) == self.child.pid:
                    found[(entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()] = int(entry.name)
            except OSError:
                continue
        return {("models" if " models " in line else "decode"): pid for line, pid in found.items() if "screen-worker" in line}


class Browser:
    """Cookies and forms; follows no redirect by itself."""

    def __init__(self, server, cookies=None):
        self.server, self.cookies, self.headers = server, dict(cookies or {}), {}

    def send(self, method, path, body=None, kind=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=40)
        headers = {"Host": f"localhost:{self.server.port}", "Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items())}
        if kind:
            headers |= {"Content-Type": kind, "Origin": f"http://localhost:{self.server.port}"}
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            text = answer.read().decode("utf-8", "replace")
        finally:
            connection.close()
        self.headers = answer.headers
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                key, _, rest = value.partition("=")
                self.cookies[key] = rest.split(";")[0]
        return answer.status, answer.headers.get("Location", ""), text

    def get(self, path):
        return self.send("GET", path)

    def token(self, page):
        return re.search(r'name="csrf" value="([^"]*)"', self.get(page)[2])[1]

    def press(self, page, path, **fields):
        """Sends a form with the token of the page at `page`."""
        body = urllib.parse.urlencode({"csrf": self.token(page), **fields})
        return self.send("POST", path, body, "application/x-www-form-urlencoded")

    def begin(self):
        """Starts a post; answers the status and its id."""
        page = self.get("/posts/new")[2]
        fields = {name: re.search(rf'name="{name}" value="([^"]+)"', page)[1] for name in ("activity", "channel")}
        status, to, text = self.press("/posts/new", "/posts/new", **fields)
        return status, (to.split("/") + ["", "", ""])[2], text

    def draft(self, post, fields, photo=None):
        """Sends the draft page's form, with a file when there is one."""
        path, edge = f"/posts/{post}/edit", "edge-of-a-part"
        channel = re.search(r'name="channel" value="([^"]+)"', self.get(path)[2])[1]
        fields = [("csrf", self.token(path)), ("channels", "sent"), ("channel", channel), *fields]
        parts = [(f'name="{name}"', value.encode()) for name, value in fields]
        if photo:
            parts.append((f'name="photo"; filename="{photo.name}"', photo.read_bytes()))
        body = b"".join(f"--{edge}\r\nContent-Disposition: form-data; {head}\r\n\r\n".encode() + value + b"\r\n" for head, value in parts)
        return self.send("POST", path, body + f"--{edge}--\r\n".encode(), f"multipart/form-data; boundary={edge}")

    def words(self, caption):
        """A post of words alone, sent to the second person; answers its id."""
        post = self.begin()[1]
        answered = self.draft(post, [("caption", caption), ("do", "submit")])
        assert answered[1] == f"/posts/{post}", f"the post could not be sent: {answered[:2]}"
        return post

    def approve(self, post):
        """The second person's press; answers the status."""
        page = f"/posts/{post}/approve"
        content = re.search(r'name="content" value="([^"]*)"', self.get(page)[2])
        return self.press(page, page, content=content[1])[0] if content else 0


class Trust:
    """A copy of the prepared trust, with its people."""

    def __init__(self, base, folder, models=None):
        self.post, self.data = base.post, folder / "trust"
        shutil.copytree(base.data, self.data)
        shutil.copy2(base.data.with_name("trust.keys"), folder / "trust.keys")
        # What staff do with a passkey, without one: every sign-in is proved now.
        with sqlite3.connect(self.data / "trust.db") as records:
            records.execute("UPDATE sign_in SET proved_ms = ? WHERE person_id IS NOT NULL", (int(time.time() * 1000),))
        records.close()
        self.server = Server(self.data, base.server.port)
        self.jo, self.priya, self.meera = (Browser(self.server, base.cookies[name]) for name in ("jo", "priya", "meera"))
        self.stranger = Browser(self.server)

    def public(self, words=CAPTION):
        return words in self.stranger.get("/news")[2]

    def withdraw(self):
        """The parent's button; answers the status."""
        page = self.meera.get("/g/answers")[2]
        form = re.search(r'action="(/g/children/\d+/stop)"', page)
        return self.meera.press("/g/answers", form[1])[0] if form else 0

    def receipt(self):
        """Whether the parent's receipt says that everything is gone."""
        found = re.search(r'href="(/g/receipts/[^"]+)"', self.meera.get("/g/answers")[2])
        page = found and self.meera.get(found[1])[2]
        return page and "Gone</span>" in page and "Being removed" not in page and page

    def rows(self, statement):
        with sqlite3.connect(f"file:{self.data}/trust.db?mode=ro", uri=True, timeout=20) as records:
            return records.execute(statement).fetchall()

    def verified(self):
        done = subprocess.run([PROGRAM, "ledger", "verify", "--data", str(self.data)], capture_output=True, text=True)
        return done.returncode == 0


class Base:
    """Makes the trust that every test starts from a copy of."""

    def __init__(self, folder):
        self.data = folder / "trust"
        self.server, printed = Server(self.data), folder / "printed"
        with open(printed, "wb") as out:
            self.server.start("demo", ("--pictures", str(PICTURES)), out=out)
        said = until("the demo prints its links", lambda: (t := printed.read_text()) and t.count("/sign-in/") >= 8 and t)
        self.links = {name: re.search(rf"{name}[^\n]*\n?[^\n]*?http://localhost:\d+(/sign-in/\S+)", said)[1] for name in ("Jo", "Priya", "Dele")}
        jo, priya, meera = (Browser(self.server) for _ in range(3))
        jo.press(self.links["Jo"], self.links["Jo"])
        priya.press(self.links["Priya"], self.links["Priya"])
        self.post = jo.begin()[1]
        jo.draft(self.post, [("caption", CAPTION), ("do", "keep")], PICTURES / "pair.jpg")
        page = self.ready(jo)
        photo = re.search(r'name="alt (photo_\w+)"', page)[1]
        face, child = re.search(r'value="roster (depiction_\w+) (participant_\w+)"[^>]*>Asha Verma<', page).groups()
        words = [("caption", CAPTION), (f"alt {photo}", "Two coaches by a board")]
        jo.draft(self.post, [*words, ("do", f"roster {face} {child}")])
        self.ready(jo)
        answered = jo.draft(self.post, [*words, ("do", "submit")])
        assert answered[1] == f"/posts/{self.post}", f"the post could not be sent: {answered[:2]}"
        self.guardian(meera)
        self.cookies = {"jo": jo.cookies, "priya": priya.cookies, "meera": meera.cookies}
        self.server.stop()

    def ready(self, browser):
        def page():
            page = browser.get(f"/posts/{self.post}/edit")[2]
            return "data-looking" not in page and 'class="facecard' in page and page
        return until("the photo is looked at", page, 90)

    def guardian(self, browser):
        mails = lambda: [body for (body,) in sqlite3.connect(f"file:{self.data}/trust.db?mode=ro", uri=True).execute(
            "SELECT body FROM mail WHERE to_address = ? ORDER BY made_ms DESC", (GUARDIAN,))]
        path = re.search(r"(/g/[^\s/]+)", " ".join(mails()))[1].rstrip(".")
        before = len(mails())
        browser.press(path, f"{path}/code")
        until("the code is written", lambda: len(mails()) > before)
        browser.press(path, path, code="".join(re.search(r"\b(\d{4}) ?(\d{4})\b", mails()[0]).groups()))
        assert "Stop showing Asha" in browser.get("/g/answers")[2], "the guardian is not signed in"
