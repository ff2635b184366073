#!/usr/bin/env python3
"""Keeps a trust's pictures in an S3 bucket: a draft with a photo becomes public, is withdrawn and gone, while the store
refuses, goes away, comes back, damages a file, and the program is killed in the middle of an upload."""

import hashlib
import os
import re
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "crash"))
import crash  # noqa: E402  (the browser and the server of the crash runs)
from crash import GUARDIAN, PICTURES, PROGRAM, Browser, Down, check, sign_in, until  # noqa: E402

STORE = Path(__file__).resolve().parents[1] / "counterparts" / "s3"
SECRET = "test-secret"


class Store:
    """The S3 server; its files stay when it rests."""

    def __init__(self, folder):
        self.folder, self.port = folder, None
        self.start()

    def start(self):
        environment = {**os.environ, **({"S3_PORT": self.port} if self.port else {})}
        said = subprocess.run([STORE, "start", self.folder], capture_output=True, text=True, env=environment, check=True).stdout
        said = dict(line.split("=", 1) for line in said.split())
        self.endpoint, self.objects = said["S3_ENDPOINT"], Path(said["S3_OBJECTS"])
        self.port = str(urllib.parse.urlparse(self.endpoint).port)

    def stop(self):
        subprocess.run([STORE, "stop", self.folder], check=True)

    def signal(self, number):
        os.kill(int((self.folder / "pids").read_text().split()[0]), number)

    def files(self, place):
        return {path.name: path for path in (self.objects / "trust" / place).glob("[0-9a-f]*") if len(path.name) in (32, 64)}

    def address(self):
        return f"s3://pictures/trust?endpoint={self.endpoint}&region=here"


class Server(crash.Server):
    """`cleansheet serve` with its pictures in the store."""

    def __init__(self, data, store):
        super().__init__(data)
        self.store = store

    def start(self, failpoint=None, command=None, out=None):
        if command:
            return super().start(command=command, out=out)
        os.environ.update(CLEANSHEET_S3_ACCESS_KEY="test-access", CLEANSHEET_S3_SECRET_KEY=SECRET)
        return super().start(command=("serve", "--media", self.store.address()))


def refused(server, sentence, keys, address):
    """The program does not start, and says why in one sentence without the secret."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "CLEANSHEET_S3_"))}
    words = [PROGRAM, "serve", "--data", str(server.data), "--listen", f"127.0.0.1:{server.port}", *(["--media", address] if address else [])]
    ended = subprocess.run(words, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL, env={**plain, **keys})
    said = ended.stderr.strip().splitlines()
    good = ended.returncode in (1, 2) and any(sentence in line for line in said) and SECRET not in ended.stderr and "wrong" not in ended.stderr
    check(good, f"It does not start: {sentence}", f"{ended.returncode}: {ended.stderr[-400:]}")


def invent(folder, store):
    """A demo trust without a photo, its people signed in."""
    server = Server(folder / "trust", store)
    with open(folder / "printed", "wb") as out:
        server.start(command=("demo", "--pictures", str(PICTURES)), out=out)
    said = until("the demo prints its links", lambda: (t := (folder / "printed").read_text()) and t.count("/sign-in/") >= 8 and t)
    people = {}
    for name in ("Jo Brightwell", "Priya Nair"):
        link = re.search(rf"{name}[^\n]*\n?[^\n]*?(http://localhost:\d+/sign-in/\S+)", said)[1]
        people[name.split()[0].lower()] = sign_in(server, link)
    server.stop()
    return server.data, {name: one.cookies for name, one in people.items()}


def rows(data, statement, *values):
    with sqlite3.connect(f"file:{data}/trust.db?mode=ro", uri=True) as records:
        return records.execute(statement, values).fetchall()


class Draft:
    """A post that Jo writes."""

    def __init__(self, jo, caption):
        page = jo.get("/posts/new")[2]
        activity = re.search(r'name="activity" value="([^"]+)"', page)[1]
        self.channel = re.search(r'name="channel" value="([^"]+)"', page)[1]
        to = jo.press("/posts/new", "/posts/new", activity=activity, channel=self.channel)[1]
        self.jo, self.id = jo, to.split("/")[2]
        self.words = [("caption", caption), ("channels", "sent"), ("channel", self.channel)]

    def page(self):
        return self.jo.get(f"/posts/{self.id}/edit")[2]

    def send(self, *fields, photo=None):
        return self.jo.draft(self.id, [*self.words, *fields], photo)

    def ready(self):
        page = self.page()
        return "data-looking" not in page and 'class="facecard' in page and page

    def submit_with_asha(self):
        page = until("the photo is looked at", self.ready)
        self.photo = re.search(r'name="alt (photo_\w+)"', page)[1]
        face, child = re.search(r'value="roster (depiction_\w+) (participant_\w+)"[^>]*>Asha Verma<', page).groups()
        alt = (f"alt {self.photo}", "Two coaches by a board")
        self.send(alt, ("do", f"roster {face} {child}"))
        until("the copy is made", self.ready)
        return self.send(alt, ("do", "submit"))[1] == f"/posts/{self.id}"

    def approve(self, priya):
        page = f"/posts/{self.id}/approve"
        content = re.search(r'name="content" value="([^"]*)"', priya.get(page)[2])
        return content and priya.press(page, page, content=content[1])[0] == 303


def named_files_are_there(data, store):
    """Every row's file is in the bucket."""
    originals = {key for (key,) in rows(data, "SELECT original_key FROM photo WHERE original_gone_ms IS NULL")}
    copies = {key for (key,) in rows(data, "SELECT hash FROM rendition")}
    return not (originals - set(store.files("originals"))) and not (copies - set(store.files("renditions")))


def sealed_and_elsewhere(data, store):
    originals, copies = store.files("originals").values(), store.files("renditions").values()
    check(len(originals) == 1 and all(b"\xff\xd8\xff" not in one.read_bytes()[:512] and one.read_bytes()[:4] == b"CSO1" for one in originals),
          "An original is sealed before it leaves")
    check(copies and all(hashlib.sha256(one.read_bytes()).hexdigest() == one.name for one in copies), "Publishable copies lie under their hash")
    own = [path for path in data.glob("media/*/*")]
    check(not own and named_files_are_there(data, store), "No picture is in the data folder, and every row's file is in the bucket", own)


def while_the_store_is_away(jo, priya, draft, data, store, stranger):
    store.stop()
    second = Draft(jo, "Words that must not be lost.")
    status, _, text = second.send(("do", "keep"), photo=PICTURES / "pair.jpg")
    check(status == 503 and "Photos cannot be reached" in text, "Without the store a photo is refused in one sentence", f"{status}")
    check("Words that must not be lost." in second.page(), "The words of that form are kept")
    check(draft.approve(priya), "A post whose picture is at hand is approved meanwhile")
    public = lambda: re.findall(r'href="(/news/[^"/]+)"[^>]*>[^<]*Two of our coaches', stranger.get("/news")[2])
    check(until("it is public", public), "and becomes public")
    store.start()
    kept = lambda: second.send(("do", "keep"), photo=PICTURES / "pair.jpg")[0] == 303
    check(until("the store answers", kept), "With the store back, the photo is taken")
    return second, public


def damaged(draft, data, store):
    """A copy with one wrong bit is shown to nobody."""
    (name,) = rows(data, "SELECT hash FROM rendition WHERE photo_id = ?", draft.photo)[0]
    stored, near = store.files("renditions")[name], data / "media-at-hand" / "renditions" / name
    whole = stored.read_bytes()
    picture = f"/posts/{draft.id}/photos/{draft.photo}/published/{draft.channel}"
    near.write_bytes(whole[:-1])
    check(draft.jo.get(picture)[0] == 200, "A damaged copy at hand is fetched anew")
    near.unlink()
    stored.write_bytes(whole[:100] + bytes([whole[100] ^ 1]) + whole[101:])
    check(draft.jo.get(picture)[0] == 500, "A damaged object is noticed and shown to nobody")
    stored.write_bytes(whole)
    check(draft.jo.get(picture)[0] == 200, "and is shown once it is whole again")


def killed_in_the_middle(jo, data, store, server):
    """The store takes the photo slowly, and the program dies meanwhile."""
    draft = Draft(jo, "Killed in the middle.")
    store.signal(signal.SIGSTOP)
    answered = []
    def upload():
        try:
            answered.append(draft.send(("do", "keep"), photo=PICTURES / "pair.jpg")[0])
        except Down:
            answered.append("down")
    sending = threading.Thread(target=upload)
    sending.start()
    time.sleep(1.5)
    server.kill()
    store.signal(signal.SIGCONT)
    sending.join(15)
    server.start()
    count = rows(data, "SELECT count(*) FROM photo WHERE post_id = ?", draft.id)[0][0]
    check(answered == ["down"] and count == 0 and named_files_are_there(data, store), "Killed in the middle of an upload: no row without its file", (answered, count))
    check(draft.send(("do", "keep"), photo=PICTURES / "pair.jpg")[0] == 303, "and the same photo is taken afterwards")


def withdraw(data, server, public):
    mails = lambda: [body for (body,) in rows(data, "SELECT body FROM mail WHERE to_address = ? ORDER BY made_ms DESC", GUARDIAN)]
    path = re.search(r"(/g/[^\s/]+)", " ".join(mails()))[1].rstrip(".")
    meera, before = Browser(server), len(mails())
    meera.press(path, f"{path}/code")
    until("the code is written", lambda: len(mails()) > before)
    meera.press(path, path, code="".join(re.search(r"\b(\d{4}) ?(\d{4})\b", mails()[0]).groups()))
    form = re.search(r'action="(/g/children/\d+/stop)"', meera.get("/g/answers")[2])
    check(meera.press("/g/answers", form[1])[0] == 303, "Her mother withdraws")
    until("it is gone", lambda: not public())
    def receipt():
        found = re.search(r'href="(/g/receipts/[^"]+)"', meera.get("/g/answers")[2])
        return found and 'Gone</span>' in meera.get(found[1])[2]
    check(until("the receipt says so", receipt), "The post is gone, and the receipt says so")


def walk(folder, store):
    data, cookies = invent(folder, store)
    server = Server(data, store)
    keys = {"CLEANSHEET_S3_ACCESS_KEY": "test-access", "CLEANSHEET_S3_SECRET_KEY": SECRET}
    refused(server, "refuses us", {**keys, "CLEANSHEET_S3_SECRET_KEY": "wrong-words"}, store.address())
    refused(server, "CLEANSHEET_S3_ACCESS_KEY", {}, store.address())
    refused(server, "https", keys, "s3://pictures?endpoint=http://s3.example.org")
    server.start()
    jo, priya, stranger = Browser(server, cookies["jo"]), Browser(server, cookies["priya"]), Browser(server)
    draft = Draft(jo, "Two of our coaches tried the new lights.")
    check(draft.send(("do", "keep"), photo=PICTURES / "pair.jpg")[0] == 303, "A photo is taken")
    check(draft.submit_with_asha(), "It is screened, marked and sent to the second person")
    sealed_and_elsewhere(data, store)
    _, public = while_the_store_is_away(jo, priya, draft, data, store, stranger)
    damaged(draft, data, store)
    killed_in_the_middle(jo, data, store, server)
    withdraw(data, server, public)
    server.stop()
    verified = subprocess.run([PROGRAM, "ledger", "verify", "--data", str(data)], capture_output=True, text=True)
    check(verified.returncode == 0, "The ledger verifies", verified.stderr)
    refused(server, "give its address with --media", keys, None)
    log = (folder / "server.log").read_text(errors="replace")
    check(SECRET not in log and "X-Amz-Signature" not in log, "The log holds no key and no signature")


def main():
    with tempfile.TemporaryDirectory(prefix="cleansheet-media-") as work:
        folder = Path(work)
        (folder / "store").mkdir()
        store = Store(folder / "store")
        try:
            walk(folder, store)
        except (TimeoutError, AssertionError, TypeError, Down) as error:
            log = (folder / "server.log").read_text(errors="replace").splitlines()[-8:]
            check(False, f"The walk came to its end ({type(error).__name__}: {error})", "\n        ".join(log))
        finally:
            store.stop()
    print(f"\n{crash.passed} passed, {crash.failed} failed")
    sys.exit(1 if crash.failed else 0)


if __name__ == "__main__":
    main()
